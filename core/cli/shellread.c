/* shellread.c - where the prompt's commands come from, and what it shows before they are typed. */
#include "shell.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lineedit.h"
#include "netkit/log.h"
#include "netkit/secret.h"
#include "netkit/wait.h"
#include "tab.h"

/* The prompt is never wider, nor than three fifths of the terminal, nor cut to less. */
#define PROMPT_CELLS	 40
#define PROMPT_CELLS_MIN 12

/* What stands for what was cut out of it. */
#define ELLIPSIS "..."

void nk_shell_forget_interrupt(const struct nk_shell *shell)
{
	if (!shell->is_interactive)
		return;
	nk_interrupt_forget();
	clearerr(shell->input);
}

/* --- the prompt's text --- */

static bool is_inside(const char *at)
{
	return ((unsigned char)*at & 0xc0) == 0x80;
}

/* The end of text, in at most so many cells. */
static const char *tail(const char *text, size_t cells)
{
	while (*text != '\0' && nk_text_width(text) > cells) {
		text++;
		while (is_inside(text))
			text++;
	}
	return text;
}

/* Its beginning; a new string. */
static char *front(const char *text, size_t cells)
{
	char *cut = nk_strdup(text);
	size_t length = strlen(cut);

	while (length > 0 && nk_text_width(cut) > cells) {
		length--;
		while (length > 0 && is_inside(cut + length))
			length--;
		cut[length] = '\0';
	}
	return cut;
}

/* A piece of the prompt in at most so many cells, with dots for its beginning or its end. */
static char *shortened(const char *text, size_t cells, bool keeps_end)
{
	if (nk_text_width(text) <= cells)
		return nk_strdup(text);
	cells = cells > strlen(ELLIPSIS) ? cells - strlen(ELLIPSIS) : 0;
	if (keeps_end)
		return nk_format(ELLIPSIS "%s", tail(text, cells));
	nk_auto(str) char *cut = front(text, cells);

	return nk_format("%s" ELLIPSIS, cut);
}

char *nk_shell_prompt_text(const char *applet, const char *host, const char *folder, size_t cells)
{
	char safe[4096];
	size_t fixed = strlen(applet) + strlen(" :> ");
	size_t room = cells > fixed ? cells - fixed : 0;

	if (!host)
		return nk_format("%s> ", applet);
	/* The folder changes, and its end tells most; but the host has to be known. */
	nk_auto(str) char *place = nk_strdup(nk_text_safe(safe, sizeof(safe), host));
	size_t half = nk_text_width(place) > room / 2 ? room / 2 : nk_text_width(place);
	nk_auto(str) char *path =
		shortened(nk_text_safe(safe, sizeof(safe), folder), room - half, true);
	nk_auto(str) char *named = shortened(place, room - nk_text_width(path), false);

	return nk_format("%s %s:%s> ", applet, named, path);
}

/* "/~/a/" as people write it. */
static char *folder_text(const char *cwd)
{
	nk_auto(str) char *path = nk_path_trim(cwd);
	bool is_home = strcmp(path, "/~") == 0 || nk_text_has_prefix(path, "/~/");

	return nk_strdup(is_home ? path + 1 : path);
}

static size_t prompt_cells(void)
{
	struct winsize size;
	size_t cells = PROMPT_CELLS;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
	    size.ws_col * 3U / 5 < cells)
		cells = size.ws_col * 3U / 5;
	return cells < PROMPT_CELLS_MIN ? PROMPT_CELLS_MIN : cells;
}

static char *prompt(const struct nk_shell *shell)
{
	const char *name = shell->ctx->applet->name;

	if (!shell->session)
		return nk_shell_prompt_text(name, NULL, NULL, prompt_cells());
	nk_auto(str) char *folder = folder_text(shell->cwd);

	return nk_shell_prompt_text(name, shell->url.host, folder, prompt_cells());
}

/* --- lines --- */

static int fail_long(struct nk_err *err)
{
	return nk_fail(err, NK_E_USAGE, 0, "a command has at most %d bytes", NK_SHELL_LINE_MAX - 1);
}

/* Read a line, without its end: 1, 0 when there is none, -1 for one that is too long, which is read
 * to its end all the same. A NUL ends what is understood of it, as a line's end does. */
static int read_plain(struct nk_shell *shell, char *line, struct nk_err *err)
{
	size_t length = 0;
	int c = getc(shell->input);
	bool is_empty = c == EOF;

	for (; c != EOF && c != '\n'; c = getc(shell->input)) {
		if (length < NK_SHELL_LINE_MAX)
			line[length++] = (char)c;
	}
	/* Half a line, when a signal came, is no command. */
	if (is_empty || ferror(shell->input))
		return 0;
	shell->line_number++;
	if (length == NK_SHELL_LINE_MAX)
		return fail_long(err);
	line[length] = '\0';
	return 1;
}

/* The next command of -c. */
static int read_script(struct nk_shell *shell, char *line, struct nk_err *err)
{
	char *command;

	if (!nk_shell_cut(&shell->script, shell->flags & NK_SHELL_PATTERNS, &command))
		return 0;
	size_t length = strlen(command);

	shell->line_number++;
	if (length < NK_SHELL_LINE_MAX)
		memcpy(line, command, length + 1);
	nk_secret_wipe(command, length);
	free(command);
	return length < NK_SHELL_LINE_MAX ? 1 : fail_long(err);
}

static int read_edited(struct nk_shell *shell, const char *text, char *line, struct nk_err *err)
{
	char *typed;
	int status = nk_lineedit_read(shell->editor, text, &typed, err);

	if (status <= 0)
		return status;
	size_t length = strlen(typed);

	if (length < NK_SHELL_LINE_MAX) {
		memcpy(line, typed, length + 1);
		if (nk_shell_keeps(shell, line))
			nk_lineedit_keep(shell->editor, line);
	}
	nk_secret_wipe(typed, length);
	return length < NK_SHELL_LINE_MAX ? 1 : fail_long(err);
}

/* One line from somebody at a terminal: as read_plain. *is_new: another is to be begun. */
static int read_once(struct nk_shell *shell, char *line, bool *is_new, struct nk_err *err)
{
	nk_auto(str) char *text = prompt(shell);
	struct nk_err interrupt = NK_ERR_INIT;
	int status;

	if (shell->editor) {
		status = read_edited(shell, text, line, err);
		*is_new = status < 0 && err->domain == NK_E_INTERRUPT;
		return status;
	}
	/* A prompt that cannot be shown is no reason to stop. */
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		clearerr(shell->input);
	status = read_plain(shell, line, err);
	if (status != 0)
		return status;
	*is_new = nk_interrupt_check(&interrupt) < 0 && interrupt.domain == NK_E_INTERRUPT &&
		  write(STDERR_FILENO, "\n", 1) == 1;
	if (!*is_new && write(STDERR_FILENO, "\n", 1) < 0)
		return 0;
	return 0;
}

int nk_shell_read(struct nk_shell *shell, char *line, struct nk_err *err)
{
	bool is_new = true;
	int status = 0;

	if (shell->script)
		return read_script(shell, line, err);
	if (!shell->is_interactive)
		return read_plain(shell, line, err);
	/* The key that interrupts begins a new line. */
	while (is_new) {
		is_new = false;
		status = read_once(shell, line, &is_new, err);
		if (!is_new)
			break;
		nk_shell_forget_interrupt(shell);
		*err = (struct nk_err)NK_ERR_INIT;
	}
	if (status >= 0 || err->domain != NK_E_TERMINATE)
		return status;
	/* The loop says by itself that the program is to end. */
	shell->has_lost_terminal = true;
	return 0;
}

void nk_shell_start_editing(struct nk_shell *shell)
{
	const struct nk_lineedit_how how = { .complete = nk_shell_complete, .context = shell };
	struct nk_err err = NK_ERR_INIT;

	if (!nk_lineedit_is_possible())
		return;
	if (nk_lineedit_open(&how, &shell->editor, &err) < 0)
		nk_log(NK_LOG_INFO, "lines are not edited: %s", err.msg);
}
