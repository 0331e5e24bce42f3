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
 * included. Prints lines for the shells' scripts, fields separated by a TAB:
 *
 *     WORD  WHAT        a whole word that may stand there, and what it is; without quotes
 *     WORD  WHAT  +     more may follow it: no blank is put behind
 *           files  N    the last line, with an empty first field: local files may stand there too,
 *                       whose path begins behind the first N bytes of what was typed; the shell
 *                       knows those better
 *
 * Nothing is ever asked, and what fails is silent.
 */
NK_MUST_CHECK int nk_complete_run(const struct nk_applet *const *applets, int argc, char **argv,
				  struct nk_err *err);

#endif
