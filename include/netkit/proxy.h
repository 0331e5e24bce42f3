/*
 * Proxies: which one leads to a host, and who logs in there.
 *
 * A proxy is named by a URL:
 *
 *	socks5h://[user@]host[:1080]	SOCKS 5 (RFC 1928), the proxy looks names up
 *	socks5://			the same, names are looked up here
 *	socks4a://			SOCKS 4A, the proxy looks names up; the user is the user id
 *	socks4://			the same with addresses only, IPv4
 *	http://[user@]host[:8080]	CONNECT (RFC 9110 9.3.6); also what has no scheme, as curl has it
 *
 * --proxy names one, else $all_proxy, else $ALL_PROXY; "none" and nothing at all turn it off. What
 * $no_proxy, else $NO_PROXY, lists is reached directly, whichever way the proxy was named: as curl
 * has it. (curl takes port 1080 for http:// too.)
 *
 * Every connection to the host goes through it: a second one beside the first (FTP's data) asks the
 * proxy for the same name or address again, whatever address the proxy or the server speaks of, so
 * that a name of several servers may lead elsewhere. Nobody can connect back to us through a proxy,
 * and no datagram passes one.
 *
 * A login goes to the proxy in clear: neither SOCKS nor CONNECT has another way. SOCKS 5 sends it
 * (RFC 1929) when the proxy chooses it, CONNECT sends Basic (RFC 7617) at once where the password is
 * at hand, as curl does, else after 407. A password in the URL is taken from the environment only.
 */
#ifndef NETKIT_PROXY_H
#define NETKIT_PROXY_H

#include "netkit/secret.h"

enum nk_proxy_kind {
	NK_PROXY_SOCKS5H,
	NK_PROXY_SOCKS5,
	NK_PROXY_SOCKS4A,
	NK_PROXY_SOCKS4,
	NK_PROXY_HTTP,
};

/* Who logs in at the proxy; owned. */
struct nk_proxy_login {
	char *user; /* NULL: nobody */
	struct nk_secret password;
};

#define NK_PROXY_LOGIN_INIT                                                                        \
	{                                                                                          \
		.user = NULL                                                                       \
	}

void nk_proxy_login_release(struct nk_proxy_login *login);
NK_AUTO(proxy_login, struct nk_proxy_login, nk_proxy_login_release)

struct nk_proxy {
	enum nk_proxy_kind kind;
	char *host;
	int port;
	struct nk_proxy_login login; /* what its URL says of it */
	char *except;		     /* NO_PROXY; NULL: nothing */
	bool is_from_environment;

	/*
	 * Where the login comes from beside the URL; NULL: nowhere. login: empty at first, else what
	 * was found before; when is_wanted it has no password or one that the proxy refused. Nobody
	 * is asked unless is_wanted. Returns 1 with a user (and, when is_wanted, a password), 0 when
	 * nobody is known, -1 with auth, usage or interrupt. Called by several threads.
	 */
	int (*find_login)(void *finder, bool is_wanted, struct nk_proxy_login *login,
			  struct nk_err *err);
	void *finder; /* borrowed */
};

/*
 * The proxy that option (--proxy; NULL: not given) or the environment names; *proxy is NULL where
 * neither does. Owned by the caller. Fails with usage (malformed, an unknown kind, a password in the
 * option; the URL is not quoted) or unsupported (https://).
 */
NK_MUST_CHECK int nk_proxy_open(const char *option, struct nk_proxy **proxy, struct nk_err *err);

/* A proxy's URL taken apart; *proxy NULL for "" and "none". Fails as nk_proxy_open. Pure. */
NK_MUST_CHECK int nk_proxy_parse(const char *text, bool may_have_password, struct nk_proxy **proxy,
				 struct nk_err *err);

/* Is host reached through the proxy? Not when proxy is NULL, or NO_PROXY lists it. */
bool nk_proxy_serves(const struct nk_proxy *proxy, const char *host, int port);

/*
 * Does a list as NO_PROXY has it name host and port? Items are separated by commas or blanks: "*";
 * a name, which holds for all below it too, with or without a leading "." or "*."; an address
 * ("::1" or "[::1]"); a network "10.0.0.0/8". Each may end in ":port" (behind brackets for IPv6).
 * Case and a trailing dot do not count. What is none of these names nothing. Pure.
 */
bool nk_no_proxy_matches(const char *list, const char *host, int port);

const char *nk_proxy_scheme(const struct nk_proxy *proxy); /* "socks5h"; static */

void nk_proxy_free(struct nk_proxy *proxy); /* accepts NULL */
NK_AUTO_HANDLE(proxy, struct nk_proxy *, nk_proxy_free)

#endif
