/*
 * The rate limit from the side of a copy: how much at a time, and when to go on.
 */
#ifndef NETKIT_FS_LIMIT_H
#define NETKIT_FS_LIMIT_H

#include "netkit/copy.h"

/* The most to move at once, so that the rate is smooth: at least 1, at most `most`, which is what
 * no limit (NULL) gives. */
size_t nk_limit_step(const struct nk_limit *limit, size_t most);

/* length bytes were moved: wait until others may follow, or deadline comes. Fails with interrupt or terminate. */
NK_MUST_CHECK int nk_limit_took(struct nk_limit *limit, size_t length, nk_time_ms deadline,
				struct nk_err *err);

#endif
