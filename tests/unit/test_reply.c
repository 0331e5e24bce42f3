/* test_reply.c - three-digit replies, put together line by line. */
#include "netkit/reply.h"

#include <criterion/criterion.h>

/* Feed the lines, separated by '\n'; the state after the last one. */
static enum nk_reply_state feed(struct nk_reply *reply, const char *lines)
{
	enum nk_reply_state state = NK_REPLY_MORE;
	bool first = true;

	for (const char *at = lines;; at++) {
		size_t length = strcspn(at, "\n");

		cr_assert_eq(state, NK_REPLY_MORE, "ended before: %s", at);
		state = nk_reply_take_line(reply, first, at, length);
		first = false;
		at += length;
		if (*at == '\0')
			return state;
	}
}

static void assert_reply(const char *lines, int code, const char *text)
{
	nk_auto(reply) struct nk_reply reply = NK_REPLY_INIT;

	cr_assert_eq(feed(&reply, lines), NK_REPLY_DONE, "%s", lines);
	cr_assert_eq(reply.code, code);
	cr_assert_str_eq(reply.text.data, text);
}

static void assert_bad(const char *line, size_t length)
{
	nk_auto(reply) struct nk_reply reply = NK_REPLY_INIT;

	cr_assert_eq(nk_reply_take_line(&reply, true, line, length), NK_REPLY_BAD, "%s", line);
	cr_assert_eq(reply.code, 0);
}

Test(reply, one_line)
{
	assert_reply("220 hello there", 220, "hello there");
}

Test(reply, a_code_alone_is_a_reply)
{
	assert_reply("220", 220, "");
	assert_reply("220 ", 220, "");
}

Test(reply, multiline_ends_at_repeated_code)
{
	assert_reply("211-Features\n MDTM\n SIZE\n211 End", 211, "Features\n MDTM\n SIZE\nEnd");
}

Test(reply, lines_between_lose_a_repeated_code)
{
	assert_reply("220-a\n220-b\n220 c", 220, "a\nb\nc");
}

Test(reply, another_code_within_is_text)
{
	assert_reply("220-a\n331 b\n550-c\n220 d", 220, "a\n331 b\n550-c\nd");
}

Test(reply, digits_that_go_on_are_text)
{
	assert_reply("220-a\n2200 b\n220_c\n220 d", 220, "a\n2200 b\n220_c\nd");
}

Test(reply, a_repeated_code_alone_ends_it)
{
	assert_reply("220-a\n220", 220, "a\n");
}

Test(reply, empty_lines_within_are_kept)
{
	assert_reply("220-a\n\n\n220 b", 220, "a\n\n\nb");
}

Test(reply, an_indented_code_does_not_end_it)
{
	assert_reply("220-a\n 220 b\n220 c", 220, "a\n 220 b\nc");
}

Test(reply, a_nul_is_kept_and_counted)
{
	nk_auto(reply) struct nk_reply reply = NK_REPLY_INIT;

	cr_assert_eq(nk_reply_take_line(&reply, true, "220 a\0b", 7), NK_REPLY_DONE);
	cr_assert_eq(reply.text.len, 3);
	cr_assert_arr_eq(reply.text.data, "a\0b", 4);
}

Test(reply, codes_are_from_100_to_699)
{
	assert_reply("100 a", 100, "a");
	assert_reply("699 a", 699, "a");
	assert_bad("099 a", 5);
	assert_bad("700 a", 5);
	assert_bad("000 a", 5);
}

Test(reply, what_is_no_code_is_refused)
{
	static const char *const lines[] = { "",       "2",	   "22",	  "abc",
					     " 220 a", "-220 a",   "+20 a",	  "2 0 a",
					     "220a b", "22\xb2 a", "HTTP/1.1 200" };

	for (size_t i = 0; i < NK_COUNT(lines); i++)
		assert_bad(lines[i], strlen(lines[i]));
}

Test(reply, a_nul_after_the_code_is_refused)
{
	assert_bad("220\0x", 5);
	assert_bad("2\0000 a", 5);
}

Test(reply, bytes_after_the_length_are_not_read)
{
	nk_auto(reply) struct nk_reply reply = NK_REPLY_INIT;

	cr_assert_eq(nk_reply_take_line(&reply, true, "220-ab", 3), NK_REPLY_DONE);
	cr_assert_str_eq(reply.text.data, "");
}

Test(reply, a_new_one_forgets_the_one_before)
{
	nk_auto(reply) struct nk_reply reply = NK_REPLY_INIT;

	cr_assert_eq(feed(&reply, "220-a\n220 b"), NK_REPLY_DONE);
	cr_assert_eq(feed(&reply, "331 c"), NK_REPLY_DONE);
	cr_assert_eq(reply.code, 331);
	cr_assert_str_eq(reply.text.data, "c");
}

Test(reply, one_without_end_is_refused_at_the_limit)
{
	nk_auto(reply) struct nk_reply reply = NK_REPLY_INIT;
	nk_auto(str) char *line = nk_alloc(NK_REPLY_LINE_MAX);
	enum nk_reply_state state;
	int lines = 1;

	memset(line, 'x', NK_REPLY_LINE_MAX);
	state = nk_reply_take_line(&reply, true, "220-", 4);
	for (; state == NK_REPLY_MORE; lines++)
		state = nk_reply_take_line(&reply, false, line, NK_REPLY_LINE_MAX);
	cr_assert_eq(state, NK_REPLY_BAD);
	cr_assert_leq(reply.text.len, NK_REPLY_TEXT_MAX);
	cr_assert_leq(lines, NK_REPLY_TEXT_MAX / NK_REPLY_LINE_MAX + 2);
}

Test(reply, the_class_is_the_first_digit)
{
	struct nk_reply reply = { .code = 553 };

	cr_assert_eq(nk_reply_class(&reply), 5);
}
