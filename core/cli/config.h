/*
 * The config files (CLI.md 8): defaults, and what holds for applets, hosts and profiles.
 *
 * A file has sections of lines "KEY = VALUE", where a key is the long name of an option and the
 * value what would follow it on the command line; a flag takes yes or no. Nothing is unquoted; "~/"
 * begins the name of a file in the home. What says a thing first holds, from the top:
 *
 *	the profile that was named as @name; then that of --profile or NETKIT_PROFILE; each before
 *	those it builds on (profile = other); [host] sections in the order of the file; [applet];
 *	[defaults]
 *
 * and at each of these levels the file that is read first goes before the second. A key that takes a
 * list may stand several times in one section and has all of it, and nothing of what is below. Of
 * options that are rivals (struct nk_opt, family) only those of the topmost section hold. Flags, and
 * variables of the environment that say the same, go before all of it.
 */
#ifndef NETKIT_CLI_CONFIG_H
#define NETKIT_CLI_CONFIG_H

#include "netkit/applet.h"

struct nk_config;

/* Which files to read: the user's options of the group "profiles". */
struct nk_config_how {
	const char *file; /* --config: this one alone; NULL: as nk_config_places says */
	bool none;	  /* --no-config: no file at all */
};

/* ---- what there is to know, for help and manual pages ---- */

/* A kind of section, and where a file may be; both tables end with a NULL name. */
struct nk_config_about {
	const char *name; /* "[host PATTERN...]"; "/etc/xdg/netkit/config" */
	const char *what; /* one line, lower case, no full stop */
};
extern const struct nk_config_about nk_config_sections[];
extern const struct nk_config_about nk_config_places[];

/* A variable of the environment that says what an option says. */
struct nk_config_variable {
	const char *name;
	const char *key;   /* NULL: it is no option's */
	const char *value; /* what it says of that when it is set; NULL: its own value */
	const char *what;
	bool is_url; /* that may have a password, which is not shown */
};
extern const struct nk_config_variable nk_config_variables[]; /* ends with a NULL name */

/* ---- reading ---- */

/*
 * Read the files. *config: owned; NULL when there is none, which costs no more than trying to open
 * them. Fails with usage when a file that was named is missing, or one cannot be read; what is wrong
 * inside is kept with the config, so that completion can use the rest of it.
 * applets: ending in NULL, borrowed for as long as the config lives.
 */
NK_MUST_CHECK int nk_config_open(const struct nk_config_how *how,
				 const struct nk_applet *const *applets, struct nk_config **config,
				 struct nk_err *err);
void nk_config_free(struct nk_config *config); /* also NULL */
NK_AUTO_HANDLE(config, struct nk_config *, nk_config_free)

/* Something wrong in a file. */
struct nk_config_problem {
	const char *place; /* "/home/joe/.config/netkit/config:12" */
	const char *text;
};

/* All that is wrong, in the order of the files; *count may be 0. Borrowed. */
const struct nk_config_problem *nk_config_problems(const struct nk_config *config, size_t *count);

/* Fails with usage for the first problem; config may be NULL. */
NK_MUST_CHECK int nk_config_check(const struct nk_config *config, struct nk_err *err);

/* ---- names, for completion and for "@name/path" ---- */

/* Add the names of the profiles, and the [host] patterns without wildcards; borrowed from config. */
void nk_config_profiles(const struct nk_config *config, struct nk_strings *names);
void nk_config_hosts(const struct nk_config *config, struct nk_strings *names);

/* The url of a profile, or of one that it builds on; a new string, NULL when none has one or there
 * is no such profile. config may be NULL. */
char *nk_config_profile_url(const struct nk_config *config, const char *profile);

/* Does an operand name a profile, "@name" or "@name/path"? */
bool nk_config_is_reference(const char *operand);

/*
 * The URL that "@name/path" means, and the profile's name; both new strings. Fails with usage: no
 * such profile (with the nearest name), one without url. config may be NULL.
 */
NK_MUST_CHECK int nk_config_expand(const struct nk_config *config, const char *operand, char **url,
				   char **profile, struct nk_err *err);

/* Fails with usage when there is no profile of this name. said: who named it, "--profile". config
 * may be NULL. */
NK_MUST_CHECK int nk_config_has_profile(const struct nk_config *config, const char *said,
					const char *profile, struct nk_err *err);

/* ---- what holds ---- */

/* For whom; any may be NULL. */
struct nk_config_query {
	const char *applet;
	const char *host;
	const char *profile; /* of the operand, as @name */
	const char *general; /* of --profile or NETKIT_PROFILE */
};

/* What the topmost section that mentions an option says; borrowed from config. */
struct nk_config_found {
	struct nk_strings values; /* several for a list alone */
	int line;		  /* of the first */
	const char *path;
};

/* Look one option up, named or not. 1 with found filled, 0: nothing holds. Release found. */
int nk_config_find(const struct nk_config *config, const struct nk_config_query *query,
		   const struct nk_opt *opt, struct nk_config_found *found);
void nk_config_found_release(struct nk_config_found *found);
NK_AUTO(config_found, struct nk_config_found, nk_config_found_release)

/*
 * Store what holds into options that were parsed before, where the words did not say it themselves
 * (sets[].given). config may be NULL. Fails with usage when the value does not suit this command's
 * option, naming file and line.
 */
NK_MUST_CHECK int nk_config_fill(const struct nk_config *config,
				 const struct nk_config_query *query, const struct nk_opt_set *sets,
				 int count, struct nk_err *err);

/* Do two queries find the same for every option, because the same sections hold for both? */
bool nk_config_is_same(const struct nk_config *config, const struct nk_config_query *a,
		       const struct nk_config_query *b);

/* ---- the verb "netkit config" ---- */

/* What holds for an option. */
struct nk_setting_row {
	const char *key;
	const char *value;
	const char *origin; /* "FILE:LINE", "environment", "option" or "default" */
};
extern const struct nk_record nk_setting_record;

/* What is wrong in a config. */
struct nk_problem_row {
	const char *origin; /* "FILE:LINE" */
	const char *text;
};
extern const struct nk_record nk_problem_record;

/* A file that is looked for. */
struct nk_config_file_row {
	const char *path;
	const char *state;  /* "read", "absent" or "unreadable" */
	const char *origin; /* "option", "environment", "user" or "system" */
};
extern const struct nk_record nk_config_file_record;

extern const struct nk_verb nk_config_verb;

#endif
