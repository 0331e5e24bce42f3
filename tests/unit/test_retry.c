/* test_retry.c - whether another try is due. */
#include "netkit/retry.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "netkit/log.h"
#include "netkit/wait.h"

static void be_quiet(void)
{
	struct nk_log_how how = { .level = NK_LOG_QUIET };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_log_setup(&how, &err), 0);
}

TestSuite(retry, .init = be_quiet);

static struct nk_err lost(bool again)
{
	return (struct nk_err){ .domain = NK_E_LOST, .again = again, .msg = "lost" };
}

Test(retry, as_often_as_the_policy_says)
{
	struct nk_net_policy net = { .retries = 3 };
	struct nk_retry retry = { .net = &net };
	struct nk_err err = lost(true);
	int tries = 0;

	while (nk_retry_again(&retry, &err))
		tries++;
	cr_assert_eq(tries, 3);
	cr_assert_eq(err.domain, NK_E_LOST);
}

Test(retry, never_what_cannot_succeed_later)
{
	struct nk_net_policy net = { .retries = 3 };
	struct nk_retry retry = { .net = &net };
	struct nk_err err = lost(false);

	cr_assert_not(nk_retry_again(&retry, &err));
}

Test(retry, never_with_no_retries)
{
	struct nk_net_policy net = { .retries = 0 };
	struct nk_retry retry = { .net = &net };
	struct nk_err err = lost(true);

	cr_assert_not(nk_retry_again(&retry, &err));
}

Test(retry, never_after_the_deadline)
{
	struct nk_net_policy net = { .retries = 3, .deadline = 1 };
	struct nk_retry retry = { .net = &net };
	struct nk_err err = lost(true);

	cr_assert_not(nk_retry_again(&retry, &err));
}

Test(retry, the_pause_ends_at_the_deadline)
{
	struct nk_net_policy net = { .retries = 1, .retry_delay_ms = 60000 };
	struct nk_retry retry = { .net = &net };
	struct nk_err err = lost(true);
	nk_time_ms begin = nk_clock_now();

	net.deadline = nk_clock_after(20);
	nk_retry_again(&retry, &err);
	cr_assert_lt(nk_clock_now() - begin, 5000);
}

Test(retry, the_pause_is_three_quarters_of_the_delay_at_least)
{
	struct nk_net_policy net = { .retries = 1, .retry_delay_ms = 40 };
	struct nk_retry retry = { .net = &net };
	struct nk_err err = lost(true);
	nk_time_ms begin = nk_clock_now();

	cr_assert(nk_retry_again(&retry, &err));
	cr_assert_geq(nk_clock_now() - begin, 29);
}

Test(retry, the_pause_doubles)
{
	struct nk_net_policy net = { .retries = 9, .retry_delay_ms = 10 };
	struct nk_retry retry = { .net = &net, .done = 2 };
	struct nk_err err = lost(true);
	nk_time_ms begin = nk_clock_now();

	cr_assert(nk_retry_again(&retry, &err));
	cr_assert_geq(nk_clock_now() - begin, 29);
}

Test(retry, an_interrupt_ends_the_pause)
{
	struct nk_net_policy net = { .retries = 1, .retry_delay_ms = 60000 };
	struct nk_retry retry = { .net = &net };
	struct nk_err err = lost(true);

	nk_interrupt_setup();
	raise(SIGINT);
	cr_assert_not(nk_retry_again(&retry, &err));
	cr_assert_eq(err.domain, NK_E_INTERRUPT);
}
