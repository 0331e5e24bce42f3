/* words.c - a line of the prompt to words. */
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

/* Copy one word from *in to out without its quotes; false for a quote that never ends. */
static bool take_word(char **in, char **out)
{
	char quote = '\0';

	for (; **in && (quote || !strchr(BLANKS, **in)); ++*in) {
		if (**in == quote)
			quote = '\0';
		else if (!quote && (**in == '"' || **in == '\''))
			quote = **in;
		else if (**in == '\\' && quote != '\'' && (*in)[1] != '\0')
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
		bool is_escape = **in == '\\' && (*in)[1] != '\0' &&
				 (!quote || (*in)[1] == quote || (*in)[1] == '\\');

		if (is_escape)
			add_literal(out, *++*in);
		else if (**in == quote)
			quote = '\0';
		else if (!quote && (**in == '"' || **in == '\''))
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
