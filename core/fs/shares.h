/*
 * The bytes of a file that are missing, shared out among those who fetch them. Who has finished takes
 * what nobody has, and then half of what is left to the slowest. Not locked.
 */
#ifndef NETKIT_FS_SHARES_H
#define NETKIT_FS_SHARES_H

#include "netkit/clock.h"
#include "ranges.h"

/* Less than this is not worth a taker of its own. */
#define NK_SHARE_LEAST ((int64_t)4 << 20)

/* Who is there already may take less: a share is only halved when both parts are as large. */
#define NK_SHARE_HALF_LEAST ((int64_t)1 << 20)

struct nk_share {
	int64_t at; /* the next byte; goes up to end */
	int64_t end;
	int64_t begun;	  /* where at was when it was taken, ... */
	nk_time_ms since; /* ... and when that was */
	bool is_taken;
	bool is_finished; /* nothing of it is missing any more */
};

struct nk_shares {
	struct nk_share *items; /* owned */
	int count;
	int room;
};

/* Share out what is missing of size bytes where held are there. takers: how many there will be. */
struct nk_shares nk_shares_new(const struct nk_ranges *held, int64_t size, int takers);

/* Bytes that are missing, and how many takers they are enough for. */
int64_t nk_shares_missing(const struct nk_shares *shares);
int nk_shares_takers(const struct nk_shares *shares);

/* The index of a share that is now the caller's; -1: none is worth it now. opening_ms: how long it takes
 * the caller to have the first byte of one; half of another's is taken only where that is little beside
 * what its owner still needs for it. */
int nk_shares_take(struct nk_shares *shares, nk_time_ms now, int64_t opening_ms);

/* The share goes on with the one behind it, where nobody has that. */
bool nk_shares_join(struct nk_shares *shares, int index);

/* Others may have what is left of it. */
void nk_shares_leave(struct nk_shares *shares, int index);

bool nk_shares_are_finished(const struct nk_shares *shares);

void nk_shares_release(struct nk_shares *shares);

#endif
