/*
 * SFTP and scp: two applets over one engine. Private to this folder.
 *
 * SFTP is version 3 (draft-ietf-secsh-filexfer-02) with OpenSSH's extensions (PROTOCOL of OpenSSH,
 * section 4), which is what servers speak.
 */
#ifndef SFTP_H
#define SFTP_H

#include "link.h"
#include "netkit/applet.h"

/* Options of both applets, good with every verb: what ssh(1) calls the same. */
struct sftp_opts {
	struct nk_strings options;    /* -o Key=Value */
	struct nk_strings identities; /* -i */
	const char *jump;	      /* -J */
	const char *config;	      /* -F */
	const char *ciphers;	      /* -c */
	int port;		      /* -P, 0: none */
	bool compress;		      /* -C */
	bool ipv4;		      /* -4 */
	bool ipv6;		      /* -6 */
};

extern const struct nk_opt sftp_options[];

/* Files over SFTP: of both applets. */
extern const struct nk_fs_ops sftp_fs;

/* The classic forms. */
int sftp_classic_run(struct nk_ctx *ctx, struct nk_err *err);
int scp_classic_run(struct nk_ctx *ctx, struct nk_err *err);

/* What -l and -S of both say in common options; 0 and NULL: nothing. */
void sftp_apply_route(int kbits, const char *program, struct nk_common *common);

/* ---- a server and its conversations, which all sessions of a pool share: site.c ---- */

struct sftp_site;

/* One conversation of a site, and who uses it; its members are under the site's lock. */
struct sftp_line {
	struct sftp_link *link; /* owned */
	int users;
	int large; /* large files under way */
	struct sftp_line *next;
};

/* A mounted session: not more than a way into the site. */
struct sftp {
	struct nk_fs fs;
	struct sftp_site *site; /* borrowed from the session */
	struct sftp_line *line; /* borrowed from the site */
	struct sftp_link *link; /* of line */
	struct sftp_waiter waiter;
	struct nk_buf out;  /* requests that are put together */
	char *tilde;	    /* "~user" that was asked for last, and what it is; owned */
	char *tilde_folder; /* owned */
};

NK_MUST_CHECK int sftp_mount(struct nk_session *session, struct nk_fs **fs, struct nk_err *err);

/* With a line of its own, dialed beside the first. */
NK_MUST_CHECK int sftp_mount_early(struct nk_session *session, struct nk_fs **fs,
				   struct nk_err *err);
void sftp_unmount(struct nk_fs *fs);
bool sftp_is_alive(struct nk_fs *fs);

/* The logged-in connection of a mounted session, for commands beside SFTP. Borrowed. */
struct nk_ssh *sftp_ssh(struct sftp *sftp);

/* The line for a file, of so many bytes, -1 unknown: a large one gets one of its own where that can be
 * had. Given back by sftp_line_leave. */
struct sftp_line *sftp_line_take(struct sftp *sftp, int64_t size);

/* A line of its own for a part of a large file, however many there are. Fails with connect where none
 * can be had. Given back likewise. */
NK_MUST_CHECK int sftp_line_take_apart(struct sftp *sftp, int64_t size, struct sftp_line **line,
				       struct nk_err *err);
void sftp_line_leave(struct sftp *sftp, struct sftp_line *line, int64_t size);

/* Let the session speak over a channel that is there already, whose other end is a server, before it
 * is mounted. Both are taken over when this succeeds. Fails as sftp_link_open does. */
NK_MUST_CHECK int sftp_adopt(struct nk_session *session, struct nk_ssh *ssh,
			     struct nk_channel *channel, struct nk_err *err);

/* Dial and log in as the session and its options say, without SFTP. */
NK_MUST_CHECK int sftp_dial(struct nk_session *session, struct nk_ssh **ssh, struct nk_err *err);

/* Start the subsystem that sftp is, or the server that was named instead. */
NK_MUST_CHECK int sftp_start(const struct nk_session *session, struct nk_ssh *ssh,
			     struct nk_channel **channel, struct nk_err *err);

/* What both applets show of a server: look.c. */
int sftp_look(struct nk_session *session, const char *path, struct nk_facts *facts,
	      struct nk_err *err);

/* ---- requests and their replies: request.c ---- */

/* The path as it is sent: "/~/x" is "x", which servers take from the login folder. A new string in
 * *real. Fails as the server does for "/~user/x". */
NK_MUST_CHECK int sftp_real(struct sftp *sftp, const char *path, char **real, struct nk_err *err);

/* Put a request with one path at the end of sftp->out. */
NK_MUST_CHECK int sftp_ask(struct sftp *sftp, struct sftp_call *call, enum sftp_type type,
			   const char *path, struct nk_err *err);

/* Send all that was put together, and wait for the reply to call. */
NK_MUST_CHECK int sftp_exchange(struct sftp *sftp, struct sftp_call *call, struct nk_err *err);

/* The reply must be of this type (SFTP_STATUS: OK), otherwise it is the error. what: "open". */
NK_MUST_CHECK int sftp_expect(struct sftp_call *call, enum sftp_type type, const char *what,
			      struct nk_err *err);

/* Did the server refuse with this code? */
bool sftp_has_code(const struct sftp_call *call, enum sftp_code code);

/* Is err a refusal of which neither the code nor the words give the reason? */
bool sftp_is_unexplained(const struct nk_err *err);

/* A reply that cannot be read: protocol. Returns -1. */
int sftp_broken(const struct sftp_call *call, const char *what, struct nk_err *err);

/* What is at a path; follows: through a link at its end (STAT), else LSTAT. */
NK_MUST_CHECK int sftp_attrs(struct sftp *sftp, const char *real, bool follows,
			     struct sftp_attrs *attrs, struct nk_err *err);

/* What READLINK or REALPATH says of a path, a new string. */
NK_MUST_CHECK int sftp_path_of(struct sftp *sftp, enum sftp_type type, const char *path,
			       char **found, struct nk_err *err);

/* ---- files and folders: files.c, list.c, copy.c, hash.c ---- */

NK_MUST_CHECK int sftp_space(struct nk_fs *fs, const char *path, int64_t *available, int64_t *total,
			     struct nk_err *err);
NK_MUST_CHECK int sftp_volume(struct nk_fs *fs, const char *path, struct nk_volume *volume,
			      struct nk_err *err);
NK_MUST_CHECK int sftp_chown(struct nk_fs *fs, const char *path, const struct nk_owner *owner,
			     struct nk_err *err);
NK_MUST_CHECK int sftp_copy(struct nk_fs *fs, const char *path, const char *to, int64_t *bytes,
			    struct nk_err *err);
NK_MUST_CHECK int sftp_hash(struct nk_fs *fs, const char *path, int64_t length,
			    enum nk_digest_kind *kind, char out[NK_DIGEST_TEXT],
			    struct nk_err *err);

/* A word of a shell's command line. false: it did not fit. */
NK_MUST_CHECK bool sftp_quote(struct nk_buf *out, const char *text);

/* What sha256sum and its like write: so many digits, blanks, a name, one line. */
bool sftp_parse_hash_output(const char *text, size_t length, size_t digits,
			    char out[NK_DIGEST_TEXT]);

/* ---- open files: file.c, reader.c, writer.c ---- */

/* An open file of the server's. */
struct sftp_file {
	struct sftp *sftp;	/* borrowed; NULL: none is open */
	struct sftp_line *line; /* where it is open */
	struct sftp_link *link; /* of line */
	int64_t size;		/* as the line was taken for */
	char handle[SFTP_HANDLE_MAX];
	size_t handle_length;
};

/* Open a file as flags (enum sftp_open_flags) say; mode: permissions of a new one, 0 the usual. attrs
 * may be NULL; else the file's own, for which no round trip more is needed. */
struct sftp_open_how {
	unsigned flags;
	int mode;
	int64_t size;		  /* expected, -1 unknown */
	bool is_apart;		  /* over a connection that no other large file uses */
	struct sftp_attrs *attrs; /* NULL: not wanted; filled where the server tells */
};
NK_MUST_CHECK int sftp_file_open(struct sftp *sftp, const char *real,
				 const struct sftp_open_how *how, struct sftp_file *file,
				 struct nk_err *err);

/* Put a request that has only the file's handle at the end of sftp->out: CLOSE, FSTAT. */
NK_MUST_CHECK int sftp_file_ask(struct sftp_file *file, struct sftp_call *call, enum sftp_type type,
				struct nk_err *err);

/* Close it without waiting for the reply; does nothing when it is not open. After handle_length was
 * set to 0, because the caller has sent CLOSE, only what it took here is given back. */
void sftp_file_close(struct sftp_file *file);
NK_AUTO(file, struct sftp_file, sftp_file_close)

/* One READ or WRITE on its way. */
struct sftp_piece {
	struct sftp_call call;
	int64_t at;
	size_t length;
	bool is_rest; /* of a READ that was answered with less */
};

NK_MUST_CHECK int sftp_open_reader(struct sftp *sftp, const char *real,
				   const struct nk_open_how *how, struct nk_stream **stream,
				   struct nk_err *err);
NK_MUST_CHECK int sftp_open_writer(struct sftp *sftp, const char *real,
				   const struct nk_open_how *how, struct nk_stream **stream,
				   struct nk_err *err);

#endif
