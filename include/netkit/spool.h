/*
 * A folder's entries between the server that lists them and whoever walks over them. It keeps a
 * little in memory and the rest in an unlinked temporary file, so a folder of a million entries
 * costs no more memory than one of a hundred.
 */
#ifndef NETKIT_SPOOL_H
#define NETKIT_SPOOL_H

#include "netkit/err.h"

enum nk_kind { NK_KIND_FILE, NK_KIND_DIR, NK_KIND_LINK, NK_KIND_OTHER };

#define NK_ENTRY_NO_TIME INT64_MIN

/* Longest name and longest link target kept. */
#define NK_ENTRY_NAME_MAX 4096

/* Longest name of an owner or group kept; a longer one counts as unknown. */
#define NK_ENTRY_OWNER_MAX 255

/* One file as a server describes it. Unknown is -1, for mtime NK_ENTRY_NO_TIME. */
struct nk_entry {
	const char *name; /* exactly as sent; borrowed */
	enum nk_kind kind;
	int64_t size;	  /* bytes */
	int64_t mtime;	  /* seconds since the epoch, UTC */
	int mode;	  /* permission bits, 07777 */
	bool is_rough;	  /* mtime is good to the minute or day only (LIST) */
	const char *link; /* what a link points to; NULL otherwise or when unknown; borrowed */

	/* Whose it is, for listings alone: numbers, and names where the server says them (NULL
	 * otherwise); borrowed. */
	int64_t uid;
	int64_t gid;
	const char *owner;
	const char *group;
};

#define NK_ENTRY_INIT                                                                              \
	{                                                                                          \
		.name = "", .kind = NK_KIND_FILE, .size = -1, .mtime = NK_ENTRY_NO_TIME,           \
		.mode = -1, .uid = -1, .gid = -1                                                   \
	}

const char *nk_kind_word(enum nk_kind kind); /* "file", "dir", "link", "other" */

/* A new file without a name, in $TMPDIR, /tmp or /var/tmp; the caller closes it. Fails with
 * write. */
NK_MUST_CHECK int nk_spool_unnamed(struct nk_err *err);

struct nk_spool;

struct nk_spool *nk_spool_new(void);

/* No more than so many entries are taken; adding another fails with protocol. */
void nk_spool_limit(struct nk_spool *spool, size_t most);

/* Append a copy of entry. Fails with write when the temporary file cannot be written, with
 * protocol when its name is too long. */
NK_MUST_CHECK int nk_spool_add(struct nk_spool *spool, const struct nk_entry *entry,
			       struct nk_err *err);

/* Take the next entry, in order; its strings are good until the next call. 1, 0 at the end, -1. */
NK_MUST_CHECK int nk_spool_next(struct nk_spool *spool, struct nk_entry *entry, struct nk_err *err);

/* Not all that was listed was understood: what is missing here may be there all the same. */
void nk_spool_doubt(struct nk_spool *spool);
bool nk_spool_is_doubtful(const struct nk_spool *spool);

/* Names that begin with a dot may be there without being listed. */
void nk_spool_hide_dots(struct nk_spool *spool);
bool nk_spool_hides_dots(const struct nk_spool *spool);

/* Entries added so far. */
size_t nk_spool_count(const struct nk_spool *spool);

void nk_spool_free(struct nk_spool *spool);
NK_AUTO_HANDLE(spool, struct nk_spool *, nk_spool_free)

#endif
