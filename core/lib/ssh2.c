/* ssh2.c - libssh2, loaded when first used. */
#include "netkit/lib/ssh2.h"

#include <pthread.h>

NK_DL_TABLE(nk_ssh2, struct nk_ssh2, NK_SSH2_SYMBOLS, "libssh2.so.1", "libssh2-1")
