/* sshjump.c - hosts that are reached by a proxy command or through other hosts. */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netkit/log.h"
#include "netkit/num.h"
#include "netkit/wait.h"
#include "sshjump.h"
#include "sshlink.h"
#include "sshspawn.h"

/* What is carried at once between a channel and a socket. */
#define ROUTE_PIECE ((size_t)64 * 1024)

/* How long a proxy command may take to notice that its input has ended. */
#define ROUTE_LEAVE_MS 300

struct nk_ssh_route {
	pid_t pid; /* of the proxy command; 0: none */

	/* The host in between, and what is carried through it. */
	struct nk_session *session;
	struct nk_creds_policy creds;
	struct nk_ssh_policy policy;
	struct nk_tls_policy trust;
	char *jumps; /* the hosts before it; owned */
	struct nk_ssh *ssh;
	struct nk_channel *channel;
	int fd; /* our end of the pair; the other is the connection's */
	int threads;
	pthread_t thread[2];
};

/* From the host behind to the connection. */
static void *route_carry_in(void *arg)
{
	struct nk_ssh_route *route = arg;
	nk_auto(str) char *piece = nk_alloc(ROUTE_PIECE);
	struct nk_err err = NK_ERR_INIT;
	ssize_t got;

	while ((got = nk_channel_read(route->channel, piece, ROUTE_PIECE, &err)) > 0) {
		for (ssize_t at = 0; at < got;) {
			ssize_t put = send(route->fd, piece + at, (size_t)(got - at), MSG_NOSIGNAL);

			if (put > 0)
				at += put;
			else if (put < 0 && errno == EAGAIN &&
				 nk_wait_write(route->fd, NK_NEVER, "", &err) == 0)
				continue;
			else if (put >= 0 || errno != EINTR)
				return NULL;
		}
	}
	if (got < 0)
		nk_log(NK_LOG_DEBUG, "%s", err.msg);
	shutdown(route->fd, SHUT_WR);
	return NULL;
}

/* From the connection to the host behind. */
static void *route_carry_out(void *arg)
{
	struct nk_ssh_route *route = arg;
	nk_auto(str) char *piece = nk_alloc(ROUTE_PIECE);
	struct nk_err err = NK_ERR_INIT;

	for (;;) {
		ssize_t got = recv(route->fd, piece, ROUTE_PIECE, 0);

		if (got > 0 && nk_channel_write(route->channel, piece, (size_t)got, &err) == 0)
			continue;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN && nk_wait_read(route->fd, NK_NEVER, "", &err) == 0)
			continue;
		break;
	}
	/* Nothing more is taken from the connection: it shall not wait for that. */
	shutdown(route->fd, SHUT_RD);
	(void)!nk_channel_end(route->channel, &err);
	return NULL;
}

static int route_carry(struct nk_ssh_route *route, struct nk_err *err)
{
	void *(*const work[])(void *) = { route_carry_in, route_carry_out };
	sigset_t all;
	sigset_t before;
	int code = 0;

	/* Signals are the business of the thread that waits for all. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (size_t i = 0; i < NK_COUNT(work) && code == 0; i++) {
		code = pthread_create(&route->thread[i], NULL, work[i], route);
		route->threads += code == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code != 0)
		return nk_fail(err, NK_E_CONNECT, code, "cannot start a thread: %s",
			       strerror(code));
	return 0;
}

bool nk_ssh_route_is_command(const struct nk_ssh_route *route)
{
	return route && route->pid > 0;
}

void nk_ssh_route_free(struct nk_ssh_route *route)
{
	if (!route)
		return;
	if (route->fd >= 0)
		shutdown(route->fd, SHUT_RDWR);
	if (route->ssh)
		nk_sshlink_cut((struct nk_sshlink *)route->ssh);
	for (int i = 0; i < route->threads; i++)
		pthread_join(route->thread[i], NULL);
	nk_channel_free(route->channel);
	nk_ssh_free(route->ssh);
	nk_session_free(route->session);
	if (route->fd >= 0)
		close(route->fd);
	if (route->pid > 0)
		nk_spawn_stop(route->pid, ROUTE_LEAVE_MS);
	free(route->jumps);
	free(route);
}
NK_AUTO_HANDLE(ssh_route, struct nk_ssh_route *, nk_ssh_route_free)

static struct nk_ssh_route *route_new(void)
{
	struct nk_ssh_route *route = nk_alloc(sizeof(*route));

	route->fd = -1;
	return route;
}

static int route_pair(int ends[2], struct nk_err *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return nk_fail_errno(err, NK_E_PROXY, "socketpair");
	return 0;
}

static int route_by_command(const struct nk_ssh_plan *plan, struct nk_sshlink *link,
			    struct nk_err *err)
{
	const char *command = plan->conf->proxy_command;
	nk_auto(ssh_route) struct nk_ssh_route *route = route_new();
	nk_auto(str) char *line = nk_format("trap '' INT; exec %s", command);
	char *const words[] = { "/bin/sh", "-c", line, NULL };
	struct nk_spawn_how how = { .words = words, .err_fd = -1 };
	int ends[2];
	int result;

	if (route_pair(ends, err) < 0)
		return -1;
	how.in_fd = ends[1];
	how.out_fd = ends[1];
	nk_log(NK_LOG_INFO, "%s: by the proxy command %s", link->base.peer, command);
	result = nk_spawn(&how, &route->pid, err);
	close(ends[1]);
	if (result < 0) {
		close(ends[0]);
		return -1;
	}
	link->conn = nk_conn_adopt(ends[0], &link->target);
	link->route = nk_take(route);
	/* Whom the command asks it does not tell. */
	link->base.was_asked = nk_ssh_may_ask(plan->session, plan->conf);
	return 1;
}

/* The recipe for the last host of spec; those before it are how it is reached itself. */
static int route_make_session(struct nk_ssh_route *route, const struct nk_ssh_plan *plan,
			      const char *spec, struct nk_err *err)
{
	const struct nk_session *session = plan->session;
	struct nk_ssh_jump jump;

	if (nk_ssh_jump_parse(spec, &jump, err) < 0)
		return -1;
	/* Passwords, pins and users are of the host that was asked for; keys are tried everywhere. */
	route->creds = (struct nk_creds_policy){
		.password_fd = -1,
		.netrc = session->creds.policy->netrc,
		.no_netrc = session->creds.policy->no_netrc,
		.no_input = session->creds.policy->no_input,
	};
	route->trust.insecure = session->tls_policy && session->tls_policy->insecure;
	route->policy = *plan->policy;
	route->policy.transport = NK_SSH_LIBSSH2;
	route->policy.auth = NULL;
	route->jumps = nk_take(jump.before);
	route->policy.jump = route->jumps;
	route->session = nk_session_new();
	route->session->scheme = session->scheme;
	route->session->target = (struct nk_target){
		.host = nk_take(jump.host),
		.port = jump.port > 0 ? jump.port : NK_SSH_PORT,
		.net = session->target.net,
		.proxy = session->target.proxy,
	};
	route->session->has_port = jump.port > 0;
	route->session->ssh = &route->policy;
	route->session->tls_policy = &route->trust;
	nk_creds_setup(&route->session->creds, &route->creds, route->session->target.host,
		       jump.user);
	nk_ssh_jump_release(&jump);
	return 0;
}

static int route_by_host(const struct nk_ssh_plan *plan, const char *spec, struct nk_sshlink *link,
			 struct nk_err *err)
{
	nk_auto(ssh_route) struct nk_ssh_route *route = route_new();
	int ends[2];

	if (plan->jumps >= NK_SSH_JUMPS_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "%s: over %d hosts lead to it", link->base.peer,
			       NK_SSH_JUMPS_MAX);
	if (route_make_session(route, plan, spec, err) < 0)
		return -1;
	nk_log(NK_LOG_INFO, "%s: through %s", link->base.peer, route->session->target.host);
	if (nk_ssh_open_jump(route->session, plan, &route->ssh, err) < 0 ||
	    nk_sshlink_forward((struct nk_sshlink *)route->ssh, link->host, link->target.port,
			       &route->channel, err) < 0)
		return -1;
	if (route_pair(ends, err) < 0)
		return -1;
	link->base.was_asked = route->ssh->was_asked;
	route->fd = ends[0];
	link->conn = nk_conn_adopt(ends[1], &link->target);
	if (route_carry(route, err) < 0)
		return -1;
	link->route = nk_take(route);
	return 1;
}

/* As in ssh_config(5), whichever is said first excludes the other. */
static bool route_has_command(const struct nk_ssh_plan *plan)
{
	const char *command = plan->conf->proxy_command;

	return !plan->policy->jump && command && strcmp(command, "none") != 0;
}

/* The hosts on the way, NULL: there are none. */
static const char *route_hosts(const struct nk_ssh_plan *plan)
{
	const char *jump = plan->policy->jump ? plan->policy->jump : plan->conf->proxy_jump;

	return jump && jump[0] != '\0' && strcmp(jump, "none") != 0 ? jump : NULL;
}

bool nk_ssh_route_is_due(const struct nk_ssh_plan *plan)
{
	return route_has_command(plan) || route_hosts(plan);
}

int nk_ssh_route_open(const struct nk_ssh_plan *plan, struct nk_sshlink *link, struct nk_err *err)
{
	if (!nk_ssh_route_is_due(plan))
		return 0;
	nk_phase_begin(link->target.phases, NK_PHASE_PROXY);
	return route_has_command(plan) ? route_by_command(plan, link, err)
				       : route_by_host(plan, route_hosts(plan), link, err);
}
