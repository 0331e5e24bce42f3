/*
 * A growing byte buffer that knows its ceiling from birth.
 *
 * data is always terminated by a NUL that len does not count, so it can be used as a string when
 * its content has none. The limit is what a peer may make us hold; adding past it is an error of
 * the peer's, never of memory.
 */
#ifndef NETKIT_BUF_H
#define NETKIT_BUF_H

#include "netkit/mem.h"

struct nk_buf {
	char *data;   /* "" while nothing was added; owned */
	size_t len;   /* bytes in use */
	size_t size;  /* bytes allocated */
	size_t limit; /* most bytes it may ever hold */
};

extern char nk_buf_nothing[1];

#define NK_BUF_INIT(most)                                                                          \
	{                                                                                          \
		.data = nk_buf_nothing, .limit = (most)                                            \
	}

/* Append length bytes. Returns -1 and adds nothing when that would pass the limit. */
NK_MUST_CHECK int nk_buf_add(struct nk_buf *buf, const void *bytes, size_t length);
NK_MUST_CHECK int nk_buf_add_text(struct nk_buf *buf, const char *text);
NK_MUST_CHECK int nk_buf_add_char(struct nk_buf *buf, char c);
NK_MUST_CHECK int nk_buf_addf(struct nk_buf *buf, const char *format, ...) NK_PRINTF(2, 3);

/* Drop the first length bytes (at most len) and move the rest to the front. */
void nk_buf_consume(struct nk_buf *buf, size_t length);

/* Drop what comes after the first length bytes; nothing when it is no longer than that. */
void nk_buf_cut(struct nk_buf *buf, size_t length);

/* Forget the content, keep the memory. */
void nk_buf_clear(struct nk_buf *buf);

/* Free the memory; the buffer is then as NK_BUF_INIT left it. */
void nk_buf_release(struct nk_buf *buf);

NK_AUTO(buf, struct nk_buf, nk_buf_release)

#endif
