/*
 * What the prompt's parts share. Private to core/cli.
 */
#ifndef NETKIT_CLI_SHELL_H
#define NETKIT_CLI_SHELL_H

#include "fsverbs.h"
#include "netkit/shell.h"

/* The commands of ftp(1), sorted; ends with a NULL name. */
extern const struct nk_command nk_commands[];

/* The same as nk_shell_path as a URL. Fails with usage when nothing is open. */
NK_MUST_CHECK int nk_shell_url(const struct nk_shell *shell, const char *word, char **url,
			       struct nk_err *err);

/* Split a line in place into words: white space ends them, quotes and backslashes keep it. Returns
 * how many, or -1 with usage for an open quote or more than most. */
NK_MUST_CHECK int nk_shell_split(char *line, char **words, int most, struct nk_err *err);

/*
 * Split a line into words that are patterns (NK_SHELL_PATTERNS), as sftp(1) does: within quotes a
 * backslash is itself unless it stands before the same quote or a backslash. out: room for twice
 * the line and a word's end, and where the words are.
 */
NK_MUST_CHECK int nk_shell_split_patterns(const char *line, char *out, char **words, int most,
					  struct nk_err *err);

#endif
