/*
 * Waiting: the only poll() of the program. It honours a deadline and the interrupt flag.
 *
 * The flag is set by SIGINT and SIGTERM; every wait in every thread then ends at once with
 * NK_E_INTERRUPT or NK_E_TERMINATE. A second signal ends the program on the spot.
 */
#ifndef NETKIT_WAIT_H
#define NETKIT_WAIT_H

#include <poll.h>

#include "netkit/clock.h"
#include "netkit/err.h"

/* Install the signal handlers and ignore SIGPIPE; called once by main. */
void nk_interrupt_setup(void);

/* Fails with interrupt or terminate once a signal came; for loops that never wait. */
NK_MUST_CHECK int nk_interrupt_check(struct nk_err *err);

/* Forget an interrupt, as a prompt does where one ends the command at hand and not the program.
 * No other thread waits. A program that is to be terminated still is. */
void nk_interrupt_forget(void);

/* From now on the end of the terminal (SIGHUP) counts as SIGTERM does, where it is not ignored. */
void nk_interrupt_on_hangup(void);

/* Every wait of this thread fails with timeout at that time (absolute) at the latest, whatever
 * deadline it is given; NK_NEVER: no longer. */
void nk_wait_bound(nk_time_ms until);

/* Every wait of this thread fails with lost once this descriptor can be read: what it waits for is
 * needed no more. -1: nothing of the kind. */
void nk_wait_until_readable(int fd);

/* Can it be read? For threads that wait by other means. */
bool nk_wait_is_enough(void);

/* From now on a signal counts only when this process sends it: one of many, whose signals are for
 * the process that looks after them all. */
void nk_interrupt_only_from(pid_t sender);

/*
 * Wait until fd can be read (or written), at most until deadline (absolute; NK_NEVER for no end).
 * what: completes "timed out WHAT", such as "waiting for the greeting".
 * Fails with timeout (worth another try), interrupt or terminate.
 */
NK_MUST_CHECK int nk_wait_read(int fd, nk_time_ms deadline, const char *what, struct nk_err *err);
NK_MUST_CHECK int nk_wait_write(int fd, nk_time_ms deadline, const char *what, struct nk_err *err);

/*
 * Wait for any of count descriptors (count at most NK_WAIT_MAX, events set by the caller, revents
 * filled). Returns how many are ready, 0 at the deadline. Fails with interrupt or terminate.
 */
enum { NK_WAIT_MAX = 16 };
NK_MUST_CHECK int nk_wait_any(struct pollfd *fds, int count, nk_time_ms deadline,
			      struct nk_err *err);

/* The same whatever signal came, for what has to be cleared up then. */
NK_MUST_CHECK int nk_wait_anyway(struct pollfd *fds, int count, nk_time_ms deadline,
				 struct nk_err *err);

/* Let ms milliseconds pass, or less when interrupted or when deadline comes first. */
NK_MUST_CHECK int nk_wait_pause(int64_t ms, nk_time_ms deadline, struct nk_err *err);

#endif
