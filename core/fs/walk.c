/* walk.c - over a tree, folder by folder, in flat memory. */
#include "netkit/walk.h"

#include <assert.h>

#include "blame.h"

/* Longest path of a walk: names are bounded, and so is the depth. */
#define WALK_PATH_MAX ((size_t)(NK_WALK_DEPTH_MAX + 2) * (NK_ENTRY_NAME_MAX + 1))

#define WALK_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

/* A folder that was entered. */
struct walk_level {
	struct nk_spool *spool; /* NULL: not listed yet */
	size_t path_length;	/* of the folder's own paths */
	size_t relative_length;
	char *real; /* of a walk that follows: where its root and links lead; else NULL; owned */
};

struct nk_walk {
	const struct nk_filter *filter;
	struct nk_buf path; /* of the last item */
	struct nk_buf relative;
	struct nk_entry entry;	   /* of folders that are left, and of the root */
	struct walk_level *levels; /* the root first; owned */
	int depth;		   /* folders entered and not left */
	int room;		   /* levels allocated */
	bool is_begun;
	bool follows;
	struct nk_entry held; /* a link of the deepest folder that is to be followed */
	bool has_held;
	char *real;	/* where the link leads that is visited next; NULL: it is none; owned */
	bool is_broken; /* the deepest folder could not be listed: leave it next */
};

bool nk_filter_takes(const struct nk_filter *filter, const char *relative, enum nk_kind kind)
{
	const char *name = nk_path_name(relative);
	bool taken;

	if (!filter || relative[0] == '\0')
		return true;
	for (size_t i = 0; i < filter->exclude.count; i++) {
		const char *pattern = filter->exclude.items[i];

		if (nk_text_matches(pattern, strchr(pattern, '/') ? relative : name))
			return false;
	}
	taken = kind == NK_KIND_DIR || filter->include.count == 0;
	for (size_t i = 0; i < filter->include.count && !taken; i++) {
		const char *pattern = filter->include.items[i];

		taken = nk_text_matches(pattern, strchr(pattern, '/') ? relative : name);
	}
	return taken;
}

struct nk_walk *nk_walk_new(const char *path, const struct nk_filter *filter)
{
	struct nk_walk *walk = nk_alloc(sizeof(*walk));
	nk_auto(str) char *trimmed = nk_path_trim(path);
	size_t limit = strlen(trimmed) + WALK_PATH_MAX;
	int added;

	walk->filter = filter;
	walk->path = (struct nk_buf)NK_BUF_INIT(limit);
	walk->relative = (struct nk_buf)NK_BUF_INIT(limit);
	added = nk_buf_add_text(&walk->path, trimmed);
	assert(added == 0); /* the limit was made for it */
	(void)added;
	return walk;
}

void nk_walk_follow(struct nk_walk *walk)
{
	walk->follows = true;
}

/* Go down into the folder whose paths are the current ones. */
static void enter(struct nk_walk *walk)
{
	if (walk->depth == walk->room) {
		walk->room = walk->room == 0 ? 8 : walk->room * 2;
		walk->levels = nk_realloc(walk->levels, (size_t)walk->room * sizeof(*walk->levels));
	}
	walk->levels[walk->depth++] = (struct walk_level){
		.path_length = walk->path.len,
		.relative_length = walk->relative.len,
		.real = nk_take(walk->real),
	};
}

static void cut_to(struct nk_walk *walk, const struct walk_level *level)
{
	nk_buf_cut(&walk->path, level->path_length);
	nk_buf_cut(&walk->relative, level->relative_length);
}

static int give(struct nk_walk *walk, enum nk_walk_event event, const struct nk_entry *entry,
		struct nk_walk_item *item)
{
	*item = (struct nk_walk_item){
		.event = event,
		.entry = entry,
		.path = walk->path.data,
		.relative = walk->relative.data,
	};
	return 1;
}

/* An item about a folder, described by no more than its name. */
static int give_folder(struct nk_walk *walk, enum nk_walk_event event, struct nk_walk_item *item)
{
	walk->entry = (struct nk_entry)NK_ENTRY_INIT;
	walk->entry.kind = NK_KIND_DIR;
	walk->entry.name = nk_path_name(walk->path.data);
	return give(walk, event, &walk->entry, item);
}

static int leave(struct nk_walk *walk, struct nk_walk_item *item)
{
	struct walk_level *level = &walk->levels[--walk->depth];

	nk_spool_free(level->spool);
	free(level->real);
	walk->is_broken = false;
	cut_to(walk, level);
	return give_folder(walk, NK_WALK_LEAVE, item);
}

/* List the deepest folder. 0: done, 1: with an error item, NK_WALK_BUSY, -1. */
static int list(struct nk_walk *walk, struct nk_fs *fs, struct nk_walk_item *item,
		struct nk_err *err)
{
	struct walk_level *level = &walk->levels[walk->depth - 1];
	nk_auto(spool) struct nk_spool *spool = NULL;

	cut_to(walk, level);
	if (!fs)
		return NK_WALK_BUSY;
	spool = nk_spool_new();
	if (nk_fs_list(fs, walk->path.data, spool, err) == 0) {
		level->spool = nk_take(spool);
		return 0;
	}
	/* With a new session the caller may come back to this very folder. */
	if (nk_fs_is_session_error(err->domain))
		return -1;
	walk->is_broken = true;
	return give_folder(walk, NK_WALK_ERROR, item);
}

/* Make the current paths those of entry in the deepest folder. */
static int descend(struct nk_walk *walk, const struct nk_entry *entry, struct nk_err *err)
{
	const struct walk_level *level = &walk->levels[walk->depth - 1];
	int result = 0;

	cut_to(walk, level);
	bool has_slash = walk->path.len > 0 && walk->path.data[walk->path.len - 1] == '/';
	if (!has_slash)
		result = nk_buf_add_char(&walk->path, '/');
	if (result == 0)
		result = nk_buf_add_text(&walk->path, entry->name);
	if (result == 0 && walk->relative.len > 0)
		result = nk_buf_add_char(&walk->relative, '/');
	if (result == 0)
		result = nk_buf_add_text(&walk->relative, entry->name);
	return result < 0 ? nk_fail(err, NK_E_PROTO, 0, "a path that is too long") : 0;
}

/* The item for one entry: 1, or 0 when the filter drops it. */
static int visit(struct nk_walk *walk, struct nk_entry *entry, struct nk_walk_item *item,
		 struct nk_err *err)
{
	walk->entry = *entry;
	if (nk_fs_safe_name(entry->name, err) < 0 || descend(walk, entry, err) < 0) {
		cut_to(walk, &walk->levels[walk->depth - 1]);
		nk_wrap(err, "%s", walk->path.data);
		return give(walk, NK_WALK_ERROR, &walk->entry, item);
	}
	if (!nk_filter_takes(walk->filter, walk->relative.data, entry->kind))
		return 0;
	if (entry->kind != NK_KIND_DIR)
		return give(walk, NK_WALK_FILE, &walk->entry, item);
	if (walk->depth == NK_WALK_DEPTH_MAX) {
		nk_fail(err, NK_E_PROTO, 0, "%s: folders in more than %d folders", walk->path.data,
			NK_WALK_DEPTH_MAX);
		return give(walk, NK_WALK_ERROR, &walk->entry, item);
	}
	enter(walk);
	return give(walk, NK_WALK_ENTER, &walk->entry, item);
}

/* Is the walk in the folder with this real path? Another turn through it would never end. */
static bool is_entered(const struct nk_walk *walk, const char *real)
{
	nk_auto(str) char *at = NULL;
	size_t outside = 0;
	bool is_same = false;

	for (int i = 0; i < walk->depth && !is_same; i++) {
		const struct walk_level *level = &walk->levels[i];
		nk_auto(str) char *name =
			nk_strndup(walk->path.data + outside, level->path_length - outside);
		char *own = level->real ? nk_strdup(level->real)
					: nk_path_join(at, name + strspn(name, "/"));

		free(at);
		at = own;
		outside = level->path_length;
		is_same = strcmp(at, real) == 0;
	}
	return is_same;
}

/* May the walk enter the folder that the link at path leads to? Then walk->real is where. */
static bool may_enter(struct nk_walk *walk, struct nk_fs *fs, const char *path, struct nk_err *why)
{
	struct walk_level *root = &walk->levels[0];
	nk_auto(str) char *top = nk_strndup(walk->path.data, root->path_length);
	nk_auto(str) char *real = NULL;

	if (!fs->ops->real_path)
		return true;
	if ((!root->real && fs->ops->real_path(fs, top, &root->real, why) < 0) ||
	    fs->ops->real_path(fs, path, &real, why) < 0 || is_entered(walk, real))
		return false;
	walk->real = nk_take(real);
	return true;
}

/* Make of a link what it points to. */
static int follow(struct nk_walk *walk, struct nk_fs *fs, struct nk_entry *entry,
		  struct nk_err *err)
{
	const struct walk_level *level = &walk->levels[walk->depth - 1];
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(WALK_STAT_ARENA);
	nk_auto(str) char *folder = nk_strndup(walk->path.data, level->path_length);
	nk_auto(str) char *path = nk_path_join(folder, entry->name);
	nk_auto(str) char *inside = nk_path_join(path, ".");
	struct nk_entry found = NK_ENTRY_INIT;
	struct nk_err no_folder = NK_ERR_INIT;

	entry->link = NULL;
	if (nk_fs_safe_name(entry->name, &no_folder) < 0)
		return 0;
	if (nk_fs_stat(fs, inside, &arena, &found, &no_folder) == 0 && found.kind == NK_KIND_DIR &&
	    may_enter(walk, fs, path, &no_folder)) {
		entry->kind = NK_KIND_DIR;
		entry->size = -1;
		entry->mtime = found.mtime;
		entry->mode = found.mode;
	}
	if (!nk_fs_is_session_error(no_folder.domain))
		return 0;
	*err = no_folder;
	return -1;
}

/* The next entry of the deepest folder. 1, 0 at the end, NK_WALK_BUSY, -1. */
static int take_entry(struct nk_walk *walk, struct nk_fs *fs, struct nk_entry *entry,
		      struct nk_err *err)
{
	const struct walk_level *level = &walk->levels[walk->depth - 1];
	int result = walk->has_held ? 1 : nk_spool_next(level->spool, &walk->held, err);

	free(nk_take(walk->real));
	walk->has_held = result == 1 && walk->follows && walk->held.kind == NK_KIND_LINK;
	if (result != 1)
		return result;
	if (walk->has_held && !fs)
		return NK_WALK_BUSY;
	*entry = walk->held;
	if (walk->has_held && follow(walk, fs, entry, err) < 0)
		return -1;
	walk->has_held = false;
	return 1;
}

int nk_walk_next(struct nk_walk *walk, struct nk_fs *fs, struct nk_walk_item *item,
		 struct nk_err *err)
{
	if (!walk->is_begun) {
		walk->is_begun = true;
		enter(walk);
		return give_folder(walk, NK_WALK_ENTER, item);
	}
	while (walk->depth > 0) {
		struct walk_level *level = &walk->levels[walk->depth - 1];
		struct nk_entry entry;
		int result;

		if (walk->is_broken)
			return leave(walk, item);
		if (!level->spool) {
			result = list(walk, fs, item, err);
			if (result != 0)
				return result;
		}
		result = take_entry(walk, fs, &entry, err);
		if (result == 0)
			return leave(walk, item);
		if (result != 1)
			return result;
		if (visit(walk, &entry, item, err) > 0)
			return 1;
	}
	return 0;
}

void nk_walk_prune(struct nk_walk *walk)
{
	walk->is_broken = walk->depth > 0;
}

void nk_walk_free(struct nk_walk *walk)
{
	if (!walk)
		return;
	for (int i = 0; i < walk->depth; i++) {
		nk_spool_free(walk->levels[i].spool);
		free(walk->levels[i].real);
	}
	free(walk->levels);
	free(walk->real);
	nk_buf_release(&walk->path);
	nk_buf_release(&walk->relative);
	free(walk);
}
