/* copy.c - one file from any fs to any other. */
#include "netkit/copy.h"

#include "blame.h"
#include "netkit/log.h"
#include "pump.h"
#include "remotepart.h"
#include "run.h"
#include "segment.h"
#include "verify.h"

#define COPY_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

/* A copy under way. */
struct copying {
	const struct nk_run *run;
	struct nk_plan *plan;
	struct nk_stream *in;  /* NULL: closed, or nothing is left to read */
	struct nk_stream *out; /* NULL: closed */
	struct nk_verification verification;
	struct nk_pump pump;
	bool in_pieces; /* over several connections, or filling gaps */
	struct nk_segments segments;
	struct nk_remote_part part; /* of a target that is no local file, then */
};

static bool compares_size(const struct nk_copy_how *how)
{
	return how->verify != NK_VERIFY_NONE && !how->is_text;
}

/* What was asked for and cannot be had is said before anything is moved. */
static int check_wishes(const struct copying *copying, struct nk_err *err)
{
	const struct nk_copy_how *how = copying->run->how;

	if (how->verify != NK_VERIFY_SIZE && how->verify != NK_VERIFY_HASH)
		return 0;
	if (how->is_text)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s: text changes on its way and cannot be verified",
			       copying->run->source->path);
	return 0;
}

static int open_ends(struct copying *copying, struct nk_err *err)
{
	const struct nk_run *run = copying->run;
	struct nk_plan *plan = copying->plan;
	struct nk_open_how read_how = nk_plan_read_how(plan, run->how);

	if (!plan->is_complete) {
		if (nk_fs_open(run->source->fs, run->source->path, &read_how, &copying->in, err) <
		    0)
			return -1;
		if (nk_plan_opened(plan, run->source, copying->in, run->how, err) < 0)
			return -1;
	}
	if (run->how->verify == NK_VERIFY_SIZE && plan->size < 0)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: its size is not known",
			       run->source->path);
	if (plan->offset > 0)
		nk_log(NK_LOG_INFO, "%s: going on at %lld", run->target->path,
		       (long long)plan->offset);
	/* The identity may have been learnt just now. */
	struct nk_open_how write_how = nk_plan_write_how(plan, run->how);

	if (copying->out)
		return 0;
	return nk_fs_open(run->target->fs, run->target->path, &write_how, &copying->out, err);
}

/* Open the target for pieces. Where it turns out to be nothing that has pieces, it is written as
 * usual. */
static int open_pieces(struct copying *copying, struct nk_err *err)
{
	const struct nk_run *run = copying->run;
	struct nk_open_how how = nk_plan_write_how(copying->plan, run->how);
	int opened;

	if (!nk_fs_is_here(run->target->fs->ops)) {
		opened = nk_remote_part_open(&copying->part, run->target, &how, err);
		copying->in_pieces = opened > 0;
		return opened < 0 ? -1 : 0;
	}
	how.in_pieces = true;
	how.keeps_pieces = copying->plan->is_scattered;
	if (nk_fs_open(run->target->fs, run->target->path, &how, &copying->out, err) < 0)
		return -1;
	copying->in_pieces = copying->out->ops->write_at != NULL;
	return 0;
}

/* All pieces, and then what was asked to be known of the whole. */
static int fetch_pieces(struct copying *copying, struct nk_err *err)
{
	const struct nk_plan *plan = copying->plan;

	copying->segments = (struct nk_segments){
		.run = copying->run,
		.plan = plan,
		.out = copying->out,
		.target = copying->part.work,
	};
	if (nk_segments_move(&copying->segments, err) < 0)
		return -1;
	copying->pump.total = plan->size;
	if (copying->out &&
	    nk_verification_resume(&copying->verification, copying->out, plan->size, err) < 0)
		return -1;
	return nk_verification_moved(&copying->verification, err);
}

static void announce(const struct copying *copying)
{
	const struct nk_run *run = copying->run;
	const struct nk_plan *plan = copying->plan;

	if (run->how->wanted && plan->size >= 0)
		atomic_store(run->how->wanted, plan->size - plan->offset);
	if (!run->ahead || plan->is_complete)
		return;
	/* A target that is opened is emptied. */
	const struct nk_end source = { .fs = run->source->fs, .path = run->ahead->source };
	const struct nk_end target = { .fs = run->target->fs, .path = run->ahead->target };

	if (!nk_itself_is_ruled_out(run->apart, &source, &target))
		return;
	nk_fs_ahead(run->source->fs, run->ahead->source, &run->ahead->read);
	nk_fs_ahead(run->target->fs, run->ahead->target, &run->ahead->write);
}

static int move(struct copying *copying, int64_t *written, struct nk_err *err)
{
	const struct nk_run *run = copying->run;
	const struct nk_plan *plan = copying->plan;
	bool is_bound = compares_size(run->how) && plan->is_exact;

	*written = plan->offset;
	copying->pump = (struct nk_pump){
		.in = copying->in,
		.out = copying->out,
		.name = run->source->path,
		.how = run->how,
		.jobs = run->jobs,
		.digest = copying->verification.digest,
		.total = plan->offset,
		.size = run->how->is_text ? -1 : plan->size,
		.most = is_bound ? plan->size : -1,
		.written = written,
	};
	if (plan->is_complete)
		return 0;
	if (nk_pump(&copying->pump, err) < 0)
		return -1;
	return nk_stream_close(nk_take(copying->in), err);
}

/* A listing may be older than the file; what the source says now is what counts. */
static int64_t size_now(const struct copying *copying)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(COPY_STAT_ARENA);
	const struct nk_end *source = copying->run->source;
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;

	if (source->fs->ops->stat &&
	    nk_fs_stat(source->fs, source->path, &arena, &entry, &refused) == 0 && entry.size >= 0)
		return entry.size;
	return copying->plan->size;
}

static int check_size(const struct copying *copying, struct nk_err *err)
{
	const struct nk_plan *plan = copying->plan;
	int64_t total = copying->pump.total;
	int64_t expected = plan->size;

	if (!compares_size(copying->run->how) || expected < 0 || total == expected)
		return 0;
	if (!plan->is_exact)
		expected = size_now(copying);
	if (total == expected)
		return 0;
	return nk_fail_again(err, NK_E_SHORT, 0, "%s: announced %lld bytes, sent %lld",
			     copying->run->source->path, (long long)expected, (long long)total);
}

/* What the target holds must not be gone on from: it is not what the source has. */
static void discard(const struct copying *copying)
{
	const struct nk_end *target = copying->run->target;
	const struct nk_fs_ops *ops = target->fs->ops;
	const struct nk_open_how how = { .direction = NK_WRITE, .size = -1 };
	struct nk_stream *empty = NULL;
	struct nk_err ignored = NK_ERR_INIT;
	struct nk_left_over left = { .offset = 0 };

	if (!ops->left_over ||
	    ops->left_over(target->fs, target->path, NULL, false, &left, &ignored) < 0 ||
	    (left.offset == 0 && !left.is_scattered))
		return;
	/* A write that is given up before its first byte leaves nothing. */
	if (nk_fs_open(target->fs, target->path, &how, &empty, &ignored) == 0)
		nk_stream_abandon(empty);
}

/* Does the server have as many bytes as it was sent? Where its close did not compare already. */
static int check_stored(const struct copying *copying, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(COPY_STAT_ARENA);
	const struct nk_end *target = copying->run->target;
	struct nk_entry entry = NK_ENTRY_INIT;

	if (copying->run->how->verify != NK_VERIFY_SIZE || nk_fs_is_here(target->fs->ops) ||
	    (target->fs->ops->caps & NK_FS_CAP_CHECKS_SIZE))
		return 0;
	if (nk_fs_stat(target->fs, target->path, &arena, &entry, err) < 0)
		return -1;
	if (entry.size != copying->pump.total)
		return nk_fail(err, NK_E_MISMATCH, 0, "%s: %lld bytes were sent, %lld are stored",
			       target->path, (long long)copying->pump.total, (long long)entry.size);
	return 0;
}

/* The target refused to keep something. is_common: where it knows no such thing that is no failure. */
static int refused(const struct copying *copying, const char *what, bool is_common,
		   struct nk_err *err)
{
	bool is_lenient = copying->run->how->is_lenient && !nk_fs_is_session_error(err->domain);

	if (!is_lenient && !(is_common && err->domain == NK_E_UNSUPPORTED))
		return nk_wrap(err, "copied without its %s", what);
	nk_log(NK_LOG_INFO, "%s", err->msg);
	*err = (struct nk_err)NK_ERR_INIT;
	return 0;
}

static int preserve(const struct copying *copying, struct nk_err *err)
{
	const struct nk_end *target = copying->run->target;
	const struct nk_plan *plan = copying->plan;
	bool has_file = target->fs->ops->stat || target->fs->ops->set_mtime;

	if (!copying->run->how->preserve || !has_file)
		return 0;
	/* Many servers have no permissions to set. */
	if (plan->mode >= 0 && nk_fs_chmod(target->fs, target->path, plan->mode & 0777, err) < 0 &&
	    refused(copying, "permissions", true, err) < 0)
		return -1;
	if (plan->mtime != NK_ENTRY_NO_TIME &&
	    nk_fs_set_mtime(target->fs, target->path, plan->mtime, err) < 0)
		return refused(copying, "time", false, err);
	return 0;
}

/* How the copy was verified, for its record. */
static const char *verified(const struct copying *copying)
{
	const struct nk_copy_how *how = copying->run->how;
	const struct nk_fs_ops *target = copying->run->target->fs->ops;
	bool is_checked = nk_fs_is_here(target) || (target->caps & NK_FS_CAP_CHECKS_SIZE) ||
			  how->verify == NK_VERIFY_SIZE;

	if (how->verify == NK_VERIFY_HASH)
		return nk_digest_name(copying->verification.kind);
	return compares_size(how) && is_checked && copying->plan->size >= 0 ? "size" : "none";
}

/* Everything up to the moment before the target gets its name. */
static int fetch(struct copying *copying, int64_t *written, struct nk_err *err)
{
	const struct nk_run *run = copying->run;
	const struct nk_plan *plan = copying->plan;
	struct nk_verification *verification = &copying->verification;

	if (check_wishes(copying, err) < 0)
		return -1;
	if (nk_segments_are_due(run, plan) && open_pieces(copying, err) < 0)
		return -1;
	/* Of pieces nothing passes in order. */
	if (run->how->verify == NK_VERIFY_HASH &&
	    nk_verification_begin(verification, run->source, run->target,
				  copying->in_pieces ? plan->size : plan->offset, err) < 0)
		return -1;
	if (copying->in_pieces)
		return fetch_pieces(copying, err);
	if (open_ends(copying, err) < 0 ||
	    nk_verification_resume(verification, copying->out, plan->offset, err) < 0)
		return -1;
	announce(copying);
	if (move(copying, written, err) < 0 || check_size(copying, err) < 0)
		return -1;
	return nk_verification_moved(verification, err);
}

static int finish(struct copying *copying, struct nk_err *err)
{
	if (copying->part.work &&
	    nk_remote_part_finish(&copying->part, copying->plan->size, err) < 0)
		return -1;
	if ((copying->out && nk_stream_close(nk_take(copying->out), err) < 0) ||
	    check_stored(copying, err) < 0 || nk_verification_end(&copying->verification, err) < 0)
		return -1;
	return preserve(copying, err);
}

int nk_copy_check_segments(const struct nk_fs_ops *source, const struct nk_fs_ops *target,
			   struct nk_err *err)
{
	if (nk_segments_are_possible(source, target))
		return 0;
	if (source->caps & NK_FS_CAP_RANGES)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "--segments: %s cannot be written in parts from %s", target->name,
			       source->name);
	return nk_fail(err, NK_E_UNSUPPORTED, 0, "--segments: %s cannot be read in parts",
		       source->name);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* Can the server copy it by itself? Where it cannot after all, the bytes come through here. */
static bool may_copy_there(const struct copying *copying)
{
	const struct nk_run *run = copying->run;
	const struct nk_fs *source = run->source->fs;
	const struct nk_fs *target = run->target->fs;

	return source->ops == target->ops && source->session == target->session &&
	       source->ops->copy && copying->plan->offset == 0 && !run->how->is_text &&
	       !run->how->no_clobber && run->how->verify != NK_VERIFY_HASH;
}

/* 1: the server has copied it, 0: it cannot, -1. */
static int copy_there(struct copying *copying, struct nk_err *err)
{
	const struct nk_run *run = copying->run;
	int64_t bytes = 0;

	if (nk_fs_copy(run->source->fs, run->source->path, run->target->path, &bytes, err) < 0) {
		if (err->domain != NK_E_UNSUPPORTED)
			return -1;
		nk_log(NK_LOG_INFO, "%s", err->msg);
		*err = (struct nk_err)NK_ERR_INIT;
		return 0;
	}
	copying->pump.total = bytes;
	if (run->how->moved)
		atomic_fetch_add_explicit(run->how->moved, bytes, memory_order_relaxed);
	return check_size(copying, err) < 0 || preserve(copying, err) < 0 ? -1 : 1;
}

static int64_t bytes_moved(const struct copying *copying)
{
	return copying->in_pieces ? copying->segments.moved
				  : copying->pump.total - copying->plan->offset;
}

int nk_run_copy(const struct nk_run *run, struct nk_plan *plan, int64_t *written,
		struct nk_transfer *transfer, struct nk_err *err)
{
	struct copying copying = { .run = run, .plan = plan };
	struct timespec start;
	int result;

	clock_gettime(CLOCK_MONOTONIC, &start);
	result = plan->is_complete ? 0 : nk_itself_check(run->apart, run->source, run->target, err);
	if (result == 0 && may_copy_there(&copying))
		result = copy_there(&copying, err);
	if (result == 0) {
		result = fetch(&copying, written, err);
		if (result == 0)
			result = finish(&copying, err);
	}
	/* The source first: its server may have to be told to stop. */
	nk_stream_abandon(copying.in);
	nk_stream_abandon(copying.out);
	nk_remote_part_release(&copying.part);
	if (result < 0 &&
	    (copying.pump.has_more || copying.segments.has_other || err->domain == NK_E_MISMATCH)) {
		discard(&copying);
		*written = 0;
	}
	if (result >= 0)
		*transfer = (struct nk_transfer){
			.bytes = bytes_moved(&copying),
			.size = copying.pump.total,
			.seconds = seconds_since(&start),
			.resumed_at = copying.pump.total - bytes_moved(&copying),
			.verified = verified(&copying),
			.is_worn = copying.segments.is_worn,
		};
	nk_verification_release(&copying.verification);
	return result < 0 ? -1 : 0;
}

int nk_copy_file(const struct nk_end *source, const struct nk_end *target,
		 const struct nk_entry *entry, const struct nk_copy_how *how,
		 struct nk_tries *tries, struct nk_transfer *transfer, struct nk_err *err)
{
	nk_auto(apart) struct nk_apart apart = { 0 };
	const struct nk_run run = {
		.source = source, .target = target, .how = how, .apart = &apart, .jobs = 1
	};
	nk_auto(plan) struct nk_plan plan = NK_PLAN_INIT;

	if (nk_plan_make(&plan, source, target, entry, how, tries, err) < 0)
		return -1;
	if (how->dry_run) {
		*transfer = (struct nk_transfer){ .size = plan.size, .verified = "none" };
		return 0;
	}
	return nk_run_copy(&run, &plan, &tries->written, transfer, err);
}
