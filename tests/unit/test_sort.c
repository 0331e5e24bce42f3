/* test_sort.c - entries in the order of their names, few and many. */
#include "../../core/fs/sort.h"

#include <criterion/criterion.h>

static struct nk_spool *spool;
static struct nk_sort *sort;
static struct nk_err err;

static void setup(void)
{
	spool = nk_spool_new();
}

static void teardown(void)
{
	nk_sort_free(sort);
	nk_spool_free(spool);
}

TestSuite(sort, .init = setup, .fini = teardown);

static void add(const char *name, int64_t size)
{
	struct nk_entry entry = NK_ENTRY_INIT;

	entry.name = name;
	entry.size = size;
	cr_assert_eq(nk_spool_add(spool, &entry, &err), 0);
}

/* The names in the order they come, each with a blank behind it. */
static char *order(bool is_reverse)
{
	char *text = nk_strdup("");
	struct nk_entry entry;
	int more;

	cr_assert_eq(nk_sort_new(spool, is_reverse, &sort, &err), 0);
	while ((more = nk_sort_next(sort, &entry, &err)) > 0) {
		char *longer = nk_format("%s%s ", text, entry.name);

		free(text);
		text = longer;
	}
	cr_assert_eq(more, 0);
	return text;
}

Test(sort, nothing_gives_nothing)
{
	nk_auto(str) char *text = order(false);

	cr_assert_str_empty(text);
}

Test(sort, names_come_by_their_bytes)
{
	add("b", 1);
	add("\xff", 1);
	add("B", 1);
	add("a", 1);
	add("ab", 1);
	nk_auto(str) char *text = order(false);

	cr_assert_str_eq(text, "B a ab b \xff ");
}

Test(sort, what_is_in_a_folder_directly_follows_it)
{
	add("a-b", 1);
	add("a/b", 1);
	add("a", 1);
	add("a.", 1);
	nk_auto(str) char *text = order(false);

	cr_assert_str_eq(text, "a a/b a-b a. ");
}

Test(sort, reverse_order_has_a_folder_after_what_is_in_it)
{
	add("a", 1);
	add("a/b", 1);
	add("a/b/c", 1);
	add("a-b", 1);
	nk_auto(str) char *text = order(true);

	cr_assert_str_eq(text, "a-b a/b/c a/b a ");
}

/* Numbers with a stride that visits each once. */
static void add_many(int count, const char *format)
{
	for (int i = 0; i < count; i++) {
		long long number = (long long)i * 7919 % count;
		nk_auto(str) char *name = nk_format("%s%07lld", format, number);

		add(name, number);
	}
}

static void check_many(int count)
{
	struct nk_entry entry;

	cr_assert_eq(nk_sort_new(spool, false, &sort, &err), 0);
	for (int i = 0; i < count; i++) {
		cr_assert_eq(nk_sort_next(sort, &entry, &err), 1);
		cr_assert_eq(entry.size, i, "%s is not %d", entry.name, i);
	}
	cr_assert_eq(nk_sort_next(sort, &entry, &err), 0);
	cr_assert_eq(nk_sort_next(sort, &entry, &err), 0);
}

Test(sort, more_than_memory_holds_is_merged)
{
	add_many(20000, "");
	check_many(20000);
}

/* Names of 3,000 bytes: 85 to a part, so that parts are merged before the end, and then again. */
Test(sort, more_parts_than_can_be_merged_at_once)
{
	nk_auto(str) char *prefix = nk_format("%03000d", 0);

	add_many(12000, prefix);
	check_many(12000);
}

Test(sort, the_longest_names_pass_through_a_file)
{
	nk_auto(str) char *prefix = nk_format("%0*d", NK_ENTRY_NAME_MAX - 7, 0);

	add_many(500, prefix);
	check_many(500);
}

Test(sort, equal_names_all_come)
{
	add("a", 1);
	add("a", 2);
	nk_auto(str) char *text = order(false);

	cr_assert_str_eq(text, "a a ");
}
