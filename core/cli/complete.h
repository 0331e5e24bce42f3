/*
 * Completion: candidates from the tables, and the shells' scripts that ask for them.
 */
#ifndef NETKIT_CLI_COMPLETE_H
#define NETKIT_CLI_COMPLETE_H

#include "netkit/applet.h"

/* netkit completion bash|zsh|fish */
NK_MUST_CHECK int nk_completion_run(const struct nk_applet *const *applets, int argc, char **argv,
				    struct nk_err *err);

/*
 * netkit __complete ARGV...: the words of the command line up to the one at the cursor, the program
 * included. Prints "candidate<TAB>description" lines; none when it is a file's turn.
 */
NK_MUST_CHECK int nk_complete_run(const struct nk_applet *const *applets, int argc, char **argv,
				  struct nk_err *err);

#endif
