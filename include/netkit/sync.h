/*
 * Making one tree equal to another: two trees are compared folder by folder, the pool copies what
 * differs (struct nk_pool_how), and what the target has beyond the source is removed at the end.
 *
 * Names, sizes and times decide, or hashes. A time counts as far as both sides can tell it: a listing
 * may know the minute or the day only; then the file itself is asked where that decides anything.
 * Where a target keeps no times, a file is the same when it was stored after its source was changed,
 * by the target's clock, which is measured.
 *
 * Both listings of a folder are sorted outside of memory and read side by side, so that neither the
 * size of a folder nor that of the tree matters.
 */
#ifndef NETKIT_SYNC_H
#define NETKIT_SYNC_H

#include "netkit/spool.h"

/* What makes two files the same. Each includes the size. */
enum nk_sync_compare { NK_COMPARE_TIME, NK_COMPARE_SIZE, NK_COMPARE_HASH };

struct nk_sync_how {
	int compare;	    /* enum nk_sync_compare */
	bool deletes;	    /* what only the target has is removed */
	int64_t max_delete; /* nothing is when it would be more than so many; 0: any number */
};

enum nk_sync_action {
	NK_SYNC_NONE,
	NK_SYNC_COPY,	 /* the target has no such file */
	NK_SYNC_UPDATE,	 /* it has another version of it */
	NK_SYNC_DELETE,	 /* only the target has it */
	NK_SYNC_MKDIR,	 /* the target has no such folder */
	NK_SYNC_REPLACE, /* it is of another kind, and goes first */
	NK_SYNC_SKIP, /* it has something else, which is kept: an error, as nothing is clobbered */
};

enum nk_sync_reason {
	NK_SYNC_NO_REASON,
	NK_SYNC_NEW,
	NK_SYNC_SIZE,
	NK_SYNC_TIME,
	NK_SYNC_HASH,
	NK_SYNC_KIND,
	NK_SYNC_EXTRA,
	NK_SYNC_LINK, /* a link that says something else */
};

/* "copy", "new"; NULL for none. */
const char *nk_sync_action_word(enum nk_sync_action action);
const char *nk_sync_reason_word(enum nk_sync_reason reason);

/* What a comparison of two files can come to. */
enum nk_sync_verdict {
	NK_VERDICT_SAME,
	NK_VERDICT_SIZE,   /* they differ in size */
	NK_VERDICT_TIME,   /* in time */
	NK_VERDICT_UNSURE, /* what is known does not say: the files must be asked */
};

/*
 * Compare what is known of two files, by size and (compare is NK_COMPARE_TIME) time. Unknown sizes and
 * times are no difference once is_final, when no more can be had.
 */
enum nk_sync_verdict nk_sync_judge(const struct nk_entry *source, const struct nk_entry *target,
				   enum nk_sync_compare compare, bool is_final);

#endif
