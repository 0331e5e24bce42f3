/* test_info.c - what is kept beside a partial file. */
#include "../../core/fs/info.h"

#include <criterion/criterion.h>

#define MARK "7.8.9"

static bool parse(struct nk_info *info, const char *text)
{
	bool is_good = nk_info_parse(info, text, strlen(text), MARK);

	cr_assert(is_good || (!info->identity && !info->has_held && info->held.count == 0));
	return is_good;
}

Test(info, of_the_first_version_has_no_gaps)
{
	nk_auto(info) struct nk_info info = { .identity = NULL };

	cr_assert(parse(&info, "netkit 1 7.8.9\nsize=5 url=a\n"));
	cr_assert_str_eq(info.identity, "size=5 url=a");
	cr_assert_not(info.has_held);
}

Test(info, of_the_second_version_says_what_is_there)
{
	nk_auto(info) struct nk_info info = { .identity = NULL };

	cr_assert(parse(&info, "netkit 2 7.8.9\nsize=5 url=a\n0-2,4-5\n"));
	cr_assert(info.has_held);
	cr_assert_eq(nk_ranges_total(&info.held), 3);
}

Test(info, that_is_not_ours_or_of_another_part_or_spoilt_is_refused)
{
	const char *const spoilt[] = {
		"",
		"netkit 1 7.8.9",
		"netkit 1 7.8.9\n",
		"netkit 1 7.8.9\n\n",
		"netkit 1 7.8.9\nsize=5",
		"netkit 1 7.8.99\nsize=5\n",
		"netkit 1 7.8.8\nsize=5\n",
		"netkit 3 7.8.9\nsize=5\n0-2\n",
		"netkit 2 7.8.9\nsize=5\n",
		"netkit 2 7.8.9\nsize=5\n0-2",
		"netkit 2 7.8.9\nsize=5\n0-2,1-3\n",
		"notes of mine\nsize=5\n",
	};
	nk_auto(info) struct nk_info info = { .identity = NULL };

	for (size_t i = 0; i < NK_COUNT(spoilt); i++)
		cr_assert_not(parse(&info, spoilt[i]), "'%s'", spoilt[i]);
}
