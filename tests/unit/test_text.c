/* test_text.c - untrusted text made safe. */
#include "netkit/text.h"

#include <criterion/criterion.h>
#include <locale.h>

static void assert_escaped(const char *text, size_t length, const char *expected)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(1000);

	cr_assert_eq(nk_text_escape(&out, text, length), 0);
	cr_assert_str_eq(out.data, expected);
}

Test(text, plain_text_is_untouched)
{
	assert_escaped("a \"b\" ~", 7, "a \"b\" ~");
}

Test(text, printable_utf8_is_untouched)
{
	assert_escaped("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
		       "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

Test(text, control_characters_are_escaped)
{
	assert_escaped("\033[2J\r\a\177", 7, "\\x1b[2J\\x0d\\x07\\x7f");
}

Test(text, nul_is_escaped)
{
	assert_escaped("a\0b", 3, "a\\x00b");
}

Test(text, tab_newline_and_backslash_have_names)
{
	assert_escaped("\t\n\\", 3, "\\t\\n\\\\");
}

Test(text, c1_controls_are_escaped)
{
	assert_escaped("\xc2\x9b"
		       "31m",
		       5, "\\xc2\\x9b31m");
}

Test(text, bidirectional_overrides_are_escaped)
{
	assert_escaped("\xe2\x80\xae", 3, "\\xe2\\x80\\xae");
	assert_escaped("\xe2\x81\xa6", 3, "\\xe2\\x81\\xa6");
	assert_escaped("\xe2\x81\xa9", 3, "\\xe2\\x81\\xa9");
}

Test(text, line_separators_are_escaped)
{
	assert_escaped("\xe2\x80\xa8\xe2\x80\xa9", 6, "\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
}

Test(text, neighbours_of_overrides_are_untouched)
{
	assert_escaped("\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa", 12,
		       "\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa");
}

Test(text, bytes_that_are_not_utf8_are_escaped_one_by_one)
{
	assert_escaped("a\xff\xe2\x82z", 5, "a\\xff\\xe2\\x82z");
}

Test(text, a_character_cut_by_the_end_is_escaped)
{
	assert_escaped("\xe2\x82\xac", 2, "\\xe2\\x82");
}

Test(text, escaping_any_bytes_gives_utf8)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(1000000);
	char bytes[3];

	for (int i = 0; i < 1 << 16; i++) {
		bytes[0] = (char)(i >> 8);
		bytes[1] = (char)i;
		bytes[2] = (char)(i * 31);
		nk_buf_clear(&out);
		cr_assert_eq(nk_text_escape(&out, bytes, sizeof(bytes)), 0);
		cr_assert(nk_text_is_utf8(out.data, out.len));
	}
}

Test(text, escape_past_the_limit_adds_nothing)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(8);

	cr_assert_eq(nk_buf_add_text(&out, "ab"), 0);
	cr_assert_eq(nk_text_escape(&out, "cd\001\002", 4), -1);
	cr_assert_str_eq(out.data, "ab");
}

Test(text, utf8_is_strict)
{
	static const char *const wrong[] = {
		"\x80",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xe2\x82",
		"\xc3(",
		"\xff",
	};

	for (size_t i = 0; i < NK_COUNT(wrong); i++)
		cr_assert_not(nk_text_is_utf8(wrong[i], strlen(wrong[i])), "row %zu", i);
}

Test(text, utf8_reaches_the_last_character)
{
	cr_assert(nk_text_is_utf8("\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80", 10));
	cr_assert(nk_text_is_utf8("", 0));
}

Test(text, safe_fits_and_is_terminated)
{
	char out[6];

	cr_assert_str_eq(nk_text_safe(out, sizeof(out), "hello world"), "hello");
}

Test(text, safe_never_splits_an_escape)
{
	char out[6];

	cr_assert_str_eq(nk_text_safe(out, sizeof(out), "ab\001"), "ab");
	cr_assert_str_eq(nk_text_safe(out, sizeof(out), "a\001"), "a\\x01");
}

Test(text, safe_never_splits_a_character)
{
	char out[4];

	cr_assert_str_eq(nk_text_safe(out, sizeof(out), "a\xe2\x82\xac"), "a");
}

Test(text, safe_of_one_byte_is_empty)
{
	char out[1] = { 'x' };

	cr_assert_str_eq(nk_text_safe(out, sizeof(out), "a"), "");
}

static void assert_json(const char *text, size_t length, const char *expected)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(1000);

	cr_assert_eq(nk_text_json(&out, text, length), 0);
	cr_assert_str_eq(out.data, expected);
}

Test(text, json_escapes_what_it_must)
{
	assert_json("a\"\\\b/", 5, "a\\\"\\\\\\u0008/");
	assert_json("\t\n\r\0", 4, "\\t\\n\\r\\u0000");
}

Test(text, json_escapes_what_steers_terminals)
{
	assert_json("\177\xc2\x9b\xe2\x80\xae", 6, "\\u007f\\u009b\\u202e");
}

Test(text, json_keeps_other_characters)
{
	assert_json("\xc3\xa9\xf0\x9f\x98\x80", 6, "\xc3\xa9\xf0\x9f\x98\x80");
}

Test(text, json_refuses_what_is_not_utf8)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(1000);

	cr_assert_eq(nk_text_json(&out, "ab\xff", 3), -1);
	cr_assert_eq(out.len, 0);
}

Test(text, width_counts_cells)
{
	cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
	cr_assert_eq(nk_text_width("caf\xc3\xa9"), 4);
	cr_assert_eq(nk_text_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
	cr_assert_eq(nk_text_width("e\xcc\x81"), 1);
}

Test(text, width_is_bytes_where_the_locale_cannot_measure)
{
	cr_assert_eq(nk_text_width("caf\xc3\xa9"), 5);
	cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
	cr_assert_eq(nk_text_width("a\xff"), 2);
	cr_assert_eq(nk_text_width("a\xe6\x97"), 3);
}

Test(text, prefix_is_the_beginning)
{
	cr_assert(nk_text_has_prefix("--tls=off", "--tls="));
	cr_assert(nk_text_has_prefix("a", ""));
	cr_assert_not(nk_text_has_prefix("--t", "--tls="));
}

Test(text, same_folds_ascii_only)
{
	cr_assert(nk_text_is_same("FeAt", "fEaT"));
	cr_assert(nk_text_is_same("", ""));
	cr_assert_not(nk_text_is_same("a", "ab"));
	cr_assert_not(nk_text_is_same("ab", "a"));
	cr_assert_not(nk_text_is_same("[", "{"));
	cr_assert_not(nk_text_is_same("\xc3\xa9", "\xc3\x89"));
}

static const char *nearest(const char *text)
{
	static const char *const names[] = { "daytime", "ftp",	   "sftp",	"tftp", "get",
					     "put",	"retries", "recursive", NULL };
	const char *name = nk_text_nearest(text, names);

	return name ? name : "none";
}

Test(text, nearest_forgives_a_swap)
{
	cr_assert_str_eq(nearest("fpt"), "ftp");
	cr_assert_str_eq(nearest("datyime"), "daytime");
}

Test(text, nearest_forgives_a_missing_letter)
{
	cr_assert_str_eq(nearest("retres"), "retries");
	cr_assert_str_eq(nearest("recusive"), "recursive");
}

Test(text, nearest_forgives_an_added_letter)
{
	cr_assert_str_eq(nearest("gett"), "get");
}

Test(text, nearest_takes_the_least_edits)
{
	cr_assert_str_eq(nearest("tftpp"), "tftp");
}

Test(text, nearest_does_not_guess)
{
	cr_assert_str_eq(nearest("xyz"), "none");
	cr_assert_str_eq(nearest(""), "none");
}

Test(text, nearest_takes_long_text)
{
	char text[1000];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cr_assert_str_eq(nearest(text), "none");
	text[63] = '\0';
	cr_assert_str_eq(nearest(text), "none");
}

Test(text, patterns_match_any_slash_and_dot)
{
	cr_assert(nk_text_matches("*.c", ".hidden/a.c"));
	cr_assert(nk_text_matches("[a-c]?", "b1"));
	cr_assert_not(nk_text_matches("*.c", "a.h"));
}

Test(text, lists_keep_their_order)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	nk_auto(strings) struct nk_strings list = { 0 };

	for (int i = 0; i < 1000; i++)
		nk_strings_add(&list, names[i % 5]);
	cr_assert_eq(list.count, 1000);
	for (int i = 0; i < 1000; i++)
		cr_assert_eq(list.items[i], names[i % 5]);
}

Test(text, printable_is_utf8_without_controls)
{
	cr_expect(nk_text_is_printable("a b\\\xc3\xa9", 6));
	cr_expect_not(nk_text_is_printable("a\nb", 3));
	cr_expect_not(nk_text_is_printable("\x1b", 1));
	cr_expect_not(nk_text_is_printable("\xff", 1));
	cr_expect_not(nk_text_is_printable("\xe2\x80\xae", 3));
}
