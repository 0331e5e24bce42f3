/*
 * ftp, private to the applet: the conversation (RFC 959, 2228, 2389, 2428, 3659, 4217, 7151), its
 * data connections and the pure parsers of what servers say.
 */
#ifndef APPLETS_FTP_H
#define APPLETS_FTP_H

#include "netkit/applet.h"
#include "netkit/fs.h"
#include "netkit/line.h"
#include "netkit/reply.h"

struct ftp_opts {
	bool active;	     /* the server connects to us: EPRT, PORT */
	bool passive;	     /* classic -p: the default, accepted */
	bool ascii;	     /* TYPE A */
	bool compress;	     /* MODE Z */
	const char *host;    /* HOST (RFC 7151) */
	const char *account; /* ACCT */
};

/* What FEAT announced (RFC 2389), or what the server is known to do. */
enum ftp_feature {
	FTP_FEAT_MLST = 1 << 0,
	FTP_FEAT_SIZE = 1 << 1,
	FTP_FEAT_MDTM = 1 << 2,
	FTP_FEAT_MFMT = 1 << 3,
	FTP_FEAT_REST = 1 << 4,
	FTP_FEAT_UTF8 = 1 << 5,
	FTP_FEAT_HASH = 1 << 6,
	FTP_FEAT_XSHA256 = 1 << 7,
	FTP_FEAT_XSHA512 = 1 << 8,
	FTP_FEAT_XSHA1 = 1 << 9,
	FTP_FEAT_XMD5 = 1 << 10,
	FTP_FEAT_XCRC = 1 << 11,
	FTP_FEAT_AVBL = 1 << 12,
	FTP_FEAT_MODE_Z = 1 << 13,
	FTP_FEAT_RANG = 1 << 14,
};

/* The open the worker will do next (nk_fs_ahead), and how much of it was sent. */
struct ftp_ahead {
	char *path; /* owned; NULL: none announced */
	struct nk_open_how how;
	bool is_sent;	   /* EPSV was sent, its reply not yet read */
	bool is_commanded; /* so was RETR */
};

struct ftp_stream;

struct ftp {
	struct nk_fs fs;
	const struct ftp_opts *opts;
	struct nk_conn *control;
	struct nk_reply reply;	 /* the last one */
	unsigned features;	 /* enum ftp_feature */
	char hash_names[256];	 /* of HASH, as FEAT lists them */
	char *cwd;		 /* where CWD went; NULL: the login folder */
	char *home;		 /* the login folder, once it was asked for */
	char type;		 /* 'I' or 'A', 0 before TYPE */
	bool is_pipelined;	 /* this server reads commands one by one from whatever arrives */
	bool is_patient;	 /* and reads none of them while data flow */
	bool is_without_telnet;	 /* it takes the byte 255 as it is */
	bool is_list_plain;	 /* LIST -a is not understood */
	bool shows_itself;	 /* LIST -a shows a folder itself, "." */
	bool hides_itself;	 /* it shows others, but not that one */
	bool is_without_epsv;	 /* it was refused: PASV */
	bool is_protected;	 /* PROT P */
	bool is_deflated;	 /* MODE Z */
	bool is_broken;		 /* the conversation is out of step: only a new one helps */
	struct nk_err broken_by; /* why, where it is known: told by whoever tries to go on */
	bool is_vague;		 /* the last refusal did not say whether the file is there */
	struct ftp_ahead ahead;
};

/* ---- the conversation: proto.c ---- */

/* Connect, secure, log in, learn what the server can do. */
NK_MUST_CHECK int ftp_mount(struct nk_session *session, struct nk_fs **fs, struct nk_err *err);
NK_MUST_CHECK int ftp_mount_early(struct nk_session *session, struct nk_fs **fs,
				  struct nk_err *err);
void ftp_unmount(struct nk_fs *fs);
bool ftp_is_alive(struct nk_fs *fs);

/* Steps of it. A new one is not connected yet. */
struct ftp *ftp_new(struct nk_session *session);
void ftp_free(struct ftp *ftp);
NK_MUST_CHECK int ftp_greeting(struct ftp *ftp, struct nk_err *err);
NK_MUST_CHECK int ftp_secure(struct ftp *ftp, struct nk_err *err);
NK_MUST_CHECK int ftp_login(struct ftp *ftp, struct nk_err *err);

/* What a server shows of itself: look.c. */
int ftp_look(struct nk_session *session, const char *path, struct nk_facts *facts,
	     struct nk_err *err);

/* Send one command; the reply is read by ftp_answer, in order. */
NK_MUST_CHECK int ftp_send(struct ftp *ftp, struct nk_err *err, const char *format, ...)
	NK_PRINTF(3, 4);

/* Read the next reply into ftp->reply. 421 and a lost line end the session (lost, again). */
NK_MUST_CHECK int ftp_answer(struct ftp *ftp, struct nk_err *err);

/* Send and answer; the reply must be of this class (2, 3), otherwise it is the error. */
NK_MUST_CHECK int ftp_command(struct ftp *ftp, int class, struct nk_err *err, const char *format,
			      ...) NK_PRINTF(4, 5);

/* Turn ftp->reply into an error, by its code and then by its words. Returns -1. */
int ftp_refused(struct ftp *ftp, struct nk_err *err, const char *what);

/* Longest path sent: what a line holds beside the command. */
#define FTP_PATH_MAX (NK_LINE_MAX - 128)

/* Can the path stand in a command line? */
bool ftp_can_send(const char *path);

/* The path as the server knows it: "/~/x" is below the login folder. A new string in *real. Fails
 * with usage when it cannot be sent. */
NK_MUST_CHECK int ftp_real_path(struct ftp *ftp, const char *path, char **real, struct nk_err *err);

/* Switch between 'I' and 'A' when it is not so already. */
NK_MUST_CHECK int ftp_set_type(struct ftp *ftp, char type, struct nk_err *err);

/* Everything that was sent ahead is taken back, so that another command can be sent. */
NK_MUST_CHECK int ftp_settle(struct ftp *ftp, struct nk_err *err);

/* ---- what is sent ahead: ahead.c ---- */

void ftp_forget_ahead(struct ftp *ftp);

/*
 * Send what the next open needs, in the packet that is being put together. ProFTPD refuses it while
 * data flow, so it is sent when they have ended, before the reply that says so. For a write only
 * the port is asked for: STOR empties the file, and its source may yet fail to open.
 */
NK_MUST_CHECK int ftp_send_ahead(struct ftp *ftp, struct nk_err *err);

/* ---- data connections: data.c ---- */

/* One data connection on its way: passive (conn) or active (listener). */
struct ftp_data {
	struct nk_conn *conn;
	struct nk_listener *listener;
};

/* Agree on a data connection: EPSV, PASV, EPRT or PORT; it is dialled but not waited for. */
NK_MUST_CHECK int ftp_data_prepare(struct ftp *ftp, struct ftp_data *data, struct nk_err *err);

/* The command for the next passive connection, and taking the reply to it. */
const char *ftp_data_verb(const struct ftp *ftp);
NK_MUST_CHECK int ftp_data_dial(struct ftp *ftp, struct ftp_data *data, struct nk_err *err);

/* The transfer has been accepted: wait for the connection, secure it when data is protected. */
NK_MUST_CHECK int ftp_data_establish(struct ftp *ftp, struct ftp_data *data, struct nk_err *err);
void ftp_data_release(struct ftp_data *data);

/* ---- transfers: stream.c ---- */

/* Start a transfer by a command line ("RETR a", "MLSD /pub"): a stream of raw bytes. Fails as
 * ftp_refused does. The path, for messages and checks, may be NULL. */
NK_MUST_CHECK int ftp_transfer(struct ftp *ftp, const struct nk_open_how *how, const char *verb,
			       const char *path, struct nk_stream **stream, struct nk_err *err);

NK_MUST_CHECK int ftp_open(struct nk_fs *fs, const char *path, const struct nk_open_how *how,
			   struct nk_stream **stream, struct nk_err *err);
void ftp_ahead(struct nk_fs *fs, const char *path, const struct nk_open_how *how);

/* ---- files: files.c, tree.c ---- */

NK_MUST_CHECK int ftp_list(struct nk_fs *fs, const char *path, struct nk_spool *spool,
			   struct nk_err *err);
NK_MUST_CHECK int ftp_stat(struct nk_fs *fs, const char *path, struct nk_arena *arena,
			   struct nk_entry *entry, struct nk_err *err);

/* What is at a real path, without its details. */
enum ftp_presence { FTP_ABSENT, FTP_IS_FILE, FTP_IS_DIR };
NK_MUST_CHECK int ftp_probe(struct ftp *ftp, const char *real, enum ftp_presence *presence,
			    struct nk_err *err);

/* A vague refusal made precise: err, about reading or changing the real path, becomes missing,
 * or denied by what a look at the server shows. Returns -1. */
int ftp_refine(struct ftp *ftp, const char *real, struct nk_err *err);

extern const struct nk_fs_ops ftp_fs;

/* ---- pure parsers: parse.c, mlst.c, list.c ---- */

/* "229 Entering Extended Passive Mode (|||6446|)" (RFC 2428 3): text after the code. */
bool ftp_parse_epsv(const char *text, int *port);

/* "227 Entering Passive Mode (h1,h2,h3,h4,p1,p2)" (RFC 959 4.1.2): the address is read past. */
bool ftp_parse_pasv(const char *text, int *port);

/* "257 "/a ""b"" /c" is the current directory": the quoted path, quotes undoubled. A new string, or
 * NULL. */
char *ftp_parse_quoted(const char *text);

/* The lines of FEAT: features, and the names that HASH lists. */
unsigned ftp_parse_feat(const char *text, char *hash_names, size_t size);

/* "20260102030405[.sss]" (RFC 3659 2.3), UTC. */
bool ftp_parse_time(const char *text, size_t length, int64_t *seconds);

/* "(1048576 bytes)" in the reply that opens a transfer; -1 when there is none. */
int64_t ftp_parse_announced(const char *text);

/* The hexadecimal hash of that many digits in a reply; false when there is none. */
bool ftp_parse_hash(const char *text, size_t digits, char out[NK_DIGEST_TEXT]);

/*
 * One entry of MLSD or MLST, "type=file;size=12;modify=20260102030405; name" (RFC 3659 7). The line
 * is cut up in place; entry's strings point into it. false: not an entry, or "." or "..".
 */
bool ftp_parse_mlst(char *line, struct nk_entry *entry);

/*
 * One line of LIST: Unix ls -l, DOS, EPLF. The line is cut up in place. now: seconds since the
 * epoch, for dates without a year. false: not an entry (a total, a heading, "." or "..").
 */
bool ftp_parse_list(char *line, int64_t now, struct nk_entry *entry);

/* ---- line ends: text.c; compression: deflate.c ---- */

/* CRLF to LF, in place; *held: a CR that ended the piece before. Returns the new length; out must
 * have room for one byte more. */
size_t ftp_text_decode(char *bytes, size_t length, bool *held);

struct ftp_deflate;

/* One direction of MODE Z (draft-preston-ftpext-deflate). Fails with unsupported without zlib. */
NK_MUST_CHECK int ftp_deflate_new(enum nk_direction direction, struct ftp_deflate **deflate,
				  struct nk_err *err);

/* Read from conn and inflate: bytes, 0 at the end of the deflate stream and of the connection. */
NK_MUST_CHECK ssize_t ftp_deflate_read(struct ftp_deflate *deflate, struct nk_conn *conn,
				       void *bytes, size_t size, struct nk_err *err);

/* Deflate and send; is_last flushes the stream's end. */
NK_MUST_CHECK int ftp_deflate_write(struct ftp_deflate *deflate, struct nk_conn *conn,
				    const void *bytes, size_t length, bool is_last,
				    struct nk_err *err);
void ftp_deflate_free(struct ftp_deflate *deflate);

#endif
