/* test_arena.c - the bump allocator. */
#include "netkit/arena.h"

#include <criterion/criterion.h>
#include <stdalign.h>

Test(arena, memory_is_zero_after_a_reset_too)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(10000);

	for (int round = 0; round < 2; round++) {
		char *bytes = nk_arena_alloc(&arena, 100);

		for (int i = 0; i < 100; i++)
			cr_assert_eq(bytes[i], 0);
		memset(bytes, 'x', 100);
		nk_arena_reset(&arena);
	}
}

Test(arena, objects_are_aligned_after_odd_strings)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(1000);

	cr_assert_not_null(nk_arena_strndup(&arena, "ab", 2));
	cr_assert_eq((uintptr_t)nk_arena_alloc(&arena, 8) % alignof(max_align_t), 0);
}

Test(arena, strings_are_terminated)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(1000);

	cr_assert_str_eq(nk_arena_strndup(&arena, "abc", 2), "ab");
}

Test(arena, past_the_limit_is_null)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(100);

	cr_assert_not_null(nk_arena_alloc(&arena, 100));
	cr_assert_null(nk_arena_alloc(&arena, 1));
}

Test(arena, a_huge_size_is_null)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(SIZE_MAX);

	cr_assert_null(nk_arena_alloc(&arena, SIZE_MAX - 8));
	cr_assert_null(nk_arena_strndup(&arena, "", SIZE_MAX));
}

Test(arena, the_limit_counts_afresh_after_a_reset)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(100);

	cr_assert_not_null(nk_arena_alloc(&arena, 100));
	nk_arena_reset(&arena);
	cr_assert_not_null(nk_arena_alloc(&arena, 100));
}

Test(arena, an_object_larger_than_a_block_fits)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(1 << 20);
	char *bytes = nk_arena_alloc(&arena, 100000);

	bytes[99999] = 'x';
	cr_assert_eq(bytes[0], 0);
}

Test(arena, empty_objects_have_their_own_address)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(100);
	void *first = nk_arena_alloc(&arena, 0);

	cr_assert_neq(first, nk_arena_alloc(&arena, 0));
}

Test(arena, many_objects_do_not_overlap)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(1 << 20);
	char *names[1000];

	for (int i = 0; i < 1000; i++) {
		nk_auto(str) char *name = nk_format("name %d", i);

		names[i] = nk_arena_strndup(&arena, name, strlen(name));
	}
	for (int i = 0; i < 1000; i++) {
		nk_auto(str) char *name = nk_format("name %d", i);

		cr_assert_str_eq(names[i], name);
	}
}

Test(arena, releasing_twice_is_harmless)
{
	struct nk_arena arena = NK_ARENA_INIT(100);

	cr_assert_not_null(nk_arena_alloc(&arena, 1));
	nk_arena_release(&arena);
	nk_arena_release(&arena);
	nk_arena_reset(&arena);
	cr_assert_eq(arena.used, 0);
}
