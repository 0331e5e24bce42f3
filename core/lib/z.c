/* z.c - zlib, loaded when first used. */
#include "netkit/lib/z.h"

#include <pthread.h>

NK_DL_TABLE(nk_z, struct nk_z, NK_Z_SYMBOLS, "libz.so.1", "zlib1g")
