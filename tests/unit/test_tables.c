/* test_tables.c - every table of every applet: names, order, help. */
#include <criterion/criterion.h>
#include <ctype.h>

#include "../../core/cli/dispatch.h"
#include "../../core/cli/fsverbs.h"
#include "../../core/cli/groups.h"
#include "../../core/cli/help.h"
#include "../../core/cli/topics.h"

#define NK_APPLET(name) extern const struct nk_applet name##_applet;
#include "../../applets/list.h"
#undef NK_APPLET

static const struct nk_applet *const applets[] = {
#define NK_APPLET(name) &name##_applet,
#include "../../applets/list.h"
#undef NK_APPLET
	NULL,
};

/* One line, lower case unless it is a name in capitals, no full stop. */
static void check_text(const char *text, const char *whose)
{
	cr_assert(text && text[0], "%s has no help", whose);
	cr_expect(!strchr(text, '\n'), "%s: more than one line", whose);
	cr_expect_neq(text[strlen(text) - 1], '.', "%s: ends in a full stop", whose);
	cr_expect(!isupper((unsigned char)text[0]) || isupper((unsigned char)text[1]) ||
			  !isalpha((unsigned char)text[1]),
		  "%s: begins with a capital", whose);
}

/* Shells show it beside the longest name, on 80 columns. */
#define SUMMARY_CELLS 62

static void check_summary(const char *text, const char *whose)
{
	check_text(text, whose);
	cr_expect(strlen(text) <= SUMMARY_CELLS, "%s: too long to be shown beside it", whose);
}

static void check_name(const char *name)
{
	for (const char *c = name; *c; c++)
		cr_expect(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '-',
			  "%s: an odd name", name);
}

static void check_options(const struct nk_opt *opt, const char *whose)
{
	for (; opt->kind != NK_OPT_KIND_END; opt++) {
		nk_auto(str) char *label =
			nk_format("%s --%s -%c", whose, opt->name ? opt->name : "",
				  opt->letter ? opt->letter : ' ');

		cr_expect(opt->name || opt->letter, "%s: neither name nor letter", whose);
		if (opt->name)
			check_name(opt->name);
		check_text(opt->help, label);
		bool takes = opt->kind == NK_OPT_KIND_INT || opt->kind == NK_OPT_KIND_SIZE ||
			     opt->kind == NK_OPT_KIND_DURATION || opt->kind == NK_OPT_KIND_TEXT ||
			     opt->kind == NK_OPT_KIND_TEXTS || opt->kind == NK_OPT_KIND_MAYBE;

		cr_expect_eq(takes, opt->arg != NULL, "%s: what its value is called", label);
		cr_expect(opt->kind == NK_OPT_KIND_MAYBE ||
				  (opt->kind == NK_OPT_KIND_WORD) == (opt->words != NULL),
			  "%s: words", label);
	}
}

static void check_presets(const struct nk_opt *options, size_t size)
{
	nk_auto(str) char *into = nk_alloc(size + 1);
	struct nk_opt_set set = { .options = options, .into = into };

	/* Aborts where a preset does not parse. */
	nk_opt_presets(&set, 1);
	nk_opt_release(&set, 1);
}

/* No row of a may have a name of b; own: the letters neither. */
static void check_apart(const struct nk_opt *a, const struct nk_opt *b, bool letters,
			const char *whose)
{
	for (; a->kind != NK_OPT_KIND_END; a++) {
		for (const struct nk_opt *other = b; other->kind != NK_OPT_KIND_END; other++) {
			if (a == other)
				continue;
			cr_expect(!a->name || !other->name || strcmp(a->name, other->name) != 0,
				  "%s: --%s twice", whose, a->name);
			cr_expect(!letters || !a->letter || a->letter != other->letter,
				  "%s: -%c twice", whose, a->letter);
		}
	}
}

/* All tables that are parsed together. */
static void check_command(const struct nk_applet *applet, const struct nk_verb *verb)
{
	unsigned groups = nk_groups_of(applet, verb);
	const struct nk_opt *own = nk_options_of(verb ? verb->options : NULL);
	const struct nk_opt *shared = nk_options_of(applet ? applet->options : NULL);
	bool classic = applet && verb == applet->classic;
	nk_auto(str) char *whose =
		nk_format("%s %s", applet ? applet->name : "netkit", verb ? verb->name : "");

	check_apart(own, own, true, whose);
	check_apart(shared, shared, true, whose);
	/* -c is commands at every prompt: there it hides the letter of an applet. */
	check_apart(own, shared, !classic && (!verb || verb->run != nk_run_shell), whose);
	for (int i = 0; i < NK_GROUP_COUNT; i++) {
		if (!(groups & nk_groups[i].bit))
			continue;
		/* A classic letter may mean something else than ours. */
		check_apart(own, nk_groups[i].options, !classic, whose);
		check_apart(shared, nk_groups[i].options, true, whose);
		for (int j = 0; j <= i; j++) {
			bool is_other_form =
				j < i && strcmp(nk_groups[i].title, nk_groups[j].title) == 0;

			/* Two forms of one group share their names: a command has one of them. */
			if (is_other_form)
				cr_expect_not(groups & nk_groups[j].bit, "%s: %s twice", whose,
					      nk_groups[i].title);
			else
				check_apart(nk_groups[i].options, nk_groups[j].options, true,
					    whose);
		}
	}
}

Test(tables, applets_are_sorted_and_named)
{
	for (int i = 0; applets[i]; i++) {
		check_name(applets[i]->name);
		check_summary(applets[i]->summary, applets[i]->name);
		cr_expect(i == 0 || strcmp(applets[i - 1]->name, applets[i]->name) < 0,
			  "%s: not sorted", applets[i]->name);
		cr_expect(applets[i]->run || applets[i]->verbs || applets[i]->classic);
		cr_expect(!applets[i]->run || applets[i]->operands);
		cr_expect_null(nk_verb_of_netkit(applets[i]->name), "%s: also a verb",
			       applets[i]->name);
	}
}

Test(tables, schemes_belong_to_one_applet)
{
	for (int i = 0; applets[i]; i++) {
		const struct nk_scheme *scheme = applets[i]->schemes;

		for (; scheme && scheme->name; scheme++) {
			const struct nk_scheme *row;

			check_name(scheme->name);
			cr_expect_eq(nk_applet_of_scheme(applets, scheme->name, &row), applets[i]);
			cr_expect_eq(row, scheme);
		}
	}
}

Test(tables, options_have_help_and_presets_that_parse)
{
	for (int i = 0; i < NK_GROUP_COUNT; i++) {
		check_options(nk_groups[i].options, nk_groups[i].title);
		check_presets(nk_groups[i].options, sizeof(struct nk_common));
	}
	for (int i = 0; applets[i]; i++) {
		const struct nk_verb *classic = applets[i]->classic;

		check_options(nk_options_of(applets[i]->options), applets[i]->name);
		check_presets(nk_options_of(applets[i]->options), applets[i]->opts_size);
		if (classic) {
			check_options(nk_options_of(classic->options), classic->name);
			check_presets(nk_options_of(classic->options), classic->opts_size);
		}
	}
	for (const struct nk_verb *verb = nk_fs_verbs; verb->name; verb++) {
		check_options(nk_options_of(verb->options), verb->name);
		check_presets(nk_options_of(verb->options), verb->opts_size);
	}
	for (const struct nk_verb *const *own = nk_own_verbs; *own; own++) {
		check_options(nk_options_of((*own)->options), (*own)->name);
		check_presets(nk_options_of((*own)->options), (*own)->opts_size);
	}
}

Test(tables, verbs_are_unique_and_have_help)
{
	for (const struct nk_verb *verb = nk_fs_verbs; verb->name; verb++) {
		check_name(verb->name);
		check_summary(verb->summary, verb->name);
		cr_expect(verb->operands && verb->run);
		cr_expect_eq(nk_verb_find(nk_fs_verbs, verb->name), verb, "%s twice", verb->name);
	}
	for (const struct nk_verb *const *own = nk_own_verbs; *own; own++) {
		check_name((*own)->name);
		check_summary((*own)->summary, (*own)->name);
		cr_expect((*own)->operands && (*own)->run);
		cr_expect_eq(nk_verb_of_netkit((*own)->name), *own, "%s twice", (*own)->name);
	}
}

Test(tables, no_option_is_named_twice_in_one_command)
{
	for (int i = 0; applets[i]; i++) {
		const struct nk_verb *verb = applets[i]->verbs;

		if (applets[i]->run)
			check_command(applets[i], NULL);
		if (applets[i]->classic)
			check_command(applets[i], applets[i]->classic);
		for (; verb && verb->name; verb++)
			check_command(applets[i], verb);
	}
	for (const struct nk_verb *verb = nk_fs_verbs; verb->name; verb++)
		check_command(NULL, verb);
	for (const struct nk_verb *const *own = nk_own_verbs; *own; own++)
		check_command(NULL, *own);
}

/* "cp" gives one word to both applets: they must read it in the same way. */
Test(tables, options_of_one_name_in_two_applets_are_of_one_kind)
{
	for (int i = 0; applets[i]; i++) {
		const struct nk_opt *a = nk_options_of(applets[i]->options);

		for (; applets[i]->fs && a->kind != NK_OPT_KIND_END; a++) {
			for (int j = 0; applets[j]; j++) {
				const struct nk_opt *b = nk_options_of(applets[j]->options);

				for (; applets[j]->fs && b->kind != NK_OPT_KIND_END; b++)
					cr_expect(!a->name || !b->name ||
							  strcmp(a->name, b->name) != 0 ||
							  a->kind == b->kind,
						  "--%s", a->name);
			}
		}
	}
}

static void check_record(const struct nk_record *record)
{
	check_name(record->type);
	for (const struct nk_field *field = record->fields; field->kind != NK_FIELD_KIND_END;
	     field++) {
		cr_expect(field->name && field->name[0]);
		for (const struct nk_field *other = record->fields; other != field; other++)
			cr_expect_str_neq(field->name, other->name);
	}
}

Test(tables, records_have_unique_types_and_fields)
{
	const struct nk_record *seen[64];
	int count = 0;

	for (int i = 0; nk_records[i]; i++)
		seen[count++] = nk_records[i];
	for (int i = 0; applets[i]; i++) {
		for (int j = 0; applets[i]->records && applets[i]->records[j]; j++)
			seen[count++] = applets[i]->records[j];
	}
	for (int i = 0; i < count; i++) {
		check_record(seen[i]);
		for (int j = 0; j < i; j++)
			cr_expect_str_neq(seen[i]->type, seen[j]->type);
	}
}

Test(tables, examples_run_an_applet_or_a_verb)
{
	for (int i = 0; applets[i]; i++) {
		const struct nk_example *example = applets[i]->examples;

		cr_expect(example, "%s has no examples", applets[i]->name);
		for (; example && example->command; example++) {
			nk_auto(str) char *word =
				nk_strndup(example->command, strcspn(example->command, " "));

			check_text(example->what, example->command);
			cr_expect(nk_applet_find(applets, word) || nk_verb_of_netkit(word),
				  "%s: no such applet", example->command);
		}
	}
}

Test(tables, examples_of_netkit_begin_with_a_verb)
{
	for (const struct nk_example *example = nk_examples; example->command; example++) {
		nk_auto(str) char *word =
			nk_strndup(example->command, strcspn(example->command, " "));

		check_text(example->what, example->command);
		cr_expect(nk_verb_of_netkit(word), "%s: no such verb", example->command);
	}
}

Test(tables, topics_are_sorted_and_no_other_word_of_help)
{
	for (const struct nk_topic *topic = nk_topics; topic->name; topic++) {
		check_name(topic->name);
		check_text(topic->summary, topic->name);
		cr_expect(topic->passages || topic->add_tables);
		cr_expect(topic == nk_topics || strcmp(topic[-1].name, topic->name) < 0,
			  "%s: not sorted", topic->name);
		cr_expect_null(nk_applet_find(applets, topic->name), "%s: also an applet",
			       topic->name);
		cr_expect_null(nk_verb_of_netkit(topic->name), "%s: also a verb", topic->name);
		cr_expect_eq(nk_topic_find(topic->name), topic);
	}
}

Test(tables, exit_statuses_are_curls)
{
	cr_expect_eq(nk_domain_exit(NK_E_NONE), 0);
	for (int i = 1; i < NK_DOMAIN_COUNT; i++) {
		cr_expect_gt(nk_domain_exit(i), nk_domain_exit(i - 1));
		check_text(nk_domain_meaning(i), nk_domain_class(i));
	}
}
