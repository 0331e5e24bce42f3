/* test_command.c - --password-command: words, and the program that prints a secret. */
#include "../../core/auth/command.h"

#include <criterion/criterion.h>
#include <signal.h>

/* The words joined by '|'. */
static void assert_words(const char *text, const char *expected)
{
	nk_auto(str) char *copy = nk_strdup(text);
	nk_auto(str) char *joined = nk_strdup("");
	char *words[NK_COMMAND_WORDS_MAX + 1];
	int count = nk_command_split(copy, words);

	cr_assert_geq(count, 0, "%s", text);
	for (int i = 0; i < count; i++) {
		char *longer = nk_format("%s%s%s", joined, i > 0 ? "|" : "", words[i]);

		free(joined);
		joined = longer;
	}
	cr_assert_str_eq(joined, expected, "%s: %s", text, joined);
	cr_assert_null(words[count]);
}

static void assert_no_words(const char *text)
{
	nk_auto(str) char *copy = nk_strdup(text);
	char *words[NK_COMMAND_WORDS_MAX + 1];

	cr_assert_eq(nk_command_split(copy, words), -1, "%s", text);
}

Test(command, words_are_split_at_white_space)
{
	assert_words("pass  show\tftp/h ", "pass|show|ftp/h");
}

Test(command, nothing_has_no_words)
{
	assert_words("", "");
	assert_words(" \t ", "");
}

Test(command, single_quotes_keep_everything)
{
	assert_words("a 'b  \"c\\d' e", "a|b  \"c\\d|e");
}

Test(command, double_quotes_keep_spaces)
{
	assert_words("a \"b 'c'\" d", "a|b 'c'|d");
}

Test(command, a_backslash_takes_the_next_byte_as_it_is)
{
	assert_words("a\\ b \"c\\\"d\" e\\\\f", "a b|c\"d|e\\f");
}

Test(command, a_backslash_at_the_end_is_itself)
{
	assert_words("a\\", "a\\");
}

Test(command, quotes_join_within_a_word)
{
	assert_words("a'b c'\"d e\"f", "ab cd ef");
}

Test(command, an_empty_quote_is_a_word)
{
	assert_words("a '' \"\" b", "a|||b");
}

Test(command, nothing_is_expanded)
{
	assert_words("echo $HOME `id` * ~", "echo|$HOME|`id`|*|~");
}

Test(command, a_quote_without_an_end_is_refused)
{
	assert_no_words("a 'b");
	assert_no_words("a \"b");
	assert_no_words("\"");
}

Test(command, too_many_words_are_refused)
{
	char text[2 * NK_COMMAND_WORDS_MAX + 3];

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 2 == 0 ? 'x' : ' ';
	text[sizeof(text) - 1] = '\0';
	assert_no_words(text);
	text[2 * NK_COMMAND_WORDS_MAX] = '\0';
	nk_auto(str) char *most = nk_strdup(text);
	char *words[NK_COMMAND_WORDS_MAX + 1];

	cr_assert_eq(nk_command_split(most, words), NK_COMMAND_WORDS_MAX);
}

static void assert_secret(const char *command, const char *expected)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_command_secret(command, &secret, &err), 0, "%s: %s", command, err.msg);
	cr_assert_str_eq(secret.bytes, expected);
}

static struct nk_err refusal(const char *command)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_command_secret(command, &secret, &err), -1, "%s", command);
	cr_assert_eq(err.domain, NK_E_USAGE, "%s: %s", command, err.msg);
	cr_assert_not(nk_secret_is_set(&secret));
	return err;
}

Test(command, the_first_line_is_the_secret)
{
	assert_secret("printf 'pw\\nsecond\\n'", "pw");
}

Test(command, no_shell_is_asked)
{
	assert_secret("echo $HOME;", "$HOME;");
}

Test(command, an_exclamation_mark_asks_the_shell)
{
	assert_secret("!echo a | tr a b", "b");
}

Test(command, a_program_that_goes_on_printing_is_no_failure)
{
	signal(SIGPIPE, SIG_IGN);
	assert_secret("yes pw", "pw");
}

Test(command, a_program_that_fails_is_refused)
{
	struct nk_err err = refusal("!echo pw; exit 3");

	cr_assert(strstr(err.msg, "status 3"), "%s", err.msg);
	cr_assert_null(strstr(err.msg, "pw"), "%s", err.msg);
}

Test(command, a_program_killed_by_a_signal_is_refused)
{
	struct nk_err err = refusal("!echo pw; kill -9 $$");

	cr_assert(strstr(err.msg, "137"), "%s", err.msg);
}

Test(command, silence_is_refused)
{
	refusal("true");
}

Test(command, a_program_that_is_not_there_is_named)
{
	struct nk_err err = refusal("/nonexistent/pass show");

	cr_assert(strstr(err.msg, "/nonexistent/pass: No such file"), "%s", err.msg);
}

Test(command, no_command_is_refused)
{
	refusal("");
	refusal("  ");
	refusal("'a");
}
