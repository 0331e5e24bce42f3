/* commands.c - the classic commands of the prompt, as ftp(1) has them. */
#include "shell.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dispatch.h"
#include "netkit/local.h"
#include "netkit/log.h"
#include "netkit/wait.h"
#include "policies.h"

/* Longest reply shown by quote. */
#define QUOTE_REPLY_MAX 65536

/* What a stat keeps: a name and a link's target. */
#define STAT_ARENA_MAX ((size_t)64 * 1024)

/* Bytes moved at a time by append. */
#define APPEND_STEP 65536

static char glob_option[] = "--glob";

/* Run the verb of this name with what follows the command. extra: an option to put before that, or
 * NULL; the command's name makes room for it. */
static int run_verb(struct nk_shell *shell, const char *name, char *extra, int argc, char **argv,
		    struct nk_err *err)
{
	if (!extra)
		return nk_shell_verb(shell, name, argc - 1, argv + 1, err);
	argv[0] = extra;
	return nk_shell_verb(shell, name, argc, argv, err);
}

/* --- the connection --- */

static int run_open(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	struct nk_fs *fs;

	if (nk_shell_open(shell, argv[1], argc > 2 ? argv[2] : NULL, err) < 0)
		return -1;
	/* In a script "user" may follow. */
	return shell->is_interactive ? nk_shell_mount(shell, &fs, err) : 0;
}

static int run_close(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	struct nk_fs *fs;

	(void)argc;
	(void)argv;
	if (!shell->session)
		return nk_fail(err, NK_E_USAGE, 0, "not connected");
	if (shell->is_untried && nk_shell_mount(shell, &fs, err) < 0)
		return -1;
	nk_shell_close(shell);
	return 0;
}

static int run_quit(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	shell->has_quit = true;
	return 0;
}

/* Is the password that an option or a profile gives another user's than name's? */
static int is_of_another(struct nk_creds *creds, const char *name, struct nk_err *err)
{
	const struct nk_creds_policy *policy = creds->policy;
	const char *user = NULL;

	if (!policy->password_file && !policy->password_command)
		return 0;
	if (nk_creds_user(creds, &user, err) < 0)
		return -1;
	return user && strcmp(user, name) != 0;
}

/* user NAME [PASSWORD]: log in anew. */
static int run_user(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	if (!shell->session)
		return nk_fail(err, NK_E_USAGE, 0, "not connected: open HOST");
	nk_auto(str) char *text = nk_url_format(shell->url.scheme, argv[1], shell->url.host,
						shell->url.port, shell->cwd);
	struct nk_creds *creds;
	struct nk_session *session;
	int is_other = is_of_another(&shell->session->creds, argv[1], err);

	if (is_other < 0 || nk_policies_follow(shell->ctx->policies, &shell->url, text, err) < 0 ||
	    nk_opener_session(shell->ctx->opener, text, &session, NULL, err) < 0)
		return -1;
	creds = &session->creds;
	/* Who types the name again wants to type the password again. */
	if (argc == 2 && creds->is_typed)
		nk_secret_release(&creds->password);
	if (argc > 2 && nk_secret_set(&creds->password, argv[2], strlen(argv[2]), err) < 0)
		return -1;
	creds->is_looked_up |= argc > 2 || is_other;
	/* What was typed here wins over --user. */
	free(creds->user);
	creds->user = nk_strdup(argv[1]);
	free(shell->url.user);
	shell->url.user = nk_strdup(argv[1]);
	nk_opener_drop(shell->ctx->opener);
	shell->session = session;
	shell->is_untried = true;
	return 0;
}

/* --- folders --- */

static int print_place(struct nk_shell *shell, const char *path, const char *url,
		       struct nk_err *err)
{
	const struct nk_place_row row = { .path = path, .url = url };

	if (nk_out_put(shell->ctx->out, &nk_place_record, &row, err) < 0)
		return -1;
	return nk_out_flush(shell->ctx->out, err);
}

static int run_pwd(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	nk_auto(str) char *url = NULL;
	nk_auto(str) char *path = nk_path_trim(shell->cwd);
	nk_auto(str) char *real = NULL;
	struct nk_fs *fs;

	(void)argc;
	(void)argv;
	if (nk_shell_url(shell, "", &url, err) < 0 || nk_shell_mount(shell, &fs, err) < 0)
		return -1;
	if (fs->ops->real_path && fs->ops->real_path(fs, path, &real, err) < 0)
		return -1;
	return print_place(shell, real ? real : path, url, err);
}

static int run_cd(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	if (!shell->session)
		return nk_fail(err, NK_E_USAGE, 0, "not connected: open HOST");
	nk_auto(str) char *path = nk_shell_path(shell, argc > 1 ? argv[1] : "/~/");

	return nk_shell_go(shell, path, err);
}

static char parent[] = "..";

static int run_cdup(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	char *words[] = { argv[0], parent };

	(void)argc;
	return run_cd(shell, 2, words, err);
}

static int run_lcd(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)shell;
	return nk_shell_enter_local(argc > 1 ? argv[1] : NULL, err);
}

static int run_lpwd(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	nk_auto(str) char *path = getcwd(NULL, 0);

	(void)argc;
	(void)argv;
	if (!path)
		return nk_fail_errno(err, NK_E_READ, "the working folder");
	return print_place(shell, path, NULL, err);
}

/* --- files --- */

/* "ls -la": the long form is the only one here, and -a is --all. The letters that only sort or
 * decorate change nothing that a script could rely on. */
static int run_ls(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	static char all[] = "--all";
	int kept = 1;

	for (int i = 1; i < argc; i++) {
		bool is_letters = argv[i][0] == '-' && argv[i][1] != '\0' &&
				  argv[i][1 + strspn(argv[i] + 1, "aAlLFhrtS1n")] == '\0';

		if (is_letters && strpbrk(argv[i], "aA"))
			argv[kept++] = all;
		else if (!is_letters)
			argv[kept++] = argv[i];
	}
	return run_verb(shell, "ls", glob_option, kept, argv, err);
}

static int run_get(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_verb(shell, "get", NULL, argc, argv, err);
}

static char force_resume[] = "--resume=force";

/* reget FILE [LOCAL]: go on behind what is here, whatever it is. */
static int run_reget(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_verb(shell, "get", force_resume, argc, argv, err);
}

/* Is the file at word older on the server than the local one, or as old? *is_older. */
static int compare_times(struct nk_shell *shell, const char *word, const char *local,
			 bool *is_older, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(STAT_ARENA_MAX);
	nk_auto(str) char *path = nk_shell_path(shell, word);
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_fs *fs;
	struct stat st;

	*is_older = false;
	if (nk_shell_mount(shell, &fs, err) < 0 || nk_fs_stat(fs, path, &arena, &entry, err) < 0)
		return -1;
	if (entry.mtime == NK_ENTRY_NO_TIME)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s: the server does not say how old it is", path);
	*is_older = stat(local, &st) == 0 && (int64_t)st.st_mtime >= entry.mtime;
	return 0;
}

/* newer FILE [LOCAL]: get it when the local one is missing or older. */
static int run_newer(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	bool is_older;

	if (!shell->session)
		return nk_fail(err, NK_E_USAGE, 0, "not connected: open HOST");
	const char *local = argc > 2 ? argv[2] : nk_path_name(argv[1]);

	if (compare_times(shell, argv[1], local, &is_older, err) < 0)
		return -1;
	if (!is_older)
		return run_verb(shell, "get", NULL, argc, argv, err);
	nk_log(NK_LOG_NOTICE, "%s is not newer than %s", argv[1], local);
	return 0;
}

/* argv with one more word at its end; the array is owned by the caller. */
static char **with_last(int argc, char **argv, char *last)
{
	char **longer = nk_alloc((size_t)(argc + 1) * sizeof(*longer));

	memcpy(longer, argv, (size_t)argc * sizeof(*longer));
	longer[argc] = last;
	return longer;
}

static char here[] = ".";

/* mget FILE...: all of them remote, into the local folder. */
static int run_mget(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	char **words = with_last(argc, argv, here);
	int result =
		run_verb(shell, "get", shell->has_globs ? glob_option : NULL, argc + 1, words, err);

	free(words);
	return result;
}

static int run_put(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_verb(shell, "put", NULL, argc, argv, err);
}

static char nowhere[] = "";

static void free_words(char ***words)
{
	free(*words);
}
NK_AUTO(words, char **, free_words)
NK_AUTO(found, glob_t, globfree)

/* The file that a word names must not read as anything but a file. */
static char dash[] = "-", dash_file[] = "./-", end_of_options[] = "--";

static bool is_operand(const struct nk_strings *operands, const char *word)
{
	for (size_t i = 0; i < operands->count; i++) {
		if (operands->items[i] == word)
			return true;
	}
	return false;
}

static int expand(const struct nk_strings *patterns, glob_t *found, struct nk_err *err)
{
	int flags = GLOB_NOCHECK;

	for (size_t i = 0; i < patterns->count; i++, flags |= GLOB_APPEND) {
		if (glob(patterns->items[i], flags, NULL, found) != 0)
			return nk_fail(err, NK_E_READ, 0, "%s: cannot be expanded",
				       patterns->items[i]);
	}
	return 0;
}

/* mput FILE...: all of them local, into the remote folder. What a pattern matches is no option,
 * whatever it is called. */
static int run_mput(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	nk_auto(strings) struct nk_strings operands = { 0 };
	nk_auto(found) glob_t found = { .gl_pathc = 0 };
	int count = 1;

	if (nk_shell_operands(shell, "put", argc - 1, argv + 1, &operands, err) < 0 ||
	    expand(&operands, &found, err) < 0)
		return -1;
	nk_auto(words) char **words = nk_alloc((argc + found.gl_pathc + 2) * sizeof(*words));

	words[0] = argv[0];
	for (int i = 1; i < argc; i++) {
		if (!is_operand(&operands, argv[i]) && strcmp(argv[i], end_of_options) != 0)
			words[count++] = argv[i];
	}
	words[count++] = end_of_options;
	for (size_t i = 0; i < found.gl_pathc; i++)
		words[count++] =
			strcmp(found.gl_pathv[i], dash) == 0 ? dash_file : found.gl_pathv[i];
	words[count++] = nowhere;
	return run_verb(shell, "put", NULL, count, words, err);
}

static int run_rm(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_verb(shell, "rm", NULL, argc, argv, err);
}

static int run_mdelete(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_verb(shell, "rm", shell->has_globs ? glob_option : NULL, argc, argv, err);
}

static int run_mv(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_verb(shell, "mv", NULL, argc, argv, err);
}

static int run_stat(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_verb(shell, "stat", NULL, argc, argv, err);
}

/* Both ends of an append. */
struct append {
	struct nk_fs *disk;
	const char *local;
	const char *remote;
	struct nk_stream *from;
	struct nk_stream *to;
};

static void release_append(struct append *append)
{
	nk_stream_abandon(append->from);
	nk_stream_abandon(append->to);
	nk_fs_unmount(append->disk);
}
NK_AUTO(append, struct append, release_append)

static int open_both(struct nk_shell *shell, struct append *append, struct nk_err *err)
{
	struct nk_open_how how = { .direction = NK_READ,
				   .size = -1,
				   .deadline = shell->ctx->common->net.deadline };
	struct nk_fs *fs;

	if (nk_shell_mount(shell, &fs, err) < 0 ||
	    nk_fs_open(append->disk, append->local, &how, &append->from, err) < 0)
		return -1;
	how.direction = NK_WRITE;
	how.append = true;
	how.is_text = nk_opener_is_text(shell->ctx->opener);
	return nk_fs_open(fs, append->remote, &how, &append->to, err);
}

static int move_all(struct nk_stream *from, struct nk_stream *to, struct nk_err *err)
{
	nk_auto(str) char *bytes = nk_alloc(APPEND_STEP);
	ssize_t length;

	while ((length = nk_stream_read(from, bytes, APPEND_STEP, err)) > 0) {
		if (nk_stream_write(to, bytes, (size_t)length, err) < 0 ||
		    nk_interrupt_check(err) < 0)
			return -1;
	}
	return (int)length;
}

/* append LOCAL [REMOTE]: what is there stays, and the local file comes behind it. */
static int run_append(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	nk_auto(place) struct nk_place place = { 0 };
	nk_auto(append) struct append append = { .local = argv[1] };

	if (!shell->session)
		return nk_fail(err, NK_E_USAGE, 0, "not connected: open HOST");
	nk_auto(str) char *remote =
		nk_shell_path(shell, argc > 2 ? argv[2] : nk_path_name(argv[1]));

	append.remote = remote;
	nk_opener_local(shell->ctx->opener, NULL, argv[1], &place);
	if (nk_fs_mount(&place, &append.disk, err) < 0 || open_both(shell, &append, err) < 0 ||
	    move_all(append.from, append.to, err) < 0)
		return -1;
	return nk_stream_close(nk_take(append.to), err);
}

/* --- settings --- */

static int run_binary(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	nk_opener_set_text(shell->ctx->opener, false);
	return 0;
}

static int run_ascii(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	nk_opener_set_text(shell->ctx->opener, true);
	return 0;
}

static int run_type(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	static const char *const binary[] = { "binary", "image", "i", "I" };
	bool is_text = argc > 1;

	if (argc == 1) {
		nk_log(NK_LOG_NOTICE, "type is %s",
		       nk_opener_is_text(shell->ctx->opener) ? "ascii" : "binary");
		return 0;
	}
	for (size_t i = 0; i < NK_COUNT(binary); i++)
		is_text = is_text && strcmp(argv[1], binary[i]) != 0;
	if (is_text && strcmp(argv[1], "ascii") != 0 && strcmp(argv[1], "a") != 0 &&
	    strcmp(argv[1], "A") != 0)
		return nk_fail(err, NK_E_USAGE, 0, "type: '%s' is not ascii or binary", argv[1]);
	nk_opener_set_text(shell->ctx->opener, is_text);
	return 0;
}

static int run_glob(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	shell->has_globs = !shell->has_globs;
	nk_log(NK_LOG_NOTICE, "wildcards %s", shell->has_globs ? "on" : "off");
	return 0;
}

/* What scripts say out of habit: nothing here asks, rings, prints hash marks or goes active. */
static int run_nothing(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)shell;
	(void)argc;
	(void)err;
	nk_log(NK_LOG_INFO, "%s changes nothing here", argv[0]);
	return 0;
}

static int run_status(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	if (!shell->session) {
		nk_log(NK_LOG_NOTICE, "not connected");
		return 0;
	}
	return run_pwd(shell, argc, argv, err);
}

/* --- the server's own words --- */

static int say(struct nk_shell *shell, const char *line, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf reply = NK_BUF_INIT(QUOTE_REPLY_MAX);
	const struct nk_fs_ops *ops = shell->ctx->applet->fs;
	struct nk_fs *fs;

	if (!ops->command)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s has no commands to quote", ops->name);
	if (nk_shell_mount(shell, &fs, err) < 0 || ops->command(fs, line, &reply, err) < 0)
		return -1;
	for (char *text = reply.data, *next; text; text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		if (nk_out_put(shell->ctx->out, &nk_reply_record, &(struct nk_reply_row){ text },
			       err) < 0)
			return -1;
	}
	return nk_out_flush(shell->ctx->out, err);
}

/* The words after the first, as one line after lead. */
static int say_words(struct nk_shell *shell, const char *lead, int argc, char **argv,
		     struct nk_err *err)
{
	nk_auto(str) char *line = nk_strdup(lead);

	for (int i = 1; i < argc; i++) {
		char *longer = nk_format("%s%s%s", line, line[0] ? " " : "", argv[i]);

		free(line);
		line = longer;
	}
	return say(shell, line, err);
}

static int run_quote(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return say_words(shell, "", argc, argv, err);
}

static int run_site(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return say_words(shell, "SITE", argc, argv, err);
}

static int run_system(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)argc;
	(void)argv;
	return say(shell, "SYST", err);
}

/* --- the rest --- */

static int run_bang(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)argc;
	(void)argv;
	return nk_shell_local(shell->line + 1 + strspn(shell->line + 1, " \t\r\n"), err);
}

static int run_help(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return nk_shell_help(shell, argc > 1 ? argv[1] : NULL, err);
}

const struct nk_command nk_commands[] = {
	{ "!", "[COMMAND]", "run a command of the local shell", 0, 0, run_bang, NULL, NULL,
	  NK_COMMAND_READS },
	{ "?", "[COMMAND]", "this list, or what a command takes", 0, 1, run_help, NULL, "c",
	  NK_COMMAND_READS },
	{ "append", "LOCAL [REMOTE]", "put a file behind what is there", 1, 2, run_append, NULL,
	  "lr", 0 },
	{ "ascii", "", "translate the ends of lines", 0, 0, run_ascii, NULL, NULL,
	  NK_COMMAND_READS },
	{ "bell", "", "nothing: there is no bell", 0, -1, run_nothing, NULL, NULL,
	  NK_COMMAND_READS },
	{ "binary", "", "move bytes as they are", 0, 0, run_binary, NULL, NULL, NK_COMMAND_READS },
	{ "bye", "", "end", 0, 0, run_quit, NULL, NULL, NK_COMMAND_READS },
	{ "cd", "[DIR]", "change the remote folder", 0, 1, run_cd, NULL, "f", NK_COMMAND_READS },
	{ "cdup", "", "go to the folder above", 0, 0, run_cdup, NULL, NULL, NK_COMMAND_READS },
	{ "close", "", "end the connection", 0, 0, run_close, NULL, NULL, NK_COMMAND_READS },
	{ "delete", "FILE...", "remove remote files", 1, -1, run_rm, "rm", NULL, 0 },
	{ "dir", "[DIR...]", "list remote folders", 0, -1, run_ls, "ls", NULL, NK_COMMAND_READS },
	{ "disconnect", "", "end the connection", 0, 0, run_close, NULL, NULL, NK_COMMAND_READS },
	{ "exit", "", "end", 0, 0, run_quit, NULL, NULL, NK_COMMAND_READS },
	{ "get", "[OPTION...] REMOTE [LOCAL]", "fetch a file", 1, -1, run_get, "get", NULL,
	  NK_COMMAND_READS },
	{ "glob", "", "expand wildcards, or no longer", 0, -1, run_glob, NULL, NULL,
	  NK_COMMAND_READS },
	{ "hash", "", "nothing: --progress shows more", 0, -1, run_nothing, NULL, NULL,
	  NK_COMMAND_READS },
	{ "help", "[COMMAND]", "this list, or what a command takes", 0, 1, run_help, NULL, "c",
	  NK_COMMAND_READS },
	{ "image", "", "move bytes as they are", 0, 0, run_binary, NULL, NULL, NK_COMMAND_READS },
	{ "lcd", "[DIR]", "change the local folder", 0, 1, run_lcd, NULL, "d", NK_COMMAND_READS },
	{ "literal", "WORD...", "send a command as it is", 1, -1, run_quote, NULL, NULL,
	  NK_COMMAND_SECRET },
	{ "lpwd", "", "print the local folder", 0, 0, run_lpwd, NULL, NULL, NK_COMMAND_READS },
	{ "ls", "[OPTION...] [DIR...]", "list remote folders", 0, -1, run_ls, "ls", NULL,
	  NK_COMMAND_READS },
	{ "mdelete", "GLOB...", "remove remote files", 1, -1, run_mdelete, "rm", NULL, 0 },
	{ "mget", "[OPTION...] GLOB...", "fetch files", 1, -1, run_mget, "get", "r",
	  NK_COMMAND_READS },
	{ "modtime", "FILE...", "say when files were changed", 1, -1, run_stat, "stat", NULL,
	  NK_COMMAND_READS },
	{ "mput", "[OPTION...] GLOB...", "store files", 1, -1, run_mput, "put", "l", 0 },
	{ "newer", "REMOTE [LOCAL]", "fetch a file that is newer than the local one", 1, 2,
	  run_newer, NULL, "rl", NK_COMMAND_READS },
	{ "nlist", "[DIR...]", "list remote folders", 0, -1, run_ls, "ls", NULL, NK_COMMAND_READS },
	{ "open", "[USER@]HOST [PORT] | URL", "turn to a server", 1, 2, run_open, NULL, "h-",
	  NK_COMMAND_READS },
	{ "passive", "", "nothing: --active says it", 0, -1, run_nothing, NULL, NULL,
	  NK_COMMAND_READS },
	{ "progress", "", "nothing: --progress says it", 0, -1, run_nothing, NULL, NULL,
	  NK_COMMAND_READS },
	{ "prompt", "", "nothing: no command asks", 0, -1, run_nothing, NULL, NULL,
	  NK_COMMAND_READS },
	{ "put", "[OPTION...] LOCAL [REMOTE]", "store a file", 1, -1, run_put, "put", NULL, 0 },
	{ "pwd", "", "print the remote folder", 0, 0, run_pwd, NULL, NULL, NK_COMMAND_READS },
	{ "quit", "", "end", 0, 0, run_quit, NULL, NULL, NK_COMMAND_READS },
	{ "quote", "WORD...", "send a command as it is", 1, -1, run_quote, NULL, NULL,
	  NK_COMMAND_SECRET },
	{ "recv", "[OPTION...] REMOTE [LOCAL]", "fetch a file", 1, -1, run_get, "get", NULL,
	  NK_COMMAND_READS },
	{ "reget", "[OPTION...] REMOTE [LOCAL]", "go on with fetching a file", 1, -1, run_reget,
	  "get", NULL, NK_COMMAND_READS },
	{ "rename", "FROM TO", "rename a remote file", 2, 2, run_mv, "mv", NULL, 0 },
	{ "send", "[OPTION...] LOCAL [REMOTE]", "store a file", 1, -1, run_put, "put", NULL, 0 },
	{ "site", "WORD...", "send a SITE command", 1, -1, run_site, NULL, NULL,
	  NK_COMMAND_SECRET },
	{ "size", "FILE...", "say how large files are", 1, -1, run_stat, "stat", NULL,
	  NK_COMMAND_READS },
	{ "status", "", "print where we are", 0, 0, run_status, NULL, NULL, NK_COMMAND_READS },
	{ "system", "", "ask what the server runs on", 0, 0, run_system, NULL, NULL,
	  NK_COMMAND_READS },
	{ "type", "[ascii|binary]", "how bytes are moved", 0, 1, run_type, NULL, NULL,
	  NK_COMMAND_READS },
	{ "user", "NAME [PASSWORD]", "log in as somebody else", 1, 2, run_user, NULL, NULL,
	  NK_COMMAND_SECRET },
	{ "verbose", "", "nothing: -v says more", 0, -1, run_nothing, NULL, NULL,
	  NK_COMMAND_READS },
	{ 0 },
};

const struct nk_prompt nk_ftp_prompt = { .commands = nk_commands };
