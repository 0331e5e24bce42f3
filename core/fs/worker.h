/*
 * One of the pool's threads: its two sessions, and what it is copying. What is shared is the pool's.
 */
#ifndef NETKIT_FS_WORKER_H
#define NETKIT_FS_WORKER_H

#include <pthread.h>

#include "feed.h"
#include "run.h"

/* A file a worker has taken from the feed. */
struct nk_work {
	bool is_there;
	bool is_planned;   /* plan is made */
	bool is_unsettled; /* counted as such by the pool */
	struct nk_feed_item item;
	struct nk_plan plan;
	struct nk_spares *spares; /* sessions for it beside the worker's; owned, NULL: none */
};

struct nk_worker {
	struct nk_pool *pool;
	pthread_t thread;
	struct nk_fs *source; /* mounted sessions, NULL when there is none; its own */
	struct nk_fs *target;
	struct nk_work next;   /* what was asked for early; its own */
	struct nk_apart apart; /* its own */

	/* Which sessions are mounted, for the others to see. */
	const struct nk_session *_Atomic has_source;
	const struct nk_session *_Atomic has_target;

	_Atomic int64_t moved;	/* bytes since the pool began */
	_Atomic int64_t wanted; /* bytes of the file at hand, -1 while it is not known */
	_Atomic bool is_busy;	/* with a file */
};

struct nk_pool {
	struct nk_pool_how how;
	_Atomic bool is_stopped; /* nothing more is begun */

	pthread_mutex_t feed_lock;
	struct nk_feed *feed;
	struct nk_sync *sync;	   /* what the feed gives; NULL: it walks over trees */
	struct nk_fs *settling;	   /* their target, once all else is done */
	struct nk_spool *folders;  /* made, and not yet as their sources are; NULL: none */
	bool refuses_folders;	   /* it takes no times for them */
	struct nk_worker *workers; /* how.jobs of them, owned; NULL until it has started */
	int lanes;		   /* the fewest of all places */
	int started;		   /* of those, under the feed's lock */
	/* Workers that took a file and do not know yet whether they get a session for it: until they
	 * do, it may come back. */
	int unsettled;
	pthread_cond_t is_settled;

	pthread_mutex_t lock;
	pthread_cond_t has_result;
	pthread_cond_t has_room;
	pthread_cond_t has_large_room;
	int large;			/* large files under way */
	int large_most;			/* of those at a time: the jobs that were asked for */
	struct nk_pool_result *results; /* a ring, owned */
	int room;
	int first;
	int count;
	int64_t failed;		    /* results so far of what should have worked */
	int alive;		    /* workers that have not ended */
	bool is_closing;	    /* nobody takes results any more */
	struct nk_pool_result last; /* given out */
	enum nk_domain lost;	    /* of the loss of a session that was told last */
	nk_time_ms lost_at;
	_Atomic int64_t done; /* bytes of the files that are finished */
};

/* What the thread runs. */
void *nk_worker_main(void *worker);

/* Mount the session of an operand's source or target unless it is; with another one mounted: under the
 * feed's lock. Fails as the mount of the place does. */
NK_MUST_CHECK int nk_worker_mount_source(struct nk_worker *worker, int operand, struct nk_err *err);
NK_MUST_CHECK int nk_worker_mount_target(struct nk_worker *worker, int operand, struct nk_err *err);

/* Under the feed's lock, as others count on what is shown. */
void nk_worker_unmount_source(struct nk_worker *worker);
void nk_worker_unmount_target(struct nk_worker *worker);

/* Unmount what does not belong to these places; NULL: all. Without the feed's lock. */
void nk_worker_unmount_others(struct nk_worker *worker, const struct nk_place *source_place,
			      const struct nk_place *target_place);

/* Are both sessions of an operand mounted? */
bool nk_worker_is_ready(const struct nk_worker *worker, int operand);

/* The session of an operand that could not be had: the one that is not mounted. Borrowed. */
const struct nk_session *nk_worker_missing(const struct nk_worker *worker, int operand);

/* Does another worker have this session? Under the feed's lock. */
bool nk_worker_is_held_by_other(const struct nk_worker *worker, const struct nk_session *session);

/* Start one more worker while there may be more to do than there are; under the feed's lock. */
void nk_pool_hire(struct nk_pool *pool);

/* Put a result into the queue, waiting for room. Its strings are taken over. */
void nk_pool_report(struct nk_pool *pool, struct nk_pool_result *result);

/* Wait for one's turn with a large file, and end it. */
void nk_pool_begin_large(struct nk_pool *pool);
void nk_pool_end_large(struct nk_pool *pool);

/* A worker has ended. */
void nk_pool_leave(struct nk_pool *pool);

/* Report what came of item, whose paths are taken over, or that nothing did. */
void nk_worker_report(struct nk_worker *worker, struct nk_feed_item *item,
		      const struct nk_transfer *transfer, const struct nk_err *err);
void nk_worker_report_error(struct nk_worker *worker, struct nk_feed_item *item,
			    const struct nk_err *err);

/* Make the folder of item, no more open than its source where permissions are known, with the target
 * mounted. Fails as its fs does. */
NK_MUST_CHECK int nk_worker_make_folder(struct nk_worker *worker, const struct nk_feed_item *item,
					struct nk_err *err);

/* With preserve the folder of item is settled later. Under the feed's lock. Fails with write. */
NK_MUST_CHECK int nk_worker_note_folder(struct nk_worker *worker, const struct nk_feed_item *item,
					struct nk_err *err);

/* Give a folder the permissions of mode; what it has beside them, such as the group of all that is made
 * in it, stays. Fails as its fs does. */
NK_MUST_CHECK int nk_worker_set_folder_mode(struct nk_fs *fs, const char *path, int mode,
					    struct nk_err *err);

/* Once every worker has left: settle folders up to one that fails, which is 1, with folder and err
 * filled; 0 when all are done. folder->size is its operand; it is borrowed until the next call. */
NK_MUST_CHECK int nk_pool_settle(struct nk_pool *pool, struct nk_entry *folder, struct nk_err *err);

#endif
