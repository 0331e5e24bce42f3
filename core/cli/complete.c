/* complete.c - what could stand at the cursor, from the tables alone. */
#include "complete.h"

#include "completing.h"
#include "fsverbs.h"
#include "help.h"
#include "topics.h"

/* All that is printed: as many candidates as there may be, each as long as a path. */
#define COMPLETE_MAX ((size_t)NK_CANDIDATES_MAX * 8192)

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
	struct nk_candidates candidates;
};

static void offer(struct line *line, const char *candidate, const char *what)
{
	nk_candidates_offer(&line->candidates, line->last, candidate, what);
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

static void offer_names(struct line *line)
{
	if (line->applet) {
		offer_verbs(line, line->applet, line->applet->verbs);
		return;
	}
	offer_applets(line);
	/* After "help" alone there is a word, and a name is wanted all the same. */
	for (const struct nk_topic *topic = nk_topics; line->word && topic->name; topic++)
		offer(line, topic->name, topic->summary);
	offer_verbs(line, NULL, nk_fs_verbs);
	for (const struct nk_verb *const *verb = nk_own_verbs; *verb; verb++)
		offer(line, (*verb)->name, (*verb)->summary);
	offer_netkit_words(line);
}

/* Words of netkit itself that take one of several: "bash|zsh|fish". */
static void offer_choice(struct line *line)
{
	nk_auto(slots) struct nk_slots slots = { .count = 0 };
	int name = strchr(line->word->name, ' ') ? 2 : 1;

	nk_slots_find(line->word->operands, line->argc > name ? (size_t)(line->argc - name) : 0,
		      line->argc > name ? line->argv[name] : "", &slots);
	for (int i = 0; i < slots.count; i++)
		offer(line, slots.words[i], line->word->summary);
	line->candidates.wants_files = slots.kinds & NK_SLOT_FILE;
}

/* "netkit URL", "netkit @name/path": the applet that speaks it, as if it had been named; or NULL. */
static const struct nk_applet *applet_of(const struct line *line, const char *word)
{
	const struct nk_call call = { .applets = line->applets,
				      .argc = line->argc,
				      .argv = line->argv };
	nk_auto(parse) struct nk_parse parse = { 0 };

	return nk_parse_applet(&call, &parse, word);
}

static void offer_all(struct line *line)
{
	const struct nk_verb *verb = line->verb;

	if (!line->applet && !verb && !line->word)
		line->applet = applet_of(line, line->last);
	if (!verb && line->applet)
		verb = line->applet->classic;
	if (line->last[0] == '-' && !line->applet && !line->verb && line->argc == 0)
		offer_netkit_words(line);
	const struct nk_completing at = {
		.applets = line->applets,
		.applet = line->applet,
		.verb = verb,
		.last = line->last,
		.argc = line->argc,
		.argv = line->argv,
		.candidates = &line->candidates,
	};

	if (nk_candidates_options(at.candidates, at.applet, verb, at.argc, at.argv, at.last)) {
		nk_complete_value(&at);
		return;
	}
	if (line->wants_name)
		offer_names(line);
	if (line->word)
		offer_choice(line);
	else if (line->applet || verb)
		nk_complete_operand(&at);
	else if (line->last[0] == '@')
		nk_complete_profiles(&at, "@", "/");
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
	struct nk_option_tables tables;

	nk_candidates_tables(line->applet, line->verb, &tables);
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

/* Is the word of netkit, which may be two, at that place? */
static bool is_said(const struct line *line, int at, const struct nk_word *word)
{
	size_t length = strcspn(word->name, " ");
	const char *second = word->name[length] == ' ' ? word->name + length + 1 : NULL;

	return strlen(line->argv[at]) == length &&
	       strncmp(line->argv[at], word->name, length) == 0 &&
	       (!second || (at + 1 < line->argc && strcmp(line->argv[at + 1], second) == 0));
}

/* After "help": any name, and then a verb of the applet. */
static void find_helped(struct line *line, int at)
{
	line->wants_name = line->argc == at;
	if (line->argc != at + 1)
		return;
	line->applet = nk_applet_find(line->applets, line->argv[at]);
	line->wants_name = line->applet;
}

/* After "netkit": an applet, a verb, or a word such as help. */
static void find_name(struct line *line)
{
	int at = first_name(line);

	line->wants_name = at < 0;
	if (at < 0)
		return;
	line->applet = nk_applet_find(line->applets, line->argv[at]);
	if (!line->applet) {
		line->applet = applet_of(line, line->argv[at]);
		if (line->applet)
			return;
	}
	line->verb = line->applet ? NULL : nk_verb_of_netkit(line->argv[at]);
	for (const struct nk_word *word = nk_words; word->name; word++)
		line->word = is_said(line, at, word) ? word : line->word;
	if (line->word && strcmp(line->argv[at], "help") == 0) {
		find_helped(line, at + 1);
		return;
	}
	if (line->applet || line->verb)
		take_word(line, at);
	if (line->applet)
		find_verb(line);
}

/* The lines that complete.h describes. */
static void print(const struct nk_candidates *candidates, struct nk_buf *out)
{
	for (size_t i = 0; i < candidates->count; i++) {
		const struct nk_candidate *candidate = &candidates->items[i];

		nk_help_addf(out, "%s\t%s%s\n", candidate->text, candidate->what,
			     candidate->is_open ? "\t+" : "");
	}
	if (candidates->wants_files)
		nk_help_addf(out, "\tfiles\t%zu\n", candidates->files_at);
}

int nk_complete_run(const struct nk_applet *const *applets, int argc, char **argv,
		    struct nk_err *err)
{
	struct line line = {
		.applets = applets,
		.argc = argc > 2 ? argc - 2 : 0,
		.argv = argv + 1,
		.last = argc > 1 ? argv[argc - 1] : "",
	};
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(COMPLETE_MAX);

	line.applet = argc > 0 ? nk_applet_find(applets, nk_path_name(argv[0])) : NULL;
	if (line.applet)
		find_verb(&line);
	else
		find_name(&line);
	offer_all(&line);
	print(&line.candidates, &out);
	nk_candidates_release(&line.candidates);
	return nk_help_print(&out, err);
}
