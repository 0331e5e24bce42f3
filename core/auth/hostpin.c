/* hostpin.c - fingerprints of host keys, and pins, which are fingerprints that a user gives. */
#include "hostpin.h"

#include <assert.h>

#include "netkit/codec.h"
#include "netkit/digest.h"

#define HOSTKEY_HASH_SIZE 32 /* SHA-256 */

/* "SHA256:" and base64, with room for "sha256//" and padding. */
#define HOSTKEY_FINGERPRINT_MAX 64

static int hostkey_hash(const struct nk_hostkey *key, unsigned char hash[HOSTKEY_HASH_SIZE],
			struct nk_err *err)
{
	nk_auto(digest) struct nk_digest *digest = NULL;
	char hex[NK_DIGEST_TEXT];

	if (nk_digest_new(NK_DIGEST_SHA256, &digest, err) < 0)
		return -1;
	nk_digest_add(digest, key->blob, key->length);
	nk_digest_finish(digest, hex);
	if (nk_hex_decode(hash, HOSTKEY_HASH_SIZE, hex) < 0)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "SHA-256 is not available");
	return 0;
}

size_t nk_hostkey_digits(const char *text, size_t length)
{
	while (length > 0 && text[length - 1] == '=')
		length--;
	return length;
}

int nk_hostkey_fingerprint(const struct nk_hostkey *key, char **text, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf made = NK_BUF_INIT(HOSTKEY_FINGERPRINT_MAX);
	unsigned char hash[HOSTKEY_HASH_SIZE];
	bool has_room;

	if (hostkey_hash(key, hash, err) < 0)
		return -1;
	has_room = nk_buf_add_text(&made, "SHA256:") == 0 &&
		   nk_base64_encode(&made, hash, sizeof(hash)) == 0;
	assert(has_room);
	(void)has_room;
	nk_buf_cut(&made, nk_hostkey_digits(made.data, made.len));
	*text = nk_strdup(made.data);
	return 0;
}

/* Read a pin of either spelling, padded or not. */
static bool hostkey_read_pin(const char *pin, struct nk_buf *hash)
{
	static const char *const prefixes[] = { "SHA256:", "sha256//" };

	for (size_t i = 0; i < NK_COUNT(prefixes); i++) {
		const char *digits = pin + strlen(prefixes[i]);

		if (nk_text_has_prefix(pin, prefixes[i]))
			return nk_base64_decode(hash, digits, strlen(digits)) == 0 &&
			       hash->len == HOSTKEY_HASH_SIZE;
	}
	return false;
}

int nk_hostkey_is_pinned(const char *pin, const char *fingerprint)
{
	nk_auto(buf) struct nk_buf wanted = NK_BUF_INIT(HOSTKEY_HASH_SIZE);
	nk_auto(buf) struct nk_buf ours = NK_BUF_INIT(HOSTKEY_HASH_SIZE);

	if (!hostkey_read_pin(pin, &wanted))
		return -1;
	return hostkey_read_pin(fingerprint, &ours) &&
	       memcmp(wanted.data, ours.data, HOSTKEY_HASH_SIZE) == 0;
}
