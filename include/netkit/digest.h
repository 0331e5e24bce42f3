/*
 * Hashes: CRC-32 from zlib, the others from OpenSSL; either is loaded when first asked for.
 */
#ifndef NETKIT_DIGEST_H
#define NETKIT_DIGEST_H

#include "netkit/err.h"

enum nk_digest_kind {
	NK_DIGEST_NONE,
	NK_DIGEST_CRC32,
	NK_DIGEST_MD5,
	NK_DIGEST_SHA1,
	NK_DIGEST_SHA256,
	NK_DIGEST_SHA512,
};

/* The hash of a SHA-512 in hexadecimal, with its NUL, is the longest. */
enum { NK_DIGEST_TEXT = 129 };

struct nk_digest;

/* Fails with unsupported when the library is missing. */
NK_MUST_CHECK int nk_digest_new(enum nk_digest_kind kind, struct nk_digest **digest,
				struct nk_err *err);
void nk_digest_add(struct nk_digest *digest, const void *bytes, size_t length);

/* The hash so far, in lower-case hexadecimal; nothing may be added afterwards. */
void nk_digest_finish(struct nk_digest *digest, char out[NK_DIGEST_TEXT]);
void nk_digest_free(struct nk_digest *digest);

/* "SHA-256" of RFC-draft HASH, case ignored; NK_DIGEST_NONE for others. */
enum nk_digest_kind nk_digest_kind_of(const char *name);
const char *nk_digest_name(enum nk_digest_kind kind);

NK_AUTO_HANDLE(digest, struct nk_digest *, nk_digest_free)

#endif
