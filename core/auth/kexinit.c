/* kexinit.c - a server's first words: identification and KEXINIT (RFC 4253 4.2, 6, 7.1). */
#include "kexinit.h"

/* RFC 4253 12. */
#define SSH_MSG_KEXINIT 20

/* RFC 4253 7.1: random bytes before the lists. */
#define KEXINIT_COOKIE 16

const char *nk_kexinit_name(enum nk_kexinit_list list)
{
	static const char *const names[NK_KEXINIT_LISTS] = {
		[NK_KEXINIT_KEX] = "key exchange",  [NK_KEXINIT_HOSTKEY] = "host key type",
		[NK_KEXINIT_CIPHER_OUT] = "cipher", [NK_KEXINIT_CIPHER_IN] = "cipher",
		[NK_KEXINIT_MAC_OUT] = "MAC",	    [NK_KEXINIT_MAC_IN] = "MAC",
	};

	return names[list];
}

size_t nk_kexinit_banner(const unsigned char *bytes, size_t length, const unsigned char **start)
{
	const unsigned char *line = bytes;
	const unsigned char *end = bytes + length;

	while (line < end) {
		const unsigned char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t size;

		if (!stop)
			return 0;
		size = (size_t)(stop - line);
		if (size >= 4 && memcmp(line, "SSH-", 4) == 0) {
			*start = line;
			return line[size - 1] == '\r' ? size - 1 : size;
		}
		line = stop + 1;
	}
	return 0;
}

/* byte length[4], byte padding, byte 20, byte cookie[16], ten lists, ... */
bool nk_kexinit_parse(const unsigned char *bytes, size_t length, struct nk_kexinit *kexinit)
{
	const unsigned char *line = NULL;
	size_t line_length = nk_kexinit_banner(bytes, length, &line);
	struct nk_sshwire in;
	uint32_t packet_length;
	unsigned char padding;
	unsigned char type;

	if (line_length == 0)
		return false;
	line += line_length;
	line += *line == '\r';
	in = (struct nk_sshwire){ line + 1, (size_t)(bytes + length - line - 1) };
	if (!nk_sshwire_u32(&in, &packet_length) || packet_length > in.length)
		return false;
	in.length = packet_length;
	if (!nk_sshwire_byte(&in, &padding) || !nk_sshwire_byte(&in, &type) ||
	    type != SSH_MSG_KEXINIT || in.length < KEXINIT_COOKIE)
		return false;
	in.bytes += KEXINIT_COOKIE;
	in.length -= KEXINIT_COOKIE;
	for (int i = 0; i < NK_KEXINIT_LISTS; i++) {
		if (!nk_sshwire_string(&in, &kexinit->lists[i]))
			return false;
	}
	return true;
}

bool nk_kexinit_agrees(const struct nk_sshwire *theirs, const char *ours)
{
	const char *name = ours;

	while (*name != '\0') {
		size_t size = strcspn(name, ",");
		const unsigned char *at = theirs->bytes;
		const unsigned char *end = at + theirs->length;

		while (size > 0 && at < end) {
			const unsigned char *comma = memchr(at, ',', (size_t)(end - at));
			size_t length = (size_t)((comma ? comma : end) - at);

			if (length == size && memcmp(at, name, size) == 0)
				return true;
			at = comma ? comma + 1 : end;
		}
		name += size + (name[size] == ',');
	}
	return false;
}
