/* facts.c - what a peer shows of itself. */
#include "netkit/facts.h"

/* Entries of a list: a peer could send thousands. */
#define FACTS_LIST_MAX 256

void nk_facts_release(struct nk_facts *facts)
{
	nk_strings_release(&facts->capabilities);
	nk_strings_release(&facts->mechanisms);
	nk_phases_release(&facts->phases);
}

const char *nk_facts_keep(struct nk_facts *facts, const char *text, size_t length)
{
	/* Text with a NUL in it ends there. */
	return text ? nk_arena_strndup(&facts->phases.arena, text, strnlen(text, length)) : NULL;
}

void nk_facts_add(struct nk_facts *facts, struct nk_strings *list, const char *text, size_t length)
{
	const char *kept;

	for (size_t i = 0; i < list->count; i++) {
		if (strlen(list->items[i]) == length && memcmp(list->items[i], text, length) == 0)
			return;
	}
	kept = list->count < FACTS_LIST_MAX ? nk_facts_keep(facts, text, length) : NULL;
	if (kept)
		nk_strings_add(list, kept);
}
