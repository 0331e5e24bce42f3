/* test_tally.c - one place at a time: what ends a command, and what is tried again. */
#include "../../core/cli/fsverbs.h"

#include <criterion/criterion.h>

#include "netkit/log.h"

static struct nk_common common;
static const struct nk_out_policy policy = { .file = "/dev/null" };
static struct nk_out *out;
static struct nk_ctx ctx = { .common = &common };
static int tries;

static void set_up(void)
{
	struct nk_err err = NK_ERR_INIT;
	const struct nk_log_how quiet = { .level = NK_LOG_QUIET };

	cr_assert_eq(nk_log_setup(&quiet, &err), 0);
	cr_assert_eq(nk_out_open(&policy, &out, &err), 0);
	ctx.out = out;
	common.net.retry_delay_ms = 1;
}

static void tear_down(void)
{
	nk_out_free(out);
}

TestSuite(tally, .init = set_up, .fini = tear_down);

static int busy(const struct nk_ctx *context, const struct nk_place *place, struct nk_tally *tally,
		struct nk_err *err)
{
	(void)context;
	(void)place;
	(void)tally;
	tries++;
	return nk_fail_again(err, NK_E_FULL, 450, "busy");
}

static int busy_later(const struct nk_ctx *context, const struct nk_place *place,
		      struct nk_tally *tally, struct nk_err *err)
{
	const struct nk_reply_row row = { "one" };

	cr_assert_eq(nk_out_put(context->out, &nk_reply_record, &row, err), 0);
	return busy(context, place, tally, err);
}

Test(tally, what_may_help_is_tried_again)
{
	struct nk_tally tally = NK_TALLY_INIT(&ctx);
	struct nk_err err = NK_ERR_INIT;

	common.net.retries = 2;
	cr_expect_eq(nk_place_try(&ctx, NULL, busy, &tally, &err), -1);
	cr_expect_eq(tries, 3);
}

Test(tally, nothing_is_printed_twice)
{
	struct nk_tally tally = NK_TALLY_INIT(&ctx);
	struct nk_err err = NK_ERR_INIT;

	common.net.retries = 2;
	cr_expect_eq(nk_place_try(&ctx, NULL, busy_later, &tally, &err), -1);
	cr_expect_eq(tries, 1);
}

Test(tally, the_first_failure_ends_when_it_is_to)
{
	struct nk_tally tally = NK_TALLY_INIT(&ctx);
	struct nk_err err = NK_ERR_INIT;

	nk_fail(&err, NK_E_MISSING, 0, "gone");
	cr_expect_eq(nk_tally_fail(&tally, &err, NULL), 0);
	common.fail_fast = true;
	cr_expect_eq(nk_tally_fail(&tally, &err, NULL), -1);
	cr_expect(tally.has_ended);
	common.keep_going = true;
	cr_expect_eq(nk_tally_fail(&tally, &err, NULL), 0);
	cr_expect_not(tally.has_ended);
}
