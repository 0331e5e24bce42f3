/*
 * NAME.part.info: what is kept beside a partial file. A line that names the very NAME.part it belongs
 * to, and a line that names the version of the source; where the bytes do not simply go on from the
 * first, a line that says which are there:
 *
 *     netkit 2 INODE.SECONDS.NANOSECONDS
 *     IDENTITY
 *     0-4096,8192-12288
 *
 * Without that line the first says 1.
 */
#ifndef NETKIT_FS_INFO_H
#define NETKIT_FS_INFO_H

#include "ranges.h"

/* The longest identity is a URL with each byte escaped. */
#define NK_INFO_MAX 131072

struct nk_info {
	char *identity; /* NULL: nothing is known; owned */
	bool has_held; /* held says which bytes are there; otherwise they are as many as the file has */
	struct nk_ranges held;
};

/* Read a whole file's text into info, which is empty. mark: of the part, "INODE.SECONDS.NANOSECONDS".
 * false: it is none of ours, or not of this part, or spoilt; info is empty then. */
bool nk_info_parse(struct nk_info *info, const char *text, size_t length, const char *mark);

/* What the file info of folder says of the file behind descriptor part. false, and info is empty: there
 * is none, or it was written for another file. */
bool nk_info_read(struct nk_info *info, int folder, const char *name, int part);

/* Write it, in one step: at any time there is the old one or the new. held: NULL, the bytes go on from the
 * first. false when it could not be written, or the name is taken by anything but what was written for
 * this part, or for the complete file before it: it may be somebody's own, even if it looks like ours. */
bool nk_info_write(int folder, const char *name, int part, const char *identity,
		   const struct nk_ranges *held);

/* Remove it, if it was written for that part. false when it is still there. */
bool nk_info_remove(int folder, const char *name, int part);

void nk_info_release(struct nk_info *info);
NK_AUTO(info, struct nk_info, nk_info_release)

#endif
