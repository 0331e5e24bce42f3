/* rcp.c - the old protocol of scp: which operand goes where, and what is counted. */
#include "rcp.h"

#include "netkit/log.h"
#include "netkit/url.h"

static void leave_hosts(struct rcp *rcp)
{
	nk_ssh_free(nk_take(rcp->from.ssh));
	nk_ssh_free(nk_take(rcp->to.ssh));
}

static void release(struct rcp *rcp)
{
	leave_hosts(rcp);
	nk_limit_free(rcp->limit);
	nk_tally_release(&rcp->tally);
}
NK_AUTO(rcp, struct rcp, release)

char *rcp_label(const struct rcp_host *host, const struct scp_operand *operand)
{
	const struct nk_session *session = host->session;
	struct scp_operand at = *operand;
	int used = session ? session->port_used : 0;

	if (used > 0 && used != session->target.port)
		at.port = used;
	return scp_operand_url(&at);
}

int rcp_check(const struct rcp *rcp, const struct scp_operand *source, const struct rcp_line *line,
	      int depth, struct nk_err *err)
{
	bool is_contents = depth == 0 && rcp_wants_contents(source->path);

	if (line->kind == RCP_FOLDER && !rcp->ctx->common->recursive)
		return nk_fail(err, NK_E_PROTO, 0, "the server sent a folder, \"%s\", without -r",
			       line->text);
	if (line->kind == RCP_FOLDER && depth == RCP_DEPTH_MAX)
		return nk_fail(err, NK_E_PROTO, 0,
			       "the server sent folders in more than %d folders", RCP_DEPTH_MAX);
	/* Whatever it calls that folder, only what is in it will get a name here. */
	if (is_contents && line->kind == RCP_FOLDER)
		return 0;
	if (nk_fs_safe_name(line->text, err) < 0)
		return -1;
	if (depth > 0 || rcp->opts->trusts_names || is_contents ||
	    rcp_name_is_wanted(source->path, line->text))
		return 0;
	return nk_fail(
		err, NK_E_PROTO, 0,
		"the server sent \"%s\", which is not what was asked for (-T takes any name)",
		line->text);
}

int rcp_moved(struct rcp *rcp, size_t length, struct nk_err *err)
{
	rcp->moved += (int64_t)length;
	nk_progress_show(rcp->meter, rcp->moved, rcp->wanted, (int)rcp->tally.ok);
	return nk_limit_took(rcp->limit, length, rcp->ctx->common->net.deadline, err);
}

int rcp_done(struct rcp *rcp, const struct rcp_done *done, struct nk_err *err)
{
	const struct nk_transfer_row row = {
		.source = done->from,
		.target = done->to,
		.bytes = done->bytes,
		.seconds = done->seconds,
		.resumed_at = 0,
		.verified = "size",
	};

	nk_tally_add(&rcp->tally, done->bytes);
	if (!nk_out_is_json(rcp->ctx->out) && !nk_out_is_explicit(rcp->ctx->out))
		return 0;
	return nk_out_put(rcp->ctx->out, &nk_transfer_record, &row, err);
}

/* Log in to the operand's host, unless that is done. */
static int visit(struct rcp *rcp, struct rcp_host *host, const struct scp_operand *operand,
		 struct nk_err *err)
{
	nk_auto(str) char *url = scp_operand_url(operand);
	struct nk_session *session;

	if (nk_opener_session(rcp->ctx->opener, url, &session, NULL, err) < 0)
		return -1;
	if (host->session == session && host->ssh)
		return 0;
	nk_ssh_free(nk_take(host->ssh));
	host->session = session;
	return sftp_dial(session, &host->ssh, err);
}

/*
 * Run scp on the operand's host: way is 'f' or 't'. The remote shell reads the path, so it expands
 * wildcards, "~" and variables in it, and whoever means such a character writes quotes for that
 * shell: that is what -O is for.
 */
static int start(struct rcp *rcp, struct rcp_host *host, const struct scp_operand *operand,
		 const char *way, struct rcp_wire *wire, struct nk_err *err)
{
	const struct nk_common *common = rcp->ctx->common;
	nk_auto(str) char *command =
		nk_format("scp%s%s%s %s %s%s", common->verbose > 1 ? " -v" : "",
			  common->recursive ? " -r" : "", common->preserve ? " -p" : "", way,
			  operand->path[0] == '-' ? "-- " : "", operand->path);

	if (visit(rcp, host, operand, err) < 0)
		return -1;
	nk_log(NK_LOG_INFO, "%s: %s", nk_ssh_peer(host->ssh), command);
	return rcp_wire_start(host->ssh, command, wire, err);
}

/* The conversation is over. What the server's scp had to say of files was counted already. */
static int finish(const struct rcp *rcp, struct rcp_wire *wire, struct nk_err *err)
{
	int status = 0;

	if (rcp_wire_finish(wire, &status, err) < 0)
		return -1;
	if (status != 0 && rcp->tally.failed == 0)
		return nk_fail(err, NK_E_PROTO, status, "scp on the server ended with status %d",
			       status);
	return 0;
}

static int fetch_one(struct rcp *rcp, const struct scp_operand *source, const char *target,
		     struct nk_err *err)
{
	nk_auto(rcp_wire) struct rcp_wire wire = RCP_WIRE_INIT;

	if (start(rcp, &rcp->from, source, "-f", &wire, err) < 0 ||
	    rcp_fetch(rcp, &wire, source, target, err) < 0)
		return -1;
	return finish(rcp, &wire, err);
}

static int send_one(struct rcp *rcp, const char *path, const struct scp_operand *target,
		    struct nk_err *err)
{
	nk_auto(rcp_wire) struct rcp_wire wire = RCP_WIRE_INIT;
	struct nk_err refusal = NK_ERR_INIT;
	int is_ready;

	if (start(rcp, &rcp->to, target, rcp->many ? "-d -t" : "-t", &wire, err) < 0)
		return -1;
	is_ready = rcp_wire_reply(&wire, &refusal, err);
	if (is_ready < 0)
		return -1;
	if (is_ready == 0) {
		*err = refusal;
		return -1;
	}
	return rcp_send(rcp, &wire, path, err) < 0 ? -1 : finish(rcp, &wire, err);
}

static int relay_one(struct rcp *rcp, const struct scp_operand *source,
		     const struct scp_operand *target, struct nk_err *err)
{
	nk_auto(rcp_wire) struct rcp_wire from = RCP_WIRE_INIT;
	nk_auto(rcp_wire) struct rcp_wire to = RCP_WIRE_INIT;

	if (start(rcp, &rcp->to, target, rcp->many ? "-d -t" : "-t", &to, err) < 0 ||
	    start(rcp, &rcp->from, source, "-f", &from, err) < 0 ||
	    rcp_relay(rcp, &from, &to, source, err) < 0 || finish(rcp, &from, err) < 0)
		return -1;
	return finish(rcp, &to, err);
}

static int copy_one(struct rcp *rcp, const struct scp_operand *source,
		    const struct scp_operand *target, struct nk_err *err)
{
	if (source->host && target->host)
		return relay_one(rcp, source, target, err);
	if (source->host)
		return fetch_one(rcp, source, target->path, err);
	if (target->host)
		return send_one(rcp, source->path, target, err);
	return nk_copy_run(rcp->ctx, (const char *const[]){ source->path, target->path }, 2, err);
}

static int copy_shown(struct rcp *rcp, const struct scp_operand *source,
		      const struct scp_operand *target, struct nk_err *err)
{
	const struct nk_common *common = rcp->ctx->common;
	nk_auto(str) char *path = nk_path_trim(source->path);
	int result;

	rcp->moved = rcp->wanted = 0;
	rcp->meter = nk_progress_new(common->progress, common->quiet, nk_path_name(path));
	result = copy_one(rcp, source, target, err);
	nk_progress_finish(rcp->meter, rcp->moved, rcp->wanted, (int)rcp->tally.ok);
	return result;
}

/* What core does and the old protocol cannot. */
static int check(const struct nk_ctx *ctx, const struct scp_operands *operands, struct nk_err *err)
{
	if (ctx->common->dry_run)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "-O cannot tell what it would do");
	for (int i = 0; i < operands->count; i++) {
		const struct scp_operand *operand = &operands->items[i];

		if (!operand->host && strcmp(operand->path, "-") == 0)
			return nk_fail(err, NK_E_UNSUPPORTED, 0,
				       "-O copies files only: ./- is one of that name");
	}
	return nk_out_check(ctx->out, &nk_transfer_record, err);
}

int rcp_run(const struct nk_ctx *ctx, const struct scp_operands *operands, struct nk_err *err)
{
	const struct scp_operand *target = &operands->items[operands->count - 1];
	nk_auto(rcp) struct rcp rcp = {
		.ctx = ctx,
		.opts = ctx->verb_opts,
		.target = target,
		.many = operands->count > 2,
		.tally = NK_TALLY_INIT(ctx),
		.limit = nk_limit_new(ctx->common->limit_rate),
	};

	if (check(ctx, operands, err) < 0)
		return -1;
	rcp.tally.has_summary = true;
	rcp.tally.is_together = false;
	for (int i = 0; i < operands->count - 1; i++) {
		const struct scp_operand *source = &operands->items[i];

		if (copy_shown(&rcp, source, target, err) == 0)
			continue;
		/* Nobody knows what a conversation that was broken off has left on its way. */
		leave_hosts(&rcp);
		nk_auto(str) char *label =
			source->host ? scp_operand_url(source) : nk_strdup(source->path);

		if (!rcp.tally.has_ended && nk_tally_fail(&rcp.tally, err, nk_take(label)) == 0) {
			*err = (struct nk_err)NK_ERR_INIT;
			continue;
		}
		break;
	}
	return nk_tally_end(&rcp.tally, err);
}
