/* classic.c - the command line of sftp(1). */
#include "classic.h"

#include <errno.h>
#include <unistd.h>

#include "netkit/log.h"

/* -l counts thousands of bits as 1024. */
#define CLASSIC_RATE_UNIT (1024 / 8)

#define CLASSIC_LIMIT_MAX 2000000000

const struct nk_opt sftp_classic_options[] = {
	NK_OPT_TEXT(struct sftp_classic_opts, shell.command, 0, "command", "COMMANDS",
		    "run these, with ; between them, and end"),
	NK_OPT_TEXT(struct sftp_classic_opts, batch, 'b', NULL, "FILE",
		    "run the commands in FILE, - is stdin; nothing is asked"),
	NK_OPT_FLAG(struct sftp_classic_opts, recursive, 'r', NULL, "the same as --recursive"),
	NK_OPT_FLAG(struct sftp_classic_opts, preserve, 'p', NULL, "the same as --preserve"),
	NK_OPT_FLAG(struct sftp_classic_opts, resume, 'a', NULL, "the same as --resume=force"),
	NK_OPT_FLAG(struct sftp_classic_opts, fsync, 'f', NULL, "the same as --sync"),
	NK_OPT_FLAG(struct sftp_classic_opts, quiet, 'q', NULL, "the same as --quiet"),
	NK_OPT_FLAG(struct sftp_classic_opts, has_meter, 'N', NULL, "show progress also with -b"),
	NK_OPT_INT_RANGE(struct sftp_classic_opts, limit, 'l', NULL, "KBITS", NULL, 1,
			 CLASSIC_LIMIT_MAX, "at most so many kilobits a second"),
	NK_OPT_TEXT(struct sftp_classic_opts, program, 'S', NULL, "PROGRAM",
		    "go by this program instead of ssh"),
	NK_OPT_TEXT(struct sftp_classic_opts, subsystem, 's', NULL, "SUBSYSTEM",
		    "ask for this subsystem, or run this server, a path"),
	NK_OPT_TEXT(struct sftp_classic_opts, server, 'D', NULL, "COMMAND",
		    "refused: a server is spoken to over SSH"),
	NK_OPT_FLAG(struct sftp_classic_opts, forwards_agent, 'A', NULL,
		    "nothing: no command runs there that could use the agent"),
	NK_OPT_TEXT(struct sftp_classic_opts, buffer, 'B', NULL, "BYTES",
		    "nothing: the server's limits are known"),
	NK_OPT_TEXT(struct sftp_classic_opts, requests, 'R', NULL, "N",
		    "nothing: the server's limits are known"),
	NK_OPT_TEXTS(struct sftp_classic_opts, tunings, 'X', NULL, "KEY=VALUE",
		     "nothing: the server's limits are known"),
	NK_OPT_END,
};

void sftp_apply_route(int kbits, const char *program, struct nk_common *common)
{
	if (kbits > 0)
		common->limit_rate = (uint64_t)kbits * CLASSIC_RATE_UNIT;
	if (program) {
		common->ssh.program = program;
		common->ssh.transport = NK_SSH_OPENSSH;
	}
}

int sftp_classic_apply(const void *opts, struct nk_common *common, struct nk_err *err)
{
	const struct sftp_classic_opts *classic = opts;

	if (classic->server)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "-D: a server is spoken to over SSH, not by a command of its own");
	common->recursive |= classic->recursive;
	common->preserve |= classic->preserve;
	common->sync |= classic->fsync;
	common->quiet |= classic->quiet;
	common->creds.no_input |= classic->batch != NULL;
	common->ssh.subsystem = classic->subsystem;
	if (classic->resume)
		common->resume = NK_RESUME_FORCE;
	sftp_apply_route(classic->limit, classic->program, common);
	if (classic->batch && !classic->has_meter)
		common->progress = NK_PROGRESS_NONE;
	return 0;
}

/* ---- where to go ---- */

/* The colon after a host's name or address in brackets, or NULL when no path follows: one after a
 * slash is part of a name. */
static const char *find_path(const char *text)
{
	for (const char *at = text; *at != '\0' && *at != '/'; at++) {
		if (*at == '[' && (at == text || at[-1] == '@'))
			at += strcspn(at, "]/") - 1;
		else if (*at == ':')
			return at;
	}
	return NULL;
}

/* A path as it was typed: relative to the login folder, from the root, or of a user's home. */
static char *remote_path(const char *typed)
{
	if (typed[0] == '/')
		return nk_strdup(typed);
	return nk_format(typed[0] == '~' ? "/%s" : "/~/%s", typed);
}

static int parse_host(const char *text, char **url, char **path, struct nk_err *err)
{
	const char *colon = find_path(text);
	nk_auto(str) char *server = nk_strndup(text, colon ? (size_t)(colon - text) : strlen(text));
	char *at = strrchr(server, '@');
	nk_auto(str) char *host = nk_format("sftp://%s", at ? at + 1 : server);
	nk_auto(url) struct nk_url parsed = NK_URL_INIT;

	if (nk_url_parse(&parsed, host, err) < 0)
		return -1;
	if (at)
		*at = '\0';
	*url = nk_url_format(parsed.scheme, at ? server : NULL, parsed.host, parsed.port, "/~/");
	*path = colon && colon[1] != '\0' ? remote_path(colon + 1) : NULL;
	return 0;
}

int sftp_destination_parse(const char *text, char **url, char **path, struct nk_err *err)
{
	nk_auto(url) struct nk_url parsed = NK_URL_INIT;

	if (!nk_url_is_url(text))
		return parse_host(text, url, path, err);
	if (nk_url_parse(&parsed, text, err) < 0)
		return -1;
	*url = nk_url_format(parsed.scheme, parsed.user, parsed.host, parsed.port, "/~/");
	*path = strlen(parsed.path) > 1 ? nk_strdup(parsed.path) : NULL;
	return 0;
}

/* ---- the conversation ---- */

static int open_batch(struct nk_shell *shell, const char *name, struct nk_err *err)
{
	if (strcmp(name, "-") == 0)
		return 0;
	shell->input = fopen(name, "re");
	if (!shell->input)
		return nk_fail_errno(err, nk_domain_of_errno(errno, NK_E_READ), "%s", name);
	shell->input_name = name;
	return 0;
}

/* The URL for what -P says. */
static void take_port(const struct nk_ctx *ctx, char **url)
{
	const struct sftp_opts *opts = ctx->opts;
	nk_auto(url) struct nk_url parsed = NK_URL_INIT;
	struct nk_err none = NK_ERR_INIT;

	if (opts->port == 0 || nk_url_parse(&parsed, *url, &none) < 0 || parsed.port != 0)
		return;
	free(*url);
	*url = nk_url_format(parsed.scheme, parsed.user, parsed.host, opts->port, parsed.path);
}

/* Log in, and stand in the login folder by its real name. */
static int log_in(struct nk_shell *shell, const char *url, struct nk_err *err)
{
	nk_auto(str) char *home = NULL;
	struct nk_fs *fs;

	if (nk_shell_open(shell, url, NULL, err) < 0 || nk_shell_mount(shell, &fs, err) < 0 ||
	    fs->ops->real_path(fs, "/~", &home, err) < 0)
		return -1;
	nk_shell_enter(shell, home);
	if (shell->is_interactive)
		nk_log(NK_LOG_NOTICE, "connected to %s", shell->url.host);
	return 0;
}

/* Does a destination name more than a server? Its host may be a mark yet. */
static bool has_path(const char *text)
{
	const char *authority = nk_url_is_url(text) ? strstr(text, "://") : NULL;
	const char *end = authority ? strchr(authority + strlen("://"), '/') : find_path(text);

	return end && end[1] != '\0';
}

bool sftp_classic_reads_commands(const void *opts, const struct nk_strings *operands)
{
	const struct sftp_classic_opts *classic = opts;

	if (classic->batch)
		return strcmp(classic->batch, "-") == 0;
	return !classic->shell.command && operands->count > 0 && !has_path(operands->items[0]);
}

static int run(struct nk_shell *shell, const char *url, const char *path, struct nk_err *err)
{
	const struct nk_ctx *ctx = shell->ctx;
	const char *target = ctx->operand_count > 1 ? ctx->operands[1] : NULL;
	bool is_done = false;

	if (log_in(shell, url, err) < 0)
		return -1;
	if (path && sftp_start_at(shell, path, target, &is_done, err) < 0)
		return -1;
	return is_done ? 0 : nk_shell_loop(shell, err);
}

int sftp_classic_run(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct sftp_classic_opts *opts = ctx->verb_opts;
	unsigned flags = sftp_prompt.flags | (opts->batch ? NK_SHELL_BATCH : 0);
	nk_auto(shell) struct nk_shell shell = { .ctx = ctx };
	nk_auto(str) char *url = NULL;
	nk_auto(str) char *path = NULL;
	int result;

	if (ctx->operand_count < 1 || ctx->operand_count > 2)
		return nk_fail(err, NK_E_USAGE, 0, "%s takes %s", ctx->verb->name,
			       ctx->verb->operands);
	if (sftp_destination_parse(ctx->operands[0], &url, &path, err) < 0)
		return -1;
	if (ctx->operand_count > 1 && !path)
		return nk_fail(err, NK_E_USAGE, 0, "%s: without a remote file, '%s' has no use",
			       ctx->operands[0], ctx->operands[1]);
	if (opts->batch && opts->shell.command)
		return nk_fail(err, NK_E_USAGE, 0, "-b and --command both say what to run");
	take_port(ctx, &url);
	nk_shell_begin(&shell, ctx, sftp_commands, flags);
	nk_shell_set_script(&shell, &opts->shell);
	if (opts->batch && open_batch(&shell, opts->batch, err) < 0)
		return -1;
	result = run(&shell, url, path, err);
	if (shell.input != stdin)
		fclose(shell.input);
	return result;
}
