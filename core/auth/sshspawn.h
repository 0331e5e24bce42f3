/*
 * Programs that SSH needs beside it: the ssh program itself, proxy commands.
 */
#ifndef CORE_AUTH_SSHSPAWN_H
#define CORE_AUTH_SSHSPAWN_H

#include "netkit/clock.h"
#include "netkit/err.h"

/* words: ends in NULL, found in PATH. err_fd -1: our stderr. Descriptors are borrowed. */
struct nk_spawn_how {
	char *const *words;
	int in_fd;
	int out_fd;
	int err_fd;
};

/* Start it. Fails with unsupported. */
NK_MUST_CHECK int nk_spawn(const struct nk_spawn_how *how, pid_t *pid, struct nk_err *err);

/*
 * Wait until it has ended, at most until deadline (absolute), and reap it: 1 with its exit status,
 * 128 + n when signal n ended it; 0 while it still runs; -1: interrupt.
 */
NK_MUST_CHECK int nk_spawn_wait(pid_t pid, nk_time_ms deadline, int *status, struct nk_err *err);

/* Give it grace_ms to end by itself, then end it, and reap it. */
void nk_spawn_stop(pid_t pid, int64_t grace_ms);

#endif
