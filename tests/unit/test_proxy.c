/* test_proxy.c - which proxy leads to a host: its URL, ALL_PROXY and NO_PROXY. */
#include "netkit/proxylogin.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

static struct nk_proxy *parsed(const char *text)
{
	struct nk_proxy *proxy = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_proxy_parse(text, true, &proxy, &err), 0, "%s: %s", text, err.msg);
	return proxy;
}

static void assert_parsed(const char *text, enum nk_proxy_kind kind, const char *host, int port)
{
	nk_auto(proxy) struct nk_proxy *proxy = parsed(text);

	cr_assert_eq(proxy->kind, kind, "%s", text);
	cr_assert_str_eq(proxy->host, host);
	cr_assert_eq(proxy->port, port, "%s: %d", text, proxy->port);
}

static void assert_refused(const char *text, bool may_have_password, enum nk_domain domain)
{
	nk_auto(proxy) struct nk_proxy *proxy = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_proxy_parse(text, may_have_password, &proxy, &err), -1, "%s", text);
	cr_assert_eq(err.domain, domain, "%s: %s", text, err.msg);
	cr_assert_null(strstr(err.msg, "secret"), "%s", err.msg);
}

Test(proxy, each_kind_has_its_port)
{
	assert_parsed("socks5h://p", NK_PROXY_SOCKS5H, "p", 1080);
	assert_parsed("SOCKS5://p", NK_PROXY_SOCKS5, "p", 1080);
	assert_parsed("socks4a://p", NK_PROXY_SOCKS4A, "p", 1080);
	assert_parsed("socks4://p", NK_PROXY_SOCKS4, "p", 1080);
	assert_parsed("http://p", NK_PROXY_HTTP, "p", 8080);
}

Test(proxy, what_has_no_scheme_is_http)
{
	assert_parsed("p:3128", NK_PROXY_HTTP, "p", 3128);
	assert_parsed("[::1]:3128", NK_PROXY_HTTP, "::1", 3128);
}

Test(proxy, a_slash_may_end_it_and_nothing_else)
{
	assert_parsed("http://p/", NK_PROXY_HTTP, "p", 8080);
	assert_refused("http://p/proxy.pac", true, NK_E_USAGE);
}

Test(proxy, none_and_nothing_are_no_proxy)
{
	cr_assert_null(parsed(""));
	cr_assert_null(parsed("none"));
}

Test(proxy, a_login_is_decoded)
{
	nk_auto(proxy) struct nk_proxy *proxy = parsed("socks5h://jo%65:a%3a%40b@p:1");

	cr_assert_str_eq(proxy->login.user, "joe");
	cr_assert_str_eq(proxy->login.password.bytes, "a:@b");
	cr_assert_str_eq(proxy->host, "p");
}

Test(proxy, a_password_may_hold_colons_and_at_signs)
{
	nk_auto(proxy) struct nk_proxy *proxy = parsed("http://joe:a:b@c@p");

	cr_assert_str_eq(proxy->login.user, "joe");
	cr_assert_str_eq(proxy->login.password.bytes, "a:b@c");
}

Test(proxy, an_empty_password_is_one)
{
	nk_auto(proxy) struct nk_proxy *proxy = parsed("http://joe:@p");

	cr_assert(nk_secret_is_set(&proxy->login.password));
	cr_assert_eq(proxy->login.password.len, 0);
}

Test(proxy, a_password_in_an_option_is_refused_and_not_told)
{
	assert_refused("http://joe:secret@p", false, NK_E_USAGE);
	assert_refused("joe:secret@p", false, NK_E_USAGE);
}

Test(proxy, what_is_malformed_is_not_told)
{
	assert_refused("http://joe:secret%@p", true, NK_E_USAGE);
	assert_refused("http://joe:secret%00@p", true, NK_E_USAGE);
	assert_refused("http://joe:secret@p:99999", true, NK_E_USAGE);
	assert_refused("http://joe:secret@", true, NK_E_USAGE);
	assert_refused("http://:secret@p", true, NK_E_USAGE);
	assert_refused("socks5h://joe:sec/ret@p", true, NK_E_USAGE);
	assert_refused("http://p q", true, NK_E_USAGE);
}

static void assert_hint(const char *text, bool may_have_password, const char *hint)
{
	nk_auto(proxy) struct nk_proxy *proxy = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_proxy_parse(text, may_have_password, &proxy, &err), -1, "%s", text);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert(strstr(err.msg, hint), "%s: %s", text, err.msg);
	cr_assert_null(strstr(err.msg, "secret"), "%s", err.msg);
}

Test(proxy, a_slash_in_a_login_is_told_how_to_be_written)
{
	assert_hint("socks5h://joe:secret/12@p", true, "%2F");
	assert_hint("http://joe:12/secret@p:3128", true, "%2F");
	assert_hint("joe:/secret@p", true, "%2F");
	assert_hint("http://joe:a@b/secret@p", true, "%2F");
	assert_hint("http://j#e:secret@p", true, "%23");
	assert_hint("http://do/main@p", false, "%2F");
	assert_hint("http://joe:12/secret@p", false, "ALL_PROXY");
}

Test(proxy, a_password_may_hold_what_else_ends_a_host)
{
	nk_auto(proxy) struct nk_proxy *proxy = parsed("http://joe:a#b?c\\d@p");

	cr_assert_str_eq(proxy->login.password.bytes, "a#b?c\\d");
	cr_assert_str_eq(proxy->host, "p");
}

Test(proxy, other_kinds_are_refused)
{
	assert_refused("gopher://p", true, NK_E_USAGE);
	assert_refused("socks://p", true, NK_E_USAGE);
	assert_refused("https://p", true, NK_E_UNSUPPORTED);
	assert_refused("socks4://joe:secret@p", true, NK_E_USAGE);
}

Test(proxy, an_endless_url_is_refused)
{
	nk_auto(str) char *text = nk_format("http://%09000d", 1);

	assert_refused(text, true, NK_E_USAGE);
}

/* The host of the proxy that holds, "" for none. */
static const char *chosen(const char *option)
{
	static char host[64];
	nk_auto(proxy) struct nk_proxy *proxy = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_proxy_open(option, &proxy, &err), 0, "%s", err.msg);
	snprintf(host, sizeof(host), "%s", proxy ? proxy->host : "");
	return host;
}

Test(proxy, the_option_wins_then_lower_case_then_upper)
{
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	cr_assert_str_eq(chosen(NULL), "");
	setenv("ALL_PROXY", "http://upper", 1);
	cr_assert_str_eq(chosen(NULL), "upper");
	setenv("all_proxy", "http://lower", 1);
	cr_assert_str_eq(chosen(NULL), "lower");
	cr_assert_str_eq(chosen("http://option"), "option");
	cr_assert_str_eq(chosen("none"), "");
	cr_assert_str_eq(chosen(""), "");
	setenv("all_proxy", "", 1);
	cr_assert_str_eq(chosen(NULL), "upper");
}

Test(proxy, no_proxy_takes_hosts_out)
{
	nk_auto(proxy) struct nk_proxy *proxy = NULL;
	struct nk_err err = NK_ERR_INIT;

	setenv("no_proxy", "example.com", 1);
	cr_assert_eq(nk_proxy_open("http://p", &proxy, &err), 0);
	cr_assert_not(nk_proxy_serves(proxy, "www.example.com", 21));
	cr_assert(nk_proxy_serves(proxy, "example.org", 21));
	cr_assert_not(nk_proxy_serves(NULL, "example.org", 21));
}

/* --- NO_PROXY --- */

static bool lists(const char *list, const char *host)
{
	return nk_no_proxy_matches(list, host, 21);
}

Test(no_proxy, nothing_lists_nothing)
{
	cr_assert_not(lists("", "h"));
	cr_assert_not(lists(" , ,\t", "h"));
}

Test(no_proxy, a_star_lists_all)
{
	cr_assert(lists("*", "h"));
	cr_assert(lists("a, *", "192.0.2.1"));
	cr_assert_not(lists("*:22", "h"));
	cr_assert(lists("*:21", "h"));
}

Test(no_proxy, a_name_lists_itself_and_all_below)
{
	cr_assert(lists("example.com", "example.com"));
	cr_assert(lists("example.com", "a.b.example.com"));
	cr_assert_not(lists("example.com", "notexample.com"));
	cr_assert_not(lists("example.com", "com"));
	cr_assert_not(lists("www.example.com", "example.com"));
}

Test(no_proxy, leading_dots_and_stars_change_nothing)
{
	cr_assert(lists(".example.com", "example.com"));
	cr_assert(lists(".example.com", "a.example.com"));
	cr_assert(lists("*.example.com", "a.example.com"));
	cr_assert_not(lists("a*.example.com", "ab.example.com"));
	cr_assert_not(lists(".", "h"));
	cr_assert_not(lists("..", "h."));
}

Test(no_proxy, case_and_a_trailing_dot_do_not_count)
{
	cr_assert(lists("EXAMPLE.com.", "www.Example.COM"));
	cr_assert(lists("example.com", "example.com."));
}

Test(no_proxy, commas_and_blanks_separate)
{
	cr_assert(lists("a,b", "b"));
	cr_assert(lists("a b", "b"));
	cr_assert(lists(" a ,\tb ", "b"));
}

Test(no_proxy, a_port_narrows)
{
	cr_assert(lists("h:21", "h"));
	cr_assert_not(lists("h:22", "h"));
	cr_assert_not(lists("h:", "h"));
	cr_assert_not(lists("h:x", "h"));
	cr_assert_not(lists("h:99999", "h"));
	cr_assert(lists("192.0.2.1:21", "192.0.2.1"));
	cr_assert_not(lists("[::1]:22", "::1"));
	cr_assert(lists("[::1]:21", "::1"));
}

Test(no_proxy, addresses_are_compared_as_such)
{
	cr_assert(lists("192.0.2.1", "192.0.2.1"));
	cr_assert_not(lists("2.1", "192.0.2.1"));
	cr_assert_not(lists("192.0.2.10", "192.0.2.1"));
	cr_assert(lists("::1", "::1"));
	cr_assert(lists("[::1]", "0:0::1"));
	cr_assert(lists("fe80::1", "fe80::1%eth0"));
	cr_assert_not(lists("::ffff:127.0.0.1", "127.0.0.1"));
	cr_assert_not(lists("[::1", "::1"));
	cr_assert_not(lists("[::1]x", "::1"));
}

Test(no_proxy, networks_by_their_bits)
{
	cr_assert(lists("10.0.0.0/8", "10.255.1.2"));
	cr_assert_not(lists("10.0.0.0/8", "11.0.0.1"));
	cr_assert(lists("10.0.0.0/9", "10.127.0.1"));
	cr_assert_not(lists("10.0.0.0/9", "10.128.0.1"));
	cr_assert(lists("0.0.0.0/0", "192.0.2.1"));
	cr_assert_not(lists("0.0.0.0/0", "::1"));
	cr_assert(lists("192.0.2.1/32", "192.0.2.1"));
	cr_assert(lists("2001:db8::/32", "2001:db8:1::2"));
	cr_assert_not(lists("2001:db8::/32", "2001:db9::"));
	cr_assert(lists("10.0.0.0/8:21", "10.1.1.1"));
}

Test(no_proxy, broken_networks_list_nothing)
{
	cr_assert_not(lists("10.0.0.0/", "10.0.0.0"));
	cr_assert_not(lists("10.0.0.0/33", "10.0.0.0"));
	cr_assert_not(lists("10.0.0.0/-1", "10.0.0.0"));
	cr_assert_not(lists("10.0.0/8", "10.0.0.0"));
	cr_assert_not(lists("/8", "10.0.0.0"));
	cr_assert_not(lists("10.0.0.0/8", "10.example"));
}

/* --- who logs in --- */

struct found {
	struct nk_net_policy net;
	struct nk_creds_policy creds;
	struct nk_proxies proxies;
	const struct nk_proxy *proxy;
};

static struct found *found_new(const char *option, const char *environment)
{
	struct found *found = nk_alloc(sizeof(*found));
	struct nk_err err = NK_ERR_INIT;

	unsetenv("all_proxy");
	unsetenv("CREDENTIALS_DIRECTORY");
	setenv("ALL_PROXY", environment, 1);
	found->net.proxy = option;
	found->creds = (struct nk_creds_policy){
		.password_fd = -1, .user = "other", .no_netrc = true, .no_input = true
	};
	cr_assert_eq(
		nk_proxies_find(&found->proxies, &found->net, &found->creds, &found->proxy, &err),
		0, "%s", err.msg);
	return found;
}

static void found_free(struct found *found)
{
	nk_proxies_release(&found->proxies);
	free(found);
}
NK_AUTO_HANDLE(found, struct found *, found_free)

Test(proxylogin, one_object_for_one_name)
{
	nk_auto(found) struct found *found = found_new("http://p", "");
	const struct nk_proxy *again;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_proxies_find(&found->proxies, &found->net, &found->creds, &again, &err), 0);
	cr_assert_eq(again, found->proxy);
	found->net.proxy = "none";
	cr_assert_eq(nk_proxies_find(&found->proxies, &found->net, &found->creds, &again, &err), 0);
	cr_assert_null(again);
}

Test(proxylogin, the_password_of_the_environment_is_at_hand)
{
	nk_auto(found) struct found *found = found_new(NULL, "http://joe:pw@p");
	nk_auto(proxy_login) struct nk_proxy_login login = NK_PROXY_LOGIN_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(found->proxy->find_login(found->proxy->finder, false, &login, &err), 1);
	cr_assert_str_eq(login.user, "joe");
	cr_assert_str_eq(login.password.bytes, "pw");
}

Test(proxylogin, one_that_was_refused_is_not_given_again)
{
	nk_auto(found) struct found *found = found_new(NULL, "http://joe:pw@p");
	nk_auto(proxy_login) struct nk_proxy_login login = NK_PROXY_LOGIN_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_secret_set(&login.password, "pw", 2, &err), 0);
	cr_assert_eq(found->proxy->find_login(found->proxy->finder, true, &login, &err), -1);
	cr_assert_eq(err.domain, NK_E_AUTH);
}

Test(proxylogin, nobody_is_somebody_of_the_options)
{
	nk_auto(found) struct found *found = found_new("http://p", "");
	nk_auto(proxy_login) struct nk_proxy_login login = NK_PROXY_LOGIN_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(found->proxy->find_login(found->proxy->finder, false, &login, &err), 0);
	cr_assert_null(login.user);
}

Test(proxylogin, a_wanted_password_that_nobody_has_names_what_would_help)
{
	nk_auto(found) struct found *found = found_new("http://joe@p", "");
	nk_auto(proxy_login) struct nk_proxy_login login = NK_PROXY_LOGIN_INIT;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(found->proxy->find_login(found->proxy->finder, false, &login, &err), 1);
	cr_assert_not(nk_secret_is_set(&login.password));
	cr_assert_eq(found->proxy->find_login(found->proxy->finder, true, &login, &err), -1);
	cr_assert(strstr(err.msg, "ALL_PROXY"), "%s", err.msg);
}
