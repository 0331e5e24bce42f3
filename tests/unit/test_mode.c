/* test_mode.c - permissions as chmod(1) takes them. */
#include <criterion/criterion.h>

#include "../../core/cli/fsverbs.h"

static int mode_of(const char *mode, int old, bool is_dir)
{
	struct nk_err err = NK_ERR_INIT;
	int result = -1;

	return nk_mode_parse(mode, old, is_dir, &result, &err) < 0 ? -1 : result;
}

Test(mode, octal_is_taken_as_it_is)
{
	cr_assert_eq(mode_of("644", 0777, false), 0644);
	cr_assert_eq(mode_of("04755", 0, false), 04755);
	cr_assert_eq(mode_of("0", 0777, false), 0);
}

Test(mode, symbols_change_what_is_there)
{
	cr_assert_eq(mode_of("u+x", 0644, false), 0744);
	cr_assert_eq(mode_of("go-r", 0644, false), 0600);
	cr_assert_eq(mode_of("a=r", 0777, false), 0444);
	cr_assert_eq(mode_of("+x", 0644, false), 0755);
	cr_assert_eq(mode_of("u=rwx,g=rx,o=", 0, false), 0750);
	cr_assert_eq(mode_of("u+s,o+t", 0755, false), 05755);
	cr_assert_eq(mode_of("u-w+x", 0644, false), 0544);
}

Test(mode, a_capital_x_is_for_folders_and_what_runs)
{
	cr_assert_eq(mode_of("a+X", 0644, false), 0644);
	cr_assert_eq(mode_of("a+X", 0744, false), 0755);
	cr_assert_eq(mode_of("a+X", 0644, true), 0755);
}

Test(mode, what_is_no_mode_is_refused)
{
	static const char *const bad[] = { "",	 "8",	"77777", "u",	 "u+x,",
					   "rw", "u+q", "+x y",	 ",u+x", "0x7" };

	for (size_t i = 0; i < NK_COUNT(bad); i++)
		cr_expect_eq(mode_of(bad[i], 0644, false), -1, "%s", bad[i]);
}
