/*
 * Walking over a tree of files, any protocol's, folder by folder, in flat memory.
 */
#ifndef NETKIT_WALK_H
#define NETKIT_WALK_H

#include "netkit/fs.h"

/* Deepest nesting followed: a server cannot lead us down forever. */
#define NK_WALK_DEPTH_MAX 256

/* Which entries count. Patterns are shell globs on the name, or on the relative path when they hold
 * a slash; borrowed. A folder that is excluded is not entered. */
struct nk_filter {
	struct nk_strings include; /* files must match one, when there is any */
	struct nk_strings exclude;
};

enum nk_walk_event {
	NK_WALK_FILE,  /* anything that is no folder */
	NK_WALK_ENTER, /* a folder, before what is in it; the root too */
	NK_WALK_LEAVE, /* the same folder, after what is in it, also when it could not be listed */
	NK_WALK_ERROR, /* it could not be listed, or a name in it cannot be used: err has why */
};

struct nk_walk_item {
	enum nk_walk_event event;
	const struct nk_entry *entry;
	const char *path;     /* in the fs; borrowed until the next call, as all here */
	const char *relative; /* below the root, "" for the root itself */
};

struct nk_walk;

/* Walk from path, which is a folder. filter: borrowed, NULL for everything. */
struct nk_walk *nk_walk_new(const char *path, const struct nk_filter *filter);

/* Links are what they point to: folders are entered, files have an entry without a target. Those that
 * lead nowhere, or where the fs knows real paths to a folder the walk is in, stay links. */
void nk_walk_follow(struct nk_walk *walk);

/*
 * The next item, listing folders through fs as they are reached. 1 with an item, 0 at the end, -1
 * for what ends the walk (connection lost, interrupt): called again, perhaps with another session,
 * it goes on where it was. fs NULL: returns NK_WALK_BUSY when a folder would have to be listed first.
 */
enum { NK_WALK_BUSY = 2 };
NK_MUST_CHECK int nk_walk_next(struct nk_walk *walk, struct nk_fs *fs, struct nk_walk_item *item,
			       struct nk_err *err);

/* Skip what is in the folder that was entered last; its LEAVE is the next item. */
void nk_walk_prune(struct nk_walk *walk);

/* Does the filter let this name, with this path below the root, through? */
bool nk_filter_takes(const struct nk_filter *filter, const char *relative, enum nk_kind kind);

void nk_walk_free(struct nk_walk *walk);
NK_AUTO_HANDLE(walk, struct nk_walk *, nk_walk_free)

#endif
