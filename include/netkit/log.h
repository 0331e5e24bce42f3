/*
 * Messages for people on stderr, and the wire trace.
 *
 * The log sink is one of the few globals: threads share it under a lock. Every line goes through
 * nk_text, so nothing a server says reaches a terminal unescaped. With JSON on, each message is an
 * object.
 */
#ifndef NETKIT_LOG_H
#define NETKIT_LOG_H

#include "netkit/err.h"

enum nk_log_level {
	NK_LOG_QUIET,  /* nothing but errors */
	NK_LOG_NOTICE, /* what the user should know: the default */
	NK_LOG_INFO,   /* -v: each step, the conversation */
	NK_LOG_DEBUG,  /* -vv: addresses, TLS, what was decided and why */
};

struct nk_log_how {
	enum nk_log_level level;
	bool json;	   /* objects instead of text */
	const char *trace; /* file for the wire trace, "-" for stderr, NULL for none; borrowed */
};

/* Set the sink up; called once, before threads. Fails with write when the trace cannot be
 * opened. */
NK_MUST_CHECK int nk_log_setup(const struct nk_log_how *how, struct nk_err *err);

/* From now on this level holds; the trace goes on as it was set up. */
void nk_log_set_level(enum nk_log_level level);

/* One message, without line end. The format's arguments may hold a peer's text. */
void nk_log(enum nk_log_level level, const char *format, ...) NK_PRINTF(2, 3);
bool nk_log_is_on(enum nk_log_level level);

/*
 * Report an error, the only way one is printed. where: the program and applet, "netkit ftp".
 * url: what was asked for, without secrets; NULL when there is none.
 */
void nk_log_error(const struct nk_err *err, const char *where, const char *url);

/* Write one line, a JSON object or text already made safe, to stderr; the progress line is cleared
 * first. */
void nk_log_raw(const char *line);

/* The meter hands over the bytes that clear its line ("" when nothing is shown) so that messages do
 * not collide with it; borrowed, static. */
void nk_log_set_status(const char *line);

/* Something else is going to be written to the same terminal: clear the status line, which is drawn
 * again when there is more to say. */
void nk_log_clear_status(void);

/*
 * Trace bytes as they pass the wire (or the TLS layer, in clear). peer: "ftp.example.org:21".
 * sent: to the peer. Callers that send a secret pass what may be shown instead.
 */
void nk_trace(const char *peer, bool sent, const void *bytes, size_t length);
bool nk_trace_is_on(void);

/* Show the trace on stderr too, or no longer; a file that was set up has all of it in any case. */
void nk_trace_show(bool is_shown);

#endif
