/*
 * A file of our own in somebody's folder, to find out what only doing something tells.
 */
#ifndef NETKIT_FS_PROBEFILE_H
#define NETKIT_FS_PROBEFILE_H

#include "netkit/fs.h"

/*
 * Make one, of a byte, under a name that nobody has: path, a new string, which the caller unlinks.
 * Fails as opening and writing do, and with read when there are no random numbers.
 */
NK_MUST_CHECK int nk_probe_file_make(struct nk_fs *fs, const char *folder, char **path,
				     struct nk_err *err);

#endif
