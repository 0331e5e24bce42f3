/* ssh.c - open a session by the transport that serves it; what both transports do. */
#include "sshlink.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include "netkit/log.h"

static const struct nk_ssh_policy ssh_usual_policy;

/* Who logs in when nobody was named; kept, for the password's prompt names it. */
static int ssh_set_user(struct nk_ssh_plan *plan, struct nk_err *err)
{
	struct nk_creds *creds = &plan->session->creds;
	const char *user = plan->conf->user;
	struct passwd entry;
	struct passwd *found = NULL;
	char room[1024];

	if (!user && getpwuid_r(geteuid(), &entry, room, sizeof(room), &found) == 0 && found)
		user = found->pw_name;
	if (!user)
		return nk_fail(err, NK_E_USAGE, 0, "no user was named, and this one has no name");
	pthread_mutex_lock(&creds->lock);
	if (!creds->user)
		creds->user = nk_strdup(user);
	plan->user = creds->user;
	pthread_mutex_unlock(&creds->lock);
	return 0;
}

static int ssh_open_link(struct nk_ssh_plan *plan, struct nk_ssh **ssh, struct nk_err *err)
{
	if (plan->conf->needs_ssh)
		return nk_fail(err, NK_E_UNSUPPORTED, NK_SSH_NEEDS_PROGRAM,
			       "%s: %s needs the ssh program: use --ssh-transport=openssh",
			       plan->session->target.host,
			       plan->conf->why ? plan->conf->why : "ssh_config");
	if (!plan->user && ssh_set_user(plan, err) < 0)
		return -1;
	return nk_sshlink_open(plan, ssh, err);
}

/* The ssh program shows nothing of a host but what it serves after the login. */
static bool ssh_is_only_looked_at(const struct nk_ssh_plan *plan)
{
	return plan->session->facts && !plan->session->facts->wants_login;
}

/* libssh2, and the ssh program where that cannot do it. */
static int ssh_open_auto(struct nk_ssh_plan *plan, struct nk_ssh **ssh, struct nk_err *err)
{
	const char *user = plan->user;
	struct nk_err later = NK_ERR_INIT;

	if (ssh_open_link(plan, ssh, err) == 0)
		return 0;
	if (err->code != NK_SSH_NEEDS_PROGRAM || ssh_is_only_looked_at(plan))
		return -1;
	if (!nk_ssh_child_is_there())
		return nk_wrap(err, "the ssh program is missing (package openssh-client)");
	plan->user = user;
	/* What the program cannot be told, the user chose before: the first reason counts. */
	if (nk_ssh_child_open(plan, ssh, &later) < 0) {
		nk_log(NK_LOG_INFO, "%s", later.msg);
		return -1;
	}
	nk_log(NK_LOG_INFO, "by the ssh program: %s", err->msg);
	*err = (struct nk_err)NK_ERR_INIT;
	return 0;
}

/* What the ssh program reads by itself it also judges by itself. */
static int ssh_open_child(struct nk_ssh_plan *plan, const struct nk_sshconf_query *query,
			  struct nk_ssh **ssh, struct nk_err *err)
{
	nk_auto(sshconf) struct nk_sshconf conf = NK_SSHCONF_INIT;
	struct nk_err ignored = NK_ERR_INIT;
	struct nk_ssh_plan whole = *plan;

	if (nk_sshconf_load(query, &conf, &ignored) == 0) {
		whole.conf = &conf;
		whole.session->port_used = conf.port;
	}
	return nk_ssh_child_open(&whole, ssh, err);
}

/* The methods of --auth are known to one of the transports, before anything is dialed. */
static int ssh_check_auth(const char *wanted, struct nk_err *err)
{
	static const char *const known[] = {
		"publickey", "keyboard-interactive", "password", "gssapi-with-mic", "hostbased",
	};

	while (wanted) {
		size_t length = strcspn(wanted, ",");
		bool is_known = false;

		for (size_t i = 0; i < NK_COUNT(known); i++)
			is_known |=
				strlen(known[i]) == length && memcmp(known[i], wanted, length) == 0;
		if (!is_known)
			return nk_fail(err, NK_E_USAGE, 0,
				       "--auth=%.*s: not a method: publickey, "
				       "keyboard-interactive, password, and by the ssh program "
				       "gssapi-with-mic, hostbased",
				       (int)(length < 64 ? length : 64), wanted);
		wanted = wanted[length] == ',' ? wanted + length + 1 : NULL;
	}
	return 0;
}

static int ssh_open(const struct nk_ssh_plan *asked, struct nk_ssh **ssh, struct nk_err *err)
{
	nk_auto(sshconf) struct nk_sshconf conf = NK_SSHCONF_INIT;
	struct nk_session *session = asked->session;
	struct nk_ssh_plan plan = *asked;
	struct nk_sshconf_query query;

	plan.policy = session->ssh ? session->ssh : &ssh_usual_policy;
	plan.port = session->has_port ? session->target.port : 0;
	if (ssh_check_auth(plan.policy->auth, err) < 0 ||
	    nk_creds_user(&session->creds, &plan.user, err) < 0)
		return -1;
	query = (struct nk_sshconf_query){
		.host = session->target.host,
		.user = plan.user,
		.port = plan.port,
		.file = plan.policy->config,
		.options = plan.options,
	};
	if (plan.policy->transport == NK_SSH_OPENSSH && ssh_is_only_looked_at(&plan))
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s: the ssh program cannot look at a host without logging in: give "
			       "--ssh-transport=libssh2",
			       session->target.host);
	if (plan.policy->transport == NK_SSH_OPENSSH)
		return ssh_open_child(&plan, &query, ssh, err);
	if (nk_sshconf_load(&query, &conf, err) < 0)
		return -1;
	plan.conf = &conf;
	/* What the first one found is read by others then. */
	if (!plan.is_beside)
		session->port_used = conf.port;
	return plan.policy->transport == NK_SSH_LIBSSH2 ? ssh_open_link(&plan, ssh, err)
							: ssh_open_auto(&plan, ssh, err);
}

int nk_ssh_open(struct nk_session *session, const struct nk_strings *options, struct nk_ssh **ssh,
		struct nk_err *err)
{
	const struct nk_ssh_plan plan = { .session = session, .root = session, .options = options };

	if (ssh_open(&plan, ssh, err) < 0) {
		nk_session_note_login(session, NK_SESSION_REFUSED);
		return -1;
	}
	return 0;
}

int nk_ssh_open_beside(struct nk_session *session, const struct nk_strings *options,
		       struct nk_ssh **ssh, struct nk_err *err)
{
	const struct nk_ssh_plan plan = {
		.session = session,
		.root = session,
		.options = options,
		.is_beside = true,
	};

	return ssh_open(&plan, ssh, err);
}

int nk_ssh_open_jump(struct nk_session *session, const struct nk_ssh_plan *behind,
		     struct nk_ssh **ssh, struct nk_err *err)
{
	const struct nk_ssh_plan plan = {
		.session = session,
		.root = behind->root,
		.jumps = behind->jumps + 1,
	};

	return ssh_open(&plan, ssh, err);
}

bool nk_ssh_may_ask(const struct nk_session *session, const struct nk_sshconf *conf)
{
	int fd;

	if (session->creds.policy->no_input || (conf && conf->batch_mode > 0))
		return false;
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void nk_ssh_free(struct nk_ssh *ssh)
{
	if (ssh)
		ssh->ops->free(ssh);
}

const char *nk_ssh_peer(const struct nk_ssh *ssh)
{
	return ssh->peer;
}

bool nk_ssh_can_repeat(const struct nk_ssh *ssh)
{
	return !ssh->was_asked;
}

void nk_ssh_note_login(const struct nk_ssh *ssh, struct nk_session *session)
{
	nk_session_note_login(session, ssh->takes_others && !ssh->was_asked ? NK_SESSION_ADMITTED
									    : NK_SESSION_REFUSED);
}

int nk_ssh_start(struct nk_ssh *ssh, enum nk_channel_kind kind, const char *what,
		 struct nk_channel **channel, struct nk_err *err)
{
	return ssh->ops->start(ssh, kind, what, channel, err);
}

void nk_ssh_leave(struct nk_ssh *ssh)
{
	if (ssh && ssh->ops->leave)
		ssh->ops->leave(ssh);
}

bool nk_channel_is_alive(struct nk_channel *channel)
{
	return channel->ops->is_alive(channel);
}

ssize_t nk_channel_read(struct nk_channel *channel, void *bytes, size_t size, struct nk_err *err)
{
	return channel->ops->read(channel, bytes, size, err);
}

int nk_channel_write(struct nk_channel *channel, const void *bytes, size_t length,
		     struct nk_err *err)
{
	return channel->ops->write(channel, bytes, length, err);
}

int nk_channel_end(struct nk_channel *channel, struct nk_err *err)
{
	return channel->ops->end(channel, err);
}

int nk_channel_status(struct nk_channel *channel, int *status, struct nk_err *err)
{
	return channel->ops->status(channel, status, err);
}

void nk_channel_free(struct nk_channel *channel)
{
	if (channel)
		channel->ops->free(channel);
}
