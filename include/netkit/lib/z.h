/*
 * zlib as a table of functions that is loaded on first use: deflate and CRC-32.
 */
#ifndef NETKIT_LIB_Z_H
#define NETKIT_LIB_Z_H

#include <zlib.h>

#include "netkit/dl.h"

#define NK_Z_SYMBOLS(X)                                                                            \
	X(inflateInit_)                                                                            \
	X(inflate)                                                                                 \
	X(inflateEnd)                                                                              \
	X(deflateInit_)                                                                            \
	X(deflate)                                                                                 \
	X(deflateEnd)                                                                              \
	X(crc32)

struct nk_z {
	NK_Z_SYMBOLS(NK_DL_MEMBER)
};

/* The table; loads libz on first use. Fails with unsupported, naming the missing library. */
const struct nk_z *nk_z(struct nk_err *err);

#endif
