/* meter.c - a thread that draws what another one moves. */
#include "meter.h"

#include "netkit/thread.h"

struct nk_meter {
	struct nk_progress *progress; /* NULL: nothing is shown */
	_Atomic int64_t moved;
	_Atomic int64_t wanted; /* -1 while it is not known */
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool is_over;
};

static void *draw(void *arg)
{
	struct nk_meter *meter = arg;

	pthread_mutex_lock(&meter->lock);
	while (!meter->is_over) {
		int pause_ms = nk_progress_tick(meter->progress);

		nk_cond_wait(&meter->ended, &meter->lock,
			     nk_clock_after(pause_ms > 0 ? pause_ms : 1));
		if (!meter->is_over)
			nk_progress_show(meter->progress, atomic_load(&meter->moved),
					 atomic_load(&meter->wanted), 0);
	}
	pthread_mutex_unlock(&meter->lock);
	return NULL;
}

struct nk_meter *nk_meter_new(const struct nk_common *common, const char *label)
{
	struct nk_meter *meter = nk_alloc(sizeof(*meter));

	meter->wanted = -1;
	meter->progress = nk_progress_new(common->progress, common->quiet, label);
	pthread_mutex_init(&meter->lock, NULL);
	nk_cond_init(&meter->ended);
	meter->has_thread = meter->progress && nk_thread_start(&meter->thread, draw, meter);
	return meter;
}

_Atomic int64_t *nk_meter_moved(struct nk_meter *meter)
{
	return &meter->moved;
}

_Atomic int64_t *nk_meter_wanted(struct nk_meter *meter)
{
	return &meter->wanted;
}

int64_t nk_meter_finish(struct nk_meter *meter)
{
	int64_t moved = atomic_load(&meter->moved);

	pthread_mutex_lock(&meter->lock);
	meter->is_over = true;
	pthread_cond_signal(&meter->ended);
	pthread_mutex_unlock(&meter->lock);
	if (meter->has_thread)
		pthread_join(meter->thread, NULL);
	nk_progress_finish(meter->progress, moved, atomic_load(&meter->wanted), 1);
	pthread_cond_destroy(&meter->ended);
	pthread_mutex_destroy(&meter->lock);
	free(meter);
	return moved;
}
