/*
 * Three-digit replies, of one line or several (RFC 959 4.2, RFC 5321 4.2).
 */
#ifndef NETKIT_REPLY_H
#define NETKIT_REPLY_H

#include "netkit/conn.h"

/* Longest line of a reply, longest reply. FEAT and HELP are the longest seen, at some 3 KiB. */
#define NK_REPLY_LINE_MAX 4096
#define NK_REPLY_TEXT_MAX 65536

struct nk_reply {
	int code;	    /* 100 to 599 (and 6yz for protected replies, RFC 2228) */
	struct nk_buf text; /* all lines without the codes, joined by '\n' */
};

#define NK_REPLY_INIT                                                                              \
	{                                                                                          \
		.text = NK_BUF_INIT(NK_REPLY_TEXT_MAX)                                             \
	}

/* State of a reply that is being put together line by line. */
enum nk_reply_state { NK_REPLY_MORE, NK_REPLY_DONE, NK_REPLY_BAD };

/*
 * Take the next line of a reply (length bytes, without line end). first: whether it opens one. The
 * last line repeats the code with a space; lines between may begin with anything. A pure parser.
 */
enum nk_reply_state nk_reply_take_line(struct nk_reply *reply, bool first, const char *line,
				       size_t length);

/* Read one reply. Fails with protocol (not a reply, without end), lost, timeout, interrupt. */
NK_MUST_CHECK int nk_reply_read(struct nk_conn *conn, struct nk_reply *reply, struct nk_err *err);

/* Its class: the first digit. */
int nk_reply_class(const struct nk_reply *reply);

void nk_reply_release(struct nk_reply *reply);
NK_AUTO(reply, struct nk_reply, nk_reply_release)

#endif
