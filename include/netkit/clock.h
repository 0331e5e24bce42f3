/*
 * Time: monotonic deadlines for waiting, and UTC timestamps for people and protocols.
 */
#ifndef NETKIT_CLOCK_H
#define NETKIT_CLOCK_H

#include <time.h>

#include "netkit/mem.h"

/* Milliseconds of the monotonic clock; 0 means "never" where a deadline is meant. */
typedef int64_t nk_time_ms;

#define NK_NEVER ((nk_time_ms)0)

nk_time_ms nk_clock_now(void);

/* The time in_ms milliseconds from now; NK_NEVER when in_ms is 0. */
nk_time_ms nk_clock_after(int64_t in_ms);

/* The earlier of two deadlines, either of which may be NK_NEVER. */
nk_time_ms nk_clock_earlier(nk_time_ms a, nk_time_ms b);

/* Milliseconds left until deadline, 0 when it has passed, -1 for NK_NEVER: what poll() takes. */
int nk_clock_left(nk_time_ms deadline);

/* Seconds since the epoch for a UTC date; false when a field is out of range. month 1 to 12. */
bool nk_clock_from_utc(int year, int month, int day, int hour, int minute, int second,
		       int64_t *seconds);

/* "2026-01-02T03:04:05Z" (RFC 3339); out has NK_CLOCK_TEXT bytes. */
enum { NK_CLOCK_TEXT = 32 };
const char *nk_clock_rfc3339(int64_t seconds, char out[NK_CLOCK_TEXT]);

/* Read "2026-01-02", "2026-01-02T03:04:05Z" or "@SECONDS", or a duration ago such as "2d"; false
 * when it is none of these. Dates without a zone are local time. */
bool nk_clock_parse(const char *text, int64_t *seconds);

#endif
