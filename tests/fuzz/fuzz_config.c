/* fuzz_config.c - no config file breaks the parser, and what it finds is in the file. */
#include "../../core/cli/config_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define NK_APPLET(name) extern const struct nk_applet name##_applet;
#include "../../applets/list.h"
#undef NK_APPLET

static const struct nk_applet *const applets[] = {
#define NK_APPLET(name) &name##_applet,
#include "../../applets/list.h"
#undef NK_APPLET
	NULL,
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Lines go up within a section, and nothing that was kept is longer than a line or has controls. */
static void check_section(const struct config_section *section, int lines)
{
	int line = section->line;

	for (size_t i = 0; i < section->count; i++) {
		const struct config_entry *entry = &section->entries[i];

		check(entry->line > line && entry->line <= lines);
		check(strpbrk(entry->key, "\r\n") == NULL);
		check(strpbrk(entry->value, "\r\n") == NULL);
		line = entry->line;
	}
}

/* Whatever is in it, asking ends, and what is said of a profile comes from one that is there. */
static void ask(const struct nk_config *config)
{
	static const struct nk_opt opt = { .kind = NK_OPT_KIND_TEXT, .name = "user" };
	nk_auto(strings) struct nk_strings profiles = { 0 };

	nk_config_profiles(config, &profiles);
	for (size_t i = 0; i < profiles.count && i < 8; i++) {
		const struct nk_config_query query = { .applet = "ftp",
						       .host = "h.example.com",
						       .profile = profiles.items[i] };
		nk_auto(config_found) struct nk_config_found found = { 0 };
		nk_auto(str) char *url = nk_config_profile_url(config, profiles.items[i]);

		check(nk_config_find(config, &query, &opt, &found) == 0 || found.line > 0);
		check(nk_config_is_same(config, &query, &query));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	nk_auto(config) struct nk_config *config = nk_alloc(sizeof(*config));
	nk_auto(str) char *text = nk_alloc(length > 0 ? length : 1);
	int lines = 1;

	if (length > 0)
		memcpy(text, bytes, length);
	for (size_t i = 0; i < length; i++)
		lines += text[i] == '\n';
	config->applets = applets;
	config->count = 1;
	config->files[0] = (struct config_file){ .path = nk_strdup("c"), .owner = -1 };
	nk_config_parse(config, &config->files[0], text, length);
	for (size_t i = 0; i < config->files[0].count; i++)
		check_section(config->files[0].sections[i], lines);
	nk_config_examine(config);
	for (size_t i = 0; i < config->problem_count; i++)
		check(config->problems[i].text[0] != '\0');
	ask(config);
	return 0;
}
