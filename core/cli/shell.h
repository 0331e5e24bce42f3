/*
 * The prompt's state, and its commands. Private to shell.c and commands.c.
 */
#ifndef NETKIT_CLI_SHELL_H
#define NETKIT_CLI_SHELL_H

#include "fsverbs.h"
#include "netkit/shell.h"

struct nk_shell {
	struct nk_ctx *ctx;
	struct nk_url url;	    /* of the server, as it was opened; no scheme: not connected */
	struct nk_session *session; /* of it; borrowed from the opener */
	char *cwd;		    /* remote folder, with its slash at the end: "/~/"; owned */
	bool is_untried;	    /* opened, but not connected yet */
	bool is_interactive;	    /* somebody types */
	bool has_globs;		    /* mget and mdelete expand wildcards */
	bool has_quit;
	const char *line; /* at hand, for "!"; borrowed */
};

struct nk_command {
	const char *name;
	const char *arguments;
	const char *summary;
	int least, most; /* words after the name; most -1: any number */
	int (*run)(struct nk_shell *shell, int argc, char **argv, struct nk_err *err);
};

/* The classic commands, sorted; ends with a NULL name. argv[0] is the command's name. */
extern const struct nk_command nk_commands[];

/* Turn to a server: [user@]host [port], or a URL. Nothing is sent yet. */
NK_MUST_CHECK int nk_shell_open(struct nk_shell *shell, int argc, char **argv, struct nk_err *err);
void nk_shell_close(struct nk_shell *shell);

/* The absolute remote path that a word means; a new string. */
char *nk_shell_path(const struct nk_shell *shell, const char *word);

/* The same as a URL. Fails with usage when nothing is open. */
NK_MUST_CHECK int nk_shell_url(const struct nk_shell *shell, const char *word, char **url,
			       struct nk_err *err);

/* A mounted fs of the server, connected when it was not. */
NK_MUST_CHECK int nk_shell_mount(struct nk_shell *shell, struct nk_fs **fs, struct nk_err *err);

/* Run a verb with the words argv[1..argc), options among them; remote operands are relative to the
 * remote folder. extra: an option to put before them, or NULL. */
NK_MUST_CHECK int nk_shell_verb(struct nk_shell *shell, const struct nk_verb *verb, char *extra,
				int argc, char **argv, struct nk_err *err);

/* Split a line in place into words: white space ends them, quotes and backslashes keep it. Returns
 * how many, or -1 with usage for an open quote or more than most. */
NK_MUST_CHECK int nk_shell_split(char *line, char **words, int most, struct nk_err *err);

#endif
