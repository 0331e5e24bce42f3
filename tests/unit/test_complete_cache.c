/* test_complete_cache.c - listings that completion keeps. */
#include "../../core/cli/complete_cache.h"

#include <time.h>

#include "fs_folder.h"

static void setup(void)
{
	folder_setup();
	setenv("XDG_CACHE_HOME", folder, 1);
}

TestSuite(complete_cache, .init = setup, .fini = folder_teardown);

#define KEY "ftp://h/folder/\n--user=bob"

/* Keep a listing of one folder and one file. */
static void keep_two(const char *key)
{
	nk_auto(listing) struct nk_listing listing = { .file = NULL };
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_listing_begin(key, &listing, &err), 0, "%s", err.msg);
	entry.name = "sub";
	entry.kind = NK_KIND_DIR;
	cr_assert_eq(nk_listing_add(&listing, &entry, &err), 0);
	entry.name = "new\nline";
	entry.kind = NK_KIND_FILE;
	cr_assert_eq(nk_listing_add(&listing, &entry, &err), 0);
	cr_assert_eq(nk_listing_end(&listing, &err), 0);
	nk_listing_keep(&listing);
	cr_assert(nk_listing_next(&listing, &entry));
	cr_expect_str_eq(entry.name, "sub");
}

/* The one file in the cache. */
static const char *only_file(void)
{
	char *path = keep(nk_format("%s/netkit/complete/%s", folder, "found"));
	nk_auto(str) char *move =
		nk_format("cd %s/netkit/complete && mv ???????????????? found", folder);

	cr_assert_eq(system(move), 0);
	return path;
}

static enum nk_listing_state find(const char *key)
{
	nk_auto(listing) struct nk_listing listing = { .file = NULL };

	return nk_listing_find(key, &listing);
}

/* Put a file of this text where the listing of KEY is kept. */
static void put_instead(const char *text, size_t size)
{
	const char *path;
	nk_auto(str) char *back = NULL;
	FILE *file;

	keep_two(KEY);
	path = only_file();
	/* Its name, made once more by another listing of the same key. */
	keep_two(KEY);
	back = nk_format("cd %s/netkit/complete && mv found ????????????????", folder);
	file = fopen(path, "w");
	cr_assert(file);
	cr_assert_eq(fwrite(text, 1, size, file), size);
	cr_assert_eq(fclose(file), 0);
	cr_assert_eq(system(back), 0);
}

Test(complete_cache, what_is_kept_is_found)
{
	nk_auto(listing) struct nk_listing listing = { .file = NULL };
	struct nk_entry entry;

	keep_two(KEY);
	cr_assert_eq(nk_listing_find(KEY, &listing), NK_LISTING_FOUND);
	cr_assert(nk_listing_next(&listing, &entry));
	cr_expect_str_eq(entry.name, "sub");
	cr_expect_eq(entry.kind, NK_KIND_DIR);
	cr_assert(nk_listing_next(&listing, &entry));
	cr_expect_str_eq(entry.name, "new\nline");
	cr_expect_eq(entry.kind, NK_KIND_FILE);
	cr_expect_not(nk_listing_next(&listing, &entry));
}

Test(complete_cache, another_key_is_another_listing)
{
	keep_two(KEY);
	cr_expect_eq(find("ftp://h/folder/"), NK_LISTING_NONE);
	cr_expect_eq(find(KEY), NK_LISTING_FOUND);
}

Test(complete_cache, a_failure_is_kept)
{
	nk_auto(listing) struct nk_listing listing = { .file = NULL };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_listing_begin(KEY, &listing, &err), 0);
	nk_listing_keep_failure(&listing);
	cr_expect_eq(find(KEY), NK_LISTING_FAILURE);
}

Test(complete_cache, what_is_not_kept_leaves_nothing)
{
	nk_auto(listing) struct nk_listing listing = { .file = NULL };
	nk_auto(str) char *look = nk_format("test -z \"$(ls -A %s/netkit/complete)\"", folder);
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_listing_begin(KEY, &listing, &err), 0);
	nk_listing_release(&listing);
	cr_expect_eq(system(look), 0);
	cr_expect_eq(find(KEY), NK_LISTING_NONE);
}

Test(complete_cache, a_file_that_is_cut_off_is_not_believed)
{
	static const char text[] = "netkit listing 1\0" KEY "\0listing\0fa\0fb";

	put_instead(text, sizeof(text) - 1);
	cr_expect_eq(find(KEY), NK_LISTING_NONE);
}

Test(complete_cache, nonsense_is_not_believed)
{
	static const char empty[] = "";
	static const char other[] = "netkit listing 2\0" KEY "\0listing\0";
	static const char state[] = "netkit listing 1\0" KEY "\0something\0";
	static const char noise[] = "\0\0\0\0\0\0";

	put_instead(empty, 0);
	cr_expect_eq(find(KEY), NK_LISTING_NONE);
	put_instead(other, sizeof(other));
	cr_expect_eq(find(KEY), NK_LISTING_NONE);
	put_instead(state, sizeof(state));
	cr_expect_eq(find(KEY), NK_LISTING_NONE);
	put_instead(noise, sizeof(noise));
	cr_expect_eq(find(KEY), NK_LISTING_NONE);
}

Test(complete_cache, a_kind_that_is_none_ends_the_listing)
{
	static const char text[] = "netkit listing 1\0" KEY "\0listing\0fa\0?b\0fc\0";
	nk_auto(listing) struct nk_listing listing = { .file = NULL };
	struct nk_entry entry;

	put_instead(text, sizeof(text));
	cr_assert_eq(nk_listing_find(KEY, &listing), NK_LISTING_FOUND);
	cr_assert(nk_listing_next(&listing, &entry));
	cr_expect_not(nk_listing_next(&listing, &entry));
}

Test(complete_cache, a_folder_that_others_can_enter_is_not_used)
{
	nk_auto(str) char *path = nk_format("%s/netkit/complete", folder);

	keep_two(KEY);
	cr_assert_eq(chmod(path, 0755), 0);
	cr_expect_eq(find(KEY), NK_LISTING_NONE);
	/* And completion goes on without it. */
	keep_two(KEY);
}

Test(complete_cache, old_and_too_many_files_are_removed)
{
	nk_auto(str) char *many = nk_format("cd %s/netkit/complete && seq 400 | xargs touch && "
					    "seq 200 | xargs touch -d '2 minutes ago'",
					    folder);
	nk_auto(str) char *count =
		nk_format("test $(ls -A %s/netkit/complete | wc -l) -le %d && test ! -e "
			  "%s/netkit/complete/1",
			  folder, NK_LISTINGS_MAX, folder);

	keep_two(KEY);
	cr_assert_eq(system(many), 0);
	keep_two("another");
	cr_expect_eq(system(count), 0);
}
