/*
 * What is to be copied, one file after the other: the operands, and the trees below them. Not
 * locked: whoever calls holds the pool's lock.
 */
#ifndef NETKIT_FS_FEED_H
#define NETKIT_FS_FEED_H

#include "netkit/pool.h"

/* A file, or a folder to be made. Owns its strings. */
struct nk_feed_item {
	int operand;
	char *source; /* path */
	char *target;
	char *relative; /* below a folder that was named; NULL for what was named itself */
	char *link;	/* what a link points to; NULL when that is unknown */
	bool has_entry;
	struct nk_entry entry; /* without name; link is the one above */

	/* Of a sync: enum nk_sync_action and nk_sync_reason of a file, enum nk_sync_flags of a folder. */
	int action;
	int reason;
	unsigned flags;
};

#define NK_FEED_ITEM_INIT                                                                          \
	{                                                                                          \
		.source = NULL                                                                     \
	}

void nk_feed_item_release(struct nk_feed_item *item);
NK_AUTO(feed_item, struct nk_feed_item, nk_feed_item_release)

enum nk_feed_event {
	NK_FEED_END,	 /* nothing is left */
	NK_FEED_FILE,	 /* item is to be copied */
	NK_FEED_FOLDER,	 /* item is a folder to be made before what is in it */
	NK_FEED_ERROR,	 /* item cannot be copied: err has why */
	NK_FEED_BUSY,	 /* item's operand must be mounted first */
	NK_FEED_LOST,	 /* the session failed: err has how; with another one it goes on */
	NK_FEED_COMPARE, /* item is a folder to be compared with its target (nk_sync_folder) */
};

struct nk_feed;

struct nk_feed *nk_feed_new(bool recursive, const struct nk_filter *filter);

/* Links below the operands are what they point to. */
void nk_feed_follow(struct nk_feed *feed);

/* The one operand is not walked over, but compared with its target. sync: borrowed. */
struct nk_sync;
void nk_feed_sync(struct nk_feed *feed, struct nk_sync *sync);

void nk_feed_add(struct nk_feed *feed, const struct nk_place *source,
		 const struct nk_place *target);
const struct nk_place *nk_feed_source(const struct nk_feed *feed, int operand);
const struct nk_place *nk_feed_target(const struct nk_feed *feed, int operand);

/* Is fs, which may be NULL, a session of place? */
bool nk_place_is_mounted(const struct nk_place *place, const struct nk_fs *fs);

/* The next thing to do. fs: the caller's session, NULL for none; item is released by the caller. */
enum nk_feed_event nk_feed_next(struct nk_feed *feed, struct nk_fs *fs, struct nk_feed_item *item,
				struct nk_err *err);

/* The next thing when it is a file that can be had without asking anybody, and of the same
 * sessions as operand. */
bool nk_feed_peek(struct nk_feed *feed, int operand, struct nk_feed_item *item);

/* Give a file back that somebody else shall copy. item is taken over. */
void nk_feed_return(struct nk_feed *feed, struct nk_feed_item *item);

/* Give back the folder that nk_feed_next gave last, to be made or compared; it is given again. */
void nk_feed_put_back(struct nk_feed *feed, struct nk_feed_item *item);

/* Is there anything that nk_feed_next might give? */
bool nk_feed_has_more(const struct nk_feed *feed);

/* Does a link lead to a folder, as far as the fs can tell? */
bool nk_feed_is_folder(struct nk_fs *fs, const char *path);

/* Skip what is in the folder that nk_feed_next gave last. */
void nk_feed_prune(struct nk_feed *feed);

/* Leave the tree that is walked now, or skip the operand that could not be looked at. */
void nk_feed_leave(struct nk_feed *feed);

/* Give nothing more that needs this session. */
void nk_feed_fail(struct nk_feed *feed, const struct nk_session *session);

void nk_feed_free(struct nk_feed *feed);

#endif
