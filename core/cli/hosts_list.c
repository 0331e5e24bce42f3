/* hosts_list.c - the file of hosts: one a line, each once. */
#include "hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "netkit/num.h"

/* Slots of the table of hosts seen, before it grows. */
#define SEEN_FIRST 64

/* Bytes read at a time. */
#define READ_STEP 65536

/* A byte order mark, as some editors put it before UTF-8. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Which hosts were seen: indexes plus one, 0 for a free slot; at least half of them are free. */
struct seen {
	uint32_t *slots;
	size_t size; /* a power of two */
};

static void release_seen(struct seen *seen)
{
	free(seen->slots);
}
NK_AUTO(seen, struct seen, release_seen)

void nk_hosts_release(struct nk_hosts *hosts)
{
	free(hosts->text);
	free(hosts->starts);
	*hosts = (struct nk_hosts){ 0 };
}

const char *nk_hosts_at(const struct nk_hosts *hosts, size_t index)
{
	return hosts->text + hosts->starts[index];
}

/* FNV-1a. */
static size_t hash(const char *text)
{
	uint64_t value = 0xcbf29ce484222325;

	for (; *text != '\0'; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3;
	return (size_t)(value ^ value >> 32);
}

/* The slot of a host, or the free one where it belongs. */
static uint32_t *find_slot(const struct seen *seen, const struct nk_hosts *hosts, const char *host)
{
	size_t at = hash(host) & (seen->size - 1);

	while (seen->slots[at] != 0 && strcmp(nk_hosts_at(hosts, seen->slots[at] - 1), host) != 0)
		at = (at + 1) & (seen->size - 1);
	return &seen->slots[at];
}

/* Room for one more, in the table and in the list: both double. */
static void make_room(struct seen *seen, struct nk_hosts *hosts)
{
	if (hosts->count * 2 < seen->size)
		return;
	seen->size = seen->size ? seen->size * 2 : SEEN_FIRST;
	free(seen->slots);
	seen->slots = nk_alloc(seen->size * sizeof(*seen->slots));
	hosts->starts = nk_realloc(hosts->starts, seen->size / 2 * sizeof(*hosts->starts));
	for (size_t i = 0; i < hosts->count; i++)
		*find_slot(seen, hosts, nk_hosts_at(hosts, i)) = (uint32_t)i + 1;
}

static void add_host(struct seen *seen, struct nk_hosts *hosts, const char *host)
{
	make_room(seen, hosts);
	uint32_t *slot = find_slot(seen, hosts, host);

	if (*slot != 0) {
		hosts->duplicates++;
		return;
	}
	hosts->starts[hosts->count++] = (uint32_t)(host - hosts->text);
	*slot = (uint32_t)hosts->count;
}

/* ":port" or nothing. */
static const char *fault_of_port(const char *text)
{
	int port;

	if (*text == '\0')
		return NULL;
	return *text == ':' && nk_num_int(text + 1, 1, 65535, &port) ? NULL : "its port is none";
}

/* "[v6]", "[v6%zone]", and a port. */
static const char *fault_of_address(const char *text)
{
	size_t digits = strspn(text + 1, "0123456789abcdefABCDEF:.");
	const char *end = strchr(text, ']');

	if (!end || digits < 2 || (text + 1 + digits != end && text[1 + digits] != '%'))
		return "what is in brackets is no IPv6 address";
	return fault_of_port(end + 1);
}

static const char *fault_of_name(const char *host)
{
	const char *colon = strchr(host, ':');

	if (*host == '\0' || host == colon)
		return "it names no host";
	if (*host == '[')
		return fault_of_address(host);
	if (strchr(host, '[') || strchr(host, ']'))
		return "it has a bracket in it";
	if (strcmp(host, ".") == 0 || strcmp(host, "..") == 0)
		return "it names no host";
	if (colon && strchr(colon + 1, ':'))
		return "an IPv6 address belongs in [brackets]";
	return colon ? fault_of_port(colon) : NULL;
}

/* Why a line is no host; NULL when it is one. */
static const char *fault_of(const char *line, size_t length)
{
	const char *at = strchr(line, '@');

	if (length > NK_HOST_MAX)
		return "it is longer than 255 bytes";
	for (const char *c = line; c < line + length; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return "it has a control character in it";
		if (*c == ' ')
			return "it has a blank in it";
		if (strchr("/\\?#{},\"", *c))
			return "it has a character in it that no host has";
	}
	if (!nk_text_is_utf8(line, length))
		return "it is not UTF-8";
	if (*line == '-')
		return "it begins with a dash";
	if (!at)
		return fault_of_name(line);
	if (at == line)
		return "it names no user before the @";
	if (memchr(line, ':', (size_t)(at - line)))
		return "a password does not belong there";
	return strchr(at + 1, '@') ? "it has two @" : fault_of_name(at + 1);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Parse the line [line, end), which may be written to up to and with *end. */
static int parse_line(struct seen *seen, struct nk_hosts *hosts, char *line, char *end,
		      const char **fault)
{
	while (line < end && is_blank(*line))
		line++;
	while (end > line && is_blank(end[-1]))
		end--;
	*end = '\0';
	if (line == end || *line == '#')
		return 0;
	*fault = fault_of(line, (size_t)(end - line));
	if (*fault)
		return -1;
	add_host(seen, hosts, line);
	return 0;
}

int nk_hosts_parse(struct nk_hosts *hosts, char *text, size_t length, const char *name,
		   struct nk_err *err)
{
	nk_auto(hosts) struct nk_hosts parsed = { .text = text };
	nk_auto(seen) struct seen seen = { 0 };
	char *line = text, *end = text + length;
	const char *fault = NULL;

	if (nk_text_has_prefix(text, BYTE_ORDER_MARK))
		line += strlen(BYTE_ORDER_MARK);
	for (size_t number = 1; line < end; number++) {
		char *next = memchr(line, '\n', (size_t)(end - line));

		next = next ? next : end;
		if (parse_line(&seen, &parsed, line, next, &fault) < 0)
			return nk_fail(err, NK_E_USAGE, 0, "%s:%zu: no host: %s", name, number,
				       fault);
		line = next + 1;
	}
	if (parsed.count == 0)
		return nk_fail(err, NK_E_USAGE, 0, "%s: no host in it", name);
	*hosts = parsed;
	parsed = (struct nk_hosts){ 0 };
	return 0;
}

static int read_all(int fd, const char *name, struct nk_buf *text, struct nk_err *err)
{
	nk_auto(str) char *piece = nk_alloc(READ_STEP);

	for (;;) {
		ssize_t got = read(fd, piece, READ_STEP);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return nk_fail_errno(err, NK_E_USAGE, "%s", name);
		if (got == 0)
			return 0;
		if (nk_buf_add(text, piece, (size_t)got) < 0)
			return nk_fail(err, NK_E_USAGE, 0, "%s: more than %zu bytes of hosts", name,
				       NK_HOSTS_FILE_MAX);
	}
}

int nk_hosts_read(struct nk_hosts *hosts, const char *path, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_HOSTS_FILE_MAX);
	bool is_stdin = strcmp(path, "-") == 0;
	const char *name = is_stdin ? "standard input" : path;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int result;

	if (fd < 0)
		return nk_fail_errno(err, NK_E_USAGE, "%s", name);
	result = read_all(fd, name, &text, err);
	if (!is_stdin)
		close(fd);
	if (result < 0)
		return -1;
	/* Exactly as long as it is: hosts stay where they were read. */
	char *whole = nk_alloc(text.len + 1);

	memcpy(whole, text.data, text.len);
	return nk_hosts_parse(hosts, whole, text.len, name, err);
}

char *nk_hosts_fill(const char *operand, const char *host)
{
	nk_auto(buf) struct nk_buf filled = NK_BUF_INIT((strlen(operand) + 1) * (NK_HOST_MAX + 1));

	for (const char *mark; (mark = strstr(operand, NK_HOSTS_MARK));
	     operand = mark + strlen(NK_HOSTS_MARK)) {
		/* The limit holds whatever comes. */
		if (nk_buf_add(&filled, operand, (size_t)(mark - operand)) < 0 ||
		    nk_buf_add_text(&filled, host) < 0)
			abort();
	}
	if (nk_buf_add_text(&filled, operand) < 0)
		abort();
	return nk_strdup(filled.data);
}
