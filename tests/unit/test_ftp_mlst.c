/* test_ftp_mlst.c - entries of MLSD and MLST (RFC 3659 7). */
#include "../../applets/ftp/ftp.h"

#include <criterion/criterion.h>

#define NO_TIME NK_ENTRY_NO_TIME

static void assert_same(const char *line, const struct nk_entry *got, const struct nk_entry *want)
{
	cr_assert_str_eq(got->name, want->name, "%s: %s", line, got->name);
	cr_assert_eq(got->kind, want->kind, "%s", line);
	cr_assert_eq(got->size, want->size, "%s: %lld", line, (long long)got->size);
	cr_assert_eq(got->mtime, want->mtime, "%s: %lld", line, (long long)got->mtime);
	cr_assert_eq(got->mode, want->mode, "%s: %o", line, (unsigned)got->mode);
	cr_assert_eq(got->is_rough, want->is_rough, "%s", line);
	cr_assert(got->link ? want->link && strcmp(got->link, want->link) == 0 : !want->link, "%s",
		  line);
}

static void assert_entry(const char *line, struct nk_entry want)
{
	nk_auto(str) char *copy = nk_strdup(line);
	struct nk_entry got;

	cr_assert(ftp_parse_mlst(copy, &got), "%s", line);
	assert_same(line, &got, &want);
}

static void assert_refused(const char *line)
{
	nk_auto(str) char *copy = nk_strdup(line);
	struct nk_entry got;

	cr_assert_not(ftp_parse_mlst(copy, &got), "%s", line);
}

#define ENTRY(nm, knd, sz, tm, md)                                                                 \
	(struct nk_entry)                                                                          \
	{                                                                                          \
		.name = (nm), .kind = (knd), .size = (sz), .mtime = (tm), .mode = (md)             \
	}

Test(ftp_mlst, a_file_of_proftpd)
{
	assert_entry("modify=20260102030405;perm=adfrw;size=12;type=file;unique=FD00U4C2;"
		     "UNIX.group=0;UNIX.mode=0644;UNIX.owner=0; a.txt",
		     ENTRY("a.txt", NK_KIND_FILE, 12, 1767323045, 0644));
}

Test(ftp_mlst, a_folder_of_pure_ftpd)
{
	assert_entry("type=dir;siz=4096;modify=20260102030405;UNIX.mode=0755;UNIX.uid=0;"
		     "unique=fd01g1; sub",
		     ENTRY("sub", NK_KIND_DIR, -1, 1767323045, 0755));
}

Test(ftp_mlst, a_file_of_iis_and_filezilla)
{
	assert_entry("type=file;modify=20260102030405.123;size=1; b",
		     ENTRY("b", NK_KIND_FILE, 1, 1767323045, -1));
}

Test(ftp_mlst, facts_have_no_case)
{
	assert_entry("TYPE=File;Size=12;MODIFY=20260102030405;unix.MODE=0600; a",
		     ENTRY("a", NK_KIND_FILE, 12, 1767323045, 0600));
}

Test(ftp_mlst, no_facts)
{
	assert_entry(" a", ENTRY("a", NK_KIND_FILE, -1, NO_TIME, -1));
}

Test(ftp_mlst, unknown_facts_are_passed_over)
{
	assert_entry("x.y=1;lang=;=;;a;type=file; a", ENTRY("a", NK_KIND_FILE, -1, NO_TIME, -1));
}

Test(ftp_mlst, the_last_semicolon_may_be_missing)
{
	assert_entry("type=file;size=3 a", ENTRY("a", NK_KIND_FILE, 3, NO_TIME, -1));
}

Test(ftp_mlst, a_name_may_hold_anything)
{
	assert_entry("type=file;  a  b ", ENTRY(" a  b ", NK_KIND_FILE, -1, NO_TIME, -1));
	assert_entry("type=file; a; b=c;d", ENTRY("a; b=c;d", NK_KIND_FILE, -1, NO_TIME, -1));
	assert_entry("type=file; a -> b", ENTRY("a -> b", NK_KIND_FILE, -1, NO_TIME, -1));
	assert_entry("type=file; \xff\xfe\033",
		     ENTRY("\xff\xfe\033", NK_KIND_FILE, -1, NO_TIME, -1));
	assert_entry("type=file; ../x", ENTRY("../x", NK_KIND_FILE, -1, NO_TIME, -1));
}

Test(ftp_mlst, a_link_with_its_target)
{
	struct nk_entry want = ENTRY("l", NK_KIND_LINK, -1, NO_TIME, -1);

	want.link = "/a/b";
	assert_entry("type=OS.unix=slink:/a/b; l", want);
}

Test(ftp_mlst, a_links_target_may_hold_spaces)
{
	struct nk_entry want = ENTRY("l m", NK_KIND_LINK, 3, NO_TIME, -1);

	want.link = "/a b/c";
	assert_entry("type=OS.unix=slink:/a b/c;size=3; l m", want);
}

Test(ftp_mlst, slink_in_a_name_is_a_name)
{
	assert_entry("type=file; slink:a; b", ENTRY("slink:a; b", NK_KIND_FILE, -1, NO_TIME, -1));
}

Test(ftp_mlst, a_link_without_its_target)
{
	assert_entry("type=OS.unix=symlink; l", ENTRY("l", NK_KIND_LINK, -1, NO_TIME, -1));
	assert_entry("type=OS.unix=slink:; l", ENTRY("l", NK_KIND_LINK, -1, NO_TIME, -1));
	assert_entry("type=os.UNIX=slink; l", ENTRY("l", NK_KIND_LINK, -1, NO_TIME, -1));
}

Test(ftp_mlst, the_last_of_two_types_counts)
{
	assert_entry("type=OS.unix=slink:/a;type=file; a",
		     ENTRY("a", NK_KIND_FILE, -1, NO_TIME, -1));
}

Test(ftp_mlst, devices_are_other)
{
	assert_entry("type=OS.unix=chr-1/3; null", ENTRY("null", NK_KIND_OTHER, -1, NO_TIME, -1));
}

Test(ftp_mlst, unusable_values_are_unknown)
{
	static const char *const values[] = { "size=-1;",	   "size=;",
					      "size=0x10;",	   "size=9223372036854775808;",
					      "size=1e9;",	   "size=+1;",
					      "modify=yesterday;", "modify=;",
					      "UNIX.mode=0999;",   "UNIX.mode=17777;",
					      "UNIX.mode=;",	   "UNIX.mode=-1;" };

	for (size_t i = 0; i < NK_COUNT(values); i++) {
		nk_auto(str) char *line = nk_format("type=file;%s a", values[i]);

		assert_entry(line, ENTRY("a", NK_KIND_FILE, -1, NO_TIME, -1));
	}
}

Test(ftp_mlst, the_largest_size)
{
	assert_entry("size=9223372036854775807; a",
		     ENTRY("a", NK_KIND_FILE, INT64_MAX, NO_TIME, -1));
}

Test(ftp_mlst, the_folder_itself_and_its_parent_do_not_count)
{
	assert_refused("type=cdir;modify=20260102030405; .");
	assert_refused("type=pdir;modify=20260102030405; ..");
	assert_refused("type=cdir; /pub");
	assert_refused("Type=PDir; /");
	assert_refused("type=dir; .");
	assert_refused("type=dir; ..");
}

Test(ftp_mlst, what_is_no_entry)
{
	assert_refused("");
	assert_refused(" ");
	assert_refused("type=file;");
	assert_refused("type=file; ");
	assert_refused("type=file;size=1;a");
}

Test(ftp_mlst, what_was_found_is_kept_when_a_line_is_refused)
{
	char line[] = "type=cdir; .";
	struct nk_entry entry = ENTRY("old", NK_KIND_OTHER, 7, 7, 7);

	cr_assert_not(ftp_parse_mlst(line, &entry));
	cr_assert_str_eq(entry.name, "old");
}
