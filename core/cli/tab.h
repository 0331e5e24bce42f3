/*
 * What TAB does at the prompt: from what could stand at the cursor to what is put there.
 */
#ifndef NETKIT_CLI_TAB_H
#define NETKIT_CLI_TAB_H

#include "candidates.h"
#include "lineedit.h"
#include "shell.h"

/*
 * What becomes of the word at the cursor: the only candidate, what all of them begin with when that
 * is more than was typed, or nothing and all of them are shown, each without the folders before it.
 * The candidates are sorted, and each stands there once. is_pattern: as nk_shell_quote has it. Pure.
 */
void nk_tab_make(struct nk_candidates *candidates, const struct nk_shell_cursor *cursor,
		 bool is_pattern, struct nk_tab *tab);

/* For nk_lineedit_how.complete; context: the shell. */
void nk_shell_complete(void *context, const char *line, struct nk_tab *tab);

#endif
