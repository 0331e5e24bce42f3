/* limit.c - one rate for all copies together. */
#include "netkit/copy.h"

#include <pthread.h>

#include "netkit/wait.h"

/* Steps a second. */
#define LIMIT_STEPS 20

struct nk_limit {
	pthread_mutex_t lock;
	uint64_t rate;	 /* bytes a second */
	int64_t free_us; /* when what was moved so far has been paid for */
};

struct nk_limit *nk_limit_new(uint64_t rate)
{
	struct nk_limit *limit;

	if (rate == 0)
		return NULL;
	limit = nk_alloc(sizeof(*limit));
	pthread_mutex_init(&limit->lock, NULL);
	limit->rate = rate;
	return limit;
}

void nk_limit_free(struct nk_limit *limit)
{
	if (!limit)
		return;
	pthread_mutex_destroy(&limit->lock);
	free(limit);
}

size_t nk_limit_step(const struct nk_limit *limit, size_t most)
{
	uint64_t step;

	if (!limit)
		return most;
	step = limit->rate / LIMIT_STEPS;
	if (step > most)
		return most;
	return step > 0 ? (size_t)step : 1;
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int nk_limit_took(struct nk_limit *limit, size_t length, nk_time_ms deadline, struct nk_err *err)
{
	int64_t now;
	int64_t pause_ms;

	if (!limit)
		return 0;
	pthread_mutex_lock(&limit->lock);
	now = now_us();
	/* Time in which nothing was moved is not saved up. */
	if (limit->free_us < now)
		limit->free_us = now;
	limit->free_us += (int64_t)((double)length * 1e6 / (double)limit->rate);
	pause_ms = (limit->free_us - now) / 1000;
	pthread_mutex_unlock(&limit->lock);
	return pause_ms > 0 ? nk_wait_pause(pause_ms, deadline, err) : 0;
}
