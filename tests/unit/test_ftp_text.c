/* test_ftp_text.c - TYPE A: CRLF to LF, whatever the pieces. */
#include "../../applets/ftp/ftp.h"

#include <criterion/criterion.h>

/* Decode text in pieces of so many bytes, as the stream does; at the end a held CR is a CR. */
static void assert_decoded(const char *text, size_t piece, const char *expected)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(256);
	size_t length = strlen(text);
	bool held = false;
	char bytes[257];

	for (size_t at = 0; at < length; at += piece) {
		size_t part = length - at < piece ? length - at : piece;
		size_t made;

		memcpy(bytes, text + at, part);
		made = ftp_text_decode(bytes, part, &held);
		cr_assert_eq(nk_buf_add(&out, bytes, made), 0);
	}
	if (held)
		cr_assert_eq(nk_buf_add_char(&out, '\r'), 0);
	cr_assert_str_eq(out.data, expected, "pieces of %zu: %s", piece, out.data);
}

static void assert_in_all_pieces(const char *text, const char *expected)
{
	for (size_t piece = 1; piece <= strlen(text); piece++)
		assert_decoded(text, piece, expected);
}

Test(ftp_text, line_ends_become_lf)
{
	assert_in_all_pieces("one\r\ntwo\r\n", "one\ntwo\n");
}

Test(ftp_text, a_bare_lf_stays)
{
	assert_in_all_pieces("one\ntwo\n", "one\ntwo\n");
}

Test(ftp_text, a_bare_cr_stays)
{
	assert_in_all_pieces("a\rb", "a\rb");
}

Test(ftp_text, of_several_crs_the_last_goes)
{
	assert_in_all_pieces("a\r\r\r\nb", "a\r\r\nb");
}

Test(ftp_text, empty_lines_stay)
{
	assert_in_all_pieces("\r\n\r\n\r\n", "\n\n\n");
}

Test(ftp_text, a_cr_at_the_end_stays)
{
	assert_in_all_pieces("a\r", "a\r");
	assert_in_all_pieces("\r", "\r");
}

Test(ftp_text, nothing_is_nothing)
{
	bool held = false;
	char bytes[1] = "";

	cr_assert_eq(ftp_text_decode(bytes, 0, &held), 0U);
	cr_assert_not(held);
}

Test(ftp_text, an_empty_piece_keeps_what_is_held)
{
	bool held = true;
	char bytes[1] = "";

	cr_assert_eq(ftp_text_decode(bytes, 0, &held), 0U);
	cr_assert(held);
}
