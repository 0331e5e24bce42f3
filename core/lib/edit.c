/* edit.c - libedit, loaded when first used. */
#include "netkit/lib/edit.h"

#include <pthread.h>

NK_DL_TABLE(nk_edit, struct nk_edit, NK_EDIT_SYMBOLS, "libedit.so.2", "libedit2")
