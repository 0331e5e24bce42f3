/*
 * Local files, and standard input and output, as implementations of the file interface.
 *
 * A write goes to NAME.part in the target's folder and is renamed when it is complete; an
 * interrupted one leaves NAME.part, and beside it NAME.part.info with the identity of its source,
 * so that a later run can go on. What is no regular file (a pipe, /dev/null) is written as it is.
 * Below a beneath root everything is opened with openat2(2) RESOLVE_BENEATH: no "..", absolute name
 * or symbolic link leads out of it.
 */
#ifndef NETKIT_LOCAL_H
#define NETKIT_LOCAL_H

#include "netkit/fs.h"

/* The opts of a local session. */
struct nk_local_opts {
	const char *root; /* paths are below this folder, "/" is the folder itself; NULL: none,
			   * paths are as the user wrote them */
	bool force;	  /* replace files that are write-protected */
	bool sync;	  /* fsync before the rename, and the folder after it */
};

extern const struct nk_fs_ops nk_local_ops;

/* Standard input to read, standard output to write; the path is "-". */
extern const struct nk_fs_ops nk_stdio_ops;

/* A session for local files. opts: borrowed. */
struct nk_session *nk_local_session(const struct nk_local_opts *opts);

#endif
