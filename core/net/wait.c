/* wait.c - the only poll(): deadlines and the interrupt flag. */
#include "netkit/wait.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The interrupt flag: the signal that came, and a descriptor that is readable from then on, so that
 * the waits of all threads end. */
static atomic_int interrupt_signal;
static int interrupt_fd = -1;
static pid_t interrupt_sender; /* 0: whoever */

/* When the waits of this thread end at the latest. */
static _Thread_local nk_time_ms wait_bound = NK_NEVER;

/* They end when this one can be read; -1: there is none. */
static _Thread_local int wait_enough_fd = -1;

static void interrupt_note(int signal_number, siginfo_t *info, void *context)
{
	uint64_t one = 1;
	int saved = errno;

	(void)context;
	if (interrupt_sender != 0 && info->si_pid != interrupt_sender)
		return;
	/* The kernel and the shell may both say that the terminal is gone. */
	if (signal_number == SIGHUP && interrupt_signal == SIGHUP)
		return;
	if (interrupt_signal != 0)
		_exit(128 + signal_number);
	interrupt_signal = signal_number;
	if (write(interrupt_fd, &one, sizeof(one)) < 0)
		_exit(128 + signal_number);
	errno = saved;
}

void nk_interrupt_setup(void)
{
	struct sigaction note = { .sa_sigaction = interrupt_note, .sa_flags = SA_SIGINFO };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	/* That of the process this one was forked from is not for us. */
	if (interrupt_fd >= 0)
		close(interrupt_fd);
	interrupt_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (interrupt_fd >= 0) {
		sigaction(SIGINT, &note, NULL);
		sigaction(SIGTERM, &note, NULL);
	}
	sigaction(SIGPIPE, &ignore, NULL);
}

void nk_interrupt_on_hangup(void)
{
	struct sigaction note = { .sa_sigaction = interrupt_note, .sa_flags = SA_SIGINFO };
	struct sigaction before;

	if (interrupt_fd >= 0 && sigaction(SIGHUP, NULL, &before) == 0 &&
	    before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &note, NULL);
}

void nk_interrupt_only_from(pid_t sender)
{
	interrupt_sender = sender;
}

int nk_interrupt_check(struct nk_err *err)
{
	switch (interrupt_signal) {
	case 0:
		return 0;
	case SIGHUP:
		return nk_fail(err, NK_E_TERMINATE, 0, "the terminal was closed");
	case SIGTERM:
		return nk_fail(err, NK_E_TERMINATE, 0, "terminated");
	default:
		return nk_fail(err, NK_E_INTERRUPT, 0, "interrupted");
	}
}

void nk_wait_bound(nk_time_ms until)
{
	wait_bound = until;
}

void nk_wait_until_readable(int fd)
{
	wait_enough_fd = fd;
}

bool nk_wait_is_enough(void)
{
	struct pollfd enough = { .fd = wait_enough_fd, .events = POLLIN };

	return poll(&enough, 1, 0) > 0;
}

void nk_interrupt_forget(void)
{
	uint64_t noted;

	if (interrupt_signal != SIGINT)
		return;
	interrupt_signal = 0;
	/* Nothing to read: a second signal would have ended the program. */
	if (read(interrupt_fd, &noted, sizeof(noted)) < 0)
		errno = 0;
}

int nk_wait_any(struct pollfd *fds, int count, nk_time_ms deadline, struct nk_err *err)
{
	struct pollfd all[NK_WAIT_MAX + 2];
	int ready;

	if (count > 0)
		memcpy(all, fds, (size_t)count * sizeof(*fds));
	all[count] = (struct pollfd){ .fd = interrupt_fd, .events = POLLIN };
	all[count + 1] = (struct pollfd){ .fd = wait_enough_fd, .events = POLLIN };
	do {
		if (nk_interrupt_check(err) < 0)
			return -1;
		ready = poll(all, (nfds_t)count + 2,
			     nk_clock_left(nk_clock_earlier(deadline, wait_bound)));
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return nk_fail_errno(err, NK_E_LOST, "poll");
	if (nk_interrupt_check(err) < 0)
		return -1;
	if (all[count + 1].revents != 0)
		return nk_fail(err, NK_E_LOST, 0, "not needed any more");
	if (ready == 0 && wait_bound != NK_NEVER && nk_clock_left(wait_bound) == 0)
		return nk_fail_again(err, NK_E_TIMEOUT, 0, "timed out");
	if (count > 0)
		memcpy(fds, all, (size_t)count * sizeof(*fds));
	return ready;
}

int nk_wait_anyway(struct pollfd *fds, int count, nk_time_ms deadline, struct nk_err *err)
{
	int ready;

	do
		ready = poll(fds, (nfds_t)count, nk_clock_left(deadline));
	while (ready < 0 && errno == EINTR);
	return ready < 0 ? nk_fail_errno(err, NK_E_LOST, "poll") : ready;
}

static int wait_one(int fd, short events, nk_time_ms deadline, const char *what, struct nk_err *err)
{
	struct pollfd one = { .fd = fd, .events = events };
	int ready = nk_wait_any(&one, 1, deadline, err);

	if (ready < 0)
		return -1;
	if (ready == 0)
		return nk_fail_again(err, NK_E_TIMEOUT, 0, "timed out %s", what);
	return 0;
}

int nk_wait_read(int fd, nk_time_ms deadline, const char *what, struct nk_err *err)
{
	return wait_one(fd, POLLIN, deadline, what, err);
}

int nk_wait_write(int fd, nk_time_ms deadline, const char *what, struct nk_err *err)
{
	return wait_one(fd, POLLOUT, deadline, what, err);
}

int nk_wait_pause(int64_t ms, nk_time_ms deadline, struct nk_err *err)
{
	return nk_wait_any(NULL, 0, nk_clock_earlier(nk_clock_after(ms > 0 ? ms : 1), deadline),
			   err) < 0
		       ? -1
		       : 0;
}
