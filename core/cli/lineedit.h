/*
 * A line that somebody types at a terminal, edited by libedit: history, completion, changes of the
 * terminal's size, stopping and going on. It is read from stdin by the one poll(), so that the
 * interrupt key and the end of the terminal count as they do everywhere; what is shown goes to stderr.
 */
#ifndef NETKIT_CLI_LINEEDIT_H
#define NETKIT_CLI_LINEEDIT_H

#include "netkit/shell.h"

struct nk_lineedit;

/* What TAB does to a line. Zeroed: nothing. */
struct nk_tab {
	size_t at;	       /* the word at the cursor begins here */
	char *insert;	       /* what it becomes, NULL: it stays; owned */
	struct nk_paths shown; /* what it could become, to be listed where it stays */
};

void nk_tab_release(struct nk_tab *tab);
NK_AUTO(tab, struct nk_tab, nk_tab_release)

struct nk_lineedit_how {
	/* What TAB does to a line, which is given up to the cursor; tab is zeroed before. NULL: nothing. */
	void (*complete)(void *context, const char *line, struct nk_tab *tab);
	void *context; /* borrowed */
};

/* Are stdin and stderr a terminal on which a line can be edited? */
bool nk_lineedit_is_possible(void);

/* Load what was typed before. Fails with unsupported: no libedit. */
NK_MUST_CHECK int nk_lineedit_open(const struct nk_lineedit_how *how, struct nk_lineedit **edit,
				   struct nk_err *err);

/* Show the prompt and read a line, without its end; *line is borrowed until the next call, and may be
 * wiped. 1; 0 when the key for the end was typed; -1: interrupt, terminate, which the end of the
 * terminal is too. */
NK_MUST_CHECK int nk_lineedit_read(struct nk_lineedit *edit, const char *prompt, char **line,
				   struct nk_err *err);

/* Put a line among those that the arrows bring back, and into the file of them. */
void nk_lineedit_keep(struct nk_lineedit *edit, const char *line);

/* The terminal is as it was. Accepts NULL. */
void nk_lineedit_free(struct nk_lineedit *edit);

#endif
