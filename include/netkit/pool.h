/*
 * Many copies, several at a time: N threads with a session each, nothing shared but the queue.
 *
 * Operands are added, then the results are taken in a loop, which is where they are printed. The
 * tree is walked by whichever worker needs its next file, on its own connection: there are never
 * more connections than jobs, and never more files in memory than jobs.
 */
#ifndef NETKIT_POOL_H
#define NETKIT_POOL_H

#include "netkit/copy.h"
#include "netkit/sync.h"
#include "netkit/walk.h"

/* Most parallel sessions. */
#define NK_JOBS_MAX 64

struct nk_pool_how {
	int jobs; /* files at a time; small ones times the lanes of a place (struct nk_fs_ops) */
	bool recursive; /* folders are copied; without it one is an error */
	bool follows;	/* links in them are what they point to */
	bool fail_fast; /* the first failure is the last copy */
	const struct nk_filter *filter;
	const struct nk_sync_how *sync; /* the one operand is compared with its target; else NULL */
	struct nk_copy_how copy;
};

/* One file that is done, or failed. Strings are good until the next call. */
struct nk_pool_result {
	char *source; /* path; owned by the pool */
	char *target;
	int operand;		    /* index in the order added */
	bool is_dir;		    /* a folder was made (or would be); no bytes */
	bool is_planned;	    /* dry run: this would be copied */
	enum nk_sync_action action; /* of a sync: what was, or would be done, and why */
	enum nk_sync_reason reason;
	int64_t size; /* of the source, -1 unknown */
	struct nk_transfer transfer;
	struct nk_err err; /* domain NONE when it worked */
};

struct nk_pool;

/* how: copied; its pointers are borrowed. copy.moved and copy.wanted are the pool's own. */
struct nk_pool *nk_pool_new(const struct nk_pool_how *how);

/* Add one operand: a file, or a folder with recursive. Places are borrowed until the pool goes. */
void nk_pool_add(struct nk_pool *pool, const struct nk_place *source,
		 const struct nk_place *target);

/*
 * The next result, waiting at most tick_ms. Returns 1 with a result, 0 when the time passed,
 * NK_POOL_END when all is done, -1 when interrupted and every worker has stopped.
 */
enum { NK_POOL_END = 2 };
NK_MUST_CHECK int nk_pool_next(struct nk_pool *pool, int tick_ms, struct nk_pool_result *result,
			       struct nk_err *err);

/* Bytes moved so far, and bytes known to be wanted so far (-1 when any size is unknown). */
void nk_pool_progress(struct nk_pool *pool, int64_t *moved, int64_t *wanted);

/*
 * Once all is done: files that were the same. Returns whether the trees can only be equal after another
 * sync, because something had to go before what takes its place could come.
 */
bool nk_pool_synced(const struct nk_pool *pool, int64_t *same);

/* Waits for the workers. */
void nk_pool_free(struct nk_pool *pool);
NK_AUTO_HANDLE(pool, struct nk_pool *, nk_pool_free)

#endif
