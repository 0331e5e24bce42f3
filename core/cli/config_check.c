/* config_check.c - are the keys options, their values usable, and the profiles without a circle? */
#include "config_parts.h"

#include "dispatch.h"
#include "fsverbs.h"
#include "groups.h"

/* Every option table there is. */
struct tables {
	const struct nk_opt **items; /* owned array */
	size_t count;
};

static void release(struct tables *tables)
{
	free(tables->items);
}
NK_AUTO(tables, struct tables, release)

static void add_table(struct tables *tables, const struct nk_opt *options)
{
	if (!options)
		return;
	tables->items = nk_realloc(tables->items, (tables->count + 1) * sizeof(*tables->items));
	tables->items[tables->count++] = options;
}

static void add_verbs(struct tables *tables, const struct nk_verb *verb)
{
	for (; verb && verb->name; verb++)
		add_table(tables, verb->options);
}

/* Groups go first: what they say of an option holds for all of its name. */
static void take_tables(struct tables *tables, const struct nk_applet *const *applets)
{
	for (int i = 0; i < NK_GROUP_COUNT; i++)
		add_table(tables, nk_groups[i].options);
	add_verbs(tables, nk_fs_verbs);
	for (const struct nk_verb *const *own = nk_own_verbs; *own; own++)
		add_table(tables, (*own)->options);
	for (; *applets; applets++) {
		add_table(tables, (*applets)->options);
		if ((*applets)->verbs != nk_fs_verbs)
			add_verbs(tables, (*applets)->verbs);
		if ((*applets)->classic)
			add_table(tables, (*applets)->classic->options);
	}
}

/* Where a line stands, and what it is compared with. */
struct examination {
	struct nk_config *config;
	const struct tables *tables;
	struct config_section *section;
};

static void blame(const struct examination *at, const struct config_entry *entry, const char *text)
{
	nk_config_blame(at->config, at->section->file, entry->line, "%s", text);
}

static void blame_unknown(const struct examination *at, const struct config_entry *entry)
{
	nk_auto(strings) struct nk_strings names = { 0 };

	if (strncmp(entry->key, "password", sizeof("password")) == 0) {
		blame(at, entry,
		      "a password does not belong here: password-command names a program that "
		      "prints it, password-file a file that others cannot read");
		return;
	}
	for (size_t i = 0; i < at->tables->count; i++) {
		for (const struct nk_opt *opt = at->tables->items[i]; opt->kind != NK_OPT_KIND_END;
		     opt++) {
			if (opt->name && !opt->is_typed)
				nk_strings_add(&names, opt->name);
		}
	}
	nk_strings_add(&names, "url");
	nk_strings_add(&names, "profile");
	nk_strings_add(&names, NULL);
	const char *nearest = nk_text_nearest(entry->key, names.items);

	nk_config_blame(at->config, at->section->file, entry->line,
			"no option is called '%s'%s%s%s", entry->key,
			nearest ? "; did you mean '" : "", nearest ? nearest : "",
			nearest ? "'?" : "");
}

/* "~/" is the home where a file is meant. */
static void expand_home(struct config_entry *entry)
{
	const char *home = getenv("HOME");
	const char *arg = entry->opt->arg;

	if (!home || !arg || (strcmp(arg, "FILE") != 0 && strcmp(arg, "DIR") != 0) ||
	    !nk_text_has_prefix(entry->value, "~/"))
		return;
	nk_auto(str) char *short_form = entry->value;

	entry->value = nk_format("%s%s", home, short_form + 1);
}

/* Options of one name may differ between applets: one that can use the value is enough. Fills
 * entry->opt. */
static void examine_value(const struct examination *at, struct config_entry *entry)
{
	struct nk_err first = NK_ERR_INIT;
	bool is_usable = false;

	for (size_t i = 0; i < at->tables->count && !is_usable; i++) {
		for (const struct nk_opt *opt = at->tables->items[i];
		     opt->kind != NK_OPT_KIND_END && !is_usable; opt++) {
			struct nk_err err = NK_ERR_INIT;

			if (!opt->name || strcmp(opt->name, entry->key) != 0)
				continue;
			if (!entry->opt)
				entry->opt = opt;
			is_usable = nk_config_is_empty(opt, entry->value) ||
				    nk_opt_try(opt, entry->value, &err) == 0;
			if (!is_usable && first.domain == NK_E_NONE)
				first = err;
		}
	}
	if (!entry->opt)
		blame_unknown(at, entry);
	else if (entry->opt->is_typed)
		nk_config_blame(at->config, at->section->file, entry->line,
				"'%s' is for the command line alone", entry->key);
	else if (!is_usable)
		blame(at, entry, first.msg);
	else
		expand_home(entry);
}

static void examine_trust(const struct examination *at, const struct config_entry *entry)
{
	const struct config_file *file = at->section->file;

	if (!entry->opt || !entry->opt->is_delicate)
		return;
	if (file->owner >= 0)
		nk_config_blame(at->config, file, entry->line,
				"'%s' is refused: the file belongs to user %ld", entry->key,
				file->owner);
	else if (file->mode != 0)
		nk_config_blame(at->config, file, entry->line,
				"'%s' is refused: others can write the file, mode %04o: chmod go-w",
				entry->key, file->mode);
}

/* The keys of profiles that are no options. */
static void examine_profile_key(const struct examination *at, const struct config_entry *entry)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	struct nk_err err = NK_ERR_INIT;

	if (at->section->kind != CONFIG_PROFILE) {
		nk_config_blame(at->config, at->section->file, entry->line,
				"'%s' belongs in a [profile NAME]", entry->key);
		return;
	}
	if (strcmp(entry->key, "profile") == 0) {
		if (!nk_config_profile(at->config, entry->value, NULL))
			nk_config_blame(at->config, at->section->file, entry->line,
					"no profile is called '%s'", entry->value);
		return;
	}
	if (entry->value[0] == '@')
		blame(at, entry, "url: it names no other profile: profile = NAME builds on one");
	else if (!nk_url_is_url(entry->value))
		blame(at, entry, "url: not SCHEME://HOST/PATH");
	else if (nk_url_parse(&url, entry->value, &err) < 0)
		blame(at, entry, err.msg);
}

/* Said before in this section, and no list? */
static void examine_again(const struct examination *at, const struct config_entry *entry)
{
	const struct config_entry *first = nk_config_entry(at->section, entry->key);

	if (first != entry && !(entry->opt && entry->opt->kind == NK_OPT_KIND_TEXTS))
		nk_config_blame(at->config, at->section->file, entry->line,
				"'%s' was said before, in line %d", entry->key, first->line);
}

static void examine_section(const struct examination *at)
{
	for (size_t i = 0; i < at->section->count; i++) {
		struct config_entry *entry = &at->section->entries[i];

		if (strcmp(entry->key, "url") == 0 || strcmp(entry->key, "profile") == 0)
			examine_profile_key(at, entry);
		else
			examine_value(at, entry);
		examine_trust(at, entry);
		examine_again(at, entry);
	}
}

/* Does the chain of profiles from this line come back to where it began? Told once for a circle, at
 * its first line. */
static void examine_chain(struct nk_config *config, const struct config_section *section)
{
	size_t most = nk_config_section_count(config);
	const struct config_section *at = section;

	for (size_t i = 0; at && i < most; i++) {
		const char *parent = nk_config_entry(at, "profile")->value;
		const struct config_entry *entry = nk_config_entry(at, "profile");
		const struct config_section *next = nk_config_profile(config, parent, "profile");

		if (next == section) {
			nk_config_blame(config, section->file,
					nk_config_entry(section, "profile")->line,
					"profile '%s' builds on itself, by %s:%d", section->name,
					at->file->path, entry->line);
			return;
		}
		if (next && (next->file < section->file ||
			     (next->file == section->file && next->line < section->line)))
			return;
		at = next;
	}
}

void nk_config_examine(struct nk_config *config)
{
	nk_auto(tables) struct tables tables = { 0 };

	take_tables(&tables, config->applets);
	for (int i = 0; i < config->count; i++) {
		for (size_t j = 0; j < config->files[i].count; j++) {
			const struct examination at = { config, &tables,
							config->files[i].sections[j] };
			const struct config_section *section = at.section;

			examine_section(&at);
			if (section->kind == CONFIG_PROFILE &&
			    nk_config_profile(config, section->name, "profile") == section)
				examine_chain(config, section);
		}
	}
}
