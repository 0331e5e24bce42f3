/* workersession.c - the two sessions of one of the pool's threads. */
#include "worker.h"

/* Under the feed's lock, as others count on what is shown. */
static struct nk_fs *hide(struct nk_fs **fs, const struct nk_session *_Atomic *shown)
{
	atomic_store(shown, NULL);
	return nk_take(*fs);
}

static void unmount(struct nk_fs **fs, const struct nk_session *_Atomic *shown)
{
	nk_fs_unmount(hide(fs, shown));
}

void nk_worker_unmount_source(struct nk_worker *worker)
{
	unmount(&worker->source, &worker->has_source);
}

void nk_worker_unmount_target(struct nk_worker *worker)
{
	unmount(&worker->target, &worker->has_target);
}

/* Unmount what does not belong to these places; NULL: all. Without the feed's lock, which nobody
 * shall wait for while a server is told goodbye. */
void nk_worker_unmount_others(struct nk_worker *worker, const struct nk_place *source_place,
			      const struct nk_place *target_place)
{
	struct nk_fs *source = NULL;
	struct nk_fs *target = NULL;

	pthread_mutex_lock(&worker->pool->feed_lock);
	if (!source_place || !nk_place_is_mounted(source_place, worker->source))
		source = hide(&worker->source, &worker->has_source);
	if (!target_place || !nk_place_is_mounted(target_place, worker->target))
		target = hide(&worker->target, &worker->has_target);
	pthread_mutex_unlock(&worker->pool->feed_lock);
	nk_fs_unmount(source);
	nk_fs_unmount(target);
}

/* Does another worker have this session? Who leaves says so under the feed's lock. */
bool nk_worker_is_held_by_other(const struct nk_worker *worker, const struct nk_session *session)
{
	const struct nk_pool *pool = worker->pool;

	for (int i = 0; i < pool->how.jobs; i++) {
		const struct nk_worker *other = &pool->workers[i];

		if (other != worker && (atomic_load(&other->has_source) == session ||
					atomic_load(&other->has_target) == session))
			return true;
	}
	return false;
}

/* Mount place unless it is. With another one mounted: under the feed's lock. */
static int mount(const struct nk_place *place, struct nk_fs **fs,
		 const struct nk_session *_Atomic *shown, struct nk_err *err)
{
	if (nk_place_is_mounted(place, *fs))
		return 0;
	if (*fs)
		unmount(fs, shown);
	if (nk_fs_mount(place, fs, err) < 0)
		return -1;
	atomic_store(shown, place->session);
	return 0;
}

int nk_worker_mount_source(struct nk_worker *worker, int operand, struct nk_err *err)
{
	return mount(nk_feed_source(worker->pool->feed, operand), &worker->source,
		     &worker->has_source, err);
}

int nk_worker_mount_target(struct nk_worker *worker, int operand, struct nk_err *err)
{
	return mount(nk_feed_target(worker->pool->feed, operand), &worker->target,
		     &worker->has_target, err);
}

/* The session that could not be had: the one that is not mounted. */
const struct nk_session *nk_worker_missing(const struct nk_worker *worker, int operand)
{
	const struct nk_place *source = nk_feed_source(worker->pool->feed, operand);

	return nk_place_is_mounted(source, worker->source)
		       ? nk_feed_target(worker->pool->feed, operand)->session
		       : source->session;
}

bool nk_worker_is_ready(const struct nk_worker *worker, int operand)
{
	const struct nk_feed *feed = worker->pool->feed;

	return nk_place_is_mounted(nk_feed_source(feed, operand), worker->source) &&
	       nk_place_is_mounted(nk_feed_target(feed, operand), worker->target);
}
