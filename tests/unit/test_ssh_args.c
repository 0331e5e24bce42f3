/* test_ssh_args.c - the command line of the ssh program, and what its complaints mean. */
#include "../../core/auth/sshsession.h"

#include <criterion/criterion.h>

/* A session as the command line leaves it, and the words that come of it. */
struct args_case {
	struct nk_net_policy net;
	struct nk_creds_policy creds;
	struct nk_tls_policy trust;
	struct nk_ssh_policy policy;
	struct nk_session *session;
	struct nk_sshconf conf;
	struct nk_strings options;
	struct nk_ssh_plan plan;
	struct nk_arena arena;
	struct nk_strings words;
};

static struct args_case *args_case_new(const char *host)
{
	struct args_case *args = nk_alloc(sizeof(*args));

	args->creds.password_fd = -1;
	args->conf = (struct nk_sshconf)NK_SSHCONF_INIT;
	args->session = nk_session_new();
	args->session->target =
		(struct nk_target){ .host = nk_strdup(host), .port = 22, .net = &args->net };
	args->session->tls_policy = &args->trust;
	nk_creds_setup(&args->session->creds, &args->creds, host, NULL);
	args->plan = (struct nk_ssh_plan){
		.session = args->session,
		.policy = &args->policy,
		.options = &args->options,
		.conf = &args->conf,
	};
	return args;
}

static void args_case_free(struct args_case *args)
{
	nk_session_free(args->session);
	nk_strings_release(&args->policy.identities);
	nk_strings_release(&args->trust.pins);
	nk_strings_release(&args->net.resolve);
	nk_strings_release(&args->options);
	nk_strings_release(&args->words);
	nk_arena_release(&args->arena);
	free(args);
}
NK_AUTO_HANDLE(args_case, struct args_case *, args_case_free)

static int make(struct args_case *args, struct nk_err *err)
{
	return nk_ssh_child_args(&args->plan, &args->arena, &args->words, err);
}

/* Where the word stands, or -1. */
static int place_of(const struct args_case *args, const char *word)
{
	for (size_t i = 0; i < args->words.count; i++) {
		if (strcmp(args->words.items[i], word) == 0)
			return (int)i;
	}
	return -1;
}

static void assert_has(struct args_case *args, const char *word)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(make(args, &err), 0, "%s", err.msg);
	cr_assert_geq(place_of(args, word), 0, "%s is missing", word);
}

static void assert_lacks(struct args_case *args, const char *start)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(make(args, &err), 0, "%s", err.msg);
	for (size_t i = 0; i < args->words.count; i++)
		cr_assert_not(nk_text_has_prefix(args->words.items[i], start), "%s",
			      args->words.items[i]);
}

static void assert_unusable(struct args_case *args)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(make(args, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
}

Test(ssh_args, nothing_but_one_channel_is_asked_for)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	assert_has(args, "-oClearAllForwardings=yes");
	assert_has(args, "-oForwardAgent=no");
}

Test(ssh_args, gcm_comes_first_when_nobody_chose)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	assert_has(args, "-oCiphers=^aes128-gcm@openssh.com");
}

Test(ssh_args, ciphers_of_ssh_config_stay)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");
	char chosen[] = "aes256-ctr";

	args->conf.ciphers = chosen;
	assert_lacks(args, "-oCiphers");
}

Test(ssh_args, options_of_the_user_go_before_what_is_usual)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	nk_strings_add(&args->options, "ConnectTimeout=3");
	args->net.connect_timeout_ms = 10000;
	assert_has(args, "-oConnectTimeout=3");
	cr_assert_lt(place_of(args, "-oConnectTimeout=3"), place_of(args, "-oConnectTimeout=10"));
}

Test(ssh_args, connect_timeout_of_ssh_config_stays)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	args->net.connect_timeout_ms = 10000;
	args->conf.connect_timeout_ms = 5000;
	assert_lacks(args, "-oConnectTimeout");
}

Test(ssh_args, a_percent_in_a_path_is_no_token)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	args->policy.known_hosts = "/a b/100%d";
	assert_has(args, "-oUserKnownHostsFile=\"/a b/100%%d\"");
}

/* What the ssh program is to run for the host on the way. */
static const char *proxy_of(struct args_case *args)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(make(args, &err), 0, "%s", err.msg);
	for (size_t i = 0; i < args->words.count; i++) {
		if (nk_text_has_prefix(args->words.items[i], "-oProxyCommand="))
			return args->words.items[i];
	}
	cr_assert_fail("no proxy command");
	return "";
}

Test(ssh_args, a_jump_host_has_what_goes_for_all_hosts)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");
	const char *command;

	args->policy.jump = "joe@gate:2222";
	args->policy.known_hosts = "/a b's/k";
	args->policy.trust = NK_TRUST_STRICT;
	nk_strings_add(&args->policy.identities, "/key");
	command = proxy_of(args);
	cr_assert(strstr(command, " -oPort=2222 -i /key -oUser=joe "), "%s", command);
	cr_assert(strstr(command, " -oUserKnownHostsFile=\\\"/a\\ b\\'s/k\\\" "), "%s", command);
	cr_assert(strstr(command, " -oStrictHostKeyChecking=yes "), "%s", command);
	cr_assert(strstr(command, " -W \\[%h\\]:%p -- gate"), "%s", command);
}

Test(ssh_args, a_jump_host_has_none_of_what_is_for_the_last_one)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	args->policy.jump = "gate";
	args->policy.auth = "password";
	args->plan.user = "joe";
	nk_strings_add(&args->options, "HostName=far");
	cr_assert_not(strstr(proxy_of(args), "joe"));
	cr_assert_not(strstr(proxy_of(args), "far"));
	cr_assert_not(strstr(proxy_of(args), "password"));
}

Test(ssh_args, jump_hosts_stand_in_one_another)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");
	const char *command;

	args->policy.jump = "first,second";
	command = proxy_of(args);
	cr_assert(strstr(command, "-W\\ \\\\\\[%%h\\\\\\]:%%p\\ --\\ first "), "%s", command);
	cr_assert(strstr(command, " -- second"), "%s", command);
}

Test(ssh_args, what_is_no_jump_host_is_usage)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	args->policy.jump = "-oProxyCommand=x";
	assert_unusable(args);
}

Test(ssh_args, port_goes_only_when_it_was_named)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	assert_lacks(args, "-oPort");
	args->plan.port = 2222;
	assert_has(args, "-oPort=2222");
}

Test(ssh_args, nothing_is_asked_without_input)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	args->creds.no_input = true;
	assert_has(args, "-oBatchMode=yes");
}

Test(ssh_args, trust_becomes_strict_checking)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	args->policy.trust = NK_TRUST_TOFU;
	assert_has(args, "-oStrictHostKeyChecking=accept-new");
}

Test(ssh_args, known_hosts_with_blanks_is_one_file)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	args->policy.known_hosts = "/a b";
	assert_has(args, "-oUserKnownHostsFile=\"/a b\"");
}

Test(ssh_args, host_that_looks_like_an_option_is_refused)
{
	nk_auto(args_case) struct args_case *args = args_case_new("-oProxyCommand=x");

	assert_unusable(args);
}

Test(ssh_args, user_that_looks_like_an_option_is_refused)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	args->plan.user = "-x";
	assert_unusable(args);
}

Test(ssh_args, password_options_cannot_be_served)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	args->creds.password_file = "secret";
	assert_unusable(args);
}

Test(ssh_args, pins_cannot_be_served)
{
	nk_auto(args_case) struct args_case *args = args_case_new("h");

	nk_strings_add(&args->trust.pins, "SHA256:x");
	assert_unusable(args);
}

static void assert_blame(const char *text, enum nk_domain domain, const char *quoted)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_ssh_child_blame(text, &err), -1);
	cr_assert_eq(err.domain, domain, "%s", nk_domain_class(err.domain));
	cr_assert_str_eq(err.msg, quoted);
}

Test(ssh_blame, denied_permission_is_auth)
{
	assert_blame("joe@h: Permission denied (publickey,password).\r\n", NK_E_AUTH,
		     "joe@h: Permission denied (publickey,password)");
}

Test(ssh_blame, changed_host_key_names_the_line)
{
	assert_blame("@@@ WARNING @@@\nOffending ED25519 key in /k:3\nHost key verification "
		     "failed.\n",
		     NK_E_CERT,
		     "Host key verification failed: Offending ED25519 key in /k:3; if the change "
		     "is known to be right, ssh-keygen -R removes the old key");
}

Test(ssh_blame, changed_host_key_is_removed_as_the_program_says)
{
	assert_blame("Offending ED25519 key in /k:3\n  remove with:\n"
		     "  ssh-keygen -f '/k' -R 'h'\nHost key verification failed.\n",
		     NK_E_CERT,
		     "Host key verification failed: Offending ED25519 key in /k:3; if the change "
		     "is known to be right, ssh-keygen -f '/k' -R 'h' removes the old key");
}

Test(ssh_blame, unknown_host_key_has_ways_out)
{
	assert_blame("No ED25519 host key is known for [h]:2222 and you have requested strict "
		     "checking.\r\nHost key verification failed.\r\n",
		     NK_E_CERT,
		     "Host key verification failed: No ED25519 host key is known for [h]:2222 and "
		     "you have requested strict checking: --trust=tofu accepts and remembers the "
		     "key it shows, --known-hosts=FILE names a file that knows it");
}

Test(ssh_blame, revoked_host_key_has_no_way_out)
{
	assert_blame(
		"The ED25519 host key for h is marked as revoked.\n"
		"Host key verification failed.\n",
		NK_E_CERT,
		"Host key verification failed: The ED25519 host key for h is marked as revoked");
}

Test(ssh_blame, reason_counts_more_than_its_consequence)
{
	assert_blame("ssh: Could not resolve hostname gate: Name or service not known\n"
		     "Connection closed by UNKNOWN port 65535\n",
		     NK_E_RESOLVE,
		     "ssh: Could not resolve hostname gate: Name or service not known");
}

Test(ssh_blame, refused_connection_may_be_tried_again)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_ssh_child_blame("ssh: connect to host h port 22: Connection refused", &err),
		     -1);
	cr_assert_eq(err.domain, NK_E_CONNECT);
	cr_assert(err.again);
}

Test(ssh_blame, subsystem_that_is_not_there_is_unsupported)
{
	assert_blame("subsystem request failed on channel 0\n", NK_E_UNSUPPORTED,
		     "subsystem request failed on channel 0");
}

Test(ssh_blame, words_of_a_command_are_nobodys_fault)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_ssh_child_blame("cat: x: No such file or directory\n", &err), 0);
	cr_assert_eq(err.domain, NK_E_NONE);
}

Test(ssh_blame, loss_is_told_from_other_lines)
{
	const char *loss = "Connection to h closed by remote host.";
	const char *other = "joe@h: Permission denied";

	cr_assert(nk_ssh_child_is_loss(loss, strlen(loss)));
	cr_assert_not(nk_ssh_child_is_loss(other, strlen(other)));
}

/* --- proxies --- */

static int make_behind(struct args_case *args, bool is_from_environment, struct nk_err *err)
{
	struct nk_proxy proxy = { .kind = NK_PROXY_HTTP,
				  .host = "p",
				  .port = 8080,
				  .except = "inside.example",
				  .is_from_environment = is_from_environment };
	int result;

	args->session->target.proxy = &proxy;
	result = make(args, err);
	args->session->target.proxy = NULL;
	return result;
}

static void assert_no_proxy(struct args_case *args, const char *named)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(make_behind(args, named[0] == 'A', &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert(strstr(err.msg, named), "%s", err.msg);
}

Test(ssh_args, a_proxy_cannot_be_served)
{
	nk_auto(args_case) struct args_case *args = args_case_new("far.example");

	assert_no_proxy(args, "--proxy");
	assert_no_proxy(args, "ALL_PROXY");
}

Test(ssh_args, a_proxy_for_other_hosts_does_not_matter)
{
	nk_auto(args_case) struct args_case *args = args_case_new("a.inside.example");
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(make_behind(args, true, &err), 0, "%s", err.msg);
}

Test(ssh_args, a_proxy_is_for_the_host_that_ssh_config_makes_of_the_name)
{
	nk_auto(args_case) struct args_case *args = args_case_new("alias");
	struct nk_err err = NK_ERR_INIT;

	args->conf.host_name = "a.inside.example";
	cr_assert_eq(make_behind(args, false, &err), 0, "%s", err.msg);
}

Test(ssh_args, a_proxy_command_is_the_way_by_itself)
{
	nk_auto(args_case) struct args_case *args = args_case_new("far.example");
	struct nk_err err = NK_ERR_INIT;

	args->conf.proxy_command = "nc %h %p";
	cr_assert_eq(make_behind(args, false, &err), 0, "%s", err.msg);
	args->conf.proxy_command = "none";
	assert_no_proxy(args, "--proxy");
}

Test(ssh_args, a_proxy_is_for_the_first_host_on_the_way)
{
	nk_auto(args_case) struct args_case *args = args_case_new("far.example");
	struct nk_err err = NK_ERR_INIT;

	args->policy.jump = "u@gate.inside.example:22,next.example";
	cr_assert_eq(make_behind(args, false, &err), 0, "%s", err.msg);
	args->policy.jump = "next.example,gate.inside.example";
	assert_no_proxy(args, "--proxy");
	args->policy.jump = NULL;
	args->conf.proxy_jump = "next.example";
	assert_no_proxy(args, "--proxy");
}
