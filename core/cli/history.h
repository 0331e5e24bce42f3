/*
 * What was typed at prompts before: lines of $XDG_STATE_HOME/netkit/history, which several prompts
 * add to at the same time. It is readable by its owner alone.
 */
#ifndef NETKIT_CLI_HISTORY_H
#define NETKIT_CLI_HISTORY_H

#include "netkit/shell.h"

/* Most lines that are kept; the oldest go. */
enum { NK_HISTORY_MAX = 1000 };

/* May the line be kept, as far as it tells by itself? Not one that is empty, long, begins with a
 * blank, has control characters, or has a URL with a password. A pure function. */
bool nk_history_keeps(const char *line);

/* The lines that are there, the oldest first; none when there is no file. Fails with read. */
NK_MUST_CHECK int nk_history_load(struct nk_paths *lines, struct nk_err *err);

/* Add a line at the end. Fails with write. */
NK_MUST_CHECK int nk_history_add(const char *line, struct nk_err *err);

#endif
