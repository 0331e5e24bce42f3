/*
 * Entries as bytes, for buffers and temporary files.
 */
#ifndef NETKIT_FS_PACKED_H
#define NETKIT_FS_PACKED_H

#include "netkit/buf.h"
#include "netkit/spool.h"

/* What tells the length of a packed entry. */
#define NK_PACKED_HEAD 48

/* The longest packed entry: the head, then name, link, owner and group, each with its NUL. */
#define NK_PACKED_MAX (NK_PACKED_HEAD + 2 * (NK_ENTRY_NAME_MAX + 1) + 2 * (NK_ENTRY_OWNER_MAX + 1))

/* Append a copy of entry to buf, which has room for NK_PACKED_MAX bytes. Fails with protocol when a
 * name in it is too long. */
NK_MUST_CHECK int nk_entry_pack(struct nk_buf *buf, const struct nk_entry *entry,
				struct nk_err *err);

/* The length of the packed entry at bytes, of which at least the head is there. */
size_t nk_entry_packed_length(const char *bytes);

/* Read it back; the strings are borrowed from bytes. */
void nk_entry_unpack(const char *bytes, struct nk_entry *entry);

/* Write all bytes at *at, which goes up. Fails with write. */
NK_MUST_CHECK int nk_temporary_write(int fd, const char *bytes, size_t length, off_t *at,
				     struct nk_err *err);

/* Read most bytes from *at, which goes up; none is an error. Fails with read. */
NK_MUST_CHECK ssize_t nk_temporary_read(int fd, char *bytes, size_t most, off_t *at,
					struct nk_err *err);

#endif
