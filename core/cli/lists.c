/* lists.c - the verbs that look: ls, stat, find, du, df. */
#include "fsverbs.h"

#include "netkit/log.h"

/* A folder with up to so many entries, or bytes of them, is shown sorted by name; a larger one in
 * the server's order, so that memory stays flat. */
#define SORT_ENTRIES_MAX 8192
#define SORT_BYTES_MAX	 ((size_t)2 << 20)

/* What a stat keeps: a name and a link's target. */
#define STAT_ARENA_MAX ((size_t)64 * 1024)

int nk_entry_print(const struct nk_ctx *ctx, const struct nk_place *place,
		   const struct nk_entry *entry, const char *name, const char *path,
		   struct nk_err *err)
{
	nk_auto(str) char *url = nk_place_label(ctx, place, path);
	const struct nk_entry_row row = {
		.kind = nk_kind_word(entry->kind),
		.size = entry->size,
		.mtime = entry->mtime,
		.name = name,
		.url = url,
		.mode = entry->mode,
		.link = entry->link,
	};

	return nk_out_put(ctx->out, &nk_entry_record, &row, err);
}

static void free_entries(struct nk_entry **entries)
{
	free(*entries);
}
NK_AUTO(entries, struct nk_entry *, free_entries)

/* One entry of a folder, unless its name says that it is hidden. */
static int print_in(const struct nk_ctx *ctx, const struct nk_place *place,
		    const struct nk_entry *entry, struct nk_err *err)
{
	const struct nk_list_opts *opts = ctx->verb_opts;

	if (entry->name[0] == '.' && !opts->all)
		return 0;
	nk_auto(str) char *path = nk_path_join(place->path, entry->name);

	return nk_entry_print(ctx, place, entry, entry->name, path, err);
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct nk_entry *)a)->name, ((const struct nk_entry *)b)->name);
}

/* Keep entry in the arena; false when it does not fit. */
static bool keep(struct nk_arena *arena, struct nk_entry *kept, const struct nk_entry *entry)
{
	char *name = nk_arena_strndup(arena, entry->name, strlen(entry->name));
	char *link = name && entry->link ? nk_arena_strndup(arena, entry->link, strlen(entry->link))
					 : NULL;

	if (!name || (entry->link && !link))
		return false;
	*kept = *entry;
	kept->name = name;
	kept->link = link;
	kept->owner = kept->group = NULL; /* not shown here */
	return true;
}

static int print_sorted(const struct nk_ctx *ctx, const struct nk_place *place,
			struct nk_entry *entries, int count, struct nk_err *err)
{
	qsort(entries, (size_t)count, sizeof(*entries), compare_entries);
	for (int i = 0; i < count; i++) {
		if (print_in(ctx, place, &entries[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Print a folder's entries: sorted when they are few, else as they come. */
static int print_spool(const struct nk_ctx *ctx, const struct nk_place *place,
		       struct nk_spool *spool, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(SORT_BYTES_MAX);
	size_t room = nk_spool_count(spool);
	nk_auto(entries) struct nk_entry *entries = NULL;
	struct nk_entry entry;
	int more, count = 0;

	if (room > SORT_ENTRIES_MAX)
		room = 0;
	entries = nk_alloc((room + 1) * sizeof(*entries));
	while ((more = nk_spool_next(spool, &entry, err)) > 0) {
		if ((size_t)count < room && keep(&arena, &entries[count], &entry)) {
			count++;
			continue;
		}
		/* Too much for sorting after all: what was kept goes first. */
		if (print_sorted(ctx, place, entries, count, err) < 0 ||
		    print_in(ctx, place, &entry, err) < 0)
			return -1;
		count = 0;
		room = 0;
	}
	return more < 0 ? -1 : print_sorted(ctx, place, entries, count, err);
}

static bool is_hidden(const char *relative)
{
	return relative[0] == '.' || strstr(relative, "/.");
}

static int print_tree(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_fs *fs,
		      struct nk_tally *tally, struct nk_err *err)
{
	const struct nk_list_opts *opts = ctx->verb_opts;
	nk_auto(walk) struct nk_walk *walk = nk_walk_new(place->path, NULL);
	struct nk_walk_item item;
	int more;

	while ((more = nk_walk_next(walk, fs, &item, err)) > 0) {
		if (item.event == NK_WALK_ERROR) {
			if (nk_tally_fail(tally, err, nk_place_label(ctx, place, item.path)) < 0)
				return -1;
			continue;
		}
		if (item.event == NK_WALK_LEAVE || item.relative[0] == '\0' ||
		    (!opts->all && is_hidden(item.relative)))
			continue;
		if (nk_entry_print(ctx, place, item.entry, item.relative, item.path, err) < 0)
			return -1;
	}
	return more;
}

/* What the path is; *is_folder stays true where the protocol cannot tell. */
static int look(struct nk_fs *fs, const struct nk_place *place, struct nk_arena *arena,
		struct nk_entry *entry, bool *is_folder, struct nk_err *err)
{
	const char *path = place->path;

	*is_folder = true;
	if (!place->ops->stat || path[strlen(path) - 1] == '/')
		return 0;
	if (nk_fs_stat(fs, path, arena, entry, err) < 0)
		return err->domain == NK_E_UNSUPPORTED ? 0 : -1;
	*is_folder = entry->kind == NK_KIND_DIR || entry->kind == NK_KIND_LINK;
	return 0;
}

static int ls_one(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_tally *tally,
		  struct nk_err *err)
{
	const struct nk_list_opts *opts = ctx->verb_opts;
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(STAT_ARENA_MAX);
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_fs *fs;
	bool is_folder;

	if (nk_opener_mount_once(ctx->opener, place, &fs, err) < 0 ||
	    look(fs, place, &arena, &entry, &is_folder, err) < 0)
		return -1;
	if (is_folder && entry.kind == NK_KIND_LINK && nk_fs_list(fs, place->path, spool, err) < 0)
		is_folder = false; /* the link does not lead to a folder */
	if (!is_folder)
		return nk_entry_print(ctx, place, &entry, nk_path_name(place->path), place->path,
				      err);
	if (opts->recursive)
		return print_tree(ctx, place, fs, tally, err);
	if (nk_spool_count(spool) == 0 && nk_fs_list(fs, place->path, spool, err) < 0)
		return -1;
	return print_spool(ctx, place, spool, err);
}

static int stat_one(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_tally *tally,
		    struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(STAT_ARENA_MAX);
	nk_auto(str) char *path = nk_path_trim(place->path);
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_fs *fs;

	if (nk_opener_mount_once(ctx->opener, place, &fs, err) < 0 ||
	    nk_fs_stat(fs, path, &arena, &entry, err) < 0)
		return -1;
	nk_tally_add(tally, 0);
	return nk_entry_print(ctx, place, &entry, nk_path_name(path), path, err);
}

struct find_terms {
	const struct nk_find_opts *opts;
	int64_t newer;
};

static bool is_wanted(const struct find_terms *terms, const struct nk_entry *entry)
{
	static const enum nk_kind kinds[] = { NK_KIND_OTHER, NK_KIND_FILE, NK_KIND_DIR,
					      NK_KIND_LINK };
	const struct nk_find_opts *opts = terms->opts;

	if (opts->name && !nk_text_matches(opts->name, entry->name))
		return false;
	if (opts->type && entry->kind != kinds[opts->type])
		return false;
	if (opts->newer && (entry->mtime == NK_ENTRY_NO_TIME || entry->mtime <= terms->newer))
		return false;
	return !opts->larger || entry->size > (int64_t)opts->larger;
}

static int find_one(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_tally *tally,
		    struct nk_err *err)
{
	struct find_terms terms = { .opts = ctx->verb_opts };
	nk_auto(walk) struct nk_walk *walk = nk_walk_new(place->path, NULL);
	struct nk_walk_item item;
	struct nk_fs *fs;
	int more;

	if (terms.opts->newer && !nk_clock_parse(terms.opts->newer, &terms.newer))
		return nk_fail(err, NK_E_USAGE, 0, "--newer: '%s' is no date and no duration",
			       terms.opts->newer);
	if (nk_opener_mount_once(ctx->opener, place, &fs, err) < 0)
		return -1;
	while ((more = nk_walk_next(walk, fs, &item, err)) > 0) {
		if (item.event == NK_WALK_ERROR) {
			if (nk_tally_fail(tally, err, nk_place_label(ctx, place, item.path)) < 0)
				return -1;
			continue;
		}
		if (item.event == NK_WALK_LEAVE || item.relative[0] == '\0' ||
		    !is_wanted(&terms, item.entry))
			continue;
		nk_tally_add(tally, 0);
		if (nk_entry_print(ctx, place, item.entry, item.relative, item.path, err) < 0)
			return -1;
	}
	return more;
}

/* The sums of the folders that the walk is in. */
struct sums {
	int64_t bytes[NK_WALK_DEPTH_MAX + 1];
	int64_t files[NK_WALK_DEPTH_MAX + 1];
	int depth; /* folders entered */
};

static int print_sum(const struct nk_ctx *ctx, const struct nk_place *place, struct sums *sums,
		     const struct nk_walk_item *item, struct nk_err *err)
{
	const struct nk_usage_opts *opts = ctx->verb_opts;
	int at = --sums->depth;
	nk_auto(str) char *url = nk_place_label(ctx, place, item->path);
	const struct nk_usage_row row = {
		.bytes = sums->bytes[at],
		.files = sums->files[at],
		.name = item->relative[0] ? item->relative : ".",
		.url = url,
	};

	if (at > 0) {
		sums->bytes[at - 1] += sums->bytes[at];
		sums->files[at - 1] += sums->files[at];
	}
	return opts->summary && at > 0 ? 0 : nk_out_put(ctx->out, &nk_usage_record, &row, err);
}

static int du_step(const struct nk_ctx *ctx, const struct nk_place *place, struct sums *sums,
		   const struct nk_walk_item *item, struct nk_err *err)
{
	if (item->event == NK_WALK_LEAVE)
		return print_sum(ctx, place, sums, item, err);
	if (item->event == NK_WALK_ENTER) {
		sums->bytes[sums->depth] = sums->files[sums->depth] = 0;
		sums->depth++;
		return 0;
	}
	sums->files[sums->depth - 1]++;
	if (item->entry->size > 0)
		sums->bytes[sums->depth - 1] += item->entry->size;
	return 0;
}

static int du_one(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_tally *tally,
		  struct nk_err *err)
{
	nk_auto(str) char *path = nk_path_trim(place->path);
	nk_auto(walk) struct nk_walk *walk = nk_walk_new(path, NULL);
	struct nk_walk_item item;
	struct sums sums = { .depth = 0 };
	struct nk_fs *fs;
	int more;

	if (nk_opener_mount_once(ctx->opener, place, &fs, err) < 0)
		return -1;
	while ((more = nk_walk_next(walk, fs, &item, err)) > 0) {
		int status =
			item.event == NK_WALK_ERROR
				? nk_tally_fail(tally, err, nk_place_label(ctx, place, item.path))
				: du_step(ctx, place, &sums, &item, err);

		if (status < 0)
			return -1;
	}
	return more;
}

static int df_one(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_tally *tally,
		  struct nk_err *err)
{
	struct nk_space_row row = { .total = -1 };
	nk_auto(str) char *url = nk_place_label(ctx, place, place->path);
	struct nk_fs *fs;

	if (nk_opener_mount_once(ctx->opener, place, &fs, err) < 0 ||
	    nk_fs_space(fs, place->path, &row.available, &row.total, err) < 0)
		return -1;
	nk_tally_add(tally, 0);
	row.url = url;
	return nk_out_put(ctx->out, &nk_space_record, &row, err);
}

/* Do one thing with each URL. */
static int each(struct nk_ctx *ctx, struct nk_tally *tally, bool glob, nk_one_fn *one,
		struct nk_err *err)
{
	nk_auto(places) struct nk_places places = { 0 };

	if (nk_verb_wants(ctx, 1, -1, err) < 0 ||
	    nk_opener_places(ctx->opener, ctx->operands, ctx->operand_count, &places, err) < 0)
		return -1;
	if (glob && nk_glob_places(ctx->opener, &places, err) < 0)
		return -1;
	tally->is_together = nk_places_are_together(&places);
	for (int i = 0; i < places.count; i++) {
		const struct nk_place *place = &places.items[i];
		int64_t before = tally->ok + tally->failed;

		if (nk_place_try(ctx, place, one, tally, err) >= 0) {
			/* A folder that is empty was listed all the same. */
			tally->ok += tally->ok + tally->failed == before && one != find_one;
			continue;
		}
		if (tally->has_ended ||
		    nk_tally_fail(tally, err, nk_place_label(ctx, place, place->path)) < 0)
			break;
	}
	return nk_tally_end(tally, err);
}

int nk_run_ls(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct nk_list_opts *opts = ctx->verb_opts;
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);

	return each(ctx, &tally, opts->glob, ls_one, err);
}

int nk_run_stat(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);

	return each(ctx, &tally, false, stat_one, err);
}

int nk_run_find(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);

	if (each(ctx, &tally, false, find_one, err) < 0)
		return -1;
	if (tally.ok == 0 && ctx->common->exit_status)
		return nk_fail(err, NK_E_NEGATIVE, 0, "nothing found");
	return 0;
}

int nk_run_du(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);

	return each(ctx, &tally, false, du_one, err);
}

int nk_run_df(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);

	return each(ctx, &tally, false, df_one, err);
}
