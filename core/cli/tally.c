/* tally.c - counting what worked and what failed among many operands. */
#include "netkit/tally.h"

#include <errno.h>

#include "fsverbs.h"
#include "netkit/log.h"
#include "netkit/retry.h"

bool nk_err_is_of_session(const struct nk_err *err)
{
	switch (err->domain) {
	case NK_E_RESOLVE:
	case NK_E_CONNECT:
	case NK_E_TLS:
	case NK_E_CERT:
	case NK_E_AUTH:
	case NK_E_PROXY:
		return true;
	default:
		return false;
	}
}

/* Must the command end, whatever else was asked for? */
static bool is_final(const struct nk_err *err)
{
	return err->domain == NK_E_INTERRUPT || err->domain == NK_E_TERMINATE ||
	       (err->domain == NK_E_WRITE && err->local && err->code == EPIPE);
}

void nk_opener_check(struct nk_opener *opener, const struct nk_err *err)
{
	switch (err->domain) {
	case NK_E_LOST:
	case NK_E_TIMEOUT:
	case NK_E_PROTO:
	case NK_E_TLS:
		nk_opener_lose(opener);
		break;
	case NK_E_INTERRUPT:
	case NK_E_TERMINATE:
		nk_opener_drop(opener);
		break;
	default:
		break;
	}
}

static void tell(struct nk_tally *tally)
{
	if (!tally->url)
		return;
	nk_auto(str) char *where = tally->ctx->applet
					   ? nk_format("netkit %s", tally->ctx->applet->name)
					   : nk_strdup("netkit");

	nk_log_error(&tally->held, where, tally->url);
	free(nk_take(tally->url));
}

void nk_tally_add(struct nk_tally *tally, int64_t bytes)
{
	tell(tally);
	tally->ok++;
	tally->bytes += bytes;
}

bool nk_tally_ends(const struct nk_tally *tally, const struct nk_err *err)
{
	/* One transfer that got no connection says little about a server that served others. */
	bool is_about_one = err->domain == NK_E_CONNECT && tally->ok > 0;

	return is_final(err) || (tally->is_together && nk_err_is_of_session(err) && !is_about_one);
}

int nk_tally_fail(struct nk_tally *tally, const struct nk_err *err, char *url)
{
	const struct nk_common *common = tally->ctx->common;

	tell(tally);
	tally->failed++;
	tally->held = *err;
	tally->url = url;
	tally->is_over = nk_tally_ends(tally, err);
	tally->has_ended = tally->is_over || (common->fail_fast && !common->keep_going);
	return tally->has_ended ? -1 : 0;
}

/* The error of the whole, without telling it. */
static int conclude(struct nk_tally *tally, struct nk_err *err)
{
	bool is_only = tally->failed == 1 && tally->ok == 0;
	enum nk_domain domain = is_only ? tally->held.domain : NK_E_PARTIAL;

	if (tally->failed == 0)
		return 0;
	if (tally->is_over || (is_only && tally->url)) {
		*err = tally->held;
		free(nk_take(tally->url));
		return -1;
	}
	tell(tally);
	return nk_fail(err, domain, 0, "%lld of %lld %s failed", (long long)tally->failed,
		       (long long)(tally->ok + tally->failed),
		       tally->is_prompt ? "commands" : "items");
}

int nk_tally_end(struct nk_tally *tally, struct nk_err *err)
{
	int result = conclude(tally, err);
	struct nk_summary_row row = {
		.ok = tally->ok,
		.failed = tally->failed,
		.bytes = tally->bytes,
		.copied = tally->copied,
		.same = tally->same,
		.deleted = tally->deleted,
		.exit = result < 0 ? nk_domain_exit(err->domain) : 0,
	};
	struct nk_err second = NK_ERR_INIT;

	if (!tally->has_summary || !nk_out_is_json(tally->ctx->out))
		return result;
	if (nk_out_put(tally->ctx->out, &nk_summary_record, &row, &second) < 0 && result == 0) {
		*err = second;
		return -1;
	}
	return result;
}

int nk_place_try(const struct nk_ctx *ctx, const struct nk_place *place, nk_one_fn *one,
		 struct nk_tally *tally, struct nk_err *err)
{
	struct nk_retry retry = { .net = &ctx->common->net };
	int64_t counted = tally->ok + tally->failed, printed = nk_out_count(ctx->out);
	int result;

	do {
		result = one(ctx, place, tally, err);
		if (result >= 0)
			return result;
		nk_opener_check(ctx->opener, err);
	} while (tally->ok + tally->failed == counted && nk_out_count(ctx->out) == printed &&
		 nk_retry_again(&retry, err));
	return -1;
}

void nk_tally_release(struct nk_tally *tally)
{
	tell(tally);
}
