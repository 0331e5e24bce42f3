/* dial.c - connecting: Happy Eyeballs (RFC 8305), second channels, listening for one. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "layer.h"
#include "netkit/log.h"
#include "netkit/phases.h"
#include "netkit/wait.h"

/* RFC 8305 5: the pause before the next address is tried beside the last. */
#define DIAL_STAGGER_MS 250

struct dial {
	const struct nk_target *target;
	struct nk_addrs addrs;
	struct pollfd tries[NK_ADDR_MAX]; /* fd -1: failed */
	int started;
	int open; /* tries that are still under way */
	nk_time_ms deadline;
	struct nk_err failure; /* of the first address, for the message */
};

/* Nothing waits for a second command when a command is one packet. */
static void dial_tune(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int nk_dial_begin(const struct nk_addr *addr, const struct nk_net_policy *net, struct nk_err *err)
{
	char text[NK_ADDR_TEXT];
	int fd = socket(addr->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return nk_fail_errno(err, NK_E_CONNECT, "cannot make a socket");
	if (nk_addr_bind(fd, addr, net, err) < 0) {
		close(fd);
		return -1;
	}
	dial_tune(fd);
	if (connect(fd, &addr->any, addr->length) < 0 && errno != EINPROGRESS) {
		nk_fail_errno(err, NK_E_CONNECT, "%s", nk_addr_text(addr, text));
		err->again = true;
		close(fd);
		return -1;
	}
	return fd;
}

static void dial_note_failure(struct dial *dial, const struct nk_err *err)
{
	nk_log(NK_LOG_DEBUG, "%s", err->msg);
	if (dial->failure.domain == NK_E_NONE)
		dial->failure = *err;
}

static void dial_start_next(struct dial *dial)
{
	struct nk_err err = NK_ERR_INIT;
	int i = dial->started++;

	dial->tries[i] = (struct pollfd){
		.fd = nk_dial_begin(&dial->addrs.items[i], dial->target->net, &err),
		.events = POLLOUT,
	};
	if (dial->tries[i].fd >= 0)
		dial->open++;
	else
		dial_note_failure(dial, &err);
}

/* The index of a try that is connected, or -1; those that failed are closed. */
static int dial_look(struct dial *dial)
{
	for (int i = 0; i < dial->started; i++) {
		struct nk_err err = NK_ERR_INIT;
		char text[NK_ADDR_TEXT];
		int code = 0;
		socklen_t length = sizeof(code);

		if (dial->tries[i].fd < 0 || dial->tries[i].revents == 0)
			continue;
		if (getsockopt(dial->tries[i].fd, SOL_SOCKET, SO_ERROR, &code, &length) < 0)
			code = errno;
		if (code == 0)
			return i;
		errno = code;
		nk_fail_errno(&err, NK_E_CONNECT, "%s", nk_addr_text(&dial->addrs.items[i], text));
		err.again = true;
		dial_note_failure(dial, &err);
		close(dial->tries[i].fd);
		dial->tries[i].fd = -1;
		dial->open--;
	}
	return -1;
}

static void dial_close_others(struct dial *dial, int winner)
{
	for (int i = 0; i < dial->started; i++) {
		if (i != winner && dial->tries[i].fd >= 0)
			close(dial->tries[i].fd);
	}
}

/* Run the race. Returns the winner's index, or -1. */
static int dial_race(struct dial *dial, struct nk_err *err)
{
	for (;;) {
		bool is_last = dial->started == dial->addrs.count;
		nk_time_ms until = dial->deadline;
		int winner;

		if (dial->open == 0 && is_last) {
			*err = dial->failure;
			return -1;
		}
		if (dial->open == 0) {
			dial_start_next(dial);
			continue;
		}
		if (!is_last)
			until = nk_clock_earlier(until, nk_clock_after(DIAL_STAGGER_MS));
		if (nk_wait_any(dial->tries, dial->started, until, err) < 0)
			return -1;
		winner = dial_look(dial);
		if (winner >= 0)
			return winner;
		if (dial->deadline != NK_NEVER && nk_clock_left(dial->deadline) == 0)
			return nk_fail_again(err, NK_E_TIMEOUT, 0, "timed out connecting");
		if (!is_last)
			dial_start_next(dial);
	}
}

int nk_dial_socket(const struct nk_target *target, struct nk_addr *addr, struct nk_err *err)
{
	struct dial dial = { .target = target };
	int winner;

	dial.deadline = nk_clock_earlier(nk_clock_after(target->net->connect_timeout_ms),
					 target->net->deadline);
	nk_phase_begin(target->phases, NK_PHASE_LOOKUP);
	if (nk_addr_resolve(target->host, target->port, SOCK_STREAM, target->net, &dial.addrs,
			    err) < 0)
		return -1;
	nk_phases_resolved(target->phases, &dial.addrs);
	winner = dial_race(&dial, err);
	nk_phases_connected(target->phases, winner);
	dial_close_others(&dial, winner);
	if (winner < 0)
		return nk_wrap(err, "%s", target->host);
	*addr = dial.addrs.items[winner];
	return dial.tries[winner].fd;
}

static int dial_connect(const struct nk_target *target, struct nk_conn **conn, struct nk_err *err)
{
	struct nk_addr addr;
	int fd = nk_dial_socket(target, &addr, err);

	if (fd < 0)
		return -1;
	*conn = nk_conn_new(fd, target, &addr, false);
	return 0;
}

int nk_dial(const struct nk_target *target, struct nk_conn **conn, struct nk_err *err)
{
	nk_auto(conn) struct nk_conn *made = NULL;
	bool is_direct = !nk_proxy_serves(target->proxy, target->host, target->port);
	int result =
		is_direct ? dial_connect(target, &made, err) : nk_proxy_dial(target, &made, err);

	if (result < 0)
		return -1;
	if (target->tls_first && nk_conn_starttls(made, err) < 0)
		return -1;
	*conn = nk_take(made);
	return 0;
}

int nk_dial_beside_start(const struct nk_conn *conn, int port, struct nk_conn **data,
			 struct nk_err *err)
{
	struct nk_addr addr = *nk_conn_address(conn);
	int fd;

	if (nk_conn_way(conn)->proxy)
		return nk_proxy_dial_beside(conn, port, data, err);
	nk_addr_set_port(&addr, port);
	fd = nk_dial_begin(&addr, nk_conn_net(conn), err);
	if (fd < 0)
		return -1;
	*data = nk_conn_new(fd, nk_conn_target(conn), &addr, true);
	return 0;
}

struct nk_listener {
	int fd;
	const struct nk_conn *control; /* borrowed */
};

int nk_listen_beside(const struct nk_conn *conn, struct nk_listener **listener,
		     struct nk_addr *addr, struct nk_err *err)
{
	struct nk_addr local = { .length = sizeof(local.storage) };
	nk_auto(listener) struct nk_listener *made = nk_alloc(sizeof(*made));

	made->fd = -1;
	if (nk_conn_way(conn)->proxy)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s: no server can connect back to us through a proxy: only passive "
			       "data connections can be made",
			       nk_conn_peer(conn));
	made->control = conn;
	if (getsockname(nk_conn_local_fd(conn), &local.any, &local.length) < 0)
		return nk_fail_errno(err, NK_E_CONNECT, "cannot tell the local address");
	nk_addr_set_port(&local, 0);
	made->fd = socket(local.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (made->fd < 0 || bind(made->fd, &local.any, local.length) < 0 ||
	    listen(made->fd, 4) < 0 || getsockname(made->fd, &local.any, &local.length) < 0)
		return nk_fail_errno(err, NK_E_CONNECT, "cannot listen for the data connection");
	*addr = local;
	*listener = nk_take(made);
	return 0;
}

int nk_listener_accept(struct nk_listener *listener, struct nk_conn **data, struct nk_err *err)
{
	const struct nk_net_policy *net = nk_conn_net(listener->control);
	nk_time_ms deadline =
		nk_clock_earlier(nk_clock_after(net->connect_timeout_ms), net->deadline);

	for (;;) {
		struct nk_addr from = { .length = sizeof(from.storage) };
		char text[NK_ADDR_TEXT];
		int fd;

		if (nk_wait_read(listener->fd, deadline, "waiting for the peer to connect back",
				 err) < 0)
			return nk_wrap(err, "%s", nk_conn_peer(listener->control));
		fd = accept4(listener->fd, &from.any, &from.length, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0)
			return nk_fail_errno(err, NK_E_CONNECT, "accept");
		if (nk_addr_is_same_host(&from, nk_conn_address(listener->control))) {
			dial_tune(fd);
			*data = nk_conn_new(fd, nk_conn_target(listener->control), &from, false);
			return 0;
		}
		nk_log(NK_LOG_NOTICE, "a connection from %s is not from the peer: closed",
		       nk_addr_text(&from, text));
		close(fd);
	}
}

void nk_listener_free(struct nk_listener *listener)
{
	if (!listener)
		return;
	if (listener->fd >= 0)
		close(listener->fd);
	free(listener);
}
