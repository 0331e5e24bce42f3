/*
 * Comparing one folder of two trees: what its listings are read into, and what comes of each name.
 */
#ifndef NETKIT_FS_COMPARISON_H
#define NETKIT_FS_COMPARISON_H

#include "sort.h"
#include "syncwork.h"

enum nk_side { NK_SOURCE, NK_TARGET };

/* What was found, in the uid of an entry; gid has the reason or the flags. */
enum nk_finding { NK_FOUND_FILE, NK_FOUND_FOLDER, NK_FOUND_EXTRA, NK_FOUND_KEPT };

struct nk_comparison {
	struct nk_worker *worker;
	struct nk_sync *sync;
	const struct nk_feed_item *folder;
	struct nk_sort *names[2]; /* by side; NULL: that one has no such folder */
	struct nk_entry at[2];
	bool has[2];
	struct nk_buf last;	/* the name that was given last */
	struct nk_buf relative; /* of the entry at hand */
	struct nk_spool *findings;
	uint8_t *
		folded; /* a bit for each of the source's names, in lower case; NULL: none; owned */
	int64_t same;
	bool has_changes;
	bool hides_dots; /* the source may have names that begin with a dot, and not list them */
};

/* Note a name of the source; and might it have the same name in another case? Now and then that is
 * said of one that has not. */
void nk_comparison_note(struct nk_comparison *comparison, const char *name);
bool nk_comparison_may_have(const struct nk_comparison *comparison, const char *name);

struct nk_fs *nk_comparison_fs(const struct nk_comparison *comparison, enum nk_side side);

/* Where the entry at hand is, on that side; a new string. */
char *nk_comparison_path(const struct nk_comparison *comparison, enum nk_side side);

/* Of a folder that both have: does the target's lack what it can have of the source's, time and
 * permissions, and can its owner not write to it? Flags. */
unsigned nk_comparison_folder_flags(const struct nk_comparison *comparison,
				    const struct nk_entry *source, const struct nk_entry *target);

/* Report that what is at relative could not be compared, and clear err. */
void nk_comparison_report(const struct nk_comparison *comparison, const char *relative,
			  struct nk_err *err);

/*
 * Compare what both sides have under the name at hand; NULL: nothing. What has to be done is added to
 * findings, what cannot be compared is reported. Fails with what ends the session, and with write when
 * there is no more room for findings.
 */
NK_MUST_CHECK int nk_comparison_look(struct nk_comparison *comparison, struct nk_entry *source,
				     struct nk_entry *target, struct nk_err *err);

#endif
