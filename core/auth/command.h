/*
 * A program that prints a secret: --password-command.
 */
#ifndef CORE_AUTH_COMMAND_H
#define CORE_AUTH_COMMAND_H

#include "netkit/secret.h"

/* Longest command line, most words of it. */
#define NK_COMMAND_WORDS_MAX 64

/*
 * Run the command and take the first line it prints. It is split into words at white space, with
 * quotes '..' and ".." and backslashes as a shell has them and nothing else expanded; one that
 * begins with '!' is given to /bin/sh. Fails with usage (cannot run, printed nothing, failed).
 */
NK_MUST_CHECK int nk_command_secret(const char *command, struct nk_secret *secret,
				    struct nk_err *err);

/* Split in place; words ends in NULL. Returns the count, -1 for a quote without end or too many. */
NK_MUST_CHECK int nk_command_split(char *text, char *words[NK_COMMAND_WORDS_MAX + 1]);

#endif
