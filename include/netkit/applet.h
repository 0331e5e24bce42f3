/*
 * What an applet is: tables and a function. applets/list.h has one line for each.
 */
#ifndef NETKIT_APPLET_H
#define NETKIT_APPLET_H

#include "netkit/conn.h"
#include "netkit/copy.h"
#include "netkit/facts.h"
#include "netkit/opt.h"
#include "netkit/progress.h"
#include "netkit/record.h"
#include "netkit/session.h"
#include "netkit/ssh.h"
#include "netkit/walk.h"

struct nk_ctx;
struct nk_opener;
struct nk_policies;
struct nk_prompt;

/* Groups of common options (CLI.md 4); an applet or verb takes those that make sense. */
enum nk_groups {
	NK_GROUP_OUTPUT = 1 << 0,
	NK_GROUP_TALK = 1 << 1,
	NK_GROUP_WHO = 1 << 2,
	NK_GROUP_TLS = 1 << 3,
	NK_GROUP_NET = 1 << 4,
	NK_GROUP_TRANSFER = 1 << 5,
	NK_GROUP_MANY = 1 << 6,
	NK_GROUP_PROGRESS = 1 << 7,
	NK_GROUP_TREE = 1 << 9,	 /* for protocols that can list */
	NK_GROUP_ABOUT = 1 << 8, /* added to all by core */
	NK_GROUP_TRUST = 1 << 10,
	NK_GROUP_SSH = 1 << 11,
	NK_GROUP_PROFILES = 1 << 12, /* added by core to what has NET */
	NK_GROUP_REPORT = 1 << 20,   /* output, and one line for a monitor */
};

/* The values of all common options. */
struct nk_common {
	struct nk_out_policy out;
	int verbose;
	bool quiet;
	const char *trace;
	int log_format; /* 0 text, 1 json */
	int progress;	/* enum nk_progress_mode */
	struct nk_creds_policy creds;
	struct nk_tls_policy tls;
	struct nk_ssh_policy ssh;
	int trust; /* enum nk_trust; both of the above have it once all is parsed */
	struct nk_net_policy net;
	bool recursive;
	int resume;
	int verify;
	bool preserve;
	int jobs;
	int segments;
	uint64_t limit_rate;
	bool no_clobber;
	bool force;
	struct nk_filter filter;
	bool dry_run;
	bool sync;
	const char *hosts; /* file of those the command is run for, "-" for stdin; NULL: none */
	bool ordered;	   /* what they print comes in the order of that file */
	bool fail_fast;
	bool keep_going;
	const char *exit_status; /* NULL, "" or "classic" */
	const char *config;	 /* file; NULL: the usual ones */
	const char *profile;
	bool no_config;
	bool help;
	bool version;
	bool examples;
};

struct nk_scheme {
	const char *name;
	int port;
	bool tls; /* implicit TLS */
};

/* A runnable example: the command line, without "netkit", and what it does. */
struct nk_example {
	const char *command;
	const char *what;
};

/* What a verb writes to standard output when no form of it was asked for. */
enum nk_prints {
	NK_PRINTS_RECORDS,
	NK_PRINTS_NOTHING, /* it does something, silently */
	NK_PRINTS_FILES,   /* as they are */
};

struct nk_verb {
	const char *name;
	const char *summary;  /* one line, lower case, no full stop */
	const char *operands; /* "URL... [DIR|FILE|-]" */
	const struct nk_opt *options;
	size_t opts_size;
	unsigned groups; /* enum nk_groups */
	enum nk_prints prints;
	const struct nk_record
		*record; /* what --fields is about; NULL: rows of several kinds, or none */
	const struct nk_record *plan; /* the same with --dry-run, where that is another one */
	int (*run)(struct nk_ctx *ctx, struct nk_err *err);
	/* What the verb's options say in common ones, before anything is made from those: the
	 * letters of a classic form. Optional. */
	int (*apply)(const void *opts, struct nk_common *common, struct nk_err *err);
	/* Can this fs do it? NULL: always. The verb is offered by no help where it cannot. */
	bool (*is_offered)(const struct nk_fs_ops *ops);
	/* Would these options and operands have commands read from standard input, or typed? Such a
	 * call is not for many hosts. NULL: never. */
	bool (*reads_commands)(const void *opts, const struct nk_strings *operands);
};

struct nk_applet {
	const char *name;
	const char *summary;
	const char *operands;		 /* of run; NULL when there are only verbs */
	const struct nk_scheme *schemes; /* ends with a NULL name; the first is the default */
	const struct nk_opt *options;	 /* its own, good with every verb */
	size_t opts_size;
	unsigned groups; /* the only ones that make sense for it, enum nk_groups; 0: for run output,
			  * talk, net, about, for verbs all of theirs */
	int (*run)(struct nk_ctx *ctx, struct nk_err *err);
	/* Get to know a server for probe and trust: dial, take what it says of itself, log in where
	 * facts->wants_login and nobody has to be asked for that, and go. The session's facts are
	 * these; path: of the URL, "/" for none. Fails as mounting does. Optional. */
	int (*look)(struct nk_session *session, const char *path, struct nk_facts *facts,
		    struct nk_err *err);
	const struct nk_verb *verbs;	   /* ends with a NULL name */
	const struct nk_fs_ops *fs;	   /* file-transfer applets */
	bool takes_spots;		   /* verbs take host:path too, as scp(1) writes it */
	const struct nk_prompt *prompt;	   /* of the verb shell (shell.h); NULL: there is none */
	const struct nk_verb *classic;	   /* the form without a verb: its name is the tool's */
	const struct nk_example *examples; /* ends with a NULL command */
	const struct nk_record *const *records; /* its own record types, ending in NULL; or NULL */
};

/* What run gets. */
struct nk_ctx {
	const struct nk_applet *applet;
	const struct nk_verb *verb; /* NULL for run */
	const void *opts;	    /* the applet's options */
	const void *verb_opts;	    /* the verb's */
	const struct nk_common *common;
	struct nk_session *session;   /* of the first operand, for applets with run; else NULL */
	struct nk_policies *policies; /* whose options each session has; core's */
	struct nk_opener *opener;     /* how core turns operands into places */
	struct nk_out *out;
	const char *const *operands;
	int operand_count;
	const struct nk_applet *const *applets; /* all of them, ending in NULL */
	const struct nk_opt_set *sets;		/* every applet's options that were parsed */
	int set_count;
};

/*
 * The verbs every file protocol shares: ls stat cat get put rm mkdir rmdir mv ln chmod find du df shell.
 * ctx->applet->fs says what to run them on; with none (netkit get URL) the scheme decides.
 */
extern const struct nk_verb nk_fs_verbs[];

/*
 * Run a verb of the applet with these operands, as if the user had typed it: how a classic form
 * becomes the uniform one. ctx's common options hold; options of the verb alone have their presets.
 * Fails with what the verb fails with.
 */
NK_MUST_CHECK int nk_verb_run(const struct nk_ctx *ctx, const char *name,
			      const char *const *operands, int count, struct nk_err *err);

/*
 * The session and the path that an operand of the applet names. session: borrowed from the opener.
 * path: owned by the caller, "/" when the URL has none; NULL when it is not wanted. Fails with url
 * or usage.
 */
NK_MUST_CHECK int nk_opener_session(struct nk_opener *opener, const char *operand,
				    struct nk_session **session, char **path, struct nk_err *err);

/*
 * Copy operands, the last is the target, as cp(1) and scp(1) have it: what for a classic form is cp.
 * A target that is a folder is copied into, a folder's name goes with it whether or not a slash
 * follows, links below it are what they point to, and wildcards in URLs are expanded.
 */
NK_MUST_CHECK int nk_copy_run(const struct nk_ctx *ctx, const char *const *operands, int count,
			      struct nk_err *err);

/* Run a program: parse, open, run, report. Returns the exit status. */
int nk_main(const struct nk_applet *const *applets, int argc, char **argv);

#endif
