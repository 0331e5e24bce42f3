/*
 * Whose fault an error is: the session's or the file's, a local disk's or a server's.
 */
#ifndef NETKIT_FS_BLAME_H
#define NETKIT_FS_BLAME_H

#include "netkit/fs.h"

/* Errors of the connection or the login: another file on it would not fare better. */
bool nk_fs_is_session_error(enum nk_domain domain);

/* Local files and standard input and output: no server is in between. */
bool nk_fs_is_here(const struct nk_fs_ops *ops);

/* What is missing or denied on the local disk is a local failure: fallback (read or write). */
void nk_fs_blame_local(const struct nk_fs_ops *ops, enum nk_domain fallback, struct nk_err *err);

/* The path as the user knows it: below a local root, with the root before it. A new string. */
char *nk_fs_shown_path(const struct nk_fs *fs, const char *path);

#endif
