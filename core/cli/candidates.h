/*
 * What could stand at the cursor: for the completion of shells, and for that of the prompt.
 */
#ifndef NETKIT_CLI_CANDIDATES_H
#define NETKIT_CLI_CANDIDATES_H

#include "groups.h"

struct nk_candidate {
	char *text;   /* for the whole word at the cursor, as it is meant, without quotes; owned */
	char *what;   /* one line about it, "" for none; owned */
	bool is_open; /* more of the word may follow, no blank after it: "--tls=", "folder/" */
};

/* Zeroed is empty. */
struct nk_candidates {
	struct nk_candidate *items; /* owned */
	size_t count;
	bool wants_files; /* a local path may stand here: who asks lists those himself */
	size_t files_at;  /* where in the word the path begins: behind the "=" of "--ca=" */
};

/* At most so many; what would be more is left out. */
#define NK_CANDIDATES_MAX 20000

/* text, what: copied. Names with control characters, or that are not UTF-8, are left out: no
 * terminal should see them. */
void nk_candidates_add(struct nk_candidates *candidates, const char *text, const char *what,
		       bool is_open);

/* The same, when text begins with what was typed of the word. */
void nk_candidates_offer(struct nk_candidates *candidates, const char *last, const char *text,
			 const char *what);

/* The tables of options that can stand together. */
struct nk_option_tables {
	const struct nk_opt *items[NK_GROUP_COUNT + 2];
	int count;
};

/* Those of a verb's call: its own, its applet's, the groups it takes. applet or verb may be NULL;
 * with neither, all groups. */
void nk_candidates_tables(const struct nk_applet *applet, const struct nk_verb *verb,
			  struct nk_option_tables *tables);

/*
 * What the option tables know about the word `last` that follows the words argv[0..argc) of a
 * verb's call: options, or the values of one. applet or verb may be NULL. Returns true when the word
 * is an option or the value of one, so that no operand can stand there. Local files are wanted
 * where the value is one (its arg is FILE or DIR).
 */
bool nk_candidates_options(struct nk_candidates *candidates, const struct nk_applet *applet,
			   const struct nk_verb *verb, int argc, char **argv, const char *last);

void nk_candidates_release(struct nk_candidates *candidates);
NK_AUTO(candidates, struct nk_candidates, nk_candidates_release)

#endif
