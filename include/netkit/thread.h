/*
 * Threads, and conditions whose waits have deadlines of the monotonic clock.
 */
#ifndef NETKIT_THREAD_H
#define NETKIT_THREAD_H

#include <pthread.h>

#include "netkit/clock.h"

/* To it no signal is delivered: they are the main thread's. false: there is none to be had. */
NK_MUST_CHECK bool nk_thread_start(pthread_t *thread, void *(*run)(void *), void *argument);

/* Make a condition for nk_cond_wait; pthread_cond_destroy ends it. */
void nk_cond_init(pthread_cond_t *cond);

/* Wait with mutex held, which is let go meanwhile. false: deadline came first. As with all conditions a
 * wait may end for no reason. */
bool nk_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, nk_time_ms deadline);

#endif
