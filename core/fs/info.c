/* info.c - what is kept beside a partial file. */
#include "info.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Is there nothing under this name, or what was written for this part, or for the file that it became:
 * then an earlier run was killed in between? name: "x.part.info" or its like. */
static bool is_own_or_free(int folder, const char *name, const char *mark)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_INFO_MAX);
	nk_auto(str) char *file =
		nk_format("%.*s", (int)(strlen(name) - strlen(".part.info")), name);
	nk_auto(str) char *complete = new_mark(folder, file);
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return true;
	return read_small(folder, name, &text) &&
	       (has_mark(&text, mark) || (complete && has_mark(&text, complete)));
}

/* A new file beside it, of which nobody has heard; one that an earlier run was killed with is ours. */
static bool write_new(int folder, const char *name, const char *mark, const struct nk_buf *text)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	ssize_t wrote;
	int fd;

	if (!is_own_or_free(folder, name, mark))
		return false;
	unlinkat(folder, name, 0);
	fd = openat(folder, name, flags, 0600);
	if (fd < 0)
		return false;
	wrote = write(fd, text->data, text->len);
	if (close(fd) == 0 && wrote == (ssize_t)text->len)
		return true;
	unlinkat(folder, name, 0);
	return false;
}

bool nk_info_write(int folder, const char *name, int part, const char *identity,
		   const struct nk_ranges *held)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_INFO_MAX);
	nk_auto(str) char *mark = new_mark(part, "");
	/* No longer than the name itself, which is known to fit. */
	nk_auto(str) char *beside =
		nk_format("%.*snext", (int)(strlen(name) - strlen("info")), name);

	if (!mark || strchr(identity, '\n') ||
	    nk_buf_addf(&text, INFO_OURS "%d %s\n", held ? 2 : 1, mark) < 0 ||
	    nk_buf_add_text(&text, identity) < 0 || nk_buf_add_char(&text, '\n') < 0)
		return false;
	if (held && (nk_ranges_format(held, &text) < 0 || nk_buf_add_char(&text, '\n') < 0))
		return false;
	if (!is_own_or_free(folder, name, mark) || !write_new(folder, beside, mark, &text))
		return false;
	if (renameat(folder, beside, folder, name) == 0)
		return true;
	unlinkat(folder, beside, 0);
	return false;
}

bool nk_info_remove(int folder, const char *name, int part)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_INFO_MAX);
	nk_auto(str) char *mark = new_mark(part, "");

	if (!mark || !read_small(folder, name, &text) || !has_mark(&text, mark))
		return true;
	return unlinkat(folder, name, 0) == 0;
}

void nk_info_release(struct nk_info *info)
{
	free(info->identity);
	nk_ranges_release(&info->held);
	*info = (struct nk_info){ .identity = NULL };
}
