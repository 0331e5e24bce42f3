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

/* --- at the cursor --- */

static void cursor_is(const char *line, bool is_pattern, size_t words, const char *last, size_t at,
		      char quote)
{
	nk_auto(shell_cursor) struct nk_shell_cursor cursor = { .last = NULL };

	nk_shell_at_cursor(line, is_pattern, &cursor);
	cr_expect_eq(cursor.words.count, words, "%s: %zu words", line, cursor.words.count);
	cr_expect_str_eq(cursor.last, last, "%s: '%s'", line, cursor.last);
	cr_expect_eq(cursor.at, at, "%s: at %zu", line, cursor.at);
	cr_expect_eq(cursor.quote, quote, "%s: quote '%c'", line, cursor.quote);
}

Test(shell_cursor, the_word_is_what_it_means_and_where_it_begins)
{
	cursor_is("", false, 0, "", 0, 0);
	cursor_is("  ge", false, 0, "ge", 2, 0);
	cursor_is("get ", false, 1, "", 4, 0);
	cursor_is("get a\\ b", false, 1, "a b", 4, 0);
	cursor_is("get  \"a b", false, 1, "a b", 5, '"');
	cursor_is("get 'a' b\\", false, 2, "b\\", 8, 0);
	cursor_is("get 'a\\", false, 1, "a\\", 4, '\'');
	cursor_is("get 'a\\'b", true, 1, "a'b", 4, '\'');
	cursor_is("get \"a\\b", true, 1, "a\\b", 4, '"');
}

/* What is quoted means the same when it is split again. */
static void quoting_keeps(const char *text)
{
	static const char quotes[] = { '\0', '"', '\'' };

	for (size_t i = 0; i < NK_COUNT(quotes); i++) {
		nk_auto(str) char *plain = nk_shell_quote(text, quotes[i], false, true);
		nk_auto(str) char *pattern = nk_shell_quote(text, quotes[i], true, true);
		char copy[256], out[256], *words[WORDS_MAX];

		cr_assert_eq(split(plain, copy, words), 1, "%s", plain);
		cr_expect_str_eq(words[0], text, "%s as %s is %s", text, plain, words[0]);
		cr_assert_eq(split_patterns(pattern, out, words), 1, "%s", pattern);
		cr_expect_null(nk_shell_wildcard(words[0]), "%s as %s", text, pattern);
		cr_expect_str_eq(nk_shell_unquote(words[0]), text, "%s as %s", text, pattern);
	}
}

Test(shell_cursor, a_quoted_name_means_itself)
{
	quoting_keeps("plain");
	quoting_keeps("a b\tc");
	quoting_keeps("it's \"this\"");
	quoting_keeps("back\\slash\\");
	quoting_keeps("*?[x]");
	quoting_keeps("#a#");
	quoting_keeps("\xc3\xbc;!");
}

/* --- several commands --- */

static void cuts(const char *text, bool is_pattern, const char *const *expected)
{
	char *command;

	while (nk_shell_cut(&text, is_pattern, &command)) {
		cr_assert_not_null(*expected, "one more: %s", command);
		cr_expect_str_eq(command, *expected++);
		free(command);
	}
	cr_expect_null(*expected, "not found: %s", *expected);
}

Test(shell_cut, commands_end_at_semicolons_and_lines_outside_of_quotes)
{
	cuts("a; b c;", false, (const char *[]){ "a", "b c", NULL });
	cuts(" ;; ", false, (const char *[]){ NULL });
	cuts("a\nb", false, (const char *[]){ "a", "b", NULL });
	cuts("a ';' \";\" \\;; b", false, (const char *[]){ "a ';' \";\" \\;", "b", NULL });
	cuts("a 'x\\'; b", false, (const char *[]){ "a 'x\\'", "b", NULL });
	cuts("a 'x\\'; b'", true, (const char *[]){ "a 'x\\'; b'", NULL });
	cuts("a '; b", false, (const char *[]){ "a '; b", NULL });
}

Test(shell_cut, the_local_shell_takes_the_rest)
{
	cuts("a; !b; c", false, (const char *[]){ "a", "!b; c", NULL });
}

/* --- the prompt --- */

static void prompt_is(const char *host, const char *folder, size_t cells, const char *expected)
{
	nk_auto(str) char *text = nk_shell_prompt_text("ftp", host, folder, cells);

	cr_expect_str_eq(text, expected, "%s", text);
	cr_expect_leq(nk_text_width(text), cells);
}

Test(shell_prompt, it_says_where_one_is_and_fits)
{
	prompt_is(NULL, NULL, 40, "ftp> ");
	prompt_is("host", "/pub", 40, "ftp host:/pub> ");
	prompt_is("host", "/a/very/long/path/to/a/folder", 24, "ftp host:...o/a/folder> ");
	prompt_is("a.very.long.host.example.org", "/x", 24, "ftp a.very.long....:/x> ");
	prompt_is("a.very.long.host.example.org", "/a/very/long/path", 24,
		  "ftp a.ver...:...g/path> ");
}

Test(shell_prompt, what_a_server_calls_its_folders_steers_no_terminal)
{
	nk_auto(str) char *text = nk_shell_prompt_text("ftp", "h", "/\033[2J", 40);

	cr_expect_null(strchr(text, '\033'));
}
