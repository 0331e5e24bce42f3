/*
 * The count of what worked and what failed among many items, and the one error that comes of it.
 */
#ifndef NETKIT_TALLY_H
#define NETKIT_TALLY_H

#include "netkit/applet.h"

/* Counts what was done. The first failure is held back until it is known whether it is the only
 * thing that was asked for: then it is the command's own error, not a line among others. */
struct nk_tally {
	const struct nk_ctx *ctx;
	bool is_together; /* one server: when it cannot be reached, all is over */
	bool has_summary; /* JSON ends with a summary record */
	bool is_prompt;	  /* items are commands, for the message */
	int64_t ok;
	int64_t failed;
	int64_t bytes;
	int64_t copied; /* for the summary of a sync, as the next two; -1: none is made */
	int64_t same;
	int64_t deleted;
	struct nk_err held; /* the failure held back */
	char *url;	    /* of it; owned */
	bool is_over;	    /* held ends everything */
	bool has_ended;	    /* the last failure was counted, and nothing is to come after it */
};

#define NK_TALLY_INIT(context)                                                                     \
	{                                                                                          \
		.ctx = (context), .is_together = true, .copied = -1, .same = -1, .deleted = -1     \
	}

void nk_tally_release(struct nk_tally *tally);
NK_AUTO(tally, struct nk_tally, nk_tally_release)

/* Something worked. */
void nk_tally_add(struct nk_tally *tally, int64_t bytes);

/* Would this failure end everything? */
bool nk_tally_ends(const struct nk_tally *tally, const struct nk_err *err);

/* Something did not. url: taken over. Returns -1 when there is no point in going on. */
int nk_tally_fail(struct nk_tally *tally, const struct nk_err *err, char *url);

/* The verb's result: nothing, the only failure, or "some failed"; prints the summary. */
NK_MUST_CHECK int nk_tally_end(struct nk_tally *tally, struct nk_err *err);

#endif
