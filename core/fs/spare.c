/* spare.c - sessions that are mounted before it is known whether they are needed. */
#include "spare.h"

#include "enough.h"
#include "feed.h"
#include "netkit/log.h"
#include "netkit/session.h"
#include "netkit/thread.h"
#include "netkit/wait.h"

struct spare {
	pthread_t thread;
	const struct nk_place *place;
	int enough_fd;
	struct nk_fs *fs; /* the thread's; NULL: it could not be had */
	bool is_taken;
};

struct nk_spares {
	pthread_mutex_t lock; /* of is_taken */
	struct spare *items;  /* owned */
	int count;
	int enough_fd;
};

static void *spare_main(void *argument)
{
	struct spare *spare = argument;
	struct nk_err err = NK_ERR_INIT;

	nk_wait_until_readable(spare->enough_fd);
	if (nk_fs_mount_early(spare->place, &spare->fs, &err) < 0)
		nk_log(NK_LOG_DEBUG, "not mounted early: %s", err.msg);
	return NULL;
}

static void begin(struct nk_spares *spares, const struct nk_place *place, int count)
{
	/* What tells them that they are needed no more is not to be had: nobody could wait for them. */
	if (!place || !place->ops->mount_early || spares->enough_fd < 0)
		return;
	nk_session_begin_login(place->session);
	for (int i = 0; i < count; i++) {
		struct spare *spare = &spares->items[spares->count];

		spare->place = place;
		spare->enough_fd = spares->enough_fd;
		if (!nk_thread_start(&spare->thread, spare_main, spare))
			return;
		spares->count++;
	}
}

struct nk_spares *nk_spares_new(const struct nk_place *source, const struct nk_place *target,
				int count)
{
	struct nk_spares *spares = nk_alloc(sizeof(*spares));

	spares->items = nk_alloc(2 * (size_t)count * sizeof(*spares->items));
	pthread_mutex_init(&spares->lock, NULL);
	spares->enough_fd = nk_enough_new();
	begin(spares, source, count);
	begin(spares, target, count);
	return spares;
}

static struct spare *find(struct nk_spares *spares, const struct nk_fs *like)
{
	struct spare *found = NULL;

	pthread_mutex_lock(&spares->lock);
	for (int i = 0; i < spares->count && !found; i++) {
		struct spare *spare = &spares->items[i];

		if (!spare->is_taken && nk_place_is_mounted(spare->place, like))
			found = spare;
	}
	if (found)
		found->is_taken = true;
	pthread_mutex_unlock(&spares->lock);
	return found;
}

struct nk_fs *nk_spares_take(struct nk_spares *spares, const struct nk_fs *like)
{
	struct spare *spare = spares ? find(spares, like) : NULL;

	if (!spare)
		return NULL;
	pthread_join(spare->thread, NULL);
	if (!spare->fs || !spare->fs->ops->is_alive || spare->fs->ops->is_alive(spare->fs))
		return nk_take(spare->fs);
	nk_fs_unmount(nk_take(spare->fs));
	return NULL;
}

void nk_spares_stop(struct nk_spares *spares)
{
	if (!spares)
		return;
	nk_enough(spares->enough_fd);
	for (int i = 0; i < spares->count; i++)
		nk_session_give_up_login(spares->items[i].place->session);
}

void nk_spares_free(struct nk_spares *spares)
{
	if (!spares)
		return;
	nk_spares_stop(spares);
	for (int i = 0; i < spares->count; i++) {
		struct spare *spare = &spares->items[i];

		if (spare->is_taken)
			continue;
		pthread_join(spare->thread, NULL);
		nk_fs_unmount(spare->fs);
	}
	nk_enough_free(spares->enough_fd);
	pthread_mutex_destroy(&spares->lock);
	free(spares->items);
	free(spares);
}
