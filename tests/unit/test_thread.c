/* test_thread.c - threads, and conditions with deadlines. */
#include "netkit/thread.h"

#include <criterion/criterion.h>
#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static bool has_changed;

static void setup(void)
{
	nk_cond_init(&changed);
}

static void teardown(void)
{
	pthread_cond_destroy(&changed);
}

TestSuite(thread, .init = setup, .fini = teardown, .timeout = 10);

static void *change(void *argument)
{
	pthread_mutex_lock(&lock);
	has_changed = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return argument;
}

static void wait_until(nk_time_ms deadline)
{
	pthread_t thread;
	void *result;

	pthread_mutex_lock(&lock);
	cr_assert(nk_thread_start(&thread, change, &lock));
	while (!has_changed)
		cr_assert(nk_cond_wait(&changed, &lock, deadline));
	pthread_mutex_unlock(&lock);
	pthread_join(thread, &result);
	cr_assert_eq(result, &lock);
}

Test(thread, is_waited_for_without_a_deadline)
{
	wait_until(NK_NEVER);
}

Test(thread, is_waited_for_until_a_deadline)
{
	wait_until(nk_clock_after(60000));
}

Test(thread, that_never_comes_is_waited_for_until_the_deadline)
{
	nk_time_ms deadline = nk_clock_after(20);

	pthread_mutex_lock(&lock);
	while (nk_cond_wait(&changed, &lock, deadline))
		;
	pthread_mutex_unlock(&lock);
	cr_assert_eq(nk_clock_left(deadline), 0);
}

static void *look_at_signals(void *argument)
{
	pthread_sigmask(SIG_BLOCK, NULL, argument);
	return NULL;
}

Test(thread, gets_no_signals)
{
	sigset_t blocked;
	pthread_t thread;

	sigemptyset(&blocked);
	cr_assert(nk_thread_start(&thread, look_at_signals, &blocked));
	pthread_join(thread, NULL);
	cr_assert(sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGWINCH));
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	cr_assert_not(sigismember(&blocked, SIGINT));
}
