/* config_fill.c - from what sections say to the values of options. */
#include "config_parts.h"

bool nk_config_is_empty(const struct nk_opt *opt, const char *value)
{
	return value[0] == '\0' &&
	       (opt->kind == NK_OPT_KIND_TEXT || opt->kind == NK_OPT_KIND_TEXTS);
}

/* Does a section say something that this option cannot hold beside? */
static bool has_rival(const struct config_section *section, const struct nk_opt *opt)
{
	for (size_t i = 0; opt->family && i < section->count; i++) {
		const struct config_entry *entry = &section->entries[i];

		if (entry->opt && entry->opt->family &&
		    strcmp(entry->opt->family, opt->family) == 0 &&
		    !nk_opt_is_off(entry->opt, entry->value))
			return true;
	}
	return false;
}

static void take_values(const struct config_section *section, const struct nk_opt *opt,
			const struct config_entry *first, struct nk_config_found *found)
{
	found->line = first->line;
	found->path = section->file->path;
	for (size_t i = 0; i < section->count; i++) {
		const struct config_entry *entry = &section->entries[i];

		if (strcmp(entry->key, opt->name) == 0 && !nk_config_is_empty(opt, entry->value))
			nk_strings_add(&found->values, entry->value);
	}
}

/* 1, 0 as nk_config_find. */
static int find(const struct config_layers *layers, const struct nk_opt *opt,
		struct nk_config_found *found)
{
	for (size_t i = 0; opt->name && i < layers->count; i++) {
		const struct config_entry *entry = nk_config_entry(layers->items[i], opt->name);

		if (entry) {
			take_values(layers->items[i], opt, entry, found);
			return 1;
		}
		if (has_rival(layers->items[i], opt))
			return 0;
	}
	return 0;
}

int nk_config_find(const struct nk_config *config, const struct nk_config_query *query,
		   const struct nk_opt *opt, struct nk_config_found *found)
{
	nk_auto(config_layers) struct config_layers layers = { 0 };

	nk_config_layers(config, query, &layers);
	return find(&layers, opt, found);
}

void nk_config_found_release(struct nk_config_found *found)
{
	nk_strings_release(&found->values);
}

/* Store one option, unless something above says it. */
static int fill_option(const struct config_layers *layers, const struct nk_opt_set *set,
		       const struct nk_opt *opt, struct nk_err *err)
{
	nk_auto(config_found) struct nk_config_found found = { 0 };

	if (opt->is_typed || (set->given && nk_opt_is_given(set->given, opt)) ||
	    nk_config_in_environment(opt) || find(layers, opt, &found) == 0)
		return 0;
	for (size_t i = 0; i < found.values.count; i++) {
		if (nk_opt_store(opt, set->into, found.values.items[i], err) < 0)
			return nk_wrap(err, "%s:%d", found.path, found.line);
	}
	return 0;
}

int nk_config_fill(const struct nk_config *config, const struct nk_config_query *query,
		   const struct nk_opt_set *sets, int count, struct nk_err *err)
{
	nk_auto(config_layers) struct config_layers layers = { 0 };

	if (!config)
		return 0;
	nk_config_layers(config, query, &layers);
	for (int i = 0; i < count; i++) {
		for (const struct nk_opt *opt = sets[i].options; opt->kind != NK_OPT_KIND_END;
		     opt++) {
			if (fill_option(&layers, &sets[i], opt, err) < 0)
				return -1;
		}
	}
	return 0;
}
