/*
 * A connection: a byte stream to a peer, in clear or through TLS, with deadlines and a trace.
 *
 * Reads and writes look blocking; they end with timeout after the policy's silence, at the overall
 * deadline, or with interrupt. Not shared between threads.
 */
#ifndef NETKIT_CONN_H
#define NETKIT_CONN_H

#include "netkit/addr.h"
#include "netkit/buf.h"
#include "netkit/proxy.h"
#include "netkit/tls.h"

struct nk_phases;

/* Where to connect and under which policy; everything is borrowed and outlives the connections. */
struct nk_target {
	const char *host;
	int port;
	bool tls_first; /* implicit TLS */
	const struct nk_net_policy *net;
	struct nk_tls *tls;	      /* NULL: this peer never speaks TLS */
	const struct nk_proxy *proxy; /* by way of it, unless NO_PROXY lists the host; NULL: none */
	struct nk_phases *phases;     /* filled on the way; NULL: nobody wants to know */
};

struct nk_conn;
struct nk_listener;

/*
 * Connect with Happy Eyeballs (RFC 8305), and with TLS when target says so. By way of a proxy the
 * race is for the proxy's addresses, and connect_timeout holds for all of it.
 * Fails with resolve, connect, timeout, tls, cert, interrupt; usage for unusable policy; proxy for
 * whatever the proxy is to blame for, its own name and connection and what it says of the target's
 * included.
 */
NK_MUST_CHECK int nk_dial(const struct nk_target *target, struct nk_conn **conn,
			  struct nk_err *err);

/*
 * Begin to connect to another port of the very address that conn is connected to, without waiting:
 * a second channel of the same conversation, such as FTP's data. Never looks at an address a server
 * names. The first use of data waits. Behind a proxy it is a connection through the same proxy, to
 * the same name or address as conn's, and is waited for here: the server waits for it before it
 * says anything, and no data can come before the proxy has done its part.
 */
NK_MUST_CHECK int nk_dial_beside_start(const struct nk_conn *conn, int port, struct nk_conn **data,
				       struct nk_err *err);

/* Wait now for what nk_dial_beside_start began. Fails with connect, timeout, interrupt. */
NK_MUST_CHECK int nk_conn_settle(struct nk_conn *conn, struct nk_err *err);

/* Listen on the local address of conn, any port, for one connection from its peer. Fails with
 * unsupported where a proxy is between. */
NK_MUST_CHECK int nk_listen_beside(const struct nk_conn *conn, struct nk_listener **listener,
				   struct nk_addr *addr, struct nk_err *err);

/* Accept it. A connection from any other host is closed and waiting goes on. */
NK_MUST_CHECK int nk_listener_accept(struct nk_listener *listener, struct nk_conn **data,
				     struct nk_err *err);
void nk_listener_free(struct nk_listener *listener);

/*
 * Turn the stream into TLS. Fails with protocol when the peer sent anything in clear that has not
 * been read (injection before the handshake), with tls or cert.
 */
NK_MUST_CHECK int nk_conn_starttls(struct nk_conn *conn, struct nk_err *err);

/* The same for a second channel, resuming the session that control has (RFC 8446 2.2). */
NK_MUST_CHECK int nk_conn_starttls_like(struct nk_conn *data, const struct nk_conn *control,
					struct nk_err *err);

/* Read at most size bytes. 0: the peer ended the stream (under TLS: with close_notify). */
NK_MUST_CHECK ssize_t nk_conn_read(struct nk_conn *conn, void *bytes, size_t size,
				   struct nk_err *err);

/* Write all of them. */
NK_MUST_CHECK int nk_conn_write(struct nk_conn *conn, const void *bytes, size_t length,
				struct nk_err *err);

/*
 * The same two without waiting, for libraries that run a protocol of their own over the connection:
 * a count, 0 at the end (reading), or NK_CONN_BUSY when the socket has to be waited for.
 */
enum { NK_CONN_BUSY = -2 };
NK_MUST_CHECK ssize_t nk_conn_try_read(struct nk_conn *conn, void *bytes, size_t size,
				       struct nk_err *err);
NK_MUST_CHECK ssize_t nk_conn_try_write(struct nk_conn *conn, const void *bytes, size_t length,
					struct nk_err *err);

/* Acknowledge what was received now, and not with what is sent some day: the peer may wait for that
 * with its next packet. A hint that holds once. */
void nk_conn_ack_now(const struct nk_conn *conn);

/* The socket, for nk_wait_any; only what these two functions said is worth waiting for. */
int nk_conn_poll_fd(const struct nk_conn *conn);

/*
 * A connection over a socket that somebody else has connected to the target: a proxy command, a
 * channel through another host. fd is owned from now on and made non-blocking.
 */
struct nk_conn *nk_conn_adopt(int fd, const struct nk_target *target);

/* Keep what is written next in memory until nk_conn_flush, so that several commands are one
 * packet. At most NK_CONN_HELD bytes. */
enum { NK_CONN_HELD = 16384 };
void nk_conn_hold(struct nk_conn *conn);
NK_MUST_CHECK int nk_conn_flush(struct nk_conn *conn, struct nk_err *err);

/*
 * End the sending side so that nothing sent can be lost: close_notify, shutdown, then read until
 * the peer ends (what it still sends is dropped, at most a mebibyte).
 */
NK_MUST_CHECK int nk_conn_finish(struct nk_conn *conn, struct nk_err *err);

/* Bytes were read from the peer but not yet taken. */
bool nk_conn_has_unread(const struct nk_conn *conn);

/* Can it be read without waiting? Data, the end, or an error is there. */
bool nk_conn_is_readable(const struct nk_conn *conn);

/* The socket, when the stream is in clear and nothing is buffered, so that the kernel may move its
 * bytes by itself; -1 otherwise. */
int nk_conn_raw_fd(const struct nk_conn *conn);

bool nk_conn_is_secure(const struct nk_conn *conn);

/*
 * Does nothing of it leave this machine, as far as can be told? By way of a proxy: the proxy is on
 * loopback, and the target is written as a loopback address or "localhost".
 */
bool nk_conn_is_loopback(const struct nk_conn *conn);
const char *nk_conn_peer(const struct nk_conn *conn); /* "ftp.example.org:21"; borrowed */

/* The peer's address; 0.0.0.0 where only a proxy, or whoever made the socket, knows it. */
const struct nk_addr *nk_conn_address(const struct nk_conn *conn);
const struct nk_net_policy *nk_conn_net(const struct nk_conn *conn);

/* The longest silence from now on; the policy's until this is called. */
void nk_conn_set_timeout(struct nk_conn *conn, int64_t timeout_ms);

/* What an error says was being waited for: "waiting for the greeting"; borrowed, static. */
void nk_conn_set_purpose(struct nk_conn *conn, const char *what);

/* Close; polite close_notify under TLS, without waiting. Accepts NULL. */
void nk_conn_free(struct nk_conn *conn);

NK_AUTO_HANDLE(conn, struct nk_conn *, nk_conn_free)
NK_AUTO_HANDLE(listener, struct nk_listener *, nk_listener_free)

#endif
