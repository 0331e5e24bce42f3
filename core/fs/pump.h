/*
 * Bytes from one stream to another: by the kernel where it is faster, else through a buffer.
 */
#ifndef NETKIT_FS_PUMP_H
#define NETKIT_FS_PUMP_H

#include "netkit/copy.h"

struct nk_pump {
	struct nk_stream *in;
	struct nk_stream *out;
	const char *name; /* of the source, for errors; borrowed */
	const struct nk_copy_how *how;
	int jobs;		  /* how many pumps share the memory, at least 1 */
	struct nk_digest *digest; /* of all that passes, or NULL */
	int64_t total;		  /* bytes of the file that the target has; goes up */
	int64_t size;	  /* expected in the end, -1 unknown: how large a buffer is worth it */
	int64_t most;	  /* more than this is an error, -1 none */
	bool has_more;	  /* that error came up */
	int64_t *written; /* total, and what the target may have of a write that failed */
};

/*
 * Move all there is. Fails as the streams do, with short when there is more than there may be; what
 * was read before a failure has been written.
 */
NK_MUST_CHECK int nk_pump(struct nk_pump *pump, struct nk_err *err);

#endif
