/* test_hosts.c - files of hosts, and hosts in operands. */
#include <criterion/criterion.h>

#include "../../core/cli/hosts.h"

/* Parse text of length bytes; the message of a failure goes to err. */
static int parse_bytes(struct nk_hosts *hosts, const char *bytes, size_t length, struct nk_err *err)
{
	char *text = nk_alloc(length + 1);

	memcpy(text, bytes, length);
	return nk_hosts_parse(hosts, text, length, "list", err);
}

static int parse(struct nk_hosts *hosts, const char *text, struct nk_err *err)
{
	return parse_bytes(hosts, text, strlen(text), err);
}

/* The line is the only host there is, as it stands. */
static void expect_host(const char *line)
{
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(parse(&hosts, line, &err), 0, "%s: %s", line, err.msg);
	cr_expect_eq(hosts.count, 1, "%s", line);
	cr_expect_str_eq(nk_hosts_at(&hosts, 0), line);
}

/* The line, third of a file, is refused for this reason, and nothing is quoted from it. */
static void expect_refused(const char *line, const char *reason)
{
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	struct nk_err err = NK_ERR_INIT;
	nk_auto(str) char *text = nk_format("# first\na\n%s\nb\n", line);
	nk_auto(str) char *message = nk_format("list:3: no host: %s", reason);

	cr_assert_eq(parse(&hosts, text, &err), -1, "%s", line);
	cr_expect_eq(err.domain, NK_E_USAGE);
	cr_expect_str_eq(err.msg, message, "%s: %s", line, err.msg);
	cr_expect_eq(hosts.count, 0);
}

Test(hosts, one_line_is_one_host)
{
	expect_host("a");
	expect_host("a.example.org");
	expect_host("a.example.org:2222");
	expect_host("joe@a.example.org:2222");
	expect_host("192.0.2.1");
	expect_host("[2001:db8::1]");
	expect_host("[2001:db8::1]:2121");
	expect_host("joe@[fe80::1%eth0]:2121");
	expect_host("na\xc3\xafve.example");
}

Test(hosts, blanks_empty_lines_and_comments_are_dropped)
{
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(parse(&hosts, "\n  a\t\r\n\t# c\n   \n#d\nb", &err), 0, "%s", err.msg);
	cr_assert_eq(hosts.count, 2);
	cr_expect_str_eq(nk_hosts_at(&hosts, 0), "a");
	cr_expect_str_eq(nk_hosts_at(&hosts, 1), "b");
}

Test(hosts, a_byte_order_mark_is_no_part_of_the_first_host)
{
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(parse(&hosts,
			   "\xef\xbb\xbf"
			   "a\n",
			   &err),
		     0, "%s", err.msg);
	cr_expect_str_eq(nk_hosts_at(&hosts, 0), "a");
}

Test(hosts, duplicates_are_dropped_and_the_first_keeps_its_place)
{
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(parse(&hosts, "b\na\nb\na:1\n a\n", &err), 0);
	cr_assert_eq(hosts.count, 3);
	cr_expect_eq(hosts.duplicates, 2);
	cr_expect_str_eq(nk_hosts_at(&hosts, 0), "b");
	cr_expect_str_eq(nk_hosts_at(&hosts, 1), "a");
	cr_expect_str_eq(nk_hosts_at(&hosts, 2), "a:1");
}

Test(hosts, what_is_no_host_is_named_by_its_line_and_not_quoted)
{
	expect_refused("a b", "it has a blank in it");
	expect_refused("a\tb", "it has a control character in it");
	expect_refused("a\033[2Jb", "it has a control character in it");
	expect_refused("sftp://a", "it has a character in it that no host has");
	expect_refused("a/b", "it has a character in it that no host has");
	expect_refused("a # b", "it has a blank in it");
	expect_refused("a#b", "it has a character in it that no host has");
	expect_refused("{}", "it has a character in it that no host has");
	expect_refused("-oProxyCommand=x", "it begins with a dash");
	expect_refused("..", "it names no host");
	expect_refused(":22", "it names no host");
	expect_refused("joe@", "it names no host");
	expect_refused("@a", "it names no user before the @");
	expect_refused("joe:pass@a", "a password does not belong there");
	expect_refused("joe@b@a", "it has two @");
	expect_refused("a:", "its port is none");
	expect_refused("a:0", "its port is none");
	expect_refused("a:65536", "its port is none");
	expect_refused("a:ssh", "its port is none");
	expect_refused("2001:db8::1", "an IPv6 address belongs in [brackets]");
	expect_refused("[2001:db8::1", "what is in brackets is no IPv6 address");
	expect_refused("[]", "what is in brackets is no IPv6 address");
	expect_refused("[host]", "what is in brackets is no IPv6 address");
	expect_refused("[::1]x", "its port is none");
	expect_refused("a[1]", "it has a bracket in it");
	expect_refused("caf\xe9", "it is not UTF-8");
}

Test(hosts, a_nul_is_no_part_of_a_host)
{
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_expect_eq(parse_bytes(&hosts, "a\0b\n", 4, &err), -1);
	cr_expect_str_eq(err.msg, "list:1: no host: it has a control character in it");
}

Test(hosts, the_longest_host_is_a_file_name_and_no_longer)
{
	nk_auto(str) char *longest = nk_alloc(NK_HOST_MAX + 1);
	nk_auto(str) char *longer = nk_alloc(NK_HOST_MAX + 2);

	memset(longest, 'a', NK_HOST_MAX);
	memset(longer, 'a', NK_HOST_MAX + 1);
	expect_host(longest);
	expect_refused(longer, "it is longer than 255 bytes");
}

Test(hosts, a_file_without_hosts_is_refused)
{
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_expect_eq(parse(&hosts, "", &err), -1);
	cr_expect_str_eq(err.msg, "list: no host in it");
	cr_expect_eq(parse(&hosts, "# nobody\n\n", &err), -1);
	cr_expect_eq(err.domain, NK_E_USAGE);
}

Test(hosts, a_hundred_thousand_lines_twice_are_a_hundred_thousand_hosts)
{
	enum { COUNT = 100000 };
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_HOSTS_FILE_MAX);
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	struct nk_err err = NK_ERR_INIT;

	for (int i = 0; i < 2 * COUNT; i++)
		cr_assert_eq(nk_buf_addf(&text, "host%d.example.org\n", i % COUNT), 0);
	cr_assert_eq(parse_bytes(&hosts, text.data, text.len, &err), 0, "%s", err.msg);
	cr_expect_eq(hosts.count, COUNT);
	cr_expect_eq(hosts.duplicates, COUNT);
	cr_expect_str_eq(nk_hosts_at(&hosts, COUNT - 1), "host99999.example.org");
}

Test(hosts, every_mark_is_filled_in)
{
	nk_auto(str) char *url = nk_hosts_fill("sftp://{}/srv/{}.cfg", "joe@a:22");
	nk_auto(str) char *none = nk_hosts_fill("a{b}", "h");

	cr_expect_str_eq(url, "sftp://joe@a:22/srv/joe@a:22.cfg");
	cr_expect_str_eq(none, "a{b}");
}

Test(hosts, a_file_that_cannot_be_read_is_named)
{
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_expect_eq(nk_hosts_read(&hosts, "/nonexistent/hosts", &err), -1);
	cr_expect_eq(err.domain, NK_E_USAGE);
	cr_expect_str_eq(err.msg, "/nonexistent/hosts: No such file or directory");
	cr_expect_eq(nk_hosts_read(&hosts, "/", &err), -1);
	cr_expect_str_eq(err.msg, "/: Is a directory");
}
