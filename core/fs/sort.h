/*
 * A folder's entries in the order of their names, however many there are: what does not fit into a
 * little memory is sorted in parts, which wait in an unnamed temporary file and are merged.
 */
#ifndef NETKIT_FS_SORT_H
#define NETKIT_FS_SORT_H

#include "netkit/spool.h"

struct nk_sort;

/* By bytes, but for the slash, which comes first: what is in a folder directly follows it. */
int nk_sort_compare(const char *a, const char *b);

/* Take all that is in spool. is_reverse: the last first. Fails with write or read when there is no
 * temporary file to be had, and as nk_interrupt_check. */
NK_MUST_CHECK int nk_sort_new(struct nk_spool *spool, bool is_reverse, struct nk_sort **sort,
			      struct nk_err *err);

/* The next entry; its strings are good until the next call. 1, 0 at the end, -1. */
NK_MUST_CHECK int nk_sort_next(struct nk_sort *sort, struct nk_entry *entry, struct nk_err *err);

void nk_sort_free(struct nk_sort *sort);
NK_AUTO_HANDLE(sort, struct nk_sort *, nk_sort_free)

#endif
