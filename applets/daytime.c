/* daytime.c - ask a host what time it thinks it is, over TCP or UDP (RFC 867). */
#include "netkit/applet.h"
#include "netkit/dgram.h"
#include "netkit/line.h"

/* RFC 867 sets no limit; one line of text is all a sane server sends. */
#define DAYTIME_LINE_MAX 512

struct daytime_opts {
	bool udp;
	int skip;
};

static const struct nk_opt daytime_options[] = {
	NK_OPT_FLAG(struct daytime_opts, udp, 'u', "udp", "ask with a datagram"),
	NK_OPT_INT(struct daytime_opts, skip, 's', "skip", "N", "ignore the first N lines"),
	NK_OPT_END,
};

struct daytime_reply {
	const char *time;
};

static const struct nk_field daytime_fields[] = {
	NK_FIELD_STR(struct daytime_reply, time),
	NK_FIELD_END,
};

static const struct nk_record daytime_record = { "daytime", daytime_fields };

static const struct nk_record *const daytime_records[] = { &daytime_record, NULL };

static const struct nk_example daytime_examples[] = {
	{ "daytime time.example.org", "the time at a host" },
	{ "daytime --json --udp daytime://time.example.org:1013", "by UDP, another port, as JSON" },
	{ 0 },
};

static int daytime_by_tcp(const struct nk_target *target, int skip, struct nk_buf *line,
			  struct nk_err *err)
{
	nk_auto(conn) struct nk_conn *conn = NULL;

	if (nk_dial(target, &conn, err) < 0)
		return -1;
	for (int i = 0; i <= skip; i++) {
		if (nk_line_read(conn, line, err) < 0)
			return nk_wrap(err, "line %d", i + 1);
	}
	return 0;
}

/* RFC 867: any datagram, here an empty one, is answered with one. */
static int daytime_by_udp(const struct nk_target *target, struct nk_buf *line, struct nk_err *err)
{
	nk_auto(dgram) struct nk_dgram *dgram = NULL;

	if (nk_dgram_open(target, &dgram, err) < 0 || nk_dgram_ask(dgram, "", 0, line, err) < 0)
		return -1;
	nk_buf_cut(line, strcspn(line->data, "\r\n"));
	return 0;
}

static int daytime_run(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct daytime_opts *opts = ctx->opts;
	const struct nk_target *target = &ctx->session->target;
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(DAYTIME_LINE_MAX);
	int result;

	result = opts->udp ? daytime_by_udp(target, &line, err)
			   : daytime_by_tcp(target, opts->skip, &line, err);
	if (result < 0)
		return -1;
	return nk_out_put(ctx->out, &daytime_record, &(struct daytime_reply){ line.data }, err);
}

/* The time is all that it says. */
static int daytime_look(struct nk_session *session, const char *path, struct nk_facts *facts,
			struct nk_err *err)
{
	const struct daytime_opts *opts = session->opts;
	const struct nk_target *target = &session->target;
	nk_auto(conn) struct nk_conn *conn = NULL;
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(DAYTIME_LINE_MAX);
	int result;

	(void)path;
	if (!opts->udp && nk_dial(target, &conn, err) < 0)
		return -1;
	nk_phase_begin(&facts->phases, NK_PHASE_GREETING);
	result = opts->udp ? daytime_by_udp(target, &line, err) : nk_line_read(conn, &line, err);
	if (result < 0)
		return -1;
	nk_phase_end(&facts->phases, NK_PHASE_GREETING);
	facts->greeting = nk_facts_keep(facts, line.data, line.len);
	return 0;
}

const struct nk_applet daytime_applet = {
	.name = "daytime",
	.summary = "ask a host for the time",
	.operands = "HOST",
	.schemes = (const struct nk_scheme[]){ { "daytime", 13, false }, { 0 } },
	.options = daytime_options,
	.opts_size = sizeof(struct daytime_opts),
	.run = daytime_run,
	.look = daytime_look,
	.examples = daytime_examples,
	.records = daytime_records,
};
