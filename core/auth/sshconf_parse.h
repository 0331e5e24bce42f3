/*
 * What the parts of sshconf share: lines and words, the state of a reading, conditions, tokens.
 */
#ifndef CORE_AUTH_SSHCONF_PARSE_H
#define CORE_AUTH_SSHCONF_PARSE_H

#include "netkit/sshconf.h"

/* Largest file, longest line and value after expansion: all far beyond what people write. */
#define SSHCONF_FILE_MAX  ((size_t)1 << 20)
#define SSHCONF_LINE_MAX  ((size_t)16 * 1024)
#define SSHCONF_VALUE_MAX ((size_t)16 * 1024)

#define SSHCONF_SYSTEM_FILE "/etc/ssh/ssh_config"

/* Includes within includes, as OpenSSH has it. */
#define SSHCONF_DEPTH_MAX 16

/* What separates words and is cut at the ends of a line. */
#define SSHCONF_BLANKS " \t\r\n"

/* ---- lines (pure) ---- */

struct sshconf_line {
	char *keyword;
	char *rest; /* all that follows it, as written, without blanks at the ends */
	char *text;
	struct nk_strings words; /* of rest, quotes and comment removed; in text */
};

#define SSHCONF_LINE_INIT                                                                          \
	{                                                                                          \
		.keyword = NULL                                                                    \
	}

/* One line without its line end: 1, 0 for a blank one or a comment, -1 with usage. */
NK_MUST_CHECK int nk_sshconf_line_split(const char *bytes, size_t length, struct sshconf_line *line,
					struct nk_err *err);
void nk_sshconf_line_release(struct sshconf_line *line);
NK_AUTO(sshconf_line, struct sshconf_line, nk_sshconf_line_release)

/*
 * The next word at *at, cut off in place: words end at blanks or one "=", double quotes hold blanks
 * and know no escapes. NULL at the end and for a quote without end.
 */
char *nk_sshconf_word(char **at);

/* ---- a reading ---- */

/* Keywords that only the ssh program can honour; the first value of each counts. */
enum sshconf_only {
	SSHCONF_BIND_INTERFACE,
	SSHCONF_CANONICALIZE,
	SSHCONF_FDPASS,
	SSHCONF_KNOWN_HOSTS_COMMAND,
	SSHCONF_PKCS11,
	SSHCONF_REVOKED,
	SSHCONF_SECURITY_KEY,
	SSHCONF_ONLY_COUNT,
};

/* Where the line being read stands. */
struct sshconf_source {
	const char *path; /* NULL: an option of the command line */
	int line;
	int depth;
	bool is_users; /* or something it includes; else the system's */
	bool is_never; /* included where nothing holds: read for its errors */
};

struct sshconf_keyword;

struct sshconf_state {
	const struct nk_sshconf_query *query;
	struct nk_sshconf *conf;
	struct sshconf_source source;
	const struct sshconf_keyword *keyword; /* of the line being applied */
	bool is_active;			       /* the block being read holds for the host */
	bool is_placed; /* the error being returned names its file and line */
	bool is_final;	/* the second pass, which "Match final" asks for */
	bool wants_final;
	char *home;
	char *local_user;
	char *host; /* what Host lines are compared with: as typed, in the second pass the target */
	char *target; /* HostName, as far as it is known */
	char *ignored_unknown;
	char *tag;
	bool is_said[SSHCONF_ONLY_COUNT];
};

/* Read a file. is_checked: refused when others may have written it. 1, 0 when it cannot be opened
 * (errno says why), -1 with usage. */
struct sshconf_file {
	const char *path;
	bool is_users;
	bool is_checked;
};
NK_MUST_CHECK int nk_sshconf_read_file(struct sshconf_state *state, const struct sshconf_file *file,
				       struct nk_err *err);

/* All of the file. Fails with usage. */
NK_MUST_CHECK int nk_sshconf_read_text(int fd, const char *path, struct nk_buf *text,
				       struct nk_err *err);

/* The words of an Include line as a pattern, with the folder that it is relative to before it: a new
 * string. Fails with usage. */
NK_MUST_CHECK int nk_sshconf_include_pattern(const struct sshconf_state *state, const char *word,
					     char **pattern, struct nk_err *err);

/* The user's home and name, and state->home with it. */
void nk_sshconf_find_user(struct sshconf_state *state);
void nk_sshconf_state_release(struct sshconf_state *state);
NK_AUTO(sshconf_state, struct sshconf_state, nk_sshconf_state_release)

/* Let a line take effect. The message does not name the place. */
NK_MUST_CHECK int nk_sshconf_apply(struct sshconf_state *state, const struct sshconf_line *line,
				   struct nk_err *err);

/* Keywords that change which lines hold, or read more of them. */
NK_MUST_CHECK int nk_sshconf_host(struct sshconf_state *state, const struct sshconf_line *line,
				  struct nk_err *err);
NK_MUST_CHECK int nk_sshconf_match(struct sshconf_state *state, const struct sshconf_line *line,
				   struct nk_err *err);
NK_MUST_CHECK int nk_sshconf_include(struct sshconf_state *state, const struct sshconf_line *line,
				     struct nk_err *err);

/* Does the list match when ASCII case does not count? */
bool nk_sshconf_pattern_matches_folded(const char *patterns, char separator, const char *text);

/* The value of a keyword as it stands now, or what is usual. */
int nk_sshconf_port(const struct sshconf_state *state);
const char *nk_sshconf_user(const struct sshconf_state *state);

/* ---- expansion ---- */

/* What is expanded in a value. */
struct sshconf_expansion {
	const char *tokens; /* letters allowed after % */
	bool has_tilde;
	bool has_environment; /* ${NAME} */
	bool is_for_shell;    /* names that were given must mean nothing to a shell */
};

extern const struct sshconf_expansion nk_sshconf_paths;	  /* IdentityFile and the like */
extern const struct sshconf_expansion nk_sshconf_plain;	  /* GlobalKnownHostsFile: only ~ */
extern const struct sshconf_expansion nk_sshconf_proxies; /* ProxyCommand, ProxyJump */
extern const struct sshconf_expansion nk_sshconf_execs;	  /* Match exec */

/* *out: a new string. Fails with usage: unknown token or user, variable that is not set. */
NK_MUST_CHECK int nk_sshconf_expand(const struct sshconf_state *state, const char *text,
				    const struct sshconf_expansion *how, char **out,
				    struct nk_err *err);

/* Bring state->target up to date with HostName. */
NK_MUST_CHECK int nk_sshconf_find_target(struct sshconf_state *state, struct nk_err *err);

#endif
