/*
 * The classic form of sftp: the options sftp(1) has beside those of every form, its commands and
 * what its ls prints.
 */
#ifndef SFTP_CLASSIC_H
#define SFTP_CLASSIC_H

#include "netkit/shell.h"
#include "sftp.h"

struct sftp_classic_opts {
	struct nk_shell_opts shell; /* --command */
	const char *batch;	    /* -b: file of commands, "-" for stdin */
	bool recursive;		    /* -r */
	bool preserve;		    /* -p */
	bool resume;		    /* -a */
	bool fsync;		    /* -f */
	bool quiet;		    /* -q */
	bool has_meter;		    /* -N: progress in batch mode too */
	bool forwards_agent;	    /* -A: of no use, no command runs there */
	int limit;		    /* -l, Kbit/s; 0: none */
	const char *program;	    /* -S: another ssh program */
	const char *subsystem;	    /* -s */
	const char *server;	    /* -D: refused */
	const char *buffer;	    /* -B: of no use, the server's limits are known */
	const char *requests;	    /* -R: likewise */
	struct nk_strings tunings;  /* -X: likewise */
};

extern const struct nk_opt sftp_classic_options[];

/* What -r, -p, -a, -f, -q, -l, -b, -N and -S say in common options. */
int sftp_classic_apply(const void *opts, struct nk_common *common, struct nk_err *err);

/* Does nothing but standard input say what to do? A path of the destination may be a file, which is
 * fetched. */
bool sftp_classic_reads_commands(const void *opts, const struct nk_strings *operands);

/*
 * What a destination names: [user@]host[:path] or sftp://[user@]host[:port][/path]. url: without the
 * path; path: NULL for none, else as the server has it, "/~/x" for one that is relative to the login
 * folder. Both are new strings. Fails with url and usage. A pure parser.
 */
NK_MUST_CHECK int sftp_destination_parse(const char *text, char **url, char **path,
					 struct nk_err *err);

/* The commands of sftp(1), and how their lines are read. */
extern const struct nk_command sftp_commands[];
extern const struct nk_prompt sftp_prompt;

/* Fetch what a pattern names, or make the one folder it is the remote folder (target NULL), as
 * words of the command line say. *is_done: files were fetched. */
NK_MUST_CHECK int sftp_start_at(struct nk_shell *shell, const char *pattern, const char *target,
				bool *is_done, struct nk_err *err);

/* Is there a folder at path, or at the end of a link? One that cannot be looked at is none. */
bool sftp_is_folder(struct nk_fs *fs, const char *path);

/* ---- ls ---- */

enum sftp_ls_form { SFTP_LS_COLUMNS, SFTP_LS_NAMES, SFTP_LS_LONG, SFTP_LS_NUMERIC };
enum sftp_ls_order { SFTP_LS_BY_NAME, SFTP_LS_BY_TIME, SFTP_LS_BY_SIZE, SFTP_LS_AS_SENT };

/* The letters of ls. */
struct sftp_ls_how {
	enum sftp_ls_form form;
	enum sftp_ls_order order;
	bool is_reverse;
	bool has_hidden;
	bool is_human;
};

/* "ls [-1afhlnrSt] [PATTERN]" with its own letters only; pattern NULL: the folder at hand. */
NK_MUST_CHECK int sftp_ls(struct nk_shell *shell, const struct sftp_ls_how *how,
			  const char *pattern, struct nk_err *err);

/*
 * A file as "ls -l" of sftp(1) prints it, a new string: permissions, "?" for the links that SFTP
 * does not count, owner, group, size, date, name. now: in seconds; older or newer by half a year the
 * date has a year and no time. Pure, but for the time zone.
 */
char *sftp_ls_line(const struct nk_entry *entry, const char *name, const struct sftp_ls_how *how,
		   int64_t now);

/* Bytes in four characters and a unit, "0B", "4.0K", "252G"; a new string. */
char *sftp_ls_scaled(int64_t bytes);

/* How names stand in columns: as many as the longest (of length cells) leaves room for. */
struct sftp_ls_columns {
	size_t count;
	size_t width;
};
struct sftp_ls_columns sftp_ls_columns(size_t longest, size_t width);

#endif
