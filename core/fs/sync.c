/* sync.c - what two trees that are compared have waiting. */
#include "syncwork.h"

#include <assert.h>

struct nk_sync *nk_sync_new(const struct nk_sync_how *how, const struct nk_filter *filter,
			    bool dry_run)
{
	struct nk_sync *sync = nk_alloc(sizeof(*sync));

	sync->how = how;
	sync->filter = filter;
	sync->dry_run = dry_run;
	pthread_mutex_init(&sync->clock_lock, NULL);
	sync->folders = nk_spool_new();
	sync->files = nk_spool_new();
	sync->extras = nk_spool_new();
	sync->extra_folders = nk_spool_new();
	return sync;
}

void nk_sync_free(struct nk_sync *sync)
{
	if (!sync)
		return;
	pthread_mutex_destroy(&sync->clock_lock);
	nk_spool_free(sync->folders);
	nk_spool_free(sync->files);
	nk_spool_free(sync->extras);
	nk_spool_free(sync->extra_folders);
	nk_spool_free(sync->doomed);
	free(sync->stuck);
	free(sync);
}

void nk_sync_begin(struct nk_sync *sync, const struct nk_place *source,
		   const struct nk_place *target)
{
	struct nk_entry root = NK_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;
	int added;

	sync->source = source;
	sync->target = target;
	root.kind = NK_KIND_DIR;
	root.uid = NK_SYNC_IS_ROOT;
	added = nk_spool_add(sync->folders, &root, &err);
	assert(added == 0); /* the first entry stays in memory */
	(void)added;
	sync->folders_left = 1;
}

char *nk_sync_path(const struct nk_place *place, const char *relative)
{
	nk_auto(str) char *trimmed = nk_path_trim(place->path);

	return relative[0] == '\0' ? nk_take(trimmed) : nk_path_join(trimmed, relative);
}

/* An item for an entry that waited. */
static void name_item(const struct nk_sync *sync, const struct nk_entry *entry,
		      struct nk_feed_item *item)
{
	*item = (struct nk_feed_item){
		.source = nk_sync_path(sync->source, entry->name),
		.target = nk_sync_path(sync->target, entry->name),
		.relative = nk_strdup(entry->name),
		.link = nk_strdup(entry->link),
		.has_entry = true,
		.entry = *entry,
	};
	item->entry.name = "";
	item->entry.link = item->link;
	item->entry.uid = item->entry.gid = -1;
}

/* What waits in a file is lost when that cannot be read. */
static enum nk_feed_event fail(struct nk_sync *sync, int64_t *left, struct nk_feed_item *item)
{
	const struct nk_entry nothing = NK_ENTRY_INIT;

	*left = 0;
	sync->is_cut = true;
	name_item(sync, &nothing, item);
	return NK_FEED_ERROR;
}

static enum nk_feed_event take_file(struct nk_sync *sync, struct nk_feed_item *item,
				    struct nk_err *err)
{
	struct nk_entry entry;

	if (nk_spool_next(sync->files, &entry, err) <= 0)
		return fail(sync, &sync->files_left, item);
	sync->files_left--;
	name_item(sync, &entry, item);
	item->action = (int)entry.uid;
	item->reason = (int)entry.gid;
	return NK_FEED_FILE;
}

static enum nk_feed_event take_folder(struct nk_sync *sync, struct nk_feed_item *item,
				      struct nk_err *err)
{
	struct nk_entry entry;

	if (nk_spool_next(sync->folders, &entry, err) <= 0)
		return fail(sync, &sync->folders_left, item);
	sync->folders_left--;
	name_item(sync, &entry, item);
	item->flags = (unsigned)entry.uid;
	return NK_FEED_COMPARE;
}

enum nk_feed_event nk_sync_next(struct nk_sync *sync, struct nk_feed_item *item, struct nk_err *err)
{
	if (sync->lost.domain != NK_E_NONE) {
		*err = sync->lost;
		sync->lost = (struct nk_err)NK_ERR_INIT;
		return fail(sync, &sync->files_left, item);
	}
	if (sync->files_left > 0)
		return take_file(sync, item, err);
	if (sync->folders_left > 0 && sync->comparing < NK_SYNC_COMPARERS_MAX)
		return take_folder(sync, item, err);
	return NK_FEED_END;
}

bool nk_sync_next_file(struct nk_sync *sync, struct nk_feed_item *item)
{
	if (sync->files_left == 0 || sync->lost.domain != NK_E_NONE)
		return false;
	if (take_file(sync, item, &sync->lost) == NK_FEED_FILE)
		return true;
	nk_feed_item_release(item);
	return false;
}

bool nk_sync_has_more(const struct nk_sync *sync)
{
	return sync->files_left > 0 || sync->lost.domain != NK_E_NONE ||
	       (sync->folders_left > 0 && sync->comparing < NK_SYNC_COMPARERS_MAX);
}

void nk_sync_put_back(struct nk_sync *sync, const struct nk_feed_item *item)
{
	struct nk_entry entry = item->entry;

	entry.name = item->relative;
	entry.uid = item->flags;
	if (nk_spool_add(sync->folders, &entry, &sync->lost) == 0)
		sync->folders_left++;
}
