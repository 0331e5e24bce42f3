/*
 * Listings of remote folders as completion keeps them, $XDG_CACHE_HOME/netkit/complete (~/.cache):
 * one file for each folder and way of getting there, read again for a minute. A failure is kept as
 * well, of the server and for some seconds, so that a server that does not answer is not waited for at each TAB.
 *
 * What is read is not believed: a file counts when it is ours alone, whole, of this very key, and
 * none of its names is too long. Where no folder can be had a listing is good for this once.
 */
#ifndef NETKIT_CLI_COMPLETE_CACHE_H
#define NETKIT_CLI_COMPLETE_CACHE_H

#include <stdio.h>

#include "netkit/spool.h"

/* How long a listing and a failure are good for. */
#define NK_LISTING_SECONDS 60
#define NK_FAILURE_SECONDS 10

/* Most listings that are kept, and most bytes of one. */
#define NK_LISTINGS_MAX	     256
#define NK_LISTING_BYTES_MAX ((int64_t)64 << 20)

enum nk_listing_state { NK_LISTING_NONE, NK_LISTING_FOUND, NK_LISTING_FAILURE };

/* A listing that is read or written; zeroed is none. */
struct nk_listing {
	FILE *file;
	char *path;	 /* where it is kept; NULL: nowhere */
	char *temporary; /* what it is called until then */
	char *name;	 /* the entry at hand */
	size_t name_size;
};

/* Look for what is kept under a key, any text. listing stands before its first entry when it was
 * found. */
enum nk_listing_state nk_listing_find(const char *key, struct nk_listing *listing);

/* Begin one that is to be kept under a key. Fails with write when there is no place at all. */
NK_MUST_CHECK int nk_listing_begin(const char *key, struct nk_listing *listing, struct nk_err *err);

/* Add an entry; write the end. Fails with write, full when there are too many. May be called by a
 * child process, and the rest by its parent. */
NK_MUST_CHECK int nk_listing_add(struct nk_listing *listing, const struct nk_entry *entry,
				 struct nk_err *err);
NK_MUST_CHECK int nk_listing_end(struct nk_listing *listing, struct nk_err *err);

/* Keep what was written, and stand before the first entry of it. Old files are removed on the way. */
void nk_listing_keep(struct nk_listing *listing);

/* Keep only that it failed. */
void nk_listing_keep_failure(struct nk_listing *listing);

/* The next entry: its name is good until the next call. False at the end. */
bool nk_listing_next(struct nk_listing *listing, struct nk_entry *entry);

void nk_listing_release(struct nk_listing *listing);
NK_AUTO(listing, struct nk_listing, nk_listing_release)

#endif
