/* info.c - what is kept beside a partial file. */
#include "info.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "partstate.h"

/* Ours, with the version of the format behind it. */
#define INFO_OURS "netkit "

/* A server that sends us NAME.part and NAME.part.info must not be believed when NAME is fetched
 * from somewhere else: the mark holds what it cannot know, the inode and its time of birth. Of the file
 * name in folder, or with "" of the one behind the descriptor. */
static char *new_mark(int folder, const char *name)
{
	const int flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
	struct statx st;

	if (statx(folder, name, flags, STATX_INO | STATX_BTIME, &st) < 0)
		return NULL;
	return nk_format("%llu.%lld.%u", (unsigned long long)st.stx_ino,
			 (long long)st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
}

/* All of a small regular file; false when it is none. */
static bool read_small(int folder, const char *name, struct nk_buf *text)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char chunk[4096];
	struct stat st;
	ssize_t got;

	if (fd < 0)
		return false;
	got = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? 1 : -1;
	while (got > 0) {
		got = read(fd, chunk, sizeof(chunk));
		if (got > 0 && nk_buf_add(text, chunk, (size_t)got) < 0)
			got = -1;
	}
	close(fd);
	return got == 0;
}

/* The next line, without its end, which must be there. */
static bool take_line(const char **at, const char *end, const char **line, size_t *length)
{
	const char *stop = memchr(*at, '\n', (size_t)(end - *at));

	if (!stop)
		return false;
	*line = *at;
	*length = (size_t)(stop - *at);
	*at = stop + 1;
	return true;
}

static bool parse(struct nk_info *info, const char *text, const char *end, const char *mark)
{
	nk_auto(str) char *first = nk_format(INFO_OURS "1 %s", mark);
	nk_auto(str) char *second = nk_format(INFO_OURS "2 %s", mark);
	const char *line;
	size_t length;

	if (!take_line(&text, end, &line, &length) || length != strlen(first))
		return false;
	info->has_held = memcmp(line, second, length) == 0;
	if (!info->has_held && memcmp(line, first, length) != 0)
		return false;
	if (!take_line(&text, end, &line, &length) || length == 0 || memchr(line, '\0', length))
		return false;
	info->identity = nk_strndup(line, length);
	return !info->has_held || (take_line(&text, end, &line, &length) &&
				   nk_ranges_parse(&info->held, line, length));
}

bool nk_info_parse(struct nk_info *info, const char *text, size_t length, const char *mark)
{
	bool is_good = parse(info, text, text + length, mark);

	if (!is_good)
		nk_info_release(info);
	return is_good;
}

bool nk_info_read(struct nk_info *info, int folder, const char *name, int part)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_INFO_MAX);
	nk_auto(str) char *mark = new_mark(part, "");

	return mark && read_small(folder, name, &text) &&
	       nk_info_parse(info, text.data, text.len, mark);
}

/* Does it begin as one that was written for this mark? */
static bool has_mark(const struct nk_buf *text, const char *mark)
{
	nk_auto(str) char *line = nk_format(" %s\n", mark);
	size_t ours = strlen(INFO_OURS) + 1;

	return text->len >= ours + strlen(line) &&
	       memcmp(text->data, INFO_OURS, strlen(INFO_OURS)) == 0 &&
	       memcmp(text->data + ours, line, strlen(line)) == 0;
}

/* Was what is at that name written for this part, or for the file that it became: then an earlier run
 * was killed in between? name: "x.part.info". */
static bool is_own(int folder, const char *at, const char *name, const char *mark)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_INFO_MAX);
	nk_auto(str) char *file =
		nk_format("%.*s", (int)(strlen(name) - strlen(".part.info")), name);
	nk_auto(str) char *complete = new_mark(folder, file);

	return read_small(folder, at, &text) &&
	       (has_mark(&text, mark) || (complete && has_mark(&text, complete)));
}

static bool is_there(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A new file, of which nobody has heard. */
static bool write_new(int folder, const char *name, const struct nk_buf *text)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	ssize_t wrote;
	int fd = openat(folder, name, flags, 0600);

	if (fd < 0)
		return false;
	wrote = write(fd, text->data, text->len);
	if (close(fd) == 0 && wrote == (ssize_t)text->len)
		return true;
	unlinkat(folder, name, 0);
	return false;
}

/* Give the new one its name. Somebody's own file may come there at any moment, and is never lost: what
 * was there is looked at when nobody else has it. */
static bool put_in_place(int folder, const char *fresh, const char *name, const char *mark)
{
	if (nk_part_rename_new(folder, fresh, name) == 0)
		return true;
	if (errno != EEXIST)
		return false;
	if (renameat2(folder, fresh, folder, name, RENAME_EXCHANGE) < 0)
		return (errno == EINVAL || errno == ENOSYS) && is_own(folder, name, name, mark) &&
		       renameat(folder, fresh, folder, name) == 0;
	if (is_own(folder, fresh, name, mark))
		return unlinkat(folder, fresh, 0) == 0;
	/* Back again; the other one is taken away by who calls. */
	(void)!renameat2(folder, fresh, folder, name, RENAME_EXCHANGE);
	return false;
}

bool nk_info_write(int folder, const char *name, int part, const char *identity,
		   const struct nk_ranges *held)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_INFO_MAX);
	nk_auto(str) char *mark = new_mark(part, "");
	nk_auto(str) char *fresh = nk_part_hidden_name();

	if (!mark || !fresh || strchr(identity, '\n') ||
	    nk_buf_addf(&text, INFO_OURS "%d %s\n", held ? 2 : 1, mark) < 0 ||
	    nk_buf_add_text(&text, identity) < 0 || nk_buf_add_char(&text, '\n') < 0)
		return false;
	if (held && (nk_ranges_format(held, &text) < 0 || nk_buf_add_char(&text, '\n') < 0))
		return false;
	if ((is_there(folder, name) && !is_own(folder, name, name, mark)) ||
	    !write_new(folder, fresh, &text))
		return false;
	if (put_in_place(folder, fresh, name, mark))
		return true;
	if (is_own(folder, fresh, name, mark))
		unlinkat(folder, fresh, 0);
	return false;
}

bool nk_info_remove(int folder, const char *name, int part)
{
	nk_auto(str) char *mark = new_mark(part, "");
	nk_auto(str) char *hidden = nk_part_hidden_name();

	if (!mark || !is_own(folder, name, name, mark))
		return true;
	/* What came there meanwhile has its name again. */
	if (!hidden || nk_part_rename_new(folder, name, hidden) < 0)
		return false;
	if (!is_own(folder, hidden, name, mark))
		return nk_part_rename_new(folder, hidden, name) == 0;
	return unlinkat(folder, hidden, 0) == 0;
}

void nk_info_release(struct nk_info *info)
{
	free(info->identity);
	nk_ranges_release(&info->held);
	*info = (struct nk_info){ .identity = NULL };
}
