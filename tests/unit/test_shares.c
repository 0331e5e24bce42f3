/* test_shares.c - the missing bytes of a file, shared out. */
#include "../../core/fs/shares.h"

#include <criterion/criterion.h>

#define MIB ((int64_t)1 << 20)

static struct nk_shares shares;
static struct nk_ranges held;

/* size bytes for so many takers, where what text says is there. */
static void share_out(const char *text, int64_t size, int takers)
{
	cr_assert(nk_ranges_parse(&held, text, strlen(text)));
	shares = nk_shares_new(&held, size, takers);
}

static void teardown(void)
{
	nk_shares_release(&shares);
	nk_ranges_release(&held);
}

TestSuite(shares, .fini = teardown);

/* Take one and say where it is. */
static int take(int64_t *at, int64_t *end)
{
	int index = nk_shares_take(&shares, 0, 0);

	cr_assert_geq(index, 0);
	*at = shares.items[index].at;
	*end = shares.items[index].end;
	return index;
}

/* All of what this one has was fetched. */
static void finish(int index)
{
	shares.items[index].at = shares.items[index].end;
	shares.items[index].is_finished = true;
}

Test(shares, are_of_one_size_and_come_in_order)
{
	int64_t at;
	int64_t end;
	int64_t before = 0;

	share_out("-", 120 * MIB, 3);
	for (int i = 0; i < 3; i++) {
		take(&at, &end);
		cr_assert_eq(at, before);
		cr_assert_eq(end - at, 40 * MIB);
		before = end;
	}
	cr_assert_eq(before, 120 * MIB);
}

Test(shares, cover_each_missing_byte_once)
{
	nk_auto(ranges) struct nk_ranges all = { .items = NULL };
	int64_t at;
	int64_t end;

	share_out("0-10,5000000-5000001,70000000-90000000", 123456789, 7);
	cr_assert(nk_ranges_parse(&all, "0-10,5000000-5000001,70000000-90000000", 38));
	for (int i = 0; i < shares.count; i++) {
		int64_t total = nk_ranges_total(&all);

		take(&at, &end);
		cr_assert(nk_ranges_add(&all, at, end));
		cr_assert_eq(nk_ranges_total(&all), total + end - at);
	}
	cr_assert_eq(all.count, 1);
	cr_assert_eq(all.items[0].to, 123456789);
}

Test(shares, are_none_when_nothing_is_missing)
{
	share_out("0-1000", 1000, 4);
	cr_assert_eq(nk_shares_take(&shares, 0, 0), -1);
	cr_assert(nk_shares_are_finished(&shares));
	cr_assert_eq(nk_shares_missing(&shares), 0);
}

Test(shares, are_not_smaller_than_is_worth_it)
{
	share_out("-", 10 * MIB, 16);
	cr_assert_eq(nk_shares_takers(&shares), 2);
	cr_assert_leq(shares.count, 3);
}

Test(shares, of_the_slowest_are_halved)
{
	int64_t at;
	int64_t end;
	int slow;
	int fast;
	int more;

	share_out("-", 100 * MIB, 2);
	slow = take(&at, &end);
	fast = take(&at, &end);
	shares.items[slow].at = 10 * MIB;
	finish(fast);
	more = take(&at, &end);
	cr_assert_eq(at, 30 * MIB);
	cr_assert_eq(end, 50 * MIB);
	cr_assert_eq(shares.items[slow].end, 30 * MIB);
	cr_assert_not(nk_shares_are_finished(&shares));
	finish(slow);
	finish(more);
	cr_assert(nk_shares_are_finished(&shares));
}

Test(shares, that_are_nearly_done_are_left_alone)
{
	int64_t at;
	int64_t end;
	int slow;

	share_out("-", 100 * MIB, 2);
	slow = take(&at, &end);
	finish(take(&at, &end));
	shares.items[slow].at = 50 * MIB - 2 * NK_SHARE_HALF_LEAST + 1;
	cr_assert_eq(nk_shares_take(&shares, 0, 0), -1);
}

Test(shares, whose_owner_is_soon_done_are_left_alone)
{
	int64_t at;
	int64_t end;
	int fast;
	int slow;

	share_out("-", 150 * MIB, 3);
	fast = take(&at, &end);
	slow = take(&at, &end);
	finish(take(&at, &end));
	/* In a second 30 MiB and 5 MiB: 20 are left for 0.67 s, and 45 for 9 s. */
	shares.items[fast].at += 30 * MIB;
	shares.items[slow].at += 5 * MIB;
	cr_assert_eq(nk_shares_take(&shares, 1000, 3000), -1);
	cr_assert_geq(nk_shares_take(&shares, 1000, 2000), 0);
	cr_assert_eq(shares.items[slow].end, 100 * MIB - 45 * MIB / 2);
	cr_assert_eq(shares.items[fast].end, 50 * MIB);
	/* It gets nothing any more. */
	cr_assert_geq(nk_shares_take(&shares, 100000, 2000), 0);
}

Test(shares, that_gave_nothing_yet_are_the_slowest)
{
	int64_t at;
	int64_t end;

	share_out("-", 100 * MIB, 2);
	shares.items[take(&at, &end)].at += MIB;
	finish(take(&at, &end));
	cr_assert_geq(nk_shares_take(&shares, 1000000, 1000), 0);
}

Test(shares, that_were_left_are_taken_first)
{
	int64_t at;
	int64_t end;
	int first;

	share_out("-", 100 * MIB, 2);
	first = take(&at, &end);
	take(&at, &end);
	shares.items[first].at = 7 * MIB;
	nk_shares_leave(&shares, first);
	take(&at, &end);
	cr_assert_eq(at, 7 * MIB);
	cr_assert_eq(end, 50 * MIB);
}

Test(shares, go_on_with_the_one_behind_when_nobody_has_it)
{
	int64_t at;
	int64_t end;
	int first;

	share_out("-", 120 * MIB, 3);
	first = take(&at, &end);
	cr_assert(nk_shares_join(&shares, first));
	cr_assert_eq(shares.items[first].end, 80 * MIB);
	take(&at, &end);
	cr_assert_eq(at, 80 * MIB);
	cr_assert_not(nk_shares_join(&shares, first));
}

Test(shares, have_room_whatever_is_halved)
{
	int64_t at;
	int64_t end;

	share_out("-", (int64_t)1 << 40, 4);
	for (int i = 0; i < 4; i++)
		take(&at, &end);
	for (int i = 0; i < 20; i++) {
		finish(i % 4);
		take(&at, &end);
		cr_assert_gt(end, at);
	}
	cr_assert_leq(shares.count, shares.room);
}
