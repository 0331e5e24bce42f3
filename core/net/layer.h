/*
 * A layer of a connection: the socket itself, or TLS over it. Layers never wait: they say what they
 * want, and conn.c waits for it.
 */
#ifndef CORE_NET_LAYER_H
#define CORE_NET_LAYER_H

#include "netkit/conn.h"

/* What read, write, handshake and end return instead of a count. */
enum nk_layer_result {
	NK_LAYER_FAILED = -1, /* err is filled */
	NK_LAYER_WANT_READ = -2,
	NK_LAYER_WANT_WRITE = -3,
};

struct nk_layer;

struct nk_layer_ops {
	/* Bytes read, 0 at an orderly end, or a result. */
	ssize_t (*read)(struct nk_layer *layer, void *bytes, size_t size, struct nk_err *err);
	/* Bytes written (at least one), or a result. */
	ssize_t (*write)(struct nk_layer *layer, const void *bytes, size_t length,
			 struct nk_err *err);
	/* Tell the peer that nothing more will be sent: 0 or a result. */
	ssize_t (*end)(struct nk_layer *layer, struct nk_err *err);
	/* Are there bytes that need no reading from below? */
	bool (*has_pending)(struct nk_layer *layer);
	void (*free)(struct nk_layer *layer);
};

struct nk_layer {
	const struct nk_layer_ops *ops;
	int fd;
};

/*
 * A TLS client layer over fd for target, which outlives it. resume: a TLS layer whose session is
 * resumed, or NULL. Fails with tls, unsupported (no library), usage (certificate files that cannot be
 * used).
 */
NK_MUST_CHECK int nk_tls_layer_new(const struct nk_target *target, int fd,
				   const struct nk_layer *resume, struct nk_layer **layer,
				   struct nk_err *err);

/* One step of the handshake: 0 when it is done and the peer is who it should be, or a result. */
NK_MUST_CHECK ssize_t nk_tls_layer_handshake(struct nk_layer *layer, struct nk_err *err);

/* conn.c, for dial.c, proxydial.c and line.c. */

/* A connection over fd, which it owns from now on. is_connecting: connect() is still under way. */
struct nk_conn *nk_conn_new(int fd, const struct nk_target *target, const struct nk_addr *addr,
			    bool is_connecting);

/* Write, tracing shown instead of the bytes; NULL traces the bytes. */
NK_MUST_CHECK int nk_conn_write_as(struct nk_conn *conn, const void *bytes, size_t length,
				   const char *shown, struct nk_err *err);

/*
 * Take bytes up to and including the first '\n' into line (not cleared), at most size bytes in all.
 * Returns 1 with a whole line, 0 at an orderly end, -1. Fails with protocol when line is full.
 */
NK_MUST_CHECK int nk_conn_read_line(struct nk_conn *conn, struct nk_buf *line, struct nk_err *err);

/* The socket, to ask for the local address. */
int nk_conn_local_fd(const struct nk_conn *conn);

const struct nk_target *nk_conn_target(const struct nk_conn *conn);

/* Wait until deadline for the socket of a second connection. Fails with connect, lost, timeout,
 * interrupt. */
NK_MUST_CHECK int nk_conn_reach(struct nk_conn *conn, nk_time_ms deadline, struct nk_err *err);

/* How a connection came through a proxy, for a second one beside it. */
struct nk_conn_way {
	const struct nk_proxy *proxy; /* borrowed; NULL: it is direct */
	struct nk_addr at;	      /* of the proxy */
	bool is_by_name;	      /* the proxy was told the target's name */
};

void nk_conn_set_way(struct nk_conn *conn, const struct nk_conn_way *way);
const struct nk_conn_way *nk_conn_way(const struct nk_conn *conn);

/*
 * From now on it is the proxy that is talked to: errors and the trace say label (borrowed), and no
 * wait is longer than until deadline. NULL: the target again.
 */
void nk_conn_talk_to_proxy(struct nk_conn *conn, const char *label, nk_time_ms deadline);

/* dial.c, for proxydial.c. */

/* Connect within the policy's connect_timeout and deadline; a socket, and the address that answered.
 * Fails with resolve, connect, timeout, interrupt, usage. */
NK_MUST_CHECK int nk_dial_socket(const struct nk_target *target, struct nk_addr *addr,
				 struct nk_err *err);

/* Begin to connect to an address: a socket that nk_conn_new takes with is_connecting. */
NK_MUST_CHECK int nk_dial_begin(const struct nk_addr *addr, const struct nk_net_policy *net,
				struct nk_err *err);

/* proxydial.c, for dial.c. */

/* Connect to the target by way of its proxy; as nk_dial without TLS. */
NK_MUST_CHECK int nk_proxy_dial(const struct nk_target *target, struct nk_conn **conn,
				struct nk_err *err);

/* As nk_dial_beside_start, for a conn that came by way of a proxy. */
NK_MUST_CHECK int nk_proxy_dial_beside(const struct nk_conn *conn, int port, struct nk_conn **data,
				       struct nk_err *err);

#endif
