/*
 * The old protocol of scp(1), which is that of rcp: "scp -f" on the server sends files, "scp -t"
 * takes them. It has no specification; this is what OpenSSH's scp says and understands.
 *
 *	T1700000000 0 1700000000 0	times of what comes next: modified, accessed, microseconds
 *	C0644 12 a.txt			a file: 12 bytes and a reply of its sender follow
 *	D0755 0 folder			a folder: what is in it follows
 *	E				the end of the folder
 *
 * Each is answered, and so are a file's bytes: NUL for yes, 1 and a line for a warning, 2 and a
 * line for an error that ends all. Who sends files may say 1 or 2 instead of a line above, too.
 */
#ifndef RCP_H
#define RCP_H

#include "netkit/tally.h"
#include "scp.h"

/* Longest line taken: a name and its figures, or a message. */
#define RCP_LINE_MAX 8192

/* Most bytes that are moved at once. */
#define RCP_BLOCK ((size_t)256 * 1024)

/* Folders in folders: a server cannot lead us down forever. */
#define RCP_DEPTH_MAX NK_WALK_DEPTH_MAX

enum rcp_kind { RCP_TIMES, RCP_FILE, RCP_FOLDER, RCP_LEAVE, RCP_WARNING, RCP_ERROR };

/* One line; text is borrowed from it. */
struct rcp_line {
	enum rcp_kind kind;
	int mode;      /* of a file or folder: permissions, 07777 */
	int64_t size;  /* of a file */
	int64_t mtime; /* of times */
	int64_t atime;
	const char *text; /* name of a file or folder, or the message */
};

/*
 * Parse one line of length bytes, without its end; text[length] is NUL. A name is taken as it is,
 * whatever it holds. Fails with protocol. Pure.
 */
NK_MUST_CHECK int rcp_line_parse(const char *text, size_t length, struct rcp_line *line,
				 struct nk_err *err);

/* The text of a warning or an error without what the server puts before it, "scp: "; borrowed. */
const char *rcp_message(const char *text);

/*
 * May the server send this name, when path was asked for? path is a pattern of the remote shell's:
 * its last component with * ? [] and \, after {a,b} and quotes are resolved. What only that shell
 * can know ($HOME, `date`) matches nothing. "~" and "~user" alone stand for any name. Pure.
 */
bool rcp_name_is_wanted(const char *path, const char *name);

/* Does path ask for what is in a folder, not for the folder itself: "." or ".." at its end? */
bool rcp_wants_contents(const char *path);

/* --- the conversation --- */

/* One remote scp. */
struct rcp_wire {
	struct nk_channel *channel; /* owned */
	char *block;		    /* RCP_BLOCK bytes; owned */
	size_t start;		    /* what was read into it, and not taken yet */
	size_t end;
};

#define RCP_WIRE_INIT                                                                              \
	{                                                                                          \
		.channel = NULL                                                                    \
	}

/* Run the command on the server. wire: as RCP_WIRE_INIT left it. */
NK_MUST_CHECK int rcp_wire_start(struct nk_ssh *ssh, const char *command, struct rcp_wire *wire,
				 struct nk_err *err);
void rcp_wire_release(struct rcp_wire *wire);
NK_AUTO(rcp_wire, struct rcp_wire, rcp_wire_release)

/* The next line; its text is borrowed until the next read. 1, 0 at the end, -1. */
NK_MUST_CHECK int rcp_wire_line(struct rcp_wire *wire, struct rcp_line *line, struct nk_err *err);

/* At most size bytes of a file, waiting for the first; *bytes is borrowed until the next read. Fails
 * with short when there is none. */
NK_MUST_CHECK ssize_t rcp_wire_bytes(struct rcp_wire *wire, size_t size, const char **bytes,
				     struct nk_err *err);

NK_MUST_CHECK int rcp_wire_write(struct rcp_wire *wire, const void *bytes, size_t length,
				 struct nk_err *err);

/* Say yes, or no with the reason. */
NK_MUST_CHECK int rcp_wire_yes(struct rcp_wire *wire, struct nk_err *err);
NK_MUST_CHECK int rcp_wire_no(struct rcp_wire *wire, const struct nk_err *why, struct nk_err *err);

/* The server's reply: 1 for yes; 0 for no, refusal is filled with why; -1 for what ends all: lost,
 * protocol, an error of the server's. */
NK_MUST_CHECK int rcp_wire_reply(struct rcp_wire *wire, struct nk_err *refusal, struct nk_err *err);

/* Nothing more is said. *status is that of the command. */
NK_MUST_CHECK int rcp_wire_finish(struct rcp_wire *wire, int *status, struct nk_err *err);

/* Fill err with what the server says in a warning or an error, as precisely as its words allow;
 * returns -1. Pure. */
int rcp_blame(const char *text, struct nk_err *err);

/* --- copying --- */

/* A host's login, kept as long as the same session is asked for. */
struct rcp_host {
	struct nk_session *session; /* borrowed */
	struct nk_ssh *ssh;	    /* owned */
};

/* What all copies of one command line share. */
struct rcp {
	const struct nk_ctx *ctx;
	const struct scp_classic_opts *opts;
	const struct scp_operand *target;
	bool many; /* several sources: the target must be a folder */
	struct nk_tally tally;
	struct nk_limit *limit;	   /* owned */
	struct nk_progress *meter; /* of the operand at hand */
	int64_t moved;		   /* bytes so far, for the meter */
	int64_t wanted;		   /* bytes known of so far */
	struct rcp_host from;
	struct rcp_host to;
};

/* Fetch what operand asks for; the wire's command is "scp -f" already. target: a local path. */
NK_MUST_CHECK int rcp_fetch(struct rcp *rcp, struct rcp_wire *wire,
			    const struct scp_operand *source, const char *target,
			    struct nk_err *err);

/* Send the local file or folder at path; the wire's command is "scp -t". */
NK_MUST_CHECK int rcp_send(struct rcp *rcp, struct rcp_wire *wire, const char *path,
			   struct nk_err *err);

/* From one server to another. */
NK_MUST_CHECK int rcp_relay(struct rcp *rcp, struct rcp_wire *from, struct rcp_wire *to,
			    const struct scp_operand *source, struct nk_err *err);

/*
 * May this line come from the server as the first of a tree (depth 0) or below? Names must be names,
 * and at depth 0 those that were asked for; folders only with -r. Fails with protocol.
 */
NK_MUST_CHECK int rcp_check(const struct rcp *rcp, const struct scp_operand *source,
			    const struct rcp_line *line, int depth, struct nk_err *err);

/* length bytes went by: the meter and the rate limit. */
NK_MUST_CHECK int rcp_moved(struct rcp *rcp, size_t length, struct nk_err *err);

/* A file is done: count it, and print its record where records were asked for. from and to are
 * labels. */
struct rcp_done {
	const char *from;
	const char *to;
	int64_t bytes;
	double seconds;
};
NK_MUST_CHECK int rcp_done(struct rcp *rcp, const struct rcp_done *done, struct nk_err *err);

/* The operand as a URL, with the port that host goes by; a new string. */
char *rcp_label(const struct rcp_host *host, const struct scp_operand *operand);

#endif
