/* secret.c - values that cannot be printed. */
#include "netkit/secret.h"

#include <errno.h>
#include <unistd.h>

int nk_secret_set(struct nk_secret *secret, const char *bytes, size_t length, struct nk_err *err)
{
	if (length > NK_SECRET_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "the secret is longer than %d bytes",
			       NK_SECRET_MAX);
	if (length > 0 && memchr(bytes, '\0', length))
		return nk_fail(err, NK_E_USAGE, 0, "the secret holds a NUL byte");
	char *copy = nk_strndup(bytes, length);

	nk_secret_release(secret);
	secret->bytes = copy;
	secret->len = length;
	return 0;
}

/*
 * Read up to a line end or size bytes. Byte by byte: what follows the first line of a pipe or of
 * stdin belongs to somebody else. Returns the count, or -1; *ended says whether the file did.
 */
static ssize_t read_line(int fd, char *line, size_t size, bool *ended)
{
	size_t length = 0;

	*ended = false;
	while (length < size) {
		ssize_t got = read(fd, line + length, 1);

		if (got < 0)
			return -1;
		*ended = got == 0;
		if (got == 0 || line[length] == '\n')
			break;
		length++;
	}
	return length;
}

int nk_secret_read(struct nk_secret *secret, int fd, const char *name, struct nk_err *err)
{
	/* One byte more than fits shows that it does not fit; another may be the CR. */
	char line[NK_SECRET_MAX + 2];
	bool ended;
	ssize_t length = read_line(fd, line, sizeof(line), &ended);
	int status = -1;

	if (length < 0 && errno == EINTR)
		nk_fail(err, NK_E_INTERRUPT, 0, "interrupted");
	else if (length < 0)
		nk_fail_errno(err, NK_E_READ, "reading a secret");
	else if (length == 0 && ended)
		nk_fail(err, NK_E_USAGE, 0, "it is empty, a secret was expected");
	else
		status = nk_secret_set(secret, line,
				       length > 0 && line[length - 1] == '\r' ? length - 1 : length,
				       err);
	nk_secret_wipe(line, sizeof(line));
	return status < 0 ? nk_wrap(err, "%s", name) : 0;
}

bool nk_secret_is_set(const struct nk_secret *secret)
{
	return secret->bytes;
}

void nk_secret_wipe(void *bytes, size_t length)
{
	explicit_bzero(bytes, length);
}

void nk_secret_release(struct nk_secret *secret)
{
	if (secret->bytes)
		nk_secret_wipe(secret->bytes, secret->len);
	free(secret->bytes);
	secret->bytes = NULL;
	secret->len = 0;
}
