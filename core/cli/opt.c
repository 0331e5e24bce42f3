/* opt.c - option tables: presets, parsing, and the suggestion after a typing error. */
#include "netkit/opt.h"

#include <stdio.h>

#include "netkit/num.h"

/* What an option is called in messages: "--name" or "-n". */
#define LABEL_SIZE 64

/* Nothing that is counted means more when it is said more often. */
#define COUNT_MAX 9

static void label_of(const struct nk_opt *opt, char label[LABEL_SIZE])
{
	if (opt->name)
		snprintf(label, LABEL_SIZE, "--%s", opt->name);
	else
		snprintf(label, LABEL_SIZE, "-%c", opt->letter);
}

static bool takes_value(const struct nk_opt *opt)
{
	switch (opt->kind) {
	case NK_OPT_KIND_INT:
	case NK_OPT_KIND_SIZE:
	case NK_OPT_KIND_DURATION:
	case NK_OPT_KIND_TEXT:
	case NK_OPT_KIND_TEXTS:
	case NK_OPT_KIND_WORD:
		return true;
	default:
		return false;
	}
}

static const struct nk_opt *find_name(const struct nk_opt *opt, const char *name, size_t length)
{
	for (; opt->kind != NK_OPT_KIND_END; opt++) {
		if (opt->name && strncmp(opt->name, name, length) == 0 && opt->name[length] == '\0')
			return opt;
	}
	return NULL;
}

static const struct nk_opt *find_letter(const struct nk_opt *opt, char letter)
{
	for (; opt->kind != NK_OPT_KIND_END; opt++) {
		if (opt->letter == letter)
			return opt;
	}
	return NULL;
}

/* "auto, bar, json, none" */
static char *list_words(const char *const *words)
{
	char *list = nk_strdup(words[0]);

	for (words++; *words; words++) {
		nk_auto(str) char *shorter = list;

		list = nk_format("%s, %s", shorter, *words);
	}
	return list;
}

static int store_word(const struct nk_opt *opt, int *into, const char *value, struct nk_err *err)
{
	char label[LABEL_SIZE];

	for (int i = 0; opt->words[i]; i++) {
		if (strcmp(opt->words[i], value) == 0) {
			*into = i;
			return 0;
		}
	}
	nk_auto(str) char *list = list_words(opt->words);

	label_of(opt, label);
	return nk_fail(err, NK_E_USAGE, 0, "%s: '%s' is not one of %s", label, value, list);
}

/* Any text, or one of the words where there are some. */
static int store_maybe(const struct nk_opt *opt, const char **into, const char *value,
		       struct nk_err *err)
{
	int ignored;

	if (opt->words && value[0] != '\0' && store_word(opt, &ignored, value, err) < 0)
		return -1;
	*into = value;
	return 0;
}

static int store_int(const struct nk_opt *opt, int *into, const char *value, struct nk_err *err)
{
	char label[LABEL_SIZE];

	if (nk_num_int(value, opt->least, opt->most, into))
		return 0;
	label_of(opt, label);
	if (opt->most == INT32_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "%s: '%s' is not a number from %d", label, value,
			       opt->least);
	return nk_fail(err, NK_E_USAGE, 0, "%s: '%s' is not a number from %d to %d", label, value,
		       opt->least, opt->most);
}

static int store_measure(const struct nk_opt *opt, void *at, const char *value, struct nk_err *err)
{
	char label[LABEL_SIZE];

	label_of(opt, label);
	if (opt->kind == NK_OPT_KIND_SIZE)
		return nk_num_size(value, at)
			       ? 0
			       : nk_fail(err, NK_E_USAGE, 0,
					 "%s: '%s' is not a size such as 64k, 10M or 2G", label,
					 value);
	return nk_num_duration(value, at)
		       ? 0
		       : nk_fail(err, NK_E_USAGE, 0,
				 "%s: '%s' is not a duration such as 500ms, 10s or 2m", label,
				 value);
}

/* The words that take a flag back, and those that set it: at odd places. */
static const char *const switches[] = { "no", "yes", "false", "true", "off", "on", "0", "1", NULL };

static int store_flag(const struct nk_opt *opt, bool *into, const char *value, struct nk_err *err)
{
	char label[LABEL_SIZE];

	for (int i = 0; value && switches[i]; i++) {
		if (nk_text_is_same(switches[i], value)) {
			*into = i % 2;
			return 0;
		}
	}
	if (!value) {
		*into = true;
		return 0;
	}
	label_of(opt, label);
	return nk_fail(err, NK_E_USAGE, 0, "%s: '%s' is not yes or no", label, value);
}

/* A number replaces what was counted; "yes" counts as one, "no" as none. */
static int store_count(const struct nk_opt *opt, int *into, const char *value, struct nk_err *err)
{
	bool is_on;
	char label[LABEL_SIZE];

	if (!value) {
		++*into;
		return 0;
	}
	if (nk_num_int(value, 0, COUNT_MAX, into))
		return 0;
	if (store_flag(opt, &is_on, value, err) < 0) {
		label_of(opt, label);
		return nk_fail(err, NK_E_USAGE, 0, "%s: '%s' is not a number up to %d", label,
			       value, COUNT_MAX);
	}
	*into = is_on;
	return 0;
}

bool nk_opt_is_off(const struct nk_opt *opt, const char *value)
{
	struct nk_err ignored = NK_ERR_INIT;
	bool is_on = true;

	return opt->kind == NK_OPT_KIND_FLAG && value &&
	       store_flag(opt, &is_on, value, &ignored) == 0 && !is_on;
}

/* value: NULL for kinds that need none. */
static int store(const struct nk_opt *opt, void *into, const char *value, struct nk_err *err)
{
	void *at = (char *)into + opt->offset;

	switch (opt->kind) {
	case NK_OPT_KIND_FLAG:
		return store_flag(opt, at, value, err);
	case NK_OPT_KIND_COUNT:
		return store_count(opt, at, value, err);
	case NK_OPT_KIND_INT:
		return store_int(opt, at, value, err);
	case NK_OPT_KIND_SIZE:
	case NK_OPT_KIND_DURATION:
		return store_measure(opt, at, value, err);
	case NK_OPT_KIND_TEXT:
		*(const char **)at = value;
		return 0;
	case NK_OPT_KIND_MAYBE:
		return store_maybe(opt, at, value ? value : "", err);
	case NK_OPT_KIND_TEXTS:
		nk_strings_add(at, value);
		return 0;
	case NK_OPT_KIND_WORD:
		return store_word(opt, at, value, err);
	case NK_OPT_KIND_END:
		break;
	}
	return nk_fail(err, NK_E_USAGE, 0, "an option of no kind");
}

int nk_opt_store(const struct nk_opt *opt, void *into, const char *value, struct nk_err *err)
{
	return store(opt, into, value, err);
}

int nk_opt_try(const struct nk_opt *opt, const char *value, struct nk_err *err)
{
	union {
		bool flag;
		int number;
		uint64_t size;
		const char *text;
		struct nk_strings texts;
	} scratch = { 0 };
	struct nk_opt row = *opt;
	int result;

	row.offset = 0;
	result = store(&row, &scratch, value, err);
	if (row.kind == NK_OPT_KIND_TEXTS)
		nk_strings_release(&scratch.texts);
	return result;
}

static bool has_string(const struct nk_strings *list, const char *text)
{
	for (size_t i = 0; text && i < list->count; i++) {
		if (strcmp(list->items[i], text) == 0)
			return true;
	}
	return false;
}

bool nk_opt_is_given(const struct nk_opt_given *given, const struct nk_opt *opt)
{
	return has_string(&given->names, opt->name) || has_string(&given->families, opt->family);
}

void nk_opt_given_add(struct nk_opt_given *given, const struct nk_opt *opt, const char *value)
{
	if (opt->name && !has_string(&given->names, opt->name))
		nk_strings_add(&given->names, opt->name);
	if (opt->family && !has_string(&given->families, opt->family) && !nk_opt_is_off(opt, value))
		nk_strings_add(&given->families, opt->family);
}

void nk_opt_given_release(struct nk_opt_given *given)
{
	nk_strings_release(&given->names);
	nk_strings_release(&given->families);
}

void nk_opt_presets(const struct nk_opt_set *sets, int count)
{
	struct nk_err err = NK_ERR_INIT;

	for (int i = 0; i < count; i++) {
		for (const struct nk_opt *opt = sets[i].options; opt->kind != NK_OPT_KIND_END;
		     opt++) {
			/* A preset that does not parse is a bug that the tables' test finds. */
			if (opt->preset && store(opt, sets[i].into, opt->preset, &err) < 0)
				abort();
		}
	}
}

/* Where parsing is. */
struct cursor {
	const struct nk_opt_set *sets;
	int count;
	int argc;
	char **argv;
	int index; /* of the word at hand */
};

static int fail_refused(const struct nk_opt *opt, const char *refusal, struct nk_err *err)
{
	char label[LABEL_SIZE];

	label_of(opt, label);
	return nk_fail(err, NK_E_USAGE, 0, "%s: %s", label, refusal);
}

/* Two applets of one "cp" may have an option of the same name: both get the value. */
static int store_everywhere(const struct cursor *at, const struct nk_opt *opt, const char *value,
			    struct nk_err *err)
{
	for (int i = 0; i < at->count; i++) {
		const struct nk_opt *row = at->sets[i].options;

		for (; row->kind != NK_OPT_KIND_END; row++) {
			bool same = row == opt ||
				    (opt->name && row->name && strcmp(row->name, opt->name) == 0);

			if (!same)
				continue;
			if (at->sets[i].refusal)
				return fail_refused(opt, at->sets[i].refusal, err);
			if (store(row, at->sets[i].into, value, err) < 0)
				return -1;
			if (at->sets[i].given)
				nk_opt_given_add(at->sets[i].given, row, value);
		}
	}
	return 0;
}

static int fail_unknown(const struct cursor *at, const char *name, size_t length,
			struct nk_err *err)
{
	nk_auto(strings) struct nk_strings names = { 0 };
	nk_auto(str) char *asked = nk_strndup(name, length);

	for (int i = 0; i < at->count; i++) {
		const struct nk_opt *opt = at->sets[i].options;

		for (; opt->kind != NK_OPT_KIND_END; opt++) {
			if (opt->name)
				nk_strings_add(&names, opt->name);
		}
	}
	nk_strings_add(&names, NULL);
	const char *nearest = nk_text_nearest(asked, names.items);

	if (!nearest)
		return nk_fail(err, NK_E_USAGE, 0, "unknown option --%s; --help lists them", asked);
	return nk_fail(err, NK_E_USAGE, 0, "unknown option --%s; did you mean --%s?", asked,
		       nearest);
}

/* The value that follows as a word of its own. */
static int next_word(struct cursor *at, const struct nk_opt *opt, const char **value,
		     struct nk_err *err)
{
	char label[LABEL_SIZE];

	label_of(opt, label);
	if (at->index + 1 >= at->argc)
		return nk_fail(err, NK_E_USAGE, 0, "%s needs a value", label);
	*value = at->argv[++at->index];
	return 0;
}

static int parse_long(struct cursor *at, struct nk_err *err)
{
	const char *name = at->argv[at->index] + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] == '=' ? name + length + 1 : NULL;
	const struct nk_opt *opt = NULL;

	for (int i = 0; i < at->count && !opt; i++)
		opt = find_name(at->sets[i].options, name, length);
	if (!opt)
		return fail_unknown(at, name, length, err);
	if (!value && takes_value(opt) && next_word(at, opt, &value, err) < 0)
		return -1;
	return store_everywhere(at, opt, value, err);
}

/* "-abVALUE": letters in one word, the last of which may take the rest or the next word. */
static int parse_letters(struct cursor *at, struct nk_err *err)
{
	for (const char *letter = at->argv[at->index] + 1; *letter != '\0'; letter++) {
		const struct nk_opt *opt = NULL;
		const char *value = NULL;

		for (int i = 0; i < at->count && !opt; i++)
			opt = find_letter(at->sets[i].options, *letter);
		if (!opt)
			return nk_fail(err, NK_E_USAGE, 0, "unknown option -%c; --help lists them",
				       *letter);
		if (!takes_value(opt)) {
			if (store_everywhere(at, opt, NULL, err) < 0)
				return -1;
			continue;
		}
		value = letter + 1;
		if (*value == '\0' && next_word(at, opt, &value, err) < 0)
			return -1;
		return store_everywhere(at, opt, value, err);
	}
	return 0;
}

int nk_opt_parse(const struct nk_opt_set *sets, int count, int argc, char **argv,
		 struct nk_strings *operands, struct nk_err *err)
{
	struct cursor at = { .sets = sets, .count = count, .argc = argc, .argv = argv };
	bool ended = false;

	for (; at.index < argc; at.index++) {
		const char *word = argv[at.index];
		int status = 0;

		if (ended || word[0] != '-' || word[1] == '\0')
			nk_strings_add(operands, word);
		else if (strcmp(word, "--") == 0)
			ended = true;
		else if (word[1] == '-')
			status = parse_long(&at, err);
		else
			status = parse_letters(&at, err);
		if (status < 0)
			return -1;
	}
	return 0;
}

static const struct nk_opt *find_name_in(const struct nk_opt *const *tables, int count,
					 const char *name, size_t length)
{
	const struct nk_opt *opt = NULL;

	for (int i = 0; i < count && !opt; i++)
		opt = find_name(tables[i], name, length);
	return opt;
}

/* The option among the letters of a word that takes a value, which begins at *value. */
static const struct nk_opt *find_taker(const struct nk_opt *const *tables, int count,
				       const char *word, const char **value)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		const struct nk_opt *opt = NULL;

		for (int i = 0; i < count && !opt; i++)
			opt = find_letter(tables[i], *letter);
		*value = letter + 1;
		if (opt && takes_value(opt))
			return opt;
	}
	return NULL;
}

/* The option this word is, when it takes the next word as its value; else NULL. */
static const struct nk_opt *takes_next_word(const struct nk_opt *const *tables, int count,
					    const char *word)
{
	const struct nk_opt *opt;
	const char *value = "";

	if (word[1] == '-')
		opt = find_name_in(tables, count, word + 2, strlen(word + 2));
	else
		opt = find_taker(tables, count, word, &value);
	return opt && takes_value(opt) && *value == '\0' ? opt : NULL;
}

int nk_opt_first_operand(const struct nk_opt *const *tables, int count, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (argv[i][0] != '-' || argv[i][1] == '\0')
			return i;
		if (strcmp(argv[i], "--") == 0)
			return i + 1 < argc ? i + 1 : -1;
		if (takes_next_word(tables, count, argv[i]))
			i++;
	}
	return -1;
}

void nk_opt_look_through(const struct nk_opt *const *tables, int count, int argc, char **argv,
			 struct nk_opt_scan *scan)
{
	for (int i = 0; i < argc; i++) {
		const struct nk_opt *taker;

		if (scan->has_ended || argv[i][0] != '-' || argv[i][1] == '\0') {
			nk_strings_add(&scan->operands, argv[i]);
			continue;
		}
		scan->has_ended = strcmp(argv[i], "--") == 0;
		taker = takes_next_word(tables, count, argv[i]);
		if (taker && ++i == argc)
			scan->awaits = taker;
	}
}

void nk_opt_scan_release(struct nk_opt_scan *scan)
{
	nk_strings_release(&scan->operands);
}

const struct nk_opt *nk_opt_with_value(const struct nk_opt *const *tables, int count,
				       const char *word, size_t *value_at)
{
	const struct nk_opt *opt;
	const char *value = strchr(word, '=');

	if (word[0] != '-' || word[1] == '\0')
		return NULL;
	if (word[1] != '-')
		opt = find_taker(tables, count, word, &value);
	else
		opt = value ? find_name_in(tables, count, word + 2, (size_t)(value++ - word) - 2)
			    : NULL;
	if (!opt || (*value == '\0' && word[1] != '-'))
		return NULL;
	if (!takes_value(opt) && opt->kind != NK_OPT_KIND_MAYBE)
		return NULL;
	*value_at = (size_t)(value - word);
	return opt;
}

void nk_opt_release(const struct nk_opt_set *sets, int count)
{
	for (int i = 0; i < count; i++) {
		for (const struct nk_opt *opt = sets[i].options; opt->kind != NK_OPT_KIND_END;
		     opt++) {
			if (opt->kind == NK_OPT_KIND_TEXTS)
				nk_strings_release((void *)((char *)sets[i].into + opt->offset));
		}
	}
}
