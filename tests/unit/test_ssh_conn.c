/* test_ssh_conn.c - a connection used without waiting, and one over a socket of somebody else. */
#include "netkit/conn.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

struct adopted {
	struct nk_net_policy net;
	struct nk_target target;
	struct nk_conn *conn;
	int peer;
};

static struct adopted *adopted_new(void)
{
	struct adopted *adopted = nk_alloc(sizeof(*adopted));
	int ends[2];

	adopted->target = (struct nk_target){ .host = "far", .port = 2222, .net = &adopted->net };
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	adopted->conn = nk_conn_adopt(ends[0], &adopted->target);
	adopted->peer = ends[1];
	return adopted;
}

static void adopted_free(struct adopted *adopted)
{
	nk_conn_free(adopted->conn);
	close(adopted->peer);
	free(adopted);
}
NK_AUTO_HANDLE(adopted, struct adopted *, adopted_free)

Test(conn_adopt, name_is_the_targets)
{
	nk_auto(adopted) struct adopted *adopted = adopted_new();

	cr_assert_str_eq(nk_conn_peer(adopted->conn), "far:2222");
}

Test(conn_adopt, peer_is_not_taken_for_this_host)
{
	nk_auto(adopted) struct adopted *adopted = adopted_new();

	cr_assert_not(nk_conn_is_loopback(adopted->conn));
}

Test(conn_adopt, socket_does_not_block)
{
	nk_auto(adopted) struct adopted *adopted = adopted_new();

	cr_assert(fcntl(nk_conn_poll_fd(adopted->conn), F_GETFL) & O_NONBLOCK);
}

Test(conn_try, nothing_to_read_is_busy)
{
	nk_auto(adopted) struct adopted *adopted = adopted_new();
	struct nk_err err = NK_ERR_INIT;
	char bytes[8];

	cr_assert_eq(nk_conn_try_read(adopted->conn, bytes, sizeof(bytes), &err), NK_CONN_BUSY);
}

Test(conn_try, what_is_there_is_read)
{
	nk_auto(adopted) struct adopted *adopted = adopted_new();
	struct nk_err err = NK_ERR_INIT;
	char bytes[8];

	cr_assert_eq(write(adopted->peer, "abc", 3), 3);
	cr_assert_eq(nk_conn_try_read(adopted->conn, bytes, sizeof(bytes), &err), 3);
	cr_assert_arr_eq(bytes, "abc", 3);
}

Test(conn_try, end_is_read_as_nothing)
{
	nk_auto(adopted) struct adopted *adopted = adopted_new();
	struct nk_err err = NK_ERR_INIT;
	char bytes[8];

	cr_assert_eq(shutdown(adopted->peer, SHUT_WR), 0);
	cr_assert_eq(nk_conn_try_read(adopted->conn, bytes, sizeof(bytes), &err), 0);
}

Test(conn_try, full_socket_is_busy)
{
	nk_auto(adopted) struct adopted *adopted = adopted_new();
	nk_auto(str) char *bytes = nk_alloc(1 << 20);
	struct nk_err err = NK_ERR_INIT;
	ssize_t put;

	while ((put = nk_conn_try_write(adopted->conn, bytes, 1 << 20, &err)) > 0)
		;
	cr_assert_eq(put, NK_CONN_BUSY, "%s", err.msg);
}
