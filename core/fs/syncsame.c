/* syncsame.c - what can only be found out by doing something: hashes, and a target's clock. */
#include <ctype.h>
#include <time.h>

#include "blame.h"
#include "netkit/log.h"
#include "probefile.h"
#include "syncwork.h"
#include "verify.h"
#include "worker.h"

#define SAME_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

/* A time that no file gets by itself: 2001-09-09 01:46:40. */
#define SAME_PROBE_TIME 1000000000

/* Two clocks that are read to the second, one after the other. */
#define SAME_SLACK 2

/* What a time of a listing leaves open. */
#define SAME_ROUGH_SLACK 60

/* --- hashes --- */

static int hash_by_reading(struct nk_fs *fs, const char *path, enum nk_digest_kind kind,
			   char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	const struct nk_open_how how = { .direction = NK_READ, .size = -1, .deadline = NK_NEVER };
	nk_auto(digest) struct nk_digest *digest = NULL;
	nk_auto(stream) struct nk_stream *stream = NULL;

	if (nk_digest_new(kind, &digest, err) < 0 || nk_fs_open(fs, path, &how, &stream, err) < 0 ||
	    nk_stream_digest(stream, -1, digest, err) < 0 ||
	    nk_stream_close(nk_take(stream), err) < 0)
		return -1;
	nk_digest_finish(digest, out);
	return 0;
}

/* Ask the fs. 1: it cannot, or hashes in another way. */
static int hash_there(struct nk_fs *fs, const char *path, enum nk_digest_kind *kind,
		      char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	enum nk_digest_kind used = *kind;
	struct nk_err refused = NK_ERR_INIT;

	if (!fs->ops->hash)
		return 1;
	if (nk_fs_hash(fs, path, -1, &used, out, &refused) < 0) {
		if (refused.domain == NK_E_UNSUPPORTED)
			return 1;
		*err = refused;
		return -1;
	}
	if (*kind != NK_DIGEST_NONE && used != *kind)
		return 1;
	*kind = used;
	return 0;
}

static int hash_as(struct nk_fs *fs, const char *path, enum nk_digest_kind kind,
		   char out[NK_DIGEST_TEXT], struct nk_err *err)
{
	int result = hash_there(fs, path, &kind, out, err);

	return result > 0 ? hash_by_reading(fs, path, kind, out, err) : result;
}

int nk_sync_hash(const struct nk_end *source, const struct nk_end *target, bool *is_same,
		 struct nk_err *err)
{
	/* A server says what it can; this machine can do all. */
	bool target_first = !nk_fs_is_here(target->fs->ops);
	const struct nk_end *first = target_first ? target : source;
	const struct nk_end *second = target_first ? source : target;
	enum nk_digest_kind kind = NK_DIGEST_NONE;
	char one[NK_DIGEST_TEXT], other[NK_DIGEST_TEXT];
	int result = hash_there(first->fs, first->path, &kind, one, err);

	if (result < 0)
		return -1;
	if (result > 0) {
		kind = NK_DIGEST_NONE;
		result = hash_there(second->fs, second->path, &kind, other, err);
		if (result > 0) {
			kind = NK_DIGEST_SHA256;
			result = hash_by_reading(second->fs, second->path, kind, other, err);
		}
		if (result < 0 || hash_by_reading(first->fs, first->path, kind, one, err) < 0)
			return -1;
	} else if (hash_as(second->fs, second->path, kind, other, err) < 0) {
		return -1;
	}
	*is_same = strcmp(one, other) == 0;
	return 0;
}

/* --- names in another case --- */

/* 1, 0 where there is nothing, -1 where that is not known. */
static int look(struct nk_fs *fs, const char *path, struct nk_entry *entry)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(SAME_STAT_ARENA);
	struct nk_err err = NK_ERR_INIT;

	if (nk_fs_stat(fs, path, &arena, entry, &err) == 0)
		return 1;
	return err.domain == NK_E_MISSING || err.domain == NK_E_UNSUPPORTED ? 0 : -1;
}

bool nk_sync_is_case_blind(struct nk_fs *fs, const char *path)
{
	nk_auto(str) char *other = nk_strdup(path);
	struct nk_entry one = NK_ENTRY_INIT, two = NK_ENTRY_INIT;
	int has_one, has_two;

	for (char *at = other + (nk_path_name(other) - other); *at != '\0'; at++)
		*at = (char)(isupper((unsigned char)*at)   ? tolower((unsigned char)*at)
			     : islower((unsigned char)*at) ? toupper((unsigned char)*at)
							   : *at);
	if (strcmp(path, other) == 0)
		return false;
	has_one = look(fs, path, &one);
	has_two = has_one != 0 ? look(fs, other, &two) : 0;
	if (has_one == 0 || has_two == 0 ||
	    (has_one > 0 && has_two > 0 &&
	     (one.kind != two.kind || one.size != two.size || one.mtime != two.mtime)))
		return false;
	nk_log(NK_LOG_NOTICE, "%s is kept: the target takes it for another case of a name", path);
	return true;
}

/* --- clocks --- */

/* What the file's time tells, once another one was set and taken, or not. */
static void judge_probe(struct nk_sync *sync, const struct nk_entry *probe, int64_t now,
			bool was_taken)
{
	struct nk_entry wanted = *probe;

	wanted.mtime = SAME_PROBE_TIME;
	wanted.is_rough = false;
	if (was_taken && nk_sync_judge(&wanted, probe, NK_COMPARE_TIME, true) == NK_VERDICT_SAME) {
		sync->keeps = NK_SYNC_KEEPS_TIMES;
		return;
	}
	sync->keeps = NK_SYNC_KEEPS_NONE;
	sync->ahead = probe->mtime == NK_ENTRY_NO_TIME ? 0 : probe->mtime - now;
	nk_log(NK_LOG_INFO,
	       "%s keeps no times: what was stored after its source was changed is the same; its "
	       "clock is %lld s ahead",
	       sync->target->path, (long long)sync->ahead);
}

/* Find out with a file of our own whether the target keeps times, and how late it is there. Fails with
 * what ends the session. */
static int probe(struct nk_sync *sync, struct nk_fs *fs, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(SAME_STAT_ARENA);
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;
	nk_auto(str) char *path = NULL;
	bool was_taken;
	int64_t now;

	sync->keeps = NK_SYNC_KEEPS_TIMES;
	if (nk_probe_file_make(fs, sync->target->path, &path, &refused) < 0) {
		if (!nk_fs_is_session_error(refused.domain))
			return 0;
		*err = refused;
		return -1;
	}
	now = (int64_t)time(NULL);
	was_taken = nk_fs_set_mtime(fs, path, SAME_PROBE_TIME, &refused) == 0;
	if ((was_taken || !nk_fs_is_session_error(refused.domain)) &&
	    nk_fs_stat(fs, path, &arena, &entry, &refused) == 0)
		judge_probe(sync, &entry, now, was_taken);
	if (nk_fs_unlink(fs, path, err) < 0)
		return -1;
	return 0;
}

int nk_sync_was_stored_later(struct nk_worker *worker, const struct nk_entry *source,
			     const struct nk_entry *target, bool *was_later, struct nk_err *err)
{
	struct nk_sync *sync = worker->pool->sync;
	int64_t slack = SAME_SLACK + (target->is_rough ? SAME_ROUGH_SLACK : 0);
	int result = 0;

	pthread_mutex_lock(&sync->clock_lock);
	/* A plan changes nothing there, and has to believe that times are kept. */
	if (sync->keeps == NK_SYNC_KEEPS_UNKNOWN && !sync->dry_run &&
	    !nk_fs_is_here(worker->target->ops))
		result = probe(sync, worker->target, err);
	*was_later = sync->keeps == NK_SYNC_KEEPS_NONE &&
		     target->mtime - sync->ahead + slack >= source->mtime;
	if (result < 0)
		sync->keeps = NK_SYNC_KEEPS_UNKNOWN;
	pthread_mutex_unlock(&sync->clock_lock);
	return result;
}
