/* test_netrc.c - the netrc file. */
#include "netkit/netrc.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int find(const char *text, const char *host, const char *login, struct nk_netrc_entry *entry,
		struct nk_err *err)
{
	return nk_netrc_find(text, strlen(text), host, login, entry, err);
}

/* The entry for host and login must be this one; NULL: it has none. */
static void assert_entry(const char *text, const char *host, const char *login, const char *user,
			 const char *password)
{
	nk_auto(netrc_entry) struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(find(text, host, login, &entry, &err), 1, "%s: %s", text, err.msg);
	cr_assert(user ? entry.login && strcmp(entry.login, user) == 0 : !entry.login, "%s",
		  entry.login);
	cr_assert_eq(nk_secret_is_set(&entry.password), password != NULL);
	if (password)
		cr_assert_str_eq(entry.password.bytes, password);
}

static void assert_absent(const char *text, const char *host, const char *login)
{
	nk_auto(netrc_entry) struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(find(text, host, login, &entry, &err), 0, "%s", err.msg);
	cr_assert_null(entry.login);
	cr_assert_not(nk_secret_is_set(&entry.password));
}

/* The message of a broken file. */
static struct nk_err refusal(const char *text, size_t length)
{
	nk_auto(netrc_entry) struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_netrc_find(text, length, "h", NULL, &entry, &err), -1, "%s", text);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_null(entry.login);
	cr_assert_not(nk_secret_is_set(&entry.password));
	return err;
}

Test(netrc, an_entry_on_one_line)
{
	assert_entry("machine h login joe password pw", "h", NULL, "joe", "pw");
}

Test(netrc, an_entry_over_several_lines)
{
	assert_entry("machine h\n\tlogin joe\n\tpassword pw\n", "h", NULL, "joe", "pw");
}

Test(netrc, a_value_may_be_on_the_next_line)
{
	assert_entry("machine\nh\nlogin\njoe\npassword\npw\n", "h", NULL, "joe", "pw");
}

Test(netrc, line_ends_of_dos)
{
	assert_entry("machine h\r\nlogin joe\r\npassword pw\r\n", "h", NULL, "joe", "pw");
}

Test(netrc, host_names_have_no_case)
{
	assert_entry("machine FTP.Example.org login joe", "ftp.example.ORG", NULL, "joe", NULL);
}

Test(netrc, a_host_is_compared_as_a_whole)
{
	assert_absent("machine h.example login joe", "h", NULL);
	assert_absent("machine h login joe", "h.example", NULL);
}

Test(netrc, the_first_of_a_host_counts)
{
	assert_entry("machine h login a password x\nmachine h login b password y", "h", NULL, "a",
		     "x");
}

Test(netrc, the_entry_of_the_login_counts)
{
	assert_entry("machine h login a password x\nmachine h login b password y", "h", "b", "b",
		     "y");
}

Test(netrc, a_login_is_compared_with_case)
{
	assert_absent("machine h login Joe password x", "h", "joe");
}

Test(netrc, an_entry_without_login_fits_any_login)
{
	assert_entry("machine h password x", "h", "joe", NULL, "x");
}

Test(netrc, another_login_is_not_found)
{
	assert_absent("machine h login a password x", "h", "b");
}

Test(netrc, default_is_for_every_host)
{
	assert_entry("machine g login a password x\ndefault login b password y\n", "h", NULL, "b",
		     "y");
}

Test(netrc, default_with_another_login_is_not_ours)
{
	assert_absent("default login anonymous password me@here", "h", "joe");
}

Test(netrc, a_machine_before_default_wins)
{
	assert_entry("machine h login a password x\ndefault login b password y\n", "h", NULL, "a",
		     "x");
}

Test(netrc, fields_come_in_any_order)
{
	assert_entry("machine h password pw account acc login joe", "h", NULL, "joe", "pw");
}

Test(netrc, an_account_is_read_past)
{
	assert_entry("machine h login joe account password password pw", "h", NULL, "joe", "pw");
}

Test(netrc, a_value_may_be_a_keyword)
{
	assert_entry("machine h login machine password default", "h", NULL, "machine", "default");
}

Test(netrc, quotes_hold_spaces)
{
	assert_entry("machine h login \"joe b\" password \"a b\tc\"", "h", NULL, "joe b", "a b\tc");
}

Test(netrc, escapes_within_quotes)
{
	assert_entry("machine h login j password \"a\\\"b\\\\c\\td\"", "h", NULL, "j",
		     "a\"b\\c\td");
}

Test(netrc, a_backslash_outside_quotes_is_itself)
{
	assert_entry("machine h login j password a\\nb", "h", NULL, "j", "a\\nb");
}

Test(netrc, a_quote_inside_a_word_is_itself)
{
	assert_entry("machine h login j password a\"b\"", "h", NULL, "j", "a\"b\"");
}

Test(netrc, an_empty_password_is_one)
{
	assert_entry("machine h login j password \"\"", "h", NULL, "j", "");
}

Test(netrc, a_password_may_hold_a_hash_sign)
{
	assert_entry("machine h login j password #x#y\n", "h", NULL, "j", "#x#y");
}

Test(netrc, a_password_may_hold_commas)
{
	assert_entry("machine h login j password a,b,\n", "h", NULL, "j", "a,b,");
}

Test(netrc, a_password_may_be_no_utf8)
{
	assert_entry("machine h login j password \xff\xfe", "h", NULL, "j", "\xff\xfe");
}

Test(netrc, comments_are_read_past)
{
	assert_entry("# machine h login a\nmachine h # login b\nlogin c # password x\n#", "h", NULL,
		     "c", NULL);
}

Test(netrc, a_macro_ends_at_an_empty_line)
{
	assert_entry("machine g login a\nmacdef init\nmachine h login b\n\nmachine h login c\n",
		     "h", NULL, "c", NULL);
}

Test(netrc, a_macro_ends_at_an_empty_line_of_dos)
{
	assert_entry("macdef init\r\nmachine h login b\r\n\r\nmachine h login c\r\n", "h", NULL,
		     "c", NULL);
}

Test(netrc, a_macro_without_a_body_ends_at_once)
{
	assert_entry("macdef init\n\nmachine h login c\n", "h", NULL, "c", NULL);
}

Test(netrc, a_macro_may_end_with_the_file)
{
	assert_absent("macdef init\nmachine h login b\n", "h", NULL);
}

Test(netrc, an_empty_file_has_nothing)
{
	assert_absent("", "h", NULL);
	assert_absent("\n\n  \t\r\n,,", "h", NULL);
}

Test(netrc, fields_before_a_machine_are_nobodys)
{
	assert_absent("login joe password pw", "h", NULL);
}

Test(netrc, bytes_after_the_length_are_not_read)
{
	nk_auto(netrc_entry) struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_netrc_find("machine h login joeX", 19, "h", NULL, &entry, &err), 1);
	cr_assert_str_eq(entry.login, "joe");
}

Test(netrc, an_unknown_word_names_its_line)
{
	struct nk_err err = refusal("machine g\nlogin a\nfoo", 21);

	cr_assert(strstr(err.msg, "line 3"), "%s", err.msg);
}

Test(netrc, lines_are_counted_through_a_macro)
{
	const char *text = "macdef x\ncd /\n\nfoo\n";
	struct nk_err err = refusal(text, strlen(text));

	cr_assert(strstr(err.msg, "line 4"), "%s", err.msg);
}

Test(netrc, the_rest_of_a_password_with_a_space_is_not_shown)
{
	const char *text = "machine h login joe password correct horse";
	struct nk_err err = refusal(text, strlen(text));

	cr_assert_null(strstr(err.msg, "correct"), "%s", err.msg);
	cr_assert_null(strstr(err.msg, "horse"), "%s", err.msg);
}

Test(netrc, a_keyword_without_a_value_is_refused)
{
	refusal("machine", 7);
	refusal("machine h login", 15);
	refusal("machine h password  \n", 21);
}

Test(netrc, a_quote_without_an_end_is_refused)
{
	refusal("machine h password \"a", 21);
	refusal("machine h password \"a\nb\"", 24);
	refusal("machine h password \"a\\", 22);
}

Test(netrc, a_nul_is_refused)
{
	refusal("machine h login a\0b", 19);
}

Test(netrc, a_word_over_the_limit_is_refused)
{
	nk_auto(str) char *word = nk_alloc(NK_SECRET_MAX + 2);

	memset(word, 'x', NK_SECRET_MAX + 1);
	nk_auto(str) char *text = nk_format("machine h password %s", word);

	refusal(text, strlen(text));
}

Test(netrc, the_longest_word_is_taken)
{
	nk_auto(str) char *word = nk_alloc(NK_SECRET_MAX + 1);

	memset(word, 'x', NK_SECRET_MAX);
	nk_auto(str) char *text = nk_format("machine h password %s", word);

	assert_entry(text, "h", NULL, NULL, word);
}

/* ---- files ---- */

/* A file with this content and mode in the working folder of the test. */
static char *written(const char *text, mode_t mode)
{
	char *path = nk_format("/tmp/netkit-test-netrc.%d", (int)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

static int look_up(const char *path, struct nk_netrc_entry *entry, struct nk_err *err)
{
	return nk_netrc_look_up(path, "h", NULL, entry, err);
}

Test(netrc, a_file_is_read)
{
	nk_auto(str) char *path = written("machine h login joe password pw\n", 0600);
	nk_auto(netrc_entry) struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;
	int found = look_up(path, &entry, &err);

	unlink(path);
	cr_assert_eq(found, 1, "%s", err.msg);
	cr_assert_str_eq(entry.password.bytes, "pw");
}

Test(netrc, passwords_that_others_can_read_are_refused)
{
	nk_auto(str) char *path = written("machine h login joe password pw\n", 0640);
	nk_auto(netrc_entry) struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;
	int found = look_up(path, &entry, &err);

	unlink(path);
	cr_assert_eq(found, -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert(strstr(err.msg, "chmod 600"), "%s", err.msg);
	cr_assert_null(entry.login);
}

Test(netrc, a_file_without_passwords_may_be_read_by_others)
{
	nk_auto(str) char *path = written("machine h login joe\n", 0644);
	nk_auto(netrc_entry) struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;
	int found = look_up(path, &entry, &err);

	unlink(path);
	cr_assert_eq(found, 1, "%s", err.msg);
}

Test(netrc, a_broken_file_is_named)
{
	nk_auto(str) char *path = written("foo\n", 0600);
	nk_auto(netrc_entry) struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;
	int found = look_up(path, &entry, &err);

	unlink(path);
	cr_assert_eq(found, -1);
	cr_assert(strstr(err.msg, path), "%s", err.msg);
}

Test(netrc, the_environment_names_the_file)
{
	nk_auto(str) char *path = written("machine h login joe\n", 0600);
	nk_auto(netrc_entry) struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;

	setenv("NETRC", path, 1);
	int found = look_up("", &entry, &err);

	unlink(path);
	cr_assert_eq(found, 1, "%s", err.msg);
}

Test(netrc, the_usual_file_may_be_missing)
{
	struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;

	setenv("NETRC", "/nonexistent/netrc", 1);
	cr_assert_eq(look_up(NULL, &entry, &err), 0);
}

Test(netrc, a_file_asked_for_must_be_there)
{
	struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(look_up("/nonexistent/netrc", &entry, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
}

Test(netrc, a_default_entry_says_that_it_is_one)
{
	nk_auto(netrc_entry) struct nk_netrc_entry named = NK_NETRC_ENTRY_INIT;
	nk_auto(netrc_entry) struct nk_netrc_entry other = NK_NETRC_ENTRY_INIT;
	const char *text = "machine h login a default login b";
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(find(text, "h", NULL, &named, &err), 1, "%s", err.msg);
	cr_assert_not(named.is_default);
	cr_assert_eq(find(text, "x", NULL, &other, &err), 1, "%s", err.msg);
	cr_assert(other.is_default);
}
