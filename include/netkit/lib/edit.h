/*
 * libedit as a table of functions that is loaded on first use: the editing of a line, and its
 * history. The editline interface, not the one that looks like readline.
 */
#ifndef NETKIT_LIB_EDIT_H
#define NETKIT_LIB_EDIT_H

#include <histedit.h>

#include "netkit/dl.h"

#define NK_EDIT_SYMBOLS(X)                                                                         \
	X(el_init)                                                                                 \
	X(el_end)                                                                                  \
	X(el_gets)                                                                                 \
	X(el_getc)                                                                                 \
	X(el_wset)                                                                                 \
	X(el_set)                                                                                  \
	X(el_get)                                                                                  \
	X(el_line)                                                                                 \
	X(el_insertstr)                                                                            \
	X(el_deletestr)                                                                            \
	X(el_resize)                                                                               \
	X(el_source)                                                                               \
	X(history_init)                                                                            \
	X(history_end)                                                                             \
	X(history)

struct nk_edit {
	NK_EDIT_SYMBOLS(NK_DL_MEMBER)
};

/* The table; loads libedit on first use. Fails with unsupported, naming the missing library. */
const struct nk_edit *nk_edit(struct nk_err *err);

#endif
