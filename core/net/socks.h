/*
 * The messages of SOCKS 4, 4A (the memos of NEC and of Ylonen) and 5 (RFC 1928, RFC 1929). Pure.
 *
 * Errors are of the domain proxy and name neither proxy nor target: the caller does.
 */
#ifndef CORE_NET_SOCKS_H
#define CORE_NET_SOCKS_H

#include "netkit/addr.h"
#include "netkit/proxy.h"

/* Whom the proxy shall connect us to; borrowed. */
struct nk_proxy_goal {
	const char *host;
	const struct nk_addr *addr; /* to be sent instead; NULL: the proxy looks the name up */
	int port;
};

/* Room for every message: a name, a user and a password have at most 255 bytes each. */
#define NK_SOCKS_MESSAGE_MAX 1024

/* The longest reply, and what its first bytes tell. */
#define NK_SOCKS5_REPLY_MAX (4 + 1 + 255 + 2)
enum { NK_SOCKS5_HEAD = 5, NK_SOCKS4_REPLY = 8 };

enum nk_socks5_method {
	NK_SOCKS5_NO_LOGIN = 0x00,
	NK_SOCKS5_PASSWORD = 0x02,
	NK_SOCKS5_NONE = 0xff,
};

/* The methods we offer: none, and a password when has_login. */
void nk_socks5_greet(struct nk_buf *out, bool has_login);

/* The method chosen, one of those offered or NK_SOCKS5_NONE. */
NK_MUST_CHECK int nk_socks5_method(const unsigned char reply[2], bool has_login,
				   enum nk_socks5_method *method, struct nk_err *err);

/* RFC 1929 2. login has a password. Fails with usage: user or password is empty or too long. */
NK_MUST_CHECK int nk_socks5_add_login(struct nk_buf *out, const struct nk_proxy_login *login,
				      struct nk_err *err);

/* 1: logged in, 0: refused. */
NK_MUST_CHECK int nk_socks5_logged_in(const unsigned char reply[2], struct nk_err *err);

/* RFC 1928 4. Fails with usage: the name is too long. */
NK_MUST_CHECK int nk_socks5_add_request(struct nk_buf *out, const struct nk_proxy_goal *goal,
					struct nk_err *err);

/* The length of a reply that begins with these bytes (RFC 1928 6). Fails when it is none, or says
 * why the proxy does not connect us (err->code is its number). */
NK_MUST_CHECK int nk_socks5_reply_length(const unsigned char head[NK_SOCKS5_HEAD],
					 struct nk_err *err);

/* With an address it is SOCKS 4, which has room for IPv4 only; a name makes it 4A, as does an
 * address of IPv6. user: NULL for none. */
NK_MUST_CHECK int nk_socks4_add_request(struct nk_buf *out, const struct nk_proxy_goal *goal,
					const char *user, struct nk_err *err);
NK_MUST_CHECK int nk_socks4_granted(const unsigned char reply[NK_SOCKS4_REPLY], struct nk_err *err);

#endif
