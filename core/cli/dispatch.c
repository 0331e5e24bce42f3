/* dispatch.c - from words to a running verb, and from its error to an exit status. */
#include "dispatch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "fsverbs.h"
#include "groups.h"
#include "help.h"
#include "hosts.h"
#include "netkit/log.h"
#include "netkit/retry.h"
#include "netkit/wait.h"
#include "policies.h"

/* What a classic tool says when anything went wrong, with --exit-status=classic. */
#define CLASSIC_FAILURE 1

int nk_report(const struct nk_err *err, const char *program, const char *url)
{
	if (err->domain == NK_E_WRITE && err->local && err->code == EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	/* A negative answer is no error, and a URL that was refused may hold a password. */
	if (err->domain == NK_E_URL || err->domain == NK_E_USAGE)
		url = NULL;
	if (err->domain == NK_E_NEGATIVE)
		return err->code > 0 ? err->code : nk_domain_exit(err->domain);
	nk_log_error(err, program, url);
	return nk_domain_exit(err->domain);
}

const struct nk_verb *nk_verb_find(const struct nk_verb *verbs, const char *name)
{
	for (; verbs && verbs->name; verbs++) {
		if (strcmp(verbs->name, name) == 0)
			return verbs;
	}
	return NULL;
}

bool nk_verb_is_offered(const struct nk_applet *applet, const struct nk_verb *verb)
{
	return !verb->is_offered || !applet || !applet->fs || verb->is_offered(applet->fs);
}

const struct nk_record *nk_record_of(const struct nk_applet *applet, const struct nk_verb *verb,
				     const struct nk_common *common)
{
	if (!verb)
		return applet->records ? applet->records[0] : NULL;
	return common->dry_run && verb->plan ? verb->plan : verb->record;
}

int nk_verb_go(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct nk_record *record = nk_record_of(ctx->applet, ctx->verb, ctx->common);

	if (record && nk_out_check(ctx->out, record, err) < 0)
		return -1;
	return ctx->verb->run(ctx, err);
}

const struct nk_verb *nk_verb_of_netkit(const char *name)
{
	const struct nk_verb *verb = nk_verb_find(nk_fs_verbs, name);

	for (const struct nk_verb *const *own = nk_own_verbs; !verb && *own; own++)
		verb = strcmp(name, (*own)->name) == 0 ? *own : NULL;
	return verb;
}

const struct nk_applet *nk_applet_find(const struct nk_applet *const *applets, const char *name)
{
	for (; *applets; applets++) {
		if (strcmp((*applets)->name, name) == 0)
			return *applets;
	}
	return NULL;
}

static void add_set(struct nk_parse *parse, const char *title, const struct nk_opt *options,
		    void *into)
{
	parse->sets = nk_realloc(parse->sets, (size_t)(parse->count + 1) * sizeof(*parse->sets));
	parse->sets[parse->count++] = (struct nk_opt_set){
		.title = title,
		.options = nk_options_of(options),
		.into = into,
		.given = parse->given,
	};
}

static void add_applet(struct nk_parse *parse, const struct nk_applet *applet)
{
	for (int i = parse->applet_first; i < parse->count; i++) {
		if (parse->sets[i].title == applet->name)
			return;
	}
	add_set(parse, applet->name, applet->options, nk_alloc(applet->opts_size + 1));
	parse->applet_count++;
}

/* Without a named applet the schemes among the words say whose options are known. */
static void add_applets(const struct nk_call *call, struct nk_parse *parse)
{
	parse->applet_first = parse->count;
	if (call->applet) {
		add_applet(parse, call->applet);
		return;
	}
	for (int i = 0; i < call->argc; i++) {
		const struct nk_applet *applet = nk_parse_applet(call, parse, call->argv[i]);

		if (applet)
			add_applet(parse, applet);
	}
}

void nk_parse_spots(const struct nk_call *call, struct nk_parse *parse)
{
	if (!call->applet || !call->applet->takes_spots || call->verb == call->applet->classic)
		return;
	for (size_t i = 0; i < parse->operands.count; i++) {
		char *url =
			nk_url_from_spot(call->applet->schemes[0].name, parse->operands.items[i]);

		if (!url)
			continue;
		nk_parse_keep(parse, url);
		parse->operands.items[i] = url;
	}
}

/* All option tables of the call, and their values before a word is read. */
static void set_up(const struct nk_call *call, const struct nk_common *base, struct nk_parse *parse)
{
	unsigned groups = nk_groups_of(call->applet, call->verb);
	int preset_count;

	parse->applets = call->applets;
	parse->given = nk_alloc(sizeof(*parse->given));
	parse->applet_first = 0;
	if (call->verb) {
		parse->verb_opts = nk_alloc(call->verb->opts_size + 1);
		add_set(parse, NULL, call->verb->options, parse->verb_opts);
	}
	if (!base)
		add_applets(call, parse);
	preset_count = parse->count;
	if (base)
		nk_common_copy(&parse->common, base);
	else
		nk_common_init(&parse->common);
	for (int i = 0; i < NK_GROUP_COUNT; i++) {
		const struct nk_opt_set set = { .options = nk_groups[i].options,
						.into = &parse->common };

		if (groups & nk_groups[i].bit)
			add_set(parse, nk_groups[i].title, nk_groups[i].options, &parse->common);
		else if (!base)
			nk_opt_presets(&set, 1);
		if (base && (groups & nk_groups[i].bit & NK_GROUPS_OF_PROGRAM))
			parse->sets[parse->count - 1].refusal =
				"at the prompt it is given when that is started";
	}
	nk_opt_presets(parse->sets, base ? preset_count : parse->count);
}

/* What follows from the options once all are known. */
static int apply(const struct nk_call *call, struct nk_parse *parse, struct nk_err *err)
{
	if (call->verb && call->verb->apply &&
	    call->verb->apply(parse->verb_opts, &parse->common, err) < 0)
		return -1;
	parse->common.tls.trust = parse->common.trust;
	parse->common.ssh.trust = parse->common.trust;
	return 0;
}

/* What the config says, unless nothing but words about netkit is asked for. */
static int configure(const struct nk_call *call, const struct nk_common *base,
		     struct nk_parse *parse, struct nk_err *err)
{
	const struct nk_common *common = &parse->common;

	if (base)
		return call->policies && call->verb
			       ? nk_policies_fill(call->policies, parse->sets, 1, err)
			       : 0;
	if (common->help || common->version || common->examples ||
	    !(nk_groups_of(call->applet, call->verb) & NK_GROUP_NET))
		return 0;
	return nk_parse_configure(call, parse, err);
}

int nk_parse_call(const struct nk_call *call, const struct nk_common *base, struct nk_parse *parse,
		  struct nk_err *err)
{
	set_up(call, base, parse);
	if (nk_opt_parse(parse->sets, parse->count, call->argc, call->argv, &parse->operands, err) <
	    0)
		return -1;
	if (configure(call, base, parse, err) < 0 || apply(call, parse, err) < 0)
		return -1;
	if (parse->common.ordered && !parse->common.hosts)
		return nk_fail(err, NK_E_USAGE, 0, "--ordered is for --hosts");
	/* With --hosts each host is put into it first. */
	if (!base && !parse->common.hosts)
		nk_parse_spots(call, parse);
	else if (base && parse->common.hosts != base->hosts)
		return nk_fail(err, NK_E_USAGE, 0, "--hosts: a prompt has one host");
	return 0;
}

int nk_parse_again(const struct nk_call *call, const struct nk_parse *first,
		   const struct nk_config_query *query, struct nk_parse *parse, struct nk_err *err)
{
	parse->config = first->config;
	parse->is_again = true;
	set_up(call, NULL, parse);
	if (nk_opt_parse(parse->sets, parse->count, call->argc, call->argv, &parse->operands, err) <
		    0 ||
	    nk_parse_fill(parse, query, err) < 0 || apply(call, parse, err) < 0)
		return -1;
	return 0;
}

void nk_parse_release(struct nk_parse *parse)
{
	for (int i = 0; i < parse->count; i++) {
		if (parse->sets[i].into == &parse->common)
			continue;
		nk_opt_release(&parse->sets[i], 1);
		free(parse->sets[i].into);
	}
	nk_common_release(&parse->common);
	nk_strings_release(&parse->operands);
	nk_parse_release_config(parse);
	free(parse->sets);
}

static int set_up_log(const struct nk_common *common, struct nk_err *err)
{
	const struct nk_log_how how = {
		.level = common->quiet	       ? NK_LOG_QUIET
			 : common->verbose > 1 ? NK_LOG_DEBUG
			 : common->verbose > 0 ? NK_LOG_INFO
					       : NK_LOG_NOTICE,
		.json = common->log_format,
		.trace = common->trace,
	};

	return nk_log_setup(&how, err);
}

/* The URL an error is about, when the verb names none itself; a new string or NULL. */
static char *url_of(const struct nk_parse *parse)
{
	for (size_t i = 0; i < parse->operands.count; i++) {
		if (nk_url_is_url(parse->operands.items[i]))
			return nk_operand_label(parse->operands.items[i]);
	}
	return parse->operands.count > 0 ? nk_operand_label(parse->operands.items[0]) : NULL;
}

/* An applet's own run, again while that may help and nothing was printed yet. */
static int run_applet(struct nk_ctx *ctx, struct nk_err *err)
{
	struct nk_retry retry = { .net = &ctx->common->net };

	while (ctx->applet->run(ctx, err) < 0) {
		if (nk_out_count(ctx->out) > 0 || !nk_retry_again(&retry, err))
			return -1;
	}
	return 0;
}

static int run_in(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(opener) struct nk_opener *opener = nk_opener_new(ctx);

	ctx->opener = opener;
	if (ctx->verb)
		return nk_verb_go(ctx, err);
	if (ctx->operand_count < 1)
		return nk_fail(err, NK_E_USAGE, 0, "%s is missing", ctx->applet->operands);
	if (ctx->operand_count > 1 && !strchr(ctx->applet->operands, ' ') &&
	    !strstr(ctx->applet->operands, "..."))
		return nk_fail(err, NK_E_USAGE, 0, "one %s is taken, not also '%s'",
			       ctx->applet->operands, ctx->operands[1]);
	if (nk_opener_session(opener, ctx->operands[0], &ctx->session, NULL, err) < 0)
		return -1;
	return run_applet(ctx, err);
}

static int run(const struct nk_call *call, struct nk_parse *parse, struct nk_err *err)
{
	nk_auto(out) struct nk_out *out = NULL;
	nk_auto(policies) struct nk_policies *policies = nk_policies_new(call, parse);
	struct nk_ctx ctx = {
		.applet = call->applet,
		.verb = call->verb,
		.opts = call->applet ? parse->sets[parse->applet_first].into : NULL,
		.verb_opts = parse->verb_opts,
		.common = &parse->common,
		.operands = parse->operands.items,
		.operand_count = (int)parse->operands.count,
		.applets = call->applets,
		.sets = parse->sets + parse->applet_first,
		.set_count = parse->applet_count,
		.policies = policies,
	};

	parse->common.net.deadline = nk_clock_after(parse->common.net.deadline_in_ms);
	nk_interrupt_setup();
	if (nk_out_open(&parse->common.out, &out, err) < 0)
		return -1;
	ctx.out = out;
	if (run_in(&ctx, err) < 0) {
		struct nk_err lost = NK_ERR_INIT;

		/* What was printed before the failure still counts; the first error is told. */
		if (nk_out_flush(out, &lost) < 0 && lost.code == EPIPE)
			*err = lost;
		return -1;
	}
	return nk_out_close(out, err);
}

static bool is_classic(const struct nk_call *call, const struct nk_common *common)
{
	return call->applet && call->verb && call->verb == call->applet->classic &&
	       common->exit_status && strcmp(common->exit_status, "classic") == 0;
}

/* The words were not understood, but the form messages are wanted in may have been among them. */
static int report_usage(const struct nk_call *call, struct nk_common *common,
			const struct nk_err *err)
{
	struct nk_err second = NK_ERR_INIT;

	common->trace = NULL;
	if (set_up_log(common, &second) < 0)
		return nk_report(&second, call->program, NULL);
	return nk_report(err, call->program, NULL);
}

int nk_dispatch_one(const struct nk_call *call, struct nk_parse *parse, struct nk_err *err)
{
	nk_auto(str) char *url = url_of(parse);
	int status = run(call, parse, err) < 0 ? nk_report(err, call->program, url) : 0;

	return status != 0 && is_classic(call, &parse->common) ? CLASSIC_FAILURE : status;
}

int nk_dispatch(const struct nk_call *call)
{
	nk_auto(parse) struct nk_parse parse = { 0 };
	struct nk_err err = NK_ERR_INIT;
	const struct nk_common *common = &parse.common;

	if (call->verb && !nk_verb_is_offered(call->applet, call->verb)) {
		nk_fail(&err, NK_E_UNSUPPORTED, 0, "%s cannot %s", call->applet->fs->name,
			call->verb->name);
		return nk_report(&err, call->program, NULL);
	}
	if (nk_parse_call(call, NULL, &parse, &err) < 0)
		return report_usage(call, &parse.common, &err);
	if (common->help || common->version || common->examples)
		return nk_help_asked(call, common);
	if (set_up_log(common, &err) < 0)
		return nk_report(&err, call->program, NULL);
	return common->hosts ? nk_hosts_run(call, &parse) : nk_dispatch_one(call, &parse, &err);
}

/* Every option table that may come before a verb. */
static int find_verb_word(const struct nk_applet *applet, int argc, char **argv)
{
	const struct nk_opt **tables;
	const struct nk_verb *verb = applet->verbs;
	int count = 0, verbs = 0, at;

	while (verb && verb[verbs].name)
		verbs++;
	tables = nk_alloc((size_t)(verbs + NK_GROUP_COUNT + 2) * sizeof(*tables));
	if (applet->classic)
		tables[count++] = nk_options_of(applet->classic->options);
	tables[count++] = nk_options_of(applet->options);
	for (int i = 0; i < NK_GROUP_COUNT; i++)
		tables[count++] = nk_groups[i].options;
	for (int i = 0; i < verbs; i++)
		tables[count++] = nk_options_of(verb[i].options);
	at = nk_opt_first_operand(tables, count, argc, argv);
	free(tables);
	return at;
}

static int fail_verb(const struct nk_applet *applet, const char *program, const char *word)
{
	nk_auto(strings) struct nk_strings names = { 0 };
	struct nk_err err = NK_ERR_INIT;

	for (const struct nk_verb *verb = applet->verbs; verb && verb->name; verb++) {
		if (nk_verb_is_offered(applet, verb))
			nk_strings_add(&names, verb->name);
	}
	nk_strings_add(&names, NULL);
	const char *nearest = word ? nk_text_nearest(word, names.items) : NULL;
	nk_auto(str) char *label = word ? nk_operand_label(word) : NULL;

	if (!word)
		nk_fail(&err, NK_E_USAGE, 0, "a verb is missing; %s --help lists them", program);
	else if (nearest)
		nk_fail(&err, NK_E_USAGE, 0, "unknown verb '%s'; did you mean '%s'?", label,
			nearest);
	else
		nk_fail(&err, NK_E_USAGE, 0, "unknown verb '%s'; %s --help lists them", label,
			program);
	return nk_report(&err, program, NULL);
}

static bool asks_about(int argc, char **argv)
{
	struct nk_common common;
	struct nk_opt_set set = { .options = nk_groups[NK_GROUP_COUNT - 1].options,
				  .into = &common };
	nk_auto(strings) struct nk_strings operands = { 0 };
	struct nk_err err;

	nk_common_init(&common);
	return argc > 0 && nk_opt_parse(&set, 1, argc, argv, &operands, &err) == 0 &&
	       operands.count == 0;
}

/* "ftp gett ftp://h/f": a classic form names a host and no URL after it. */
static bool is_mistyped(const struct nk_applet *applet, int at, int argc, char **argv)
{
	if (at < 0 || !applet->verbs || nk_url_is_url(argv[at]))
		return false;
	for (int i = at + 1; i < argc; i++) {
		if (nk_url_is_url(argv[i]))
			return true;
	}
	return false;
}

int nk_dispatch_applet(const struct nk_applet *const *applets, const struct nk_applet *applet,
		       const char *program, int argc, char **argv)
{
	int at = find_verb_word(applet, argc, argv);
	struct nk_call call = {
		.applets = applets,
		.applet = applet,
		.verb = applet->classic,
		.program = program,
		.argc = argc,
		.argv = argv,
	};
	const struct nk_verb *verb = at >= 0 ? nk_verb_find(applet->verbs, argv[at]) : NULL;

	if (verb) {
		call.verb = verb;
		memmove(argv + at, argv + at + 1, (size_t)(argc - at - 1) * sizeof(*argv));
		call.argc--;
	} else if (is_mistyped(applet, at, argc, argv) ||
		   (!applet->classic && !applet->run && !asks_about(argc, argv))) {
		return fail_verb(applet, program, at >= 0 ? argv[at] : NULL);
	}
	return nk_dispatch(&call);
}

int nk_verb_run(const struct nk_ctx *ctx, const char *name, const char *const *operands, int count,
		struct nk_err *err)
{
	nk_auto(parse) struct nk_parse parse = { 0 };
	struct nk_call call = { .applets = ctx->applets,
				.applet = ctx->applet,
				.policies = ctx->policies };
	struct nk_ctx inner = *ctx;

	call.verb = nk_verb_find(ctx->applet->verbs, name);
	if (!call.verb || !nk_verb_is_offered(ctx->applet, call.verb))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s cannot %s", ctx->applet->name, name);
	if (nk_parse_call(&call, ctx->common, &parse, err) < 0)
		return -1;
	inner.verb = call.verb;
	inner.verb_opts = parse.verb_opts;
	inner.operands = operands;
	inner.operand_count = count;
	return nk_verb_go(&inner, err);
}
