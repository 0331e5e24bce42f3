/*
 * Small files of one entry a line that several programs read and change at the same time: what is
 * remembered about peers.
 *
 * Whoever changes one holds a lock on it. Lines are added in one write; lines are taken out by a new
 * file that is renamed over the old one, so that a reader sees all of the one or of the other.
 */
#ifndef NETKIT_LINEFILE_H
#define NETKIT_LINEFILE_H

#include "netkit/buf.h"
#include "netkit/err.h"

/* Largest file that is read; a longer one is refused. */
#define NK_LINEFILE_MAX ((size_t)64 * 1024 * 1024)

/* A file in memory, and how far its lines were taken. */
struct nk_linefile {
	struct nk_buf text;
	size_t at;
	long line; /* number of the line that was taken last, from 1 */
};

#define NK_LINEFILE_INIT                                                                           \
	{                                                                                          \
		.text = NK_BUF_INIT(NK_LINEFILE_MAX)                                               \
	}

/*
 * Read path. is_private: refuse a symbolic link, what is no regular file, belongs to somebody else or
 * can be written by others. Fails with missing when there is no such file; read.
 */
NK_MUST_CHECK int nk_linefile_read(struct nk_linefile *file, const char *path, bool is_private,
				   struct nk_err *err);

/* The next line, borrowed, without its end; false behind the last. */
bool nk_linefile_next(struct nk_linefile *file, const char **line, size_t *length);
void nk_linefile_release(struct nk_linefile *file);
NK_AUTO(linefile, struct nk_linefile, nk_linefile_release)

/*
 * Open a file for adding, made with 0600 and the folders above it with 0700 where they are not there,
 * and wait for its lock, which closing gives back. One that is not private may be a device: it is not
 * locked. is_private: as nk_linefile_read has it. Fails with write, timeout (somebody holds the lock
 * for seconds), interrupt.
 */
NK_MUST_CHECK int nk_linefile_lock(const char *path, bool is_private, int *fd, struct nk_err *err);

/* Read what the locked file holds. Fails with read. */
NK_MUST_CHECK int nk_linefile_read_fd(struct nk_linefile *file, int fd, const char *path,
				      struct nk_err *err);

/* Add a line, which brings its own end, whole or not at all. Fails with write. */
NK_MUST_CHECK int nk_linefile_add(int fd, const char *path, const char *line, struct nk_err *err);

/*
 * Take out the lines that drops says; the file keeps its permissions and owner, and a symbolic link
 * stays one. What others append to it meanwhile, with or without the lock, is kept. Returns how many went; 0, with nothing written, also when there is no such file. Fails
 * with read, write, timeout, interrupt.
 */
struct nk_linefile_how {
	bool (*drops)(const char *line, size_t length, long number, void *arg);
	void *arg;
	bool is_private; /* as nk_linefile_read has it */
};
NK_MUST_CHECK int nk_linefile_take_out(const char *path, const struct nk_linefile_how *how,
				       struct nk_err *err);

#endif
