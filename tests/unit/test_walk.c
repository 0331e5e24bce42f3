/* test_walk.c - over trees, friendly and hostile ones. */
#include "netkit/walk.h"

#include "fake_fs.h"

static struct fake *fake;
static struct nk_fs *fs;
static struct nk_err err;

static void setup(void)
{
	fake = fake_new();
	fs = fake_mounted(fake, &fake_ops);
	fake_make(fake, "/d", NK_KIND_DIR);
	fake_put_text(fake, "/d/a.c", "1");
	fake_make(fake, "/d/sub", NK_KIND_DIR);
	fake_put_text(fake, "/d/sub/b.c", "22");
	fake_put_text(fake, "/d/z.h", "333");
}

static void teardown(void)
{
	nk_fs_unmount(fs);
	fake_free(fake);
}

TestSuite(walk, .init = setup, .fini = teardown);

static const char letters[] = { 'F', '>', '<', '!' };

/* Walk all of it; expected: an event's letter and the relative path each, and how it ended. */
static void walks(const char *path, const struct nk_filter *filter, const char *expected)
{
	nk_auto(walk) struct nk_walk *walk = nk_walk_new(path, filter);
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(10000);
	struct nk_walk_item item;
	int result;

	while ((result = nk_walk_next(walk, fs, &item, &err)) == 1)
		cr_assert_eq(nk_buf_addf(&text, "%c%s ", letters[item.event], item.relative), 0);
	cr_assert_eq(nk_buf_addf(&text, "%d", result), 0);
	cr_assert_str_eq(text.data, expected);
}

Test(walk, enters_lists_and_leaves)
{
	walks("/d", NULL, "> Fa.c >sub Fsub/b.c <sub Fz.h < 0");
}

Test(walk, from_the_root)
{
	walks("/", NULL, "> >d Fd/a.c >d/sub Fd/sub/b.c <d/sub Fd/z.h <d < 0");
}

Test(walk, gives_paths_and_entries)
{
	nk_auto(walk) struct nk_walk *walk = nk_walk_new("/d/", NULL);
	struct nk_walk_item item;

	cr_assert_eq(nk_walk_next(walk, fs, &item, &err), 1);
	cr_assert_str_eq(item.path, "/d");
	cr_assert_eq(item.entry->kind, NK_KIND_DIR);
	cr_assert_eq(nk_walk_next(walk, fs, &item, &err), 1);
	cr_assert_str_eq(item.path, "/d/a.c");
	cr_assert_str_eq(item.entry->name, "a.c");
	cr_assert_eq(item.entry->size, 1);
}

Test(walk, a_missing_folder_is_an_error_item)
{
	walks("/none", NULL, "> ! < 0");
	cr_assert_eq(err.domain, NK_E_MISSING);
}

Test(walk, a_folder_that_cannot_be_listed_does_not_end_it)
{
	fake_make(fake, "/d/secret", NK_KIND_DIR);
	fake_put_text(fake, "/d/zz", "");
	fake->list_domain = NK_E_DENIED;
	walks("/d", NULL,
	      "> Fa.c >sub Fsub/b.c <sub Fz.h >secret !secret "
	      "<secret Fzz < 0");
	cr_assert_eq(err.domain, NK_E_DENIED);
}

static void refuses(const char *name)
{
	fake->hostile = name;
	walks("/d/sub", NULL, "> ! Fb.c < 0");
	cr_assert_eq(err.domain, NK_E_PROTO);
}

Test(walk, hostile_names_are_error_items)
{
	refuses("../x");
	refuses("/etc/x");
	refuses("a/../../x");
	refuses("");
	refuses("..");
}

Test(walk, a_name_of_300_bytes_is_an_error_item)
{
	char name[301];

	memset(name, 'x', 300);
	name[300] = '\0';
	refuses(name);
}

Test(walk, links_are_not_entered)
{
	fake_make(fake, "/d/loop", NK_KIND_LINK)->link = nk_strdup("/d");
	walks("/d", NULL, "> Fa.c >sub Fsub/b.c <sub Fz.h Floop < 0");
}

Test(walk, depth_has_an_end)
{
	char path[2048] = "/deep";
	nk_auto(walk) struct nk_walk *walk = nk_walk_new("/deep", NULL);
	struct nk_walk_item item;
	int entered = 0;
	int errors = 0;

	fake_make(fake, path, NK_KIND_DIR);
	for (int i = 0; i < 300; i++) {
		strcat(path, "/x");
		fake_make(fake, path, NK_KIND_DIR);
	}
	while (nk_walk_next(walk, fs, &item, &err) == 1) {
		entered += item.event == NK_WALK_ENTER;
		errors += item.event == NK_WALK_ERROR;
	}
	cr_assert_eq(entered, NK_WALK_DEPTH_MAX);
	cr_assert_eq(errors, 1);
}

Test(walk, without_a_session_it_is_busy_and_goes_on_later)
{
	nk_auto(walk) struct nk_walk *walk = nk_walk_new("/d", NULL);
	struct nk_walk_item item;

	cr_assert_eq(nk_walk_next(walk, NULL, &item, &err), 1);
	cr_assert_eq(nk_walk_next(walk, NULL, &item, &err), NK_WALK_BUSY);
	cr_assert_eq(nk_walk_next(walk, fs, &item, &err), 1);
	cr_assert_str_eq(item.relative, "a.c");
	cr_assert_eq(nk_walk_next(walk, NULL, &item, &err), 1);
	cr_assert_str_eq(item.relative, "sub");
	cr_assert_eq(nk_walk_next(walk, NULL, &item, &err), NK_WALK_BUSY);
	cr_assert_eq(fake->lists, 1);
}

Test(walk, a_lost_session_is_gone_on_from_with_another)
{
	nk_auto(walk) struct nk_walk *walk = nk_walk_new("/d/sub", NULL);
	struct nk_walk_item item;

	fake->lost_lists = 1;
	cr_assert_eq(nk_walk_next(walk, fs, &item, &err), 1);
	cr_assert_eq(nk_walk_next(walk, fs, &item, &err), -1);
	cr_assert_eq(err.domain, NK_E_LOST);
	nk_fs_unmount(fs);
	fs = fake_mounted(fake, &fake_ops);
	cr_assert_eq(nk_walk_next(walk, fs, &item, &err), 1);
	cr_assert_str_eq(item.path, "/d/sub/b.c");
}

Test(walk, a_pruned_folder_is_left_at_once)
{
	nk_auto(walk) struct nk_walk *walk = nk_walk_new("/d", NULL);
	struct nk_walk_item item;

	cr_assert_eq(nk_walk_next(walk, fs, &item, &err), 1);
	nk_walk_prune(walk);
	cr_assert_eq(nk_walk_next(walk, fs, &item, &err), 1);
	cr_assert_eq(item.event, NK_WALK_LEAVE);
	cr_assert_eq(nk_walk_next(walk, fs, &item, &err), 0);
	cr_assert_eq(fake->lists, 0);
}

Test(walk, includes_are_about_files)
{
	struct nk_filter filter = { 0 };

	nk_strings_add(&filter.include, "*.c");
	walks("/d", &filter, "> Fa.c >sub Fsub/b.c <sub < 0");
	nk_strings_release(&filter.include);
}

Test(walk, an_excluded_folder_is_not_entered)
{
	struct nk_filter filter = { 0 };

	nk_strings_add(&filter.exclude, "sub");
	walks("/d", &filter, "> Fa.c Fz.h < 0");
	cr_assert_eq(fake->lists, 1);
	nk_strings_release(&filter.exclude);
}

Test(walk, a_pattern_with_a_slash_is_about_the_path)
{
	struct nk_filter filter = { 0 };

	nk_strings_add(&filter.exclude, "sub/*");
	walks("/d", &filter, "> Fa.c >sub <sub Fz.h < 0");
	nk_strings_release(&filter.exclude);
}
