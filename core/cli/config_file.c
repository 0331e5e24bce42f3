/* config_file.c - the lines of a config file as sections of keys and values. */
#include "config_parts.h"

#include <ini.h>
#include <stdio.h>

/* A UTF-8 byte order mark, which some editors write. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

#define BLANKS " \t"

/* Longest text of a problem; names in it may be as long as a line. */
#define PROBLEM_SIZE 320

/* Where reading is. */
struct reading {
	struct nk_config *config;
	struct config_file *file;
	struct config_section *section; /* NULL before the first */
	const char *text;
	size_t length;
	size_t at;
	int line;
};

static const char *const kind_names[] = { "defaults", "applet", "host", "profile", NULL };

void nk_config_blame(struct nk_config *config, const struct config_file *file, int line,
		     const char *format, ...)
{
	char text[PROBLEM_SIZE];
	va_list args;

	if (config->problem_count == CONFIG_PROBLEMS_MAX)
		return;
	va_start(args, format);
	nk_auto(str) char *whole = nk_vformat(format, args);
	va_end(args);
	nk_copy_text(text, sizeof(text), whole);
	config->problems = nk_realloc(config->problems,
				      (config->problem_count + 1) * sizeof(*config->problems));
	config->problems[config->problem_count++] = (struct nk_config_problem){
		.place = line > 0 ? nk_format("%s:%d", file->path, line) : nk_strdup(file->path),
		.text = nk_strdup(text),
	};
}

/* Lower case and one blank between two: patterns are compared so. */
static char *folded(const char *text)
{
	char *copy = nk_strdup(text);
	char *out = copy;

	for (const char *in = text; *in != '\0'; in++) {
		bool is_blank = strchr(BLANKS, *in);

		if (is_blank && (out == copy || out[-1] == ' '))
			continue;
		*out++ = is_blank ? ' ' : *in >= 'A' && *in <= 'Z' ? (char)(*in - 'A' + 'a') : *in;
	}
	*out = '\0';
	return copy;
}

static bool is_profile_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789._-");

	return length > 0 && length <= CONFIG_NAME_MAX && name[length] == '\0';
}

static void judge_applet(const struct reading *reading, const char *name)
{
	nk_auto(strings) struct nk_strings names = { 0 };

	for (const struct nk_applet *const *applet = reading->config->applets; *applet; applet++) {
		if (strcmp((*applet)->name, name) == 0)
			return;
		nk_strings_add(&names, (*applet)->name);
	}
	nk_strings_add(&names, NULL);
	const char *nearest = nk_text_nearest(name, names.items);

	nk_config_blame(reading->config, reading->file, reading->line, "no applet '%s'%s%s%s", name,
			nearest ? "; did you mean '" : "", nearest ? nearest : "",
			nearest ? "'?" : "");
}

/* A section's kind and name, as far as they make sense by themselves. */
static void judge_header(const struct reading *reading, enum config_kind kind, const char *word,
			 const char *name)
{
	struct nk_config *config = reading->config;
	int line = reading->line;

	if (kind == CONFIG_UNKNOWN) {
		const char *nearest = nk_text_nearest(word, kind_names);

		/* A profile alone is most often taken for a section by itself. */
		nk_config_blame(config, reading->file, line, "no section is called [%s]; %s%s%s",
				word, nearest ? "did you mean [" : "a profile is [profile ",
				nearest ? nearest : word, nearest ? "]?" : "]");
	} else if (kind == CONFIG_DEFAULTS && name[0] != '\0') {
		nk_config_blame(config, reading->file, line, "[defaults] takes no name");
	} else if (kind != CONFIG_DEFAULTS && name[0] == '\0') {
		nk_config_blame(config, reading->file, line, "[%s] needs a name", word);
	} else if (kind == CONFIG_APPLET) {
		judge_applet(reading, name);
	} else if (kind == CONFIG_PROFILE && !is_profile_name(name)) {
		nk_config_blame(config, reading->file, line,
				"'%s' is no name for a profile: at most %d letters, digits and "
				"'.', '_', '-'",
				name, CONFIG_NAME_MAX);
	}
}

/* Sections of one name would hide parts of each other. */
static void judge_again(const struct reading *reading, const struct config_section *section)
{
	for (size_t i = 0; i < reading->file->count; i++) {
		const struct config_section *other = reading->file->sections[i];

		if (other == section || section->kind == CONFIG_UNKNOWN ||
		    other->kind != section->kind || strcmp(other->name, section->name) != 0)
			continue;
		nk_config_blame(reading->config, reading->file, reading->line,
				"[%s%s%s] was there before, in line %d", kind_names[section->kind],
				section->name[0] != '\0' ? " " : "", section->name, other->line);
		return;
	}
}

static struct config_section *add_section(struct reading *reading, enum config_kind kind,
					  char *name)
{
	struct config_file *file = reading->file;
	struct config_section *section = nk_alloc(sizeof(*section));

	*section = (struct config_section){
		.kind = kind, .name = name, .line = reading->line, .file = file
	};
	file->sections = nk_realloc(file->sections, (file->count + 1) * sizeof(*file->sections));
	file->sections[file->count++] = section;
	reading->section = section;
	return section;
}

/* "[KIND NAME]", without its brackets. */
static void begin_section(struct reading *reading, const char *inside)
{
	size_t length = strcspn(inside, BLANKS);
	const char *name = inside + length + strspn(inside + length, BLANKS);
	nk_auto(str) char *word = nk_strndup(inside, length);
	struct config_section *section;
	int kind = 0;

	while (kind_names[kind] && strcmp(kind_names[kind], word) != 0)
		kind++;
	section = add_section(reading, (enum config_kind)kind,
			      kind == CONFIG_HOST ? folded(name) : nk_strdup(name));
	judge_header(reading, section->kind, word, section->name);
	judge_again(reading, section);
}

/* What stands between brackets, which nothing may follow. */
static void take_header(struct reading *reading, const char *line)
{
	size_t length = strlen(line);
	size_t start = 1 + strspn(line + 1, BLANKS);
	const char *flaw = NULL;

	if (line[length - 1] != ']' || strchr(line, ']') != line + length - 1)
		flaw = "a section is one name in brackets: [KIND NAME]";
	else if (reading->file->count == CONFIG_SECTIONS_MAX)
		flaw = "too many sections";
	if (flaw) {
		nk_config_blame(reading->config, reading->file, reading->line, "%s", flaw);
		/* What follows belongs to it, and is no second mistake. */
		if (reading->file->count < CONFIG_SECTIONS_MAX)
			add_section(reading, CONFIG_UNKNOWN, nk_strdup(""));
		return;
	}
	while (length - 1 > start && strchr(BLANKS, line[length - 2]))
		length--;
	nk_auto(str) char *inside =
		nk_strndup(line + start, length - 1 > start ? length - 1 - start : 0);

	begin_section(reading, inside);
}

/* Why the parser would not see the whole of this line; NULL: it will. */
static const char *flaw_of(const char *line)
{
	for (const char *at = line + 1; *at != '\0'; at++) {
		if (*at == ';' && strchr(BLANKS, at[-1]))
			return "';' after a blank begins a comment: comments have their own line";
	}
	if (!strpbrk(line, "=:"))
		return "neither [SECTION] nor KEY = VALUE";
	if (strchr("=:", line[0]))
		return "the key is missing";
	return NULL;
}

/* Is there a byte that no line of text has? */
static bool has_controls(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f)
			return true;
	}
	return false;
}

/* The next line of the text without its end, blanks around it and a byte order mark. */
static const char *take_line(struct reading *reading, size_t *length)
{
	const char *start = reading->text + reading->at;
	const char *end = memchr(start, '\n', reading->length - reading->at);

	*length = end ? (size_t)(end - start) : reading->length - reading->at;
	reading->at += *length + (end != NULL);
	if (reading->line++ == 0 && *length >= 3 && memcmp(start, BYTE_ORDER_MARK, 3) == 0) {
		start += 3;
		*length -= 3;
	}
	if (*length > 0 && start[*length - 1] == '\r')
		--*length;
	while (*length > 0 && strchr(BLANKS, start[*length - 1]) && start[*length - 1] != '\0')
		--*length;
	while (*length > 0 && (*start == ' ' || *start == '\t')) {
		start++;
		--*length;
	}
	return start;
}

/*
 * inih's reader: a line that it will see as a whole, as it would cut others without a word: at its
 * own limits, at NUL, after ";". What is wrong, a comment or a header is an empty line to it.
 */
static char *next_line(char *into, int size, void *stream)
{
	struct reading *reading = stream;
	size_t length;
	const char *start;
	const char *flaw = NULL;

	if (reading->at >= reading->length)
		return NULL;
	start = take_line(reading, &length);
	into[0] = '\0';
	if (length == 0 || *start == '#' || *start == ';')
		return into;
	nk_auto(str) char *line = nk_strndup(start, strnlen(start, length));

	if (has_controls(start, length))
		flaw = "a control character";
	else if (line[0] == '[')
		take_header(reading, line);
	else
		flaw = flaw_of(line);
	if (flaw)
		nk_config_blame(reading->config, reading->file, reading->line, "%s", flaw);
	else if (line[0] != '[' && length >= (size_t)size)
		nk_config_blame(reading->config, reading->file, reading->line,
				"a line has at most %d bytes", size - 1);
	else if (line[0] != '[')
		memcpy(into, line, length + 1);
	return into;
}

/* inih's handler: a key and its value. */
static int take_entry(void *user, const char *ignored, const char *key, const char *value)
{
	struct reading *reading = user;
	struct config_section *section = reading->section;

	(void)ignored;
	if (!section) {
		nk_config_blame(
			reading->config, reading->file, reading->line,
			"'%s' stands in no section; [defaults] is for what holds everywhere", key);
		return 1;
	}
	section->entries =
		nk_realloc(section->entries, (section->count + 1) * sizeof(*section->entries));
	section->entries[section->count++] = (struct config_entry){
		.key = nk_strdup(key),
		.value = nk_strdup(value),
		.line = reading->line,
	};
	return 1;
}

void nk_config_parse(struct nk_config *config, struct config_file *file, const char *text,
		     size_t length)
{
	struct reading reading = { .config = config, .file = file, .text = text, .length = length };
	size_t before = config->problem_count;

	/* Every line it could complain of was taken out before. */
	if (ini_parse_stream(next_line, &reading, take_entry, &reading) != 0 &&
	    config->problem_count == before)
		nk_config_blame(config, file, 0, "not understood");
}
