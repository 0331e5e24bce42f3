/* test_glob.c - what patterns stand for in a folder of files. */
#include "../../core/cli/fsverbs.h"
#include "fs_folder.h"
#include "netkit/local.h"
#include "netkit/shell.h"

TestSuite(glob, .init = folder_setup, .fini = folder_teardown);

/* The names below the folder that pattern stands for, with blanks between; kept. */
static char *matched(const char *pattern)
{
	static const struct nk_local_opts opts = { .root = NULL };
	nk_auto(session) struct nk_session *session = nk_local_session(&opts);
	nk_auto(str) char *whole = nk_format("%s/%s", folder, pattern);
	const struct nk_place place = { .ops = &nk_local_ops, .session = session };
	nk_auto(fs) struct nk_fs *fs = NULL;
	nk_auto(paths) struct nk_paths paths = { 0 };
	struct nk_err err = NK_ERR_INIT;
	char *text = nk_strdup("");

	cr_assert_eq(nk_fs_mount(&place, &fs, &err), 0);
	if (nk_glob_paths(fs, whole, &paths, &err) < 0) {
		free(text);
		return keep(nk_strdup(nk_domain_class(err.domain)));
	}
	for (size_t i = 0; i < paths.count; i++) {
		char *longer = nk_format("%s%s%s", text, i > 0 ? " " : "",
					 paths.items[i] + strlen(folder) + 1);

		free(text);
		text = longer;
	}
	return keep(text);
}

static void make_files(void)
{
	put_text("b.txt", "");
	put_text("a.txt", "");
	put_text(".hidden.txt", "");
	put_text("x*y", "");
	put_text("xzy", "");
	cr_assert_eq(mkdir(in_folder("d1"), 0755), 0);
	cr_assert_eq(mkdir(in_folder("d*"), 0755), 0);
	put_text("d1/f", "");
	put_text("d*/f", "");
}

Test(glob, matches_come_sorted_and_hidden_names_need_their_dot)
{
	make_files();
	cr_expect_str_eq(matched("*.txt"), "a.txt b.txt");
	cr_expect_str_eq(matched(".*.txt"), ".hidden.txt");
}

Test(glob, a_wildcard_with_a_backslash_is_a_character)
{
	make_files();
	cr_expect_str_eq(matched("x\\*y"), "x*y");
	cr_expect_str_eq(matched("x*y"), "x*y xzy");
	cr_expect_str_eq(matched("d\\*/*"), "d*/f");
}

Test(glob, a_name_that_matched_is_no_pattern_again)
{
	make_files();
	cr_expect_str_eq(matched("d*/f"), "d*/f d1/f");
	cr_expect_str_eq(matched("d*/*"), "d*/f d1/f");
}

Test(glob, without_wildcards_it_is_the_one_path_it_means)
{
	make_files();
	cr_expect_str_eq(matched("gone"), "gone");
	cr_expect_str_eq(matched("d1\\\\"), "d1\\");
}

Test(glob, nothing_that_matches_is_missing)
{
	make_files();
	cr_expect_str_eq(matched("*.none"), "missing");
}
