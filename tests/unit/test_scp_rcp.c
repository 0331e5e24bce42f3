/* test_scp_rcp.c - the lines of the old protocol, and the names they may bring. */
#include <criterion/criterion.h>

#include "../../applets/sftp/rcp.h"

static struct rcp_line parse(const char *text)
{
	struct rcp_line line = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(rcp_line_parse(text, strlen(text), &line, &err), 0, "%s", err.msg);
	return line;
}

static void expect_refusal(const char *text)
{
	struct rcp_line line = { .kind = RCP_LEAVE, .size = 42 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(rcp_line_parse(text, strlen(text), &line, &err), -1, "%s was taken", text);
	cr_assert_eq(err.domain, NK_E_PROTO);
	cr_assert_eq(line.size, 42);
}

Test(rcp_line, file_has_mode_size_and_name)
{
	struct rcp_line line = parse("C0644 12 a.txt");

	cr_assert_eq(line.kind, RCP_FILE);
	cr_assert_eq(line.mode, 0644);
	cr_assert_eq(line.size, 12);
	cr_assert_str_eq(line.text, "a.txt");
}

Test(rcp_line, name_keeps_its_blanks)
{
	cr_assert_str_eq(parse("C0644 12  a b ").text, " a b ");
}

Test(rcp_line, folder_has_a_name)
{
	struct rcp_line line = parse("D2755 0 sub");

	cr_assert_eq(line.kind, RCP_FOLDER);
	cr_assert_eq(line.mode, 02755);
	cr_assert_str_eq(line.text, "sub");
}

Test(rcp_line, type_in_the_mode_is_dropped)
{
	cr_assert_eq(parse("C100600 1 a").mode, 0600);
}

Test(rcp_line, times_are_seconds)
{
	struct rcp_line line = parse("T1700000000 0 1600000000 999999");

	cr_assert_eq(line.kind, RCP_TIMES);
	cr_assert_eq(line.mtime, 1700000000);
	cr_assert_eq(line.atime, 1600000000);
}

Test(rcp_line, end_of_a_folder)
{
	cr_assert_eq(parse("E").kind, RCP_LEAVE);
}

Test(rcp_line, warning_has_its_text)
{
	struct rcp_line line = parse("\1scp: a: No such file or directory");

	cr_assert_eq(line.kind, RCP_WARNING);
	cr_assert_str_eq(rcp_message(line.text), "a: No such file or directory");
}

Test(rcp_line, error_has_its_text)
{
	struct rcp_line line = parse("\2gone");

	cr_assert_eq(line.kind, RCP_ERROR);
	cr_assert_str_eq(rcp_message(line.text), "gone");
}

Test(rcp_line, largest_size_is_taken)
{
	cr_assert_eq(parse("C0644 9223372036854775807 a").size, INT64_MAX);
}

Test(rcp_line, size_past_the_range_is_refused)
{
	expect_refusal("C0644 9223372036854775808 a");
	expect_refusal("C0644 99999999999999999999999 a");
}

Test(rcp_line, negative_size_is_refused)
{
	expect_refusal("C0644 -1 a");
}

Test(rcp_line, mode_that_is_not_octal_is_refused)
{
	expect_refusal("C0648 1 a");
	expect_refusal("C 1 a");
	expect_refusal("C7777777 1 a");
}

Test(rcp_line, missing_parts_are_refused)
{
	expect_refusal("C0644");
	expect_refusal("C0644 12");
	expect_refusal("C0644 12 ");
	expect_refusal("D0755 0");
	expect_refusal("T1 2 3");
	expect_refusal("");
}

Test(rcp_line, more_than_the_times_is_refused)
{
	expect_refusal("T1 2 3 4 5");
	expect_refusal("T1 1000000 3 4");
}

Test(rcp_line, words_after_the_end_are_refused)
{
	expect_refusal("E now");
}

Test(rcp_line, what_a_login_script_prints_is_refused)
{
	expect_refusal("Welcome to example.org!");
}

Test(rcp_line, nul_is_refused)
{
	struct rcp_line line;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(rcp_line_parse("C0644 1 a\0b", 11, &line, &err), -1);
	cr_assert_eq(err.domain, NK_E_PROTO);
}

Test(rcp_line, message_without_words_is_still_an_error)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(rcp_blame("", &err), -1);
	cr_assert_neq(err.msg[0], '\0');
}

Test(rcp_line, what_the_server_says_has_its_domain)
{
	struct nk_err err = NK_ERR_INIT;

	rcp_blame("scp: /x: No such file or directory", &err);
	cr_assert_eq(err.domain, NK_E_MISSING);
	rcp_blame("scp: /x: Permission denied", &err);
	cr_assert_eq(err.domain, NK_E_DENIED);
	rcp_blame("scp: write: No space left on device", &err);
	cr_assert_eq(err.domain, NK_E_FULL);
}

Test(rcp_line, escape_sequences_of_the_server_are_made_visible)
{
	struct nk_err err = NK_ERR_INIT;

	rcp_blame("\033[2Jgone", &err);
	cr_assert_null(strchr(err.msg, '\033'));
}

Test(rcp_name, plain_name_is_wanted)
{
	cr_assert(rcp_name_is_wanted("/srv/a.txt", "a.txt"));
}

Test(rcp_name, another_name_is_not)
{
	cr_assert_not(rcp_name_is_wanted("/srv/a.txt", ".bashrc"));
	cr_assert_not(rcp_name_is_wanted("a.txt", "b.txt"));
}

Test(rcp_name, slash_at_the_end_does_not_count)
{
	cr_assert(rcp_name_is_wanted("/srv/site/", "site"));
}

Test(rcp_name, pattern_is_matched)
{
	cr_assert(rcp_name_is_wanted("logs/*.gz", "a.gz"));
	cr_assert_not(rcp_name_is_wanted("logs/*.gz", "a.txt"));
	cr_assert(rcp_name_is_wanted("log[0-9]", "log7"));
}

Test(rcp_name, name_with_brackets_is_wanted_as_it_is)
{
	cr_assert(rcp_name_is_wanted("a[1].txt", "a[1].txt"));
}

Test(rcp_name, star_means_no_hidden_file)
{
	cr_assert_not(rcp_name_is_wanted("*", ".profile"));
	cr_assert(rcp_name_is_wanted(".*", ".profile"));
}

Test(rcp_name, pattern_in_a_folder_does_not_count)
{
	cr_assert(rcp_name_is_wanted("*/a", "a"));
	cr_assert_not(rcp_name_is_wanted("*/a", "b"));
}

Test(rcp_name, braces_are_expanded)
{
	cr_assert(rcp_name_is_wanted("{a,b}.txt", "a.txt"));
	cr_assert(rcp_name_is_wanted("{a,b}.txt", "b.txt"));
	cr_assert_not(rcp_name_is_wanted("{a,b}.txt", "c.txt"));
}

Test(rcp_name, braces_stand_in_braces)
{
	cr_assert(rcp_name_is_wanted("{a,b{1,2}}", "b2"));
	cr_assert_not(rcp_name_is_wanted("{a,b{1,2}}", "b"));
}

Test(rcp_name, braces_with_slashes_are_expanded_first)
{
	cr_assert(rcp_name_is_wanted("{x/a,y/b}", "b"));
	cr_assert_not(rcp_name_is_wanted("{x/a,y/b}", "x"));
}

Test(rcp_name, braces_without_a_comma_are_a_name)
{
	cr_assert(rcp_name_is_wanted("{a}", "{a}"));
}

Test(rcp_name, backslash_makes_a_star_a_name)
{
	cr_assert(rcp_name_is_wanted("a\\*", "a*"));
	cr_assert_not(rcp_name_is_wanted("a\\*", "ab"));
}

Test(rcp_name, quotes_make_a_star_a_name)
{
	cr_assert(rcp_name_is_wanted("'a *'", "a *"));
	cr_assert_not(rcp_name_is_wanted("'a*'", "ab"));
	cr_assert(rcp_name_is_wanted("\"a b\"", "a b"));
	cr_assert(rcp_name_is_wanted("'srv x'/*.c", "a.c"));
}

Test(rcp_name, what_only_the_shell_knows_matches_nothing)
{
	cr_assert_not(rcp_name_is_wanted("$HOME", "joe"));
	cr_assert_not(rcp_name_is_wanted("`id`", "joe"));
	cr_assert_not(rcp_name_is_wanted("\"$HOME\"", "joe"));
}

Test(rcp_name, open_quote_matches_nothing)
{
	cr_assert_not(rcp_name_is_wanted("'a", "a"));
	cr_assert_not(rcp_name_is_wanted("a\\", "a"));
}

Test(rcp_name, home_folder_may_have_any_name)
{
	cr_assert(rcp_name_is_wanted("~", "joe"));
	cr_assert(rcp_name_is_wanted("~eve", "eve"));
	cr_assert_not(rcp_name_is_wanted("~/a", "b"));
}

Test(rcp_name, many_braces_come_to_an_end)
{
	cr_assert_not(rcp_name_is_wanted("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"
					 "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
					 "c"));
}

Test(rcp_name, dot_at_the_end_means_contents)
{
	cr_assert(rcp_wants_contents("."));
	cr_assert(rcp_wants_contents("dir/."));
	cr_assert(rcp_wants_contents(".."));
	cr_assert(rcp_wants_contents("/"));
	cr_assert_not(rcp_wants_contents("dir/"));
	cr_assert_not(rcp_wants_contents(".hidden"));
}
