/* complete_operands.c - what may stand as an operand, read from what help says about them. */
#include "completing.h"

#include "dispatch.h"

/* Most operands that help tells apart. */
#define TERMS_MAX 8

/* A piece of "SRC... DST". */
struct term {
	const char *text;
	size_t length;
};

/* ---- the grammar ---- */

static int split_terms(const char *operands, struct term terms[TERMS_MAX])
{
	int count = 0;

	while (*operands != '\0' && count < TERMS_MAX) {
		size_t length = strcspn(operands, " ");

		if (length > 0)
			terms[count++] = (struct term){ operands, length };
		operands += length;
		operands += *operands == ' ';
	}
	return count;
}

static bool has(const struct term *term, const char *text)
{
	return memmem(term->text, term->length, text, strlen(text));
}

/* Does the first bracket hold all of the term, or does it go on in the next one? */
static bool is_optional(const struct term *term)
{
	int depth = 0;

	if (term->text[0] != '[')
		return false;
	for (size_t i = 0; i < term->length; i++) {
		depth += (term->text[i] == '[') - (term->text[i] == ']');
		if (depth == 0)
			return i + 1 == term->length || term->text[i + 1] == '.';
	}
	return true;
}

/* The terms reached from those in set, which are numbered by bits: also those behind optional ones. */
static unsigned with_next(const struct term *terms, int count, unsigned set)
{
	for (int i = 0; i + 1 < count; i++) {
		if ((set & 1U << i) && is_optional(&terms[i]))
			set |= 2U << i;
	}
	return set;
}

/* The terms that may come after index operands. */
static unsigned reach(const struct term *terms, int count, size_t index)
{
	unsigned set = with_next(terms, count, 1);

	/* After as many operands as there are terms, only those that repeat are left. */
	for (size_t i = 0; i < index && i <= (size_t)count; i++) {
		unsigned next = 0;

		for (int j = 0; j < count; j++) {
			if (set & 1U << j)
				next |= (has(&terms[j], "...") ? 1U << j : 0) | 2U << j;
		}
		set = with_next(terms, count, next);
	}
	return set;
}

static bool is_word(const struct term *term)
{
	for (size_t i = 0; i < term->length; i++) {
		char c = term->text[i];

		if ((c < 'a' || c > 'z') && (c != '-' || term->length == 1))
			return false;
	}
	return term->length > 0;
}

/* One of the alternatives of a term. */
static void add_alternative(struct term term, struct nk_slots *slots)
{
	static const struct {
		const char *name;
		unsigned kinds;
	} rows[] = {
		{ "HOST[:PATH]", NK_SLOT_HOST | NK_SLOT_SPOT },
		{ "HOST", NK_SLOT_HOST },
		{ "NEWPATH", NK_SLOT_NEWPATH },
		{ "URL", NK_SLOT_URL },
		{ "@PROFILE", NK_SLOT_URL },
		{ "SRC", NK_SLOT_ANY },
		{ "DST", NK_SLOT_ANY },
		{ "PATH", NK_SLOT_FILE },
		{ "FILE", NK_SLOT_FILE },
		{ "DIR", NK_SLOT_FILE },
		{ "TARGET", NK_SLOT_FILE },
		{ "MODE", NK_SLOT_MODE },
		{ "APPLET", NK_SLOT_APPLET },
	};

	for (size_t i = 0; i < NK_COUNT(rows); i++) {
		if (has(&term, rows[i].name)) {
			slots->kinds |= rows[i].kinds;
			return;
		}
	}
	/* Brackets and dots of words that may be left out or repeated. */
	while (term.length > 0 && term.text[0] == '[') {
		term.text++;
		term.length--;
	}
	while (term.length > 0 && strchr("].", term.text[term.length - 1]))
		term.length--;
	if (is_word(&term) && slots->count < NK_SLOT_WORDS_MAX)
		slots->words[slots->count++] = nk_strndup(term.text, term.length);
}

static void add_term(const struct term *term, struct nk_slots *slots)
{
	for (size_t at = 0; at < term->length;) {
		const char *text = term->text + at;
		const char *bar = memchr(text, '|', term->length - at);
		size_t length = bar ? (size_t)(bar - text) : term->length - at;

		add_alternative((struct term){ text, length }, slots);
		at += length + 1;
	}
}

static void add_slots(const char *operands, size_t index, struct nk_slots *slots)
{
	struct term terms[TERMS_MAX] = { { operands, 0 } };
	int count = split_terms(operands, terms);
	unsigned set = reach(terms, count, index);

	for (int i = 0; i < count; i++) {
		if (set & 1U << i)
			add_term(&terms[i], slots);
	}
}

void nk_slots_find(const char *operands, size_t index, const char *first, struct nk_slots *slots)
{
	static const char between[] = " | ";
	bool is_choice = strstr(operands, between);
	const char *bar;

	*slots = (struct nk_slots){ .kinds = 0 };
	do {
		bar = strstr(operands, between);
		nk_auto(str) char *one =
			bar ? nk_strndup(operands, (size_t)(bar - operands)) : nk_strdup(operands);
		size_t word = strcspn(one, " ");

		if (!is_choice || index == 0 ||
		    (strlen(first) == word && strncmp(first, one, word) == 0))
			add_slots(one, index, slots);
		operands = bar ? bar + strlen(between) : operands;
	} while (bar);
}

void nk_slots_release(struct nk_slots *slots)
{
	for (int i = 0; i < slots->count; i++)
		free(slots->words[i]);
	slots->count = 0;
}

/* ---- the word at hand ---- */

/* Where the folder typed so far ends; text is at least one character long. */
static size_t folder_length(const char *text)
{
	const char *slash = strrchr(text, '/');

	return slash ? (size_t)(slash - text) + 1 : 0;
}

/* The path of "sftp://bob@h/dir/na" or "@name/dir/na". */
static void complete_url_path(const struct nk_completing *at)
{
	size_t name_at = folder_length(at->last);
	nk_auto(str) char *typed = nk_strndup(at->last, name_at);
	nk_auto(str) char *url = nk_complete_first_host(at, typed);
	struct nk_remote_word word = { url, name_at, NK_SPELLING_URL };

	if (url)
		nk_complete_remote(at, &word);
}

/* Schemes and profiles, hosts, then paths. */
static void complete_url(const struct nk_completing *at)
{
	const char *authority = strstr(at->last, "://");
	const struct nk_scheme *row;

	if (!nk_url_is_url(at->last)) {
		if (at->last[0] == '@' && strchr(at->last, '/'))
			complete_url_path(at);
		else if (at->last[0] == '@' || at->last[0] == '\0')
			nk_complete_profiles(at, "@", "/");
		nk_complete_schemes(at);
		return;
	}
	authority += strlen("://");
	nk_auto(str) char *scheme = nk_strndup(at->last, strcspn(at->last, ":"));
	const struct nk_applet *applet = nk_applet_of_scheme(at->applets, scheme, &row);

	if (!applet || (at->applet && at->applet != applet))
		return;
	if (strchr(authority, '/')) {
		complete_url_path(at);
		return;
	}
	const char *user_end = strchr(authority, '@');
	const char *host = user_end ? user_end + 1 : authority;
	nk_auto(str) char *head = nk_strndup(at->last, (size_t)(host - at->last));

	nk_complete_hosts(at, applet, head, "/");
}

/* Where the path of "[user@]host:path" begins, or NULL: the applet's own rules are much the same. */
static const char *spot_path(const char *text)
{
	const char *at = memchr(text, '@', strcspn(text, "/:["));
	const char *host = at ? at + 1 : text;
	const char *end = *host == '[' ? strstr(host, "]:") : host + strcspn(host, ":/");

	if (end && *end == ']')
		return end + 2;
	return end && *end == ':' && end > host ? end + 1 : NULL;
}

static void complete_spot_path(const struct nk_completing *at, const char *path, bool is_source)
{
	bool is_classic = at->verb && at->verb == at->applet->classic;
	size_t before = (size_t)(path - at->last);
	size_t folder = folder_length(path);
	/* In classic forms "~" and "~bob" are homes, which URLs say behind a slash. */
	const char *root = is_classic && path[0] == '~' && folder > 0 ? "/" : "";
	nk_auto(str) char *typed =
		nk_format("%.*s%s%.*s", (int)before, at->last, root, (int)folder, path);
	nk_auto(str) char *spot = nk_complete_first_host(at, typed);
	nk_auto(str) char *url = spot ? nk_url_from_spot(at->applet->schemes[0].name, spot) : NULL;
	struct nk_remote_word word = {
		.url = url,
		.name_at = before + folder,
		.spelling = is_classic && is_source ? NK_SPELLING_PATTERN : NK_SPELLING_PLAIN,
	};

	if (url)
		nk_complete_remote(at, &word);
}

/* "bob@h:dir/na" or the host of it. */
static void complete_spot(const struct nk_completing *at, bool is_source)
{
	const char *path = spot_path(at->last);
	const char *user_end = strchr(at->last, '@');

	if (path) {
		complete_spot_path(at, path, is_source);
		return;
	}
	nk_auto(str) char *head =
		nk_strndup(at->last, user_end ? (size_t)(user_end + 1 - at->last) : 0);

	if (!strchr(at->last, '/'))
		nk_complete_hosts(at, at->applet, head, ":");
}

static void complete_host(const struct nk_completing *at)
{
	const char *user_end = strchr(at->last, '@');
	nk_auto(str) char *head =
		nk_strndup(at->last, user_end ? (size_t)(user_end + 1 - at->last) : 0);

	nk_complete_hosts(at, at->applet, head, "");
}

/* The new path of mv and ln: on the server of the operand before, relative to its folder. */
static void complete_new_path(const struct nk_completing *at, const char *typed)
{
	nk_auto(str) char *operand = nk_complete_first_host(at, typed);
	nk_auto(str) char *from_spot =
		operand && at->applet && at->applet->takes_spots
			? nk_url_from_spot(at->applet->schemes[0].name, operand)
			: NULL;
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	size_t folder = folder_length(at->last);
	struct nk_err err = NK_ERR_INIT;

	if (!operand || nk_url_parse(&url, from_spot ? from_spot : operand, &err) < 0)
		return;
	nk_auto(str) char *trimmed = nk_path_trim(url.path[0] ? url.path : "/");
	nk_auto(str) char *parent = nk_path_parent(trimmed);
	const char *base = at->last[0] == '/' || strcmp(parent, "/") == 0 ? "" : parent;
	nk_auto(str) char *path =
		nk_format("%s%s%.*s", base, at->last[0] == '/' ? "" : "/", (int)folder, at->last);
	nk_auto(str) char *whole = nk_url_format(url.scheme, url.user, url.host, url.port, path);
	struct nk_remote_word word = { whole, folder, NK_SPELLING_PLAIN };

	nk_complete_remote(at, &word);
}

static void complete_mode(const struct nk_completing *at)
{
	static const char *const rows[][2] = {
		{ "644", "written by the owner, read by all" },
		{ "600", "the owner's alone" },
		{ "755", "a program or a folder for all" },
		{ "700", "the owner's program or folder" },
		{ "u+x", "the owner may run it" },
		{ "u+w", "the owner may write it" },
		{ "a+r", "all may read it" },
		{ "go-w", "nobody else may write it" },
		{ "go-rwx", "nobody else may do anything" },
	};

	for (size_t i = 0; i < NK_COUNT(rows); i++)
		nk_candidates_offer(at->candidates, at->last, rows[i][0], rows[i][1]);
}

/* Is it clear that no local file is meant? */
static bool is_remote(const struct nk_completing *at, unsigned kinds)
{
	return nk_url_is_url(at->last) || at->last[0] == '@' ||
	       ((kinds & NK_SLOT_SPOT) && spot_path(at->last));
}

static void complete_slots(const struct nk_completing *at, const struct nk_slots *slots,
			   const struct nk_strings *operands)
{
	unsigned kinds = slots->kinds;
	bool has_spots = at->applet && (at->applet->takes_spots || at->verb == at->applet->classic);

	if (kinds & NK_SLOT_ANY)
		kinds |= NK_SLOT_URL | NK_SLOT_FILE | (has_spots ? NK_SLOT_SPOT : 0);
	else if ((kinds & NK_SLOT_URL) && at->applet && at->applet->takes_spots &&
		 at->verb != at->applet->classic)
		kinds |= NK_SLOT_SPOT;
	for (int i = 0; i < slots->count; i++)
		nk_candidates_offer(at->candidates, at->last, slots->words[i], "");
	/* Of no protocol yet: that is about what is remembered of hosts. */
	if ((kinds & NK_SLOT_HOST) && !at->applet)
		nk_complete_remembered(at);
	if ((kinds & NK_SLOT_URL) ||
	    ((kinds & NK_SLOT_HOST) && (nk_url_is_url(at->last) || at->last[0] == '@')))
		complete_url(at);
	if (kinds & NK_SLOT_SPOT)
		complete_spot(at, operands->count == 0);
	else if ((kinds & NK_SLOT_HOST) && at->applet && at->last[0] != '@')
		complete_host(at);
	if ((kinds & NK_SLOT_NEWPATH) && operands->count > 0)
		complete_new_path(at, operands->items[0]);
	if (kinds & NK_SLOT_MODE)
		complete_mode(at);
	if ((kinds & NK_SLOT_FILE) && !is_remote(at, kinds))
		at->candidates->wants_files = true;
}

void nk_complete_operand(const struct nk_completing *at)
{
	nk_auto(opt_scan) struct nk_opt_scan scan = { .awaits = NULL };
	nk_auto(slots) struct nk_slots slots = { .count = 0 };
	struct nk_option_tables tables;
	const char *operands = at->verb ? at->verb->operands : NULL;

	if (!at->verb && at->applet)
		operands = at->applet->operands;
	if (!operands)
		return;
	nk_candidates_tables(at->applet, at->verb, &tables);
	nk_opt_look_through(tables.items, tables.count, at->argc, at->argv, &scan);
	nk_slots_find(operands, scan.operands.count,
		      scan.operands.count > 0 ? scan.operands.items[0] : "", &slots);
	if (slots.kinds & NK_SLOT_APPLET) {
		for (const struct nk_applet *const *applet = at->applets; *applet; applet++)
			nk_candidates_offer(at->candidates, at->last, (*applet)->name,
					    (*applet)->summary);
	}
	complete_slots(at, &slots, &scan.operands);
}
