/* rcp_relay.c - from the "scp -f" of one server to the "scp -t" of another, through us. */
#include "rcp.h"

struct relay {
	struct rcp *rcp;
	struct rcp_wire *from;
	struct rcp_wire *to;
	const struct scp_operand *source;
	int depth;
};

static int count_failure(struct relay *relay, struct nk_err *err)
{
	char *label = rcp_label(&relay->rcp->from, relay->source);

	return nk_tally_fail(&relay->rcp->tally, err, label);
}

/* Pass the target's reply on to the source. 1 for yes, 0 when it refused, which is counted, -1. */
static int pass_reply(struct relay *relay, struct nk_err *err)
{
	struct nk_err refusal = NK_ERR_INIT;
	int reply = rcp_wire_reply(relay->to, &refusal, err);

	if (reply < 0)
		return -1;
	if (reply > 0)
		return rcp_wire_yes(relay->from, err) < 0 ? -1 : 1;
	if (rcp_wire_no(relay->from, &refusal, err) < 0)
		return -1;
	*err = refusal;
	return count_failure(relay, err);
}

/* Say the line again, in our own spelling. */
static int pass_line(struct relay *relay, const struct rcp_line *line, struct nk_err *err)
{
	nk_auto(str) char *text = NULL;

	if (line->kind == RCP_TIMES)
		text = nk_format("T%lld 0 %lld 0\n", (long long)line->mtime,
				 (long long)line->atime);
	else if (line->kind == RCP_LEAVE)
		text = nk_strdup("E\n");
	else
		text = nk_format("%c%04o %lld %s\n", line->kind == RCP_FILE ? 'C' : 'D', line->mode,
				 (long long)line->size, line->text);
	if (rcp_wire_write(relay->to, text, strlen(text), err) < 0)
		return -1;
	return pass_reply(relay, err);
}

static int pass_bytes(struct relay *relay, int64_t size, struct nk_err *err)
{
	while (size > 0) {
		size_t most = nk_limit_step(relay->rcp->limit, RCP_BLOCK);
		const char *bytes;
		ssize_t got;

		if (size < (int64_t)most)
			most = (size_t)size;
		got = rcp_wire_bytes(relay->from, most, &bytes, err);
		if (got < 0 || rcp_wire_write(relay->to, bytes, (size_t)got, err) < 0 ||
		    rcp_moved(relay->rcp, (size_t)got, err) < 0)
			return -1;
		size -= got;
	}
	return 0;
}

static int pass_file(struct relay *relay, const struct rcp_line *line, struct nk_err *err)
{
	nk_auto(str) char *from = rcp_label(&relay->rcp->from, relay->source);
	nk_auto(str) char *to = rcp_label(&relay->rcp->to, relay->rcp->target);
	nk_time_ms begun = nk_clock_now();
	int64_t size = line->size;
	struct nk_err failure = NK_ERR_INIT;
	int reply = pass_line(relay, line, err);
	int is_whole;

	if (reply <= 0)
		return reply;
	relay->rcp->wanted += size;
	if (pass_bytes(relay, size, err) < 0)
		return -1;
	is_whole = rcp_wire_reply(relay->from, &failure, err);
	if (is_whole < 0)
		return -1;
	if ((is_whole ? rcp_wire_yes(relay->to, err) : rcp_wire_no(relay->to, &failure, err)) < 0)
		return -1;
	reply = pass_reply(relay, err);
	if (reply <= 0)
		return reply;
	if (!is_whole) {
		*err = failure;
		return count_failure(relay, err);
	}
	const struct rcp_done done = {
		.from = from,
		.to = to,
		.bytes = size,
		.seconds = (double)(nk_clock_now() - begun) / 1000,
	};

	return rcp_done(relay->rcp, &done, err);
}

static int pass_folder(struct relay *relay, const struct rcp_line *line, struct nk_err *err)
{
	int reply = pass_line(relay, line, err);

	relay->depth += reply > 0;
	return reply < 0 ? -1 : 0;
}

static int pass_end(struct relay *relay, const struct rcp_line *line, struct nk_err *err)
{
	if (relay->depth-- == 0)
		return nk_fail(err, NK_E_PROTO, 0,
			       "the server ended a folder that it did not begin");
	return pass_line(relay, line, err) < 0 ? -1 : 0;
}

static int pass(struct relay *relay, const struct rcp_line *line, struct nk_err *err)
{
	switch (line->kind) {
	case RCP_TIMES:
		return pass_line(relay, line, err) < 0 ? -1 : 0;
	case RCP_FILE:
		return rcp_check(relay->rcp, relay->source, line, relay->depth, err) < 0
			       ? -1
			       : pass_file(relay, line, err);
	case RCP_FOLDER:
		return rcp_check(relay->rcp, relay->source, line, relay->depth, err) < 0
			       ? -1
			       : pass_folder(relay, line, err);
	case RCP_LEAVE:
		return pass_end(relay, line, err);
	case RCP_WARNING:
		rcp_blame(line->text, err);
		return count_failure(relay, err);
	case RCP_ERROR:
		break;
	}
	return rcp_blame(line->text, err);
}

int rcp_relay(struct rcp *rcp, struct rcp_wire *from, struct rcp_wire *to,
	      const struct scp_operand *source, struct nk_err *err)
{
	struct relay relay = { .rcp = rcp, .from = from, .to = to, .source = source };
	struct rcp_line line;
	int more;

	/* The target says when it is ready. */
	more = pass_reply(&relay, err);
	if (more <= 0)
		return more;
	while ((more = rcp_wire_line(from, &line, err)) > 0) {
		if (pass(&relay, &line, err) < 0)
			return -1;
	}
	if (more == 0 && relay.depth > 0)
		return nk_fail(err, NK_E_SHORT, 0, "the server ended in the middle of a folder");
	return more;
}
