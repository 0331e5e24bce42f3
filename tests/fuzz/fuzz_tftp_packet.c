/* fuzz_tftp_packet.c - no packet breaks the parser, and lines survive the wire and back. */
#include "../../applets/tftp/tftp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_packet(const uint8_t *bytes, size_t length)
{
	char text[TFTP_OPTIONS_TEXT];
	struct tftp_packet packet;
	struct nk_err err = NK_ERR_INIT;

	if (tftp_packet_parse(&packet, bytes, length, &err) < 0) {
		check(err.domain == NK_E_PROTO && err.msg[0] != '\0');
		check(tftp_packet_complaint(bytes, length) != TFTP_ERROR_OTHER);
		return;
	}
	check(packet.opcode >= TFTP_DATA && packet.opcode <= TFTP_OACK);
	check(packet.length <= length && strlen(packet.text) < TFTP_TEXT_MAX);
	check(packet.length == 0 || packet.data + packet.length == bytes + length);
	check(packet.options.blksize <= TFTP_BLKSIZE_MAX);
	check(packet.options.windowsize <= TFTP_WINDOWSIZE_MAX);
	check(packet.options.timeout <= TFTP_TIMEOUT_MAX && packet.options.tsize >= -1);
	check(tftp_options_text(&packet.options, text)[0] != '\0');
	check(tftp_error_domain(packet.code, packet.text) != NK_E_NONE);
}

/* Encoded and decoded again it is what it was, with little room on the way. */
static void check_lines(const uint8_t *bytes, size_t length)
{
	struct tftp_netascii to_wire = { 0 };
	struct tftp_netascii from_wire = { 0 };
	nk_auto(str) char *back = nk_alloc(length + 1);
	size_t done = 0;

	for (size_t at = 0; at < length || tftp_netascii_is_owed(&to_wire);) {
		uint8_t wire[3];
		size_t taken;
		size_t made = tftp_netascii_encode(&to_wire, bytes + at, length - at, &taken, wire,
						   sizeof(wire));

		at += taken;
		done += tftp_netascii_decode(&from_wire, wire, made, &taken, (uint8_t *)back + done,
					     length - done);
		check(taken == made);
	}
	check(done == length && memcmp(back, bytes, length) == 0);
	check(tftp_netascii_decode_end(&from_wire, (uint8_t *)back) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	check_packet(bytes, length);
	check_lines(bytes, length);
	return 0;
}
