/* plan.c - what a copy will do, decided before anything is opened. */
#include "plan.h"

#include "blame.h"
#include "netkit/codec.h"
#include "netkit/log.h"
#include "segment.h"

/* Comparing hashes to go on with an upload of another run is worth the round trips from here on. */
#define PLAN_HASH_FROM (1 << 20)

#define PLAN_IDENTITY_MAX 49152
#define PLAN_STAT_ARENA	  (2 * NK_ENTRY_NAME_MAX + 4096)

/* The plan while it is made. */
struct planning {
	struct nk_plan *plan;
	const struct nk_end *source;
	const struct nk_end *target;
	const struct nk_entry *entry; /* NULL: nothing was known */
	const struct nk_copy_how *how;
	struct nk_tries *tries;
	bool was_asked; /* the source, with stat */
	bool is_rough;	/* mtime is good to the minute at best */
};

static bool can_resume(const struct nk_end *source, const struct nk_end *target,
		       const struct nk_copy_how *how)
{
	return how->resume != NK_RESUME_NEVER && !how->is_text &&
	       (source->fs->ops->caps & NK_FS_CAP_RESUME) &&
	       (target->fs->ops->left_over || (target->fs->ops->caps & NK_FS_CAP_RESUME));
}

/* One line that names a version of the source; nothing when neither size nor time is known. */
static void identify(struct nk_plan *plan, const struct nk_end *source)
{
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(PLAN_IDENTITY_MAX);
	const struct nk_session *session = source->fs->session;
	const char *scheme = session && session->scheme ? session->scheme : "";
	const char *host = session && session->target.host ? session->target.host : "";
	int added = 0;

	free(nk_take(plan->identity));
	if (plan->size < 0 && plan->mtime == NK_ENTRY_NO_TIME)
		return;
	/* What cannot be gone on with later need not be kept. */
	if (!(source->fs->ops->caps & NK_FS_CAP_RESUME))
		return;
	if (plan->size >= 0)
		added = nk_buf_addf(&line, "size=%lld ", (long long)plan->size);
	if (added == 0 && plan->mtime != NK_ENTRY_NO_TIME)
		added = nk_buf_addf(&line, "mtime=%lld ", (long long)plan->mtime);
	if (added == 0)
		added = nk_buf_addf(&line, "url=%s://", scheme);
	if (added == 0)
		added = nk_percent_encode(&line, host, ":");
	if (added == 0)
		added = nk_buf_addf(&line, ":%d", session ? session->target.port : 0);
	if (added == 0)
		added = nk_percent_encode(&line, source->path, "/");
	if (added == 0)
		plan->identity = nk_strdup(line.data);
}

static void learn(struct planning *planning, const struct nk_entry *entry)
{
	struct nk_plan *plan = planning->plan;

	/* What a link says of itself is not what it points to. */
	if (entry->kind == NK_KIND_LINK)
		return;
	if (entry->size >= 0)
		plan->size = entry->size;
	if (entry->mtime != NK_ENTRY_NO_TIME) {
		plan->mtime = entry->mtime;
		planning->is_rough = entry->is_rough;
	}
	if (entry->mode >= 0)
		plan->mode = entry->mode;
}

/* Ask the source about itself. A refusal is no failure, as opening it will tell, unless nothing will
 * be opened. */
static int ask(struct planning *planning, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(PLAN_STAT_ARENA);
	const struct nk_end *source = planning->source;
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;

	if (planning->was_asked || !source->fs->ops->stat)
		return 0;
	planning->was_asked = true;
	if (nk_fs_stat(source->fs, source->path, &arena, &entry, &refused) == 0) {
		learn(planning, &entry);
		planning->plan->is_exact = planning->plan->size >= 0;
	} else if (nk_fs_is_session_error(refused.domain) ||
		   (planning->how->dry_run && refused.domain == NK_E_MISSING)) {
		*err = refused;
		nk_fs_blame_local(source->fs->ops, NK_E_READ, err);
		return -1;
	}
	return 0;
}

/* Is there a need to ask, whatever is left over? */
static bool must_ask(const struct planning *planning)
{
	const struct nk_plan *plan = planning->plan;
	const struct nk_fs_ops *source = planning->source->fs->ops;
	bool knows_time = plan->mtime != NK_ENTRY_NO_TIME;
	bool keeps_identity = planning->target->fs->ops->left_over &&
			      can_resume(planning->source, planning->target, planning->how);

	if (!source->stat)
		return false;
	if (planning->how->preserve && (!planning->entry || !knows_time || planning->is_rough))
		return true;
	/* It decides how many connections are worth it. */
	if (plan->size < 0 && planning->how->segments > 1 &&
	    nk_segments_are_possible(source, planning->target->fs->ops))
		return true;
	if (source->caps & NK_FS_CAP_ANNOUNCES)
		return false;
	/* Standard output and its like are served best by the first byte being early. */
	if (!planning->target->fs->ops->stat && planning->how->verify != NK_VERIFY_SIZE)
		return false;
	return plan->size < 0 || (keeps_identity && !knows_time);
}

/* What there is of this identity, NULL for any. 1, 0 for nothing, -1. */
static int look_for_left_over(const struct planning *planning, const char *identity,
			      struct nk_left_over *left, struct nk_err *err)
{
	const struct nk_end *target = planning->target;
	bool is_forced = !identity && planning->how->resume == NK_RESUME_FORCE;

	*left = (struct nk_left_over){ .offset = 0 };
	if (target->fs->ops->left_over(target->fs, target->path, identity, is_forced, left, err) <
	    0)
		return nk_wrap(err, "%s", target->path);
	return left->offset > 0 || left->is_scattered;
}

/* The target keeps its left-overs by identity. */
static int resume_by_identity(struct planning *planning, struct nk_err *err)
{
	const struct nk_end *target = planning->target;
	struct nk_plan *plan = planning->plan;
	bool is_forced = planning->how->resume == NK_RESUME_FORCE;
	struct nk_left_over left;
	int found = look_for_left_over(planning, NULL, &left, err);

	if (found <= 0)
		return found;
	if ((plan->size < 0 || plan->mtime == NK_ENTRY_NO_TIME) && ask(planning, err) < 0)
		return -1;
	if (!is_forced) {
		identify(plan, planning->source);
		found = plan->identity ? look_for_left_over(planning, plan->identity, &left, err)
				       : 0;
		if (found < 0)
			return -1;
		if (found == 0 || (plan->size >= 0 && left.offset > plan->size)) {
			nk_log(NK_LOG_NOTICE,
			       "%s: the source has changed since it was interrupted; "
			       "starting anew",
			       target->path);
			return 0;
		}
	}
	plan->offset = left.offset;
	plan->is_scattered = left.is_scattered;
	return 0;
}

/* Does the target begin as the source does, for as long as it is? 1, 0, -1, or unknown where their
 * hashes cannot be compared. */
static int is_prefix(struct planning *planning, int64_t length, int unknown, struct nk_err *err)
{
	const struct nk_end *source = planning->source;
	const struct nk_end *target = planning->target;
	enum nk_digest_kind kind = NK_DIGEST_NONE;
	enum nk_digest_kind own;
	char stored[NK_DIGEST_TEXT];
	char sent[NK_DIGEST_TEXT];
	struct nk_err refused = NK_ERR_INIT;

	if (nk_fs_hash(target->fs, target->path, length, &kind, stored, &refused) < 0) {
		if (!nk_fs_is_session_error(refused.domain))
			return unknown;
		*err = refused;
		return -1;
	}
	own = kind;
	if (nk_fs_hash(source->fs, source->path, length, &own, sent, &refused) < 0) {
		if (!nk_fs_is_session_error(refused.domain))
			return unknown;
		*err = refused;
		return -1;
	}
	return own == kind ? strcmp(sent, stored) == 0 : unknown;
}

/*
 * May the target's bytes, as many as it has, be gone on from? 1, 0, or -1.
 *
 * They need not be ours: a server that replaces files in one step, when they are complete, still has
 * the old file under this name after we were cut off. They are ours when there was nothing before the
 * first try, or something of another size. Else the hashes decide; and where nobody can hash, they
 * are only when they are exactly as many as were written, and not the whole: an old file would have
 * to end at the very byte where we were cut off.
 */
static int may_continue(struct planning *planning, int64_t have, struct nk_err *err)
{
	const struct nk_plan *plan = planning->plan;

	if (have <= 0)
		return 0;
	if (planning->how->resume == NK_RESUME_FORCE)
		return 1;
	if (plan->size >= 0 && have > plan->size)
		return 0;
	if (planning->tries->written >= have && planning->tries->before > -2 &&
	    planning->tries->before != have)
		return 1;
	return is_prefix(planning, have, have == planning->tries->written && have != plan->size,
			 err);
}

/* The target is a server, which keeps what it was sent under the final name. */
static int resume_by_size(struct planning *planning, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(PLAN_STAT_ARENA);
	const struct nk_end *target = planning->target;
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;
	int may;

	if (!target->fs->ops->stat)
		return 0;
	if (planning->plan->size < 0 && ask(planning, err) < 0)
		return -1;
	if (nk_fs_stat(target->fs, target->path, &arena, &entry, &refused) < 0) {
		if (!nk_fs_is_session_error(refused.domain))
			return 0;
		*err = refused;
		return -1;
	}
	may = may_continue(planning, entry.size, err);
	if (may > 0)
		planning->plan->offset = entry.size;
	return may < 0 ? -1 : 0;
}

static bool notes_before(const struct nk_copy_how *how, int64_t size)
{
	return how->net && how->net->retries > 0 && size >= PLAN_HASH_FROM;
}

/* Where a second try may follow, and sending all again would cost something, look at what the server
 * has before the first. */
static int note_before(struct planning *planning, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(PLAN_STAT_ARENA);
	const struct nk_end *target = planning->target;
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;

	if (!notes_before(planning->how, planning->plan->size) || !target->fs->ops->stat ||
	    planning->tries->before > -2 || planning->tries->written > 0 || planning->how->dry_run)
		return 0;
	if (nk_fs_stat(target->fs, target->path, &arena, &entry, &refused) == 0) {
		planning->tries->before = entry.size;
	} else if (refused.domain == NK_E_MISSING) {
		planning->tries->before = -1;
	} else if (nk_fs_is_session_error(refused.domain)) {
		*err = refused;
		return -1;
	}
	return 0;
}

/* Is there a reason to ask a server what it has of this file? */
static bool may_be_there(const struct planning *planning)
{
	const struct nk_fs_ops *source = planning->source->fs->ops;
	const struct nk_fs_ops *target = planning->target->fs->ops;
	int64_t size = planning->plan->size;

	/* It was looked at just now. */
	if (planning->tries->before == -1 && planning->tries->written == 0)
		return false;
	if (planning->how->resume == NK_RESUME_FORCE || planning->tries->written > 0)
		return true;
	return target->hash && source->hash && nk_fs_is_here(planning->source->fs->ops) &&
	       size >= PLAN_HASH_FROM;
}

static int find_offset(struct planning *planning, struct nk_err *err)
{
	struct nk_plan *plan = planning->plan;
	int result = 0;

	if (!can_resume(planning->source, planning->target, planning->how))
		return 0;
	if (planning->target->fs->ops->left_over)
		result = resume_by_identity(planning, err);
	else if (note_before(planning, err) < 0)
		result = -1;
	else if (may_be_there(planning))
		result = resume_by_size(planning, err);
	if (result < 0)
		return -1;
	if (plan->size >= 0 && plan->offset > plan->size)
		return nk_fail(err, NK_E_RESUME, 0,
			       "%s: has %lld bytes already, more than the %lld of the source",
			       planning->target->path, (long long)plan->offset,
			       (long long)plan->size);
	plan->is_complete = plan->offset > 0 && plan->offset == plan->size;
	return 0;
}

/* A local "x.part" may be what "x" is just being written to: opening it tells. */
static bool may_be_part(const struct nk_end *target)
{
	size_t length = strlen(target->path);

	return nk_fs_is_here(target->fs->ops) && length > 5 &&
	       strcmp(target->path + length - 5, ".part") == 0;
}

/* A server only says that the target exists when it is asked; a local one is looked at when it is
 * opened, too. */
static int check_clobber(const struct planning *planning, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(PLAN_STAT_ARENA);
	const struct nk_end *target = planning->target;
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err missing = NK_ERR_INIT;

	if (!planning->how->no_clobber || planning->tries->written > 0 || !target->fs->ops->stat ||
	    (may_be_part(target) && !planning->how->dry_run))
		return 0;
	nk_auto(str) char *shown = nk_fs_shown_path(target->fs, target->path);

	if (nk_fs_stat(target->fs, target->path, &arena, &entry, &missing) == 0)
		return nk_fail(err, NK_E_EXISTS, 0, "%s: exists already", shown);
	if (nk_fs_is_session_error(missing.domain)) {
		*err = missing;
		return -1;
	}
	return 0;
}

int nk_plan_make(struct nk_plan *plan, const struct nk_end *source, const struct nk_end *target,
		 const struct nk_entry *entry, const struct nk_copy_how *how,
		 struct nk_tries *tries, struct nk_err *err)
{
	struct planning planning = {
		.plan = plan,
		.source = source,
		.target = target,
		.entry = entry,
		.how = how,
		.tries = tries,
	};

	plan->sends_mode = source->fs->ops->caps & NK_FS_CAP_MODES;
	if (check_clobber(&planning, err) < 0)
		return -1;
	if (entry)
		learn(&planning, entry);
	/* A local file's size costs nothing, and tells whether the target is worth a question. */
	if ((must_ask(&planning) || (!entry && (how->dry_run || nk_fs_is_here(source->fs->ops)))) &&
	    ask(&planning, err) < 0)
		return -1;
	if (find_offset(&planning, err) < 0)
		return -1;
	if (!plan->identity)
		identify(plan, source);
	return 0;
}

bool nk_plan_is_silent(const struct nk_end *source, const struct nk_end *target,
		       const struct nk_entry *entry, const struct nk_copy_how *how)
{
	struct nk_plan plan = NK_PLAN_INIT;
	struct nk_tries tries = NK_TRIES_INIT;
	struct planning planning = {
		.plan = &plan,
		.source = source,
		.target = target,
		.entry = entry,
		.how = how,
		.tries = &tries,
	};

	if (entry)
		learn(&planning, entry);
	/* Hashes are asked for between the files. */
	if (how->verify == NK_VERIFY_HASH)
		return false;
	if (!nk_fs_is_here(target->fs->ops) &&
	    (how->no_clobber || notes_before(how, plan.size) || how->preserve ||
	     how->verify == NK_VERIFY_SIZE || may_be_there(&planning)))
		return false;
	if (nk_fs_is_here(source->fs->ops))
		return true;
	/* What is left over of it would have to be compared with what the source has now. */
	return plan.size >= 0 && plan.mtime != NK_ENTRY_NO_TIME && !must_ask(&planning);
}

int nk_plan_opened(struct nk_plan *plan, const struct nk_end *source,
		   const struct nk_stream *stream, const struct nk_copy_how *how,
		   struct nk_err *err)
{
	bool learnt = false;

	if (how->is_text)
		return 0;
	if (plan->offset > 0 && plan->size >= 0 && stream->size >= 0 && stream->size != plan->size)
		return nk_fail_again(err, NK_E_SHORT, 0, "%s: the source has changed just now",
				     source->path);
	if (stream->size >= 0) {
		learnt = stream->size != plan->size;
		plan->size = stream->size;
		plan->is_exact = true;
	} else if (plan->size == 0 && nk_fs_is_here(source->fs->ops)) {
		/* Files in /proc have bytes but no size. */
		learnt = true;
		plan->size = -1;
		plan->is_exact = false;
	}
	if (plan->mtime == NK_ENTRY_NO_TIME && stream->mtime != NK_ENTRY_NO_TIME) {
		plan->mtime = stream->mtime;
		learnt = true;
	}
	if (plan->mode < 0 && stream->mode > 0)
		plan->mode = stream->mode;
	if (learnt)
		identify(plan, source);
	return 0;
}

struct nk_open_how nk_plan_read_how(const struct nk_plan *plan, const struct nk_copy_how *how)
{
	return (struct nk_open_how){
		.direction = NK_READ,
		.offset = plan->offset,
		.size = plan->size,
		.is_text = how->is_text,
		.deadline = how->net ? how->net->deadline : NK_NEVER,
	};
}

struct nk_open_how nk_plan_write_how(const struct nk_plan *plan, const struct nk_copy_how *how)
{
	return (struct nk_open_how){
		.direction = NK_WRITE,
		.offset = plan->offset,
		.size = how->is_text ? -1 : plan->size,
		.must_be_new = how->no_clobber,
		.sync = how->sync,
		.mode = plan->sends_mode && plan->mode > 0 ? plan->mode & 0777 : 0,
		.is_text = how->is_text,
		.deadline = how->net ? how->net->deadline : NK_NEVER,
		.identity = plan->identity,
	};
}

void nk_plan_release(struct nk_plan *plan)
{
	free(nk_take(plan->identity));
}
