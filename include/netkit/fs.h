/*
 * Files, wherever they are, as one interface. A protocol fills struct nk_fs_ops; recursion, resume,
 * verification, parallel copies and globs are written once, above it.
 *
 * A struct nk_fs is one mounted session, used by one thread. Paths are absolute, "/" separated, as
 * the server spells them, never empty; names are passed on exactly as sent, and made safe where
 * they become local names (nk_fs_safe_name) or text (nk_text).
 */
#ifndef NETKIT_FS_H
#define NETKIT_FS_H

#include "netkit/arena.h"
#include "netkit/clock.h"
#include "netkit/digest.h"
#include "netkit/session.h"
#include "netkit/spool.h"

struct nk_fs;
struct nk_ranges; /* core/fs/ranges.h */
struct nk_stream;

enum nk_fs_caps {
	NK_FS_CAP_RESUME = 1 << 0,	/* open takes an offset */
	NK_FS_CAP_PARALLEL = 1 << 1,	/* more than one session at a time makes sense */
	NK_FS_CAP_LINKS = 1 << 2,	/* symbolic links are followed by open for reading */
	NK_FS_CAP_CHECKS_SIZE = 1 << 3, /* close of a write compares what the server has stored */
	NK_FS_CAP_ANNOUNCES = 1 << 4,	/* open for reading learns size and mtime by itself */
	NK_FS_CAP_MODES = 1 << 5,	/* a file's permissions are sent along with it */
	NK_FS_CAP_RANGES =
		1 << 6, /* open for reading takes a length, and several may read a file */
	NK_FS_CAP_PIECES =
		1 << 7, /* open for writing takes in_pieces, and then either its stream has
					 * write_at, or others are opened with a length */
};

enum nk_direction { NK_READ, NK_WRITE };

/* What open is told. Fields that do not apply are 0; unknown sizes and times are -1. */
struct nk_open_how {
	enum nk_direction direction;
	int64_t offset; /* first byte to read or write; the bytes before it are there already */
	int64_t length; /* so many bytes from there on, 0: to the end. Reading, size is known: where
			   * that is not its end, a stream may yield more, and closing it earlier is no
			   * failure. Writing: a piece of a file that is there, while others may write
			   * other pieces */
	bool in_pieces; /* writing: the bytes will come in any order; size is known */
	bool keeps_pieces; /* and those that an earlier such write left stay, whatever offset says */
	int64_t size;	   /* expected size of the whole file, -1 unknown */
	bool must_be_new;  /* writing fails with exists when the target is there */
	bool is_text;	   /* ASCII or netascii was asked for */
	bool append;	   /* writing: add to the end of what is there */
	bool sync;	   /* writing: close when it is on the disk */
	int mode;	   /* writing: permissions of a new file, less the umask; 0 the usual */
	nk_time_ms deadline; /* for what waits without a peer: a pipe, standard input */
	const char *
		identity; /* writing: one line that names the source's version, for a later resume */
};

/* What an interrupted write left. */
struct nk_left_over {
	int64_t offset;	   /* so many bytes from the first on */
	bool is_scattered; /* and others behind them, with gaps: see keeps_pieces */
};

/* Whom a file is given to. */
struct nk_owner {
	int64_t uid;	 /* -1: stays as it is */
	int64_t gid;	 /* likewise */
	bool is_of_link; /* a link at the end of the path is not followed */
};

/* A file system, as statvfs(3) has it; what is not known is -1. */
struct nk_volume {
	int64_t total;	   /* bytes */
	int64_t free;	   /* of them, for root */
	int64_t available; /* of them, for us */
	int64_t files;	   /* inodes */
	int64_t files_free;
	int64_t files_available;
};

/*
 * What a protocol offers. A NULL member: this protocol cannot; core words the error and hides the
 * verb. Every function fails with the domains of err.h; MISSING, DENIED, EXISTS and FULL as
 * precisely as the server's words allow.
 */
struct nk_fs_ops {
	const char *name; /* of the protocol, for messages */
	unsigned caps;	  /* enum nk_fs_caps */

	/* How many small files of one job can be on their way at the same time, because the sessions
	 * of one place share a connection; 0: one. Mounting another session then costs nothing. */
	int lanes;

	/* Dial and log in; nothing is listed yet. session: borrowed, outlives the fs. With mount_early,
	 * what came of it is noted (nk_session_note_login). */
	int (*mount)(struct nk_session *session, struct nk_fs **fs, struct nk_err *err);

	/* Mount one more while another thread mounts the first, which it waits for where it has to
	 * (nk_session_await_login). Optional, for protocols that dial for each. */
	int (*mount_early)(struct nk_session *session, struct nk_fs **fs, struct nk_err *err);

	/* Polite goodbye if the connection lives, else just close. Frees fs. */
	void (*unmount)(struct nk_fs *fs);

	/* Is the connection still there, as far as can be seen without asking the server? For one that
	 * was idle. Optional. */
	bool (*is_alive)(struct nk_fs *fs);

	/* Put every entry of the folder but "." and ".." into spool, names exactly as sent. */
	int (*list)(struct nk_fs *fs, const char *path, struct nk_spool *spool, struct nk_err *err);

	/* What path is. entry: its strings live in arena. Follows no link at the end of path where
	 * the protocol can tell. */
	int (*stat)(struct nk_fs *fs, const char *path, struct nk_arena *arena,
		    struct nk_entry *entry, struct nk_err *err);

	/* Begin to read or write; one stream at a time in one fs. how: borrowed for the call. */
	int (*open)(struct nk_fs *fs, const char *path, const struct nk_open_how *how,
		    struct nk_stream **stream, struct nk_err *err);

	/* The next open will be exactly this one: it may be begun before the current stream is
	 * closed. Optional; never fails, and may do nothing. */
	void (*ahead)(struct nk_fs *fs, const char *path, const struct nk_open_how *how);

	/* How much of a file with this identity (NULL: any) an earlier, interrupted write left.
	 * force: whatever is there will do. Optional; without it core compares sizes when it is
	 * told to. */
	int (*left_over)(struct nk_fs *fs, const char *path, const char *identity, bool force,
			 struct nk_left_over *left, struct nk_err *err);

	int (*mkdir)(struct nk_fs *fs, const char *path, struct nk_err *err);
	int (*rmdir)(struct nk_fs *fs, const char *path, struct nk_err *err);
	int (*unlink)(struct nk_fs *fs, const char *path, struct nk_err *err);
	int (*rename)(struct nk_fs *fs, const char *path, const char *to, struct nk_err *err);
	int (*chmod)(struct nk_fs *fs, const char *path, int mode, struct nk_err *err);
	int (*set_mtime)(struct nk_fs *fs, const char *path, int64_t mtime, struct nk_err *err);
	int (*chown)(struct nk_fs *fs, const char *path, const struct nk_owner *owner,
		     struct nk_err *err);

	/* A symbolic link at path that points to target. */
	int (*symlink)(struct nk_fs *fs, const char *target, const char *path, struct nk_err *err);

	/* Another name for the file at path: a hard link. */
	int (*link)(struct nk_fs *fs, const char *path, const char *to, struct nk_err *err);

	/* Copy the bytes of the file at path to `to`, made or emptied before, without their coming
	 * here; *bytes is how many. Optional; core copies through here where it is unsupported. */
	int (*copy)(struct nk_fs *fs, const char *path, const char *to, int64_t *bytes,
		    struct nk_err *err);

	/* The hash of the first length bytes (-1: all) in lower-case hexadecimal. kind: the wish,
	 * NK_DIGEST_NONE for the server's best; what it is comes back in kind. */
	int (*hash)(struct nk_fs *fs, const char *path, int64_t length, enum nk_digest_kind *kind,
		    char out[NK_DIGEST_TEXT], struct nk_err *err);

	/* Bytes free at path; *total is -1 when it is not known. */
	int (*space)(struct nk_fs *fs, const char *path, int64_t *available, int64_t *total,
		     struct nk_err *err);

	/* All that is known of the file system at path. Optional, beside space. */
	int (*volume)(struct nk_fs *fs, const char *path, struct nk_volume *volume,
		      struct nk_err *err);

	/* The path as the server itself spells it, "/~/x" resolved: a new string in *real. Optional. */
	int (*real_path)(struct nk_fs *fs, const char *path, char **real, struct nk_err *err);

	/* Send a command of the protocol as it is ("SITE HELP"); what the server says goes to reply.
	 * Optional, for the prompt's quote. */
	int (*command)(struct nk_fs *fs, const char *line, struct nk_buf *reply,
		       struct nk_err *err);
};

/* A protocol's mounted session begins with this. */
struct nk_fs {
	const struct nk_fs_ops *ops;
	struct nk_session *session; /* borrowed */
};

struct nk_stream_ops {
	/* At most size bytes; 0 at the end. Optional on a stream that writes: there it reads back
	 * what is stored so far, from the first byte. */
	ssize_t (*read)(struct nk_stream *stream, void *bytes, size_t size, struct nk_err *err);

	/* All of them. */
	int (*write)(struct nk_stream *stream, const void *bytes, size_t length,
		     struct nk_err *err);

	/* Was everything accepted? Reading: the server says it sent all. Writing: it is stored
	 * under its name. Frees the stream, also on failure. */
	int (*close)(struct nk_stream *stream, struct nk_err *err);

	/* Give up: what was written so far stays only where it can be resumed. Frees the stream. */
	void (*abandon)(struct nk_stream *stream);

	/* The descriptor behind the stream, for the kernel to move bytes by itself: -1 when there
	 * is none, or something is buffered. Optional. */
	int (*raw_fd)(struct nk_stream *stream);

	/* length bytes went through raw_fd. Optional, with it. */
	void (*moved)(struct nk_stream *stream, int64_t length);

	/* Write these bytes of the file, all of them; by several threads at a time. Optional, where
	 * it was opened in_pieces. */
	int (*write_at)(struct nk_stream *stream, int64_t offset, const void *bytes, size_t length,
			struct nk_err *err);

	/* Which bytes are there already, with write_at; borrowed, good until the first write. */
	const struct nk_ranges *(*held)(struct nk_stream *stream);
};

/* An open file begins with this. */
struct nk_stream {
	const struct nk_stream_ops *ops;
	int64_t size;  /* of the whole file as the server announced it when opening, or -1 */
	int64_t mtime; /* likewise, NK_ENTRY_NO_TIME when unknown */
	int mode;      /* likewise, permissions; 0 when unknown */
};

/* A place that can be mounted: which protocol, which session, which path in it. */
struct nk_place {
	const struct nk_fs_ops *ops;
	struct nk_session *session; /* borrowed */
	char *path;		    /* owned */
};

/* The wrappers check what the protocol offers and put the path before errors. */
NK_MUST_CHECK int nk_fs_mount(const struct nk_place *place, struct nk_fs **fs, struct nk_err *err);
NK_MUST_CHECK int nk_fs_mount_early(const struct nk_place *place, struct nk_fs **fs,
				    struct nk_err *err); /* where it is offered */
void nk_fs_unmount(struct nk_fs *fs);			 /* accepts NULL */
NK_MUST_CHECK int nk_fs_list(struct nk_fs *fs, const char *path, struct nk_spool *spool,
			     struct nk_err *err);
NK_MUST_CHECK int nk_fs_stat(struct nk_fs *fs, const char *path, struct nk_arena *arena,
			     struct nk_entry *entry, struct nk_err *err);
NK_MUST_CHECK int nk_fs_open(struct nk_fs *fs, const char *path, const struct nk_open_how *how,
			     struct nk_stream **stream, struct nk_err *err);
void nk_fs_ahead(struct nk_fs *fs, const char *path, const struct nk_open_how *how);
NK_MUST_CHECK int nk_fs_mkdir(struct nk_fs *fs, const char *path, struct nk_err *err);
NK_MUST_CHECK int nk_fs_rmdir(struct nk_fs *fs, const char *path, struct nk_err *err);
NK_MUST_CHECK int nk_fs_unlink(struct nk_fs *fs, const char *path, struct nk_err *err);
NK_MUST_CHECK int nk_fs_rename(struct nk_fs *fs, const char *path, const char *to,
			       struct nk_err *err);
NK_MUST_CHECK int nk_fs_chmod(struct nk_fs *fs, const char *path, int mode, struct nk_err *err);
NK_MUST_CHECK int nk_fs_set_mtime(struct nk_fs *fs, const char *path, int64_t mtime,
				  struct nk_err *err);
NK_MUST_CHECK int nk_fs_chown(struct nk_fs *fs, const char *path, const struct nk_owner *owner,
			      struct nk_err *err);
NK_MUST_CHECK int nk_fs_symlink(struct nk_fs *fs, const char *target, const char *path,
				struct nk_err *err);
NK_MUST_CHECK int nk_fs_link(struct nk_fs *fs, const char *path, const char *to,
			     struct nk_err *err);
NK_MUST_CHECK int nk_fs_copy(struct nk_fs *fs, const char *path, const char *to, int64_t *bytes,
			     struct nk_err *err);
NK_MUST_CHECK int nk_fs_hash(struct nk_fs *fs, const char *path, int64_t length,
			     enum nk_digest_kind *kind, char out[NK_DIGEST_TEXT],
			     struct nk_err *err);
NK_MUST_CHECK int nk_fs_space(struct nk_fs *fs, const char *path, int64_t *available,
			      int64_t *total, struct nk_err *err);

/* What volume says, or as much of it as space knows. */
NK_MUST_CHECK int nk_fs_volume(struct nk_fs *fs, const char *path, struct nk_volume *volume,
			       struct nk_err *err);

/* Make the folder and those above it; one that exists is no error. */
NK_MUST_CHECK int nk_fs_mkdir_all(struct nk_fs *fs, const char *path, struct nk_err *err);

NK_MUST_CHECK ssize_t nk_stream_read(struct nk_stream *stream, void *bytes, size_t size,
				     struct nk_err *err);
NK_MUST_CHECK int nk_stream_write(struct nk_stream *stream, const void *bytes, size_t length,
				  struct nk_err *err);
NK_MUST_CHECK int nk_stream_close(struct nk_stream *stream, struct nk_err *err);
void nk_stream_abandon(struct nk_stream *stream); /* accepts NULL */

/*
 * May a name that a server sent become a file name here? Not "", ".", "..", nothing with a slash or
 * NUL, at most NAME_MAX bytes. Fails with protocol.
 */
NK_MUST_CHECK int nk_fs_safe_name(const char *name, struct nk_err *err);

/* folder + "/" + name, without doubling the slash; a new string. */
char *nk_path_join(const char *folder, const char *name);

/* The last component, "" for the root; borrowed from path. A trailing slash is not counted: "b" of
 * "/a/b/" needs a copy, so path is returned cut by the caller with nk_path_trim first. */
const char *nk_path_name(const char *path);

/* A copy of path without slashes at its end; "/" stays. */
char *nk_path_trim(const char *path);

/* The folder that holds path: "/a" of "/a/b", "/" of "/b", "." of "b"; a new string. */
char *nk_path_parent(const char *path);

NK_AUTO_HANDLE(fs, struct nk_fs *, nk_fs_unmount)
NK_AUTO_HANDLE(stream, struct nk_stream *, nk_stream_abandon)

#endif
