/*
 * One command: which applet and verb, its options parsed, its run called, its error reported.
 */
#ifndef NETKIT_CLI_DISPATCH_H
#define NETKIT_CLI_DISPATCH_H

#include "config.h"
#include "open.h"

/* What is to be run, and the words that follow. */
struct nk_call {
	const struct nk_applet *const *applets;
	const struct nk_applet *applet; /* NULL: a verb of netkit itself */
	const struct nk_verb *verb;	/* NULL: the applet's run */
	const char *program;		/* for messages: "netkit" or the link's name */
	int argc;
	char **argv; /* without the program, applet and verb; argv[argc] is not read */
	/* For a call within another one, with a base: what the config says of the verb's own options
	 * comes from here; NULL: nothing does. */
	struct nk_policies *policies;
};

/* A login that "@name" stood for: its session is the profile's. */
struct nk_reference {
	char *profile;
	struct nk_url url; /* port: that of the scheme where it names none */
};

/* Options as they were parsed, and all that hangs on them. */
struct nk_parse {
	const struct nk_applet *const *applets;
	struct nk_common common;
	struct nk_opt_set *sets; /* verb's own, applets' own, groups; owned, and what they fill */
	void *verb_opts;	 /* what the first of them fills, when there is a verb */
	int count;
	int applet_first; /* the applets' own among them */
	int applet_count;
	struct nk_opt_given *given; /* on the command line; owned */
	struct nk_strings operands; /* borrowed from argv, or from made */
	char **made;		    /* the URLs that host:path and @name operands became; owned */
	int made_count;
	struct nk_config *config; /* NULL: none */
	struct nk_config_how how; /* which files those are; borrowed from argv */
	bool is_again;		  /* config is another's */
	struct nk_reference *references;
	int reference_count;
	char *host;	     /* of the first remote operand; what the config was asked for */
	const char *applet;  /* that speaks with it */
	char *profile;	     /* that it stands for; NULL: none */
	const char *general; /* --profile or NETKIT_PROFILE; borrowed */
};

/* What the config was asked for. */
struct nk_config_query nk_parse_query(const struct nk_parse *parse);

/*
 * Parse the words of a call, and fill in what the config says. base: common options that hold
 * already, NULL for the presets; with a base the applets' own options are not parsed, and no config
 * is read. Nor is one for --help and what is like it.
 */
NK_MUST_CHECK int nk_parse_call(const struct nk_call *call, const struct nk_common *base,
				struct nk_parse *parse, struct nk_err *err);

/* The same once more for another host or profile, with the config of the first, which is borrowed
 * for as long as parse lives. */
NK_MUST_CHECK int nk_parse_again(const struct nk_call *call, const struct nk_parse *first,
				 const struct nk_config_query *query, struct nk_parse *parse,
				 struct nk_err *err);

/* The options of the config files among words that were not parsed yet; borrowed from them. */
void nk_parse_look_for_config(int argc, char **argv, struct nk_config_how *how);

/* The applet that speaks what a word names, a URL or "@name"; NULL for other words. The config is
 * read into parse when it is needed for that. */
const struct nk_applet *nk_parse_applet(const struct nk_call *call, struct nk_parse *parse,
					const char *word);

/* host:path among the operands of a verb becomes a URL; a classic form reads its operands itself. */
void nk_parse_spots(const struct nk_call *call, struct nk_parse *parse);

/* Own what an operand became. */
void nk_parse_keep(struct nk_parse *parse, char *made);

/* Free what the config and the operands brought. */
void nk_parse_release_config(struct nk_parse *parse);

/* Read the config, replace "@name" among the operands, fill in what holds. */
NK_MUST_CHECK int nk_parse_configure(const struct nk_call *call, struct nk_parse *parse,
				     struct nk_err *err);

/* Fill in what holds for a query, whose strings outlive parse. Fails as nk_config_fill does. */
NK_MUST_CHECK int nk_parse_fill(struct nk_parse *parse, const struct nk_config_query *query,
				struct nk_err *err);

/*
 * What "@name/path" stands for, which is noted; other text as it is. *text: a new string. Fails as
 * nk_config_expand does, and with usage for a login that another profile is for too.
 */
NK_MUST_CHECK int nk_parse_expand(struct nk_parse *parse, const char *operand, char **text,
				  struct nk_err *err);

/* The profile that a URL stands for, by its login; NULL when none does. */
const char *nk_parse_profile(const struct nk_parse *parse, const struct nk_url *url);

/* Another login of the same server, the URL to, is of the profile that from stands for, unless it is
 * of one already. Fails with url. */
NK_MUST_CHECK int nk_parse_follow(struct nk_parse *parse, const struct nk_url *from, const char *to,
				  struct nk_err *err);

void nk_parse_release(struct nk_parse *parse);
NK_AUTO(parse, struct nk_parse, nk_parse_release)

/* The verb of this name among verbs (ending in a NULL name), or NULL. */
const struct nk_verb *nk_verb_find(const struct nk_verb *verbs, const char *name);

/* Does the applet offer the verb? Its fs may have no operation for it. */
bool nk_verb_is_offered(const struct nk_applet *applet, const struct nk_verb *verb);

/* A verb that stands behind "netkit" without an applet: one of files, or of its own; or NULL. */
const struct nk_verb *nk_verb_of_netkit(const char *name);

/* The records that --fields is about; NULL where there is not one kind of them. verb NULL: the applet's
 * own run. */
const struct nk_record *nk_record_of(const struct nk_applet *applet, const struct nk_verb *verb,
				     const struct nk_common *common);

/* Run ctx's verb. Fails with what that fails with, and with usage where --fields does not suit it:
 * before anything is done. */
NK_MUST_CHECK int nk_verb_go(struct nk_ctx *ctx, struct nk_err *err);

/* The applet of this name, or NULL. */
const struct nk_applet *nk_applet_find(const struct nk_applet *const *applets, const char *name);

/* Find the verb among argv, then run it; program is what was typed before. Returns the exit
 * status. */
int nk_dispatch_applet(const struct nk_applet *const *applets, const struct nk_applet *applet,
		       const char *program, int argc, char **argv);

/* Run a call. Returns the exit status. */
int nk_dispatch(const struct nk_call *call);

/* Run a call that is parsed, for one host, and report what err then holds. Returns the exit
 * status. */
int nk_dispatch_one(const struct nk_call *call, struct nk_parse *parse, struct nk_err *err);

/* Print err once and give its exit status. program: "netkit ftp". A closed pipe ends the program as
 * SIGPIPE would. */
int nk_report(const struct nk_err *err, const char *program, const char *url);

#endif
