/*
 * Host keys that were trusted and stand in no file: by name, the fingerprint.
 */
#ifndef CORE_AUTH_HOSTMET_H
#define CORE_AUTH_HOSTMET_H

#include "netkit/hostkey.h"

/* The fingerprint that the host is held to; NULL: none. Borrowed until the next one is added. */
const char *nk_hostkey_met_find(const struct nk_hostkey_met *met, const char *known_as);

void nk_hostkey_met_add(struct nk_hostkey_met *met, const char *known_as, const char *fingerprint);

#endif
