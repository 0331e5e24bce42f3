/*
 * The data types of SSH (RFC 4251 5), read from and added to plain bytes.
 */
#ifndef CORE_AUTH_SSHWIRE_H
#define CORE_AUTH_SSHWIRE_H

#include "netkit/buf.h"

/* What is left to be read; borrowed. */
struct nk_sshwire {
	const unsigned char *bytes;
	size_t length;
};

/* Each takes one value from the front; false, and nothing is taken, when it is not all there. A
 * string is borrowed from the bytes it was in. */
NK_MUST_CHECK bool nk_sshwire_byte(struct nk_sshwire *in, unsigned char *value);
NK_MUST_CHECK bool nk_sshwire_u32(struct nk_sshwire *in, uint32_t *value);
NK_MUST_CHECK bool nk_sshwire_string(struct nk_sshwire *in, struct nk_sshwire *string);

bool nk_sshwire_is(const struct nk_sshwire *string, const char *text);
bool nk_sshwire_is_same(const struct nk_sshwire *a, const struct nk_sshwire *b);

/* The name of a key type or an algorithm (RFC 4251 6): printable, no commas or blanks, at most 64
 * bytes. */
bool nk_sshwire_is_name(const struct nk_sshwire *string);

/* Add one value; -1 and nothing is added when the buffer is full. */
NK_MUST_CHECK int nk_sshwire_add_u32(struct nk_buf *out, uint32_t value);
NK_MUST_CHECK int nk_sshwire_add_string(struct nk_buf *out, const void *bytes, size_t length);

/* A number of no sign, highest byte first, as mpint: no leading zeros, but one where the highest bit
 * is set. */
NK_MUST_CHECK int nk_sshwire_add_mpint(struct nk_buf *out, const unsigned char *bytes,
				       size_t length);

#endif
