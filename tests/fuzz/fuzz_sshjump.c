/* fuzz_sshjump.c - the names of jump hosts. */
#include "../../core/auth/sshjump.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	nk_auto(str) char *spec = nk_strndup((const char *)bytes, length);
	struct nk_ssh_jump jump;
	struct nk_err err = NK_ERR_INIT;

	if (nk_ssh_jump_parse(spec, &jump, &err) < 0)
		return 0;
	if (jump.host[0] == '\0' || jump.host[0] == '-' || jump.port < 0 || jump.port > 65535)
		abort();
	nk_ssh_jump_release(&jump);
	return 0;
}
