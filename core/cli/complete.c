/* complete.c - what could stand at the cursor, from the tables alone. */
#include "complete.h"

#include "fsverbs.h"
#include "groups.h"
#include "help.h"

/* A command line up to the cursor. */
struct line {
	const struct nk_applet *const *applets;
	const struct nk_applet *applet;
	const struct nk_verb *verb;
	const struct nk_word *word; /* of netkit itself */
	bool wants_name;	    /* applet or verb comes next */
	int argc;
	char **argv;	  /* the words before the cursor's, without program, applet and verb */
	const char *last; /* the one at the cursor, as far as it was typed */
	struct nk_buf out;
};

static void offer(struct line *line, const char *candidate, const char *what)
{
	if (nk_text_has_prefix(candidate, line->last))
		nk_help_addf(&line->out, "%s\t%s\n", candidate, what);
}

/* The tables of options that can stand here. */
struct tables {
	const struct nk_opt *items[NK_GROUP_COUNT + 3];
	int count;
};

static void take_tables(const struct line *line, struct tables *tables)
{
	unsigned groups = ~0U;

	if (line->verb)
		tables->items[tables->count++] = nk_options_of(line->verb->options);
	if (line->applet)
		tables->items[tables->count++] = nk_options_of(line->applet->options);
	if (line->applet || line->verb)
		groups = nk_groups_of(line->applet, line->verb);
	for (int i = 0; i < NK_GROUP_COUNT; i++) {
		if (groups & nk_groups[i].bit)
			tables->items[tables->count++] = nk_groups[i].options;
	}
}

static const struct nk_opt *find_option(const struct tables *tables, const char *word,
					size_t length)
{
	for (int i = 0; i < tables->count; i++) {
		const struct nk_opt *opt = tables->items[i];

		for (; opt->kind != NK_OPT_KIND_END; opt++) {
			bool is_named = opt->name && length > 2 && strncmp(word, "--", 2) == 0 &&
					strlen(opt->name) == length - 2 &&
					strncmp(opt->name, word + 2, length - 2) == 0;

			if (is_named || (opt->letter && length == 2 && word[1] == opt->letter))
				return opt;
		}
	}
	return NULL;
}

static bool takes_value(const struct nk_opt *opt)
{
	return opt->arg || opt->words;
}

static void offer_options(struct line *line, const struct tables *tables)
{
	for (int i = 0; i < tables->count; i++) {
		const struct nk_opt *opt = tables->items[i];

		for (; opt->kind != NK_OPT_KIND_END; opt++) {
			if (!opt->name)
				continue;
			nk_auto(str) char *candidate = nk_format(
				"--%s%s", opt->name,
				takes_value(opt) && opt->kind != NK_OPT_KIND_MAYBE ? "=" : "");

			offer(line, candidate, opt->help);
		}
	}
}

/* The words an option knows; lead: "--tls=", or "" when they are a word of their own. */
static void offer_words(struct line *line, const struct nk_opt *opt, const char *lead)
{
	for (int i = 0; opt->words && opt->words[i]; i++) {
		nk_auto(str) char *candidate = nk_format("%s%s", lead, opt->words[i]);

		offer(line, candidate, opt->help);
	}
}

static void offer_verbs(struct line *line, const struct nk_applet *applet,
			const struct nk_verb *verb)
{
	for (; verb && verb->name; verb++) {
		if (nk_verb_is_offered(applet, verb))
			offer(line, verb->name, verb->summary);
	}
}

static void offer_applets(struct line *line)
{
	for (const struct nk_applet *const *applet = line->applets; *applet; applet++)
		offer(line, (*applet)->name, (*applet)->summary);
}

/* The words of netkit itself; those that stand in its place, such as --list, only when asked. */
static void offer_netkit_words(struct line *line)
{
	for (const struct nk_word *word = nk_words; word->name; word++) {
		bool is_option = word->name[0] == '-';

		if (!strchr(word->name, ' ') && is_option == (line->last[0] == '-'))
			offer(line, word->name, word->summary);
	}
}

/* "bash|zsh|fish": one of these comes next. */
static void offer_choice(struct line *line)
{
	for (const char *part = line->word->operands; *part != '\0';) {
		size_t length = strcspn(part, "|");
		nk_auto(str) char *candidate = nk_strndup(part, length);

		offer(line, candidate, line->word->summary);
		part += length + (part[length] == '|');
	}
}

static void offer_names(struct line *line)
{
	if (line->applet) {
		offer_verbs(line, line->applet, line->applet->verbs);
		return;
	}
	offer_applets(line);
	offer_verbs(line, NULL, nk_fs_verbs);
	for (const struct nk_verb *const *verb = nk_own_verbs; *verb; verb++)
		offer(line, (*verb)->name, (*verb)->summary);
	offer_netkit_words(line);
}

static void offer_all(struct line *line)
{
	struct tables tables = { .count = 0 };
	const char *equals = strchr(line->last, '=');
	const char *previous = line->argc > 0 ? line->argv[line->argc - 1] : "";
	const struct nk_opt *opt;

	take_tables(line, &tables);
	opt = previous[0] == '-' && !strchr(previous, '=')
		      ? find_option(&tables, previous, strlen(previous))
		      : NULL;
	if (opt && takes_value(opt) && opt->kind != NK_OPT_KIND_MAYBE) {
		offer_words(line, opt, "");
		return;
	}
	if (line->last[0] == '-' && equals) {
		nk_auto(str) char *lead = nk_strndup(line->last, (size_t)(equals - line->last) + 1);

		opt = find_option(&tables, line->last, (size_t)(equals - line->last));
		if (opt)
			offer_words(line, opt, lead);
		return;
	}
	if (line->last[0] == '-') {
		if (!line->applet && !line->verb && line->argc == 0)
			offer_netkit_words(line);
		offer_options(line, &tables);
	} else if (line->wants_name) {
		offer_names(line);
	} else if (line->word && strchr(line->word->operands, '|')) {
		offer_choice(line);
	}
}

/* Take the word at out of those before the cursor. */
static void take_word(struct line *line, int at)
{
	memmove(line->argv + at, line->argv + at + 1,
		(size_t)(line->argc - at - 1) * sizeof(*line->argv));
	line->argc--;
}

/* The first word before the cursor that is no option, or -1. */
static int first_name(const struct line *line)
{
	struct tables tables = { .count = 0 };

	take_tables(line, &tables);
	return nk_opt_first_operand(tables.items, tables.count, line->argc, line->argv);
}

static void find_verb(struct line *line)
{
	int at = first_name(line);

	line->wants_name = at < 0;
	if (at < 0)
		return;
	line->verb = nk_verb_find(line->applet->verbs, line->argv[at]);
	if (line->verb)
		take_word(line, at);
}

/* After "netkit": an applet, a verb, or a word such as help. */
static void find_name(struct line *line)
{
	int at = first_name(line);

	line->wants_name = at < 0;
	if (at < 0)
		return;
	line->applet = nk_applet_find(line->applets, line->argv[at]);
	line->verb = line->applet ? NULL : nk_verb_of_netkit(line->argv[at]);
	line->wants_name = !line->verb && strcmp(line->argv[at], "help") == 0;
	for (const struct nk_word *word = nk_words; word->name; word++)
		line->word = strcmp(word->name, line->argv[at]) == 0 ? word : line->word;
	if (line->applet || line->verb)
		take_word(line, at);
	if (line->applet)
		find_verb(line);
}

int nk_complete_run(const struct nk_applet *const *applets, int argc, char **argv,
		    struct nk_err *err)
{
	struct line line = {
		.applets = applets,
		.argc = argc > 2 ? argc - 2 : 0,
		.argv = argv + 1,
		.last = argc > 1 ? argv[argc - 1] : "",
		.out = NK_BUF_INIT(NK_HELP_MAX),
	};
	int result;

	line.applet = argc > 0 ? nk_applet_find(applets, nk_path_name(argv[0])) : NULL;
	if (line.applet)
		find_verb(&line);
	else
		find_name(&line);
	offer_all(&line);
	result = nk_help_print(&line.out, err);
	nk_buf_release(&line.out);
	return result;
}
