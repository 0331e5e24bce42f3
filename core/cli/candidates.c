/* candidates.c - what could stand at the cursor, and what the option tables know about it. */
#include "candidates.h"

void nk_candidates_add(struct nk_candidates *candidates, const char *text, const char *what,
		       bool is_open)
{
	size_t count = candidates->count;

	if (count == NK_CANDIDATES_MAX || !nk_text_is_printable(text, strlen(text)))
		return;
	/* The array doubles: it is full where the count is a power of two. */
	if ((count & (count - 1)) == 0)
		candidates->items = nk_realloc(
			candidates->items, (count ? 2 * count : 1) * sizeof(*candidates->items));
	candidates->items[count] = (struct nk_candidate){
		.text = nk_strdup(text),
		.what = nk_strdup(what),
		.is_open = is_open,
	};
	candidates->count++;
}

void nk_candidates_offer(struct nk_candidates *candidates, const char *last, const char *text,
			 const char *what)
{
	if (nk_text_has_prefix(text, last))
		nk_candidates_add(candidates, text, what, false);
}

void nk_candidates_tables(const struct nk_applet *applet, const struct nk_verb *verb,
			  struct nk_option_tables *tables)
{
	unsigned groups = applet || verb ? nk_groups_of(applet, verb) : ~0U;

	tables->count = 0;
	if (verb)
		tables->items[tables->count++] = nk_options_of(verb->options);
	if (applet)
		tables->items[tables->count++] = nk_options_of(applet->options);
	for (int i = 0; i < NK_GROUP_COUNT; i++) {
		if (groups & nk_groups[i].bit)
			tables->items[tables->count++] = nk_groups[i].options;
	}
}

/* A name with its "=", or a letter that has no name. */
static void offer_option(struct nk_candidates *candidates, const struct nk_opt *opt,
			 const char *last)
{
	bool is_open = (opt->arg || opt->words) && opt->kind != NK_OPT_KIND_MAYBE;
	nk_auto(str) char *text = opt->name ? nk_format("--%s%s", opt->name, is_open ? "=" : "")
					    : nk_format("-%c", opt->letter);

	if (nk_text_has_prefix(text, last))
		nk_candidates_add(candidates, text, opt->help, opt->name && is_open);
}

/* Is the value a file, or a folder? */
static bool is_file(const struct nk_opt *opt)
{
	return opt->arg && (strcmp(opt->arg, "FILE") == 0 || strcmp(opt->arg, "DIR") == 0 ||
			    strcmp(opt->arg, "PROGRAM") == 0);
}

/* The values an option knows; value_at: where in last the value begins. */
static void offer_values(struct nk_candidates *candidates, const struct nk_opt *opt,
			 const char *last, size_t value_at)
{
	for (int i = 0; opt->words && opt->words[i]; i++) {
		nk_auto(str) char *text = nk_format("%.*s%s", (int)value_at, last, opt->words[i]);

		nk_candidates_offer(candidates, last, text, opt->help);
	}
	candidates->wants_files = is_file(opt);
	candidates->files_at = value_at;
}

bool nk_candidates_options(struct nk_candidates *candidates, const struct nk_applet *applet,
			   const struct nk_verb *verb, int argc, char **argv, const char *last)
{
	struct nk_option_tables tables;
	nk_auto(opt_scan) struct nk_opt_scan scan = { .awaits = NULL };
	const struct nk_opt *opt;
	size_t value_at;

	nk_candidates_tables(applet, verb, &tables);
	nk_opt_look_through(tables.items, tables.count, argc, argv, &scan);
	if (scan.awaits) {
		offer_values(candidates, scan.awaits, last, 0);
		return true;
	}
	if (scan.has_ended || last[0] != '-')
		return false;
	opt = nk_opt_with_value(tables.items, tables.count, last, &value_at);
	if (opt) {
		offer_values(candidates, opt, last, value_at);
		return true;
	}
	for (int i = 0; i < tables.count; i++) {
		for (opt = tables.items[i]; opt->kind != NK_OPT_KIND_END; opt++)
			offer_option(candidates, opt, last);
	}
	return true;
}

void nk_candidates_release(struct nk_candidates *candidates)
{
	for (size_t i = 0; i < candidates->count; i++) {
		free(candidates->items[i].text);
		free(candidates->items[i].what);
	}
	free(candidates->items);
	*candidates = (struct nk_candidates){ .items = NULL };
}
