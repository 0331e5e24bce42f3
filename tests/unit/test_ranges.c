/* test_ranges.c - which bytes of a file are there. */
#include "../../core/fs/ranges.h"

#include <criterion/criterion.h>

/* The list after these were added: pairs, ended by -1. */
static const char *after(const int64_t *pairs)
{
	static char text[256];
	nk_auto(ranges) struct nk_ranges ranges = { .items = NULL };
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(sizeof(text) - 1);

	for (; pairs[0] >= 0; pairs += 2)
		cr_assert(nk_ranges_add(&ranges, pairs[0], pairs[1]));
	cr_assert_eq(nk_ranges_format(&ranges, &out), 0);
	memcpy(text, out.data, out.len + 1);
	return text;
}

#define AFTER(...) after((const int64_t[]){ __VA_ARGS__, -1, -1 })

static bool parses(const char *text)
{
	nk_auto(ranges) struct nk_ranges ranges = { .items = NULL };
	bool is_good = nk_ranges_parse(&ranges, text, strlen(text));

	cr_assert(is_good || (ranges.count == 0 && !ranges.items));
	return is_good;
}

Test(ranges, none_are_a_dash)
{
	cr_assert_str_eq(AFTER(5, 5), "-");
}

Test(ranges, are_kept_in_order)
{
	cr_assert_str_eq(AFTER(20, 30, 0, 10, 40, 41), "0-10,20-30,40-41");
}

Test(ranges, that_touch_become_one)
{
	cr_assert_str_eq(AFTER(0, 10, 20, 30, 10, 20), "0-30");
}

Test(ranges, that_overlap_become_one)
{
	cr_assert_str_eq(AFTER(0, 10, 20, 30, 40, 50, 5, 45), "0-50");
}

Test(ranges, inside_another_change_nothing)
{
	cr_assert_str_eq(AFTER(0, 100, 20, 30, 0, 1, 99, 100), "0-100");
}

Test(ranges, one_more_than_there_is_room_for_is_not_noted)
{
	nk_auto(ranges) struct nk_ranges ranges = { .items = NULL };

	for (int64_t i = 0; i < NK_RANGES_MAX; i++)
		cr_assert(nk_ranges_add(&ranges, 2 * i, 2 * i + 1));
	cr_assert_not(nk_ranges_add(&ranges, 2 * NK_RANGES_MAX, 2 * NK_RANGES_MAX + 1));
	cr_assert_eq(nk_ranges_total(&ranges), NK_RANGES_MAX);
	/* One that closes a gap is none more. */
	cr_assert(nk_ranges_add(&ranges, 1, 2));
}

Test(ranges, prefix_ends_at_the_first_gap)
{
	nk_auto(ranges) struct nk_ranges ranges = { .items = NULL };

	cr_assert_eq(nk_ranges_prefix(&ranges), 0);
	nk_ranges_add(&ranges, 10, 20);
	cr_assert_eq(nk_ranges_prefix(&ranges), 0);
	nk_ranges_add(&ranges, 0, 4);
	cr_assert_eq(nk_ranges_prefix(&ranges), 4);
}

Test(ranges, are_cut_to_a_size)
{
	nk_auto(ranges) struct nk_ranges ranges = { .items = NULL };

	cr_assert(nk_ranges_parse(&ranges, "0-10,20-30,40-50", 16));
	nk_ranges_cut(&ranges, 25);
	cr_assert_eq(ranges.count, 2);
	cr_assert_eq(nk_ranges_total(&ranges), 15);
	nk_ranges_cut(&ranges, 0);
	cr_assert_eq(ranges.count, 0);
}

Test(ranges, read_back_what_was_written)
{
	nk_auto(ranges) struct nk_ranges ranges = { .items = NULL };

	cr_assert(nk_ranges_parse(&ranges, "0-10,20-9223372036854775807", 27));
	cr_assert_eq(ranges.items[1].to, INT64_MAX);
	cr_assert(parses("-"));
	cr_assert(parses("5-6"));
}

Test(ranges, of_a_spoilt_list_are_refused)
{
	const char *const spoilt[] = { "",
				       "0",
				       "0-",
				       "-5",
				       "--",
				       "0-5,",
				       ",0-5",
				       "0-5,,6-7",
				       "5-5",
				       "6-5",
				       "0-5,5-6",
				       "0-5,4-6",
				       "9-10,0-5",
				       "0-5 ",
				       " 0-5",
				       "0-+5",
				       "0x0-5",
				       "0-5;6-7",
				       "0-9223372036854775808",
				       "0-99999999999999999999" };

	for (size_t i = 0; i < NK_COUNT(spoilt); i++)
		cr_assert_not(parses(spoilt[i]), "'%s'", spoilt[i]);
}
