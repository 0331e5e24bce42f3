/* test_itself.c - a file that is about to be copied onto itself. */
#include "../../core/fs/itself.h"

#include "fake_fs.h"

static struct fake *fake;
static struct nk_session other;
static struct nk_apart apart;
static struct nk_fs *one;
static struct nk_fs *two;
static struct nk_fs_ops ops;
static struct nk_err err;

/* The same server, as it is reached by two names. */
static void setup(void)
{
	fake = fake_new();
	ops = fake_ops;
	one = fake_mounted(fake, &ops);
	two = fake_mounted(fake, &ops);
	other = fake->session;
	other.target.host = "fake.other";
	two->session = &other;
	fake_make(fake, "/d", NK_KIND_DIR);
	fake_put_text(fake, "/d/file", "precious");
}

static void teardown(void)
{
	nk_apart_release(&apart);
	nk_fs_unmount(one);
	nk_fs_unmount(two);
	fake_free(fake);
}

TestSuite(itself, .init = setup, .fini = teardown);

static int check(struct nk_fs *from, const char *source_path, struct nk_fs *to,
		 const char *target_path)
{
	const struct nk_end source = { .fs = from, .path = source_path };
	const struct nk_end target = { .fs = to, .path = target_path };

	return nk_itself_check(&apart, &source, &target, &err);
}

static int count_files(void)
{
	int count = 0;

	for (int i = 0; i < fake->count; i++)
		count += fake->files[i].path != NULL;
	return count;
}

Test(itself, is_found_behind_another_name_of_the_host)
{
	cr_assert_eq(check(one, "/d/file", two, "/d/file"), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_str_eq(err.msg,
			 "/d/file cannot be copied onto itself: on fake.other it is /d/file");
	cr_assert_str_eq(fake_text(fake, "/d/file"), "precious");
	cr_assert_eq(count_files(), 2);
}

Test(itself, is_not_copied)
{
	const struct nk_end source = { .fs = one, .path = "/d/file" };
	const struct nk_end target = { .fs = two, .path = "/d/file" };
	const struct nk_copy_how how = { 0 };
	struct nk_tries tries = NK_TRIES_INIT;
	struct nk_transfer transfer;

	cr_assert_eq(nk_copy_file(&source, &target, NULL, &how, &tries, &transfer, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_str_eq(fake_text(fake, "/d/file"), "precious");
}

static struct fake *elsewhere;

Test(itself, is_not_a_file_of_another_server)
{
	elsewhere = fake_new();
	struct nk_fs *three = fake_mounted(elsewhere, &ops);

	fake_make(elsewhere, "/d", NK_KIND_DIR);
	fake_put_text(elsewhere, "/d/file", "precious");
	cr_assert_eq(check(one, "/d/file", three, "/d/file"), 0);
	cr_assert_eq(elsewhere->count, 3);
	cr_assert_null(elsewhere->files[2].path);
	/* Nobody asks again about this folder. */
	fake->stats = elsewhere->stats = elsewhere->opens = 0;
	cr_assert_eq(check(one, "/d/more", three, "/d/more"), 0);
	cr_assert_eq(fake->stats + elsewhere->stats + elsewhere->opens, 0);
	cr_assert_eq(check(one, "/e/more", three, "/d/more"), 0);
	cr_assert_eq(elsewhere->stats, 1);
	nk_fs_unmount(three);
	fake_free(elsewhere);
}

Test(itself, is_not_a_target_that_is_missing)
{
	cr_assert_eq(check(one, "/d/file", two, "/e/file"), 0);
	cr_assert_eq(fake->stats, 2);
	cr_assert_eq(fake->opens, 0);
	/* Nobody asks again about these folders. */
	cr_assert_eq(check(one, "/d/more", two, "/e/more"), 0);
	cr_assert_eq(fake->stats, 2);
}

Test(itself, is_found_after_a_target_of_another_name_was_missing)
{
	cr_assert_eq(check(one, "/d/file", two, "/d/new"), 0);
	cr_assert_eq(fake->stats, 1);
	cr_assert_eq(check(one, "/d/file", two, "/d/file"), -1);
}

Test(itself, is_found_after_a_source_was_missing_too)
{
	cr_assert_eq(check(one, "/d/gone", two, "/d/gone"), 0);
	cr_assert_eq(check(one, "/d/file", two, "/d/file"), -1);
}

Test(itself, is_found_after_another_folder_was_written_to)
{
	cr_assert_eq(check(one, "/d/file", two, "/e/file"), 0);
	cr_assert_eq(check(one, "/d/file", two, "/d/file"), -1);
}

static int spell(struct nk_fs *fs, const char *path, char **real, struct nk_err *error)
{
	struct fake_file *file = fake_find(fake_of(fs), path);

	(void)error;
	*real = nk_strdup(file && file->link ? file->link : path);
	return 0;
}

Test(itself, is_found_behind_a_link)
{
	ops.real_path = spell;
	fake_make(fake, "/d/link", NK_KIND_LINK)->link = nk_strdup("/d/file");
	cr_assert_eq(check(one, "/d/file", one, "/d/link"), -1);
	cr_assert_str_eq(err.msg,
			 "/d/file cannot be copied onto itself: on fake.example it is /d/link");
	err = (struct nk_err)NK_ERR_INIT;
	cr_assert_eq(check(one, "/d/link", two, "/d/file"), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
}

Test(itself, is_found_behind_a_link_in_a_folder_that_was_written_to)
{
	ops.real_path = spell;
	fake_make(fake, "/e/file", NK_KIND_LINK)->link = nk_strdup("/d/file");
	fake_put_text(fake, "/d/more", "precious too");
	cr_assert_eq(check(one, "/d/more", one, "/e/more"), 0);
	cr_assert_eq(check(one, "/d/file", one, "/e/file"), -1);
}

Test(itself, is_what_paths_say_on_one_server_without_links)
{
	ops.symlink = NULL;
	cr_assert_eq(check(one, "/d/file", one, "/e/file"), 0);
	cr_assert_eq(check(one, "/d/file", one, "/d/file"), -1);
	cr_assert_eq(fake->stats, 0);
}

Test(itself, is_not_looked_for_where_no_file_can_be_removed)
{
	ops.unlink = NULL;
	cr_assert_eq(check(one, "/d/file", two, "/d/file"), 0);
	cr_assert_eq(fake->stats + fake->opens, 0);
}

static int write_nothing(struct nk_stream *stream, const void *bytes, size_t length,
			 struct nk_err *error)
{
	(void)stream;
	(void)bytes;
	(void)length;
	return nk_fail(error, NK_E_FULL, 552, "no room");
}

static int open_full(struct nk_fs *fs, const char *path, const struct nk_open_how *open_how,
		     struct nk_stream **stream, struct nk_err *error)
{
	static struct nk_stream_ops full;

	if (fake_ops.open(fs, path, open_how, stream, error) < 0)
		return -1;
	full = *(*stream)->ops;
	full.write = write_nothing;
	(*stream)->ops = &full;
	return 0;
}

Test(itself, is_feared_where_there_is_no_room)
{
	ops.open = open_full;
	cr_assert_eq(check(one, "/d/file", two, "/d/file"), -1);
	cr_assert_eq(count_files(), 2);
}

static int refuse(struct nk_fs *fs, const char *path, const struct nk_open_how *open_how,
		  struct nk_stream **stream, struct nk_err *error)
{
	(void)fs;
	(void)path;
	(void)open_how;
	(void)stream;
	return nk_fail(error, NK_E_DENIED, 550, "not here");
}

Test(itself, is_feared_where_nobody_can_tell)
{
	ops.open = refuse;
	cr_assert_eq(check(one, "/d/file", two, "/d/file"), -1);
	cr_assert_str_eq(err.msg, "/d/file may be /d/file on fake.other itself: size and time are "
				  "equal, and no file can be made beside it to find out");
}

Test(itself, is_not_feared_where_sizes_differ)
{
	elsewhere = fake_new();
	struct nk_fs *three = fake_mounted(elsewhere, &ops);

	ops.open = refuse;
	fake_put_text(elsewhere, "/d/file", "older");
	cr_assert_eq(check(one, "/d/file", three, "/d/file"), 0);
	cr_assert_null(apart.source_folder);
	nk_fs_unmount(three);
	fake_free(elsewhere);
}

Test(itself, fails_with_what_ends_the_session)
{
	((struct fake_fs *)two)->is_lost = true;
	cr_assert_eq(check(one, "/d/file", two, "/d/file"), -1);
	cr_assert_eq(err.domain, NK_E_LOST);
	cr_assert(err.again);
}

static int check_folder(struct nk_fs *from, const char *source_path, struct nk_fs *to,
			const char *target_path)
{
	const struct nk_end source = { .fs = from, .path = source_path };
	const struct nk_end target = { .fs = to, .path = target_path };

	return nk_itself_check_folder(&source, &target, &err);
}

Test(itself, is_found_around_a_folder)
{
	fake_make(fake, "/d/d", NK_KIND_DIR);
	cr_assert_eq(check_folder(one, "/d", two, "/d/d"), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_str_eq(err.msg, "/d cannot be copied into itself: on fake.other /d/d is in it");
	cr_assert_eq(count_files(), 3);
}

Test(itself, is_not_around_a_folder_of_another_server)
{
	elsewhere = fake_new();
	struct nk_fs *three = fake_mounted(elsewhere, &ops);

	three->session = &other;
	fake_make(elsewhere, "/d", NK_KIND_DIR);
	fake_make(elsewhere, "/d/d", NK_KIND_DIR);
	cr_assert_eq(check_folder(one, "/d", three, "/d/d"), 0);
	nk_fs_unmount(three);
	fake_free(elsewhere);
}

Test(itself, is_not_around_a_folder_beside_it)
{
	cr_assert_eq(check_folder(one, "/d", two, "/dd"), 0);
	cr_assert_eq(check_folder(one, "/d", two, "/d"), 0);
	cr_assert_eq(fake->opens, 0);
}
