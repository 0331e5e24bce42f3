/* conn.c - a byte stream to a peer: layers, buffering, deadlines, the trace. */
#include "netkit/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "layer.h"
#include "netkit/log.h"
#include "netkit/phases.h"
#include "netkit/secret.h"
#include "netkit/wait.h"

/* What is read ahead while lines are wanted: a few packets. */
#define CONN_BUFFER 8192

/* How much a peer may send after we have said that we are done, and how long we listen to it. */
#define CONN_FINISH_MAX (1 << 20)
#define CONN_FINISH_MS	5000

struct nk_conn {
	const struct nk_target *target;
	struct nk_addr addr;
	struct nk_layer socket;
	struct nk_layer *layer; /* the topmost */
	bool is_connecting;
	int64_t timeout_ms;
	const char *purpose;
	bool is_held;
	struct nk_buf held;
	char *unread; /* CONN_BUFFER bytes once lines were read; [from, to) not yet taken */
	size_t from;
	size_t to;
	char name[300];
	const char *called; /* name, or what the proxy is called while it is talked to */
	struct nk_conn_way way;
	nk_time_ms until; /* the end of every wait meanwhile */
};

static ssize_t socket_read(struct nk_layer *layer, void *bytes, size_t size, struct nk_err *err)
{
	ssize_t got;

	do {
		got = recv(layer->fd, bytes, size, 0);
	} while (got < 0 && errno == EINTR);
	if (got >= 0)
		return got;
	if (errno == EAGAIN)
		return NK_LAYER_WANT_READ;
	nk_fail_errno(err, NK_E_LOST, "connection lost");
	err->again = true;
	return NK_LAYER_FAILED;
}

static ssize_t socket_write(struct nk_layer *layer, const void *bytes, size_t length,
			    struct nk_err *err)
{
	ssize_t put;

	do {
		put = send(layer->fd, bytes, length, MSG_NOSIGNAL);
	} while (put < 0 && errno == EINTR);
	if (put >= 0)
		return put;
	if (errno == EAGAIN)
		return NK_LAYER_WANT_WRITE;
	nk_fail_errno(err, NK_E_LOST, "connection lost");
	err->again = true;
	return NK_LAYER_FAILED;
}

static ssize_t socket_end(struct nk_layer *layer, struct nk_err *err)
{
	(void)layer;
	(void)err;
	return 0;
}

static bool socket_has_pending(struct nk_layer *layer)
{
	(void)layer;
	return false;
}

static void socket_free(struct nk_layer *layer)
{
	close(layer->fd);
}

static const struct nk_layer_ops socket_layer_ops = {
	.read = socket_read,
	.write = socket_write,
	.end = socket_end,
	.has_pending = socket_has_pending,
	.free = socket_free,
};

struct nk_conn *nk_conn_new(int fd, const struct nk_target *target, const struct nk_addr *addr,
			    bool is_connecting)
{
	struct nk_conn *conn = nk_alloc(sizeof(*conn));

	conn->target = target;
	conn->addr = *addr;
	conn->socket = (struct nk_layer){ .ops = &socket_layer_ops, .fd = fd };
	conn->layer = &conn->socket;
	conn->is_connecting = is_connecting;
	conn->timeout_ms = target->net->timeout_ms;
	conn->purpose = "waiting for the peer";
	conn->held = (struct nk_buf)NK_BUF_INIT(NK_CONN_HELD);
	snprintf(conn->name, sizeof(conn->name),
		 strchr(target->host, ':') ? "[%.255s]:%d" : "%.255s:%d", target->host,
		 nk_addr_port(addr));
	conn->called = conn->name;
	conn->until = NK_NEVER;
	return conn;
}

struct nk_conn *nk_conn_adopt(int fd, const struct nk_target *target)
{
	/* Whose address it is nobody knows; it is not this host's. */
	struct nk_addr addr = { .length = sizeof(addr.v4) };
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	addr.v4.sin_family = AF_INET;
	nk_addr_set_port(&addr, target->port);
	return nk_conn_new(fd, target, &addr, false);
}

static nk_time_ms conn_deadline(const struct nk_conn *conn)
{
	nk_time_ms end = nk_clock_earlier(conn->target->net->deadline, conn->until);

	return nk_clock_earlier(nk_clock_after(conn->timeout_ms), end);
}

/* Wait for what a layer wants. */
static int conn_wait(struct nk_conn *conn, ssize_t wanted, struct nk_err *err)
{
	int result =
		wanted == NK_LAYER_WANT_READ
			? nk_wait_read(conn->socket.fd, conn_deadline(conn), conn->purpose, err)
			: nk_wait_write(conn->socket.fd, conn_deadline(conn), conn->purpose, err);

	return result < 0 ? nk_wrap(err, "%s", conn->called) : 0;
}

int nk_conn_reach(struct nk_conn *conn, nk_time_ms deadline, struct nk_err *err)
{
	int code = 0;
	socklen_t length = sizeof(code);

	if (!conn->is_connecting)
		return 0;
	if (nk_wait_write(conn->socket.fd, deadline, "connecting", err) < 0)
		return nk_wrap(err, "%s", conn->called);
	if (getsockopt(conn->socket.fd, SOL_SOCKET, SO_ERROR, &code, &length) < 0)
		code = errno;
	if (code != 0) {
		/* A reset, not a refusal: it was connected, and the peer has ended it since. */
		errno = code;
		nk_fail_errno(err, code == ECONNRESET ? NK_E_LOST : NK_E_CONNECT, "%s",
			      conn->called);
		err->again = true;
		return -1;
	}
	conn->is_connecting = false;
	return 0;
}

int nk_conn_settle(struct nk_conn *conn, struct nk_err *err)
{
	return nk_conn_reach(conn,
			     nk_clock_earlier(nk_clock_after(conn->target->net->connect_timeout_ms),
					      conn->target->net->deadline),
			     err);
}

void nk_conn_set_way(struct nk_conn *conn, const struct nk_conn_way *way)
{
	conn->way = *way;
}

const struct nk_conn_way *nk_conn_way(const struct nk_conn *conn)
{
	return &conn->way;
}

void nk_conn_talk_to_proxy(struct nk_conn *conn, const char *label, nk_time_ms deadline)
{
	conn->called = label ? label : conn->name;
	conn->until = label ? deadline : NK_NEVER;
}

static int conn_failed(struct nk_conn *conn, struct nk_err *err)
{
	return nk_wrap(err, "%s", conn->called);
}

/* One read of the topmost layer, waiting as it needs. */
static ssize_t conn_receive(struct nk_conn *conn, void *bytes, size_t size, struct nk_err *err)
{
	if (nk_conn_settle(conn, err) < 0)
		return -1;
	for (;;) {
		ssize_t got = conn->layer->ops->read(conn->layer, bytes, size, err);

		if (got >= 0)
			return got;
		if (got == NK_LAYER_FAILED)
			return conn_failed(conn, err);
		if (conn_wait(conn, got, err) < 0)
			return -1;
	}
}

ssize_t nk_conn_read(struct nk_conn *conn, void *bytes, size_t size, struct nk_err *err)
{
	size_t have = conn->to - conn->from;
	ssize_t got;

	if (have > 0) {
		have = have < size ? have : size;
		memcpy(bytes, conn->unread + conn->from, have);
		conn->from += have;
		return (ssize_t)have;
	}
	got = conn_receive(conn, bytes, size, err);
	/* A TLS record is small; join those that are here already, so that what follows (a write to
	 * disk, most often) is done in large pieces. */
	while (got > 0 && (size_t)got < size && conn->layer->ops->has_pending(conn->layer)) {
		struct nk_err later = NK_ERR_INIT;
		ssize_t more = conn->layer->ops->read(conn->layer, (char *)bytes + got,
						      size - (size_t)got, &later);

		/* An end or an error is told again by the next read. */
		if (more <= 0)
			break;
		got += more;
	}
	if (got > 0)
		nk_trace(conn->called, false, bytes, (size_t)got);
	return got;
}

static int conn_send(struct nk_conn *conn, const char *bytes, size_t length, struct nk_err *err)
{
	if (nk_conn_settle(conn, err) < 0)
		return -1;
	while (length > 0) {
		ssize_t put = conn->layer->ops->write(conn->layer, bytes, length, err);

		if (put == NK_LAYER_FAILED)
			return conn_failed(conn, err);
		if (put < 0) {
			if (conn_wait(conn, put, err) < 0)
				return -1;
			continue;
		}
		bytes += put;
		length -= (size_t)put;
	}
	return 0;
}

int nk_conn_write_as(struct nk_conn *conn, const void *bytes, size_t length, const char *shown,
		     struct nk_err *err)
{
	nk_trace(conn->called, true, shown ? shown : bytes, shown ? strlen(shown) : length);
	if (conn->is_held) {
		if (nk_buf_add(&conn->held, bytes, length) == 0)
			return 0;
		if (nk_conn_flush(conn, err) < 0)
			return -1;
	}
	return conn_send(conn, bytes, length, err);
}

int nk_conn_write(struct nk_conn *conn, const void *bytes, size_t length, struct nk_err *err)
{
	return nk_conn_write_as(conn, bytes, length, NULL, err);
}

ssize_t nk_conn_try_read(struct nk_conn *conn, void *bytes, size_t size, struct nk_err *err)
{
	ssize_t got;

	if (nk_conn_has_unread(conn))
		return nk_conn_read(conn, bytes, size, err);
	if (nk_conn_settle(conn, err) < 0)
		return -1;
	got = conn->layer->ops->read(conn->layer, bytes, size, err);
	if (got == NK_LAYER_FAILED)
		return conn_failed(conn, err);
	if (got < 0)
		return NK_CONN_BUSY;
	if (got > 0)
		nk_trace(conn->called, false, bytes, (size_t)got);
	return got;
}

ssize_t nk_conn_try_write(struct nk_conn *conn, const void *bytes, size_t length,
			  struct nk_err *err)
{
	ssize_t put;

	if (nk_conn_settle(conn, err) < 0)
		return -1;
	put = conn->layer->ops->write(conn->layer, bytes, length, err);
	if (put == NK_LAYER_FAILED)
		return conn_failed(conn, err);
	if (put < 0)
		return NK_CONN_BUSY;
	nk_trace(conn->called, true, bytes, (size_t)put);
	return put;
}

void nk_conn_hold(struct nk_conn *conn)
{
	conn->is_held = true;
}

int nk_conn_flush(struct nk_conn *conn, struct nk_err *err)
{
	int result = conn_send(conn, conn->held.data, conn->held.len, err);

	/* A password may have been among it. */
	nk_secret_wipe(conn->held.data, conn->held.len);
	nk_buf_clear(&conn->held);
	conn->is_held = false;
	return result;
}

int nk_conn_read_line(struct nk_conn *conn, struct nk_buf *line, struct nk_err *err)
{
	if (!conn->unread)
		conn->unread = nk_alloc(CONN_BUFFER);
	for (;;) {
		char *start = conn->unread + conn->from;
		size_t have = conn->to - conn->from;
		char *end = memchr(start, '\n', have);
		size_t take = end ? (size_t)(end - start) + 1 : have;
		ssize_t got;

		if (nk_buf_add(line, start, take) < 0)
			return nk_fail(err, NK_E_PROTO, 0, "%s: a line of over %zu bytes",
				       conn->called, line->limit);
		conn->from += take;
		if (end)
			return 1;
		conn->from = 0;
		conn->to = 0;
		got = conn_receive(conn, conn->unread, CONN_BUFFER, err);
		if (got <= 0)
			return (int)got;
		nk_trace(conn->called, false, conn->unread, (size_t)got);
		conn->to = (size_t)got;
	}
}

static int conn_handshake(struct nk_conn *conn, const struct nk_layer *resume, struct nk_err *err)
{
	nk_time_ms silence = nk_clock_after(conn->timeout_ms);
	struct nk_layer *layer;

	if (nk_conn_settle(conn, err) < 0)
		return -1;
	if (nk_tls_layer_new(conn->target, conn->socket.fd, resume, &layer, err) < 0)
		return conn_failed(conn, err);
	conn->layer = layer;
	nk_phase_begin(conn->target->phases, NK_PHASE_TLS);
	for (;;) {
		nk_time_ms before = nk_clock_now();
		ssize_t result = nk_tls_layer_handshake(layer, err);
		nk_time_ms deadline;
		int waited;

		if (result == 0) {
			nk_phase_end(conn->target->phases, NK_PHASE_TLS);
			return 0;
		}
		if (result == NK_LAYER_FAILED)
			return conn_failed(conn, err);
		/* What a person took to answer is not the peer's silence. */
		if (silence != NK_NEVER)
			silence += nk_clock_now() - before;
		deadline = nk_clock_earlier(silence, conn->target->net->deadline);
		waited = result == NK_LAYER_WANT_READ ? nk_wait_read(conn->socket.fd, deadline,
								     "in the TLS handshake", err)
						      : nk_wait_write(conn->socket.fd, deadline,
								      "in the TLS handshake", err);
		if (waited < 0)
			return conn_failed(conn, err);
	}
}

int nk_conn_starttls(struct nk_conn *conn, struct nk_err *err)
{
	/* What came in clear before the handshake could be taken for the server's own words after
	 * it (CVE-2011-0411). */
	if (nk_conn_has_unread(conn))
		return nk_fail(err, NK_E_PROTO, 0,
			       "%s: the peer sent more in clear before TLS began: refused",
			       conn->called);
	return conn_handshake(conn, NULL, err);
}

int nk_conn_starttls_like(struct nk_conn *data, const struct nk_conn *control, struct nk_err *err)
{
	return conn_handshake(data, control->layer == &control->socket ? NULL : control->layer,
			      err);
}

/* Read what still comes until the peer ends or has had its time. Errors no longer matter. */
static void conn_drain(struct nk_conn *conn)
{
	char dropped[4096];
	size_t total = 0;
	nk_time_ms deadline = nk_clock_earlier(nk_clock_after(CONN_FINISH_MS), conn_deadline(conn));

	while (total < CONN_FINISH_MAX) {
		struct nk_err ignored = NK_ERR_INIT;
		ssize_t got =
			conn->layer->ops->read(conn->layer, dropped, sizeof(dropped), &ignored);

		if (got == 0 || got == NK_LAYER_FAILED)
			return;
		if (got > 0)
			total += (size_t)got;
		else if (nk_wait_read(conn->socket.fd, deadline, "closing", &ignored) < 0)
			return;
	}
}

int nk_conn_finish(struct nk_conn *conn, struct nk_err *err)
{
	ssize_t result;

	if (nk_conn_settle(conn, err) < 0)
		return -1;
	while ((result = conn->layer->ops->end(conn->layer, err)) != 0) {
		if (result == NK_LAYER_FAILED)
			return conn_failed(conn, err);
		if (conn_wait(conn, result, err) < 0)
			return -1;
	}
	if (shutdown(conn->socket.fd, SHUT_WR) < 0) {
		nk_fail_errno(err, NK_E_LOST, "%s", conn->called);
		err->again = true;
		return -1;
	}
	/* In clear nothing comes back on such a channel; under TLS unread session tickets would
	 * turn our close into a reset, and the reset would take the last bytes with it. */
	if (conn->layer != &conn->socket)
		conn_drain(conn);
	return 0;
}

bool nk_conn_has_unread(const struct nk_conn *conn)
{
	return conn->to > conn->from;
}

bool nk_conn_is_readable(const struct nk_conn *conn)
{
	struct pollfd one = { .fd = conn->socket.fd, .events = POLLIN };
	struct nk_err ignored = NK_ERR_INIT;

	if (nk_conn_has_unread(conn) || conn->layer->ops->has_pending(conn->layer))
		return true;
	return nk_wait_any(&one, 1, nk_clock_now(), &ignored) > 0;
}

int nk_conn_raw_fd(const struct nk_conn *conn)
{
	bool is_plain = conn->layer == &conn->socket && !conn->is_connecting && !conn->is_held &&
			!nk_conn_has_unread(conn) && !nk_trace_is_on();

	return is_plain ? conn->socket.fd : -1;
}

void nk_conn_ack_now(const struct nk_conn *conn)
{
	int on = 1;

	/* What is no TCP has nothing to acknowledge. */
	(void)!setsockopt(conn->socket.fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

int nk_conn_poll_fd(const struct nk_conn *conn)
{
	return conn->socket.fd;
}

bool nk_conn_is_secure(const struct nk_conn *conn)
{
	return conn->layer != &conn->socket;
}

static bool conn_names_loopback(const char *host)
{
	struct nk_net_policy nothing = { .ipv4 = false };
	struct nk_addrs addrs;
	struct nk_err ignored = NK_ERR_INIT;

	if (nk_text_is_same(host, "localhost"))
		return true;
	return nk_addr_known(host, 0, &nothing, &addrs, &ignored) > 0 &&
	       nk_addr_is_loopback(&addrs.items[0]);
}

bool nk_conn_is_loopback(const struct nk_conn *conn)
{
	if (!conn->way.proxy)
		return nk_addr_is_loopback(&conn->addr);
	/*
	 * A proxy elsewhere, or one that is told a name of which only it knows the address: what is
	 * sent may cross any network. One on loopback, told a loopback address, is trusted as the
	 * forwarded port of an ssh -L is, which nobody can tell from a server here either: "ssh -D"
	 * takes it through its own encryption to the loopback of the far machine. --resolve does not
	 * count: what the user wrote must say loopback.
	 */
	return nk_addr_is_loopback(&conn->way.at) && conn_names_loopback(conn->target->host);
}

const char *nk_conn_peer(const struct nk_conn *conn)
{
	return conn->called;
}

const struct nk_addr *nk_conn_address(const struct nk_conn *conn)
{
	return &conn->addr;
}

const struct nk_net_policy *nk_conn_net(const struct nk_conn *conn)
{
	return conn->target->net;
}

const struct nk_target *nk_conn_target(const struct nk_conn *conn)
{
	return conn->target;
}

int nk_conn_local_fd(const struct nk_conn *conn)
{
	return conn->socket.fd;
}

void nk_conn_set_timeout(struct nk_conn *conn, int64_t timeout_ms)
{
	conn->timeout_ms = timeout_ms;
}

void nk_conn_set_purpose(struct nk_conn *conn, const char *what)
{
	conn->purpose = what;
}

void nk_conn_free(struct nk_conn *conn)
{
	struct nk_err ignored = NK_ERR_INIT;

	if (!conn)
		return;
	if (conn->layer != &conn->socket) {
		/* Polite, and never waited for. */
		(void)!conn->layer->ops->end(conn->layer, &ignored);
		conn->layer->ops->free(conn->layer);
	}
	conn->socket.ops->free(&conn->socket);
	nk_secret_wipe(conn->held.data, conn->held.len);
	nk_buf_release(&conn->held);
	free(conn->unread);
	free(conn);
}
