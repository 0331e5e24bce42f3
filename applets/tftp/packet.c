/* packet.c - TFTP packets taken apart and put together (RFC 1350, 2347, 2348, 2349, 7440). */
#include "tftp.h"

#include <stdio.h>

#include "netkit/num.h"

/*
 *           2 bytes    string   1 byte  string  1 byte  string   1 byte  string  1 byte
 *  RRQ/WRQ  | 01/02 |  name   |   0   |  mode  |   0   | option |   0   | value  |   0   | ...
 *  DATA     |  03   | block (2) | data (0 to blksize)
 *  ACK      |  04   | block (2) |
 *  ERROR    |  05   | code (2)  | text |   0   |
 *  OACK     |  06   | option |   0   | value |   0   | ...
 */

enum option_name { OPTION_BLKSIZE, OPTION_WINDOWSIZE, OPTION_TIMEOUT, OPTION_TSIZE, OPTION_COUNT };

/* The options we know, and the values their RFCs allow. */
static const struct {
	const char *name;
	uint64_t least, most;
} packet_options[OPTION_COUNT] = {
	[OPTION_BLKSIZE] = { "blksize", TFTP_BLKSIZE_MIN, TFTP_BLKSIZE_MAX },
	[OPTION_WINDOWSIZE] = { "windowsize", 1, TFTP_WINDOWSIZE_MAX },
	[OPTION_TIMEOUT] = { "timeout", 1, TFTP_TIMEOUT_MAX },
	[OPTION_TSIZE] = { "tsize", 0, INT64_MAX },
};

/* RFC 1350 appendix I, RFC 2347. */
static const struct {
	enum nk_domain domain;
	const char *word;
} packet_errors[] = {
	[TFTP_ERROR_OTHER] = { NK_E_PROTO, "error without a reason" },
	[TFTP_ERROR_MISSING] = { NK_E_MISSING, "file not found" },
	[TFTP_ERROR_DENIED] = { NK_E_DENIED, "access violation" },
	[TFTP_ERROR_FULL] = { NK_E_FULL, "disk full or allocation exceeded" },
	[TFTP_ERROR_OPERATION] = { NK_E_PROTO, "illegal TFTP operation" },
	[TFTP_ERROR_TID] = { NK_E_PROTO, "unknown transfer ID" },
	[TFTP_ERROR_EXISTS] = { NK_E_EXISTS, "file already exists" },
	[TFTP_ERROR_USER] = { NK_E_PROTO, "no such user" },
	[TFTP_ERROR_OPTION] = { NK_E_PROTO, "option negotiation failed" },
};

/* What servers write where they have no code: errno's words, mostly (busybox, dnsmasq, Windows). */
static const struct {
	const char *part;
	enum nk_domain domain;
} packet_texts[] = {
	{ "not found", NK_E_MISSING },	    { "no such file", NK_E_MISSING },
	{ "does not exist", NK_E_MISSING }, { "cannot find", NK_E_MISSING },
	{ "denied", NK_E_DENIED },	    { "not permitted", NK_E_DENIED },
	{ "read-only", NK_E_DENIED },	    { "not allowed", NK_E_DENIED },
	{ "no space", NK_E_FULL },	    { "quota", NK_E_FULL },
	{ "disk full", NK_E_FULL },	    { "exists", NK_E_EXISTS },
};

static uint16_t word_at(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void put_word(uint8_t *out, uint16_t word)
{
	out[0] = (uint8_t)(word >> 8);
	out[1] = (uint8_t)word;
}

static void option_set(struct tftp_options *options, enum option_name which, uint64_t value)
{
	switch (which) {
	case OPTION_BLKSIZE:
		options->blksize = (int)value;
		break;
	case OPTION_WINDOWSIZE:
		options->windowsize = (int)value;
		break;
	case OPTION_TIMEOUT:
		options->timeout = (int)value;
		break;
	case OPTION_TSIZE:
		options->tsize = (int64_t)value;
		break;
	case OPTION_COUNT:
		break;
	}
}

static int64_t option_get(const struct tftp_options *options, enum option_name which)
{
	switch (which) {
	case OPTION_BLKSIZE:
		return options->blksize > 0 ? options->blksize : -1;
	case OPTION_WINDOWSIZE:
		return options->windowsize > 0 ? options->windowsize : -1;
	case OPTION_TIMEOUT:
		return options->timeout > 0 ? options->timeout : -1;
	default:
		return options->tsize;
	}
}

/* One option of an OACK; names are not case sensitive (RFC 2347). */
static int parse_option(struct tftp_options *options, const char *name, const char *value,
			struct nk_err *err)
{
	uint64_t number;
	int i;

	for (i = 0; i < OPTION_COUNT; i++) {
		if (nk_text_is_same(name, packet_options[i].name))
			break;
	}
	if (i == OPTION_COUNT)
		return nk_fail(err, NK_E_PROTO, 0,
			       "the server grants the option \"%s\", which was never asked for",
			       name);
	if (option_get(options, (enum option_name)i) >= 0)
		return nk_fail(err, NK_E_PROTO, 0, "the server grants the option %s twice",
			       packet_options[i].name);
	if (!nk_num_u64(value, packet_options[i].least, packet_options[i].most, &number))
		return nk_fail(err, NK_E_PROTO, 0, "the server grants %s \"%s\"",
			       packet_options[i].name, value);
	option_set(options, (enum option_name)i, number);
	return 0;
}

static int parse_options(struct tftp_options *options, const uint8_t *bytes, size_t length,
			 struct nk_err *err)
{
	const char *at = (const char *)bytes;
	const char *end = at + length;

	while (at < end) {
		const char *name_end = memchr(at, '\0', (size_t)(end - at));
		const char *value = name_end ? name_end + 1 : end;
		const char *value_end = memchr(value, '\0', (size_t)(end - value));

		if (!value_end)
			return nk_fail(err, NK_E_PROTO, 0, "the server's OACK is cut short");
		if (parse_option(options, at, value, err) < 0)
			return -1;
		at = value_end + 1;
	}
	return 0;
}

static void parse_error(struct tftp_packet *packet, const uint8_t *bytes, size_t length)
{
	size_t most = length < TFTP_TEXT_MAX - 1 ? length : TFTP_TEXT_MAX - 1;
	const uint8_t *end = memchr(bytes, '\0', most);

	packet->data = NULL;
	packet->length = 0;
	memcpy(packet->text, bytes, end ? (size_t)(end - bytes) : most);
}

int tftp_packet_parse(struct tftp_packet *packet, const void *bytes, size_t length,
		      struct nk_err *err)
{
	const uint8_t *in = bytes;
	struct tftp_packet found = { .options = TFTP_OPTIONS_NONE };

	if (length < 2)
		return nk_fail(err, NK_E_PROTO, 0, "the server sent a packet of %zu bytes", length);
	found.opcode = (enum tftp_opcode)word_at(in);
	if (found.opcode < TFTP_DATA || found.opcode > TFTP_OACK)
		return nk_fail(err, NK_E_PROTO, 0, "the server sent a packet of type %d",
			       (int)found.opcode);
	if (found.opcode == TFTP_OACK) {
		if (parse_options(&found.options, in + 2, length - 2, err) < 0)
			return -1;
		*packet = found;
		return 0;
	}
	if (length < TFTP_HEADER)
		return nk_fail(err, NK_E_PROTO, 0, "the server sent a packet of %zu bytes", length);
	if (found.opcode == TFTP_ERROR) {
		found.code = word_at(in + 2);
		parse_error(&found, in + TFTP_HEADER, length - TFTP_HEADER);
	} else {
		found.block = word_at(in + 2);
		found.data = in + TFTP_HEADER;
		found.length = length - TFTP_HEADER;
	}
	*packet = found;
	return 0;
}

enum tftp_error tftp_packet_complaint(const void *bytes, size_t length)
{
	return length >= 2 && word_at(bytes) == TFTP_OACK ? TFTP_ERROR_OPTION
							  : TFTP_ERROR_OPERATION;
}

/* Append text and its NUL; false when it does not fit. */
static bool request_add(uint8_t *out, size_t *length, const char *text)
{
	size_t size = strlen(text) + 1;

	if (size > TFTP_REQUEST_MAX - *length)
		return false;
	memcpy(out + *length, text, size);
	*length += size;
	return true;
}

int tftp_packet_request(uint8_t out[TFTP_REQUEST_MAX], const struct tftp_request *request,
			struct nk_err *err)
{
	size_t length = 2;
	char value[24];
	bool fits;

	if (request->name[0] == '\0')
		return nk_fail(err, NK_E_USAGE, 0, "no file name");
	put_word(out, (uint16_t)request->opcode);
	fits = request_add(out, &length, request->name) &&
	       request_add(out, &length, request->is_netascii ? "netascii" : "octet");
	for (int i = 0; fits && i < OPTION_COUNT; i++) {
		int64_t number = option_get(&request->options, (enum option_name)i);

		if (number < 0)
			continue;
		snprintf(value, sizeof(value), "%lld", (long long)number);
		fits = request_add(out, &length, packet_options[i].name) &&
		       request_add(out, &length, value);
	}
	if (!fits)
		return nk_fail(
			err, NK_E_USAGE, 0,
			"the name is too long for TFTP, whose requests have %d bytes at most",
			TFTP_REQUEST_MAX);
	return (int)length;
}

void tftp_packet_header(uint8_t *out, enum tftp_opcode opcode, uint16_t block)
{
	put_word(out, (uint16_t)opcode);
	put_word(out + 2, block);
}

size_t tftp_packet_error(uint8_t out[TFTP_HEADER + TFTP_TEXT_MAX], enum tftp_error code,
			 const char *text)
{
	put_word(out, TFTP_ERROR);
	put_word(out + 2, (uint16_t)code);
	nk_copy_text((char *)out + TFTP_HEADER, TFTP_TEXT_MAX, text);
	return TFTP_HEADER + strlen((char *)out + TFTP_HEADER) + 1;
}

enum nk_domain tftp_error_domain(int code, const char *text)
{
	if (code < 0 || code >= (int)NK_COUNT(packet_errors))
		return NK_E_PROTO;
	for (size_t i = 0; code == TFTP_ERROR_OTHER && i < NK_COUNT(packet_texts); i++) {
		if (strcasestr(text, packet_texts[i].part))
			return packet_texts[i].domain;
	}
	return packet_errors[code].domain;
}

const char *tftp_error_word(int code)
{
	return code < 0 || code >= (int)NK_COUNT(packet_errors) ? "an unknown error code"
								: packet_errors[code].word;
}

const char *tftp_options_text(const struct tftp_options *options, char out[TFTP_OPTIONS_TEXT])
{
	size_t length = 0;

	nk_copy_text(out, TFTP_OPTIONS_TEXT, "no options");
	for (int i = 0; i < OPTION_COUNT; i++) {
		int64_t number = option_get(options, (enum option_name)i);

		if (number >= 0 && length < TFTP_OPTIONS_TEXT)
			length += (size_t)snprintf(out + length, TFTP_OPTIONS_TEXT - length,
						   "%s%s %lld", length > 0 ? ", " : "",
						   packet_options[i].name, (long long)number);
	}
	return out;
}
