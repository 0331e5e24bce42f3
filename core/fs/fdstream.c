/* fdstream.c - streams on a descriptor. */
#include "fdstream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "netkit/wait.h"

struct fd_stream {
	struct nk_stream stream;
	struct nk_fd_how how;
	char *name;	     /* owned */
	bool is_nonblocking; /* a write of any length returns */
};

static struct fd_stream *fd_of(struct nk_stream *stream)
{
	return (struct fd_stream *)stream;
}

/* Nobody reads our standard output any more: end as every filter does, by SIGPIPE and without a
 * word. The signal is ignored and, in a worker, blocked until here. */
static void end_by_sigpipe(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGPIPE);
}

static ssize_t fd_read(struct nk_stream *stream, void *bytes, size_t size, struct nk_err *err)
{
	struct fd_stream *fd = fd_of(stream);
	ssize_t got;

	if (fd->how.left >= 0 && (uint64_t)fd->how.left < size)
		size = (size_t)fd->how.left;
	if (size == 0)
		return 0;
	do {
		if (!fd->how.is_regular &&
		    nk_wait_read(fd->how.fd, fd->how.deadline, "waiting for input", err) < 0)
			return nk_wrap(err, "%s", fd->name);
		got = read(fd->how.fd, bytes, size);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got < 0)
		return nk_fail_errno(err, NK_E_READ, "%s", fd->name);
	if (fd->how.left >= 0)
		fd->how.left -= got;
	return got;
}

static int fd_write(struct nk_stream *stream, const void *bytes, size_t length, struct nk_err *err)
{
	struct fd_stream *fd = fd_of(stream);
	/* What can block is given little at a time, so that an interrupt is noticed. */
	bool can_block = !fd->how.is_regular && !fd->is_nonblocking;
	bool must_wait = can_block;
	const char *at = bytes;

	while (length > 0) {
		if (must_wait &&
		    nk_wait_write(fd->how.fd, fd->how.deadline, "waiting to write", err) < 0)
			return nk_wrap(err, "%s", fd->name);
		ssize_t wrote =
			write(fd->how.fd, at, can_block && length > PIPE_BUF ? PIPE_BUF : length);

		if (wrote < 0 && errno != EINTR && errno != EAGAIN) {
			if (errno == EPIPE && fd->how.is_stdout)
				end_by_sigpipe();
			return nk_fail_errno(err, NK_E_WRITE, "%s", fd->name);
		}
		must_wait = can_block || wrote < 0;
		at += wrote > 0 ? wrote : 0;
		length -= wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}

static void fd_abandon(struct nk_stream *stream)
{
	struct fd_stream *fd = fd_of(stream);

	if (fd->how.is_owned)
		close(fd->how.fd);
	free(fd->name);
	free(fd);
}

static int fd_close(struct nk_stream *stream, struct nk_err *err)
{
	(void)err;
	fd_abandon(stream);
	return 0;
}

static int fd_raw(struct nk_stream *stream)
{
	return fd_of(stream)->how.fd;
}

static void fd_moved(struct nk_stream *stream, int64_t length)
{
	struct fd_stream *fd = fd_of(stream);

	if (fd->how.left >= 0)
		fd->how.left -= length;
}

static const struct nk_stream_ops fd_stream_ops = {
	.read = fd_read,
	.write = fd_write,
	.close = fd_close,
	.abandon = fd_abandon,
	.raw_fd = fd_raw,
	.moved = fd_moved,
};

struct nk_stream *nk_fd_stream_new(const struct nk_fd_how *how)
{
	struct fd_stream *fd = nk_alloc(sizeof(*fd));
	int flags = fcntl(how->fd, F_GETFL);

	fd->stream = (struct nk_stream){
		.ops = &fd_stream_ops,
		.size = how->size,
		.mtime = how->mtime,
		.mode = how->mode,
	};
	fd->how = *how;
	fd->name = nk_strdup(how->name);
	fd->is_nonblocking = flags >= 0 && (flags & O_NONBLOCK);
	return &fd->stream;
}
