/*
 * Sync, as the pool's workers do it: folders that wait for being compared, files that wait for being
 * copied, and what only the target has.
 */
#ifndef NETKIT_FS_SYNCWORK_H
#define NETKIT_FS_SYNCWORK_H

#include <pthread.h>

#include "feed.h"

/* Folders that are compared at a time, at most: each takes some memory. */
#define NK_SYNC_COMPARERS_MAX 8

/* Of a folder that is to be compared. */
enum nk_sync_flags {
	NK_SYNC_IS_ROOT = 1 << 0,
	NK_SYNC_IS_NEW = 1 << 1,    /* the target has it not yet */
	NK_SYNC_IS_OFF = 1 << 2,    /* its time or permissions differ */
	NK_SYNC_IS_EXTRA = 1 << 3,  /* the source has it not: it is gathered for being removed */
	NK_SYNC_IS_CLOSED = 1 << 4, /* its owner may not write to it at the target */
};

/* Does the target keep the times it is given? */
enum nk_sync_keeps { NK_SYNC_KEEPS_UNKNOWN, NK_SYNC_KEEPS_TIMES, NK_SYNC_KEEPS_NONE };

/* Of the removal of what only the target has. */
enum nk_sync_stage { NK_SYNC_COPYING, NK_SYNC_REMOVING, NK_SYNC_DONE };

/* All but how, filter and places: under the feed's lock. Whose entries wait: name is the path below
 * the root, uid the action or the flags, gid the reason. */
struct nk_sync {
	const struct nk_sync_how *how;
	const struct nk_filter *filter;
	bool dry_run;
	const struct nk_place *source;
	const struct nk_place *target;

	struct nk_spool *folders;
	struct nk_spool *files;
	int64_t folders_left;
	int64_t files_left;
	int comparing;
	struct nk_err lost; /* what waited and cannot be had back; told by nk_sync_next */
	bool is_cut;	    /* a folder could not be compared: what it holds is not known */
	bool is_again; /* something has to go before what takes its place can come: another sync does it */
	int64_t same;

	/* All that only the target has, and what is to be kept among it; is_rough: the source may have it
	 * in another case. */
	struct nk_spool *extras;
	struct nk_spool *extra_folders; /* once more, those above first */
	int64_t extra_count;

	pthread_mutex_t clock_lock; /* while the next two are found out */
	enum nk_sync_keeps keeps;
	int64_t ahead; /* seconds, of the target's clock, when it keeps none */

	/* Removing, when all else is done. */
	enum nk_sync_stage stage;
	struct nk_spool *doomed; /* in the order in which they go */
	char *stuck;		 /* what stays: the folders above it do, too; owned */
};

struct nk_sync *nk_sync_new(const struct nk_sync_how *how, const struct nk_filter *filter,
			    bool dry_run);
void nk_sync_free(struct nk_sync *sync); /* accepts NULL */

/* The two trees; borrowed. */
void nk_sync_begin(struct nk_sync *sync, const struct nk_place *source,
		   const struct nk_place *target);

/* A file to be copied, a folder to be compared (NK_FEED_COMPARE), or the end for now. */
enum nk_feed_event nk_sync_next(struct nk_sync *sync, struct nk_feed_item *item,
				struct nk_err *err);

/* A file only, if there is one. */
bool nk_sync_next_file(struct nk_sync *sync, struct nk_feed_item *item);

bool nk_sync_has_more(const struct nk_sync *sync);

/* A folder was not compared after all. */
void nk_sync_put_back(struct nk_sync *sync, const struct nk_feed_item *item);

/* The path of relative below a place. */
char *nk_sync_path(const struct nk_place *place, const char *relative);

struct nk_worker;
struct nk_pool;
struct nk_pool_result;

/*
 * Compare the folder of item, with both sessions mounted and without the feed's lock. What cannot be
 * compared is reported. Fails with what ends a session: then nothing was found, and it can be compared
 * again.
 */
NK_MUST_CHECK int nk_sync_folder(struct nk_worker *worker, struct nk_feed_item *item,
				 struct nk_err *err);

/* Is what the target has at path also to be had there in another case? Then it may be what the source has
 * under another name, and it is told that it is kept. Where that cannot be found out, it may, too. */
bool nk_sync_is_case_blind(struct nk_fs *fs, const char *path);

/* Is a target's file, with what source has and another time, the same nevertheless? Of a target that
 * keeps no times; the first question finds that out, with a file that it makes and removes. */
NK_MUST_CHECK int nk_sync_was_stored_later(struct nk_worker *worker, const struct nk_entry *source,
					   const struct nk_entry *target, bool *was_later,
					   struct nk_err *err);

/* Are two files of the same bytes, by their hashes? A server's own where it has one, else by reading.
 * Fails as hashing and reading do. */
NK_MUST_CHECK int nk_sync_hash(const struct nk_end *source, const struct nk_end *target,
			       bool *is_same, struct nk_err *err);

/* Once every worker has left: remove what only the target has, one at a time. 1 with a result, whose
 * strings the caller takes over; 0 when all is done. */
int nk_sync_remove(struct nk_pool *pool, struct nk_pool_result *result);

#endif
