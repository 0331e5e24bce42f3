/* test_opt.c - option tables: what is stored, and what is refused in which words. */
#include "netkit/opt.h"

#include <criterion/criterion.h>

struct opts {
	bool flag;
	int count;
	int number;
	uint64_t size;
	int64_t wait;
	const char *text;
	const char *maybe;
	struct nk_strings texts;
	int word;
};

static const char *const words[] = { "auto", "never", NULL };

static const struct nk_opt table[] = {
	NK_OPT_FLAG(struct opts, flag, 'f', "flag", "a flag"),
	NK_OPT_COUNT(struct opts, count, 'v', "verbose", "a count"),
	NK_OPT_INT_RANGE(struct opts, number, 'n', "number", "N", "3", 1, 9, "a number"),
	NK_OPT_SIZE(struct opts, size, 0, "size", "SIZE", NULL, "a size"),
	NK_OPT_DURATION(struct opts, wait, 0, "wait", "T", "10s", "a duration"),
	NK_OPT_TEXT(struct opts, text, 't', "text", "TEXT", "a text"),
	NK_OPT_MAYBE(struct opts, maybe, 0, "maybe", "TEXT", "a text or none"),
	NK_OPT_TEXTS(struct opts, texts, 'x', "texts", "TEXT", "texts"),
	NK_OPT_WORD(struct opts, word, 0, "word", words, "never", "a word"),
	NK_OPT_END,
};

#define PARSE_MAX 16

struct parsed {
	struct opts opts;
	struct nk_strings operands;
	struct nk_err err;
	int status;
};

static void release(struct parsed *parsed)
{
	nk_strings_release(&parsed->opts.texts);
	nk_strings_release(&parsed->operands);
}
NK_AUTO(parsed, struct parsed, release)

/* Parse the words of a line, split at spaces. */
static struct parsed parse(const char *line)
{
	static char copy[512];
	static char *argv[PARSE_MAX];
	struct parsed result = { .err = NK_ERR_INIT };
	struct nk_opt_set set = { .options = table, .into = &result.opts };
	int argc = 0;

	nk_copy_text(copy, sizeof(copy), line);
	for (char *word = copy; word && *word; argc++) {
		argv[argc] = word;
		word = strchr(word, ' ');
		if (word)
			*word++ = '\0';
	}
	nk_opt_presets(&set, 1);
	result.status = nk_opt_parse(&set, 1, argc, argv, &result.operands, &result.err);
	return result;
}

static void cr_usage(const char *line, const char *message)
{
	nk_auto(parsed) struct parsed got = parse(line);

	cr_assert_eq(got.status, -1, "%s", line);
	cr_assert_eq(got.err.domain, NK_E_USAGE);
	cr_assert_str_eq(got.err.msg, message);
}

Test(opt, presets_hold_until_something_is_given)
{
	nk_auto(parsed) struct parsed got = parse("");

	cr_assert_eq(got.status, 0);
	cr_assert_eq(got.opts.number, 3);
	cr_assert_eq(got.opts.wait, 10000);
	cr_assert_eq(got.opts.word, 1);
	cr_assert_null(got.opts.text);
}

Test(opt, each_kind_is_stored)
{
	nk_auto(parsed) struct parsed got =
		parse("--flag -vv --number=9 --size=64k --wait 500ms --text a "
		      "--texts=b -x c --word=auto --verbose");

	cr_assert_eq(got.status, 0, "%s", got.err.msg);
	cr_assert(got.opts.flag);
	cr_assert_eq(got.opts.count, 3);
	cr_assert_eq(got.opts.number, 9);
	cr_assert_eq(got.opts.size, 65536);
	cr_assert_eq(got.opts.wait, 500);
	cr_assert_str_eq(got.opts.text, "a");
	cr_assert_eq(got.opts.texts.count, 2);
	cr_assert_str_eq(got.opts.texts.items[1], "c");
	cr_assert_eq(got.opts.word, 0);
}

Test(opt, a_maybe_takes_a_value_only_behind_an_equals_sign)
{
	nk_auto(parsed) struct parsed got = parse("--maybe=a b");

	cr_assert_str_eq(got.opts.maybe, "a");
	release(&got);
	got = parse("--maybe b");
	cr_assert_str_eq(got.opts.maybe, "");
	cr_assert_eq(got.operands.count, 1);
}

Test(opt, letters_share_a_word_and_the_last_takes_the_rest)
{
	nk_auto(parsed) struct parsed got = parse("-fvn7 -fx y");

	cr_assert_eq(got.status, 0);
	cr_assert_eq(got.opts.count, 1);
	cr_assert_eq(got.opts.number, 7);
	cr_assert_str_eq(got.opts.texts.items[0], "y");
}

Test(opt, options_stand_anywhere_before_two_dashes)
{
	nk_auto(parsed) struct parsed got = parse("a --flag - b -- --number c");

	cr_assert_eq(got.status, 0);
	cr_assert_eq(got.operands.count, 5);
	cr_assert_str_eq(got.operands.items[1], "-");
	cr_assert_str_eq(got.operands.items[3], "--number");
}

Test(opt, unknown_names_are_refused_with_the_nearest)
{
	cr_usage("--nubmer=1", "unknown option --nubmer; did you mean --number?");
	cr_usage("--zzzzzzzz", "unknown option --zzzzzzzz; --help lists them");
	cr_usage("-q", "unknown option -q; --help lists them");
}

Test(opt, names_are_not_abbreviated)
{
	cr_usage("--numbe=1", "unknown option --numbe; did you mean --number?");
}

Test(opt, values_out_of_range_are_refused)
{
	cr_usage("--number=10", "--number: '10' is not a number from 1 to 9");
	cr_usage("-n x", "--number: 'x' is not a number from 1 to 9");
	cr_usage("--word=maybe", "--word: 'maybe' is not one of auto, never");
	cr_usage("--size=much", "--size: 'much' is not a size such as 64k, 10M or 2G");
	cr_usage("--wait=long", "--wait: 'long' is not a duration such as 500ms, 10s or 2m");
}

Test(opt, a_value_must_come_and_only_where_one_is_taken)
{
	cr_usage("--text", "--text needs a value");
	cr_usage("-t", "--text needs a value");
	cr_usage("--flag=perhaps", "--flag: 'perhaps' is not yes or no");
	cr_usage("--verbose=10", "--verbose: '10' is not a number up to 9");
}

Test(opt, the_first_operand_is_found_behind_values)
{
	const struct nk_opt *const tables[] = { table };
	char *argv[] = { "--text", "a", "-fn", "3", "--maybe", "get", "b" };
	char *none[] = { "--flag" };

	cr_assert_eq(nk_opt_first_operand(tables, 1, 7, argv), 5);
	cr_assert_eq(nk_opt_first_operand(tables, 1, 1, none), -1);
}

Test(opt, two_tables_with_one_name_both_get_the_value)
{
	struct opts first = { 0 }, second = { 0 };
	struct nk_opt_set sets[] = { { .options = table, .into = &first },
				     { .options = table, .into = &second } };
	struct nk_strings operands = { 0 };
	struct nk_err err = NK_ERR_INIT;
	char *argv[] = { "--number=5" };

	cr_assert_eq(nk_opt_parse(sets, 2, 1, argv, &operands, &err), 0);
	cr_assert_eq(first.number, 5);
	cr_assert_eq(second.number, 5);
}

Test(opt, a_flag_is_taken_back_and_a_count_is_set)
{
	nk_auto(parsed) struct parsed got = parse("-f --flag=No -vv --verbose=1 -v");

	cr_assert_eq(got.status, 0);
	cr_assert_not(got.opts.flag);
	cr_assert_eq(got.opts.count, 2);
	release(&got);
	got = parse("--flag=off --flag=true -v --verbose=no");
	cr_assert(got.opts.flag);
	cr_assert_eq(got.opts.count, 0);
}

Test(opt, a_value_is_tried_without_being_kept)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_opt_try(&table[0], "yes", &err), 0);
	cr_assert_eq(nk_opt_try(&table[2], "9", &err), 0);
	cr_assert_eq(nk_opt_try(&table[7], "x", &err), 0);
	cr_assert_eq(nk_opt_try(&table[2], "10", &err), -1);
	cr_assert_str_eq(err.msg, "--number: '10' is not a number from 1 to 9");
	cr_assert_eq(nk_opt_try(&table[0], "", &err), -1);
}

static const struct nk_opt rivals[] = {
	NK_OPT_FLAG(struct opts, flag, 'a', "first", "a flag", .family = "x"),
	NK_OPT_TEXT(struct opts, text, 'b', NULL, "TEXT", "a letter alone", .family = "y"),
	NK_OPT_TEXT(struct opts, maybe, 0, "second", "TEXT", "a text", .family = "x"),
	NK_OPT_TEXT(struct opts, text, 0, "third", "TEXT", "a text", .family = "y"),
	NK_OPT_END,
};

static struct nk_opt_given give(char *word)
{
	struct opts opts = { 0 };
	struct nk_opt_given given = { 0 };
	struct nk_opt_set set = { .options = rivals, .into = &opts, .given = &given };
	struct nk_strings operands = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_opt_parse(&set, 1, 1, &word, &operands, &err), 0);
	return given;
}

Test(opt, what_was_given_is_noted_and_speaks_for_its_rivals)
{
	char first[] = "-a", letter[] = "-bx", off[] = "--first=no";
	struct nk_opt_given given = give(first);

	cr_assert(nk_opt_is_given(&given, &rivals[0]));
	cr_assert(nk_opt_is_given(&given, &rivals[2]));
	cr_assert_not(nk_opt_is_given(&given, &rivals[3]));
	nk_opt_given_release(&given);
	given = give(letter);
	cr_assert(nk_opt_is_given(&given, &rivals[3]));
	nk_opt_given_release(&given);
	/* Taken back: the rival of a layer below may still hold. */
	given = give(off);
	cr_assert(nk_opt_is_given(&given, &rivals[0]));
	cr_assert_not(nk_opt_is_given(&given, &rivals[2]));
	nk_opt_given_release(&given);
}

/* Look through the words of a line that ends at the cursor. */
static struct nk_opt_scan look(char **argv, int argc)
{
	const struct nk_opt *tables[] = { table };
	struct nk_opt_scan scan = { .awaits = NULL };

	nk_opt_look_through(tables, 1, argc, argv, &scan);
	return scan;
}

Test(opt, looking_through_finds_operands)
{
	char *argv[] = { "-x", "1", "a", "--text=2", "-fx3", "--odd", "b", "--", "-f" };
	nk_auto(opt_scan) struct nk_opt_scan scan = look(argv, NK_COUNT(argv));

	cr_assert_eq(scan.operands.count, 3);
	cr_expect_str_eq(scan.operands.items[0], "a");
	cr_expect_str_eq(scan.operands.items[1], "b");
	cr_expect_str_eq(scan.operands.items[2], "-f");
	cr_expect(scan.has_ended);
	cr_expect_null(scan.awaits);
}

Test(opt, looking_through_finds_the_option_that_waits)
{
	char *joined[] = { "-fx" };
	char *named[] = { "--text", "--number", "--text" };
	nk_auto(opt_scan) struct nk_opt_scan letter = look(joined, 1);
	nk_auto(opt_scan) struct nk_opt_scan name = look(named, 3);

	cr_assert(letter.awaits);
	cr_expect_eq(letter.awaits->letter, 'x');
	cr_assert(name.awaits);
	cr_expect_str_eq(name.awaits->name, "text");
}

Test(opt, a_value_within_the_word)
{
	const struct nk_opt *tables[] = { table };
	size_t at = 0;

	cr_expect_str_eq(nk_opt_with_value(tables, 1, "--text=a", &at)->name, "text");
	cr_expect_eq(at, 7);
	cr_expect_str_eq(nk_opt_with_value(tables, 1, "--maybe=", &at)->name, "maybe");
	cr_expect_eq(at, 8);
	cr_expect_eq(nk_opt_with_value(tables, 1, "-fxa", &at)->letter, 'x');
	cr_expect_eq(at, 3);
	cr_expect_null(nk_opt_with_value(tables, 1, "-fx", &at));
	cr_expect_null(nk_opt_with_value(tables, 1, "--flag=a", &at));
	cr_expect_null(nk_opt_with_value(tables, 1, "--odd=a", &at));
	cr_expect_null(nk_opt_with_value(tables, 1, "--text", &at));
	cr_expect_null(nk_opt_with_value(tables, 1, "-", &at));
}
