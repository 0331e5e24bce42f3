/* fuzz_sshkey_openssh.c - no key file breaks its parsers, and what they find is in the file. */
#include "../../core/auth/sshkey_openssh.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_inside(const struct nk_sshwire *part, const uint8_t *bytes, size_t length)
{
	check(part->length <= length);
	check(part->length == 0 ||
	      (part->bytes >= bytes && part->bytes + part->length <= bytes + length));
}

static void check_file(const uint8_t *bytes, size_t length)
{
	struct nk_openssh_file file;
	struct nk_err err = NK_ERR_INIT;

	if (nk_openssh_parse(bytes, length, &file, &err) < 0) {
		check(err.domain == NK_E_USAGE && err.msg[0] != '\0');
		return;
	}
	check_inside(&file.cipher, bytes, length);
	check_inside(&file.kdf, bytes, length);
	check_inside(&file.salt, bytes, length);
	check_inside(&file.blob, bytes, length);
	check_inside(&file.type, file.blob.bytes, file.blob.length);
	check_inside(&file.sealed, bytes, length);
	check_inside(&file.tag, bytes, length);
	check(nk_sshwire_is_name(&file.type) && file.sealed.length > 0);
}

static void check_private(const uint8_t *bytes, size_t length)
{
	struct nk_openssh_private key;
	struct nk_err err = NK_ERR_INIT;

	if (nk_openssh_parse_private(bytes, length, &key, &err) < 1)
		return;
	check_inside(&key.type, bytes, length);
	if (nk_sshwire_is(&key.type, "ssh-rsa")) {
		check_inside(&key.rsa.modulus, bytes, length);
		check_inside(&key.rsa.q, bytes, length);
		check(key.rsa.p.length > 0 && key.rsa.p.bytes[0] != 0);
		check(key.rsa.modulus.length <= NK_OPENSSH_NUMBER_MAX);
	} else if (nk_sshwire_is(&key.type, "ssh-ed25519")) {
		check_inside(&key.seed, bytes, length);
		check(key.seed.length == NK_OPENSSH_ED25519_SIZE);
	} else {
		check_inside(&key.ecdsa.point, bytes, length);
		check_inside(&key.ecdsa.scalar, bytes, length);
	}
}

static void check_text(const char *text, size_t length)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(4096);
	struct nk_err err = NK_ERR_INIT;
	int found = nk_openssh_unarmor(text, length, &out, &err);

	check(found == 1 || out.len == 0);
	if (found == 1)
		check_file((const uint8_t *)out.data, out.len);
	nk_buf_clear(&out);
	found = nk_openssh_public_line(text, length, &out);
	check(found == 1 ? out.len > 4 : out.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	check_file(bytes, length);
	check_private(bytes, length);
	check_text((const char *)bytes, length);
	return 0;
}
