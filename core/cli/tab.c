/* tab.c - what TAB does at the prompt. */
#include "tab.h"

#include <dirent.h>
#include <sys/stat.h>

#include "completing.h"
#include "listings.h"
#include "netkit/log.h"
#include "netkit/wait.h"
#include "policies.h"

/* Nobody waits longer for a list of names. */
#define TAB_PATIENCE_MS 1500

/* A folder with more entries is not listed to its end. */
#define TAB_ENTRIES_MAX 200000

/* --- from candidates to a line --- */

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct nk_candidate *)a)->text,
		      ((const struct nk_candidate *)b)->text);
}

static void sort(struct nk_candidates *candidates)
{
	size_t kept = 0;

	if (candidates->count == 0)
		return;
	qsort(candidates->items, candidates->count, sizeof(*candidates->items), compare);
	for (size_t i = 1; i < candidates->count; i++) {
		struct nk_candidate *item = &candidates->items[i];

		if (strcmp(item->text, candidates->items[kept].text) != 0) {
			candidates->items[++kept] = *item;
			continue;
		}
		free(item->text);
		free(item->what);
	}
	candidates->count = kept + 1;
}

/* What all begin with, in whole characters; they are sorted, so the first and the last tell. */
static size_t common_length(const struct nk_candidates *candidates)
{
	const char *first = candidates->items[0].text;
	const char *last = candidates->items[candidates->count - 1].text;
	size_t length = 0;

	while (first[length] != '\0' && first[length] == last[length])
		length++;
	while (length > 0 && ((unsigned char)first[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* Without the folders before it, but with its own slash. */
static char *shown_name(const char *text)
{
	size_t length = strlen(text);
	size_t start = length > 0 && text[length - 1] == '/' ? length - 1 : length;

	if (text[0] == '-')
		return nk_strdup(text);
	while (start > 0 && text[start - 1] != '/')
		start--;
	return nk_strdup(text + start);
}

void nk_tab_make(struct nk_candidates *candidates, const struct nk_shell_cursor *cursor,
		 bool is_pattern, struct nk_tab *tab)
{
	size_t common;

	tab->at = cursor->at;
	if (candidates->count == 0)
		return;
	sort(candidates);
	common = common_length(candidates);
	if (candidates->count == 1) {
		const struct nk_candidate *only = &candidates->items[0];
		nk_auto(str) char *word =
			nk_shell_quote(only->text, cursor->quote, is_pattern, !only->is_open);

		tab->insert = nk_format("%s%s", word, only->is_open ? "" : " ");
	} else if (common > strlen(cursor->last)) {
		nk_auto(str) char *prefix = nk_strndup(candidates->items[0].text, common);

		tab->insert = nk_shell_quote(prefix, cursor->quote, is_pattern, false);
	} else {
		for (size_t i = 0; i < candidates->count; i++)
			nk_paths_add(&tab->shown, shown_name(candidates->items[i].text));
	}
}

/* --- names --- */

/* A word that is the beginning of a path: the folder as it was typed, "a/b/", and of the name. */
struct beginning {
	char *folder; /* owned */
	const char *name;
	const char *lead;  /* what stands before the path in the word: "--ca=" */
	bool folders_only; /* nothing else is wanted */
};

static void release_beginning(struct beginning *beginning)
{
	free(beginning->folder);
}
NK_AUTO(beginning, struct beginning, release_beginning)

static void split_word(const char *word, struct beginning *beginning)
{
	const char *slash = strrchr(word, '/');

	beginning->name = slash ? slash + 1 : word;
	beginning->folder = nk_strndup(word, (size_t)(beginning->name - word));
}

static void offer_name(struct nk_candidates *candidates, const struct beginning *beginning,
		       const char *name, enum nk_kind kind)
{
	bool is_folder = kind == NK_KIND_DIR;
	bool may_be_folder = is_folder || kind == NK_KIND_LINK;

	if (!nk_text_has_prefix(name, beginning->name) || strchr(name, '/') ||
	    (name[0] == '.' && beginning->name[0] != '.') ||
	    (beginning->folders_only && !may_be_folder))
		return;
	/* It must not read as an option. */
	bool is_dashed = name[0] == '-' && beginning->folder[0] == '\0' && !beginning->lead[0];
	nk_auto(str) char *text = nk_format("%s%s%s%s%s", beginning->lead, beginning->folder,
					    is_dashed ? "./" : "", name, is_folder ? "/" : "");

	nk_candidates_add(candidates, text, "", may_be_folder);
}

static enum nk_kind local_kind(const char *folder, const char *name)
{
	nk_auto(str) char *path = nk_path_join(folder, name);
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? NK_KIND_DIR : NK_KIND_FILE;
}

static void offer_local(struct nk_candidates *candidates, const struct beginning *beginning)
{
	const char *folder = beginning->folder[0] ? beginning->folder : ".";
	DIR *dir = opendir(folder);
	nk_time_ms end = nk_clock_after(TAB_PATIENCE_MS);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) && nk_clock_left(end) > 0) {
		enum nk_kind kind = entry->d_type == DT_DIR ? NK_KIND_DIR : NK_KIND_FILE;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    !nk_text_has_prefix(entry->d_name, beginning->name))
			continue;
		if (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN)
			kind = local_kind(folder, entry->d_name);
		offer_name(candidates, beginning, entry->d_name, kind);
	}
	if (dir)
		closedir(dir);
}

/* Nothing is said, nobody is asked, and it takes no longer than somebody waits. */
struct hush {
	enum nk_log_level level;
	bool no_input;
};

static struct hush begin_hush(struct nk_shell *shell)
{
	struct nk_common *common = (struct nk_common *)shell->ctx->common;
	struct hush hush = { .level = NK_LOG_DEBUG, .no_input = common->creds.no_input };

	while (hush.level > NK_LOG_QUIET && !nk_log_is_on(hush.level))
		hush.level--;
	nk_log_set_level(NK_LOG_QUIET);
	common->creds.no_input = true;
	nk_wait_bound(nk_clock_after(TAB_PATIENCE_MS));
	return hush;
}

static void end_hush(struct nk_shell *shell, const struct hush *hush)
{
	struct nk_common *common = (struct nk_common *)shell->ctx->common;

	nk_wait_bound(NK_NEVER);
	common->creds.no_input = hush->no_input;
	nk_log_set_level(hush->level);
}

/* The folder, asked for; NULL when that failed. */
static const struct nk_listing *list_remote(struct nk_shell *shell, const char *path)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct nk_err err = NK_ERR_INIT;
	struct hush hush = begin_hush(shell);
	nk_time_ms begun = nk_clock_now();
	struct nk_fs *fs;
	int result;

	nk_spool_limit(spool, TAB_ENTRIES_MAX);
	nk_opener_look(shell->ctx->opener);
	result = nk_shell_mount(shell, &fs, &err);
	if (result == 0)
		result = nk_fs_list(fs, path, spool, &err);
	if (result < 0)
		nk_opener_check(shell->ctx->opener, &err);
	end_hush(shell, &hush);
	/* Of a folder without end, the beginning will do. */
	if (result == 0 || nk_spool_count(spool) == TAB_ENTRIES_MAX)
		return nk_listings_add(shell->listings, path, spool);
	nk_listings_fail(shell->listings, nk_clock_now() - begun);
	return NULL;
}

static void offer_remote(struct nk_shell *shell, struct nk_candidates *candidates,
			 const struct beginning *beginning)
{
	/* Before somebody has logged in, that would have to be done. */
	if (!shell->session || !shell->has_connected)
		return;
	nk_auto(str) char *folder = nk_shell_path(shell, beginning->folder);
	nk_auto(str) char *path = nk_path_trim(folder);
	const struct nk_listing *listing = nk_listings_find(shell->listings, path);

	if (!listing && !nk_listings_are_asleep(shell->listings))
		listing = list_remote(shell, path);
	for (size_t i = 0; listing && i < listing->count; i++)
		offer_name(candidates, beginning, listing->names[i].name, listing->names[i].kind);
}

/* Profiles, and the hosts that this machine's files know, for a command that takes a server. */
static void offer_hosts(struct nk_shell *shell, struct nk_candidates *candidates, const char *last)
{
	const struct nk_call *call = nk_policies_call(shell->ctx->policies);
	const char *at = strrchr(last, '@');
	nk_auto(str) char *head = nk_strndup(last, at ? (size_t)(at + 1 - last) : 0);
	const struct nk_completing asked = {
		.applets = shell->ctx->applets,
		.applet = shell->ctx->applet,
		.verb = call->verb,
		.last = last,
		.argc = call->argc,
		.argv = call->argv,
		.candidates = candidates,
	};

	if (last[0] == '@' || last[0] == '\0')
		nk_complete_profiles(&asked, "@", "");
	if (last[0] != '@')
		nk_complete_hosts(&asked, asked.applet, head, "");
}

/* --- words --- */

static void offer_commands(const struct nk_shell *shell, struct nk_candidates *candidates,
			   const char *last)
{
	const struct nk_applet *applet = shell->ctx->applet;

	for (const struct nk_command *command = shell->commands; command->name; command++) {
		if (command->name[0] != '!')
			nk_candidates_offer(candidates, last, command->name, "");
	}
	for (const struct nk_verb *verb = applet->verbs; verb->name; verb++) {
		if (nk_shell_has_verb(shell, verb))
			nk_candidates_offer(candidates, last, verb->name, "");
	}
}

static bool is_in_table(const struct nk_opt *opt, const char *text, bool typed_only)
{
	size_t length = strcspn(text, "=");

	for (; opt->kind != NK_OPT_KIND_END; opt++) {
		nk_auto(str) char *name = nk_format("--%s", opt->name ? opt->name : "");
		bool is_letter = opt->letter && length == 2 && text[1] == opt->letter;

		if (typed_only && !opt->is_typed)
			continue;
		if (is_letter ||
		    (opt->name && strlen(name) == length && strncmp(name, text, length) == 0))
			return true;
	}
	return false;
}

/* Is it an option that is given when a prompt is started, and not to its commands? */
static bool is_refused(const struct nk_shell *shell, const char *text)
{
	bool is_refused = is_in_table(nk_options_of(shell->ctx->applet->options), text, false);

	for (int i = 0; i < NK_GROUP_COUNT && !is_refused; i++) {
		bool is_of_program = nk_groups[i].bit & NK_GROUPS_OF_PROGRAM;

		if (nk_groups[i].bit & ~NK_GROUP_ABOUT)
			is_refused = is_in_table(nk_groups[i].options, text, !is_of_program);
	}
	return is_refused;
}

/* Options and their values. Returns true when one of them stands at the cursor. */
static bool offer_options(const struct nk_shell *shell, const struct nk_verb *verb,
			  struct nk_shell_cursor *cursor, struct nk_candidates *candidates)
{
	nk_auto(candidates) struct nk_candidates all = { .count = 0 };
	bool is_option = verb && nk_candidates_options(&all, shell->ctx->applet, verb,
						       (int)cursor->words.count - 1,
						       cursor->words.items + 1, cursor->last);

	for (size_t i = 0; i < all.count; i++) {
		if (all.items[i].text[0] != '-' || !is_refused(shell, all.items[i].text))
			nk_candidates_add(candidates, all.items[i].text, "", all.items[i].is_open);
	}
	if (all.wants_files) {
		nk_auto(str) char *lead = nk_strndup(cursor->last, all.files_at);
		nk_auto(beginning) struct beginning beginning = { .lead = lead };

		split_word(cursor->last + all.files_at, &beginning);
		offer_local(candidates, &beginning);
	}
	return is_option;
}

/* How many operands stand before the cursor. */
static size_t count_operands(struct nk_shell *shell, const struct nk_verb *verb,
			     const struct nk_shell_cursor *cursor)
{
	nk_auto(strings) struct nk_strings operands = { NULL, 0 };
	struct nk_err err = NK_ERR_INIT;
	size_t count = 0;

	if (verb && nk_shell_operands(shell, verb->name, (int)cursor->words.count - 1,
				      cursor->words.items + 1, &operands, &err) == 0)
		return operands.count;
	for (size_t i = 1; i < cursor->words.count; i++)
		count += cursor->words.items[i][0] != '-';
	return count;
}

static void offer_operand(struct nk_shell *shell, char kind, struct nk_shell_cursor *cursor,
			  struct nk_candidates *candidates)
{
	nk_auto(beginning) struct beginning beginning = { .lead = "" };

	if (kind == 'e')
		kind = nk_word_is_local(cursor->last) ? 'd' : 'f';
	split_word(cursor->last, &beginning);
	beginning.folders_only = kind == 'f' || kind == 'd';
	if (nk_url_is_url(cursor->last))
		return;
	if (kind == 'h')
		offer_hosts(shell, candidates, cursor->last);
	if (strchr("rfb", kind))
		offer_remote(shell, candidates, &beginning);
	if (strchr("ldb", kind))
		offer_local(candidates, &beginning);
	if (kind == 'c')
		offer_commands(shell, candidates, cursor->last);
}

/* After the name of a command. */
static void offer_words(struct nk_shell *shell, struct nk_shell_cursor *cursor,
			struct nk_candidates *candidates)
{
	struct nk_meaning meaning = nk_shell_meaning(shell, cursor->words.items[0]);
	size_t index;

	if (!meaning.takes || offer_options(shell, meaning.verb, cursor, candidates))
		return;
	index = count_operands(shell, meaning.verb, cursor);
	if (index >= strlen(meaning.takes))
		index = strlen(meaning.takes) - 1;
	offer_operand(shell, meaning.takes[index], cursor, candidates);
}

void nk_shell_complete(void *context, const char *line, struct nk_tab *tab)
{
	struct nk_shell *shell = context;
	bool is_pattern = shell->flags & NK_SHELL_PATTERNS;
	nk_auto(shell_cursor) struct nk_shell_cursor cursor = { .last = NULL };
	nk_auto(candidates) struct nk_candidates candidates = { .count = 0 };

	if (line[strspn(line, " \t")] == '!')
		return;
	nk_shell_at_cursor(line, is_pattern, &cursor);
	if (cursor.words.count == 0)
		offer_commands(shell, &candidates, cursor.last);
	else
		offer_words(shell, &cursor, &candidates);
	nk_tab_make(&candidates, &cursor, is_pattern, tab);
}
