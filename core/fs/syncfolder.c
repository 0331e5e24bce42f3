/* syncfolder.c - one folder of two trees: both listings side by side. */
#include <assert.h>

#include "blame.h"
#include "links.h"
#include "netkit/log.h"
#include "netkit/wait.h"
#include "sort.h"
#include "syncwork.h"
#include "worker.h"

#define SYNC_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

enum side { SOURCE, TARGET };

/* What was found, in the uid of an entry; gid has the reason or the flags. */
enum finding { FOUND_FILE = 100, FOUND_FOLDER, FOUND_EXTRA, FOUND_KEPT };

struct comparison {
	struct nk_worker *worker;
	struct nk_sync *sync;
	const struct nk_feed_item *folder;
	struct nk_sort *names[2]; /* NULL: that side has no such folder */
	struct nk_entry at[2];
	bool has[2];
	struct nk_buf last;	/* the name that was given last */
	struct nk_buf relative; /* of the entry at hand */
	struct nk_spool *findings;
	int64_t same;
	bool has_changes;
};

static void release(struct comparison *comparison)
{
	nk_sort_free(comparison->names[SOURCE]);
	nk_sort_free(comparison->names[TARGET]);
	nk_spool_free(comparison->findings);
	nk_buf_release(&comparison->last);
	nk_buf_release(&comparison->relative);
}
NK_AUTO(comparison, struct comparison, release)

static struct nk_fs *fs_of(const struct comparison *comparison, enum side side)
{
	return side == SOURCE ? comparison->worker->source : comparison->worker->target;
}

static const struct nk_place *place_of(const struct comparison *comparison, enum side side)
{
	return side == SOURCE ? comparison->sync->source : comparison->sync->target;
}

/* Where the entry at hand is, on that side; a new string. */
static char *path_of(const struct comparison *comparison, enum side side)
{
	return nk_sync_path(place_of(comparison, side), comparison->relative.data);
}

/* Report that something could not be compared. relative: what. */
static void report(const struct comparison *comparison, const char *relative, struct nk_err *err)
{
	struct nk_feed_item item = {
		.source = nk_sync_path(comparison->sync->source, relative),
		.target = nk_sync_path(comparison->sync->target, relative),
	};

	nk_worker_report_error(comparison->worker, &item, err);
	nk_feed_item_release(&item);
	*err = (struct nk_err)NK_ERR_INIT;
}

static void report_here(const struct comparison *comparison, struct nk_err *err)
{
	report(comparison, comparison->relative.data, err);
}

/* The folder as a whole: 1, or -1 for what ends the session. */
static int report_folder(const struct comparison *comparison, enum side side, struct nk_err *err)
{
	struct nk_sync *sync = comparison->sync;

	if (nk_fs_is_session_error(err->domain))
		return -1;
	nk_fs_blame_local(fs_of(comparison, side)->ops, side == SOURCE ? NK_E_READ : NK_E_WRITE,
			  err);
	pthread_mutex_lock(&comparison->worker->pool->feed_lock);
	sync->is_cut = true;
	pthread_mutex_unlock(&comparison->worker->pool->feed_lock);
	report(comparison, comparison->folder->relative, err);
	return 1;
}

/* --- what is found --- */

static int add_finding(struct comparison *comparison, enum finding finding,
		       const struct nk_entry *entry, int64_t note, struct nk_err *err)
{
	struct nk_entry found = *entry;

	found.name = comparison->relative.data;
	found.uid = finding;
	found.gid = note;
	found.owner = found.group = NULL;
	if (nk_spool_add(comparison->findings, &found, err) == 0)
		return 0;
	if (err->domain != NK_E_PROTO)
		return -1;
	report_here(comparison, err);
	return 0;
}

/* A file that is to be copied. The reason says whether the target has another version of it. */
static int add_file(struct comparison *comparison, const struct nk_entry *entry,
		    enum nk_sync_reason reason, struct nk_err *err)
{
	comparison->has_changes = true;
	return add_finding(comparison, FOUND_FILE, entry, reason, err);
}

/* Only the target has it, or what it has must go for the source's. size: of the source's. */
static int add_extra(struct comparison *comparison, const struct nk_entry *entry,
		     enum nk_sync_reason reason, struct nk_err *err)
{
	comparison->has_changes = true;
	if (add_finding(comparison, FOUND_EXTRA, entry, reason, err) < 0)
		return -1;
	return entry->kind == NK_KIND_DIR
		       ? add_finding(comparison, FOUND_FOLDER, entry, NK_SYNC_IS_EXTRA, err)
		       : 0;
}

/* --- pairs of one name --- */

/* What a side says when it is asked about the entry at hand; as it was where it says nothing. Strings
 * live in arena. Fails with what ends the session. */
static int ask(const struct comparison *comparison, enum side side, struct nk_arena *arena,
	       struct nk_entry *entry, struct nk_err *err)
{
	nk_auto(str) char *path = path_of(comparison, side);
	struct nk_fs *fs = fs_of(comparison, side);
	struct nk_entry found = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;

	if (!fs->ops->stat)
		return 0;
	if (nk_fs_stat(fs, path, arena, &found, &refused) == 0) {
		found.name = entry->name;
		if (found.mode < 0)
			found.mode = entry->mode;
		if (found.kind == entry->kind || entry->kind == NK_KIND_LINK)
			*entry = found;
		return 0;
	}
	if (!nk_fs_is_session_error(refused.domain))
		return 0;
	*err = refused;
	return -1;
}

/* The target has something of another kind there. */
static int add_conflict(struct comparison *comparison, const struct nk_entry *source,
			const struct nk_entry *target, struct nk_err *err)
{
	nk_auto(str) char *path = path_of(comparison, TARGET);
	nk_auto(str) char *shown = nk_fs_shown_path(fs_of(comparison, TARGET), path);
	struct nk_entry extra = *target;

	if (!comparison->sync->how->deletes) {
		nk_fail(err, NK_E_EXISTS, 0,
			"%s: is a %s there, and a %s in the source (--delete "
			"replaces it)",
			shown, nk_kind_word(target->kind), nk_kind_word(source->kind));
		report_here(comparison, err);
		return 0;
	}
	extra.size = source->size;
	if (add_extra(comparison, &extra, NK_SYNC_KIND, err) < 0)
		return -1;
	/* A plan shows what will be in the folder, too. */
	if (comparison->sync->dry_run && source->kind == NK_KIND_DIR)
		return add_finding(comparison, FOUND_FOLDER, source, NK_SYNC_IS_NEW, err);
	return 0;
}

/* Sizes are equal: are the bytes? Times are made right where they are. */
static int compare_hashes(struct comparison *comparison, const struct nk_entry *source,
			  const struct nk_entry *target, enum nk_sync_reason *reason,
			  struct nk_err *err)
{
	nk_auto(str) char *from = path_of(comparison, SOURCE);
	nk_auto(str) char *to = path_of(comparison, TARGET);
	struct nk_fs *fs = fs_of(comparison, TARGET);
	struct nk_err refused = NK_ERR_INIT;
	bool is_same = false;

	if (nk_sync_hash(&(struct nk_end){ fs_of(comparison, SOURCE), from },
			 &(struct nk_end){ fs, to }, &is_same, err) < 0)
		return -1;
	*reason = is_same ? NK_SYNC_NO_REASON : NK_SYNC_HASH;
	if (!is_same || comparison->sync->dry_run || source->mtime == NK_ENTRY_NO_TIME ||
	    nk_sync_judge(source, target, NK_COMPARE_TIME, false) == NK_VERDICT_SAME)
		return 0;
	if (nk_fs_set_mtime(fs, to, source->mtime, &refused) == 0)
		return 0;
	if (nk_fs_is_session_error(refused.domain)) {
		*err = refused;
		return -1;
	}
	nk_log(NK_LOG_INFO, "%s", refused.msg);
	return 0;
}

/* By size and time. */
static int compare_times(struct comparison *comparison, struct nk_entry *source,
			 struct nk_entry *target, enum nk_sync_reason *reason, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(2 * SYNC_STAT_ARENA);
	enum nk_sync_compare by = (enum nk_sync_compare)comparison->sync->how->compare;
	enum nk_sync_verdict verdict = nk_sync_judge(source, target, by, false);
	bool was_later = false;

	if (verdict == NK_VERDICT_UNSURE) {
		if (((source->is_rough || source->size < 0 || source->mtime == NK_ENTRY_NO_TIME) &&
		     ask(comparison, SOURCE, &arena, source, err) < 0) ||
		    ((target->is_rough || target->size < 0 || target->mtime == NK_ENTRY_NO_TIME) &&
		     ask(comparison, TARGET, &arena, target, err) < 0))
			return -1;
		verdict = nk_sync_judge(source, target, by, true);
	}
	*reason = verdict == NK_VERDICT_SAME   ? NK_SYNC_NO_REASON
		  : verdict == NK_VERDICT_SIZE ? NK_SYNC_SIZE
					       : NK_SYNC_TIME;
	if (verdict != NK_VERDICT_TIME)
		return 0;
	if (nk_sync_was_stored_later(comparison->worker, source, target, &was_later, err) < 0)
		return -1;
	*reason = was_later ? NK_SYNC_NO_REASON : NK_SYNC_TIME;
	return 0;
}

static int compare_files(struct comparison *comparison, struct nk_entry *source,
			 struct nk_entry *target, struct nk_err *err)
{
	enum nk_sync_reason reason = NK_SYNC_NO_REASON;
	int result = compare_times(comparison, source, target, &reason, err);

	if (result == 0 && reason == NK_SYNC_NO_REASON &&
	    comparison->sync->how->compare == NK_COMPARE_HASH)
		result = compare_hashes(comparison, source, target, &reason, err);
	if (result < 0) {
		if (nk_fs_is_session_error(err->domain))
			return -1;
		report_here(comparison, err);
		return 0;
	}
	if (reason != NK_SYNC_NO_REASON)
		return add_file(comparison, source, reason, err);
	comparison->same++;
	return 0;
}

static int compare_with(struct comparison *comparison, struct nk_entry *source,
			struct nk_entry *target, struct nk_err *err)
{
	if (!target)
		return add_file(comparison, source, NK_SYNC_NEW, err);
	if (target->kind != NK_KIND_FILE)
		return add_conflict(comparison, source, target, err);
	return compare_files(comparison, source, target, err);
}

/* --- links --- */

/* What a link that cannot be made at the target leads to: 1 with a file, 0 when it was reported that it
 * is none, -1. */
static int follow(const struct comparison *comparison, struct nk_entry *entry, struct nk_err *err)
{
	nk_auto(str) char *path = path_of(comparison, SOURCE);
	const struct nk_open_how how = { .direction = NK_READ, .size = -1, .deadline = NK_NEVER };
	nk_auto(stream) struct nk_stream *stream = NULL;
	struct nk_fs *fs = fs_of(comparison, SOURCE);

	if (!(fs->ops->caps & NK_FS_CAP_LINKS))
		nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: is a link, which %s cannot follow", path,
			fs->ops->name);
	else if (nk_feed_is_folder(fs, path))
		nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: a link to a folder is not followed", path);
	else if (nk_fs_open(fs, path, &how, &stream, err) == 0) {
		entry->kind = NK_KIND_FILE;
		entry->link = NULL;
		entry->size = stream->size;
		entry->mtime = stream->mtime;
		entry->mode = stream->mode > 0 ? stream->mode : -1;
		return 1;
	}
	if (nk_fs_is_session_error(err->domain))
		return -1;
	nk_fs_blame_local(fs->ops, NK_E_READ, err);
	report_here(comparison, err);
	return 0;
}

/* A link that is made at the target as it is. */
static int compare_links(struct comparison *comparison, struct nk_entry *source,
			 struct nk_entry *target, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(SYNC_STAT_ARENA);

	if (!target)
		return add_file(comparison, source, NK_SYNC_NEW, err);
	if (target->kind != NK_KIND_LINK)
		return add_conflict(comparison, source, target, err);
	if (!target->link && ask(comparison, TARGET, &arena, target, err) < 0)
		return -1;
	if (!target->link || strcmp(source->link, target->link) != 0)
		return add_file(comparison, source, NK_SYNC_LINK, err);
	comparison->same++;
	return 0;
}

static int compare_link(struct comparison *comparison, struct nk_entry *source,
			struct nk_entry *target, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(SYNC_STAT_ARENA);
	int result;

	if (!source->link && ask(comparison, SOURCE, &arena, source, err) < 0)
		return -1;
	if (source->kind != NK_KIND_LINK)
		return compare_with(comparison, source, target, err);
	if (fs_of(comparison, TARGET)->ops->symlink && source->link &&
	    nk_link_stays_inside(comparison->relative.data, source->link))
		return compare_links(comparison, source, target, err);
	result = follow(comparison, source, err);
	return result > 0 ? compare_with(comparison, source, target, err) : result;
}

/* --- folders --- */

static int depth_of(const char *relative)
{
	int depth = 1;

	for (; *relative != '\0'; relative++)
		depth += *relative == '/';
	return depth;
}

static int compare_folder(struct comparison *comparison, const struct nk_entry *source,
			  const struct nk_entry *target, struct nk_err *err)
{
	unsigned both = fs_of(comparison, SOURCE)->ops->caps & fs_of(comparison, TARGET)->ops->caps;

	if (depth_of(comparison->relative.data) >= NK_WALK_DEPTH_MAX) {
		nk_fail(err, NK_E_PROTO, 0, "%s: folders in more than %d folders",
			comparison->relative.data, NK_WALK_DEPTH_MAX);
		report_here(comparison, err);
		return 0;
	}
	if (target && target->kind != NK_KIND_DIR)
		return add_conflict(comparison, source, target, err);
	comparison->has_changes |= !target;
	if (!target)
		return add_finding(comparison, FOUND_FOLDER, source, NK_SYNC_IS_NEW, err);
	bool is_off = (both & NK_FS_CAP_MODES) && (source->mtime != target->mtime ||
						   (source->mode & 0777) != (target->mode & 0777));

	return add_finding(comparison, FOUND_FOLDER, source, is_off ? NK_SYNC_IS_OFF : 0, err);
}

/* --- one name --- */

/* A partial file that the copy of its file will take up, as far as a plan can tell. */
static bool is_partial(const struct comparison *comparison)
{
	struct nk_fs *fs = fs_of(comparison, TARGET);
	nk_auto(str) char *path = path_of(comparison, TARGET);
	struct nk_err ignored = NK_ERR_INIT;
	size_t length = strlen(path);
	int64_t left = 0;

	if (!comparison->sync->dry_run || !fs->ops->left_over)
		return false;
	if (length > 5 && strcmp(path + length - 5, ".info") == 0)
		length -= 5;
	if (length <= 5 || strncmp(path + length - 5, ".part", 5) != 0)
		return false;
	path[length - 5] = '\0';
	return fs->ops->left_over(fs, path, NULL, false, &left, &ignored) == 0 && left > 0;
}

/* Only the target has it. */
static int look_at_extra(struct comparison *comparison, const struct nk_entry *target,
			 struct nk_err *err)
{
	if (!comparison->sync->how->deletes || is_partial(comparison))
		return 0;
	return add_extra(comparison, target, NK_SYNC_EXTRA, err);
}

static int look_at_pair(struct comparison *comparison, struct nk_entry *source,
			struct nk_entry *target, struct nk_err *err)
{
	const struct nk_entry *one = source ? source : target;

	if (!nk_filter_takes(comparison->sync->filter, comparison->relative.data, one->kind)) {
		/* What is left out stays, and so do the folders that hold it. */
		return comparison->folder->flags & NK_SYNC_IS_EXTRA
			       ? add_finding(comparison, FOUND_KEPT, one, 0, err)
			       : 0;
	}
	if (!source)
		return look_at_extra(comparison, target, err);
	switch (source->kind) {
	case NK_KIND_DIR:
		return compare_folder(comparison, source, target, err);
	case NK_KIND_LINK:
		return compare_link(comparison, source, target, err);
	case NK_KIND_FILE:
		return compare_with(comparison, source, target, err);
	default:
		break;
	}
	nk_auto(str) char *path = path_of(comparison, SOURCE);

	nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: is neither file, folder nor link", path);
	report_here(comparison, err);
	return 0;
}

/* Make relative that of name. Fails with protocol for names that cannot be used. */
static int descend(struct comparison *comparison, const char *name, struct nk_err *err)
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
static int peek(struct comparison *comparison, enum side side, struct nk_err *err)
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
static int next_pair(struct comparison *comparison, struct nk_entry **source,
		     struct nk_entry **target, struct nk_err *err)
{
	bool *has = comparison->has;
	struct nk_entry *at = comparison->at;
	int order;

	if (peek(comparison, SOURCE, err) < 0 || peek(comparison, TARGET, err) < 0)
		return -1;
	if (!has[SOURCE] && !has[TARGET])
		return 0;
	order = !has[SOURCE]   ? 1
		: !has[TARGET] ? -1
			       : nk_sort_compare(at[SOURCE].name, at[TARGET].name);
	*source = order <= 0 ? &at[SOURCE] : NULL;
	*target = order >= 0 ? &at[TARGET] : NULL;
	has[SOURCE] = has[SOURCE] && order > 0;
	has[TARGET] = has[TARGET] && order < 0;
	nk_buf_clear(&comparison->last);
	order = nk_buf_add_text(&comparison->last, *source ? (*source)->name : (*target)->name);
	assert(order == 0); /* names are bounded by the spool */
	return 1;
}

static int compare_all(struct comparison *comparison, struct nk_err *err)
{
	struct nk_entry *source, *target;
	int more = 0;

	while (nk_interrupt_check(err) == 0 &&
	       (more = next_pair(comparison, &source, &target, err)) > 0) {
		if (descend(comparison, comparison->last.data, err) < 0) {
			report(comparison, comparison->folder->relative, err);
			continue;
		}
		if (look_at_pair(comparison, source, target, err) < 0)
			return -1;
	}
	return err->domain == NK_E_NONE ? 0 : -1;
}

/* List a side, sorted. 1 when it cannot be listed, which is reported. */
static int list(struct comparison *comparison, enum side side, struct nk_err *err)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	const char *path = side == SOURCE ? comparison->folder->source : comparison->folder->target;

	if (nk_fs_list(fs_of(comparison, side), path, spool, err) < 0 ||
	    nk_sort_new(spool, false, &comparison->names[side], err) < 0)
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
		entry->mode = found.mode;
	}
	return 0;
}

/* What the user named: the source must be a folder, the target one or nothing. 1: reported. */
static int look_at_roots(struct comparison *comparison, struct nk_feed_item *folder,
			 struct nk_err *err)
{
	struct nk_entry ignored = NK_ENTRY_INIT;

	folder->flags = NK_SYNC_IS_ROOT;

	int result =
		look_for_folder(fs_of(comparison, SOURCE), folder->source, &folder->entry, err);

	if (result != 0)
		return report_folder(comparison, SOURCE, err);
	result = look_for_folder(fs_of(comparison, TARGET), folder->target, &ignored, err);
	if (result < 0)
		return report_folder(comparison, TARGET, err);
	if (result > 0)
		folder->flags |= NK_SYNC_IS_NEW;
	*err = (struct nk_err)NK_ERR_INIT;
	if (ignored.mtime != folder->entry.mtime || ignored.mode != folder->entry.mode)
		folder->flags |= NK_SYNC_IS_OFF;
	return 0;
}

/* A folder was made, or would be. */
static void report_made(const struct comparison *comparison, const struct nk_feed_item *folder)
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
static void report_plan(const struct comparison *comparison, const struct nk_entry *found)
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
static int keep_finding(struct nk_sync *sync, struct nk_entry *found, struct nk_err *err)
{
	enum finding finding = (enum finding)found->uid;

	switch (finding) {
	case FOUND_FILE:
		found->uid = found->gid == NK_SYNC_NEW ? NK_SYNC_COPY : NK_SYNC_UPDATE;
		sync->files_left++;
		return nk_spool_add(sync->files, found, err);
	case FOUND_FOLDER:
		found->uid = found->gid;
		sync->folders_left++;
		return nk_spool_add(sync->folders, found, err);
	case FOUND_KEPT:
		found->uid = NK_SYNC_NONE;
		return nk_spool_add(sync->extras, found, err);
	case FOUND_EXTRA:
		break;
	}
	found->uid = NK_SYNC_DELETE;
	sync->extra_count++;
	sync->is_again |= found->gid == NK_SYNC_KIND;
	if (nk_spool_add(sync->extras, found, err) < 0)
		return -1;
	return found->kind == NK_KIND_DIR ? nk_spool_add(sync->extra_folders, found, err) : 0;
}

/* The comparison is complete: what it found becomes work for all. */
static int publish(struct comparison *comparison, const struct nk_feed_item *folder,
		   struct nk_err *err)
{
	struct nk_pool *pool = comparison->worker->pool;
	struct nk_sync *sync = comparison->sync;
	struct nk_entry found;
	int more;

	if (folder->flags & NK_SYNC_IS_NEW)
		report_made(comparison, folder);
	while ((more = nk_spool_next(comparison->findings, &found, err)) > 0) {
		int kept;

		if (sync->dry_run && found.uid == FOUND_FILE) {
			report_plan(comparison, &found);
			continue;
		}
		pthread_mutex_lock(&pool->feed_lock);
		kept = keep_finding(sync, &found, err);
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
static int list_sides(struct comparison *comparison, const struct nk_feed_item *folder,
		      struct nk_err *err)
{
	int result = 0;

	if (!(folder->flags & NK_SYNC_IS_EXTRA))
		result = list(comparison, SOURCE, err);
	if (result != 0)
		return result;
	if (!(folder->flags & NK_SYNC_IS_NEW))
		return list(comparison, TARGET, err);
	if (comparison->sync->dry_run ||
	    nk_worker_make_folder(comparison->worker, folder, err) == 0)
		return 0;
	return report_folder(comparison, TARGET, err);
}

static int compare(struct comparison *comparison, struct nk_feed_item *folder, struct nk_err *err)
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
	return report_folder(comparison, TARGET, err) < 0 ? -1 : 0;
}

int nk_sync_folder(struct nk_worker *worker, struct nk_feed_item *item, struct nk_err *err)
{
	size_t limit = strlen(item->relative) + NK_ENTRY_NAME_MAX + 2;
	nk_auto(comparison) struct comparison comparison = {
		.worker = worker,
		.sync = worker->pool->sync,
		.folder = item,
		.last = NK_BUF_INIT(NK_ENTRY_NAME_MAX + 1),
		.relative = NK_BUF_INIT(limit),
		.findings = nk_spool_new(),
	};

	return compare(&comparison, item, err);
}
