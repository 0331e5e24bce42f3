/*
 * What the file verbs share: the tables' private parts, wildcards.
 */
#ifndef NETKIT_CLI_FSVERBS_H
#define NETKIT_CLI_FSVERBS_H

#include "netkit/tally.h"
#include "open.h"

/* netkit cp: any two places. */
extern const struct nk_verb nk_cp_verb;

/* The verbs that stand behind "netkit" alone, beside those of files; ends with NULL. */
extern const struct nk_verb *const nk_own_verbs[];

/* Is it about the connection or login, so that nothing else will work either? */
bool nk_err_is_of_session(const struct nk_err *err);

/* How files are copied, as the options say. */
struct nk_copy_how nk_copy_how_of(const struct nk_ctx *ctx, struct nk_limit *limit);

struct nk_pool;
struct nk_pool_result;

/* A pool whose results are printed and counted. */
struct nk_pool_run {
	const struct nk_ctx *ctx;
	struct nk_pool *pool;
	const char *label; /* for the meter */
	const void *what;  /* for take */
	struct nk_tally *tally;

	/* Count one result. Returns -1 when there is no point in going on. */
	int (*take)(const struct nk_pool_run *run, const struct nk_pool_result *result,
		    struct nk_err *err);
};

/* Take all results, with a meter. What fails is counted. */
void nk_pool_run(const struct nk_pool_run *run, struct nk_err *err);

struct nk_paths;

/* Add the paths that a pattern stands for, sorted; backslashes quote. Without wildcards that is the
 * one path it means. Fails with missing when nothing matches. */
NK_MUST_CHECK int nk_glob_paths(struct nk_fs *fs, const char *pattern, struct nk_paths *paths,
				struct nk_err *err);

/* Replace places whose path has wildcards by what they match, sorted. Fails with missing when
 * nothing does. */
NK_MUST_CHECK int nk_glob_places(struct nk_opener *opener, struct nk_places *places,
				 struct nk_err *err);

/* The permission bits that mode, octal or as "u+x,go-w", makes of old. A pure parser. */
NK_MUST_CHECK int nk_mode_parse(const char *mode, int old, bool is_dir, int *result,
				struct nk_err *err);

/* Is the mode relative to what is there? */
bool nk_mode_is_relative(const char *mode);

/* Would this copy write over what it reads? Fails with usage: one file under two names, and with
 * --recursive a target inside the source. */
NK_MUST_CHECK int nk_same_check(const struct nk_ctx *ctx, const struct nk_place *source,
				const struct nk_place *target, struct nk_err *err);

/* What a verb does with one place. It counts what it did in tally; what it returns as a failure is
 * counted by the caller, unless tally has ended. */
typedef int nk_one_fn(const struct nk_ctx *ctx, const struct nk_place *place,
		      struct nk_tally *tally, struct nk_err *err);

/* Do it, and again (--retries) while that may help and nothing was printed or counted yet. The
 * connection is mounted by nk_opener_mount_once. */
NK_MUST_CHECK int nk_place_try(const struct nk_ctx *ctx, const struct nk_place *place,
			       nk_one_fn *one, struct nk_tally *tally, struct nk_err *err);

/* At least so many operands? The message names what the verb wants. */
NK_MUST_CHECK int nk_verb_wants(const struct nk_ctx *ctx, int least, int most, struct nk_err *err);

/* Print the entry at path, called name in the listing. */
NK_MUST_CHECK int nk_entry_print(const struct nk_ctx *ctx, const struct nk_place *place,
				 const struct nk_entry *entry, const char *name, const char *path,
				 struct nk_err *err);

/* After a failure: close the kept connection when it is not good for more. */
void nk_opener_check(struct nk_opener *opener, const struct nk_err *err);

struct nk_list_opts {
	bool all;
	bool recursive;
	bool glob;
};

struct nk_find_opts {
	const char *name;
	int type; /* 0 any, then f d l */
	const char *newer;
	uint64_t larger;
};

struct nk_remove_opts {
	bool recursive;
	bool force;
	bool glob;
};

struct nk_mkdir_opts {
	bool parents;
};

struct nk_link_opts {
	bool symbolic;
};

struct nk_usage_opts {
	bool summary;
};

struct nk_get_opts {
	bool glob;
};

struct nk_sync_opts {
	int compare; /* enum nk_sync_compare */
	bool deletes;
	int max_delete; /* 0: any number */
};

/* The verbs. */
int nk_run_ls(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_stat(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_find(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_du(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_df(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_cat(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_get(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_put(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_cp(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_sync(struct nk_ctx *ctx, struct nk_err *err);
int nk_apply_sync(const void *opts, struct nk_common *common, struct nk_err *err);
int nk_run_rm(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_mkdir(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_rmdir(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_mv(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_ln(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_chmod(struct nk_ctx *ctx, struct nk_err *err);
int nk_run_shell(struct nk_ctx *ctx, struct nk_err *err);

#endif
