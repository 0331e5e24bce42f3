/*
 * A file on a server while its pieces come: NAME.0123abcd.part, which gets its name when all are there.
 */
#ifndef NETKIT_FS_REMOTEPART_H
#define NETKIT_FS_REMOTEPART_H

#include "netkit/copy.h"

struct nk_remote_part {
	const struct nk_end *target; /* borrowed */
	char *work;		     /* its name until then; NULL: there is none; owned */
	int mode;		     /* of the file that is replaced, -1: there is none */
};

/*
 * Make it. how: as the target would be opened. 1: it is there and empty. 0: the target has to be written
 * as usual, since it is a link, must be new, or nothing can be made beside it; that is logged. -1: the
 * session failed.
 */
NK_MUST_CHECK int nk_remote_part_open(struct nk_remote_part *part, const struct nk_end *target,
				      const struct nk_open_how *how, struct nk_err *err);

/* All size bytes were written and accepted: it gets its name. Fails with short when the server has
 * not as many, and as renaming does. */
NK_MUST_CHECK int nk_remote_part_finish(struct nk_remote_part *part, int64_t size,
					struct nk_err *err);

/* What was not finished is removed. */
void nk_remote_part_release(struct nk_remote_part *part);

#endif
