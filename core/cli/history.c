/* history.c - the lines that were typed at prompts, in a file that prompts share. */
#include "history.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A longer line is not kept. */
#define HISTORY_LINE_MAX 4096

/* The file is never longer: NK_HISTORY_MAX such lines. */
#define HISTORY_FILE_MAX ((size_t)NK_HISTORY_MAX * (HISTORY_LINE_MAX + 1))

/* While another prompt writes the file anew, this one opens it again so many times. */
#define HISTORY_OPENS_MAX 100

/* Does the word have "scheme://user:password@"? */
static bool has_password(const char *line)
{
	for (const char *at = strstr(line, "://"); at; at = strstr(at, "://")) {
		at += 3;
		size_t host = strcspn(at, "@/ \t");

		if (at[host] == '@' && memchr(at, ':', host))
			return true;
	}
	return false;
}

bool nk_history_keeps(const char *line)
{
	size_t length = strlen(line);

	if (length == 0 || length > HISTORY_LINE_MAX || line[0] == ' ' || line[0] == '\t')
		return false;
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return false;
	}
	return nk_text_is_utf8(line, length) && !has_password(line);
}

/* The folder of what lasts, or NULL when there is no home; a new string. */
static char *history_folder(void)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state && state[0] == '/')
		return nk_format("%s/netkit", state);
	return home && home[0] == '/' ? nk_format("%s/.local/state/netkit", home) : NULL;
}

static int make_folder(const char *folder, struct nk_err *err)
{
	nk_auto(str) char *path = nk_strdup(folder);

	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return nk_fail_errno(err, NK_E_WRITE, "%s", path);
		if (!slash)
			return 0;
		*slash = '/';
	}
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
NK_AUTO(history_fd, int, close_fd)

/* Is the file behind fd still the one of that name? */
static bool is_current(int fd, const char *file)
{
	struct stat mine, named;

	return fstat(fd, &mine) == 0 && stat(file, &named) == 0 && mine.st_dev == named.st_dev &&
	       mine.st_ino == named.st_ino;
}

/* The file, made when it is missing, and locked: another prompt may be about to replace it. */
static int open_locked(const char *file, struct nk_err *err)
{
	for (int i = 0; i < HISTORY_OPENS_MAX; i++) {
		int fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

		if (fd < 0)
			return nk_fail_errno(err, NK_E_WRITE, "%s", file);
		if (flock(fd, LOCK_EX) == 0 && is_current(fd, file))
			return fd;
		close(fd);
	}
	return nk_fail(err, NK_E_WRITE, 0, "%s: it is always another file", file);
}

/* All of the file, but no more than its end when somebody made it longer than we do. */
static int read_all(int fd, struct nk_buf *text, const char *file, struct nk_err *err)
{
	struct stat st;
	char piece[16384];
	ssize_t got = -1;

	if (fstat(fd, &st) == 0) {
		off_t from = st.st_size > (off_t)HISTORY_FILE_MAX
				     ? st.st_size - (off_t)HISTORY_FILE_MAX
				     : 0;

		while ((got = pread(fd, piece, sizeof(piece), from)) > 0 &&
		       nk_buf_add(text, piece, (size_t)got) == 0)
			from += got;
	}
	return got < 0 ? nk_fail_errno(err, NK_E_READ, "%s", file) : 0;
}

/* The last `most` lines of the text, which is cut up. */
static void take_lines(struct nk_buf *text, size_t most, struct nk_strings *lines)
{
	size_t count = 0, skip;
	char *line = text->data;

	for (const char *at = line; at && (at = strchr(at, '\n')); at++)
		count++;
	skip = count > most ? count - most : 0;
	for (char *end; line && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (skip > 0)
			skip--;
		else
			nk_strings_add(lines, line);
	}
}

int nk_history_load(struct nk_paths *lines, struct nk_err *err)
{
	nk_auto(str) char *folder = history_folder();
	nk_auto(str) char *file = folder ? nk_format("%s/history", folder) : NULL;
	nk_auto(history_fd) int fd = file ? open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(HISTORY_FILE_MAX);
	nk_auto(strings) struct nk_strings found = { NULL, 0 };

	if (!file)
		return 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : nk_fail_errno(err, NK_E_READ, "%s", file);
	if (read_all(fd, &text, file, err) < 0)
		return -1;
	take_lines(&text, NK_HISTORY_MAX, &found);
	for (size_t i = 0; i < found.count; i++) {
		if (nk_history_keeps(found.items[i]))
			nk_paths_add(lines, nk_strdup(found.items[i]));
	}
	return 0;
}

static int write_whole(int fd, const char *bytes, size_t length, const char *file,
		       struct nk_err *err)
{
	ssize_t wrote = write(fd, bytes, length);

	if (wrote == (ssize_t)length)
		return 0;
	if (wrote >= 0)
		errno = ENOSPC;
	return nk_fail_errno(err, NK_E_WRITE, "%s", file);
}

/* Put these lines and one more in the place of the file. */
static int replace(const char *file, const char *const *lines, size_t count, const char *line,
		   struct nk_err *err)
{
	nk_auto(str) char *fresh = nk_format("%s.%d", file, (int)getpid());
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(HISTORY_FILE_MAX);
	nk_auto(history_fd) int fd =
		open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int result = 0;

	if (fd < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", fresh);
	for (size_t i = 0; i < count && result == 0; i++)
		result = nk_buf_addf(&text, "%s\n", lines[i]);
	if (result < 0 || nk_buf_addf(&text, "%s\n", line) < 0)
		nk_buf_clear(&text); /* lines that were not ours: begin anew */
	if (write_whole(fd, text.data ? text.data : "", text.len, fresh, err) < 0 ||
	    rename(fresh, file) < 0) {
		unlink(fresh);
		return err->domain != NK_E_NONE ? -1 : nk_fail_errno(err, NK_E_WRITE, "%s", file);
	}
	return 0;
}

/* Add it where it stands; the file may end within a line. */
static int append(int fd, const struct nk_buf *text, const char *line, const char *file,
		  struct nk_err *err)
{
	bool is_cut = text->len > 0 && text->data[text->len - 1] != '\n';
	nk_auto(str) char *ended = nk_format("%s%s\n", is_cut ? "\n" : "", line);

	return write_whole(fd, ended, strlen(ended), file, err);
}

static size_t count_lines(const struct nk_buf *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->len; i++)
		count += text->data[i] == '\n';
	return count;
}

static int add_locked(int fd, const char *file, const char *line, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(HISTORY_FILE_MAX);
	nk_auto(strings) struct nk_strings lines = { NULL, 0 };
	struct stat st;

	/* Whoever made it, what is typed is nobody else's business. */
	if (fstat(fd, &st) == 0 && (st.st_mode & 0077) && fchmod(fd, 0600) < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", file);
	if (read_all(fd, &text, file, err) < 0)
		return -1;
	if (count_lines(&text) < NK_HISTORY_MAX)
		return append(fd, &text, line, file, err);
	take_lines(&text, NK_HISTORY_MAX - 1, &lines);
	return replace(file, lines.items, lines.count, line, err);
}

int nk_history_add(const char *line, struct nk_err *err)
{
	nk_auto(str) char *folder = history_folder();
	nk_auto(str) char *file = folder ? nk_format("%s/history", folder) : NULL;

	if (!file)
		return 0;
	if (make_folder(folder, err) < 0)
		return -1;
	nk_auto(history_fd) int fd = open_locked(file, err);

	return fd < 0 ? -1 : add_locked(fd, file, line, err);
}
