/* fuzz_shell.c - no line of the prompt breaks the parsers of words, and what they give fits. */
#include "../../core/cli/shell.h"

#include <stdint.h>

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* What stands at the cursor, quoted, means the same when it is split again. */
static void check_quoting(const char *text, char quote)
{
	nk_auto(str) char *word = nk_shell_quote(text, quote, true, true);
	nk_auto(str) char *out = nk_alloc(2 * strlen(word) + 1);
	char *words[2];
	struct nk_err err = NK_ERR_INIT;
	int count = nk_shell_split_patterns(word, out, words, 2, &err);

	check(count == (*text != '\0' || quote));
	check(count == 0 ||
	      (!nk_shell_wildcard(words[0]) && strcmp(nk_shell_unquote(words[0]), text) == 0));
}

static void check_cursor(const char *line, size_t length)
{
	const char *rest = line;
	char *command;

	for (int is_pattern = 0; is_pattern < 2; is_pattern++) {
		nk_auto(shell_cursor) struct nk_shell_cursor cursor = { .last = NULL };

		nk_shell_at_cursor(line, is_pattern, &cursor);
		check(cursor.at <= length);
		check_quoting(cursor.last, '\0');
		check_quoting(cursor.last, '"');
		check_quoting(cursor.last, '\'');
	}
	while (nk_shell_cut(&rest, false, &command)) {
		check(rest >= line && rest <= line + length);
		free(command);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	nk_auto(str) char *line = nk_alloc(length + 1);
	nk_auto(str) char *out = nk_alloc(2 * length + 1);
	char *words[WORDS_MAX];
	struct nk_err err = NK_ERR_INIT;
	int count;

	memcpy(line, bytes, length);
	count = nk_shell_split_patterns(line, out, words, WORDS_MAX, &err);
	check(count >= -1 && count <= WORDS_MAX);
	for (int i = 0; i < count; i++) {
		size_t before = strlen(words[i]);

		check(words[i] + before <= out + 2 * length);
		check(strlen(nk_shell_unquote(words[i])) <= before);
	}
	check_cursor(line, length);
	/* In place: a word is never longer than what it was made from. */
	count = nk_shell_split(line, words, WORDS_MAX, &err);
	check(count >= -1 && count <= WORDS_MAX);
	for (int i = 0; i < count; i++)
		check(words[i] + strlen(words[i]) <= line + length);
	return 0;
}
