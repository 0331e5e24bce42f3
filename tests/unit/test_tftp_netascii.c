/* test_tftp_netascii.c - the ends of lines, both ways, however the blocks cut them. */
#include "../../applets/tftp/tftp.h"

#include <criterion/criterion.h>

/* A string literal's bytes without its NUL, and how many. */
#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

#define OUT_MAX 256

/* Decode in pieces of step bytes into room for room bytes at a time. */
static size_t decoded(const uint8_t *in, size_t length, size_t step, size_t room,
		      uint8_t out[OUT_MAX])
{
	struct tftp_netascii state = { 0 };
	size_t written = 0;

	for (size_t at = 0; at < length;) {
		size_t piece = length - at < step ? length - at : step;
		size_t taken;

		written +=
			tftp_netascii_decode(&state, in + at, piece, &taken, out + written, room);
		at += taken;
	}
	return written + tftp_netascii_decode_end(&state, out + written);
}

static size_t encoded(const uint8_t *in, size_t length, size_t step, size_t room,
		      uint8_t out[OUT_MAX])
{
	struct tftp_netascii state = { 0 };
	size_t written = 0;

	for (size_t at = 0; at < length || tftp_netascii_is_owed(&state);) {
		size_t piece = length - at < step ? length - at : step;
		size_t taken;

		written +=
			tftp_netascii_encode(&state, in + at, piece, &taken, out + written, room);
		at += taken;
	}
	return written;
}

static void assert_decodes(const uint8_t *in, size_t length, const uint8_t *lines, size_t expected)
{
	uint8_t out[OUT_MAX];

	for (size_t step = 1; step <= length; step++) {
		for (size_t room = 1; room < 12; room++) {
			cr_assert_eq(decoded(in, length, step, room, out), expected);
			cr_assert_eq(memcmp(out, lines, expected), 0);
		}
	}
}

static void assert_encodes(const uint8_t *in, size_t length, const uint8_t *wire, size_t expected)
{
	uint8_t out[OUT_MAX];

	for (size_t step = 1; step <= length; step++) {
		for (size_t room = 1; room < 12; room++) {
			cr_assert_eq(encoded(in, length, step, room, out), expected);
			cr_assert_eq(memcmp(out, wire, expected), 0);
		}
	}
}

Test(tftp_netascii, line_ends_become_lf)
{
	assert_decodes(BYTES("one\r\ntwo\r\n"), BYTES("one\ntwo\n"));
}

Test(tftp_netascii, cr_nul_is_a_bare_cr)
{
	assert_decodes(BYTES("a\r\0b"), BYTES("a\rb"));
}

Test(tftp_netascii, cr_before_anything_else_stays)
{
	assert_decodes(BYTES("a\rb\r\r\nc"), BYTES("a\rb\r\nc"));
}

Test(tftp_netascii, cr_at_the_end_stays)
{
	assert_decodes(BYTES("a\r"), BYTES("a\r"));
}

Test(tftp_netascii, bare_lf_and_nul_stay)
{
	assert_decodes(BYTES("a\nb\0c"), BYTES("a\nb\0c"));
}

Test(tftp_netascii, lf_goes_out_as_cr_lf)
{
	assert_encodes(BYTES("one\ntwo\n\n"), BYTES("one\r\ntwo\r\n\r\n"));
}

Test(tftp_netascii, cr_goes_out_as_cr_nul)
{
	assert_encodes(BYTES("a\rb\r\n\r"), BYTES("a\r\0b\r\0\r\n\r\0"));
}

Test(tftp_netascii, what_was_encoded_decodes_to_itself)
{
	uint8_t in[100];
	uint8_t wire[OUT_MAX];
	uint8_t out[OUT_MAX];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t) "\r\n\0a"[i * i * 7 / 3 % 4];
	size_t length = encoded(in, sizeof(in), 7, 3, wire);

	cr_assert_eq(decoded(wire, length, 5, 2, out), sizeof(in));
	cr_assert_eq(memcmp(in, out, sizeof(in)), 0);
}

Test(tftp_netascii, nothing_is_nothing)
{
	struct tftp_netascii state = { 0 };
	uint8_t out[1] = { 0 };
	size_t taken = 9;

	cr_assert_eq(tftp_netascii_decode(&state, out, 0, &taken, out, sizeof(out)), 0);
	cr_assert_eq(taken, 0);
	cr_assert_eq(tftp_netascii_decode_end(&state, out), 0);
}
