/* test_sftp_classic.c - the destinations of sftp(1), and what its ls prints. */
#include "../../applets/sftp/classic.h"

#include <time.h>

#include <criterion/criterion.h>

static void use_utc(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
}

TestSuite(sftp_listing, .init = use_utc);

/* ---- destinations ---- */

static void destination_is(const char *text, const char *url, const char *path)
{
	nk_auto(str) char *got_url = NULL;
	nk_auto(str) char *got_path = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(sftp_destination_parse(text, &got_url, &got_path, &err), 0, "%s: %s", text,
		     err.msg);
	cr_expect_str_eq(got_url, url);
	if (path)
		cr_expect_str_eq(got_path, path);
	else
		cr_expect_null(got_path);
}

static void destination_fails(const char *text)
{
	nk_auto(str) char *url = NULL;
	nk_auto(str) char *path = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_expect_eq(sftp_destination_parse(text, &url, &path, &err), -1, "%s", text);
}

Test(sftp_destination, a_host_alone_has_no_path)
{
	destination_is("web", "sftp://web/~/", NULL);
	destination_is("web:", "sftp://web/~/", NULL);
	destination_is("joe@web", "sftp://joe@web/~/", NULL);
}

Test(sftp_destination, a_path_is_relative_to_the_login_folder)
{
	destination_is("web:a/b", "sftp://web/~/", "/~/a/b");
	destination_is("web:/etc/hosts", "sftp://web/~/", "/etc/hosts");
	destination_is("web:~bob/x", "sftp://web/~/", "/~bob/x");
}

Test(sftp_destination, an_address_stands_in_brackets)
{
	destination_is("[::1]:/a", "sftp://[::1]/~/", "/a");
	destination_is("joe@[::1]", "sftp://joe@[::1]/~/", NULL);
}

Test(sftp_destination, a_user_may_have_an_at)
{
	destination_is("joe@dom@web:a", "sftp://joe%40dom@web/~/", "/~/a");
}

Test(sftp_destination, a_path_may_have_colons)
{
	destination_is("web:a:b@c", "sftp://web/~/", "/~/a:b@c");
}

Test(sftp_destination, a_url_has_port_and_path)
{
	destination_is("sftp://joe@web:2222/srv/a", "sftp://joe@web:2222/~/", "/srv/a");
	destination_is("sftp://web", "sftp://web/~/", NULL);
	destination_is("sftp://web/", "sftp://web/~/", NULL);
}

Test(sftp_destination, a_host_that_is_none_is_refused)
{
	destination_fails(":a");
	destination_fails("joe@:a");
	destination_fails("[::1:a");
	destination_fails("sftp://joe:secret@web/");
}

/* ---- ls ---- */

#define NOW 1800000000

static const struct sftp_ls_how is_long = { .form = SFTP_LS_LONG };

static void line_is(const struct nk_entry *entry, const struct sftp_ls_how *how, const char *line)
{
	nk_auto(str) char *got = sftp_ls_line(entry, entry->name, how, NOW);

	cr_expect_str_eq(got, line);
}

Test(sftp_listing, a_line_is_as_openssh_prints_it)
{
	const struct nk_entry entry = { .name = "a b",
					.kind = NK_KIND_FILE,
					.size = 4,
					.mtime = NOW - 60,
					.mode = 0644,
					.uid = 0,
					.gid = 100,
					.owner = "root",
					.group = "users" };

	line_is(&entry, &is_long, "-rw-r--r--    ? root     users           4 Jan 15 07:59 a b");
}

Test(sftp_listing, numbers_stand_for_names_that_are_not_known_or_not_wanted)
{
	const struct sftp_ls_how numeric = { .form = SFTP_LS_NUMERIC };
	struct nk_entry entry = { .name = "d",
				  .kind = NK_KIND_DIR,
				  .size = 4096,
				  .mtime = NOW,
				  .mode = 0755,
				  .uid = 5,
				  .gid = 6,
				  .owner = "joe" };

	line_is(&entry, &numeric, "drwxr-xr-x    ? 5        6            4096 Jan 15 08:00 d");
	line_is(&entry, &is_long, "drwxr-xr-x    ? joe      6            4096 Jan 15 08:00 d");
}

Test(sftp_listing, what_is_not_known_is_a_question_mark)
{
	struct nk_entry entry = NK_ENTRY_INIT;

	entry.name = "x";
	line_is(&entry, &is_long, "-?????????    ? ?        ?               ?  x");
}

Test(sftp_listing, special_bits_are_letters)
{
	struct nk_entry entry = { .name = "x", .kind = NK_KIND_FILE, .mtime = NOW, .mode = 07644 };

	line_is(&entry, &is_long, "-rwSr-Sr-T    ? 0        0               0 Jan 15 08:00 x");
	entry.mode = 07777;
	line_is(&entry, &is_long, "-rwsrwsrwt    ? 0        0               0 Jan 15 08:00 x");
}

Test(sftp_listing, dates_far_from_now_have_a_year)
{
	struct nk_entry entry = { .name = "x", .kind = NK_KIND_LINK, .mtime = 0, .mode = 0777 };

	line_is(&entry, &is_long, "lrwxrwxrwx    ? 0        0               0 Jan  1  1970 x");
	entry.mtime = NOW + 3600;
	line_is(&entry, &is_long, "lrwxrwxrwx    ? 0        0               0 Jan 15  2027 x");
}

static void scaled_is(int64_t bytes, const char *text)
{
	nk_auto(str) char *got = sftp_ls_scaled(bytes);

	cr_expect_str_eq(got, text);
}

Test(sftp_listing, sizes_are_scaled_as_openssh_does)
{
	scaled_is(0, "0B");
	scaled_is(4, "4B");
	scaled_is(1023, "1023B");
	scaled_is(4096, "4.0K");
	scaled_is(1536, "1.5K");
	scaled_is((int64_t)252 << 30, "252G");
	scaled_is(INT64_MAX, "8.0E");
}

Test(sftp_listing, columns_fill_the_width)
{
	struct sftp_ls_columns columns = sftp_ls_columns(5, 80);

	cr_expect_eq(columns.count, 11);
	cr_expect_eq(columns.width, 7);
	columns = sftp_ls_columns(200, 80);
	cr_expect_eq(columns.count, 1);
	cr_expect_eq(columns.width, 80);
}

static void owners_are(const char *longname, const char *owner, const char *group)
{
	struct sftp_names names;

	sftp_parse_owners(longname, strlen(longname), &names);
	cr_expect_str_eq(names.owner, owner);
	cr_expect_str_eq(names.group, group);
}

Test(sftp_owners, are_the_third_and_fourth_word)
{
	owners_are("-rw-r--r--    1 joe      users         4 Nov 22 17:30 a", "joe", "users");
}

Test(sftp_owners, are_empty_where_there_are_none)
{
	owners_are("", "", "");
	owners_are("-rw-r--r-- 1 joe", "joe", "");
}

Test(sftp_owners, that_are_too_long_are_none)
{
	char longname[NK_ENTRY_OWNER_MAX + 64];

	memset(longname, 'x', sizeof(longname) - 1);
	memcpy(longname, "- 1 ", 4);
	memcpy(longname + NK_ENTRY_OWNER_MAX + 8, " users ", 7);
	longname[sizeof(longname) - 1] = '\0';
	owners_are(longname, "", "users");
}
