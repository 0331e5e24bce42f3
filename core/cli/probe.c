/* probe.c - netkit probe: one record for each server, for people, programs and monitors. */
#include "probe.h"

#include <time.h>

#include "fsverbs.h"
#include "nagios.h"
#include "netkit/retry.h"
#include "proberow.h"

struct probe_opts {
	bool no_login;
	int64_t warn_ms;
	int64_t critical_ms;
	int warn_days;
	int critical_days;
};

#define OPTS struct probe_opts

static const struct nk_opt probe_options[] = {
	NK_OPT_FLAG(OPTS, no_login, 0, "no-login",
		    "only look; a login is tried when nobody has to "
		    "be asked for it"),
	NK_OPT_DURATION(OPTS, warn_ms, 0, "warn", "T", NULL,
			"with --output=nagios: slower than this is a warning"),
	NK_OPT_DURATION(OPTS, critical_ms, 0, "critical", "T", NULL, "likewise: critical"),
	NK_OPT_INT_RANGE(OPTS, warn_days, 0, "warn-days", "N", NULL, 1, 100000,
			 "likewise: a certificate with fewer days left is a warning"),
	NK_OPT_INT_RANGE(OPTS, critical_days, 0, "critical-days", "N", NULL, 1, 100000,
			 "likewise: critical"),
	NK_OPT_END,
};

static bool probe_is_for_monitor(const struct nk_common *common)
{
	return common->out.output == NK_OUTPUT_NAGIOS && !common->out.json;
}

/* A probe runs where nobody sits. */
static int probe_apply(const void *opts, struct nk_common *common, struct nk_err *err)
{
	const struct probe_opts *own = opts;
	bool has_limits = own->warn_ms > 0 || own->critical_ms > 0 || own->warn_days > 0 ||
			  own->critical_days > 0;

	common->creds.no_input = true;
	if (has_limits && !probe_is_for_monitor(common))
		return nk_fail(err, NK_E_USAGE, 0,
			       "--warn, --critical, --warn-days and --critical-days are for "
			       "--output=nagios");
	if (common->out.fields && probe_is_for_monitor(common))
		return nk_fail(err, NK_E_USAGE, 0, "--output=nagios has no --fields");
	/* The exit status is one of a plugin's. */
	if (common->hosts && probe_is_for_monitor(common))
		return nk_fail(err, NK_E_USAGE, 0,
			       "--output=nagios is one answer for a monitor: not with --hosts");
	return 0;
}

/* ---- looking ---- */

static int look_once(const struct nk_look *look, struct nk_facts *facts, struct nk_err *err)
{
	struct nk_session *session = look->session;
	int result;

	nk_facts_release(facts);
	*facts = (struct nk_facts)NK_FACTS_INIT;
	facts->wants_login = look->wants_login;
	session->facts = facts;
	session->target.phases = &facts->phases;
	result = look->applet->look(session, look->path, facts, err);
	session->facts = NULL;
	session->target.phases = NULL;
	return result;
}

int nk_look_at(const struct nk_look *look, struct nk_facts *facts, struct nk_err *err)
{
	struct nk_retry retry = { .net = look->session->target.net };

	if (!look->applet->look)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s cannot be looked at",
			       look->applet->name);
	while (look_once(look, facts, err) < 0) {
		if (!nk_retry_again(&retry, err))
			return -1;
	}
	return 0;
}

/* ---- one server ---- */

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1000000;
}

struct probe {
	const struct nk_ctx *ctx;
	enum nk_nagios worst;
};

static int probe_print_nagios(struct probe *probe, const struct nk_session *session,
			      const struct nk_probe_row *row, struct nk_err *err)
{
	const struct probe_opts *opts = probe->ctx->verb_opts;
	const struct nk_nagios_limits limits = {
		.warn_ms = opts->warn_ms,
		.critical_ms = opts->critical_ms,
		.warn_days = opts->warn_days,
		.critical_days = opts->critical_days,
	};
	enum nk_nagios status;
	int port = session ? session->port_used ? session->port_used : session->target.port : 0;
	nk_auto(str) char *peer =
		session ? nk_pins_name(session->target.host, port) : nk_strdup(row->url);
	nk_auto(str) char *line =
		nk_nagios_line(session ? session->scheme : "netkit", peer, row, &limits, &status);

	probe->worst = nk_nagios_worse(probe->worst, status);
	return nk_out_put(probe->ctx->out, &nk_nagios_record, &(struct nk_nagios_row){ line }, err);
}

static int probe_print(struct probe *probe, const struct nk_session *session,
		       const struct nk_probe_row *row, struct nk_err *err)
{
	if (probe_is_for_monitor(probe->ctx->common))
		return probe_print_nagios(probe, session, row, err);
	return nk_out_put_tall(probe->ctx->out, &nk_probe_record, row, err);
}

static int probe_look(const struct probe *probe, const char *operand, struct nk_session **session,
		      struct nk_facts *facts, struct nk_err *err)
{
	const struct probe_opts *opts = probe->ctx->verb_opts;
	const struct nk_scheme *row;
	nk_auto(str) char *path = NULL;
	struct nk_look look;

	if (nk_opener_session(probe->ctx->opener, operand, session, &path, err) < 0)
		return -1;
	look = (struct nk_look){
		.applet = nk_applet_of_scheme(probe->ctx->applets, (*session)->scheme, &row),
		.session = *session,
		.path = path,
		.wants_login = !opts->no_login,
	};
	return nk_look_at(&look, facts, err);
}

/* The server's record is printed whatever comes of it. Returns -1 with why when it was not all well;
 * err: when nothing can be printed. */
static int probe_one(struct probe *probe, const char *operand, struct nk_err *why,
		     struct nk_err *err)
{
	nk_auto(facts) struct nk_facts facts = NK_FACTS_INIT;
	nk_auto(probe_row) struct nk_probe_row row = { .url = NULL };
	nk_auto(str) char *label = nk_operand_label(operand);
	struct nk_session *session = NULL;
	const double begun = now_ms();
	struct nk_probe_end end = { .url = label, .now = time(NULL) };
	int result = probe_look(probe, operand, &session, &facts, why);

	end.total_ms = now_ms() - begun;
	end.err = result < 0 ? why : NULL;
	nk_probe_row_fill(&row, &facts, &end);
	if (probe_print(probe, session, &row, err) < 0)
		return 0;
	return result;
}

/* A monitor reads one line and the exit status; errors are in the line. */
static int probe_for_monitor(struct probe *probe, struct nk_err *err)
{
	for (int i = 0; i < probe->ctx->operand_count; i++) {
		struct nk_err why = NK_ERR_INIT;

		(void)!probe_one(probe, probe->ctx->operands[i], &why, err);
		if (err->domain != NK_E_NONE)
			return -1;
		if (why.domain == NK_E_INTERRUPT || why.domain == NK_E_TERMINATE) {
			*err = why;
			return -1;
		}
	}
	if (probe->worst == NK_NAGIOS_OK)
		return 0;
	return nk_fail(err, NK_E_NEGATIVE, (int)probe->worst, "not all is well");
}

static int probe_run(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);
	struct probe probe = { .ctx = ctx, .worst = NK_NAGIOS_OK };

	tally.is_together = false;
	if (nk_verb_wants(ctx, 1, -1, err) < 0)
		return -1;
	if (probe_is_for_monitor(ctx->common))
		return probe_for_monitor(&probe, err);
	for (int i = 0; i < ctx->operand_count; i++) {
		struct nk_err why = NK_ERR_INIT;
		int result = probe_one(&probe, ctx->operands[i], &why, err);

		if (err->domain != NK_E_NONE)
			return -1;
		if (result == 0)
			nk_tally_add(&tally, 0);
		else if (nk_tally_fail(&tally, &why, nk_operand_label(ctx->operands[i])) < 0)
			break;
	}
	return nk_tally_end(&tally, err);
}

const struct nk_verb nk_probe_verb = {
	.name = "probe",
	.summary = "what servers show of themselves: times, TLS, capabilities",
	.operands = "URL...",
	.options = probe_options,
	.opts_size = sizeof(struct probe_opts),
	.groups = NK_GROUP_REPORT | NK_GROUP_TALK | NK_GROUP_WHO | NK_GROUP_TLS | NK_GROUP_SSH |
		  NK_GROUP_TRUST | NK_GROUP_NET | NK_GROUP_MANY,
	.record = &nk_probe_record,
	.run = probe_run,
	.apply = probe_apply,
};
