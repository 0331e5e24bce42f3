/* lineedit.c - libedit on our own waiting. */
#include "lineedit.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "history.h"
#include "netkit/lib/edit.h"
#include "netkit/log.h"
#include "netkit/wait.h"

/* More names than this are listed only when that is wanted. */
#define LIST_ASK_FROM 200

/* Between two names of a list. */
#define LIST_GAP 2

struct nk_lineedit {
	struct nk_lineedit_how how;
	const struct nk_edit *lib;
	EditLine *el;
	History *history;
	FILE *out;	   /* the terminal */
	int signals;	   /* what changes the terminal; read while a line is edited */
	sigset_t before;   /* signals that are blocked while none is */
	const char *shown; /* the prompt; borrowed from the caller */
	mbstate_t state;   /* of the character that is read */
	bool is_over;	   /* the terminal has ended */
	struct nk_err err; /* what ended the wait */
};

void nk_tab_release(struct nk_tab *tab)
{
	free(nk_take(tab->insert));
	nk_paths_release(&tab->shown);
}

bool nk_lineedit_is_possible(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 && terminal &&
	       terminal[0] != '\0' && strcmp(terminal, "dumb") != 0;
}

static struct nk_lineedit *edit_of(EditLine *el, const struct nk_edit *lib)
{
	struct nk_lineedit *edit = NULL;

	lib->el_get(el, EL_CLIENTDATA, &edit);
	return edit;
}

/* libedit's callbacks get no more than its handle, and the table is loaded where there is one. */
static struct nk_lineedit *edit_behind(EditLine *el)
{
	struct nk_err none = NK_ERR_INIT;

	return edit_of(el, nk_edit(&none));
}

static char *show_prompt(EditLine *el)
{
	return (char *)edit_behind(el)->shown;
}

static size_t cells_of_terminal(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 ? 80 : size.ws_col;
}

/* --- signals --- */

static void block_signals(struct nk_lineedit *edit)
{
	sigset_t watched;

	sigemptyset(&watched);
	sigaddset(&watched, SIGWINCH);
	sigaddset(&watched, SIGTSTP);
	sigaddset(&watched, SIGCONT);
	pthread_sigmask(SIG_BLOCK, &watched, &edit->before);
	if (edit->signals < 0)
		edit->signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Draw the line anew where it begins: its rows above the cursor are those of a terminal that broke
 * it for its new size. */
static void redraw(struct nk_lineedit *edit)
{
	const LineInfo *info = edit->lib->el_line(edit->el);
	nk_auto(str) char *before = nk_strndup(info->buffer, (size_t)(info->cursor - info->buffer));
	size_t rows = (nk_text_width(edit->shown) + nk_text_width(before)) / cells_of_terminal();

	if (rows > 0)
		fprintf(edit->out, "\033[%zuA", rows);
	fputs("\r\033[J", edit->out);
	edit->lib->el_resize(edit->el);
	edit->lib->el_set(edit->el, EL_REFRESH);
}

/* Stop as the key for it would have done, with the terminal as others expect it. */
static void stop(struct nk_lineedit *edit)
{
	sigset_t now;

	edit->lib->el_set(edit->el, EL_PREP_TERM, 0);
	raise(SIGTSTP);
	pthread_sigmask(SIG_SETMASK, &edit->before, &now);
	/* Here it stops, and later goes on. */
	pthread_sigmask(SIG_SETMASK, &now, NULL);
	edit->lib->el_set(edit->el, EL_PREP_TERM, 1);
}

static void take_signals(struct nk_lineedit *edit)
{
	struct signalfd_siginfo info;

	while (read(edit->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTSTP)
			stop(edit);
		else if (info.ssi_signo == SIGCONT)
			edit->lib->el_set(edit->el, EL_PREP_TERM, 1);
	}
	redraw(edit);
}

/* --- reading --- */

/* Wait for a key, and see to signals meanwhile. */
static int wait_for_key(struct nk_lineedit *edit)
{
	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = edit->signals, .events = POLLIN },
		};

		if (nk_wait_any(fds, 2, NK_NEVER, &edit->err) < 0)
			return -1;
		if (fds[1].revents)
			take_signals(edit);
		if (fds[0].revents)
			return 0;
	}
}

/* For libedit: the next character, 1; -1 when there is none. */
static int read_character(EditLine *el, wchar_t *character)
{
	struct nk_lineedit *edit = edit_behind(el);

	while (!edit->is_over && wait_for_key(edit) == 0) {
		char byte;
		ssize_t got = read(STDIN_FILENO, &byte, 1);
		size_t length;

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		edit->is_over = got <= 0;
		if (edit->is_over)
			break;
		length = mbrtowc(character, &byte, 1, &edit->state);
		if (length == (size_t)-1)
			memset(&edit->state, 0, sizeof(edit->state));
		else if (length != (size_t)-2)
			return 1;
	}
	return -1;
}

/* What is read as a line may not end in one. */
static char *without_end(const char *text)
{
	char *line = (char *)text;

	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

int nk_lineedit_read(struct nk_lineedit *edit, const char *prompt, char **line, struct nk_err *err)
{
	const char *text;
	int length = 0;

	edit->shown = prompt;
	edit->err = (struct nk_err)NK_ERR_INIT;
	memset(&edit->state, 0, sizeof(edit->state));
	block_signals(edit);
	edit->lib->el_resize(edit->el);
	text = edit->lib->el_gets(edit->el, &length);
	pthread_sigmask(SIG_SETMASK, &edit->before, NULL);
	if (text && length > 0 && edit->err.domain == NK_E_NONE && !edit->is_over) {
		*line = without_end(text);
		return 1;
	}
	fputc('\n', edit->out);
	fflush(edit->out);
	if (edit->err.domain == NK_E_NONE && edit->is_over)
		return nk_fail(err, NK_E_TERMINATE, 0, "the terminal was closed");
	if (edit->err.domain == NK_E_NONE)
		return 0;
	*err = edit->err;
	return -1;
}

/* --- completion --- */

/* "Display all 300 possibilities?" as bash asks it: anything but y is no. */
static bool is_wanted(struct nk_lineedit *edit, size_t count)
{
	char key = 'n';

	fprintf(edit->out, "\nshow all %zu names? (y or n) ", count);
	fflush(edit->out);
	return edit->lib->el_getc(edit->el, &key) == 1 && (key == 'y' || key == 'Y' || key == ' ');
}

/* Names in columns that read downwards, and fit the terminal. */
static void list(struct nk_lineedit *edit, const struct nk_paths *names)
{
	size_t widest = 0, columns, rows;

	for (size_t i = 0; i < names->count; i++) {
		size_t width = nk_text_width(names->items[i]);

		widest = width > widest ? width : widest;
	}
	columns = (cells_of_terminal() - 1) / (widest + LIST_GAP);
	columns = columns > 0 ? columns : 1;
	rows = (names->count + columns - 1) / columns;
	fputc('\n', edit->out);
	for (size_t row = 0; row < rows; row++) {
		for (size_t at = row; at < names->count; at += rows) {
			size_t width = nk_text_width(names->items[at]);
			bool is_last = at + rows >= names->count;

			fprintf(edit->out, "%s%*s", names->items[at],
				is_last ? 0 : (int)(widest - width) + LIST_GAP, "");
		}
		fputc('\n', edit->out);
	}
	fflush(edit->out);
}

/* Characters of UTF-8, or bytes where there is another locale. */
static int characters(const char *from, const char *to)
{
	int count = 0;

	for (; from < to; from++)
		count += MB_CUR_MAX == 1 || ((unsigned char)*from & 0xc0) != 0x80;
	return count;
}

/* Ask what could stand there. The interrupt key has to wait: it would end a listing half-way, and so
 * the connection, and this does not last long. */
static void ask(struct nk_lineedit *edit, const char *line, struct nk_tab *tab)
{
	sigset_t interrupt, before;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	pthread_sigmask(SIG_BLOCK, &interrupt, &before);
	edit->how.complete(edit->how.context, line, tab);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static unsigned char press_tab(EditLine *el, int key)
{
	struct nk_lineedit *edit = edit_behind(el);
	const LineInfo *info = edit->lib->el_line(el);
	nk_auto(str) char *line = nk_strndup(info->buffer, (size_t)(info->cursor - info->buffer));
	nk_auto(tab) struct nk_tab tab = { .at = 0 };

	(void)key;
	ask(edit, line, &tab);
	if (tab.insert) {
		edit->lib->el_deletestr(el, characters(line + tab.at, line + strlen(line)));
		return edit->lib->el_insertstr(el, tab.insert) == 0 ? CC_REFRESH : CC_ERROR;
	}
	if (tab.shown.count == 0)
		return CC_ERROR;
	if (tab.shown.count <= LIST_ASK_FROM || is_wanted(edit, tab.shown.count))
		list(edit, &tab.shown);
	else
		fputc('\n', edit->out);
	return edit->err.domain == NK_E_NONE && !edit->is_over ? CC_REDISPLAY : CC_EOF;
}

/* --- setting up --- */

static void add_line(struct nk_lineedit *edit, const char *line)
{
	HistEvent event;

	edit->lib->history(edit->history, &event, H_ENTER, line);
}

void nk_lineedit_keep(struct nk_lineedit *edit, const char *line)
{
	struct nk_err err = NK_ERR_INIT;

	add_line(edit, line);
	if (nk_history_add(line, &err) < 0)
		nk_log(NK_LOG_INFO, "history: %s", err.msg);
}

static void load_history(struct nk_lineedit *edit)
{
	nk_auto(paths) struct nk_paths lines = { NULL, 0 };
	struct nk_err err = NK_ERR_INIT;
	HistEvent event;

	edit->history = edit->lib->history_init();
	edit->lib->history(edit->history, &event, H_SETSIZE, NK_HISTORY_MAX);
	edit->lib->history(edit->history, &event, H_SETUNIQUE, 1);
	if (nk_history_load(&lines, &err) < 0)
		nk_log(NK_LOG_INFO, "history: %s", err.msg);
	for (size_t i = 0; i < lines.count; i++)
		add_line(edit, lines.items[i]);
}

static void bind_keys(struct nk_lineedit *edit)
{
	const struct nk_edit *lib = edit->lib;

	lib->el_set(edit->el, EL_EDITOR, "emacs");
	lib->el_set(edit->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	lib->el_set(edit->el, EL_BIND, "^W", "ed-delete-prev-word", NULL);
	if (edit->how.complete) {
		/* The other form copies the names and loses the copies. */
		lib->el_wset(edit->el, EL_ADDFN, L"netkit-complete", L"complete the word",
			     press_tab);
		lib->el_set(edit->el, EL_BIND, "^I", "netkit-complete", NULL);
	}
	/* What somebody has set up for all programs goes last. */
	lib->el_source(edit->el, NULL);
}

/* Names are UTF-8 whatever the locale says, where it says nothing. */
static void set_locale(void)
{
	setlocale(LC_CTYPE, "");
	if (MB_CUR_MAX == 1)
		setlocale(LC_CTYPE, "C.UTF-8");
}

int nk_lineedit_open(const struct nk_lineedit_how *how, struct nk_lineedit **edit,
		     struct nk_err *err)
{
	const struct nk_edit *lib = nk_edit(err);
	struct nk_lineedit *made;
	int fd;

	if (!lib)
		return -1;
	set_locale();
	fd = dup(STDERR_FILENO);
	made = nk_alloc(sizeof(*made));
	*made = (struct nk_lineedit){ .how = *how, .lib = lib, .signals = -1 };
	made->out = fd >= 0 ? fdopen(fd, "w") : NULL;
	made->el = made->out ? lib->el_init("netkit", stdin, made->out, made->out) : NULL;
	if (!made->el) {
		nk_lineedit_free(made);
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "libedit cannot edit on this terminal");
	}
	lib->el_set(made->el, EL_CLIENTDATA, made);
	lib->el_set(made->el, EL_PROMPT, show_prompt);
	lib->el_set(made->el, EL_SIGNAL, 0);
	lib->el_set(made->el, EL_GETCFN, read_character);
	load_history(made);
	lib->el_set(made->el, EL_HIST, lib->history, made->history);
	bind_keys(made);
	*edit = made;
	return 0;
}

void nk_lineedit_free(struct nk_lineedit *edit)
{
	if (!edit)
		return;
	if (edit->el)
		edit->lib->el_end(edit->el);
	if (edit->history)
		edit->lib->history_end(edit->history);
	if (edit->out)
		fclose(edit->out);
	if (edit->signals >= 0)
		close(edit->signals);
	free(edit);
}
