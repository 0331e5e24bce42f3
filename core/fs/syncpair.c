/* syncpair.c - what both trees have under one name. */
#include "comparison.h"

#include <time.h>

#include "blame.h"
#include "links.h"
#include "netkit/log.h"
#include "worker.h"

/* Bits for names: a folder of some thousand is told from another. */
#define PAIR_FOLDED_BITS 65536

/* So long a file counts as changed just now. */
#define PAIR_RECENT_SECONDS 600

#define PAIR_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

struct nk_fs *nk_comparison_fs(const struct nk_comparison *comparison, enum nk_side side)
{
	return side == NK_SOURCE ? comparison->worker->source : comparison->worker->target;
}

static const struct nk_place *place_of(const struct nk_comparison *comparison, enum nk_side side)
{
	return side == NK_SOURCE ? comparison->sync->source : comparison->sync->target;
}

char *nk_comparison_path(const struct nk_comparison *comparison, enum nk_side side)
{
	return nk_sync_path(place_of(comparison, side), comparison->relative.data);
}

void nk_comparison_report(const struct nk_comparison *comparison, const char *relative,
			  struct nk_err *err)
{
	struct nk_feed_item item = {
		.source = nk_sync_path(comparison->sync->source, relative),
		.target = nk_sync_path(comparison->sync->target, relative),
	};

	nk_worker_report_error(comparison->worker, &item, err);
	nk_feed_item_release(&item);
	*err = (struct nk_err)NK_ERR_INIT;
}

/* The target has another version of the source, which is kept. */
static void report_kept(const struct nk_comparison *comparison, enum nk_sync_reason reason,
			struct nk_err *err)
{
	const char *relative = comparison->relative.data;
	struct nk_feed_item item = {
		.source = nk_sync_path(comparison->sync->source, relative),
		.target = nk_sync_path(comparison->sync->target, relative),
		.action = NK_SYNC_SKIP,
		.reason = (int)reason,
	};
	nk_auto(str) char *shown =
		nk_fs_shown_path(nk_comparison_fs(comparison, NK_TARGET), item.target);

	nk_fail(err, NK_E_EXISTS, 0, "%s: skipped: it exists already, and differs (%s)", shown,
		nk_sync_reason_word(reason));
	nk_worker_report_error(comparison->worker, &item, err);
	nk_feed_item_release(&item);
	*err = (struct nk_err)NK_ERR_INIT;
}

static void report_here(const struct nk_comparison *comparison, struct nk_err *err)
{
	nk_comparison_report(comparison, comparison->relative.data, err);
}

/* --- names in another case --- */

/* Letters of one case are those of the other, and of what is not ASCII one is any other. */
static unsigned char folded(unsigned char c)
{
	if (c >= 0x80)
		return 0x80;
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 'a' - 'A') : c;
}

/* Fowler, Noll and Vo's hash of the folded name. */
static uint32_t folded_bit(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name != '\0'; name++) {
		hash ^= folded((unsigned char)*name);
		hash *= 16777619u;
	}
	return (hash ^ hash >> 16) % PAIR_FOLDED_BITS;
}

void nk_comparison_note(struct nk_comparison *comparison, const char *name)
{
	uint32_t bit = folded_bit(name);

	if (!comparison->folded)
		comparison->folded = nk_alloc(PAIR_FOLDED_BITS / 8);
	comparison->folded[bit / 8] |= (uint8_t)(1u << bit % 8);
}

bool nk_comparison_may_have(const struct nk_comparison *comparison, const char *name)
{
	uint32_t bit = folded_bit(name);

	return comparison->folded && comparison->folded[bit / 8] >> bit % 8 & 1;
}

/* --- what is found --- */

static int add_finding(struct nk_comparison *comparison, enum nk_finding finding,
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

/* Is nothing replaced? */
static bool keeps_all(const struct nk_comparison *comparison)
{
	return comparison->worker->pool->how.copy.no_clobber;
}

/* A file that is to be copied. The reason says whether the target has another version of it. */
static int add_file(struct nk_comparison *comparison, const struct nk_entry *entry,
		    enum nk_sync_reason reason, struct nk_err *err)
{
	if (reason != NK_SYNC_NEW && keeps_all(comparison)) {
		report_kept(comparison, reason, err);
		return 0;
	}
	comparison->has_changes = true;
	return add_finding(comparison, NK_FOUND_FILE, entry, reason, err);
}

/* Only the target has it, or what it has must go for the source's. size: of the source's. */
static int add_extra(struct nk_comparison *comparison, const struct nk_entry *entry,
		     enum nk_sync_reason reason, struct nk_err *err)
{
	comparison->has_changes = true;
	if (add_finding(comparison, NK_FOUND_EXTRA, entry, reason, err) < 0)
		return -1;
	return entry->kind == NK_KIND_DIR
		       ? add_finding(comparison, NK_FOUND_FOLDER, entry, NK_SYNC_IS_EXTRA, err)
		       : 0;
}

/* --- pairs of one name --- */

/* What a side says when it is asked about the entry at hand; as it was where it says nothing. Strings
 * live in arena. Fails with what ends the session. */
static int ask(const struct nk_comparison *comparison, enum nk_side side, struct nk_arena *arena,
	       struct nk_entry *entry, struct nk_err *err)
{
	nk_auto(str) char *path = nk_comparison_path(comparison, side);
	struct nk_fs *fs = nk_comparison_fs(comparison, side);
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
static int add_conflict(struct nk_comparison *comparison, const struct nk_entry *source,
			const struct nk_entry *target, struct nk_err *err)
{
	nk_auto(str) char *path = nk_comparison_path(comparison, NK_TARGET);
	nk_auto(str) char *shown = nk_fs_shown_path(nk_comparison_fs(comparison, NK_TARGET), path);
	struct nk_entry extra = *target;

	if (keeps_all(comparison)) {
		report_kept(comparison, NK_SYNC_KIND, err);
		return 0;
	}
	if (!comparison->sync->how->deletes ||
	    !nk_filter_takes(comparison->sync->filter, comparison->relative.data, target->kind)) {
		nk_fail(err, NK_E_EXISTS, 0, "%s: is a %s there, and a %s in the source (%s)",
			shown, nk_kind_word(target->kind), nk_kind_word(source->kind),
			comparison->sync->how->deletes ? "it is left out, and stays"
						       : "--delete replaces it");
		report_here(comparison, err);
		return 0;
	}
	extra.size = source->size;
	if (add_extra(comparison, &extra, NK_SYNC_KIND, err) < 0)
		return -1;
	/* A plan shows what will be in the folder, too. */
	if (comparison->sync->dry_run && source->kind == NK_KIND_DIR)
		return add_finding(comparison, NK_FOUND_FOLDER, source, NK_SYNC_IS_NEW, err);
	return 0;
}

/* Sizes are equal: are the bytes? Times are made right where they are. */
static int compare_hashes(struct nk_comparison *comparison, const struct nk_entry *source,
			  const struct nk_entry *target, enum nk_sync_reason *reason,
			  struct nk_err *err)
{
	nk_auto(str) char *from = nk_comparison_path(comparison, NK_SOURCE);
	nk_auto(str) char *to = nk_comparison_path(comparison, NK_TARGET);
	struct nk_fs *fs = nk_comparison_fs(comparison, NK_TARGET);
	struct nk_err refused = NK_ERR_INIT;
	bool is_same = false;

	if (nk_sync_hash(&(struct nk_end){ nk_comparison_fs(comparison, NK_SOURCE), from },
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

/* What was changed just now may have been changed, copied and changed again within what a listing takes
 * for one minute. Asking each file that is no older would be as many round trips. */
static bool is_recent(const struct nk_entry *source, const struct nk_entry *target)
{
	return (source->is_rough || target->is_rough) && source->mtime != NK_ENTRY_NO_TIME &&
	       source->mtime > (int64_t)time(NULL) - PAIR_RECENT_SECONDS;
}

/* By size and time. */
static int compare_times(struct nk_comparison *comparison, struct nk_entry *source,
			 struct nk_entry *target, enum nk_sync_reason *reason, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(2 * PAIR_STAT_ARENA);
	enum nk_sync_compare by = (enum nk_sync_compare)comparison->sync->how->compare;
	enum nk_sync_verdict verdict = nk_sync_judge(source, target, by, false);
	bool was_later = false;

	if (verdict == NK_VERDICT_UNSURE ||
	    (verdict == NK_VERDICT_SAME && by == NK_COMPARE_TIME && is_recent(source, target))) {
		if (((source->is_rough || source->size < 0 || source->mtime == NK_ENTRY_NO_TIME) &&
		     ask(comparison, NK_SOURCE, &arena, source, err) < 0) ||
		    ((target->is_rough || target->size < 0 || target->mtime == NK_ENTRY_NO_TIME) &&
		     ask(comparison, NK_TARGET, &arena, target, err) < 0))
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

static int compare_files(struct nk_comparison *comparison, struct nk_entry *source,
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

static int compare_with(struct nk_comparison *comparison, struct nk_entry *source,
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
static int follow(const struct nk_comparison *comparison, struct nk_entry *entry,
		  struct nk_err *err)
{
	nk_auto(str) char *path = nk_comparison_path(comparison, NK_SOURCE);
	const struct nk_open_how how = { .direction = NK_READ, .size = -1, .deadline = NK_NEVER };
	nk_auto(stream) struct nk_stream *stream = NULL;
	struct nk_fs *fs = nk_comparison_fs(comparison, NK_SOURCE);

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
static int compare_links(struct nk_comparison *comparison, struct nk_entry *source,
			 struct nk_entry *target, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(PAIR_STAT_ARENA);

	if (!target)
		return add_file(comparison, source, NK_SYNC_NEW, err);
	if (target->kind != NK_KIND_LINK)
		return add_conflict(comparison, source, target, err);
	if (!target->link && ask(comparison, NK_TARGET, &arena, target, err) < 0)
		return -1;
	if (!target->link || strcmp(source->link, target->link) != 0)
		return add_file(comparison, source, NK_SYNC_LINK, err);
	comparison->same++;
	return 0;
}

static int compare_link(struct nk_comparison *comparison, struct nk_entry *source,
			struct nk_entry *target, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(PAIR_STAT_ARENA);
	int result;

	if (!source->link && ask(comparison, NK_SOURCE, &arena, source, err) < 0)
		return -1;
	if (source->kind != NK_KIND_LINK)
		return compare_with(comparison, source, target, err);
	if (nk_comparison_fs(comparison, NK_TARGET)->ops->symlink && source->link &&
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

unsigned nk_comparison_folder_flags(const struct nk_comparison *comparison,
				    const struct nk_entry *source, const struct nk_entry *target)
{
	const struct nk_fs_ops *ops = nk_comparison_fs(comparison, NK_TARGET)->ops;
	unsigned both = nk_comparison_fs(comparison, NK_SOURCE)->ops->caps & ops->caps;
	bool has_times = source->mtime != NK_ENTRY_NO_TIME && target->mtime != NK_ENTRY_NO_TIME;
	bool is_off;

	if (both & NK_FS_CAP_MODES) {
		is_off = source->mtime != target->mtime ||
			 (source->mode & 0777) != (target->mode & 0777);
		return (is_off ? NK_SYNC_IS_OFF : 0) |
		       (source->mode >= 0 && (target->mode & 0700) != 0700 ? NK_SYNC_IS_CLOSED : 0);
	}
	is_off = ops->set_mtime && has_times && !source->is_rough && !target->is_rough &&
		 source->mtime != target->mtime;
	return is_off ? NK_SYNC_IS_OFF : 0;
}

static int compare_folder(struct nk_comparison *comparison, const struct nk_entry *source,
			  const struct nk_entry *target, struct nk_err *err)
{
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
		return add_finding(comparison, NK_FOUND_FOLDER, source, NK_SYNC_IS_NEW, err);
	return add_finding(comparison, NK_FOUND_FOLDER, source,
			   nk_comparison_folder_flags(comparison, source, target), err);
}

/* --- one name --- */

/* A partial file that the copy of its file will take up, as far as a plan can tell. */
static bool is_partial(const struct nk_comparison *comparison)
{
	struct nk_fs *fs = nk_comparison_fs(comparison, NK_TARGET);
	nk_auto(str) char *path = nk_comparison_path(comparison, NK_TARGET);
	struct nk_err ignored = NK_ERR_INIT;
	size_t length = strlen(path);
	struct nk_left_over left = { .offset = 0 };

	if (!comparison->sync->dry_run || !fs->ops->left_over)
		return false;
	if (length > 5 && strcmp(path + length - 5, ".info") == 0)
		length -= 5;
	if (length <= 5 || strncmp(path + length - 5, ".part", 5) != 0)
		return false;
	path[length - 5] = '\0';
	return fs->ops->left_over(fs, path, NULL, false, &left, &ignored) == 0 &&
	       (left.offset > 0 || left.is_scattered);
}

/* Only the target has it. */
static int look_at_extra(struct nk_comparison *comparison, const struct nk_entry *target,
			 struct nk_err *err)
{
	if (!comparison->sync->how->deletes || is_partial(comparison))
		return 0;
	if (comparison->hides_dots && target->name[0] == '.') {
		nk_log(NK_LOG_NOTICE, "%s is kept: the source lists no names that begin with a dot",
		       comparison->relative.data);
		return 0;
	}
	return add_extra(comparison, target, NK_SYNC_EXTRA, err);
}

int nk_comparison_look(struct nk_comparison *comparison, struct nk_entry *source,
		       struct nk_entry *target, struct nk_err *err)
{
	const struct nk_entry *one = source ? source : target;

	if (!nk_filter_takes(comparison->sync->filter, comparison->relative.data, one->kind)) {
		/* What is left out stays, and so do the folders that hold it. */
		return comparison->folder->flags & NK_SYNC_IS_EXTRA
			       ? add_finding(comparison, NK_FOUND_KEPT, one, 0, err)
			       : 0;
	}
	if (!source)
		return look_at_extra(comparison, target, err);
	if (comparison->sync->how->deletes)
		nk_comparison_note(comparison, source->name);
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
	nk_auto(str) char *path = nk_comparison_path(comparison, NK_SOURCE);

	nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: is neither file, folder nor link", path);
	report_here(comparison, err);
	return 0;
}
