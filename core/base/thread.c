/* thread.c - starting a thread, and waiting for another. */
#include "netkit/thread.h"

#include <signal.h>

/* Deep enough for a conversation, TLS included; the kernel only backs what is touched. */
#define THREAD_STACK ((size_t)256 * 1024)

bool nk_thread_start(pthread_t *thread, void *(*run)(void *), void *argument)
{
	pthread_attr_t attr;
	sigset_t blocked;
	sigset_t before;
	int result;

	sigfillset(&blocked);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK);
	pthread_sigmask(SIG_SETMASK, &blocked, &before);
	result = pthread_create(thread, &attr, run, argument);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return result == 0;
}

void nk_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

bool nk_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, nk_time_ms deadline)
{
	struct timespec until = { .tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000 };

	if (deadline == NK_NEVER)
		return pthread_cond_wait(cond, mutex) == 0;
	return pthread_cond_timedwait(cond, mutex, &until) == 0;
}
