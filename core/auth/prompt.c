/* prompt.c - asking on the terminal. */
#include "netkit/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "netkit/wait.h"

/* The terminal while a question stands on it. */
struct prompt_terminal {
	int fd;
	struct termios before;
};

/* Put the question with the terminal in line mode; what was typed ahead is no answer to it. */
static int prompt_open(struct prompt_terminal *terminal, const char *question, bool is_echoed,
		       struct nk_err *err)
{
	struct termios now;

	terminal->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (terminal->fd < 0 || tcgetattr(terminal->fd, &terminal->before) < 0) {
		if (terminal->fd >= 0)
			close(terminal->fd);
		return nk_fail(err, NK_E_AUTH, 0, "no terminal to ask on");
	}
	now = terminal->before;
	now.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	now.c_lflag |= ICANON | ISIG | (is_echoed ? ECHO | ECHOE | ECHOK : 0);
	if (tcsetattr(terminal->fd, TCSAFLUSH, &now) < 0) {
		close(terminal->fd);
		return nk_fail(err, NK_E_AUTH, 0, "the terminal cannot be set up for a question");
	}
	if (write(terminal->fd, question, strlen(question)) < 0) {
		nk_fail_errno(err, NK_E_AUTH, "/dev/tty");
		tcsetattr(terminal->fd, TCSAFLUSH, &terminal->before);
		close(terminal->fd);
		return -1;
	}
	return 0;
}

/* is_line_open: the cursor still stands behind the question. */
static void prompt_close(struct prompt_terminal *terminal, bool is_line_open)
{
	tcsetattr(terminal->fd, TCSAFLUSH, &terminal->before);
	if (is_line_open)
		(void)!write(terminal->fd, "\n", 1);
	close(terminal->fd);
}

int nk_prompt_secret(const char *question, struct nk_secret *secret, struct nk_err *err)
{
	struct prompt_terminal terminal;
	int result;

	if (prompt_open(&terminal, question, false, err) < 0)
		return -1;
	result = nk_wait_read(terminal.fd, NK_NEVER, "for the password", err);
	if (result == 0)
		result = nk_secret_read(secret, terminal.fd, "/dev/tty", err);
	prompt_close(&terminal, true);
	/* Whatever else it is, it is no answer: the end-of-file key, a line without an end. */
	if (result < 0 && err->domain != NK_E_INTERRUPT && err->domain != NK_E_TERMINATE)
		return nk_fail(err, NK_E_AUTH, 0, "no answer on the terminal");
	return result;
}

/* One line, without its end. A hang-up or the end-of-file key before it is no answer. */
static int prompt_read_line(int fd, struct nk_buf *answer, struct nk_err *err)
{
	for (;;) {
		ssize_t got;
		char c;

		if (nk_wait_read(fd, NK_NEVER, "for the answer", err) < 0)
			return -1;
		got = read(fd, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return nk_fail(err, NK_E_AUTH, 0, "no answer on the terminal");
		if (c == '\n')
			return 0;
		if (nk_buf_add_char(answer, c) < 0)
			return nk_fail(err, NK_E_AUTH, 0, "the answer is too long");
	}
}

int nk_prompt_text(const char *question, struct nk_buf *answer, struct nk_err *err)
{
	struct prompt_terminal terminal;
	int result;

	nk_buf_clear(answer);
	if (prompt_open(&terminal, question, true, err) < 0)
		return -1;
	result = prompt_read_line(terminal.fd, answer, err);
	prompt_close(&terminal, result < 0);
	return result;
}
