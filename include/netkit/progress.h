/*
 * The meter: a bar on the terminal, JSON lines, or nothing. Always on stderr.
 */
#ifndef NETKIT_PROGRESS_H
#define NETKIT_PROGRESS_H

#include "netkit/mem.h"

enum nk_progress_mode {
	NK_PROGRESS_AUTO, /* a bar when stderr is a terminal, and not --quiet */
	NK_PROGRESS_BAR,
	NK_PROGRESS_JSON, /* one object a second, and one at the end */
	NK_PROGRESS_NONE,
};

struct nk_progress;

/* label: what is being moved, shown before the bar; copied. NULL is returned when nothing will be
 * shown; the functions accept it. */
struct nk_progress *nk_progress_new(enum nk_progress_mode mode, bool quiet, const char *label);

/* Show what is so: bytes moved, bytes wanted (-1 unknown), files done. Draws at most ten times a
 * second; call as often as convenient. */
void nk_progress_show(struct nk_progress *progress, int64_t moved, int64_t wanted, int files);

/* Milliseconds until another call is worth it. */
int nk_progress_tick(const struct nk_progress *progress);

/* The same for what has no bytes to count: "12/200 hosts, 1 failed". what: "hosts". */
void nk_progress_show_items(struct nk_progress *progress, int64_t done, int64_t wanted,
			    int64_t failed, const char *what);

/* Take the meter off the terminal until it is drawn again, for what is printed to stdout. */
void nk_progress_hide(struct nk_progress *progress);

/* Show the end, leave the terminal as it was, and free. */
void nk_progress_end_items(struct nk_progress *progress, int64_t done, int64_t wanted,
			   int64_t failed, const char *what);

/* Draw the end and free. */
void nk_progress_finish(struct nk_progress *progress, int64_t moved, int64_t wanted, int files);

#endif
