/* command.c - a program that prints a secret. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netkit/wait.h"

/* How long such a program may take: it may ask a person. */
#define COMMAND_MS 120000

extern char **environ;

/* Copy one word from *from to *to, quotes removed. false: a quote has no end. */
static bool command_word(const char **from, char **to)
{
	char quote = '\0';

	for (; **from != '\0'; (*from)++) {
		char c = **from;

		if (quote == '\0' && (c == ' ' || c == '\t'))
			break;
		if (c == quote) {
			quote = '\0';
		} else if (quote == '\0' && (c == '\'' || c == '"')) {
			quote = c;
		} else {
			if (c == '\\' && quote != '\'' && (*from)[1] != '\0')
				c = *++*from;
			*(*to)++ = c;
		}
	}
	return quote == '\0';
}

int nk_command_split(char *text, char *words[NK_COMMAND_WORDS_MAX + 1])
{
	const char *from = text;
	char *to = text;
	int count = 0;

	for (;;) {
		bool is_last;

		from += strspn(from, " \t");
		if (*from == '\0')
			break;
		if (count == NK_COMMAND_WORDS_MAX)
			return -1;
		words[count++] = to;
		if (!command_word(&from, &to))
			return -1;
		is_last = *from == '\0';
		if (!is_last)
			from++;
		*to++ = '\0';
		if (is_last)
			break;
	}
	words[count] = NULL;
	return count;
}

static int command_start(char *const *words, int out_fd, pid_t *pid)
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
	posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
	code = posix_spawnp(pid, words[0], &actions, &attr, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return code;
}

/* Wait until the program has ended. */
static int command_wait(pid_t pid, nk_time_ms deadline, struct nk_err *err)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int result;

	if (fd < 0)
		return nk_fail_errno(err, NK_E_USAGE, "pidfd");
	result = nk_wait_read(fd, deadline, "for the command to end", err);
	close(fd);
	return result;
}

/* Read the answer once it is there, then see how the program ended. */
static int command_finish(pid_t pid, int fd, const char *command, struct nk_secret *secret,
			  struct nk_err *err)
{
	nk_time_ms deadline = nk_clock_after(COMMAND_MS);
	int status = 0;
	int result = nk_wait_read(fd, deadline, "for the command", err);

	if (result == 0)
		result = nk_secret_read(secret, fd, command, err);
	close(fd);
	if (result < 0 || command_wait(pid, deadline, err) < 0) {
		kill(pid, SIGKILL);
		result = -1;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (result < 0) {
		nk_secret_release(secret);
		return nk_wrap(err, "--password-command");
	}
	/* Killed by our closing of the pipe after the first line is no failure. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
		return 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		nk_secret_release(secret);
		return nk_fail(err, NK_E_USAGE, 0, "--password-command: %s failed with status %d",
			       command,
			       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
	return 0;
}

int nk_command_secret(const char *command, struct nk_secret *secret, struct nk_err *err)
{
	nk_auto(str) char *text = nk_strdup(command);
	char *words[NK_COMMAND_WORDS_MAX + 1] = { "/bin/sh", "-c", text + 1, NULL };
	int fds[2];
	pid_t pid;
	int code;

	if (command[0] != '!' && nk_command_split(text, words) < 1)
		return nk_fail(err, NK_E_USAGE, 0, "--password-command: not a command: %s",
			       command);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return nk_fail_errno(err, NK_E_USAGE, "--password-command");
	code = command_start(words, fds[1], &pid);
	close(fds[1]);
	if (code != 0) {
		close(fds[0]);
		return nk_fail(err, NK_E_USAGE, code, "--password-command: %s: %s", words[0],
			       strerror(code));
	}
	return command_finish(pid, fds[0], words[0], secret, err);
}
