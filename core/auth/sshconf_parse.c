/* sshconf_parse.c - the lines and words of ssh_config(5). */
#include "sshconf_parse.h"

/* Copy a word from *from to *to: quotes of both kinds, and backslashes before them. false: a quote
 * has no end. */
static bool sshconf_copy_word(const char **from, char **to)
{
	char quote = '\0';

	for (; **from != '\0'; (*from)++) {
		const char *at = *from;

		if (quote == '\0' && (*at == ' ' || *at == '\t'))
			break;
		if (at[0] == '\\' && at[1] != '\0' &&
		    (strchr("'\"\\", at[1]) || (quote == '\0' && at[1] == ' ')))
			*(*to)++ = *++*from;
		else if (quote != '\0' && *at == quote)
			quote = '\0';
		else if (quote == '\0' && (*at == '"' || *at == '\''))
			quote = *at;
		else
			*(*to)++ = *at;
	}
	*(*to)++ = '\0';
	return quote == '\0';
}

/* Split line->rest into words; a word that begins with # begins a comment. */
static int sshconf_split_words(struct sshconf_line *line, struct nk_err *err)
{
	/* Each word takes no more room than it had, with the blank behind it for its NUL. */
	char *to = line->text = nk_alloc(strlen(line->rest) + 1);
	const char *from = line->rest;

	for (;;) {
		from += strspn(from, " \t");
		if (*from == '\0' || *from == '#')
			return 0;
		nk_strings_add(&line->words, to);
		if (!sshconf_copy_word(&from, &to))
			return nk_fail(err, NK_E_USAGE, 0, "a quote has no end");
	}
}

char *nk_sshconf_word(char **at)
{
	char *word = *at;
	char *end = word ? strpbrk(word, SSHCONF_BLANKS "\"=") : NULL;
	bool has_sign = false;

	if (!end) {
		*at = NULL;
		return word;
	}
	if (*end == '"') {
		memmove(end, end + 1, strlen(end));
		end = strchr(end, '"');
		if (!end) {
			*at = NULL;
			return NULL;
		}
	} else {
		has_sign = *end == '=';
	}
	bool is_quoted = *end == '"';

	*end++ = '\0';
	end += strspn(end, SSHCONF_BLANKS);
	if (!has_sign && !is_quoted && *end == '=')
		end += 1 + strspn(end + 1, SSHCONF_BLANKS);
	*at = end;
	return word;
}

int nk_sshconf_line_split(const char *bytes, size_t length, struct sshconf_line *line,
			  struct nk_err *err)
{
	if (length > SSHCONF_LINE_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "a line of more than %zu bytes",
			       SSHCONF_LINE_MAX);
	if (memchr(bytes, '\0', length))
		return nk_fail(err, NK_E_USAGE, 0, "a line with a NUL in it");
	/* A form feed may end a line, as OpenSSH lets it. */
	while (length > 0 && strchr(SSHCONF_BLANKS "\f", bytes[length - 1]))
		length--;
	nk_auto(str) char *text = nk_strndup(bytes, length);
	char *at = text + strspn(text, SSHCONF_BLANKS);

	if (*at == '\0' || *at == '#')
		return 0;
	char *keyword = nk_sshconf_word(&at);

	if (!keyword || *keyword == '\0')
		return nk_fail(err, NK_E_USAGE, 0, "not a keyword: %s", bytes[0] ? text : "");
	if (!at || *at == '\0')
		return nk_fail(err, NK_E_USAGE, 0, "%s: a value is missing", keyword);
	line->keyword = nk_strdup(keyword);
	line->rest = nk_strdup(at);
	if (sshconf_split_words(line, err) < 0) {
		nk_sshconf_line_release(line);
		return nk_wrap(err, "%s", keyword);
	}
	return 1;
}

void nk_sshconf_line_release(struct sshconf_line *line)
{
	free(line->keyword);
	free(line->rest);
	free(line->text);
	nk_strings_release(&line->words);
	*line = (struct sshconf_line)SSHCONF_LINE_INIT;
}
