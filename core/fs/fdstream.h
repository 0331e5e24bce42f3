/*
 * Streams on a descriptor: a local file that is read, a pipe or device in either direction, standard
 * input and output.
 */
#ifndef NETKIT_FS_FDSTREAM_H
#define NETKIT_FS_FDSTREAM_H

#include "netkit/fs.h"

struct nk_fd_how {
	int fd;
	bool is_owned;	  /* closed with the stream */
	bool is_stdout;	  /* when nobody reads it any more, the program ends as cat does */
	bool is_regular;  /* never waits */
	const char *name; /* for messages; copied */
	int64_t size;	  /* of the whole file, -1 unknown */
	int64_t mtime;
	int mode;	     /* permissions, 0 unknown */
	int64_t left;	     /* bytes to read before the end is told, -1: all there are */
	nk_time_ms deadline; /* of all waiting */
};

/* Cannot fail. The stream owns the descriptor when how says so. */
struct nk_stream *nk_fd_stream_new(const struct nk_fd_how *how);

#endif
