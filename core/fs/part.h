/*
 * A local file on its way: NAME.part until it is complete, then NAME.
 */
#ifndef NETKIT_FS_PART_H
#define NETKIT_FS_PART_H

#include "folder.h"

/*
 * Begin to write the regular file at spot, which is taken over. path: for messages, copied.
 * Fails with write, exists, resume.
 */
NK_MUST_CHECK int nk_part_open(struct nk_spot *spot, const char *path, bool sync,
			       const struct nk_open_how *how, struct nk_stream **stream,
			       struct nk_err *err);

/* Is what is there the part of another file, which somebody is writing? They have it locked. */
bool nk_part_is_in_use(const struct nk_spot *spot);

/* See left_over of struct nk_fs_ops. */
void nk_part_left_over(const struct nk_spot *spot, const char *identity, bool force,
		       struct nk_left_over *left);

#endif
