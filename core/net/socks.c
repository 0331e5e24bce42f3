/* socks.c - the messages of SOCKS 4, 4A and 5 (RFC 1928, RFC 1929). */
#include "socks.h"

#include <assert.h>

/* The longest name, user or password: its length is one byte. */
#define SOCKS_TEXT_MAX 255

#define SOCKS5_VERSION	 0x05
#define SOCKS5_CONNECT	 0x01
#define SOCKS5_IPV4	 0x01
#define SOCKS5_NAME	 0x03
#define SOCKS5_IPV6	 0x04
#define SOCKS5_LOGIN_VER 0x01 /* RFC 1929 2 */

#define SOCKS4_VERSION 0x04
#define SOCKS4_CONNECT 0x01
#define SOCKS4_GRANTED 90

/* RFC 1928 6, and what may help to try it again. */
static const struct {
	const char *meaning;
	bool again;
} socks5_replies[] = {
	{ "connected", false },
	{ "general failure", true },
	{ "its rules forbid the connection", false },
	{ "network unreachable", true },
	{ "host unreachable", true },
	{ "connection refused", true },
	{ "the time to live expired", true },
	{ "it knows no CONNECT", false },
	{ "it knows no addresses of this kind", false },
};

/* The buffer has room for every message. */
static void socks_add(struct nk_buf *out, const void *bytes, size_t length)
{
	int status = nk_buf_add(out, bytes, length);

	assert(status == 0);
	(void)status;
}

static void socks_add_byte(struct nk_buf *out, int byte)
{
	unsigned char one = (unsigned char)byte;

	socks_add(out, &one, 1);
}

static void socks_add_port(struct nk_buf *out, int port)
{
	socks_add_byte(out, port >> 8);
	socks_add_byte(out, port & 0xff);
}

/* A length and so many bytes. */
static void socks_add_text(struct nk_buf *out, const char *text, size_t length)
{
	socks_add_byte(out, (int)length);
	socks_add(out, text, length);
}

static int socks_check_name(const char *host, struct nk_err *err)
{
	size_t length = strlen(host);

	if (length > 0 && length <= SOCKS_TEXT_MAX)
		return 0;
	return nk_fail(err, NK_E_USAGE, 0, "a host name of %zu bytes: SOCKS has room for %d",
		       length, SOCKS_TEXT_MAX);
}

/* Who does not speak the protocol, most often because it is another kind of proxy. */
static int socks_not_spoken(int byte, const char *protocol, struct nk_err *err)
{
	if (byte == 'H')
		return nk_fail(err, NK_E_PROXY, 0, "it speaks no %s: is it an http:// proxy?",
			       protocol);
	return nk_fail(err, NK_E_PROXY, 0, "it speaks no %s: the reply begins with 0x%02x",
		       protocol, (unsigned)byte);
}

void nk_socks5_greet(struct nk_buf *out, bool has_login)
{
	socks_add_byte(out, SOCKS5_VERSION);
	socks_add_byte(out, has_login ? 2 : 1);
	socks_add_byte(out, NK_SOCKS5_NO_LOGIN);
	if (has_login)
		socks_add_byte(out, NK_SOCKS5_PASSWORD);
}

int nk_socks5_method(const unsigned char reply[2], bool has_login, enum nk_socks5_method *method,
		     struct nk_err *err)
{
	bool is_known = reply[1] == NK_SOCKS5_NO_LOGIN || reply[1] == NK_SOCKS5_NONE ||
			(reply[1] == NK_SOCKS5_PASSWORD && has_login);

	if (reply[0] != SOCKS5_VERSION)
		return socks_not_spoken(reply[0], "SOCKS 5", err);
	if (!is_known)
		return nk_fail(err, NK_E_PROXY, reply[1],
			       "it chose login method %d, which was not offered", reply[1]);
	*method = (enum nk_socks5_method)reply[1];
	return 0;
}

int nk_socks5_add_login(struct nk_buf *out, const struct nk_proxy_login *login, struct nk_err *err)
{
	size_t user = strlen(login->user);

	if (user == 0 || user > SOCKS_TEXT_MAX || login->password.len > SOCKS_TEXT_MAX)
		return nk_fail(err, NK_E_USAGE, 0,
			       "SOCKS has room for %d bytes of user and of password",
			       SOCKS_TEXT_MAX);
	socks_add_byte(out, SOCKS5_LOGIN_VER);
	socks_add_text(out, login->user, user);
	socks_add_text(out, login->password.bytes, login->password.len);
	return 0;
}

int nk_socks5_logged_in(const unsigned char reply[2], struct nk_err *err)
{
	if (reply[0] != SOCKS5_LOGIN_VER)
		return socks_not_spoken(reply[0], "RFC 1929", err);
	return reply[1] == 0;
}

int nk_socks5_add_request(struct nk_buf *out, const struct nk_proxy_goal *goal, struct nk_err *err)
{
	const struct nk_addr *addr = goal->addr;

	if (!addr && socks_check_name(goal->host, err) < 0)
		return -1;
	socks_add_byte(out, SOCKS5_VERSION);
	socks_add_byte(out, SOCKS5_CONNECT);
	socks_add_byte(out, 0);
	if (!addr) {
		socks_add_byte(out, SOCKS5_NAME);
		socks_add_text(out, goal->host, strlen(goal->host));
	} else if (addr->any.sa_family == AF_INET6) {
		socks_add_byte(out, SOCKS5_IPV6);
		socks_add(out, &addr->v6.sin6_addr, 16);
	} else {
		socks_add_byte(out, SOCKS5_IPV4);
		socks_add(out, &addr->v4.sin_addr, 4);
	}
	socks_add_port(out, goal->port);
	return 0;
}

static int socks5_refusal(int code, struct nk_err *err)
{
	if (code >= (int)NK_COUNT(socks5_replies))
		return nk_fail(err, NK_E_PROXY, code, "refused, with a reply of no meaning (%d)",
			       code);
	nk_fail(err, NK_E_PROXY, code, "%s", socks5_replies[code].meaning);
	err->again = socks5_replies[code].again;
	return -1;
}

/*
 *	+----+-----+-------+------+----------+----------+
 *	|VER | REP |  RSV  | ATYP | BND.ADDR | BND.PORT |	a name in BND.ADDR begins with its
 *	| 1  |  1  | X'00' |  1   | variable |    2     |	length, the last byte of the head
 *	+----+-----+-------+------+----------+----------+
 */
int nk_socks5_reply_length(const unsigned char head[NK_SOCKS5_HEAD], struct nk_err *err)
{
	if (head[0] != SOCKS5_VERSION)
		return socks_not_spoken(head[0], "SOCKS 5", err);
	if (head[1] != 0)
		return socks5_refusal(head[1], err);
	switch (head[3]) {
	case SOCKS5_IPV4:
		return 4 + 4 + 2;
	case SOCKS5_IPV6:
		return 4 + 16 + 2;
	case SOCKS5_NAME:
		return 4 + 1 + head[4] + 2;
	default:
		return nk_fail(err, NK_E_PROXY, 0, "its reply has an address of no known kind (%d)",
			       head[3]);
	}
}

/*
 *	+----+----+----+----+----+----+----+----+----+...+----+  +----+...+----+
 *	| VN | CD | DSTPORT |      DSTIP        | USERID  | 0 |  | name    | 0 |	the name with 4A,
 *	+----+----+----+----+----+----+----+----+----+...+----+  +----+...+----+	IP 0.0.0.1
 */
int nk_socks4_add_request(struct nk_buf *out, const struct nk_proxy_goal *goal, const char *user,
			  struct nk_err *err)
{
	static const unsigned char by_name[4] = { 0, 0, 0, 1 };
	bool is_v4 = goal->addr && goal->addr->any.sa_family == AF_INET;
	struct nk_addr bare;
	char text[NK_ADDR_TEXT];
	const char *name = goal->host;

	if (user && strlen(user) > SOCKS_TEXT_MAX)
		return nk_fail(err, NK_E_USAGE, 0,
			       "the user id of a SOCKS 4 proxy is over %d bytes", SOCKS_TEXT_MAX);
	if (goal->addr && !is_v4) {
		bare = *goal->addr;
		nk_addr_set_port(&bare, 0);
		nk_addr_text(&bare, text);
		text[strcspn(text, "]")] = '\0';
		name = text + 1;
	}
	if (!is_v4 && socks_check_name(name, err) < 0)
		return -1;
	socks_add_byte(out, SOCKS4_VERSION);
	socks_add_byte(out, SOCKS4_CONNECT);
	socks_add_port(out, goal->port);
	socks_add(out, is_v4 ? (const void *)&goal->addr->v4.sin_addr : by_name, 4);
	socks_add(out, user ? user : "", (user ? strlen(user) : 0) + 1);
	if (!is_v4)
		socks_add(out, name, strlen(name) + 1);
	return 0;
}

int nk_socks4_granted(const unsigned char reply[NK_SOCKS4_REPLY], struct nk_err *err)
{
	if (reply[0] != 0)
		return socks_not_spoken(reply[0], "SOCKS 4", err);
	switch (reply[1]) {
	case SOCKS4_GRANTED:
		return 0;
	case 91:
		return nk_fail_again(err, NK_E_PROXY, reply[1], "rejected, or it failed");
	case 92:
		return nk_fail(err, NK_E_PROXY, reply[1],
			       "rejected: it cannot ask identd here who the user is");
	case 93:
		return nk_fail(err, NK_E_PROXY, reply[1],
			       "rejected: identd here names another user");
	default:
		return nk_fail(err, NK_E_PROXY, reply[1],
			       "refused, with a reply of no meaning (%d)", reply[1]);
	}
}
