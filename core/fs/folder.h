/*
 * Where a local path ends: the folder's descriptor and the name in it. Below a root nothing is ever
 * reached by another way.
 */
#ifndef NETKIT_FS_FOLDER_H
#define NETKIT_FS_FOLDER_H

#include "netkit/local.h"

/* A mounted local fs. */
struct nk_local {
	struct nk_fs fs;
	const char *root; /* NULL: paths are as the user wrote them; borrowed */
	bool sync;
	bool force;
	int root_fd;	 /* -1: not opened yet */
	char *cached;	 /* the folder below root that was used last; owned */
	int cached_fd;	 /* -1: none */
	bool no_openat2; /* the kernel lacks it */
};

struct nk_spot {
	int folder; /* O_PATH descriptor; owned */
	char *name; /* "." for the root itself, with the slashes at its end; owned */
};

#define NK_SPOT_INIT                                                                               \
	{                                                                                          \
		.folder = -1                                                                       \
	}

/* Find where path ends. make: make the folders above it, below a root only. Sets errno. */
NK_MUST_CHECK int nk_spot_find(struct nk_spot *spot, struct nk_local *local, const char *path,
			       bool make);
void nk_spot_release(struct nk_spot *spot);

/* Open what path names, following links that stay below the root. Sets errno. */
NK_MUST_CHECK int nk_local_open(struct nk_local *local, const char *path, int flags);

/* Forget the cached folder: it is about to be moved or removed. */
void nk_local_forget(struct nk_local *local);

/* The root's descriptor and the cached one. */
void nk_local_release(struct nk_local *local);

/* Fill err from errno: its own domain where list, stat, mkdir and their like have one, fallback
 * for others. */
int nk_local_fail(struct nk_err *err, enum nk_domain fallback);

/* The same for reads and writes, whose errors all have one domain, but for EXISTS. */
int nk_local_fail_io(struct nk_err *err, enum nk_domain domain);

NK_AUTO(spot, struct nk_spot, nk_spot_release)

#endif
