/*
 * CONNECT (RFC 9110 9.3.6) with Basic (RFC 7617), as a client of HTTP/1.1 proxies. Pure.
 *
 * Errors are of the domain proxy and name neither proxy nor target: the caller does.
 */
#ifndef CORE_NET_HTTPCONNECT_H
#define CORE_NET_HTTPCONNECT_H

#include "socks.h"

/* The longest line of a reply, and all of it together, interim replies included. */
#define NK_HTTP_LINE_MAX 8192
#define NK_HTTP_HEAD_MAX 65536

/* The longest request: name, user and password have their own limits. */
#define NK_HTTP_REQUEST_MAX 16384

/* The head of a reply. */
struct nk_http_head {
	int status;
	char reason[128];  /* as the proxy words it */
	char schemes[128]; /* of Proxy-Authenticate: "Basic, Digest"; "" for none */
	bool offers_basic;
};

/*
 * The request; login NULL or without a password: without one. is_shown: "****" stands for it, as
 * the trace has it. Fails with usage: a host that no request can hold, a user with a colon.
 */
NK_MUST_CHECK int nk_http_add_connect(struct nk_buf *out, const struct nk_proxy_goal *goal,
				      const struct nk_proxy_login *login, bool is_shown,
				      struct nk_err *err);

/* The first line of a reply; head is cleared first. */
NK_MUST_CHECK int nk_http_status_line(const char *line, struct nk_http_head *head,
				      struct nk_err *err);

/* One of the lines that follow, up to the empty one. */
void nk_http_header_line(const char *line, struct nk_http_head *head);

/*
 * What the whole head means: 0 the tunnel stands, 1 the proxy wants a login (Basic), or another than
 * the one it was sent; err is filled then too. sent: NULL or without a password when none was. Not
 * for interim replies (1xx).
 */
NK_MUST_CHECK int nk_http_judge(const struct nk_http_head *head, const struct nk_proxy_login *sent,
				struct nk_err *err);

#endif
