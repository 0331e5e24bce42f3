/*
 * A libssh2 session on our own connection. Several threads use it: its lock is held around every
 * call of the library, and given away while waiting.
 */
#ifndef CORE_AUTH_SSHLINK_H
#define CORE_AUTH_SSHLINK_H

#include <pthread.h>

#include "kexinit.h"
#include "netkit/facts.h"
#include "netkit/lib/ssh2.h"
#include "sshsession.h"

/*
 * The way to a host that is not dialed directly: a proxy command or another host. Owned by the
 * link; freed after the connection.
 */
struct nk_ssh_route;

struct nk_sshlogin;

struct nk_sshlink {
	struct nk_ssh base;
	const struct nk_ssh2 *lib;
	LIBSSH2_SESSION *session;
	char *host; /* what ssh_config makes of the name */
	char *bind; /* ssh_config's; owned, or NULL */
	struct nk_net_policy net;
	struct nk_target target;
	struct nk_ssh_route *route; /* NULL: none */
	struct nk_conn *conn;

	pthread_mutex_t opening; /* the library opens one channel at a time */
	pthread_mutex_t lock;	 /* of the session and all that follows */
	pthread_cond_t turned;	 /* something was received, or somebody may poll next */
	int wake_fd;		 /* eventfd: the thread that polls has to look again */
	bool is_polling;
	short polled;	/* for these events */
	bool has_input; /* received by this thread, and nobody else was told */
	bool is_closing;
	bool is_left; /* nothing more is waited for */

	unsigned char *ahead; /* received, not yet taken by the library: [from, to) */
	size_t from;
	size_t to;
	uint64_t taken;	   /* bytes, by the library so far */
	struct nk_buf out; /* not yet sent, from out_from on */
	size_t out_from;
	uint64_t sent; /* bytes so far */

	struct nk_sshlogin *login;	 /* while it goes on; borrowed */
	char *offered[NK_KEXINIT_LISTS]; /* algorithms; owned */
	bool is_ready;			 /* the handshake is over */
	struct nk_buf greeting;		 /* what was received before */
	struct nk_err failure;		 /* of the connection; holds from then on */
	bool is_deaf;	  /* nothing more is received; without it only sending has failed */
	char *farewell;	  /* what the server said when it disconnected; owned */
	int alive_s;	  /* ServerAliveInterval; 0: off */
	int alive_max;	  /* ServerAliveCountMax */
	nk_time_ms asked; /* since when a request whether it is alive has no answer; 0: none has */
};

/* Dial, agree on algorithms, check the host key; log in. Fails as nk_ssh_open; err->code is
 * NK_SSH_NEEDS_PROGRAM where the ssh program may succeed. */
NK_MUST_CHECK int nk_sshlink_open(const struct nk_ssh_plan *plan, struct nk_ssh **ssh,
				  struct nk_err *err);

void nk_sshlink_lock(struct nk_sshlink *link);
void nk_sshlink_unlock(struct nk_sshlink *link);

/* The end of a wait that begins now. */
nk_time_ms nk_sshlink_deadline(const struct nk_sshlink *link);

/*
 * The library said EAGAIN: send what is to be sent and wait until something came. The lock is held,
 * and given away meanwhile. what: as nk_wait_read has it. Fails with timeout, lost, interrupt.
 */
NK_MUST_CHECK int nk_sshlink_wait(struct nk_sshlink *link, nk_time_ms deadline, const char *what,
				  struct nk_err *err);

/* Send what can be sent; more than most bytes are waited for. The lock is held. */
NK_MUST_CHECK int nk_sshlink_flush(struct nk_sshlink *link, size_t most, nk_time_ms deadline,
				   struct nk_err *err);

/* err from a code of the library other than EAGAIN; returns -1. what: what was being done. */
int nk_sshlink_fail(struct nk_sshlink *link, int code, const char *what, struct nk_err *err);

/* End all waits of other threads: the connection is of no more use. */
void nk_sshlink_cut(struct nk_sshlink *link);

/* Algorithms to offer (sshalgo.c). Fails with tls, usage. */
NK_MUST_CHECK int nk_sshlink_offer(struct nk_sshlink *link, const struct nk_ssh_plan *plan,
				   struct nk_err *err);

/* The server's first line, when none of its lines is SSH's, nor could become it: -1 with err, else 0
 * (sshgreeting.c). */
int nk_sshlink_blame_greeting(struct nk_sshlink *link, struct nk_err *err);

/* Does it speak our version, as far as it has said one? Fails with tls (sshgreeting.c). */
NK_MUST_CHECK int nk_sshlink_check_version(struct nk_sshlink *link, struct nk_err *err);

/* Why there was no agreement, from the server's KEXINIT; returns -1 (sshalgo.c). */
int nk_sshlink_disagree(struct nk_sshlink *link, struct nk_err *err);

/* The policy for host keys that plan makes; released by nk_ssh_trust_release (sshtrust.c). */
struct nk_ssh_trust {
	struct nk_hostkey_policy policy;
	char *known_as;
	char *owned[2]; /* the usual files */
};
void nk_ssh_trust_setup(struct nk_ssh_trust *trust, const struct nk_ssh_plan *plan);
void nk_ssh_trust_release(struct nk_ssh_trust *trust);
NK_AUTO(ssh_trust, struct nk_ssh_trust, nk_ssh_trust_release)

/* What the server said of itself and what was agreed on, as far as it got; facts NULL: nobody wants to
 * know (sshtrust.c). */
void nk_sshlink_note(const struct nk_sshlink *link, struct nk_facts *facts);

/* Is it the host that it should be? (sshtrust.c) Fails with cert, interrupt. */
NK_MUST_CHECK int nk_sshlink_verify(struct nk_sshlink *link, const struct nk_ssh_plan *plan,
				    struct nk_err *err);

/* Prove who we are (sshlogin.c). Fails with auth, usage, lost, timeout, interrupt. */
NK_MUST_CHECK int nk_sshlink_login(struct nk_sshlink *link, const struct nk_ssh_plan *plan,
				   struct nk_err *err);

/* Channels (sshchannel.c). */
NK_MUST_CHECK int nk_sshlink_start(struct nk_ssh *ssh, enum nk_channel_kind kind, const char *what,
				   struct nk_channel **channel, struct nk_err *err);

/* A channel to a port that the server reaches (RFC 4254 7.2); it may be silent for ever. Fails with
 * connect. */
NK_MUST_CHECK int nk_sshlink_forward(struct nk_sshlink *link, const char *host, int port,
				     struct nk_channel **channel, struct nk_err *err);

/*
 * Go by the proxy command or the jump hosts that plan names (sshjump.c): 1 with route and conn to
 * link->target; 0 when there are none. Fails as nk_ssh_open, and with proxy.
 */
NK_MUST_CHECK int nk_ssh_route_open(const struct nk_ssh_plan *plan, struct nk_sshlink *link,
				    struct nk_err *err);

bool nk_ssh_route_is_due(const struct nk_ssh_plan *plan);
bool nk_ssh_route_is_command(const struct nk_ssh_route *route); /* accepts NULL */

/* The connection is freed before. Accepts NULL. */
void nk_ssh_route_free(struct nk_ssh_route *route);

#endif
