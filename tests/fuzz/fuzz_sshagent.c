/* fuzz_sshagent.c - no answer of an agent breaks its parsers, and what they find is in it. */
#include "../../core/auth/sshagent.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_inside(const struct nk_sshwire *part, const uint8_t *bytes, size_t length)
{
	check(part->bytes >= bytes && part->length <= length);
	check(part->bytes + part->length <= bytes + length);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct nk_sshagent_identities found = { .count = 0 };
	struct nk_sshwire signature;
	struct nk_err err = NK_ERR_INIT;

	if (nk_sshagent_parse_keys(bytes, length, &found, &err) < 0)
		check(err.domain == NK_E_PROTO || err.domain == NK_E_AUTH);
	else
		check(found.count >= 0 && found.count <= NK_SSHAGENT_KEYS_MAX);
	for (int i = 0; i < found.count; i++) {
		check_inside(&found.items[i].blob, bytes, length);
		check_inside(&found.items[i].comment, bytes, length);
		check(nk_sshwire_is_name(&found.items[i].type));
	}
	if (nk_sshagent_parse_signature(bytes, length, "rsa-sha2-256", &signature, &err) == 0) {
		check_inside(&signature, bytes, length);
		check(signature.length > 0 && signature.length <= NK_SSHKEY_SIGNATURE_MAX);
	}
	return 0;
}
