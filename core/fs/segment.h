/*
 * One large file over several connections: each fetches a share of it, and all shares go to their
 * places in the target. Who loses its connection leaves its share to the others; a server that gives
 * fewer sessions only makes it slower.
 */
#ifndef NETKIT_FS_SEGMENT_H
#define NETKIT_FS_SEGMENT_H

#include "run.h"

struct nk_segments {
	const struct nk_run *run;
	const struct nk_plan *plan;
	struct nk_stream
		*out;	    /* opened in_pieces; NULL: each segment opens the target for itself */
	const char *target; /* what they open then: a file that is there */

	/* What came of it. */
	int64_t moved;	/* bytes */
	bool has_other; /* it failed because the source is not what it was: nothing of it is worth
			 * keeping */
	bool is_worn;	/* a session of the run was lost, though all went well */
};

/* Can these two ever do it? */
bool nk_segments_are_possible(const struct nk_fs_ops *source, const struct nk_fs_ops *target);

/* How many there may be, of each of so many large files at a time; at least one. */
int nk_segments_most(const struct nk_copy_how *how, int large_most);

/* Begin to mount the sessions that a file of this size, -1 for unknown, may be moved with, beside the
 * first of each place. NULL: none. */
struct nk_spares *nk_segments_prepare(const struct nk_place *source, const struct nk_place *target,
				      int64_t size, const struct nk_copy_how *how, int large_most);

/* Is the copy to be done so: is it large enough, or does the target hold pieces already, and can both
 * ends do it? */
bool nk_segments_are_due(const struct nk_run *run, const struct nk_plan *plan);

/*
 * Move what is missing. The run's own sessions are the first segment; the others mount theirs. Fails
 * as the ends do, with what happened to the run's own sessions where that was the reason; with short
 * when the source has changed.
 */
NK_MUST_CHECK int nk_segments_move(struct nk_segments *segments, struct nk_err *err);

#endif
