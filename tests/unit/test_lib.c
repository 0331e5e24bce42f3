/* test_lib.c - every table of a lazily loaded library loads: a soname change breaks a test, not a
 * user. */
#include <criterion/criterion.h>

#include "netkit/lib/edit.h"
#include "netkit/lib/ssl.h"
#include "netkit/lib/z.h"

Test(lib, openssl_has_every_symbol)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_not_null(nk_ssl(&err), "%s", err.msg);
}

Test(lib, zlib_has_every_symbol)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_not_null(nk_z(&err), "%s", err.msg);
}

Test(lib, libedit_has_every_symbol)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_not_null(nk_edit(&err), "%s", err.msg);
}
