/* transfer.c - the verbs that copy: cat, get, put, cp. */
#include "fsverbs.h"

#include <stdio.h>
#include <sys/stat.h>

#include "meter.h"
#include "netkit/log.h"
#include "netkit/pool.h"
#include "netkit/retry.h"

#define AIM_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

/* What is copied where: a target for each source. */
struct plan {
	struct nk_places sources;
	struct nk_places targets;
};

static void release_plan(struct plan *plan)
{
	nk_places_release(&plan->sources);
	nk_places_release(&plan->targets);
}
NK_AUTO(plan, struct plan, release_plan)

/* Is this a classic form's copy, which takes its operands as cp(1) does? */
static bool is_classic(const struct nk_ctx *ctx)
{
	return ctx->applet && ctx->verb == ctx->applet->classic;
}

/* Where copies go, before a source gives them a name. */
struct aim {
	const char *text;      /* as the user wrote it */
	struct nk_place place; /* of a URL */
	bool is_stdout;
	bool is_url;
	bool is_folder; /* a copy keeps its name in it */
	bool is_there;	/* a folder that exists; of URLs only where that was asked */
};

static bool ends_in_slash(const char *path)
{
	size_t length = strlen(path);

	return length > 0 && path[length - 1] == '/';
}

static void release_aim(struct aim *aim)
{
	nk_place_release(&aim->place);
}
NK_AUTO(aim, struct aim, release_aim)

/* A classic target: copies go into a folder that is there, and several need one. */
static int look_at_aim(const struct nk_ctx *ctx, bool many, struct aim *aim, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(AIM_STAT_ARENA);
	nk_auto(str) char *inside = nk_path_join(aim->place.path, ".");
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err missing = NK_ERR_INIT;
	struct nk_fs *fs;

	if (nk_opener_mount(ctx->opener, &aim->place, &fs, err) < 0)
		return -1;
	/* Some servers take a file's "/." for the file. */
	aim->is_there =
		nk_fs_stat(fs, inside, &arena, &entry, &missing) == 0 && entry.kind != NK_KIND_FILE;
	aim->is_folder = aim->is_there || many;
	if (aim->is_there || (!many && (ctx->common->recursive || !ends_in_slash(aim->text))))
		return 0;
	if (many && !ctx->common->dry_run)
		return nk_fs_mkdir(fs, aim->place.path, err);
	return many ? 0 : nk_fail(err, NK_E_MISSING, 0, "%s: no such folder", aim->place.path);
}

/* Where the operand text points. many: several sources go there. */
static int take_aim(const struct nk_ctx *ctx, const char *text, bool is_url, bool many,
		    struct aim *aim, struct nk_err *err)
{
	struct stat st;

	aim->text = text;
	aim->is_url = is_url;
	if (is_url) {
		if (nk_opener_remote(ctx->opener, text, &aim->place, err) < 0)
			return -1;
		if (is_classic(ctx))
			return look_at_aim(ctx, many, aim, err);
		aim->is_folder = many || ends_in_slash(aim->place.path);
		return 0;
	}
	aim->is_stdout = strcmp(text, "-") == 0;
	if (aim->is_stdout)
		return 0;
	aim->is_there = stat(text, &st) == 0 && S_ISDIR(st.st_mode);
	aim->is_folder = aim->is_there || many || ends_in_slash(text);
	if (aim->is_there || !aim->is_folder)
		return 0;
	/* "cp -r a new/" makes the folder; several sources, or a file, need one that exists. */
	if (ctx->common->recursive && !many) {
		aim->is_folder = false;
		return 0;
	}
	nk_auto(str) char *label = nk_operand_label(text);

	return nk_fail(err, NK_E_USAGE, 0, "%s is no folder", label);
}

/* "dir/" means what is in it, as rsync has it; so do the root, the login folder and ".". */
static bool is_contents(const struct nk_ctx *ctx, const char *path)
{
	nk_auto(str) char *trimmed = nk_path_trim(path);
	const char *name = nk_path_name(trimmed);
	bool has_meaning = ends_in_slash(path) && (!is_classic(ctx) || strcmp(trimmed, "/") == 0);

	return ctx->common->recursive && (has_meaning || strcmp(name, ".") == 0 ||
					  strcmp(name, "..") == 0 || strcmp(trimmed, "/~") == 0);
}

/* The name a copy of source gets in a folder; "" for the contents of a folder. */
static int name_of(const struct nk_ctx *ctx, const struct nk_place *source, char **name,
		   struct nk_err *err)
{
	nk_auto(str) char *path = nk_path_trim(source->path);
	struct nk_err odd = NK_ERR_INIT;

	if (is_contents(ctx, source->path)) {
		*name = nk_strdup("");
		return 0;
	}
	if (nk_place_is_stdio(source) || strcmp(path, "/~") == 0 ||
	    nk_fs_safe_name(nk_path_name(path), &odd) < 0)
		return nk_fail(err, NK_E_USAGE, 0, "%s has no name: give the target one",
			       source->path);
	*name = nk_strdup(nk_path_name(path));
	return 0;
}

/* The local place of a copy. Below a recursive target nothing may lead out of it. */
static void aim_local(const struct nk_ctx *ctx, const struct aim *aim, const char *name,
		      struct nk_place *target)
{
	nk_auto(str) char *trimmed = nk_path_trim(aim->text);
	/* "-" in the working folder is a file, and not standard output. */
	bool is_here = strcmp(trimmed, ".") == 0 && strcmp(name, "-") != 0;
	nk_auto(str) char *root = NULL;
	nk_auto(str) char *path = NULL;

	if (!ctx->common->recursive) {
		if (aim->is_folder)
			path = is_here ? nk_strdup(name) : nk_path_join(trimmed, name);
		nk_opener_local(ctx->opener, NULL, path ? path : aim->text, target);
		return;
	}
	if (aim->is_there) {
		root = nk_strdup(trimmed);
		path = nk_path_join("/", name);
	} else {
		/* What is not there has nothing planted in it: the folder above it will do. */
		root = nk_path_parent(trimmed);
		path = nk_path_join("/", nk_path_name(trimmed));
	}
	nk_opener_local(ctx->opener, root, path, target);
}

static int aim_one(const struct nk_ctx *ctx, const struct aim *aim, const struct nk_place *source,
		   struct nk_place *target, struct nk_err *err)
{
	nk_auto(str) char *name = nk_strdup("");

	if (aim->is_stdout) {
		nk_opener_local(ctx->opener, NULL, "-", target);
		return 0;
	}
	if (aim->is_folder) {
		free(nk_take(name));
		if (name_of(ctx, source, &name, err) < 0)
			return -1;
	}
	if (!aim->is_url) {
		aim_local(ctx, aim, name, target);
		return 0;
	}
	nk_auto(str) char *folder = nk_path_trim(aim->place.path);

	*target = aim->place;
	target->path = name[0] ? nk_path_join(folder, name) : nk_take(folder);
	return 0;
}

static int aim_all(const struct nk_ctx *ctx, const struct aim *aim, struct plan *plan,
		   struct nk_err *err)
{
	for (int i = 0; i < plan->sources.count; i++) {
		struct nk_place target;

		if (aim_one(ctx, aim, &plan->sources.items[i], &target, err) < 0)
			return -1;
		nk_places_add(&plan->targets, target);
	}
	return 0;
}

/* --- running a plan --- */

struct nk_copy_how nk_copy_how_of(const struct nk_ctx *ctx, struct nk_limit *limit)
{
	const struct nk_common *common = ctx->common;

	return (struct nk_copy_how){
		.resume = common->resume,
		.verify = common->verify,
		.preserve = common->preserve,
		.sync = common->sync,
		.no_clobber = common->no_clobber && !common->force,
		.dry_run = common->dry_run,
		.is_text = nk_opener_is_text(ctx->opener),
		.segments = common->segments,
		.limit = limit,
		.net = &common->net,
	};
}

/* One file that is done, or would be. */
static int print_transfer(const struct nk_ctx *ctx, const struct plan *plan,
			  const struct nk_pool_result *result, struct nk_err *err)
{
	const struct nk_place *from = &plan->sources.items[result->operand];
	const struct nk_place *to = &plan->targets.items[result->operand];

	if (!nk_out_is_json(ctx->out) && !nk_out_is_explicit(ctx->out) && !result->is_planned)
		return 0;
	nk_auto(str) char *source = nk_place_label(ctx, from, result->source);
	nk_auto(str) char *target = nk_place_label(ctx, to, result->target);
	const struct nk_transfer_row row = {
		.source = source,
		.target = target,
		.bytes = result->is_planned ? result->size : result->transfer.bytes,
		.seconds = result->is_planned ? -1 : result->transfer.seconds,
		.resumed_at = result->is_planned ? -1 : result->transfer.resumed_at,
		.verified = result->transfer.verified,
	};

	return nk_out_put(ctx->out, &nk_transfer_record, &row, err);
}

static int take_result(const struct nk_pool_run *run, const struct nk_pool_result *result,
		       struct nk_err *err)
{
	const struct nk_ctx *ctx = run->ctx;
	const struct plan *plan = run->what;
	struct nk_tally *tally = run->tally;
	const struct nk_place *from = &plan->sources.items[result->operand];

	if (result->err.domain != NK_E_NONE) {
		const char *path = result->source ? result->source : from->path;

		*err = result->err;
		return nk_tally_fail(tally, err, nk_place_label(ctx, from, path));
	}
	if (result->is_dir)
		return 0;
	nk_tally_add(tally, result->transfer.bytes);
	if (print_transfer(ctx, plan, result, err) == 0)
		return 0;
	nk_tally_fail(tally, err, nk_strdup(ctx->common->out.file ? ctx->common->out.file : "-"));
	tally->is_over = true;
	return -1;
}

void nk_pool_run(const struct nk_pool_run *run, struct nk_err *err)
{
	const struct nk_common *common = run->ctx->common;
	struct nk_progress *meter = nk_progress_new(common->progress, common->quiet, run->label);
	struct nk_pool_result result;
	int64_t moved = 0, wanted = -1, expected;
	int status;

	while ((status = nk_pool_next(run->pool, nk_progress_tick(meter), &result, err)) >= 0 &&
	       status != NK_POOL_END) {
		nk_pool_progress(run->pool, &moved, &wanted);
		nk_progress_show(meter, moved, wanted, (int)run->tally->ok);
		if (status > 0 && run->take(run, &result, err) < 0)
			break;
	}
	/* What was wanted and never came still counts. */
	expected = wanted;
	nk_pool_progress(run->pool, &moved, &wanted);
	wanted = wanted > expected ? wanted : expected;
	nk_progress_finish(meter, moved, wanted, (int)run->tally->ok);
	nk_opener_add_moved(run->ctx->opener, moved);
	if (status < 0)
		nk_tally_fail(run->tally, err, NULL);
}

/* What a classic form leaves to cp(1), which copies links as they are. */
static bool is_all_local(const struct plan *plan)
{
	bool is_local = nk_place_is_local(&plan->targets.items[0]);

	for (int i = 0; i < plan->sources.count; i++)
		is_local &= nk_place_is_local(&plan->sources.items[i]);
	return is_local;
}

static void run_pool(const struct nk_ctx *ctx, const struct plan *plan, struct nk_limit *limit,
		     struct nk_tally *tally, struct nk_err *err)
{
	bool in_order = nk_place_is_stdio(&plan->targets.items[0]);
	const struct nk_pool_how how = {
		.jobs = in_order ? 1 : ctx->common->jobs,
		.recursive = ctx->common->recursive,
		.follows = is_classic(ctx) && !is_all_local(plan),
		.fail_fast = ctx->common->fail_fast && !ctx->common->keep_going,
		.filter = &ctx->common->filter,
		.copy = nk_copy_how_of(ctx, limit),
	};
	nk_auto(pool) struct nk_pool *pool = nk_pool_new(&how);
	nk_auto(str) char *many = nk_format("%d operands", plan->sources.count);
	nk_auto(str) char *path = nk_path_trim(plan->sources.items[0].path);
	const struct nk_pool_run run = {
		.ctx = ctx,
		.pool = pool,
		.label = plan->sources.count > 1 ? many : nk_path_name(path),
		.what = plan,
		.tally = tally,
		.take = take_result,
	};

	for (int i = 0; i < plan->sources.count; i++)
		nk_pool_add(pool, &plan->sources.items[i], &plan->targets.items[i]);
	nk_pool_run(&run, err);
}

/* One end of a copy at the prompt: the kept connection, or a local fs of its own. */
static int mount_end(const struct nk_ctx *ctx, const struct nk_place *place, struct nk_fs **own,
		     struct nk_end *end, struct nk_err *err)
{
	end->path = place->path;
	if (!nk_place_is_local(place))
		return nk_opener_mount(ctx->opener, place, &end->fs, err);
	if (nk_fs_mount(place, own, err) < 0)
		return -1;
	end->fs = *own;
	return 0;
}

static int copy_kept(const struct nk_ctx *ctx, const struct nk_place *from,
		     const struct nk_place *to, const struct nk_copy_how *how,
		     struct nk_transfer *transfer, struct nk_err *err)
{
	struct nk_retry retry = { .net = &ctx->common->net };
	struct nk_tries tries = NK_TRIES_INIT;

	do {
		nk_auto(fs) struct nk_fs *own_from = NULL;
		nk_auto(fs) struct nk_fs *own_to = NULL;
		struct nk_end source, target;

		if (mount_end(ctx, from, &own_from, &source, err) < 0 ||
		    mount_end(ctx, to, &own_to, &target, err) < 0)
			return -1;
		if (nk_copy_file(&source, &target, NULL, how, &tries, transfer, err) == 0)
			return 0;
		nk_opener_check(ctx->opener, err);
	} while (nk_retry_again(&retry, err));
	return -1;
}

/* The same under a meter of its own. */
static int copy_shown(const struct nk_ctx *ctx, const struct nk_place *from,
		      const struct nk_place *to, struct nk_copy_how *how,
		      struct nk_transfer *transfer, struct nk_err *err)
{
	nk_auto(str) char *path = nk_path_trim(from->path);
	struct nk_meter *meter = nk_meter_new(ctx->common, nk_path_name(path));
	int result;

	how->moved = nk_meter_moved(meter);
	how->wanted = nk_meter_wanted(meter);
	result = copy_kept(ctx, from, to, how, transfer, err);
	nk_opener_add_moved(ctx->opener, nk_meter_finish(meter));
	return result;
}

/* At a prompt the connection that is there does the copying. */
static void run_kept(const struct nk_ctx *ctx, const struct plan *plan, struct nk_limit *limit,
		     struct nk_tally *tally, struct nk_err *err)
{
	const struct nk_pool_run run = { .ctx = ctx, .what = plan, .tally = tally };
	struct nk_copy_how how = nk_copy_how_of(ctx, limit);

	for (int i = 0; i < plan->sources.count; i++) {
		struct nk_pool_result result = {
			.source = plan->sources.items[i].path,
			.target = plan->targets.items[i].path,
			.operand = i,
			.is_planned = how.dry_run,
			.size = -1,
		};

		if (copy_shown(ctx, &plan->sources.items[i], &plan->targets.items[i], &how,
			       &result.transfer, err) < 0)
			result.err = *err;
		if (take_result(&run, &result, err) < 0)
			return;
	}
}

/* Does the filter let an operand through? What a URL names with --recursive may be a folder, to
 * which --include does not apply. */
static bool takes(const struct nk_ctx *ctx, const struct nk_place *source)
{
	enum nk_kind kind = ctx->common->recursive ? NK_KIND_DIR : NK_KIND_FILE;
	nk_auto(str) char *path = nk_path_trim(source->path);
	struct stat st;

	if (nk_place_is_local(source) && stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		kind = NK_KIND_FILE;
	return nk_place_is_stdio(source) || is_contents(ctx, source->path) ||
	       nk_filter_takes(&ctx->common->filter, nk_path_name(path), kind);
}

/* Take out what --include and --exclude leave out. */
static void filter_plan(const struct nk_ctx *ctx, struct plan *plan)
{
	int kept = 0;

	for (int i = 0; i < plan->sources.count; i++) {
		struct nk_place *source = &plan->sources.items[i];
		struct nk_place *target = &plan->targets.items[i];

		if (!takes(ctx, source)) {
			nk_place_release(source);
			nk_place_release(target);
			continue;
		}
		plan->sources.items[kept] = *source;
		plan->targets.items[kept++] = *target;
	}
	plan->sources.count = plan->targets.count = kept;
}

/* Does a session more cost nothing? */
static bool has_lanes(const struct plan *plan)
{
	return plan->sources.items[0].ops->lanes > 0 || plan->targets.items[0].ops->lanes > 0;
}

/* Several connections for one file, where there can never be more than one, are refused. */
static int check_segments(const struct nk_ctx *ctx, const struct plan *plan, struct nk_err *err)
{
	for (int i = 0; i < plan->sources.count && ctx->common->segments > 1; i++) {
		if (nk_copy_check_segments(plan->sources.items[i].ops, plan->targets.items[i].ops,
					   err) < 0)
			return -1;
	}
	return 0;
}

/* Commands are the same for all of many hosts, and so are the local names in them. */
static int check_shared(const struct nk_ctx *ctx, const struct plan *plan, struct nk_err *err)
{
	if (!ctx->common->hosts || !nk_opener_is_prompt(ctx->opener))
		return 0;
	for (int i = 0; i < plan->targets.count; i++) {
		const struct nk_place *target = &plan->targets.items[i];

		if (nk_place_is_local(target) && !nk_place_is_stdio(target) &&
		    !strstr(target->path, ctx->common->out.host))
			return nk_fail(err, NK_E_USAGE, 0,
				       "%s: would be one file for all hosts: the verb get writes "
				       "to a target with {} in it",
				       target->path);
	}
	return 0;
}

static int run_plan(const struct nk_ctx *ctx, struct plan *plan, struct nk_err *err)
{
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);
	struct nk_limit *limit;

	filter_plan(ctx, plan);
	if (check_segments(ctx, plan, err) < 0 || check_shared(ctx, plan, err) < 0)
		return -1;
	for (int i = 0; i < plan->targets.count; i++) {
		if (nk_same_check(ctx, &plan->sources.items[i], &plan->targets.items[i], err) < 0)
			return -1;
	}
	for (int i = 0; i < plan->targets.count; i++) {
		if (nk_place_is_stdio(&plan->targets.items[i]))
			nk_out_give_stdout_away(ctx->out);
	}
	tally.has_summary = true;
	tally.is_together =
		nk_places_are_together(&plan->sources) && nk_places_are_together(&plan->targets);
	if (plan->sources.count == 0)
		return nk_tally_end(&tally, err);
	limit = nk_limit_new(ctx->common->limit_rate);
	if (nk_opener_is_prompt(ctx->opener) && !ctx->common->recursive && !has_lanes(plan))
		run_kept(ctx, plan, limit, &tally, err);
	else
		run_pool(ctx, plan, limit, &tally, err);
	nk_limit_free(limit);
	return nk_tally_end(&tally, err);
}

/* --- the verbs --- */

static int add_remote_sources(const struct nk_ctx *ctx, int count, struct plan *plan,
			      struct nk_err *err)
{
	const struct nk_get_opts *opts = ctx->verb_opts;

	if (nk_opener_places(ctx->opener, ctx->operands, count, &plan->sources, err) < 0)
		return -1;
	return opts->glob ? nk_glob_places(ctx->opener, &plan->sources, err) : 0;
}

int nk_run_cat(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(plan) struct plan plan = { 0 };
	nk_auto(aim) struct aim aim = { 0 };

	if (nk_verb_wants(ctx, 1, -1, err) < 0 ||
	    add_remote_sources(ctx, ctx->operand_count, &plan, err) < 0 ||
	    take_aim(ctx, "-", false, false, &aim, err) < 0 || aim_all(ctx, &aim, &plan, err) < 0)
		return -1;
	return run_plan(ctx, &plan, err);
}

int nk_run_get(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(plan) struct plan plan = { 0 };
	nk_auto(aim) struct aim aim = { 0 };
	int count = ctx->operand_count;
	const char *target = ".";

	if (nk_verb_wants(ctx, 1, -1, err) < 0)
		return -1;
	if (count > 1 && !nk_url_is_url(ctx->operands[count - 1]))
		target = ctx->operands[--count];
	if (add_remote_sources(ctx, count, &plan, err) < 0 ||
	    take_aim(ctx, target, false, plan.sources.count > 1, &aim, err) < 0 ||
	    aim_all(ctx, &aim, &plan, err) < 0)
		return -1;
	return run_plan(ctx, &plan, err);
}

int nk_run_put(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(plan) struct plan plan = { 0 };
	nk_auto(aim) struct aim aim = { 0 };
	int count = ctx->operand_count - 1;

	if (nk_verb_wants(ctx, 2, -1, err) < 0 ||
	    take_aim(ctx, ctx->operands[count], true, count > 1, &aim, err) < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		struct nk_place source;

		if (nk_url_is_url(ctx->operands[i]))
			return nk_fail(err, NK_E_USAGE, 0, "put takes local files; cp takes both");
		if (nk_opener_any(ctx->opener, ctx->operands[i], &source, err) < 0)
			return -1;
		nk_places_add(&plan.sources, source);
	}
	if (aim_all(ctx, &aim, &plan, err) < 0)
		return -1;
	return run_plan(ctx, &plan, err);
}

int nk_run_cp(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct nk_get_opts *opts = ctx->verb_opts;
	nk_auto(plan) struct plan plan = { 0 };
	nk_auto(aim) struct aim aim = { 0 };
	int count = ctx->operand_count - 1;

	if (nk_verb_wants(ctx, 2, -1, err) < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		struct nk_place source;

		if (nk_opener_any(ctx->opener, ctx->operands[i], &source, err) < 0)
			return -1;
		nk_places_add(&plan.sources, source);
	}
	if ((opts->glob && nk_glob_places(ctx->opener, &plan.sources, err) < 0) ||
	    take_aim(ctx, ctx->operands[count], nk_url_is_url(ctx->operands[count]),
		     plan.sources.count > 1, &aim, err) < 0 ||
	    aim_all(ctx, &aim, &plan, err) < 0)
		return -1;
	return run_plan(ctx, &plan, err);
}

int nk_copy_run(const struct nk_ctx *ctx, const char *const *operands, int count,
		struct nk_err *err)
{
	const struct nk_get_opts opts = { .glob = true };
	struct nk_ctx inner = *ctx;

	inner.verb_opts = &opts;
	inner.operands = operands;
	inner.operand_count = count;
	return nk_run_cp(&inner, err);
}
