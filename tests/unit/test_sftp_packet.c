/* test_sftp_packet.c - SFTP packets put together and taken apart. */
#include "../../applets/sftp/sftp.h"

#include <criterion/criterion.h>

/* A string literal's bytes without its NUL, and how many. */
#define BYTES(text) (text), sizeof(text) - 1

Test(sftp_packet, a_request_is_as_the_draft_draws_it)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);
	struct sftp_request request = sftp_request_begin(&out, SFTP_STAT, 0x01020304);
	const char expected[] = "\0\0\0\x0b\x11\x01\x02\x03\x04\0\0\0\x02/a";

	sftp_add_text(&request, "/a");
	cr_assert_eq(sftp_request_end(&request, 0), 0);
	cr_assert_eq(out.len, sizeof(expected) - 1);
	cr_assert_arr_eq(out.data, expected, out.len);
}

Test(sftp_packet, data_that_follows_is_counted)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);
	struct sftp_request request = sftp_request_begin(&out, SFTP_WRITE, 1);
	struct sftp_header header;

	cr_assert_eq(sftp_request_end(&request, 1000), 0);
	sftp_parse_header((const uint8_t *)out.data, &header);
	cr_assert_eq(header.length, 1005);
}

Test(sftp_packet, a_request_that_does_not_fit_leaves_nothing)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(20);
	struct sftp_request first = sftp_request_begin(&out, SFTP_CLOSE, 1);
	struct sftp_request second;

	cr_assert_eq(sftp_request_end(&first, 0), 0);
	second = sftp_request_begin(&out, SFTP_STAT, 2);
	sftp_add_text(&second, "/a/path/that/is/long");
	cr_assert_eq(sftp_request_end(&second, 0), -1);
	cr_assert_eq(out.len, SFTP_HEADER_SIZE);
}

Test(sftp_packet, attributes_come_back)
{
	const struct sftp_attrs attrs = {
		.has = SFTP_ATTR_SIZE | SFTP_ATTR_OWNER | SFTP_ATTR_MODE | SFTP_ATTR_TIMES,
		.size = 0x123456789a,
		.uid = 1,
		.gid = 2,
		.mode = 0100644,
		.atime = 3,
		.mtime = 4,
	};
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);
	struct sftp_request request = sftp_request_begin(&out, SFTP_ATTRS, 1);
	struct sftp_attrs back;

	sftp_add_attrs(&request, &attrs);
	cr_assert_eq(sftp_request_end(&request, 0), 0);
	cr_assert(sftp_parse_attrs(out.data + SFTP_HEADER_SIZE, out.len - SFTP_HEADER_SIZE, &back));
	cr_assert_eq(back.has, attrs.has);
	cr_assert_eq(back.size, attrs.size);
	cr_assert_eq(back.mode, attrs.mode);
	cr_assert_eq(back.mtime, attrs.mtime);
}

Test(sftp_packet, extended_attributes_are_read_past)
{
	struct sftp_attrs attrs;

	cr_assert(sftp_parse_attrs(BYTES("\x80\0\0\0\0\0\0\x01\0\0\0\x01"
					 "a\0\0\0\x01"
					 "b"),
				   &attrs));
	cr_assert_eq(attrs.has, 0);
}

Test(sftp_packet, attributes_that_are_cut_are_refused)
{
	struct sftp_attrs attrs;

	cr_assert_not(sftp_parse_attrs(BYTES("\0\0\0\x01\0\0\0"), &attrs));
}

Test(sftp_packet, extended_attributes_without_end_are_refused)
{
	struct sftp_attrs attrs;

	cr_assert_not(sftp_parse_attrs(BYTES("\x80\0\0\0\xff\xff\xff\xff"), &attrs));
}

Test(sftp_packet, a_version_tells_its_extensions)
{
	uint32_t version;
	unsigned extensions;

	cr_assert(sftp_parse_version(BYTES("\0\0\0\x03\0\0\0\x11"
					   "fsync@openssh.com\0\0\0\x01"
					   "1\0\0\0\x04"
					   "what\0\0\0\0"),
				     &version, &extensions));
	cr_assert_eq(version, 3);
	cr_assert_eq(extensions, SFTP_EXT_FSYNC);
}

Test(sftp_packet, a_version_with_half_an_extension_is_refused)
{
	uint32_t version;
	unsigned extensions;

	cr_assert_not(sftp_parse_version(BYTES("\0\0\0\x03\0\0\0\x11"
					       "fsync"),
					 &version, &extensions));
}

Test(sftp_packet, a_status_may_come_without_words)
{
	uint32_t code;
	const char *text;
	size_t length;

	cr_assert(sftp_parse_status(BYTES("\0\0\0\x02"), &code, &text, &length));
	cr_assert_eq(code, SFTP_NO_SUCH_FILE);
	cr_assert_eq(length, 0);
}

Test(sftp_packet, a_status_with_words_longer_than_itself_is_refused)
{
	uint32_t code;
	const char *text;
	size_t length;

	cr_assert_not(sftp_parse_status(BYTES("\0\0\0\x02\0\0\x10\0abc"), &code, &text, &length));
}

Test(sftp_packet, an_empty_handle_is_refused)
{
	const char *handle;
	size_t length;

	cr_assert_not(sftp_parse_handle(BYTES("\0\0\0\0"), &handle, &length));
}

Test(sftp_packet, a_handle_over_the_limit_is_refused)
{
	char body[4 + SFTP_HANDLE_MAX + 1] = { 0, 0, 1, 1 };
	const char *handle;
	size_t length;

	cr_assert_not(sftp_parse_handle(body, sizeof(body), &handle, &length));
}

Test(sftp_packet, names_end_with_the_packet_whatever_their_count)
{
	struct sftp_cursor cursor;
	struct sftp_name name;
	uint32_t count;

	cr_assert(sftp_parse_names(BYTES("\xff\xff\xff\xff\0\0\0\x01"
					 "a\0\0\0\0\0\0\0\0"),
				   &cursor, &count));
	cr_assert(sftp_next_name(&cursor, &name));
	cr_assert_eq(name.name_length, 1);
	cr_assert_not(sftp_next_name(&cursor, &name));
}

Test(sftp_packet, the_mode_tells_the_kind)
{
	const struct sftp_attrs attrs = { .has = SFTP_ATTR_MODE, .mode = 0120777 };
	struct nk_entry entry = NK_ENTRY_INIT;

	sftp_describe(&attrs, "-", &entry);
	cr_assert_eq(entry.kind, NK_KIND_LINK);
	cr_assert_eq(entry.mode, 0777);
	cr_assert_eq(entry.size, -1);
	cr_assert_eq(entry.mtime, NK_ENTRY_NO_TIME);
}

Test(sftp_packet, the_long_name_tells_the_kind_where_no_mode_does)
{
	const struct sftp_attrs attrs = { .has = 0 };
	struct nk_entry entry = NK_ENTRY_INIT;

	sftp_describe(&attrs, "drwxr-xr-x", &entry);
	cr_assert_eq(entry.kind, NK_KIND_DIR);
}

Test(sftp_packet, a_size_beyond_all_numbers_is_unknown)
{
	const struct sftp_attrs attrs = { .has = SFTP_ATTR_SIZE, .size = UINT64_MAX };
	struct nk_entry entry = NK_ENTRY_INIT;

	sftp_describe(&attrs, NULL, &entry);
	cr_assert_eq(entry.size, -1);
}

Test(sftp_packet, a_hash_is_taken_with_or_without_the_extensions_name)
{
	enum nk_digest_kind kind;
	char out[NK_DIGEST_TEXT];

	cr_assert(sftp_parse_check_file(BYTES("\0\0\0\x05"
					      "crc32\x01\x02\x03\x04"),
					&kind, out));
	cr_assert_eq(kind, NK_DIGEST_CRC32);
	cr_assert_str_eq(out, "01020304");
	cr_assert(sftp_parse_check_file(BYTES("\0\0\0\x0a"
					      "check-file\0\0\0\x05"
					      "crc32\x01\x02\x03\x04"),
					&kind, out));
}

Test(sftp_packet, a_hash_of_another_length_is_refused)
{
	enum nk_digest_kind kind;
	char out[NK_DIGEST_TEXT];

	cr_assert_not(sftp_parse_check_file(BYTES("\0\0\0\x06"
						  "sha256\x01\x02\x03\x04"),
					    &kind, out));
}

static void assert_quoted(const char *text, const char *expected)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(100);

	cr_assert(sftp_quote(&out, text));
	cr_assert_str_eq(out.data, expected);
}

Test(sftp_hash, a_word_is_quoted)
{
	assert_quoted("/a b/$(c)", "'/a b/$(c)'");
}

Test(sftp_hash, a_quote_cannot_end_the_word)
{
	assert_quoted("a'; rm -rf ~'", "'a'\\''; rm -rf ~'\\'''");
}

Test(sftp_hash, a_word_too_long_for_the_command_is_refused)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(5);

	cr_assert_not(sftp_quote(&out, "abcdef"));
}

#define MD5 "d41d8cd98f00b204e9800998ecf8427e"

Test(sftp_hash, one_line_with_a_hash_is_understood)
{
	char out[NK_DIGEST_TEXT];

	cr_assert(sftp_parse_hash_output(BYTES(MD5 "  /a b\n"), 32, out));
	cr_assert_str_eq(out, MD5);
}

Test(sftp_hash, an_escaped_name_is_understood)
{
	char out[NK_DIGEST_TEXT];

	cr_assert(sftp_parse_hash_output(BYTES("\\" MD5 "  a\\nb\n"), 32, out));
}

Test(sftp_hash, more_than_one_line_is_not)
{
	char out[NK_DIGEST_TEXT];

	cr_assert_not(sftp_parse_hash_output(BYTES("Welcome\n" MD5 "  a\n"), 32, out));
	cr_assert_not(sftp_parse_hash_output(BYTES(MD5 "  a\nbye\n"), 32, out));
}

Test(sftp_hash, a_hash_of_another_length_is_not)
{
	char out[NK_DIGEST_TEXT];

	cr_assert_not(sftp_parse_hash_output(BYTES(MD5 "00  a\n"), 32, out));
	cr_assert_not(sftp_parse_hash_output(BYTES("d41d  a\n"), 32, out));
}
