/*
 * What the prompt's parts share. Private to core/cli.
 */
#ifndef NETKIT_CLI_SHELL_H
#define NETKIT_CLI_SHELL_H

#include "fsverbs.h"
#include "netkit/shell.h"

/* The commands of ftp(1), sorted; ends with a NULL name. */
extern const struct nk_command nk_commands[];

/* What the first word of a line means at this prompt. */
struct nk_meaning {
	const struct nk_command *command; /* NULL: it is the verb, or nothing */
	const struct nk_verb *verb;	  /* itself, or whose options the command takes; or NULL */
	const char *takes;		  /* as of a command; NULL: no operands that are known */
	bool only_reads;
	bool is_secret;
};
struct nk_meaning nk_shell_meaning(const struct nk_shell *shell, const char *name);

/* Is the verb one of the prompt's commands? */
bool nk_shell_has_verb(const struct nk_shell *shell, const struct nk_verb *verb);

/* What operands of a verb are, as struct nk_command has it, and whether it changes nothing. */
const char *nk_verb_takes(const struct nk_verb *verb);

/* Does the word name a local path where it could be remote as well: ".", "..", "./x", "../x"? */
bool nk_word_is_local(const char *word);
bool nk_verb_only_reads(const struct nk_verb *verb);

/* Longest line: a few thousand file names. */
enum { NK_SHELL_LINE_MAX = 65536 };

/* The next command, where it is typed after a prompt: 1; 0 when there is none; -1 for one that is too
 * long. line: NK_SHELL_LINE_MAX bytes. */
NK_MUST_CHECK int nk_shell_read(struct nk_shell *shell, char *line, struct nk_err *err);

/* Begin to edit what is typed, where that can be done. */
void nk_shell_start_editing(struct nk_shell *shell);

/* An interrupt ends the command that somebody typed, and not the prompt. */
void nk_shell_forget_interrupt(const struct nk_shell *shell);

/* "ftp host:/folder> " in at most so many cells, shortened where it must be; host NULL: not connected.
 * A new string. Pure. */
char *nk_shell_prompt_text(const char *applet, const char *host, const char *folder, size_t cells);

/* May a line be kept among those that were typed? Neither a secret nor what begins with a blank. */
bool nk_shell_keeps(const struct nk_shell *shell, const char *line);

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

/* What a line says before the cursor, as it is meant, without quotes. Zeroed before it is filled. */
struct nk_shell_cursor {
	struct nk_paths words; /* before the one at the cursor; owned */
	char *last;	       /* that one, as far as it was typed; owned */
	size_t at;	       /* where it begins in the line */
	char quote;	       /* the one that is open there, 0 for none */
};

/* line: up to the cursor. is_pattern: words are patterns. A pure parser. */
void nk_shell_at_cursor(const char *line, bool is_pattern, struct nk_shell_cursor *cursor);
void nk_shell_cursor_release(struct nk_shell_cursor *cursor);
NK_AUTO(shell_cursor, struct nk_shell_cursor, nk_shell_cursor_release)

/* The text as a word that means it; quote: begin with this one, 0 for none. is_whole: the word ends
 * there, and so does the quote. A new string. */
char *nk_shell_quote(const char *text, char quote, bool is_pattern, bool is_whole);

/* Take the next command from a text in which ";" and line ends stand between them, outside of
 * quotes; "!" takes all the rest. false: there is none; else *command is a new string. */
bool nk_shell_cut(const char **rest, bool is_pattern, char **command);

#endif
