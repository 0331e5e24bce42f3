/* netascii.c - lines between this machine and the wire (RFC 764, RFC 1350 1). */
#include "tftp.h"

/* What the byte after a CR makes of it: how many bytes go out, and whether it was used up. */
static size_t decode_after_cr(struct tftp_netascii *state, uint8_t next, bool *is_used,
			      uint8_t *out)
{
	*is_used = next == '\n' || next == '\0';
	state->has_cr = false;
	out[0] = next == '\n' ? '\n' : '\r';
	return 1;
}

size_t tftp_netascii_decode(struct tftp_netascii *state, const uint8_t *in, size_t length,
			    size_t *taken, uint8_t *out, size_t size)
{
	size_t at = 0;
	size_t written = 0;

	while (at < length && written < size) {
		if (state->has_cr) {
			bool is_used;

			written += decode_after_cr(state, in[at], &is_used, out + written);
			at += is_used;
			continue;
		}
		size_t span = length - at < size - written ? length - at : size - written;
		const uint8_t *cr = memchr(in + at, '\r', span);

		if (cr)
			span = (size_t)(cr - (in + at));
		memcpy(out + written, in + at, span);
		at += span;
		written += span;
		if (cr) {
			state->has_cr = true;
			at++;
		}
	}
	*taken = at;
	return written;
}

size_t tftp_netascii_decode_end(struct tftp_netascii *state, uint8_t *out)
{
	if (!state->has_cr)
		return 0;
	state->has_cr = false;
	out[0] = '\r';
	return 1;
}

size_t tftp_netascii_encode(struct tftp_netascii *state, const uint8_t *in, size_t length,
			    size_t *taken, uint8_t *out, size_t size)
{
	size_t at = 0;
	size_t written = 0;

	while (written < size && (at < length || state->second > 0)) {
		if (state->second > 0) {
			out[written++] = (uint8_t)(state->second - 1);
			state->second = 0;
			continue;
		}
		uint8_t byte = in[at++];

		if (byte == '\n' || byte == '\r')
			state->second = byte == '\n' ? '\n' + 1 : '\0' + 1;
		out[written++] = byte == '\n' ? '\r' : byte;
	}
	*taken = at;
	return written;
}

bool tftp_netascii_is_owed(const struct tftp_netascii *state)
{
	return state->second > 0;
}
