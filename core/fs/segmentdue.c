/* segmentdue.c - whether a file is moved over several connections, and over how many. */
#include "blame.h"
#include "netkit/pool.h"
#include "segment.h"

/* Smaller files are over before a second connection is made. */
#define SEGMENT_FROM ((int64_t)16 << 20)

int nk_segments_most(const struct nk_copy_how *how, int large_most)
{
	int most = NK_JOBS_MAX / (large_most > 0 ? large_most : 1);
	int wanted = how->segments > 1 ? how->segments : 1;

	if (wanted > most)
		wanted = most > 0 ? most : 1;
	return wanted;
}

bool nk_segments_are_possible(const struct nk_fs_ops *source, const struct nk_fs_ops *target)
{
	/* On this machine there is no connection to be slow. */
	return (source->caps & NK_FS_CAP_RANGES) && (target->caps & NK_FS_CAP_PIECES) &&
	       !(nk_fs_is_here(source) && nk_fs_is_here(target));
}

struct nk_spares *nk_segments_prepare(const struct nk_place *source, const struct nk_place *target,
				      int64_t size, const struct nk_copy_how *how, int large_most)
{
	int count = nk_segments_most(how, large_most) - 1;

	if (count < 1 || (size >= 0 && size < SEGMENT_FROM) || how->is_text || how->dry_run ||
	    !nk_segments_are_possible(source->ops, target->ops))
		return NULL;
	/* What is here is shared by all. */
	return nk_spares_new(source, nk_fs_is_here(target->ops) ? NULL : target, count);
}

bool nk_segments_are_due(const struct nk_run *run, const struct nk_plan *plan)
{
	bool is_wanted = run->how->segments > 1 && plan->size - plan->offset >= SEGMENT_FROM;

	return (is_wanted || plan->is_scattered) && !run->how->is_text && !plan->is_complete &&
	       plan->size >= 0 &&
	       nk_segments_are_possible(run->source->fs->ops, run->target->fs->ops);
}
