/* syncfolder.c - one folder of two trees: both listings side by side. */
#include <assert.h>

#include "blame.h"
#include "comparison.h"
#include "netkit/log.h"
#include "netkit/wait.h"
#include "worker.h"

#define SYNC_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

static void release(struct nk_comparison *comparison)
{
	nk_sort_free(comparison->names[NK_SOURCE]);
	nk_sort_free(comparison->names[NK_TARGET]);
	nk_spool_free(comparison->findings);
	free(comparison->folded);
	nk_buf_release(&comparison->last);
	nk_buf_release(&comparison->relative);
}
NK_AUTO(comparison, struct nk_comparison, release)

/* What the source holds is not known for certain. */
static void cut(const struct nk_comparison *comparison)
{
	pthread_mutex_lock(&comparison->worker->pool->feed_lock);
	comparison->sync->is_cut = true;
	pthread_mutex_unlock(&comparison->worker->pool->feed_lock);
}

/* The folder as a whole: 1, or -1 for what ends the session. */
static int report_folder(const struct nk_comparison *comparison, enum nk_side side,
			 struct nk_err *err)
{
	if (nk_fs_is_session_error(err->domain))
		return -1;
	nk_fs_blame_local(nk_comparison_fs(comparison, side)->ops,
			  side == NK_SOURCE ? NK_E_READ : NK_E_WRITE, err);
	cut(comparison);
	nk_comparison_report(comparison, comparison->folder->relative, err);
	return 1;
}

/* Make relative that of name. Fails with protocol for names that cannot be used. */
static int descend(struct nk_comparison *comparison, const char *name, struct nk_err *err)
{
	struct nk_buf *relative = &comparison->relative;
	int result;

	nk_buf_clear(relative);
	result = nk_buf_add_text(relative, comparison->folder->relative);
	if (nk_fs_safe_name(name, err) < 0)
		return -1;
	if (result == 0 && relative->len > 0)
		result = nk_buf_add_char(relative, '/');
	if (result == 0)
		result = nk_buf_add_text(relative, name);
	return result < 0
		       ? nk_fail(err, NK_E_PROTO, 0, "a path that is too long: \"%.40s...\"", name)
		       : 0;
}

/* --- both listings --- */

/* The next entry of a side, but for names that it lists twice. */
static int peek(struct nk_comparison *comparison, enum nk_side side, struct nk_err *err)
{
	int more = 1;

	while (!comparison->has[side] && comparison->names[side] && more > 0) {
		more = nk_sort_next(comparison->names[side], &comparison->at[side], err);
		comparison->has[side] =
			more > 0 && (comparison->last.len == 0 ||
				     strcmp(comparison->last.data, comparison->at[side].name) != 0);
	}
	return more < 0 ? -1 : 0;
}

/* The next name: what each side has of it, or NULL. 1, 0, -1. */
static int next_pair(struct nk_comparison *comparison, struct nk_entry **source,
		     struct nk_entry **target, struct nk_err *err)
{
	bool *has = comparison->has;
	struct nk_entry *at = comparison->at;
	int order;

	if (peek(comparison, NK_SOURCE, err) < 0 || peek(comparison, NK_TARGET, err) < 0)
		return -1;
	if (!has[NK_SOURCE] && !has[NK_TARGET])
		return 0;
	order = !has[NK_SOURCE]	  ? 1
		: !has[NK_TARGET] ? -1
				  : nk_sort_compare(at[NK_SOURCE].name, at[NK_TARGET].name);
	*source = order <= 0 ? &at[NK_SOURCE] : NULL;
	*target = order >= 0 ? &at[NK_TARGET] : NULL;
	has[NK_SOURCE] = has[NK_SOURCE] && order > 0;
	has[NK_TARGET] = has[NK_TARGET] && order < 0;
	nk_buf_clear(&comparison->last);
	order = nk_buf_add_text(&comparison->last, *source ? (*source)->name : (*target)->name);
	assert(order == 0); /* names are bounded by the spool */
	return 1;
}

static int compare_all(struct nk_comparison *comparison, struct nk_err *err)
{
	struct nk_entry *source, *target;
	int more = 0;

	while (nk_interrupt_check(err) == 0 &&
	       (more = next_pair(comparison, &source, &target, err)) > 0) {
		if (descend(comparison, comparison->last.data, err) < 0) {
			nk_comparison_report(comparison, comparison->folder->relative, err);
			continue;
		}
		if (nk_comparison_look(comparison, source, target, err) < 0)
			return -1;
	}
	return err->domain == NK_E_NONE ? 0 : -1;
}

/* List a side, sorted. 1 when it cannot be listed, which is reported. */
static int list(struct nk_comparison *comparison, enum nk_side side, struct nk_err *err)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	const char *path =
		side == NK_SOURCE ? comparison->folder->source : comparison->folder->target;

	if (nk_fs_list(nk_comparison_fs(comparison, side), path, spool, err) < 0)
		return report_folder(comparison, side, err);
	if (side == NK_SOURCE && nk_spool_is_doubtful(spool)) {
		nk_log(NK_LOG_NOTICE, "%s: not all lines of its listing are understood", path);
		cut(comparison);
	}
	comparison->hides_dots |= side == NK_SOURCE && nk_spool_hides_dots(spool);
	if (nk_sort_new(spool, false, &comparison->names[side], err) < 0)
		return report_folder(comparison, side, err);
	return 0;
}

/* --- the folder --- */

/* 0 with *entry filled when path is a folder, also behind a link; 1 when there is nothing. */
static int look_for_folder(struct nk_fs *fs, const char *path, struct nk_entry *entry,
			   struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(SYNC_STAT_ARENA);
	nk_auto(str) char *shown = nk_fs_shown_path(fs, path);
	struct nk_entry found = NK_ENTRY_INIT;

	if (!fs->ops->stat || !fs->ops->list)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s cannot list folders", fs->ops->name);
	if (nk_fs_stat(fs, path, &arena, &found, err) < 0) {
		if (strcmp(path, "/") == 0 && !nk_fs_is_here(fs->ops) &&
		    !nk_fs_is_session_error(err->domain)) {
			*err = (struct nk_err)NK_ERR_INIT;
			return 0;
		}
		return err->domain == NK_E_MISSING ? 1 : -1;
	}
	if (found.kind != NK_KIND_DIR &&
	    !(found.kind == NK_KIND_LINK && nk_feed_is_folder(fs, path)))
		return nk_fail(err, NK_E_USAGE, 0, "%s is no folder: cp copies files", shown);
	if (found.kind == NK_KIND_DIR) {
		entry->mtime = found.mtime;
		entry->is_rough = found.is_rough;
		entry->mode = found.mode;
	}
	return 0;
}

/* What the user named: the source must be a folder, the target one or nothing. 1: reported. */
static int look_at_roots(struct nk_comparison *comparison, struct nk_feed_item *folder,
			 struct nk_err *err)
{
	struct nk_entry there = NK_ENTRY_INIT;

	folder->flags = NK_SYNC_IS_ROOT;

	int result = look_for_folder(nk_comparison_fs(comparison, NK_SOURCE), folder->source,
				     &folder->entry, err);

	if (result != 0)
		return report_folder(comparison, NK_SOURCE, err);
	result = look_for_folder(nk_comparison_fs(comparison, NK_TARGET), folder->target, &there,
				 err);
	if (result < 0)
		return report_folder(comparison, NK_TARGET, err);
	if (result > 0)
		folder->flags |= NK_SYNC_IS_NEW;
	else
		folder->flags |= nk_comparison_folder_flags(comparison, &folder->entry, &there);
	*err = (struct nk_err)NK_ERR_INIT;
	return 0;
}

/* A folder was made, or would be. */
static void report_made(const struct nk_comparison *comparison, const struct nk_feed_item *folder)
{
	const struct nk_err none = NK_ERR_INIT;
	struct nk_feed_item item = {
		.source = nk_strdup(folder->source),
		.target = nk_strdup(folder->target),
		.has_entry = true,
		.entry = folder->entry,
		.action = NK_SYNC_MKDIR,
		.reason = NK_SYNC_NEW,
	};

	nk_worker_report(comparison->worker, &item, &(struct nk_transfer){ .verified = "none" },
			 &none);
	nk_feed_item_release(&item);
}

/* A plan only says what would be copied. */
static void report_plan(const struct nk_comparison *comparison, const struct nk_entry *found)
{
	const struct nk_err none = NK_ERR_INIT;
	struct nk_feed_item item = {
		.source = nk_sync_path(comparison->sync->source, found->name),
		.target = nk_sync_path(comparison->sync->target, found->name),
		.has_entry = true,
		.entry = *found,
		.action = found->gid == NK_SYNC_NEW ? NK_SYNC_COPY : NK_SYNC_UPDATE,
		.reason = (int)found->gid,
	};

	nk_worker_report(comparison->worker, &item,
			 &(struct nk_transfer){ .size = found->size, .verified = "none" }, &none);
	nk_feed_item_release(&item);
}

/* Put one finding where it waits; under the feed's lock. */
static int keep_finding(const struct nk_comparison *comparison, struct nk_entry *found,
			struct nk_err *err)
{
	struct nk_sync *sync = comparison->sync;
	enum nk_finding finding = (enum nk_finding)found->uid;

	switch (finding) {
	case NK_FOUND_FILE:
		found->uid = found->gid == NK_SYNC_NEW ? NK_SYNC_COPY : NK_SYNC_UPDATE;
		sync->files_left++;
		return nk_spool_add(sync->files, found, err);
	case NK_FOUND_FOLDER:
		found->uid = found->gid;
		sync->folders_left++;
		return nk_spool_add(sync->folders, found, err);
	case NK_FOUND_KEPT:
		found->uid = NK_SYNC_NONE;
		return nk_spool_add(sync->extras, found, err);
	case NK_FOUND_EXTRA:
		break;
	}
	found->uid = NK_SYNC_DELETE;
	/* A target that does not tell upper case from lower may mean what the source has. */
	found->is_rough = found->gid == NK_SYNC_EXTRA &&
			  nk_comparison_may_have(comparison, nk_path_name(found->name));
	sync->extra_count++;
	sync->is_again |= found->gid == NK_SYNC_KIND;
	if (nk_spool_add(sync->extras, found, err) < 0)
		return -1;
	return found->kind == NK_KIND_DIR ? nk_spool_add(sync->extra_folders, found, err) : 0;
}

/* A folder that only the target has, unless the target means by it one that the source has in another
 * case: then all that is in it stays. It is also found as one to be gathered, with its name. */
static bool is_kept_for_its_case(const struct nk_comparison *comparison,
				 const struct nk_entry *found)
{
	nk_auto(str) char *path = nk_sync_path(comparison->sync->target, found->name);

	return found->uid == NK_FOUND_EXTRA && found->gid == NK_SYNC_EXTRA &&
	       found->kind == NK_KIND_DIR &&
	       nk_comparison_may_have(comparison, nk_path_name(found->name)) &&
	       nk_sync_is_case_blind(nk_comparison_fs(comparison, NK_TARGET), path);
}

/* The next finding: 1, 0, -1. */
static int next_finding(const struct nk_comparison *comparison, struct nk_entry *found,
			struct nk_err *err)
{
	int more = nk_spool_next(comparison->findings, found, err);

	if (more <= 0 || !is_kept_for_its_case(comparison, found))
		return more;
	nk_auto(str) char *name = nk_strdup(found->name);

	/* What is told of it next is that it is to be gathered. */
	more = nk_spool_next(comparison->findings, found, err);
	if (more <= 0)
		return more;
	assert(found->uid == NK_FOUND_FOLDER && strcmp(found->name, name) == 0);
	found->uid = NK_FOUND_KEPT;
	found->gid = NK_SYNC_NO_REASON;
	return more;
}

/* Let its owner change what is in it, which is settled again at the end. Who may not will see. */
static void open_folder(const struct nk_comparison *comparison, const struct nk_feed_item *folder)
{
	struct nk_err refused = NK_ERR_INIT;

	if (nk_worker_set_folder_mode(nk_comparison_fs(comparison, NK_TARGET), folder->target,
				      folder->entry.mode | 0700, &refused) < 0)
		nk_log(NK_LOG_INFO, "%s", refused.msg);
}

/* The comparison is complete: what it found becomes work for all. */
static int publish(struct nk_comparison *comparison, const struct nk_feed_item *folder,
		   struct nk_err *err)
{
	struct nk_pool *pool = comparison->worker->pool;
	struct nk_sync *sync = comparison->sync;
	struct nk_entry found;
	int more;

	if (folder->flags & NK_SYNC_IS_NEW)
		report_made(comparison, folder);
	if ((folder->flags & NK_SYNC_IS_CLOSED) && comparison->has_changes && !sync->dry_run)
		open_folder(comparison, folder);
	while ((more = next_finding(comparison, &found, err)) > 0) {
		int kept;

		if (sync->dry_run && found.uid == NK_FOUND_FILE) {
			report_plan(comparison, &found);
			continue;
		}
		pthread_mutex_lock(&pool->feed_lock);
		kept = keep_finding(comparison, &found, err);
		pthread_mutex_unlock(&pool->feed_lock);
		if (kept < 0)
			return -1;
	}
	pthread_mutex_lock(&pool->feed_lock);
	sync->same += comparison->same;
	if (more == 0 && !sync->dry_run && !(folder->flags & NK_SYNC_IS_EXTRA) &&
	    (comparison->has_changes || (folder->flags & (NK_SYNC_IS_NEW | NK_SYNC_IS_OFF))))
		more = nk_worker_note_folder(comparison->worker, folder, err);
	pthread_cond_broadcast(&pool->is_settled);
	pthread_mutex_unlock(&pool->feed_lock);
	return more;
}

/* List what there is to be listed. 0, 1: reported, -1. */
static int list_sides(struct nk_comparison *comparison, const struct nk_feed_item *folder,
		      struct nk_err *err)
{
	int result = 0;

	if (!(folder->flags & NK_SYNC_IS_EXTRA))
		result = list(comparison, NK_SOURCE, err);
	if (result != 0)
		return result;
	if (!(folder->flags & NK_SYNC_IS_NEW))
		return list(comparison, NK_TARGET, err);
	if (comparison->sync->dry_run ||
	    nk_worker_make_folder(comparison->worker, folder, err) == 0)
		return 0;
	return report_folder(comparison, NK_TARGET, err);
}

static int compare(struct nk_comparison *comparison, struct nk_feed_item *folder,
		   struct nk_err *err)
{
	int result = 0;

	if (folder->flags & NK_SYNC_IS_ROOT)
		result = look_at_roots(comparison, folder, err);
	if (result == 0)
		result = list_sides(comparison, folder, err);
	if (result != 0)
		return result < 0 ? -1 : 0;
	if (compare_all(comparison, err) == 0 && publish(comparison, folder, err) == 0)
		return 0;
	return report_folder(comparison, NK_TARGET, err) < 0 ? -1 : 0;
}

int nk_sync_folder(struct nk_worker *worker, struct nk_feed_item *item, struct nk_err *err)
{
	size_t limit = strlen(item->relative) + NK_ENTRY_NAME_MAX + 2;
	nk_auto(comparison) struct nk_comparison comparison = {
		.worker = worker,
		.sync = worker->pool->sync,
		.folder = item,
		.last = NK_BUF_INIT(NK_ENTRY_NAME_MAX + 1),
		.relative = NK_BUF_INIT(limit),
		.findings = nk_spool_new(),
	};

	return compare(&comparison, item, err);
}
