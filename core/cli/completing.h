/*
 * What the parts of completion share: the call whose word is being completed, and what each part can
 * add to the candidates. Private to core/cli/complete*.c and
 * tab.c.
 */
#ifndef NETKIT_CLI_COMPLETING_H
#define NETKIT_CLI_COMPLETING_H

#include "candidates.h"
#include "dispatch.h"
#include "netkit/hostnames.h"

/* The call, up to the cursor. Borrowed, but for the candidates. */
struct nk_completing {
	const struct nk_applet *const *applets;
	const struct nk_applet *applet; /* NULL: none is named yet */
	const struct nk_verb *verb;	/* the classic form where none is named; NULL: netkit's */
	const char *last;		/* the word at the cursor, as far as it was typed */
	int argc;
	char **argv; /* the words before that, without program, applet and verb */
	struct nk_candidates *candidates;
};

/* ---- the call, parsed (complete_parse.c) ---- */

/* The call as it would be run, but for what completion must not do. Zeroed is none. */
struct nk_completing_call {
	struct nk_call call;
	struct nk_parse parse;
	char **argv; /* owned, and so are the words */
	int argc;
};

/*
 * Parse the words before the cursor, and operand behind them (NULL: none), as dispatch would; and
 * words of our own behind those, so that nothing is asked, nothing tried again, and nobody trusted
 * that was not before, whatever a config says. Fails with usage, also where the words are right and
 * not complete yet; call is released in any case.
 */
NK_MUST_CHECK int nk_completing_parse(const struct nk_completing *at, const char *operand,
				      struct nk_completing_call *call, struct nk_err *err);
void nk_completing_call_release(struct nk_completing_call *call);
NK_AUTO(completing_call, struct nk_completing_call, nk_completing_call_release)

/* Connection, login and listing together take no longer: 1.5 s, or what NETKIT_COMPLETE_TIMEOUT
 * says, a duration. In milliseconds. */
int64_t nk_completing_limit(void);

/* ---- operands (complete_operands.c) ---- */

/* What may stand at one place of a verb's operands. */
enum nk_slot {
	NK_SLOT_URL = 1 << 0,
	NK_SLOT_FILE = 1 << 1,
	NK_SLOT_HOST = 1 << 2,
	NK_SLOT_SPOT = 1 << 3, /* host:path */
	NK_SLOT_ANY = 1 << 4,  /* SRC, DST: URL, file, and host:path where the applet takes that */
	NK_SLOT_NEWPATH = 1 << 5,
	NK_SLOT_MODE = 1 << 6,
	NK_SLOT_APPLET = 1 << 7,
};

/* Most words and terms of one verb's operands. */
#define NK_SLOT_WORDS_MAX 16

struct nk_slots {
	unsigned kinds;			/* enum nk_slot */
	char *words[NK_SLOT_WORDS_MAX]; /* that stand there as they are, "bash"; owned */
	int count;
};

/* What may follow index operands, in the words of help: "URL... [DIR|FILE|-]", "MODE URL...",
 * "bash|zsh|fish", "list [HOST] | add URL", where first, the first operand, chooses between what
 * stands beside the bars. first: "" when index is 0. Release slots. Pure. */
void nk_slots_find(const char *operands, size_t index, const char *first, struct nk_slots *slots);
void nk_slots_release(struct nk_slots *slots);
NK_AUTO(slots, struct nk_slots, nk_slots_release)

/* Offer what may stand at the cursor as an operand. */
void nk_complete_operand(const struct nk_completing *at);

/* ---- names of hosts (complete_hosts.c) ---- */

/* Offer "SCHEME://" of those that can be meant. */
void nk_complete_schemes(const struct nk_completing *at);

/* Offer the profiles of the config that can be meant; head and tail: what stands round the name, "@"
 * and "/". */
void nk_complete_profiles(const struct nk_completing *at, const char *head, const char *tail);

/* Offer names where the value of an option is one: PROFILE, HOST,... */
void nk_complete_value(const struct nk_completing *at);

/* Offer the hosts whose keys are remembered, of TLS and SSH alike; with their ports, too, where those
 * are known. */
void nk_complete_remembered(const struct nk_completing *at);

/* Offer the hosts known for an applet's schemes, and with --hosts the mark that stands for each; head: what stands before the name ("sftp://bob@");
 * tail: what follows it: "/" of a URL, which has the port before it, ":" or "" of others. */
void nk_complete_hosts(const struct nk_completing *at, const struct nk_applet *applet,
		       const char *head, const char *tail);

/* text with the first of many hosts for each mark in it, as --hosts names them; a new string, or NULL
 * when there is none. */
char *nk_complete_first_host(const struct nk_completing *at, const char *text);

/* ---- remote paths (complete_remote.c) ---- */

/* How a name of the server is written in the word. */
enum nk_spelling {
	NK_SPELLING_PLAIN,
	NK_SPELLING_URL,     /* percent-encoded */
	NK_SPELLING_PATTERN, /* wildcards and backslashes have a backslash before them */
};

struct nk_remote_word {
	const char *url; /* of the folder, ends in a slash; borrowed */
	size_t name_at;	 /* where in the word the name within the folder begins */
	enum nk_spelling spelling;
};

/* Offer the names in the folder that begin as typed. */
void nk_complete_remote(const struct nk_completing *at, const struct nk_remote_word *word);

/*
 * The word that name makes of last, whose name begins at name_at: what was typed stays as it is. A
 * new string; NULL when the name does not begin as typed, is hidden and was not asked for, or cannot
 * be written. Pure.
 */
char *nk_remote_spell(const char *last, size_t name_at, enum nk_spelling spelling,
		      const char *name);

#endif
