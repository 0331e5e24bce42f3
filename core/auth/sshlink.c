/* sshlink.c - a libssh2 session on our own connection: bytes, turns of waiting, errors. */
#include "sshlink.h"

#include <errno.h>
#include <malloc.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "netkit/log.h"
#include "netkit/thread.h"
#include "netkit/wait.h"

/* The library asks for 16 KiB at a time; fewer and larger reads save a sixth of the time. */
#define LINK_AHEAD ((size_t)128 * 1024)

/* Small packets are sent together at the end of a call, large ones at once. */
#define LINK_GATHER ((size_t)16 * 1024)

/*
 * What a server that does not read may leave unsent: over the first nothing more is received, which
 * could want an answer; the second cannot be reached before.
 */
#define LINK_OUT_STALL ((size_t)1024 * 1024)
#define LINK_OUT_MAX   ((size_t)4 * 1024 * 1024)

/* Servers that gather small packets (RFC 896) hold the next one back until such a one is acknowledged. */
#define LINK_SMALL 1024

/* Lines before the identification, the identification, and a KEXINIT (RFC 4253 4.2, 6.1). */
#define LINK_GREETING_MAX ((size_t)64 * 1024)

/* How often the end of a session may need another call of the library. */
#define LINK_FREE_ROUNDS 100

/* RFC 4253 11.1 */
#define LINK_TOO_MANY_FAILURES "Too many authentication failures"

static void link_note_greeting(struct nk_sshlink *link, const unsigned char *bytes, size_t length)
{
	size_t room = LINK_GREETING_MAX - link->greeting.len;
	const unsigned char *line;

	nk_phase_end(link->target.phases, NK_PHASE_GREETING);
	nk_phase_begin(link->target.phases, NK_PHASE_SSH);

	if (nk_buf_add(&link->greeting, bytes, length < room ? length : room) == 0 && length < room)
		return;
	if (nk_kexinit_banner((const unsigned char *)link->greeting.data, link->greeting.len,
			      &line) == 0)
		nk_fail(&link->failure, NK_E_PROTO, 0,
			"%s: no SSH server: it sent %zu bytes without saying so",
			nk_conn_peer(link->conn), link->greeting.len);
}

static size_t link_pending(const struct nk_sshlink *link)
{
	return link->out.len - link->out_from;
}

/* Receive into the empty buffer: a count, 0 at the end, or -errno. */
static ssize_t link_fill(struct nk_sshlink *link)
{
	ssize_t got;

	if (link->is_closing || link->is_deaf)
		return -ECONNRESET;
	if (link_pending(link) > LINK_OUT_STALL)
		return -EAGAIN;
	got = nk_conn_try_read(link->conn, link->ahead, LINK_AHEAD, &link->failure);
	if (got == NK_CONN_BUSY)
		return -EAGAIN;
	if (got == 0)
		nk_fail_again(&link->failure, NK_E_LOST, 0, "%s: the server closed the connection",
			      nk_conn_peer(link->conn));
	link->is_deaf = got <= 0;
	if (got <= 0)
		return got == 0 ? 0 : -ECONNRESET;
	if (got < LINK_SMALL)
		nk_conn_ack_now(link->conn);
	link->has_input = true;
	link->asked = 0;
	link->from = 0;
	link->to = (size_t)got;
	if (!link->is_ready)
		link_note_greeting(link, link->ahead, (size_t)got);
	return !link->is_ready && link->failure.domain != NK_E_NONE ? -ECONNRESET : got;
}

static ssize_t link_receive(libssh2_socket_t fd, void *bytes, size_t size, int flags,
			    void **abstract)
{
	struct nk_sshlink *link = *abstract;
	size_t have;

	(void)fd;
	(void)flags;
	if (link->from == link->to) {
		ssize_t got = link_fill(link);

		/* The library hands out what it has as long as nothing fails; who waits is told. */
		if (got <= 0)
			return link->is_ready && !link->is_closing ? -EAGAIN : got;
	}
	have = link->to - link->from;
	have = have < size ? have : size;
	memcpy(bytes, link->ahead + link->from, have);
	link->from += have;
	link->taken += have;
	return (ssize_t)have;
}

/* Write what waits, as much as goes. */
static void link_push(struct nk_sshlink *link)
{
	while (link_pending(link) > 0 && link->failure.domain == NK_E_NONE) {
		ssize_t put = nk_conn_try_write(link->conn, link->out.data + link->out_from,
						link->out.len - link->out_from, &link->failure);

		if (put < 0)
			break;
		link->out_from += (size_t)put;
		link->sent += (uint64_t)put;
	}
	if (link->out_from == link->out.len) {
		nk_buf_clear(&link->out);
		link->out_from = 0;
	} else if (link->out_from > link->out.len / 2) {
		nk_buf_consume(&link->out, link->out_from);
		link->out_from = 0;
	}
}

/*
 * Every packet is taken whole: with a part of one unsent, the library refuses all other calls that
 * would send something, and they come from other threads.
 */
static ssize_t link_send(libssh2_socket_t fd, const void *bytes, size_t length, int flags,
			 void **abstract)
{
	struct nk_sshlink *link = *abstract;

	(void)fd;
	(void)flags;
	if (link->failure.domain != NK_E_NONE)
		return -EPIPE;
	if (nk_buf_add(&link->out, bytes, length) < 0) {
		nk_fail(&link->failure, NK_E_LOST, 0,
			"%s: the server asks and does not listen to the answers",
			nk_conn_peer(link->conn));
		return -EPIPE;
	}
	if (link_pending(link) >= LINK_GATHER)
		link_push(link);
	return (ssize_t)length;
}

static void link_note_farewell(LIBSSH2_SESSION *session, int reason, const char *message,
			       int message_length, const char *language, int language_length,
			       void **abstract)
{
	struct nk_sshlink *link = *abstract;

	(void)session;
	(void)reason;
	(void)language;
	(void)language_length;
	if (!link->farewell && message_length > 0)
		link->farewell = nk_strndup(message, (size_t)message_length);
}

static void link_wake(struct nk_sshlink *link)
{
	uint64_t one = 1;

	(void)!write(link->wake_fd, &one, sizeof(one));
}

/* What the socket has to be polled for: to send what waits, and to receive when all that was
 * received is taken. */
static short link_events(const struct nk_sshlink *link)
{
	short events = link_pending(link) > 0 ? POLLOUT : 0;

	if (link->from == link->to && link_pending(link) <= LINK_OUT_STALL)
		events |= POLLIN;
	return events;
}

/* What this thread received may be what others wait for; and the thread that polls has to know when
 * it does so for too little. */
static void link_tell(struct nk_sshlink *link)
{
	if (link->has_input)
		pthread_cond_broadcast(&link->turned);
	if (link->is_polling && (link->has_input || (link_events(link) & ~link->polled) != 0))
		link_wake(link);
	link->has_input = false;
}

void nk_sshlink_lock(struct nk_sshlink *link)
{
	pthread_mutex_lock(&link->lock);
}

void nk_sshlink_unlock(struct nk_sshlink *link)
{
	link_tell(link);
	pthread_mutex_unlock(&link->lock);
}

nk_time_ms nk_sshlink_deadline(const struct nk_sshlink *link)
{
	return nk_clock_earlier(nk_clock_after(link->net.timeout_ms), link->net.deadline);
}

static int link_timed_out(struct nk_sshlink *link, const char *what, struct nk_err *err)
{
	return nk_fail_again(err, NK_E_TIMEOUT, 0, "%s: timed out %s", link->base.peer, what);
}

/* Another thread polls: wait until it has. */
static int link_wait_turn(struct nk_sshlink *link, nk_time_ms deadline, const char *what,
			  struct nk_err *err)
{
	bool is_late = !nk_cond_wait(&link->turned, &link->lock, deadline);

	if (nk_interrupt_check(err) < 0)
		return -1;
	return is_late ? link_timed_out(link, what, err) : 0;
}

/*
 * Ask the server whether it is still there; *next: when that has to be done again. While nobody waits
 * nobody asks either: what counts is not how long it is silent, but since when it is asked.
 */
static int link_keep_alive(struct nk_sshlink *link, nk_time_ms *next, struct nk_err *err)
{
	int64_t most_ms = (int64_t)link->alive_s * 1000 * link->alive_max;
	int seconds = 0;

	*next = NK_NEVER;
	if (link->alive_s == 0 || !link->is_ready)
		return 0;
	/* The answer may have come while nobody waited. */
	if (link->asked != 0 && most_ms > 0 && nk_clock_now() - link->asked >= most_ms &&
	    link->from == link->to && link_fill(link) == -EAGAIN)
		return nk_fail_again(err, NK_E_TIMEOUT, 0,
				     "%s: timed out: the server does not say that it is alive",
				     link->base.peer);
	if (link->lib->libssh2_keepalive_send(link->session, &seconds) == 0 && seconds > 0)
		*next = nk_clock_after((int64_t)seconds * 1000);
	/* That is as long as can be only where it was sent now. */
	if (seconds == link->alive_s && link->asked == 0)
		link->asked = nk_clock_now();
	link_push(link);
	return 0;
}

/* Nobody else polls: do it, for all. */
static int link_poll(struct nk_sshlink *link, nk_time_ms deadline, const char *what,
		     struct nk_err *err)
{
	struct pollfd fds[2] = {
		{ .fd = nk_conn_poll_fd(link->conn) },
		{ .fd = link->wake_fd, .events = POLLIN },
	};
	size_t received = link->to - link->from;
	uint64_t taken = link->taken;
	uint64_t sent = link->sent;
	nk_time_ms next;
	uint64_t count;
	int ready;

	if (link_keep_alive(link, &next, err) < 0)
		return -1;
	/* In a key exchange the library reads where it only has to send. */
	if (link->taken != taken || link->to - link->from > received || link->sent != sent)
		return 0;
	link->polled = link_events(link);
	fds[0].events = link->polled;
	link->is_polling = true;
	pthread_mutex_unlock(&link->lock);
	ready = nk_wait_any(fds, 2, nk_clock_earlier(deadline, next), err);
	pthread_mutex_lock(&link->lock);
	link->is_polling = false;
	(void)!read(link->wake_fd, &count, sizeof(count));
	link_push(link);
	pthread_cond_broadcast(&link->turned);
	if (ready < 0)
		return -1;
	if (ready == 0 && deadline != NK_NEVER && nk_clock_left(deadline) == 0)
		return link_timed_out(link, what, err);
	return 0;
}

int nk_sshlink_wait(struct nk_sshlink *link, nk_time_ms deadline, const char *what,
		    struct nk_err *err)
{
	uint64_t sent = link->sent;

	link_push(link);
	link_tell(link);
	if (link->is_closing || link->failure.domain != NK_E_NONE)
		return nk_sshlink_fail(link, LIBSSH2_ERROR_SOCKET_DISCONNECT, what, err);
	/* The socket takes more again just now: that may be all that was waited for. */
	if (link->sent != sent)
		return 0;
	return link->is_polling ? link_wait_turn(link, deadline, what, err)
				: link_poll(link, deadline, what, err);
}

int nk_sshlink_flush(struct nk_sshlink *link, size_t most, nk_time_ms deadline, struct nk_err *err)
{
	int silence_ms = nk_clock_left(deadline);

	link_push(link);
	while (link_pending(link) > most) {
		uint64_t sent = link->sent;

		if (nk_sshlink_wait(link, deadline, "sending", err) < 0)
			return -1;
		/* A slow line is not a silent one. */
		if (link->sent != sent && silence_ms > 0)
			deadline = nk_clock_earlier(nk_clock_after(silence_ms), link->net.deadline);
		/* A server that cannot send does not receive either. */
		if (link->from == link->to)
			(void)!link_fill(link);
	}
	return 0;
}

void nk_sshlink_cut(struct nk_sshlink *link)
{
	pthread_mutex_lock(&link->lock);
	link->is_closing = true;
	pthread_cond_broadcast(&link->turned);
	link_wake(link);
	pthread_mutex_unlock(&link->lock);
}

/* What the codes of libssh2.h mean to us. */
static enum nk_domain link_domain(int code)
{
	switch (code) {
	case LIBSSH2_ERROR_SOCKET_SEND:
	case LIBSSH2_ERROR_SOCKET_RECV:
	case LIBSSH2_ERROR_SOCKET_DISCONNECT:
	case LIBSSH2_ERROR_CHANNEL_CLOSED:
	case LIBSSH2_ERROR_CHANNEL_EOF_SENT:
		return NK_E_LOST;
	case LIBSSH2_ERROR_TIMEOUT:
	case LIBSSH2_ERROR_SOCKET_TIMEOUT:
		return NK_E_TIMEOUT;
	case LIBSSH2_ERROR_INVALID_MAC:
	case LIBSSH2_ERROR_DECRYPT:
	case LIBSSH2_ERROR_KEX_FAILURE:
	case LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE:
	case LIBSSH2_ERROR_HOSTKEY_INIT:
	case LIBSSH2_ERROR_HOSTKEY_SIGN:
	case LIBSSH2_ERROR_METHOD_NONE:
	case LIBSSH2_ERROR_METHOD_NOT_SUPPORTED:
		return NK_E_TLS;
	case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
	case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
		return NK_E_AUTH;
	case LIBSSH2_ERROR_CHANNEL_FAILURE:
	case LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED:
	case LIBSSH2_ERROR_REQUEST_DENIED:
		return NK_E_UNSUPPORTED;
	default:
		return NK_E_PROTO;
	}
}

int nk_sshlink_fail(struct nk_sshlink *link, int code, const char *what, struct nk_err *err)
{
	enum nk_domain domain = link_domain(code);
	char *said = NULL;

	if (link->farewell) {
		bool is_auth = strstr(link->farewell, LINK_TOO_MANY_FAILURES) != NULL;

		nk_fail(err, is_auth ? NK_E_AUTH : NK_E_LOST, 0,
			"%s: the server ended the connection: %s", link->base.peer, link->farewell);
		err->again = !is_auth;
		return -1;
	}
	if (link->failure.domain != NK_E_NONE) {
		*err = link->failure;
		return -1;
	}
	if (domain == NK_E_LOST)
		return nk_fail_again(err, domain, code, "%s: connection lost %s", link->base.peer,
				     what);
	link->lib->libssh2_session_last_error(link->session, &said, NULL, 0);
	if (code == LIBSSH2_ERROR_INVALID_MAC)
		said = "a packet was changed on its way (bad MAC)";
	nk_fail(err, domain, code, "%s: failed %s: %s", link->base.peer, what,
		said && said[0] ? said : "the library does not say why");
	err->again = domain == NK_E_TIMEOUT;
	return -1;
}

static int link_handshake(struct nk_sshlink *link, struct nk_err *err)
{
	nk_time_ms deadline = nk_clock_earlier(nk_clock_after(link->net.connect_timeout_ms),
					       nk_sshlink_deadline(link));
	int code;

	nk_phase_begin(link->target.phases, NK_PHASE_GREETING);
	while ((code = link->lib->libssh2_session_handshake(
			link->session, nk_conn_poll_fd(link->conn))) == LIBSSH2_ERROR_EAGAIN) {
		if (nk_sshlink_check_version(link, err) < 0)
			return -1;
		if (nk_sshlink_wait(link, deadline, "in the SSH handshake", err) == 0)
			continue;
		if (err->domain == NK_E_TIMEOUT)
			(void)nk_sshlink_blame_greeting(link, err);
		return -1;
	}
	if (code == LIBSSH2_ERROR_KEX_FAILURE && nk_sshlink_disagree(link, err) < 0)
		return -1;
	if (code != 0 && nk_sshlink_blame_greeting(link, err) < 0)
		return -1;
	if (code != 0 && link->greeting.len == 0 && nk_ssh_route_is_command(link->route))
		return nk_fail(err, NK_E_PROXY, 0,
			       "%s: the proxy command ended before the server said anything",
			       link->base.peer);
	if (code != 0)
		return nk_sshlink_fail(link, code, "in the SSH handshake", err);
	nk_log(NK_LOG_DEBUG, "%s: %s: %s, %s, %s, %s", link->base.peer,
	       link->lib->libssh2_session_banner_get(link->session),
	       link->lib->libssh2_session_methods(link->session, LIBSSH2_METHOD_KEX),
	       link->lib->libssh2_session_methods(link->session, LIBSSH2_METHOD_HOSTKEY),
	       link->lib->libssh2_session_methods(link->session, LIBSSH2_METHOD_CRYPT_SC),
	       link->lib->libssh2_session_methods(link->session, LIBSSH2_METHOD_MAC_SC));
	link->is_ready = true;
	nk_buf_release(&link->greeting);
	nk_phase_end(link->target.phases, NK_PHASE_SSH);
	return 0;
}

static pthread_once_t link_library_once = PTHREAD_ONCE_INIT;

/* Not safe in several threads at once, says the library. */
static void link_library_init(void)
{
	struct nk_err ignored = NK_ERR_INIT;
	const struct nk_ssh2 *lib = nk_ssh2(&ignored);

	if (lib)
		lib->libssh2_init(0);
}

/* During a login packets and answers hold secrets. */
static void link_free_bytes(void *bytes, void **abstract)
{
	const struct nk_sshlink *link = *abstract;

	if (bytes && link->login)
		nk_secret_wipe(bytes, malloc_usable_size(bytes));
	free(bytes);
}

static int link_session_new(struct nk_sshlink *link, struct nk_err *err)
{
	link->lib = nk_ssh2(err);
	if (!link->lib)
		return -1;
	pthread_once(&link_library_once, link_library_init);
	link->session = link->lib->libssh2_session_init_ex(NULL, link_free_bytes, NULL, link);
	if (!link->session)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "libssh2 cannot begin a session");
	link->lib->libssh2_session_set_blocking(link->session, 0);
	link->lib->libssh2_session_callback_set(link->session, LIBSSH2_CALLBACK_RECV,
						(void *)link_receive);
	link->lib->libssh2_session_callback_set(link->session, LIBSSH2_CALLBACK_SEND,
						(void *)link_send);
	link->lib->libssh2_session_callback_set(link->session, LIBSSH2_CALLBACK_DISCONNECT,
						(void *)link_note_farewell);
	return 0;
}

/* Say goodbye and give everything back. Nothing is waited for. */
static void link_free(struct nk_ssh *base)
{
	struct nk_sshlink *link = (struct nk_sshlink *)base;

	if (link->session && link->is_ready && !link->is_closing &&
	    link->failure.domain == NK_E_NONE) {
		link->lib->libssh2_session_disconnect_ex(link->session,
							 SSH_DISCONNECT_BY_APPLICATION, "", "");
		link_push(link);
	}
	link->is_closing = true;
	for (int i = 0; link->session && i < LINK_FREE_ROUNDS; i++) {
		if (link->lib->libssh2_session_free(link->session) != LIBSSH2_ERROR_EAGAIN)
			break;
	}
	nk_conn_free(link->conn);
	nk_ssh_route_free(link->route);
	nk_buf_release(&link->out);
	nk_buf_release(&link->greeting);
	close(link->wake_fd);
	pthread_cond_destroy(&link->turned);
	pthread_mutex_destroy(&link->lock);
	pthread_mutex_destroy(&link->opening);
	for (int i = 0; i < NK_KEXINIT_LISTS; i++)
		free(link->offered[i]);
	free(link->ahead);
	free(link->farewell);
	free(link->host);
	free(link->bind);
	free(link->base.peer);
	free(link);
}

static void link_leave(struct nk_ssh *base)
{
	struct nk_sshlink *link = (struct nk_sshlink *)base;

	nk_sshlink_lock(link);
	link->is_left = true;
	nk_sshlink_unlock(link);
}

static const struct nk_ssh_ops link_ops = {
	.start = nk_sshlink_start,
	.leave = link_leave,
	.free = link_free,
};

/* What ssh_config says about the network holds where our own options say nothing. */
static void link_set_target(struct nk_sshlink *link, const struct nk_ssh_plan *plan)
{
	const struct nk_sshconf *conf = plan->conf;
	const struct nk_target *asked = &plan->session->target;
	int port = plan->port > 0 ? plan->port : conf->port > 0 ? conf->port : NK_SSH_PORT;

	link->net = *asked->net;
	if (conf->connect_timeout_ms >= 0)
		link->net.connect_timeout_ms = conf->connect_timeout_ms;
	if (!link->net.bind && conf->bind_address) {
		link->bind = nk_strdup(conf->bind_address);
		link->net.bind = link->bind;
	}
	if (!link->net.ipv4 && !link->net.ipv6) {
		link->net.ipv4 = conf->address_family == 4;
		link->net.ipv6 = conf->address_family == 6;
	}
	link->host = nk_strdup(conf->host_name ? conf->host_name : asked->host);
	link->target = (struct nk_target){
		.host = link->host,
		.port = port,
		.net = &link->net,
		.proxy = asked->proxy,
		.phases = asked->phases,
	};
	link->base.peer =
		nk_format(strchr(link->host, ':') ? "[%s]:%d" : "%s:%d", link->host, port);
	link->alive_s = conf->server_alive_interval_s > 0 ? conf->server_alive_interval_s : 0;
	link->alive_max = conf->server_alive_count_max >= 0 ? conf->server_alive_count_max : 3;
}

static struct nk_sshlink *link_new(const struct nk_ssh_plan *plan)
{
	struct nk_sshlink *link = nk_alloc(sizeof(*link));

	link->base.ops = &link_ops;
	link->base.takes_others = true;
	nk_cond_init(&link->turned);
	pthread_mutex_init(&link->lock, NULL);
	pthread_mutex_init(&link->opening, NULL);
	link->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	link->ahead = nk_alloc(LINK_AHEAD);
	link->out = (struct nk_buf)NK_BUF_INIT(LINK_OUT_MAX);
	link->greeting = (struct nk_buf)NK_BUF_INIT(LINK_GREETING_MAX);
	link_set_target(link, plan);
	return link;
}

/* One that is made beside the first waits for it: to be sure that the server has taken that one, and
 * that nobody is asked on the way. */
static int link_await_first(const struct nk_ssh_plan *plan, struct nk_err *err)
{
	enum nk_session_login stage =
		nk_ssh_route_is_due(plan) ? NK_SESSION_ADMITTED : NK_SESSION_GREETED;

	return plan->is_beside ? nk_session_await_login(plan->session, stage, err) : 0;
}

static int link_connect(struct nk_sshlink *link, const struct nk_ssh_plan *plan, struct nk_err *err)
{
	int routed;

	if (link_await_first(plan, err) < 0)
		return -1;
	routed = nk_ssh_route_open(plan, link, err);
	if (routed < 0 || (routed == 0 && nk_dial(&link->target, &link->conn, err) < 0))
		return -1;
	nk_phase_end(link->target.phases, NK_PHASE_PROXY);
	if (!plan->is_beside)
		nk_session_note_login(plan->session, NK_SESSION_GREETED);
	return nk_sshlink_offer(link, plan, err);
}

int nk_sshlink_open(const struct nk_ssh_plan *plan, struct nk_ssh **ssh, struct nk_err *err)
{
	nk_auto(ssh) struct nk_ssh *owner = NULL;
	struct nk_sshlink *link = link_new(plan);
	int result;

	owner = &link->base;
	if (link->wake_fd < 0)
		return nk_fail_errno(err, NK_E_UNSUPPORTED, "eventfd");
	if (link_session_new(link, err) < 0 || link_connect(link, plan, err) < 0)
		return -1;
	nk_sshlink_lock(link);
	result = link_handshake(link, err);
	nk_sshlink_note(link, plan->session->facts);
	if (result == 0 && plan->is_beside)
		result = nk_session_await_login(plan->session, NK_SESSION_TRUSTED, err);
	if (result == 0)
		result = nk_sshlink_verify(link, plan, err);
	if (result == 0 && !plan->is_beside)
		nk_session_note_login(plan->session, NK_SESSION_TRUSTED);
	if (result == 0 && link->alive_s > 0)
		link->lib->libssh2_keepalive_config(link->session, 1, (unsigned)link->alive_s);
	if (result == 0)
		result = nk_sshlink_login(link, plan, err);
	nk_sshlink_unlock(link);
	if (result < 0)
		return -1;
	if (!plan->is_beside)
		nk_ssh_note_login(&link->base, plan->session);
	*ssh = nk_take(owner);
	return 0;
}
