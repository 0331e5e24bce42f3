/* test_num.c - strict numbers. */
#include "netkit/num.h"

#include <criterion/criterion.h>

Test(num, the_whole_range_is_read)
{
	uint64_t value;

	cr_assert(nk_num_u64("0", 0, UINT64_MAX, &value));
	cr_assert_eq(value, 0);
	cr_assert(nk_num_u64("18446744073709551615", 0, UINT64_MAX, &value));
	cr_assert_eq(value, UINT64_MAX);
}

Test(num, overflow_is_refused)
{
	uint64_t value = 7;

	cr_assert_not(nk_num_u64("18446744073709551616", 0, UINT64_MAX, &value));
	cr_assert_not(nk_num_u64("99999999999999999999999", 0, UINT64_MAX, &value));
	cr_assert_eq(value, 7);
}

Test(num, only_digits_are_a_number)
{
	static const char *const texts[] = { "",    " 1",  "1 ", "+1",	    "-1",
					     "0x1", "1.0", "1a", "\xd9\xa1" };
	uint64_t value;

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		cr_assert_not(nk_num_u64(texts[i], 0, UINT64_MAX, &value), "%s", texts[i]);
}

Test(num, the_range_is_inclusive)
{
	int value;

	cr_assert(nk_num_int("1", 1, 65535, &value));
	cr_assert(nk_num_int("65535", 1, 65535, &value));
	cr_assert_eq(value, 65535);
	cr_assert_not(nk_num_int("0", 1, 65535, &value));
	cr_assert_not(nk_num_int("65536", 1, 65535, &value));
}

Test(num, int_never_wraps)
{
	int value;

	cr_assert_not(nk_num_int("4294967297", 0, 2147483647, &value));
	cr_assert_not(nk_num_int("5", -10, -1, &value));
}

Test(num, a_span_needs_no_nul)
{
	uint64_t value;

	cr_assert(nk_num_span("1234", 2, 99, &value));
	cr_assert_eq(value, 12);
	cr_assert_not(nk_num_span("1234", 0, 99, &value));
	cr_assert_not(nk_num_span("1234", 3, 99, &value));
}

Test(num, other_bases_take_their_digits)
{
	uint64_t value;

	cr_assert(nk_num_span_base("fF", 2, 16, UINT64_MAX, &value));
	cr_assert_eq(value, 255);
	cr_assert(nk_num_span_base("755", 3, 8, UINT64_MAX, &value));
	cr_assert_eq(value, 0755);
	cr_assert_not(nk_num_span_base("8", 1, 8, UINT64_MAX, &value));
	cr_assert_not(nk_num_span_base("g", 1, 16, UINT64_MAX, &value));
}

static void assert_size(const char *text, uint64_t expected)
{
	uint64_t bytes;

	cr_assert(nk_num_size(text, &bytes), "%s", text);
	cr_assert_eq(bytes, expected, "%s is %llu", text, (unsigned long long)bytes);
}

Test(num, sizes_are_powers_of_1024)
{
	assert_size("7", 7);
	assert_size("64k", 65536);
	assert_size("64K", 65536);
	assert_size("10M", 10485760);
	assert_size("2g", UINT64_C(2) << 30);
	assert_size("1T", UINT64_C(1) << 40);
}

Test(num, sizes_may_spell_their_unit)
{
	assert_size("1Ki", 1024);
	assert_size("1KB", 1024);
	assert_size("1MiB", 1048576);
}

Test(num, sizes_may_have_a_fraction_of_a_unit)
{
	assert_size("1.5G", 1610612736);
	assert_size("0.5k", 512);
	assert_size("0.999999T", UINT64_C(1099510528265));
}

Test(num, a_small_fraction_is_not_nothing)
{
	assert_size("0.000001k", 1);
}

Test(num, the_largest_size_is_read)
{
	assert_size("16777215T", UINT64_C(16777215) << 40);
	assert_size("18446744073709551615", UINT64_MAX);
}

Test(num, other_sizes_are_refused)
{
	static const char *const texts[] = {
		"",    "k",   "inf",  "none", "1.5",  "1.k",	   ".5k",
		"-1k", "1kk", "1kib", "1b",   "1 k",  "16777216T", "16777215.9999999T",
		"1iB", "1P",  "1k ",  "0x1k", "1\vk", "1.5.5k",	   "18446744073709551616",
	};
	uint64_t bytes;

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		cr_assert_not(nk_num_size(texts[i], &bytes), "%s", texts[i]);
}

static void assert_duration(const char *text, int64_t expected)
{
	int64_t ms;

	cr_assert(nk_num_duration(text, &ms), "%s", text);
	cr_assert_eq(ms, expected, "%s is %lld", text, (long long)ms);
}

Test(num, durations_have_units)
{
	assert_duration("500ms", 500);
	assert_duration("10s", 10000);
	assert_duration("2m", 120000);
	assert_duration("1h", 3600000);
	assert_duration("1d", 86400000);
}

Test(num, a_bare_duration_is_seconds)
{
	assert_duration("3", 3000);
	assert_duration("0.25", 250);
}

Test(num, durations_may_have_a_fraction)
{
	assert_duration("1.5s", 1500);
}

Test(num, a_short_duration_is_not_never)
{
	assert_duration("0.1ms", 1);
	assert_duration("0", 0);
}

Test(num, durations_end_at_ten_years)
{
	int64_t ms;

	assert_duration("3650d", INT64_C(315360000000));
	cr_assert_not(nk_num_duration("3651d", &ms));
	cr_assert_not(nk_num_duration("18446744073709551615d", &ms));
}

Test(num, other_durations_are_refused)
{
	static const char *const texts[] = { "",   "s",	  "-1s",   "1S", "1 s",
					     "1w", "1s ", "1m30s", "inf" };
	int64_t ms;

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		cr_assert_not(nk_num_duration(texts[i], &ms), "%s", texts[i]);
}

Test(num, human_sizes_are_short)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 1023, "1023" },
		{ 1024, "1.0K" },
		{ 1536, "1.5K" },
		{ 102348, "99.9K" },
		{ 102400, "100K" },
		{ 1048063, "1023K" },
		{ 1048064, "1.0M" },
		{ 1048575, "1.0M" },
		{ UINT64_C(1) << 30, "1.0G" },
		{ UINT64_MAX, "16.0E" },
	};
	char text[NK_NUM_TEXT];

	for (size_t i = 0; i < NK_COUNT(rows); i++)
		cr_assert_str_eq(nk_num_human(rows[i].bytes, text), rows[i].text);
}
