/* ssl.c - OpenSSL, loaded when first used. */
#include "netkit/lib/ssl.h"

#include <pthread.h>

NK_DL_TABLE(nk_ssl, struct nk_ssl, NK_SSL_SYMBOLS, "libssl.so.3", "libssl3")
