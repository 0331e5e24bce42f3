/*
 * What a copy will do, decided before anything is opened: where it begins, and under which identity
 * its left-over could be found again.
 */
#ifndef NETKIT_FS_PLAN_H
#define NETKIT_FS_PLAN_H

#include "netkit/copy.h"

struct nk_plan {
	int64_t size; /* of the source, -1 unknown */
	int64_t mtime;
	int mode;
	bool sends_mode;   /* mode is part of the file, not of a listing only */
	bool is_exact;	   /* size is the source's own word, not a listing's */
	bool is_complete;  /* the target holds all bytes already, but for the last step */
	int64_t offset;	   /* bytes the target holds already, from the first on */
	bool is_scattered; /* and others behind them, with gaps */
	char *identity;	   /* NULL: it would not be known again; owned */
};

#define NK_PLAN_INIT                                                                               \
	{                                                                                          \
		.size = -1, .mtime = NK_ENTRY_NO_TIME, .mode = -1                                  \
	}

/*
 * Fill plan (as NK_PLAN_INIT left it). tries: see nk_copy_file.
 * Fails with exists (no_clobber), resume, and as the two ends do.
 */
NK_MUST_CHECK int nk_plan_make(struct nk_plan *plan, const struct nk_end *source,
			       const struct nk_end *target, const struct nk_entry *entry,
			       const struct nk_copy_how *how, struct nk_tries *tries,
			       struct nk_err *err);

/* Would nk_plan_make, for a first try, ask no server anything? Then it can be made while another
 * stream is open. */
bool nk_plan_is_silent(const struct nk_end *source, const struct nk_end *target,
		       const struct nk_entry *entry, const struct nk_copy_how *how);

/* The source was opened and said more about itself. Fails with short when it is no longer what the
 * plan was made for. */
NK_MUST_CHECK int nk_plan_opened(struct nk_plan *plan, const struct nk_end *source,
				 const struct nk_stream *stream, const struct nk_copy_how *how,
				 struct nk_err *err);

/* How the two ends are to be opened. The identity is borrowed from plan. */
struct nk_open_how nk_plan_read_how(const struct nk_plan *plan, const struct nk_copy_how *how);
struct nk_open_how nk_plan_write_how(const struct nk_plan *plan, const struct nk_copy_how *how);

void nk_plan_release(struct nk_plan *plan);
NK_AUTO(plan, struct nk_plan, nk_plan_release)

#endif
