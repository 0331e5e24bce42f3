/*
 * The classic form of scp: its options, its operands, and the old protocol behind -O.
 */
#ifndef SCP_H
#define SCP_H

#include "sftp.h"

struct scp_classic_opts {
	bool recursive;		   /* -r */
	bool preserve;		   /* -p */
	bool quiet;		   /* -q */
	bool through_us;	   /* -3: what is done anyway */
	bool direct;		   /* -R: refused */
	bool forwards_agent;	   /* -A: refused */
	bool old_protocol;	   /* -O */
	bool new_protocol;	   /* -s: SFTP, the default */
	bool batch;		   /* -B: never ask */
	bool trusts_names;	   /* -T: with -O, take whatever names the server sends */
	int limit;		   /* -l, Kbit/s; 0: none */
	const char *program;	   /* -S: another ssh program */
	struct nk_strings tunings; /* -X: of no use, the server's limits are known */
};

extern const struct nk_opt scp_classic_options[];

/* What -r, -p, -q, -l, -B and -S say in common options. */
int scp_classic_apply(const void *opts, struct nk_common *common, struct nk_err *err);

/* One operand, as scp(1) reads it; strings are owned. */
struct scp_operand {
	char *user; /* NULL: none is named */
	char *host; /* NULL: a local file */
	int port;   /* 0: none is named */
	char *path; /* of the server: relative to the login folder unless it begins with a slash, "."
		     * for that folder; of a local file: as it was written */
};

/*
 * [user@]host:[path] with the colon before any slash, [v6]:path, scp://[user@]host[:port][/path]
 * with a path relative to the login folder (//path is absolute), or a local path. Fails with url and
 * usage: a malformed URL, a host that is none, sftp://. A pure parser.
 */
NK_MUST_CHECK int scp_operand_parse(const char *text, struct scp_operand *operand,
				    struct nk_err *err);

/* The path of a source as SFTP needs it, where no remote shell takes backslashes away: without them,
 * unless it is a pattern, in which they make the next character a plain one. Pure. */
void scp_operand_unquote(struct scp_operand *operand);

/* The uniform URL of a remote operand; a new string. */
char *scp_operand_url(const struct scp_operand *operand);

void scp_operand_release(struct scp_operand *operand);
NK_AUTO(scp_operand, struct scp_operand, scp_operand_release)

/* All operands, the last is the target. */
struct scp_operands {
	struct scp_operand *items; /* owned */
	int count;
};

/* Copy them with the old protocol. Fails with all there is. */
NK_MUST_CHECK int rcp_run(const struct nk_ctx *ctx, const struct scp_operands *operands,
			  struct nk_err *err);

#endif
