/*
 * Making the links by whose names the applets are called.
 */
#ifndef NETKIT_CLI_INSTALL_H
#define NETKIT_CLI_INSTALL_H

#include "netkit/applet.h"

/* netkit --install [-s] [-f] DIR */
NK_MUST_CHECK int nk_install_run(const struct nk_applet *const *applets, int argc, char **argv,
				 struct nk_err *err);

#endif
