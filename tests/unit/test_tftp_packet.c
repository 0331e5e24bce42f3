/* test_tftp_packet.c - TFTP packets taken apart and put together. */
#include "../../applets/tftp/tftp.h"

#include <criterion/criterion.h>

/* A string literal's bytes without its NUL, and how many. */
#define BYTES(text) (text), sizeof(text) - 1

static struct tftp_packet parsed(const char *bytes, size_t length)
{
	struct tftp_packet packet;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(tftp_packet_parse(&packet, bytes, length, &err), 0, "%s", err.msg);
	return packet;
}

static void assert_refused(const char *bytes, size_t length, const char *reason)
{
	struct tftp_packet packet;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(tftp_packet_parse(&packet, bytes, length, &err), -1);
	cr_assert_eq(err.domain, NK_E_PROTO);
	cr_assert_not_null(strstr(err.msg, reason), "%s", err.msg);
}

static int built(uint8_t out[TFTP_REQUEST_MAX], const char *name,
		 const struct tftp_options *options)
{
	const struct tftp_request request = {
		.opcode = TFTP_RRQ,
		.name = name,
		.options = *options,
	};
	struct nk_err err = NK_ERR_INIT;
	int length = tftp_packet_request(out, &request, &err);

	cr_assert(length > 0 || err.domain == NK_E_USAGE);
	return length;
}

Test(tftp_packet, data_has_a_block_and_bytes)
{
	struct tftp_packet packet = parsed(BYTES("\0\3\x12\x34hello"));

	cr_assert_eq(packet.opcode, TFTP_DATA);
	cr_assert_eq(packet.block, 0x1234);
	cr_assert_eq(packet.length, 5);
	cr_assert_eq(memcmp(packet.data, "hello", 5), 0);
}

Test(tftp_packet, data_may_be_empty)
{
	cr_assert_eq(parsed(BYTES("\0\3\0\1")).length, 0);
}

Test(tftp_packet, data_keeps_nul_bytes)
{
	cr_assert_eq(parsed(BYTES("\0\3\0\1a\0b")).length, 3);
}

Test(tftp_packet, ack_has_a_block)
{
	struct tftp_packet packet = parsed(BYTES("\0\4\xff\xff"));

	cr_assert_eq(packet.opcode, TFTP_ACK);
	cr_assert_eq(packet.block, 65535);
}

Test(tftp_packet, error_has_code_and_text)
{
	struct tftp_packet packet = parsed(BYTES("\0\5\0\1no such file\0"));

	cr_assert_eq(packet.code, 1);
	cr_assert_str_eq(packet.text, "no such file");
}

Test(tftp_packet, error_needs_no_terminator)
{
	cr_assert_str_eq(parsed(BYTES("\0\5\0\0oops")).text, "oops");
}

Test(tftp_packet, error_needs_no_text)
{
	cr_assert_str_eq(parsed(BYTES("\0\5\0\2")).text, "");
}

Test(tftp_packet, error_text_ends_at_its_nul)
{
	cr_assert_str_eq(parsed(BYTES("\0\5\0\0one\0two\0")).text, "one");
}

Test(tftp_packet, error_text_is_cut_to_what_is_kept)
{
	char bytes[1000] = "\0\5\0\0";

	memset(bytes + 4, 'x', sizeof(bytes) - 4);
	cr_assert_eq(strlen(parsed(bytes, sizeof(bytes)).text), TFTP_TEXT_MAX - 1);
}

Test(tftp_packet, oack_grants_options_in_any_order_and_case)
{
	struct tftp_options options = parsed(BYTES("\0\6tsize\0"
						   "4294967296\0BLKSIZE\0"
						   "1428\0windowSize\0"
						   "8\0timeout\0"
						   "255\0"))
					      .options;

	cr_assert_eq(options.tsize, 4294967296);
	cr_assert_eq(options.blksize, 1428);
	cr_assert_eq(options.windowsize, 8);
	cr_assert_eq(options.timeout, 255);
}

Test(tftp_packet, oack_leaves_out_what_it_does_not_grant)
{
	struct tftp_options options = parsed(BYTES("\0\6blksize\0"
						   "512\0"))
					      .options;

	cr_assert_eq(options.tsize, -1);
	cr_assert_eq(options.windowsize, 0);
	cr_assert_eq(options.timeout, 0);
}

Test(tftp_packet, oack_may_grant_a_size_of_zero)
{
	cr_assert_eq(parsed(BYTES("\0\6tsize\0"
				  "0\0"))
			     .options.tsize,
		     0);
}

Test(tftp_packet, oack_may_be_empty)
{
	cr_assert_eq(parsed(BYTES("\0\6")).opcode, TFTP_OACK);
}

Test(tftp_packet, oack_with_an_unknown_option_is_refused)
{
	assert_refused(BYTES("\0\6multicast\0"
			     "1\0"),
		       "never asked for");
}

Test(tftp_packet, oack_with_an_option_twice_is_refused)
{
	assert_refused(BYTES("\0\6blksize\0"
			     "512\0blksize\0"
			     "512\0"),
		       "twice");
}

Test(tftp_packet, oack_values_out_of_range_are_refused)
{
	assert_refused(BYTES("\0\6blksize\0"
			     "7\0"),
		       "blksize");
	assert_refused(BYTES("\0\6blksize\0"
			     "65465\0"),
		       "blksize");
	assert_refused(BYTES("\0\6windowsize\0"
			     "0\0"),
		       "windowsize");
	assert_refused(BYTES("\0\6windowsize\0"
			     "65536\0"),
		       "windowsize");
	assert_refused(BYTES("\0\6timeout\0"
			     "256\0"),
		       "timeout");
	assert_refused(BYTES("\0\6tsize\0"
			     "9223372036854775808\0"),
		       "tsize");
}

Test(tftp_packet, oack_values_that_are_no_numbers_are_refused)
{
	assert_refused(BYTES("\0\6tsize\0-1\0"), "tsize");
	assert_refused(BYTES("\0\6blksize\0 512\0"), "blksize");
	assert_refused(BYTES("\0\6blksize\0\0"), "blksize");
	assert_refused(BYTES("\0\6blksize\0"
			     "512x\0"),
		       "blksize");
}

Test(tftp_packet, oack_without_terminators_is_refused)
{
	assert_refused(BYTES("\0\6blksize"), "cut short");
	assert_refused(BYTES("\0\6blksize\0"), "cut short");
	assert_refused(BYTES("\0\6blksize\0"
			     "512"),
		       "cut short");
}

Test(tftp_packet, short_packets_are_refused)
{
	assert_refused(BYTES(""), "0 bytes");
	assert_refused(BYTES("\0"), "1 bytes");
	assert_refused(BYTES("\0\3\0"), "3 bytes");
	assert_refused(BYTES("\0\4"), "2 bytes");
	assert_refused(BYTES("\0\5\0"), "3 bytes");
}

Test(tftp_packet, requests_and_unknown_types_are_refused)
{
	assert_refused(BYTES("\0\1a\0octet\0"), "type 1");
	assert_refused(BYTES("\0\2a\0octet\0"), "type 2");
	assert_refused(BYTES("\0\0\0\0"), "type 0");
	assert_refused(BYTES("\0\7\0\0"), "type 7");
	assert_refused(BYTES("\3\3\0\1"), "type 771");
}

Test(tftp_packet, a_refused_packet_leaves_the_output_alone)
{
	struct tftp_packet packet = { .code = 77 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(tftp_packet_parse(&packet, "\0\6x", 3, &err), -1);
	cr_assert_eq(packet.code, 77);
}

Test(tftp_packet, a_bad_oack_is_answered_with_error_8_and_the_rest_with_4)
{
	cr_assert_eq(tftp_packet_complaint("\0\6x", 3), TFTP_ERROR_OPTION);
	cr_assert_eq(tftp_packet_complaint("\0\7x", 3), TFTP_ERROR_OPERATION);
	cr_assert_eq(tftp_packet_complaint("", 0), TFTP_ERROR_OPERATION);
}

Test(tftp_packet, plain_request_is_name_and_mode)
{
	const struct tftp_options none = TFTP_OPTIONS_NONE;
	uint8_t out[TFTP_REQUEST_MAX];
	int length = built(out, "a.txt", &none);

	cr_assert_eq(length, 14);
	cr_assert_eq(memcmp(out, "\0\1a.txt\0octet\0", 14), 0);
}

Test(tftp_packet, request_carries_its_options)
{
	const struct tftp_options options = { 1428, 64, 2, 0 };
	static const char expected[] = "\0\1a\0octet\0blksize\0"
				       "1428\0windowsize\0"
				       "64\0timeout\0"
				       "2\0tsize\0"
				       "0";
	uint8_t out[TFTP_REQUEST_MAX];
	int length = built(out, "a", &options);

	cr_assert_eq(length, (int)sizeof(expected));
	cr_assert_eq(memcmp(out, expected, sizeof(expected)), 0);
}

Test(tftp_packet, netascii_is_a_mode)
{
	const struct tftp_request request = {
		.opcode = TFTP_WRQ,
		.name = "a",
		.is_netascii = true,
		.options = TFTP_OPTIONS_NONE,
	};
	uint8_t out[TFTP_REQUEST_MAX];
	struct nk_err err = NK_ERR_INIT;
	int length = tftp_packet_request(out, &request, &err);

	cr_assert_eq(length, 13);
	cr_assert_eq(memcmp(out, "\0\2a\0netascii\0", 13), 0);
}

Test(tftp_packet, request_of_512_bytes_is_the_longest)
{
	const struct tftp_options none = TFTP_OPTIONS_NONE;
	uint8_t out[TFTP_REQUEST_MAX];
	char name[505];

	memset(name, 'x', sizeof(name));
	name[504] = '\0';
	cr_assert_eq(built(out, name, &none), -1);
	name[503] = '\0';
	cr_assert_eq(built(out, name, &none), 512);
}

Test(tftp_packet, request_without_a_name_is_refused)
{
	const struct tftp_options none = TFTP_OPTIONS_NONE;
	uint8_t out[TFTP_REQUEST_MAX];

	cr_assert_eq(built(out, "", &none), -1);
}

Test(tftp_packet, error_is_built_with_its_terminator)
{
	uint8_t out[TFTP_HEADER + TFTP_TEXT_MAX];

	cr_assert_eq(tftp_packet_error(out, TFTP_ERROR_TID, "who"), 8);
	cr_assert_eq(memcmp(out, "\0\5\0\5who\0", 8), 0);
}

Test(tftp_packet, error_text_too_long_is_cut)
{
	uint8_t out[TFTP_HEADER + TFTP_TEXT_MAX];
	char text[1000];

	memset(text, 'x', sizeof(text));
	text[999] = '\0';
	cr_assert_eq(tftp_packet_error(out, TFTP_ERROR_OTHER, text), sizeof(out));
	cr_assert_eq(out[sizeof(out) - 1], 0);
}

Test(tftp_packet, header_rolls_over_with_its_16_bits)
{
	uint8_t out[TFTP_HEADER];

	tftp_packet_header(out, TFTP_ACK, (uint16_t)65536);
	cr_assert_eq(memcmp(out, "\0\4\0\0", 4), 0);
}

Test(tftp_packet, error_codes_have_domains)
{
	cr_assert_eq(tftp_error_domain(1, ""), NK_E_MISSING);
	cr_assert_eq(tftp_error_domain(2, ""), NK_E_DENIED);
	cr_assert_eq(tftp_error_domain(3, ""), NK_E_FULL);
	cr_assert_eq(tftp_error_domain(6, ""), NK_E_EXISTS);
	cr_assert_eq(tftp_error_domain(4, "not found"), NK_E_PROTO);
	cr_assert_eq(tftp_error_domain(8, ""), NK_E_PROTO);
	cr_assert_eq(tftp_error_domain(65535, ""), NK_E_PROTO);
}

Test(tftp_packet, error_0_is_known_by_its_text)
{
	cr_assert_eq(tftp_error_domain(0, "No such file or directory"), NK_E_MISSING);
	cr_assert_eq(tftp_error_domain(0, "File NOT FOUND"), NK_E_MISSING);
	cr_assert_eq(tftp_error_domain(0, "Permission denied"), NK_E_DENIED);
	cr_assert_eq(tftp_error_domain(0, "No space left on device"), NK_E_FULL);
	cr_assert_eq(tftp_error_domain(0, "File exists"), NK_E_EXISTS);
	cr_assert_eq(tftp_error_domain(0, "something else"), NK_E_PROTO);
}

Test(tftp_packet, options_are_listed_for_messages)
{
	const struct tftp_options none = TFTP_OPTIONS_NONE;
	const struct tftp_options some = { 65464, 0, 0, 10 };
	const struct tftp_options most = { 65464, 65535, 255, INT64_MAX };
	char text[TFTP_OPTIONS_TEXT];

	cr_assert_str_eq(tftp_options_text(&none, text), "no options");
	cr_assert_str_eq(tftp_options_text(&some, text), "blksize 65464, tsize 10");
	cr_assert_str_eq(tftp_options_text(&most, text),
			 "blksize 65464, windowsize 65535, timeout 255, tsize 9223372036854775807");
}
