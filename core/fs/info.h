/*
 * NAME.part.info: a line that names the very NAME.part it belongs to, and a line that names the
 * version of the source.
 */
#ifndef NETKIT_FS_INFO_H
#define NETKIT_FS_INFO_H

#include "netkit/mem.h"

/*
 * The identity kept in the file info of folder for the file behind descriptor part; NULL when there
 * is none, or it was written for another file. A new string.
 */
char *nk_info_read(int folder, const char *info, int part);

/* Write it, over one of ours only. false when it could not be written, or the name is taken. */
bool nk_info_write(int folder, const char *info, int part, const char *identity);

#endif
