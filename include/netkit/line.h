/*
 * Lines over a connection, as the classic protocols speak: CRLF ends them, a bare LF is taken too.
 */
#ifndef NETKIT_LINE_H
#define NETKIT_LINE_H

#include "netkit/conn.h"
#include "netkit/secret.h"

/*
 * Read one line, without its end, into line (cleared first; its limit is the longest line taken).
 * NULs are kept in data and counted in len. Fails with protocol (too long), lost (the peer closed
 * before or within the line), timeout, interrupt.
 */
NK_MUST_CHECK int nk_line_read(struct nk_conn *conn, struct nk_buf *line, struct nk_err *err);

/* The same, but an orderly end before any byte is no error. Returns 1 for a line, 0 at the end. */
NK_MUST_CHECK int nk_line_read_or_end(struct nk_conn *conn, struct nk_buf *line,
				      struct nk_err *err);

/*
 * Send one line; CRLF is added. Fails with usage when what was formatted holds CR, LF or is longer
 * than NK_LINE_MAX: no argument can smuggle a second command.
 */
enum { NK_LINE_MAX = 8192 };
NK_MUST_CHECK int nk_line_sendf(struct nk_conn *conn, struct nk_err *err, const char *format, ...)
	NK_PRINTF(3, 4);

/*
 * Send a verb and a secret as one line; the wire trace shows "****" for the secret.
 * prefix: the verb and its space, "PASS ". secret: borrowed, no CR or LF, at most 512 bytes.
 * Fails with usage (secret does not fit), timeout, lost or tls.
 */
NK_MUST_CHECK int nk_line_send_secret(struct nk_conn *conn, const char *prefix,
				      const struct nk_secret *secret, struct nk_err *err);

#endif
