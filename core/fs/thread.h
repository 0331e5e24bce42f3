/*
 * Starting a thread.
 */
#ifndef NETKIT_FS_THREAD_H
#define NETKIT_FS_THREAD_H

#include <pthread.h>

#include "netkit/mem.h"

/* To it no signal is delivered: they are the main thread's. false: there is none to be had. */
NK_MUST_CHECK bool nk_thread_start(pthread_t *thread, void *(*run)(void *), void *argument);

#endif
