/* test_conn.c - the byte stream: lines, holding back, deadlines, starting TLS; over a socket pair. */
#include "../../core/net/layer.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netkit/line.h"
#include "netkit/reply.h"
#include "netkit/wait.h"

/* One connection, and the other end of its wire. */
struct pair {
	struct nk_net_policy net;
	struct nk_tls_policy tls_policy;
	struct nk_target target;
	struct nk_conn *conn;
	int peer;
};

static struct pair *pair_new(void)
{
	struct pair *pair = nk_alloc(sizeof(*pair));
	struct nk_addr addr = { .length = sizeof(addr.v4) };
	int ends[2];

	addr.v4.sin_family = AF_INET;
	addr.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.v4.sin_port = htons(21);
	pair->net.timeout_ms = 10000;
	pair->target = (struct nk_target){ .host = "h", .port = 21, .net = &pair->net };
	pair->target.tls = nk_tls_new(&pair->tls_policy);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	pair->conn = nk_conn_new(ends[0], &pair->target, &addr, false);
	pair->peer = ends[1];
	return pair;
}

static void pair_free(struct pair *pair)
{
	if (!pair)
		return;
	nk_conn_free(pair->conn);
	if (pair->peer >= 0)
		close(pair->peer);
	nk_tls_free(pair->target.tls);
	free(pair);
}
NK_AUTO_HANDLE(pair, struct pair *, pair_free)

static void say(struct pair *pair, const char *bytes, size_t length)
{
	cr_assert_eq(write(pair->peer, bytes, length), (ssize_t)length);
}

static void hang_up(struct pair *pair)
{
	close(pair->peer);
	pair->peer = -1;
}

/* What reached the peer so far must be this. */
static void assert_sent(struct pair *pair, const char *expected)
{
	char bytes[256] = "";
	ssize_t got = read(pair->peer, bytes, sizeof(bytes) - 1);

	cr_assert_str_eq(bytes, expected, "%zd: %s", got, bytes);
}

static void assert_line(struct pair *pair, const char *expected, size_t length)
{
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(64);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_line_read(pair->conn, &line, &err), 0, "%s", err.msg);
	cr_assert_eq(line.len, length);
	cr_assert_arr_eq(line.data, expected, length);
}

static void assert_no_line(struct pair *pair, enum nk_domain domain, bool again)
{
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(64);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_line_read(pair->conn, &line, &err), -1);
	cr_assert_eq(err.domain, domain, "%s", err.msg);
	cr_assert_eq(err.again, again);
}

Test(conn, a_line_ends_in_crlf_or_lf)
{
	nk_auto(pair) struct pair *pair = pair_new();

	say(pair, "one\r\ntwo\n\r\n", 11);
	assert_line(pair, "one", 3);
	assert_line(pair, "two", 3);
	assert_line(pair, "", 0);
}

Test(conn, only_the_last_cr_belongs_to_the_line_end)
{
	nk_auto(pair) struct pair *pair = pair_new();

	say(pair, "a\rb\r\r\n", 6);
	assert_line(pair, "a\rb\r", 4);
}

Test(conn, a_nul_is_kept_in_a_line)
{
	nk_auto(pair) struct pair *pair = pair_new();

	say(pair, "a\0b\r\n", 5);
	assert_line(pair, "a\0b", 3);
}

Test(conn, the_longest_line_is_taken)
{
	nk_auto(pair) struct pair *pair = pair_new();
	char text[64];

	memset(text, 'x', sizeof(text));
	text[63] = '\n';
	say(pair, text, sizeof(text));
	assert_line(pair, text, 63);
}

Test(conn, a_longer_line_is_protocol)
{
	nk_auto(pair) struct pair *pair = pair_new();
	char text[65];

	memset(text, 'x', sizeof(text));
	text[64] = '\n';
	say(pair, text, sizeof(text));
	assert_no_line(pair, NK_E_PROTO, false);
}

Test(conn, a_line_without_end_is_protocol_before_it_ends)
{
	nk_auto(pair) struct pair *pair = pair_new();
	char text[200];

	memset(text, 'x', sizeof(text));
	say(pair, text, sizeof(text));
	assert_no_line(pair, NK_E_PROTO, false);
}

Test(conn, an_end_before_a_line_is_lost)
{
	nk_auto(pair) struct pair *pair = pair_new();

	hang_up(pair);
	assert_no_line(pair, NK_E_LOST, true);
}

Test(conn, an_end_within_a_line_is_lost)
{
	nk_auto(pair) struct pair *pair = pair_new();

	say(pair, "22", 2);
	hang_up(pair);
	assert_no_line(pair, NK_E_LOST, true);
}

Test(conn, an_end_may_be_expected)
{
	nk_auto(pair) struct pair *pair = pair_new();
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(64);
	struct nk_err err = NK_ERR_INIT;

	hang_up(pair);
	cr_assert_eq(nk_line_read_or_end(pair->conn, &line, &err), 0);
}

Test(conn, silence_is_timeout_and_names_what_was_awaited)
{
	nk_auto(pair) struct pair *pair = pair_new();
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(64);
	struct nk_err err = NK_ERR_INIT;

	nk_conn_set_timeout(pair->conn, 10);
	nk_conn_set_purpose(pair->conn, "waiting for the greeting");
	cr_assert_eq(nk_line_read(pair->conn, &line, &err), -1);
	cr_assert_eq(err.domain, NK_E_TIMEOUT);
	cr_assert(err.again);
	cr_assert_str_eq(err.msg, "h:21: timed out waiting for the greeting");
}

Test(conn, the_deadline_ends_a_wait)
{
	nk_auto(pair) struct pair *pair = pair_new();

	pair->net.deadline = nk_clock_after(10);
	assert_no_line(pair, NK_E_TIMEOUT, true);
}

Test(conn, an_interrupt_ends_a_wait)
{
	nk_auto(pair) struct pair *pair = pair_new();

	nk_interrupt_setup();
	raise(SIGINT);
	assert_no_line(pair, NK_E_INTERRUPT, false);
}

Test(conn, a_termination_is_told_from_an_interrupt)
{
	nk_auto(pair) struct pair *pair = pair_new();

	nk_interrupt_setup();
	raise(SIGTERM);
	assert_no_line(pair, NK_E_TERMINATE, false);
}

Test(conn, bytes_after_a_line_are_read_as_data)
{
	nk_auto(pair) struct pair *pair = pair_new();
	struct nk_err err = NK_ERR_INIT;
	char bytes[8] = "";

	say(pair, "a\r\nrest", 7);
	assert_line(pair, "a", 1);
	cr_assert(nk_conn_has_unread(pair->conn));
	cr_assert_eq(nk_conn_read(pair->conn, bytes, sizeof(bytes), &err), 4);
	cr_assert_str_eq(bytes, "rest");
	cr_assert_not(nk_conn_has_unread(pair->conn));
}

Test(conn, the_end_of_data_is_zero)
{
	nk_auto(pair) struct pair *pair = pair_new();
	struct nk_err err = NK_ERR_INIT;
	char bytes[8];

	hang_up(pair);
	cr_assert_eq(nk_conn_read(pair->conn, bytes, sizeof(bytes), &err), 0);
}

Test(conn, a_command_ends_in_crlf)
{
	nk_auto(pair) struct pair *pair = pair_new();
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_line_sendf(pair->conn, &err, "USER %s", "joe"), 0);
	assert_sent(pair, "USER joe\r\n");
}

Test(conn, a_command_cannot_smuggle_another)
{
	static const char *const names[] = { "a\r\nDELE b", "a\nDELE b", "a\rDELE b", "\n", "\r" };
	nk_auto(pair) struct pair *pair = pair_new();

	for (size_t i = 0; i < NK_COUNT(names); i++) {
		struct nk_err err = NK_ERR_INIT;

		cr_assert_eq(nk_line_sendf(pair->conn, &err, "RETR %s", names[i]), -1);
		cr_assert_eq(err.domain, NK_E_USAGE);
	}
	assert_sent(pair, "");
}

Test(conn, a_command_over_the_limit_is_usage)
{
	nk_auto(pair) struct pair *pair = pair_new();
	nk_auto(str) char *name = nk_alloc(NK_LINE_MAX + 2);
	struct nk_err err = NK_ERR_INIT;

	memset(name, 'x', NK_LINE_MAX + 1);
	cr_assert_eq(nk_line_sendf(pair->conn, &err, "%s", name), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	assert_sent(pair, "");
}

Test(conn, a_secret_is_sent_after_its_verb)
{
	nk_auto(pair) struct pair *pair = pair_new();
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_set(&secret, "p w", 3, &err), 0);
	cr_assert_eq(nk_line_send_secret(pair->conn, "PASS ", &secret, &err), 0);
	assert_sent(pair, "PASS p w\r\n");
}

Test(conn, a_secret_with_a_line_break_is_usage_and_not_shown)
{
	nk_auto(pair) struct pair *pair = pair_new();
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_set(&secret, "hunter2\r\nDELE x", 15, &err), 0);
	cr_assert_eq(nk_line_send_secret(pair->conn, "PASS ", &secret, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_null(strstr(err.msg, "hunter2"));
	assert_sent(pair, "");
}

Test(conn, a_secret_too_long_for_a_line_is_usage)
{
	nk_auto(pair) struct pair *pair = pair_new();
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;
	char text[513];

	memset(text, 'x', sizeof(text));
	cr_assert_eq(nk_secret_set(&secret, text, sizeof(text), &err), 0);
	cr_assert_eq(nk_line_send_secret(pair->conn, "PASS ", &secret, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
}

Test(conn, what_is_held_is_sent_at_once_by_flush)
{
	nk_auto(pair) struct pair *pair = pair_new();
	struct nk_err err = NK_ERR_INIT;

	nk_conn_hold(pair->conn);
	cr_assert_eq(nk_line_sendf(pair->conn, &err, "a"), 0);
	cr_assert_eq(nk_line_sendf(pair->conn, &err, "b"), 0);
	assert_sent(pair, "");
	cr_assert_eq(nk_conn_flush(pair->conn, &err), 0);
	assert_sent(pair, "a\r\nb\r\n");
}

Test(conn, after_a_flush_nothing_is_held)
{
	nk_auto(pair) struct pair *pair = pair_new();
	struct nk_err err = NK_ERR_INIT;

	nk_conn_hold(pair->conn);
	cr_assert_eq(nk_conn_flush(pair->conn, &err), 0);
	cr_assert_eq(nk_line_sendf(pair->conn, &err, "a"), 0);
	assert_sent(pair, "a\r\n");
}

Test(conn, more_than_can_be_held_is_sent_in_order)
{
	nk_auto(pair) struct pair *pair = pair_new();
	nk_auto(str) char *bytes = nk_alloc(NK_CONN_HELD + 1);
	nk_auto(str) char *got = nk_alloc(NK_CONN_HELD + 2);
	struct nk_err err = NK_ERR_INIT;
	size_t have = 0;

	memset(bytes, 'x', NK_CONN_HELD);
	nk_conn_hold(pair->conn);
	cr_assert_eq(nk_conn_write(pair->conn, bytes, NK_CONN_HELD, &err), 0);
	cr_assert_eq(nk_conn_write(pair->conn, "y", 1, &err), 0);
	while (have < NK_CONN_HELD + 1) {
		ssize_t part = read(pair->peer, got + have, NK_CONN_HELD + 1 - have);

		cr_assert_gt(part, 0);
		have += (size_t)part;
	}
	cr_assert_eq(got[NK_CONN_HELD], 'y');
}

Test(conn, writing_to_a_peer_that_hung_up_is_lost)
{
	nk_auto(pair) struct pair *pair = pair_new();
	struct nk_err err = NK_ERR_INIT;

	hang_up(pair);
	cr_assert_eq(nk_conn_write(pair->conn, "a", 1, &err), -1);
	cr_assert_eq(err.domain, NK_E_LOST);
	cr_assert(err.again);
}

Test(conn, writing_to_a_peer_that_does_not_read_is_timeout)
{
	nk_auto(pair) struct pair *pair = pair_new();
	nk_auto(str) char *bytes = nk_alloc(1 << 20);
	struct nk_err err = NK_ERR_INIT;
	int result = 0;

	nk_conn_set_timeout(pair->conn, 10);
	for (int i = 0; i < 64 && result == 0; i++)
		result = nk_conn_write(pair->conn, bytes, 1 << 20, &err);
	cr_assert_eq(result, -1);
	cr_assert_eq(err.domain, NK_E_TIMEOUT);
}

Test(conn, clear_text_before_tls_is_refused)
{
	nk_auto(pair) struct pair *pair = pair_new();
	struct nk_err err = NK_ERR_INIT;

	say(pair, "234 go\r\n230 in\r\n", 16);
	assert_line(pair, "234 go", 6);
	cr_assert_eq(nk_conn_starttls(pair->conn, &err), -1);
	cr_assert_eq(err.domain, NK_E_PROTO);
	cr_assert_not(nk_conn_is_secure(pair->conn));
}

Test(conn, a_peer_that_hangs_up_in_the_handshake_is_tls)
{
	nk_auto(pair) struct pair *pair = pair_new();
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(shutdown(pair->peer, SHUT_WR), 0);
	cr_assert_eq(nk_conn_starttls(pair->conn, &err), -1);
	cr_assert_eq(err.domain, NK_E_TLS, "%s", err.msg);
}

Test(conn, a_peer_that_speaks_no_tls_is_tls)
{
	nk_auto(pair) struct pair *pair = pair_new();
	struct nk_err err = NK_ERR_INIT;

	say(pair, "220 hello, this is no TLS\r\n", 27);
	cr_assert_eq(nk_conn_starttls(pair->conn, &err), -1);
	cr_assert_eq(err.domain, NK_E_TLS, "%s", err.msg);
}

Test(conn, silence_in_the_handshake_is_timeout)
{
	nk_auto(pair) struct pair *pair = pair_new();
	struct nk_err err = NK_ERR_INIT;

	nk_conn_set_timeout(pair->conn, 10);
	cr_assert_eq(nk_conn_starttls(pair->conn, &err), -1);
	cr_assert_eq(err.domain, NK_E_TIMEOUT, "%s", err.msg);
}

Test(conn, the_kernel_may_have_a_clear_stream)
{
	nk_auto(pair) struct pair *pair = pair_new();

	cr_assert_geq(nk_conn_raw_fd(pair->conn), 0);
}

Test(conn, the_kernel_may_not_have_what_is_buffered)
{
	nk_auto(pair) struct pair *pair = pair_new();

	say(pair, "a\r\nrest", 7);
	assert_line(pair, "a", 1);
	cr_assert_eq(nk_conn_raw_fd(pair->conn), -1);
}

Test(conn, finishing_lets_the_peer_see_the_end)
{
	nk_auto(pair) struct pair *pair = pair_new();
	struct nk_err err = NK_ERR_INIT;
	char byte;

	cr_assert_eq(nk_conn_finish(pair->conn, &err), 0);
	cr_assert_eq(read(pair->peer, &byte, 1), 0);
}

Test(conn, readable_without_waiting)
{
	nk_auto(pair) struct pair *pair = pair_new();

	cr_assert_not(nk_conn_is_readable(pair->conn));
	say(pair, "a", 1);
	cr_assert(nk_conn_is_readable(pair->conn));
}

Test(conn, freeing_nothing_is_allowed)
{
	nk_conn_free(NULL);
}

/* ---- replies from the wire ---- */

static struct nk_err reply_refusal(struct pair *pair)
{
	nk_auto(reply) struct nk_reply reply = NK_REPLY_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_reply_read(pair->conn, &reply, &err), -1);
	return err;
}

Test(conn, a_reply_is_read)
{
	nk_auto(pair) struct pair *pair = pair_new();
	nk_auto(reply) struct nk_reply reply = NK_REPLY_INIT;
	struct nk_err err = NK_ERR_INIT;

	say(pair, "220-a\r\n220 b\r\n331 c\r\n", 21);
	cr_assert_eq(nk_reply_read(pair->conn, &reply, &err), 0, "%s", err.msg);
	cr_assert_str_eq(reply.text.data, "a\nb");
	cr_assert_eq(nk_reply_read(pair->conn, &reply, &err), 0, "%s", err.msg);
	cr_assert_eq(reply.code, 331);
}

Test(conn, what_is_no_reply_is_shown_escaped)
{
	nk_auto(pair) struct pair *pair = pair_new();

	say(pair, "\033[2Jevil\r\n", 10);
	struct nk_err err = reply_refusal(pair);

	cr_assert_eq(err.domain, NK_E_PROTO);
	cr_assert_str_eq(err.msg, "h:21: not a reply: \\x1b[2Jevil");
}

Test(conn, a_reply_with_too_many_lines_is_protocol)
{
	nk_auto(pair) struct pair *pair = pair_new();
	char lines[1024];

	memset(lines, '\n', sizeof(lines));
	say(pair, "220-\r\n", 6);
	say(pair, lines, sizeof(lines));
	struct nk_err err = reply_refusal(pair);

	cr_assert_eq(err.domain, NK_E_PROTO);
	cr_assert(strstr(err.msg, "without end"), "%s", err.msg);
}

Test(conn, a_reply_cut_within_is_lost)
{
	nk_auto(pair) struct pair *pair = pair_new();

	say(pair, "220-a\r\n", 7);
	hang_up(pair);
	cr_assert_eq(reply_refusal(pair).domain, NK_E_LOST);
}

/* --- by way of a proxy --- */

/* Is it loopback, when the proxy is at that address and the target is called so? */
static bool is_loopback_by(const char *proxy_address, const char *host)
{
	nk_auto(pair) struct pair *pair = pair_new();
	const struct nk_proxy proxy = { .kind = NK_PROXY_SOCKS5H, .host = "p", .port = 1080 };
	struct nk_conn_way way = { .proxy = &proxy, .is_by_name = true };

	way.at.v4.sin_family = AF_INET;
	way.at.length = sizeof(way.at.v4);
	cr_assert_eq(inet_pton(AF_INET, proxy_address, &way.at.v4.sin_addr), 1);
	pair->target.host = host;
	nk_conn_set_way(pair->conn, &way);
	return nk_conn_is_loopback(pair->conn);
}

Test(conn, loopback_by_a_proxy_is_one_on_loopback_for_a_loopback_name)
{
	cr_assert(is_loopback_by("127.0.0.1", "localhost"));
	cr_assert(is_loopback_by("127.0.0.1", "127.0.0.2"));
	cr_assert(is_loopback_by("127.0.0.1", "::1"));
}

Test(conn, any_other_way_by_a_proxy_is_no_loopback)
{
	cr_assert_not(is_loopback_by("192.0.2.1", "localhost"));
	cr_assert_not(is_loopback_by("127.0.0.1", "ftp.example"));
	cr_assert_not(is_loopback_by("127.0.0.1", "192.0.2.7"));
	cr_assert_not(is_loopback_by("127.0.0.1", "localhost.example"));
}

Test(conn, nobody_connects_back_through_a_proxy)
{
	nk_auto(pair) struct pair *pair = pair_new();
	nk_auto(listener) struct nk_listener *listener = NULL;
	const struct nk_proxy proxy = { .kind = NK_PROXY_SOCKS5H, .host = "p", .port = 1080 };
	const struct nk_conn_way way = { .proxy = &proxy };
	struct nk_addr addr;
	struct nk_err err = NK_ERR_INIT;

	nk_conn_set_way(pair->conn, &way);
	cr_assert_eq(nk_listen_beside(pair->conn, &listener, &addr, &err), -1);
	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
}
