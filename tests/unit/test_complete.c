/* test_complete.c - what may stand as an operand, and how a server's names are written. */
#include "../../core/cli/completing.h"

#include <criterion/criterion.h>

/* What may stand after index operands: kinds alone. */
static unsigned kinds(const char *operands, size_t index)
{
	nk_auto(slots) struct nk_slots slots = { .count = 0 };

	nk_slots_find(operands, index, "", &slots);
	cr_expect_eq(slots.count, 0, "%s: words", operands);
	return slots.kinds;
}

Test(complete, the_last_operand_may_be_something_else)
{
	cr_expect_eq(kinds("URL... [DIR|FILE|-]", 0), NK_SLOT_URL);
	cr_expect_eq(kinds("URL... [DIR|FILE|-]", 1), NK_SLOT_URL | NK_SLOT_FILE);
	cr_expect_eq(kinds("URL... [DIR|FILE|-]", 7), NK_SLOT_URL | NK_SLOT_FILE);
	cr_expect_eq(kinds("PATH...|- URL", 0), NK_SLOT_FILE);
	cr_expect_eq(kinds("PATH...|- URL", 1), NK_SLOT_FILE | NK_SLOT_URL);
	cr_expect_eq(kinds("SRC... DST", 3), NK_SLOT_ANY);
}

Test(complete, each_operand_has_its_place)
{
	cr_expect_eq(kinds("URL NEWPATH", 0), NK_SLOT_URL);
	cr_expect_eq(kinds("URL NEWPATH", 1), NK_SLOT_NEWPATH);
	cr_expect_eq(kinds("URL NEWPATH", 2), 0);
	cr_expect_eq(kinds("MODE URL...", 0), NK_SLOT_MODE);
	cr_expect_eq(kinds("MODE URL...", 1), NK_SLOT_URL);
	cr_expect_eq(kinds("", 0), 0);
}

Test(complete, operands_that_may_be_left_out)
{
	cr_expect_eq(kinds("[USER@]HOST[:PATH] [TARGET]", 0), NK_SLOT_HOST | NK_SLOT_SPOT);
	cr_expect_eq(kinds("[USER@]HOST[:PATH] [TARGET]", 1), NK_SLOT_FILE);
	cr_expect(kinds("[[USER@]HOST [PORT]|URL]", 0) & NK_SLOT_HOST);
	cr_expect(kinds("[[USER@]HOST [PORT]|URL]", 0) & NK_SLOT_URL);
	cr_expect_eq(kinds("[FILE] URL", 0), NK_SLOT_FILE | NK_SLOT_URL);
}

Test(complete, words_stand_for_themselves)
{
	nk_auto(slots) struct nk_slots slots = { .count = 0 };

	nk_slots_find("list|add|rm [HOST]", 0, "", &slots);
	cr_assert_eq(slots.count, 3);
	cr_expect_str_eq(slots.words[0], "list");
	cr_expect_str_eq(slots.words[2], "rm");
	cr_expect_eq(slots.kinds, 0);
	nk_slots_release(&slots);
	nk_slots_find("list|add|rm [HOST]", 1, "rm", &slots);
	cr_expect_eq(slots.count, 0);
	cr_expect_eq(slots.kinds, NK_SLOT_HOST);
}

Test(complete, the_first_word_chooses_what_follows)
{
	static const char operands[] = "list [HOST] | add URL | rm URL...";
	nk_auto(slots) struct nk_slots slots = { .count = 0 };

	nk_slots_find(operands, 0, "", &slots);
	cr_assert_eq(slots.count, 3);
	cr_expect_str_eq(slots.words[0], "list");
	cr_expect_str_eq(slots.words[1], "add");
	cr_expect_str_eq(slots.words[2], "rm");
	nk_slots_release(&slots);
	nk_slots_find(operands, 1, "list", &slots);
	cr_expect_eq(slots.kinds, NK_SLOT_HOST);
	nk_slots_find(operands, 1, "add", &slots);
	cr_expect_eq(slots.kinds, NK_SLOT_URL);
	nk_slots_find(operands, 2, "add", &slots);
	cr_expect_eq(slots.kinds, 0);
	nk_slots_find(operands, 2, "rm", &slots);
	cr_expect_eq(slots.kinds, NK_SLOT_URL);
	nk_slots_find(operands, 1, "rmm", &slots);
	cr_expect_eq(slots.kinds, 0);
}

/* What name makes of a word whose name begins at the last slash; "" for nothing. */
static void expect_spelt(const char *last, enum nk_spelling spelling, const char *name,
			 const char *expected)
{
	const char *slash = strrchr(last, '/');
	size_t at = slash ? (size_t)(slash - last) + 1 : 0;
	nk_auto(str) char *text = nk_remote_spell(last, at, spelling, name);

	cr_expect_str_eq(text ? text : "", expected, "%s with %s: %s", last, name,
			 text ? text : "nothing");
}

Test(complete, what_a_url_cannot_hold_is_encoded)
{
	expect_spelt("ftp://h/", NK_SPELLING_URL, "a b", "ftp://h/a%20b");
	expect_spelt("ftp://h/", NK_SPELLING_URL, "100%", "ftp://h/100%25");
	expect_spelt("ftp://h/", NK_SPELLING_URL, "a?b#c", "ftp://h/a%3Fb%23c");
	expect_spelt("ftp://h/", NK_SPELLING_URL, "'\"$`\\", "ftp://h/%27%22%24%60%5C");
	expect_spelt("ftp://h/", NK_SPELLING_URL, "12:30=x@y", "ftp://h/12:30=x@y");
	expect_spelt("ftp://h/", NK_SPELLING_URL, "a\033\n", "ftp://h/a%1B%0A");
}

Test(complete, what_can_be_read_stays_readable_in_a_url)
{
	expect_spelt("ftp://h/", NK_SPELLING_URL, "gr\xc3\xbc\xc3\x9f",
		     "ftp://h/gr\xc3\xbc\xc3\x9f");
	expect_spelt("ftp://h/", NK_SPELLING_URL, "\xf0\x9f\x90\x9f", "ftp://h/\xf0\x9f\x90\x9f");
	/* Not UTF-8; half a character; an override of the direction. */
	expect_spelt("ftp://h/", NK_SPELLING_URL, "caf\xe9", "ftp://h/caf%E9");
	expect_spelt("ftp://h/", NK_SPELLING_URL, "\xc3", "ftp://h/%C3");
	expect_spelt("ftp://h/", NK_SPELLING_URL, "\xe2\x80\xae", "ftp://h/%E2%80%AE");
}

Test(complete, what_was_typed_stays_as_it_is)
{
	expect_spelt("ftp://h/a b", NK_SPELLING_URL, "a b c", "ftp://h/a b%20c");
	expect_spelt("ftp://h/a%20b", NK_SPELLING_URL, "a b c", "ftp://h/a%20b%20c");
	expect_spelt("ftp://h/%61", NK_SPELLING_URL, "ab", "ftp://h/%61b");
	expect_spelt("a b", NK_SPELLING_PLAIN, "a b c", "a b c");
	expect_spelt("x/a\\*", NK_SPELLING_PATTERN, "a*b?", "x/a\\*b\\?");
}

Test(complete, half_an_escape_is_completed)
{
	expect_spelt("ftp://h/a%", NK_SPELLING_URL, "a b", "ftp://h/a%20b");
	expect_spelt("ftp://h/a%2", NK_SPELLING_URL, "a b", "ftp://h/a%20b");
	expect_spelt("ftp://h/a%3", NK_SPELLING_URL, "a b", "");
	expect_spelt("ftp://h/a%zz", NK_SPELLING_URL, "a b", "");
	expect_spelt("ftp://h/a%00", NK_SPELLING_URL, "a", "");
	expect_spelt("x/a\\", NK_SPELLING_PATTERN, "a*", "x/a\\*");
	expect_spelt("x/a\\", NK_SPELLING_PATTERN, "ab", "");
}

Test(complete, other_and_hidden_names_are_left_out)
{
	expect_spelt("ftp://h/b", NK_SPELLING_URL, "a", "");
	expect_spelt("ftp://h/", NK_SPELLING_URL, ".a", "");
	expect_spelt("ftp://h/.", NK_SPELLING_URL, ".a", "ftp://h/.a");
	expect_spelt("", NK_SPELLING_PLAIN, ".a", "");
}

Test(complete, a_character_typed_in_half)
{
	/* %C3 is the first byte of an umlaut: the other one cannot be shown alone. */
	expect_spelt("ftp://h/gr%C3", NK_SPELLING_URL, "gr\xc3\xbc", "ftp://h/gr%C3%BC");
}
