/*
 * Untrusted text made safe to print, and the few text tools everything shares.
 */
#ifndef NETKIT_TEXT_H
#define NETKIT_TEXT_H

#include "netkit/buf.h"

bool nk_text_is_utf8(const char *text, size_t length);

/* Is it UTF-8 without what nk_text_escape takes for control characters? */
bool nk_text_is_printable(const char *text, size_t length);

/*
 * Append text so that it cannot steer a terminal or break a record: control characters (C0, DEL,
 * C1, bidirectional overrides) and bytes that are not UTF-8 become \xNN, a TAB \t, a newline \n, a
 * backslash \\. The result is always UTF-8. Fails, adding nothing, when the buffer is full.
 */
NK_MUST_CHECK int nk_text_escape(struct nk_buf *out, const char *text, size_t length);

/* The same into a fixed field of size bytes, cut at the end on a character's edge; returns out. */
const char *nk_text_safe(char *out, size_t size, const char *text);

/* Append the inside of a JSON string (RFC 8259 7). Control characters as nk_text_escape
 * knows them become \uNNNN. Fails, adding nothing, when the text is not UTF-8 or the buffer
 * is full. */
NK_MUST_CHECK int nk_text_json(struct nk_buf *out, const char *text, size_t length);

/* Cells the text takes on a terminal; bytes for text that the locale cannot measure. */
size_t nk_text_width(const char *text);

bool nk_text_has_prefix(const char *text, const char *prefix);
bool nk_text_is_same(const char *a, const char *b); /* ASCII case folded */

/* The name in names (ending in NULL) that is nearest to text by edits, or NULL when none is
 * near. */
const char *nk_text_nearest(const char *text, const char *const *names);

/* Does the name match the shell pattern (fnmatch, no special slash or dot)? */
bool nk_text_matches(const char *pattern, const char *name);

/* A growing list of borrowed strings. */
struct nk_strings {
	const char **items; /* owned array of borrowed strings */
	size_t count;
};

void nk_strings_add(struct nk_strings *list, const char *text);
void nk_strings_release(struct nk_strings *list);
NK_AUTO(strings, struct nk_strings, nk_strings_release)

#endif
