/* part.c - writing a local file: NAME.part, NAME.part.info, and the rename at the end. */
#include "part.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fdstream.h"
#include "info.h"
#include "netkit/wait.h"

/* From here on a crash should not cost the user what was fetched. */
#define PART_INFO_FROM (1 << 20)

#define PART_NEW (O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)
#define PART_OLD (O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

struct part {
	struct nk_stream stream;
	struct nk_spot spot; /* where the complete file belongs */
	char *path;	     /* for messages */
	char *work;	     /* the name written to: NAME.part, or a hidden one */
	char *info;	     /* NAME.part.info; NULL with a hidden name */
	char *identity;	     /* NULL: nobody could go on later */
	int fd;
	int mode;	 /* permissions of the file that is replaced, -1: there is none */
	mode_t new_mode; /* of a file that replaces none, less the umask */
	int64_t offset;	 /* bytes that were there before */
	int64_t written; /* bytes since */
	int64_t read_at;
	bool must_be_new;
	bool sync;
	bool has_info;	 /* info is there and names identity */
	bool is_adopted; /* NAME.part was there before and not ours: never removed */
};

static struct part *part_of(struct nk_stream *stream)
{
	return (struct part *)stream;
}

static void part_free(struct part *part)
{
	if (part->fd >= 0)
		close(part->fd);
	nk_spot_release(&part->spot);
	free(part->path);
	free(part->work);
	free(part->info);
	free(part->identity);
	free(part);
}

/* false when somebody else holds it; where there are no locks, nobody does. */
static bool lock(int fd, int how)
{
	return flock(fd, how | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

static bool is_same_file(int folder, const char *name, int fd)
{
	struct stat named;
	struct stat open_one;

	return fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &open_one) == 0 && named.st_ino == open_one.st_ino &&
	       named.st_dev == open_one.st_dev;
}

/* Write the identity down, once; what cannot be resumed later is no failure now. */
static bool keep_identity(struct part *part)
{
	if (!part->has_info && part->info && part->identity)
		part->has_info =
			nk_info_write(part->spot.folder, part->info, part->fd, part->identity);
	return part->has_info;
}

static void note_written(struct part *part, int64_t length)
{
	bool was_small = part->written < PART_INFO_FROM;

	part->written += length;
	if (was_small && part->written >= PART_INFO_FROM)
		keep_identity(part);
}

static int part_write(struct nk_stream *stream, const void *bytes, size_t length,
		      struct nk_err *err)
{
	struct part *part = part_of(stream);
	const char *at = bytes;

	while (length > 0) {
		ssize_t wrote = write(part->fd, at, length);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return nk_fail_errno(err, NK_E_WRITE, "%s", part->path);
		note_written(part, wrote);
		at += wrote;
		length -= (size_t)wrote;
	}
	return 0;
}

/* What is stored so far, from its first byte: for a hash before the file gets its name. */
static ssize_t part_read(struct nk_stream *stream, void *bytes, size_t size, struct nk_err *err)
{
	struct part *part = part_of(stream);
	ssize_t got;

	do {
		got = pread(part->fd, bytes, size, part->read_at);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return nk_fail_errno(err, NK_E_READ, "%s", part->path);
	part->read_at += got;
	return got;
}

static void part_remove(struct part *part)
{
	if (!part->is_adopted && is_same_file(part->spot.folder, part->work, part->fd))
		unlinkat(part->spot.folder, part->work, 0);
	if (part->has_info)
		unlinkat(part->spot.folder, part->info, 0);
}

static void part_abandon(struct nk_stream *stream)
{
	struct part *part = part_of(stream);
	bool is_kept = part->offset + part->written > 0 && keep_identity(part);

	if (!is_kept)
		part_remove(part);
	part_free(part);
}

/* An error that a file system holds back until close, without giving up the lock. */
static int flush(const struct part *part)
{
	int twin = fcntl(part->fd, F_DUPFD_CLOEXEC, 0);

	if (twin < 0 || (part->sync && fsync(part->fd) < 0)) {
		if (twin >= 0)
			close(twin);
		return -1;
	}
	return close(twin) < 0 && errno != EINTR ? -1 : 0;
}

/* Nobody else wrote to the file or put another in its place. */
static int check_own(const struct part *part, struct nk_err *err)
{
	struct stat st;

	if (fstat(part->fd, &st) < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", part->path);
	if (st.st_size != part->offset + part->written)
		return nk_fail(err, NK_E_WRITE, 0, "%s: %lld bytes were written, the disk has %lld",
			       part->path, (long long)(part->offset + part->written),
			       (long long)st.st_size);
	if (!is_same_file(part->spot.folder, part->work, part->fd))
		return nk_fail(err, NK_E_WRITE, 0, "%s: something else took the place of \"%s\"",
			       part->path, part->work);
	return 0;
}

/* A file called "x.part" may be where another worker is writing "x": its lock says so. */
static bool is_in_use(const struct part *part)
{
	size_t length = strlen(part->spot.name);
	int fd;
	bool in_use;

	if (length <= 5 || strcmp(part->spot.name + length - 5, ".part") != 0)
		return false;
	fd = openat(part->spot.folder, part->spot.name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return false;
	in_use = !lock(fd, LOCK_SH);
	close(fd);
	return in_use;
}

/* Permissions of the file whose place will be taken, -1: there is none. */
static int replaced_mode(const struct nk_spot *spot)
{
	struct stat old;

	if (fstatat(spot->folder, spot->name, &old, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(old.st_mode))
		return -1;
	return old.st_mode & 0777;
}

/* A replaced file keeps its permissions; a new one has those it was sent with. */
static void keep_mode(const struct part *part)
{
	int now = replaced_mode(&part->spot);
	int mode = now >= 0 ? now : part->mode;
	struct stat st;

	if (mode < 0 && fstat(part->fd, &st) == 0 && (st.st_mode & 0777 & ~part->new_mode) != 0)
		mode = (int)(st.st_mode & part->new_mode);

	/* A file system without permissions refuses, and has nothing to keep. */
	if (mode >= 0 && fchmod(part->fd, (mode_t)mode) < 0)
		return;
}

/* What replaces a file may be as secret as that: until it is complete, and should it stay a partial
 * file, it is for nobody else. */
static mode_t first_mode(const struct part *part)
{
	return part->mode >= 0 ? 0600 : part->new_mode | 0600;
}

static int rename_new(int folder, const char *from, const char *to)
{
	if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* Not every file system can; a hard link is as exclusive. */
	if (linkat(folder, from, folder, to, 0) < 0)
		return -1;
	return unlinkat(folder, from, 0);
}

static int sync_folder(const struct part *part)
{
	int fd = openat(part->spot.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -1;
	result = fsync(fd);
	close(fd);
	return result;
}

static int part_commit(struct part *part, struct nk_err *err)
{
	const int folder = part->spot.folder;
	int renamed;

	if (check_own(part, err) < 0)
		return -1;
	if (is_in_use(part))
		return nk_fail_again(err, NK_E_WRITE, 0, "%s: it is the partial file of \"%.*s\"",
				     part->path, (int)strlen(part->spot.name) - 5, part->spot.name);
	keep_mode(part);
	if (flush(part) < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", part->path);
	renamed = part->must_be_new ? rename_new(folder, part->work, part->spot.name)
				    : renameat(folder, part->work, folder, part->spot.name);
	if (renamed < 0 && errno == EEXIST)
		return nk_fail(err, NK_E_EXISTS, EEXIST, "%s: exists already", part->path);
	if (renamed < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", part->path);
	if (part->has_info)
		unlinkat(folder, part->info, 0);
	if (part->sync && sync_folder(part) < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", part->path);
	return 0;
}

static int part_close(struct nk_stream *stream, struct nk_err *err)
{
	struct part *part = part_of(stream);

	if (part_commit(part, err) == 0) {
		part_free(part);
		return 0;
	}
	/* Nobody will go on with what another file has the place of. */
	if (err->domain == NK_E_EXISTS) {
		part_remove(part);
		part_free(part);
	} else {
		part_abandon(stream);
	}
	return -1;
}

static int part_raw_fd(struct nk_stream *stream)
{
	return part_of(stream)->fd;
}

static void part_moved(struct nk_stream *stream, int64_t length)
{
	note_written(part_of(stream), length);
}

static const struct nk_stream_ops part_ops = {
	.read = part_read,
	.write = part_write,
	.close = part_close,
	.abandon = part_abandon,
	.raw_fd = part_raw_fd,
	.moved = part_moved,
};

/* A name of our own in the folder, for when NAME.part cannot be had. */
static int open_hidden(struct part *part, struct nk_err *err)
{
	uint64_t random;

	free(nk_take(part->info));
	for (int i = 0; i < 16 && part->fd < 0; i++) {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			break;
		free(part->work);
		part->work = nk_format(".netkit-%016llx", (unsigned long long)random);
		part->fd = openat(part->spot.folder, part->work, PART_NEW, first_mode(part));
		if (part->fd < 0 && errno != EEXIST)
			break;
	}
	if (part->fd < 0)
		return nk_local_fail_io(err, NK_E_WRITE);
	return lock(part->fd, LOCK_EX) ? 0 : nk_local_fail_io(err, NK_E_WRITE);
}

/* Move up to most bytes on, by the kernel, or by hand once *buffer is there. Bytes, 0, or -1. */
static ssize_t copy_some(int from, int to, size_t most, char **buffer)
{
	ssize_t step = *buffer ? -1 : copy_file_range(from, NULL, to, NULL, most, 0);

	if (step >= 0)
		return step;
	if (!*buffer)
		*buffer = nk_realloc(NULL, PART_INFO_FROM);
	step = read(from, *buffer, most);
	if (step <= 0)
		return step;
	errno = ENOSPC; /* what a short write means */
	return write(to, *buffer, (size_t)step) == step ? step : -1;
}

/* Copy the first bytes of NAME, which are the beginning that is gone on from. */
static int copy_prefix(struct part *part, struct nk_err *err)
{
	nk_auto(str) char *buffer = NULL;
	int64_t left = part->offset;
	int from = openat(part->spot.folder, part->spot.name,
			  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int result = from < 0 ? nk_fail(err, NK_E_RESUME, 0, "what there was is gone") : 0;

	while (left > 0 && result == 0) {
		size_t most = left < PART_INFO_FROM ? (size_t)left : PART_INFO_FROM;
		ssize_t step = copy_some(from, part->fd, most, &buffer);

		if (step < 0)
			result = nk_local_fail_io(err, NK_E_WRITE);
		else if (step == 0)
			result = nk_fail(err, NK_E_RESUME, 0, "what there was is gone");
		else
			result = nk_interrupt_check(err);
		left -= step;
	}
	if (from >= 0)
		close(from);
	return result;
}

/* Take over the file at NAME.part. 1: done, 0: it is not ours to take, -1. */
static int take_over(struct part *part, struct nk_err *err)
{
	const int folder = part->spot.folder;
	int fd = openat(folder, part->work, PART_OLD);
	nk_auto(str) char *identity = fd < 0 ? NULL : nk_info_read(folder, part->info, fd);
	struct stat st;

	if (fd < 0)
		return 0;
	/* Who asks for an offset has asked left_over first: with --resume=force any will do. */
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (!identity && part->offset == 0) ||
	    !lock(fd, LOCK_EX) || !is_same_file(folder, part->work, fd)) {
		close(fd);
		return 0;
	}
	part->fd = fd;
	part->is_adopted = !identity;
	if (st.st_size < part->offset)
		return nk_fail(err, NK_E_RESUME, 0, "what there was is gone");
	/* It may have been begun when there was no file to replace. */
	if (part->mode >= 0 && fchmod(fd, first_mode(part)) < 0 && errno != EPERM &&
	    errno != EOPNOTSUPP)
		return nk_local_fail_io(err, NK_E_WRITE);
	if (ftruncate(fd, part->offset) < 0 || lseek(fd, part->offset, SEEK_SET) < 0)
		return nk_local_fail_io(err, NK_E_WRITE);
	part->has_info = identity && part->identity && strcmp(identity, part->identity) == 0;
	/* Never the bytes of one version under the identity of another. */
	if (identity && !part->has_info && !keep_identity(part))
		unlinkat(folder, part->info, 0);
	return 1;
}

/* NAME.part, made or taken over. 1: done, 0: it is not to be had, -1. */
static int open_named(struct part *part, struct nk_err *err)
{
	if (strlen(part->spot.name) + strlen(".part.info") > NAME_MAX)
		return 0;
	part->fd = openat(part->spot.folder, part->work, PART_NEW, first_mode(part));
	if (part->fd < 0 && errno == EEXIST)
		return take_over(part, err);
	if (part->fd < 0)
		return errno == ENAMETOOLONG ? 0 : nk_local_fail_io(err, NK_E_WRITE);
	if (lock(part->fd, LOCK_EX) && (part->offset == 0 || copy_prefix(part, err) == 0))
		return 1;
	if (err->domain == NK_E_NONE)
		nk_local_fail_io(err, NK_E_WRITE);
	part_remove(part);
	return -1;
}

/* NAME is complete, and nothing is to be written: 1 with a stream that only reads it back. */
static int open_complete(const struct nk_spot *spot, const char *path, const char *work,
			 const struct nk_open_how *how, struct nk_stream **stream)
{
	struct stat st;
	int fd;

	if (how->offset == 0 || how->offset != how->size ||
	    fstatat(spot->folder, work, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    fstatat(spot->folder, spot->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode) || st.st_size != how->size)
		return 0;
	fd = openat(spot->folder, spot->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	*stream = nk_fd_stream_new(&(struct nk_fd_how){
		.fd = fd,
		.is_owned = true,
		.is_regular = true,
		.name = path,
		.size = -1,
		.mtime = NK_ENTRY_NO_TIME,
		.left = -1,
	});
	return 1;
}

int nk_part_open(struct nk_spot *spot, const char *path, bool sync, const struct nk_open_how *how,
		 struct nk_stream **stream, struct nk_err *err)
{
	nk_auto(str) char *work = nk_format("%s.part", spot->name);
	struct part *part;
	int opened;

	if (open_complete(spot, path, work, how, stream) > 0)
		return 0;
	part = nk_alloc(sizeof(*part));
	part->stream = (struct nk_stream){
		.ops = &part_ops,
		.size = -1,
		.mtime = NK_ENTRY_NO_TIME,
	};
	part->spot = *spot;
	*spot = (struct nk_spot)NK_SPOT_INIT;
	part->path = nk_strdup(path);
	part->work = nk_take(work);
	part->info = nk_format("%s.info", part->work);
	part->identity = nk_strdup(how->identity);
	part->fd = -1;
	part->mode = replaced_mode(&part->spot);
	part->new_mode = how->mode ? (mode_t)how->mode & 0777 : 0666;
	part->offset = how->offset;
	part->must_be_new = how->must_be_new;
	part->sync = sync;

	opened = open_named(part, err);
	if (opened == 0 && how->offset > 0)
		opened = nk_fail_again(err, NK_E_RESUME, 0, "its partial file is in use");
	else if (opened == 0)
		opened = open_hidden(part, err);
	if (opened < 0) {
		part_free(part);
		return -1;
	}
	*stream = &part->stream;
	return 0;
}

int64_t nk_part_left_over(const struct nk_spot *spot, const char *identity, bool force)
{
	nk_auto(str) char *work = nk_format("%s.part", spot->name);
	nk_auto(str) char *info = nk_format("%s.info", work);
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = openat(spot->folder, work, flags);
	nk_auto(str) char *kept = fd < 0 ? NULL : nk_info_read(spot->folder, info, fd);
	bool is_free = fd < 0 || lock(fd, LOCK_SH);
	bool matches = force || (kept && (!identity || strcmp(kept, identity) == 0));
	int64_t size = 0;
	struct stat st;

	if (fd >= 0 && is_free && matches && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		size = st.st_size;
	if (fd >= 0)
		close(fd);
	if (fd < 0 && force && fstatat(spot->folder, spot->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode))
		size = st.st_size;
	return size;
}
