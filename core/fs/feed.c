/* feed.c - what is to be copied, one file after the other. */
#include "feed.h"

#include "blame.h"
#include "syncwork.h"

#define FEED_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

struct operand {
	const struct nk_place *source;
	const struct nk_place *target;
	bool is_failed; /* its session did */
};

struct nk_feed {
	bool recursive;
	bool follows;
	const struct nk_filter *filter;
	struct operand *operands; /* owned */
	int count;
	struct nk_sync *sync; /* NULL: operands are walked over; borrowed */
	int next;	      /* operand that comes next */
	struct nk_walk *walk; /* over operand next - 1; NULL: between operands */

	/* What a peek had to fetch and could not use. */
	bool has_pending;
	enum nk_feed_event pending;
	struct nk_feed_item pending_item;
	struct nk_err pending_err;

	/* Files that came back; at most one a worker. */
	struct nk_feed_item returned[NK_JOBS_MAX * 2];
	int returned_count;
};

void nk_feed_item_release(struct nk_feed_item *item)
{
	free(item->source);
	free(item->target);
	free(item->relative);
	free(item->link);
	*item = (struct nk_feed_item)NK_FEED_ITEM_INIT;
}

struct nk_feed *nk_feed_new(bool recursive, const struct nk_filter *filter)
{
	struct nk_feed *feed = nk_alloc(sizeof(*feed));

	feed->recursive = recursive;
	feed->filter = filter;
	return feed;
}

void nk_feed_follow(struct nk_feed *feed)
{
	feed->follows = true;
}

void nk_feed_sync(struct nk_feed *feed, struct nk_sync *sync)
{
	feed->sync = sync;
}

void nk_feed_add(struct nk_feed *feed, const struct nk_place *source, const struct nk_place *target)
{
	size_t count = (size_t)feed->count + 1;

	feed->operands = nk_realloc(feed->operands, count * sizeof(*feed->operands));
	feed->operands[feed->count++] = (struct operand){ .source = source, .target = target };
	if (feed->sync)
		nk_sync_begin(feed->sync, source, target);
}

const struct nk_place *nk_feed_source(const struct nk_feed *feed, int operand)
{
	return feed->operands[operand].source;
}

const struct nk_place *nk_feed_target(const struct nk_feed *feed, int operand)
{
	return feed->operands[operand].target;
}

/* An item for the operand itself. */
static void name_operand(const struct nk_feed *feed, int operand, struct nk_feed_item *item)
{
	*item = (struct nk_feed_item){
		.operand = operand,
		.source = nk_strdup(feed->operands[operand].source->path),
		.target = nk_strdup(feed->operands[operand].target->path),
	};
}

static void keep_entry(struct nk_feed_item *item, const struct nk_entry *entry)
{
	item->has_entry = true;
	item->entry = *entry;
	item->link = nk_strdup(entry->link);
	item->entry.name = "";
	item->entry.link = item->link;
}

/* An item for what the walk found. */
static void name_found(const struct nk_feed *feed, const struct nk_walk_item *found,
		       struct nk_feed_item *item)
{
	int operand = feed->next - 1;
	const char *target = feed->operands[operand].target->path;

	*item = (struct nk_feed_item){
		.operand = operand,
		.source = nk_strdup(found->path),
		.target = found->relative[0] == '\0' ? nk_strdup(target)
						     : nk_path_join(target, found->relative),
		.relative = nk_strdup(found->relative),
	};
	keep_entry(item, found->entry);
}

bool nk_place_is_mounted(const struct nk_place *place, const struct nk_fs *fs)
{
	return fs && fs->ops == place->ops && fs->session == place->session;
}

/* The next item of the walk. NK_FEED_END: it is over. */
static enum nk_feed_event next_found(struct nk_feed *feed, struct nk_fs *fs,
				     struct nk_feed_item *item, struct nk_err *err)
{
	const struct nk_place *source = feed->operands[feed->next - 1].source;
	struct nk_fs *own = nk_place_is_mounted(source, fs) ? fs : NULL;
	struct nk_walk_item found;
	int result;

	do {
		result = nk_walk_next(feed->walk, own, &found, err);
	} while (result == 1 && found.event == NK_WALK_LEAVE);
	if (result == 1) {
		name_found(feed, &found, item);
		if (found.event == NK_WALK_ERROR)
			return NK_FEED_ERROR;
		return found.event == NK_WALK_ENTER ? NK_FEED_FOLDER : NK_FEED_FILE;
	}
	if (result == 0) {
		nk_feed_leave(feed);
		return NK_FEED_END;
	}
	name_operand(feed, feed->next - 1, item);
	return result == NK_WALK_BUSY ? NK_FEED_BUSY : NK_FEED_LOST;
}

bool nk_feed_is_folder(struct nk_fs *fs, const char *path)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(FEED_STAT_ARENA);
	nk_auto(str) char *inside = nk_path_join(path, ".");
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err unknown = NK_ERR_INIT;

	return nk_fs_stat(fs, inside, &arena, &entry, &unknown) == 0 && entry.kind == NK_KIND_DIR;
}

/* Look at what the user named: a folder is walked, anything else is one file. */
static enum nk_feed_event look_at_operand(struct nk_feed *feed, struct nk_fs *fs,
					  struct nk_feed_item *item, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(FEED_STAT_ARENA);
	const struct nk_place *source = feed->operands[feed->next].source;
	struct nk_entry entry = NK_ENTRY_INIT;
	bool is_folder = strcmp(source->path, "/") == 0;

	if (!is_folder && nk_fs_stat(fs, source->path, &arena, &entry, err) < 0) {
		if (nk_fs_is_session_error(err->domain))
			return NK_FEED_LOST;
		nk_fs_blame_local(source->ops, NK_E_READ, err);
		feed->next++;
		return NK_FEED_ERROR;
	}
	feed->next++;
	if (!is_folder)
		is_folder = entry.kind == NK_KIND_DIR ||
			    (entry.kind == NK_KIND_LINK && nk_feed_is_folder(fs, source->path));
	if (!is_folder) {
		keep_entry(item, &entry);
		return NK_FEED_FILE;
	}
	feed->walk = nk_walk_new(source->path, feed->filter);
	if (feed->follows)
		nk_walk_follow(feed->walk);
	nk_feed_item_release(item);
	enum nk_feed_event event = next_found(feed, NULL, item, err);

	/* The walk knows no more of its root than its path. */
	if (entry.kind == NK_KIND_DIR && item->has_entry) {
		item->entry.mode = entry.mode;
		item->entry.mtime = entry.mtime;
		item->entry.is_rough = entry.is_rough;
	}
	return event;
}

static enum nk_feed_event next_operand(struct nk_feed *feed, struct nk_fs *fs,
				       struct nk_feed_item *item, struct nk_err *err)
{
	const struct nk_place *source = feed->operands[feed->next].source;

	name_operand(feed, feed->next, item);
	if (!feed->recursive || !source->ops->stat || !source->ops->list) {
		feed->next++;
		return NK_FEED_FILE;
	}
	if (!nk_place_is_mounted(source, fs))
		return NK_FEED_BUSY;
	return look_at_operand(feed, fs, item, err);
}

static enum nk_feed_event take_pending(struct nk_feed *feed, struct nk_feed_item *item,
				       struct nk_err *err)
{
	feed->has_pending = false;
	*item = feed->pending_item;
	feed->pending_item = (struct nk_feed_item)NK_FEED_ITEM_INIT;
	*err = feed->pending_err;
	return feed->pending;
}

enum nk_feed_event nk_feed_next(struct nk_feed *feed, struct nk_fs *fs, struct nk_feed_item *item,
				struct nk_err *err)
{
	if (feed->returned_count > 0) {
		*item = feed->returned[--feed->returned_count];
		return NK_FEED_FILE;
	}
	if (feed->sync)
		return feed->operands[0].is_failed ? NK_FEED_END
						   : nk_sync_next(feed->sync, item, err);
	if (feed->has_pending)
		return take_pending(feed, item, err);
	if (feed->walk) {
		enum nk_feed_event event = next_found(feed, fs, item, err);

		if (event != NK_FEED_END)
			return event;
	}
	while (feed->next < feed->count && feed->operands[feed->next].is_failed)
		feed->next++;
	return feed->next < feed->count ? next_operand(feed, fs, item, err) : NK_FEED_END;
}

static bool is_same_sessions(const struct operand *a, const struct operand *b)
{
	return a->source->ops == b->source->ops && a->source->session == b->source->session &&
	       a->target->ops == b->target->ops && a->target->session == b->target->session;
}

bool nk_feed_peek(struct nk_feed *feed, int operand, struct nk_feed_item *item)
{
	struct nk_feed_item found = NK_FEED_ITEM_INIT;
	struct nk_err err = NK_ERR_INIT;
	enum nk_feed_event event;

	if (feed->sync)
		return !feed->operands[0].is_failed && nk_sync_next_file(feed->sync, item);
	if (feed->has_pending)
		return false;
	event = nk_feed_next(feed, NULL, &found, &err);
	if (event == NK_FEED_FILE &&
	    is_same_sessions(&feed->operands[operand], &feed->operands[found.operand])) {
		*item = found;
		return true;
	}
	if (event == NK_FEED_BUSY || event == NK_FEED_END) {
		nk_feed_item_release(&found);
		return false;
	}
	feed->has_pending = true;
	feed->pending = event;
	feed->pending_item = found;
	feed->pending_err = err;
	return false;
}

void nk_feed_return(struct nk_feed *feed, struct nk_feed_item *item)
{
	if (feed->operands[item->operand].is_failed) {
		nk_feed_item_release(item);
		return;
	}
	feed->returned[feed->returned_count++] = *item;
	*item = (struct nk_feed_item)NK_FEED_ITEM_INIT;
}

void nk_feed_put_back(struct nk_feed *feed, struct nk_feed_item *item)
{
	if (feed->sync) {
		nk_sync_put_back(feed->sync, item);
		return;
	}
	feed->has_pending = true;
	feed->pending = NK_FEED_FOLDER;
	feed->pending_item = *item;
	*item = (struct nk_feed_item)NK_FEED_ITEM_INIT;
}

bool nk_feed_has_more(const struct nk_feed *feed)
{
	if (feed->sync)
		return feed->returned_count > 0 ||
		       (!feed->operands[0].is_failed && nk_sync_has_more(feed->sync));
	return feed->returned_count > 0 || feed->has_pending || feed->walk ||
	       feed->next < feed->count;
}

void nk_feed_prune(struct nk_feed *feed)
{
	if (feed->walk)
		nk_walk_prune(feed->walk);
}

void nk_feed_leave(struct nk_feed *feed)
{
	if (feed->walk)
		nk_walk_free(nk_take(feed->walk));
	else
		feed->next++;
}

void nk_feed_fail(struct nk_feed *feed, const struct nk_session *session)
{
	int kept = 0;

	for (int i = 0; i < feed->count; i++) {
		struct operand *operand = &feed->operands[i];

		if (operand->source->session == session || operand->target->session == session)
			operand->is_failed = true;
	}
	if (feed->walk && feed->operands[feed->next - 1].is_failed)
		nk_feed_leave(feed);
	if (feed->has_pending && feed->operands[feed->pending_item.operand].is_failed) {
		nk_feed_item_release(&feed->pending_item);
		feed->has_pending = false;
	}
	for (int i = 0; i < feed->returned_count; i++) {
		if (feed->operands[feed->returned[i].operand].is_failed)
			nk_feed_item_release(&feed->returned[i]);
		else
			feed->returned[kept++] = feed->returned[i];
	}
	feed->returned_count = kept;
}

void nk_feed_free(struct nk_feed *feed)
{
	if (!feed)
		return;
	for (int i = 0; i < feed->returned_count; i++)
		nk_feed_item_release(&feed->returned[i]);
	nk_feed_item_release(&feed->pending_item);
	nk_walk_free(feed->walk);
	free(feed->operands);
	free(feed);
}
