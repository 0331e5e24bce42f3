/* test_ssh_kexinit.c - a server's first words: identification and KEXINIT. */
#include "../../core/auth/kexinit.h"

#include <criterion/criterion.h>

/* What a server sends first: lines, and a KEXINIT whose six lists are given. */
static void greeting(struct nk_buf *out, const char *lines, const char *const lists[6])
{
	nk_auto(buf) struct nk_buf packet = NK_BUF_INIT(4096);

	cr_assert_eq(nk_buf_add(&packet, "\4\24", 2), 0);
	cr_assert_eq(nk_buf_add(&packet, "0123456789abcdef", 16), 0);
	for (int i = 0; i < 6; i++)
		cr_assert_eq(nk_sshwire_add_string(&packet, lists[i], strlen(lists[i])), 0);
	cr_assert_eq(nk_buf_add_text(out, lines), 0);
	cr_assert_eq(nk_sshwire_add_string(out, packet.data, packet.len), 0);
}

static const char *const six[6] = { "k1,k2", "h1", "c1,c2", "c3", "m1", "m2" };

static void assert_list(const struct nk_sshwire *list, const char *expected)
{
	cr_assert_eq(list->length, strlen(expected));
	cr_assert_arr_eq(list->bytes, expected, list->length);
}

Test(kexinit, banner_is_found_after_other_lines)
{
	const char *text = "welcome\r\nSSH\r\nSSH-2.0-x y\r\nmore";
	const unsigned char *line = NULL;
	size_t length = nk_kexinit_banner((const unsigned char *)text, strlen(text), &line);

	cr_assert_eq(length, strlen("SSH-2.0-x y"));
	cr_assert_arr_eq(line, "SSH-2.0-x y", length);
}

Test(kexinit, banner_without_its_line_end_is_none_yet)
{
	const char *text = "SSH-2.0-x";
	const unsigned char *line = NULL;

	cr_assert_eq(nk_kexinit_banner((const unsigned char *)text, strlen(text), &line), 0);
}

Test(kexinit, lists_come_in_the_order_of_the_packet)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(8192);
	struct nk_kexinit kexinit;

	greeting(&bytes, "hello\nSSH-2.0-x\r\n", six);
	cr_assert(nk_kexinit_parse((const unsigned char *)bytes.data, bytes.len, &kexinit));
	for (int i = 0; i < NK_KEXINIT_LISTS; i++)
		assert_list(&kexinit.lists[i], six[i]);
}

Test(kexinit, banner_may_end_in_a_bare_newline)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(8192);
	struct nk_kexinit kexinit;

	greeting(&bytes, "SSH-2.0-x\n", six);
	cr_assert(nk_kexinit_parse((const unsigned char *)bytes.data, bytes.len, &kexinit));
}

Test(kexinit, every_cut_is_no_kexinit)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(8192);
	struct nk_kexinit kexinit;

	greeting(&bytes, "SSH-2.0-x\r\n", six);
	for (size_t length = 0; length < bytes.len; length++)
		cr_assert_not(nk_kexinit_parse((const unsigned char *)bytes.data, length, &kexinit),
			      "%zu bytes", length);
}

Test(kexinit, list_longer_than_the_packet_is_refused)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(8192);
	struct nk_kexinit kexinit;
	size_t first;

	greeting(&bytes, "SSH-2.0-x\r\n", six);
	first = strlen("SSH-2.0-x\r\n") + 4 + 2 + 16;
	bytes.data[first] = '\x7f';
	cr_assert_not(nk_kexinit_parse((const unsigned char *)bytes.data, bytes.len, &kexinit));
}

Test(kexinit, another_packet_is_no_kexinit)
{
	nk_auto(buf) struct nk_buf bytes = NK_BUF_INIT(8192);
	struct nk_kexinit kexinit;

	greeting(&bytes, "SSH-2.0-x\r\n", six);
	bytes.data[strlen("SSH-2.0-x\r\n") + 5] = 1;
	cr_assert_not(nk_kexinit_parse((const unsigned char *)bytes.data, bytes.len, &kexinit));
}

static bool agrees(const char *theirs, const char *ours)
{
	const struct nk_sshwire list = { (const unsigned char *)theirs, strlen(theirs) };

	return nk_kexinit_agrees(&list, ours);
}

Test(kexinit, one_name_in_common_is_agreement)
{
	cr_assert(agrees("a,b,c", "x,c"));
}

Test(kexinit, part_of_a_name_is_no_agreement)
{
	cr_assert_not(agrees("aes128-ctr,b", "aes128,tr,"));
}

Test(kexinit, empty_list_agrees_with_nothing)
{
	cr_assert_not(agrees("", "a"));
	cr_assert_not(agrees("a,,b", ""));
}
