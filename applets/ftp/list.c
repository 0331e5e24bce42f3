/* list.c - the dialects of LIST: Unix ls -l, DOS, EPLF. */
#include <ctype.h>
#include <time.h>

#include "ftp.h"

#include "netkit/num.h"
#include "netkit/text.h"

/* Words of a Unix line before the name at most: mode, links, owner, group, size, month, day, time. */
#define LIST_WORDS_MAX 12

/* A date without a year this far ahead is last year's (clocks differ). */
#define LIST_AHEAD_SECONDS (2 * 86400)

/* Years tried for such a date, from the next one back: ten have a 29 February among them. */
#define LIST_YEARS 10

/* Spaces that IIS writes between "<DIR>" and the name. */
#define LIST_DOS_DIR_SPACES 10

/* Where the date stands in the words of ls -l, counted from 0. */
#define LIST_DATE_USUAL 5

struct list_word {
	char *text;
	size_t length;
};

static int list_month(const struct list_word *word)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	if (word->length != 3)
		return 0;
	for (int i = 0; i < 12; i++) {
		if (strncasecmp(word->text, months + i * 3, 3) == 0)
			return i + 1;
	}
	return 0;
}

static bool list_number(const struct list_word *word, uint64_t most, uint64_t *value)
{
	return nk_num_span(word->text, word->length, most, value);
}

/* "03:04" or "3:04:05" as hours and minutes. */
static bool list_clock(const struct list_word *word, int *hour, int *minute)
{
	char *colon = memchr(word->text, ':', word->length);
	uint64_t hours;
	uint64_t minutes;

	if (!colon || word->text + word->length < colon + 3 ||
	    !nk_num_span(word->text, (size_t)(colon - word->text), 23, &hours) ||
	    !nk_num_span(colon + 1, 2, 59, &minutes))
		return false;
	*hour = (int)hours;
	*minute = (int)minutes;
	return true;
}

/* The newest such day that is not still to come; 29 February may be some years back. */
static int64_t list_date_without_year(int month, int day, int hour, int minute, int64_t now)
{
	time_t at = (time_t)now;
	struct tm today = { .tm_year = 0 };
	int64_t seconds;

	gmtime_r(&at, &today);
	for (int year = today.tm_year + 1901; year > today.tm_year + 1901 - LIST_YEARS; year--) {
		if (nk_clock_from_utc(year, month, day, hour, minute, 0, &seconds) &&
		    seconds <= now + LIST_AHEAD_SECONDS)
			return seconds;
	}
	return NK_ENTRY_NO_TIME;
}

/* "Jan 2 03:04", "Jan 2 2026", "2 Jan 2026" in three words. */
static bool list_date(const struct list_word *words, int64_t now, int64_t *mtime)
{
	int month = list_month(&words[0]);
	const struct list_word *day_word = month ? &words[1] : &words[0];
	uint64_t day;
	uint64_t year;
	int hour;
	int minute;

	if (!month)
		month = list_month(&words[1]);
	if (!month || !list_number(day_word, 31, &day) || day == 0)
		return false;
	if (list_clock(&words[2], &hour, &minute)) {
		*mtime = list_date_without_year(month, (int)day, hour, minute, now);
		return true;
	}
	return list_number(&words[2], 9999, &year) && year > 1900 &&
	       nk_clock_from_utc((int)year, month, (int)day, 0, 0, 0, mtime);
}

/* "2026-01-02 03:04" in two words, as ls --time-style=long-iso. */
static bool list_iso_date(const struct list_word *words, int64_t *mtime)
{
	const char *text = words[0].text;
	uint64_t year;
	uint64_t month;
	uint64_t day;
	int hour;
	int minute;

	if (words[0].length != 10 || text[4] != '-' || text[7] != '-')
		return false;
	if (!nk_num_span(text, 4, 9999, &year) || !nk_num_span(text + 5, 2, 12, &month) ||
	    !nk_num_span(text + 8, 2, 31, &day) || !list_clock(&words[1], &hour, &minute))
		return false;
	return nk_clock_from_utc((int)year, (int)month, (int)day, hour, minute, 0, mtime);
}

static enum nk_kind list_kind(char letter)
{
	switch (letter) {
	case 'd':
		return NK_KIND_DIR;
	case 'l':
		return NK_KIND_LINK;
	case '-':
		return NK_KIND_FILE;
	default:
		return NK_KIND_OTHER;
	}
}

/* "rwxr-xr-x" as permission bits; -1 when it is not that. */
static int list_mode(const char *text, size_t length)
{
	static const char full[] = "rwxrwxrwx";
	int mode = 0;

	if (length < 10)
		return -1;
	for (int i = 0; i < 9; i++) {
		char c = text[i + 1];
		int bit = 1 << (8 - i);

		if (c == full[i])
			mode |= bit;
		else if (i % 3 == 2 && (c == 's' || c == 't'))
			mode |= bit | (04000 >> (i / 3));
		else if (i % 3 == 2 && (c == 'S' || c == 'T'))
			mode |= 04000 >> (i / 3);
		else if (c != '-')
			return -1;
	}
	return mode;
}

/* Cut the line into words; the rest of the line after word i begins at words[i].text + length. */
static int list_words(char *line, struct list_word words[LIST_WORDS_MAX])
{
	int count = 0;

	for (char *at = line; count < LIST_WORDS_MAX; count++) {
		at += strspn(at, " ");
		if (*at == '\0')
			break;
		words[count].text = at;
		words[count].length = strcspn(at, " ");
		at += words[count].length;
	}
	return count;
}

/* The number of words that the date at word i takes, 0 when there is none. */
static int list_date_at(const struct list_word *words, int count, int i, int64_t now,
			int64_t *mtime)
{
	if (i + 2 < count && list_date(&words[i], now, mtime))
		return 3;
	return i + 1 < count && list_iso_date(&words[i], mtime) ? 2 : 0;
}

/* Where the date stands: the number of words it takes, its first word in *first. */
static int list_find_date(const struct list_word *words, int count, int64_t now, int *first,
			  int64_t *mtime)
{
	/* The usual place first: an owner may be called May, and be in group 12. */
	int taken = list_date_at(words, count, LIST_DATE_USUAL, now, mtime);

	*first = LIST_DATE_USUAL;
	/* Size comes before it, so it cannot be among the first two words. */
	for (int i = 2; taken == 0 && i < count; i++) {
		*first = i;
		taken = list_date_at(words, count, i, now, mtime);
	}
	return taken;
}

static void list_split_link(struct nk_entry *entry, char *name)
{
	char *arrow = strstr(name, " -> ");

	if (entry->kind != NK_KIND_LINK || !arrow)
		return;
	*arrow = '\0';
	entry->link = arrow + 4;
}

static bool list_unix(char *line, int64_t now, struct nk_entry *entry)
{
	struct nk_entry found = NK_ENTRY_INIT;
	struct list_word words[LIST_WORDS_MAX];
	int count = list_words(line, words);
	int first = 0;
	int64_t mtime = NK_ENTRY_NO_TIME;
	int taken = list_find_date(words, count, now, &first, &mtime);
	uint64_t size;
	char *name;

	if (taken == 0 || !strchr("-dlbcpsD", line[0]))
		return false;
	name = words[first + taken - 1].text + words[first + taken - 1].length;
	if (*name != ' ' || name[1] == '\0')
		return false;
	/* One space, then the name, which may begin with more of them. */
	name++;
	found.kind = list_kind(line[0]);
	found.mode = list_mode(words[0].text, words[0].length);
	if (found.kind == NK_KIND_FILE && list_number(&words[first - 1], INT64_MAX, &size))
		found.size = (int64_t)size;
	found.mtime = mtime;
	found.is_rough = true;
	found.name = name;
	list_split_link(&found, name);
	*entry = found;
	return true;
}

/* "01-02-26  03:04PM", "01-02-2026  15:04" and "2026-01-02  15:04". */
static bool list_dos_date(const struct list_word *words, int64_t *mtime)
{
	const char *date = words[0].text;
	size_t year_digits = words[0].length - 6;
	uint64_t part[3];
	char half;
	int hour;
	int minute;

	if (list_iso_date(words, mtime))
		return true;
	if (words[0].length < 8 || date[2] != '-' || date[5] != '-')
		return false;
	if (!nk_num_span(date, 2, 12, &part[0]) || !nk_num_span(date + 3, 2, 31, &part[1]) ||
	    !nk_num_span(date + 6, year_digits, 9999, &part[2]) ||
	    !list_clock(&words[1], &hour, &minute))
		return false;
	half = (char)toupper((unsigned char)words[1].text[strcspn(words[1].text, ":") + 3]);
	if (half == 'P' || half == 'A')
		hour = hour % 12 + (half == 'P' ? 12 : 0);
	if (year_digits == 2)
		part[2] += part[2] < 70 ? 2000 : 1900;
	return nk_clock_from_utc((int)part[2], (int)part[0], (int)part[1], hour, minute, 0, mtime);
}

/* "01-02-26  03:04PM       <DIR>          name": date, time, size, name. */
static bool list_dos(char *line, struct nk_entry *entry)
{
	struct nk_entry found = NK_ENTRY_INIT;
	struct list_word words[LIST_WORDS_MAX];
	size_t gap_most = 1;
	uint64_t size;
	char *name;

	if (list_words(line, words) < 4 || !list_dos_date(words, &found.mtime))
		return false;
	found.is_rough = true;
	if (words[2].length == 5 && strncasecmp(words[2].text, "<DIR>", 5) == 0) {
		found.kind = NK_KIND_DIR;
		gap_most = LIST_DOS_DIR_SPACES;
	} else if (words[2].text[0] == '<') {
		found.kind = NK_KIND_OTHER;
		gap_most = LIST_DOS_DIR_SPACES;
	} else if (list_number(&words[2], INT64_MAX, &size)) {
		found.size = (int64_t)size;
	} else {
		return false;
	}
	/* What is more than the columns take is the name's own. */
	name = words[2].text + words[2].length;
	for (size_t gap = 0; gap < gap_most && *name == ' '; gap++)
		name++;
	found.name = name;
	*entry = found;
	return true;
}

/* Easily Parsed LIST Format: "+i8388621.48594,m825718503,r,s280,\tname". */
static bool list_eplf(char *line, struct nk_entry *entry)
{
	struct nk_entry found = NK_ENTRY_INIT;
	char *tab = strchr(line, '\t');
	uint64_t number;

	if (line[0] != '+' || !tab || tab[1] == '\0')
		return false;
	*tab = '\0';
	found.kind = NK_KIND_OTHER;
	for (char *fact = line + 1; *fact != '\0';) {
		size_t length = strcspn(fact, ",");

		if (fact[0] == '/')
			found.kind = NK_KIND_DIR;
		else if (fact[0] == 'r')
			found.kind = NK_KIND_FILE;
		else if (fact[0] == 's' && nk_num_span(fact + 1, length - 1, INT64_MAX, &number))
			found.size = (int64_t)number;
		else if (fact[0] == 'm' &&
			 nk_num_span(fact + 1, length - 1, INT64_MAX / 2, &number))
			found.mtime = (int64_t)number;
		fact += length + (fact[length] == ',' ? 1 : 0);
	}
	found.name = tab + 1;
	*entry = found;
	return true;
}

bool ftp_parse_list(char *line, int64_t now, struct nk_entry *entry)
{
	struct nk_entry found;

	if (!list_eplf(line, &found) && !list_dos(line, &found) && !list_unix(line, now, &found))
		return false;
	if (found.name[0] == '\0' || strcmp(found.name, ".") == 0 || strcmp(found.name, "..") == 0)
		return false;
	*entry = found;
	return true;
}
