/* fuzz_ftp_list.c - no line breaks the parser of LIST. */
#include "../../applets/ftp/ftp.h"

#include <stdint.h>

/* 2026-03-10T12:00:00Z */
#define NOW INT64_C(1773144000)

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
	if (!ftp_parse_list(line, NOW, &entry))
		return 0;
	check(entry.name > line && entry.name + strlen(entry.name) <= line + length);
	check(entry.name[0] != '\0' && strcmp(entry.name, ".") != 0 &&
	      strcmp(entry.name, "..") != 0);
	check(entry.size >= -1 && entry.mode >= -1 && entry.mode <= 07777);
	check(!entry.link || entry.kind == NK_KIND_LINK);
	return 0;
}
