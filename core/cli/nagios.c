/* nagios.c - a line for a monitor, as monitoring-plugins have it. */
#include "nagios.h"

#include "netkit/clock.h"

/* Longest sentence, and longest line of figures. */
#define NAGIOS_TEXT_MAX 2048

static const char *const nagios_words[] = {
	[NK_NAGIOS_OK] = "OK",
	[NK_NAGIOS_WARNING] = "WARNING",
	[NK_NAGIOS_CRITICAL] = "CRITICAL",
	[NK_NAGIOS_UNKNOWN] = "UNKNOWN",
};

enum nk_nagios nk_nagios_worse(enum nk_nagios a, enum nk_nagios b)
{
	static const int weight[] = {
		[NK_NAGIOS_OK] = 0,
		[NK_NAGIOS_WARNING] = 2,
		[NK_NAGIOS_CRITICAL] = 3,
		[NK_NAGIOS_UNKNOWN] = 1,
	};

	return weight[a] >= weight[b] ? a : b;
}

/* What does not fit any more is left out. */
static void nagios_addf(struct nk_buf *out, const char *format, ...) NK_PRINTF(2, 3);
static void nagios_addf(struct nk_buf *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	nk_auto(str) char *text = nk_vformat(format, args);
	va_end(args);
	/* What stands behind '|' is figures. */
	for (char *c = strchr(text, '|'); c; c = strchr(c, '|'))
		*c = '/';
	(void)!nk_buf_add_text(out, text);
}

static bool nagios_is_over(double value, int64_t limit)
{
	return limit > 0 && value > (double)limit;
}

static enum nk_nagios nagios_judge_time(const struct nk_probe_row *row,
					const struct nk_nagios_limits *limits, struct nk_buf *text)
{
	nagios_addf(text, " %.0f ms", row->total_ms);
	if (nagios_is_over(row->total_ms, limits->critical_ms)) {
		nagios_addf(text, " (over %lld ms)", (long long)limits->critical_ms);
		return NK_NAGIOS_CRITICAL;
	}
	if (nagios_is_over(row->total_ms, limits->warn_ms)) {
		nagios_addf(text, " (over %lld ms)", (long long)limits->warn_ms);
		return NK_NAGIOS_WARNING;
	}
	return NK_NAGIOS_OK;
}

static enum nk_nagios nagios_judge_days(const struct nk_probe_row *row,
					const struct nk_nagios_limits *limits, struct nk_buf *text)
{
	if (row->days_left == NK_ENTRY_NO_TIME)
		return NK_NAGIOS_OK;
	/* Whoever accepts it: nobody wants to be surprised by it. */
	if (row->days_left < 0) {
		char since[NK_CLOCK_TEXT];

		nagios_addf(text, ", certificate expired at %s",
			    nk_clock_rfc3339(row->expires, since));
		return NK_NAGIOS_CRITICAL;
	}
	nagios_addf(text, ", certificate %lld days", (long long)row->days_left);
	if (row->days_left < limits->critical_days) {
		nagios_addf(text, " (under %d)", limits->critical_days);
		return NK_NAGIOS_CRITICAL;
	}
	if (row->days_left < limits->warn_days) {
		nagios_addf(text, " (under %d)", limits->warn_days);
		return NK_NAGIOS_WARNING;
	}
	return NK_NAGIOS_OK;
}

static void nagios_add_protocol(const struct nk_probe_row *row, struct nk_buf *text)
{
	const char *version = row->tls_version;

	if (version && nk_text_has_prefix(version, "TLSv"))
		nagios_addf(text, ", TLS %s", version + strlen("TLSv"));
	else if (version)
		nagios_addf(text, ", %s", version);
	else if (row->host_key_type)
		nagios_addf(text, ", %s", row->host_key_type);
}

/* "total=0.012000s;1.000000;2.000000;0" */
static void nagios_add_total(const struct nk_probe_row *row, const struct nk_nagios_limits *limits,
			     struct nk_buf *line)
{
	nk_auto(str) char *warn =
		limits->warn_ms > 0 ? nk_format("%.6f", (double)limits->warn_ms / 1000) : NULL;
	nk_auto(str) char *critical =
		limits->critical_ms > 0 ? nk_format("%.6f", (double)limits->critical_ms / 1000)
					: NULL;

	nagios_addf(line, "total=%.6fs;%s;%s;0", row->total_ms / 1000, warn ? warn : "",
		    critical ? critical : "");
}

static void nagios_add_days(const struct nk_probe_row *row, const struct nk_nagios_limits *limits,
			    struct nk_buf *line)
{
	/* "30:" alerts below thirty (guidelines, 2.5). */
	nk_auto(str) char *warn =
		limits->warn_days > 0 ? nk_format("%d:", limits->warn_days) : NULL;
	nk_auto(str) char *critical =
		limits->critical_days > 0 ? nk_format("%d:", limits->critical_days) : NULL;

	if (row->days_left != NK_ENTRY_NO_TIME)
		nagios_addf(line, " days=%lld;%s;%s", (long long)row->days_left, warn ? warn : "",
			    critical ? critical : "");
}

static void nagios_add_figures(const struct nk_probe_row *row,
			       const struct nk_nagios_limits *limits, struct nk_buf *line)
{
	const struct {
		const char *name;
		double ms;
	} phases[] = {
		{ "lookup", row->lookup_ms }, { "connect", row->connect_ms },
		{ "proxy", row->proxy_ms },   { "tls", row->tls_ms },
		{ "ssh", row->ssh_ms },	      { "greeting", row->greeting_ms },
		{ "login", row->login_ms },
	};

	nagios_add_total(row, limits, line);
	for (size_t i = 0; i < NK_COUNT(phases); i++) {
		if (phases[i].ms >= 0)
			nagios_addf(line, " %s=%.6fs;;;0", phases[i].name, phases[i].ms / 1000);
	}
	nagios_add_days(row, limits, line);
}

static bool nagios_is_unasked(const struct nk_probe_row *row)
{
	static const enum nk_domain own[] = { NK_E_USAGE, NK_E_URL, NK_E_UNSUPPORTED };

	for (size_t i = 0; i < NK_COUNT(own); i++) {
		if (row->exit == nk_domain_exit(own[i]))
			return true;
	}
	return false;
}

char *nk_nagios_line(const char *service, const char *peer, const struct nk_probe_row *row,
		     const struct nk_nagios_limits *limits, enum nk_nagios *status)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NAGIOS_TEXT_MAX);
	nk_auto(buf) struct nk_buf figures = NK_BUF_INIT(NAGIOS_TEXT_MAX);
	nk_auto(str) char *name = nk_strdup(service);

	for (char *c = name; *c != '\0'; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - ('a' - 'A'));
	}
	if (row->error) {
		bool is_named = nk_text_has_prefix(row->error, peer);

		*status = nagios_is_unasked(row) ? NK_NAGIOS_UNKNOWN : NK_NAGIOS_CRITICAL;
		nagios_addf(&text, "%s%s%s", is_named ? "" : peer, is_named ? "" : ": ",
			    row->error);
	} else {
		nagios_addf(&text, "%s", peer);
		*status = nagios_judge_time(row, limits, &text);
		nagios_add_protocol(row, &text);
		*status = nk_nagios_worse(*status, nagios_judge_days(row, limits, &text));
	}
	nagios_add_figures(row, limits, &figures);
	return nk_format("%s %s - %s | %s", name, nagios_words[*status], text.data, figures.data);
}
