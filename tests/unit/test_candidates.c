/* test_candidates.c - what could stand at the cursor. */
#include "../../core/cli/candidates.h"

#include <criterion/criterion.h>

#include "../../core/cli/fsverbs.h"

/* Is text among them? */
static const struct nk_candidate *find(const struct nk_candidates *candidates, const char *text)
{
	for (size_t i = 0; i < candidates->count; i++) {
		if (strcmp(candidates->items[i].text, text) == 0)
			return &candidates->items[i];
	}
	return NULL;
}

/* What the options of "cp" know about last behind one word. */
static bool ask(struct nk_candidates *candidates, const char *before, const char *last)
{
	char *argv[] = { nk_strdup(before) };
	bool is_option =
		nk_candidates_options(candidates, NULL, &nk_cp_verb, before ? 1 : 0, argv, last);

	free(argv[0]);
	return is_option;
}

Test(candidates, keep_order_and_words)
{
	nk_auto(candidates) struct nk_candidates candidates = { .count = 0 };

	nk_candidates_add(&candidates, "b/", "folder", true);
	nk_candidates_add(&candidates, "a", "", false);
	cr_assert_eq(candidates.count, 2);
	cr_expect_str_eq(candidates.items[0].text, "b/");
	cr_expect_str_eq(candidates.items[0].what, "folder");
	cr_expect(candidates.items[0].is_open);
	cr_expect_str_eq(candidates.items[1].text, "a");
}

Test(candidates, names_that_steer_a_terminal_are_left_out)
{
	static const char *const names[] = { "a\nb",	 "a\033[2J", "a\tb",	    "\x7f",
					     "\xc2\x9b", "a\xff",    "\xe2\x80\xae" };
	nk_auto(candidates) struct nk_candidates candidates = { .count = 0 };

	for (size_t i = 0; i < NK_COUNT(names); i++)
		nk_candidates_add(&candidates, names[i], "", false);
	cr_expect_eq(candidates.count, 0);
	nk_candidates_add(&candidates, "gr\xc3\xbc\xc3\x9f \\ \"x\"", "", false);
	cr_expect_eq(candidates.count, 1);
}

Test(candidates, are_bounded)
{
	nk_auto(candidates) struct nk_candidates candidates = { .count = 0 };

	for (int i = 0; i < NK_CANDIDATES_MAX + 10; i++)
		nk_candidates_add(&candidates, "x", "", false);
	cr_expect_eq(candidates.count, NK_CANDIDATES_MAX);
}

Test(candidates, only_what_was_begun_is_offered)
{
	nk_auto(candidates) struct nk_candidates candidates = { .count = 0 };

	nk_candidates_offer(&candidates, "ab", "abc", "");
	nk_candidates_offer(&candidates, "ab", "a", "");
	cr_expect_eq(candidates.count, 1);
}

Test(candidates, an_option_with_a_value_is_open)
{
	nk_auto(candidates) struct nk_candidates candidates = { .count = 0 };

	cr_expect(ask(&candidates, NULL, "--t"));
	cr_assert(find(&candidates, "--tls="));
	cr_expect(find(&candidates, "--tls=")->is_open);
	cr_expect_null(find(&candidates, "--user="));
	cr_expect_not(candidates.wants_files);
}

Test(candidates, a_flag_is_closed)
{
	nk_auto(candidates) struct nk_candidates candidates = { .count = 0 };

	cr_expect(ask(&candidates, NULL, "--recu"));
	cr_assert_eq(candidates.count, 1);
	cr_expect_not(candidates.items[0].is_open);
}

Test(candidates, words_of_an_option_in_both_forms)
{
	nk_auto(candidates) struct nk_candidates joined = { .count = 0 };
	nk_auto(candidates) struct nk_candidates apart = { .count = 0 };

	cr_expect(ask(&joined, NULL, "--tls=re"));
	cr_expect_eq(joined.count, 1);
	cr_expect(find(&joined, "--tls=required"));
	cr_expect(ask(&apart, "--tls", ""));
	cr_expect(find(&apart, "required") && find(&apart, "off"));
}

Test(candidates, files_are_wanted_where_a_value_is_one)
{
	nk_auto(candidates) struct nk_candidates joined = { .count = 0 };
	nk_auto(candidates) struct nk_candidates apart = { .count = 0 };
	nk_auto(candidates) struct nk_candidates other = { .count = 0 };

	cr_expect(ask(&joined, NULL, "--ca=/et"));
	cr_expect(joined.wants_files);
	cr_expect_eq(joined.files_at, strlen("--ca="));
	cr_expect(ask(&apart, "--ca", "/et"));
	cr_expect(apart.wants_files);
	cr_expect_eq(apart.files_at, 0);
	cr_expect(ask(&other, NULL, "--user=b"));
	cr_expect_not(other.wants_files);
}

Test(candidates, an_operand_is_none_of_the_options)
{
	nk_auto(candidates) struct nk_candidates candidates = { .count = 0 };

	cr_expect_not(ask(&candidates, NULL, "a"));
	cr_expect_not(ask(&candidates, "--recursive", "a"));
	cr_expect_not(ask(&candidates, "--", "--tls"));
	cr_expect_eq(candidates.count, 0);
}
