/* hostnames.c - hosts that known_hosts, ssh_config, netrc and pins have names of. */
#include "netkit/hostnames.h"

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include "knownhosts.h"
#include "netkit/linefile.h"
#include "netkit/netrc.h"
#include "netkit/num.h"
#include "netkit/pins.h"
#include "netkit/text.h"
#include "sshconf_parse.h"

/* Files that one ssh_config can make us read: more are a loop, or nobody's. */
#define HOSTNAMES_FILES_MAX 256

/* ---- names ---- */

/* "[h]:2222": the name within and the port; false when it is no such thing. */
static bool take_brackets(const char **text, size_t *length, int *port)
{
	const char *end = *text + *length;
	const char *closing = memchr(*text, ']', *length);
	uint64_t number;

	if (!closing || end - closing < 3 || closing[1] != ':' ||
	    !nk_num_span(closing + 2, (size_t)(end - closing - 2), 65535, &number) || number == 0)
		return false;
	*port = (int)number;
	*length = (size_t)(closing - *text) - 1;
	++*text;
	return true;
}

/* What a host can be called, and a pattern cannot. */
static bool is_host(const char *text, size_t length)
{
	if (length == 0 || text[0] == '-' || !nk_text_is_printable(text, length))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (strchr(" !\"#$&'()*,/;<=>?@[\\]^`{|}", text[i]))
			return false;
	}
	return true;
}

void nk_hostnames_add(struct nk_hostnames *names, const char *text, size_t length)
{
	size_t count = names->count;
	int port = 0;

	if (count == NK_HOSTNAMES_MAX ||
	    (length > 0 && text[0] == '[' && !take_brackets(&text, &length, &port)) ||
	    !is_host(text, length))
		return;
	/* The array doubles: it is full where the count is a power of two. */
	if ((count & (count - 1)) == 0)
		names->items =
			nk_realloc(names->items, (count ? 2 * count : 1) * sizeof(*names->items));
	names->items[count].host = nk_strndup(text, length);
	names->items[count].port = port;
	names->count++;
}

static int compare(const void *a, const void *b)
{
	const struct nk_hostname *one = a;
	const struct nk_hostname *other = b;
	int order = strcmp(one->host, other->host);

	return order ? order : one->port - other->port;
}

void nk_hostnames_sort(struct nk_hostnames *names)
{
	size_t kept = 0;

	if (names->count == 0)
		return;
	qsort(names->items, names->count, sizeof(*names->items), compare);
	for (size_t i = 1; i < names->count; i++) {
		if (compare(&names->items[kept], &names->items[i]) == 0)
			free(names->items[i].host);
		else
			names->items[++kept] = names->items[i];
	}
	names->count = kept + 1;
}

void nk_hostnames_release(struct nk_hostnames *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].host);
	free(names->items);
	*names = (struct nk_hostnames){ .items = NULL };
}

/* ---- known_hosts ---- */

/* "h,[h]:22,*.org": names with commas between them. */
static void add_list(struct nk_hostnames *names, const char *list, size_t length)
{
	const char *end = list + length;

	for (const char *at = list; at < end; at++) {
		const char *stop = memchr(at, ',', (size_t)(end - at));

		stop = stop ? stop : end;
		nk_hostnames_add(names, at, (size_t)(stop - at));
		at = stop;
	}
}

static void read_known_hosts(struct nk_hostnames *names, const char *path)
{
	nk_auto(known_file) struct nk_known_file *file = NULL;
	struct nk_known_line line;
	struct nk_err err = NK_ERR_INIT;

	if (nk_known_file_open(path, &file, &err) < 0)
		return;
	while (nk_known_file_next(file, &line, &err) == 1) {
		if (line.marker == NK_KNOWN_PLAIN)
			add_list(names, line.hosts, line.hosts_length);
	}
}

void nk_hostnames_of_known_hosts(struct nk_hostnames *names, const char *file)
{
	static const char *const usual[] = { "known_hosts", "known_hosts2" };
	const char *home = getenv("HOME");

	if (file) {
		read_known_hosts(names, file);
		return;
	}
	for (size_t i = 0; i < NK_COUNT(usual); i++) {
		nk_auto(str) char *own = home ? nk_format("%s/.ssh/%s", home, usual[i]) : NULL;
		nk_auto(str) char *system = nk_format("/etc/ssh/ssh_%s", usual[i]);

		if (own)
			read_known_hosts(names, own);
		read_known_hosts(names, system);
	}
}

/* ---- ssh_config ---- */

/* The files of one ssh_config. */
struct reading {
	struct nk_hostnames *names;
	struct sshconf_state state; /* where relative includes are */
	int files;
};

static void read_config(struct reading *reading, const char *path);

static void read_included(struct reading *reading, const char *word)
{
	nk_auto(str) char *pattern = NULL;
	struct nk_err err = NK_ERR_INIT;
	glob_t found;

	if (reading->state.source.depth == SSHCONF_DEPTH_MAX ||
	    nk_sshconf_include_pattern(&reading->state, word, &pattern, &err) < 0 ||
	    glob(pattern, 0, NULL, &found) != 0)
		return;
	reading->state.source.depth++;
	for (size_t i = 0; i < found.gl_pathc; i++)
		read_config(reading, found.gl_pathv[i]);
	reading->state.source.depth--;
	globfree(&found);
}

static void read_config_line(struct reading *reading, const char *text, size_t length)
{
	nk_auto(sshconf_line) struct sshconf_line line = SSHCONF_LINE_INIT;
	struct nk_err err = NK_ERR_INIT;

	if (nk_sshconf_line_split(text, length, &line, &err) != 1)
		return;
	for (size_t i = 0; i < line.words.count; i++) {
		const char *word = line.words.items[i];

		if (nk_text_is_same(line.keyword, "Include"))
			read_included(reading, word);
		else if (nk_text_is_same(line.keyword, "Host"))
			nk_hostnames_add(reading->names, word, strlen(word));
	}
}

static void read_config(struct reading *reading, const char *path)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(SSHCONF_FILE_MAX);
	struct nk_err err = NK_ERR_INIT;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return;
	int result = nk_sshconf_read_text(fd, path, &text, &err);

	close(fd);
	if (result < 0 || ++reading->files > HOSTNAMES_FILES_MAX)
		return;
	for (size_t at = 0; at < text.len;) {
		const char *line = text.data + at;
		const char *stop = memchr(line, '\n', text.len - at);
		size_t length = stop ? (size_t)(stop - line) : text.len - at;

		read_config_line(reading, line, length);
		at += length + 1;
	}
}

void nk_hostnames_of_ssh_config(struct nk_hostnames *names, const char *file)
{
	const struct nk_sshconf_query query = { .file = file };
	struct reading reading = { .names = names, .state = { .query = &query } };

	if (file && nk_text_is_same(file, "none"))
		return;
	nk_sshconf_find_user(&reading.state);
	nk_auto(str) char *own = nk_format("%s/.ssh/config", reading.state.home);

	reading.state.source.is_users = true;
	read_config(&reading, file ? file : own);
	reading.state.source.is_users = false;
	if (!file)
		read_config(&reading, SSHCONF_SYSTEM_FILE);
	nk_sshconf_state_release(&reading.state);
}

/* ---- netrc ---- */

void nk_hostnames_of_netrc(struct nk_hostnames *names, const char *file)
{
	struct nk_err err = NK_ERR_INIT;
	char *text = NULL;
	char *host = NULL;
	size_t length = 0;
	size_t at = 0;

	if (nk_netrc_read(file, &text, &length, &err) != 1)
		return;
	while (nk_netrc_next_machine(text, length, &at, &host, &err) == 1) {
		nk_hostnames_add(names, host, strlen(host));
		free(host);
	}
	nk_secret_wipe(text, length);
	free(text);
}

/* ---- pins ---- */

void nk_hostnames_of_pins(struct nk_hostnames *names, const char *file)
{
	nk_auto(linefile) struct nk_linefile lines = NK_LINEFILE_INIT;
	nk_auto(str) char *usual = nk_pins_path();
	const char *path = file ? file : usual;
	struct nk_err err = NK_ERR_INIT;
	struct nk_pin_line line;
	const char *text;
	size_t length;

	if (!path || nk_linefile_read(&lines, path, true, &err) < 0)
		return;
	while (nk_linefile_next(&lines, &text, &length)) {
		if (nk_pin_line_parse(text, length, &line) != 1)
			continue;
		nk_auto(str) char *name =
			nk_format("[%.*s]:%d", (int)line.host_length, line.host, line.port);

		nk_hostnames_add(names, name, strlen(name));
	}
}
