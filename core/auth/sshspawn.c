/* sshspawn.c - programs beside us: start, wait, stop. */
#include "sshspawn.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netkit/wait.h"

/* From asking a program to end until it is ended. */
#define SPAWN_TERMINATE_MS 500

extern char **environ;

int nk_spawn(const struct nk_spawn_how *how, pid_t *pid, struct nk_err *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t usual;
	sigset_t none;
	int code;

	/* We ignore SIGPIPE, and workers block all signals; the program must do neither. */
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &usual);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, how->in_fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, how->out_fd, STDOUT_FILENO);
	if (how->err_fd >= 0)
		posix_spawn_file_actions_adddup2(&actions, how->err_fd, STDERR_FILENO);
	code = posix_spawnp(pid, how->words[0], &actions, &attr, how->words, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	if (code != 0)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "cannot run %s: %s", how->words[0],
			       strerror(code));
	return 0;
}

int nk_spawn_wait(pid_t pid, nk_time_ms deadline, int *status, struct nk_err *err)
{
	struct pollfd one = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	siginfo_t how = { .si_pid = 0 };
	int ready;

	if (one.fd < 0)
		return nk_fail_errno(err, NK_E_LOST, "pidfd");
	ready = nk_wait_any(&one, 1, deadline, err);
	close(one.fd);
	if (ready <= 0)
		return ready;
	if (waitid(P_PID, (id_t)pid, &how, WEXITED) < 0)
		return nk_fail_errno(err, NK_E_LOST, "waitid");
	*status = how.si_code == CLD_EXITED ? how.si_status : 128 + how.si_status;
	return 1;
}

void nk_spawn_stop(pid_t pid, int64_t grace_ms)
{
	struct nk_err ignored = NK_ERR_INIT;
	int status;

	if (nk_spawn_wait(pid, nk_clock_after(grace_ms), &status, &ignored) > 0)
		return;
	kill(pid, SIGTERM);
	if (nk_spawn_wait(pid, nk_clock_after(SPAWN_TERMINATE_MS), &status, &ignored) > 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}
