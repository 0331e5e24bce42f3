/*
 * URLs (RFC 3986) as netkit takes them: scheme://[user@]host[:port]/path[?query][;params].
 *
 * Percent escapes are decoded once. A password inside a URL is refused. CR, LF and NUL are refused
 * in every part, and so is a broken escape: a percent sign is written "%25". "[::1]" is an IPv6
 * address, its zone as "[fe80::1%25eth0]" or "[fe80::1%eth0]".
 *
 * File names hold '?' and '#', so both are part of the path, as they are for lftp; curl takes them
 * for query and fragment and asks the server for less. An applet whose scheme has a query takes
 * `raw` apart. Before the path both are refused, and so is a second '@': there readers of URLs
 * disagree about which host is meant.
 */
#ifndef NETKIT_URL_H
#define NETKIT_URL_H

#include "netkit/err.h"

/* Longest URL taken. */
#define NK_URL_MAX 8192

struct nk_url {
	char *scheme; /* lower case; owned, as all here */
	char *user;   /* decoded; NULL when there is none */
	char *host;   /* decoded, brackets removed; never empty, but for ldapi and snmp forms */
	int port;     /* 0 when there is none */
	char *path;   /* decoded, with its leading slash; "" when there is none */
	char *raw;    /* the path as it was written, not decoded */
};

#define NK_URL_INIT                                                                                \
	{                                                                                          \
		.scheme = NULL                                                                     \
	}

/*
 * Take a URL apart. Fails with url (malformed; the message says where) or usage (a password).
 * A pure parser.
 */
NK_MUST_CHECK int nk_url_parse(struct nk_url *url, const char *text, struct nk_err *err);

/* Does the text begin as a URL does, "scheme://"? */
bool nk_url_is_url(const char *text);

/*
 * "[user@]host:path", as scp(1) writes a place, as a URL of this scheme; a new string. The path is
 * relative to the login folder ("/~/path") unless it begins with a slash. NULL where text is no such
 * thing: a URL, or no colon before the first slash ("./a:b" is a file); colons in [brackets] belong
 * to an address, and what has a '@' after the colon may hold a password.
 */
char *nk_url_from_spot(const char *scheme, const char *text);

/* Print scheme, user, host, port (when not 0) and path, encoded again; a new string. */
char *nk_url_format(const char *scheme, const char *user, const char *host, int port,
		    const char *path);

void nk_url_release(struct nk_url *url);
NK_AUTO(url, struct nk_url, nk_url_release)

#endif
