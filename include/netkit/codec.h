/*
 * base64 (RFC 4648 4), hexadecimal, and percent-encoding (RFC 3986 2.1).
 */
#ifndef NETKIT_CODEC_H
#define NETKIT_CODEC_H

#include "netkit/buf.h"

/* What fails here adds nothing to out. */

NK_MUST_CHECK int nk_base64_encode(struct nk_buf *out, const void *bytes, size_t length);

/* Padded or not, no white space. -1: not base64, or the buffer is full. */
NK_MUST_CHECK int nk_base64_decode(struct nk_buf *out, const char *text, size_t length);

/* Lower-case digits; out has 2 * length + 1 bytes. */
void nk_hex_encode(char *out, const void *bytes, size_t length);

/* Exactly 2 * size digits of either case; -1 otherwise. */
NK_MUST_CHECK int nk_hex_decode(void *bytes, size_t size, const char *text);

/* Decode %XX once. -1: a broken escape, a %00, or the buffer is full. */
NK_MUST_CHECK int nk_percent_decode(struct nk_buf *out, const char *text, size_t length);

/* Encode all but unreserved characters and those in keep. */
NK_MUST_CHECK int nk_percent_encode(struct nk_buf *out, const char *text, const char *keep);

#endif
