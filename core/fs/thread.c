/* thread.c - starting a thread. */
#include "thread.h"

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
