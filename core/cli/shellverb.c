/* shellverb.c - the forms of the command line that open a prompt: the verb "shell", and ftp(1). */
#include "shell.h"

#include "netkit/log.h"

const struct nk_opt nk_shell_options[] = {
	NK_OPT_TEXT(struct nk_shell_opts, command, 'c', "command", "COMMANDS",
		    "run these, with ; between them, and end"),
	NK_OPT_END,
};

bool nk_shell_reads_commands(const void *opts, const struct nk_strings *operands)
{
	const struct nk_shell_opts *own = opts;

	(void)operands;
	return !own->command;
}

void nk_shell_set_script(struct nk_shell *shell, const struct nk_shell_opts *opts)
{
	if (!opts->command)
		return;
	shell->script = opts->command;
	shell->is_interactive = false;
}

int nk_shell_run(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(shell) struct nk_shell shell = { .ctx = ctx };
	struct nk_fs *fs;

	if (ctx->operand_count > 2)
		return nk_fail(err, NK_E_USAGE, 0, "%s takes %s", ctx->verb->name,
			       ctx->verb->operands);
	nk_shell_begin(&shell, ctx, ctx->applet->prompt->commands, ctx->applet->prompt->flags);
	nk_shell_set_script(&shell, ctx->verb_opts);
	if (ctx->operand_count > 0 &&
	    nk_shell_open(&shell, ctx->operands[0],
			  ctx->operand_count > 1 ? ctx->operands[1] : NULL, err) < 0)
		return -1;
	/* In a script "user" may follow; somebody who types wants to see what is there. */
	if (ctx->operand_count > 0 && shell.is_interactive && nk_shell_mount(&shell, &fs, err) < 0)
		return -1;
	return nk_shell_loop(&shell, err);
}

/* The applet whose prompt it is: the one that was named, or that of the URL's scheme. */
static int find_applet(const struct nk_ctx *ctx, const struct nk_applet **applet,
		       struct nk_err *err)
{
	const char *operand = ctx->operands[0];
	nk_auto(str) char *scheme = nk_strndup(operand, strcspn(operand, ":"));
	nk_auto(str) char *label = nk_operand_label(operand);
	const struct nk_scheme *row;

	*applet = ctx->applet;
	if (!*applet && !nk_url_is_url(operand))
		return nk_fail(err, NK_E_USAGE, 0, "'%s' is no URL", label);
	if (!*applet)
		*applet = nk_applet_of_scheme(ctx->applets, scheme, &row);
	if (!*applet)
		return nk_fail(err, NK_E_URL, 0, "unknown scheme %s://", scheme);
	if (!(*applet)->prompt)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s has no prompt", (*applet)->name);
	return 0;
}

/* Log in, and stand in the folder of the URL by the name that the server has for it. */
static int enter(struct nk_shell *shell, const char *operand, struct nk_err *err)
{
	nk_auto(str) char *path = NULL;
	nk_auto(str) char *real = NULL;
	struct nk_fs *fs;

	if (nk_shell_open(shell, operand, NULL, err) < 0 || nk_shell_mount(shell, &fs, err) < 0)
		return -1;
	path = nk_path_trim(shell->cwd);
	if (fs->ops->real_path && fs->ops->real_path(fs, path, &real, err) < 0)
		return -1;
	if (nk_shell_go(shell, real ? real : path, err) < 0)
		return -1;
	if (shell->is_interactive)
		nk_log(NK_LOG_NOTICE, "connected to %s", shell->url.host);
	return 0;
}

int nk_run_shell(struct nk_ctx *ctx, struct nk_err *err)
{
	struct nk_ctx inner = *ctx;
	nk_auto(shell) struct nk_shell shell = { .ctx = &inner };

	if (nk_verb_wants(ctx, 1, 1, err) < 0 || find_applet(ctx, &inner.applet, err) < 0)
		return -1;
	nk_shell_begin(&shell, &inner, inner.applet->prompt->commands, inner.applet->prompt->flags);
	nk_shell_set_script(&shell, ctx->verb_opts);
	if (enter(&shell, ctx->operands[0], err) < 0)
		return -1;
	return nk_shell_loop(&shell, err);
}
