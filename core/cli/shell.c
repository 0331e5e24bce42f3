/* shell.c - the prompt: commands from a terminal or a pipe, on one connection. */
#include "shell.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dispatch.h"
#include "netkit/log.h"
#include "netkit/secret.h"
#include "netkit/wait.h"
#include "policies.h"

/* Longest line: a few thousand file names. */
#define SHELL_LINE_MAX 65536

/* Most words in a line. */
#define SHELL_WORDS_MAX 1024

void nk_shell_close(struct nk_shell *shell)
{
	nk_opener_drop(shell->ctx->opener);
	nk_url_release(&shell->url);
	shell->url = (struct nk_url)NK_URL_INIT;
	shell->session = NULL;
	shell->is_untried = false;
	free(nk_take(shell->cwd));
}

/* "ftp://host:port" of what was typed. */
static char *url_text(const char *scheme, const char *host, const char *port)
{
	const char *colon = strchr(host, ':');
	bool is_bare = host[0] != '[' && colon && strchr(colon + 1, ':');
	nk_auto(str) char *named = nk_format(is_bare ? "[%s]" : "%s", host);

	if (nk_url_is_url(host))
		return nk_strdup(host);
	return port ? nk_format("%s://%s:%s", scheme, named, port)
		    : nk_format("%s://%s", scheme, named);
}

static int open_text(struct nk_shell *shell, const char *host, const char *port, struct nk_err *err)
{
	nk_auto(str) char *text = url_text(shell->ctx->applet->schemes[0].name, host, port);
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	struct nk_session *session;
	const struct nk_secret *password;

	if (nk_url_parse(&url, text, err) < 0 ||
	    nk_opener_session(shell->ctx->opener, text, &session, NULL, err) < 0)
		return -1;
	nk_shell_close(shell);
	shell->url = url;
	url = (struct nk_url)NK_URL_INIT;
	shell->session = session;
	shell->is_untried = true;
	nk_shell_enter(shell, nk_url_is_url(host) ? shell->url.path : "/~");
	/* The commands come by stdin too: what is its first line must be read before them. */
	if (session->creds.policy->password_stdin)
		return nk_creds_password(&session->creds, &password, err);
	return 0;
}

int nk_shell_open(struct nk_shell *shell, const char *host, const char *port, struct nk_err *err)
{
	nk_auto(str) char *text = NULL;

	if (nk_policies_expand(shell->ctx->policies, host, &text, err) < 0)
		return -1;
	return open_text(shell, text, port, err);
}

void nk_shell_enter(struct nk_shell *shell, const char *path)
{
	nk_auto(str) char *trimmed = nk_path_trim(path[0] != '\0' ? path : "/");

	free(shell->cwd);
	shell->cwd = nk_path_join(trimmed, "");
}

/* Drop the last component of path, which ends in a slash; false when there is none to drop. */
static bool go_up(char *path)
{
	size_t length = strlen(path) - 1;
	size_t start = length;

	while (start > 0 && path[start - 1] != '/')
		start--;
	/* What is above the login folder, or above a "..", only the server knows. */
	if (length == 0 || (length - start == 1 && path[start] == '~' && start == 1) ||
	    (length - start == 2 && memcmp(path + start, "..", 2) == 0))
		return false;
	path[start] = '\0';
	return true;
}

/* What a word means in a folder, which ends in a slash; a new string. */
static char *path_in(const char *folder, const char *word)
{
	char *path = nk_strdup(word[0] == '/' ? "/" : folder);

	while (*word != '\0') {
		size_t length = strcspn(word, "/");
		bool is_up = length == 2 && memcmp(word, "..", 2) == 0;
		bool is_here = length == 0 || (length == 1 && *word == '.');
		const char *slash = word[length] == '/' || is_up ? "/" : "";

		if (!is_here && !(is_up && (strcmp(path, "/") == 0 || go_up(path)))) {
			char *longer = nk_format("%s%.*s%s", path, (int)length, word, slash);

			free(path);
			path = longer;
		}
		word += length + (word[length] == '/');
	}
	return path;
}

char *nk_shell_path(const struct nk_shell *shell, const char *word)
{
	return path_in(shell->cwd, word);
}

/* The text as a pattern that matches nothing else; a new string. */
static char *quoted(const char *text)
{
	char *pattern = nk_alloc(2 * strlen(text) + 1);
	char *out = pattern;

	for (; *text != '\0'; text++) {
		if (strchr("*?[\\", *text))
			*out++ = '\\';
		*out++ = *text;
	}
	return pattern;
}

int nk_shell_glob(struct nk_shell *shell, const char *pattern, struct nk_paths *paths,
		  struct nk_err *err)
{
	struct nk_fs *fs;

	if (nk_shell_mount(shell, &fs, err) < 0)
		return -1;
	nk_auto(str) char *folder = quoted(shell->cwd);
	nk_auto(str) char *whole = path_in(folder, pattern);

	return nk_glob_paths(fs, whole, paths, err);
}

int nk_shell_url(const struct nk_shell *shell, const char *word, char **url, struct nk_err *err)
{
	if (nk_url_is_url(word)) {
		*url = nk_strdup(word);
		return 0;
	}
	if (!shell->session)
		return nk_fail(err, NK_E_USAGE, 0, "not connected: open HOST");
	nk_auto(str) char *path = nk_shell_path(shell, word);

	*url = nk_url_format(shell->url.scheme, shell->url.user, shell->url.host, shell->url.port,
			     path);
	return 0;
}

int nk_shell_mount(struct nk_shell *shell, struct nk_fs **fs, struct nk_err *err)
{
	const struct nk_place place = { .ops = shell->ctx->applet->fs, .session = shell->session };

	if (!shell->session)
		return nk_fail(err, NK_E_USAGE, 0, "not connected: open HOST");
	shell->is_untried = false;
	return nk_opener_mount(shell->ctx->opener, &place, fs, err);
}

/* --- what commands of all prompts do --- */

int nk_shell_enter_local(const char *folder, struct nk_err *err)
{
	const char *home = getenv("HOME");

	folder = folder ? folder : home ? home : "/";
	if (chdir(folder) < 0)
		return nk_fail_errno(err, nk_domain_of_errno(errno, NK_E_READ), "%s", folder);
	return 0;
}

int nk_shell_local(const char *command, struct nk_err *err)
{
	int status = system(*command ? command : "exec ${SHELL:-sh}");

	if (status < 0)
		return nk_fail_errno(err, NK_E_READ, "the shell");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return nk_fail(err, NK_E_NEGATIVE, 0, "the command ended with status %d",
		       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int nk_shell_help(struct nk_shell *shell, struct nk_err *err)
{
	struct nk_out *out = shell->ctx->out;

	for (const struct nk_command *command = shell->commands; command->name; command++) {
		const struct nk_command_row row = { command->name, command->arguments,
						    command->summary };

		if (nk_out_put(out, &nk_command_record, &row, err) < 0)
			return -1;
	}
	for (const struct nk_verb *verb = shell->ctx->applet->verbs; verb->name; verb++) {
		const struct nk_command_row row = { verb->name, verb->operands, verb->summary };
		const struct nk_command *command = shell->commands;

		while (command->name && strcmp(command->name, verb->name) != 0)
			command++;
		if (!command->name && nk_verb_is_offered(shell->ctx->applet, verb) &&
		    nk_out_put(out, &nk_command_record, &row, err) < 0)
			return -1;
	}
	return nk_out_flush(out, err);
}

/* --- the loop --- */

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
	for (const struct nk_verb *verb = shell->ctx->applet->verbs; verb->name; verb++)
		nk_strings_add(&names, verb->name);
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

static int run_words(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	const struct nk_command *command = find_command(shell, argv[0]);
	const struct nk_verb *verb =
		command ? NULL : nk_verb_find(shell->ctx->applet->verbs, argv[0]);

	if (verb)
		return run_as_verb(shell, verb, argc, argv, err);
	if (!command)
		command = find_abbreviated(shell, argv[0]);
	if (!command)
		return fail_unknown(shell, argv[0], err);
	if (argc - 1 < command->least || (command->most >= 0 && argc - 1 > command->most))
		return nk_fail(err, NK_E_USAGE, 0, "%s takes %s", command->name,
			       command->arguments[0] ? command->arguments : "nothing");
	return command->run(shell, argc, argv, err);
}

static int split(const struct nk_shell *shell, char *copy, char **words, struct nk_err *err)
{
	if (shell->flags & NK_SHELL_PATTERNS)
		return nk_shell_split_patterns(shell->line, copy, words, SHELL_WORDS_MAX, err);
	memcpy(copy, shell->line, strlen(shell->line) + 1);
	return nk_shell_split(copy, words, SHELL_WORDS_MAX, err);
}

/* Returns 1 when a command was run, 0 for an empty line. */
static int run_line(struct nk_shell *shell, const char *line, struct nk_err *err)
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

static void tell(const struct nk_shell *shell, const struct nk_err *err)
{
	nk_auto(str) char *where = nk_format("netkit %s", shell->ctx->applet->name);

	nk_log_error(err, where, NULL);
}

static bool stops_at_failure(const struct nk_shell *shell)
{
	return !shell->is_interactive && (shell->flags & NK_SHELL_STRICT);
}

/* An interrupt ends the command that somebody typed, and not the prompt. */
static void forget_interrupt(const struct nk_shell *shell)
{
	if (!shell->is_interactive)
		return;
	nk_interrupt_forget();
	clearerr(shell->input);
}

/* Count a command's failure. Returns -1 when it ends the prompt. */
static int take_failure(struct nk_shell *shell, struct nk_tally *tally, struct nk_err *err)
{
	nk_opener_check(shell->ctx->opener, err);
	forget_interrupt(shell);
	if (shell->is_interactive) {
		tell(shell, err);
		return err->domain == NK_E_TERMINATE ? -1 : 0;
	}
	/* The loop says that by itself. */
	if (err->domain == NK_E_INTERRUPT || err->domain == NK_E_TERMINATE)
		return -1;
	if (stops_at_failure(shell) && shell->input_name)
		nk_wrap(err, "%s:%d", shell->input_name, shell->line_number);
	else if (stops_at_failure(shell))
		nk_wrap(err, "line %d", shell->line_number);
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
	for (; (shell->flags & NK_SHELL_STRICT) && *line != '\0' && strchr("-@", *line); line++) {
		prefix->is_forgiven |= *line == '-';
		prefix->is_silent |= *line == '@';
	}
	return line + strspn(line, " \t");
}

static void echo(const struct nk_shell *shell, const char *line)
{
	size_t length = strcspn(line, "\r");

	if (stops_at_failure(shell) && length > 0 && line[0] != '#')
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

static void prompt(const struct nk_shell *shell)
{
	nk_auto(str) char *text = nk_format("%s> ", shell->ctx->applet->name);

	/* A prompt that cannot be shown is no reason to stop. */
	if (shell->is_interactive && write(STDERR_FILENO, text, strlen(text)) < 0)
		clearerr(shell->input);
}

/* Read a line, without its end: 1, 0 when there is none, -1 for one that is too long, which is read
 * to its end all the same. A NUL ends what is understood of it, as a line's end does. */
static int read_line(struct nk_shell *shell, char line[SHELL_LINE_MAX], struct nk_err *err)
{
	size_t length = 0;
	int c = getc(shell->input);
	bool is_empty = c == EOF;

	for (; c != EOF && c != '\n'; c = getc(shell->input)) {
		if (length < SHELL_LINE_MAX)
			line[length++] = (char)c;
	}
	/* Half a line, when a signal came, is no command. */
	if (is_empty || ferror(shell->input))
		return 0;
	shell->line_number++;
	if (length == SHELL_LINE_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "a command has at most %d bytes",
			       SHELL_LINE_MAX - 1);
	line[length] = '\0';
	return 1;
}

/* The next line that somebody types: the key that interrupts begins a new one. */
static int read_typed(struct nk_shell *shell, char line[SHELL_LINE_MAX], struct nk_err *err)
{
	for (;;) {
		struct nk_err interrupt = NK_ERR_INIT;

		prompt(shell);
		int status = read_line(shell, line, err);

		if (!shell->is_interactive || status != 0)
			return status;
		bool is_interrupted = nk_interrupt_check(&interrupt) < 0;

		if (write(STDERR_FILENO, "\n", 1) < 0 || interrupt.domain != NK_E_INTERRUPT ||
		    !is_interrupted)
			return 0;
		forget_interrupt(shell);
	}
}

/* Read and run to the end; failures are in tally. */
static void run_lines(struct nk_shell *shell, struct nk_tally *tally)
{
	nk_auto(str) char *line = nk_alloc(SHELL_LINE_MAX);
	int status = 0;

	while (status >= 0 && !shell->has_quit) {
		struct nk_err err = NK_ERR_INIT;

		if (nk_interrupt_check(&err) < 0)
			break;
		status = read_typed(shell, line, &err);
		if (status == 0)
			break;
		if (status > 0)
			status = run_read(shell, line, &err);
		nk_secret_wipe(line, SHELL_LINE_MAX);
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

	tally.is_prompt = true;
	run_lines(shell, &tally);
	if (nk_interrupt_check(err) < 0)
		return -1;
	if (try_untried(shell, err) < 0)
		nk_tally_fail(&tally, err, nk_strdup(""));
	return conclude(shell, &tally, err);
}

int nk_shell_run(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(shell) struct nk_shell shell = { .ctx = ctx };

	if (ctx->operand_count > 2)
		return nk_fail(err, NK_E_USAGE, 0, "%s takes %s", ctx->verb->name,
			       ctx->verb->operands);
	nk_shell_begin(&shell, ctx, nk_commands, 0);
	if (ctx->operand_count > 0 &&
	    nk_shell_open(&shell, ctx->operands[0],
			  ctx->operand_count > 1 ? ctx->operands[1] : NULL, err) < 0)
		return -1;
	return nk_shell_loop(&shell, err);
}
