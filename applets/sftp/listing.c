/* listing.c - what ls prints at the prompt of sftp(1). */
#include "classic.h"

#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Entries, and bytes of their names, that are sorted and aligned together; of a larger folder each
 * such part is. */
#define LISTING_ROWS_MAX  500000
#define LISTING_BYTES_MAX ((size_t)64 << 20)

/* Where nothing says how wide the terminal is. */
#define LISTING_WIDTH 80

/* Columns are two cells apart. */
#define LISTING_GAP 2

/* Half a year, in seconds: from there on a date has its year. */
#define LISTING_RECENT ((int64_t)365 * 24 * 60 * 60 / 2)

/* What a stat keeps: a name and a link's target. */
#define LISTING_STAT_MAX ((size_t)64 * 1024)

/* Longest date. */
#define LISTING_DATE_MAX 64

/* ---- one line ---- */

static char letter_of(const struct nk_entry *entry)
{
	switch (entry->kind) {
	case NK_KIND_DIR:
		return 'd';
	case NK_KIND_LINK:
		return 'l';
	case NK_KIND_FILE:
		return '-';
	default:
		return '?';
	}
}

/* Three letters of a mode; special: what is there beside x. */
static void add_mode(char *out, int bits, bool is_special, const char *special)
{
	out[0] = bits & 4 ? 'r' : '-';
	out[1] = bits & 2 ? 'w' : '-';
	if (is_special)
		out[2] = bits & 1 ? special[0] : special[1];
	else
		out[2] = bits & 1 ? 'x' : '-';
}

char *sftp_ls_scaled(int64_t bytes)
{
	static const char units[] = "BKMGTPE";
	int64_t whole = bytes, rest = 0;
	int unit = 0;

	for (; whole >= 1024; unit++) {
		rest = whole % 1024;
		whole /= 1024;
	}
	rest = (10 * rest + 512) / 1024;
	if (rest == 10) {
		whole++;
		rest = 0;
	}
	if (whole == 0)
		return nk_strdup("0B");
	if (unit > 0 && whole < 100)
		return nk_format("%lld.%lld%c", (long long)whole, (long long)rest, units[unit]);
	return nk_format("%lld%c", (long long)(whole + (rest >= 5)), units[unit]);
}

static char *size_text(const struct nk_entry *entry, bool is_human)
{
	if (entry->size < 0)
		return nk_strdup("?");
	return is_human ? sftp_ls_scaled(entry->size) : nk_format("%lld", (long long)entry->size);
}

static void date_text(char out[LISTING_DATE_MAX], int64_t mtime, int64_t now)
{
	bool is_recent = mtime <= now && now - mtime <= LISTING_RECENT;
	time_t seconds = (time_t)mtime;
	struct tm tm;

	out[0] = '\0';
	if (mtime == NK_ENTRY_NO_TIME || !localtime_r(&seconds, &tm))
		return;
	if (strftime(out, LISTING_DATE_MAX, is_recent ? "%b %e %H:%M" : "%b %e  %Y", &tm) == 0)
		out[0] = '\0';
}

/* A name, else the number, else a question mark; a new string. */
static char *owner_text(const char *name, int64_t number, bool is_numeric)
{
	if (name && (!is_numeric || number < 0))
		return nk_strdup(name);
	return number < 0 ? nk_strdup("?") : nk_format("%lld", (long long)number);
}

char *sftp_ls_line(const struct nk_entry *entry, const char *name, const struct sftp_ls_how *how,
		   int64_t now)
{
	bool is_numeric = how->form == SFTP_LS_NUMERIC;
	nk_auto(str) char *owner = owner_text(entry->owner, entry->uid, is_numeric);
	nk_auto(str) char *group = owner_text(entry->group, entry->gid, is_numeric);
	nk_auto(str) char *size = size_text(entry, how->is_human);
	char mode[] = "??????????";
	char date[LISTING_DATE_MAX];

	mode[0] = letter_of(entry);
	if (entry->mode >= 0) {
		add_mode(mode + 1, entry->mode >> 6, entry->mode & 04000, "sS");
		add_mode(mode + 4, entry->mode >> 3, entry->mode & 02000, "sS");
		add_mode(mode + 7, entry->mode, entry->mode & 01000, "tT");
	}
	date_text(date, entry->mtime, now);
	return nk_format("%s    ? %-8s %-8s %8s %s %s", mode, owner, group, size, date, name);
}

struct sftp_ls_columns sftp_ls_columns(size_t longest, size_t width)
{
	struct sftp_ls_columns columns = { .count = width / (longest + LISTING_GAP) };

	if (columns.count == 0)
		columns.count = 1;
	columns.width = width / columns.count;
	return columns;
}

/* ---- many ---- */

/* What is to be printed. An entry's name is what is shown. */
struct listing {
	struct nk_shell *shell;
	const struct sftp_ls_how *how;
	struct nk_fs *fs;
	const char *prefix; /* before the names of a folder's entries */
	struct nk_arena arena;
	struct nk_entry *rows; /* owned */
	size_t count;
	size_t longest; /* what columns make room for */
};

static void listing_release(struct listing *listing)
{
	nk_arena_release(&listing->arena);
	free(listing->rows);
}
NK_AUTO(listing, struct listing, listing_release)

static int compare(const void *one, const void *other, void *context)
{
	const struct sftp_ls_how *how = context;
	const struct nk_entry *a = one, *b = other;
	int result = 0;

	if (how->order == SFTP_LS_BY_TIME)
		result = (a->mtime < b->mtime) - (a->mtime > b->mtime);
	else if (how->order == SFTP_LS_BY_SIZE)
		result = (a->size < b->size) - (a->size > b->size);
	if (result == 0)
		result = strcmp(a->name, b->name);
	return how->is_reverse ? -result : result;
}

static int print_text(struct nk_shell *shell, const char *text, struct nk_err *err)
{
	return nk_out_put(shell->ctx->out, &nk_reply_record, &(struct nk_reply_row){ text }, err);
}

static int print_lines(struct listing *listing, struct nk_err *err)
{
	int64_t now = (int64_t)time(NULL);

	for (size_t i = 0; i < listing->count; i++) {
		const struct nk_entry *row = &listing->rows[i];
		nk_auto(str) char *line = listing->how->form == SFTP_LS_NAMES
						  ? nk_strdup(row->name)
						  : sftp_ls_line(row, row->name, listing->how, now);

		if (print_text(listing->shell, line, err) < 0)
			return -1;
	}
	return 0;
}

static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return LISTING_WIDTH;
}

static int print_columns(struct listing *listing, struct nk_err *err)
{
	struct sftp_ls_columns columns = sftp_ls_columns(listing->longest, terminal_width());
	nk_auto(str) char *line = nk_strdup("");

	for (size_t i = 0; i < listing->count; i++) {
		const char *name = listing->rows[i].name;
		size_t cells = nk_text_width(name);
		int blanks = cells < columns.width ? (int)(columns.width - cells) : 0;
		char *longer = nk_format("%s%s%*s", line, name, blanks, "");

		free(line);
		line = longer;
		if ((i + 1) % columns.count != 0 && i + 1 < listing->count)
			continue;
		if (print_text(listing->shell, line, err) < 0)
			return -1;
		line[0] = '\0';
	}
	return 0;
}

/* Print what was gathered, and begin anew. */
static int print_rows(struct listing *listing, struct nk_err *err)
{
	int result;

	if (listing->how->order != SFTP_LS_AS_SENT)
		qsort_r(listing->rows, listing->count, sizeof(*listing->rows), compare,
			(void *)listing->how);
	result = listing->how->form == SFTP_LS_COLUMNS ? print_columns(listing, err)
						       : print_lines(listing, err);
	listing->count = 0;
	listing->longest = 0;
	nk_arena_reset(&listing->arena);
	return result;
}

/* Keep entry as the next row; false when there is no room. */
static bool keep_row(struct listing *listing, const struct nk_entry *entry, const char *name)
{
	struct nk_entry row = *entry;
	const char *const texts[] = { name, entry->owner, entry->group };
	const char **const kept[] = { &row.name, &row.owner, &row.group };

	if (listing->count == LISTING_ROWS_MAX)
		return false;
	for (size_t i = 0; i < NK_COUNT(texts); i++) {
		*kept[i] = texts[i] ? nk_arena_strndup(&listing->arena, texts[i], strlen(texts[i]))
				    : NULL;
		if (texts[i] && !*kept[i])
			return false;
	}
	row.link = NULL;
	/* The array is full when its count is a power of two. */
	if ((listing->count & (listing->count - 1)) == 0)
		listing->rows =
			nk_realloc(listing->rows, (listing->count > 0 ? 2 * listing->count : 1) *
							  sizeof(*listing->rows));
	listing->rows[listing->count++] = row;
	return true;
}

/* cells: what the row counts for where columns are measured. */
static int add_row(struct listing *listing, const struct nk_entry *entry, const char *name,
		   size_t cells, struct nk_err *err)
{
	if (!keep_row(listing, entry, name)) {
		if (print_rows(listing, err) < 0)
			return -1;
		if (!keep_row(listing, entry, name))
			return nk_fail(err, NK_E_PROTO, 0, "a name is too long");
	}
	if (cells > listing->longest)
		listing->longest = cells;
	return 0;
}

static int add_named(struct listing *listing, const struct nk_entry *entry, const char *name,
		     struct nk_err *err)
{
	nk_auto(str) char *shown = nk_format("%s%s", listing->prefix, name);

	return add_row(listing, entry, shown, nk_text_width(shown), err);
}

/* "." and "..", which are no entries here. */
static int add_dots(struct listing *listing, const char *folder, struct nk_err *err)
{
	static const char *const names[] = { ".", ".." };

	for (size_t i = 0; i < NK_COUNT(names); i++) {
		nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(LISTING_STAT_MAX);
		nk_auto(str) char *path = nk_path_join(folder, names[i]);
		struct nk_entry entry = NK_ENTRY_INIT;

		if (nk_fs_stat(listing->fs, path, &arena, &entry, err) < 0 ||
		    add_named(listing, &entry, names[i], err) < 0)
			return -1;
	}
	return 0;
}

static int add_folder(struct listing *listing, const char *folder, struct nk_err *err)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct nk_entry entry;
	int more;

	if (nk_fs_list(listing->fs, folder, spool, err) < 0 ||
	    (listing->how->has_hidden && add_dots(listing, folder, err) < 0))
		return -1;
	while ((more = nk_spool_next(spool, &entry, err)) > 0) {
		if (entry.name[0] == '.' && !listing->how->has_hidden)
			continue;
		if (add_named(listing, &entry, entry.name, err) < 0)
			return -1;
	}
	return more;
}

/* ---- what a pattern names ---- */

/* What matched: its path, the same as it is shown, and the beginning they differ in. */
struct match {
	const struct nk_paths *paths;
	const char *real;  /* of a folder, with its slash */
	const char *shown; /* as it was written */
};

static int add_match(struct listing *listing, const struct match *match, const char *path,
		     const struct nk_entry *entry, struct nk_err *err)
{
	bool is_folder = entry->kind == NK_KIND_DIR ||
			 (entry->kind == NK_KIND_LINK && sftp_is_folder(listing->fs, path));
	const char *mark = is_folder ? "/" : "";
	bool is_below = nk_text_has_prefix(path, match->real);
	nk_auto(str) char *shown = nk_format("%s%s%s", is_below ? match->shown : "",
					     is_below ? path + strlen(match->real) : path, mark);

	/* sftp(1) measures the whole path. */
	return add_row(listing, entry, shown, nk_text_width(path) + strlen(mark), err);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Those matches that are in one folder, from first on, come from one listing of it. Returns how
 * many there were. */
static int add_siblings(struct listing *listing, const struct match *match, size_t first,
			struct nk_err *err)
{
	nk_auto(str) char *folder = nk_path_parent(match->paths->items[first]);
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct nk_entry entry;
	size_t end = first;
	int more;

	for (; end < match->paths->count; end++) {
		nk_auto(str) char *above = nk_path_parent(match->paths->items[end]);

		if (strcmp(above, folder) != 0)
			break;
	}
	if (nk_fs_list(listing->fs, folder, spool, err) < 0)
		return -1;
	while ((more = nk_spool_next(spool, &entry, err)) > 0) {
		nk_auto(str) char *path = nk_path_join(folder, entry.name);
		char *const *found = bsearch(&path, match->paths->items + first, end - first,
					     sizeof(path), compare_paths);

		if (found && add_match(listing, match, path, &entry, err) < 0)
			return -1;
	}
	return more < 0 ? -1 : (int)(end - first);
}

static int add_matches(struct listing *listing, const struct match *match, struct nk_err *err)
{
	size_t first = 0;

	while (first < match->paths->count) {
		int taken = add_siblings(listing, match, first, err);

		if (taken < 0)
			return -1;
		first += (size_t)taken;
	}
	return 0;
}

/* The only thing that is named: a folder, also behind a link, shows what is in it. */
static int add_single(struct listing *listing, const char *path, const char *shown,
		      struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(LISTING_STAT_MAX);
	nk_auto(str) char *prefix = nk_path_join(shown, "");
	struct nk_entry entry = NK_ENTRY_INIT;

	if (nk_fs_stat(listing->fs, path, &arena, &entry, err) < 0)
		return -1;
	if (entry.kind != NK_KIND_DIR &&
	    !(entry.kind == NK_KIND_LINK && sftp_is_folder(listing->fs, path)))
		return add_row(listing, &entry, shown, nk_text_width(path), err);
	listing->prefix = prefix;
	return add_folder(listing, path, err);
}

static int add_pattern(struct listing *listing, const char *pattern, struct nk_err *err)
{
	const char *wildcard = nk_shell_wildcard(pattern);
	nk_auto(paths) struct nk_paths paths = { 0 };
	nk_auto(str) char *typed = nk_strdup(pattern);

	if (nk_shell_glob(listing->shell, pattern, &paths, err) < 0)
		return -1;
	if (wildcard) {
		while (wildcard > pattern && wildcard[-1] != '/')
			wildcard--;
		typed[wildcard - pattern] = '\0';
	}
	nk_shell_unquote(typed);
	if (!wildcard) {
		nk_auto(str) char *shown = nk_path_trim(typed);
		nk_auto(str) char *path = nk_path_trim(paths.items[0]);

		return add_single(listing, path, shown, err);
	}
	nk_auto(str) char *real = nk_shell_path(listing->shell, typed);
	const struct match match = { .paths = &paths, .real = real, .shown = typed };

	if (paths.count > 1)
		return add_matches(listing, &match, err);
	bool is_below = nk_text_has_prefix(paths.items[0], real);
	nk_auto(str) char *shown = nk_format("%s%s", is_below ? typed : "",
					     paths.items[0] + (is_below ? strlen(real) : 0));

	return add_single(listing, paths.items[0], shown, err);
}

int sftp_ls(struct nk_shell *shell, const struct sftp_ls_how *how, const char *pattern,
	    struct nk_err *err)
{
	nk_auto(listing) struct listing listing = {
		.shell = shell,
		.how = how,
		.prefix = "",
		.arena = NK_ARENA_INIT(LISTING_BYTES_MAX),
	};

	if (nk_shell_mount(shell, &listing.fs, err) < 0 ||
	    (pattern ? add_pattern(&listing, pattern, err)
		     : add_folder(&listing, shell->cwd, err)) < 0 ||
	    print_rows(&listing, err) < 0)
		return -1;
	return nk_out_flush(shell->ctx->out, err);
}
