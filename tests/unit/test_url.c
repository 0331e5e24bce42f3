/* test_url.c - URLs taken apart and put together. */
#include "netkit/url.h"

#include <criterion/criterion.h>

/* Take a URL apart that must be one. */
static struct nk_url parsed(const char *text)
{
	struct nk_url url = NK_URL_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_url_parse(&url, text, &err), 0, "%s: %s", text, err.msg);
	return url;
}

static void assert_refused(const char *text, enum nk_domain domain)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_url_parse(&url, text, &err), -1, "%s", text);
	cr_assert_eq(err.domain, domain, "%s: %s", text, err.msg);
	cr_assert_null(url.scheme);
}

Test(url, every_part_is_taken)
{
	nk_auto(url) struct nk_url url = parsed("sftp://joe@ftp.example.org:2222/a/b.txt");

	cr_assert_str_eq(url.scheme, "sftp");
	cr_assert_str_eq(url.user, "joe");
	cr_assert_str_eq(url.host, "ftp.example.org");
	cr_assert_eq(url.port, 2222);
	cr_assert_str_eq(url.path, "/a/b.txt");
	cr_assert_str_eq(url.raw, "/a/b.txt");
}

Test(url, what_is_left_out_is_absent)
{
	nk_auto(url) struct nk_url url = parsed("ftp://h");

	cr_assert_null(url.user);
	cr_assert_eq(url.port, 0);
	cr_assert_str_eq(url.path, "");
	cr_assert_str_eq(url.raw, "");
}

Test(url, the_scheme_is_lower_case)
{
	nk_auto(url) struct nk_url url = parsed("FtpS+x1.-://h/");

	cr_assert_str_eq(url.scheme, "ftps+x1.-");
}

Test(url, escapes_are_decoded_once)
{
	nk_auto(url) struct nk_url url = parsed("ftp://a%40b%3a@%68/%2541%20%ff");

	cr_assert_str_eq(url.user, "a@b:");
	cr_assert_str_eq(url.host, "h");
	cr_assert_str_eq(url.path, "/%41 \xff");
	cr_assert_str_eq(url.raw, "/%2541%20%ff");
}

Test(url, question_mark_and_hash_belong_to_the_path)
{
	nk_auto(url) struct nk_url url = parsed("ftp://h/what?#1;x=y");

	cr_assert_str_eq(url.path, "/what?#1;x=y");
}

Test(url, unencoded_spaces_and_utf8_belong_to_the_path)
{
	nk_auto(url) struct nk_url url = parsed("ftp://h/a b/\xc3\xa9");

	cr_assert_str_eq(url.path, "/a b/\xc3\xa9");
}

Test(url, an_at_sign_in_the_path_is_no_user)
{
	nk_auto(url) struct nk_url url = parsed("ftp://h/a:b@c");

	cr_assert_null(url.user);
	cr_assert_str_eq(url.host, "h");
}

Test(url, password_is_refused)
{
	assert_refused("ftp://joe:hunter2@h/", NK_E_USAGE);
}

Test(url, empty_password_is_refused)
{
	assert_refused("ftp://joe:@h/", NK_E_USAGE);
}

Test(url, password_names_the_option_that_would_carry_it)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_url_parse(&url, "ftp://joe:hunter2@h/", &err), -1);
	cr_assert_not_null(strstr(err.msg, "--password-file"));
}

Test(url, no_message_holds_the_password)
{
	static const char *const texts[] = {
		"ftp://joe:hunter2@h/",	     "ftp://joe:hunter2@h:99999/", "ftp://joe:hunter2@[::/",
		"ftp://joe:hunter2/x@h/",    "ftp://joe:hunter2%zz@h/",	   "ftp://joe:hunter2@@h/",
		"ftp://joe:hunter2#@h/",     "ftp://[joe:hunter2@h/",	   "ftp://joe:hunter2@/",
		"ftp://joe:hunter2?x@h/%00",
	};

	for (size_t i = 0; i < NK_COUNT(texts); i++) {
		nk_auto(url) struct nk_url url = NK_URL_INIT;
		struct nk_err err = NK_ERR_INIT;

		cr_assert_eq(nk_url_parse(&url, texts[i], &err), -1, "%s", texts[i]);
		cr_assert_null(strstr(err.msg, "hunter2"), "%s", err.msg);
	}
}

Test(url, line_breaks_and_nul_are_refused_everywhere)
{
	static const char *const texts[] = {
		"ftp://h/a%00b", "ftp://h/a%0db", "ftp://h/a%0Ab", "ftp://h/a\nb",
		"ftp://h/a\rb",	 "ftp://a%0d@h/", "ftp://a%00@h/", "ftp://a\n@h/",
		"ftp://h%0a.b/", "ftp://h%00.b/", "ldapi://%0a",   "ldapi://%00",
	};

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		assert_refused(texts[i], NK_E_URL);
}

Test(url, broken_escapes_are_refused)
{
	assert_refused("ftp://h/100%", NK_E_URL);
	assert_refused("ftp://h/%4", NK_E_URL);
	assert_refused("ftp://h/%zz", NK_E_URL);
	assert_refused("ftp://%@h/", NK_E_URL);
}

Test(url, other_schemes_are_refused)
{
	static const char *const texts[] = { "",	 "h",	     "h/p",	"://h",
					     "1ftp://h", "f tp://h", "ftp:/h",	"ftp:h",
					     "-ftp://h", "f_p://h",  " ftp://h" };

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		assert_refused(texts[i], NK_E_URL);
}

Test(url, is_url_looks_at_the_scheme)
{
	cr_assert(nk_url_is_url("ftp://h"));
	cr_assert(nk_url_is_url("ftp://"));
	cr_assert_not(nk_url_is_url("web:/srv"));
	cr_assert_not(nk_url_is_url("/a://b"));
	cr_assert_not(nk_url_is_url("a b://c"));
	cr_assert_not(nk_url_is_url("//server/share"));
}

Test(url, hosts_that_are_none_are_refused)
{
	static const char *const texts[] = {
		"ftp://",	"ftp:///path",	"ftp://joe@/path", "ftp://:21/",   "ftp://a b/",
		"ftp://a%20b/", "ftp://a%2fb/", "ftp://a\\b/",	   "ftp://a%5cb/", "ftp://a%1bb/",
		"ftp://a\tb/",	"ftp://a%3ab/", "ftp://a%40b/",	   "ftp://-oX=y/", "ftp://%2doX/",
		"ftp://a%ffb/", "ftp://a;b/",	"ftp://a$b/",	   "ftp://a%25b/", "ftp://a*b/",
	};

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		assert_refused(texts[i], NK_E_URL);
}

Test(url, ambiguous_authorities_are_refused)
{
	assert_refused("ftp://good.example#@evil.example/", NK_E_URL);
	assert_refused("ftp://good.example?@evil.example/", NK_E_URL);
	assert_refused("ftp://good.example\\@evil.example/", NK_E_URL);
	assert_refused("ftp://a@good.example@evil.example/", NK_E_URL);
	assert_refused("ftp://h?x", NK_E_URL);
	assert_refused("ftp://@h/", NK_E_URL);
}

Test(url, international_hosts_are_taken)
{
	nk_auto(url) struct nk_url url = parsed("ftp://b\xc3\xbc"
						"cher_1.example/");

	cr_assert_str_eq(url.host, "b\xc3\xbc"
				   "cher_1.example");
}

Test(url, ports_out_of_range_are_refused)
{
	static const char *const texts[] = { "ftp://h:0/",    "ftp://h:65536/",
					     "ftp://h:/",     "ftp://h:-1/",
					     "ftp://h:+1/",   "ftp://h:21x/",
					     "ftp://h: 21/",  "ftp://h:%32/",
					     "ftp://[::1]:/", "ftp://h:18446744073709551637/" };

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		assert_refused(texts[i], NK_E_URL);
}

Test(url, the_last_port_is_taken)
{
	nk_auto(url) struct nk_url url = parsed("ftp://h:65535");

	cr_assert_eq(url.port, 65535);
}

Test(url, ipv6_loses_its_brackets)
{
	nk_auto(url) struct nk_url url = parsed("ftp://joe@[::1]:2121/p");

	cr_assert_str_eq(url.host, "::1");
	cr_assert_eq(url.port, 2121);
	cr_assert_str_eq(url.path, "/p");
}

Test(url, ipv6_may_have_a_zone)
{
	nk_auto(url) struct nk_url url = parsed("tftp://[fe80::1%25eth0.2]/");

	cr_assert_str_eq(url.host, "fe80::1%eth0.2");
}

Test(url, a_zone_may_follow_a_bare_percent)
{
	nk_auto(url) struct nk_url url = parsed("tftp://[fe80::1%eth0]");

	cr_assert_str_eq(url.host, "fe80::1%eth0");
}

Test(url, other_brackets_are_refused)
{
	static const char *const texts[] = {
		"ftp://[]/",
		"ftp://[::1/",
		"ftp://::1/",
		"ftp://[1.2.3.4]/",
		"ftp://[h]/",
		"ftp://[::1]x/",
		"ftp://[::1]21/",
		"ftp://[::g]/",
		"ftp://[::1%25]/",
		"ftp://[fe80::1%25a b]/",
		"ftp://[fe80::1%25a%2fb]/",
		"ftp://h]/",
		"ftp://a[::1]/",
		"ftp://[fe80::1%250123456789abcdef]/",
		"ftp://fe80::1:21/",
		"ftp://[::1]]/",
		"ftp://[[::1]]/",
		"ftp://[v1.x]/",
		"ftp://[%3a%3a1]/",
	};

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		assert_refused(texts[i], NK_E_URL);
}

Test(url, ldapi_has_a_path_for_a_host)
{
	nk_auto(url) struct nk_url url = parsed("ldapi://%2Frun%2Fslapd/dc=x");

	cr_assert_str_eq(url.host, "/run/slapd");
	cr_assert_str_eq(url.path, "/dc=x");
}

Test(url, ldapi_and_snmp_may_have_no_host)
{
	nk_auto(url) struct nk_url ldapi = parsed("ldapi:///");
	nk_auto(url) struct nk_url snmp = parsed("snmp:///1.3.6");

	cr_assert_str_eq(ldapi.host, "");
	cr_assert_str_eq(snmp.host, "");
}

Test(url, a_url_too_long_is_refused)
{
	char text[NK_URL_MAX + 2];

	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "ftp://h/", 8);
	text[NK_URL_MAX + 1] = '\0';
	assert_refused(text, NK_E_URL);
	text[NK_URL_MAX] = '\0';
	nk_auto(url) struct nk_url url = parsed(text);

	cr_assert_eq(strlen(url.path), NK_URL_MAX - 7);
}

Test(url, parsing_again_replaces_the_old_one)
{
	nk_auto(url) struct nk_url url = parsed("ftp://joe@a/x");
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_url_parse(&url, "tftp://b/y", &err), 0);
	cr_assert_str_eq(url.scheme, "tftp");
	cr_assert_null(url.user);
}

Test(url, a_failure_keeps_the_old_one)
{
	nk_auto(url) struct nk_url url = parsed("ftp://a/x");
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_url_parse(&url, "ftp://b:0/y", &err), -1);
	cr_assert_str_eq(url.host, "a");
}

Test(url, format_puts_the_parts_together)
{
	nk_auto(str) char *text = nk_url_format("ftp", "joe", "h", 2121, "/a");

	cr_assert_str_eq(text, "ftp://joe@h:2121/a");
}

Test(url, format_leaves_out_what_is_absent)
{
	nk_auto(str) char *text = nk_url_format("ftp", NULL, "h", 0, "");

	cr_assert_str_eq(text, "ftp://h");
}

Test(url, format_encodes_what_would_be_read_otherwise)
{
	nk_auto(str) char *text = nk_url_format("ftp", "a@b:c/d", "h", 0, "/x y?#%\n;\xff");

	cr_assert_str_eq(text, "ftp://a%40b%3Ac%2Fd@h/x%20y%3F%23%25%0A;%FF");
}

Test(url, format_brackets_ipv6)
{
	nk_auto(str) char *text = nk_url_format("ftp", NULL, "fe80::1%eth0", 21, "/");

	cr_assert_str_eq(text, "ftp://[fe80::1%25eth0]:21/");
}

Test(url, format_begins_a_path_with_a_slash)
{
	nk_auto(str) char *text = nk_url_format("ftp", NULL, "h", 0, "a");

	cr_assert_str_eq(text, "ftp://h/a");
}

Test(url, format_and_parse_are_inverse)
{
	static const char *const texts[] = { "ftp://a%40b@h:21/%25x%20y", "ldapi://%2Frun%2Fs/dc=x",
					     "tftp://[fe80::1%25eth0]:69/a%3Fb", "ftp://h" };

	for (size_t i = 0; i < NK_COUNT(texts); i++) {
		nk_auto(url) struct nk_url url = parsed(texts[i]);
		nk_auto(str) char *text =
			nk_url_format(url.scheme, url.user, url.host, url.port, url.path);

		cr_assert_str_eq(text, texts[i]);
	}
}

/* --- host:path --- */

static void expect_spot(const char *text, const char *url)
{
	nk_auto(str) char *made = nk_url_from_spot("sftp", text);

	if (!url)
		cr_assert_null(made);
	else
		cr_assert_str_eq(made, url);
}

Test(url, a_spot_with_a_slash_is_absolute)
{
	expect_spot("web:/srv/a b", "sftp://web/srv/a%20b");
}

Test(url, a_spot_without_one_is_below_the_login_folder)
{
	expect_spot("bob@web:a.txt", "sftp://bob@web/~/a.txt");
}

Test(url, a_spot_without_a_path_is_the_login_folder)
{
	expect_spot("web:", "sftp://web/~/");
}

Test(url, a_spot_may_have_an_address_in_brackets)
{
	expect_spot("bob@[::1]:/srv", "sftp://bob@[::1]/srv");
}

Test(url, digits_after_the_colon_of_a_spot_are_a_path)
{
	expect_spot("web:2024/report", "sftp://web/~/2024/report");
}

Test(url, a_colon_behind_a_slash_makes_no_spot)
{
	expect_spot("./a:b", NULL);
	expect_spot("web/a:b", NULL);
}

Test(url, neither_a_url_nor_an_empty_host_is_a_spot)
{
	expect_spot("ftp://web/a", NULL);
	expect_spot(":a", NULL);
	expect_spot("web", NULL);
	expect_spot("[::1", NULL);
	expect_spot("bob:secret@web/a", NULL);
}
