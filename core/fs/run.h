/*
 * Carrying out a copy that was planned.
 */
#ifndef NETKIT_FS_RUN_H
#define NETKIT_FS_RUN_H

#include "itself.h"
#include "plan.h"
#include "spare.h"

/* What the same two sessions will open next, so that servers can be asked for it early. */
struct nk_ahead {
	const char *source;
	const char *target;
	struct nk_open_how read;
	struct nk_open_how write;
};

struct nk_run {
	const struct nk_end *source;
	const struct nk_end *target;
	const struct nk_copy_how *how;
	const struct nk_ahead *ahead; /* NULL: not known */
	struct nk_apart *apart;	      /* what was found out so far */
	struct nk_spares *spares;     /* sessions beside these two; NULL: none */
	int jobs;		      /* how many copies run at the same time */
	int large_most;		      /* of them, of large files */
};

/* As nk_copy_file, which is nk_plan_make and this. plan learns what opening tells. */
NK_MUST_CHECK int nk_run_copy(const struct nk_run *run, struct nk_plan *plan, int64_t *written,
			      struct nk_transfer *transfer, struct nk_err *err);

#endif
