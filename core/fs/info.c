/* info.c - what is kept beside a partial file. */
#include "info.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netkit/buf.h"

/* Our mark, with the version of the format. */
#define INFO_MARK "netkit 1 "

/* The longest identity is a URL with each byte escaped. */
#define INFO_MAX 65536

/* A server that sends us NAME.part and NAME.part.info must not be believed when NAME is fetched
 * from somewhere else: the mark holds what it cannot know, the inode and its time of birth. */
static bool add_mark(struct nk_buf *text, int part)
{
	struct statx st;

	if (statx(part, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) < 0)
		return false;
	return nk_buf_addf(text, INFO_MARK "%llu.%lld.%u\n", (unsigned long long)st.stx_ino,
			   (long long)st.stx_btime.tv_sec, st.stx_btime.tv_nsec) == 0;
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

char *nk_info_read(int folder, const char *info, int part)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(INFO_MAX);
	nk_auto(buf) struct nk_buf mark = NK_BUF_INIT(INFO_MAX);
	const char *line;
	const char *end;

	if (!add_mark(&mark, part) || !read_small(folder, info, &text))
		return NULL;
	if (text.len <= mark.len || memcmp(text.data, mark.data, mark.len) != 0)
		return NULL;
	line = text.data + mark.len;
	end = strchr(line, '\n');
	return end ? nk_strndup(line, (size_t)(end - line)) : NULL;
}

/* Open it for writing: a new one, or one that begins with our mark. */
static int open_own(int folder, const char *info)
{
	const int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(INFO_MAX);
	int fd = openat(folder, info, flags | O_CREAT | O_EXCL, 0600);

	if (fd >= 0)
		return fd;
	if (!read_small(folder, info, &text) ||
	    strncmp(text.data, INFO_MARK, strlen(INFO_MARK)) != 0)
		return -1;
	return openat(folder, info, flags | O_TRUNC);
}

bool nk_info_write(int folder, const char *info, int part, const char *identity)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(INFO_MAX);
	ssize_t wrote;
	int fd;

	if (strchr(identity, '\n') || !add_mark(&text, part) ||
	    nk_buf_addf(&text, "%s\n", identity) < 0)
		return false;
	fd = open_own(folder, info);
	if (fd < 0)
		return false;
	wrote = write(fd, text.data, text.len);
	close(fd);
	if (wrote != (ssize_t)text.len) {
		unlinkat(folder, info, 0);
		return false;
	}
	return true;
}
