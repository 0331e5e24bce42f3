/* suggest.c - what a word that names nothing may have meant. */
#include "suggest.h"

#include "fsverbs.h"
#include "help.h"
#include "topics.h"

/* Between the words of a summary. */
#define SEPARATORS " ,;:/-"

/* Shortest word that is looked for in summaries. */
#define RELATED_WORD_MIN 3

/* A word in more summaries than this tells nothing. */
#define RELATED_MAX 5

/* Names, and those whose summary has the word. */
struct found {
	const char *word;
	struct nk_strings names;
	struct nk_strings related;
};

static void release_found(struct found *found)
{
	nk_strings_release(&found->names);
	nk_strings_release(&found->related);
}
NK_AUTO(found, struct found, release_found)

/* Is it one of the words of a summary, in any case? */
static bool has_word(const char *summary, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = summary; *at != '\0'; at += strspn(at, SEPARATORS)) {
		size_t here = strcspn(at, SEPARATORS);

		if (here == length && strncasecmp(at, word, length) == 0)
			return true;
		at += here;
	}
	return false;
}

static void add(struct found *found, const char *name, const char *summary)
{
	nk_strings_add(&found->names, name);
	if (strlen(found->word) >= RELATED_WORD_MIN && has_word(summary, found->word))
		nk_strings_add(&found->related, name);
}

static void add_all(struct found *found, const struct nk_applet *const *applets, bool is_for_help)
{
	for (; *applets; applets++)
		add(found, (*applets)->name, (*applets)->summary);
	for (const struct nk_verb *verb = nk_fs_verbs; verb->name; verb++)
		add(found, verb->name, verb->summary);
	for (const struct nk_verb *const *verb = nk_own_verbs; *verb; verb++)
		add(found, (*verb)->name, (*verb)->summary);
	for (const struct nk_topic *topic = nk_topics; is_for_help && topic->name; topic++)
		add(found, topic->name, topic->summary);
	for (const struct nk_word *word = nk_words; !is_for_help && word->name; word++)
		nk_strings_add(&found->names, word->name);
	nk_strings_add(&found->names, NULL);
}

char *nk_suggest(const struct nk_applet *const *applets, const char *word, bool is_for_help)
{
	nk_auto(found) struct found found = { .word = word };
	const char *nearest;
	char *text;

	add_all(&found, applets, is_for_help);
	nearest = nk_text_nearest(word, found.names.items);
	if (nearest)
		return nk_format("did you mean '%s'?", nearest);
	if (found.related.count == 0 || found.related.count > RELATED_MAX)
		return NULL;
	text = nk_strdup("related:");
	for (size_t i = 0; i < found.related.count; i++) {
		nk_auto(str) char *before = text;

		text = nk_format("%s%s '%s'", before, i > 0 ? "," : "", found.related.items[i]);
	}
	return text;
}
