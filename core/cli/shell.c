/* shell.c - the prompt: commands from a terminal, a pipe or the command line, on one connection. */
#include "shell.h"

#include <stdio.h>
#include <unistd.h>

#include "dispatch.h"
#include "history.h"
#include "hosts.h"
#include "listings.h"
#include "netkit/log.h"
#include "netkit/secret.h"
#include "netkit/wait.h"

/* Most words in a line. */
#define SHELL_WORDS_MAX 1024

/* --- which command --- */

static const struct nk_command *find_command(const struct nk_shell *shell, const char *name)
{
	bool is_caseless = shell->flags & NK_SHELL_CASELESS;

	for (const struct nk_command *command = shell->commands; command->name; command++) {
		if (is_caseless ? nk_text_is_same(command->name, name)
				: strcmp(command->name, name) == 0)
			return command;
	}
	return NULL;
}

/* Classic scripts say "bin" and "by": the only command that begins so, or NULL. */
static const struct nk_command *find_abbreviated(const struct nk_shell *shell, const char *name)
{
	const struct nk_command *found = NULL;

	if (shell->flags & NK_SHELL_CASELESS)
		return NULL;
	for (const struct nk_command *command = shell->commands; command->name; command++) {
		if (!nk_text_has_prefix(command->name, name))
			continue;
		if (found && found->run != command->run)
			return NULL;
		found = found ? found : command;
	}
	return found;
}

static int fail_unknown(const struct nk_shell *shell, const char *name, struct nk_err *err)
{
	nk_auto(strings) struct nk_strings names = { 0 };

	for (const struct nk_command *command = shell->commands; command->name; command++)
		nk_strings_add(&names, command->name);
	for (const struct nk_verb *verb = shell->ctx->applet->verbs; verb->name; verb++) {
		if (nk_shell_has_verb(shell, verb))
			nk_strings_add(&names, verb->name);
	}
	nk_strings_add(&names, NULL);
	const char *nearest = nk_text_nearest(name, names.items);
	nk_auto(str) char *label = nk_operand_label(name);

	if (nearest)
		return nk_fail(err, NK_E_USAGE, 0, "no command '%s'; did you mean '%s'?", label,
			       nearest);
	return nk_fail(err, NK_E_USAGE, 0, "no command '%s'; help lists them", label);
}

/* A verb's words are names, also where commands take patterns. */
static int run_as_verb(struct nk_shell *shell, const struct nk_verb *verb, int argc, char **argv,
		       struct nk_err *err)
{
	for (int i = 1; i < argc && (shell->flags & NK_SHELL_PATTERNS); i++)
		nk_shell_unquote(argv[i]);
	return nk_shell_verb(shell, verb->name, argc - 1, argv + 1, err);
}

bool nk_shell_has_verb(const struct nk_shell *shell, const struct nk_verb *verb)
{
	/* A prompt in a prompt would be of no use. */
	return verb->run != nk_run_shell && nk_verb_is_offered(shell->ctx->applet, verb);
}

static const struct nk_verb *find_verb(const struct nk_shell *shell, const char *name)
{
	const struct nk_verb *verb = nk_verb_find(shell->ctx->applet->verbs, name);

	return verb && verb->run != nk_run_shell ? verb : NULL;
}

struct nk_meaning nk_shell_meaning(const struct nk_shell *shell, const char *name)
{
	struct nk_meaning meaning = { .command = find_command(shell, name) };

	if (!meaning.command)
		meaning.verb = find_verb(shell, name);
	if (!meaning.command && !meaning.verb)
		meaning.command = find_abbreviated(shell, name);
	if (meaning.command) {
		const struct nk_command *command = meaning.command;

		if (command->verb)
			meaning.verb = nk_verb_find(shell->ctx->applet->verbs, command->verb);
		meaning.takes = command->takes;
		meaning.only_reads = command->traits & NK_COMMAND_READS;
		meaning.is_secret = command->traits & NK_COMMAND_SECRET;
	} else if (meaning.verb) {
		meaning.only_reads = nk_verb_only_reads(meaning.verb);
	}
	if (!meaning.takes && meaning.verb)
		meaning.takes = nk_verb_takes(meaning.verb);
	return meaning;
}

bool nk_shell_keeps(const struct nk_shell *shell, const char *line)
{
	nk_auto(shell_cursor) struct nk_shell_cursor cursor = { .last = NULL };

	if (!nk_history_keeps(line))
		return false;
	nk_shell_at_cursor(line, shell->flags & NK_SHELL_PATTERNS, &cursor);
	if (cursor.words.count == 0 || !nk_shell_meaning(shell, cursor.words.items[0]).is_secret)
		return true;
	/* One word is a name: "user bob", "quote STAT". */
	nk_secret_wipe(cursor.last, strlen(cursor.last));
	return cursor.words.count == 1;
}

/* --- running a command --- */

static int run_words(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	const struct nk_meaning meaning = nk_shell_meaning(shell, argv[0]);
	const struct nk_command *command = meaning.command;
	int result;

	shell->only_reads = meaning.only_reads;
	if (!command && !meaning.verb)
		return fail_unknown(shell, argv[0], err);
	if (command &&
	    (argc - 1 < command->least || (command->most >= 0 && argc - 1 > command->most)))
		return nk_fail(err, NK_E_USAGE, 0, "%s takes %s", command->name,
			       command->arguments[0] ? command->arguments : "nothing");
	nk_opener_look(shell->ctx->opener);
	result = command ? command->run(shell, argc, argv, err)
			 : run_as_verb(shell, meaning.verb, argc, argv, err);
	if (!meaning.only_reads)
		nk_listings_clear(shell->listings);
	else if (result == 0)
		nk_listings_wake(shell->listings);
	return result;
}

static int split(const struct nk_shell *shell, char *copy, char **words, struct nk_err *err)
{
	if (shell->flags & NK_SHELL_PATTERNS)
		return nk_shell_split_patterns(shell->line, copy, words, SHELL_WORDS_MAX, err);
	memcpy(copy, shell->line, strlen(shell->line) + 1);
	return nk_shell_split(copy, words, SHELL_WORDS_MAX, err);
}

/* Returns 1 when a command was run, 0 for an empty line. */
static int run_once(struct nk_shell *shell, const char *line, struct nk_err *err)
{
	size_t room = 2 * strlen(line) + 1;
	nk_auto(str) char *copy = nk_alloc(room);
	char *words[SHELL_WORDS_MAX];
	char bang[] = "!";
	int count, result;

	shell->line = line;
	if (line[0] == '!') {
		words[0] = bang;
		return run_words(shell, 1, words, err) < 0 ? -1 : 1;
	}
	count = split(shell, copy, words, err);
	if (count <= 0 || words[0][0] == '#')
		return count < 0 ? -1 : 0;
	result = run_words(shell, count, words, err);
	/* "user NAME PASSWORD" */
	nk_secret_wipe(copy, room);
	return result < 0 ? -1 : 1;
}

/* A command that only reads, and had come to nothing when it was seen that the connection from
 * before was lost, is run once more: it does not show what the server does to idle ones. */
static int run_line(struct nk_shell *shell, const char *line, struct nk_err *err)
{
	struct nk_opener *opener = shell->ctx->opener;
	bool was_connected = nk_opener_is_connected(opener);
	int64_t moved = nk_opener_moved(opener);
	int64_t printed = nk_out_count(shell->ctx->out);
	int result = run_once(shell, line, err);

	if (result >= 0 || err->domain != NK_E_LOST || !was_connected || !shell->only_reads ||
	    nk_opener_moved(opener) != moved || nk_out_count(shell->ctx->out) != printed)
		return result;
	nk_log(NK_LOG_INFO, "%s", err->msg);
	nk_opener_lose(opener);
	*err = (struct nk_err)NK_ERR_INIT;
	return run_once(shell, line, err);
}

static void tell(const struct nk_shell *shell, const struct nk_err *err)
{
	nk_auto(str) char *where = nk_format("netkit %s", shell->ctx->applet->name);

	nk_log_error(err, where, NULL);
}

static bool stops_at_failure(const struct nk_shell *shell)
{
	return !shell->is_interactive && !shell->ctx->common->keep_going;
}

/* Say which of several commands it was. */
static void name_command(const struct nk_shell *shell, struct nk_err *err)
{
	if (shell->input_name)
		nk_wrap(err, "%s:%d", shell->input_name, shell->line_number);
	else
		nk_wrap(err, "%s %d", shell->script ? "command" : "line", shell->line_number);
}

/* Count a command's failure. Returns -1 when it ends the prompt. */
static int take_failure(struct nk_shell *shell, struct nk_tally *tally, struct nk_err *err)
{
	nk_opener_check(shell->ctx->opener, err);
	nk_shell_forget_interrupt(shell);
	if (shell->is_interactive) {
		tell(shell, err);
		return err->domain == NK_E_TERMINATE ? -1 : 0;
	}
	/* The loop says that by itself. */
	if (err->domain == NK_E_INTERRUPT || err->domain == NK_E_TERMINATE)
		return -1;
	name_command(shell, err);
	return nk_tally_fail(tally, err, nk_strdup("")) < 0 || stops_at_failure(shell) ? -1 : 0;
}

/* What stands before a command of a strict prompt. */
struct prefix {
	bool is_forgiven;
	bool is_silent;
};

static char *take_prefix(const struct nk_shell *shell, char *line, struct prefix *prefix)
{
	line += strspn(line, " \t");
	for (; (shell->flags & NK_SHELL_ECHOES) && *line != '\0' && strchr("-@", *line); line++) {
		prefix->is_forgiven |= *line == '-';
		prefix->is_silent |= *line == '@';
	}
	return line + strspn(line, " \t");
}

static void echo(const struct nk_shell *shell, const char *line)
{
	size_t length = strcspn(line, "\r");

	if ((shell->flags & NK_SHELL_ECHOES) && !shell->is_interactive && !shell->script &&
	    length > 0 && line[0] != '#')
		nk_log(NK_LOG_NOTICE, "%s> %.*s", shell->ctx->applet->name, (int)length, line);
}

/* Run what was read. Returns as run_line, where what is forgiven is no failure. */
static int run_read(struct nk_shell *shell, char *line, struct nk_err *err)
{
	struct prefix prefix = { false, false };
	char *command = take_prefix(shell, line, &prefix);
	int result;

	if (!prefix.is_silent)
		echo(shell, command);
	result = run_line(shell, command, err);
	if (result >= 0 || !prefix.is_forgiven || nk_err_is_of_session(err) ||
	    err->domain == NK_E_INTERRUPT || err->domain == NK_E_TERMINATE)
		return result;
	nk_opener_check(shell->ctx->opener, err);
	tell(shell, err);
	return 1;
}

/* Read and run to the end; failures are in tally. */
static void run_lines(struct nk_shell *shell, struct nk_tally *tally)
{
	nk_auto(str) char *line = nk_alloc(NK_SHELL_LINE_MAX);
	int status = 0;

	while (status >= 0 && !shell->has_quit) {
		struct nk_err err = NK_ERR_INIT;

		if (nk_interrupt_check(&err) < 0)
			break;
		status = nk_shell_read(shell, line, &err);
		if (status == 0)
			break;
		if (status > 0)
			status = run_read(shell, line, &err);
		nk_secret_wipe(line, NK_SHELL_LINE_MAX);
		if (status > 0)
			nk_tally_add(tally, 0);
		if (status < 0)
			status = take_failure(shell, tally, &err);
	}
}

/* A server that was opened and never used was still asked for. */
static int try_untried(struct nk_shell *shell, struct nk_err *err)
{
	struct nk_fs *fs;

	return shell->is_untried ? nk_shell_mount(shell, &fs, err) : 0;
}

void nk_shell_begin(struct nk_shell *shell, struct nk_ctx *ctx, const struct nk_command *commands,
		    unsigned flags)
{
	*shell = (struct nk_shell){
		.ctx = ctx,
		.commands = commands,
		.flags = flags,
		.input = stdin,
		.listings = nk_alloc(sizeof(*shell->listings)),
		.has_globs = true,
		.is_interactive = !(flags & NK_SHELL_BATCH) && isatty(STDIN_FILENO) == 1 &&
				  !ctx->common->creds.no_input,
	};
	nk_opener_be_prompt(ctx->opener);
}

/* The only failure, or how many there were. */
static int conclude(const struct nk_shell *shell, struct nk_tally *tally, struct nk_err *err)
{
	if (stops_at_failure(shell) && tally->failed > 0) {
		*err = tally->held;
		free(nk_take(tally->url));
		return -1;
	}
	return nk_tally_end(tally, err);
}

int nk_shell_loop(struct nk_shell *shell, struct nk_err *err)
{
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(shell->ctx);

	if (shell->input == stdin && !shell->script && nk_stdin_check(shell->ctx, err) < 0)
		return -1;
	tally.is_prompt = true;
	if (shell->is_interactive) {
		nk_interrupt_on_hangup();
		nk_shell_start_editing(shell);
	}
	run_lines(shell, &tally);
	if (nk_interrupt_check(err) < 0)
		return -1;
	if (shell->has_lost_terminal)
		return nk_fail(err, NK_E_TERMINATE, 0, "the terminal was closed");
	if (try_untried(shell, err) < 0)
		nk_tally_fail(&tally, err, nk_strdup(""));
	return conclude(shell, &tally, err);
}
