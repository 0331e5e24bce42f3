/* codec.c - base64 and hexadecimal (RFC 4648), percent-encoding (RFC 3986 2.1). */
#include "netkit/codec.h"

/* RFC 4648 4, table 1. */
static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static const char hex_digits[] = "0123456789abcdef";

int nk_base64_encode(struct nk_buf *out, const void *bytes, size_t length)
{
	const unsigned char *in = bytes;
	size_t before = out->len;

	for (size_t at = 0; at < length; at += 3) {
		size_t left = length - at;
		uint32_t bits = (uint32_t)in[at] << 16;
		char group[4];

		if (left > 1)
			bits |= (uint32_t)in[at + 1] << 8;
		if (left > 2)
			bits |= in[at + 2];
		group[0] = base64_digits[bits >> 18];
		group[1] = base64_digits[bits >> 12 & 63];
		group[2] = left > 1 ? base64_digits[bits >> 6 & 63] : '=';
		group[3] = left > 2 ? base64_digits[bits & 63] : '=';
		if (nk_buf_add(out, group, sizeof(group)) < 0) {
			nk_buf_cut(out, before);
			return -1;
		}
	}
	return 0;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Decode 2 to 4 digits into 1 to 3 bytes; -1 for anything else. */
static int base64_group(const char *text, size_t digits, char bytes[3])
{
	uint32_t bits = 0;

	if (digits < 2)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		int value = i < digits ? base64_value(text[i]) : 0;

		if (value < 0)
			return -1;
		bits = bits << 6 | (uint32_t)value;
	}
	/* RFC 4648 3.5: bits that no byte takes are zero, so that a value has one encoding. */
	if ((bits & (0xffffffu >> (8 * (digits - 1))) & 0xffffff) != 0)
		return -1;
	bytes[0] = (char)(bits >> 16);
	bytes[1] = (char)(bits >> 8);
	bytes[2] = (char)bits;
	return 0;
}

int nk_base64_decode(struct nk_buf *out, const char *text, size_t length)
{
	size_t before = out->len;

	/* Padding fills a group of four, or is not there at all. */
	if (length > 0 && length % 4 == 0 && text[length - 1] == '=')
		length -= text[length - 2] == '=' ? 2 : 1;
	for (size_t at = 0; at < length; at += 4) {
		size_t digits = length - at < 4 ? length - at : 4;
		char bytes[3];

		if (base64_group(text + at, digits, bytes) < 0 ||
		    nk_buf_add(out, bytes, digits - 1) < 0) {
			nk_buf_cut(out, before);
			return -1;
		}
	}
	return 0;
}

void nk_hex_encode(char *out, const void *bytes, size_t length)
{
	const unsigned char *in = bytes;

	for (size_t i = 0; i < length; i++) {
		*out++ = hex_digits[in[i] >> 4];
		*out++ = hex_digits[in[i] & 15];
	}
	*out = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that two digits name, -1 when they are none. */
static int hex_byte(const char *digits)
{
	int high = hex_value(digits[0]);
	int low = high < 0 ? -1 : hex_value(digits[1]);

	return low < 0 ? -1 : high << 4 | low;
}

int nk_hex_decode(void *bytes, size_t size, const char *text)
{
	unsigned char *out = bytes;

	if (strlen(text) / 2 != size || strlen(text) % 2 != 0)
		return -1;
	for (size_t i = 0; i < 2 * size; i++) {
		if (hex_value(text[i]) < 0)
			return -1;
	}
	for (size_t i = 0; i < size; i++)
		out[i] = (unsigned char)hex_byte(text + 2 * i);
	return 0;
}

int nk_percent_decode(struct nk_buf *out, const char *text, size_t length)
{
	size_t before = out->len;

	for (size_t at = 0; at < length; at++) {
		int c = (unsigned char)text[at];

		if (c == '%') {
			c = length - at > 2 ? hex_byte(text + at + 1) : -1;
			at += 2;
		}
		if (c <= 0 || nk_buf_add_char(out, (char)c) < 0) {
			nk_buf_cut(out, before);
			return -1;
		}
	}
	return 0;
}

/* RFC 3986 2.3 */
static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

int nk_percent_encode(struct nk_buf *out, const char *text, const char *keep)
{
	size_t before = out->len;

	for (; *text != '\0'; text++) {
		bool plain = is_unreserved(*text) || strchr(keep, *text);
		unsigned char c = (unsigned char)*text;
		int status = plain ? nk_buf_add_char(out, *text) : nk_buf_addf(out, "%%%02X", c);

		if (status < 0) {
			nk_buf_cut(out, before);
			return -1;
		}
	}
	return 0;
}
