/* test_spool.c - a folder's entries in flat memory. */
#include "netkit/spool.h"

#include <malloc.h>
#include <stdio.h>

#include <criterion/criterion.h>

static void add_numbered(struct nk_spool *spool, int from, int to)
{
	struct nk_err err = NK_ERR_INIT;

	for (int i = from; i < to; i++) {
		char name[32];
		struct nk_entry entry = NK_ENTRY_INIT;

		snprintf(name, sizeof(name), "file-%d", i);
		entry.name = name;
		entry.size = i;
		cr_assert_eq(nk_spool_add(spool, &entry, &err), 0);
	}
}

static void expect_numbered(struct nk_spool *spool, int from, int to)
{
	struct nk_err err = NK_ERR_INIT;

	for (int i = from; i < to; i++) {
		struct nk_entry entry;
		char name[32];

		snprintf(name, sizeof(name), "file-%d", i);
		cr_assert_eq(nk_spool_next(spool, &entry, &err), 1);
		cr_assert_str_eq(entry.name, name);
		cr_assert_eq(entry.size, i);
	}
}

static void expect_end(struct nk_spool *spool)
{
	struct nk_err err = NK_ERR_INIT;
	struct nk_entry entry;

	cr_assert_eq(nk_spool_next(spool, &entry, &err), 0);
}

Test(spool, keeps_every_field)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct nk_entry entry = { .name = "n",
				  .kind = NK_KIND_LINK,
				  .size = 7,
				  .mtime = -8,
				  .mode = 0644,
				  .is_rough = true,
				  .link = "../to" };
	struct nk_err err = NK_ERR_INIT;
	struct nk_entry got;

	cr_assert_eq(nk_spool_add(spool, &entry, &err), 0);
	cr_assert_eq(nk_spool_next(spool, &got, &err), 1);
	cr_assert_str_eq(got.name, "n");
	cr_assert_eq(got.kind, NK_KIND_LINK);
	cr_assert_eq(got.size, 7);
	cr_assert_eq(got.mtime, -8);
	cr_assert_eq(got.mode, 0644);
	cr_assert(got.is_rough);
	cr_assert_str_eq(got.link, "../to");
}

Test(spool, an_unknown_link_stays_unknown)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;
	struct nk_entry got;

	cr_assert_eq(nk_spool_add(spool, &entry, &err), 0);
	cr_assert_eq(nk_spool_next(spool, &got, &err), 1);
	cr_assert_null(got.link);
}

Test(spool, an_empty_one_is_at_its_end)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();

	expect_end(spool);
}

Test(spool, gives_a_hundred_thousand_back_in_order)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();

	add_numbered(spool, 0, 100000);
	cr_assert_eq(nk_spool_count(spool), 100000);
	expect_numbered(spool, 0, 100000);
	expect_end(spool);
}

Test(spool, adding_and_taking_may_alternate)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();

	add_numbered(spool, 0, 5000);
	expect_numbered(spool, 0, 3000);
	add_numbered(spool, 5000, 9000);
	expect_numbered(spool, 3000, 9000);
	expect_end(spool);
	add_numbered(spool, 9000, 9010);
	expect_numbered(spool, 9000, 9010);
	expect_end(spool);
}

Test(spool, memory_stays_small)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct mallinfo2 before = mallinfo2();

	add_numbered(spool, 0, 200000);
	cr_assert_lt(mallinfo2().uordblks - before.uordblks, 256 * 1024);
	expect_numbered(spool, 0, 200000);
}

Test(spool, the_longest_name_passes_and_a_longer_one_is_refused)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	char name[NK_ENTRY_NAME_MAX + 2];
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;
	struct nk_entry got;

	memset(name, 'x', sizeof(name));
	name[NK_ENTRY_NAME_MAX] = '\0';
	entry.name = name;
	for (int i = 0; i < 100; i++)
		cr_assert_eq(nk_spool_add(spool, &entry, &err), 0);
	name[NK_ENTRY_NAME_MAX] = 'x';
	name[NK_ENTRY_NAME_MAX + 1] = '\0';
	cr_assert_eq(nk_spool_add(spool, &entry, &err), -1);
	cr_assert_eq(err.domain, NK_E_PROTO);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(nk_spool_next(spool, &got, &err), 1);
	cr_assert_eq(strlen(got.name), NK_ENTRY_NAME_MAX);
	expect_end(spool);
}

Test(spool, an_unusable_tmpdir_is_passed_over)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();

	setenv("TMPDIR", "/nonexistent", 1);
	add_numbered(spool, 0, 10000);
	expect_numbered(spool, 0, 10000);
}

Test(spool, kinds_have_words)
{
	cr_assert_str_eq(nk_kind_word(NK_KIND_FILE), "file");
	cr_assert_str_eq(nk_kind_word(NK_KIND_OTHER), "other");
}

Test(spool, owners_come_back_and_too_long_ones_do_not)
{
	struct nk_err err = NK_ERR_INIT;
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	char longer[NK_ENTRY_OWNER_MAX + 2];
	struct nk_entry entry = NK_ENTRY_INIT;

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	entry.name = "a";
	entry.uid = 7;
	entry.owner = "joe";
	entry.group = longer;
	cr_assert_eq(nk_spool_add(spool, &entry, &err), 0);
	entry = (struct nk_entry)NK_ENTRY_INIT;
	cr_assert_eq(nk_spool_next(spool, &entry, &err), 1);
	cr_expect_eq(entry.uid, 7);
	cr_expect_eq(entry.gid, -1);
	cr_expect_str_eq(entry.owner, "joe");
	cr_expect_null(entry.group);
}
