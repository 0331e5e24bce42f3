/*
 * The prompt of a file-transfer applet: classic commands, and every verb, on one connection. This
 * is the form without a verb of ftp and sftp; commands come from a terminal, a pipe or a file. An
 * applet brings the table of its commands; those of ftp(1) are core's.
 */
#ifndef NETKIT_SHELL_H
#define NETKIT_SHELL_H

#include <stdio.h>

#include "netkit/applet.h"
#include "netkit/url.h"

struct nk_shell;

enum nk_command_traits {
	/* Nothing is changed on the server: when an idle connection turns out to be lost, the command
	 * is run again. */
	NK_COMMAND_READS = 1 << 0,
	/* Words after the first may be a secret: the line is not kept. */
	NK_COMMAND_SECRET = 1 << 1,
};

struct nk_command {
	const char *name;
	const char *arguments;
	const char *summary;
	int least, most; /* words after the name; most -1: any number */
	/* argv[0] is the command's name; the words live as long as the call. */
	int (*run)(struct nk_shell *shell, int argc, char **argv, struct nk_err *err);
	const char *verb; /* whose options it takes too; NULL: none */
	/* What its operands are, for completion, a letter for each and the last for all that follow:
	 * r, f a remote file or folder; l, d a local one; b a file on either side; e a folder, local
	 * where nk_word_is_local says so; c a command; h a host. Any other: nothing that is known. NULL: as the
	 * verb's. */
	const char *takes;
	unsigned traits; /* enum nk_command_traits */
};

/* A prompt, for the verb "shell" of an applet. */
struct nk_prompt {
	const struct nk_command *commands; /* ends with a NULL name */
	unsigned flags;			   /* enum nk_shell_flags */
};

/* The prompt of ftp(1). */
extern const struct nk_prompt nk_ftp_prompt;

/* Own options of the verb "shell", and of classic forms that begin with them. */
struct nk_shell_opts {
	const char *command; /* -c: commands instead of a terminal or a pipe; NULL: none */
};
extern const struct nk_opt nk_shell_options[];

/* For .reads_commands of these: without -c. */
bool nk_shell_reads_commands(const void *opts, const struct nk_strings *operands);

enum nk_shell_flags {
	/* Names of commands count in any case, and in full length. */
	NK_SHELL_CASELESS = 1 << 0,
	/* Words are patterns: a wildcard that was quoted has a backslash before it, a backslash
	 * another one; "#" before a word begins a comment. */
	NK_SHELL_PATTERNS = 1 << 1,
	/* Commands from a pipe or a file are echoed to stderr. "-" before a command: its failure is
	 * told and forgiven; "@": it is not echoed. */
	NK_SHELL_ECHOES = 1 << 2,
	/* Nobody is asked for commands, even on a terminal. */
	NK_SHELL_BATCH = 1 << 3,
};

/* The prompt's state. Borrowed unless it says owned. */
struct nk_lineedit;
struct nk_listings;

struct nk_shell {
	struct nk_ctx *ctx;
	const struct nk_command *commands; /* ends with a NULL name */
	unsigned flags;			   /* enum nk_shell_flags */
	FILE *input;
	const char *input_name;	      /* the file commands come from; NULL: stdin */
	const char *script;	      /* commands that are left of -c; NULL: input is read */
	struct nk_lineedit *editor;   /* owned; NULL: lines are read as they come */
	struct nk_listings *listings; /* remote folders that completion knows; owned */
	struct nk_url url;	    /* of the server, as it was opened; no scheme: not connected */
	struct nk_session *session; /* of it; of the opener's */
	char *cwd;		    /* remote folder, with its slash at the end: "/~/"; owned */
	bool is_untried;	    /* opened, but not connected yet */
	bool has_connected;	    /* it was connected before */
	bool is_interactive;	    /* somebody types */
	bool has_globs;		    /* mget and mdelete of ftp(1) expand wildcards */
	bool has_quit;
	bool has_lost_terminal;
	int line_number;  /* of input, or which command of a script */
	const char *line; /* at hand, from the command's name on */
	bool only_reads;  /* the command at hand changes nothing on the server */
};

/*
 * For .run of an applet's classic form with the commands of ftp(1). Operands: none, a URL, or
 * [user@]host [port].
 */
int nk_shell_run(struct nk_ctx *ctx, struct nk_err *err);

/* A prompt that reads stdin, not open yet; input, input_name and script may be changed before
 * nk_shell_loop. */
void nk_shell_begin(struct nk_shell *shell, struct nk_ctx *ctx, const struct nk_command *commands,
		    unsigned flags);

/* Run the commands that the options name, if they do, instead of asking for any. Borrowed. */
void nk_shell_set_script(struct nk_shell *shell, const struct nk_shell_opts *opts);

/* Turn to a server: host and port as typed, or a URL and NULL. Nothing is sent yet. */
NK_MUST_CHECK int nk_shell_open(struct nk_shell *shell, const char *host, const char *port,
				struct nk_err *err);

/*
 * Read and run commands to the end. What somebody types fails, is told, and the next command is
 * read. From elsewhere the first failure is the end and the result; with --keep-going the others are
 * run all the same, and the result is the only command's failure, or partial when some failed. Fails
 * with interrupt or terminate too.
 */
NK_MUST_CHECK int nk_shell_loop(struct nk_shell *shell, struct nk_err *err);

/* Leave the server; the shell can be opened again. */
void nk_shell_close(struct nk_shell *shell);

/* Close, and free what the shell owns. */
void nk_shell_release(struct nk_shell *shell);
NK_AUTO(shell, struct nk_shell, nk_shell_release)

/* Go to a remote folder. Fails with missing when it is none. */
NK_MUST_CHECK int nk_shell_go(struct nk_shell *shell, const char *path, struct nk_err *err);

/* A mounted fs of the server, connected when it was not; of the opener's. */
NK_MUST_CHECK int nk_shell_mount(struct nk_shell *shell, struct nk_fs **fs, struct nk_err *err);

/* The absolute remote path that a word means; a new string. */
char *nk_shell_path(const struct nk_shell *shell, const char *word);

/* Make this remote path the folder at hand. */
void nk_shell_enter(struct nk_shell *shell, const char *path);

/* Paths; they and the array are owned. */
struct nk_paths {
	char **items;
	size_t count;
};

void nk_paths_release(struct nk_paths *paths);
NK_AUTO(paths, struct nk_paths, nk_paths_release)

/* Take over one path more. */
void nk_paths_add(struct nk_paths *paths, char *path);

/* The absolute remote paths that a pattern stands for, sorted and added to paths; one without
 * wildcards is one path, there or not. Fails with missing when nothing matches. */
NK_MUST_CHECK int nk_shell_glob(struct nk_shell *shell, const char *pattern, struct nk_paths *paths,
				struct nk_err *err);

/* The first wildcard in pattern that no backslash quotes, or NULL. */
const char *nk_shell_wildcard(const char *pattern);

/* A pattern without wildcards as the name it means, in place; returns it. */
char *nk_shell_unquote(char *pattern);

/*
 * Run a verb of the applet, or "cp", with words as a user gives them to the verb: options, then
 * operands; remote ones are relative to the remote folder.
 */
NK_MUST_CHECK int nk_shell_verb(struct nk_shell *shell, const char *name, int count, char **words,
				struct nk_err *err);

/* Which of the words are operands of the verb, and no options and values of them: appended to
 * operands, borrowed from words. Fails as the verb's own parsing does. */
NK_MUST_CHECK int nk_shell_operands(struct nk_shell *shell, const char *name, int count,
				    char **words, struct nk_strings *operands, struct nk_err *err);

/* Change the local folder; NULL: to the home. */
NK_MUST_CHECK int nk_shell_enter_local(const char *folder, struct nk_err *err);

/* Run a command of the local shell, "" for a shell of its own. Fails with negative when it ends
 * with a status. */
NK_MUST_CHECK int nk_shell_local(const char *command, struct nk_err *err);

/* Print the commands, and the verbs that go by other names; or the usage and the options of one, by
 * its name. */
NK_MUST_CHECK int nk_shell_help(struct nk_shell *shell, const char *name, struct nk_err *err);

#endif
