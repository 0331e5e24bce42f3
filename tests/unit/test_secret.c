/* test_secret.c - values that cannot be printed. */
#include "netkit/secret.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <unistd.h>

/* A descriptor from which text can be read. */
static int source(const char *text)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
	close(ends[1]);
	return ends[0];
}

static void assert_read(const char *text, const char *expected)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_read(&secret, source(text), "stdin", &err), 0, "%s", err.msg);
	cr_assert_str_eq(secret.bytes, expected);
	cr_assert_eq(secret.len, strlen(expected));
}

Test(secret, is_not_set_at_first)
{
	struct nk_secret secret = NK_SECRET_INIT;

	cr_assert_not(nk_secret_is_set(&secret));
}

Test(secret, an_empty_one_is_set)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_set(&secret, "", 0, &err), 0);
	cr_assert(nk_secret_is_set(&secret));
}

Test(secret, set_keeps_a_copy)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;
	char word[] = "hunter2";

	cr_assert_eq(nk_secret_set(&secret, word, 6, &err), 0);
	word[0] = 'x';
	cr_assert_str_eq(secret.bytes, "hunter");
}

Test(secret, can_be_set_from_itself)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_set(&secret, "hunter2", 7, &err), 0);
	cr_assert_eq(nk_secret_set(&secret, secret.bytes + 1, 3, &err), 0);
	cr_assert_str_eq(secret.bytes, "unt");
}

Test(secret, nul_is_refused)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_set(&secret, "a\0b", 3, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
}

Test(secret, a_failure_keeps_the_old_one)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;
	char longer[NK_SECRET_MAX + 1] = { 0 };

	cr_assert_eq(nk_secret_set(&secret, "old", 3, &err), 0);
	memset(longer, 'x', sizeof(longer));
	cr_assert_eq(nk_secret_set(&secret, longer, sizeof(longer), &err), -1);
	cr_assert_str_eq(secret.bytes, "old");
}

Test(secret, messages_never_hold_it)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_set(&secret, "hunter2\0", 8, &err), -1);
	cr_assert_null(strstr(err.msg, "hunter2"));
}

Test(secret, the_first_line_is_read)
{
	assert_read("hunter2\nnext\n", "hunter2");
}

Test(secret, a_line_may_end_with_crlf)
{
	assert_read("hunter2\r\n", "hunter2");
}

Test(secret, a_line_may_end_with_the_file)
{
	assert_read("hunter2", "hunter2");
}

Test(secret, an_empty_line_is_an_empty_secret)
{
	assert_read("\n", "");
}

Test(secret, spaces_belong_to_it)
{
	assert_read(" a b \n", " a b ");
}

Test(secret, what_follows_the_line_stays_unread)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;
	int fd = source("one\ntwo");
	char rest[8] = "";

	cr_assert_eq(nk_secret_read(&secret, fd, "stdin", &err), 0);
	cr_assert_eq(read(fd, rest, sizeof(rest) - 1), 3);
	cr_assert_str_eq(rest, "two");
}

Test(secret, an_empty_file_is_refused_by_name)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_read(&secret, source(""), "pw.txt", &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_not_null(strstr(err.msg, "pw.txt"));
}

/* Read count bytes of x and tail. */
static int read_many(struct nk_secret *secret, size_t count, const char *tail, struct nk_err *err)
{
	nk_auto(str) char *text = nk_alloc(count + strlen(tail) + 1);

	memset(text, 'x', count);
	memcpy(text + count, tail, strlen(tail));
	return nk_secret_read(secret, source(text), "stdin", err);
}

Test(secret, the_longest_is_read_whole)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(read_many(&secret, NK_SECRET_MAX, "\r\n", &err), 0);
	cr_assert_eq(secret.len, NK_SECRET_MAX);
}

Test(secret, a_longer_line_is_refused_not_cut)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(read_many(&secret, NK_SECRET_MAX + 1, "", &err), -1);
	cr_assert_eq(read_many(&secret, NK_SECRET_MAX + 1, "\r\n", &err), -1);
	cr_assert_not(nk_secret_is_set(&secret));
}

Test(secret, a_bad_descriptor_is_a_read_error)
{
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_read(&secret, 999, "descriptor 999", &err), -1);
	cr_assert_eq(err.domain, NK_E_READ);
	cr_assert_eq(err.code, EBADF);
}

Test(secret, wipe_leaves_zeros)
{
	char word[] = "hunter2";

	nk_secret_wipe(word, sizeof(word));
	for (size_t i = 0; i < sizeof(word); i++)
		cr_assert_eq(word[i], 0);
}

Test(secret, release_unsets)
{
	struct nk_secret secret = NK_SECRET_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_set(&secret, "a", 1, &err), 0);
	nk_secret_release(&secret);
	cr_assert_not(nk_secret_is_set(&secret));
}
