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
};

/* That of a folder, unless it is too old; or NULL. Borrowed. */
const struct nk_listing *nk_listings_find(struct nk_listings *listings, const char *path);

/* Keep what is in spool; NULL: the folder could not be listed, and is empty for as long. The oldest
 * other one may go. Borrowed. */
const struct nk_listing *nk_listings_add(struct nk_listings *listings, const char *path,
					 struct nk_spool *spool);

/* Forget all. */
void nk_listings_clear(struct nk_listings *listings);

#endif
