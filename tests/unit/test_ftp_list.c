/* test_ftp_list.c - the dialects of LIST, by lines that servers wrote. */
#include "../../applets/ftp/ftp.h"

#include <criterion/criterion.h>

/* All lines are read at this time: 2026-03-10T12:00:00Z. */
#define NOW INT64_C(1773144000)

#define NO_TIME NK_ENTRY_NO_TIME

/* What is expected of one line; when: UTC, "" for no time. */
struct row {
	const char *line;
	enum nk_kind kind;
	int64_t size;
	const char *when;
	int mode;
	const char *name;
	const char *link;
};

static void assert_row(const struct row *row, int64_t now)
{
	nk_auto(str) char *line = nk_strdup(row->line);
	struct nk_entry entry;
	char when[NK_CLOCK_TEXT] = "";

	cr_assert(ftp_parse_list(line, now, &entry), "%s", row->line);
	if (entry.mtime != NO_TIME)
		nk_clock_rfc3339(entry.mtime, when);
	cr_assert_str_eq(entry.name, row->name, "%s: %s", row->line, entry.name);
	cr_assert_eq(entry.kind, row->kind, "%s: %s", row->line, nk_kind_word(entry.kind));
	cr_assert_eq(entry.size, row->size, "%s: %lld", row->line, (long long)entry.size);
	cr_assert_str_eq(when, row->when, "%s: %s", row->line, when);
	cr_assert_eq(entry.mode, row->mode, "%s: %o", row->line, (unsigned)entry.mode);
	cr_assert(entry.link ? row->link && strcmp(entry.link, row->link) == 0 : !row->link,
		  "%s: %s", row->line, entry.link);
}

static void assert_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_row(&rows[i], NOW);
}

#define ASSERT_ROWS(rows) assert_rows(rows, NK_COUNT(rows))

static void assert_refused(const char *text)
{
	nk_auto(str) char *line = nk_strdup(text);
	struct nk_entry entry;

	cr_assert_not(ftp_parse_list(line, NOW, &entry), "%s", text);
}

#define FILE_ NK_KIND_FILE
#define DIR_  NK_KIND_DIR
#define LINK_ NK_KIND_LINK
#define OTHER NK_KIND_OTHER

/* clang-format off */
static const struct row servers[] = {
	/* vsftpd: numeric owners */
	{ "-rw-r--r--    1 0        0              12 Jan 02 03:04 a.txt",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "a.txt", NULL },
	{ "drwxr-xr-x    2 1000     1000         4096 Feb 28  2025 sub",
	  DIR_, -1, "2025-02-28T00:00:00Z", 0755, "sub", NULL },
	{ "lrwxrwxrwx    1 0        0               5 Jan 02 03:04 l -> a.txt",
	  LINK_, -1, "2026-01-02T03:04:00Z", 0777, "l", "a.txt" },
	/* proftpd */
	{ "-rw-r--r--   1 joe      users    1099511627776 Dec 31 23:59 big",
	  FILE_, 1099511627776, "2025-12-31T23:59:00Z", 0644, "big", NULL },
	/* pure-ftpd */
	{ "-rw-r--r--    1 ftp        ftp              12 Jan  2 03:04 a.txt",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "a.txt", NULL },
	/* wu-ftpd */
	{ "-rw-r--r--   1 root     other         531 Jan 29 03:26 README",
	  FILE_, 531, "2026-01-29T03:26:00Z", 0644, "README", NULL },
	{ "dr-xr-xr-x   2 root     other         512 Apr  8  1994 etc",
	  DIR_, -1, "1994-04-08T00:00:00Z", 0555, "etc", NULL },
	/* Microsoft FTP service in its Unix form: no group */
	{ "----------   1 owner    group         1803128 Jul 10 10:18 ls-lR.Z",
	  FILE_, 1803128, "2025-07-10T10:18:00Z", 0, "ls-lR.Z", NULL },
	{ "d---------   1 owner    group               0 May  9 19:45 Softlib",
	  DIR_, -1, "2025-05-09T19:45:00Z", 0, "Softlib", NULL },
	/* a BSD without the group column */
	{ "dr-xr-xr-x   2 root          512 Apr  8  1994 etc",
	  DIR_, -1, "1994-04-08T00:00:00Z", 0555, "etc", NULL },
	{ "-rw-r--r--   1 joe            12 Jan  2 03:04 a.txt",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "a.txt", NULL },
	/* NetWare */
	{ "d [R----F--] supervisor            512       Jan 16 18:53    login",
	  DIR_, -1, "2026-01-16T18:53:00Z", -1, "   login", NULL },
	{ "- [R----F--] rhesus             214059       Oct 20 15:27 cx.exe",
	  FILE_, 214059, "2025-10-20T15:27:00Z", -1, "cx.exe", NULL },
	/* NetPresenz for the Mac: a resource fork's size, folders count what is in them */
	{ "-------r--         326  1391972  1392298 Nov 22  1995 MegaPhone.sit",
	  FILE_, 1392298, "1995-11-22T00:00:00Z", 04, "MegaPhone.sit", NULL },
	{ "drwxrwxr-x               folder        2 May 10  1996 network",
	  DIR_, -1, "1996-05-10T00:00:00Z", 0775, "network", NULL },
	/* Solaris, with an ACL mark */
	{ "-rw-r--r--+  1 joe      staff         12 Jan  2 03:04 a.txt",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "a.txt", NULL },
	/* HP-UX: the set-id and sticky letters */
	{ "-rwsr-Sr-t   1 bin      bin           12 Jan  2 03:04 su",
	  FILE_, 12, "2026-01-02T03:04:00Z", 07745, "su", NULL },
	{ "drwxrwxrwT   5 root     sys         1024 Jan  2 03:04 tmp",
	  DIR_, -1, "2026-01-02T03:04:00Z", 01776, "tmp", NULL },
	/* macOS: extended attributes, SELinux: a dot */
	{ "drwx------@  3 joe  staff    96 Jan  2 03:04 Library",
	  DIR_, -1, "2026-01-02T03:04:00Z", 0700, "Library", NULL },
	{ "-rw-r--r--. 1 root root 12 Jan  2 03:04 a.txt",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "a.txt", NULL },
	/* busybox ftpd, with seconds as toybox prints them */
	{ "-rw-r--r--    1 root     root            12 Jan  2 03:04 a.txt",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "a.txt", NULL },
	{ "-rw-r--r-- 1 root root 12 2026-01-02 03:04 a.txt",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "a.txt", NULL },
	/* Active Directory: a group of two words */
	{ "-rw-r--r--   1 joe      Domain Users        12 Jan  2 03:04 a.txt",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "a.txt", NULL },
	/* day before month */
	{ "-rw-r--r--   1 joe      users         12  2 Jan 03:04 a.txt",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "a.txt", NULL },
	{ "-rw-r--r--   1 joe      users         12 28 Feb 2025 a.txt",
	  FILE_, 12, "2025-02-28T00:00:00Z", 0644, "a.txt", NULL },
	/* devices, sockets, pipes, doors */
	{ "crw-rw-rw-   1 root     root       1,   3 Jan  2 03:04 null",
	  OTHER, -1, "2026-01-02T03:04:00Z", 0666, "null", NULL },
	{ "brw-rw----   1 root     disk       8,0 Jan  2  2025 sda",
	  OTHER, -1, "2025-01-02T00:00:00Z", 0660, "sda", NULL },
	{ "srwxrwxrwx   1 root     root           0 Jan  2 03:04 sock",
	  OTHER, -1, "2026-01-02T03:04:00Z", 0777, "sock", NULL },
	{ "prw-r--r--   1 root     root           0 Jan  2 03:04 fifo",
	  OTHER, -1, "2026-01-02T03:04:00Z", 0644, "fifo", NULL },
	{ "Drw-r--r--   1 root     root           0 Jan  2 03:04 door",
	  OTHER, -1, "2026-01-02T03:04:00Z", 0644, "door", NULL },
	/* IIS and other DOS forms */
	{ "01-02-26  03:04PM                   12 a.txt",
	  FILE_, 12, "2026-01-02T15:04:00Z", -1, "a.txt", NULL },
	{ "01-02-26  12:04AM       <DIR>          sub",
	  DIR_, -1, "2026-01-02T00:04:00Z", -1, "sub", NULL },
	{ "01-02-26  12:04PM       <DIR>          Program Files",
	  DIR_, -1, "2026-01-02T12:04:00Z", -1, "Program Files", NULL },
	{ "01-02-2026  03:04AM       1099511627776 big",
	  FILE_, 1099511627776, "2026-01-02T03:04:00Z", -1, "big", NULL },
	{ "01-02-99  3:04PM                    12 a.txt",
	  FILE_, 12, "1999-01-02T15:04:00Z", -1, "a.txt", NULL },
	{ "01-02-26  15:04                     12 a.txt",
	  FILE_, 12, "2026-01-02T15:04:00Z", -1, "a.txt", NULL },
	{ "2026-01-02  15:04       <DIR>          sub",
	  DIR_, -1, "2026-01-02T15:04:00Z", -1, "sub", NULL },
	{ "01-02-26  03:04PM       <JUNCTION>     j",
	  OTHER, -1, "2026-01-02T15:04:00Z", -1, "j", NULL },
	/* EPLF: publicfile, anonftpd */
	{ "+i8388621.29609,m824255902,/,\tdev",
	  DIR_, -1, "1996-02-13T23:58:22Z", -1, "dev", NULL },
	{ "+i8388621.44468,m839956783,r,s10376,\tRFCEPLF",
	  FILE_, 10376, "1996-08-13T17:19:43Z", -1, "RFCEPLF", NULL },
	{ "+r,s0,\t a name",
	  FILE_, 0, "", -1, " a name", NULL },
	{ "+,\tunreadable",
	  OTHER, -1, "", -1, "unreadable", NULL },
};

static const struct row names[] = {
	{ "-rw-r--r-- 1 joe users 12 Jan  2 03:04  a  b ",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, " a  b ", NULL },
	{ "-rw-r--r-- 1 joe users 12 Jan  2 03:04 a -> b",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "a -> b", NULL },
	{ "lrwxrwxrwx 1 joe users 12 Jan  2 03:04 a b -> c d",
	  LINK_, -1, "2026-01-02T03:04:00Z", 0777, "a b", "c d" },
	{ "lrwxrwxrwx 1 joe users 12 Jan  2 03:04 a",
	  LINK_, -1, "2026-01-02T03:04:00Z", 0777, "a", NULL },
	{ "lrwxrwxrwx 1 joe users 0 Jan  2 03:04 a -> ",
	  LINK_, -1, "2026-01-02T03:04:00Z", 0777, "a", "" },
	{ "-rw-r--r-- 1 joe users 12 Jan  2 03:04 Jan 5 2001 12",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "Jan 5 2001 12", NULL },
	{ "-rw-r--r-- 1 may 12 2000 Jan  2 03:04 x",
	  FILE_, 2000, "2026-01-02T03:04:00Z", 0644, "x", NULL },
	{ "-rw-r--r-- 1 jan mar 12 Apr  2  2001 dec",
	  FILE_, 12, "2001-04-02T00:00:00Z", 0644, "dec", NULL },
	{ "-rw-r--r-- 1 joe users 12 Jan  2 03:04 \xe9\xff\033[2J",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "\xe9\xff\033[2J", NULL },
	{ "-rw-r--r-- 1 joe users 12 Jan  2 03:04 ../../etc/passwd",
	  FILE_, 12, "2026-01-02T03:04:00Z", 0644, "../../etc/passwd", NULL },
	{ "01-02-26  03:04PM                   12  two  spaces",
	  FILE_, 12, "2026-01-02T15:04:00Z", -1, " two  spaces", NULL },
	{ "01-02-26  03:04PM       <DIR>            two  spaces",
	  DIR_, -1, "2026-01-02T15:04:00Z", -1, "  two  spaces", NULL },
	{ "+r,\ta\tb",
	  FILE_, -1, "", -1, "a\tb", NULL },
};

static const struct row numbers[] = {
	{ "-rw-r--r-- 1 joe users 9223372036854775807 Jan  2 03:04 a",
	  FILE_, INT64_MAX, "2026-01-02T03:04:00Z", 0644, "a", NULL },
	{ "-rw-r--r-- 1 joe users 9223372036854775808 Jan  2 03:04 a",
	  FILE_, -1, "2026-01-02T03:04:00Z", 0644, "a", NULL },
	{ "-rw-r--r-- 1 joe users -12 Jan  2 03:04 a",
	  FILE_, -1, "2026-01-02T03:04:00Z", 0644, "a", NULL },
	{ "-rw-r--r-- 1 joe users 1.5K Jan  2 03:04 a",
	  FILE_, -1, "2026-01-02T03:04:00Z", 0644, "a", NULL },
	{ "+s99999999999999999999,m99999999999999999999,r,\ta",
	  FILE_, -1, "", -1, "a", NULL },
	{ "+s,m,r,s-1,m-1,\ta",
	  FILE_, -1, "", -1, "a", NULL },
};
/* clang-format on */

Test(ftp_list, lines_of_many_servers)
{
	ASSERT_ROWS(servers);
}

Test(ftp_list, names_are_taken_as_they_are)
{
	ASSERT_ROWS(names);
}

Test(ftp_list, numbers_that_cannot_be_are_unknown)
{
	ASSERT_ROWS(numbers);
}

/* ---- dates without a year ---- */

static void assert_date(const char *date, const char *now, const char *when)
{
	nk_auto(str) char *line = nk_format("-rw-r--r-- 1 j u 1 %s a", date);
	struct row row = { line, FILE_, 1, when, 0644, "a", NULL };
	int64_t seconds;

	cr_assert(nk_clock_parse(now, &seconds), "%s", now);
	assert_row(&row, seconds);
}

Test(ftp_list, a_day_that_was_is_this_years)
{
	assert_date("Mar 10 11:59", "2026-03-10T12:00:00Z", "2026-03-10T11:59:00Z");
}

Test(ftp_list, a_day_still_to_come_is_last_years)
{
	assert_date("Mar 13 12:00", "2026-03-10T12:00:00Z", "2025-03-13T12:00:00Z");
}

Test(ftp_list, clocks_may_differ_by_a_day)
{
	assert_date("Mar 11 12:00", "2026-03-10T12:00:00Z", "2026-03-11T12:00:00Z");
}

Test(ftp_list, december_in_january_is_last_years)
{
	assert_date("Dec 31 23:59", "2026-01-01T00:01:00Z", "2025-12-31T23:59:00Z");
}

Test(ftp_list, january_on_the_last_of_december_is_next_years)
{
	assert_date("Jan  1 00:30", "2025-12-31T23:30:00Z", "2026-01-01T00:30:00Z");
}

Test(ftp_list, the_leap_day_is_in_a_leap_year)
{
	assert_date("Feb 29 12:00", "2024-03-01T12:00:00Z", "2024-02-29T12:00:00Z");
	assert_date("Feb 29 12:00", "2025-01-01T12:00:00Z", "2024-02-29T12:00:00Z");
	assert_date("Feb 29 12:00", "2027-01-01T12:00:00Z", "2024-02-29T12:00:00Z");
}

Test(ftp_list, a_day_that_no_month_has_is_no_time)
{
	assert_date("Feb 30 12:00", "2026-03-10T12:00:00Z", "");
	assert_date("Jun 31 12:00", "2026-03-10T12:00:00Z", "");
}

Test(ftp_list, a_year_may_be_in_the_future)
{
	assert_date("Mar 13  2038", "2026-03-10T12:00:00Z", "2038-03-13T00:00:00Z");
}

Test(ftp_list, times_are_rough)
{
	char unix_line[] = "-rw-r--r-- 1 j u 1 Jan  2 03:04 a";
	char dos_line[] = "01-02-26  03:04PM                   12 a.txt";
	struct nk_entry entry;

	cr_assert(ftp_parse_list(unix_line, NOW, &entry));
	cr_assert(entry.is_rough);
	cr_assert(ftp_parse_list(dos_line, NOW, &entry));
	cr_assert(entry.is_rough);
}

Test(ftp_list, times_of_eplf_are_exact)
{
	char line[] = "+m824255902,r,\ta";
	struct nk_entry entry;

	cr_assert(ftp_parse_list(line, NOW, &entry));
	cr_assert_not(entry.is_rough);
}

/* ---- what is no entry ---- */

Test(ftp_list, headings_do_not_count)
{
	assert_refused("total 1234");
	assert_refused("total 0");
	assert_refused("/pub:");
	assert_refused("");
	assert_refused("   ");
	assert_refused("Permission denied");
}

Test(ftp_list, the_folder_itself_and_its_parent_do_not_count)
{
	assert_refused("drwxr-xr-x 2 0 0 4096 Jan  2 03:04 .");
	assert_refused("drwxr-xr-x 2 0 0 4096 Jan  2 03:04 ..");
	assert_refused("01-02-26  12:04AM       <DIR>          .");
	assert_refused("01-02-26  12:04AM       <DIR>          ..");
	assert_refused("+/,\t.");
	assert_refused("+/,\t..");
}

Test(ftp_list, a_line_without_a_name_does_not_count)
{
	assert_refused("-rw-r--r-- 1 j u 1 Jan  2 03:04");
	assert_refused("-rw-r--r-- 1 j u 1 Jan  2 03:04 ");
	assert_refused("01-02-26  03:04PM                   12");
	assert_refused("01-02-26  03:04PM                   12 ");
	assert_refused("+r,s1,\t");
	assert_refused("+r,s1,");
	assert_refused("+");
}

Test(ftp_list, other_forms_do_not_count)
{
	assert_refused("CORE.DIR;1          1  8-NOV-1999 07:32:00 [GROUP,OWNER] (RWED,RWED,RE,)");
	assert_refused("/u/joe  12 a.txt");
	assert_refused("-rw-r--r-- 1 j u 1 Foo  2 03:04 a");
	assert_refused("-rw-r--r-- 1 j u 1 Jan 32 03:04 a");
	assert_refused("-rw-r--r-- 1 j u 1 Jan  2 25:04 a");
	assert_refused("-rw-r--r-- 1 j u 1 Jan  2 03:61 a");
	assert_refused("13-02-26  03:04PM                   12 a.txt");
	assert_refused("01-32-26  03:04PM                   12 a.txt");
	assert_refused("01-02-26  03:04PM       -12 a.txt");
	assert_refused("01-02-26  x               12 a.txt");
	assert_refused("01-02-  03:04PM               12 a.txt");
}

Test(ftp_list, what_was_found_is_kept_when_a_line_is_refused)
{
	char line[] = "total 3";
	struct nk_entry entry = NK_ENTRY_INIT;

	entry.size = 7;
	cr_assert_not(ftp_parse_list(line, NOW, &entry));
	cr_assert_eq(entry.size, 7);
}

/* ---- hostile lines ---- */

Test(ftp_list, a_line_of_64_kib_is_one_name)
{
	nk_auto(str) char *line = nk_alloc(65536);
	struct nk_entry entry;
	size_t length = strlen("-rw-r--r-- 1 j u 1 Jan  2 03:04 ");

	memset(line, 'x', 65535);
	memcpy(line, "-rw-r--r-- 1 j u 1 Jan  2 03:04 ", length);
	cr_assert(ftp_parse_list(line, NOW, &entry));
	cr_assert_eq(strlen(entry.name), 65535 - length);
}

Test(ftp_list, a_line_of_64_kib_of_words_does_not_count)
{
	nk_auto(str) char *line = nk_alloc(65536);
	struct nk_entry entry;

	for (size_t i = 0; i < 65535; i++)
		line[i] = i % 2 == 0 ? '-' : ' ';
	cr_assert_not(ftp_parse_list(line, NOW, &entry));
}

Test(ftp_list, short_words_where_long_ones_are_usual)
{
	assert_refused("- - - - - Jan");
	assert_refused("d 1");
	assert_refused("1-2 3:4 5 6");
	assert_refused("01-02-26 : 12 a");
	assert_refused("01-02-26 03: 12 a");
	assert_refused("01-02-26 03:4 12 a");
}
