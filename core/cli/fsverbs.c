/* fsverbs.c - the table of the verbs that every file protocol shares. */
#include "fsverbs.h"

#include "netkit/shell.h"

#define REACH                                                                                      \
	(NK_GROUP_TALK | NK_GROUP_WHO | NK_GROUP_TLS | NK_GROUP_SSH | NK_GROUP_TRUST | NK_GROUP_NET)
#define LISTS (REACH | NK_GROUP_OUTPUT | NK_GROUP_MANY)
#define EDITS LISTS
#define MOVES (EDITS | NK_GROUP_TRANSFER | NK_GROUP_TREE | NK_GROUP_PROGRESS)

static const char *const find_types[] = { "any", "f", "d", "l", NULL };

static const struct nk_opt ls_options[] = {
	NK_OPT_FLAG(struct nk_list_opts, all, 0, "all", "names that begin with a dot too"),
	NK_OPT_FLAG(struct nk_list_opts, recursive, 0, "recursive", "what is in the folders too"),
	NK_OPT_FLAG(struct nk_list_opts, glob, 0, "glob", "expand * ? and [] in the URL's path"),
	NK_OPT_END,
};

static const struct nk_opt find_options[] = {
	NK_OPT_TEXT(struct nk_find_opts, name, 0, "name", "GLOB", "names that match"),
	NK_OPT_WORD(struct nk_find_opts, type, 0, "type", find_types, "any",
		    "files, folders (directories) or links"),
	NK_OPT_TEXT(struct nk_find_opts, newer, 0, "newer", "WHEN",
		    "changed after a date, or within a duration such as 2d"),
	NK_OPT_SIZE(struct nk_find_opts, larger, 0, "larger", "SIZE", NULL,
		    "files of more than so many bytes"),
	NK_OPT_END,
};

static const struct nk_opt get_options[] = {
	NK_OPT_FLAG(struct nk_get_opts, glob, 0, "glob", "expand * ? and [] in the URL's path"),
	NK_OPT_END,
};

static const char *const compare_words[] = { "time", "size", "hash", NULL };

static const struct nk_opt sync_options[] = {
	NK_OPT_WORD(struct nk_sync_opts, compare, 0, "compare", compare_words, "time",
		    "files are the same by size and time, by size alone, or by hash"),
	NK_OPT_FLAG(struct nk_sync_opts, deletes, 0, "delete",
		    "in the end remove what only the target has, but for what is excluded"),
	NK_OPT_INT_RANGE(struct nk_sync_opts, max_delete, 0, "max-delete", "N", NULL, 1, 2147483647,
			 "remove nothing when it would be more than this"),
	NK_OPT_END,
};

static const struct nk_opt rm_options[] = {
	NK_OPT_FLAG(struct nk_remove_opts, recursive, 0, "recursive", "folders with all they hold"),
	NK_OPT_FLAG(struct nk_remove_opts, force, 0, "force", "what is not there is no failure"),
	NK_OPT_FLAG(struct nk_remove_opts, glob, 0, "glob", "expand * ? and [] in the URL's path"),
	NK_OPT_END,
};

static const struct nk_opt mkdir_options[] = {
	NK_OPT_FLAG(struct nk_mkdir_opts, parents, 0, "parents",
		    "the folders above it too; one that exists is no failure"),
	NK_OPT_END,
};

static const struct nk_opt ln_options[] = {
	NK_OPT_FLAG(struct nk_link_opts, symbolic, 0, "symbolic",
		    "a symbolic link to the whole path, not a hard link"),
	NK_OPT_END,
};

static const struct nk_opt du_options[] = {
	NK_OPT_FLAG(struct nk_usage_opts, summary, 0, "summary", "only the total of each URL"),
	NK_OPT_END,
};

static bool can_list(const struct nk_fs_ops *ops)
{
	return ops->list;
}

static bool can_stat(const struct nk_fs_ops *ops)
{
	return ops->stat;
}

static bool can_unlink(const struct nk_fs_ops *ops)
{
	return ops->unlink;
}

static bool can_mkdir(const struct nk_fs_ops *ops)
{
	return ops->mkdir;
}

static bool can_rmdir(const struct nk_fs_ops *ops)
{
	return ops->rmdir;
}

static bool can_rename(const struct nk_fs_ops *ops)
{
	return ops->rename;
}

static bool can_link(const struct nk_fs_ops *ops)
{
	return ops->link || ops->symlink;
}

static bool can_chmod(const struct nk_fs_ops *ops)
{
	return ops->chmod;
}

static bool can_space(const struct nk_fs_ops *ops)
{
	return ops->space;
}

/* In the order in which people look for them. */
const struct nk_verb nk_fs_verbs[] = {
	{
		.name = "ls",
		.summary = "list folders",
		.operands = "URL...",
		.options = ls_options,
		.opts_size = sizeof(struct nk_list_opts),
		.groups = LISTS,
		.record = &nk_entry_record,
		.run = nk_run_ls,
		.is_offered = can_list,
	},
	{
		.name = "stat",
		.summary = "say what is known of files",
		.operands = "URL...",
		.groups = LISTS,
		.record = &nk_entry_record,
		.run = nk_run_stat,
		.is_offered = can_stat,
	},
	{
		.name = "cat",
		.summary = "write files to stdout",
		.operands = "URL...",
		.options = get_options,
		.opts_size = sizeof(struct nk_get_opts),
		.groups = MOVES,
		.prints = NK_PRINTS_FILES,
		.record = &nk_transfer_record,
		.run = nk_run_cat,
	},
	{
		.name = "get",
		.summary = "fetch files; the target is the working folder unless named",
		.operands = "URL... [DIR|FILE|-]",
		.options = get_options,
		.opts_size = sizeof(struct nk_get_opts),
		.groups = MOVES,
		.prints = NK_PRINTS_NOTHING,
		.record = &nk_transfer_record,
		.run = nk_run_get,
	},
	{
		.name = "put",
		.summary = "store files; a URL that ends in / is a folder",
		.operands = "PATH...|- URL",
		.groups = MOVES,
		.prints = NK_PRINTS_NOTHING,
		.record = &nk_transfer_record,
		.run = nk_run_put,
	},
	{
		.name = "sync",
		.summary = "make a folder hold what another holds; either may be a URL",
		.operands = "SRC DST",
		.options = sync_options,
		.opts_size = sizeof(struct nk_sync_opts),
		.groups = MOVES,
		.prints = NK_PRINTS_NOTHING,
		.record = &nk_transfer_record,
		.plan = &nk_plan_record,
		.run = nk_run_sync,
		.apply = nk_apply_sync,
		.is_offered = can_list,
	},
	{
		.name = "rm",
		.summary = "remove files",
		.operands = "URL...",
		.options = rm_options,
		.opts_size = sizeof(struct nk_remove_opts),
		.groups = EDITS,
		.prints = NK_PRINTS_NOTHING,
		.run = nk_run_rm,
		.is_offered = can_unlink,
	},
	{
		.name = "mkdir",
		.summary = "make folders",
		.operands = "URL...",
		.options = mkdir_options,
		.opts_size = sizeof(struct nk_mkdir_opts),
		.groups = EDITS,
		.prints = NK_PRINTS_NOTHING,
		.run = nk_run_mkdir,
		.is_offered = can_mkdir,
	},
	{
		.name = "rmdir",
		.summary = "remove empty folders",
		.operands = "URL...",
		.groups = EDITS,
		.prints = NK_PRINTS_NOTHING,
		.run = nk_run_rmdir,
		.is_offered = can_rmdir,
	},
	{
		.name = "mv",
		.summary = "rename or move; the new path is relative to the old folder",
		.operands = "URL NEWPATH",
		.groups = EDITS,
		.prints = NK_PRINTS_NOTHING,
		.run = nk_run_mv,
		.is_offered = can_rename,
	},
	{
		.name = "ln",
		.summary = "give a file another name; it is relative to the old folder",
		.operands = "URL NEWPATH",
		.options = ln_options,
		.opts_size = sizeof(struct nk_link_opts),
		.groups = EDITS,
		.prints = NK_PRINTS_NOTHING,
		.run = nk_run_ln,
		.is_offered = can_link,
	},
	{
		.name = "chmod",
		.summary = "change permissions, octal or as u+w,go-w",
		.operands = "MODE URL...",
		.groups = EDITS,
		.prints = NK_PRINTS_NOTHING,
		.run = nk_run_chmod,
		.is_offered = can_chmod,
	},
	{
		.name = "find",
		.summary = "find files below a folder",
		.operands = "URL...",
		.options = find_options,
		.opts_size = sizeof(struct nk_find_opts),
		.groups = LISTS,
		.record = &nk_entry_record,
		.run = nk_run_find,
		.is_offered = can_list,
	},
	{
		.name = "du",
		.summary = "add up the bytes in folders",
		.operands = "URL...",
		.options = du_options,
		.opts_size = sizeof(struct nk_usage_opts),
		.groups = LISTS,
		.record = &nk_usage_record,
		.run = nk_run_du,
		.is_offered = can_list,
	},
	{
		.name = "df",
		.summary = "say how much room is left",
		.operands = "URL...",
		.groups = LISTS,
		.record = &nk_space_record,
		.run = nk_run_df,
		.is_offered = can_space,
	},
	{
		.name = "shell",
		.summary = "give commands at a prompt, on one connection",
		.operands = "URL",
		.options = nk_shell_options,
		.opts_size = sizeof(struct nk_shell_opts),
		.groups = MOVES,
		.run = nk_run_shell,
		.is_offered = can_list,
		.reads_commands = nk_shell_reads_commands,
	},
	{ 0 },
};

const struct nk_verb nk_cp_verb = {
	.name = "cp",
	.summary = "copy between any two places: URLs, local paths or -",
	.operands = "SRC... DST",
	.options = get_options,
	.opts_size = sizeof(struct nk_get_opts),
	.groups = MOVES,
	.prints = NK_PRINTS_NOTHING,
	.record = &nk_transfer_record,
	.run = nk_run_cp,
};

int nk_verb_wants(const struct nk_ctx *ctx, int least, int most, struct nk_err *err)
{
	if (ctx->operand_count >= least && (most < 0 || ctx->operand_count <= most))
		return 0;
	return nk_fail(err, NK_E_USAGE, 0, "%s takes %s", ctx->verb->name, ctx->verb->operands);
}
