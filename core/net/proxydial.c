/* proxydial.c - connecting by way of a proxy: SOCKS 4, 4A, 5 and CONNECT. */
#include <stdio.h>
#include <unistd.h>

#include "httpconnect.h"
#include "layer.h"
#include "netkit/line.h"
#include "netkit/log.h"

/* How often a person may mistype the password. */
#define PROXY_ASKS_MAX 3

/* One conversation with a proxy. */
struct talk {
	struct nk_conn *conn;
	const struct nk_proxy *proxy;
	struct nk_proxy_goal goal;
	const struct nk_proxy_login *login;
};

/* "socks5h proxy p:1080 for h:21"; a new string. */
static char *proxy_label(const struct nk_proxy *proxy, const char *host, int port)
{
	return nk_format("%s proxy %s%s%s:%d for %s%s%s:%d", nk_proxy_scheme(proxy),
			 strchr(proxy->host, ':') ? "[" : "", proxy->host,
			 strchr(proxy->host, ':') ? "]" : "", proxy->port,
			 strchr(host, ':') ? "[" : "", host, strchr(host, ':') ? "]" : "", port);
}

static void proxy_set_domain(struct nk_err *err)
{
	switch (err->domain) {
	case NK_E_TIMEOUT:
	case NK_E_INTERRUPT:
	case NK_E_TERMINATE:
	case NK_E_USAGE:
	case NK_E_UNSUPPORTED:
		return;
	default:
		err->domain = NK_E_PROXY;
	}
}

static int proxy_blame(const char *label, struct nk_err *err)
{
	proxy_set_domain(err);
	return nk_wrap(err, "%s", label);
}

/* --- what every kind needs --------------------------------------------------------------------- */

static int talk_send(const struct talk *talk, const struct nk_buf *message, const char *shown,
		     struct nk_err *err)
{
	if (nk_conn_write_as(talk->conn, message->data, message->len, shown, err) == 0)
		return 0;
	proxy_set_domain(err);
	return -1;
}

/* Exactly size bytes: what follows them may be the target's first words already. */
static int talk_read(const struct talk *talk, unsigned char *bytes, size_t size, struct nk_err *err)
{
	size_t have = 0;

	while (have < size) {
		ssize_t got = nk_conn_read(talk->conn, bytes + have, size - have, err);

		if (got == 0)
			return nk_fail_again(err, NK_E_PROXY, 0, "%s: closed the connection",
					     nk_conn_peer(talk->conn));
		if (got < 0) {
			proxy_set_domain(err);
			return -1;
		}
		have += (size_t)got;
	}
	return 0;
}

/* What a message says, with the proxy's name before it. */
static int talk_failed(const struct talk *talk, struct nk_err *err)
{
	return nk_wrap(err, "%s", nk_conn_peer(talk->conn));
}

/* --- SOCKS 5 ----------------------------------------------------------------------------------- */

/* 0, 1: another login is wanted, -1. */
static int socks5_log_in(const struct talk *talk, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf message = NK_BUF_INIT(NK_SOCKS_MESSAGE_MAX);
	nk_auto(str) char *shown = nk_format("\x01 %s ****", talk->login->user);
	unsigned char reply[2];
	int result;

	if (!nk_secret_is_set(&talk->login->password)) {
		nk_fail(err, NK_E_PROXY, 0, "it wants the password of %s", talk->login->user);
		(void)talk_failed(talk, err);
		return 1;
	}
	if (nk_socks5_add_login(&message, talk->login, err) < 0)
		return talk_failed(talk, err);
	result = talk_send(talk, &message, shown, err);
	nk_secret_wipe(message.data, message.len);
	if (result < 0 || talk_read(talk, reply, sizeof(reply), err) < 0)
		return -1;
	result = nk_socks5_logged_in(reply, err);
	if (result < 0)
		return talk_failed(talk, err);
	if (result > 0)
		return 0;
	nk_fail(err, NK_E_PROXY, reply[1], "the login of %s was refused", talk->login->user);
	(void)talk_failed(talk, err);
	return 1;
}

static int socks5_greet(const struct talk *talk, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf message = NK_BUF_INIT(NK_SOCKS_MESSAGE_MAX);
	bool has_login = talk->login->user;
	enum nk_socks5_method method;
	unsigned char reply[2];

	nk_socks5_greet(&message, has_login);
	if (talk_send(talk, &message, NULL, err) < 0 ||
	    talk_read(talk, reply, sizeof(reply), err) < 0)
		return -1;
	if (nk_socks5_method(reply, has_login, &method, err) < 0)
		return talk_failed(talk, err);
	if (method == NK_SOCKS5_PASSWORD)
		return socks5_log_in(talk, err);
	if (method == NK_SOCKS5_NO_LOGIN)
		return 0;
	nk_fail(err, NK_E_PROXY, method,
		has_login ? "it takes no login by password"
			  : "it wants a login: name a user in the proxy's URL");
	return talk_failed(talk, err);
}

static int socks5_talk(const struct talk *talk, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf message = NK_BUF_INIT(NK_SOCKS_MESSAGE_MAX);
	unsigned char reply[NK_SOCKS5_REPLY_MAX] = { 0 };
	int result = socks5_greet(talk, err);
	int length;

	if (result != 0)
		return result;
	if (nk_socks5_add_request(&message, &talk->goal, err) < 0)
		return talk_failed(talk, err);
	/* A refusal may end after its second byte. */
	if (talk_send(talk, &message, NULL, err) < 0 || talk_read(talk, reply, 2, err) < 0)
		return -1;
	if (reply[0] == 5 && reply[1] == 0 &&
	    talk_read(talk, reply + 2, NK_SOCKS5_HEAD - 2, err) < 0)
		return -1;
	length = nk_socks5_reply_length(reply, err);
	if (length < 0)
		return talk_failed(talk, err);
	/* The address the proxy connects from is of no use here. */
	return talk_read(talk, reply + NK_SOCKS5_HEAD, (size_t)length - NK_SOCKS5_HEAD, err);
}

/* --- SOCKS 4 ----------------------------------------------------------------------------------- */

static int socks4_talk(const struct talk *talk, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf message = NK_BUF_INIT(NK_SOCKS_MESSAGE_MAX);
	unsigned char reply[NK_SOCKS4_REPLY];

	if (nk_socks4_add_request(&message, &talk->goal, talk->proxy->login.user, err) < 0)
		return talk_failed(talk, err);
	if (talk_send(talk, &message, NULL, err) < 0 ||
	    talk_read(talk, reply, sizeof(reply), err) < 0)
		return -1;
	return nk_socks4_granted(reply, err) < 0 ? talk_failed(talk, err) : 0;
}

/* --- CONNECT ----------------------------------------------------------------------------------- */

static int http_send(const struct talk *talk, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf request = NK_BUF_INIT(NK_HTTP_REQUEST_MAX);
	nk_auto(buf) struct nk_buf shown = NK_BUF_INIT(NK_HTTP_REQUEST_MAX);
	int result;

	if (nk_http_add_connect(&request, &talk->goal, talk->login, false, err) < 0 ||
	    nk_http_add_connect(&shown, &talk->goal, talk->login, true, err) < 0)
		result = talk_failed(talk, err);
	else
		result = talk_send(talk, &request, shown.data, err);
	nk_secret_wipe(request.data, request.len);
	return result;
}

/* One line; left: how much of the head may still come. */
static int http_read_line(const struct talk *talk, struct nk_buf *line, size_t *left,
			  struct nk_err *err)
{
	if (nk_line_read(talk->conn, line, err) < 0) {
		proxy_set_domain(err);
		return -1;
	}
	if (line->len + 2 > *left)
		return nk_fail(err, NK_E_PROXY, 0, "%s: its reply has no end: over %d bytes",
			       nk_conn_peer(talk->conn), NK_HTTP_HEAD_MAX);
	*left -= line->len + 2;
	return 0;
}

static int http_read_head(const struct talk *talk, struct nk_http_head *head, size_t *left,
			  struct nk_err *err)
{
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(NK_HTTP_LINE_MAX);

	if (http_read_line(talk, &line, left, err) < 0)
		return -1;
	if (nk_http_status_line(line.data, head, err) < 0)
		return talk_failed(talk, err);
	do {
		if (http_read_line(talk, &line, left, err) < 0)
			return -1;
		nk_http_header_line(line.data, head);
	} while (line.len > 0);
	return 0;
}

/* What follows the empty line is the tunnel's, whatever the head says of a body, and stays in the
 * connection's own buffer: an SSH server speaks first. */
static int http_talk(const struct talk *talk, struct nk_err *err)
{
	struct nk_http_head head = { .status = 0 };
	size_t left = NK_HTTP_HEAD_MAX;
	int result;

	if (http_send(talk, err) < 0)
		return -1;
	do {
		if (http_read_head(talk, &head, &left, err) < 0)
			return -1;
	} while (head.status < 200);
	result = nk_http_judge(&head, talk->login, err);
	if (result != 0)
		(void)talk_failed(talk, err);
	return result;
}

/* --- dialing ----------------------------------------------------------------------------------- */

/* 0; 1: another login is wanted, err is filled; -1. */
static int proxy_speak(const struct talk *talk, struct nk_err *err)
{
	switch (talk->proxy->kind) {
	case NK_PROXY_HTTP:
		return http_talk(talk, err);
	case NK_PROXY_SOCKS4:
	case NK_PROXY_SOCKS4A:
		return socks4_talk(talk, err);
	default:
		return socks5_talk(talk, err);
	}
}

/* Reach the proxy and speak to it, as proxy_speak. */
static int proxy_talk(const struct talk *talk, nk_time_ms deadline, struct nk_err *err)
{
	nk_auto(str) char *label = proxy_label(talk->proxy, talk->goal.host, talk->goal.port);
	int result;

	nk_conn_talk_to_proxy(talk->conn, label, deadline);
	nk_conn_set_purpose(talk->conn, "waiting for the proxy");
	result = nk_conn_reach(talk->conn, deadline, err);
	if (result == 0)
		result = proxy_speak(talk, err);
	else
		proxy_set_domain(err);
	nk_conn_talk_to_proxy(talk->conn, NULL, NK_NEVER);
	nk_conn_set_purpose(talk->conn, "waiting for the peer");
	return result;
}

/* Who logs in, without asking anybody; login is empty before. */
static int proxy_know_login(const struct nk_proxy *proxy, struct nk_proxy_login *login,
			    struct nk_err *err)
{
	bool is_socks4 = proxy->kind == NK_PROXY_SOCKS4 || proxy->kind == NK_PROXY_SOCKS4A;

	if (is_socks4)
		return 0;
	if (proxy->find_login)
		return proxy->find_login(proxy->finder, false, login, err) < 0 ? -1 : 0;
	login->user = nk_strdup(proxy->login.user);
	if (!nk_secret_is_set(&proxy->login.password))
		return 0;
	return nk_secret_set(&login->password, proxy->login.password.bytes,
			     proxy->login.password.len, err);
}

int nk_proxy_dial_beside(const struct nk_conn *conn, int port, struct nk_conn **data,
			 struct nk_err *err)
{
	nk_auto(proxy_login) struct nk_proxy_login login = NK_PROXY_LOGIN_INIT;
	nk_auto(conn) struct nk_conn *made = NULL;
	const struct nk_conn_way *way = nk_conn_way(conn);
	const struct nk_target *target = nk_conn_target(conn);
	const struct nk_net_policy *net = target->net;
	nk_auto(str) char *label = proxy_label(way->proxy, target->host, port);
	struct nk_addr addr = *nk_conn_address(conn);
	struct talk talk = { .proxy = way->proxy, .login = &login };
	int fd;

	nk_addr_set_port(&addr, port);
	if (proxy_know_login(way->proxy, &login, err) < 0)
		return proxy_blame(label, err);
	fd = nk_dial_begin(&way->at, net, err);
	if (fd < 0)
		return proxy_blame(label, err);
	made = nk_conn_new(fd, target, &addr, true);
	nk_conn_set_way(made, way);
	talk.conn = made;
	talk.goal = (struct nk_proxy_goal){ target->host, way->is_by_name ? NULL : &addr, port };
	/* Nobody is asked: the login was good for the connection that this one is beside. */
	if (proxy_talk(&talk,
		       nk_clock_earlier(nk_clock_after(net->connect_timeout_ms), net->deadline),
		       err) != 0)
		return -1;
	*data = nk_take(made);
	return 0;
}

/* One dial, whose tries share a login and the time. */
struct proxy_dial {
	const struct nk_target *target;
	const struct nk_proxy *proxy;
	struct nk_net_policy net; /* with the end of all tries as its deadline */
	struct nk_proxy_login login;
	int asked;
	bool was_reached; /* the proxy answered: what failed is behind it */
};

static void proxy_start_clock(struct proxy_dial *dial)
{
	const struct nk_net_policy *net = dial->target->net;

	dial->net = *net;
	dial->net.deadline =
		nk_clock_earlier(nk_clock_after(net->connect_timeout_ms), net->deadline);
}

/* As proxy_talk, from the start. addr: sent to the proxy; NULL: the name. */
static int proxy_try(struct proxy_dial *dial, const struct nk_addr *addr, struct nk_conn **conn,
		     struct nk_err *err)
{
	const struct nk_target *target = dial->target;
	const struct nk_target via = { .host = dial->proxy->host,
				       .port = dial->proxy->port,
				       .net = &dial->net };
	struct nk_addr unknown = { .length = sizeof(unknown.v4) };
	struct nk_conn_way way = { .proxy = dial->proxy, .is_by_name = !addr };
	nk_auto(conn) struct nk_conn *made = NULL;
	struct talk talk = { .proxy = dial->proxy, .login = &dial->login };
	int fd = nk_dial_socket(&via, &way.at, err);
	int result;

	if (fd < 0) {
		nk_auto(str) char *label = proxy_label(dial->proxy, target->host, target->port);

		return proxy_blame(label, err);
	}
	unknown.v4.sin_family = AF_INET;
	nk_addr_set_port(&unknown, target->port);
	made = nk_conn_new(fd, target, addr ? addr : &unknown, false);
	nk_conn_set_way(made, &way);
	dial->was_reached = true;
	talk.conn = made;
	talk.goal = (struct nk_proxy_goal){ target->host, addr, target->port };
	result = proxy_talk(&talk, dial->net.deadline, err);
	if (result == 0)
		*conn = nk_take(made);
	return result;
}

/* The proxy wants a login, or another: err says so, and stays where nobody can give one. */
static int proxy_ask(struct proxy_dial *dial, struct nk_err *err)
{
	struct nk_err refused = NK_ERR_INIT;
	bool had_password = nk_secret_is_set(&dial->login.password);
	int result;

	if (!dial->proxy->find_login || !dial->login.user || dial->asked++ >= PROXY_ASKS_MAX)
		return -1;
	result = dial->proxy->find_login(dial->proxy->finder, true, &dial->login, &refused);
	if (result > 0) {
		/* A person took the time that was not the proxy's. */
		proxy_start_clock(dial);
		*err = (struct nk_err)NK_ERR_INIT;
		return 0;
	}
	if (result < 0 && (!had_password || refused.domain != NK_E_AUTH)) {
		nk_auto(str) char *label =
			proxy_label(dial->proxy, dial->target->host, dial->target->port);

		*err = refused;
		return proxy_blame(label, err);
	}
	return -1;
}

static int proxy_try_logins(struct proxy_dial *dial, const struct nk_addr *addr,
			    struct nk_conn **conn, struct nk_err *err)
{
	int result;

	while ((result = proxy_try(dial, addr, conn, err)) > 0) {
		if (proxy_ask(dial, err) < 0)
			return -1;
	}
	return result;
}

/* The addresses to be sent, none for the name. */
static int proxy_resolve(const struct proxy_dial *dial, struct nk_addrs *addrs, struct nk_err *err)
{
	const struct nk_target *target = dial->target;
	struct nk_net_policy net = dial->net;
	bool is_socks4 = dial->proxy->kind == NK_PROXY_SOCKS4;
	int known = nk_addr_known(target->host, target->port, &net, addrs, err);

	addrs->count = known > 0 ? addrs->count : 0;
	if (known < 0)
		return -1;
	if (is_socks4) {
		net.ipv4 = true;
		net.ipv6 = false;
	}
	if (known == 0 && (is_socks4 || dial->proxy->kind == NK_PROXY_SOCKS5))
		return nk_addr_resolve(target->host, target->port, SOCK_STREAM, &net, addrs, err);
	if (known > 0 && is_socks4 && addrs->items[0].any.sa_family != AF_INET)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s: a socks4:// proxy knows no IPv6: socks4a:// or socks5://",
			       target->host);
	if (known > 0 && addrs->items[0].any.sa_family == AF_INET6 &&
	    addrs->items[0].v6.sin6_scope_id != 0)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s: an address of this machine's own links means nothing to a "
			       "proxy: NO_PROXY or --proxy=none",
			       target->host);
	return 0;
}

static int proxy_connect(struct proxy_dial *dial, struct nk_conn **conn, struct nk_err *err)
{
	struct nk_addrs addrs = { .count = 0 };

	if (proxy_know_login(dial->proxy, &dial->login, err) < 0)
		return nk_wrap(err, "%s proxy %s", nk_proxy_scheme(dial->proxy), dial->proxy->host);
	proxy_start_clock(dial);
	if (proxy_resolve(dial, &addrs, err) < 0)
		return -1;
	if (addrs.count == 0)
		return proxy_try_logins(dial, NULL, conn, err);
	for (int i = 0;; i++) {
		if (proxy_try_logins(dial, &addrs.items[i], conn, err) == 0)
			return 0;
		/* Another address may do where the proxy says that this one cannot be reached. */
		if (!dial->was_reached || !err->again || err->domain != NK_E_PROXY ||
		    i + 1 == addrs.count)
			return -1;
		nk_log(NK_LOG_DEBUG, "%s", err->msg);
		*err = (struct nk_err)NK_ERR_INIT;
	}
}

int nk_proxy_dial(const struct nk_target *target, struct nk_conn **conn, struct nk_err *err)
{
	struct proxy_dial dial = { .target = target, .proxy = target->proxy };
	int result;

	nk_log(NK_LOG_INFO, "%s:%d: by way of the %s proxy %s:%d", target->host, target->port,
	       nk_proxy_scheme(target->proxy), target->proxy->host, target->proxy->port);
	result = proxy_connect(&dial, conn, err);
	nk_proxy_login_release(&dial.login);
	return result;
}
