/*
 * One command: which applet and verb, its options parsed, its run called, its error reported.
 */
#ifndef NETKIT_CLI_DISPATCH_H
#define NETKIT_CLI_DISPATCH_H

#include "open.h"

/* What is to be run, and the words that follow. */
struct nk_call {
	const struct nk_applet *const *applets;
	const struct nk_applet *applet; /* NULL: a verb of netkit itself */
	const struct nk_verb *verb;	/* NULL: the applet's run */
	const char *program;		/* for messages: "netkit" or the link's name */
	int argc;
	char **argv; /* without the program, applet and verb; argv[argc] is not read */
};

/* Options as they were parsed, and all that hangs on them. */
struct nk_parse {
	struct nk_common common;
	struct nk_opt_set *sets; /* verb's own, applets' own, groups; owned, and what they fill */
	void *verb_opts;	 /* what the first of them fills, when there is a verb */
	int count;
	int applet_first; /* the applets' own among them */
	int applet_count;
	struct nk_strings operands; /* borrowed from argv, or from spots */
	char **spots;		    /* the URLs that host:path operands became; owned */
	int spot_count;
};

/*
 * Parse the words of a call. base: common options that hold already, NULL for the presets; with a
 * base the applets' own options are not parsed.
 */
NK_MUST_CHECK int nk_parse_call(const struct nk_call *call, const struct nk_common *base,
				struct nk_parse *parse, struct nk_err *err);
void nk_parse_release(struct nk_parse *parse);
NK_AUTO(parse, struct nk_parse, nk_parse_release)

/* The verb of this name among verbs (ending in a NULL name), or NULL. */
const struct nk_verb *nk_verb_find(const struct nk_verb *verbs, const char *name);

/* Does the applet offer the verb? Its fs may have no operation for it. */
bool nk_verb_is_offered(const struct nk_applet *applet, const struct nk_verb *verb);

/* A verb that stands behind "netkit" without an applet: one of files, or of its own; or NULL. */
const struct nk_verb *nk_verb_of_netkit(const char *name);

/* The applet of this name, or NULL. */
const struct nk_applet *nk_applet_find(const struct nk_applet *const *applets, const char *name);

/* Find the verb among argv, then run it; program is what was typed before. Returns the exit
 * status. */
int nk_dispatch_applet(const struct nk_applet *const *applets, const struct nk_applet *applet,
		       const char *program, int argc, char **argv);

/* Run a call. Returns the exit status. */
int nk_dispatch(const struct nk_call *call);

/* Print err once and give its exit status. program: "netkit ftp". A closed pipe ends the program as
 * SIGPIPE would. */
int nk_report(const struct nk_err *err, const char *program, const char *url);

#endif
