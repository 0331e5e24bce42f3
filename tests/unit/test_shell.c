/* test_shell.c - the prompt's words and remote paths. */
#include <criterion/criterion.h>

#include "../../core/cli/shell.h"

#define WORDS_MAX 4

static int split(const char *line, char copy[256], char *words[WORDS_MAX])
{
	struct nk_err err = NK_ERR_INIT;

	nk_copy_text(copy, 256, line);
	return nk_shell_split(copy, words, WORDS_MAX, &err);
}

Test(shell, blanks_end_words)
{
	char copy[256], *words[WORDS_MAX];

	cr_assert_eq(split("  get  a\tb\r\n", copy, words), 3);
	cr_assert_str_eq(words[0], "get");
	cr_assert_str_eq(words[2], "b");
	cr_assert_eq(split(" \n", copy, words), 0);
}

Test(shell, quotes_and_backslashes_keep_blanks)
{
	char copy[256], *words[WORDS_MAX];

	cr_assert_eq(split("put \"a b\" 'c \\d' e\\ f\n", copy, words), 4);
	cr_assert_str_eq(words[1], "a b");
	cr_assert_str_eq(words[2], "c \\d");
	cr_assert_str_eq(words[3], "e f");
	cr_assert_eq(split("put \"\"", copy, words), 2);
	cr_assert_str_eq(words[1], "");
}

Test(shell, open_quotes_and_too_many_words_are_refused)
{
	char copy[256], *words[WORDS_MAX];

	cr_assert_eq(split("get \"a", copy, words), -1);
	cr_assert_eq(split("a b c d e", copy, words), -1);
}

static void path_is(const char *cwd, const char *word, const char *expected)
{
	struct nk_shell shell = { .cwd = (char *)cwd };
	nk_auto(str) char *path = nk_shell_path(&shell, word);

	cr_expect_str_eq(path, expected, "%s at %s is %s, not %s", word, cwd, path, expected);
}

Test(shell, paths_are_relative_to_the_remote_folder)
{
	path_is("/~/", "a", "/~/a");
	path_is("/~/", "", "/~/");
	path_is("/pub/", "a/b/", "/pub/a/b/");
	path_is("/pub/", "/etc//x", "/etc/x");
	path_is("/pub/x/", "../y", "/pub/y");
	path_is("/pub/x/", "./y/.", "/pub/x/y/");
	path_is("/pub/", "../../..", "/");
}

Test(shell, above_the_login_folder_the_server_decides)
{
	path_is("/~/", "..", "/~/../");
	path_is("/~/", "../..", "/~/../../");
	path_is("/~/a/", "..", "/~/");
	path_is("/~/", "../a", "/~/../a");
}

static int split_patterns(const char *line, char out[256], char *words[WORDS_MAX])
{
	struct nk_err err = NK_ERR_INIT;

	return nk_shell_split_patterns(line, out, words, WORDS_MAX, &err);
}

Test(shell_patterns, wildcards_that_are_quoted_get_a_backslash)
{
	char out[256], *words[WORDS_MAX];

	cr_assert_eq(split_patterns("get *.txt \"*[?\" \\*x\r\n", out, words), 4);
	cr_expect_str_eq(words[1], "*.txt");
	cr_expect_str_eq(words[2], "\\*\\[\\?");
	cr_expect_str_eq(words[3], "\\*x");
}

Test(shell_patterns, quotes_keep_blanks_and_backslashes)
{
	char out[256], *words[WORDS_MAX];

	cr_assert_eq(split_patterns("'a \\b' \"c\\\"d\" e\\ f \"\"", out, words), 4);
	cr_expect_str_eq(words[0], "a \\\\b");
	cr_expect_str_eq(words[1], "c\"d");
	cr_expect_str_eq(words[2], "e f");
	cr_expect_str_eq(words[3], "");
}

Test(shell_patterns, a_comment_begins_a_word)
{
	char out[256], *words[WORDS_MAX];

	cr_assert_eq(split_patterns("get a#b # c d e f g", out, words), 2);
	cr_expect_str_eq(words[1], "a#b");
	cr_expect_eq(split_patterns("  # nothing", out, words), 0);
}

Test(shell_patterns, open_quotes_and_too_many_words_are_refused)
{
	char out[256], *words[WORDS_MAX];

	cr_expect_eq(split_patterns("get 'a", out, words), -1);
	cr_expect_eq(split_patterns("a b c d e", out, words), -1);
}

Test(shell_patterns, a_backslash_at_the_end_is_itself)
{
	char out[256], *words[WORDS_MAX];

	cr_assert_eq(split_patterns("a\\", out, words), 1);
	cr_expect_str_eq(nk_shell_unquote(words[0]), "a\\");
}

Test(shell_patterns, unquoting_gives_the_name_that_was_written)
{
	char out[256], *words[WORDS_MAX];

	cr_assert_eq(split_patterns("'s*r [x]\\y'", out, words), 1);
	cr_expect_str_eq(nk_shell_unquote(words[0]), "s*r [x]\\y");
}

Test(shell_patterns, only_wildcards_without_a_backslash_count)
{
	const char *pattern = "a\\*b?c";

	cr_expect_null(nk_shell_wildcard("a\\*b\\\\"));
	cr_expect_eq(nk_shell_wildcard(pattern), pattern + 4);
	cr_expect_not_null(nk_shell_wildcard("\\\\*"));
}
