/*
 * Manual pages in groff's man macros: what the pages of section 1 and the one of section 5 share.
 */
#ifndef NETKIT_CLI_MAN_H
#define NETKIT_CLI_MAN_H

#include "topics.h"

/* Add text as roff takes it: no escapes, no requests, hyphens that can be copied. */
void nk_man_add_text(struct nk_buf *out, const char *text);

/* Add the head of a page up to its synopsis, which the caller adds. */
void nk_man_add_head(struct nk_buf *out, const char *page, int section, const char *summary);

/* Add a term, in bold, and what is said of it. */
void nk_man_add_term(struct nk_buf *out, const char *term, const char *text);

/* Add a paragraph below another one. */
void nk_man_add_paragraph(struct nk_buf *out, const char *text);

/* Add a section of prose. */
void nk_man_add_section(struct nk_buf *out, const char *heading, const struct nk_passage *passage);

/* Add the page netkit-config(5). */
void nk_man_config(struct nk_buf *out, const struct nk_applet *const *applets);

#endif
