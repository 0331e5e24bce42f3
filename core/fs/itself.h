/*
 * A file that is copied onto itself would be emptied before it is read. Two paths, two names of a host, a
 * link: only the servers know whether they lead to one file, so they are asked.
 */
#ifndef NETKIT_FS_ITSELF_H
#define NETKIT_FS_ITSELF_H

#include "netkit/copy.h"

/* Folders of two sessions that were found not to be one; for files in them nobody asks again. */
struct nk_apart {
	const struct nk_session *source; /* borrowed */
	const struct nk_session *target;
	char *source_folder; /* owned, NULL: none yet */
	char *target_folder;
};

/*
 * Before target is opened for writing. Two places that are not on the same protocol's servers, or on
 * this disk, pass, and those of a protocol that removes no files. A hard link is not noticed where the two
 * names differ, nor any link by a protocol that has none, nor between two sessions one in a folder that
 * was found to be another one.
 * Fails with usage (they are one file, or look so and nobody can tell), or with what ends a session.
 */
NK_MUST_CHECK int nk_itself_check(struct nk_apart *apart, const struct nk_end *source,
				  const struct nk_end *target, struct nk_err *err);

/*
 * A folder that is named, once its target is made: is that somewhere in it? The copy would never end. One
 * session's paths were compared before. Fails with usage, or with what ends a session.
 */
NK_MUST_CHECK int nk_itself_check_folder(const struct nk_end *source, const struct nk_end *target,
					 struct nk_err *err);

/* Can it be told without asking that they are not one file? */
bool nk_itself_is_ruled_out(const struct nk_apart *apart, const struct nk_end *source,
			    const struct nk_end *target);

void nk_apart_release(struct nk_apart *apart);
NK_AUTO(apart, struct nk_apart, nk_apart_release)

#endif
