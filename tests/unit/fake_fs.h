/*
 * A file system in memory that behaves as badly as a test wants: it fails, lies about sizes, cuts
 * streams, loses sessions, lists hostile names. Several threads may mount the same one.
 */
#ifndef NETKIT_TEST_FAKE_FS_H
#define NETKIT_TEST_FAKE_FS_H

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "netkit/fs.h"

#define FAKE_FILES 4096

struct fake_file {
	char *path; /* NULL: removed */
	enum nk_kind kind;
	char *bytes;
	int64_t size;
	int64_t mtime;
	int mode;
	char *link;
};

struct fake {
	struct nk_session session;
	pthread_mutex_t lock;
	struct fake_file files[FAKE_FILES];
	int count;

	/* How it misbehaves. */
	int64_t lie;		     /* added to the sizes that are announced and listed */
	int64_t listing_lie;	     /* added to listed sizes only */
	bool is_mute;		     /* open announces nothing */
	int64_t cut_at;		     /* a stream loses its session after so many bytes, ... */
	int cuts;		     /* ... so often */
	int failing_closes;	     /* this many closes of a reader fail */
	int failing_mounts;	     /* this many mounts fail, ... */
	enum nk_domain mount_domain; /* ... so */
	int sessions_max;	     /* 0: any number at a time */
	int lost_lists;		     /* this many listings lose their session */
	enum nk_domain list_domain;  /* with denied, folders named "secret" cannot be listed */
	const char *hostile;	     /* a name that every listing has too */
	int64_t full_at;	     /* a write fails after so many bytes; 0: never */
	bool spoils;		     /* the first byte of what is read is wrong */
	int delay_us;		     /* an open takes so long */
	const char *busy_folder;     /* cannot be made just now, ... */
	int busy_times;		     /* ... so often */

	/* What happened. */
	int mounts;
	int sessions;
	int most_sessions;
	int lists;
	int stats;
	int opens;
	int aheads;
	int hashes;
	int good_aheads; /* the next open was the one that was told */
	int64_t last_offset;
	_Atomic int64_t read;
};

struct fake_fs {
	struct nk_fs fs;
	struct fake *fake;
	bool is_lost;
	bool is_open;
	char *ahead;
};

struct fake_stream {
	struct nk_stream stream;
	struct fake_fs *fs;
	struct fake_file *file; /* when writing */
	enum nk_direction direction;
	char *bytes; /* when reading: its own copy */
	int64_t size;
	int64_t at;
	int64_t moved;
};

static inline struct fake *fake_new(void)
{
	struct fake *fake = nk_alloc(sizeof(*fake));

	pthread_mutex_init(&fake->lock, NULL);
	fake->session.scheme = "fake";
	fake->session.target.host = "fake.example";
	fake->session.opts = fake;
	fake->cut_at = -1;
	fake->list_domain = NK_E_NONE;
	return fake;
}

static inline void fake_free(struct fake *fake)
{
	for (int i = 0; i < fake->count; i++) {
		free(fake->files[i].path);
		free(fake->files[i].bytes);
		free(fake->files[i].link);
	}
	pthread_mutex_destroy(&fake->lock);
	free(fake);
}

static inline struct fake_file *fake_find(struct fake *fake, const char *path)
{
	for (int i = 0; i < fake->count; i++) {
		if (fake->files[i].path && strcmp(fake->files[i].path, path) == 0)
			return &fake->files[i];
	}
	return NULL;
}

static inline struct fake_file *fake_make(struct fake *fake, const char *path, enum nk_kind kind)
{
	struct fake_file *file = &fake->files[fake->count++];

	cr_assert_lt(fake->count, FAKE_FILES);
	file->path = nk_strdup(path);
	file->kind = kind;
	file->mtime = 1000;
	file->mode = kind == NK_KIND_DIR ? 0755 : 0640;
	return file;
}

static inline struct fake_file *fake_put(struct fake *fake, const char *path, const void *bytes,
					 int64_t size)
{
	struct fake_file *file = fake_find(fake, path);

	if (!file)
		file = fake_make(fake, path, NK_KIND_FILE);
	free(file->bytes);
	file->bytes = nk_alloc((size_t)size + 1);
	memcpy(file->bytes, bytes, (size_t)size);
	file->size = size;
	return file;
}

static inline struct fake_file *fake_put_text(struct fake *fake, const char *path, const char *text)
{
	return fake_put(fake, path, text, (int64_t)strlen(text));
}

static inline const char *fake_text(struct fake *fake, const char *path)
{
	struct fake_file *file = fake_find(fake, path);

	return file ? file->bytes : "(none)";
}

static inline struct fake *fake_of(struct nk_fs *fs)
{
	return ((struct fake_fs *)fs)->fake;
}

static inline int fake_check(struct nk_fs *fs, struct nk_err *err)
{
	struct fake_fs *own = (struct fake_fs *)fs;

	cr_assert_not(own->is_open, "a stream is open while something else is asked");
	return own->is_lost ? nk_fail_again(err, NK_E_LOST, 0, "session lost") : 0;
}

static inline int fake_mount(struct nk_session *session, struct nk_fs **fs, struct nk_err *err);

static inline void fake_unmount(struct nk_fs *fs)
{
	struct fake *fake = fake_of(fs);

	pthread_mutex_lock(&fake->lock);
	fake->sessions--;
	pthread_mutex_unlock(&fake->lock);
	free(((struct fake_fs *)fs)->ahead);
	free(fs);
}

static inline void fake_describe(struct fake *fake, struct fake_file *file, struct nk_entry *entry)
{
	*entry = (struct nk_entry){
		.name = nk_path_name(file->path),
		.kind = file->kind,
		.size = file->kind == NK_KIND_FILE ? file->size + fake->lie : -1,
		.mtime = file->mtime,
		.mode = file->mode,
		.link = file->link,
	};
}

static inline int fake_list_locked(struct fake *fake, const char *path, struct nk_spool *spool,
				   struct nk_err *err)
{
	size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);
	struct nk_entry entry = NK_ENTRY_INIT;

	if (length > 0 && !fake_find(fake, path))
		return nk_fail(err, NK_E_MISSING, 550, "no such folder");
	if (fake->list_domain == NK_E_DENIED && strcmp(nk_path_name(path), "secret") == 0)
		return nk_fail(err, NK_E_DENIED, 550, "not for you");
	entry.name = fake->hostile;
	if (fake->hostile && nk_spool_add(spool, &entry, err) < 0)
		return -1;
	for (int i = 0; i < fake->count; i++) {
		struct fake_file *file = &fake->files[i];

		if (!file->path || strncmp(file->path, path, length) != 0 ||
		    file->path[length] != '/' || strchr(file->path + length + 1, '/'))
			continue;
		fake_describe(fake, file, &entry);
		if (entry.size >= 0)
			entry.size += fake->listing_lie;
		if (nk_spool_add(spool, &entry, err) < 0)
			return -1;
	}
	return 0;
}

static inline int fake_list(struct nk_fs *fs, const char *path, struct nk_spool *spool,
			    struct nk_err *err)
{
	struct fake *fake = fake_of(fs);
	int result;

	if (fake_check(fs, err) < 0)
		return -1;
	pthread_mutex_lock(&fake->lock);
	fake->lists++;
	if (fake->lost_lists > 0) {
		fake->lost_lists--;
		((struct fake_fs *)fs)->is_lost = true;
		result = nk_fail_again(err, NK_E_LOST, 0, "session lost while listing");
	} else {
		result = fake_list_locked(fake, path, spool, err);
	}
	pthread_mutex_unlock(&fake->lock);
	return result;
}

static inline int fake_stat(struct nk_fs *fs, const char *path, struct nk_arena *arena,
			    struct nk_entry *entry, struct nk_err *err)
{
	struct fake *fake = fake_of(fs);
	struct fake_file *file;
	int result = 0;

	if (fake_check(fs, err) < 0)
		return -1;
	pthread_mutex_lock(&fake->lock);
	fake->stats++;
	file = fake_find(fake, path);
	if (file) {
		fake_describe(fake, file, entry);
		entry->name = nk_arena_strndup(arena, entry->name, strlen(entry->name));
	} else {
		result = nk_fail(err, NK_E_MISSING, 550, "no such file");
	}
	pthread_mutex_unlock(&fake->lock);
	return result;
}

static inline ssize_t fake_read(struct nk_stream *stream, void *bytes, size_t size,
				struct nk_err *err)
{
	struct fake_stream *own = (struct fake_stream *)stream;
	struct fake *fake = own->fs->fake;
	int64_t left = own->size - own->at;
	int64_t step = left < 1000 ? left : 1000;
	bool is_cut;

	pthread_mutex_lock(&fake->lock);
	is_cut = fake->cuts > 0 && fake->cut_at >= 0 && own->moved >= fake->cut_at;
	fake->cuts -= is_cut;
	if (fake->cuts > 0 && fake->cut_at >= 0 && own->moved + step > fake->cut_at)
		step = fake->cut_at - own->moved;
	pthread_mutex_unlock(&fake->lock);
	if (is_cut) {
		own->fs->is_lost = true;
		return nk_fail_again(err, NK_E_LOST, 0, "session lost while reading");
	}
	if ((uint64_t)step > size)
		step = (int64_t)size;
	memcpy(bytes, own->bytes + own->at, (size_t)step);
	if (fake->spoils && own->at == 0 && step > 0)
		*(char *)bytes ^= 1;
	own->at += step;
	own->moved += step;
	fake->read += step;
	return step;
}

static inline int fake_write(struct nk_stream *stream, const void *bytes, size_t length,
			     struct nk_err *err)
{
	struct fake_stream *own = (struct fake_stream *)stream;
	struct fake *fake = own->fs->fake;
	int64_t take = (int64_t)length;
	int result = 0;

	pthread_mutex_lock(&fake->lock);
	if (fake->cuts > 0 && fake->cut_at >= 0 && own->moved + take > fake->cut_at) {
		take = fake->cut_at - own->moved;
		fake->cuts--;
		own->fs->is_lost = true;
		result = nk_fail_again(err, NK_E_LOST, 0, "session lost while writing");
	}
	if (fake->full_at > 0 && own->at + take > fake->full_at) {
		take = fake->full_at - own->at;
		result = nk_fail(err, NK_E_FULL, 452, "no space");
	}
	own->file->bytes = nk_realloc(own->file->bytes, (size_t)(own->at + take + 1));
	memcpy(own->file->bytes + own->at, bytes, (size_t)take);
	own->at += take;
	own->moved += take;
	own->file->bytes[own->at] = '\0';
	own->file->size = own->at;
	pthread_mutex_unlock(&fake->lock);
	return result;
}

static inline void fake_abandon(struct nk_stream *stream)
{
	struct fake_stream *own = (struct fake_stream *)stream;

	own->fs->is_open = false;
	free(own->bytes);
	free(own);
}

static inline int fake_close(struct nk_stream *stream, struct nk_err *err)
{
	struct fake_stream *own = (struct fake_stream *)stream;
	struct fake *fake = own->fs->fake;
	bool fails;

	pthread_mutex_lock(&fake->lock);
	fails = own->direction == NK_READ && fake->failing_closes > 0;
	fake->failing_closes -= fails;
	own->fs->is_lost |= fails;
	pthread_mutex_unlock(&fake->lock);
	fake_abandon(stream);
	return fails ? nk_fail_again(err, NK_E_LOST, 0, "session lost at the end") : 0;
}

static const struct nk_stream_ops fake_stream_ops = {
	.read = fake_read,
	.write = fake_write,
	.close = fake_close,
	.abandon = fake_abandon,
};

static inline struct fake_stream *fake_stream_new(struct nk_fs *fs)
{
	struct fake_stream *own = nk_alloc(sizeof(*own));

	own->stream = (struct nk_stream){
		.ops = &fake_stream_ops,
		.size = -1,
		.mtime = NK_ENTRY_NO_TIME,
	};
	own->fs = (struct fake_fs *)fs;
	return own;
}

static inline int fake_open_locked(struct nk_fs *fs, const char *path,
				   const struct nk_open_how *how, struct nk_stream **stream,
				   struct nk_err *err)
{
	struct fake *fake = fake_of(fs);
	struct fake_file *file = fake_find(fake, path);
	struct fake_stream *own;

	fake->opens++;
	fake->last_offset = how->offset;
	if (how->direction == NK_READ && file && file->kind == NK_KIND_LINK && file->link[0] == '/')
		file = fake_find(fake, file->link);
	if (how->direction == NK_READ && (!file || file->kind != NK_KIND_FILE))
		return nk_fail(err, NK_E_MISSING, 550, "no such file");
	own = fake_stream_new(fs);
	own->direction = how->direction;
	own->at = how->offset;
	if (how->direction == NK_READ) {
		own->bytes = nk_alloc((size_t)file->size + 1);
		memcpy(own->bytes, file->bytes, (size_t)file->size);
		own->size = file->size;
		if (!fake->is_mute) {
			own->stream.size = file->size + fake->lie;
			own->stream.mtime = file->mtime;
		}
	} else {
		own->file = file ? file : fake_make(fake, path, NK_KIND_FILE);
		own->file->bytes = nk_realloc(own->file->bytes, (size_t)how->offset + 1);
		own->file->bytes[how->offset] = '\0';
		own->file->size = how->offset;
	}
	*stream = &own->stream;
	return 0;
}

static inline int fake_open(struct nk_fs *fs, const char *path, const struct nk_open_how *how,
			    struct nk_stream **stream, struct nk_err *err)
{
	struct fake_fs *own = (struct fake_fs *)fs;
	struct fake *fake = own->fake;
	int result;

	if (fake_check(fs, err) < 0)
		return -1;
	if (fake->delay_us > 0)
		usleep((useconds_t)fake->delay_us);
	pthread_mutex_lock(&fake->lock);
	if (own->ahead) {
		fake->good_aheads += strcmp(own->ahead, path) == 0;
		free(nk_take(own->ahead));
	}
	result = fake_open_locked(fs, path, how, stream, err);
	own->is_open = result == 0;
	pthread_mutex_unlock(&fake->lock);
	return result;
}

static inline void fake_ahead(struct nk_fs *fs, const char *path, const struct nk_open_how *how)
{
	struct fake_fs *own = (struct fake_fs *)fs;

	(void)how;
	pthread_mutex_lock(&own->fake->lock);
	own->fake->aheads++;
	cr_assert(own->is_open);
	free(own->ahead);
	own->ahead = nk_strdup(path);
	pthread_mutex_unlock(&own->fake->lock);
}

static inline int fake_mkdir(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	struct fake *fake = fake_of(fs);
	int result = 0;

	if (fake_check(fs, err) < 0)
		return -1;
	pthread_mutex_lock(&fake->lock);
	if (fake->busy_times > 0 && strcmp(path, fake->busy_folder) == 0) {
		fake->busy_times--;
		result = nk_fail_again(err, NK_E_PROTO, 450, "busy");
	} else if (fake_find(fake, path)) {
		result = nk_fail(err, NK_E_PROTO, 550, "cannot create it");
	} else {
		fake_make(fake, path, NK_KIND_DIR);
	}
	pthread_mutex_unlock(&fake->lock);
	return result;
}

static inline int fake_unlink(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	struct fake_file *file = fake_find(fake_of(fs), path);

	if (!file)
		return nk_fail(err, NK_E_MISSING, 550, "no such file");
	free(nk_take(file->path));
	return 0;
}

static inline int fake_chmod(struct nk_fs *fs, const char *path, int mode, struct nk_err *err)
{
	(void)err;
	fake_find(fake_of(fs), path)->mode = mode;
	return 0;
}

static inline int fake_set_mtime(struct nk_fs *fs, const char *path, int64_t mtime,
				 struct nk_err *err)
{
	(void)err;
	fake_find(fake_of(fs), path)->mtime = mtime;
	return 0;
}

static inline int fake_symlink(struct nk_fs *fs, const char *target, const char *path,
			       struct nk_err *err)
{
	if (fake_find(fake_of(fs), path))
		return nk_fail(err, NK_E_EXISTS, 550, "exists");
	fake_make(fake_of(fs), path, NK_KIND_LINK)->link = nk_strdup(target);
	return 0;
}

static inline int fake_hash(struct nk_fs *fs, const char *path, int64_t length,
			    enum nk_digest_kind *kind, char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	struct fake_file *file = fake_find(fake_of(fs), path);
	nk_auto(digest) struct nk_digest *digest = NULL;

	if (fake_check(fs, err) < 0)
		return -1;
	fake_of(fs)->hashes++;
	if (!file)
		return nk_fail(err, NK_E_MISSING, 550, "no such file");
	*kind = NK_DIGEST_SHA1;
	if (nk_digest_new(*kind, &digest, err) < 0)
		return -1;
	nk_digest_add(digest, file->bytes,
		      (size_t)(length < 0 || length > file->size ? file->size : length));
	nk_digest_finish(digest, out);
	return 0;
}

static const struct nk_fs_ops fake_ops = {
	.name = "fake",
	.caps = NK_FS_CAP_RESUME | NK_FS_CAP_PARALLEL | NK_FS_CAP_LINKS | NK_FS_CAP_CHECKS_SIZE,
	.mount = fake_mount,
	.unmount = fake_unmount,
	.list = fake_list,
	.stat = fake_stat,
	.open = fake_open,
	.ahead = fake_ahead,
	.mkdir = fake_mkdir,
	.unlink = fake_unlink,
	.chmod = fake_chmod,
	.set_mtime = fake_set_mtime,
	.symlink = fake_symlink,
	.hash = fake_hash,
};

static inline int fake_mount(struct nk_session *session, struct nk_fs **fs, struct nk_err *err)
{
	struct fake *fake = (struct fake *)session->opts;
	struct fake_fs *own;
	int result = 0;

	pthread_mutex_lock(&fake->lock);
	fake->mounts++;
	if (fake->failing_mounts > 0) {
		fake->failing_mounts--;
		result = nk_fail_again(err, fake->mount_domain, 0, "cannot mount");
	} else if (fake->sessions_max > 0 && fake->sessions == fake->sessions_max) {
		result = nk_fail_again(err, NK_E_CONNECT, 421, "too many connections");
	} else {
		fake->sessions++;
		if (fake->sessions > fake->most_sessions)
			fake->most_sessions = fake->sessions;
	}
	pthread_mutex_unlock(&fake->lock);
	if (result < 0)
		return -1;
	own = nk_alloc(sizeof(*own));
	own->fs.ops = &fake_ops;
	own->fs.session = session;
	own->fake = fake;
	*fs = &own->fs;
	return 0;
}

/* Mount it with other ops than the usual ones, which outlive the fs. */
static inline struct nk_fs *fake_mounted(struct fake *fake, const struct nk_fs_ops *ops)
{
	struct nk_err err = NK_ERR_INIT;
	struct nk_fs *fs = NULL;

	cr_assert_eq(fake_mount(&fake->session, &fs, &err), 0);
	fs->ops = ops;
	return fs;
}

#endif
