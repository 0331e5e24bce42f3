/*
 * Remote folders that completion has listed: a few, for a minute, until a command changes something.
 */
#ifndef NETKIT_CLI_LISTINGS_H
#define NETKIT_CLI_LISTINGS_H

#include "netkit/clock.h"
#include "netkit/spool.h"

/* Names of one folder that are kept; what would be more is left out. */
enum { NK_LISTING_MAX = 20000 };

struct nk_listing_name {
	char *name; /* owned */
	enum nk_kind kind;
};

struct nk_listing {
	char *path; /* owned; NULL: free */
	nk_time_ms until;
	struct nk_listing_name *names; /* owned */
	size_t count;
};

enum { NK_LISTINGS_MAX = 8 };

/* Zeroed is empty. */
struct nk_listings {
	struct nk_listing items[NK_LISTINGS_MAX];
	nk_time_ms asleep_until; /* nothing is listed before; 0: at once */
};

/* That of a folder, unless it is too old; or NULL. Borrowed. */
const struct nk_listing *nk_listings_find(struct nk_listings *listings, const char *path);

/* Keep what is in spool. The oldest other one may go. Borrowed. */
const struct nk_listing *nk_listings_add(struct nk_listings *listings, const char *path,
					 struct nk_spool *spool);

/* A folder could not be listed, which took so long: what failed at once may be tried at once, but a
 * server that lets everybody wait is not asked again for some seconds, whatever the folder. */
void nk_listings_fail(struct nk_listings *listings, int64_t took_ms);

/* Is it too early to ask? */
bool nk_listings_are_asleep(const struct nk_listings *listings);

/* The server has answered otherwise: it may be asked again. */
void nk_listings_wake(struct nk_listings *listings);

/* Forget all. */
void nk_listings_clear(struct nk_listings *listings);

#endif
