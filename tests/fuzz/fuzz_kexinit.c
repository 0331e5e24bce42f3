/* fuzz_kexinit.c - a server's first words: lines, identification, KEXINIT. */
#include "../../core/auth/kexinit.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	/* Exactly as long as it is: one byte further is somebody else's. */
	nk_auto(str) char *copy = nk_alloc(length > 0 ? length : 1);
	const unsigned char *text = (const unsigned char *)copy;
	struct nk_kexinit kexinit;

	if (length > 0)
		memcpy(copy, bytes, length);
	if (!nk_kexinit_parse(text, length, &kexinit))
		return 0;
	for (int i = 0; i < NK_KEXINIT_LISTS; i++) {
		const struct nk_sshwire *list = &kexinit.lists[i];

		if (list->bytes < text || list->length > (size_t)(text + length - list->bytes))
			abort();
		nk_kexinit_agrees(list, "aes128-ctr,aes256-ctr,");
	}
	return 0;
}
