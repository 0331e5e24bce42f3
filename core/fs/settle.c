/* settle.c - folders that a copy makes: their permissions at once, the rest when all is in them. */
#include "worker.h"

#include "blame.h"
#include "netkit/log.h"
#include "netkit/wait.h"

#define SETTLE_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

/* Do both sides know permissions? Then they go along with what is copied. */
static bool carries_modes(const struct nk_worker *worker, const struct nk_feed_item *item)
{
	const struct nk_feed *feed = worker->pool->feed;
	unsigned both = nk_feed_source(feed, item->operand)->ops->caps &
			nk_feed_target(feed, item->operand)->ops->caps;

	return (both & NK_FS_CAP_MODES) && item->has_entry && item->entry.mode >= 0;
}

/* Is the time to the second, and the target one that may take it? */
static bool carries_time(const struct nk_worker *worker, const struct nk_feed_item *item)
{
	const struct nk_place *target = nk_feed_target(worker->pool->feed, item->operand);

	return target->ops->set_mtime && item->has_entry && item->entry.mtime != NK_ENTRY_NO_TIME &&
	       !item->entry.is_rough;
}

/* A new folder is no more open than its source, but open for its owner, who has to fill it. */
static int close_folder(struct nk_worker *worker, const struct nk_feed_item *item,
			struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(SETTLE_STAT_ARENA);
	int mode = item->entry.mode | 0700;
	struct nk_entry entry = NK_ENTRY_INIT;

	if ((mode & 0755) == 0755)
		return 0;
	if (nk_fs_stat(worker->target, item->target, &arena, &entry, err) < 0)
		return -1;
	if (entry.mode < 0 || (entry.mode & ~mode & 0777) == 0)
		return 0;
	/* What it has of the folder above it, such as the group of all that is made in it, stays. */
	return nk_fs_chmod(worker->target, item->target, entry.mode & (mode | 07000), err);
}

/* Make the last folder of path by itself, to know that it is new. Why it cannot be made is told by who
 * makes all of them. */
static bool make_new(struct nk_fs *fs, const char *path)
{
	nk_auto(str) char *parent = nk_path_parent(path);
	struct nk_err refused = NK_ERR_INIT;

	if (nk_fs_mkdir(fs, path, &refused) == 0)
		return true;
	return refused.domain == NK_E_MISSING && nk_fs_mkdir_all(fs, parent, &refused) == 0 &&
	       nk_fs_mkdir(fs, path, &refused) == 0;
}

int nk_worker_make_folder(struct nk_worker *worker, const struct nk_feed_item *item,
			  struct nk_err *err)
{
	bool has_modes = carries_modes(worker, item);
	bool is_new = has_modes && make_new(worker->target, item->target);

	if (!is_new && nk_fs_mkdir_all(worker->target, item->target, err) < 0)
		return -1;
	return is_new ? close_folder(worker, item, err) : 0;
}

int nk_worker_note_folder(struct nk_worker *worker, const struct nk_feed_item *item,
			  struct nk_err *err)
{
	struct nk_pool *pool = worker->pool;
	bool has_mode = carries_modes(worker, item);
	bool has_time = carries_time(worker, item);
	struct nk_entry entry = item->entry;

	if (!pool->how.copy.preserve || (!has_mode && !has_time))
		return 0;
	if (!pool->folders)
		pool->folders = nk_spool_new();
	entry.name = item->target;
	entry.size = item->operand;
	entry.link = NULL;
	entry.mode = has_mode ? entry.mode : -1;
	entry.mtime = has_time ? entry.mtime : NK_ENTRY_NO_TIME;
	return nk_spool_add(pool->folders, &entry, err);
}

int nk_worker_set_folder_mode(struct nk_fs *fs, const char *path, int mode, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(SETTLE_STAT_ARENA);
	/* Of a link to a folder that is the folder. */
	nk_auto(str) char *inside = nk_path_join(path, ".");
	struct nk_entry now = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;

	if (nk_fs_stat(fs, inside, &arena, &now, &refused) < 0) {
		if (nk_fs_is_session_error(refused.domain)) {
			*err = refused;
			return -1;
		}
		now.mode = -1;
	}
	mode = (mode & 0777) | (now.mode >= 0 ? now.mode & 07000 : 0);
	return mode == now.mode ? 0 : nk_fs_chmod(fs, path, mode, err);
}

static int mount(struct nk_pool *pool, const struct nk_place *target, struct nk_err *err)
{
	if (nk_place_is_mounted(target, pool->settling))
		return 0;
	nk_fs_unmount(nk_take(pool->settling));
	return nk_fs_mount(target, &pool->settling, err);
}

/* Give a folder what its source has, now that nothing more is made in it. Servers without permissions
 * need not take times of folders either, and need not be asked twice. */
static int settle_folder(struct nk_pool *pool, const struct nk_entry *folder, struct nk_err *err)
{
	const struct nk_place *target = nk_feed_target(pool->feed, (int)folder->size);
	bool may_refuse = !(target->ops->caps & NK_FS_CAP_MODES);
	int result;

	if (may_refuse && pool->refuses_folders)
		return 0;
	result = mount(pool, target, err);
	if (result == 0 && folder->mode >= 0)
		result = nk_worker_set_folder_mode(pool->settling, folder->name, folder->mode, err);
	if (result == 0 && folder->mtime != NK_ENTRY_NO_TIME)
		result = nk_fs_set_mtime(pool->settling, folder->name, folder->mtime, err);
	if (result == 0 || !may_refuse)
		return result;
	pool->refuses_folders = true;
	if (nk_fs_is_session_error(err->domain))
		return -1;
	nk_log(NK_LOG_INFO, "folders get no times: %s", err->msg);
	*err = (struct nk_err)NK_ERR_INIT;
	return 0;
}

int nk_pool_settle(struct nk_pool *pool, struct nk_entry *folder, struct nk_err *err)
{
	int more = 0;

	while (pool->folders && nk_interrupt_check(err) == 0 &&
	       (more = nk_spool_next(pool->folders, folder, err)) > 0) {
		if (settle_folder(pool, folder, err) < 0) {
			nk_wrap(err, "copied without its permissions or time");
			return 1;
		}
	}
	nk_fs_unmount(nk_take(pool->settling));
	if (more < 0) {
		/* What is left of them is lost. */
		nk_spool_free(nk_take(pool->folders));
		*folder = (struct nk_entry){ .name = "" };
		return 1;
	}
	return 0;
}
