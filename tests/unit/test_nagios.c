/* test_nagios.c - the line for a monitor. */
#include "../../core/cli/nagios.h"

#include <criterion/criterion.h>

static struct nk_nagios_limits limits;
static struct nk_probe_row row;

static void setup(void)
{
	limits = (struct nk_nagios_limits){ .warn_ms = 0 };
	row = (struct nk_probe_row){
		.ok = true,
		.total_ms = 12.4,
		.lookup_ms = 0.1,
		.connect_ms = 1,
		.proxy_ms = -1,
		.tls_ms = 5,
		.greeting_ms = 2,
		.ssh_ms = -1,
		.login_ms = -1,
		.tls_version = "TLSv1.3",
		.days_left = 88,
	};
}

TestSuite(nagios, .init = setup);

static void assert_line(enum nk_nagios expected, const char *text)
{
	enum nk_nagios status;
	nk_auto(str) char *line = nk_nagios_line("ftp", "h:21", &row, &limits, &status);

	cr_assert_str_eq(line, text);
	cr_assert_eq(status, expected);
}

#define FIGURES                                                                                    \
	"lookup=0.000100s;;;0 connect=0.001000s;;;0 tls=0.005000s;;;0 greeting=0.002000s;;;0"

Test(nagios, all_is_well)
{
	assert_line(NK_NAGIOS_OK, "FTP OK - h:21 12 ms, TLS 1.3, certificate 88 days | "
				  "total=0.012400s;;;0 " FIGURES " days=88;;");
}

Test(nagios, limits_stand_with_the_figures)
{
	limits = (struct nk_nagios_limits){ 1000, 2500, 30, 14 };
	assert_line(NK_NAGIOS_OK,
		    "FTP OK - h:21 12 ms, TLS 1.3, certificate 88 days | "
		    "total=0.012400s;1.000000;2.500000;0 " FIGURES " days=88;30:;14:");
}

Test(nagios, slow_is_a_warning_and_slower_critical)
{
	limits.warn_ms = 12;
	assert_line(NK_NAGIOS_WARNING,
		    "FTP WARNING - h:21 12 ms (over 12 ms), TLS 1.3, certificate 88 days | "
		    "total=0.012400s;0.012000;;0 " FIGURES " days=88;;");
	limits.critical_ms = 10;
	assert_line(NK_NAGIOS_CRITICAL,
		    "FTP CRITICAL - h:21 12 ms (over 10 ms), TLS 1.3, certificate 88 days | "
		    "total=0.012400s;0.012000;0.010000;0 " FIGURES " days=88;;");
}

Test(nagios, as_slow_as_the_limit_is_well)
{
	row.total_ms = 12;
	limits.warn_ms = 12;
	assert_line(NK_NAGIOS_OK, "FTP OK - h:21 12 ms, TLS 1.3, certificate 88 days | "
				  "total=0.012000s;0.012000;;0 " FIGURES " days=88;;");
}

Test(nagios, few_days_left)
{
	limits.warn_days = 89;
	assert_line(NK_NAGIOS_WARNING,
		    "FTP WARNING - h:21 12 ms, TLS 1.3, certificate 88 days (under 89) | "
		    "total=0.012400s;;;0 " FIGURES " days=88;89:;");
	limits.critical_days = 89;
	assert_line(NK_NAGIOS_CRITICAL,
		    "FTP CRITICAL - h:21 12 ms, TLS 1.3, certificate 88 days (under 89) | "
		    "total=0.012400s;;;0 " FIGURES " days=88;89:;89:");
	limits = (struct nk_nagios_limits){ .warn_days = 88, .critical_days = 88 };
	row.days_left = 87;
	row.tls_version = "TLSv1.2";
	assert_line(NK_NAGIOS_CRITICAL,
		    "FTP CRITICAL - h:21 12 ms, TLS 1.2, certificate 87 days (under 88) | "
		    "total=0.012400s;;;0 " FIGURES " days=87;88:;88:");
}

Test(nagios, the_last_day_is_not_the_end)
{
	row.days_left = 0;
	assert_line(NK_NAGIOS_OK, "FTP OK - h:21 12 ms, TLS 1.3, certificate 0 days | "
				  "total=0.012400s;;;0 " FIGURES " days=0;;");
}

Test(nagios, expired_is_critical_without_any_limit)
{
	row.days_left = -1;
	row.expires = 1580515200;
	assert_line(NK_NAGIOS_CRITICAL,
		    "FTP CRITICAL - h:21 12 ms, TLS 1.3, certificate expired at "
		    "2020-02-01T00:00:00Z | total=0.012400s;;;0 " FIGURES " days=-1;;");
}

Test(nagios, an_error_is_critical_and_names_the_peer_once)
{
	row.error = "h:21: timed out | waiting";
	row.exit = 28;
	row.days_left = NK_ENTRY_NO_TIME;
	assert_line(NK_NAGIOS_CRITICAL, "FTP CRITICAL - h:21: timed out / waiting | "
					"total=0.012400s;;;0 " FIGURES);
	row.error = "no such host";
	assert_line(NK_NAGIOS_CRITICAL, "FTP CRITICAL - h:21: no such host | "
					"total=0.012400s;;;0 " FIGURES);
}

Test(nagios, a_question_that_is_none_is_unknown)
{
	row.error = "unknown scheme";
	row.exit = 3;
	row.days_left = NK_ENTRY_NO_TIME;
	assert_line(NK_NAGIOS_UNKNOWN, "FTP UNKNOWN - h:21: unknown scheme | "
				       "total=0.012400s;;;0 " FIGURES);
}

Test(nagios, without_tls_the_host_key_is_named)
{
	row.tls_version = NULL;
	row.host_key_type = "ssh-ed25519";
	row.days_left = NK_ENTRY_NO_TIME;
	assert_line(NK_NAGIOS_OK, "FTP OK - h:21 12 ms, ssh-ed25519 | "
				  "total=0.012400s;;;0 " FIGURES);
}

Test(nagios, critical_counts_before_warning_before_unknown)
{
	cr_assert_eq(nk_nagios_worse(NK_NAGIOS_UNKNOWN, NK_NAGIOS_CRITICAL), NK_NAGIOS_CRITICAL);
	cr_assert_eq(nk_nagios_worse(NK_NAGIOS_WARNING, NK_NAGIOS_UNKNOWN), NK_NAGIOS_WARNING);
	cr_assert_eq(nk_nagios_worse(NK_NAGIOS_OK, NK_NAGIOS_UNKNOWN), NK_NAGIOS_UNKNOWN);
}
