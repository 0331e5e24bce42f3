/* shares.c - the missing bytes of a file, shared out. */
#include "shares.h"

/* Shares begin at a page, as disks and caches like it. */
#define SHARE_ALIGN 4096

/* A new stream begins slowly: what its owner needs for a share is to be so many times what opening
 * another one takes. */
#define SHARE_WORTH 4

static void add(struct nk_shares *shares, int64_t from, int64_t to)
{
	shares->items[shares->count++] = (struct nk_share){ .at = from, .end = to };
}

/* Cut a gap into shares of about so many bytes. */
static void add_gap(struct nk_shares *shares, int64_t from, int64_t to, int64_t about)
{
	int64_t parts = (to - from + about - 1) / about;

	while (parts > 1 && shares->count + 1 < shares->room) {
		int64_t next = (from + (to - from) / parts) & ~(int64_t)(SHARE_ALIGN - 1);

		if (next > from) {
			add(shares, from, next);
			from = next;
		}
		parts--;
	}
	if (to > from)
		add(shares, from, to);
}

struct nk_shares nk_shares_new(const struct nk_ranges *held, int64_t size, int takers)
{
	/* Each gap, one more for each cut, and as many again for halves. */
	struct nk_shares shares = { .room = (int)held->count + 1 + 2 * takers };
	int64_t about = (size - nk_ranges_total(held) + takers - 1) / takers;
	int64_t from = 0;

	if (about < NK_SHARE_LEAST)
		about = NK_SHARE_LEAST;
	shares.items = nk_alloc((size_t)shares.room * sizeof(*shares.items));
	for (size_t i = 0; i < held->count && from < size; i++) {
		if (held->items[i].from > from)
			add_gap(&shares, from, held->items[i].from, about);
		from = held->items[i].to;
	}
	if (from < size)
		add_gap(&shares, from, size, about);
	return shares;
}

int64_t nk_shares_missing(const struct nk_shares *shares)
{
	int64_t missing = 0;

	for (int i = 0; i < shares->count; i++) {
		if (!shares->items[i].is_finished)
			missing += shares->items[i].end - shares->items[i].at;
	}
	return missing;
}

int nk_shares_takers(const struct nk_shares *shares)
{
	int64_t takers = nk_shares_missing(shares) / NK_SHARE_LEAST;

	if (takers > shares->room)
		return shares->room;
	return takers > 0 ? (int)takers : 1;
}

/* A place for one more: -1, there is none. */
static int find_place(struct nk_shares *shares)
{
	for (int i = 0; i < shares->count; i++) {
		if (shares->items[i].is_finished)
			return i;
	}
	return shares->count < shares->room ? shares->count++ : -1;
}

/* How long its owner needs for the rest, as fast as it was so far; INT64_MAX where it got nothing yet. */
static int64_t time_left(const struct nk_share *share, nk_time_ms now)
{
	int64_t rate = (share->at - share->begun) / (now - share->since + 1);

	return rate > 0 ? (share->end - share->at) / rate : INT64_MAX;
}

/* Is a's end later? */
static bool is_slower(const struct nk_share *a, const struct nk_share *b, nk_time_ms now)
{
	int64_t left = time_left(a, now);
	int64_t other = time_left(b, now);

	return left != other ? left > other : a->end - a->at > b->end - b->at;
}

/* Half of it would be there long before its owner had it. */
static bool is_worth_halving(const struct nk_share *share, nk_time_ms now, int64_t opening_ms)
{
	return !share->is_finished && share->end - share->at >= 2 * NK_SHARE_HALF_LEAST &&
	       time_left(share, now) / SHARE_WORTH >= opening_ms;
}

/* The second half of what the slowest has before it. */
static int halve(struct nk_shares *shares, nk_time_ms now, int64_t opening_ms)
{
	struct nk_share *slowest = NULL;
	int64_t half;
	int place;

	for (int i = 0; i < shares->count; i++) {
		struct nk_share *share = &shares->items[i];

		if (is_worth_halving(share, now, opening_ms) &&
		    (!slowest || is_slower(share, slowest, now)))
			slowest = share;
	}
	place = slowest ? find_place(shares) : -1;
	if (place < 0)
		return -1;
	half = slowest->end - (slowest->end - slowest->at) / 2;
	shares->items[place] = (struct nk_share){
		.at = half,
		.end = slowest->end,
		.begun = half,
		.since = now,
		.is_taken = true,
	};
	slowest->end = half;
	return place;
}

int nk_shares_take(struct nk_shares *shares, nk_time_ms now, int64_t opening_ms)
{
	struct nk_share *first = NULL;

	for (int i = 0; i < shares->count; i++) {
		struct nk_share *share = &shares->items[i];

		if (!share->is_taken && !share->is_finished && (!first || share->at < first->at))
			first = share;
	}
	if (!first)
		return halve(shares, now, opening_ms);
	first->is_taken = true;
	first->begun = first->at;
	first->since = now;
	return (int)(first - shares->items);
}

bool nk_shares_join(struct nk_shares *shares, int index)
{
	struct nk_share *share = &shares->items[index];

	for (int i = 0; i < shares->count; i++) {
		struct nk_share *next = &shares->items[i];

		if (next->at != share->end || next->is_taken || next->is_finished)
			continue;
		share->end = next->end;
		next->is_finished = true;
		return true;
	}
	return false;
}

void nk_shares_leave(struct nk_shares *shares, int index)
{
	shares->items[index].is_taken = false;
}

bool nk_shares_are_finished(const struct nk_shares *shares)
{
	for (int i = 0; i < shares->count; i++) {
		if (!shares->items[i].is_finished)
			return false;
	}
	return true;
}

void nk_shares_release(struct nk_shares *shares)
{
	free(shares->items);
	*shares = (struct nk_shares){ .items = NULL };
}
