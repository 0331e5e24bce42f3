/* sshwire.c - the data types of SSH (RFC 4251 5). */
#include "sshwire.h"

#include <arpa/inet.h>

/* RFC 4251 6 */
#define SSH_NAME_MAX 64

bool nk_sshwire_byte(struct nk_sshwire *in, unsigned char *value)
{
	if (in->length == 0)
		return false;
	*value = *in->bytes++;
	in->length--;
	return true;
}

bool nk_sshwire_u32(struct nk_sshwire *in, uint32_t *value)
{
	uint32_t packed;

	if (in->length < sizeof(packed))
		return false;
	memcpy(&packed, in->bytes, sizeof(packed));
	in->bytes += sizeof(packed);
	in->length -= sizeof(packed);
	*value = ntohl(packed);
	return true;
}

bool nk_sshwire_string(struct nk_sshwire *in, struct nk_sshwire *string)
{
	struct nk_sshwire rest = *in;
	uint32_t length;

	if (!nk_sshwire_u32(&rest, &length) || length > rest.length)
		return false;
	*string = (struct nk_sshwire){ rest.bytes, length };
	*in = (struct nk_sshwire){ rest.bytes + length, rest.length - length };
	return true;
}

bool nk_sshwire_is(const struct nk_sshwire *string, const char *text)
{
	return string->length == strlen(text) && memcmp(string->bytes, text, string->length) == 0;
}

bool nk_sshwire_is_same(const struct nk_sshwire *a, const struct nk_sshwire *b)
{
	return a->length == b->length &&
	       (a->length == 0 || memcmp(a->bytes, b->bytes, a->length) == 0);
}

bool nk_sshwire_is_name(const struct nk_sshwire *string)
{
	if (string->length == 0 || string->length > SSH_NAME_MAX)
		return false;
	for (size_t i = 0; i < string->length; i++) {
		if (string->bytes[i] <= ' ' || string->bytes[i] >= 127 || string->bytes[i] == ',')
			return false;
	}
	return true;
}

int nk_sshwire_add_u32(struct nk_buf *out, uint32_t value)
{
	uint32_t packed = htonl(value);

	return nk_buf_add(out, &packed, sizeof(packed));
}

int nk_sshwire_add_string(struct nk_buf *out, const void *bytes, size_t length)
{
	size_t before = out->len;

	if (length > UINT32_MAX || nk_sshwire_add_u32(out, (uint32_t)length) < 0)
		return -1;
	if (nk_buf_add(out, bytes, length) < 0) {
		nk_buf_cut(out, before);
		return -1;
	}
	return 0;
}

int nk_sshwire_add_mpint(struct nk_buf *out, const unsigned char *bytes, size_t length)
{
	size_t before = out->len;
	bool is_padded;

	while (length > 0 && bytes[0] == 0) {
		bytes++;
		length--;
	}
	is_padded = length > 0 && (bytes[0] & 0x80) != 0;
	if (length >= UINT32_MAX || nk_sshwire_add_u32(out, (uint32_t)(length + is_padded)) < 0)
		return -1;
	if ((is_padded && nk_buf_add_char(out, '\0') < 0) || nk_buf_add(out, bytes, length) < 0) {
		nk_buf_cut(out, before);
		return -1;
	}
	return 0;
}
