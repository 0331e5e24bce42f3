/*
 * A local file that is being written, for the files that implement it.
 */
#ifndef NETKIT_FS_PARTSTATE_H
#define NETKIT_FS_PARTSTATE_H

#include <pthread.h>
#include <sys/types.h>

#include "info.h"
#include "part.h"

/* From here on a crash should not cost the user what was fetched. */
#define PART_INFO_FROM (1 << 20)

struct part {
	struct nk_stream stream;
	struct nk_spot spot; /* where the complete file belongs */
	char *path;	     /* for messages */
	char *work;	     /* the name written to: NAME.part, or a hidden one */
	char *info;	     /* NAME.part.info; NULL with a hidden name */
	char *identity;	     /* NULL: nobody could go on later */
	int fd;
	int mode;	 /* permissions of the file that is replaced, -1: there is none */
	mode_t new_mode; /* of a file that replaces none, less the umask */
	int64_t offset;	 /* bytes that were there before */
	int64_t written; /* bytes since */
	int64_t read_at;
	bool must_be_new;
	bool sync;
	bool has_info;	 /* info is there and names identity */
	bool is_adopted; /* NAME.part was there before and not ours: never removed */

	/* Of a file that comes in pieces: its size, and under the lock what is there of it, and the
	 * bytes that came since that was written down. */
	bool in_pieces;
	int64_t size;
	pthread_mutex_t lock;
	struct nk_ranges held;
	int64_t unnoted;
};

extern const struct nk_stream_ops nk_part_ops;

void nk_part_free(struct part *part);

/* false when somebody else holds it; where there are no locks, nobody does. */
bool nk_part_lock(int fd, int how);

bool nk_part_is_same_file(int folder, const char *name, int fd);

/* renameat, failing where there is something already. */
int nk_part_rename_new(int folder, const char *from, const char *to);

/* ".netkit-0123456789abcdef", a new string; NULL without random numbers. */
char *nk_part_hidden_name(void);

/* A name may be both a file's own and that of a part: "x.part", where "x" is being written. The part goes
 * out of the way when the file is complete, and whoever writes it finds it again. */

/* Give such a part another name. false, and it is still there: it cannot be had. */
bool nk_part_move_aside(const struct nk_spot *spot);

/* Write under the name that the part was given meanwhile, if it was; it cannot be gone on from later. */
void nk_part_follow(struct part *part);

/* Give it the name it is to have; false with errno. */
bool nk_part_take_name(struct part *part);

/* Write the identity down, once; what cannot be resumed later is no failure now. */
bool nk_part_keep_identity(struct part *part);

/* The same for pieces: what is there now, after it is on the disk where that was asked for. Nothing is
 * lost when it fails: what was noted before is still so. */
bool nk_part_note_pieces(struct part *part);

/* Take away NAME.part, unless it was there before us, and its info. */
void nk_part_remove(struct part *part);

/* Permissions of the file whose place will be taken, -1: there is none. */
int nk_part_replaced_mode(const struct nk_spot *spot);

/* What replaces a file may be as secret as that: until it is complete, and should it stay a partial
 * file, it is for nobody else. */
mode_t nk_part_first_mode(const struct part *part);

#endif
