/* worker.c - one of the pool's threads. */
#include "worker.h"

#include "blame.h"
#include "links.h"
#include "netkit/log.h"
#include "netkit/retry.h"
#include "netkit/wait.h"
#include "segment.h"
#include "syncwork.h"

/* For a larger file the round trips before it are nothing, and the next one may go elsewhere. */
#define WORKER_AHEAD_MAX (1 << 20)

/* Lanes are for files whose time is in the round trips; larger ones fill a connection. */
#define WORKER_LANE_MAX (1 << 20)

/* Workers that share a connection lose it together: so soon after another it is the same loss. */
#define WORKER_SAME_LOSS_MS 1000

/* How an attempt at something ended. */
enum outcome {
	DONE,
	FAILED,	    /* err has why; another try may be due */
	NO_SESSION, /* the same, because there was no session to be had */
	RETIRED,    /* others have the session; they shall do it */
	LATER,	    /* the feed has it again, for another try */
};

static const struct nk_net_policy no_policy;

static struct nk_retry new_retry(const struct nk_pool *pool)
{
	const struct nk_net_policy *net = pool->how.copy.net;

	return (struct nk_retry){ .net = net ? net : &no_policy };
}

static bool is_interrupt(const struct nk_err *err)
{
	return err->domain == NK_E_INTERRUPT || err->domain == NK_E_TERMINATE;
}

static bool is_over(struct nk_pool *pool)
{
	struct nk_err ignored = NK_ERR_INIT;

	return atomic_load(&pool->is_stopped) || nk_interrupt_check(&ignored) < 0;
}

static void release_work(struct nk_work *work)
{
	nk_feed_item_release(&work->item);
	nk_plan_release(&work->plan);
	*work = (struct nk_work){ .plan = NK_PLAN_INIT };
}

/* Has another worker told of this loss? Who asks first tells. */
static bool is_loss_told(struct nk_pool *pool, const struct nk_err *err)
{
	nk_time_ms now = nk_clock_now();
	bool is_told;

	if (!nk_fs_is_session_error(err->domain))
		return false;
	pthread_mutex_lock(&pool->lock);
	is_told = pool->lost == err->domain && now - pool->lost_at < WORKER_SAME_LOSS_MS;
	if (!is_told) {
		pool->lost = err->domain;
		pool->lost_at = now;
	}
	pthread_mutex_unlock(&pool->lock);
	return is_told;
}

/* --- results --- */

void nk_worker_report(struct nk_worker *worker, struct nk_feed_item *item,
		      const struct nk_transfer *transfer, const struct nk_err *err)
{
	struct nk_pool_result result = {
		.source = nk_take(item->source),
		.target = nk_take(item->target),
		.operand = item->operand,
		.size = item->has_entry && item->entry.kind == NK_KIND_FILE ? item->entry.size : -1,
		.transfer = *transfer,
		.err = *err,
	};
	bool is_ok = err->domain == NK_E_NONE;

	result.is_dir = is_ok && item->has_entry && item->entry.kind == NK_KIND_DIR;
	result.is_planned = is_ok && worker->pool->how.copy.dry_run;
	result.action = (enum nk_sync_action)item->action;
	result.reason = (enum nk_sync_reason)item->reason;
	if (is_ok && result.size < 0 && !result.is_dir)
		result.size = transfer->size;
	nk_pool_report(worker->pool, &result);
}

void nk_worker_report_error(struct nk_worker *worker, struct nk_feed_item *item,
			    const struct nk_err *err)
{
	nk_worker_report(worker, item, &(struct nk_transfer){ .size = -1, .verified = "none" },
			 err);
}

/* --- taking a file from the feed, under its lock --- */

/* Will nk_retry_again give another try? */
static bool is_retry_due(const struct nk_retry *retry, const struct nk_err *err)
{
	return err->again && retry->done < retry->net->retries &&
	       nk_clock_left(retry->net->deadline) != 0;
}

/* Let the pause before another try pass. Others go on with the feed meanwhile, so nothing that was
 * taken from it may be kept; who comes back looks at it anew. */
static void pause_unlocked(struct nk_worker *worker, struct nk_retry *retry, struct nk_err *err)
{
	struct nk_pool *pool = worker->pool;

	pthread_mutex_unlock(&pool->feed_lock);
	retry->is_told = is_loss_told(pool, err);
	/* An interrupt is noticed by is_over. */
	nk_retry_again(retry, err);
	pthread_mutex_lock(&pool->feed_lock);
}

/* An operand that could not be looked at is still the next; a folder must be put back. */
static void give_back(struct nk_worker *worker, struct nk_feed_item *item)
{
	if (item->has_entry)
		nk_feed_put_back(worker->pool->feed, item);
}

/*
 * A session is missing that the feed needs: is there another way than to fail? A server that takes
 * no more sessions is no failure while another worker has one.
 */
static enum outcome without_session(struct nk_worker *worker, struct nk_feed_item *item,
				    struct nk_retry *retry, struct nk_err *err)
{
	const struct nk_session *missing = nk_worker_missing(worker, item->operand);

	if (is_interrupt(err))
		return NO_SESSION;
	if (nk_worker_is_held_by_other(worker, missing)) {
		nk_log(NK_LOG_INFO, "one session less: %s", err->msg);
		give_back(worker, item);
		return RETIRED;
	}
	if (is_retry_due(retry, err)) {
		give_back(worker, item);
		pause_unlocked(worker, retry, err);
		return LATER;
	}
	nk_feed_fail(worker->pool->feed, missing);
	nk_worker_report_error(worker, item, err);
	return NO_SESSION;
}

/* What was named itself must not hold its own copy. */
static int check_folder(const struct nk_worker *worker, const struct nk_feed_item *item,
			struct nk_err *err)
{
	const struct nk_end source = { .fs = worker->source, .path = item->source };
	const struct nk_end target = { .fs = worker->target, .path = item->target };

	bool is_named = item->relative && item->relative[0] == '\0';

	return is_named && source.fs ? nk_itself_check_folder(&source, &target, err) : 0;
}

/* Make the folder of item, or report why not and skip what is in it. */
static enum outcome make_folder(struct nk_worker *worker, struct nk_feed_item *item,
				struct nk_retry *retry)
{
	struct nk_err err = NK_ERR_INIT;

	if (nk_worker_mount_target(worker, item->operand, &err) < 0)
		return without_session(worker, item, retry, &err);
	if (nk_worker_make_folder(worker, item, &err) == 0 &&
	    check_folder(worker, item, &err) == 0 && nk_worker_note_folder(worker, item, &err) == 0)
		return DONE;
	nk_fs_blame_local(worker->target->ops, NK_E_WRITE, &err);
	if (nk_fs_is_session_error(err.domain))
		nk_worker_unmount_target(worker);
	if (is_retry_due(retry, &err)) {
		give_back(worker, item);
		pause_unlocked(worker, retry, &err);
		return LATER;
	}
	nk_feed_prune(worker->pool->feed);
	if (!is_interrupt(&err))
		nk_worker_report_error(worker, item, &err);
	return FAILED;
}

static enum outcome folder_found(struct nk_worker *worker, struct nk_feed_item *item,
				 struct nk_retry *retry)
{
	const struct nk_err none = NK_ERR_INIT;
	enum outcome outcome = DONE;

	if (!worker->pool->how.copy.dry_run)
		outcome = make_folder(worker, item, retry);
	if (outcome == DONE)
		nk_worker_report(worker, item, &(struct nk_transfer){ .verified = "none" }, &none);
	return outcome;
}

/* A session is needed to find out what comes next. */
static enum outcome mount_for_feed(struct nk_worker *worker, struct nk_feed_item *item,
				   struct nk_retry *retry)
{
	struct nk_err err = NK_ERR_INIT;

	if (nk_worker_mount_source(worker, item->operand, &err) == 0)
		return DONE;
	return without_session(worker, item, retry, &err);
}

/* The session failed while a folder was listed. */
static void recover(struct nk_worker *worker, struct nk_feed_item *item, struct nk_retry *retry,
		    struct nk_err *err)
{
	nk_worker_unmount_source(worker);
	if (is_interrupt(err))
		return;
	if (is_retry_due(retry, err)) {
		pause_unlocked(worker, retry, err);
		return;
	}
	nk_worker_report_error(worker, item, err);
	nk_feed_leave(worker->pool->feed);
}

/* Compare a folder with its target, while others go on with the feed: they wait for what it finds. */
static enum outcome compare(struct nk_worker *worker, struct nk_feed_item *item,
			    struct nk_retry *retry)
{
	struct nk_pool *pool = worker->pool;
	struct nk_err err = NK_ERR_INIT;
	bool is_mounted, is_compared;

	pool->unsettled++;
	pool->sync->comparing++;
	nk_pool_hire(pool);
	pthread_mutex_unlock(&pool->feed_lock);
	is_mounted = nk_worker_mount_source(worker, item->operand, &err) == 0 &&
		     nk_worker_mount_target(worker, item->operand, &err) == 0;
	is_compared = is_mounted && nk_sync_folder(worker, item, &err) == 0;
	pthread_mutex_lock(&pool->feed_lock);
	pool->unsettled--;
	pool->sync->comparing--;
	pthread_cond_broadcast(&pool->is_settled);
	if (is_compared)
		return DONE;
	if (!is_mounted)
		return without_session(worker, item, retry, &err);
	nk_worker_unmount_source(worker);
	nk_worker_unmount_target(worker);
	if (is_interrupt(&err))
		return FAILED;
	if (is_retry_due(retry, &err)) {
		give_back(worker, item);
		pause_unlocked(worker, retry, &err);
		return LATER;
	}
	pool->sync->is_cut = true;
	nk_worker_report_error(worker, item, &err);
	return FAILED;
}

/* Until others know whether they can do what they took, something may come back. */
static bool waits_for_others(struct nk_pool *pool)
{
	if (pool->unsettled == 0)
		return false;
	pthread_cond_wait(&pool->is_settled, &pool->feed_lock);
	return true;
}

/* The next file to copy; false when there is none, or others shall go on. */
static bool fetch(struct nk_worker *worker, struct nk_feed_item *item)
{
	struct nk_pool *pool = worker->pool;
	struct nk_retry retry = new_retry(pool);
	enum outcome outcome = DONE;

	while (outcome != RETIRED && !is_over(pool)) {
		struct nk_err err = NK_ERR_INIT;

		nk_feed_item_release(item);
		switch (nk_feed_next(pool->feed, worker->source, item, &err)) {
		case NK_FEED_FILE:
			return true;
		case NK_FEED_END:
			if (!waits_for_others(pool))
				return false;
			break;
		case NK_FEED_FOLDER:
			outcome = folder_found(worker, item, &retry);
			break;
		case NK_FEED_COMPARE:
			outcome = compare(worker, item, &retry);
			break;
		case NK_FEED_ERROR:
			nk_worker_report_error(worker, item, &err);
			break;
		case NK_FEED_BUSY:
			outcome = mount_for_feed(worker, item, &retry);
			break;
		case NK_FEED_LOST:
			recover(worker, item, &retry, &err);
			break;
		}
	}
	return false;
}

static bool take(struct nk_worker *worker, struct nk_work *work)
{
	struct nk_pool *pool = worker->pool;

	if (worker->next.is_there) {
		*work = worker->next;
		worker->next = (struct nk_work){ .plan = NK_PLAN_INIT };
		return !is_over(pool);
	}
	pthread_mutex_lock(&pool->feed_lock);
	work->is_there = fetch(worker, &work->item);
	if (work->is_there) {
		work->is_unsettled = !nk_worker_is_ready(worker, work->item.operand);
		pool->unsettled += work->is_unsettled;
		nk_pool_hire(pool);
	} else {
		/* Nobody shall count on this one any more. */
		atomic_store(&worker->has_source, NULL);
		atomic_store(&worker->has_target, NULL);
	}
	pthread_mutex_unlock(&pool->feed_lock);
	return work->is_there;
}

/* Say whether this worker may yet give back what it took, for want of a session. */
static void set_unsettled(struct nk_worker *worker, struct nk_work *work, bool is_unsettled)
{
	struct nk_pool *pool = worker->pool;

	if (work->is_unsettled == is_unsettled)
		return;
	pthread_mutex_lock(&pool->feed_lock);
	work->is_unsettled = is_unsettled;
	pool->unsettled += is_unsettled ? 1 : -1;
	pthread_cond_broadcast(&pool->is_settled);
	pthread_mutex_unlock(&pool->feed_lock);
}

/* Leave what was taken to another worker that has the session. false: nobody has. */
static bool hand_over(struct nk_worker *worker, struct nk_work *work)
{
	struct nk_pool *pool = worker->pool;
	bool is_held;

	pthread_mutex_lock(&pool->feed_lock);
	is_held = nk_worker_is_held_by_other(worker, nk_worker_missing(worker, work->item.operand));
	if (is_held) {
		nk_feed_return(pool->feed, &work->item);
		if (worker->next.is_there)
			nk_feed_return(pool->feed, &worker->next.item);
		worker->next.is_there = false;
	}
	pthread_mutex_unlock(&pool->feed_lock);
	return is_held;
}

/* --- copying it --- */

/* See what comes after a small file, and decide about it, while nothing is open. */
static bool look_ahead(struct nk_worker *worker, const struct nk_work *work, struct nk_ahead *ahead)
{
	struct nk_pool *pool = worker->pool;
	const struct nk_copy_how *how = &pool->how.copy;
	struct nk_work *next = &worker->next;
	const struct nk_feed_item *item = &next->item;
	struct nk_tries untried = NK_TRIES_INIT;
	struct nk_err err = NK_ERR_INIT;

	if (!work->item.has_entry || work->item.entry.size < 0 ||
	    work->item.entry.size > WORKER_AHEAD_MAX)
		return false;
	/* Whoever has the lock may be listing a folder: that is not waited for. */
	if (!next->is_there && pthread_mutex_trylock(&pool->feed_lock) == 0) {
		next->is_there = nk_feed_peek(pool->feed, work->item.operand, &next->item);
		pthread_mutex_unlock(&pool->feed_lock);
	}
	if (!next->is_there || !item->has_entry || item->entry.kind != NK_KIND_FILE)
		return false;
	struct nk_end source = { .fs = worker->source, .path = item->source };
	struct nk_end target = { .fs = worker->target, .path = item->target };

	if (!next->is_planned && nk_plan_is_silent(&source, &target, &item->entry, how))
		next->is_planned = nk_plan_make(&next->plan, &source, &target, &item->entry, how,
						&untried, &err) == 0;
	if (!next->is_planned || next->plan.is_complete)
		return false;
	*ahead = (struct nk_ahead){
		.source = item->source,
		.target = item->target,
		.read = nk_plan_read_how(&next->plan, how),
		.write = nk_plan_write_how(&next->plan, how),
	};
	return true;
}

/* Copy the file once, with both sessions mounted. */
static int copy_once(struct nk_worker *worker, struct nk_work *work, struct nk_tries *tries,
		     struct nk_transfer *transfer, struct nk_err *err)
{
	struct nk_copy_how how = worker->pool->how.copy;
	const struct nk_feed_item *item = &work->item;
	const struct nk_end source = { .fs = worker->source, .path = item->source };
	const struct nk_end target = { .fs = worker->target, .path = item->target };
	struct nk_run run = {
		.source = &source,
		.target = &target,
		.how = &how,
		.apart = &worker->apart,
		.spares = work->spares,
		.jobs = worker->pool->how.jobs,
		.large_most = worker->pool->large_most,
	};
	const struct nk_entry *entry = item->has_entry ? &item->entry : NULL;
	struct nk_ahead ahead;
	int linked = item->relative ? nk_link_copy(&source, &target, item, &how, err) : 1;

	how.moved = &worker->moved;
	how.wanted = &worker->wanted;
	if (linked <= 0) {
		*transfer = (struct nk_transfer){ .verified = "none" };
		return linked;
	}
	if (how.dry_run)
		return nk_copy_file(&source, &target, entry, &how, tries, transfer, err);
	if (look_ahead(worker, work, &ahead))
		run.ahead = &ahead;
	if (!work->is_planned) {
		nk_plan_release(&work->plan);
		work->plan = (struct nk_plan)NK_PLAN_INIT;
		if (nk_plan_make(&work->plan, &source, &target, entry, &how, tries, err) < 0)
			return -1;
	}
	/* Another try begins with another plan. */
	work->is_planned = false;
	return nk_run_copy(&run, &work->plan, &tries->written, transfer, err);
}

/* The last file there is, with nothing mounted yet: the sessions its segments may need are begun with
 * the first. */
static void prepare(struct nk_worker *worker, struct nk_work *work)
{
	struct nk_pool *pool = worker->pool;
	const struct nk_feed_item *item = &work->item;
	bool is_last;

	pthread_mutex_lock(&pool->feed_lock);
	is_last = !nk_feed_has_more(pool->feed);
	pthread_mutex_unlock(&pool->feed_lock);
	if (is_last && !worker->source && !worker->target)
		work->spares = nk_segments_prepare(nk_feed_source(pool->feed, item->operand),
						   nk_feed_target(pool->feed, item->operand),
						   item->has_entry ? item->entry.size : -1,
						   &pool->how.copy, pool->large_most);
}

static enum outcome attempt(struct nk_worker *worker, struct nk_work *work, struct nk_tries *tries,
			    struct nk_transfer *transfer, struct nk_err *err)
{
	const int operand = work->item.operand;

	if (!nk_worker_is_ready(worker, operand))
		nk_worker_unmount_others(worker, nk_feed_source(worker->pool->feed, operand),
					 nk_feed_target(worker->pool->feed, operand));
	if (nk_worker_mount_source(worker, operand, err) < 0 ||
	    nk_worker_mount_target(worker, operand, err) < 0)
		return NO_SESSION;
	set_unsettled(worker, work, false);
	return copy_once(worker, work, tries, transfer, err) < 0 ? FAILED : DONE;
}

/* Try to copy it until it is done or no other try is due. */
static enum outcome persist(struct nk_worker *worker, struct nk_work *work,
			    struct nk_transfer *transfer, struct nk_err *err)
{
	struct nk_retry retry = new_retry(worker->pool);
	int64_t moved_before = atomic_load(&worker->moved);
	struct nk_tries tries = NK_TRIES_INIT;

	for (;;) {
		enum outcome outcome = attempt(worker, work, &tries, transfer, err);

		if (outcome == DONE && transfer->is_worn)
			nk_worker_unmount_others(worker, NULL, NULL);
		if (outcome == DONE)
			return DONE;
		if (nk_fs_is_session_error(err->domain) && outcome == FAILED) {
			set_unsettled(worker, work, true);
			nk_worker_unmount_others(worker, NULL, NULL);
		}
		if (outcome == NO_SESSION && !is_interrupt(err) && hand_over(worker, work)) {
			nk_log(NK_LOG_INFO, "one session less: %s", err->msg);
			return RETIRED;
		}
		retry.is_told = is_retry_due(&retry, err) && is_loss_told(worker->pool, err);
		if (is_interrupt(err) || !nk_retry_again(&retry, err))
			return outcome;
		atomic_store(&worker->moved, moved_before);
		*err = (struct nk_err)NK_ERR_INIT;
	}
}

/* There is no session, and nobody else has one: what needs it is over. */
static void fail_session(struct nk_worker *worker, struct nk_work *work)
{
	struct nk_pool *pool = worker->pool;

	pthread_mutex_lock(&pool->feed_lock);
	nk_feed_fail(pool->feed, nk_worker_missing(worker, work->item.operand));
	pthread_mutex_unlock(&pool->feed_lock);
}

/* Copy work and report it. false: this worker is done. */
static bool carry_out(struct nk_worker *worker, struct nk_work *work)
{
	struct nk_transfer transfer = { .size = -1, .verified = "none" };
	struct nk_err err = NK_ERR_INIT;
	int64_t moved_before = atomic_load(&worker->moved);
	bool is_large = work->item.has_entry && work->item.entry.size > WORKER_LANE_MAX;
	enum outcome outcome;

	atomic_store(&worker->wanted, work->item.has_entry ? work->item.entry.size : -1);
	atomic_store(&worker->is_busy, true);
	if (is_large)
		nk_pool_begin_large(worker->pool);
	prepare(worker, work);
	outcome = persist(worker, work, &transfer, &err);
	nk_spares_free(nk_take(work->spares));
	if (is_large)
		nk_pool_end_large(worker->pool);
	atomic_store(&worker->is_busy, false);
	atomic_fetch_add(&worker->pool->done, atomic_load(&worker->moved) - moved_before);
	if (outcome == NO_SESSION && !is_interrupt(&err))
		fail_session(worker, work);
	set_unsettled(worker, work, false);
	if (outcome == RETIRED || (outcome != DONE && is_interrupt(&err)))
		return false;
	if (outcome == DONE)
		err = (struct nk_err)NK_ERR_INIT;
	nk_worker_report(worker, &work->item, &transfer, &err);
	return true;
}

void *nk_worker_main(void *argument)
{
	struct nk_worker *worker = argument;
	struct nk_work work = { .plan = NK_PLAN_INIT };
	bool goes_on = true;

	worker->next.plan = (struct nk_plan)NK_PLAN_INIT;
	while (goes_on && take(worker, &work)) {
		goes_on = carry_out(worker, &work);
		release_work(&work);
	}
	release_work(&work);
	release_work(&worker->next);
	nk_apart_release(&worker->apart);
	nk_worker_unmount_others(worker, NULL, NULL);
	nk_pool_leave(worker->pool);
	return NULL;
}
