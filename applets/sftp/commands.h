/*
 * What the files with the commands of sftp(1) share: their words, sorted out.
 */
#ifndef SFTP_COMMANDS_H
#define SFTP_COMMANDS_H

#include "classic.h"

/* A letter that a command takes, and the option of its verb that it stands for. */
struct sftp_letter {
	char letter;
	const char *option; /* NULL: none, the command looks whether it was given */
};

/* How a command reads its words: letters, then operands; where it is a verb, options of that too. */
struct sftp_usage {
	const struct sftp_letter *letters; /* end with 0; NULL: none */
	const char *verb;		   /* NULL: none */
	size_t least, most;		   /* operands */
	const char *arguments;		   /* for the message */
};

struct sftp_words {
	bool given[256];	    /* letters */
	struct nk_paths options;    /* of the verb */
	struct nk_strings operands; /* patterns, borrowed from argv */
};

void sftp_words_release(struct sftp_words *words);
NK_AUTO(sftp_words, struct sftp_words, sftp_words_release)

/* Sort out argv[1..argc). Fails with usage. */
NK_MUST_CHECK int sftp_words_take(struct nk_shell *shell, const struct sftp_usage *usage, int argc,
				  char **argv, struct sftp_words *words, struct nk_err *err);

/* Run a verb with the options in words and these operands, whatever they look like. */
NK_MUST_CHECK int sftp_words_run(struct nk_shell *shell, const char *verb,
				 const struct sftp_words *words, const struct nk_paths *operands,
				 struct nk_err *err);

/* Print a line that is data. */
NK_MUST_CHECK int sftp_print(struct nk_shell *shell, const char *text, struct nk_err *err);

/* get, put and what is made of them, for the table. */
int sftp_run_get(struct nk_shell *shell, int argc, char **argv, struct nk_err *err);
int sftp_run_reget(struct nk_shell *shell, int argc, char **argv, struct nk_err *err);
int sftp_run_put(struct nk_shell *shell, int argc, char **argv, struct nk_err *err);
int sftp_run_reput(struct nk_shell *shell, int argc, char **argv, struct nk_err *err);

/* cd to a remote path, which must be a folder; the folder at hand has its real name. */
NK_MUST_CHECK int sftp_enter(struct nk_shell *shell, const char *path, struct nk_err *err);

#endif
