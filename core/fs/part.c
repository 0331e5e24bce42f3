/* part.c - writing a local file: NAME.part, NAME.part.info, and the rename at the end. */
#include "partstate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many bytes of pieces may have to be fetched again after a sudden end: at least so many, and of a
 * large file such a part. */
#define PART_NOTE_LEAST ((int64_t)8 << 20)
#define PART_NOTE_PARTS 512

static struct part *part_of(struct nk_stream *stream)
{
	return (struct part *)stream;
}

void nk_part_free(struct part *part)
{
	if (part->fd >= 0)
		close(part->fd);
	nk_spot_release(&part->spot);
	nk_ranges_release(&part->held);
	pthread_mutex_destroy(&part->lock);
	free(part->path);
	free(part->work);
	free(part->info);
	free(part->identity);
	free(part);
}

/* false when somebody else holds it; where there are no locks, nobody does. */
bool nk_part_lock(int fd, int how)
{
	return flock(fd, how | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

bool nk_part_is_same_file(int folder, const char *name, int fd)
{
	struct stat named;
	struct stat open_one;

	return fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &open_one) == 0 && named.st_ino == open_one.st_ino &&
	       named.st_dev == open_one.st_dev;
}

int nk_part_rename_new(int folder, const char *from, const char *to)
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

/* Write the identity down, once; what cannot be resumed later is no failure now. */
bool nk_part_keep_identity(struct part *part)
{
	nk_part_follow(part);
	if (!part->has_info && part->info && part->identity)
		part->has_info = nk_info_write(part->spot.folder, part->info, part->fd,
					       part->identity, NULL);
	return part->has_info;
}

bool nk_part_note_pieces(struct part *part)
{
	nk_part_follow(part);
	if (!part->info || !part->identity || (part->sync && fdatasync(part->fd) < 0) ||
	    !nk_info_write(part->spot.folder, part->info, part->fd, part->identity, &part->held))
		return false;
	part->has_info = true;
	part->unnoted = 0;
	return true;
}

static void note_written(struct part *part, int64_t length)
{
	bool was_small = part->written < PART_INFO_FROM;

	part->written += length;
	if (was_small && part->written >= PART_INFO_FROM)
		nk_part_keep_identity(part);
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

static void note_piece(struct part *part, int64_t offset, int64_t length)
{
	int64_t step = part->size / PART_NOTE_PARTS;

	pthread_mutex_lock(&part->lock);
	nk_ranges_add(&part->held, offset, offset + length);
	part->unnoted += length;
	if (part->unnoted >= step && part->unnoted >= PART_NOTE_LEAST)
		nk_part_note_pieces(part);
	pthread_mutex_unlock(&part->lock);
}

static int part_write_at(struct nk_stream *stream, int64_t offset, const void *bytes, size_t length,
			 struct nk_err *err)
{
	struct part *part = part_of(stream);
	const char *at = bytes;
	size_t left = length;

	while (left > 0) {
		ssize_t wrote = pwrite(part->fd, at, left, offset + (at - (const char *)bytes));

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return nk_fail_errno(err, NK_E_WRITE, "%s", part->path);
		at += wrote;
		left -= (size_t)wrote;
	}
	note_piece(part, offset, (int64_t)length);
	return 0;
}

static const struct nk_ranges *part_held(struct nk_stream *stream)
{
	return &part_of(stream)->held;
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

/* It is looked at once more when nobody else knows its name: another file may just have come there. */
static void remove_work(const struct part *part)
{
	nk_auto(str) char *hidden = nk_part_hidden_name();
	const int folder = part->spot.folder;

	if (!hidden || nk_part_rename_new(folder, part->work, hidden) < 0)
		return;
	if (nk_part_is_same_file(folder, hidden, part->fd))
		unlinkat(folder, hidden, 0);
	else
		(void)!nk_part_rename_new(folder, hidden, part->work);
}

void nk_part_remove(struct part *part)
{
	nk_part_follow(part);
	if (!part->is_adopted && nk_part_is_same_file(part->spot.folder, part->work, part->fd))
		remove_work(part);
	if (part->has_info)
		nk_info_remove(part->spot.folder, part->info, part->fd);
}

static void part_abandon(struct nk_stream *stream)
{
	struct part *part = part_of(stream);
	bool is_kept =
		part->in_pieces
			? part->held.count > 0 && (nk_part_note_pieces(part) || part->has_info)
			: part->offset + part->written > 0 && nk_part_keep_identity(part);

	if (!is_kept)
		nk_part_remove(part);
	nk_part_free(part);
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

/* Is it still under the name it is written to? It may be moved aside between two looks, but once. */
static bool has_work(struct part *part)
{
	for (int looks = 0; looks < 2; looks++) {
		nk_part_follow(part);
		if (nk_part_is_same_file(part->spot.folder, part->work, part->fd))
			return true;
	}
	return false;
}

/* Nobody else wrote to the file or put another in its place. */
static int check_own(struct part *part, struct nk_err *err)
{
	int64_t total =
		part->in_pieces ? nk_ranges_total(&part->held) : part->offset + part->written;
	struct stat st;

	if (fstat(part->fd, &st) < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", part->path);
	if (st.st_size != total || (part->in_pieces && total != part->size))
		return nk_fail(err, NK_E_WRITE, 0, "%s: %lld bytes were written, the disk has %lld",
			       part->path, (long long)total, (long long)st.st_size);
	if (!has_work(part))
		return nk_fail(err, NK_E_WRITE, 0, "%s: something else took the place of \"%s\"",
			       part->path, part->work);
	return 0;
}

/* Permissions of the file whose place will be taken, -1: there is none. */
int nk_part_replaced_mode(const struct nk_spot *spot)
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
	int now = nk_part_replaced_mode(&part->spot);
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
mode_t nk_part_first_mode(const struct part *part)
{
	return part->mode >= 0 ? 0600 : part->new_mode | 0600;
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
	if (check_own(part, err) < 0)
		return -1;
	if (!nk_part_move_aside(&part->spot))
		return nk_fail_again(err, NK_E_WRITE, 0, "%s: it is the partial file of \"%.*s\"",
				     part->path, (int)strlen(part->spot.name) - 5, part->spot.name);
	keep_mode(part);
	if (flush(part) < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", part->path);
	errno = 0;
	if (!nk_part_take_name(part)) {
		if (errno == EEXIST)
			return nk_fail(err, NK_E_EXISTS, EEXIST, "%s: exists already", part->path);
		return nk_fail_errno(err, NK_E_WRITE, "%s", part->path);
	}
	if (part->has_info)
		nk_info_remove(part->spot.folder, part->info, part->fd);
	if (part->sync && sync_folder(part) < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", part->path);
	return 0;
}

static int part_close(struct nk_stream *stream, struct nk_err *err)
{
	struct part *part = part_of(stream);

	if (part_commit(part, err) == 0) {
		nk_part_free(part);
		return 0;
	}
	/* Nobody will go on with what another file has the place of. */
	if (err->domain == NK_E_EXISTS) {
		nk_part_remove(part);
		nk_part_free(part);
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

const struct nk_stream_ops nk_part_ops = {
	.read = part_read,
	.write = part_write,
	.close = part_close,
	.abandon = part_abandon,
	.raw_fd = part_raw_fd,
	.moved = part_moved,
	.write_at = part_write_at,
	.held = part_held,
};
