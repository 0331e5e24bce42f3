/* out.c - the sink that prints structs by their record tables (CSV: RFC 4180; JSON: RFC 8259). */
#include "netkit/record.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "netkit/clock.h"
#include "netkit/codec.h"
#include "netkit/log.h"

/* What is collected before it is written. */
#define OUT_BUFFER_SIZE 65536

/* Longest record: a few names and URLs of NK_ENTRY_NAME_MAX bytes, each escaped. */
#define OUT_RECORD_MAX ((size_t)1 << 20)

/* Longest --fields that a record can have. */
#define OUT_COLUMNS_MAX 64

/* Cells of a value that is no text. */
#define OUT_VALUE_SIZE 64

struct nk_out {
	const struct nk_out_policy *policy;
	enum nk_output format;
	int fd;
	bool is_dumb; /* stdout carries a file: records are dropped */
	bool is_terminal;
	bool is_colored;
	struct nk_buf buf;
	struct nk_buf text;		/* one value, raw or escaped */
	const struct nk_record *record; /* that columns are of */
	const struct nk_field *columns[OUT_COLUMNS_MAX];
	int count;
	bool has_header; /* of these columns, in CSV */
	int64_t put;	 /* records printed */
};

static bool wants_color(const struct nk_out *out)
{
	const char *term = getenv("TERM");
	const char *none = getenv("NO_COLOR");

	if (out->policy->color != NK_WHEN_AUTO)
		return out->policy->color == NK_WHEN_ALWAYS;
	return out->is_terminal && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

int nk_out_open(const struct nk_out_policy *policy, struct nk_out **result, struct nk_err *err)
{
	int fd = STDOUT_FILENO;

	if (policy->file && strcmp(policy->file, "-") != 0) {
		fd = open(policy->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
		if (fd < 0)
			return nk_fail_errno(err, NK_E_WRITE, "%s", policy->file);
	}
	struct nk_out *out = nk_alloc(sizeof(*out));

	out->policy = policy;
	out->fd = fd;
	out->is_terminal = policy->is_for_terminal || isatty(fd) == 1;
	out->format = policy->json ? NK_OUTPUT_JSON : (enum nk_output)policy->output;
	if (out->format == NK_OUTPUT_NAGIOS)
		out->format = NK_OUTPUT_TSV;
	if (out->format == NK_OUTPUT_AUTO)
		out->format = out->is_terminal ? NK_OUTPUT_TABLE : NK_OUTPUT_TSV;
	out->is_colored = out->format == NK_OUTPUT_TABLE && wants_color(out);
	out->buf = (struct nk_buf)NK_BUF_INIT(OUT_BUFFER_SIZE + OUT_RECORD_MAX);
	out->text = (struct nk_buf)NK_BUF_INIT(OUT_RECORD_MAX);
	if (out->format == NK_OUTPUT_TABLE)
		setlocale(LC_CTYPE, ""); /* widths are measured */
	*result = out;
	return 0;
}

bool nk_out_is_json(const struct nk_out *out)
{
	return out->format == NK_OUTPUT_JSON;
}

bool nk_out_is_explicit(const struct nk_out *out)
{
	return out->policy->json || out->policy->output != NK_OUTPUT_AUTO || out->policy->fields;
}

bool nk_out_is_on_terminal(const struct nk_out *out)
{
	return out->is_terminal;
}

void nk_out_give_stdout_away(struct nk_out *out)
{
	out->is_dumb = out->fd == STDOUT_FILENO;
}

void nk_out_take_stdout_back(struct nk_out *out)
{
	out->is_dumb = false;
}

int nk_out_flush(struct nk_out *out, struct nk_err *err)
{
	const char *bytes = out->buf.data;
	size_t left = out->buf.len;

	if (left > 0 && out->is_terminal)
		nk_log_clear_status();
	while (left > 0) {
		ssize_t wrote = write(out->fd, bytes, left);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0) {
			nk_buf_clear(&out->buf);
			return nk_fail_errno(err, NK_E_WRITE, "%s",
					     out->fd == STDOUT_FILENO ? "standard output"
								      : out->policy->file);
		}
		bytes += wrote;
		left -= (size_t)wrote;
	}
	nk_buf_clear(&out->buf);
	return 0;
}

static const struct nk_field *find_field(const struct nk_record *record, const char *name,
					 size_t length)
{
	for (const struct nk_field *field = record->fields; field->kind != NK_FIELD_KIND_END;
	     field++) {
		if (strlen(field->name) == length && strncmp(field->name, name, length) == 0)
			return field;
	}
	return NULL;
}

static int fail_field(const struct nk_record *record, const char *name, size_t length,
		      struct nk_err *err)
{
	nk_auto(buf) struct nk_buf list = NK_BUF_INIT(4096);
	nk_auto(str) char *asked = nk_strndup(name, length);

	for (const struct nk_field *field = record->fields; field->kind != NK_FIELD_KIND_END;
	     field++) {
		if (nk_buf_addf(&list, "%s%s", list.len > 0 ? ", " : "", field->name) < 0)
			break;
	}
	return nk_fail(err, NK_E_USAGE, 0, "--fields: records of type %s have no '%s', but %s",
		       record->type, asked, list.data);
}

/* The columns that --fields names. */
static int choose_named(struct nk_out *out, const struct nk_record *record, struct nk_err *err)
{
	out->count = 0;
	for (const char *name = out->policy->fields;;) {
		size_t length = strcspn(name, ",");
		const struct nk_field *field = find_field(record, name, length);

		if (!field)
			return fail_field(record, name, length, err);
		if (out->count == OUT_COLUMNS_MAX)
			return nk_fail(err, NK_E_USAGE, 0, "--fields: more than %d",
				       OUT_COLUMNS_MAX);
		out->columns[out->count++] = field;
		if (name[length] == '\0')
			return 0;
		name += length + 1;
	}
}

int nk_out_check(struct nk_out *out, const struct nk_record *record, struct nk_err *err)
{
	if (out->record == record)
		return 0;
	out->record = NULL;
	out->count = 0;
	out->has_header = false;
	if (out->policy->fields && record != &nk_summary_record && record != &nk_host_record) {
		if (choose_named(out, record, err) < 0)
			return -1;
		out->record = record;
		return 0;
	}
	for (const struct nk_field *field = record->fields;
	     field->kind != NK_FIELD_KIND_END && out->count < OUT_COLUMNS_MAX; field++) {
		if (!field->is_extra || out->format == NK_OUTPUT_JSON)
			out->columns[out->count++] = field;
	}
	out->record = record;
	return 0;
}

/* The value of a field that is no string; NULL when it is absent. */
static const char *value_of(const struct nk_field *field, const void *row, char out[OUT_VALUE_SIZE])
{
	const void *at = (const char *)row + field->offset;
	int64_t number = 0;

	switch (field->kind) {
	case NK_FIELD_KIND_I64:
		memcpy(&number, at, sizeof(number));
		snprintf(out, OUT_VALUE_SIZE, "%lld", (long long)number);
		return number == -1 ? NULL : out;
	case NK_FIELD_KIND_SIGNED:
		memcpy(&number, at, sizeof(number));
		snprintf(out, OUT_VALUE_SIZE, "%lld", (long long)number);
		return number == NK_ENTRY_NO_TIME ? NULL : out;
	case NK_FIELD_KIND_TIME:
		memcpy(&number, at, sizeof(number));
		return number == NK_ENTRY_NO_TIME ? NULL : nk_clock_rfc3339(number, out);
	case NK_FIELD_KIND_MODE:
		snprintf(out, OUT_VALUE_SIZE, "%04o", (unsigned)*(const int *)at & 07777);
		return *(const int *)at < 0 ? NULL : out;
	case NK_FIELD_KIND_SECONDS:
	case NK_FIELD_KIND_MS:
		snprintf(out, OUT_VALUE_SIZE, "%.3f", *(const double *)at);
		return *(const double *)at < 0 ? NULL : out;
	case NK_FIELD_KIND_BOOL:
		return *(const bool *)at ? "true" : "false";
	default:
		return NULL;
	}
}

static const char *text_of(const struct nk_field *field, const void *row)
{
	return *(const char *const *)((const char *)row + field->offset);
}

/* "name":"text", or "name_b64":"..." when it is not UTF-8. */
static int add_json_text(struct nk_out *out, const char *name, const char *text)
{
	if (nk_buf_addf(&out->buf, ",\"%s", name) < 0)
		return -1;
	size_t length = strlen(text);

	if (!nk_text_is_utf8(text, length)) {
		if (nk_buf_add_text(&out->buf, "_b64\":\"") < 0 ||
		    nk_base64_encode(&out->buf, text, length) < 0)
			return -1;
	} else if (nk_buf_add_text(&out->buf, "\":\"") < 0 ||
		   nk_text_json(&out->buf, text, length) < 0) {
		return -1;
	}
	return nk_buf_add_char(&out->buf, '"');
}

static const struct nk_strings *list_of(const struct nk_field *field, const void *row)
{
	return (const void *)((const char *)row + field->offset);
}

/* "name":["a","b"], or "name_b64":[...] when one of them is not UTF-8. */
static int add_json_list(struct nk_out *out, const char *name, const struct nk_strings *list)
{
	bool is_utf8 = true;

	for (size_t i = 0; i < list->count; i++)
		is_utf8 = is_utf8 && nk_text_is_utf8(list->items[i], strlen(list->items[i]));
	if (nk_buf_addf(&out->buf, ",\"%s%s\":[", name, is_utf8 ? "" : "_b64") < 0)
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->items[i];

		if (nk_buf_add_text(&out->buf, i > 0 ? ",\"" : "\"") < 0 ||
		    (is_utf8 ? nk_text_json(&out->buf, text, strlen(text))
			     : nk_base64_encode(&out->buf, text, strlen(text))) < 0 ||
		    nk_buf_add_char(&out->buf, '"') < 0)
			return -1;
	}
	return nk_buf_add_char(&out->buf, ']');
}

static int add_json(struct nk_out *out, const void *row)
{
	char value[OUT_VALUE_SIZE];

	if (nk_buf_addf(&out->buf, "{\"v\":1,\"type\":\"%s\"", out->record->type) < 0)
		return -1;
	if (out->policy->host && !find_field(out->record, "host", strlen("host")) &&
	    add_json_text(out, "host", out->policy->host) < 0)
		return -1;
	for (int i = 0; i < out->count; i++) {
		const struct nk_field *field = out->columns[i];
		bool is_text = field->kind == NK_FIELD_KIND_STR;
		const char *text = is_text ? text_of(field, row) : value_of(field, row, value);
		bool is_quoted =
			field->kind == NK_FIELD_KIND_TIME || field->kind == NK_FIELD_KIND_MODE;
		int status;

		if (field->kind == NK_FIELD_KIND_LIST && list_of(field, row)->count > 0 &&
		    add_json_list(out, field->name, list_of(field, row)) < 0)
			return -1;
		if (!text)
			continue;
		if (is_text)
			status = add_json_text(out, field->name, text);
		else
			status = nk_buf_addf(&out->buf, is_quoted ? ",\"%s\":\"%s\"" : ",\"%s\":%s",
					     field->name, text);
		if (status < 0)
			return -1;
	}
	return nk_buf_add_char(&out->buf, '}');
}

static int take_list(struct nk_out *out, const struct nk_strings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->items[i];

		if (i > 0 && nk_buf_add_text(&out->text, ", ") < 0)
			return -1;
		if ((out->policy->null ? nk_buf_add_text(&out->text, text)
				       : nk_text_escape(&out->text, text, strlen(text))) < 0)
			return -1;
	}
	return 0;
}

/* Put the text of a field into out->text, as it may appear in a line. */
static int take_text(struct nk_out *out, const struct nk_field *field, const void *row)
{
	char value[OUT_VALUE_SIZE];

	nk_buf_clear(&out->text);
	if (field->kind == NK_FIELD_KIND_LIST)
		return take_list(out, list_of(field, row));
	if (field->kind != NK_FIELD_KIND_STR) {
		const char *text = value_of(field, row, value);

		return text ? nk_buf_add_text(&out->text, text) : 0;
	}
	const char *text = text_of(field, row);

	if (!text)
		return 0;
	if (out->policy->null)
		return nk_buf_add_text(&out->text, text);
	return nk_text_escape(&out->text, text, strlen(text));
}

/* RFC 4180 2: quotes around what holds a comma, quote or line end; quotes inside are doubled. */
static int add_csv(struct nk_buf *buf, const struct nk_buf *text)
{
	if (!memchr(text->data, ',', text->len) && !memchr(text->data, '"', text->len) &&
	    !memchr(text->data, '\n', text->len) && !memchr(text->data, '\r', text->len))
		return nk_buf_add(buf, text->data, text->len);
	if (nk_buf_add_char(buf, '"') < 0)
		return -1;
	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] == '"' && nk_buf_add_char(buf, '"') < 0)
			return -1;
		if (nk_buf_add_char(buf, text->data[i]) < 0)
			return -1;
	}
	return nk_buf_add_char(buf, '"');
}

static int pad(struct nk_buf *buf, int cells)
{
	for (; cells > 0; cells--) {
		if (nk_buf_add_char(buf, ' ') < 0)
			return -1;
	}
	return 0;
}

/* Folders and links stand out, as ls has it. */
static const char *color_of(const struct nk_out *out, const struct nk_field *field, const void *row)
{
	const struct nk_entry_row *entry = row;

	if (!out->is_colored || out->record != &nk_entry_record ||
	    field->offset != offsetof(struct nk_entry_row, name) || !entry->kind)
		return NULL;
	if (strcmp(entry->kind, nk_kind_word(NK_KIND_DIR)) == 0)
		return "\033[1;34m";
	return strcmp(entry->kind, nk_kind_word(NK_KIND_LINK)) == 0 ? "\033[36m" : NULL;
}

static int add_cell(struct nk_out *out, const struct nk_field *field, bool is_last, const void *row)
{
	int blanks = abs(field->width) - (int)nk_text_width(out->text.data);
	const char *color = color_of(out, field, row);

	if (field->width < 0 && pad(&out->buf, blanks) < 0)
		return -1;
	if (color && nk_buf_add_text(&out->buf, color) < 0)
		return -1;
	if (nk_buf_add(&out->buf, out->text.data, out->text.len) < 0)
		return -1;
	if (color && nk_buf_add_text(&out->buf, "\033[0m") < 0)
		return -1;
	return field->width > 0 && !is_last ? pad(&out->buf, blanks) : 0;
}

static const char *const separators[] = {
	[NK_OUTPUT_AUTO] = "\t", [NK_OUTPUT_TABLE] = "  ", [NK_OUTPUT_TSV] = "\t",
	[NK_OUTPUT_CSV] = ",",	 [NK_OUTPUT_JSON] = "",
};

/* The column before all others: the host, which has nothing to escape. */
static int add_host(struct nk_out *out)
{
	const char *host = out->policy->host;

	if (!host)
		return 0;
	if (nk_buf_add_text(&out->buf, host) < 0 ||
	    (out->format == NK_OUTPUT_TABLE &&
	     pad(&out->buf, NK_HOST_CELLS - (int)nk_text_width(host)) < 0))
		return -1;
	return nk_buf_add_text(&out->buf, separators[out->format]);
}

static int add_line(struct nk_out *out, const void *row)
{
	if (add_host(out) < 0)
		return -1;
	for (int i = 0; i < out->count; i++) {
		int status;

		if (i > 0 && nk_buf_add_text(&out->buf, separators[out->format]) < 0)
			return -1;
		if (take_text(out, out->columns[i], row) < 0)
			return -1;
		if (out->format == NK_OUTPUT_CSV)
			status = add_csv(&out->buf, &out->text);
		else if (out->format == NK_OUTPUT_TABLE)
			status = add_cell(out, out->columns[i], i == out->count - 1, row);
		else
			status = nk_buf_add(&out->buf, out->text.data, out->text.len);
		if (status < 0)
			return -1;
	}
	return 0;
}

static int add_end(struct nk_out *out)
{
	return nk_buf_add_char(&out->buf, out->policy->null ? '\0' : '\n');
}

static int add_header(struct nk_out *out)
{
	if (out->policy->host && nk_buf_add_text(&out->buf, "host,") < 0)
		return -1;
	for (int i = 0; i < out->count; i++) {
		if (nk_buf_addf(&out->buf, "%s%s", i > 0 ? "," : "", out->columns[i]->name) < 0)
			return -1;
	}
	return add_end(out);
}

/* Cells of a name in a table of one field a line, and of the whole. */
#define OUT_TALL_NAME  15
#define OUT_TALL_CELLS 80

/* out->text after its name, lists broken between their items. */
static int add_tall_value(struct nk_out *out, bool is_list)
{
	const char *text = out->text.data;
	const size_t room = OUT_TALL_CELLS - OUT_TALL_NAME;

	while (is_list && nk_text_width(text) > room) {
		const char *cut = NULL;

		for (const char *at = strstr(text, ", "); at; at = strstr(at + 2, ", ")) {
			if (cut && (size_t)(at - text) >= room)
				break;
			cut = at;
		}
		if (!cut)
			break;
		if (nk_buf_addf(&out->buf, "%.*s,\n%*s", (int)(cut - text), text, OUT_TALL_NAME,
				"") < 0)
			return -1;
		text = cut + 2;
	}
	return nk_buf_addf(&out->buf, "%s\n", text);
}

/* Every field that has a value, on a line of its own. */
static int add_tall(struct nk_out *out, const void *row)
{
	if (out->put > 0 && nk_buf_add_char(&out->buf, '\n') < 0)
		return -1;
	for (const struct nk_field *field = out->record->fields; field->kind != NK_FIELD_KIND_END;
	     field++) {
		nk_auto(str) char *name = nk_strdup(field->name);

		for (char *c = strchr(name, '_'); c; c = strchr(c, '_'))
			*c = ' ';
		if (take_text(out, field, row) < 0)
			return -1;
		if (out->text.len == 0)
			continue;
		if (nk_buf_addf(&out->buf, "%-*s", OUT_TALL_NAME, name) < 0 ||
		    add_tall_value(out, field->kind == NK_FIELD_KIND_LIST) < 0)
			return -1;
	}
	return 0;
}

static int put_record(struct nk_out *out, const void *row, bool is_tall)
{
	if (is_tall)
		return add_tall(out, row);
	if ((out->format == NK_OUTPUT_JSON ? add_json(out, row) : add_line(out, row)) < 0)
		return -1;
	return add_end(out);
}

static int out_put(struct nk_out *out, const struct nk_record *record, const void *row,
		   bool is_tall, struct nk_err *err)
{
	size_t before = out->buf.len;

	if (nk_out_check(out, record, err) < 0)
		return -1;
	if (out->is_dumb)
		return 0;
	if (out->format == NK_OUTPUT_CSV && !out->has_header && add_header(out) < 0)
		return nk_fail(err, NK_E_WRITE, 0, "too many fields");
	if (put_record(out, row, is_tall) < 0) {
		nk_buf_cut(&out->buf, before);
		return nk_fail(err, NK_E_WRITE, 0, "a %s is too long to print", record->type);
	}
	out->has_header = true;
	out->put++;
	if (out->buf.len >= OUT_BUFFER_SIZE || out->is_terminal)
		return nk_out_flush(out, err);
	return 0;
}

int nk_out_put(struct nk_out *out, const struct nk_record *record, const void *row,
	       struct nk_err *err)
{
	return out_put(out, record, row, false, err);
}

int nk_out_put_tall(struct nk_out *out, const struct nk_record *record, const void *row,
		    struct nk_err *err)
{
	bool is_tall = out->format == NK_OUTPUT_TABLE && !out->policy->fields;

	return out_put(out, record, row, is_tall, err);
}

int nk_out_pass(struct nk_out *out, const char *bytes, size_t length, struct nk_err *err)
{
	while (length > 0) {
		size_t step = length < OUT_BUFFER_SIZE ? length : OUT_BUFFER_SIZE;

		if (nk_buf_add(&out->buf, bytes, step) < 0)
			return nk_fail(err, NK_E_WRITE, 0, "too much to print");
		if (out->buf.len >= OUT_BUFFER_SIZE && nk_out_flush(out, err) < 0)
			return -1;
		bytes += step;
		length -= step;
	}
	return 0;
}

int64_t nk_out_count(const struct nk_out *out)
{
	return out->put;
}

int nk_out_close(struct nk_out *out, struct nk_err *err)
{
	int fd = out->fd;

	if (nk_out_flush(out, err) < 0)
		return -1;
	if (fd == STDOUT_FILENO)
		return 0;
	/* A full disk or quota may be told only now. */
	out->fd = STDOUT_FILENO;
	out->is_dumb = true;
	if (close(fd) < 0)
		return nk_fail_errno(err, NK_E_WRITE, "%s", out->policy->file);
	return 0;
}

void nk_out_free(struct nk_out *out)
{
	if (!out)
		return;
	if (out->fd != STDOUT_FILENO)
		close(out->fd);
	nk_buf_release(&out->buf);
	nk_buf_release(&out->text);
	free(out);
}
