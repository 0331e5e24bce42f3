/* scp_classic.c - the command line of scp(1). */
#include "scp.h"

#include "netkit/log.h"

/* As scp(1) takes it, in units of 1024 bits a second. */
#define SCP_LIMIT_MAX (100 * 1024 * 1024)

const struct nk_opt scp_classic_options[] = {
	NK_OPT_FLAG(struct scp_classic_opts, recursive, 'r', NULL,
		    "folders with all they hold; links in them are followed"),
	NK_OPT_FLAG(struct scp_classic_opts, preserve, 'p', NULL, "keep times and permissions"),
	NK_OPT_FLAG(struct scp_classic_opts, quiet, 'q', NULL, "no meter, and nothing but errors"),
	NK_OPT_INT_RANGE(struct scp_classic_opts, limit, 'l', NULL, "KBIT", NULL, 1, SCP_LIMIT_MAX,
			 "at most so many Kbit a second"),
	NK_OPT_FLAG(struct scp_classic_opts, through_us, '3', NULL,
		    "between two hosts copy by way of this one, as is done anyway"),
	NK_OPT_FLAG(struct scp_classic_opts, old_protocol, 'O', NULL,
		    "the protocol before SFTP; the remote shell reads paths"),
	NK_OPT_FLAG(struct scp_classic_opts, new_protocol, 's', NULL, "SFTP, as is done anyway"),
	NK_OPT_FLAG(struct scp_classic_opts, trusts_names, 'T', NULL,
		    "with -O: take names that were not asked for"),
	NK_OPT_FLAG(struct scp_classic_opts, batch, 'B', NULL, "the same as --no-input"),
	NK_OPT_TEXT(struct scp_classic_opts, program, 'S', NULL, "PROGRAM",
		    "instead of ssh; implies --ssh-transport=openssh"),
	NK_OPT_TEXTS(struct scp_classic_opts, tunings, 'X', NULL, "OPTION",
		     "taken and not used: requests are sized by what the server says"),
	NK_OPT_FLAG(struct scp_classic_opts, direct, 'R', NULL,
		    "not supported: no host is told to copy by itself"),
	NK_OPT_FLAG(struct scp_classic_opts, forwards_agent, 'A', NULL,
		    "not supported: no host gets the use of an agent"),
	NK_OPT_END,
};

int scp_classic_apply(const void *opts, struct nk_common *common, struct nk_err *err)
{
	const struct scp_classic_opts *classic = opts;

	(void)err;
	common->recursive |= classic->recursive;
	common->preserve |= classic->preserve;
	common->quiet |= classic->quiet;
	common->creds.no_input |= classic->batch;
	sftp_apply_route(classic->limit, classic->program, common);
	return 0;
}

static void release(struct scp_operands *operands)
{
	for (int i = 0; i < operands->count; i++)
		scp_operand_release(&operands->items[i]);
	free(operands->items);
}
NK_AUTO(scp_operands, struct scp_operands, release)

static int parse(const struct nk_ctx *ctx, struct scp_operands *operands, struct nk_err *err)
{
	int count = ctx->operand_count;

	operands->items = nk_alloc((size_t)count * sizeof(*operands->items));
	for (int i = 0; i < count; i++) {
		if (scp_operand_parse(ctx->operands[i], &operands->items[i], err) < 0)
			return -1;
		operands->count++;
	}
	return 0;
}

/* Options that make no sense, or none together. */
static int check(const struct nk_ctx *ctx, struct nk_err *err)
{
	const struct scp_classic_opts *opts = ctx->verb_opts;

	if (ctx->operand_count < 2)
		return nk_fail(err, NK_E_USAGE, 0, "scp takes %s", ctx->verb->operands);
	if (opts->direct)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "-R is not supported: what goes from one host to another goes "
			       "through this one, so neither needs to trust the other");
	if (opts->forwards_agent)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "-A is not supported: no copy needs the agent on another host");
	if (opts->old_protocol && opts->new_protocol)
		return nk_fail(err, NK_E_USAGE, 0, "-O and -s exclude each other");
	return 0;
}

/* As the uniform form has them. */
static int copy(const struct nk_ctx *ctx, struct scp_operands *operands, struct nk_err *err)
{
	nk_auto(strings) struct nk_strings words = { 0 };
	char **urls = nk_alloc((size_t)operands->count * sizeof(*urls));
	int result;

	for (int i = 0; i < operands->count; i++) {
		struct scp_operand *operand = &operands->items[i];

		if (i < operands->count - 1)
			scp_operand_unquote(operand);
		urls[i] = operand->host ? scp_operand_url(operand) : NULL;
		nk_strings_add(&words, urls[i] ? urls[i] : operand->path);
	}
	result = nk_copy_run(ctx, words.items, operands->count, err);
	for (int i = 0; i < operands->count; i++)
		free(urls[i]);
	free(urls);
	return result;
}

int scp_classic_run(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct scp_classic_opts *opts = ctx->verb_opts;
	nk_auto(scp_operands) struct scp_operands operands = { 0 };

	if (check(ctx, err) < 0 || parse(ctx, &operands, err) < 0)
		return -1;
	return opts->old_protocol ? rcp_run(ctx, &operands, err) : copy(ctx, &operands, err);
}
