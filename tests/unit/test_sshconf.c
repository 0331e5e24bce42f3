/* test_sshconf.c - ssh_config(5). */
#include "netkit/sshconf.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A home of its own for each test, with .ssh/config and what else it needs. */
struct home {
	char path[64];
	struct nk_sshconf conf;
	struct nk_err err;
};

static void home_open(struct home *home)
{
	*home = (struct home){ .path = "/tmp/netkit-test-sshconf.XXXXXX",
			       .conf = NK_SSHCONF_INIT,
			       .err = NK_ERR_INIT };
	cr_assert_not_null(mkdtemp(home->path));
	nk_auto(str) char *folder = nk_format("%s/.ssh", home->path);

	cr_assert_eq(mkdir(folder, 0700), 0);
}

static void home_release(struct home *home)
{
	nk_auto(str) char *command = nk_format("rm -rf %s", home->path);

	nk_sshconf_release(&home->conf);
	cr_assert_eq(system(command), 0);
}
NK_AUTO(home, struct home, home_release)

/* A file below .ssh. */
static void home_put(const struct home *home, const char *name, const char *text, size_t length)
{
	nk_auto(str) char *path = nk_format("%s/.ssh/%s", home->path, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, length), (ssize_t)length);
	close(fd);
}

static void home_put_text(const struct home *home, const char *name, const char *text)
{
	home_put(home, name, text, strlen(text));
}

/* Load what .ssh/config says for the query, whose home and system file are replaced. */
static int home_load(struct home *home, struct nk_sshconf_query query)
{
	query.home = home->path;
	query.system_file = query.system_file ? query.system_file : "/nonexistent/ssh_config";
	nk_sshconf_release(&home->conf);
	return nk_sshconf_load(&query, &home->conf, &home->err);
}

/* What text as the user's file says for host. */
static void load(struct home *home, const char *text, const char *host)
{
	home_open(home);
	home_put_text(home, "config", text);
	cr_assert_eq(home_load(home, (struct nk_sshconf_query){ .host = host }), 0, "%s",
		     home->err.msg);
}

/* The user that text gives for host; NULL: none. */
static void assert_user(const char *text, const char *host, const char *user)
{
	nk_auto(home) struct home home;

	load(&home, text, host);
	if (user)
		cr_assert(home.conf.user && strcmp(home.conf.user, user) == 0, "%s: %s", text,
			  home.conf.user ? home.conf.user : "none");
	else
		cr_assert_null(home.conf.user, "%s: %s", text, home.conf.user);
}

/* text must be refused with a message that holds this. */
static void assert_refused(const char *text, const char *part)
{
	nk_auto(home) struct home home;

	home_open(&home);
	home_put_text(&home, "config", text);
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h" }), -1, "%s", text);
	cr_assert_eq(home.err.domain, NK_E_USAGE);
	cr_assert(strstr(home.err.msg, part), "%s", home.err.msg);
}

/* ---- words ---- */

Test(sshconf, a_value_follows_a_blank)
{
	assert_user("User joe\n", "h", "joe");
}

Test(sshconf, an_equals_sign_separates_with_or_without_blanks)
{
	assert_user("User=joe\n", "h", "joe");
	assert_user("User = joe\n", "h", "joe");
}

Test(sshconf, only_one_equals_sign_separates)
{
	assert_user("User=a=b\n", "h", "a=b");
}

Test(sshconf, keywords_have_no_case)
{
	assert_user("uSER joe\n", "h", "joe");
}

Test(sshconf, values_have_case)
{
	assert_user("User Joe\n", "h", "Joe");
}

Test(sshconf, lines_may_be_indented)
{
	assert_user("\t  User joe\n", "h", "joe");
}

Test(sshconf, blanks_at_the_end_are_cut)
{
	assert_user("User joe \t\n", "h", "joe");
}

Test(sshconf, line_ends_of_dos)
{
	assert_user("Host h\r\nUser joe\r\n", "h", "joe");
}

Test(sshconf, the_last_line_needs_no_end)
{
	assert_user("User joe", "h", "joe");
}

Test(sshconf, quotes_hold_blanks)
{
	assert_user("User \"j o\"\n", "h", "j o");
	assert_user("User 'j o'\n", "h", "j o");
}

Test(sshconf, a_backslash_escapes_quotes_and_itself)
{
	assert_user("User \"a\\\"b\\\\c\"\n", "h", "a\"b\\c");
}

Test(sshconf, a_backslash_before_a_blank_keeps_it)
{
	assert_user("User a\\ b\n", "h", "a b");
}

Test(sshconf, a_backslash_before_other_bytes_is_itself)
{
	assert_user("User DOM\\joe\n", "h", "DOM\\joe");
}

Test(sshconf, a_hash_sign_begins_a_comment_before_a_word)
{
	assert_user("User \"joe\" # not ann\n", "h", "joe");
}

Test(sshconf, a_hash_sign_within_a_word_is_itself)
{
	assert_user("User a#b\n", "h", "a#b");
}

Test(sshconf, comments_and_blank_lines_are_passed_over)
{
	assert_user("# User a\n\n   \n\t# x\nUser joe\n", "h", "joe");
}

Test(sshconf, a_quote_without_an_end_is_refused)
{
	assert_refused("User \"joe\n", "config:1");
}

Test(sshconf, a_nul_is_refused)
{
	nk_auto(home) struct home home;

	home_open(&home);
	home_put(&home, "config", "User a\0b\n", 9);
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h" }), -1);
	cr_assert(strstr(home.err.msg, "config:1"), "%s", home.err.msg);
}

Test(sshconf, a_line_over_the_limit_is_refused)
{
	nk_auto(str) char *word = nk_alloc(20001);

	memset(word, 'x', 20000);
	nk_auto(str) char *text = nk_format("Port 1\nUser %s\n", word);

	assert_refused(text, "config:2");
}

Test(sshconf, an_unknown_keyword_names_file_and_line)
{
	assert_refused("\nPort 22\nFoo bar\n", "/.ssh/config:3: unknown keyword Foo");
}

Test(sshconf, ignore_unknown_excuses_those_it_matches)
{
	assert_user("IgnoreUnknown X*,fo?\nFoo bar\nUser joe\n", "h", "joe");
	assert_refused("IgnoreUnknown X*\nFoo bar\n", "Foo");
}

Test(sshconf, keywords_without_effect_are_passed_over)
{
	assert_user("ForwardAgent yes\nSendEnv LANG LC_*\nControlMaster auto\nUser joe\n", "h",
		    "joe");
}

Test(sshconf, a_missing_value_is_refused)
{
	assert_refused("User\n", "value is missing");
	assert_refused("User # joe\n", "value is missing");
	assert_refused("User \"\"\n", "value is missing");
}

Test(sshconf, a_second_value_is_refused_where_one_is_taken)
{
	assert_refused("User a b\n", "more than one value");
}

/* ---- values ---- */

Test(sshconf, the_first_value_holds)
{
	assert_user("User a\nUser b\n", "h", "a");
}

Test(sshconf, nothing_is_said_by_an_empty_file)
{
	nk_auto(home) struct home home;

	load(&home, "", "h");
	cr_assert_null(home.conf.host_name);
	cr_assert_eq(home.conf.port, -1);
	cr_assert_eq(home.conf.strict, NK_STRICT_UNSET);
	cr_assert_not(home.conf.identities.is_set);
}

Test(sshconf, a_port_is_a_number)
{
	nk_auto(home) struct home home;

	load(&home, "Port 2222\n", "h");
	cr_assert_eq(home.conf.port, 2222);
}

Test(sshconf, ports_that_are_none_are_refused)
{
	assert_refused("Port 0\n", "not a port");
	assert_refused("Port 65536\n", "not a port");
	assert_refused("Port 22x\n", "not a port");
	assert_refused("Port -1\n", "not a port");
}

Test(sshconf, a_value_is_checked_where_it_does_not_hold_too)
{
	assert_refused("Host other\nPort junk\n", "config:2");
}

Test(sshconf, times_have_units)
{
	nk_auto(home) struct home home;

	load(&home, "ConnectTimeout 1m30\nServerAliveInterval 1H\n", "h");
	cr_assert_eq(home.conf.connect_timeout_ms, 90000);
	cr_assert_eq(home.conf.server_alive_interval_s, 3600);
}

Test(sshconf, a_time_of_none_says_nothing)
{
	nk_auto(home) struct home home;

	load(&home, "ConnectTimeout none\nConnectTimeout 5\n", "h");
	cr_assert_eq(home.conf.connect_timeout_ms, 5000);
}

Test(sshconf, times_that_are_none_are_refused)
{
	assert_refused("ConnectTimeout 5y\n", "not a time");
	assert_refused("ConnectTimeout 99999999999\n", "not a time");
	assert_refused("ConnectTimeout 9999w9999w\n", "not a time");
}

Test(sshconf, flags_are_yes_and_no_in_any_case)
{
	nk_auto(home) struct home home;

	load(&home, "IdentitiesOnly YES\nBatchMode false\nHashKnownHosts true\n", "h");
	cr_assert_eq(home.conf.identities_only, 1);
	cr_assert_eq(home.conf.batch_mode, 0);
	cr_assert_eq(home.conf.hash_known_hosts, 1);
}

Test(sshconf, other_flags_are_refused)
{
	assert_refused("IdentitiesOnly maybe\n", "cannot be maybe");
}

Test(sshconf, strict_host_key_checking_has_four_values)
{
	static const struct {
		const char *text;
		enum nk_sshconf_strict strict;
	} cases[] = {
		{ "StrictHostKeyChecking yes", NK_STRICT_YES },
		{ "StrictHostKeyChecking ask", NK_STRICT_ASK },
		{ "StrictHostKeyChecking accept-new", NK_STRICT_ACCEPT_NEW },
		{ "StrictHostKeyChecking no", NK_STRICT_NO },
		{ "StrictHostKeyChecking off", NK_STRICT_NO },
	};

	for (size_t i = 0; i < NK_COUNT(cases); i++) {
		nk_auto(home) struct home home;

		load(&home, cases[i].text, "h");
		cr_assert_eq(home.conf.strict, cases[i].strict, "%s", cases[i].text);
	}
}

Test(sshconf, address_families_by_number)
{
	nk_auto(home) struct home home;

	load(&home, "AddressFamily inet6\n", "h");
	cr_assert_eq(home.conf.address_family, 6);
}

Test(sshconf, older_names_of_keywords_hold)
{
	nk_auto(home) struct home home;

	load(&home, "PubkeyAcceptedKeyTypes a\nChallengeResponseAuthentication no\n", "h");
	cr_assert_str_eq(home.conf.pubkey_algorithms, "a");
	cr_assert_eq(home.conf.kbd_interactive_authentication, 0);
}

Test(sshconf, a_host_name_takes_the_host_and_loses_its_case)
{
	nk_auto(home) struct home home;

	load(&home, "HostName %h.Example.ORG\n", "Web");
	cr_assert_str_eq(home.conf.host_name, "web.example.org");
}

Test(sshconf, other_tokens_in_a_host_name_are_refused)
{
	assert_refused("HostName %p\n", "%p");
}

/* ---- lists of files ---- */

Test(sshconf, identities_add_up_without_repeating)
{
	nk_auto(home) struct home home;

	load(&home, "IdentityFile /a\nIdentityFile /b\nIdentityFile /a\n", "h");
	cr_assert_eq(home.conf.identities.count, 2);
	cr_assert_str_eq(home.conf.identities.items[1], "/b");
}

Test(sshconf, no_identity_is_a_list_too)
{
	nk_auto(home) struct home home;

	load(&home, "IdentityFile none\n", "h");
	cr_assert(home.conf.identities.is_set);
	cr_assert_eq(home.conf.identities.count, 0);
}

Test(sshconf, more_identities_than_the_limit_are_refused)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(65536);

	for (int i = 0; i <= NK_SSHCONF_FILES_MAX; i++)
		cr_assert_eq(nk_buf_addf(&text, "IdentityFile /k%d\n", i), 0);
	assert_refused(text.data, "IdentityFile: more than");
}

Test(sshconf, known_hosts_files_stand_on_one_line)
{
	nk_auto(home) struct home home;

	load(&home, "UserKnownHostsFile /a \"/b c\"\nUserKnownHostsFile /d\n", "h");
	cr_assert_eq(home.conf.known_hosts.count, 2);
	cr_assert_str_eq(home.conf.known_hosts.items[1], "/b c");
}

Test(sshconf, none_stands_alone)
{
	assert_refused("UserKnownHostsFile none /a\n", "none");
}

Test(sshconf, a_tilde_is_the_home)
{
	nk_auto(home) struct home home;

	load(&home, "IdentityFile ~/k\nGlobalKnownHostsFile ~/%h\n", "h");
	nk_auto(str) char *key = nk_format("%s/k", home.path);
	nk_auto(str) char *known = nk_format("%s/%%h", home.path);

	cr_assert_str_eq(home.conf.identities.items[0], key);
	cr_assert_str_eq(home.conf.system_known_hosts.items[0], known);
}

Test(sshconf, a_user_that_is_not_there_has_no_home)
{
	assert_refused("IdentityFile ~no.such.user/k\n", "no user");
}

Test(sshconf, tokens_are_known_at_the_end)
{
	nk_auto(home) struct home home;

	load(&home,
	     "IdentityFile /%h-%n-%p-%r-%k-%%\nHostName real\nPort 24\nUser joe\n"
	     "HostKeyAlias alias\n",
	     "typed");
	cr_assert_str_eq(home.conf.identities.items[0], "/real-typed-24-joe-alias-%");
}

Test(sshconf, an_unknown_token_is_refused)
{
	assert_refused("IdentityFile /%z\n", "%z");
	assert_refused("IdentityFile /x%\n", "unknown token");
}

Test(sshconf, variables_come_from_the_environment)
{
	nk_auto(home) struct home home;

	setenv("NETKIT_TEST_SSHCONF", "value", 1);
	load(&home, "IdentityFile /${NETKIT_TEST_SSHCONF}/k\n", "h");
	cr_assert_str_eq(home.conf.identities.items[0], "/value/k");
}

Test(sshconf, a_variable_that_is_not_set_is_refused)
{
	assert_refused("IdentityFile /${NETKIT_TEST_NOT_SET}\n", "NETKIT_TEST_NOT_SET");
	assert_refused("IdentityFile /${OPEN\n", "without }");
}

Test(sshconf, the_name_of_an_agent_variable_is_kept)
{
	nk_auto(home) struct home home;

	load(&home, "IdentityAgent $MY_AGENT\n", "h");
	cr_assert_str_eq(home.conf.identity_agent, "$MY_AGENT");
}

/* ---- proxies ---- */

Test(sshconf, a_proxy_command_keeps_its_quotes)
{
	nk_auto(home) struct home home;

	load(&home, "ProxyCommand nc \"%h\" '%p' # x\n", "h");
	cr_assert_str_eq(home.conf.proxy_command, "nc \"h\" '22' # x");
}

Test(sshconf, a_proxy_command_before_a_jump_wins)
{
	nk_auto(home) struct home home;

	load(&home, "ProxyCommand x\nProxyJump j\n", "h");
	cr_assert_str_eq(home.conf.proxy_command, "x");
	cr_assert_null(home.conf.proxy_jump);
}

Test(sshconf, a_jump_before_a_proxy_command_wins)
{
	nk_auto(home) struct home home;

	load(&home, "ProxyJump a@j:24,k\nProxyCommand x\n", "h");
	cr_assert_str_eq(home.conf.proxy_jump, "a@j:24,k");
	cr_assert_null(home.conf.proxy_command);
}

Test(sshconf, no_jump_stops_later_jumps_but_no_command)
{
	nk_auto(home) struct home home;

	load(&home, "ProxyJump none\nProxyJump j\nProxyCommand x\n", "h");
	cr_assert_str_eq(home.conf.proxy_command, "x");
	cr_assert_null(home.conf.proxy_jump);
}

Test(sshconf, a_jump_may_be_a_uri)
{
	nk_auto(home) struct home home;

	load(&home, "ProxyJump ssh://joe@[::1]:24/\n", "h");
	cr_assert_str_eq(home.conf.proxy_jump, "joe@[::1]:24");
}

Test(sshconf, jumps_that_are_no_hosts_are_refused)
{
	assert_refused("ProxyJump a,,b\n", "ProxyJump");
	assert_refused("ProxyJump a:0\n", "ProxyJump");
	assert_refused("ProxyJump @a\n", "ProxyJump");
	assert_refused("ProxyJump -oProxyCommand=x\n", "ProxyJump");
	assert_refused("ProxyJump a;b\n", "ProxyJump");
}

Test(sshconf, a_host_that_means_something_to_a_shell_is_kept_from_it)
{
	nk_auto(home) struct home home;
	static const char *const hosts[] = { "$(x)", "a;b", "-oX", "a b", "a\nb", "a\\" };

	home_open(&home);
	home_put_text(&home, "config", "ProxyCommand nc %h 22\n");
	for (size_t i = 0; i < NK_COUNT(hosts); i++) {
		struct nk_sshconf_query query = { .host = hosts[i] };

		cr_assert_eq(home_load(&home, query), -1, "%s", hosts[i]);
		cr_assert_eq(home.err.domain, NK_E_USAGE);
	}
}

Test(sshconf, a_user_that_means_something_to_a_shell_is_kept_from_it)
{
	nk_auto(home) struct home home;

	home_open(&home);
	home_put_text(&home, "config", "ProxyCommand nc -l %r\n");
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h", .user = "a`b`" }),
		     -1);
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h", .user = "D\\a" }), 0,
		     "%s", home.err.msg);
}

/* ---- what needs the ssh program ---- */

static void assert_needs_ssh(const char *text, bool needs)
{
	nk_auto(home) struct home home;

	load(&home, text, "h");
	cr_assert_eq(home.conf.needs_ssh, needs, "%s", text);
}

Test(sshconf, a_certificate_needs_ssh_and_says_where)
{
	nk_auto(home) struct home home;

	load(&home, "Port 22\nCertificateFile /c\n", "h");
	nk_auto(str) char *why = nk_format("CertificateFile in %s/.ssh/config:2", home.path);

	cr_assert(home.conf.needs_ssh);
	cr_assert_str_eq(home.conf.why, why);
}

Test(sshconf, providers_need_ssh)
{
	assert_needs_ssh("PKCS11Provider /lib/x.so\n", true);
	assert_needs_ssh("SecurityKeyProvider /lib/x.so\n", true);
}

Test(sshconf, revoked_keys_need_ssh)
{
	assert_needs_ssh("RevokedHostKeys /etc/ssh/revoked\n", true);
}

Test(sshconf, what_is_turned_off_needs_nothing)
{
	assert_needs_ssh("PKCS11Provider none\nPKCS11Provider /lib/x.so\n", false);
	assert_needs_ssh("SecurityKeyProvider internal\nCanonicalizeHostname no\n", false);
}

Test(sshconf, what_is_for_another_host_needs_nothing)
{
	assert_needs_ssh("Host other\nCertificateFile /c\nPKCS11Provider /x\n", false);
}

/* ---- Host and Match ---- */

Test(sshconf, host_takes_several_patterns)
{
	assert_user("Host a b*\nUser joe\n", "box", "joe");
	assert_user("Host a b*\nUser joe\n", "cox", NULL);
}

Test(sshconf, host_compares_with_case)
{
	assert_user("Host Web\nUser joe\n", "web", NULL);
}

Test(sshconf, a_negated_host_ends_the_block)
{
	assert_user("Host * !web\nUser joe\n", "web", NULL);
	assert_user("Host !web *\nUser joe\n", "box", "joe");
	assert_user("Host !web\nUser joe\n", "box", NULL);
}

Test(sshconf, a_block_ends_at_the_next)
{
	assert_user("Host a\nUser joe\nHost *\nUser ann\n", "h", "ann");
}

Test(sshconf, host_is_compared_with_what_was_typed)
{
	assert_user("HostName real\nHost real\nUser joe\n", "typed", NULL);
}

Test(sshconf, match_host_is_compared_with_the_host_name)
{
	assert_user("HostName real\nMatch host r*\nUser joe\n", "typed", "joe");
}

Test(sshconf, match_host_has_no_case)
{
	assert_user("Match host WEB,box\nUser joe\n", "Web", "joe");
}

Test(sshconf, match_originalhost_is_what_was_typed)
{
	assert_user("HostName real\nMatch originalhost typed\nUser joe\n", "typed", "joe");
}

Test(sshconf, match_user_sees_what_was_said_before)
{
	nk_auto(home) struct home home;

	load(&home, "User joe\nMatch user j*\nPort 24\n", "h");
	cr_assert_eq(home.conf.port, 24);
}

Test(sshconf, match_user_has_case)
{
	nk_auto(home) struct home home;

	load(&home, "User joe\nMatch user JOE\nPort 24\n", "h");
	cr_assert_eq(home.conf.port, -1);
}

Test(sshconf, match_takes_all_criteria_together)
{
	assert_user("Match host h originalhost x\nUser joe\n", "h", NULL);
	assert_user("Match host h originalhost h\nUser joe\n", "h", "joe");
}

Test(sshconf, match_criteria_are_negated)
{
	assert_user("Match !host h\nUser joe\n", "h", NULL);
	assert_user("Match !host x\nUser joe\n", "h", "joe");
	assert_user("Match !all\nUser joe\n", "h", NULL);
}

Test(sshconf, match_values_are_quoted_or_follow_a_sign)
{
	assert_user("Match host=\"g,h\" # x\nUser joe\n", "h", "joe");
}

Test(sshconf, match_exec_asks_a_command)
{
	assert_user("Match exec \"test %n = h\"\nUser joe\n", "h", "joe");
	assert_user("Match exec \"test %n = g\"\nUser joe\n", "h", NULL);
}

Test(sshconf, match_exec_is_not_run_when_another_criterion_fails)
{
	nk_auto(home) struct home home;

	home_open(&home);
	nk_auto(str) char *mark = nk_format("%s/mark", home.path);
	nk_auto(str) char *text = nk_format("Match host x exec \"touch %s\"\nUser a\n", mark);

	home_put_text(&home, "config", text);
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h" }), 0);
	cr_assert_neq(access(mark, F_OK), 0);
}

Test(sshconf, match_final_comes_after_all_else)
{
	assert_user("Match final\nUser joe\nHost *\nUser ann\n", "h", "ann");
	assert_user("Match final\nUser joe\n", "h", "joe");
}

Test(sshconf, the_second_pass_compares_hosts_with_the_target)
{
	assert_user("Host real\nUser joe\nHost typed\nHostName real\nMatch final\n", "typed",
		    "joe");
}

Test(sshconf, match_canonical_alone_does_not_hold)
{
	assert_user("Match canonical\nUser joe\n", "h", NULL);
}

Test(sshconf, match_all_stands_alone_or_after_final)
{
	assert_user("Match final all\nUser joe\n", "h", "joe");
	assert_refused("Match host h user x all\n", "all does not stand");
	assert_refused("Match all host h\n", "all does not stand");
}

Test(sshconf, a_broken_match_is_refused)
{
	assert_refused("Match host\n", "value is missing");
	assert_refused("Match colour red\n", "unknown criterion colour");
	assert_refused("Match # host h\n", "criterion is missing");
}

Test(sshconf, criteria_that_cannot_be_told_do_not_hold)
{
	assert_user("Match localnetwork 10.0.0.0/8\nUser joe\n", "h", NULL);
	assert_user("Match !localnetwork 10.0.0.0/8\nUser joe\n", "h", NULL);
}

Test(sshconf, a_tag_is_matched)
{
	assert_user("Tag work\nMatch tagged w*\nUser joe\n", "h", "joe");
}

/* ---- files ---- */

Test(sshconf, the_users_file_goes_before_the_systems)
{
	nk_auto(home) struct home home;

	load(&home, "User joe\n", "h");
	home_put_text(&home, "system", "User ann\nPort 24\n");
	nk_auto(str) char *system_file = nk_format("%s/.ssh/system", home.path);
	struct nk_sshconf_query query = { .host = "h", .system_file = system_file };

	cr_assert_eq(home_load(&home, query), 0);
	cr_assert_str_eq(home.conf.user, "joe");
	cr_assert_eq(home.conf.port, 24);
}

Test(sshconf, a_block_ends_with_its_file)
{
	nk_auto(home) struct home home;

	load(&home, "Host other\n", "h");
	home_put_text(&home, "system", "User ann\n");
	nk_auto(str) char *system_file = nk_format("%s/.ssh/system", home.path);
	struct nk_sshconf_query query = { .host = "h", .system_file = system_file };

	cr_assert_eq(home_load(&home, query), 0);
	cr_assert_str_eq(home.conf.user, "ann");
}

Test(sshconf, the_usual_files_may_be_missing)
{
	nk_auto(home) struct home home;

	home_open(&home);
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h" }), 0);
}

Test(sshconf, a_named_file_replaces_both)
{
	nk_auto(home) struct home home;

	load(&home, "User joe\n", "h");
	home_put_text(&home, "other", "Port 24\n");
	nk_auto(str) char *path = nk_format("%s/.ssh/other", home.path);

	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h", .file = path }), 0);
	cr_assert_null(home.conf.user);
	cr_assert_eq(home.conf.port, 24);
}

Test(sshconf, a_named_file_must_be_there)
{
	nk_auto(home) struct home home;

	home_open(&home);
	cr_assert_eq(home_load(&home,
			       (struct nk_sshconf_query){ .host = "h", .file = "/nonexistent/c" }),
		     -1);
	cr_assert_eq(home.err.domain, NK_E_USAGE);
}

Test(sshconf, none_is_no_file)
{
	nk_auto(home) struct home home;

	load(&home, "User joe\n", "h");
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h", .file = "none" }), 0);
	cr_assert_null(home.conf.user);
}

/* What becomes of .ssh/config with this mode. */
static int load_with_mode(struct home *home, mode_t mode, bool is_named)
{
	home_open(home);
	home_put_text(home, "config", "User joe\n");
	nk_auto(str) char *path = nk_format("%s/.ssh/config", home->path);

	cr_assert_eq(chmod(path, mode), 0);
	return home_load(home,
			 (struct nk_sshconf_query){ .host = "h", .file = is_named ? path : NULL });
}

Test(sshconf, a_file_that_others_can_write_is_refused)
{
	nk_auto(home) struct home home;

	cr_assert_eq(load_with_mode(&home, 0602, false), -1);
	cr_assert_eq(home.err.domain, NK_E_USAGE);
	cr_assert(strstr(home.err.msg, "others can write"), "%s", home.err.msg);
}

Test(sshconf, a_file_that_others_can_read_is_taken)
{
	nk_auto(home) struct home home;

	cr_assert_eq(load_with_mode(&home, 0644, false), 0, "%s", home.err.msg);
}

Test(sshconf, a_named_file_may_be_writable)
{
	nk_auto(home) struct home home;

	cr_assert_eq(load_with_mode(&home, 0666, true), 0, "%s", home.err.msg);
}

/* ---- Include ---- */

Test(sshconf, included_files_are_relative_to_the_users_folder)
{
	nk_auto(home) struct home home;

	home_open(&home);
	home_put_text(&home, "config", "Include more\n");
	home_put_text(&home, "more", "User joe\n");
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h" }), 0, "%s",
		     home.err.msg);
	cr_assert_str_eq(home.conf.user, "joe");
}

Test(sshconf, included_files_come_in_the_order_of_their_names)
{
	nk_auto(home) struct home home;

	home_open(&home);
	home_put_text(&home, "config", "Include ~/.ssh/part*\n");
	home_put_text(&home, "part2", "User two\nPort 22\n");
	home_put_text(&home, "part1", "User one\n");
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h" }), 0);
	cr_assert_str_eq(home.conf.user, "one");
	cr_assert_eq(home.conf.port, 22);
}

Test(sshconf, an_include_that_finds_nothing_is_no_error)
{
	assert_user("Include none.of/*\nUser joe\n", "h", "joe");
}

Test(sshconf, an_include_in_a_block_that_does_not_hold_has_no_effect)
{
	nk_auto(home) struct home home;

	home_open(&home);
	home_put_text(&home, "config", "Host other\nInclude more\n");
	home_put_text(&home, "more", "User a\nHost *\nUser b\nMatch all\nUser c\n");
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h" }), 0);
	cr_assert_null(home.conf.user);
}

Test(sshconf, a_block_of_an_included_file_ends_with_it)
{
	nk_auto(home) struct home home;

	home_open(&home);
	home_put_text(&home, "config", "Include more\nUser joe\n");
	home_put_text(&home, "more", "Host other\nUser a\n");
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h" }), 0);
	cr_assert_str_eq(home.conf.user, "joe");
}

Test(sshconf, an_error_in_an_included_file_names_its_place)
{
	nk_auto(home) struct home home;

	home_open(&home);
	home_put_text(&home, "config", "Include more\n");
	home_put_text(&home, "more", "\nFoo x\n");
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h" }), -1);
	cr_assert(strstr(home.err.msg, "more:2: unknown keyword Foo"), "%s", home.err.msg);
	cr_assert_null(strstr(home.err.msg, "config:1"), "%s", home.err.msg);
}

Test(sshconf, a_file_that_includes_itself_comes_to_an_end)
{
	assert_refused("Include config\n", "includes within each other");
}

Test(sshconf, an_included_file_that_others_can_write_is_refused)
{
	nk_auto(home) struct home home;

	home_open(&home);
	home_put_text(&home, "config", "Include more\n");
	home_put_text(&home, "more", "User joe\n");
	nk_auto(str) char *path = nk_format("%s/.ssh/more", home.path);

	cr_assert_eq(chmod(path, 0666), 0);
	cr_assert_eq(home_load(&home, (struct nk_sshconf_query){ .host = "h" }), -1);
	cr_assert(strstr(home.err.msg, "others can write"), "%s", home.err.msg);
}

/* ---- options ---- */

/* Load with options before the user's file; the query's own fields stay. */
static int load_options(struct home *home, const char *option, struct nk_sshconf_query query)
{
	nk_auto(strings) struct nk_strings options = { 0 };

	nk_strings_add(&options, option);
	query.options = &options;
	query.host = "h";
	home_open(home);
	home_put_text(home, "config", "User file\nPort 24\n");
	return home_load(home, query);
}

Test(sshconf, options_go_before_the_files)
{
	nk_auto(home) struct home home;

	cr_assert_eq(load_options(&home, "User=joe", (struct nk_sshconf_query){ .port = 0 }), 0);
	cr_assert_str_eq(home.conf.user, "joe");
	cr_assert_eq(home.conf.port, 24);
}

Test(sshconf, options_may_be_written_with_a_blank)
{
	nk_auto(home) struct home home;

	cr_assert_eq(load_options(&home, "Port 25", (struct nk_sshconf_query){ .port = 0 }), 0);
	cr_assert_eq(home.conf.port, 25);
}

Test(sshconf, user_and_port_of_the_query_go_before_options)
{
	nk_auto(home) struct home home;
	struct nk_sshconf_query query = { .user = "ann", .port = 26 };

	cr_assert_eq(load_options(&home, "Port 25", query), 0);
	cr_assert_str_eq(home.conf.user, "ann");
	cr_assert_eq(home.conf.port, 26);
}

Test(sshconf, a_broken_option_is_named)
{
	nk_auto(home) struct home home;

	cr_assert_eq(load_options(&home, "Foo=1", (struct nk_sshconf_query){ .port = 0 }), -1);
	cr_assert(strstr(home.err.msg, "-o: unknown keyword Foo"), "%s", home.err.msg);
}

Test(sshconf, blocks_and_includes_are_no_options)
{
	static const char *const options[] = { "Host *", "Match all", "Include x" };

	for (size_t i = 0; i < NK_COUNT(options); i++) {
		nk_auto(home) struct home home;

		cr_assert_eq(
			load_options(&home, options[i], (struct nk_sshconf_query){ .port = 0 }), -1,
			"%s", options[i]);
	}
}

/* ---- patterns ---- */

Test(sshconf_pattern, a_star_is_any_text)
{
	cr_assert(nk_sshconf_pattern_matches("*.example.org", ',', "www.example.org"));
	cr_assert(nk_sshconf_pattern_matches("a*b*c", ',', "abbxc"));
	cr_assert(nk_sshconf_pattern_matches("*", ',', ""));
	cr_assert_not(nk_sshconf_pattern_matches("*.example.org", ',', "example.org"));
}

Test(sshconf_pattern, a_question_mark_is_one_byte)
{
	cr_assert(nk_sshconf_pattern_matches("h?", ',', "h1"));
	cr_assert_not(nk_sshconf_pattern_matches("h?", ',', "h"));
	cr_assert_not(nk_sshconf_pattern_matches("h?", ',', "h12"));
}

Test(sshconf_pattern, a_pattern_is_compared_as_a_whole)
{
	cr_assert_not(nk_sshconf_pattern_matches("host", ',', "host2"));
	cr_assert_not(nk_sshconf_pattern_matches("host", ',', "hos"));
}

Test(sshconf_pattern, a_list_is_separated_as_asked_for)
{
	cr_assert(nk_sshconf_pattern_matches("a,b", ',', "b"));
	cr_assert(nk_sshconf_pattern_matches("a  b\tc", ' ', "c"));
	cr_assert_not(nk_sshconf_pattern_matches("a,b", ' ', "b"));
}

Test(sshconf_pattern, a_negated_one_decides)
{
	cr_assert_not(nk_sshconf_pattern_matches("*,!b", ',', "b"));
	cr_assert_not(nk_sshconf_pattern_matches("!b,*", ',', "b"));
	cr_assert(nk_sshconf_pattern_matches("!b,*", ',', "c"));
	cr_assert_not(nk_sshconf_pattern_matches("!b", ',', "c"));
}

Test(sshconf_pattern, an_empty_list_matches_nothing)
{
	cr_assert_not(nk_sshconf_pattern_matches("", ',', ""));
	cr_assert_not(nk_sshconf_pattern_matches(",,", ',', "a"));
}

Test(sshconf_pattern, case_counts)
{
	cr_assert_not(nk_sshconf_pattern_matches("Web", ',', "web"));
}

Test(sshconf_pattern, many_stars_end_soon)
{
	nk_auto(str) char *text = nk_alloc(4097);

	memset(text, 'a', 4096);
	cr_assert_not(nk_sshconf_pattern_matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", ',', text));
}

/* ---- algorithms ---- */

static void assert_algorithms(const char *list, const char *expected)
{
	nk_auto(str) char *made = nk_sshconf_algorithms(list, "b,a,c", "a,b,c,d1,d2");

	cr_assert_str_eq(made, expected, "%s: %s", list, made);
}

Test(sshconf_algorithms, a_plain_list_replaces_in_its_order)
{
	assert_algorithms("c,a", "c,a");
}

Test(sshconf_algorithms, what_is_not_supported_falls_out)
{
	assert_algorithms("z,c,y", "c");
	assert_algorithms("z", "");
}

Test(sshconf_algorithms, plus_adds_at_the_end)
{
	assert_algorithms("+d1,a", "b,a,c,d1");
}

Test(sshconf_algorithms, minus_removes)
{
	assert_algorithms("-a", "b,c");
	assert_algorithms("-*", "");
}

Test(sshconf_algorithms, a_circumflex_puts_first)
{
	assert_algorithms("^c,d2", "c,d2,b,a");
}

Test(sshconf_algorithms, patterns_stand_for_what_is_supported)
{
	assert_algorithms("d*,a", "d1,d2,a");
	assert_algorithms("+d?", "b,a,c,d1,d2");
}

Test(sshconf_algorithms, nothing_comes_twice)
{
	assert_algorithms("a,a,*", "a,b,c,d1,d2");
}
