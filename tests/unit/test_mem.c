/* test_mem.c - allocation and locals that release themselves. */
#include "netkit/mem.h"

#include <criterion/criterion.h>
#include <signal.h>

/* AddressSanitizer would end the test before nk_realloc sees that there is no memory. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

Test(mem, new_memory_is_zero)
{
	nk_auto(str) char *bytes = nk_alloc(64);

	for (int i = 0; i < 64; i++)
		cr_assert_eq(bytes[i], 0);
}

Test(mem, nothing_is_something)
{
	nk_auto(str) char *bytes = nk_alloc(0);

	cr_assert_not_null(bytes);
}

Test(mem, shrinking_to_nothing_keeps_a_pointer)
{
	nk_auto(str) char *bytes = nk_realloc(nk_alloc(8), 0);

	cr_assert_not_null(bytes);
}

Test(mem, running_out_aborts, .signal = SIGABRT)
{
	/* volatile: the compiler refuses what it can see to be too large. */
	volatile size_t size = SIZE_MAX / 2;

	nk_realloc(NULL, size);
}

Test(mem, copy_of_no_text_is_no_text)
{
	cr_assert_null(nk_strdup(NULL));
}

Test(mem, strndup_takes_only_length_bytes)
{
	nk_auto(str) char *text = nk_strndup("hello", 4);

	cr_assert_str_eq(text, "hell");
}

Test(mem, format_makes_a_string)
{
	nk_auto(str) char *text = nk_format("%s-%d", "a", 7);

	cr_assert_str_eq(text, "a-7");
}

Test(mem, copy_into_a_field_is_cut_and_terminated)
{
	char field[4];

	nk_copy_text(field, sizeof(field), "hello");
	cr_assert_str_eq(field, "hel");
}

Test(mem, take_leaves_null)
{
	char *text = nk_strdup("a");
	nk_auto(str) char *taken = nk_take(text);

	cr_assert_null(text);
	cr_assert_str_eq(taken, "a");
}
