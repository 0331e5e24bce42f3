/* fuzz_ftp_mlst.c - no line breaks the parser of MLSD. */
#include "../../applets/ftp/ftp.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	nk_auto(str) char *line = nk_alloc(length + 1);
	struct nk_entry entry;

	if (length > 0)
		memcpy(line, bytes, length);
	if (!ftp_parse_mlst(line, &entry))
		return 0;
	check(entry.name > line && entry.name + strlen(entry.name) <= line + length);
	check(entry.name[0] != '\0' && strcmp(entry.name, ".") != 0 &&
	      strcmp(entry.name, "..") != 0);
	check(entry.size >= -1 && entry.mode >= -1 && entry.mode <= 07777);
	check(!entry.link || (entry.kind == NK_KIND_LINK && entry.link < entry.name));
	return 0;
}
