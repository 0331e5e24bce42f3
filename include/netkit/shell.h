/*
 * The prompt of a file-transfer applet: classic commands, and every verb, on one connection. This
 * is the form without a verb of ftp and sftp; commands come from a terminal or a pipe.
 */
#ifndef NETKIT_SHELL_H
#define NETKIT_SHELL_H

#include "netkit/applet.h"

/*
 * For .run of an applet's classic form. Operands: none, a URL, or [user@]host [port]. A failed
 * command is told and the next one read; from a pipe the result is the only failure's, or partial
 * when several failed, and what breaks the connection or the login ends it.
 */
int nk_shell_run(struct nk_ctx *ctx, struct nk_err *err);

#endif
