/* words.c - a line of the prompt to words. */
#include "shell.h"

#define BLANKS " \t\r\n"

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
			return nk_fail(err, NK_E_USAGE, 0, "more than %d words", most);
		words[count++] = out;
		if (!take_word(&line, &out))
			return nk_fail(err, NK_E_USAGE, 0, "a quote is open");
		/* The word may end where the line does: look before its NUL is put there. */
		line += *line != '\0';
		*out++ = '\0';
	}
}
