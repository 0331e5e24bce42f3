/* test_dl.c - libraries loaded when they are first used. */
#include "netkit/dl.h"

#include <criterion/criterion.h>
#include <math.h>

#define MATH_SYMBOLS(X) X(cbrt) X(hypot)
struct math {
	MATH_SYMBOLS(NK_DL_MEMBER)
};

#define NO_SYMBOLS(X) X(cbrt)
struct none {
	NO_SYMBOLS(NK_DL_MEMBER)
};

const struct math *math_table(struct nk_err *err);
const struct none *none_table(struct nk_err *err);

NK_DL_TABLE(math_table, struct math, MATH_SYMBOLS, "libm.so.6", "libc6")
NK_DL_TABLE(none_table, struct none, NO_SYMBOLS, "libnone.so.9", "libnone9")

Test(dl, loaded_functions_can_be_called)
{
	struct nk_err err = NK_ERR_INIT;
	const struct math *math = math_table(&err);

	cr_assert_not_null(math, "%s", err.msg);
	cr_assert_float_eq(math->hypot(3, 4), 5, 1e-9);
	cr_assert_float_eq(math->cbrt(27), 3, 1e-9);
}

Test(dl, a_missing_library_names_its_package)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_null(none_table(&err));
	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
	cr_assert_str_eq(err.msg, "libnone.so.9 is not installed: apt install libnone9");
}

Test(dl, a_failure_is_remembered)
{
	struct nk_err first = NK_ERR_INIT;
	struct nk_err second = NK_ERR_INIT;

	cr_assert_null(none_table(&first));
	cr_assert_null(none_table(&second));
	cr_assert_str_eq(second.msg, first.msg);
}

Test(dl, a_missing_symbol_leaves_the_table_alone)
{
	static const char *const names[] = { "cbrt", "netkit_has_no_such_symbol" };
	void *members[2] = { NULL, NULL };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_dl_load("libm.so.6", "libc6", names, 2, members, &err), -1);
	cr_assert_null(members[0]);
	cr_assert_not_null(strstr(err.msg, "netkit_has_no_such_symbol"));
	cr_assert_not_null(strstr(err.msg, "libc6"));
}
