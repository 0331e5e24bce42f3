/*
 * Asking a person whether a key that nothing vouches for is to be trusted.
 */
#ifndef NETKIT_ASKTRUST_H
#define NETKIT_ASKTRUST_H

#include "netkit/err.h"

/*
 * Put the question on the terminal, and again in short until the answer is one: yes, no, or the pin of
 * the key, in either spelling. Nothing is no. question: ready to be shown, its end included. Returns 1
 * yes, 0 no. Fails with auth (no terminal, no answer), interrupt, terminate.
 */
NK_MUST_CHECK int nk_ask_trust(const char *question, const char *pin, struct nk_err *err);

#endif
