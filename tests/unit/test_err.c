/* test_err.c - errors and the table of exit statuses. */
#include "netkit/err.h"

#include <criterion/criterion.h>
#include <errno.h>

#include "netkit/text.h"

Test(err, fail_returns_minus_one_and_fills)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_fail(&err, NK_E_AUTH, 530, "PASS: %s", "no"), -1);
	cr_assert_eq(err.domain, NK_E_AUTH);
	cr_assert_eq(err.code, 530);
	cr_assert_str_eq(err.msg, "PASS: no");
}

Test(err, fail_is_not_worth_trying_again)
{
	struct nk_err err = { .again = true, .local = true };

	nk_fail(&err, NK_E_AUTH, 530, "no");
	cr_assert_not(err.again);
	cr_assert_not(err.local);
}

Test(err, fail_again_is_worth_trying_again)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_fail_again(&err, NK_E_LOST, 0, "closed"), -1);
	cr_assert(err.again);
}

Test(err, errno_comes_with_its_reason)
{
	struct nk_err err = NK_ERR_INIT;

	errno = ENOENT;
	cr_assert_eq(nk_fail_errno(&err, NK_E_MISSING, "%s", "a.txt"), -1);
	cr_assert_str_eq(err.msg, "a.txt: No such file or directory");
	cr_assert_eq(err.code, ENOENT);
	cr_assert(err.local);
}

Test(err, an_unknown_errno_has_a_reason_too)
{
	struct nk_err err = NK_ERR_INIT;

	errno = 9999;
	nk_fail_errno(&err, NK_E_READ, "a");
	cr_assert_str_eq(err.msg, "a: unknown error");
}

Test(err, messages_are_escaped)
{
	struct nk_err err = NK_ERR_INIT;

	nk_fail(&err, NK_E_PROTO, 0, "said %s", "\033[2J\n");
	cr_assert_str_eq(err.msg, "said \\x1b[2J\\n");
}

Test(err, wrap_puts_context_before)
{
	struct nk_err err = NK_ERR_INIT;

	nk_fail(&err, NK_E_MISSING, 550, "no such file");
	cr_assert_eq(nk_wrap(&err, "RETR %s", "a"), -1);
	cr_assert_str_eq(err.msg, "RETR a: no such file");
}

Test(err, wrap_escapes_once)
{
	struct nk_err err = NK_ERR_INIT;

	nk_fail(&err, NK_E_PROTO, 0, "\001");
	nk_wrap(&err, "%s", "\002");
	cr_assert_str_eq(err.msg, "\\x02: \\x01");
}

Test(err, wrap_keeps_domain_and_code)
{
	struct nk_err err = NK_ERR_INIT;

	nk_fail_again(&err, NK_E_FULL, 452, "full");
	nk_wrap(&err, "STOR a");
	cr_assert_eq(err.domain, NK_E_FULL);
	cr_assert_eq(err.code, 452);
	cr_assert(err.again);
}

Test(err, the_message_may_quote_itself)
{
	struct nk_err err = NK_ERR_INIT;

	nk_fail(&err, NK_E_PROTO, 0, "inner");
	nk_fail(&err, NK_E_LOST, 0, "outer, %s", err.msg);
	cr_assert_str_eq(err.msg, "outer, inner");
}

static void fill(char *text, size_t size, char c)
{
	memset(text, c, size - 1);
	text[size - 1] = '\0';
}

Test(err, a_long_context_leaves_the_reason)
{
	struct nk_err err = NK_ERR_INIT;
	char path[4096];

	fill(path, sizeof(path), 'p');
	nk_fail(&err, NK_E_MISSING, 550, "no such file");
	nk_wrap(&err, "%s", path);
	cr_assert_eq(strlen(err.msg), sizeof(err.msg) - 1);
	cr_assert_str_eq(err.msg + strlen(err.msg) - 14, ": no such file");
}

Test(err, a_long_reason_leaves_the_context)
{
	struct nk_err err = NK_ERR_INIT;
	char reason[4096];

	fill(reason, sizeof(reason), 'r');
	nk_fail(&err, NK_E_PROTO, 0, "%s", reason);
	nk_wrap(&err, "RETR a");
	cr_assert_eq(strlen(err.msg), sizeof(err.msg) - 1);
	cr_assert(nk_text_has_prefix(err.msg, "RETR a: rrr"));
}

Test(err, cutting_never_splits_an_escape)
{
	char context[4096];

	fill(context, sizeof(context), '\001');
	for (int shift = 0; shift < 4; shift++) {
		struct nk_err err = NK_ERR_INIT;

		nk_fail(&err, NK_E_PROTO, 0, "%.*s%s", shift, "abc", context);
		nk_wrap(&err, "%.*s%s", shift, "abc", context);
		cr_assert_str_eq(err.msg + strlen(err.msg) - 4, "\\x01");
	}
}

Test(err, cutting_never_splits_a_character)
{
	struct nk_err err = NK_ERR_INIT;
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(4096);

	while (nk_buf_add_text(&text, "\xe2\x82\xac") == 0)
		;
	nk_fail(&err, NK_E_PROTO, 0, "a%s", text.data);
	nk_wrap(&err, "ab%s", text.data);
	cr_assert(nk_text_is_utf8(err.msg, strlen(err.msg)));
}

Test(err, a_full_local_disk_is_a_failed_write)
{
	cr_assert_eq(nk_domain_of_errno(ENOSPC, NK_E_WRITE), NK_E_WRITE);
}

Test(err, local_errnos_have_their_domain)
{
	cr_assert_eq(nk_domain_of_errno(ENOENT, NK_E_READ), NK_E_MISSING);
	cr_assert_eq(nk_domain_of_errno(EACCES, NK_E_READ), NK_E_DENIED);
	cr_assert_eq(nk_domain_of_errno(EPERM, NK_E_READ), NK_E_DENIED);
	cr_assert_eq(nk_domain_of_errno(EEXIST, NK_E_WRITE), NK_E_EXISTS);
}

Test(err, exit_statuses_are_those_of_curl)
{
	cr_assert_eq(nk_domain_exit(NK_E_NONE), 0);
	cr_assert_eq(nk_domain_exit(NK_E_RESOLVE), 6);
	cr_assert_eq(nk_domain_exit(NK_E_TIMEOUT), 28);
	cr_assert_eq(nk_domain_exit(NK_E_AUTH), 67);
	cr_assert_eq(nk_domain_exit(NK_E_TERMINATE), 143);
}

Test(err, exit_statuses_are_distinct_and_rising)
{
	for (int domain = 1; domain < NK_DOMAIN_COUNT; domain++)
		cr_assert_lt(nk_domain_exit(domain - 1), nk_domain_exit(domain));
}

Test(err, each_domain_has_class_and_meaning)
{
	for (int domain = 0; domain < NK_DOMAIN_COUNT; domain++) {
		cr_assert_str_not_empty(nk_domain_class(domain));
		cr_assert_str_not_empty(nk_domain_meaning(domain));
	}
}
