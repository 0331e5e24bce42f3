/*
 * A session: whom to talk to, as whom, and under which policy. It is a recipe, not a connection:
 * every thread makes its own connections from the same session.
 */
#ifndef NETKIT_SESSION_H
#define NETKIT_SESSION_H

#include <pthread.h>

#include "netkit/conn.h"
#include "netkit/creds.h"

struct nk_facts;
struct nk_ssh_policy;
struct nk_hostkey_met;

/* How far the first of several connections got, for those that are made beside it. */
enum nk_session_login {
	NK_SESSION_UNTRIED,
	NK_SESSION_GREETED,  /* the server has taken the connection */
	NK_SESSION_TRUSTED,  /* it is who it should be */
	NK_SESSION_ADMITTED, /* logged in; others would be without asking anybody */
	NK_SESSION_REFUSED,  /* it failed, or others would ask, or there will be none */
};

struct nk_session {
	const char *scheme;	 /* "ftp"; borrowed from the applet's table */
	struct nk_target target; /* host is owned by the session */
	struct nk_creds creds;
	const void *opts; /* the applet's own options, borrowed; NULL only for local files */
	bool has_port;	  /* the user named the port; else it is the scheme's */
	_Atomic int
		port_used; /* the one that the protocol's own options or files chose; 0: target's */
	const struct nk_ssh_policy *ssh;	/* borrowed; of protocols over SSH */
	const struct nk_tls_policy *tls_policy; /* borrowed; its pins hold for host keys too */

	/* Filled in while it is dialed; borrowed, NULL: nobody wants to know. target.phases with it. */
	struct nk_facts *facts;

	/* Hosts that were trusted and stand in no file; owned, used under creds.lock. */
	struct nk_hostkey_met *met_hosts;

	/* What the sessions of several threads have together, such as a connection that carries them
	 * all: the protocol's own, made and changed under the lock, freed with the session. */
	pthread_mutex_t lock;
	pthread_cond_t has_tried;
	enum nk_session_login login; /* under the lock */
	void *shared;
	void (*free_shared)(void *shared);
};

/* A session with nothing in it but its lock. */
struct nk_session *nk_session_new(void);

/*
 * May a secret be sent over this connection? In clear and not to loopback it is refused, with auth,
 * unless --tls=off was said (CLI.md 7).
 */
NK_MUST_CHECK int nk_session_allows_login(const struct nk_session *session,
					  const struct nk_conn *conn, struct nk_err *err);

/* The next connection is the first of several, whatever came of those before it: nothing is known of
 * it yet. */
void nk_session_begin_login(struct nk_session *session);

/* A connection has got as far; where one is logged in already, no less of another is news. Whoever
 * mounts a session has noted one of the last two by then. */
void nk_session_note_login(struct nk_session *session, enum nk_session_login login);

/* Nobody is going to log in: who waits for that is told. */
void nk_session_give_up_login(struct nk_session *session);

/*
 * Wait until it is as far as stage, so that a server which takes no more than one takes that, nobody is
 * asked twice, and a wrong password is not refused as often as there are connections. Fails with
 * connect; with lost when this thread shall wait no longer (nk_wait_until_readable), once somebody notes
 * anything or gives up.
 */
NK_MUST_CHECK int nk_session_await_login(struct nk_session *session, enum nk_session_login stage,
					 struct nk_err *err);

void nk_session_free(struct nk_session *session);
NK_AUTO_HANDLE(session, struct nk_session *, nk_session_free)

#endif
