/*
 * Trying again: how often, and after which pause.
 */
#ifndef NETKIT_RETRY_H
#define NETKIT_RETRY_H

#include "netkit/addr.h"

struct nk_retry {
	const struct nk_net_policy *net; /* borrowed */
	int done;			 /* tries after the first so far */
	bool is_told; /* the user knows what failed: it goes to the log at info */
};

/*
 * Is another try due? Looks at err->again and the number of tries, then lets the pause pass: the
 * policy's delay, doubled each time, at most a minute, a quarter of it random. A notice says what
 * failed, unless it is told already. Returns false, with err as it was (or interrupt), when there is
 * none.
 */
bool nk_retry_again(struct nk_retry *retry, struct nk_err *err);

#endif
