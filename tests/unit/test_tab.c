/* test_tab.c - what TAB makes of candidates. */
#include <criterion/criterion.h>

#include "../../core/cli/listings.h"
#include "../../core/cli/tab.h"

static void make(const char *line, bool is_pattern, const char *const *texts, bool is_open,
		 struct nk_tab *tab)
{
	nk_auto(shell_cursor) struct nk_shell_cursor cursor = { .last = NULL };
	nk_auto(candidates) struct nk_candidates candidates = { .count = 0 };

	for (; *texts; texts++)
		nk_candidates_add(&candidates, *texts, "", is_open);
	nk_shell_at_cursor(line, is_pattern, &cursor);
	nk_tab_make(&candidates, &cursor, is_pattern, tab);
}

Test(tab, the_only_candidate_is_put_there_with_a_blank)
{
	nk_auto(tab) struct nk_tab tab = { .at = 0 };

	make("get a", false, (const char *[]){ "a b", NULL }, false, &tab);
	cr_expect_eq(tab.at, 4);
	cr_expect_str_eq(tab.insert, "a\\ b ");
}

Test(tab, a_folder_stays_open)
{
	nk_auto(tab) struct nk_tab tab = { .at = 0 };

	make("cd \"a", false, (const char *[]){ "a b/", NULL }, true, &tab);
	cr_expect_str_eq(tab.insert, "\"a b/");
}

Test(tab, what_all_begin_with_comes_first_in_whole_characters)
{
	nk_auto(tab) struct nk_tab tab = { .at = 0 };

	/* Both begin with the first byte of a character. */
	make("get ", false, (const char *[]){ "x\xc3\xa4", "x\xc3\xb6", NULL }, false, &tab);
	cr_expect_str_eq(tab.insert, "x");
	cr_expect_eq(tab.shown.count, 0);
}

Test(tab, else_they_are_shown_sorted_without_folders_each_once)
{
	nk_auto(tab) struct nk_tab tab = { .at = 0 };

	make("get d/", false, (const char *[]){ "d/b", "d/a/", "d/b", NULL }, false, &tab);
	cr_expect_null(tab.insert);
	cr_assert_eq(tab.shown.count, 2);
	cr_expect_str_eq(tab.shown.items[0], "a/");
	cr_expect_str_eq(tab.shown.items[1], "b");
}

Test(tab, wildcards_are_quoted_in_patterns_only)
{
	nk_auto(tab) struct nk_tab plain = { .at = 0 };
	nk_auto(tab) struct nk_tab pattern = { .at = 0 };

	make("get ", false, (const char *[]){ "a*[", NULL }, false, &plain);
	cr_expect_str_eq(plain.insert, "a*[ ");
	make("get ", true, (const char *[]){ "a*[", NULL }, false, &pattern);
	cr_expect_str_eq(pattern.insert, "a\\*\\[ ");
}

Test(tab, nothing_is_done_without_candidates)
{
	nk_auto(tab) struct nk_tab tab = { .at = 0 };

	make("get x", false, (const char *[]){ NULL }, false, &tab);
	cr_expect_null(tab.insert);
	cr_expect_eq(tab.shown.count, 0);
}

static struct nk_spool *spool_of(size_t count)
{
	struct nk_spool *spool = nk_spool_new();
	struct nk_err err = NK_ERR_INIT;

	for (size_t i = 0; i < count; i++) {
		nk_auto(str) char *name = nk_format("%zu", i);
		struct nk_entry entry = NK_ENTRY_INIT;

		entry.name = name;
		cr_assert_eq(nk_spool_add(spool, &entry, &err), 0);
	}
	return spool;
}

Test(listings, a_folder_is_remembered_until_all_are_forgotten)
{
	struct nk_listings listings = { 0 };
	nk_auto(spool) struct nk_spool *spool = spool_of(3);

	cr_expect_null(nk_listings_find(&listings, "/a"));
	cr_expect_eq(nk_listings_add(&listings, "/a", spool)->count, 3);
	cr_expect_not_null(nk_listings_find(&listings, "/a"));
	cr_expect_null(nk_listings_find(&listings, "/b"));
	nk_listings_clear(&listings);
	cr_expect_null(nk_listings_find(&listings, "/a"));
}

Test(listings, what_failed_at_once_is_not_kept)
{
	struct nk_listings listings = { 0 };

	nk_listings_fail(&listings, 20);
	cr_expect_null(nk_listings_find(&listings, "/a"));
	cr_expect_not(nk_listings_are_asleep(&listings));
}

Test(listings, a_server_that_lets_us_wait_is_left_alone_until_it_answers)
{
	struct nk_listings listings = { 0 };

	cr_expect_not(nk_listings_are_asleep(&listings));
	nk_listings_fail(&listings, 1500);
	cr_expect(nk_listings_are_asleep(&listings));
	nk_listings_wake(&listings);
	cr_expect_not(nk_listings_are_asleep(&listings));
	nk_listings_fail(&listings, 1500);
	nk_listings_clear(&listings);
	cr_expect_not(nk_listings_are_asleep(&listings));
}

Test(listings, only_so_many_names_and_folders_are_kept)
{
	struct nk_listings listings = { 0 };
	nk_auto(spool) struct nk_spool *spool = spool_of(NK_LISTING_MAX + 5);
	nk_auto(spool) struct nk_spool *none = spool_of(0);
	int found = 0;

	cr_expect_eq(nk_listings_add(&listings, "/many", spool)->count, NK_LISTING_MAX);
	for (int i = 0; i < 2 * NK_LISTINGS_MAX; i++) {
		nk_auto(str) char *path = nk_format("/%d", i);

		nk_listings_add(&listings, path, none);
		cr_expect_not_null(nk_listings_find(&listings, path), "the newest is there");
	}
	for (int i = 0; i < 2 * NK_LISTINGS_MAX; i++) {
		nk_auto(str) char *path = nk_format("/%d", i);

		found += nk_listings_find(&listings, path) != NULL;
	}
	cr_expect_eq(found, NK_LISTINGS_MAX);
	nk_listings_clear(&listings);
}

Test(spool, takes_no_more_than_its_limit)
{
	nk_auto(spool) struct nk_spool *spool = spool_of(2);
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;

	nk_spool_limit(spool, 3);
	cr_expect_eq(nk_spool_add(spool, &entry, &err), 0);
	cr_expect_eq(nk_spool_add(spool, &entry, &err), -1);
	cr_expect_eq(err.domain, NK_E_PROTO);
	cr_expect_eq(nk_spool_count(spool), 3);
}
