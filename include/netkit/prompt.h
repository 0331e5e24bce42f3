/*
 * Asking on the terminal, /dev/tty, never stdin or stdout.
 */
#ifndef NETKIT_PROMPT_H
#define NETKIT_PROMPT_H

#include "netkit/buf.h"
#include "netkit/secret.h"

/*
 * Ask for a secret without echo; the terminal is put back also when interrupted.
 * Fails with auth when there is no terminal, interrupt.
 */
NK_MUST_CHECK int nk_prompt_secret(const char *question, struct nk_secret *secret,
				   struct nk_err *err);

/* Ask for a line that may be seen. answer: cleared first, gets the line without its end. Fails as
 * above, with auth also when there is no answer or it is longer than the buffer's limit. */
NK_MUST_CHECK int nk_prompt_text(const char *question, struct nk_buf *answer, struct nk_err *err);

#endif
