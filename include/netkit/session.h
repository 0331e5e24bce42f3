/*
 * A session: whom to talk to, as whom, and under which policy. It is a recipe, not a connection:
 * every thread makes its own connections from the same session.
 */
#ifndef NETKIT_SESSION_H
#define NETKIT_SESSION_H

#include "netkit/conn.h"
#include "netkit/creds.h"

struct nk_session {
	const char *scheme;	 /* "ftp"; borrowed from the applet's table */
	struct nk_target target; /* host is owned by the session */
	struct nk_creds creds;
	const void *opts; /* the applet's own options, borrowed; NULL only for local files */
};

/*
 * May a secret be sent over this connection? In clear and not to loopback it is refused, with auth,
 * unless --tls=off was said (CLI.md 7).
 */
NK_MUST_CHECK int nk_session_allows_login(const struct nk_session *session,
					  const struct nk_conn *conn, struct nk_err *err);

void nk_session_free(struct nk_session *session);
NK_AUTO_HANDLE(session, struct nk_session *, nk_session_free)

#endif
