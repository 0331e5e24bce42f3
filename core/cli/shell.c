/* shell.c - the prompt: commands from a terminal or a pipe, on one connection. */
#include "shell.h"

#include <stdio.h>
#include <unistd.h>

#include "dispatch.h"
#include "netkit/log.h"
#include "netkit/secret.h"
#include "netkit/wait.h"

/* Longest line: a few thousand file names. */
#define SHELL_LINE_MAX 65536

/* Most words in a line. */
#define SHELL_WORDS_MAX 1024

/* What a remote operand becomes when a verb has none. */
#define HERE ""

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

int nk_shell_open(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	nk_auto(str) char *text =
		url_text(shell->ctx->applet->schemes[0].name, argv[0], argc > 1 ? argv[1] : NULL);
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
	if (!nk_url_is_url(argv[0]))
		shell->cwd = nk_strdup("/~/");
	else
		shell->cwd = nk_format(
			"%s%s", shell->url.path,
			nk_text_has_prefix(shell->url.path, "/") &&
					shell->url.path[strlen(shell->url.path) - 1] == '/'
				? ""
				: "/");
	/* The commands come by stdin too: what is its first line must be read before them. */
	if (session->creds.policy->password_stdin)
		return nk_creds_password(&session->creds, &password, err);
	return 0;
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

char *nk_shell_path(const struct nk_shell *shell, const char *word)
{
	char *path = nk_strdup(word[0] == '/' ? "/" : shell->cwd);

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

/* --- verbs --- */

/* Operands as the verb takes them; what is made here is owned here. */
struct shape {
	struct nk_strings operands;
	char **owned;
	int count;
};

static void release_shape(struct shape *shape)
{
	for (int i = 0; i < shape->count; i++)
		free(shape->owned[i]);
	free(shape->owned);
	nk_strings_release(&shape->operands);
}
NK_AUTO(shape, struct shape, release_shape)

static int add_remote(const struct nk_shell *shell, struct shape *shape, const char *word,
		      struct nk_err *err)
{
	char *url;

	if (nk_shell_url(shell, word, &url, err) < 0)
		return -1;
	shape->owned = nk_realloc(shape->owned, (size_t)(shape->count + 1) * sizeof(*shape->owned));
	shape->owned[shape->count++] = url;
	nk_strings_add(&shape->operands, url);
	return 0;
}

/* Which words of a verb are remote depends on the verb alone. */
static bool is_remote(const struct nk_verb *verb, int index, int count)
{
	if (strcmp(verb->name, "get") == 0)
		return count == 1 || index < count - 1;
	if (strcmp(verb->name, "put") == 0)
		return count > 1 && index == count - 1;
	return strcmp(verb->name, "chmod") != 0 || index > 0;
}

/* Verbs of a folder mean the one at hand when none is named. */
static bool means_here(const struct nk_verb *verb)
{
	static const char *const names[] = { "ls", "find", "du", "df" };

	for (size_t i = 0; i < NK_COUNT(names); i++) {
		if (strcmp(verb->name, names[i]) == 0)
			return true;
	}
	return false;
}

static int make_shape(const struct nk_shell *shell, const struct nk_verb *verb,
		      const struct nk_strings *words, struct shape *shape, struct nk_err *err)
{
	int count = (int)words->count;

	for (int i = 0; i < count; i++) {
		const char *word = words->items[i];

		if (!is_remote(verb, i, count))
			nk_strings_add(&shape->operands, word);
		else if (add_remote(shell, shape, word, err) < 0)
			return -1;
	}
	if (count == 0 && means_here(verb))
		return add_remote(shell, shape, HERE, err);
	if (count == 1 && strcmp(verb->name, "put") == 0)
		return add_remote(shell, shape, nk_path_name(words->items[0]), err);
	return 0;
}

/* Run a verb with its own options. has_sink: its results go elsewhere than those of others. */
static int run_verb(struct nk_ctx *inner, bool has_sink, struct nk_err *err)
{
	struct nk_err lost = NK_ERR_INIT;

	nk_opener_set_common(inner->opener, inner->common);

	int result = inner->verb->run(inner, err);

	nk_opener_set_common(inner->opener, NULL);
	nk_out_take_stdout_back(inner->out);
	/* What was printed before a failure counts; the first error is told. */
	if (result < 0)
		return nk_out_flush(inner->out, &lost) < 0 ? -1 : result;
	return has_sink ? nk_out_close(inner->out, err) : nk_out_flush(inner->out, err);
}

int nk_shell_verb(struct nk_shell *shell, const struct nk_verb *verb, char *extra, int argc,
		  char **argv, struct nk_err *err)
{
	struct nk_call call = { .applets = shell->ctx->applets,
				.applet = shell->ctx->applet,
				.verb = verb };
	nk_auto(parse) struct nk_parse parse = { 0 };
	nk_auto(shape) struct shape shape = { 0 };
	nk_auto(out) struct nk_out *out = NULL;
	struct nk_ctx inner = *shell->ctx;

	if (!nk_verb_is_offered(shell->ctx->applet, verb))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s cannot %s",
			       shell->ctx->applet->fs->name, verb->name);
	/* argv[0], the command's name, makes room for the extra option. */
	call.argv = extra ? argv : argv + 1;
	call.argc = extra ? argc : argc - 1;
	if (extra)
		argv[0] = extra;
	if (nk_parse_call(&call, shell->ctx->common, &parse, err) < 0 ||
	    make_shape(shell, verb, &parse.operands, &shape, err) < 0)
		return -1;
	if (memcmp(&parse.common.out, &shell->ctx->common->out, sizeof(parse.common.out)) != 0) {
		if (nk_out_flush(inner.out, err) < 0 ||
		    nk_out_open(&parse.common.out, &out, err) < 0)
			return -1;
		inner.out = out;
	}
	shell->is_untried = false;
	inner.verb = verb;
	inner.verb_opts = parse.verb_opts;
	inner.common = &parse.common;
	inner.operands = shape.operands.items;
	inner.operand_count = (int)shape.operands.count;
	return run_verb(&inner, out != NULL, err);
}

/* --- the loop --- */

static const struct nk_command *find_command(const char *name)
{
	for (const struct nk_command *command = nk_commands; command->name; command++) {
		if (strcmp(command->name, name) == 0)
			return command;
	}
	return NULL;
}

/* Classic scripts say "bin" and "by": the only command that begins so, or NULL. */
static const struct nk_command *find_abbreviated(const char *name)
{
	const struct nk_command *found = NULL;

	for (const struct nk_command *command = nk_commands; command->name; command++) {
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

	for (const struct nk_command *command = nk_commands; command->name; command++)
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

static int run_words(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	const struct nk_command *command = find_command(argv[0]);
	const struct nk_verb *verb =
		command ? NULL : nk_verb_find(shell->ctx->applet->verbs, argv[0]);

	if (verb)
		return nk_shell_verb(shell, verb, NULL, argc, argv, err);
	if (!command)
		command = find_abbreviated(argv[0]);
	if (!command)
		return fail_unknown(shell, argv[0], err);
	if (argc - 1 < command->least || (command->most >= 0 && argc - 1 > command->most))
		return nk_fail(err, NK_E_USAGE, 0, "%s takes %s", command->name,
			       command->arguments[0] ? command->arguments : "nothing");
	return command->run(shell, argc, argv, err);
}

/* Returns 1 when a command was run, 0 for an empty line. */
static int run_line(struct nk_shell *shell, char *line, struct nk_err *err)
{
	nk_auto(str) char *copy = nk_strdup(line);
	char *words[SHELL_WORDS_MAX];
	char bang[] = "!";
	int count, result;

	shell->line = line + strspn(line, " \t");
	if (shell->line[0] == '!') {
		words[0] = bang;
		return run_words(shell, 1, words, err) < 0 ? -1 : 1;
	}
	count = nk_shell_split(copy, words, SHELL_WORDS_MAX, err);
	if (count <= 0 || words[0][0] == '#')
		return count < 0 ? -1 : 0;
	result = run_words(shell, count, words, err);
	/* "user NAME PASSWORD" */
	nk_secret_wipe(copy, strlen(line));
	return result < 0 ? -1 : 1;
}

/* Count a command's failure. Returns -1 when it ends the prompt. */
static int take_failure(struct nk_shell *shell, struct nk_tally *tally, const struct nk_err *err)
{
	nk_opener_check(shell->ctx->opener, err);
	if (shell->is_interactive) {
		nk_auto(str) char *where = nk_format("netkit %s", shell->ctx->applet->name);

		nk_log_error(err, where, NULL);
		return err->domain == NK_E_TERMINATE ? -1 : 0;
	}
	return nk_tally_fail(tally, err, nk_strdup(""));
}

static void prompt(const struct nk_shell *shell)
{
	nk_auto(str) char *text = nk_format("%s> ", shell->ctx->applet->name);

	/* A prompt that cannot be shown is no reason to stop. */
	if (shell->is_interactive && write(STDERR_FILENO, text, strlen(text)) < 0)
		clearerr(stdin);
}

/* Read a line, without its end: 1, 0 when there is none, -1 for one that is too long, which is read
 * to its end all the same. A NUL ends what is understood of it, as a line's end does. */
static int read_line(char line[SHELL_LINE_MAX], struct nk_err *err)
{
	size_t length = 0;
	int c = getc(stdin);
	bool is_empty = c == EOF;

	for (; c != EOF && c != '\n'; c = getc(stdin)) {
		if (length < SHELL_LINE_MAX)
			line[length++] = (char)c;
	}
	/* Half a line, when a signal came, is no command. */
	if (is_empty || ferror(stdin))
		return 0;
	if (length == SHELL_LINE_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "a command has at most %d bytes",
			       SHELL_LINE_MAX - 1);
	line[length] = '\0';
	return 1;
}

/* Read and run to the end; failures are in tally. */
static void run_lines(struct nk_shell *shell, struct nk_tally *tally)
{
	nk_auto(str) char *line = nk_alloc(SHELL_LINE_MAX);
	int status = 0;

	while (status >= 0 && !shell->has_quit) {
		struct nk_err err = NK_ERR_INIT;

		prompt(shell);
		if (nk_interrupt_check(&err) < 0)
			break;
		status = read_line(line, &err);
		if (status == 0)
			break;
		if (status > 0)
			status = run_line(shell, line, &err);
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

int nk_shell_run(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);
	struct nk_shell shell = {
		.ctx = ctx,
		.has_globs = true,
		.is_interactive = isatty(STDIN_FILENO) == 1 && !ctx->common->creds.no_input,
	};
	int result = 0;

	tally.is_prompt = true;
	if (ctx->operand_count > 2)
		return nk_fail(err, NK_E_USAGE, 0, "%s takes %s", ctx->verb->name,
			       ctx->verb->operands);
	nk_opener_be_prompt(ctx->opener);
	if (ctx->operand_count > 0)
		result = nk_shell_open(&shell, ctx->operand_count, (char **)ctx->operands, err);
	if (result == 0) {
		run_lines(&shell, &tally);
		result = nk_interrupt_check(err);
	}
	if (result == 0 && try_untried(&shell, err) < 0)
		nk_tally_fail(&tally, err, nk_strdup(""));
	if (result == 0)
		result = nk_tally_end(&tally, err);
	nk_shell_close(&shell);
	return result;
}
