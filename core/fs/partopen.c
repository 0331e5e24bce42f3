/* partopen.c - beginning to write a local file, and finding what an earlier write left. */
#include "partstate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fdstream.h"
#include "netkit/wait.h"

#define PART_NEW (O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)
#define PART_OLD (O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* A name of our own in the folder, for when NAME.part cannot be had. */
static int open_hidden(struct part *part, struct nk_err *err)
{
	free(nk_take(part->info));
	for (int i = 0; i < 16 && part->fd < 0; i++) {
		char *name = nk_part_hidden_name();

		if (!name)
			break;
		free(part->work);
		part->work = name;
		part->fd =
			openat(part->spot.folder, part->work, PART_NEW, nk_part_first_mode(part));
		if (part->fd < 0 && errno != EEXIST)
			break;
	}
	if (part->fd < 0)
		return nk_local_fail_io(err, NK_E_WRITE);
	return nk_part_lock(part->fd, LOCK_EX) ? 0 : nk_local_fail_io(err, NK_E_WRITE);
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

/* What is there of a file that comes in pieces: what an earlier run noted, or all before the offset. */
static void learn_held(struct part *part, const struct nk_open_how *how, struct nk_info *info,
		       int64_t size)
{
	if (how->keeps_pieces && info && info->has_held) {
		nk_ranges_release(&part->held);
		part->held = info->held;
		info->held = (struct nk_ranges){ .items = NULL };
		nk_ranges_cut(&part->held, size < part->size ? size : part->size);
	} else {
		nk_ranges_add(&part->held, 0, part->offset);
	}
}

/* Begin with what is there: gaps must never be under a note that knows of none. */
static int begin_pieces(struct part *part, struct nk_err *err)
{
	part->has_info = nk_part_note_pieces(part);
	if (!part->has_info && part->info &&
	    !nk_info_remove(part->spot.folder, part->info, part->fd))
		return nk_local_fail_io(err, NK_E_WRITE);
	return 0;
}

/* Bring the file that was taken over to where it is gone on from, and its info with it. */
static int prepare_old(struct part *part, const struct nk_open_how *how, struct nk_info *info,
		       int64_t size, struct nk_err *err)
{
	/* It may have been begun when there was no file to replace. */
	if (part->mode >= 0 && fchmod(part->fd, nk_part_first_mode(part)) < 0 && errno != EPERM &&
	    errno != EOPNOTSUPP)
		return nk_local_fail_io(err, NK_E_WRITE);
	if (part->in_pieces)
		learn_held(part, how, info, size);
	if ((!part->in_pieces || !how->keeps_pieces) && ftruncate(part->fd, part->offset) < 0)
		return nk_local_fail_io(err, NK_E_WRITE);
	if (lseek(part->fd, part->offset, SEEK_SET) < 0)
		return nk_local_fail_io(err, NK_E_WRITE);
	/* From here on it may be longer than a list of pieces says. */
	part->has_info = info->identity && part->identity && !info->has_held &&
			 strcmp(info->identity, part->identity) == 0;
	if (part->in_pieces)
		return 0;
	/* Never the bytes of one version under the identity of another. */
	if (info->identity && !part->has_info && !nk_part_keep_identity(part))
		(void)!nk_info_remove(part->spot.folder, part->info, part->fd);
	return 0;
}

/* Take over the file at NAME.part. 1: done, 0: it is not ours to take, -1. */
static int take_over(struct part *part, const struct nk_open_how *how, struct nk_err *err)
{
	nk_auto(info) struct nk_info info = { .identity = NULL };
	const int folder = part->spot.folder;
	int fd = openat(folder, part->work, PART_OLD);
	bool is_ours = fd >= 0 && nk_info_read(&info, folder, part->info, fd);
	struct stat st;

	if (fd < 0)
		return 0;
	/* Who asks for an offset has asked left_over first: with --resume=force any will do. */
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (!is_ours && part->offset == 0) ||
	    !nk_part_lock(fd, LOCK_EX) || !nk_part_is_same_file(folder, part->work, fd)) {
		close(fd);
		return 0;
	}
	part->fd = fd;
	part->is_adopted = !is_ours;
	if (st.st_size < part->offset)
		return nk_fail(err, NK_E_RESUME, 0, "what there was is gone");
	return prepare_old(part, how, &info, st.st_size, err) < 0 ? -1 : 1;
}

/* NAME.part, made or taken over. 1: done, 0: it is not to be had, -1. */
static int open_named(struct part *part, const struct nk_open_how *how, struct nk_err *err)
{
	if (strlen(part->spot.name) + strlen(".part.info") > NAME_MAX)
		return 0;
	part->fd = openat(part->spot.folder, part->work, PART_NEW, nk_part_first_mode(part));
	if (part->fd < 0 && errno == EEXIST)
		return take_over(part, how, err);
	if (part->fd < 0)
		return errno == ENAMETOOLONG ? 0 : nk_local_fail_io(err, NK_E_WRITE);
	if (nk_part_lock(part->fd, LOCK_EX) && (part->offset == 0 || copy_prefix(part, err) == 0))
		return 1;
	if (err->domain == NK_E_NONE)
		nk_local_fail_io(err, NK_E_WRITE);
	nk_part_remove(part);
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
		.ops = &nk_part_ops,
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
	part->mode = nk_part_is_in_use(&part->spot) ? -1 : nk_part_replaced_mode(&part->spot);
	part->new_mode = how->mode ? (mode_t)how->mode & 0777 : 0666;
	part->offset = how->offset;
	part->must_be_new = how->must_be_new;
	part->sync = sync;

	part->in_pieces = how->in_pieces;
	part->size = how->size;
	pthread_mutex_init(&part->lock, NULL);

	opened = open_named(part, how, err);
	if (opened == 0 && how->offset > 0)
		opened = nk_fail_again(err, NK_E_RESUME, 0, "its partial file is in use");
	else if (opened == 0)
		opened = open_hidden(part, err);
	if (opened >= 0 && part->in_pieces)
		opened = begin_pieces(part, err);
	if (opened < 0) {
		nk_part_free(part);
		return -1;
	}
	*stream = &part->stream;
	return 0;
}

void nk_part_left_over(const struct nk_spot *spot, const char *identity, bool force,
		       struct nk_left_over *left)
{
	nk_auto(str) char *work = nk_format("%s.part", spot->name);
	nk_auto(str) char *name = nk_format("%s.info", work);
	nk_auto(info) struct nk_info info = { .identity = NULL };
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = openat(spot->folder, work, flags);
	bool is_ours = fd >= 0 && nk_info_read(&info, spot->folder, name, fd);
	bool is_free = fd < 0 || nk_part_lock(fd, LOCK_SH);
	bool matches = force || (is_ours && (!identity || strcmp(info.identity, identity) == 0));
	struct stat st;

	*left = (struct nk_left_over){ .offset = 0 };
	if (fd >= 0 && is_free && matches && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		nk_ranges_cut(&info.held, st.st_size);
		left->offset = info.has_held ? nk_ranges_prefix(&info.held) : st.st_size;
		left->is_scattered = nk_ranges_total(&info.held) > nk_ranges_prefix(&info.held);
	}
	if (fd >= 0)
		close(fd);
	if (fd < 0 && force && fstatat(spot->folder, spot->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode))
		left->offset = st.st_size;
}
