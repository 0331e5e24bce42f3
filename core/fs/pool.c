/* pool.c - N threads with a session each, and the queue of what they did. */
#include "netkit/pool.h"

#include <limits.h>
#include <malloc.h>

#include "blame.h"
#include "netkit/thread.h"
#include "netkit/wait.h"
#include "syncwork.h"
#include "worker.h"

/* Results that wait for being printed, beside one a worker. */
#define POOL_ROOM 4

struct nk_pool *nk_pool_new(const struct nk_pool_how *how)
{
	struct nk_pool *pool = nk_alloc(sizeof(*pool));

	pool->how = *how;
	if (pool->how.jobs < 1)
		pool->how.jobs = 1;
	if (pool->how.jobs > NK_JOBS_MAX)
		pool->how.jobs = NK_JOBS_MAX;
	pool->large_most = pool->how.jobs;
	pool->lanes = INT_MAX;
	pool->feed = nk_feed_new(how->recursive, how->filter);
	if (how->follows)
		nk_feed_follow(pool->feed);
	if (how->sync) {
		pool->sync = nk_sync_new(how->sync, how->filter, how->copy.dry_run);
		nk_feed_sync(pool->feed, pool->sync);
	}
	pthread_mutex_init(&pool->feed_lock, NULL);
	pthread_mutex_init(&pool->lock, NULL);
	nk_cond_init(&pool->has_result);
	nk_cond_init(&pool->has_room);
	nk_cond_init(&pool->has_large_room);
	nk_cond_init(&pool->is_settled);
	return pool;
}

/* Files here need no lanes: they are as wide as the other side. */
static void narrow(struct nk_pool *pool, const struct nk_fs_ops *ops)
{
	int lanes = ops->lanes > 0 ? ops->lanes : 1;

	if (!nk_fs_is_here(ops) && lanes < pool->lanes)
		pool->lanes = lanes;
}

void nk_pool_add(struct nk_pool *pool, const struct nk_place *source, const struct nk_place *target)
{
	bool is_parallel = (source->ops->caps & NK_FS_CAP_PARALLEL) &&
			   (target->ops->caps & NK_FS_CAP_PARALLEL);

	nk_feed_add(pool->feed, source, target);
	if (!is_parallel)
		pool->how.jobs = 1;
	narrow(pool, source->ops);
	narrow(pool, target->ops);
}

/* One job is one file after the other; with more, each has as many lanes as all places allow. */
static void set_workers(struct nk_pool *pool)
{
	if (pool->how.jobs > 1 && pool->lanes < NK_JOBS_MAX)
		pool->how.jobs *= pool->lanes;
	if (pool->how.jobs > NK_JOBS_MAX)
		pool->how.jobs = NK_JOBS_MAX;
	pool->workers = nk_alloc((size_t)pool->how.jobs * sizeof(*pool->workers));
	pool->room = pool->how.jobs + POOL_ROOM;
	pool->results = nk_alloc((size_t)pool->room * sizeof(*pool->results));
}

void nk_pool_hire(struct nk_pool *pool)
{
	struct nk_worker *worker = &pool->workers[pool->started];

	if (pool->started == pool->how.jobs || atomic_load(&pool->is_stopped) ||
	    !nk_feed_has_more(pool->feed))
		return;
	worker->pool = pool;
	pthread_mutex_lock(&pool->lock);
	if (nk_thread_start(&worker->thread, nk_worker_main, worker)) {
		pool->started++;
		pool->alive++;
	}
	pthread_mutex_unlock(&pool->lock);
}

void nk_pool_begin_large(struct nk_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (pool->large >= pool->large_most)
		pthread_cond_wait(&pool->has_large_room, &pool->lock);
	pool->large++;
	pthread_mutex_unlock(&pool->lock);
}

void nk_pool_end_large(struct nk_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->large--;
	pthread_cond_signal(&pool->has_large_room);
	pthread_mutex_unlock(&pool->lock);
}

void nk_pool_leave(struct nk_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->alive--;
	pthread_cond_signal(&pool->has_result);
	pthread_mutex_unlock(&pool->lock);
}

static void release_result(struct nk_pool_result *result)
{
	free(result->source);
	free(result->target);
	memset(result, 0, sizeof(*result));
}

/* Does it speak against removing what is not in the source? What can never be copied, such as a device,
 * was not even begun, and is not wanted at the target; what is skipped was asked to be. */
static bool is_failure(const struct nk_pool_result *result)
{
	return result->err.domain != NK_E_NONE && result->action != NK_SYNC_SKIP &&
	       (result->err.domain != NK_E_UNSUPPORTED || result->action != NK_SYNC_NONE);
}

void nk_pool_report(struct nk_pool *pool, struct nk_pool_result *result)
{
	if (result->err.domain != NK_E_NONE && pool->how.fail_fast)
		atomic_store(&pool->is_stopped, true);
	pthread_mutex_lock(&pool->lock);
	pool->failed += is_failure(result);
	while (pool->count == pool->room && !pool->is_closing)
		pthread_cond_wait(&pool->has_room, &pool->lock);
	if (pool->is_closing) {
		release_result(result);
	} else {
		pool->results[(pool->first + pool->count++) % pool->room] = *result;
		pthread_cond_signal(&pool->has_result);
	}
	pthread_mutex_unlock(&pool->lock);
}

/* Begin with one worker; each hires the next when it has found something to do. */
static int start(struct nk_pool *pool, struct nk_err *err)
{
	int started;

	set_workers(pool);
	/* An arena a thread would be most of the memory of a copy. */
	if (pool->how.jobs > 1)
		mallopt(M_ARENA_MAX, 2);
	pthread_mutex_lock(&pool->feed_lock);
	nk_pool_hire(pool);
	started = pool->started;
	pthread_mutex_unlock(&pool->feed_lock);
	if (started == 0 && nk_feed_has_more(pool->feed))
		return nk_fail(err, NK_E_READ, 0, "cannot start a thread");
	return 0;
}

/* Wait for a result, for the last worker's end, or for the time to pass. */
static void wait_for_result(struct nk_pool *pool, int tick_ms)
{
	nk_time_ms until = nk_clock_after(tick_ms);

	while (pool->count == 0 && pool->alive > 0) {
		if (!nk_cond_wait(&pool->has_result, &pool->lock, until))
			return;
	}
}

/* After the last worker: a result for all that a sync removes, and for each folder that could not be
 * settled. 1, or 0 at the end. */
static int settle(struct nk_pool *pool, struct nk_pool_result *result)
{
	struct nk_err err = NK_ERR_INIT;
	struct nk_pool_result removed;
	struct nk_entry folder;

	if (pool->sync && nk_sync_remove(pool, &removed) > 0) {
		release_result(&pool->last);
		pool->last = removed;
		*result = pool->last;
		return 1;
	}
	if (nk_pool_settle(pool, &folder, &err) == 0)
		return 0;
	release_result(&pool->last);
	pool->last = (struct nk_pool_result){
		.source = nk_strdup(nk_feed_source(pool->feed, (int)folder.size)->path),
		.target = nk_strdup(folder.name),
		.operand = (int)folder.size,
		.err = err,
	};
	*result = pool->last;
	return 1;
}

int nk_pool_next(struct nk_pool *pool, int tick_ms, struct nk_pool_result *result,
		 struct nk_err *err)
{
	int status = 0;

	if (!pool->workers && start(pool, err) < 0)
		return -1;
	pthread_mutex_lock(&pool->lock);
	wait_for_result(pool, tick_ms);
	if (pool->count > 0) {
		release_result(&pool->last);
		pool->last = pool->results[pool->first];
		pool->first = (pool->first + 1) % pool->room;
		pool->count--;
		pthread_cond_signal(&pool->has_room);
		*result = pool->last;
		status = 1;
	} else if (pool->alive == 0 && settle(pool, result) > 0) {
		status = 1;
	} else if (pool->alive == 0) {
		status = nk_interrupt_check(err) < 0 ? -1 : NK_POOL_END;
	}
	pthread_mutex_unlock(&pool->lock);
	return status;
}

bool nk_pool_synced(const struct nk_pool *pool, int64_t *same)
{
	*same = pool->sync->same;
	return pool->sync->is_again;
}

void nk_pool_progress(struct nk_pool *pool, int64_t *moved, int64_t *wanted)
{
	int64_t total = 0;
	int64_t known = atomic_load(&pool->done);

	for (int i = 0; pool->workers && i < pool->how.jobs; i++) {
		struct nk_worker *worker = &pool->workers[i];
		int64_t own = atomic_load(&worker->wanted);

		total += atomic_load(&worker->moved);
		if (!atomic_load(&worker->is_busy))
			continue;
		known = own < 0 || known < 0 ? -1 : known + own;
	}
	*moved = total;
	*wanted = known;
}

void nk_pool_free(struct nk_pool *pool)
{
	int started;

	if (!pool)
		return;
	atomic_store(&pool->is_stopped, true);
	pthread_mutex_lock(&pool->lock);
	pool->is_closing = true;
	pthread_cond_broadcast(&pool->has_room);
	pthread_mutex_unlock(&pool->lock);
	/* Nobody is hired any more once the lock was had after is_stopped was set. */
	pthread_mutex_lock(&pool->feed_lock);
	started = pool->started;
	pthread_mutex_unlock(&pool->feed_lock);
	for (int i = 0; i < started; i++)
		pthread_join(pool->workers[i].thread, NULL);
	for (; pool->count > 0; pool->count--) {
		release_result(&pool->results[pool->first]);
		pool->first = (pool->first + 1) % pool->room;
	}
	release_result(&pool->last);
	pthread_mutex_destroy(&pool->feed_lock);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->has_result);
	pthread_cond_destroy(&pool->has_room);
	pthread_cond_destroy(&pool->has_large_room);
	pthread_cond_destroy(&pool->is_settled);
	nk_fs_unmount(pool->settling);
	nk_spool_free(pool->folders);
	nk_feed_free(pool->feed);
	nk_sync_free(pool->sync);
	free(pool->workers);
	free(pool->results);
	free(pool);
}
