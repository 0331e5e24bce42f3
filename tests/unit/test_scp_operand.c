/* test_scp_operand.c - what operands of scp(1) name. */
#include <criterion/criterion.h>

#include "../../applets/sftp/scp.h"

/* The parts of an operand as "user|host|port|path". */
static void expect(const char *text, const char *parts)
{
	nk_auto(scp_operand) struct scp_operand operand = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(scp_operand_parse(text, &operand, &err), 0, "%s: %s", text, err.msg);
	nk_auto(str) char *seen =
		nk_format("%s|%s|%d|%s", operand.user ? operand.user : "-",
			  operand.host ? operand.host : "-", operand.port, operand.path);

	cr_assert_str_eq(seen, parts);
}

static void expect_failure(const char *text, enum nk_domain domain)
{
	nk_auto(scp_operand) struct scp_operand operand = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(scp_operand_parse(text, &operand, &err), -1, "%s was taken", text);
	cr_assert_eq(err.domain, domain, "%s: %s", text, err.msg);
}

static void expect_url(const char *text, const char *url)
{
	nk_auto(scp_operand) struct scp_operand operand = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(scp_operand_parse(text, &operand, &err), 0, "%s: %s", text, err.msg);
	nk_auto(str) char *made = scp_operand_url(&operand);

	cr_assert_str_eq(made, url);
}

Test(scp_operand, host_and_path)
{
	expect("web:a.txt", "-|web|0|a.txt");
}

Test(scp_operand, user_host_and_path)
{
	expect("bob@web:/srv/a", "bob|web|0|/srv/a");
}

Test(scp_operand, nothing_after_the_colon_is_the_login_folder)
{
	expect("web:", "-|web|0|.");
}

Test(scp_operand, the_last_at_sign_ends_the_user)
{
	expect("bob@example.org@web:a", "bob@example.org|web|0|a");
}

Test(scp_operand, an_empty_user_is_none)
{
	expect("@web:a", "-|web|0|a");
}

Test(scp_operand, further_colons_belong_to_the_path)
{
	expect("web:a:b", "-|web|0|a:b");
}

Test(scp_operand, an_at_sign_after_the_colon_belongs_to_the_path)
{
	expect("web:a@b", "-|web|0|a@b");
}

Test(scp_operand, address_in_brackets)
{
	expect("[fe80::1%eth0]:a", "-|fe80::1%eth0|0|a");
}

Test(scp_operand, user_and_address_in_brackets)
{
	expect("bob@[::1]:/a", "bob|::1|0|/a");
}

Test(scp_operand, a_slash_before_the_colon_is_local)
{
	expect("./a:b", "-|-|0|./a:b");
}

Test(scp_operand, a_leading_colon_is_local)
{
	expect(":a", "-|-|0|:a");
}

Test(scp_operand, no_colon_is_local)
{
	expect("a.txt", "-|-|0|a.txt");
}

Test(scp_operand, a_bracket_that_is_not_closed_is_local)
{
	expect("[a:b", "-|-|0|[a:b");
}

Test(scp_operand, url_with_all_parts)
{
	expect("scp://bob@web:2222/srv/a%20b", "bob|web|2222|srv/a b");
}

Test(scp_operand, path_of_a_url_is_relative_to_the_login_folder)
{
	expect("scp://web/a", "-|web|0|a");
}

Test(scp_operand, second_slash_of_a_url_makes_its_path_absolute)
{
	expect("scp://web//etc/hosts", "-|web|0|/etc/hosts");
}

Test(scp_operand, url_without_a_path_is_the_login_folder)
{
	expect("scp://web", "-|web|0|.");
	expect("scp://web/", "-|web|0|.");
}

Test(scp_operand, password_in_a_url_is_refused)
{
	expect_failure("scp://bob:secret@web/a", NK_E_USAGE);
}

Test(scp_operand, sftp_urls_are_refused)
{
	expect_failure("sftp://web/a", NK_E_USAGE);
}

Test(scp_operand, no_host_is_an_option)
{
	expect_failure("-oProxyCommand=id:a", NK_E_URL);
	expect_failure("x@-oProxyCommand:a", NK_E_URL);
}

Test(scp_operand, a_host_has_no_line_break)
{
	expect_failure("we\nb:a", NK_E_URL);
}

Test(scp_operand, empty_name_is_refused)
{
	expect_failure("", NK_E_USAGE);
}

Test(scp_operand, relative_path_as_url)
{
	expect_url("bob@web:a b/c", "scp://bob@web/~/a%20b/c");
}

Test(scp_operand, absolute_path_as_url)
{
	expect_url("web:/srv", "scp://web/srv");
}

Test(scp_operand, login_folder_as_url)
{
	expect_url("web:", "scp://web/~");
	expect_url("web:.", "scp://web/~");
	expect_url("web:~", "scp://web/~");
}

Test(scp_operand, tilde_and_slash_as_url)
{
	expect_url("web:~/a", "scp://web/~/a");
}

Test(scp_operand, home_of_another_user_as_url)
{
	expect_url("web:~eve/a", "scp://web/~eve/a");
}

Test(scp_operand, folder_named_tilde_is_not_the_login_folder)
{
	expect_url("web:/~/a", "scp://web/./~/a");
}

Test(scp_operand, trailing_slash_is_kept)
{
	expect_url("web:dir/", "scp://web/~/dir/");
}

Test(scp_operand, address_as_url)
{
	expect_url("[::1]:a", "scp://[::1]/~/a");
}

static void expect_unquoted(const char *text, const char *path)
{
	nk_auto(scp_operand) struct scp_operand operand = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(scp_operand_parse(text, &operand, &err), 0, "%s: %s", text, err.msg);
	scp_operand_unquote(&operand);
	cr_assert_str_eq(operand.path, path);
}

Test(scp_operand, backslashes_of_a_remote_path_are_taken_away)
{
	expect_unquoted("web:a\\ b\\\\c", "a b\\c");
}

Test(scp_operand, backslashes_of_a_pattern_stay)
{
	expect_unquoted("web:a\\ *", "a\\ *");
}

Test(scp_operand, backslashes_of_a_local_path_stay)
{
	expect_unquoted("a\\ b", "a\\ b");
}

Test(scp_operand, backslash_at_the_end_stays)
{
	expect_unquoted("web:a\\", "a\\");
}
