/* test_socks.c - the messages of SOCKS 4, 4A and 5. */
#include "../../core/net/socks.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>

static struct nk_addr address(const char *text, int port)
{
	const struct nk_net_policy net = { .bind = NULL };
	struct nk_addrs addrs;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_addr_known(text, port, &net, &addrs, &err), 1, "%s", err.msg);
	return addrs.items[0];
}

static void assert_bytes(const struct nk_buf *buf, const char *expected, size_t length)
{
	cr_assert_eq(buf->len, length, "%zu", buf->len);
	cr_assert_arr_eq(buf->data, expected, length);
}
#define assert_message(buf, text) assert_bytes(buf, text, sizeof(text) - 1)

Test(socks, a_greeting_offers_a_login_only_when_there_is_one)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_SOCKS_MESSAGE_MAX);

	nk_socks5_greet(&out, false);
	assert_message(&out, "\x05\x01\x00");
	nk_buf_clear(&out);
	nk_socks5_greet(&out, true);
	assert_message(&out, "\x05\x02\x00\x02");
}

static void assert_method(int version, int chosen, bool has_login, int expected)
{
	const unsigned char reply[2] = { (unsigned char)version, (unsigned char)chosen };
	enum nk_socks5_method method = NK_SOCKS5_NO_LOGIN;
	struct nk_err err = NK_ERR_INIT;
	int result = nk_socks5_method(reply, has_login, &method, &err);

	cr_assert_eq(result < 0 ? -1 : (int)method, expected, "%d %d: %s", version, chosen,
		     err.msg);
	cr_assert_eq(err.domain, result < 0 ? NK_E_PROXY : NK_E_NONE);
}

Test(socks, a_method_is_one_of_those_offered)
{
	assert_method(5, 0, false, NK_SOCKS5_NO_LOGIN);
	assert_method(5, 2, true, NK_SOCKS5_PASSWORD);
	assert_method(5, 0xff, false, NK_SOCKS5_NONE);
	assert_method(5, 2, false, -1);
	assert_method(5, 1, true, -1);
	assert_method(4, 0, true, -1);
	assert_method('H', 'T', true, -1);
}

static int add_login(struct nk_buf *out, const char *user, const char *password)
{
	nk_auto(proxy_login) struct nk_proxy_login login = { .user = nk_strdup(user) };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_set(&login.password, password, strlen(password), &err), 0);
	return nk_socks5_add_login(out, &login, &err);
}

Test(socks, a_login_is_two_texts_with_their_lengths)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_SOCKS_MESSAGE_MAX);

	cr_assert_eq(add_login(&out, "joe", "pw"), 0);
	assert_message(&out, "\x01\x03joe\x02pw");
}

Test(socks, texts_of_255_bytes_fit_and_longer_ones_do_not)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_SOCKS_MESSAGE_MAX);
	nk_auto(str) char *most = nk_format("%0255d", 1);
	nk_auto(str) char *more = nk_format("%0256d", 1);

	cr_assert_eq(add_login(&out, most, most), 0);
	cr_assert_eq(out.len, 1 + 256 + 256);
	nk_buf_clear(&out);
	cr_assert_eq(add_login(&out, more, "pw"), -1);
	cr_assert_eq(add_login(&out, "joe", more), -1);
	cr_assert_eq(add_login(&out, "", "pw"), -1);
	cr_assert_eq(out.len, 0);
}

Test(socks, a_login_reply_has_a_version_of_its_own)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_socks5_logged_in((const unsigned char *)"\x01\x00", &err), 1);
	cr_assert_eq(nk_socks5_logged_in((const unsigned char *)"\x01\x01", &err), 0);
	cr_assert_eq(nk_socks5_logged_in((const unsigned char *)"\x05\x00", &err), -1);
}

Test(socks, a_request_has_a_name_or_an_address)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_SOCKS_MESSAGE_MAX);
	struct nk_addr v4 = address("192.0.2.1", 258);
	struct nk_addr v6 = address("2001:db8::1", 258);
	struct nk_proxy_goal goal = { "h.example", NULL, 258 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_socks5_add_request(&out, &goal, &err), 0);
	assert_message(&out, "\x05\x01\x00\x03\x09h.example\x01\x02");
	nk_buf_clear(&out);
	goal.addr = &v4;
	cr_assert_eq(nk_socks5_add_request(&out, &goal, &err), 0);
	assert_message(&out, "\x05\x01\x00\x01\xc0\x00\x02\x01\x01\x02");
	nk_buf_clear(&out);
	goal.addr = &v6;
	cr_assert_eq(nk_socks5_add_request(&out, &goal, &err), 0);
	assert_message(&out, "\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x01\x02");
}

Test(socks, a_name_of_256_bytes_cannot_be_asked_for)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_SOCKS_MESSAGE_MAX);
	nk_auto(str) char *name = nk_format("%0256d", 1);
	struct nk_proxy_goal goal = { name, NULL, 21 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_socks5_add_request(&out, &goal, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_eq(nk_socks4_add_request(&out, &goal, NULL, &err), -1);
	cr_assert_eq(out.len, 0);
}

static int reply_length(const char *head, struct nk_err *err)
{
	return nk_socks5_reply_length((const unsigned char *)head, err);
}

Test(socks, a_reply_is_as_long_as_its_address)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(reply_length("\x05\x00\x00\x01x", &err), 10);
	cr_assert_eq(reply_length("\x05\x00\x00\x04x", &err), 22);
	cr_assert_eq(reply_length("\x05\x00\x00\x03\x00", &err), 7);
	cr_assert_eq(reply_length("\x05\x00\x00\x03\xff", &err), NK_SOCKS5_REPLY_MAX);
	cr_assert_eq(reply_length("\x05\x00\x00\x02x", &err), -1);
	cr_assert_eq(reply_length("\x04\x00\x00\x01x", &err), -1);
}

static void assert_refusal(int code, bool again, const char *words)
{
	const unsigned char head[NK_SOCKS5_HEAD] = { 5, (unsigned char)code };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_socks5_reply_length(head, &err), -1);
	cr_assert_eq(err.domain, NK_E_PROXY);
	cr_assert_eq(err.again, again, "%d", code);
	cr_assert(strstr(err.msg, words), "%s", err.msg);
}

Test(socks, each_refusal_has_words)
{
	assert_refusal(1, true, "general failure");
	assert_refusal(2, false, "rules forbid");
	assert_refusal(3, true, "network unreachable");
	assert_refusal(4, true, "host unreachable");
	assert_refusal(5, true, "connection refused");
	assert_refusal(6, true, "time to live");
	assert_refusal(7, false, "CONNECT");
	assert_refusal(8, false, "addresses of this kind");
	assert_refusal(9, false, "no meaning (9)");
	assert_refusal(255, false, "no meaning (255)");
}

Test(socks, version_4_has_an_address_and_4a_a_name)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_SOCKS_MESSAGE_MAX);
	struct nk_addr v4 = address("192.0.2.1", 258);
	struct nk_addr v6 = address("2001:db8::1", 258);
	struct nk_proxy_goal goal = { "h.example", NULL, 258 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_socks4_add_request(&out, &goal, "joe", &err), 0);
	assert_message(&out, "\x04\x01\x01\x02\0\0\0\x01joe\0h.example\0");
	nk_buf_clear(&out);
	goal.addr = &v4;
	cr_assert_eq(nk_socks4_add_request(&out, &goal, NULL, &err), 0);
	assert_message(&out, "\x04\x01\x01\x02\xc0\x00\x02\x01\0");
	nk_buf_clear(&out);
	goal.addr = &v6;
	cr_assert_eq(nk_socks4_add_request(&out, &goal, NULL, &err), 0);
	assert_message(&out, "\x04\x01\x01\x02\0\0\0\x01\0"
			     "2001:db8::1\0");
}

Test(socks, version_4_refusals)
{
	unsigned char reply[NK_SOCKS4_REPLY] = { 0, 90 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_socks4_granted(reply, &err), 0);
	for (int code = 91; code <= 94; code++) {
		reply[1] = (unsigned char)code;
		cr_assert_eq(nk_socks4_granted(reply, &err), -1);
		cr_assert_eq(err.domain, NK_E_PROXY);
		cr_assert_eq(err.again, code == 91);
	}
	reply[0] = 4;
	reply[1] = 90;
	cr_assert_eq(nk_socks4_granted(reply, &err), -1);
}
