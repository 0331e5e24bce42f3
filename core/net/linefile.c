/* linefile.c - files of one entry a line, changed by several programs. */
#include "netkit/linefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netkit/wait.h"

/* How long another may hold the lock, which takes it no longer than a write; looked at this often. */
#define LINEFILE_LOCK_MS 5000
#define LINEFILE_STEP_MS 10

/* What is read at a time. */
#define LINEFILE_BLOCK 65536

static int linefile_check(int fd, const char *path, bool is_private, struct nk_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return nk_fail_errno(err, NK_E_READ, "%s", path);
	if (!S_ISREG(st.st_mode))
		return nk_fail(err, NK_E_READ, 0, "%s: no regular file", path);
	if (!is_private)
		return 0;
	if (st.st_uid != geteuid())
		return nk_fail(err, NK_E_READ, 0, "%s: belongs to another user", path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return nk_fail(err, NK_E_READ, 0, "%s: others can write it (chmod 600)", path);
	return 0;
}

int nk_linefile_read_fd(struct nk_linefile *file, int fd, const char *path, struct nk_err *err)
{
	nk_auto(str) char *block = nk_alloc(LINEFILE_BLOCK);
	ssize_t got;

	while ((got = read(fd, block, LINEFILE_BLOCK)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return nk_fail_errno(err, NK_E_READ, "%s", path);
		if (nk_buf_add(&file->text, block, (size_t)got) < 0)
			return nk_fail(err, NK_E_READ, 0, "%s: over %zu bytes", path,
				       file->text.limit);
	}
	return 0;
}

/* A FIFO would be waited for. */
static int linefile_open(const char *path, int flags, bool is_private, struct nk_err *err)
{
	int fd = open(path,
		      flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (is_private ? O_NOFOLLOW : 0));

	if (fd >= 0 && linefile_check(fd, path, is_private, err) < 0) {
		close(fd);
		return -1;
	}
	if (fd >= 0)
		return fd;
	if (errno == ELOOP && is_private)
		return nk_fail(err, NK_E_READ, 0, "%s: a symbolic link", path);
	return nk_fail_errno(err, errno == ENOENT || errno == ENOTDIR ? NK_E_MISSING : NK_E_READ,
			     "%s", path);
}

int nk_linefile_read(struct nk_linefile *file, const char *path, bool is_private,
		     struct nk_err *err)
{
	int fd = linefile_open(path, O_RDONLY, is_private, err);
	int result;

	if (fd < 0)
		return -1;
	result = nk_linefile_read_fd(file, fd, path, err);
	close(fd);
	return result;
}

bool nk_linefile_next(struct nk_linefile *file, const char **line, size_t *length)
{
	const char *start = file->text.data + file->at;
	size_t left = file->text.len - file->at;
	const char *end = memchr(start, '\n', left);

	if (left == 0)
		return false;
	*line = start;
	*length = end ? (size_t)(end - start) : left;
	file->at += *length + (end ? 1 : 0);
	file->line++;
	return true;
}

void nk_linefile_release(struct nk_linefile *file)
{
	nk_buf_release(&file->text);
}

/* ---- changing ---- */

/* What is wrong with a folder shows when the file is opened. */
static void linefile_make_folders(const char *path)
{
	nk_auto(str) char *folder = nk_strdup(path);

	for (char *slash = strchr(folder + (folder[0] == '/'), '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)!mkdir(folder, 0700);
		*slash = '/';
	}
}

static int linefile_wait(int fd, const char *path, nk_time_ms deadline, struct nk_err *err)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		/* A file system without locks. */
		if (errno == ENOLCK || errno == ENOSYS || errno == EOPNOTSUPP)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return nk_fail_errno(err, NK_E_WRITE, "%s: lock", path);
		if (nk_clock_left(deadline) == 0)
			return nk_fail_again(err, NK_E_TIMEOUT, 0,
					     "%s: timed out: another program holds its lock", path);
		if (nk_wait_pause(LINEFILE_STEP_MS, deadline, err) < 0)
			return -1;
	}
	return 0;
}

/* Is the file that was opened still the one of that name? Another may have been renamed over it
 * while its lock was waited for. */
static bool linefile_is_current(int fd, const char *path)
{
	struct stat ours;
	struct stat theirs;

	return fstat(fd, &ours) == 0 && lstat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
	       ours.st_ino == theirs.st_ino;
}

/* Open and lock. A file that cannot be locked where others can (a read-only one) cannot be
 * changed either. */
static int linefile_take(const char *path, int flags, bool is_private, struct nk_err *err)
{
	nk_time_ms deadline = nk_clock_after(LINEFILE_LOCK_MS);

	for (;;) {
		int fd = linefile_open(path, flags, is_private, err);

		if (fd < 0)
			return -1;
		if (linefile_wait(fd, path, deadline, err) < 0) {
			close(fd);
			return -1;
		}
		if (linefile_is_current(fd, path))
			return fd;
		close(fd);
	}
}

/* A known_hosts file may be /dev/null, which needs no lock; -2 when it is a file. */
static int linefile_open_device(const char *path, struct nk_err *err)
{
	struct stat st;
	int fd;

	if (stat(path, &st) < 0 || !S_ISCHR(st.st_mode))
		return -2;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 ? nk_fail_errno(err, NK_E_WRITE, "%s", path) : fd;
}

int nk_linefile_lock(const char *path, bool is_private, int *fd, struct nk_err *err)
{
	int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	char real[PATH_MAX];
	int made = is_private ? -2 : linefile_open_device(path, err);

	if (made == -2) {
		linefile_make_folders(path);
		/* The one that a link names may have to be made as well. */
		made = open(path, is_private ? flags | O_EXCL : flags, 0600);
		if (made >= 0)
			close(made);
		else if (errno != EEXIST)
			return nk_fail_errno(err, NK_E_WRITE, "%s", path);
		made = linefile_take(!is_private && realpath(path, real) ? real : path,
				     O_RDWR | O_APPEND, is_private, err);
	}
	if (made < 0) {
		if (err->domain == NK_E_READ || err->domain == NK_E_MISSING)
			err->domain = NK_E_WRITE;
		return -1;
	}
	*fd = made;
	return 0;
}

int nk_linefile_add(int fd, const char *path, const char *line, struct nk_err *err)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char last = '\n';
	nk_auto(str) char *whole = NULL;
	ssize_t wrote;

	if (end > 0 && pread(fd, &last, 1, end - 1) != 1)
		return nk_fail_errno(err, NK_E_WRITE, "%s", path);
	whole = nk_format("%s%s", last == '\n' ? "" : "\n", line);
	do {
		wrote = write(fd, whole, strlen(whole));
	} while (wrote < 0 && errno == EINTR);
	if (wrote == (ssize_t)strlen(whole))
		return 0;
	if (wrote < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", path);
	/* The disk is full: half a line could pass for another key. */
	if (end < 0 || ftruncate(fd, end) < 0)
		return nk_fail(err, NK_E_WRITE, 0, "%s: a line was written in part", path);
	return nk_fail(err, NK_E_WRITE, 0, "%s: there is no room for a line", path);
}

/* The lines that stay; how many did not. */
static int linefile_sift(struct nk_linefile *file, const struct nk_linefile_how *how,
			 struct nk_buf *kept)
{
	const char *line;
	size_t length;
	int count = 0;
	int status = 0;

	while (nk_linefile_next(file, &line, &length)) {
		if (how->drops(line, length, file->line, how->arg))
			count++;
		else if (nk_buf_add(kept, line, length) < 0 || nk_buf_add_char(kept, '\n') < 0)
			status = -1;
	}
	return status < 0 ? status : count;
}

static int linefile_write_all(int fd, const struct nk_buf *text)
{
	for (size_t done = 0; done < text->len;) {
		ssize_t wrote = write(fd, text->data + done, text->len - done);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -1;
		done += (size_t)wrote;
	}
	return 0;
}

/* Others append to known_hosts without a lock: what was added to old behind the first size bytes of
 * it, while it was replaced, goes to the new one as well. */
static bool linefile_catch_up(int fd, int old, size_t size)
{
	char more[4096];
	ssize_t got;

	while ((got = pread(old, more, sizeof(more), (off_t)size)) > 0) {
		if (write(fd, more, (size_t)got) != got)
			return false;
		size += (size_t)got;
	}
	return got == 0;
}

/* Put text in the place of the file that old is, as it was in all else; size: what was read of it. */
static int linefile_replace(const char *path, int old, size_t size, const struct nk_buf *text,
			    struct nk_err *err)
{
	nk_auto(str) char *temporary = nk_format("%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC | O_APPEND);
	struct stat st;
	bool is_done;

	if (fd < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", temporary);
	is_done = fstat(old, &st) == 0 && linefile_write_all(fd, text) == 0 &&
		  (st.st_uid == geteuid() || fchown(fd, st.st_uid, st.st_gid) == 0) &&
		  fchmod(fd, st.st_mode & 07777) == 0 && fsync(fd) == 0 &&
		  rename(temporary, path) == 0;
	if (!is_done) {
		nk_fail_errno(err, NK_E_WRITE, "%s", temporary);
		unlink(temporary);
	} else if (!linefile_catch_up(fd, old, size)) {
		is_done = false;
		nk_fail_errno(err, NK_E_WRITE, "%s: a line that was added meanwhile", path);
	}
	close(fd);
	return is_done ? 0 : -1;
}

int nk_linefile_take_out(const char *path, const struct nk_linefile_how *how, struct nk_err *err)
{
	nk_auto(linefile) struct nk_linefile file = NK_LINEFILE_INIT;
	nk_auto(buf) struct nk_buf kept = NK_BUF_INIT(NK_LINEFILE_MAX + 1);
	char real[PATH_MAX];
	int count = -1;
	int fd;

	if (!how->is_private && realpath(path, real))
		path = real;
	fd = linefile_take(path, O_RDWR, how->is_private, err);
	if (fd < 0 && err->domain == NK_E_MISSING) {
		*err = (struct nk_err)NK_ERR_INIT;
		return 0;
	}
	if (fd < 0)
		return -1;
	if (nk_linefile_read_fd(&file, fd, path, err) == 0) {
		count = linefile_sift(&file, how, &kept);
		if (count < 0)
			nk_fail(err, NK_E_READ, 0, "%s: over %zu bytes", path, NK_LINEFILE_MAX);
	}
	if (count > 0 && linefile_replace(path, fd, file.text.len, &kept, err) < 0)
		count = -1;
	close(fd);
	return count;
}
