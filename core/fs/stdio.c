/* stdio.c - standard input and output as a file interface: the path "-". */
#include "netkit/local.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fdstream.h"

static int stdio_mount(struct nk_session *session, struct nk_fs **fs, struct nk_err *err)
{
	struct nk_fs *mounted = nk_alloc(sizeof(*mounted));

	(void)err;
	mounted->ops = &nk_stdio_ops;
	mounted->session = session;
	*fs = mounted;
	return 0;
}

static void stdio_unmount(struct nk_fs *fs)
{
	free(fs);
}

static int open_input(nk_time_ms deadline, struct nk_stream **stream, struct nk_err *err)
{
	struct nk_fd_how how = {
		.fd = STDIN_FILENO,
		.name = "standard input",
		.size = -1,
		.mtime = NK_ENTRY_NO_TIME,
		.left = -1,
		.deadline = deadline,
	};
	struct stat st;
	off_t at;

	if (fstat(how.fd, &st) < 0)
		return nk_fail_errno(err, NK_E_READ, "standard input");
	how.is_regular = S_ISREG(st.st_mode);
	at = how.is_regular ? lseek(how.fd, 0, SEEK_CUR) : -1;
	/* Files in /proc have bytes but no size. */
	if (at >= 0 && st.st_size > at)
		how.size = how.left = st.st_size - at;
	*stream = nk_fd_stream_new(&how);
	return 0;
}

static int open_output(nk_time_ms deadline, struct nk_stream **stream, struct nk_err *err)
{
	struct nk_fd_how how = {
		.fd = STDOUT_FILENO,
		.is_stdout = true,
		.name = "standard output",
		.size = -1,
		.mtime = NK_ENTRY_NO_TIME,
		.left = -1,
		.deadline = deadline,
	};
	struct stat st;
	int own = -1;

	if (fstat(how.fd, &st) < 0)
		return nk_fail_errno(err, NK_E_WRITE, "standard output");
	how.is_regular = S_ISREG(st.st_mode);
	/* A description of our own can be non-blocking without changing that of others who share
	 * the pipe. */
	if (S_ISFIFO(st.st_mode))
		own = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (own >= 0) {
		how.fd = own;
		how.is_owned = true;
	}
	*stream = nk_fd_stream_new(&how);
	return 0;
}

static int stdio_open(struct nk_fs *fs, const char *path, const struct nk_open_how *how,
		      struct nk_stream **stream, struct nk_err *err)
{
	(void)fs;
	(void)path;
	if (how->offset > 0)
		return nk_fail(err, NK_E_RESUME, 0, "it has no beginning to go on from");
	return how->direction == NK_READ ? open_input(how->deadline, stream, err)
					 : open_output(how->deadline, stream, err);
}

const struct nk_fs_ops nk_stdio_ops = {
	.name = "standard input and output",
	.mount = stdio_mount,
	.unmount = stdio_unmount,
	.open = stdio_open,
};
