/* dgram.c - a UDP socket to one peer (RFC 768). */
#include "netkit/dgram.h"

#include <errno.h>
#include <stdio.h>
#include <linux/errqueue.h>
#include <unistd.h>

#include "netkit/log.h"
#include "netkit/wait.h"

/* The smallest MTU a path must carry (RFC 791, RFC 8200), for when the kernel does not know. */
#define DGRAM_MTU_V4 576
#define DGRAM_MTU_V6 1280

/* IP and UDP headers. */
#define DGRAM_HEADERS_V4 28
#define DGRAM_HEADERS_V6 48

/* The longest payload of UDP over IPv4 or IPv6, jumbograms apart. */
#define DGRAM_PAYLOAD_MAX 65535

/* What the kernel charges to a receive buffer for each datagram beside its pages. */
#define DGRAM_OVERHEAD 1024

/* A question is sent again after this long, then after twice that; to an address that is not the
 * last of its name only so often. */
#define DGRAM_RESEND_MS 1000
#define DGRAM_ASKS	2

struct nk_dgram {
	int fd;
	const struct nk_target *target;
	struct nk_addrs addrs;
	int at;		     /* the address in use */
	struct nk_addr peer; /* fixed */
	bool is_fixed;
	char name[300];
};

static int dgram_socket(struct nk_dgram *dgram, struct nk_err *err)
{
	const struct nk_addr *addr = &dgram->addrs.items[dgram->at];
	int on = 1;
	int fd = socket(addr->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return nk_fail_errno(err, NK_E_CONNECT, "cannot make a socket");
	/* Unconnected, because the answer may come from another port: errors of the peer's host
	 * (port unreachable) are then only told through the error queue. */
	if (addr->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	else
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	if (nk_addr_bind(fd, addr, dgram->target->net, err) < 0) {
		close(fd);
		return -1;
	}
	if (dgram->fd >= 0)
		close(dgram->fd);
	dgram->fd = fd;
	dgram->is_fixed = false;
	return 0;
}

/* No datagram passes a proxy: what was asked for by name fails, what stands in the environment for
 * everything else does not hold. */
static int dgram_check_proxy(const struct nk_target *target, struct nk_err *err)
{
	if (!nk_proxy_serves(target->proxy, target->host, target->port))
		return 0;
	if (!target->proxy->is_from_environment)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s:%d: UDP passes no proxy: leave out --proxy, or name the host in "
			       "NO_PROXY",
			       target->host, target->port);
	nk_log(NK_LOG_INFO, "%s:%d: directly: UDP passes no proxy, ALL_PROXY does not hold",
	       target->host, target->port);
	return 0;
}

int nk_dgram_open(const struct nk_target *target, struct nk_dgram **dgram, struct nk_err *err)
{
	nk_auto(dgram) struct nk_dgram *made = nk_alloc(sizeof(*made));

	made->fd = -1;
	if (dgram_check_proxy(target, err) < 0)
		return -1;
	made->target = target;
	snprintf(made->name, sizeof(made->name), "%.255s:%d", target->host, target->port);
	if (nk_addr_resolve(target->host, target->port, SOCK_DGRAM, target->net, &made->addrs,
			    err) < 0)
		return -1;
	if (dgram_socket(made, err) < 0)
		return nk_wrap(err, "%s", made->name);
	*dgram = nk_take(made);
	return 0;
}

bool nk_dgram_next_address(struct nk_dgram *dgram)
{
	struct nk_err ignored = NK_ERR_INIT;

	while (dgram->at + 1 < dgram->addrs.count) {
		dgram->at++;
		if (dgram_socket(dgram, &ignored) == 0)
			return true;
	}
	return false;
}

static const struct nk_addr *dgram_to(const struct nk_dgram *dgram)
{
	return dgram->is_fixed ? &dgram->peer : &dgram->addrs.items[dgram->at];
}

static int dgram_failed(const struct nk_dgram *dgram, struct nk_err *err)
{
	if (errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == ENETUNREACH) {
		nk_fail_errno(err, NK_E_CONNECT, "%s", dgram->name);
		err->again = true;
		return -1;
	}
	return nk_fail_errno(err, NK_E_LOST, "%s", dgram->name);
}

int nk_dgram_send(struct nk_dgram *dgram, const void *bytes, size_t length, struct nk_err *err)
{
	const struct nk_addr *to = dgram_to(dgram);
	const struct nk_net_policy *net = dgram->target->net;
	nk_time_ms deadline = nk_clock_earlier(nk_clock_after(net->timeout_ms), net->deadline);
	int refusals = 0;

	nk_trace(dgram->name, true, bytes, length);
	for (;;) {
		if (sendto(dgram->fd, bytes, length, MSG_NOSIGNAL, &to->any, to->length) >= 0)
			return 0;
		/* Errors of earlier datagrams are told here once each; receiving reports them. */
		if (errno == ECONNREFUSED && ++refusals < 4)
			continue;
		if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
			return dgram_failed(dgram, err);
		if (nk_wait_write(dgram->fd, deadline, "sending", err) < 0)
			return nk_wrap(err, "%s", dgram->name);
	}
}

void nk_dgram_send_to(struct nk_dgram *dgram, const struct nk_addr *to, const void *bytes,
		      size_t length)
{
	/* A courtesy to a stranger: nothing depends on its arrival. */
	(void)!sendto(dgram->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT, &to->any, to->length);
}

/* Take one error off the socket's queue. True when it says that the peer refuses. */
static bool dgram_take_error(struct nk_dgram *dgram)
{
	char control[512];
	char payload[64];
	struct nk_addr meant = { .length = 0 };
	struct iovec iov = { .iov_base = payload, .iov_len = sizeof(payload) };
	struct msghdr msg = {
		.msg_name = &meant.storage,
		.msg_namelen = sizeof(meant.storage),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	bool is_refused = false;

	if (recvmsg(dgram->fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	/* What a stranger's host says of our answer to it is no news of the peer. */
	if (!nk_dgram_is_peer(dgram, &meant))
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct sock_extended_err told;

		if (c->cmsg_len < CMSG_LEN(sizeof(told)))
			continue;
		memcpy(&told, CMSG_DATA(c), sizeof(told));
		if (told.ee_errno == ECONNREFUSED || told.ee_errno == EHOSTUNREACH) {
			errno = (int)told.ee_errno;
			is_refused = true;
		}
	}
	return is_refused;
}

/* Is this what the network says of an earlier datagram, rather than of the socket? */
static bool dgram_is_told_later(int code)
{
	return code == ECONNREFUSED || code == EHOSTUNREACH || code == ENETUNREACH ||
	       code == EMSGSIZE || code == EPROTO || code == EOPNOTSUPP || code == EACCES;
}

ssize_t nk_dgram_receive(struct nk_dgram *dgram, void *bytes, size_t size, nk_time_ms deadline,
			 struct nk_addr *from, struct nk_err *err)
{
	nk_time_ms end = nk_clock_earlier(deadline, dgram->target->net->deadline);
	struct pollfd wait = { .fd = dgram->fd, .events = POLLIN };

	for (;;) {
		struct nk_addr sender = { .length = sizeof(sender.storage) };
		ssize_t got = recvfrom(dgram->fd, bytes, size, MSG_DONTWAIT | MSG_TRUNC,
				       &sender.any, &sender.length);
		int ready;

		if (got >= 0) {
			nk_trace(dgram->name, false, bytes,
				 (size_t)got < size ? (size_t)got : size);
			*from = sender;
			return got;
		}
		if (errno != EAGAIN && errno != EINTR) {
			if (dgram_take_error(dgram) || !dgram_is_told_later(errno))
				return dgram_failed(dgram, err);
			continue;
		}
		ready = nk_wait_any(&wait, 1, end, err);
		if (ready < 0)
			return -1;
		if (ready > 0)
			continue;
		if (nk_clock_left(dgram->target->net->deadline) == 0)
			return nk_fail(err, NK_E_TIMEOUT, 0, "%s: the deadline has passed",
				       dgram->name);
		return NK_DGRAM_SILENCE;
	}
}

/* The answer to one sending, from nowhere but where it went; NK_DGRAM_SILENCE at until. */
static ssize_t dgram_answer(struct nk_dgram *dgram, struct nk_buf *answer, nk_time_ms until,
			    struct nk_err *err)
{
	char bytes[DGRAM_PAYLOAD_MAX];
	struct nk_addr from;

	do {
		ssize_t got = nk_dgram_receive(dgram, bytes, sizeof(bytes), until, &from, err);

		if (got < 0)
			return got;
		if (!nk_dgram_is_peer(dgram, &from))
			continue;
		if (nk_buf_add(answer, bytes, (size_t)got) < 0)
			return nk_fail(err, NK_E_PROTO, 0, "%s: an answer of %zd bytes",
				       dgram->name, got);
		return got;
	} while (nk_clock_left(until) != 0);
	return NK_DGRAM_SILENCE;
}

/* Ask at the address in use until end; while there are others, DGRAM_ASKS times at most. */
static ssize_t dgram_ask_here(struct nk_dgram *dgram, const void *question, size_t length,
			      struct nk_buf *answer, nk_time_ms end, struct nk_err *err)
{
	bool is_last = dgram->at + 1 == dgram->addrs.count;
	int64_t wait_ms = DGRAM_RESEND_MS;
	ssize_t got = NK_DGRAM_SILENCE;

	nk_dgram_fix_peer(dgram, &dgram->addrs.items[dgram->at]);
	for (int i = 0; got == NK_DGRAM_SILENCE && (is_last || i < DGRAM_ASKS); i++) {
		if (nk_dgram_send(dgram, question, length, err) < 0)
			return -1;
		got = dgram_answer(dgram, answer, nk_clock_earlier(nk_clock_after(wait_ms), end),
				   err);
		if (nk_clock_left(end) == 0)
			break;
		wait_ms *= 2;
	}
	return got;
}

int nk_dgram_ask(struct nk_dgram *dgram, const void *question, size_t length, struct nk_buf *answer,
		 struct nk_err *err)
{
	nk_time_ms end = nk_clock_after(dgram->target->net->timeout_ms);

	for (;;) {
		ssize_t got = dgram_ask_here(dgram, question, length, answer, end, err);

		if (got >= 0)
			return 0;
		if (got == NK_DGRAM_SILENCE)
			nk_fail_again(err, NK_E_TIMEOUT, 0, "%s: no answer", dgram->name);
		if ((got == NK_DGRAM_SILENCE && nk_clock_left(end) == 0) ||
		    (got != NK_DGRAM_SILENCE && err->domain != NK_E_CONNECT) ||
		    !nk_dgram_next_address(dgram))
			return -1;
	}
}

void nk_dgram_fix_peer(struct nk_dgram *dgram, const struct nk_addr *peer)
{
	dgram->peer = *peer;
	dgram->is_fixed = true;
}

bool nk_dgram_is_peer(const struct nk_dgram *dgram, const struct nk_addr *from)
{
	const struct nk_addr *to = dgram_to(dgram);

	return nk_addr_is_same_host(to, from) &&
	       (!dgram->is_fixed || nk_addr_port(to) == nk_addr_port(from));
}

int nk_dgram_payload_max(const struct nk_dgram *dgram)
{
	const struct nk_addr *to = dgram_to(dgram);
	bool is_v6 = to->any.sa_family == AF_INET6;
	int mtu = is_v6 ? DGRAM_MTU_V6 : DGRAM_MTU_V4;
	socklen_t length = sizeof(mtu);
	int probe = socket(to->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* Only a connected socket knows the route's MTU; connecting one sends nothing. */
	if (probe >= 0) {
		if (connect(probe, &to->any, to->length) == 0 && is_v6)
			(void)!getsockopt(probe, IPPROTO_IPV6, IPV6_MTU, &mtu, &length);
		else
			(void)!getsockopt(probe, IPPROTO_IP, IP_MTU, &mtu, &length);
		close(probe);
	}
	mtu -= is_v6 ? DGRAM_HEADERS_V6 : DGRAM_HEADERS_V4;
	return mtu > 65507 ? 65507 : mtu;
}

int nk_dgram_reserve(struct nk_dgram *dgram, int payload, int wanted)
{
	int64_t count = ((int64_t)wanted + payload - 1) / payload;
	int64_t charge = (int64_t)payload + payload / 4 + DGRAM_OVERHEAD;
	int asked = count * charge > INT32_MAX / 2 ? INT32_MAX / 2 : (int)(count * charge);
	int given = 0;
	socklen_t length = sizeof(given);

	/* The kernel doubles what is asked; FORCE passes net.core.rmem_max, for root only. */
	if (setsockopt(dgram->fd, SOL_SOCKET, SO_RCVBUFFORCE, &asked, sizeof(asked)) < 0)
		(void)!setsockopt(dgram->fd, SOL_SOCKET, SO_RCVBUF, &asked, sizeof(asked));
	if (getsockopt(dgram->fd, SOL_SOCKET, SO_RCVBUF, &given, &length) < 0)
		return payload;
	return (int)(given / 2 / charge) * payload;
}

const char *nk_dgram_peer(const struct nk_dgram *dgram)
{
	return dgram->name;
}

void nk_dgram_free(struct nk_dgram *dgram)
{
	if (!dgram)
		return;
	if (dgram->fd >= 0)
		close(dgram->fd);
	free(dgram);
}
