/* trustlist.c - the lines of remembered keys, of TLS and SSH alike: printed, and taken out. */
#include "trust.h"

#include "netkit/codec.h"
#include "netkit/linefile.h"
#include "netkit/log.h"
#include "netkit/num.h"

/* Longest key of a known_hosts line. */
#define LIST_BLOB_MAX NK_KNOWN_HOSTS_LINE_MAX

/* One file being gone through. */
struct list {
	const struct nk_trust_files *files;
	struct nk_out *out;
	const char *path;
	bool takes_out;
	int count;
	struct nk_err err; /* of printing */

	/* What is taken out is told when it is gone. */
	struct nk_arena arena;
	struct nk_trust_row *rows; /* owned */
	size_t row_count;
};

static void list_release(struct list *list)
{
	nk_arena_release(&list->arena);
	free(list->rows);
}
NK_AUTO(list, struct list, list_release)

static const char *list_copy(struct list *list, const char *text)
{
	return text ? nk_arena_strndup(&list->arena, text, strlen(text)) : NULL;
}

static void list_keep(struct list *list, const struct nk_trust_row *row)
{
	struct nk_trust_row copy = *row;

	copy.host = list_copy(list, row->host);
	copy.key_type = list_copy(list, row->key_type);
	copy.key = list_copy(list, row->key);
	copy.comment = list_copy(list, row->comment);
	list->rows = nk_realloc(list->rows, (list->row_count + 1) * sizeof(*list->rows));
	list->rows[list->row_count++] = copy;
}

static void list_print(struct list *list, const struct nk_trust_row *row)
{
	if (list->takes_out)
		list_keep(list, row);
	else if (nk_out_put(list->out, &nk_trust_record, row, &list->err) == 0)
		list->count++;
}

/* They are gone. */
static int list_print_kept(struct list *list, struct nk_err *err)
{
	for (size_t i = 0; i < list->row_count; i++) {
		if (nk_out_put(list->out, &nk_trust_record, &list->rows[i], err) < 0)
			return -1;
		list->count++;
	}
	list->row_count = 0;
	nk_arena_reset(&list->arena);
	return 0;
}

/* ---- pins ---- */

static bool list_pin(const char *text, size_t length, long number, void *arg)
{
	struct list *list = arg;
	const struct nk_trust_name *name = list->files->name;
	struct nk_pin_line line;

	if (nk_pin_line_parse(text, length, &line) != 1 ||
	    (name && !nk_pin_line_is_of(&line, name->host, name->port)))
		return false;
	nk_auto(str) char *host = nk_strndup(line.host, line.host_length);
	nk_auto(str) char *comment =
		line.comment_length > 0 ? nk_strndup(line.comment, line.comment_length) : NULL;
	const struct nk_trust_row row = {
		.kind = "tls",
		.host = host,
		.port = line.port,
		.key = line.pin,
		.added = line.added < 0 ? NK_ENTRY_NO_TIME : line.added,
		.comment = comment,
		.file = list->path,
		.line = number,
	};

	list_print(list, &row);
	return true;
}

/* ---- known_hosts ---- */

/* One of the names between commas: is it "[host]:ANY"? */
static bool list_name_has_host(const char *name, size_t length, const char *host)
{
	size_t host_length = strlen(host);

	return length > host_length + 2 && name[0] == '[' && name[host_length + 1] == ']' &&
	       strncasecmp(name + 1, host, host_length) == 0;
}

static bool list_has_any_port(const struct nk_known_line *line, const char *host)
{
	const char *end = line->hosts + line->hosts_length;

	for (const char *at = line->hosts; at < end;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		size_t length = (size_t)((comma ? comma : end) - at);

		if (list_name_has_host(at, length, host))
			return true;
		at += length + 1;
	}
	return false;
}

static bool list_is_wanted(const struct list *list, const struct nk_known_line *line)
{
	const struct nk_trust_name *name = list->files->name;

	if (!name)
		return true;
	nk_auto(str) char *known_as = nk_hostkey_known_as(name->host, name->port ? name->port : 22);

	return nk_known_line_matches(line, known_as) ||
	       (list->files->known_as && nk_known_line_matches(line, list->files->known_as)) ||
	       (name->port == 0 && list_has_any_port(line, name->host));
}

/* A line for one host, not for all that a pattern matches. */
static bool list_is_of_one(const struct nk_known_line *line)
{
	return line->hosts[0] == '|' || (!memchr(line->hosts, '*', line->hosts_length) &&
					 !memchr(line->hosts, '?', line->hosts_length) &&
					 !memchr(line->hosts, '!', line->hosts_length));
}

/* The fingerprint of the key; NULL when it is none. A new string. */
static char *list_fingerprint(const struct nk_known_line *line)
{
	nk_auto(buf) struct nk_buf blob = NK_BUF_INIT(LIST_BLOB_MAX);
	nk_auto(str) char *type = nk_strndup(line->type, line->type_length);
	struct nk_hostkey key = { .type = type };
	struct nk_err ignored = NK_ERR_INIT;
	char *text = NULL;

	if (nk_base64_decode(&blob, line->key, line->key_length) < 0)
		return NULL;
	key.blob = (const unsigned char *)blob.data;
	key.length = blob.len;
	return nk_hostkey_fingerprint(&key, &text, &ignored) < 0 ? NULL : text;
}

/* The names of a line as they are shown: "h", 22 of "h"; "h", 2222 of "[h]:2222"; several as they
 * stand there, and of a hashed one the name that was asked for. A new string. */
static char *list_host(const struct list *list, const struct nk_known_line *line, int64_t *port)
{
	const struct nk_trust_name *name = list->files->name;
	const char *end = memchr(line->hosts, ']', line->hosts_length);
	uint64_t number;

	*port = -1;
	if (line->hosts[0] == '|') {
		*port = name && name->port ? name->port : -1;
		return nk_strdup(name ? name->host : "(hashed)");
	}
	if (!list_is_of_one(line) || memchr(line->hosts, ',', line->hosts_length))
		return nk_strndup(line->hosts, line->hosts_length);
	if (line->hosts[0] == '[' && end && end[1] == ':' &&
	    nk_num_span(end + 2, line->hosts_length - (size_t)(end + 2 - line->hosts), 65535,
			&number)) {
		*port = (int64_t)number;
		return nk_strndup(line->hosts + 1, (size_t)(end - line->hosts - 1));
	}
	*port = 22;
	return nk_strndup(line->hosts, line->hosts_length);
}

static bool list_known(const char *text, size_t length, long number, void *arg)
{
	static const char *const markers[] = {
		[NK_KNOWN_PLAIN] = NULL,
		[NK_KNOWN_REVOKED] = "revoked",
		[NK_KNOWN_AUTHORITY] = "cert-authority",
	};
	struct list *list = arg;
	struct nk_known_line line;

	if (nk_known_line_parse(text, length, &line) != 1 || !list_is_wanted(list, &line))
		return false;
	/* What is revoked stays so, and a pattern speaks of others too. */
	if (list->takes_out && (line.marker != NK_KNOWN_PLAIN || !list_is_of_one(&line))) {
		nk_log(NK_LOG_NOTICE, "%s:%ld stays: %s", list->path, number,
		       line.marker != NK_KNOWN_PLAIN ? markers[line.marker]
						     : "it is a pattern for several hosts");
		return false;
	}
	struct nk_trust_row row = {
		.kind = "ssh",
		.marker = markers[line.marker],
		.added = NK_ENTRY_NO_TIME,
		.file = list->path,
		.line = number,
	};
	nk_auto(str) char *host = list_host(list, &line, &row.port);
	nk_auto(str) char *type = nk_strndup(line.type, line.type_length);
	nk_auto(str) char *key = list_fingerprint(&line);

	row.host = host;
	row.key_type = type;
	row.key = key;
	list_print(list, &row);
	return true;
}

/* ---- files ---- */

typedef bool list_line_fn(const char *line, size_t length, long number, void *arg);

/* Another user's key file, or a broken one, does not hide the rest. */
static int list_file(struct list *list, list_line_fn *one, bool is_private, struct nk_err *err)
{
	nk_auto(linefile) struct nk_linefile file = NK_LINEFILE_INIT;
	struct nk_err why = NK_ERR_INIT;
	const char *text;
	size_t length;

	if (nk_linefile_read(&file, list->path, is_private, &why) < 0) {
		if (why.domain == NK_E_MISSING)
			return 0;
		*err = why;
		return -1;
	}
	while (nk_linefile_next(&file, &text, &length) && list->err.domain == NK_E_NONE)
		(void)one(text, length, file.line, list);
	return 0;
}

static int list_each(struct list *list, const struct nk_strings *paths, struct nk_err *err)
{
	for (size_t i = 0; paths && i < paths->count; i++) {
		list->path = paths->items[i];
		if (list_file(list, list_known, false, err) < 0)
			return -1;
	}
	return 0;
}

int nk_trust_print(const struct nk_trust_files *files, struct nk_out *out, struct nk_err *err)
{
	struct list list = { .files = files, .out = out, .path = files->pins };

	if (files->pins && list_file(&list, list_pin, true, err) < 0)
		return -1;
	if (list_each(&list, files->known, err) < 0 || list_each(&list, files->system, err) < 0)
		return -1;
	if (list.err.domain != NK_E_NONE) {
		*err = list.err;
		return -1;
	}
	return list.count;
}

static int list_take_out(struct list *list, const char *path, list_line_fn *one, bool is_private,
			 struct nk_err *err)
{
	const struct nk_linefile_how how = {
		.drops = one,
		.arg = list,
		.is_private = is_private,
	};

	list->path = path;
	if (nk_linefile_take_out(path, &how, err) < 0)
		return -1;
	return list_print_kept(list, err);
}

int nk_trust_take_out(const struct nk_trust_files *files, struct nk_out *out, struct nk_err *err)
{
	nk_auto(list) struct list list = { .files = files,
					   .out = out,
					   .takes_out = true,
					   .arena = NK_ARENA_INIT(NK_LINEFILE_MAX) };

	if (files->pins && list_take_out(&list, files->pins, list_pin, true, err) < 0)
		return -1;
	for (size_t i = 0; i < files->known->count; i++) {
		if (list_take_out(&list, files->known->items[i], list_known, false, err) < 0)
			return -1;
	}
	return list.count;
}
