/*
 * Which bytes of a file are there: a short list of ranges, in order, with gaps between them.
 */
#ifndef NETKIT_FS_RANGES_H
#define NETKIT_FS_RANGES_H

#include "netkit/buf.h"

/* Ranges of one file. What would be one more is not noted, and fetched again some day. */
#define NK_RANGES_MAX 1024

/* Bytes from the first up to the one before the second; never empty. */
struct nk_range {
	int64_t from;
	int64_t to;
};

struct nk_ranges {
	struct nk_range *items; /* owned */
	size_t count;
};

/* The bytes of a range are there too, 0 <= from <= to. false: there was no room, and nothing is
 * noted. */
bool nk_ranges_add(struct nk_ranges *ranges, int64_t from, int64_t to);

/* Bytes that are there from the first on, without a gap; all that are there. */
int64_t nk_ranges_prefix(const struct nk_ranges *ranges);
int64_t nk_ranges_total(const struct nk_ranges *ranges);

/* Nothing is there from this byte on. */
void nk_ranges_cut(struct nk_ranges *ranges, int64_t size);

/* "0-4096,8192-12288", first byte and the one behind the last; "-" for none. -1: no room in text. */
NK_MUST_CHECK int nk_ranges_format(const struct nk_ranges *ranges, struct nk_buf *text);

/* Read that, length bytes, into ranges, which is empty. Nothing but what nk_ranges_format writes is
 * taken; false leaves ranges empty. */
bool nk_ranges_parse(struct nk_ranges *ranges, const char *text, size_t length);

void nk_ranges_release(struct nk_ranges *ranges);
NK_AUTO(ranges, struct nk_ranges, nk_ranges_release)

#endif
