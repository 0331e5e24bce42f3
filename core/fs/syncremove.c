/* syncremove.c - what only the target has, removed when all else is done. */
#include "blame.h"
#include "netkit/log.h"
#include "netkit/retry.h"
#include "netkit/wait.h"
#include "sort.h"
#include "syncwork.h"
#include "worker.h"

#define REMOVE_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

/* Is path the folder, or in it? */
static bool is_at_or_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* Folders that hold what stays do, too. What is in a folder comes before it. */
static bool holds_stuck(const struct nk_sync *sync, const struct nk_entry *entry)
{
	return entry->kind == NK_KIND_DIR && sync->stuck &&
	       is_at_or_below(sync->stuck, entry->name);
}

static void stick(struct nk_sync *sync, const char *relative)
{
	free(sync->stuck);
	sync->stuck = nk_strdup(relative);
}

static const struct nk_net_policy no_policy;

/* The target's session, with retries. */
static int mount(struct nk_pool *pool, struct nk_retry *retry, struct nk_err *err)
{
	while (!pool->settling && nk_fs_mount(pool->sync->target, &pool->settling, err) < 0) {
		if (!nk_retry_again(retry, err))
			return -1;
	}
	return 0;
}

static int remove_once(struct nk_pool *pool, const struct nk_entry *entry, const char *path,
		       struct nk_err *err)
{
	return entry->kind == NK_KIND_DIR ? nk_fs_rmdir(pool->settling, path, err)
					  : nk_fs_unlink(pool->settling, path, err);
}

/* May the owner of the folder that path is in not write to it? Then let them: it goes as well, or its
 * permissions would have been told before. */
static bool open_above(struct nk_pool *pool, const char *path)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(REMOVE_STAT_ARENA);
	nk_auto(str) char *above = nk_path_parent(path);
	struct nk_entry folder = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;
	unsigned both = pool->sync->source->ops->caps & pool->sync->target->ops->caps;

	return (both & NK_FS_CAP_MODES) &&
	       nk_fs_stat(pool->settling, above, &arena, &folder, &refused) == 0 &&
	       folder.kind == NK_KIND_DIR && folder.mode >= 0 && (folder.mode & 0300) != 0300 &&
	       nk_fs_chmod(pool->settling, above, folder.mode | 0700, &refused) == 0;
}

/* Remove one. 1: it was gone already. */
static int remove_one(struct nk_pool *pool, const struct nk_entry *entry, struct nk_err *err)
{
	const struct nk_net_policy *net = pool->how.copy.net;
	struct nk_retry retry = { .net = net ? net : &no_policy };
	nk_auto(str) char *path = nk_sync_path(pool->sync->target, entry->name);

	do {
		if (mount(pool, &retry, err) < 0)
			return -1;
		if (remove_once(pool, entry, path, err) == 0)
			return 0;
		if (err->domain == NK_E_DENIED && open_above(pool, path)) {
			*err = (struct nk_err)NK_ERR_INIT;
			if (remove_once(pool, entry, path, err) == 0)
				return 0;
		}
		if (err->domain == NK_E_MISSING)
			return 1;
		if (nk_fs_is_session_error(err->domain))
			nk_fs_unmount(nk_take(pool->settling));
	} while (nk_retry_again(&retry, err));
	nk_fs_blame_local(pool->sync->target->ops, NK_E_WRITE, err);
	return -1;
}

/* Is it what was just copied, by another name? */
static bool is_case_of_another(struct nk_pool *pool, const struct nk_entry *entry)
{
	nk_auto(str) char *path = nk_sync_path(pool->sync->target, entry->name);

	return pool->settling && nk_sync_is_case_blind(pool->settling, path);
}

/* --- what is to go --- */

/* Was a copy finished that began with this partial file? Then it has gone by itself. */
static bool has_gone(struct nk_pool *pool, const struct nk_entry *entry)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(REMOVE_STAT_ARENA);
	nk_auto(str) char *path = nk_sync_path(pool->sync->target, entry->name);
	struct nk_entry found = NK_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;

	return !pool->sync->dry_run && pool->settling && nk_fs_is_here(pool->settling->ops) &&
	       strstr(path, ".part") &&
	       nk_fs_stat(pool->settling, path, &arena, &found, &err) < 0 &&
	       err.domain == NK_E_MISSING;
}

/* Put all that goes into doomed, what is in a folder before it. */
static int doom(struct nk_pool *pool, struct nk_err *err)
{
	struct nk_sync *sync = pool->sync;
	nk_auto(sort) struct nk_sort *sort = NULL;
	struct nk_entry entry;
	int more;

	sync->doomed = nk_spool_new();
	if (nk_sort_new(sync->extras, true, &sort, err) < 0)
		return -1;
	while ((more = nk_sort_next(sort, &entry, err)) > 0) {
		if (entry.uid == NK_SYNC_NONE)
			stick(sync, entry.name);
		else if (!holds_stuck(sync, &entry) && !has_gone(pool, &entry) &&
			 nk_spool_add(sync->doomed, &entry, err) < 0)
			return -1;
	}
	free(nk_take(sync->stuck));
	return more;
}

/* Servers that follow links call a link to a folder a folder, and emptying it would empty what it
 * points to. Unlinking takes the link alone, and never a folder; those above come first. */
static void unlink_links(struct nk_pool *pool)
{
	struct nk_sync *sync = pool->sync;
	struct nk_err err = NK_ERR_INIT;
	struct nk_entry entry;

	while (!nk_fs_is_here(sync->target->ops) && pool->settling &&
	       nk_spool_next(sync->extra_folders, &entry, &err) > 0) {
		nk_auto(str) char *path = nk_sync_path(sync->target, entry.name);
		struct nk_err refused = NK_ERR_INIT;

		if (nk_fs_unlink(pool->settling, path, &refused) < 0 &&
		    nk_fs_is_session_error(refused.domain))
			nk_fs_unmount(nk_take(pool->settling));
	}
}

/* Why nothing may be removed; 0 when all is well. */
static int check(struct nk_pool *pool, struct nk_err *err)
{
	const struct nk_sync *sync = pool->sync;

	if (sync->is_cut || !sync->target)
		return nk_fail(err, NK_E_PARTIAL, 0,
			       "nothing was deleted, as not all folders could be compared");
	if (pool->failed == 0 && atomic_load(&pool->is_stopped))
		return nk_fail(err, NK_E_PARTIAL, 0,
			       "nothing was deleted, as it ended at the first failure");
	if (pool->failed > 0)
		return nk_fail(err, NK_E_PARTIAL, 0, "nothing was deleted, as %lld items failed",
			       (long long)pool->failed);
	return 0;
}

static int check_count(const struct nk_sync *sync, struct nk_err *err)
{
	int64_t count = (int64_t)nk_spool_count(sync->doomed);

	if (sync->how->max_delete == 0 || count <= sync->how->max_delete)
		return 0;
	return nk_fail(err, NK_E_PARTIAL, 0,
		       "nothing was deleted: it would be %lld, and --max-delete is %lld",
		       (long long)count, (long long)sync->how->max_delete);
}

static int begin(struct nk_pool *pool, struct nk_err *err)
{
	const struct nk_net_policy *net = pool->how.copy.net;
	struct nk_retry retry = { .net = net ? net : &no_policy };

	if (check(pool, err) < 0)
		return -1;
	if (!pool->sync->dry_run && mount(pool, &retry, err) < 0)
		return -1;
	if (doom(pool, err) < 0 || check_count(pool->sync, err) < 0)
		return -1;
	if (!pool->sync->dry_run)
		unlink_links(pool);
	return 0;
}

/* --- results --- */

static void describe(const struct nk_sync *sync, const struct nk_entry *entry,
		     struct nk_pool_result *result)
{
	*result = (struct nk_pool_result){
		.source = nk_sync_path(sync->source, entry->name),
		.target = nk_sync_path(sync->target, entry->name),
		.is_planned = sync->dry_run,
		.action = NK_SYNC_DELETE,
		.reason = (enum nk_sync_reason)entry->gid,
		.size = -1,
		.transfer = { .size = -1, .verified = "none" },
	};
	if (!sync->dry_run || result->reason != NK_SYNC_KIND)
		return;
	/* A plan names both halves at once. */
	result->action = NK_SYNC_REPLACE;
	result->size = entry->size;
}

/* An error about the whole. */
static int fail_all(struct nk_sync *sync, const struct nk_err *err, struct nk_pool_result *result)
{
	const struct nk_entry root = NK_ENTRY_INIT;

	sync->stage = NK_SYNC_DONE;
	describe(sync, &root, result);
	result->is_planned = false;
	result->err = *err;
	return 1;
}

/* Remove the next. 1 with a result, 0: without one, at the end or when it had gone. */
static int step(struct nk_pool *pool, struct nk_pool_result *result)
{
	struct nk_sync *sync = pool->sync;
	struct nk_entry entry;
	struct nk_err err = NK_ERR_INIT;
	int more = nk_spool_next(sync->doomed, &entry, &err);
	int removed = 0;

	if (more < 0)
		return fail_all(sync, &err, result);
	if (more == 0)
		sync->stage = NK_SYNC_DONE;
	if (more == 0 || holds_stuck(sync, &entry))
		return 0;
	if (!sync->dry_run && entry.is_rough && is_case_of_another(pool, &entry)) {
		stick(sync, entry.name);
		return 0;
	}
	if (!sync->dry_run)
		removed = remove_one(pool, &entry, &err);
	if (removed > 0)
		return 0;
	if (removed < 0)
		stick(sync, entry.name);
	describe(sync, &entry, result);
	if (removed < 0)
		result->err = err;
	return 1;
}

int nk_sync_remove(struct nk_pool *pool, struct nk_pool_result *result)
{
	struct nk_sync *sync = pool->sync;
	struct nk_err err = NK_ERR_INIT;

	if (sync->stage == NK_SYNC_COPYING) {
		sync->stage = sync->extra_count > 0 ? NK_SYNC_REMOVING : NK_SYNC_DONE;
		if (sync->stage == NK_SYNC_REMOVING && nk_interrupt_check(&err) == 0 &&
		    begin(pool, &err) < 0)
			return fail_all(sync, &err, result);
	}
	while (sync->stage == NK_SYNC_REMOVING) {
		if (nk_interrupt_check(&err) < 0)
			sync->stage = NK_SYNC_DONE;
		else if (step(pool, result) > 0)
			return 1;
	}
	return 0;
}
