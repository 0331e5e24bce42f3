/* sshchild.c - the ssh program as a transport: one child for each channel. */
#include "sshsession.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netkit/log.h"
#include "netkit/wait.h"
#include "sshspawn.h"

/* What is kept of the child's stderr for an error message; longer texts lose their beginning. */
#define CHILD_WORDS_MAX 8192

/* Until it answers a person may be asked for a password or about a host key, if one is there. */
#define CHILD_PERSON_MS 120000

/* From the end of its output until its status is known; from closing until it has left. */
#define CHILD_STATUS_MS 5000
#define CHILD_LEAVE_MS	2000

/* Room in the pipes: fewer changes between two processes. */
#define CHILD_PIPE_SIZE (256 * 1024)

struct ssh_child {
	struct nk_ssh base;
	const struct nk_net_policy *net; /* borrowed */
	struct nk_arena arena;
	struct nk_strings args; /* up to the host */
	char *host;
};

struct child_channel {
	struct nk_channel base;
	const struct ssh_child *ssh; /* borrowed */
	pid_t pid;		     /* 0: it was reaped */
	int status;
	bool is_subsystem;
	int in_fd;		  /* its stdin; -1: closed */
	int out_fd;		  /* its stdout */
	int err_fd;		  /* its stderr */
	atomic_bool is_mute;	  /* its stderr has ended */
	atomic_bool has_answered; /* something came from the server */

	pthread_mutex_t lock;  /* of what follows, and of reaping */
	struct nk_buf words;   /* what it wrote there and was not yet logged */
	struct nk_err failure; /* of the ssh program; told to every thread */
};

/* Log the lines that have come; those that tell the end of the connection stay: they may become
 * the error. At the end all go. */
static void channel_log_lines(struct child_channel *channel, bool is_end)
{
	size_t kept = 0;

	for (;;) {
		const char *start = channel->words.data + kept;
		size_t left = channel->words.len - kept;
		size_t length = strcspn(start, "\n");
		bool is_whole = length < left;

		if (left == 0 || (!is_whole && !is_end))
			return;
		if (!is_end && nk_ssh_child_is_loss(start, length)) {
			kept += length + 1;
			continue;
		}
		nk_log(NK_LOG_NOTICE, "%s: %.*s", channel->ssh->host,
		       (int)(length > 0 && start[length - 1] == '\r' ? length - 1 : length), start);
		memmove(channel->words.data + kept, start + length + is_whole,
			left - length - is_whole);
		nk_buf_cut(&channel->words, channel->words.len - length - is_whole);
	}
}

/* Take what stands in the pipe of its stderr. Before the server has answered it is kept: it may be
 * the reason of a failure. */
static void channel_drain_words(struct child_channel *channel)
{
	char bytes[1024];
	ssize_t got;

	pthread_mutex_lock(&channel->lock);
	while (!channel->is_mute && (got = read(channel->err_fd, bytes, sizeof(bytes))) >= 0) {
		if (got == 0) {
			channel->is_mute = true;
			break;
		}
		if (channel->words.len + (size_t)got > CHILD_WORDS_MAX)
			nk_buf_consume(&channel->words, (size_t)got < channel->words.len
								? (size_t)got
								: channel->words.len);
		(void)!nk_buf_add(&channel->words, bytes, (size_t)got);
	}
	if (channel->has_answered)
		channel_log_lines(channel, false);
	pthread_mutex_unlock(&channel->lock);
}

static void channel_note_answer(struct child_channel *channel)
{
	channel->has_answered = true;
	channel_drain_words(channel);
}

/* Wait until fd is ready; the child's stderr is read meanwhile. */
static int channel_wait(struct child_channel *channel, int fd, short events, struct nk_err *err)
{
	const struct nk_net_policy *net = channel->ssh->net;
	int64_t silence_ms = net->timeout_ms;
	nk_time_ms deadline;

	if (!channel->has_answered && channel->ssh->base.was_asked && silence_ms > 0)
		silence_ms += CHILD_PERSON_MS;
	deadline = nk_clock_earlier(nk_clock_after(silence_ms), net->deadline);
	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = fd, .events = events },
			{ .fd = channel->is_mute ? -1 : channel->err_fd, .events = POLLIN },
		};
		int ready = nk_wait_any(fds, 2, deadline, err);

		if (ready < 0)
			return nk_wrap(err, "%s", channel->ssh->base.peer);
		if (ready == 0)
			return nk_fail_again(err, NK_E_TIMEOUT, 0,
					     "%s: timed out waiting for the server",
					     channel->ssh->base.peer);
		if (fds[1].revents != 0)
			channel_drain_words(channel);
		if (fds[0].revents != 0)
			return 0;
	}
}

/* Has it ended? 1 and the status, 0 when it still runs at deadline. */
static int channel_reap(struct child_channel *channel, nk_time_ms deadline, struct nk_err *err)
{
	int ended = 1;

	pthread_mutex_lock(&channel->lock);
	if (channel->pid != 0)
		ended = nk_spawn_wait(channel->pid, deadline, &channel->status, err);
	if (ended > 0)
		channel->pid = 0;
	pthread_mutex_unlock(&channel->lock);
	return ended;
}

/* It ended with 255: is that a failure of the ssh program? A command may end so as well, and say
 * anything. */
static void channel_judge(struct child_channel *channel)
{
	struct nk_err *err = &channel->failure;

	if (nk_ssh_child_blame(channel->words.data, err) < 0)
		nk_buf_clear(&channel->words);
	else if (channel->is_subsystem && !channel->has_answered)
		nk_fail(err, NK_E_LOST, 0, "the ssh program failed");
	if (err->domain != NK_E_NONE)
		nk_wrap(err, "%s", channel->ssh->base.peer);
}

/*
 * Its output has ended, or it takes no more input: 0 when that is how the command ended, -1 with
 * the reason when the ssh program failed.
 */
static int channel_ended(struct child_channel *channel, struct nk_err *err)
{
	int result = 0;
	int ended = channel_reap(channel, nk_clock_after(CHILD_STATUS_MS), err);

	if (ended < 0)
		return -1;
	channel_drain_words(channel);
	if (ended == 0 || channel->status != 255)
		return 0;
	pthread_mutex_lock(&channel->lock);
	if (channel->failure.domain == NK_E_NONE)
		channel_judge(channel);
	*err = channel->failure;
	result = err->domain == NK_E_NONE ? 0 : -1;
	pthread_mutex_unlock(&channel->lock);
	return result;
}

static ssize_t child_read(struct nk_channel *base, void *bytes, size_t size, struct nk_err *err)
{
	struct child_channel *channel = (struct child_channel *)base;

	for (;;) {
		ssize_t got = read(channel->out_fd, bytes, size);

		if (got > 0) {
			if (!channel->has_answered)
				channel_note_answer(channel);
			return got;
		}
		if (got == 0)
			return channel_ended(channel, err);
		if (errno != EAGAIN && errno != EINTR)
			return nk_fail_errno(err, NK_E_LOST, "%s", channel->ssh->base.peer);
		if (channel_wait(channel, channel->out_fd, POLLIN, err) < 0)
			return -1;
	}
}

static int child_write(struct nk_channel *base, const void *bytes, size_t length,
		       struct nk_err *err)
{
	struct child_channel *channel = (struct child_channel *)base;
	const char *next = bytes;

	while (length > 0) {
		ssize_t put = write(channel->in_fd, next, length);

		if (put >= 0) {
			next += put;
			length -= (size_t)put;
			continue;
		}
		if (errno == EPIPE)
			return channel_ended(channel, err) < 0
				       ? -1
				       : nk_fail_again(err, NK_E_LOST, 0,
						       "%s: the channel was closed",
						       channel->ssh->base.peer);
		if (errno != EAGAIN && errno != EINTR)
			return nk_fail_errno(err, NK_E_LOST, "%s", channel->ssh->base.peer);
		if (channel_wait(channel, channel->in_fd, POLLOUT, err) < 0)
			return -1;
	}
	return 0;
}

static int child_end(struct nk_channel *base, struct nk_err *err)
{
	struct child_channel *channel = (struct child_channel *)base;

	(void)err;
	if (channel->in_fd >= 0)
		close(channel->in_fd);
	channel->in_fd = -1;
	return 0;
}

static int child_status(struct nk_channel *base, int *status, struct nk_err *err)
{
	struct child_channel *channel = (struct child_channel *)base;
	const struct nk_net_policy *net = channel->ssh->net;
	nk_time_ms deadline = nk_clock_earlier(nk_clock_after(net->timeout_ms), net->deadline);
	int ended = channel_reap(channel, deadline, err);

	if (ended < 0)
		return nk_wrap(err, "%s", channel->ssh->base.peer);
	if (ended == 0)
		return nk_fail_again(err, NK_E_TIMEOUT, 0,
				     "%s: timed out waiting for the exit status",
				     channel->ssh->base.peer);
	*status = channel->status;
	return 0;
}

static void child_channel_free(struct nk_channel *base)
{
	struct child_channel *channel = (struct child_channel *)base;

	if (channel->in_fd >= 0)
		close(channel->in_fd);
	close(channel->out_fd);
	if (channel->pid != 0)
		nk_spawn_stop(channel->pid, CHILD_LEAVE_MS);
	channel_drain_words(channel);
	channel_log_lines(channel, true);
	close(channel->err_fd);
	nk_buf_release(&channel->words);
	pthread_mutex_destroy(&channel->lock);
	free(channel);
}

static bool child_is_alive(struct nk_channel *base)
{
	const struct child_channel *channel = (struct child_channel *)base;
	/* Its end alone: an answer may well be there that nobody waited for. */
	struct pollfd one = { .fd = channel->out_fd, .events = 0 };
	struct nk_err ignored = NK_ERR_INIT;

	return nk_wait_any(&one, 1, nk_clock_now(), &ignored) <= 0;
}

static const struct nk_channel_ops child_channel_ops = {
	.read = child_read,
	.write = child_write,
	.end = child_end,
	.status = child_status,
	.is_alive = child_is_alive,
	.free = child_channel_free,
};

/* Three pipes, the child's end and ours. */
struct child_pipes {
	int in[2];
	int out[2];
	int err[2];
};

static void pipes_release(struct child_pipes *pipes)
{
	int *const all[] = { pipes->in, pipes->out, pipes->err };

	for (size_t i = 0; i < NK_COUNT(all); i++) {
		for (int side = 0; side < 2; side++) {
			if (all[i][side] >= 0)
				close(all[i][side]);
		}
	}
}
NK_AUTO(pipes, struct child_pipes, pipes_release)

static int pipes_open(struct child_pipes *pipes, struct nk_err *err)
{
	int ours[3];

	if (pipe2(pipes->in, O_CLOEXEC) < 0 || pipe2(pipes->out, O_CLOEXEC) < 0 ||
	    pipe2(pipes->err, O_CLOEXEC) < 0)
		return nk_fail_errno(err, NK_E_UNSUPPORTED, "pipe");
	ours[0] = pipes->in[1];
	ours[1] = pipes->out[0];
	ours[2] = pipes->err[0];
	for (size_t i = 0; i < NK_COUNT(ours); i++) {
		if (fcntl(ours[i], F_SETFL, O_NONBLOCK) < 0)
			return nk_fail_errno(err, NK_E_UNSUPPORTED, "pipe");
	}
	/* Refused over the user's limit; the usual size does as well, only slower. */
	(void)fcntl(pipes->in[1], F_SETPIPE_SZ, CHILD_PIPE_SIZE);
	(void)fcntl(pipes->out[0], F_SETPIPE_SZ, CHILD_PIPE_SIZE);
	return 0;
}

/* A Ctrl-C is for us: it may end a command at the prompt and not the connection. Which hosts are
 * known is nobody else's business. */
static const char *const child_shell[] = { "/bin/sh", "-c",
					   "trap '' INT; umask 077; exec \"$0\" \"$@\"" };

static int child_spawn(const struct ssh_child *ssh, const struct child_pipes *pipes,
		       const struct nk_strings *words, pid_t *pid, struct nk_err *err)
{
	size_t before = NK_COUNT(child_shell);
	char **list = nk_alloc((before + words->count + 1) * sizeof(char *));
	struct nk_spawn_how how = { list, pipes->in[0], pipes->out[1], pipes->err[1] };
	int result;

	for (size_t i = 0; i < before; i++)
		list[i] = (char *)child_shell[i];
	for (size_t i = 0; i < words->count; i++)
		list[before + i] = (char *)words->items[i];
	nk_log(NK_LOG_DEBUG, "%s: running the ssh program", ssh->base.peer);
	result = nk_spawn(&how, pid, err);
	free(list);
	return result;
}

static int child_start(struct nk_ssh *base, enum nk_channel_kind kind, const char *what,
		       struct nk_channel **channel, struct nk_err *err)
{
	struct ssh_child *ssh = (struct ssh_child *)base;
	nk_auto(pipes) struct child_pipes pipes = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	nk_auto(strings) struct nk_strings words = { NULL, 0 };
	struct child_channel *made;
	pid_t pid;

	for (size_t i = 0; i < ssh->args.count; i++)
		nk_strings_add(&words, ssh->args.items[i]);
	if (kind == NK_CHANNEL_SUBSYSTEM)
		nk_strings_add(&words, "-s");
	nk_strings_add(&words, "--");
	nk_strings_add(&words, ssh->host);
	nk_strings_add(&words, what);
	if (pipes_open(&pipes, err) < 0 || child_spawn(ssh, &pipes, &words, &pid, err) < 0)
		return -1;
	made = nk_alloc(sizeof(*made));
	made->base.ops = &child_channel_ops;
	made->ssh = ssh;
	made->pid = pid;
	made->is_subsystem = kind == NK_CHANNEL_SUBSYSTEM;
	made->in_fd = pipes.in[1];
	made->out_fd = pipes.out[0];
	made->err_fd = pipes.err[0];
	pipes.in[1] = pipes.out[0] = pipes.err[0] = -1;
	made->words = (struct nk_buf)NK_BUF_INIT(CHILD_WORDS_MAX);
	pthread_mutex_init(&made->lock, NULL);
	*channel = &made->base;
	return 0;
}

static void child_free(struct nk_ssh *base)
{
	struct ssh_child *ssh = (struct ssh_child *)base;

	nk_strings_release(&ssh->args);
	nk_arena_release(&ssh->arena);
	free(ssh->host);
	free(ssh->base.peer);
	free(ssh);
}

static const struct nk_ssh_ops child_ops = {
	.start = child_start,
	.free = child_free,
};

bool nk_ssh_child_is_there(void)
{
	nk_auto(str) char *path = nk_strdup(getenv("PATH"));
	char *rest = path;

	for (const char *folder; (folder = strsep(&rest, ":"));) {
		nk_auto(str) char *file = nk_format("%s/ssh", folder[0] ? folder : ".");

		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

/* The ssh program remembers a host only in a folder that is there. */
static void child_make_folder(const struct nk_ssh_policy *policy)
{
	const char *path = policy->known_hosts;
	const char *slash = path ? strrchr(path, '/') : NULL;
	nk_auto(str) char *folder = slash ? nk_strndup(path, (size_t)(slash - path)) : NULL;

	if (folder && folder[0] != '\0' && policy->trust == NK_TRUST_TOFU)
		(void)!mkdir(folder, 0700);
}

int nk_ssh_child_open(const struct nk_ssh_plan *plan, struct nk_ssh **ssh, struct nk_err *err)
{
	const struct nk_target *target = &plan->session->target;
	nk_auto(ssh) struct nk_ssh *owner = NULL;
	struct ssh_child *made = nk_alloc(sizeof(*made));

	owner = &made->base;
	made->base.ops = &child_ops;
	if (plan->is_beside)
		return nk_fail(err, NK_E_CONNECT, 0, "%s: the ssh program waits for no other",
			       target->host);
	made->base.peer = plan->port > 0 ? nk_format("%s:%d", target->host, plan->port)
					 : nk_strdup(target->host);
	made->net = target->net;
	made->base.was_asked = nk_ssh_may_ask(plan->session, plan->conf);
	made->host = nk_strdup(target->host);
	if (nk_ssh_child_args(plan, &made->arena, &made->args, err) < 0)
		return -1;
	if (!nk_ssh_child_is_there())
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "the ssh program is not there (package openssh-client)");
	child_make_folder(plan->policy);
	/* The program logs in with each channel, and does not say when it has. */
	nk_ssh_note_login(&made->base, plan->session);
	*ssh = nk_take(owner);
	return 0;
}
