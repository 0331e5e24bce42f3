/* sshkey_openssh.c - OpenSSH's own format of private keys (PROTOCOL.key), and its public ones. */
#include "sshkey_openssh.h"

#include "netkit/codec.h"
#include "netkit/secret.h"

#define OPENSSH_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----"
#define OPENSSH_END   "-----END OPENSSH PRIVATE KEY-----"

/* With its NUL, which is part of it. */
#define OPENSSH_MAGIC "openssh-key-v1"

/* No cipher has a longer block, so no padding is longer. */
#define OPENSSH_PADDING_MAX 16

static int openssh_broken(struct nk_err *err, const char *what)
{
	return nk_fail(err, NK_E_USAGE, 0, "not a private key of OpenSSH: %s", what);
}

/* marker in text, at the start of a line; NULL when it is not there. */
static const char *openssh_find(const char *text, size_t length, const char *marker)
{
	const char *at = text;

	while (length > 0 &&
	       (at = memmem(at, length - (size_t)(at - text), marker, strlen(marker)))) {
		if (at == text || at[-1] == '\n')
			return at;
		at++;
	}
	return NULL;
}

/* Base64 with white space anywhere; padding ends it. */
static int openssh_decode(const char *text, size_t length, struct nk_buf *bytes)
{
	char group[4];
	size_t digits = 0;
	bool has_ended = false;
	int status = 0;

	for (size_t i = 0; i < length && status == 0; i++) {
		if (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n')
			continue;
		if (has_ended)
			status = -1;
		group[digits++] = text[i];
		if (digits < sizeof(group))
			continue;
		if (status == 0)
			status = nk_base64_decode(bytes, group, digits);
		has_ended = group[3] == '=';
		digits = 0;
	}
	if (status == 0 && digits > 0)
		status = nk_base64_decode(bytes, group, digits);
	nk_secret_wipe(group, sizeof(group));
	return status;
}

int nk_openssh_unarmor(const char *text, size_t length, struct nk_buf *bytes, struct nk_err *err)
{
	const char *begin = openssh_find(text, length, OPENSSH_BEGIN);
	const char *end;
	size_t before = bytes->len;

	if (!begin)
		return 0;
	begin += strlen(OPENSSH_BEGIN);
	end = openssh_find(begin, length - (size_t)(begin - text), OPENSSH_END);
	if (!end)
		return openssh_broken(err, "it has no end");
	if (openssh_decode(begin, (size_t)(end - begin), bytes) < 0) {
		nk_buf_cut(bytes, before);
		return openssh_broken(err, "not base64");
	}
	return 1;
}

/* string salt, uint32 rounds; nothing without a kdf. */
static bool openssh_kdf(const struct nk_sshwire *options, struct nk_openssh_file *file)
{
	struct nk_sshwire in = *options;

	if (nk_sshwire_is(&file->kdf, "none"))
		return options->length == 0 && nk_sshwire_is(&file->cipher, "none");
	return nk_sshwire_string(&in, &file->salt) && nk_sshwire_u32(&in, &file->rounds) &&
	       in.length == 0 && !nk_sshwire_is(&file->cipher, "none");
}

/*
 * "openssh-key-v1\0", string cipher, string kdf, string kdf options, uint32 count of keys (1),
 * string public key, string sealed section, tag
 */
int nk_openssh_parse(const unsigned char *bytes, size_t length, struct nk_openssh_file *file,
		     struct nk_err *err)
{
	struct nk_openssh_file found = { .rounds = 0 };
	struct nk_sshwire in = { bytes, length };
	struct nk_sshwire options;
	struct nk_sshwire blob;
	uint32_t count;

	if (length < sizeof(OPENSSH_MAGIC) ||
	    memcmp(bytes, OPENSSH_MAGIC, sizeof(OPENSSH_MAGIC)) != 0)
		return openssh_broken(err, "its format is not openssh-key-v1");
	in.bytes += sizeof(OPENSSH_MAGIC);
	in.length -= sizeof(OPENSSH_MAGIC);
	if (!nk_sshwire_string(&in, &found.cipher) || !nk_sshwire_is_name(&found.cipher) ||
	    !nk_sshwire_string(&in, &found.kdf) || !nk_sshwire_is_name(&found.kdf) ||
	    !nk_sshwire_string(&in, &options) || !openssh_kdf(&options, &found))
		return openssh_broken(err, "cipher and key derivation are broken");
	if (!nk_sshwire_u32(&in, &count) || count != 1)
		return openssh_broken(err, "it does not hold one key");
	if (!nk_sshwire_string(&in, &found.blob))
		return openssh_broken(err, "its public half is broken");
	blob = found.blob;
	if (!nk_sshwire_string(&blob, &found.type) || !nk_sshwire_is_name(&found.type))
		return openssh_broken(err, "its public half is broken");
	if (!nk_sshwire_string(&in, &found.sealed) || found.sealed.length == 0)
		return openssh_broken(err, "its private half is cut off");
	found.tag = in;
	*file = found;
	return 0;
}

static bool openssh_number(struct nk_sshwire *in, struct nk_sshwire *number)
{
	struct nk_sshwire found;

	if (!nk_sshwire_string(in, &found) || found.length == 0 || (found.bytes[0] & 0x80) != 0)
		return false;
	while (found.length > 0 && found.bytes[0] == 0) {
		found.bytes++;
		found.length--;
	}
	if (found.length == 0 || found.length > NK_OPENSSH_NUMBER_MAX)
		return false;
	*number = found;
	return true;
}

static bool openssh_rsa(struct nk_sshwire *in, struct nk_openssh_private *key)
{
	return openssh_number(in, &key->rsa.modulus) &&
	       openssh_number(in, &key->rsa.public_exponent) &&
	       openssh_number(in, &key->rsa.private_exponent) &&
	       openssh_number(in, &key->rsa.coefficient) && openssh_number(in, &key->rsa.p) &&
	       openssh_number(in, &key->rsa.q);
}

static bool openssh_ecdsa(struct nk_sshwire *in, struct nk_openssh_private *key)
{
	return nk_sshwire_string(in, &key->ecdsa.curve) &&
	       nk_sshwire_string(in, &key->ecdsa.point) && key->ecdsa.point.length > 0 &&
	       openssh_number(in, &key->ecdsa.scalar);
}

/* The public key, then the private one (RFC 8032's seed) with the public one again. */
static bool openssh_ed25519(struct nk_sshwire *in, struct nk_openssh_private *key)
{
	struct nk_sshwire public_key;
	struct nk_sshwire both;

	if (!nk_sshwire_string(in, &public_key) || !nk_sshwire_string(in, &both) ||
	    public_key.length != NK_OPENSSH_ED25519_SIZE ||
	    both.length != 2 * NK_OPENSSH_ED25519_SIZE ||
	    memcmp(both.bytes + NK_OPENSSH_ED25519_SIZE, public_key.bytes, public_key.length) != 0)
		return false;
	key->seed = (struct nk_sshwire){ both.bytes, NK_OPENSSH_ED25519_SIZE };
	return true;
}

/* 1, 2, 3... up to the block's end. */
static bool openssh_is_padding(const struct nk_sshwire *rest)
{
	if (rest->length >= OPENSSH_PADDING_MAX)
		return false;
	for (size_t i = 0; i < rest->length; i++) {
		if (rest->bytes[i] != i + 1)
			return false;
	}
	return true;
}

/* uint32 check, uint32 the same, string type, its numbers, string comment, padding */
int nk_openssh_parse_private(const unsigned char *bytes, size_t length,
			     struct nk_openssh_private *key, struct nk_err *err)
{
	struct nk_openssh_private found = { .seed.length = 0 };
	struct nk_sshwire in = { bytes, length };
	struct nk_sshwire comment;
	uint32_t check;
	uint32_t again;
	bool is_good;

	if (!nk_sshwire_u32(&in, &check) || !nk_sshwire_u32(&in, &again))
		return openssh_broken(err, "its private half is cut off");
	if (check != again)
		return 0;
	if (!nk_sshwire_string(&in, &found.type) || !nk_sshwire_is_name(&found.type))
		return openssh_broken(err, "its private half is broken");
	if (nk_sshwire_is(&found.type, "ssh-rsa"))
		is_good = openssh_rsa(&in, &found);
	else if (nk_sshwire_is(&found.type, "ssh-ed25519"))
		is_good = openssh_ed25519(&in, &found);
	else if (found.type.length > 6 && memcmp(found.type.bytes, "ecdsa-", 6) == 0)
		is_good = openssh_ecdsa(&in, &found);
	else
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "keys of type %.*s are not supported",
			       (int)found.type.length, found.type.bytes);
	if (!is_good || !nk_sshwire_string(&in, &comment) || !openssh_is_padding(&in))
		return openssh_broken(err, "its private half is broken");
	*key = found;
	return 1;
}

/* The next word of a line; of no length at its end. */
static struct nk_sshwire openssh_word(const char **at, const char *end)
{
	const char *begin;

	while (*at < end && (**at == ' ' || **at == '\t' || **at == '\r'))
		(*at)++;
	begin = *at;
	while (*at < end && **at != ' ' && **at != '\t' && **at != '\r')
		(*at)++;
	return (struct nk_sshwire){ (const unsigned char *)begin, (size_t)(*at - begin) };
}

int nk_openssh_public_line(const char *text, size_t length, struct nk_buf *blob)
{
	const char *at = text;
	const char *end = text + length;

	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		const char *stop = line_end ? line_end : end;
		struct nk_sshwire type = openssh_word(&at, stop);
		struct nk_sshwire key = openssh_word(&at, stop);
		size_t before = blob->len;
		struct nk_sshwire named;
		struct nk_sshwire in;

		at = line_end ? line_end + 1 : end;
		if (type.length == 0 || type.bytes[0] == '#')
			continue;
		if (nk_base64_decode(blob, (const char *)key.bytes, key.length) < 0)
			return 0;
		in = (struct nk_sshwire){ (const unsigned char *)blob->data + before,
					  blob->len - before };
		if (nk_sshwire_string(&in, &named) && nk_sshwire_is_name(&named) &&
		    nk_sshwire_is_same(&named, &type))
			return 1;
		nk_buf_cut(blob, before);
		return 0;
	}
	return 0;
}
