/* test_path.c - paths of the file interface, and safe names. */
#include "netkit/fs.h"

#include <limits.h>

#include <criterion/criterion.h>

static bool is_safe(const char *name)
{
	struct nk_err err = NK_ERR_INIT;
	int result = nk_fs_safe_name(name, &err);

	cr_assert_eq(result < 0, err.domain == NK_E_PROTO);
	return result == 0;
}

Test(path, ordinary_names_are_safe)
{
	cr_assert(is_safe("a"));
	cr_assert(is_safe("..."));
	cr_assert(is_safe(".hidden"));
	cr_assert(is_safe("\xff\x01 odd"));
}

Test(path, dots_are_refused)
{
	cr_assert_not(is_safe("."));
	cr_assert_not(is_safe(".."));
}

Test(path, an_empty_name_is_refused)
{
	cr_assert_not(is_safe(""));
}

Test(path, a_slash_is_refused_wherever_it_is)
{
	cr_assert_not(is_safe("/etc/passwd"));
	cr_assert_not(is_safe("../x"));
	cr_assert_not(is_safe("a/../../x"));
	cr_assert_not(is_safe("a/"));
}

Test(path, a_name_may_have_name_max_bytes_and_no_more)
{
	char name[NAME_MAX + 2];

	memset(name, 'x', sizeof(name));
	name[NAME_MAX] = '\0';
	cr_assert(is_safe(name));
	name[NAME_MAX] = 'x';
	name[NAME_MAX + 1] = '\0';
	cr_assert_not(is_safe(name));
}

Test(path, join_does_not_double_the_slash)
{
	nk_auto(str) char *root = nk_path_join("/", "a");
	nk_auto(str) char *below = nk_path_join("/a", "b");

	cr_assert_str_eq(root, "/a");
	cr_assert_str_eq(below, "/a/b");
}

Test(path, name_is_the_last_component)
{
	cr_assert_str_eq(nk_path_name("/a/b"), "b");
	cr_assert_str_eq(nk_path_name("b"), "b");
	cr_assert_str_eq(nk_path_name("/"), "");
}

Test(path, trim_takes_slashes_off_but_leaves_the_root)
{
	nk_auto(str) char *folder = nk_path_trim("/a/b//");
	nk_auto(str) char *root = nk_path_trim("///");

	cr_assert_str_eq(folder, "/a/b");
	cr_assert_str_eq(root, "/");
}

Test(path, parent_of_every_form)
{
	nk_auto(str) char *deep = nk_path_parent("/a/b");
	nk_auto(str) char *top = nk_path_parent("/b");
	nk_auto(str) char *bare = nk_path_parent("b");
	nk_auto(str) char *doubled = nk_path_parent("a//b/");

	cr_assert_str_eq(deep, "/a");
	cr_assert_str_eq(top, "/");
	cr_assert_str_eq(bare, ".");
	cr_assert_str_eq(doubled, "a");
}
