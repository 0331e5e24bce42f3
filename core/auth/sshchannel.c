/* sshchannel.c - channels of a libssh2 session: subsystems, commands, forwarded ports (RFC 4254). */
#include <signal.h>

#include "netkit/log.h"
#include "sshlink.h"

/*
 * How far the server may be ahead of us. What SFTP has asked for bounds it there, so that the window
 * never has to; what a command prints is bounded by the window alone, and is kept in memory.
 */
#define CHANNEL_WINDOW_SUBSYSTEM (32U * 1024 * 1024)
#define CHANNEL_WINDOW_COMMAND	 (4U * 1024 * 1024)
#define CHANNEL_PACKET		 32768U

/* Not yet sent: beyond this a writer waits. */
#define CHANNEL_OUT_HIGH ((size_t)256 * 1024)

/* One line of what the server writes to stderr. */
#define CHANNEL_WORDS_MAX 2048

/* How long the server may take to say that a channel is closed when we have closed it. */
#define CHANNEL_LEAVE_MS 2000

/* RFC 4254 6.5: the type of extended data */
#define CHANNEL_STDERR 1

struct link_channel {
	struct nk_channel base;
	struct nk_sshlink *link; /* borrowed */
	LIBSSH2_CHANNEL *handle;
	int64_t timeout_ms;  /* longest silence; 0: none */
	struct nk_buf words; /* the line of stderr that has not ended */
	char ahead;	     /* a byte that was read to see whether there is any */
	bool has_ahead;
};

static nk_time_ms channel_deadline(const struct link_channel *channel)
{
	return nk_clock_earlier(nk_clock_after(channel->timeout_ms), channel->link->net.deadline);
}

static void channel_log_line(struct link_channel *channel)
{
	size_t length = channel->words.len;

	if (length > 0 && channel->words.data[length - 1] == '\r')
		length--;
	if (length > 0)
		nk_log(NK_LOG_NOTICE, "%s: %.*s", channel->link->host, (int)length,
		       channel->words.data);
	nk_buf_clear(&channel->words);
}

/* Take what the server wrote to stderr; it would fill the window otherwise. */
static void channel_take_words(struct link_channel *channel)
{
	const struct nk_ssh2 *lib = channel->link->lib;
	char bytes[1024];
	ssize_t got;

	while ((got = lib->libssh2_channel_read_ex(channel->handle, CHANNEL_STDERR, bytes,
						   sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < got; i++) {
			if (bytes[i] == '\n' || nk_buf_add_char(&channel->words, bytes[i]) < 0)
				channel_log_line(channel);
		}
	}
}

/* The byte that was read when it was looked whether the channel is alive: 1, or 0 for none. */
static ssize_t channel_take_ahead(struct link_channel *channel, void *bytes, size_t size)
{
	if (!channel->has_ahead || size == 0)
		return 0;
	*(char *)bytes = channel->ahead;
	channel->has_ahead = false;
	return 1;
}

static ssize_t link_read(struct nk_channel *base, void *bytes, size_t size, struct nk_err *err)
{
	struct link_channel *channel = (struct link_channel *)base;
	struct nk_sshlink *link = channel->link;
	nk_time_ms deadline = channel_deadline(channel);
	uint64_t taken;
	ssize_t got;

	nk_sshlink_lock(link);
	for (;;) {
		/* Another thread may have looked whether it is alive meanwhile. */
		got = channel_take_ahead(channel, bytes, size);
		if (got > 0)
			break;
		got = link->lib->libssh2_channel_read_ex(channel->handle, 0, bytes, size);
		if (got > 0)
			break;
		if (got < 0 && got != LIBSSH2_ERROR_EAGAIN) {
			got = nk_sshlink_fail(link, (int)got, "reading", err);
			break;
		}
		taken = link->taken;
		channel_take_words(channel);
		/* Each reading takes in what has come for all: it may be for this one now. */
		if (link->taken != taken)
			continue;
		if (link->lib->libssh2_channel_eof(channel->handle) == 1) {
			got = 0;
			break;
		}
		got = nk_sshlink_wait(link, deadline, "waiting for the server", err);
		if (got < 0)
			break;
	}
	nk_sshlink_unlock(link);
	return got;
}

/* One packet of it. Returns how much was taken. */
static ssize_t channel_put(struct link_channel *channel, const char *bytes, size_t length,
			   struct nk_err *err)
{
	struct nk_sshlink *link = channel->link;
	nk_time_ms deadline = channel_deadline(channel);
	ssize_t put;

	for (;;) {
		if (nk_sshlink_flush(link, CHANNEL_OUT_HIGH, deadline, err) < 0)
			return -1;
		put = link->lib->libssh2_channel_write_ex(channel->handle, 0, bytes, length);
		if (put > 0)
			return put;
		if (put < 0 && put != LIBSSH2_ERROR_EAGAIN)
			return nk_sshlink_fail(link, (int)put, "writing", err);
		if (nk_sshlink_wait(link, deadline, "waiting for the server to read", err) < 0)
			return -1;
	}
}

static int link_write(struct nk_channel *base, const void *bytes, size_t length, struct nk_err *err)
{
	struct link_channel *channel = (struct link_channel *)base;
	struct nk_sshlink *link = channel->link;
	const char *next = bytes;
	int result = 0;

	nk_sshlink_lock(link);
	while (length > 0 && result == 0) {
		ssize_t put = channel_put(channel, next, length, err);

		if (put < 0)
			result = -1;
		else {
			next += put;
			length -= (size_t)put;
		}
	}
	/* What the socket does not take now, a thread that polls can send. */
	if (result == 0)
		result = nk_sshlink_flush(link, link->is_polling ? CHANNEL_OUT_HIGH : 0,
					  channel_deadline(channel), err);
	nk_sshlink_unlock(link);
	return result;
}

static int link_end(struct nk_channel *base, struct nk_err *err)
{
	struct link_channel *channel = (struct link_channel *)base;
	struct nk_sshlink *link = channel->link;
	nk_time_ms deadline = channel_deadline(channel);
	int result;

	nk_sshlink_lock(link);
	while ((result = link->lib->libssh2_channel_send_eof(channel->handle)) ==
	       LIBSSH2_ERROR_EAGAIN) {
		if (nk_sshlink_wait(link, deadline, "closing", err) < 0)
			break;
	}
	if (result != 0 && result != LIBSSH2_ERROR_EAGAIN)
		nk_sshlink_fail(link, result, "closing", err);
	if (result == 0)
		result = nk_sshlink_flush(link, 0, deadline, err);
	nk_sshlink_unlock(link);
	return result == 0 ? 0 : -1;
}

/* RFC 4254 6.10: signals by name. */
static int signal_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = {
		{ "ABRT", SIGABRT }, { "ALRM", SIGALRM }, { "FPE", SIGFPE },   { "HUP", SIGHUP },
		{ "ILL", SIGILL },   { "INT", SIGINT },	  { "KILL", SIGKILL }, { "PIPE", SIGPIPE },
		{ "QUIT", SIGQUIT }, { "SEGV", SIGSEGV }, { "TERM", SIGTERM }, { "USR1", SIGUSR1 },
		{ "USR2", SIGUSR2 },
	};

	for (size_t i = 0; i < NK_COUNT(signals); i++) {
		if (strcmp(signals[i].name, name) == 0)
			return signals[i].number;
	}
	return 127;
}

static int link_status(struct nk_channel *base, int *status, struct nk_err *err)
{
	struct link_channel *channel = (struct link_channel *)base;
	struct nk_sshlink *link = channel->link;
	nk_time_ms deadline = channel_deadline(channel);
	char *name = NULL;
	int result;

	nk_sshlink_lock(link);
	while ((result = link->lib->libssh2_channel_wait_closed(channel->handle)) ==
	       LIBSSH2_ERROR_EAGAIN) {
		if (nk_sshlink_wait(link, deadline, "waiting for the exit status", err) < 0)
			break;
	}
	if (result != 0 && result != LIBSSH2_ERROR_EAGAIN)
		nk_sshlink_fail(link, result, "waiting for the exit status", err);
	if (result == 0)
		link->lib->libssh2_channel_get_exit_signal(channel->handle, &name, NULL, NULL, NULL,
							   NULL, NULL);
	if (result == 0)
		*status = name ? 128 + signal_number(name)
			       : link->lib->libssh2_channel_get_exit_status(channel->handle);
	if (name)
		link->lib->libssh2_free(link->session, name);
	nk_sshlink_unlock(link);
	return result == 0 ? 0 : -1;
}

/* A server that does not answer the close keeps the channel until the session ends. */
static void link_channel_free(struct nk_channel *base)
{
	struct link_channel *channel = (struct link_channel *)base;
	struct nk_sshlink *link = channel->link;
	struct nk_err ignored = NK_ERR_INIT;
	nk_time_ms deadline = nk_clock_after(CHANNEL_LEAVE_MS);

	nk_sshlink_lock(link);
	while (link->lib->libssh2_channel_free(channel->handle) == LIBSSH2_ERROR_EAGAIN) {
		if (link->is_left || nk_sshlink_wait(link, deadline, "closing", &ignored) < 0)
			break;
	}
	(void)!nk_sshlink_flush(link, CHANNEL_OUT_HIGH, deadline, &ignored);
	nk_sshlink_unlock(link);
	channel_log_line(channel);
	nk_buf_release(&channel->words);
	free(channel);
}

/* While nobody reads, what has come by itself is not seen: the library looks at it here. An answer
 * that nobody waited for is no end, and is kept. */
static bool link_is_alive(struct nk_channel *base)
{
	struct link_channel *channel = (struct link_channel *)base;
	struct nk_sshlink *link = channel->link;
	ssize_t got = 0;
	bool has_ended;

	nk_sshlink_lock(link);
	channel_take_words(channel);
	if (!channel->has_ahead)
		got = link->lib->libssh2_channel_read_ex(channel->handle, 0, &channel->ahead, 1);
	channel->has_ahead |= got == 1;
	has_ended = link->is_deaf || link->lib->libssh2_channel_eof(channel->handle) == 1;
	nk_sshlink_unlock(link);
	return !has_ended && (got >= 0 || got == LIBSSH2_ERROR_EAGAIN);
}

static const struct nk_channel_ops link_channel_ops = {
	.read = link_read,
	.write = link_write,
	.end = link_end,
	.status = link_status,
	.is_alive = link_is_alive,
	.free = link_channel_free,
};

static struct nk_channel *channel_new(struct nk_sshlink *link, LIBSSH2_CHANNEL *handle)
{
	struct link_channel *channel = nk_alloc(sizeof(*channel));

	channel->base.ops = &link_channel_ops;
	channel->link = link;
	channel->handle = handle;
	channel->timeout_ms = link->net.timeout_ms;
	channel->words = (struct nk_buf)NK_BUF_INIT(CHANNEL_WORDS_MAX);
	return &channel->base;
}

/* The library gave no channel: wait when it only has to be asked again. */
static int channel_open_again(struct nk_sshlink *link, nk_time_ms deadline, struct nk_err *err)
{
	int code = link->lib->libssh2_session_last_errno(link->session);

	if (code != LIBSSH2_ERROR_EAGAIN)
		return nk_sshlink_fail(link, code, "opening a channel", err);
	return nk_sshlink_wait(link, deadline, "opening a channel", err);
}

static int channel_open(struct nk_sshlink *link, enum nk_channel_kind kind,
			LIBSSH2_CHANNEL **handle, struct nk_err *err)
{
	nk_time_ms deadline = nk_sshlink_deadline(link);
	unsigned window =
		kind == NK_CHANNEL_SUBSYSTEM ? CHANNEL_WINDOW_SUBSYSTEM : CHANNEL_WINDOW_COMMAND;

	while (!(*handle = link->lib->libssh2_channel_open_ex(link->session, "session",
							      strlen("session"), window,
							      CHANNEL_PACKET, NULL, 0))) {
		if (channel_open_again(link, deadline, err) < 0)
			return -1;
	}
	return 0;
}

static int channel_request(struct nk_sshlink *link, struct link_channel *channel,
			   enum nk_channel_kind kind, const char *what, struct nk_err *err)
{
	nk_time_ms deadline = nk_sshlink_deadline(link);
	const char *request = kind == NK_CHANNEL_SUBSYSTEM ? "subsystem" : "exec";
	int code;

	while ((code = link->lib->libssh2_channel_process_startup(
			channel->handle, request, (unsigned)strlen(request), what,
			(unsigned)strlen(what))) == LIBSSH2_ERROR_EAGAIN) {
		if (nk_sshlink_wait(link, deadline, "starting it", err) < 0)
			return -1;
	}
	if (code == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED || code == LIBSSH2_ERROR_CHANNEL_FAILURE)
		return nk_fail(err, NK_E_UNSUPPORTED, code, "%s: the server refuses %s '%s'",
			       link->base.peer,
			       kind == NK_CHANNEL_SUBSYSTEM ? "the subsystem" : "the command",
			       what);
	return code == 0 ? 0 : nk_sshlink_fail(link, code, "starting it", err);
}

int nk_sshlink_start(struct nk_ssh *ssh, enum nk_channel_kind kind, const char *what,
		     struct nk_channel **channel, struct nk_err *err)
{
	struct nk_sshlink *link = (struct nk_sshlink *)ssh;
	nk_auto(channel) struct nk_channel *made = NULL;
	LIBSSH2_CHANNEL *handle;
	int result;

	pthread_mutex_lock(&link->opening);
	nk_sshlink_lock(link);
	result = channel_open(link, kind, &handle, err);
	if (result == 0) {
		made = channel_new(link, handle);
		result = channel_request(link, (struct link_channel *)made, kind, what, err);
	}
	nk_sshlink_unlock(link);
	pthread_mutex_unlock(&link->opening);
	if (result == 0)
		*channel = nk_take(made);
	return result;
}

int nk_sshlink_forward(struct nk_sshlink *link, const char *host, int port,
		       struct nk_channel **channel, struct nk_err *err)
{
	nk_time_ms deadline = nk_sshlink_deadline(link);
	LIBSSH2_CHANNEL *handle;
	int result = 0;

	pthread_mutex_lock(&link->opening);
	nk_sshlink_lock(link);
	/* Who asks is nobody's business (RFC 4254 7.2): as OpenSSH's -W does it. */
	while (!(handle = link->lib->libssh2_channel_direct_tcpip_ex(link->session, host, port,
								     "127.0.0.1", 65535))) {
		result = channel_open_again(link, deadline, err);
		if (result < 0)
			break;
	}
	nk_sshlink_unlock(link);
	pthread_mutex_unlock(&link->opening);
	if (result < 0 && err->code == LIBSSH2_ERROR_CHANNEL_FAILURE)
		err->domain = NK_E_CONNECT;
	if (result < 0)
		return nk_wrap(err, "%s:%d", host, port);
	*channel = channel_new(link, handle);
	((struct link_channel *)*channel)->timeout_ms = 0;
	return 0;
}
