/*
 * Fingerprints of host keys, and pins.
 */
#ifndef CORE_AUTH_HOSTPIN_H
#define CORE_AUTH_HOSTPIN_H

#include "netkit/hostkey.h"

/* Does the text, a pin of either spelling, pin the key of this fingerprint? -1: it is no pin. */
int nk_hostkey_is_pinned(const char *pin, const char *fingerprint);

/* Length of base64 text without its padding. */
size_t nk_hostkey_digits(const char *text, size_t length);

#endif
