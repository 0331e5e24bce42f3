/* test_ssh_jump.c - the names of jump hosts. */
#include "../../core/auth/sshjump.h"

#include <criterion/criterion.h>

#include "netkit/buf.h"

/* "user|host|port|before" */
static void assert_jump(const char *spec, const char *expected)
{
	struct nk_ssh_jump jump;
	struct nk_err err = NK_ERR_INIT;
	nk_auto(str) char *shown = NULL;

	cr_assert_eq(nk_ssh_jump_parse(spec, &jump, &err), 0, "%s", err.msg);
	shown = nk_format("%s|%s|%d|%s", jump.user ? jump.user : "", jump.host, jump.port,
			  jump.before ? jump.before : "");
	nk_ssh_jump_release(&jump);
	cr_assert_str_eq(shown, expected);
}

static void assert_refused(const char *spec)
{
	struct nk_ssh_jump jump;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_ssh_jump_parse(spec, &jump, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
}

Test(ssh_jump, host_alone_is_enough)
{
	assert_jump("gate", "|gate|0|");
}

Test(ssh_jump, user_and_port_are_taken)
{
	assert_jump("joe@gate:2222", "joe|gate|2222|");
}

Test(ssh_jump, last_of_several_is_the_nearest_to_the_target)
{
	assert_jump("a,joe@b:7,c", "|c|0|a,joe@b:7");
}

Test(ssh_jump, user_may_hold_an_at_sign)
{
	assert_jump("joe@example.org@gate", "joe@example.org|gate|0|");
}

Test(ssh_jump, brackets_hold_an_address)
{
	assert_jump("joe@[2001:db8::1]:22", "joe|2001:db8::1|22|");
}

Test(ssh_jump, address_without_brackets_has_no_port)
{
	assert_jump("2001:db8::1", "|2001:db8::1|0|");
}

Test(ssh_jump, url_is_taken)
{
	assert_jump("ssh://joe@gate:2222/", "joe|gate|2222|");
}

Test(ssh_jump, empty_host_is_refused)
{
	assert_refused("");
	assert_refused("joe@");
	assert_refused("a,");
	assert_refused(",a");
}

Test(ssh_jump, host_that_looks_like_an_option_is_refused)
{
	assert_refused("-oProxyCommand=x");
	assert_refused("-x@gate");
}

Test(ssh_jump, port_out_of_range_is_refused)
{
	assert_refused("gate:0");
	assert_refused("gate:65536");
	assert_refused("gate:x");
	assert_refused("[::1]x");
}
