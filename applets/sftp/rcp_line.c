/* rcp_line.c - the lines of the old protocol, and which names they may bring. */
#include "rcp.h"

#include "netkit/num.h"

/* Patterns that braces may stand for, {a,b}{c,d}: an end to what one pattern can cost. */
#define RCP_BRACES_MAX 4096

/* The widest figures: a mode with the type of the file, and microseconds. */
#define RCP_MODE_MAX 0177777
#define RCP_USEC_MAX 999999

/* --- lines --- */

/* The number up to the next blank, or up to the end; *text goes behind the blank. */
static bool take_number(const char **text, int base, uint64_t most, uint64_t *value)
{
	size_t length = strcspn(*text, " ");

	if (length == 0 || !nk_num_span_base(*text, length, base, most, value))
		return false;
	*text += length;
	*text += **text == ' ';
	return true;
}

/* "1700000000 0 1700000000 0" */
static bool parse_times(const char *text, struct rcp_line *line)
{
	uint64_t mtime, mtime_usec, atime, atime_usec;

	if (!take_number(&text, 10, INT64_MAX, &mtime) ||
	    !take_number(&text, 10, RCP_USEC_MAX, &mtime_usec) ||
	    !take_number(&text, 10, INT64_MAX, &atime) ||
	    !take_number(&text, 10, RCP_USEC_MAX, &atime_usec) || *text != '\0')
		return false;
	*line = (struct rcp_line){
		.kind = RCP_TIMES,
		.mtime = (int64_t)mtime,
		.atime = (int64_t)atime,
	};
	return true;
}

/* "0644 12 a.txt" */
static bool parse_named(enum rcp_kind kind, const char *text, struct rcp_line *line)
{
	uint64_t mode, size;

	if (!take_number(&text, 8, RCP_MODE_MAX, &mode) ||
	    !take_number(&text, 10, INT64_MAX, &size) || text[-1] != ' ' || *text == '\0')
		return false;
	*line = (struct rcp_line){
		.kind = kind,
		.mode = (int)(mode & 07777),
		.size = (int64_t)size,
		.text = text,
	};
	return true;
}

/* The first character says what the rest is. */
static bool parse_line(const char *text, struct rcp_line *line)
{
	switch (text[0]) {
	case 'T':
		return parse_times(text + 1, line);
	case 'C':
		return parse_named(RCP_FILE, text + 1, line);
	case 'D':
		return parse_named(RCP_FOLDER, text + 1, line);
	case 'E':
		*line = (struct rcp_line){ .kind = RCP_LEAVE };
		return text[1] == '\0';
	case '\1':
		*line = (struct rcp_line){ .kind = RCP_WARNING, .text = text + 1 };
		return true;
	case '\2':
		*line = (struct rcp_line){ .kind = RCP_ERROR, .text = text + 1 };
		return true;
	default:
		return false;
	}
}

int rcp_line_parse(const char *text, size_t length, struct rcp_line *line, struct nk_err *err)
{
	struct rcp_line parsed;

	if (strlen(text) != length)
		return nk_fail(err, NK_E_PROTO, 0, "the server sent a NUL in a line");
	if (!parse_line(text, &parsed))
		return nk_fail(
			err, NK_E_PROTO, 0,
			"the server sent '%.60s', which the old protocol does not know; does "
			"a login script there print something?",
			text);
	*line = parsed;
	return 0;
}

const char *rcp_message(const char *text)
{
	static const char *const speakers[] = { "scp: ", "rcp: " };

	for (size_t i = 0; i < NK_COUNT(speakers); i++) {
		if (nk_text_has_prefix(text, speakers[i]))
			return text + strlen(speakers[i]);
	}
	return text;
}

/* --- names --- */

/* Add a character that stands for itself. A slash does so anyway. */
static int add_literal(struct nk_buf *pattern, char c)
{
	if (c != '/' && nk_buf_add_char(pattern, '\\') < 0)
		return -1;
	return nk_buf_add_char(pattern, c);
}

/* What stands in quotes from text on, which is behind the first of them. Returns what comes after
 * the second, or NULL when only the shell knows what it means. */
static const char *add_quoted(struct nk_buf *pattern, const char *text, char quote)
{
	for (; *text != quote; text++) {
		bool is_double = quote == '"';

		if (*text == '\0' || (is_double && strchr("$`", *text)))
			return NULL;
		if (is_double && *text == '\\' && text[1] != '\0' && strchr("$`\"\\", text[1]))
			text++;
		if (add_literal(pattern, *text) < 0)
			return NULL;
	}
	return text + 1;
}

/* The remote shell's word as a pattern in which only a backslash quotes. */
static bool resolve_quotes(const char *path, struct nk_buf *pattern)
{
	while (*path != '\0') {
		int added = 0;

		if (strchr("$`", *path))
			return false;
		if (*path == '\'' || *path == '"') {
			path = add_quoted(pattern, path + 1, *path);
			if (!path)
				return false;
			continue;
		}
		if (*path == '\\' && path[1] == '\0')
			return false;
		if (*path == '\\')
			added = add_literal(pattern, *++path);
		else
			added = nk_buf_add_char(pattern, *path);
		if (added < 0)
			return false;
		path++;
	}
	return true;
}

/* The last component of pattern, without slashes after it, against name. */
static bool is_match(const char *pattern, const char *name)
{
	nk_auto(str) char *trimmed = nk_path_trim(pattern);
	const char *last = nk_path_name(trimmed);

	/* As the shell has it, and no surprise in a home folder: "*" is not ".profile". */
	if (name[0] == '.' && last[0] != '.' && !nk_text_has_prefix(last, "\\."))
		return false;
	return strcmp(last, name) == 0 || nk_text_matches(last, name);
}

/* One {a,b}: where it opens, and what comes after the character that ends the current part. */
struct braces {
	const char *open;
	const char *part; /* where the current part begins */
	const char *end;  /* behind the closing brace */
};

/* From inside braces: where this part ends, at its comma or closing brace; NULL: nowhere. */
static const char *end_of_part(const char *text)
{
	int depth = 0;

	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		else if (depth == 0 && (*text == ',' || *text == '}'))
			return text;
		else if (*text == '{')
			depth++;
		else if (*text == '}')
			depth--;
	}
	return NULL;
}

/* The first braces with a comma in them. */
static bool find_braces(const char *pattern, struct braces *braces)
{
	for (; *pattern != '\0'; pattern++) {
		const char *at;

		if (*pattern == '\\' && pattern[1] != '\0') {
			pattern++;
			continue;
		}
		if (*pattern != '{')
			continue;
		at = end_of_part(pattern + 1);
		if (!at || *at != ',')
			continue;
		braces->open = pattern;
		braces->part = pattern + 1;
		while (at && *at == ',')
			at = end_of_part(at + 1);
		braces->end = at ? at + 1 : NULL;
		if (at)
			return true;
	}
	return false;
}

/* Expand braces and compare; budget: patterns that may still be made. */
static bool is_expanded_match(const char *pattern, const char *name, int *budget)
{
	struct braces braces;

	if (!find_braces(pattern, &braces))
		return is_match(pattern, name);
	while (braces.part < braces.end && (*budget)-- > 0) {
		const char *end = end_of_part(braces.part);
		nk_auto(str) char *one =
			nk_format("%.*s%.*s%s", (int)(braces.open - pattern), pattern,
				  (int)(end - braces.part), braces.part, braces.end);

		if (is_expanded_match(one, name, budget))
			return true;
		braces.part = end + 1;
	}
	return false;
}

bool rcp_name_is_wanted(const char *path, const char *name)
{
	/* Each byte may get a backslash. */
	nk_auto(buf) struct nk_buf pattern = NK_BUF_INIT(2 * strlen(path) + 1);
	int budget = RCP_BRACES_MAX;

	if (path[0] == '~' && path[1 + strcspn(path + 1, "/")] == '\0' &&
	    !strpbrk(path, "*?[{'\"\\"))
		return true;
	return resolve_quotes(path, &pattern) && is_expanded_match(pattern.data, name, &budget);
}

bool rcp_wants_contents(const char *path)
{
	nk_auto(str) char *trimmed = nk_path_trim(path);
	const char *last = nk_path_name(trimmed);

	return strcmp(last, ".") == 0 || strcmp(last, "..") == 0 || strcmp(trimmed, "/") == 0;
}

/* --- what the server says --- */

static const struct {
	const char *words;
	enum nk_domain domain;
} rcp_says[] = {
	{ "No such file or directory", NK_E_MISSING },
	{ "Permission denied", NK_E_DENIED },
	{ "Operation not permitted", NK_E_DENIED },
	{ "Read-only file system", NK_E_DENIED },
	{ "No space left on device", NK_E_FULL },
	{ "Disk quota exceeded", NK_E_FULL },
	{ "File exists", NK_E_EXISTS },
};

int rcp_blame(const char *text, struct nk_err *err)
{
	const char *message = rcp_message(text);

	for (size_t i = 0; i < NK_COUNT(rcp_says); i++) {
		if (strstr(message, rcp_says[i].words))
			return nk_fail(err, rcp_says[i].domain, 0, "%s", message);
	}
	return nk_fail(err, NK_E_PROTO, 0, "%s", message[0] ? message : "the server failed");
}
