/* text.c - untrusted text made safe to print (UTF-8: RFC 3629; JSON: RFC 8259). */
#include "netkit/text.h"

#include <fnmatch.h>
#include <strings.h>
#include <wchar.h>

/* Names longer than this are nobody's typing error. */
#define NEAREST_MAX 63

/* The longest escape of one character: three bytes as \xNN. */
#define ESCAPE_MAX 12

/* Bytes of the character at text, 0 when it is not UTF-8. length is at least 1. */
static size_t decode(const char *text, size_t length, uint32_t *point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;

	*point = bytes[0];
	if (bytes[0] < 0x80)
		return 1;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;
	size_t need = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;

	if (length < need)
		return 0;
	*point = bytes[0] & (0x7f >> need);
	for (size_t i = 1; i < need; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (bytes[i] & 0x3f);
	}
	/* RFC 3629 3: one way to write each character, and no surrogates. */
	if (*point < least[need] || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return need;
}

/* Control characters, line separators and bidirectional overrides, which move text about. */
static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

bool nk_text_is_utf8(const char *text, size_t length)
{
	uint32_t point;

	for (size_t at = 0, step; at < length; at += step) {
		step = decode(text + at, length - at, &point);
		if (step == 0)
			return false;
	}
	return true;
}

bool nk_text_is_printable(const char *text, size_t length)
{
	uint32_t point;

	for (size_t at = 0, step; at < length; at += step) {
		step = decode(text + at, length - at, &point);
		if (step == 0 || is_control(point))
			return false;
	}
	return true;
}

/* Bytes at text that are printable ASCII and mean themselves in an escape's or JSON's string. */
static size_t plain_length(const char *text, size_t length)
{
	size_t plain = 0;

	while (plain < length && text[plain] >= ' ' && text[plain] < 0x7f && text[plain] != '\\' &&
	       text[plain] != '"')
		plain++;
	return plain;
}

static size_t put_hex(char *out, const char *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		*out++ = '\\';
		*out++ = 'x';
		*out++ = digits[(unsigned char)bytes[i] >> 4];
		*out++ = digits[(unsigned char)bytes[i] & 15];
	}
	return 4 * length;
}

/* Escape the character at text into unit; returns the bytes it took, *size those it made. */
static size_t escape_one(const char *text, size_t length, char unit[ESCAPE_MAX], size_t *size)
{
	static const char named[] = "\tt\nn\\\\";
	uint32_t point;
	size_t step = decode(text, length, &point);

	for (const char *name = named; *name != '\0'; name += 2) {
		if (*text != *name)
			continue;
		unit[0] = '\\';
		unit[1] = name[1];
		*size = 2;
		return 1;
	}
	if (step > 0 && !is_control(point)) {
		memcpy(unit, text, step);
		*size = step;
		return step;
	}
	step = step > 0 ? step : 1;
	*size = put_hex(unit, text, step);
	return step;
}

int nk_text_escape(struct nk_buf *out, const char *text, size_t length)
{
	size_t before = out->len;
	char unit[ESCAPE_MAX];
	size_t size;

	while (length > 0) {
		size_t step = plain_length(text, length);
		const char *bytes = text;

		size = step;
		if (step == 0) {
			step = escape_one(text, length, unit, &size);
			bytes = unit;
		}
		if (nk_buf_add(out, bytes, size) < 0) {
			nk_buf_cut(out, before);
			return -1;
		}
		text += step;
		length -= step;
	}
	return 0;
}

const char *nk_text_safe(char *out, size_t size, const char *text)
{
	size_t length = strlen(text);
	size_t used = 0;
	char unit[ESCAPE_MAX];
	size_t made;

	while (length > 0) {
		size_t step = escape_one(text, length, unit, &made);

		if (made >= size - used)
			break;
		memcpy(out + used, unit, made);
		used += made;
		text += step;
		length -= step;
	}
	out[used] = '\0';
	return out;
}

/* One character inside a JSON string; all that is_control names lies in the basic plane. */
static int add_json_char(struct nk_buf *out, const char *text, size_t step, uint32_t point)
{
	static const char named[] = "\tt\nn\rr\\\\\"\"";

	for (const char *name = named; *name != '\0'; name += 2) {
		if (*text == *name)
			return nk_buf_addf(out, "\\%c", name[1]);
	}
	if (is_control(point))
		return nk_buf_addf(out, "\\u%04x", (unsigned)point);
	return nk_buf_add(out, text, step);
}

int nk_text_json(struct nk_buf *out, const char *text, size_t length)
{
	size_t before = out->len;

	while (length > 0) {
		size_t step = plain_length(text, length);
		uint32_t point;
		int status = -1;

		if (step > 0)
			status = nk_buf_add(out, text, step);
		else if ((step = decode(text, length, &point)) > 0)
			status = add_json_char(out, text, step, point);
		if (status < 0) {
			nk_buf_cut(out, before);
			return -1;
		}
		text += step;
		length -= step;
	}
	return 0;
}

size_t nk_text_width(const char *text)
{
	size_t bytes = strlen(text);
	size_t cells = 0;
	mbstate_t state = { 0 };

	for (size_t at = 0, step; at < bytes; at += step) {
		wchar_t wide;

		step = mbrtowc(&wide, text + at, bytes - at, &state);
		/* (size_t)-1 and -2 say that these bytes are no character. */
		if (step == 0 || step > bytes - at || wcwidth(wide) < 0)
			return bytes;
		cells += wcwidth(wide);
	}
	return cells;
}

bool nk_text_has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* strcasecmp follows the locale, where "I" need not fold to "i". */
static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

bool nk_text_is_same(const char *a, const char *b)
{
	while (*a != '\0' && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b. */
static size_t edits(const char *a, const char *b)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *row = rows[0], *above = rows[1], *higher = rows[2];
	size_t width = strlen(b);

	for (size_t j = 0; j <= width; j++)
		above[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			row[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = least_of(row[j], least_of(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least_of(row[j], higher[j - 2] + 1);
		}
		size_t *spare = higher;

		higher = above;
		above = row;
		row = spare;
	}
	return above[width];
}

const char *nk_text_nearest(const char *text, const char *const *names)
{
	const char *nearest = NULL;
	/* One error in three letters: "fpt" is ftp, "get" is not put. */
	size_t most = (strlen(text) + 2) / 3;

	for (; strlen(text) <= NEAREST_MAX && *names; names++) {
		if (strlen(*names) > NEAREST_MAX)
			continue;
		size_t distance = edits(text, *names);

		if (distance > most || (nearest && distance == most))
			continue;
		nearest = *names;
		most = distance;
	}
	return nearest;
}

bool nk_text_matches(const char *pattern, const char *name)
{
	return fnmatch(pattern, name, 0) == 0;
}

void nk_strings_add(struct nk_strings *list, const char *text)
{
	/* The array is full when its count is a power of two. */
	if ((list->count & (list->count - 1)) == 0) {
		size_t room = list->count > 0 ? list->count * 2 : 1;

		list->items = nk_realloc(list->items, room * sizeof(*list->items));
	}
	list->items[list->count++] = text;
}

void nk_strings_release(struct nk_strings *list)
{
	free(list->items);
	list->items = NULL;
	list->count = 0;
}
