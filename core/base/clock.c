/* clock.c - monotonic deadlines, and dates in UTC (RFC 3339). */
#include "netkit/clock.h"

#include <limits.h>
#include <stdio.h>

#include "netkit/num.h"

nk_time_ms nk_clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (nk_time_ms)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

nk_time_ms nk_clock_after(int64_t in_ms)
{
	nk_time_ms deadline;

	if (in_ms == 0)
		return NK_NEVER;
	if (__builtin_add_overflow(nk_clock_now(), in_ms, &deadline))
		return INT64_MAX;
	/* A moment before the clock began has passed, which 0 would not say. */
	return deadline > 0 ? deadline : 1;
}

nk_time_ms nk_clock_earlier(nk_time_ms a, nk_time_ms b)
{
	if (a == NK_NEVER)
		return b;
	if (b == NK_NEVER)
		return a;
	return a < b ? a : b;
}

int nk_clock_left(nk_time_ms deadline)
{
	if (deadline == NK_NEVER)
		return -1;
	nk_time_ms left = deadline - nk_clock_now();

	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01; years begin in March, so that a leap day ends one. */
static int64_t days_since_epoch(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	/* From 0000-03-01 to 1970-01-01 there are 719468 days. */
	return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

bool nk_clock_from_utc(int year, int month, int day, int hour, int minute, int second,
		       int64_t *seconds)
{
	if (year < 1 || year > 9999 || month < 1 || month > 12)
		return false;
	if (day < 1 || day > days_of_month(year, month))
		return false;
	/* 60 is a leap second. */
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return false;
	*seconds = days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	return true;
}

const char *nk_clock_rfc3339(int64_t seconds, char out[NK_CLOCK_TEXT])
{
	time_t time = seconds;
	struct tm utc;

	/* RFC 3339 has years of four digits; beyond them "@" is what nk_clock_parse reads. */
	if (!gmtime_r(&time, &utc) || utc.tm_year < -1900 || utc.tm_year > 9999 - 1900)
		snprintf(out, NK_CLOCK_TEXT, "@%lld", (long long)seconds);
	else
		strftime(out, NK_CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &utc);
	return out;
}

/* Read the fixed-width number in text[0..width). */
static bool take_digits(const char *text, size_t width, int *value)
{
	uint64_t number;

	if (!nk_num_span(text, width, 9999, &number))
		return false;
	*value = number;
	return true;
}

/* Local time; the fields are known to be in range. */
static bool from_local(struct tm local, int64_t *seconds)
{
	local.tm_isdst = -1;
	local.tm_wday = -1;
	time_t time = mktime(&local);

	/* -1 is a time too; only a failure leaves tm_wday alone. */
	if (time == -1 && local.tm_wday == -1)
		return false;
	*seconds = time;
	return true;
}

/* "YYYY-MM-DD" or "YYYY-MM-DDThh:mm:ss" with or without "Z". */
static bool parse_date(const char *text, int64_t *seconds)
{
	size_t length = strlen(text);
	bool utc = length == 20 && text[19] == 'Z';
	struct tm date = { 0 };
	int64_t checked;

	if (length != 10 && length != 19 && !utc)
		return false;
	if (!take_digits(text, 4, &date.tm_year) || text[4] != '-' ||
	    !take_digits(text + 5, 2, &date.tm_mon) || text[7] != '-' ||
	    !take_digits(text + 8, 2, &date.tm_mday))
		return false;
	if (length > 10 && (text[10] != 'T' || !take_digits(text + 11, 2, &date.tm_hour) ||
			    text[13] != ':' || !take_digits(text + 14, 2, &date.tm_min) ||
			    text[16] != ':' || !take_digits(text + 17, 2, &date.tm_sec)))
		return false;
	if (!nk_clock_from_utc(date.tm_year, date.tm_mon, date.tm_mday, date.tm_hour, date.tm_min,
			       date.tm_sec, &checked))
		return false;
	if (utc) {
		*seconds = checked;
		return true;
	}
	date.tm_year -= 1900;
	date.tm_mon -= 1;
	return from_local(date, seconds);
}

bool nk_clock_parse(const char *text, int64_t *seconds)
{
	size_t length = strlen(text);
	uint64_t number;
	int64_t ago_ms;

	if (text[0] == '@') {
		bool before = text[1] == '-';

		if (!nk_num_u64(text + 1 + before, 0, INT64_MAX, &number))
			return false;
		*seconds = before ? -(int64_t)number : (int64_t)number;
		return true;
	}
	if (parse_date(text, seconds))
		return true;
	/* A bare number could be meant as a year: a duration ago names its unit. */
	if (length == 0 || (text[length - 1] >= '0' && text[length - 1] <= '9'))
		return false;
	if (!nk_num_duration(text, &ago_ms))
		return false;
	*seconds = time(NULL) - ago_ms / 1000;
	return true;
}
