/* local.c - local files as an implementation of the file interface. */
#include "netkit/local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "blame.h"
#include "fdstream.h"
#include "folder.h"
#include "netkit/wait.h"
#include "part.h"
#include "verify.h"

/* Most links in a row that a target's name may be, as the kernel has it. */
#define LOCAL_LINKS_MAX 40

/* What find_target says of a link that is not followed. */
#define LOCAL_FOREIGN_LINK (-2)

/* How often a pipe without a reader is looked at again. */
#define LOCAL_PIPE_PAUSE_MS 50

static struct nk_local *local_of(struct nk_fs *fs)
{
	return (struct nk_local *)fs;
}

static int local_mount(struct nk_session *session, struct nk_fs **fs, struct nk_err *err)
{
	const struct nk_local_opts *opts = session ? session->opts : NULL;
	struct nk_local *local = nk_alloc(sizeof(*local));

	(void)err;
	local->fs.ops = &nk_local_ops;
	local->fs.session = session;
	local->root = opts ? opts->root : NULL;
	local->sync = opts && opts->sync;
	local->force = opts && opts->force;
	local->root_fd = -1;
	local->cached_fd = -1;
	*fs = &local->fs;
	return 0;
}

static void local_unmount(struct nk_fs *fs)
{
	struct nk_local *local = local_of(fs);

	nk_local_release(local);
	free(local);
}

static enum nk_kind kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return NK_KIND_FILE;
	case S_IFDIR:
		return NK_KIND_DIR;
	case S_IFLNK:
		return NK_KIND_LINK;
	default:
		return NK_KIND_OTHER;
	}
}

/* Describe name in folder, without following it. link: for what a link points to. Sets errno. */
static int describe(int folder, const char *name, struct nk_entry *entry,
		    char link[NK_ENTRY_NAME_MAX + 1])
{
	struct stat st;
	ssize_t length = -1;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (S_ISLNK(st.st_mode))
		length = readlinkat(folder, name, link, NK_ENTRY_NAME_MAX);
	if (length >= 0)
		link[length] = '\0';
	*entry = (struct nk_entry){
		.name = name,
		.kind = kind_of(st.st_mode),
		.size = S_ISREG(st.st_mode) ? st.st_size : -1,
		.mtime = st.st_mtime,
		.mode = st.st_mode & 07777,
		.link = length >= 0 ? link : NULL,
	};
	return 0;
}

/* Put the next entry into spool. 1, 0 at the end, -1. */
static int list_one(DIR *folder, struct nk_spool *spool, struct nk_err *err)
{
	char link[NK_ENTRY_NAME_MAX + 1];
	struct nk_entry entry;
	struct dirent *dirent;

	if (nk_interrupt_check(err) < 0)
		return -1;
	errno = 0;
	dirent = readdir(folder);
	if (!dirent)
		return errno == 0 ? 0 : nk_local_fail(err, NK_E_READ);
	if (strcmp(dirent->d_name, ".") == 0 || strcmp(dirent->d_name, "..") == 0)
		return 1;
	if (describe(dirfd(folder), dirent->d_name, &entry, link) < 0)
		return errno == ENOENT ? 1 : nk_local_fail(err, NK_E_READ);
	return nk_spool_add(spool, &entry, err) < 0 ? -1 : 1;
}

static int local_list(struct nk_fs *fs, const char *path, struct nk_spool *spool,
		      struct nk_err *err)
{
	int fd = nk_local_open(local_of(fs), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	int more = 1;

	if (!folder) {
		nk_local_fail(err, NK_E_READ);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (more > 0)
		more = list_one(folder, spool, err);
	closedir(folder);
	return more;
}

static int local_stat(struct nk_fs *fs, const char *path, struct nk_arena *arena,
		      struct nk_entry *entry, struct nk_err *err)
{
	nk_auto(spot) struct nk_spot spot = NK_SPOT_INIT;
	nk_auto(str) char *trimmed = nk_path_trim(path);
	char link[NK_ENTRY_NAME_MAX + 1];
	struct nk_entry found;

	if (nk_spot_find(&spot, local_of(fs), path, false) < 0 ||
	    describe(spot.folder, spot.name, &found, link) < 0)
		return nk_local_fail(err, NK_E_READ);
	found.name = nk_path_name(trimmed);
	found.name = nk_arena_strndup(arena, found.name, strlen(found.name));
	if (found.link)
		found.link = nk_arena_strndup(arena, link, strlen(link));
	if (!found.name)
		return nk_fail(err, NK_E_READ, 0, "its name is too long");
	*entry = found;
	return 0;
}

/* Files in /proc have bytes but no size. */
static bool has_true_size(int fd, const struct stat *st)
{
	char byte;

	return st->st_size > 0 || pread(fd, &byte, 1, 0) == 0;
}

static int open_read(struct nk_local *local, const char *path, const struct nk_open_how *how,
		     struct nk_stream **stream, struct nk_err *err)
{
	/* Non-blocking, or a pipe that nobody writes to could not be interrupted here. */
	int fd = nk_local_open(local, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct nk_fd_how fd_how = {
		.fd = fd,
		.is_owned = true,
		.name = path,
		.size = -1,
		.mtime = NK_ENTRY_NO_TIME,
		.left = -1,
		.deadline = how->deadline,
	};
	struct stat st;
	int result = 0;

	if (fd < 0)
		return nk_local_fail_io(err, NK_E_READ);
	if (fstat(fd, &st) < 0)
		result = nk_local_fail_io(err, NK_E_READ);
	else if (S_ISDIR(st.st_mode))
		result = nk_fail(err, NK_E_READ, EISDIR, "is a folder (--recursive copies it)");
	else if (how->offset > 0 && lseek(fd, how->offset, SEEK_SET) < 0)
		result = nk_fail(err, NK_E_RESUME, errno, "has no position to go on from");
	if (result < 0) {
		close(fd);
		return -1;
	}
	fd_how.is_regular = S_ISREG(st.st_mode);
	if (fd_how.is_regular) {
		fd_how.mtime = st.st_mtime;
		fd_how.mode = st.st_mode & 07777;
	}
	/* What a file had when it was opened is what is read, however it grows. */
	if (fd_how.is_regular && has_true_size(fd, &st)) {
		fd_how.size = st.st_size;
		fd_how.left = st.st_size > how->offset ? st.st_size - how->offset : 0;
	}
	*stream = nk_fd_stream_new(&fd_how);
	return 0;
}

/* In a folder where everybody may put links, such as /tmp, one of somebody else is a trap: what the
 * kernel does where fs.protected_symlinks is set, and for links that are followed by hand never. */
static bool is_foreign_link(int folder, const struct stat *link)
{
	const mode_t is_shared = S_ISVTX | S_IWOTH;
	struct stat st;

	if (link->st_uid == geteuid())
		return false;
	if (fstat(folder, &st) < 0)
		return true;
	return (st.st_mode & is_shared) == is_shared && st.st_uid != link->st_uid;
}

/*
 * Find where a write to path goes: to what a link points to, unless below a root, where a link is
 * replaced. make: its folders. st: what is there, st_mode 0 for nothing. Returns how many links led
 * there, LOCAL_FOREIGN_LINK, or -1 with errno.
 */
static int find_target(struct nk_local *local, const char *path, bool make, struct nk_spot *spot,
		       struct stat *st)
{
	nk_auto(str) char *at = nk_strdup(path);
	char link[NK_ENTRY_NAME_MAX + 1];

	for (int i = 0; i < LOCAL_LINKS_MAX; i++) {
		nk_spot_release(spot);
		memset(st, 0, sizeof(*st));
		if (nk_spot_find(spot, local, at, make) < 0)
			return -1;
		if (fstatat(spot->folder, spot->name, st, AT_SYMLINK_NOFOLLOW) < 0) {
			st->st_mode = 0;
			return errno == ENOENT ? i : -1;
		}
		if (!S_ISLNK(st->st_mode) || local->root)
			return i;
		if (is_foreign_link(spot->folder, st))
			return LOCAL_FOREIGN_LINK;
		ssize_t length = readlinkat(spot->folder, spot->name, link, NK_ENTRY_NAME_MAX);

		if (length < 0)
			return -1;
		link[length] = '\0';
		nk_auto(str) char *folder = nk_path_parent(at);

		free(at);
		at = link[0] == '/' ? nk_strdup(link) : nk_path_join(folder, link);
	}
	errno = ELOOP;
	return -1;
}

/* Open a pipe or device for writing, waiting for a reader of a pipe. */
static int open_device(struct nk_local *local, const char *path, nk_time_ms deadline,
		       struct nk_err *err)
{
	for (;;) {
		int fd = nk_local_open(local, path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		if (fd >= 0)
			return fd;
		if (errno != ENXIO)
			return nk_local_fail_io(err, NK_E_WRITE);
		if (nk_clock_left(deadline) == 0)
			return nk_fail(err, NK_E_TIMEOUT, 0, "timed out waiting for a reader");
		if (nk_wait_pause(LOCAL_PIPE_PAUSE_MS, deadline, err) < 0)
			return -1;
	}
}

static int write_device(struct nk_local *local, const char *path, const struct nk_open_how *how,
			struct nk_stream **stream, struct nk_err *err)
{
	struct nk_fd_how fd_how = {
		.is_owned = true,
		.name = path,
		.size = -1,
		.mtime = NK_ENTRY_NO_TIME,
		.left = -1,
		.deadline = how->deadline,
	};

	if (how->offset > 0)
		return nk_fail(err, NK_E_RESUME, 0, "is no regular file");
	fd_how.fd = open_device(local, path, how->deadline, err);
	if (fd_how.fd < 0)
		return -1;
	*stream = nk_fd_stream_new(&fd_how);
	return 0;
}

/* Nothing can be put beside the file at spot, so its bytes are replaced where they are, as cp does. */
static int write_in_place(const struct nk_local *local, const struct nk_spot *spot,
			  const char *path, struct nk_stream **stream, struct nk_err *err)
{
	const int flags = O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
	struct nk_fd_how fd_how = {
		.fd = openat(spot->folder, spot->name, flags | (local->sync ? O_SYNC : 0)),
		.is_owned = true,
		.is_regular = true,
		.name = path,
		.size = -1,
		.mtime = NK_ENTRY_NO_TIME,
		.left = -1,
	};

	if (fd_how.fd < 0)
		return nk_local_fail_io(err, NK_E_WRITE);
	*stream = nk_fd_stream_new(&fd_how);
	return 0;
}

static bool is_closed(int folder)
{
	return faccessat(folder, ".", W_OK, AT_EACCESS) < 0 && errno == EACCES;
}

/* Is path, followed to its end, a pipe, a device or a socket? */
static bool is_device(struct nk_local *local, const char *path)
{
	int fd = nk_local_open(local, path, O_PATH | O_CLOEXEC);
	struct stat st;
	bool is_one =
		fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);

	if (fd >= 0)
		close(fd);
	return is_one;
}

static int open_write(struct nk_local *local, const char *path, const struct nk_open_how *how,
		      struct nk_stream **stream, struct nk_err *err)
{
	nk_auto(spot) struct nk_spot spot = NK_SPOT_INIT;
	size_t length = strlen(path);
	nk_auto(str) char *shown = NULL;
	struct stat st;
	int found = find_target(local, path, true, &spot, &st);
	int code = errno;

	/* Below a root a link is replaced, whatever it points to. */
	bool is_plain = found >= 0 && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) ||
				       (found == 0 && st.st_mode == 0));

	if (found == LOCAL_FOREIGN_LINK)
		return nk_fail(
			err, NK_E_WRITE, EACCES,
			"a link of another user, in a folder that everybody may write to, is not "
			"followed");
	if (how->must_be_new && found >= 0 && st.st_mode != 0 && !nk_part_is_in_use(&spot))
		return nk_fail(err, NK_E_EXISTS, EEXIST, "exists already");
	/* A link in /proc/self/fd cannot be followed by its text. */
	if (!is_plain && is_device(local, path))
		return write_device(local, path, how, stream, err);
	errno = code;
	if (found < 0)
		return nk_local_fail_io(err, NK_E_WRITE);
	if (S_ISDIR(st.st_mode) || (length > 0 && path[length - 1] == '/'))
		return nk_fail(err, NK_E_WRITE, EISDIR, "is a folder");
	/* A rename asks nobody; an owner who took the permission away is asked, as cp does. */
	if (!local->force && st.st_mode != 0 &&
	    faccessat(spot.folder, spot.name, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == EACCES)
		return nk_fail(err, NK_E_WRITE, EACCES, "is write-protected (--force replaces it)");
	shown = nk_fs_shown_path(&local->fs, path);
	if (S_ISREG(st.st_mode) && how->offset == 0 && is_closed(spot.folder))
		return write_in_place(local, &spot, shown, stream, err);
	return nk_part_open(&spot, shown, local->sync, how, stream, err);
}

static int local_open(struct nk_fs *fs, const char *path, const struct nk_open_how *how,
		      struct nk_stream **stream, struct nk_err *err)
{
	if (how->direction == NK_READ)
		return open_read(local_of(fs), path, how, stream, err);
	return open_write(local_of(fs), path, how, stream, err);
}

static int local_left_over(struct nk_fs *fs, const char *path, const char *identity, bool force,
			   struct nk_left_over *left, struct nk_err *err)
{
	nk_auto(spot) struct nk_spot spot = NK_SPOT_INIT;
	struct stat st;

	(void)err;
	/* Where nothing can be found there is nothing to go on from; open says what is wrong. */
	if (find_target(local_of(fs), path, false, &spot, &st) < 0)
		*left = (struct nk_left_over){ .offset = 0 };
	else
		nk_part_left_over(&spot, identity, force, left);
	return 0;
}

static int local_mkdir(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	nk_auto(spot) struct nk_spot spot = NK_SPOT_INIT;
	struct nk_local *local = local_of(fs);
	int result;

	/* The root itself is made where the user named it. */
	if (local->root && path[strspn(path, "/")] == '\0')
		result = mkdir(local->root, 0777);
	else if (nk_spot_find(&spot, local, path, true) < 0)
		result = -1;
	else
		result = mkdirat(spot.folder, spot.name, 0777);
	return result < 0 ? nk_local_fail(err, NK_E_WRITE) : 0;
}

static int remove_one(struct nk_fs *fs, const char *path, int flags, struct nk_err *err)
{
	nk_auto(spot) struct nk_spot spot = NK_SPOT_INIT;

	if (nk_spot_find(&spot, local_of(fs), path, false) < 0 ||
	    unlinkat(spot.folder, spot.name, flags) < 0)
		return nk_local_fail(err, NK_E_WRITE);
	if (flags & AT_REMOVEDIR)
		nk_local_forget(local_of(fs));
	return 0;
}

static int local_rmdir(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	return remove_one(fs, path, AT_REMOVEDIR, err);
}

static int local_unlink(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	return remove_one(fs, path, 0, err);
}

static int local_rename(struct nk_fs *fs, const char *path, const char *to, struct nk_err *err)
{
	nk_auto(spot) struct nk_spot from_spot = NK_SPOT_INIT;
	nk_auto(spot) struct nk_spot to_spot = NK_SPOT_INIT;

	if (nk_spot_find(&from_spot, local_of(fs), path, false) < 0 ||
	    nk_spot_find(&to_spot, local_of(fs), to, true) < 0 ||
	    renameat(from_spot.folder, from_spot.name, to_spot.folder, to_spot.name) < 0)
		return nk_local_fail(err, NK_E_WRITE);
	nk_local_forget(local_of(fs));
	return 0;
}

/* Below a root a link at the end is not followed: it may lead out. */
static int no_follow(const struct nk_local *local)
{
	return local->root ? AT_SYMLINK_NOFOLLOW : 0;
}

static int local_chmod(struct nk_fs *fs, const char *path, int mode, struct nk_err *err)
{
	nk_auto(spot) struct nk_spot spot = NK_SPOT_INIT;

	if (nk_spot_find(&spot, local_of(fs), path, false) < 0 ||
	    fchmodat(spot.folder, spot.name, (mode_t)mode, no_follow(local_of(fs))) < 0)
		return nk_local_fail(err, NK_E_WRITE);
	return 0;
}

static int local_set_mtime(struct nk_fs *fs, const char *path, int64_t mtime, struct nk_err *err)
{
	nk_auto(spot) struct nk_spot spot = NK_SPOT_INIT;
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = mtime } };

	if (nk_spot_find(&spot, local_of(fs), path, false) < 0 ||
	    utimensat(spot.folder, spot.name, times, no_follow(local_of(fs))) < 0)
		return nk_local_fail(err, NK_E_WRITE);
	return 0;
}

/* Does the link at path lead out of the root? Its folder may have been reached through another link,
 * and is less deep then than its path says. */
static bool leads_out(struct nk_local *local, const char *path)
{
	int fd = local->root ? nk_local_open(local, path, O_PATH | O_CLOEXEC) : -1;

	if (fd >= 0)
		close(fd);
	return fd < 0 && local->root && errno == EXDEV;
}

static int local_symlink(struct nk_fs *fs, const char *target, const char *path, struct nk_err *err)
{
	nk_auto(spot) struct nk_spot spot = NK_SPOT_INIT;

	if (nk_spot_find(&spot, local_of(fs), path, true) < 0 ||
	    symlinkat(target, spot.folder, spot.name) < 0)
		return nk_local_fail(err, NK_E_WRITE);
	if (leads_out(local_of(fs), path)) {
		unlinkat(spot.folder, spot.name, 0);
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "its link leads out of the target");
	}
	return 0;
}

static int local_hash(struct nk_fs *fs, const char *path, int64_t length, enum nk_digest_kind *kind,
		      char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	const struct nk_open_how how = { .direction = NK_READ, .size = -1 };
	enum nk_digest_kind used = *kind == NK_DIGEST_NONE ? NK_DIGEST_SHA256 : *kind;
	nk_auto(digest) struct nk_digest *digest = NULL;
	nk_auto(stream) struct nk_stream *stream = NULL;

	if (nk_digest_new(used, &digest, err) < 0 ||
	    open_read(local_of(fs), path, &how, &stream, err) < 0 ||
	    nk_stream_digest(stream, length, digest, err) < 0)
		return -1;
	nk_digest_finish(digest, out);
	*kind = used;
	return 0;
}

static int local_space(struct nk_fs *fs, const char *path, int64_t *available, int64_t *total,
		       struct nk_err *err)
{
	int fd = nk_local_open(local_of(fs), path, O_PATH | O_CLOEXEC);
	struct statvfs disk;
	int result;

	if (fd < 0)
		return nk_local_fail(err, NK_E_READ);
	result = fstatvfs(fd, &disk);
	if (result < 0)
		nk_local_fail(err, NK_E_READ);
	close(fd);
	if (result < 0)
		return -1;
	*available = (int64_t)(disk.f_bavail * disk.f_frsize);
	*total = (int64_t)(disk.f_blocks * disk.f_frsize);
	return 0;
}

static int local_real_path(struct nk_fs *fs, const char *path, char **real, struct nk_err *err)
{
	char *found;

	if (local_of(fs)->root)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "a path below a root has no other name");
	found = realpath(path, NULL);
	if (!found)
		return nk_local_fail(err, NK_E_READ);
	*real = found;
	return 0;
}

const struct nk_fs_ops nk_local_ops = {
	.name = "the local disk",
	.caps = NK_FS_CAP_MODES | NK_FS_CAP_RESUME | NK_FS_CAP_PARALLEL | NK_FS_CAP_LINKS |
		NK_FS_CAP_CHECKS_SIZE | NK_FS_CAP_ANNOUNCES | NK_FS_CAP_RANGES | NK_FS_CAP_PIECES,
	.mount = local_mount,
	.unmount = local_unmount,
	.list = local_list,
	.stat = local_stat,
	.open = local_open,
	.left_over = local_left_over,
	.mkdir = local_mkdir,
	.rmdir = local_rmdir,
	.unlink = local_unlink,
	.rename = local_rename,
	.chmod = local_chmod,
	.set_mtime = local_set_mtime,
	.symlink = local_symlink,
	.hash = local_hash,
	.space = local_space,
	.real_path = local_real_path,
};

struct nk_session *nk_local_session(const struct nk_local_opts *opts)
{
	static const struct nk_creds_policy nobody = { .password_fd = -1 };
	struct nk_session *session = nk_session_new();

	session->scheme = "file";
	session->opts = opts;
	nk_creds_setup(&session->creds, &nobody, "", NULL);
	return session;
}
