/* help.c - help, made from the tables of applets, verbs, options and records. */
#include "help.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "fsverbs.h"
#include "groups.h"
#include "suggest.h"
#include "topics.h"

/* Where the help of an option begins; a longer option has its help on the next line. */
#define OPTION_CELLS 28
#define NAME_CELLS   12
#define TOPIC_CELLS  14

/* What is said of a command line is indented so far. */
#define TERM_CELLS 4

int nk_help_print(const struct nk_buf *text, struct nk_err *err)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t wrote = write(STDOUT_FILENO, text->data + done, text->len - done);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return nk_fail_errno(err, NK_E_WRITE, "standard output");
		done += (size_t)wrote;
	}
	return 0;
}

/* The tables are ours and small: what does not fit NK_HELP_MAX is a bug. */
void nk_help_addf(struct nk_buf *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	nk_auto(str) char *text = nk_vformat(format, args);
	va_end(args);
	if (nk_buf_add_text(out, text) < 0)
		abort();
}

/* Text from column at on, broken between words and indented to it. */
static void add_wrapped(struct nk_buf *out, const char *text, int at)
{
	int room = NK_HELP_CELLS - at;

	while ((int)strlen(text) > room) {
		int cut = room;

		while (cut > 0 && text[cut] != ' ')
			cut--;
		if (cut == 0)
			break;
		nk_help_addf(out, "%.*s\n%*s", cut, text, at, "");
		text += cut + 1;
	}
	nk_help_addf(out, "%s\n", text);
}

static void add_row(struct nk_buf *out, const char *label, int cells, const char *text)
{
	if ((int)strlen(label) + 4 > cells)
		nk_help_addf(out, "  %s\n%*s", label, cells, "");
	else
		nk_help_addf(out, "  %-*s", cells - 2, label);
	add_wrapped(out, text, cells);
}

void nk_help_add_row(struct nk_buf *out, const char *label, const char *text)
{
	add_row(out, label, OPTION_CELLS, text);
}

void nk_opt_label(const struct nk_opt *opt, struct nk_buf *out)
{
	if (opt->letter)
		nk_help_addf(out, "-%c%s", opt->letter, opt->name ? ", " : "");
	if (!opt->name) {
		if (opt->arg)
			nk_help_addf(out, " %s", opt->arg);
		return;
	}
	nk_help_addf(out, "--%s", opt->name);
	if (opt->kind == NK_OPT_KIND_MAYBE)
		nk_help_addf(out, "[=%s]", opt->arg);
	else if (opt->arg)
		nk_help_addf(out, "=%s", opt->arg);
	for (int i = 0; opt->kind == NK_OPT_KIND_WORD && opt->words[i]; i++)
		nk_help_addf(out, "%c%s", i == 0 ? '=' : '|', opt->words[i]);
}

static void add_options(struct nk_buf *out, const char *title, const struct nk_opt *options,
			bool is_at_prompt)
{
	if (options->kind == NK_OPT_KIND_END)
		return;
	nk_help_addf(out, "\n%s:\n", title);
	for (const struct nk_opt *opt = options; opt->kind != NK_OPT_KIND_END; opt++) {
		if (is_at_prompt && opt->is_typed)
			continue;
		nk_auto(buf) struct nk_buf label = NK_BUF_INIT(4096);
		nk_auto(str) char *text =
			opt->preset ? nk_format("%s (%s)", opt->help, opt->preset) : NULL;

		nk_opt_label(opt, &label);
		/* The letters of all options have their own column. */
		nk_auto(str) char *column =
			nk_format("%s%s", opt->letter ? "" : "    ", label.data);

		add_row(out, column, OPTION_CELLS, text ? text : opt->help);
	}
}

/* Does the command line run this verb, with its applet before it or without? */
static bool is_of_verb(const struct nk_example *example, const struct nk_verb *verb)
{
	size_t length = strlen(verb->name);
	const char *word = example->command;

	for (int i = 0; i < 2; i++) {
		if (strncmp(word, verb->name, length) == 0 && word[length] == ' ')
			return true;
		word += strcspn(word, " ");
		word += strspn(word, " ");
	}
	return false;
}

/* verb: those that run it; NULL: all. */
static void add_examples(struct nk_buf *out, const struct nk_example *example,
			 const struct nk_verb *verb)
{
	for (; example && example->command; example++) {
		if (!verb || is_of_verb(example, verb))
			nk_help_addf(out, "  # %s\n  netkit %s\n", example->what, example->command);
	}
}

static void add_verbs(struct nk_buf *out, const struct nk_applet *applet)
{
	const struct nk_verb *verb = applet->verbs;

	if (!verb)
		return;
	nk_help_addf(out, "\nverbs:\n");
	for (; verb->name; verb++) {
		if (nk_verb_is_offered(applet, verb))
			add_row(out, verb->name, NAME_CELLS, verb->summary);
	}
}

void nk_help_add_schemes(struct nk_buf *out, const struct nk_applet *applet)
{
	const struct nk_scheme *scheme = applet->schemes;

	for (; scheme && scheme->name; scheme++)
		nk_help_addf(out, "  %s://%s%s  (port %d%s)\n", scheme->name,
			     nk_groups_of(applet, NULL) & NK_GROUP_WHO ? "[user@]" : "",
			     applet->fs ? "host[:port]/path" : "host[:port]", scheme->port,
			     scheme->tls ? ", TLS" : "");
}

static void add_groups(struct nk_buf *out, unsigned groups, bool is_at_prompt)
{
	for (int i = 0; i < NK_GROUP_COUNT; i++) {
		if (groups & nk_groups[i].bit)
			add_options(out, nk_groups[i].title, nk_groups[i].options, is_at_prompt);
	}
}

/* The forms of the command line. */
static void add_usage(struct nk_buf *out, const struct nk_applet *applet,
		      const struct nk_verb *verb)
{
	const char *name = applet ? applet->name : "";
	const char *space = applet ? " " : "";
	const char *lead = "usage:";

	if (verb) {
		nk_help_addf(out, "usage: netkit %s%s%s [OPTION...] %s\n", name, space, verb->name,
			     verb->operands);
		return;
	}
	if (applet->run) {
		nk_help_addf(out, "%s netkit %s [OPTION...] %s\n", lead, name, applet->operands);
		lead = "      ";
	}
	if (applet->verbs) {
		nk_help_addf(out, "%s netkit %s VERB [OPTION...] URL...\n", lead, name);
		lead = "      ";
	}
	if (applet->classic)
		nk_help_addf(out, "%s %s [OPTION...] %s\n", lead, applet->classic->name,
			     applet->classic->operands);
}

/* Help of an applet, of one of its verbs, or of a verb of netkit itself. */
static void add_help(struct nk_buf *out, const struct nk_applet *applet, const struct nk_verb *verb)
{
	add_usage(out, applet, verb);
	nk_help_addf(out, "%s\n", verb ? verb->summary : applet->summary);
	if (!verb) {
		add_verbs(out, applet);
		if (applet->schemes && applet->schemes->name)
			nk_help_addf(out, "\nURLs:\n");
		nk_help_add_schemes(out, applet);
	}
	const struct nk_verb *own = verb ? verb : applet->run ? NULL : applet->classic;

	if (own)
		add_options(out, verb ? own->name : "without a verb", nk_options_of(own->options),
			    false);
	if (applet)
		add_options(out, applet->name, nk_options_of(applet->options), false);
	add_groups(out, nk_groups_of(applet, own), false);
	if (!verb && applet->examples) {
		nk_help_addf(out, "\nexamples:\n");
		add_examples(out, applet->examples, NULL);
	}
	if (!verb && applet->verbs)
		nk_help_addf(out, "\n\"netkit help %s VERB\" has the options of a verb.\n",
			     applet->name);
}

void nk_help_add_at_prompt(struct nk_buf *out, const struct nk_applet *applet,
			   const struct nk_verb *verb)
{
	add_options(out, verb->name, nk_options_of(verb->options), true);
	add_groups(out, nk_groups_of(applet, verb) & ~NK_GROUPS_OF_PROGRAM & ~NK_GROUP_ABOUT, true);
}

static int print_help(const struct nk_applet *applet, const struct nk_verb *verb,
		      struct nk_err *err)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HELP_MAX);

	add_help(&out, applet, verb);
	return nk_help_print(&out, err);
}

int nk_help_examples(const struct nk_applet *const *applets, const struct nk_applet *only,
		     const struct nk_verb *verb, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HELP_MAX);

	if (only && verb == only->classic)
		verb = NULL;
	if (!only)
		add_examples(&out, nk_examples, verb);
	for (; *applets; applets++) {
		if (!only || only == *applets)
			add_examples(&out, (*applets)->examples, verb);
	}
	return nk_help_print(&out, err);
}

int nk_help_version(struct nk_err *err)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HELP_MAX);

	nk_help_addf(&out, "netkit " NK_VERSION "\n");
	return nk_help_print(&out, err);
}

int nk_help_list(const struct nk_applet *const *applets, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HELP_MAX);

	for (; *applets; applets++)
		nk_help_addf(&out, "%s\n", (*applets)->name);
	return nk_help_print(&out, err);
}

int nk_help_netkit(const struct nk_applet *const *applets, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HELP_MAX);

	nk_help_addf(&out, "usage: netkit APPLET [VERB] [OPTION...] TARGET...\n"
			   "       netkit VERB [OPTION...] URL...\n"
			   "one program for many protocols\n\napplets:\n");
	for (; *applets; applets++)
		add_row(&out, (*applets)->name, NAME_CELLS, (*applets)->summary);
	nk_help_addf(&out, "\nverbs for any URL, whose scheme chooses the applet:\n");
	for (const struct nk_verb *verb = nk_fs_verbs; verb->name; verb++)
		add_row(&out, verb->name, NAME_CELLS, verb->summary);
	nk_help_addf(&out, "\nverbs that no applet has:\n");
	for (const struct nk_verb *const *verb = nk_own_verbs; *verb; verb++)
		add_row(&out, (*verb)->name, NAME_CELLS, (*verb)->summary);
	nk_help_addf(&out, "\ntopics of netkit help:\n");
	for (const struct nk_topic *topic = nk_topics; topic->name; topic++)
		add_row(&out, topic->name, TOPIC_CELLS, topic->summary);
	nk_help_addf(&out, "\nnetkit itself:\n");
	for (const struct nk_word *word = nk_words; word->name; word++) {
		nk_auto(str) char *label = nk_format("%s%s%s", word->name,
						     word->operands[0] ? " " : "", word->operands);

		add_row(&out, label, OPTION_CELLS, word->summary);
	}
	return nk_help_print(&out, err);
}

/* Prose, and terms as they stand in a list. */
static void add_passages(struct nk_buf *out, const struct nk_passage *passage)
{
	for (; passage && passage->text; passage++) {
		if (!passage->term) {
			nk_help_addf(out, "\n");
			add_wrapped(out, passage->text, 0);
		} else if (passage->is_command) {
			nk_help_addf(out, "\n  %s\n%*s", passage->term, TERM_CELLS, "");
			add_wrapped(out, passage->text, TERM_CELLS);
		} else {
			add_row(out, passage->term, OPTION_CELLS, passage->text);
		}
	}
}

static int print_topic(const struct nk_topic *topic, const struct nk_applet *const *applets,
		       struct nk_err *err)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(NK_HELP_MAX);

	nk_help_addf(&out, "%s\n", topic->summary);
	add_passages(&out, topic->passages);
	if (topic->add_tables) {
		nk_help_addf(&out, "\n");
		topic->add_tables(&out, applets);
	}
	add_groups(&out, topic->groups, false);
	return nk_help_print(&out, err);
}

static int help_named(const struct nk_applet *const *applets, int argc, char **argv,
		      struct nk_err *err)
{
	const struct nk_applet *applet = nk_applet_find(applets, argv[0]);
	const struct nk_verb *verb = applet ? NULL : nk_verb_of_netkit(argv[0]);

	if (!applet && !verb) {
		nk_auto(str) char *label = nk_operand_label(argv[0]);
		nk_auto(str) char *suggestion = nk_suggest(applets, argv[0], true);

		return nk_fail(err, NK_E_USAGE, 0, "no applet, verb or topic '%s'; %s", label,
			       suggestion ? suggestion : "netkit help lists them");
	}
	if (applet && argc > 1) {
		verb = nk_verb_find(applet->verbs, argv[1]);
		if (!verb || !nk_verb_is_offered(applet, verb))
			return nk_fail(err, NK_E_USAGE, 0, "%s has no verb '%s'", argv[0], argv[1]);
	}
	return print_help(applet, verb, err);
}

int nk_help_run(const struct nk_applet *const *applets, int argc, char **argv, struct nk_err *err)
{
	if (argc == 0)
		return nk_help_netkit(applets, err);
	const struct nk_topic *topic = argc == 1 ? nk_topic_find(argv[0]) : NULL;

	if (topic)
		return print_topic(topic, applets, err);
	if (strcmp(argv[0], "man") == 0 && argc == 2)
		return nk_man_write(applets, argv[1], err);
	return help_named(applets, argc, argv, err);
}

int nk_help_asked(const struct nk_call *call, const struct nk_common *common)
{
	struct nk_err err = NK_ERR_INIT;
	int result;

	if (common->help && call->applet && call->verb == call->applet->classic)
		result = print_help(call->applet, NULL, &err);
	else if (common->help)
		result = print_help(call->applet, call->verb, &err);
	else if (common->version)
		result = nk_help_version(&err);
	else
		result = nk_help_examples(call->applets, call->applet, call->verb, &err);
	return result < 0 ? nk_report(&err, call->program, NULL) : 0;
}
