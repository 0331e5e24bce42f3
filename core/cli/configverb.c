/* configverb.c - netkit config show, check and path. */
#include "config_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "dispatch.h"
#include "fsverbs.h"
#include "groups.h"

struct config_opts {
	bool origin;
	bool all;
};

static const struct nk_opt config_options[] = {
	NK_OPT_FLAG(struct config_opts, origin, 0, "origin", "show: where each value comes from"),
	NK_OPT_FLAG(struct config_opts, all, 0, "all",
		    "show: the options that nothing sets too, with their defaults"),
	NK_OPT_END,
};

static const struct nk_field setting_fields[] = {
	NK_FIELD_WORD(struct nk_setting_row, key, 18),
	NK_FIELD_STR(struct nk_setting_row, value),
	NK_FIELD_STR_EXTRA(struct nk_setting_row, origin),
	NK_FIELD_END,
};

/* With --origin. */
static const struct nk_field origin_fields[] = {
	NK_FIELD_WORD(struct nk_setting_row, key, 18),
	NK_FIELD_WORD(struct nk_setting_row, value, 24),
	NK_FIELD_STR(struct nk_setting_row, origin),
	NK_FIELD_END,
};

static const struct nk_field problem_fields[] = {
	NK_FIELD_STR(struct nk_problem_row, origin),
	NK_FIELD_STR(struct nk_problem_row, text),
	NK_FIELD_END,
};

static const struct nk_field file_fields[] = {
	NK_FIELD_WORD(struct nk_config_file_row, state, 10),
	NK_FIELD_WORD(struct nk_config_file_row, origin, 11),
	NK_FIELD_STR(struct nk_config_file_row, path),
	NK_FIELD_END,
};

const struct nk_record nk_setting_record = { "setting", setting_fields };
const struct nk_record nk_problem_record = { "problem", problem_fields };
const struct nk_record nk_config_file_record = { "config-file", file_fields };

static const struct nk_record origin_record = { "setting", origin_fields };

static struct nk_config_how how_of(const struct nk_ctx *ctx)
{
	return (struct nk_config_how){ .file = ctx->common->config,
				       .none = ctx->common->no_config };
}

/* ---- path ---- */

static const char *state_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	/* A folder can be opened, and not be read. */
	bool is_readable = fd >= 0 && read(fd, NULL, 0) == 0;
	const char *state = is_readable ? "read" : errno == ENOENT ? "absent" : "unreadable";

	if (fd >= 0)
		close(fd);
	return state;
}

static int run_path(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct nk_config_how how = how_of(ctx);
	char *paths[CONFIG_FILES_MAX];
	bool is_named;
	int count = nk_config_paths(&how, paths, &is_named);
	int result = 0;

	for (int i = 0; i < count; i++) {
		const struct nk_config_file_row row = {
			.path = paths[i],
			.state = state_of(paths[i]),
			.origin = how.file	  ? "option"
				  : is_named	  ? "environment"
				  : i < count - 1 ? "user"
						  : "system",
		};

		if (result == 0)
			result = nk_out_put(ctx->out, &nk_config_file_record, &row, err);
		free(paths[i]);
	}
	return result;
}

/* ---- check ---- */

/* As nk_config_open, where a file that cannot be read is one problem more. */
static struct nk_config *read_all(const struct nk_config_how *how,
				  const struct nk_applet *const *applets)
{
	struct nk_config *config = nk_alloc(sizeof(*config));
	char *paths[CONFIG_FILES_MAX];
	bool is_named;
	int count = nk_config_paths(how, paths, &is_named);

	config->applets = applets;
	for (int i = 0; i < count; i++) {
		struct nk_err err = NK_ERR_INIT;

		if (nk_config_read(config, paths[i], is_named, &err) < 0)
			nk_config_blame(config, &config->files[config->count - 1], 0, "%s",
					strerror(err.code));
		free(paths[i]);
	}
	nk_config_examine(config);
	return config;
}

/* The profile that holds without being named by an operand, and who says so; NULL: none. */
static const char *general_profile(const struct nk_ctx *ctx, const char **said)
{
	const char *variable = getenv("NETKIT_PROFILE");

	*said = ctx->common->profile ? "--profile" : "NETKIT_PROFILE";
	if (ctx->common->profile)
		return ctx->common->profile;
	return variable && variable[0] != '\0' && !ctx->common->no_config ? variable : NULL;
}

static int run_check(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct nk_config_how how = how_of(ctx);
	nk_auto(config) struct nk_config *config = read_all(&how, ctx->applets);
	const char *said;
	const char *general = general_profile(ctx, &said);
	size_t count;
	const struct nk_config_problem *problems = nk_config_problems(config, &count);

	for (size_t i = 0; i < count; i++) {
		const struct nk_problem_row row = { problems[i].place, problems[i].text };

		if (nk_out_put(ctx->out, &nk_problem_record, &row, err) < 0)
			return -1;
	}
	if (general && nk_config_has_profile(config, said, general, err) < 0)
		return -1;
	if (count == 0)
		return 0;
	return nk_fail(err, NK_E_USAGE, 0, count == 1 ? "%zu mistake" : "%zu mistakes", count);
}

/* ---- show ---- */

/* What is shown, and which options that were. */
struct show {
	struct nk_ctx *ctx;
	const struct config_opts *opts;
	const struct nk_config *config; /* NULL: none */
	const struct nk_applet *applet; /* NULL: all of them */
	struct nk_config_query query;
	struct nk_strings shown;
};

static int put(struct show *show, const char *key, const char *value, const char *origin,
	       struct nk_err *err)
{
	const struct nk_setting_row row = { key, value, origin };

	return nk_out_put(show->ctx->out, show->opts->origin ? &origin_record : &nk_setting_record,
			  &row, err);
}

/* The value that the environment gives an option, fit to be shown; NULL: none. A new string. */
static char *from_environment(const struct nk_opt *opt)
{
	const struct nk_config_variable *row = nk_config_in_environment(opt);

	if (!row || row->value)
		return row ? nk_strdup(row->value) : NULL;
	return row->is_url ? nk_operand_label(getenv(row->name)) : nk_strdup(getenv(row->name));
}

static const char *preset_of(const struct nk_opt *opt)
{
	if (opt->preset)
		return opt->preset;
	return opt->kind == NK_OPT_KIND_FLAG ? "no" : opt->kind == NK_OPT_KIND_COUNT ? "0" : "";
}

static int show_option(struct show *show, const struct nk_opt *opt, struct nk_err *err)
{
	nk_auto(config_found) struct nk_config_found found = { 0 };
	nk_auto(str) char *value = from_environment(opt);

	if (value)
		return put(show, opt->name, value, "environment", err);
	if (show->config && nk_config_find(show->config, &show->query, opt, &found) > 0) {
		nk_auto(str) char *origin = nk_format("%s:%d", found.path, found.line);

		for (size_t i = 0; i < found.values.count; i++) {
			if (put(show, opt->name, found.values.items[i], origin, err) < 0)
				return -1;
		}
		/* Taken back. */
		return found.values.count > 0 ? 0 : put(show, opt->name, "", origin, err);
	}
	if (!show->opts->all)
		return 0;
	return put(show, opt->name, preset_of(opt), "default", err);
}

static bool was_shown(const struct show *show, const char *name)
{
	for (size_t i = 0; i < show->shown.count; i++) {
		if (strcmp(show->shown.items[i], name) == 0)
			return true;
	}
	return false;
}

static int show_table(struct show *show, const struct nk_opt *opt, struct nk_err *err)
{
	for (opt = nk_options_of(opt); opt->kind != NK_OPT_KIND_END; opt++) {
		if (!opt->name || opt->is_typed || was_shown(show, opt->name))
			continue;
		nk_strings_add(&show->shown, opt->name);
		if (show_option(show, opt, err) < 0)
			return -1;
	}
	return 0;
}

static int show_verbs(struct show *show, const struct nk_verb *verb, struct nk_err *err)
{
	for (; verb && verb->name; verb++) {
		if (show_table(show, verb->options, err) < 0)
			return -1;
	}
	return 0;
}

static int show_applet(struct show *show, const struct nk_applet *applet, struct nk_err *err)
{
	if (show_table(show, applet->options, err) < 0 ||
	    (applet->classic && show_table(show, applet->classic->options, err) < 0))
		return -1;
	return show_verbs(show, applet->verbs, err);
}

/* Each option that the applet has; all there are when none was named. */
static int show_options(struct show *show, struct nk_err *err)
{
	const struct nk_applet *const *applet = show->ctx->applets;
	unsigned groups = ~0U;

	if (show->applet)
		groups = show->applet->groups ? show->applet->groups
					      : nk_groups_of(show->applet, NULL);
	for (int i = 0; i < NK_GROUP_COUNT; i++) {
		if ((groups & nk_groups[i].bit) && show_table(show, nk_groups[i].options, err) < 0)
			return -1;
	}
	if (show->applet)
		return show_applet(show, show->applet, err);
	for (; *applet; applet++) {
		if (show_applet(show, *applet, err) < 0)
			return -1;
	}
	return 0;
}

/* Which profile holds, and where it leads. */
static int show_profile(struct show *show, const char *said, struct nk_err *err)
{
	const char *profile = show->query.profile ? show->query.profile : show->query.general;
	const struct config_section *section = nk_config_inherited(show->config, profile, "url");

	if (show->query.general && put(show, "profile", show->query.general,
				       said[0] == '-' ? "option" : "environment", err) < 0)
		return -1;
	if (!section)
		return 0;
	const struct config_entry *entry = nk_config_entry(section, "url");
	nk_auto(str) char *origin = nk_format("%s:%d", section->file->path, entry->line);

	return put(show, "url", entry->value, origin, err);
}

/* The target as a URL: one that was typed or a profile's, host:path, or a host. */
static int parse_target(const struct nk_config *config, const char *target, char **profile,
			struct nk_url *url, struct nk_err *err)
{
	nk_auto(str) char *name = NULL;
	nk_auto(str) char *text = NULL;

	if (nk_config_is_reference(target)) {
		name = nk_strndup(target + 1, strcspn(target + 1, "/"));
		if (nk_config_has_profile(config, target, name, err) < 0)
			return -1;
		text = nk_config_profile_url(config, name);
		*profile = nk_take(name);
		return text ? nk_url_parse(url, text, err) : 0;
	}
	text = nk_url_from_spot("sftp", target);
	if (!text)
		text = nk_format(nk_url_is_url(target) ? "%s" : "host://%s", target);
	return nk_url_parse(url, text, err);
}

static int show_target(struct show *show, const char *target, struct nk_err *err)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	nk_auto(str) char *profile = NULL;
	const struct nk_scheme *row;
	const char *said;

	show->applet = target ? nk_applet_find(show->ctx->applets, target) : NULL;
	if (target && !show->applet && parse_target(show->config, target, &profile, &url, err) < 0)
		return -1;
	if (url.scheme && (nk_config_is_reference(target) || nk_url_is_url(target)))
		show->applet = nk_applet_of_scheme(show->ctx->applets, url.scheme, &row);
	show->query = (struct nk_config_query){
		.applet = show->applet ? show->applet->name : NULL,
		.host = url.host,
		.profile = profile,
		.general = general_profile(show->ctx, &said),
	};
	if (show->query.general &&
	    nk_config_has_profile(show->config, said, show->query.general, err) < 0)
		return -1;
	if (show_profile(show, said, err) < 0)
		return -1;
	return show_options(show, err);
}

static int run_show(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct nk_config_how how = how_of(ctx);
	nk_auto(config) struct nk_config *config = NULL;
	struct show show = { .ctx = ctx, .opts = ctx->verb_opts };
	int result;

	if (nk_config_open(&how, ctx->applets, &config, err) < 0 ||
	    nk_config_check(config, err) < 0)
		return -1;
	show.config = config;
	result = show_target(&show, ctx->operand_count > 1 ? ctx->operands[1] : NULL, err);
	nk_strings_release(&show.shown);
	return result;
}

/* ---- the verb ---- */

static const struct action {
	const char *name;
	int most; /* operands, itself among them */
	int (*run)(struct nk_ctx *ctx, struct nk_err *err);
} actions[] = {
	{ "check", 1, run_check },
	{ "path", 1, run_path },
	{ "show", 2, run_show },
};

static int run_config(struct nk_ctx *ctx, struct nk_err *err)
{
	const char *name = ctx->operand_count > 0 ? ctx->operands[0] : "";

	for (size_t i = 0; i < NK_COUNT(actions); i++) {
		if (strcmp(actions[i].name, name) != 0)
			continue;
		if (ctx->operand_count > actions[i].most)
			return nk_fail(err, NK_E_USAGE, 0, "config %s does not take '%s'", name,
				       ctx->operands[actions[i].most]);
		return actions[i].run(ctx, err);
	}
	return nk_fail(err, NK_E_USAGE, 0, "config takes %s", ctx->verb->operands);
}

const struct nk_verb nk_config_verb = {
	.name = "config",
	.summary = "say what the config files say, and what is wrong in them",
	.operands = "show [URL|HOST|@PROFILE|APPLET] | check | path",
	.options = config_options,
	.opts_size = sizeof(struct config_opts),
	.groups = NK_GROUP_OUTPUT | NK_GROUP_TALK | NK_GROUP_PROFILES,
	.run = run_config,
};
