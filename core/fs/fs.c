/* fs.c - the file interface: what is offered, and the path before every error. */
#include "netkit/fs.h"

#include "blame.h"

/* What a link or a folder may be called is bounded by the entry's own limits. */
#define FS_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

static int cannot(const struct nk_fs *fs, const char *what, struct nk_err *err)
{
	return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s cannot %s", fs->ops->name, what);
}

/* The result of an operation on path, with the path before its error. */
static int with_path(const struct nk_fs *fs, int result, const char *path, struct nk_err *err)
{
	nk_auto(str) char *shown = result < 0 ? nk_fs_shown_path(fs, path) : NULL;

	return result < 0 ? nk_wrap(err, "%s", shown) : result;
}

/* Others tell by these whether a session is the one they need. */
static int mounted(const struct nk_place *place, struct nk_fs *fs)
{
	fs->ops = place->ops;
	fs->session = place->session;
	return 0;
}

int nk_fs_mount(const struct nk_place *place, struct nk_fs **fs, struct nk_err *err)
{
	if (place->ops->mount(place->session, fs, err) < 0)
		return -1;
	return mounted(place, *fs);
}

int nk_fs_mount_early(const struct nk_place *place, struct nk_fs **fs, struct nk_err *err)
{
	if (place->ops->mount_early(place->session, fs, err) < 0)
		return -1;
	return mounted(place, *fs);
}

void nk_fs_unmount(struct nk_fs *fs)
{
	if (fs)
		fs->ops->unmount(fs);
}

int nk_fs_list(struct nk_fs *fs, const char *path, struct nk_spool *spool, struct nk_err *err)
{
	if (!fs->ops->list)
		return cannot(fs, "list folders", err);
	return with_path(fs, fs->ops->list(fs, path, spool, err), path, err);
}

int nk_fs_stat(struct nk_fs *fs, const char *path, struct nk_arena *arena, struct nk_entry *entry,
	       struct nk_err *err)
{
	if (!fs->ops->stat)
		return cannot(fs, "look at one file", err);
	return with_path(fs, fs->ops->stat(fs, path, arena, entry, err), path, err);
}

int nk_fs_open(struct nk_fs *fs, const char *path, const struct nk_open_how *how,
	       struct nk_stream **stream, struct nk_err *err)
{
	if (!fs->ops->open)
		return cannot(fs, "read or write files", err);
	return with_path(fs, fs->ops->open(fs, path, how, stream, err), path, err);
}

void nk_fs_ahead(struct nk_fs *fs, const char *path, const struct nk_open_how *how)
{
	if (fs->ops->ahead)
		fs->ops->ahead(fs, path, how);
}

int nk_fs_mkdir(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	if (!fs->ops->mkdir)
		return cannot(fs, "make folders", err);
	return with_path(fs, fs->ops->mkdir(fs, path, err), path, err);
}

int nk_fs_rmdir(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	if (!fs->ops->rmdir)
		return cannot(fs, "remove folders", err);
	return with_path(fs, fs->ops->rmdir(fs, path, err), path, err);
}

int nk_fs_unlink(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	if (!fs->ops->unlink)
		return cannot(fs, "remove files", err);
	return with_path(fs, fs->ops->unlink(fs, path, err), path, err);
}

int nk_fs_rename(struct nk_fs *fs, const char *path, const char *to, struct nk_err *err)
{
	if (!fs->ops->rename)
		return cannot(fs, "rename files", err);
	if (fs->ops->rename(fs, path, to, err) < 0)
		return nk_wrap(err, "%s to %s", path, to);
	return 0;
}

int nk_fs_chmod(struct nk_fs *fs, const char *path, int mode, struct nk_err *err)
{
	if (!fs->ops->chmod)
		return cannot(fs, "set permissions", err);
	return with_path(fs, fs->ops->chmod(fs, path, mode, err), path, err);
}

int nk_fs_set_mtime(struct nk_fs *fs, const char *path, int64_t mtime, struct nk_err *err)
{
	if (!fs->ops->set_mtime)
		return cannot(fs, "set times", err);
	return with_path(fs, fs->ops->set_mtime(fs, path, mtime, err), path, err);
}

int nk_fs_chown(struct nk_fs *fs, const char *path, const struct nk_owner *owner,
		struct nk_err *err)
{
	if (!fs->ops->chown)
		return cannot(fs, "change owners", err);
	return with_path(fs, fs->ops->chown(fs, path, owner, err), path, err);
}

int nk_fs_symlink(struct nk_fs *fs, const char *target, const char *path, struct nk_err *err)
{
	if (!fs->ops->symlink)
		return cannot(fs, "make links", err);
	return with_path(fs, fs->ops->symlink(fs, target, path, err), path, err);
}

int nk_fs_link(struct nk_fs *fs, const char *path, const char *to, struct nk_err *err)
{
	if (!fs->ops->link)
		return cannot(fs, "make hard links", err);
	return with_path(fs, fs->ops->link(fs, path, to, err), to, err);
}

int nk_fs_copy(struct nk_fs *fs, const char *path, const char *to, int64_t *bytes,
	       struct nk_err *err)
{
	if (!fs->ops->copy)
		return cannot(fs, "copy by itself", err);
	return with_path(fs, fs->ops->copy(fs, path, to, bytes, err), path, err);
}

int nk_fs_hash(struct nk_fs *fs, const char *path, int64_t length, enum nk_digest_kind *kind,
	       char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	if (!fs->ops->hash)
		return cannot(fs, "hash files", err);
	return with_path(fs, fs->ops->hash(fs, path, length, kind, out, err), path, err);
}

int nk_fs_space(struct nk_fs *fs, const char *path, int64_t *available, int64_t *total,
		struct nk_err *err)
{
	if (!fs->ops->space)
		return cannot(fs, "tell how much is free", err);
	return with_path(fs, fs->ops->space(fs, path, available, total, err), path, err);
}

int nk_fs_volume(struct nk_fs *fs, const char *path, struct nk_volume *volume, struct nk_err *err)
{
	struct nk_volume found = { -1, -1, -1, -1, -1, -1 };

	if (fs->ops->volume) {
		if (with_path(fs, fs->ops->volume(fs, path, &found, err), path, err) < 0)
			return -1;
	} else {
		if (nk_fs_space(fs, path, &found.available, &found.total, err) < 0)
			return -1;
		found.free = found.available;
	}
	*volume = found;
	return 0;
}

/* 1: made, or a folder was there; 0: the folder above it is missing, err has why; -1. Servers word "exists" in
 * many ways, so whether it does is asked. */
static int make_folder(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(FS_STAT_ARENA);
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err unknown = NK_ERR_INIT;
	struct nk_err refused = NK_ERR_INIT;

	if (nk_fs_mkdir(fs, path, &refused) == 0)
		return 1;
	/* Every server has a root, even one that cannot describe it. */
	bool is_root = strcmp(path, "/") == 0 && !nk_fs_is_here(fs->ops);
	bool is_over = nk_fs_is_session_error(refused.domain) || refused.domain == NK_E_UNSUPPORTED;

	if (!is_over && (is_root || (!fs->ops->stat && refused.domain == NK_E_EXISTS)))
		return 1;
	if (!is_over && fs->ops->stat && nk_fs_stat(fs, path, &arena, &entry, &unknown) == 0) {
		if (entry.kind == NK_KIND_DIR || entry.kind == NK_KIND_LINK)
			return 1;
		return nk_fail(err, NK_E_EXISTS, 0, "%s: exists, and is no folder", path);
	}
	*err = refused;
	return !is_over && unknown.domain == NK_E_MISSING ? 0 : -1;
}

int nk_fs_mkdir_all(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	nk_auto(str) char *whole = nk_path_trim(path);
	nk_auto(str) char *at = nk_strdup(whole);
	struct nk_err why = NK_ERR_INIT;
	int made = make_folder(fs, at, &why);
	bool is_top = false;

	/* Up to the nearest folder that is there or can be made ... */
	while (made == 0 && !is_top) {
		char *above = nk_path_parent(at);

		is_top = strcmp(above, at) == 0 || strcmp(above, ".") == 0 ||
			 strcmp(above, "/") == 0;
		free(at);
		at = above;
		if (!is_top)
			made = make_folder(fs, at, &why);
	}
	/* ... and down again, one name at a time. */
	while (made > 0 && strcmp(at, whole) != 0) {
		size_t length = strlen(at);

		length += strspn(whole + length, "/");
		length += strcspn(whole + length, "/");
		free(at);
		at = nk_strndup(whole, length);
		made = make_folder(fs, at, &why);
	}
	if (made > 0)
		return 0;
	*err = why;
	return -1;
}

ssize_t nk_stream_read(struct nk_stream *stream, void *bytes, size_t size, struct nk_err *err)
{
	return stream->ops->read(stream, bytes, size, err);
}

int nk_stream_write(struct nk_stream *stream, const void *bytes, size_t length, struct nk_err *err)
{
	return stream->ops->write(stream, bytes, length, err);
}

int nk_stream_close(struct nk_stream *stream, struct nk_err *err)
{
	return stream->ops->close(stream, err);
}

void nk_stream_abandon(struct nk_stream *stream)
{
	if (stream)
		stream->ops->abandon(stream);
}
