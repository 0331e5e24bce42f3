/* fuzz_complete.c - whatever a server calls its files, and whatever stands in a cached listing. */
#include "../../core/cli/complete_cache.h"
#include "../../core/cli/completing.h"

#include <stdint.h>

#include "netkit/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* What a word in a URL was made of is the name again. */
static void check_url(const char *word, const char *name)
{
	nk_auto(buf) struct nk_buf decoded = NK_BUF_INIT(SIZE_MAX / 4);

	check(nk_percent_decode(&decoded, word, strlen(word)) == 0);
	check(strcmp(decoded.data, name) == 0);
}

/* last, name: what was typed, and what the server has. */
static void spell(const char *last, const char *name)
{
	static const enum nk_spelling spellings[] = { NK_SPELLING_PLAIN, NK_SPELLING_URL,
						      NK_SPELLING_PATTERN };

	for (size_t i = 0; i < NK_COUNT(spellings); i++) {
		nk_auto(str) char *word = nk_remote_spell(last, 0, spellings[i], name);

		check(!word || nk_text_has_prefix(word, last));
		if (word && spellings[i] == NK_SPELLING_URL)
			check_url(word, name);
		if (word && spellings[i] == NK_SPELLING_URL &&
		    nk_text_is_printable(last, strlen(last)))
			check(nk_text_is_printable(word, strlen(word)));
		if (word && spellings[i] == NK_SPELLING_PLAIN)
			check(strcmp(word, name) == 0);
	}
}

static void read_listing(const uint8_t *bytes, size_t length)
{
	nk_auto(listing) struct nk_listing listing = { .file = NULL };
	struct nk_entry entry;

	listing.file = length > 0 ? fmemopen((void *)bytes, length, "r") : NULL;
	while (listing.file && nk_listing_next(&listing, &entry))
		check(entry.kind <= NK_KIND_OTHER && strlen(entry.name) <= NK_ENTRY_NAME_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const uint8_t *end = length > 0 ? memchr(bytes, '\n', length) : NULL;
	size_t typed = end ? (size_t)(end - bytes) : 0;

	read_listing(bytes, length);
	if (!end || memchr(bytes, '\0', length))
		return 0;
	nk_auto(str) char *last = nk_strndup((const char *)bytes, typed);
	nk_auto(str) char *name = nk_strndup((const char *)end + 1, length - typed - 1);

	spell(last, name);
	return 0;
}
