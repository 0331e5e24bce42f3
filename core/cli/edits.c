/* edits.c - the verbs that change the tree: rm, mkdir, rmdir, mv, ln, chmod. */
#include "fsverbs.h"

/* What a stat keeps: a name and a link's target. */
#define STAT_ARENA_MAX ((size_t)64 * 1024)

/* One place at a time, counted and told. */
static int each(struct nk_ctx *ctx, int first, bool glob, nk_one_fn *one, struct nk_err *err)
{
	nk_auto(places) struct nk_places places = { 0 };
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);

	tally.has_summary = true;
	if (nk_verb_wants(ctx, first + 1, -1, err) < 0 ||
	    nk_opener_places(ctx->opener, ctx->operands + first, ctx->operand_count - first,
			     &places, err) < 0)
		return -1;
	if (glob && nk_glob_places(ctx->opener, &places, err) < 0)
		return -1;
	tally.is_together = nk_places_are_together(&places);
	for (int i = 0; i < places.count; i++) {
		const struct nk_place *place = &places.items[i];

		if (nk_place_try(ctx, place, one, &tally, err) >= 0)
			continue;
		if (tally.has_ended ||
		    nk_tally_fail(&tally, err, nk_place_label(ctx, place, place->path)) < 0)
			break;
	}
	return nk_tally_end(&tally, err);
}

/* One thing in a tree: count it, or count and tell why not. Returns -1 to give up. */
static int count(const struct nk_ctx *ctx, const struct nk_place *place, const char *path,
		 int status, struct nk_tally *tally, const struct nk_err *err)
{
	if (status >= 0) {
		nk_tally_add(tally, 0);
		return 0;
	}
	/* The caller counts what ends the walk. */
	if (err->domain == NK_E_LOST || err->domain == NK_E_TIMEOUT || nk_tally_ends(tally, err))
		return -1;
	return nk_tally_fail(tally, err, nk_place_label(ctx, place, path));
}

static int rm_tree(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_fs *fs,
		   const char *path, struct nk_tally *tally, struct nk_err *err)
{
	nk_auto(walk) struct nk_walk *walk = nk_walk_new(path, NULL);
	struct nk_walk_item item;
	int more;

	while ((more = nk_walk_next(walk, fs, &item, err)) > 0) {
		int status = 0;

		if (item.event == NK_WALK_ENTER)
			continue;
		if (item.event == NK_WALK_ERROR)
			status = -1;
		else if (item.event == NK_WALK_LEAVE)
			status = nk_fs_rmdir(fs, item.path, err);
		else
			status = nk_fs_unlink(fs, item.path, err);
		if (count(ctx, place, item.path, status, tally, err) < 0)
			return -1;
	}
	return more;
}

/* Is it a folder? Where the protocol cannot tell, what the path looks like counts. */
static int is_folder(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(STAT_ARENA_MAX);
	struct nk_entry entry = NK_ENTRY_INIT;

	if (nk_fs_stat(fs, path, &arena, &entry, err) < 0)
		return err->domain == NK_E_UNSUPPORTED ? 1 : -1;
	return entry.kind == NK_KIND_DIR;
}

/* Did it fail because there is nothing? Some servers say only that it failed. */
static bool is_missing(struct nk_fs *fs, const char *path, const struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(STAT_ARENA_MAX);
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err second = NK_ERR_INIT;

	if (err->domain == NK_E_DENIED || err->domain == NK_E_PROTO)
		return nk_fs_stat(fs, path, &arena, &entry, &second) < 0 &&
		       second.domain == NK_E_MISSING;
	return err->domain == NK_E_MISSING;
}

/* Servers that follow links call a link to a folder a folder, and emptying it would empty what it
 * points to. Unlinking takes the link alone, and never a folder. */
static bool was_link(struct nk_fs *fs, const char *path)
{
	struct nk_err refused = NK_ERR_INIT;

	return nk_fs_unlink(fs, path, &refused) == 0;
}

static int rm_one(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_tally *tally,
		  struct nk_err *err)
{
	const struct nk_remove_opts *opts = ctx->verb_opts;
	nk_auto(str) char *path = nk_path_trim(place->path);
	struct nk_fs *fs;
	int folder = 0, status;

	if (opts->recursive && !opts->force && (strcmp(path, "/") == 0 || strcmp(path, "/~") == 0))
		return nk_fail(err, NK_E_USAGE, 0, "%s is everything there is; --force removes it",
			       path);
	if (nk_opener_mount_once(ctx->opener, place, &fs, err) < 0)
		return -1;
	if (opts->recursive)
		folder = is_folder(fs, path, err);
	if (folder > 0 && was_link(fs, path)) {
		nk_tally_add(tally, 0);
		return 0;
	}
	if (folder > 0)
		return rm_tree(ctx, place, fs, path, tally, err);
	status = folder < 0 ? -1 : nk_fs_unlink(fs, path, err);
	if (status < 0 && !(opts->force && is_missing(fs, path, err)))
		return -1;
	nk_tally_add(tally, 0);
	return 0;
}

static int mkdir_one(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_tally *tally,
		     struct nk_err *err)
{
	const struct nk_mkdir_opts *opts = ctx->verb_opts;
	nk_auto(str) char *path = nk_path_trim(place->path);
	struct nk_fs *fs;

	if (nk_opener_mount_once(ctx->opener, place, &fs, err) < 0)
		return -1;
	if ((opts->parents ? nk_fs_mkdir_all(fs, path, err) : nk_fs_mkdir(fs, path, err)) < 0)
		return -1;
	nk_tally_add(tally, 0);
	return 0;
}

static int rmdir_one(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_tally *tally,
		     struct nk_err *err)
{
	nk_auto(str) char *path = nk_path_trim(place->path);
	struct nk_fs *fs;

	if (nk_opener_mount_once(ctx->opener, place, &fs, err) < 0 ||
	    nk_fs_rmdir(fs, path, err) < 0)
		return -1;
	nk_tally_add(tally, 0);
	return 0;
}

/* Where a file goes: a URL of the same server, an absolute path, or one below its folder. A path
 * that ends in "/" is the folder it goes into. */
static int new_path(const struct nk_ctx *ctx, const struct nk_place *place, const char *from,
		    char **path, struct nk_err *err)
{
	const char *to = ctx->operands[1];
	nk_auto(str) char *parent = nk_path_parent(from);
	nk_auto(str) char *whole = NULL;

	if (nk_url_is_url(to)) {
		nk_auto(place) struct nk_place target = { 0 };

		if (nk_opener_remote(ctx->opener, to, &target, err) < 0)
			return -1;
		if (target.session != place->session)
			return nk_fail(err, NK_E_USAGE, 0,
				       "%s stays on one server; cp copies between servers",
				       ctx->verb->name);
		whole = nk_take(target.path);
	} else {
		whole = to[0] == '/' ? nk_strdup(to) : nk_path_join(parent, to);
	}
	if (to[0] == '\0')
		return nk_fail(err, NK_E_USAGE, 0, "the new path is empty");
	if (whole[strlen(whole) - 1] == '/')
		*path = nk_path_join(whole, nk_path_name(from));
	else
		*path = nk_take(whole);
	return 0;
}

static int mv_one(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_tally *tally,
		  struct nk_err *err)
{
	nk_auto(str) char *from = nk_path_trim(place->path);
	nk_auto(str) char *to = NULL;
	struct nk_fs *fs;

	if (new_path(ctx, place, from, &to, err) < 0 ||
	    nk_opener_mount_once(ctx->opener, place, &fs, err) < 0 ||
	    nk_fs_rename(fs, from, to, err) < 0)
		return -1;
	nk_tally_add(tally, 0);
	return 0;
}

/* What a symbolic link to path says: the whole path, as the server spells it. */
static int link_text(struct nk_fs *fs, const char *path, char **text, struct nk_err *err)
{
	nk_auto(str) char *home = NULL;

	if (!nk_text_has_prefix(path, "/~")) {
		*text = nk_strdup(path);
		return 0;
	}
	if (!fs->ops->real_path)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s: where that is is not known: give the path from the root", path);
	/* Of a link itself the real path would be what it leads to. */
	nk_auto(str) char *folder = nk_strndup(path, 1 + strcspn(path + 1, "/"));
	const char *rest = path + strlen(folder);

	if (fs->ops->real_path(fs, folder, &home, err) < 0)
		return -1;
	*text = rest[0] != '\0' ? nk_path_join(home, rest + 1) : nk_take(home);
	return 0;
}

static int ln_one(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_tally *tally,
		  struct nk_err *err)
{
	const struct nk_link_opts *opts = ctx->verb_opts;
	nk_auto(str) char *from = nk_path_trim(place->path);
	nk_auto(str) char *to = NULL;
	nk_auto(str) char *text = NULL;
	struct nk_fs *fs;
	int result;

	if (new_path(ctx, place, from, &to, err) < 0 ||
	    nk_opener_mount_once(ctx->opener, place, &fs, err) < 0)
		return -1;
	if (!opts->symbolic)
		result = nk_fs_link(fs, from, to, err);
	else if (link_text(fs, from, &text, err) < 0)
		result = -1;
	else
		result = nk_fs_symlink(fs, text, to, err);
	if (result == 0)
		nk_tally_add(tally, 0);
	return result;
}

static int chmod_one(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_tally *tally,
		     struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(STAT_ARENA_MAX);
	nk_auto(str) char *path = nk_path_trim(place->path);
	struct nk_entry entry = NK_ENTRY_INIT;
	const char *mode = ctx->operands[0];
	struct nk_fs *fs;
	int bits;

	if (nk_opener_mount_once(ctx->opener, place, &fs, err) < 0)
		return -1;
	if (nk_mode_is_relative(mode)) {
		if (nk_fs_stat(fs, path, &arena, &entry, err) < 0)
			return -1;
		if (entry.mode < 0)
			return nk_fail(err, NK_E_UNSUPPORTED, 0,
				       "%s: the server does not say its mode: give it in octal",
				       path);
	}
	if (nk_mode_parse(mode, entry.mode, entry.kind == NK_KIND_DIR, &bits, err) < 0 ||
	    nk_fs_chmod(fs, path, bits, err) < 0)
		return -1;
	nk_tally_add(tally, 0);
	return 0;
}

int nk_run_rm(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct nk_remove_opts *opts = ctx->verb_opts;

	return each(ctx, 0, opts->glob, rm_one, err);
}

int nk_run_mkdir(struct nk_ctx *ctx, struct nk_err *err)
{
	return each(ctx, 0, false, mkdir_one, err);
}

int nk_run_rmdir(struct nk_ctx *ctx, struct nk_err *err)
{
	return each(ctx, 0, false, rmdir_one, err);
}

/* A path and what becomes of it. */
static int run_pair(struct nk_ctx *ctx, nk_one_fn *one, struct nk_err *err)
{
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);
	nk_auto(place) struct nk_place place = { 0 };

	tally.has_summary = true;
	if (nk_verb_wants(ctx, 2, 2, err) < 0 ||
	    nk_opener_remote(ctx->opener, ctx->operands[0], &place, err) < 0)
		return -1;
	if (nk_place_try(ctx, &place, one, &tally, err) < 0)
		nk_tally_fail(&tally, err, nk_place_label(ctx, &place, place.path));
	return nk_tally_end(&tally, err);
}

int nk_run_mv(struct nk_ctx *ctx, struct nk_err *err)
{
	return run_pair(ctx, mv_one, err);
}

int nk_run_ln(struct nk_ctx *ctx, struct nk_err *err)
{
	return run_pair(ctx, ln_one, err);
}

int nk_run_chmod(struct nk_ctx *ctx, struct nk_err *err)
{
	int bits;

	if (nk_verb_wants(ctx, 2, -1, err) < 0)
		return -1;
	/* No mode, but an operand, which is not repeated. */
	if (strpbrk(ctx->operands[0], "@/"))
		return nk_fail(err, NK_E_USAGE, 0, "chmod takes %s", ctx->verb->operands);
	if (nk_mode_parse(ctx->operands[0], 0, false, &bits, err) < 0)
		return -1;
	return each(ctx, 1, false, chmod_one, err);
}
