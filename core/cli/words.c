/* words.c - a line of the prompt to words, and names to words of a line. */
#include "shell.h"

#define BLANKS " \t\r\n"

/* What has a meaning in a pattern. */
#define SPECIAL "*?[\\"

static int fail_many(int most, struct nk_err *err)
{
	return nk_fail(err, NK_E_USAGE, 0, "more than %d words", most);
}

static int fail_open(struct nk_err *err)
{
	return nk_fail(err, NK_E_USAGE, 0, "a quote is open");
}

/* Does a backslash stand here that makes the next character literal? */
static bool is_escape(const char *in, char quote, bool is_pattern)
{
	if (in[0] != '\\' || in[1] == '\0')
		return false;
	if (is_pattern)
		return !quote || in[1] == quote || in[1] == '\\';
	return quote != '\'';
}

/* Does a quote begin here? */
static bool opens_quote(const char *in, char quote)
{
	return !quote && (*in == '"' || *in == '\'');
}

/* Copy one word from *in to out without its quotes; false for a quote that never ends. */
static bool take_word(char **in, char **out)
{
	char quote = '\0';

	for (; **in && (quote || !strchr(BLANKS, **in)); ++*in) {
		if (**in == quote)
			quote = '\0';
		else if (opens_quote(*in, quote))
			quote = **in;
		else if (is_escape(*in, quote, false))
			*(*out)++ = *++*in;
		else
			*(*out)++ = **in;
	}
	return !quote;
}

int nk_shell_split(char *line, char **words, int most, struct nk_err *err)
{
	char *out = line;
	int count = 0;

	for (;;) {
		line += strspn(line, BLANKS);
		if (*line == '\0')
			return count;
		if (count == most)
			return fail_many(most, err);
		words[count++] = out;
		if (!take_word(&line, &out))
			return fail_open(err);
		/* The word may end where the line does: look before its NUL is put there. */
		line += *line != '\0';
		*out++ = '\0';
	}
}

/* One character that means itself. */
static void add_literal(char **out, char c)
{
	if (strchr(SPECIAL, c))
		*(*out)++ = '\\';
	*(*out)++ = c;
}

/* The same as take_word, for patterns. */
static bool take_pattern(const char **in, char **out)
{
	char quote = '\0';

	for (; **in && (quote || !strchr(BLANKS, **in)); ++*in) {
		if (is_escape(*in, quote, true))
			add_literal(out, *++*in);
		else if (**in == quote)
			quote = '\0';
		else if (opens_quote(*in, quote))
			quote = **in;
		else if (quote || **in == '\\')
			add_literal(out, **in);
		else
			*(*out)++ = **in;
	}
	return !quote;
}

int nk_shell_split_patterns(const char *line, char *out, char **words, int most, struct nk_err *err)
{
	int count = 0;

	for (;;) {
		line += strspn(line, BLANKS);
		if (*line == '\0' || *line == '#')
			return count;
		if (count == most)
			return fail_many(most, err);
		words[count++] = out;
		if (!take_pattern(&line, &out))
			return fail_open(err);
		*out++ = '\0';
	}
}

char *nk_shell_unquote(char *pattern)
{
	char *out = pattern;

	for (const char *in = pattern; *in != '\0'; in++) {
		in += in[0] == '\\' && in[1] != '\0';
		*out++ = *in;
	}
	*out = '\0';
	return pattern;
}

/* --- what stands at the cursor --- */

void nk_shell_at_cursor(const char *line, bool is_pattern, struct nk_shell_cursor *cursor)
{
	nk_auto(str) char *word = nk_alloc(strlen(line) + 1);
	const char *in = line + strspn(line, BLANKS);
	char *out = word;

	cursor->at = (size_t)(in - line);
	cursor->quote = '\0';
	for (; *in != '\0'; in++) {
		if (!cursor->quote && strchr(BLANKS, *in)) {
			nk_paths_add(&cursor->words, nk_strndup(word, (size_t)(out - word)));
			out = word;
			in += strspn(in, BLANKS) - 1;
			cursor->at = (size_t)(in + 1 - line);
		} else if (is_escape(in, cursor->quote, is_pattern)) {
			*out++ = *++in;
		} else if (*in == cursor->quote) {
			cursor->quote = '\0';
		} else if (opens_quote(in, cursor->quote)) {
			cursor->quote = *in;
		} else {
			*out++ = *in;
		}
	}
	cursor->last = nk_strndup(word, (size_t)(out - word));
}

void nk_shell_cursor_release(struct nk_shell_cursor *cursor)
{
	nk_paths_release(&cursor->words);
	free(nk_take(cursor->last));
}

/* What stands for one character of a word; quote: the one that is open, 0 for none. */
static void add_quoted(char **out, char c, char quote, bool is_pattern)
{
	if (quote == '\'' && c == quote && !is_pattern) {
		/* Nothing is escaped there: it ends, and begins again. */
		memcpy(*out, "'\\''", 4);
		*out += 4;
		return;
	}
	if (quote ? (c == quote || c == '\\') && !(quote == '\'' && !is_pattern)
		  : strchr(is_pattern ? BLANKS "\"'" SPECIAL : BLANKS "\"'\\", c) != NULL)
		*(*out)++ = '\\';
	*(*out)++ = c;
}

char *nk_shell_quote(const char *text, char quote, bool is_pattern, bool is_whole)
{
	/* At most four for each, and two quotes. */
	char *quoted = nk_alloc(4 * strlen(text) + 3);
	char *out = quoted;

	if (quote)
		*out++ = quote;
	/* A comment would begin there. */
	else if (*text == '#')
		*out++ = '\\';
	for (; *text != '\0'; text++)
		add_quoted(&out, *text, quote, is_pattern);
	if (quote && is_whole)
		*out++ = quote;
	return quoted;
}

/* --- several commands in one text --- */

bool nk_shell_cut(const char **rest, bool is_pattern, char **command)
{
	const char *start = *rest + strspn(*rest, BLANKS ";");
	const char *end = start;
	char quote = '\0';

	if (*start == '\0')
		return false;
	/* The local shell has semicolons of its own. */
	bool is_shells = *start == '!';

	for (; *end != '\0' && (is_shells || quote || (*end != ';' && *end != '\n')); end++) {
		if (is_escape(end, quote, is_pattern))
			end++;
		else if (*end == quote)
			quote = '\0';
		else if (opens_quote(end, quote))
			quote = *end;
	}
	*command = nk_strndup(start, (size_t)(end - start));
	*rest = end + (*end != '\0');
	return true;
}
