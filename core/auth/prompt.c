/* prompt.c - asking for a secret on the terminal. */
#include "netkit/prompt.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "netkit/wait.h"

int nk_prompt_secret(const char *question, struct nk_secret *secret, struct nk_err *err)
{
	struct termios before;
	struct termios silent;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int result;

	if (fd < 0 || tcgetattr(fd, &before) < 0) {
		if (fd >= 0)
			close(fd);
		return nk_fail(err, NK_E_AUTH, 0, "no terminal to ask on");
	}
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON | ISIG;
	if (tcsetattr(fd, TCSAFLUSH, &silent) < 0) {
		close(fd);
		return nk_fail(err, NK_E_AUTH, 0, "the terminal would show what is typed");
	}
	result = write(fd, question, strlen(question)) < 0
			 ? nk_fail_errno(err, NK_E_AUTH, "/dev/tty")
			 : nk_wait_read(fd, NK_NEVER, "for the password", err);
	if (result == 0)
		result = nk_secret_read(secret, fd, "/dev/tty", err);
	tcsetattr(fd, TCSAFLUSH, &before);
	(void)!write(fd, "\n", 1);
	close(fd);
	return result;
}
