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
	/* In place: a word is never longer than what it was made from. */
	count = nk_shell_split(line, words, WORDS_MAX, &err);
	check(count >= -1 && count <= WORDS_MAX);
	for (int i = 0; i < count; i++)
		check(words[i] + strlen(words[i]) <= line + length);
	return 0;
}
