/* test_prompt.c - questions on a terminal of their own. */
#include "netkit/prompt.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOWN_MAX 256

/* The end-of-file key (termios(3) VEOF). */
#define END_KEY "\x04"

/* A process whose controlling terminal is slave and that asks there; how it went is its status. */
static pid_t ask_on(const char *slave)
{
	pid_t pid = fork();

	if (pid == 0) {
		nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
		struct nk_err err = NK_ERR_INIT;

		if (setsid() < 0 || open(slave, O_RDWR) < 0)
			_exit(NK_DOMAIN_COUNT);
		_exit(nk_prompt_secret("Secret? ", &secret, &err) < 0 ? (int)err.domain : 0);
	}
	return pid;
}

/* The domain of the error when this is typed at the question; NONE for none. */
static int typed(const char *keys)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char slave[64];
	char shown[SHOWN_MAX] = "";
	size_t length = 0;
	int status = 0;
	pid_t pid;

	cr_assert(grantpt(master) == 0 && unlockpt(master) == 0 &&
		  ptsname_r(master, slave, sizeof(slave)) == 0);
	pid = ask_on(slave);
	cr_assert_gt(pid, 0);
	while (!strstr(shown, "? ") && length + 1 < sizeof(shown)) {
		ssize_t got = read(master, shown + length, sizeof(shown) - 1 - length);

		/* Nobody has the other side open yet. */
		length += got > 0 ? (size_t)got : 0;
	}
	cr_assert_eq(write(master, keys, strlen(keys)), (ssize_t)strlen(keys));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	close(master);
	return WEXITSTATUS(status);
}

Test(prompt, a_typed_line_is_the_secret, .timeout = 20)
{
	cr_assert_eq(typed("hunter2\n"), NK_E_NONE);
}

Test(prompt, an_empty_line_is_an_empty_secret, .timeout = 20)
{
	cr_assert_eq(typed("\n"), NK_E_NONE);
}

Test(prompt, the_end_of_file_key_is_no_answer, .timeout = 20)
{
	cr_assert_eq(typed(END_KEY), NK_E_AUTH);
}
