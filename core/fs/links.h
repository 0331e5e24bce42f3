/*
 * What a tree holds beside files and folders.
 */
#ifndef NETKIT_FS_LINKS_H
#define NETKIT_FS_LINKS_H

#include "feed.h"

/* Does link, found at relative below a root, lead to something below that root, as its words say? */
bool nk_link_stays_inside(const char *relative, const char *link);

/*
 * Copy item when it is a link that can be made again at the target. Returns 0 when it was made, 1
 * when it is to be copied as a file. Fails with unsupported for what cannot be copied: devices and
 * their like, links to folders.
 */
NK_MUST_CHECK int nk_link_copy(const struct nk_end *source, const struct nk_end *target,
			       const struct nk_feed_item *item, const struct nk_copy_how *how,
			       struct nk_err *err);

#endif
