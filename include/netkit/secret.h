/*
 * A value that cannot be printed: a password, a token, a passphrase.
 *
 * It is wiped when released and accepted by a handful of functions; its bytes are read only inside
 * core and by the libraries that need them. The trace shows "****".
 */
#ifndef NETKIT_SECRET_H
#define NETKIT_SECRET_H

#include "netkit/err.h"

/* Longest secret taken from any source, without the NUL. */
#define NK_SECRET_MAX 4096

struct nk_secret {
	char *bytes; /* terminated; NULL while there is none; owned */
	size_t len;
};

#define NK_SECRET_INIT                                                                             \
	{                                                                                          \
		.bytes = NULL                                                                      \
	}

/* Keep a copy of length bytes. Fails with usage when it is longer than NK_SECRET_MAX or
 * holds NUL. */
NK_MUST_CHECK int nk_secret_set(struct nk_secret *secret, const char *bytes, size_t length,
				struct nk_err *err);

/* Read the first line of descriptor fd, without its line end; what follows it stays unread. An
 * empty file is refused, an empty line is an empty secret. name: for messages. Fails with read,
 * usage or interrupt. */
NK_MUST_CHECK int nk_secret_read(struct nk_secret *secret, int fd, const char *name,
				 struct nk_err *err);

bool nk_secret_is_set(const struct nk_secret *secret);

/* Wipe length bytes so that the compiler cannot leave it out. */
void nk_secret_wipe(void *bytes, size_t length);

void nk_secret_release(struct nk_secret *secret);

NK_AUTO(secret, struct nk_secret, nk_secret_release)

#endif
