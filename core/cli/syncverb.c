/* syncverb.c - sync: two operands, what came of each file, the summary. */
#include <stdio.h>
#include <sys/stat.h>

#include "fsverbs.h"
#include "netkit/log.h"
#include "netkit/pool.h"

/* Whatever has to go before what takes its place can come, comes with the second pass. */
#define SYNC_PASSES 2

struct trees {
	struct nk_place source;
	struct nk_place target;
};

static void release_trees(struct trees *trees)
{
	nk_place_release(&trees->source);
	nk_place_release(&trees->target);
}
NK_AUTO(trees, struct trees, release_trees)

int nk_apply_sync(const void *opts, struct nk_common *common, struct nk_err *err)
{
	const struct nk_sync_opts *own = opts;

	if (common->resume == NK_RESUME_FORCE)
		return nk_fail(
			err, NK_E_USAGE, 0,
			"sync replaces what differs: --resume=force would join two versions");
	if (own->max_delete > 0 && !own->deletes)
		return nk_fail(err, NK_E_USAGE, 0, "--max-delete is of no use without --delete");
	/* What sync always does. */
	common->recursive = true;
	common->preserve = true;
	return 0;
}

/* --- operands --- */

static int take_source(const struct nk_ctx *ctx, struct nk_place *source, struct nk_err *err)
{
	const char *operand = ctx->operands[0];
	nk_auto(str) char *label = nk_operand_label(operand);
	nk_auto(str) char *path = NULL;

	if (strcmp(operand, "-") == 0)
		return nk_fail(err, NK_E_USAGE, 0, "sync takes folders, and - is none");
	if (nk_opener_any(ctx->opener, operand, source, err) < 0)
		return -1;
	if (!source->ops->list)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: %s cannot list folders", label,
			       source->ops->name);
	path = nk_path_trim(source->path);
	free(source->path);
	source->path = nk_take(path);
	return 0;
}

/* Below a local target nothing may lead out of it. What is not there has nothing planted in it: then
 * the folder above it will do. */
static int take_local_target(const struct nk_ctx *ctx, const char *operand, struct nk_place *target,
			     struct nk_err *err)
{
	nk_auto(str) char *trimmed = nk_path_trim(operand);
	nk_auto(str) char *parent = nk_path_parent(trimmed);
	nk_auto(str) char *name = nk_path_join("/", nk_path_name(trimmed));
	struct stat st;

	if (operand[0] == '\0')
		return nk_fail(err, NK_E_USAGE, 0, "a folder's name is empty");
	if (strcmp(operand, "-") == 0)
		return nk_fail(err, NK_E_USAGE, 0, "sync takes folders, and - is none");
	if (stat(trimmed, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			return nk_fail(err, NK_E_USAGE, 0, "%s is no folder: cp copies files",
				       trimmed);
		nk_opener_local(ctx->opener, trimmed, "/", target);
		return 0;
	}
	nk_opener_local(ctx->opener, parent, name, target);
	return 0;
}

static int take_target(const struct nk_ctx *ctx, struct nk_place *target, struct nk_err *err)
{
	const char *operand = ctx->operands[1];
	nk_auto(str) char *label = nk_operand_label(operand);
	nk_auto(str) char *path = NULL;

	if (!nk_url_is_url(operand))
		return take_local_target(ctx, operand, target, err);
	if (nk_opener_remote(ctx->opener, operand, target, err) < 0)
		return -1;
	if (!target->ops->list || !target->ops->mkdir)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: %s cannot %s folders", label,
			       target->ops->name, target->ops->list ? "make" : "list");
	path = nk_path_trim(target->path);
	free(target->path);
	target->path = nk_take(path);
	return 0;
}

/* --- one place under two names --- */

/* Refuse to sync a folder with itself, or with one in it, or that it is in. */
static int check_apart(const struct nk_ctx *ctx, const struct nk_place *source,
		       const struct nk_place *target, struct nk_err *err)
{
	if (nk_same_check(ctx, source, target, err) == 0 &&
	    nk_same_check(ctx, target, source, err) == 0)
		return 0;
	return nk_fail(err, NK_E_USAGE, 0,
		       "the source and the target are one folder, or one is inside the other");
}

/* The path as the server spells it, links resolved, as far as it is there; a new string. */
static char *resolve(struct nk_fs *fs, const char *path)
{
	nk_auto(str) char *at = nk_strdup(path);
	struct nk_err err = NK_ERR_INIT;
	char *real = NULL;

	while (fs->ops->real_path(fs, at, &real, &err) < 0) {
		char *above = nk_path_parent(at);
		bool is_top = strcmp(above, at) == 0;

		free(at);
		at = above;
		if (is_top)
			return nk_strdup(path);
	}
	const char *rest = path + strlen(at);

	rest += strspn(rest, "/");
	if (*rest == '\0')
		return real;
	char *whole = nk_path_join(real, rest);

	free(real);
	return whole;
}

/* The same, by the paths that the server makes of both. */
static int check_resolved(const struct nk_ctx *ctx, const struct trees *trees, struct nk_err *err)
{
	struct nk_place source = trees->source, target = trees->target;
	struct nk_fs *fs;

	if (source.session != target.session || nk_place_is_local(&source) ||
	    !source.ops->real_path)
		return 0;
	if (nk_opener_mount(ctx->opener, &source, &fs, err) < 0)
		return -1;
	nk_auto(str) char *from = resolve(fs, source.path);
	nk_auto(str) char *to = resolve(fs, target.path);

	source.path = from;
	target.path = to;
	return check_apart(ctx, &source, &target, err);
}

/* --- results --- */

static int print_plan(const struct nk_ctx *ctx, const struct trees *trees,
		      const struct nk_pool_result *result, struct nk_err *err)
{
	nk_auto(str) char *source = nk_place_label(ctx, &trees->source, result->source);
	nk_auto(str) char *target = nk_place_label(ctx, &trees->target, result->target);
	const struct nk_plan_row row = {
		.action = nk_sync_action_word(result->action),
		.reason = nk_sync_reason_word(result->reason),
		.source = result->action == NK_SYNC_DELETE ? NULL : source,
		.target = target,
		.bytes = result->is_dir ? -1 : result->size,
	};

	return nk_out_put(ctx->out, &nk_plan_record, &row, err);
}

static int print_transfer(const struct nk_ctx *ctx, const struct trees *trees,
			  const struct nk_pool_result *result, struct nk_err *err)
{
	nk_auto(str) char *source = nk_place_label(ctx, &trees->source, result->source);
	nk_auto(str) char *target = nk_place_label(ctx, &trees->target, result->target);
	bool is_copy = result->action == NK_SYNC_COPY || result->action == NK_SYNC_UPDATE;
	const struct nk_transfer_row row = {
		.source = result->action == NK_SYNC_DELETE ? NULL : source,
		.target = target,
		.bytes = is_copy ? result->transfer.bytes : 0,
		.seconds = is_copy ? result->transfer.seconds : -1,
		.resumed_at = is_copy ? result->transfer.resumed_at : -1,
		.verified = is_copy ? result->transfer.verified : NULL,
		.action = nk_sync_action_word(result->action),
		.reason = nk_sync_reason_word(result->reason),
	};

	if (!nk_out_is_json(ctx->out) && !nk_out_is_explicit(ctx->out))
		return 0;
	return nk_out_put(ctx->out, &nk_transfer_record, &row, err);
}

static void count(const struct nk_pool_result *result, struct nk_tally *tally)
{
	/* As in all copies, folders are not counted. */
	if (result->action == NK_SYNC_MKDIR)
		return;
	nk_tally_add(tally, result->is_planned ? 0 : result->transfer.bytes);
	tally->copied += result->action != NK_SYNC_DELETE;
	tally->deleted += result->action == NK_SYNC_DELETE;
}

static int take_result(const struct nk_pool_run *run, const struct nk_pool_result *result,
		       struct nk_err *err)
{
	const struct nk_ctx *ctx = run->ctx;
	const struct trees *trees = run->what;
	int printed;

	if (result->err.domain != NK_E_NONE) {
		bool is_target = result->action == NK_SYNC_DELETE;

		*err = result->err;
		return nk_tally_fail(run->tally, err,
				     is_target
					     ? nk_place_label(ctx, &trees->target, result->target)
					     : nk_place_label(ctx, &trees->source, result->source));
	}
	count(result, run->tally);
	printed = result->is_planned ? print_plan(ctx, trees, result, err)
				     : print_transfer(ctx, trees, result, err);
	if (printed == 0)
		return 0;
	nk_tally_fail(run->tally, err,
		      nk_strdup(ctx->common->out.file ? ctx->common->out.file : "-"));
	run->tally->is_over = true;
	return -1;
}

/* --- running it --- */

/* One pass. Returns whether there has to be another. */
static bool run_once(const struct nk_ctx *ctx, const struct trees *trees, struct nk_limit *limit,
		     struct nk_tally *tally, struct nk_err *err)
{
	const struct nk_sync_opts *opts = ctx->verb_opts;
	const struct nk_sync_how sync = {
		.compare = opts->compare,
		.deletes = opts->deletes,
		.max_delete = opts->max_delete,
	};
	struct nk_pool_how how = {
		.jobs = ctx->common->jobs,
		.recursive = true,
		.fail_fast = ctx->common->fail_fast && !ctx->common->keep_going,
		.filter = &ctx->common->filter,
		.sync = &sync,
		.copy = nk_copy_how_of(ctx, limit),
	};
	nk_auto(str) char *shown = nk_path_trim(ctx->operands[0]);
	int64_t same = 0;

	how.copy.preserve = true;
	how.copy.is_lenient = true;
	nk_auto(pool) struct nk_pool *pool = nk_pool_new(&how);
	const struct nk_pool_run run = {
		.ctx = ctx,
		.pool = pool,
		.label = nk_path_name(shown),
		.what = trees,
		.tally = tally,
		.take = take_result,
	};

	nk_pool_add(pool, &trees->source, &trees->target);
	nk_pool_run(&run, err);
	bool is_again = nk_pool_synced(pool, &same);

	/* A second pass sees what the first one copied. */
	if (tally->same < 0)
		tally->same = same;
	return is_again && tally->failed == 0 && !how.copy.dry_run;
}

static int run_trees(const struct nk_ctx *ctx, const struct trees *trees, struct nk_err *err)
{
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);
	struct nk_limit *limit = nk_limit_new(ctx->common->limit_rate);
	int passes = 0;

	tally.has_summary = true;
	tally.copied = tally.deleted = 0;
	while (passes++ < SYNC_PASSES && run_once(ctx, trees, limit, &tally, err))
		;
	nk_limit_free(limit);
	nk_log(NK_LOG_INFO, "%lld copied, %lld the same, %lld deleted, %lld failed",
	       (long long)tally.copied, (long long)tally.same, (long long)tally.deleted,
	       (long long)tally.failed);
	return nk_tally_end(&tally, err);
}

int nk_run_sync(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(trees) struct trees trees = { 0 };

	if (nk_verb_wants(ctx, 2, 2, err) < 0 || take_source(ctx, &trees.source, err) < 0 ||
	    take_target(ctx, &trees.target, err) < 0 ||
	    check_apart(ctx, &trees.source, &trees.target, err) < 0 ||
	    check_resolved(ctx, &trees, err) < 0)
		return -1;
	if (ctx->common->segments > 1 &&
	    nk_copy_check_segments(trees.source.ops, trees.target.ops, err) < 0)
		return -1;
	if (nk_opener_is_text(ctx->opener))
		return nk_fail(err, NK_E_USAGE, 0,
			       "text changes on its way, and would differ every time: sync is "
			       "binary");
	return run_trees(ctx, &trees, err);
}
