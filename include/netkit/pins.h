/*
 * The public keys of TLS peers that were trusted at first sight, remembered by host and port.
 *
 * They stand in $XDG_STATE_HOME/netkit/pins (~/.local/state/netkit/pins), one line for a key:
 *
 *	host:port sha256//BASE64 2026-01-02 comment
 *
 * A line that begins with # is a comment. A file that others can write, that belongs to somebody else
 * or is a symbolic link counts as one that cannot be read.
 */
#ifndef NETKIT_PINS_H
#define NETKIT_PINS_H

#include "netkit/err.h"

/* What to do with a peer that nothing vouches for: no authority, no file. */
enum nk_trust {
	NK_TRUST_AUTO,	 /* SSH: as ssh_config says, else ask; TLS: refuse it */
	NK_TRUST_STRICT, /* refuse it */
	NK_TRUST_TOFU,	 /* take and remember the first key it shows */
	NK_TRUST_ASK,	 /* ask on the terminal; without one, refuse */
};

/* "sha256//" and 44 digits. */
enum { NK_PIN_TEXT = 56 };

/* Longest line that is looked at; a longer one is nonsense. */
#define NK_PIN_LINE_MAX 1024

/* One line; strings are borrowed from it. */
struct nk_pin_line {
	const char *host; /* without brackets, as it stands there */
	size_t host_length;
	int port;
	char pin[NK_PIN_TEXT]; /* as nk_pin_read makes it */
	int64_t added;	       /* seconds since the epoch; -1 when no date stands there */
	const char *comment;   /* to the end of the line; may be empty */
	size_t comment_length;
};

/* Parse a line, without its end. 1; 0 for a blank or a comment; -1 for nonsense, parsed as far as it
 * went: host_length is 0 when not even its name could be read. Pure. */
int nk_pin_line_parse(const char *line, size_t length, struct nk_pin_line *parsed);

/* Read a pin, padded or not, after "sha256//" or "SHA256:", into its one spelling. false: it is
 * none. Pure. */
bool nk_pin_read(const char *text, size_t length, char pin[NK_PIN_TEXT]);

/* "host:21", "[::1]:21"; lower case, a new string. */
char *nk_pins_name(const char *host, int port);

/* Is it a line of this host (compared without regard to case) and port (0: any)? */
bool nk_pin_line_is_of(const struct nk_pin_line *line, const char *host, int port);

/* The usual file: a new string, or NULL where neither XDG_STATE_HOME nor HOME says where. */
char *nk_pins_path(void);

/*
 * Ask a person. question: ready to be shown. pin: what may be typed instead of yes. Returns 1 yes, 0
 * no. Fails with auth (nobody can be asked), interrupt, terminate.
 */
typedef int nk_pins_ask_fn(const char *question, const char *pin, struct nk_err *err);

/* The memory of one run: the file, and keys that were trusted and could not be written to it, which
 * hold as if they stood there. Used by several threads. */
struct nk_pins;

/* path: NULL for the usual file. ask: NULL when nobody may be asked. */
struct nk_pins *nk_pins_new(const char *path, nk_pins_ask_fn *ask);
void nk_pins_free(struct nk_pins *pins); /* accepts NULL */

/* A peer, and what is known of it. */
struct nk_pins_peer {
	const char *host;
	int port;
	const char *pin;      /* of the key it shows */
	const char *distrust; /* why no authority vouches for it; NULL: one does */
	const char *remedy;   /* what can be done about that; NULL: nothing */
	const char *facts;    /* lines about its certificate, for the question; escaped */
	enum nk_trust trust;
};

/* Where a key that counts was found; line 0: in no file. */
struct nk_pins_place {
	const char *file; /* borrowed from the memory */
	long line;
};

/*
 * May this peer be talked to? A remembered key has to be the one that is shown, whoever else vouches
 * for it, and is enough. Without one an authority is enough; else it goes by trust, and what is trusted
 * is remembered with today's date. A file that cannot be written is a warning. One that cannot be read
 * is a warning too, and no first use is trusted beside it.
 * place: where the file had the key before, or the other one that it fails for. Fails with cert (naming file and line of another key, and the
 * command that forgets it); interrupt, terminate.
 */
NK_MUST_CHECK int nk_pins_verify(struct nk_pins *pins, const struct nk_pins_peer *peer,
				 struct nk_pins_place *place, struct nk_err *err);

/*
 * Remember a key in the file. Returns 0, 1 when it was there already. place: where it stands, file
 * borrowed from path. Fails with cert when another key of the peer stands there, write, timeout,
 * interrupt; usage: a host that cannot stand in a line.
 */
struct nk_pins_entry {
	const char *host;
	int port;
	const char *pin;
	const char *comment; /* one line; NULL: none */
};
NK_MUST_CHECK int nk_pins_add(const char *path, const struct nk_pins_entry *entry,
			      struct nk_pins_place *place, struct nk_err *err);

NK_AUTO_HANDLE(pins, struct nk_pins *, nk_pins_free)

#endif
