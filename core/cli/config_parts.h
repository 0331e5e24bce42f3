/*
 * What the parts of config share: sections and lines as they were read. Private to core/cli.
 */
#ifndef CORE_CLI_CONFIG_PARTS_H
#define CORE_CLI_CONFIG_PARTS_H

#include "config.h"

/* Largest file, most sections in one, most problems that are kept: all far beyond what people
 * write. */
#define CONFIG_FILE_MAX	    ((size_t)1 << 20)
#define CONFIG_SECTIONS_MAX 10000
#define CONFIG_PROBLEMS_MAX 1000

/* Longest name of a profile. */
#define CONFIG_NAME_MAX 64

/* The user's and the system's. */
#define CONFIG_FILES_MAX 2

enum config_kind {
	CONFIG_DEFAULTS,
	CONFIG_APPLET,
	CONFIG_HOST,
	CONFIG_PROFILE,
	CONFIG_UNKNOWN, /* its lines are checked, and hold for nobody */
};

struct config_entry {
	char *key;
	char *value; /* "~/" replaced where a file is meant */
	int line;
	const struct nk_opt *opt; /* the first of that name; NULL for url and profile */
};

struct config_section {
	enum config_kind kind;
	char *name; /* applet, patterns (lower case, one blank between two) or profile; "" */
	int line;
	const struct config_file *file;
	struct config_entry *entries;
	size_t count;
};

struct config_file {
	char *path;
	unsigned mode;	 /* permissions, when somebody else can write it; else 0 */
	long owner;	 /* when that is neither we nor root; else -1 */
	bool is_missing; /* it was looked for and is not there */
	struct config_section **sections;
	size_t count;
};

struct nk_config {
	const struct nk_applet *const *applets;
	struct config_file files[CONFIG_FILES_MAX];
	int count;
	struct nk_config_problem *problems; /* their texts are owned */
	size_t problem_count;
};

/* Note what is wrong in a line; line 0: the file as a whole. */
void nk_config_blame(struct nk_config *config, const struct config_file *file, int line,
		     const char *format, ...) NK_PRINTF(4, 5);

/*
 * The text of a file as sections; what is no such thing becomes a problem. Keys are not looked at.
 * A pure parser.
 */
void nk_config_parse(struct nk_config *config, struct config_file *file, const char *text,
		     size_t length);

/* Read one file into config->files. is_named: it must be there. Fails as nk_config_open does. */
NK_MUST_CHECK int nk_config_read(struct nk_config *config, const char *path, bool is_named,
				 struct nk_err *err);

/* Look at all keys, values and references of all files; finds the options of entries. */
void nk_config_examine(struct nk_config *config);

/* Which files to read, in order; new strings. Returns how many. *is_named: they must be there. */
int nk_config_paths(const struct nk_config_how *how, char *paths[CONFIG_FILES_MAX], bool *is_named);

/* The entry of this key in a section, or NULL. */
const struct config_entry *nk_config_entry(const struct config_section *section, const char *key);

/* The section of a profile that has this key, the first when there are several; NULL for none. key
 * NULL: any section of it. */
const struct config_section *nk_config_profile(const struct nk_config *config, const char *name,
					       const char *key);

/* The same of a profile or the nearest one that it builds on. */
const struct config_section *nk_config_inherited(const struct nk_config *config,
						 const char *profile, const char *key);

/* The profile that another builds on, or NULL. */
const char *nk_config_parent(const struct nk_config *config, const char *profile);

/* Sections in all files: no chain of profiles without a circle is longer. */
size_t nk_config_section_count(const struct nk_config *config);

/* Sections, borrowed; the array is owned. */
struct config_layers {
	const struct config_section **items;
	size_t count;
};

/* The sections that hold for a query, the topmost first. */
void nk_config_layers(const struct nk_config *config, const struct nk_config_query *query,
		      struct config_layers *layers);
void nk_config_layers_release(struct config_layers *layers);
NK_AUTO(config_layers, struct config_layers, nk_config_layers_release)

/* Does the value take back what the layers below say? "", where that is no value by itself. */
bool nk_config_is_empty(const struct nk_opt *opt, const char *value);

/* The variable of the environment that is set and says what this option says; NULL: none. */
const struct nk_config_variable *nk_config_in_environment(const struct nk_opt *opt);

#endif
