/* test_dgram.c - datagrams. */
#include "netkit/dgram.h"

#include <criterion/criterion.h>

/* A size at which 32 bits do not do for the kernel's overhead. */
#define PACKET 1000

Test(dgram, a_buffer_of_gibibytes_is_no_smaller_than_one_of_mebibytes)
{
	const struct nk_net_policy net = { .connect_timeout_ms = 1000 };
	const struct nk_target target = { .host = "127.0.0.1", .port = 9, .net = &net };
	struct nk_err err = NK_ERR_INIT;
	nk_auto(dgram) struct nk_dgram *dgram = NULL;
	int some, most;

	cr_assert_eq(nk_dgram_open(&target, &dgram, &err), 0, "%s", err.msg);
	some = nk_dgram_reserve(dgram, PACKET, 1 << 20);
	most = nk_dgram_reserve(dgram, PACKET, INT32_MAX / PACKET * PACKET);
	cr_assert_geq(some, PACKET);
	cr_assert_geq(most, some);
}
