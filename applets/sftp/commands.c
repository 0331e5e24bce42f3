/* commands.c - the commands of sftp(1). */
#include "commands.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netkit/log.h"
#include "netkit/num.h"

/* What a stat keeps: a name and a link's target. */
#define COMMANDS_STAT_MAX ((size_t)64 * 1024)

#define COMMANDS_UMASK_MAX 0777

#define NOTHING ((size_t)-1)

int sftp_print(struct nk_shell *shell, const char *text, struct nk_err *err)
{
	if (nk_out_put(shell->ctx->out, &nk_reply_record, &(struct nk_reply_row){ text }, err) < 0)
		return -1;
	return nk_out_flush(shell->ctx->out, err);
}

/* ---- folders ---- */

bool sftp_is_folder(struct nk_fs *fs, const char *path)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(COMMANDS_STAT_MAX);
	/* Servers follow a link that is not the last component. */
	nk_auto(str) char *inside = nk_path_join(path, ".");
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err none = NK_ERR_INIT;

	return nk_fs_stat(fs, inside, &arena, &entry, &none) == 0 && entry.kind == NK_KIND_DIR;
}

int sftp_enter(struct nk_shell *shell, const char *path, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(COMMANDS_STAT_MAX);
	nk_auto(str) char *real = NULL;
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_fs *fs;

	if (nk_shell_mount(shell, &fs, err) < 0 || fs->ops->real_path(fs, path, &real, err) < 0 ||
	    nk_fs_stat(fs, real, &arena, &entry, err) < 0)
		return -1;
	if (entry.kind != NK_KIND_DIR)
		return nk_fail(err, NK_E_MISSING, 0, "%s: not a folder", real);
	nk_shell_enter(shell, real);
	return 0;
}

static int run_cd(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	nk_auto(str) char *path =
		nk_shell_path(shell, argc > 1 ? nk_shell_unquote(argv[1]) : "/~/");

	return sftp_enter(shell, path, err);
}

/* Where we are: as sftp(1) says it, or as a record for programs. */
static int print_place(struct nk_shell *shell, const char *which, const char *path,
		       struct nk_err *err)
{
	nk_auto(str) char *line = nk_format("%s working directory: %s", which, path);
	const struct nk_place_row row = { .path = path };

	if (!nk_out_is_explicit(shell->ctx->out))
		return sftp_print(shell, line, err);
	if (nk_out_put(shell->ctx->out, &nk_place_record, &row, err) < 0)
		return -1;
	return nk_out_flush(shell->ctx->out, err);
}

static int run_pwd(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	nk_auto(str) char *path = nk_path_trim(shell->cwd);

	(void)argc;
	(void)argv;
	return print_place(shell, "Remote", path, err);
}

static int run_lpwd(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	nk_auto(str) char *path = getcwd(NULL, 0);

	(void)argc;
	(void)argv;
	if (!path)
		return nk_fail_errno(err, NK_E_READ, "the working folder");
	return print_place(shell, "Local", path, err);
}

static int run_lcd(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)shell;
	return nk_shell_enter_local(argc > 1 ? nk_shell_unquote(argv[1]) : NULL, err);
}

static int run_lmkdir(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	const char *folder = nk_shell_unquote(argv[1]);

	(void)shell;
	(void)argc;
	if (mkdir(folder, 0777) < 0)
		return nk_fail_errno(err, nk_domain_of_errno(errno, NK_E_WRITE), "%s", folder);
	return 0;
}

static int run_lumask(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	uint64_t mask;

	(void)shell;
	(void)argc;
	if (!nk_num_span_base(argv[1], strlen(argv[1]), 8, COMMANDS_UMASK_MAX, &mask))
		return nk_fail(err, NK_E_USAGE, 0, "'%s' is no umask", argv[1]);
	umask((mode_t)mask);
	nk_log(NK_LOG_NOTICE, "local umask: %03o", (unsigned)mask);
	return 0;
}

/* ---- looking ---- */

static const struct sftp_letter ls_letters[] = {
	{ '1', NULL }, { 'a', "--all" }, { 'f', NULL }, { 'h', NULL }, { 'l', NULL },
	{ 'n', NULL }, { 'r', NULL },	 { 'S', NULL }, { 't', NULL }, { 0, NULL },
};

/* The last letter that was given among these, or 0; the words before them are letters only. */
static char last_of(const char *letters, int argc, char **argv)
{
	char last = '\0';

	for (int i = 1; i < argc && argv[i][0] == '-' && argv[i][1] != '-'; i++) {
		for (const char *at = argv[i] + 1; *at != '\0'; at++)
			last = strchr(letters, *at) ? *at : last;
	}
	return last;
}

static struct sftp_ls_how ls_how(const struct sftp_words *words, int argc, char **argv)
{
	char form = last_of("1ln", argc, argv);
	char order = last_of("ftS", argc, argv);

	return (struct sftp_ls_how){
		.form = form == '1'   ? SFTP_LS_NAMES
			: form == 'l' ? SFTP_LS_LONG
			: form == 'n' ? SFTP_LS_NUMERIC
				      : SFTP_LS_COLUMNS,
		.order = order == 'f'	? SFTP_LS_AS_SENT
			 : order == 't' ? SFTP_LS_BY_TIME
			 : order == 'S' ? SFTP_LS_BY_SIZE
					: SFTP_LS_BY_NAME,
		.is_reverse = words->given['r'],
		.has_hidden = words->given['a'],
		.is_human = words->given['h'],
	};
}

/* Are there options of the verb beside those that letters stand for? */
static bool has_own_options(const struct sftp_words *words)
{
	return words->options.count > (words->given['a'] ? 1 : 0);
}

/* Run a verb for what all patterns from first on mean; before them goes head, or NULL. */
static int run_globbed(struct nk_shell *shell, const char *verb, const struct sftp_words *words,
		       const char *head, struct nk_err *err)
{
	nk_auto(paths) struct nk_paths list = { 0 };

	if (head)
		nk_paths_add(&list, nk_strdup(head));
	for (size_t i = head ? 1 : 0; i < words->operands.count; i++) {
		if (nk_shell_glob(shell, words->operands.items[i], &list, err) < 0)
			return -1;
	}
	return sftp_words_run(shell, verb, words, &list, err);
}

/* As sftp(1) prints it, unless a form of output or an option of the verb is asked for. */
static int run_ls(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	static const struct sftp_usage usage = { ls_letters, "ls", 0, NOTHING, "" };
	nk_auto(sftp_words) struct sftp_words words = { .options = { NULL, 0 } };

	if (sftp_words_take(shell, &usage, argc, argv, &words, err) < 0)
		return -1;
	const struct sftp_ls_how how = ls_how(&words, argc, argv);

	if (nk_out_is_explicit(shell->ctx->out) || has_own_options(&words))
		return run_globbed(shell, "ls", &words, NULL, err);
	if (words.operands.count == 0)
		return sftp_ls(shell, &how, NULL, err);
	for (size_t i = 0; i < words.operands.count; i++) {
		if (sftp_ls(shell, &how, words.operands.items[i], err) < 0)
			return -1;
	}
	return 0;
}

static const struct sftp_letter df_letters[] = { { 'h', NULL }, { 'i', NULL }, { 0, NULL } };

static int64_t used(int64_t total, int64_t left)
{
	return total < 0 || left < 0 ? -1 : total - left;
}

/* A number of df: as it is, in KiB or with a unit; "?" where it is not known; a new string. */
static char *df_text(int64_t number, const struct sftp_words *words)
{
	nk_auto(str) char *scaled = NULL;

	if (number < 0)
		return nk_strdup("?");
	if (words->given['i'])
		return nk_format("%lld", (long long)number);
	if (!words->given['h'])
		return nk_format("%lld", (long long)number / 1024);
	scaled = sftp_ls_scaled(number);
	return nk_format("%sB", scaled);
}

static int print_df(struct nk_shell *shell, const struct nk_volume *volume,
		    const struct sftp_words *words, struct nk_err *err)
{
	static const char *const heads[] = { "Size", "Used", "Avail", "(root)" };
	bool is_files = words->given['i'];
	int width = is_files ? 11 : words->given['h'] ? 8 : 12;
	int64_t total = is_files ? volume->files : volume->total;
	int64_t left = is_files ? volume->files_free : volume->free;
	int64_t available = is_files ? volume->files_available : volume->available;
	const int64_t numbers[] = { total, used(total, left), available, left };
	nk_auto(str) char *head = nk_strdup("");
	nk_auto(str) char *line = nk_strdup("");

	for (size_t i = 0; i < NK_COUNT(numbers); i++) {
		const char *name = is_files && i == 0 ? "Inodes" : heads[i];
		nk_auto(str) char *text = df_text(numbers[i], words);
		char *longer = nk_format("%s%s%*s", head, i > 0 ? " " : "", width, name);

		free(head);
		head = longer;
		longer = nk_format("%s%s%*s", line, i > 0 ? " " : "", width, text);
		free(line);
		line = longer;
	}
	nk_auto(str) char *heading = nk_format("%s    %%Capacity", head);
	nk_auto(str) char *share =
		total > 0 && left >= 0
			? nk_format("%3lld%%",
				    (long long)((double)(total - left) * 100 / (double)total))
			: nk_strdup("   ?");
	nk_auto(str) char *whole = nk_format("%s         %s", line, share);

	if (sftp_print(shell, heading, err) < 0)
		return -1;
	return sftp_print(shell, whole, err);
}

static int run_df(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	static const struct sftp_usage usage = { df_letters, "df", 0, 1, "[-hi] [PATH]" };
	nk_auto(sftp_words) struct sftp_words words = { .options = { NULL, 0 } };
	struct nk_volume volume;
	struct nk_fs *fs;

	if (sftp_words_take(shell, &usage, argc, argv, &words, err) < 0)
		return -1;
	if (nk_out_is_explicit(shell->ctx->out) || words.options.count > 0)
		return run_globbed(shell, "df", &words, NULL, err);
	nk_auto(str) char *typed =
		nk_strdup(words.operands.count > 0 ? words.operands.items[0] : ".");
	nk_auto(str) char *path = nk_shell_path(shell, nk_shell_unquote(typed));

	if (nk_shell_mount(shell, &fs, err) < 0 || nk_fs_volume(fs, path, &volume, err) < 0)
		return -1;
	return print_df(shell, &volume, &words, err);
}

/* ---- changing ---- */

/* A verb whose operands are names. */
static int run_named(struct nk_shell *shell, const char *verb, int argc, char **argv,
		     struct nk_err *err)
{
	const struct sftp_usage usage = { NULL, verb, 0, NOTHING, "" };
	nk_auto(sftp_words) struct sftp_words words = { .options = { NULL, 0 } };
	nk_auto(paths) struct nk_paths list = { 0 };

	if (sftp_words_take(shell, &usage, argc, argv, &words, err) < 0)
		return -1;
	for (size_t i = 0; i < words.operands.count; i++) {
		nk_auto(str) char *name = nk_shell_unquote(nk_strdup(words.operands.items[i]));

		nk_paths_add(&list, nk_shell_path(shell, name));
	}
	return sftp_words_run(shell, verb, &words, &list, err);
}

static int run_mkdir(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_named(shell, "mkdir", argc, argv, err);
}

static int run_rmdir(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_named(shell, "rmdir", argc, argv, err);
}

static int run_rename(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_named(shell, "mv", argc, argv, err);
}

static int run_copy(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_named(shell, "cp", argc, argv, err);
}

static int run_rm(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	static const struct sftp_usage usage = { NULL, "rm", 1, NOTHING, "PATH..." };
	nk_auto(sftp_words) struct sftp_words words = { .options = { NULL, 0 } };

	if (sftp_words_take(shell, &usage, argc, argv, &words, err) < 0)
		return -1;
	return run_globbed(shell, "rm", &words, NULL, err);
}

/* What a symbolic link says is kept as it was written. */
static int run_symlink(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	const char *text = nk_shell_unquote(argv[argc - 2]);
	nk_auto(str) char *path = nk_shell_path(shell, nk_shell_unquote(argv[argc - 1]));
	nk_auto(str) char *trimmed = nk_path_trim(path);
	struct nk_fs *fs;

	if (nk_shell_mount(shell, &fs, err) < 0)
		return -1;
	return nk_fs_symlink(fs, text, trimmed, err);
}

static int run_ln(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	if (argc == 4 && strcmp(argv[1], "-s") == 0)
		return run_symlink(shell, argc, argv, err);
	return run_named(shell, "ln", argc, argv, err);
}

static const struct sftp_letter link_letters[] = { { 'h', NULL }, { 0, NULL } };

/* No server can set the permissions of a link itself: with -h one is an error, and not followed. */
static int refuse_links(struct nk_shell *shell, const struct sftp_words *words, struct nk_err *err)
{
	nk_auto(paths) struct nk_paths paths = { 0 };
	struct nk_fs *fs;

	for (size_t i = 1; i < words->operands.count; i++) {
		if (nk_shell_glob(shell, words->operands.items[i], &paths, err) < 0)
			return -1;
	}
	if (nk_shell_mount(shell, &fs, err) < 0)
		return -1;
	for (size_t i = 0; i < paths.count; i++) {
		nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(COMMANDS_STAT_MAX);
		struct nk_entry entry = NK_ENTRY_INIT;

		if (nk_fs_stat(fs, paths.items[i], &arena, &entry, err) < 0)
			return -1;
		if (entry.kind == NK_KIND_LINK)
			return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: a link has no permissions",
				       paths.items[i]);
	}
	return 0;
}

static int run_chmod(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	static const struct sftp_usage usage = { link_letters, "chmod", 2, NOTHING,
						 "[-h] MODE PATH..." };
	nk_auto(sftp_words) struct sftp_words words = { .options = { NULL, 0 } };

	if (sftp_words_take(shell, &usage, argc, argv, &words, err) < 0 ||
	    (words.given['h'] && refuse_links(shell, &words, err) < 0))
		return -1;
	return run_globbed(shell, "chmod", &words, words.operands.items[0], err);
}

static int give(struct nk_shell *shell, const struct nk_paths *paths, const struct nk_owner *owner,
		struct nk_err *err)
{
	struct nk_fs *fs;

	if (nk_shell_mount(shell, &fs, err) < 0)
		return -1;
	for (size_t i = 0; i < paths->count; i++) {
		if (nk_fs_chown(fs, paths->items[i], owner, err) < 0)
			return -1;
	}
	return 0;
}

/* chown and chgrp: a number, and patterns. */
static int run_owner(struct nk_shell *shell, int argc, char **argv, bool is_group,
		     struct nk_err *err)
{
	static const struct sftp_usage usage = { link_letters, NULL, 2, NOTHING,
						 "[-h] NUMBER PATH..." };
	nk_auto(sftp_words) struct sftp_words words = { .options = { NULL, 0 } };
	nk_auto(paths) struct nk_paths paths = { 0 };
	struct nk_owner owner = { .uid = -1, .gid = -1 };
	uint64_t number;

	if (sftp_words_take(shell, &usage, argc, argv, &words, err) < 0)
		return -1;
	if (!nk_num_u64(words.operands.items[0], 0, UINT32_MAX, &number))
		return nk_fail(err, NK_E_USAGE, 0, "%s: '%s' is no number", argv[0],
			       words.operands.items[0]);
	*(is_group ? &owner.gid : &owner.uid) = (int64_t)number;
	owner.is_of_link = words.given['h'];
	for (size_t i = 1; i < words.operands.count; i++) {
		if (nk_shell_glob(shell, words.operands.items[i], &paths, err) < 0)
			return -1;
	}
	return give(shell, &paths, &owner, err);
}

static int run_chown(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_owner(shell, argc, argv, false, err);
}

static int run_chgrp(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_owner(shell, argc, argv, true, err);
}

/* ---- the rest ---- */

static int run_quit(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	shell->has_quit = true;
	return 0;
}

static int run_help(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return nk_shell_help(shell, argc > 1 ? argv[1] : NULL, err);
}

static int run_version(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)argc;
	(void)argv;
	return sftp_print(shell, "SFTP protocol version 3", err);
}

/* Commands that follow look at the common options: the meter is the one that is changed there. */
static int run_progress(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	int *mode = (int *)&shell->ctx->common->progress;

	(void)argc;
	(void)argv;
	(void)err;
	*mode = *mode == NK_PROGRESS_NONE ? NK_PROGRESS_AUTO : NK_PROGRESS_NONE;
	nk_log(NK_LOG_NOTICE, "progress meter %s",
	       *mode == NK_PROGRESS_NONE ? "disabled" : "enabled");
	return 0;
}

static int run_bang(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	(void)argc;
	(void)argv;
	return nk_shell_local(shell->line + 1 + strspn(shell->line + 1, " \t\r\n"), err);
}

/* The rest of the line is for the local shell, as it is. */
static int run_lls(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	nk_auto(str) char *command = nk_format("ls%s", shell->line + strcspn(shell->line, " \t\r"));

	(void)argc;
	(void)argv;
	return nk_shell_local(command, err);
}

const struct nk_command sftp_commands[] = {
	{ "!", "[COMMAND]", "run a command of the local shell", 0, 0, run_bang, NULL, NULL,
	  NK_COMMAND_READS },
	{ "?", "[COMMAND]", "this list, or what a command takes", 0, 1, run_help, NULL, "c",
	  NK_COMMAND_READS },
	{ "bye", "", "end", 0, 0, run_quit, NULL, NULL, NK_COMMAND_READS },
	{ "cd", "[DIR]", "change the remote folder", 0, 1, run_cd, NULL, "f", NK_COMMAND_READS },
	{ "chdir", "[DIR]", "change the remote folder", 0, 1, run_cd, NULL, "f", NK_COMMAND_READS },
	{ "chgrp", "[-h] GID PATH...", "change the group; -h: of links", 2, -1, run_chgrp, NULL,
	  "-r", 0 },
	{ "chmod", "[-h] MODE PATH...", "change permissions; -h: no links", 2, -1, run_chmod,
	  "chmod", NULL, 0 },
	{ "chown", "[-h] UID PATH...", "change the owner; -h: of links", 2, -1, run_chown, NULL,
	  "-r", 0 },
	{ "copy", "OLD NEW", "copy a remote file there", 2, -1, run_copy, "cp", "r", 0 },
	{ "cp", "OLD NEW", "copy a remote file there", 2, -1, run_copy, "cp", "r", 0 },
	{ "df", "[-hi] [PATH]", "say how much room is left", 0, -1, run_df, "df", NULL,
	  NK_COMMAND_READS },
	{ "dir", "[-1afhlnrSt] [PATH]", "list a remote folder", 0, -1, run_ls, "ls", NULL,
	  NK_COMMAND_READS },
	{ "exit", "", "end", 0, 0, run_quit, NULL, NULL, NK_COMMAND_READS },
	{ "get", "[-afpR] REMOTE [LOCAL]", "fetch files", 1, -1, sftp_run_get, "get", "rl",
	  NK_COMMAND_READS },
	{ "help", "[COMMAND]", "this list, or what a command takes", 0, 1, run_help, NULL, "c",
	  NK_COMMAND_READS },
	{ "lcd", "[DIR]", "change the local folder", 0, 1, run_lcd, NULL, "d", NK_COMMAND_READS },
	{ "lchdir", "[DIR]", "change the local folder", 0, 1, run_lcd, NULL, "d",
	  NK_COMMAND_READS },
	{ "lls", "[OPTION...] [PATH]", "list a local folder, as ls(1) does", 0, -1, run_lls, NULL,
	  "l", NK_COMMAND_READS },
	{ "lmkdir", "DIR", "make a local folder", 1, 1, run_lmkdir, NULL, "d", NK_COMMAND_READS },
	{ "ln", "[-s] OLD NEW", "give a file another name; -s: a link", 2, -1, run_ln, NULL, "r",
	  0 },
	{ "lpwd", "", "print the local folder", 0, 0, run_lpwd, NULL, NULL, NK_COMMAND_READS },
	{ "ls", "[-1afhlnrSt] [PATH]", "list a remote folder", 0, -1, run_ls, "ls", NULL,
	  NK_COMMAND_READS },
	{ "lumask", "UMASK", "permissions that local files do not get", 1, 1, run_lumask, NULL,
	  NULL, NK_COMMAND_READS },
	{ "mget", "[-afpR] REMOTE [LOCAL]", "fetch files", 1, -1, sftp_run_get, "get", "rl",
	  NK_COMMAND_READS },
	{ "mkdir", "DIR", "make a remote folder", 1, -1, run_mkdir, "mkdir", "f", 0 },
	{ "mput", "[-afpR] LOCAL [REMOTE]", "store files", 1, -1, sftp_run_put, "put", "lr", 0 },
	{ "progress", "", "show the progress of copies, or no longer", 0, 0, run_progress, NULL,
	  NULL, NK_COMMAND_READS },
	{ "put", "[-afpR] LOCAL [REMOTE]", "store files", 1, -1, sftp_run_put, "put", "lr", 0 },
	{ "pwd", "", "print the remote folder", 0, 0, run_pwd, NULL, NULL, NK_COMMAND_READS },
	{ "quit", "", "end", 0, 0, run_quit, NULL, NULL, NK_COMMAND_READS },
	{ "reget", "[-fpR] REMOTE [LOCAL]", "go on with fetching", 1, -1, sftp_run_reget, "get",
	  "rl", NK_COMMAND_READS },
	{ "rename", "OLD NEW", "rename a remote file", 2, -1, run_rename, "mv", NULL, 0 },
	{ "reput", "[-fpR] LOCAL [REMOTE]", "go on with storing", 1, -1, sftp_run_reput, "put",
	  "lr", 0 },
	{ "rm", "PATH...", "remove remote files", 1, -1, run_rm, "rm", NULL, 0 },
	{ "rmdir", "DIR", "remove an empty remote folder", 1, -1, run_rmdir, "rmdir", "f", 0 },
	{ "symlink", "OLD NEW", "make a symbolic link", 2, 2, run_symlink, NULL, "-r", 0 },
	{ "version", "", "print the protocol's version", 0, 0, run_version, NULL, NULL,
	  NK_COMMAND_READS },
	{ .name = NULL },
};

const struct nk_prompt sftp_prompt = {
	.commands = sftp_commands,
	.flags = NK_SHELL_CASELESS | NK_SHELL_PATTERNS | NK_SHELL_ECHOES,
};
