/*
 * A descriptor that tells threads that wait for a server to wait no longer (nk_wait_until_readable).
 */
#ifndef NETKIT_FS_ENOUGH_H
#define NETKIT_FS_ENOUGH_H

/* -1: there is none to be had, and they wait on. */
int nk_enough_new(void);

/* From now on it can be read. fd may be -1. */
void nk_enough(int fd);

void nk_enough_free(int fd);

#endif
