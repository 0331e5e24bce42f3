/* test_clock.c - deadlines and dates. */
#include "netkit/clock.h"

#include <criterion/criterion.h>
#include <limits.h>

Test(clock, after_zero_is_never)
{
	cr_assert_eq(nk_clock_after(0), NK_NEVER);
}

Test(clock, after_saturates)
{
	cr_assert_eq(nk_clock_after(INT64_MAX), INT64_MAX);
}

Test(clock, long_ago_is_not_never)
{
	nk_time_ms deadline = nk_clock_after(-(INT64_C(1) << 40));

	cr_assert_neq(deadline, NK_NEVER);
	cr_assert_eq(nk_clock_left(deadline), 0);
}

Test(clock, never_is_later_than_any_time)
{
	cr_assert_eq(nk_clock_earlier(NK_NEVER, 5), 5);
	cr_assert_eq(nk_clock_earlier(5, NK_NEVER), 5);
	cr_assert_eq(nk_clock_earlier(NK_NEVER, NK_NEVER), NK_NEVER);
}

Test(clock, earlier_is_the_smaller)
{
	cr_assert_eq(nk_clock_earlier(7, 5), 5);
}

Test(clock, left_is_what_poll_takes)
{
	cr_assert_eq(nk_clock_left(NK_NEVER), -1);
	cr_assert_eq(nk_clock_left(1), 0);
	cr_assert_eq(nk_clock_left(INT64_MAX), INT_MAX);
}

Test(clock, left_is_no_more_than_was_given)
{
	int left = nk_clock_left(nk_clock_after(60000));

	cr_assert_leq(left, 60000);
	cr_assert_gt(left, 0);
}

/* The seconds of a date, which must be one. */
static int64_t utc(int year, int month, int day, int hour, int minute, int second)
{
	int64_t seconds = 0;

	cr_assert(nk_clock_from_utc(year, month, day, hour, minute, second, &seconds));
	return seconds;
}

Test(clock, the_epoch_is_zero)
{
	cr_assert_eq(utc(1970, 1, 1, 0, 0, 0), 0);
}

Test(clock, every_day_follows_the_one_before)
{
	int64_t expected = utc(1899, 12, 31, 0, 0, 0);
	int64_t seconds;

	for (int year = 1900; year <= 2101; year++) {
		for (int i = 0; i < 12 * 31; i++) {
			if (!nk_clock_from_utc(year, i / 31 + 1, i % 31 + 1, 0, 0, 0, &seconds))
				continue;
			expected += 86400;
			cr_assert_eq(seconds, expected);
		}
	}
}

Test(clock, utc_agrees_with_the_system)
{
	struct tm date = { .tm_year = 2024 - 1900, .tm_mon = 1, .tm_mday = 29, .tm_hour = 23 };

	cr_assert_eq(utc(2024, 2, 29, 23, 0, 0), timegm(&date));
}

Test(clock, a_leap_second_is_a_time)
{
	cr_assert_eq(utc(2016, 12, 31, 23, 59, 60), utc(2017, 1, 1, 0, 0, 0));
}

Test(clock, fields_out_of_range_are_refused)
{
	static const int dates[][6] = {
		{ 0, 1, 1, 0, 0, 0 },	  { 10000, 1, 1, 0, 0, 0 }, { 2026, 0, 1, 0, 0, 0 },
		{ 2026, 13, 1, 0, 0, 0 }, { 2026, 1, 0, 0, 0, 0 },  { 2026, 1, 32, 0, 0, 0 },
		{ 2026, 2, 29, 0, 0, 0 }, { 1900, 2, 29, 0, 0, 0 }, { 2026, 1, 1, 24, 0, 0 },
		{ 2026, 1, 1, 0, 60, 0 }, { 2026, 1, 1, 0, 0, 61 }, { 2026, 1, 1, -1, 0, 0 },
		{ 2026, 1, 1, 0, -1, 0 }, { 2026, 1, 1, 0, 0, -1 }, { 2026, -5, 1, 0, 0, 0 },
	};
	int64_t seconds = 7;

	for (size_t i = 0; i < NK_COUNT(dates); i++) {
		const int *d = dates[i];

		cr_assert_not(nk_clock_from_utc(d[0], d[1], d[2], d[3], d[4], d[5], &seconds),
			      "row %zu", i);
	}
	cr_assert_eq(seconds, 7);
}

Test(clock, rfc3339_is_utc)
{
	char text[NK_CLOCK_TEXT];

	cr_assert_str_eq(nk_clock_rfc3339(utc(2026, 1, 2, 3, 4, 5), text), "2026-01-02T03:04:05Z");
	cr_assert_str_eq(nk_clock_rfc3339(-1, text), "1969-12-31T23:59:59Z");
}

Test(clock, years_that_rfc3339_cannot_hold_are_seconds)
{
	char text[NK_CLOCK_TEXT];

	cr_assert_str_eq(nk_clock_rfc3339(INT64_MIN, text), "@-9223372036854775808");
	cr_assert_str_eq(nk_clock_rfc3339(INT64_C(253402300800), text), "@253402300800");
}

Test(clock, parses_a_utc_time)
{
	int64_t seconds;

	cr_assert(nk_clock_parse("2026-01-02T03:04:05Z", &seconds));
	cr_assert_eq(seconds, utc(2026, 1, 2, 3, 4, 5));
}

Test(clock, a_date_without_zone_is_local)
{
	int64_t seconds;

	setenv("TZ", "XYZ-2", 1);
	tzset();
	cr_assert(nk_clock_parse("2026-01-02", &seconds));
	cr_assert_eq(seconds, utc(2026, 1, 1, 22, 0, 0));
	cr_assert(nk_clock_parse("2026-01-02T03:04:05", &seconds));
	cr_assert_eq(seconds, utc(2026, 1, 2, 1, 4, 5));
}

Test(clock, the_second_before_the_epoch_is_a_time)
{
	int64_t seconds = 0;

	setenv("TZ", "UTC", 1);
	tzset();
	cr_assert(nk_clock_parse("1969-12-31T23:59:59", &seconds));
	cr_assert_eq(seconds, -1);
}

Test(clock, parses_seconds_since_the_epoch)
{
	int64_t seconds;

	cr_assert(nk_clock_parse("@1234", &seconds));
	cr_assert_eq(seconds, 1234);
	cr_assert(nk_clock_parse("@-5", &seconds));
	cr_assert_eq(seconds, -5);
}

Test(clock, parses_a_duration_ago)
{
	int64_t seconds;
	int64_t now = time(NULL);

	cr_assert(nk_clock_parse("2d", &seconds));
	cr_assert_geq(seconds, now - 2 * 86400);
	cr_assert_leq(seconds, now - 2 * 86400 + 60);
}

Test(clock, other_text_is_refused)
{
	static const char *const texts[] = {
		"",
		"2026",
		"yesterday",
		"2026-02-30",
		"2026-1-2",
		"2026-01-02T",
		"2026-01-02T03:04",
		"2026-01-02 03:04:05",
		"2026/01/02",
		"@",
		"@1x",
		"@--1",
		"-2d",
		"2026-01-02Z",
		"2026-01-02T03:04:05z",
		"2026-01-02T03:04:05ZZ",
		"20 6-01-02",
		"+026-01-02",
	};
	int64_t seconds;

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		cr_assert_not(nk_clock_parse(texts[i], &seconds), "%s", texts[i]);
}
