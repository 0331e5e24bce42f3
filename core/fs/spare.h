/*
 * Sessions that are mounted before it is known whether they are needed: behind a long way logging in
 * takes as long as a good part of a file. Only protocols that offer it (mount_early) have any.
 */
#ifndef NETKIT_FS_SPARE_H
#define NETKIT_FS_SPARE_H

#include "netkit/fs.h"

struct nk_spares;

/* Begin to mount so many sessions of each of these places, which are borrowed; NULL: of none. The caller
 * mounts the first of them next. */
struct nk_spares *nk_spares_new(const struct nk_place *source, const struct nk_place *target,
				int count);

/* A session like this one, waited for, which is the caller's then; NULL: there is none. For any
 * thread. spares may be NULL. */
struct nk_fs *nk_spares_take(struct nk_spares *spares, const struct nk_fs *like);

/* None is needed any more: those that are being mounted are given up, and who waits for one gets
 * none. spares may be NULL. */
void nk_spares_stop(struct nk_spares *spares);

/* Accepts NULL. */
void nk_spares_free(struct nk_spares *spares);

#endif
