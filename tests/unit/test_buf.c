/* test_buf.c - the bounded byte buffer. */
#include "netkit/buf.h"

#include <criterion/criterion.h>

Test(buf, empty_is_an_empty_string)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(10);

	cr_assert_str_eq(buf.data, "");
}

Test(buf, added_bytes_are_terminated)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(10);

	cr_assert_eq(nk_buf_add(&buf, "abc", 2), 0);
	cr_assert_str_eq(buf.data, "ab");
}

Test(buf, fills_to_the_limit_exactly)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(5);

	cr_assert_eq(nk_buf_add_text(&buf, "12345"), 0);
	cr_assert_eq(buf.len, 5);
}

Test(buf, past_the_limit_adds_nothing)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(5);

	cr_assert_eq(nk_buf_add_text(&buf, "1234"), 0);
	cr_assert_eq(nk_buf_add_text(&buf, "56"), -1);
	cr_assert_str_eq(buf.data, "1234");
}

Test(buf, allocates_no_more_than_the_limit_and_nul)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(100);

	for (int i = 0; i < 100; i++)
		cr_assert_eq(nk_buf_add_char(&buf, 'x'), 0);
	cr_assert_eq(buf.size, 101);
}

Test(buf, a_huge_length_is_refused)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(SIZE_MAX);

	cr_assert_eq(nk_buf_add_char(&buf, 'x'), 0);
	cr_assert_eq(nk_buf_add(&buf, "", SIZE_MAX), -1);
}

Test(buf, addf_grows_as_needed)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(1000);

	cr_assert_eq(nk_buf_addf(&buf, "%s", "a"), 0);
	cr_assert_eq(nk_buf_addf(&buf, "%0200d", 7), 0);
	cr_assert_eq(buf.len, 201);
	cr_assert_eq(buf.data[200], '7');
}

Test(buf, addf_past_the_limit_adds_nothing)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(5);

	cr_assert_eq(nk_buf_addf(&buf, "%s", "1234"), 0);
	cr_assert_eq(nk_buf_addf(&buf, "%d", 56), -1);
	cr_assert_str_eq(buf.data, "1234");
}

Test(buf, addf_of_nothing_is_fine)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(5);

	cr_assert_eq(nk_buf_addf(&buf, "%s", ""), 0);
	cr_assert_str_eq(buf.data, "");
}

Test(buf, consume_moves_the_rest_to_the_front)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(10);

	cr_assert_eq(nk_buf_add_text(&buf, "abcdef"), 0);
	nk_buf_consume(&buf, 4);
	cr_assert_str_eq(buf.data, "ef");
}

Test(buf, consume_of_more_than_all_empties)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(10);

	cr_assert_eq(nk_buf_add_text(&buf, "abc"), 0);
	nk_buf_consume(&buf, 100);
	cr_assert_eq(buf.len, 0);
}

Test(buf, cut_keeps_the_beginning)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(10);

	cr_assert_eq(nk_buf_add_text(&buf, "abc"), 0);
	nk_buf_cut(&buf, 1);
	cr_assert_str_eq(buf.data, "a");
}

Test(buf, cut_never_lengthens)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(10);

	nk_buf_cut(&buf, 8);
	cr_assert_eq(buf.len, 0);
}

Test(buf, clear_keeps_the_memory)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(10);

	cr_assert_eq(nk_buf_add_text(&buf, "abc"), 0);
	nk_buf_clear(&buf);
	cr_assert_str_eq(buf.data, "");
	cr_assert_neq(buf.size, 0);
}

Test(buf, released_can_be_used_again)
{
	nk_auto(buf) struct nk_buf buf = NK_BUF_INIT(10);

	cr_assert_eq(nk_buf_add_text(&buf, "abc"), 0);
	nk_buf_release(&buf);
	cr_assert_eq(nk_buf_add_text(&buf, "d"), 0);
	cr_assert_str_eq(buf.data, "d");
}
