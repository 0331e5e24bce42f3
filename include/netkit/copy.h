/*
 * Copying one file from any fs to any other: resume, verification, times, a shared rate limit.
 */
#ifndef NETKIT_COPY_H
#define NETKIT_COPY_H

#include <stdatomic.h>

#include "netkit/fs.h"

enum nk_resume { NK_RESUME_AUTO, NK_RESUME_NEVER, NK_RESUME_FORCE };
enum nk_verify { NK_VERIFY_AUTO, NK_VERIFY_SIZE, NK_VERIFY_HASH, NK_VERIFY_NONE };

/* Most connections for one file. */
#define NK_SEGMENTS_MAX 16

struct nk_limit;

/* A rate limit that all copies share, in bytes a second; 0 gives NULL, no limit. */
struct nk_limit *nk_limit_new(uint64_t rate);
void nk_limit_free(struct nk_limit *limit);

/* The most to move at once, so that the rate is smooth: at least 1, at most `most`, which is what
 * no limit (NULL) gives. */
size_t nk_limit_step(const struct nk_limit *limit, size_t most);

/* length bytes were moved: wait until others may follow, or deadline comes. Fails with interrupt or
 * terminate. */
NK_MUST_CHECK int nk_limit_took(struct nk_limit *limit, size_t length, nk_time_ms deadline,
				struct nk_err *err);

struct nk_copy_how {
	int resume; /* enum nk_resume */
	int verify; /* enum nk_verify */
	bool preserve;
	bool is_lenient; /* a target that keeps neither times nor permissions is no failure */
	bool no_clobber;
	bool sync; /* targets are on their disks before they are called done */
	bool dry_run;
	bool is_text;
	int segments;		 /* connections for one large file; 0 and 1: one */
	struct nk_limit *limit;	 /* borrowed, NULL for none */
	_Atomic int64_t *moved;	 /* bytes of all copies so far, for the meter; borrowed */
	_Atomic int64_t *wanted; /* set to what this copy will move, once that is known; borrowed */
	const struct nk_net_policy *net; /* retries; borrowed */
};

/* Can a file be copied over several connections between these two? Fails with unsupported, for
 * whoever asks for that. */
NK_MUST_CHECK int nk_copy_check_segments(const struct nk_fs_ops *source,
					 const struct nk_fs_ops *target, struct nk_err *err);

/* What happened to one file. */
struct nk_transfer {
	int64_t bytes; /* moved now */
	int64_t size;  /* of the whole file */
	double seconds;
	int64_t resumed_at;   /* bytes that were there before; 0: from the start */
	const char *verified; /* "size", the hash's name, or "none"; static */
	bool is_worn; /* a session was lost on the way: others may be mounted for the next */
};

/* One end of a copy: a mounted fs and a path in it. */
struct nk_end {
	struct nk_fs *fs;
	const char *path;
};

/* What the tries of one copy know of the target: what a retry may count on. */
struct nk_tries {
	int64_t written; /* bytes of exactly this copy that earlier tries wrote */
	int64_t before;	 /* its size before the first: -1 nothing was there, -2 not known */
};

#define NK_TRIES_INIT                                                                              \
	{                                                                                          \
		.before = -2                                                                       \
	}

/*
 * Copy source to target, once; the caller tries again. entry: what is known of the source, NULL for
 * nothing. tries: made by NK_TRIES_INIT, kept from one try to the next.
 * Fails with all there is: exists (no_clobber), short, mismatch, resume, read, write and the
 * protocols' own.
 */
NK_MUST_CHECK int nk_copy_file(const struct nk_end *source, const struct nk_end *target,
			       const struct nk_entry *entry, const struct nk_copy_how *how,
			       struct nk_tries *tries, struct nk_transfer *transfer,
			       struct nk_err *err);

#endif
