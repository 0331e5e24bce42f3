/* test_addr.c - addresses, --resolve and --bind; nothing here asks a name server. */
#include "netkit/addr.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <unistd.h>

static struct nk_net_policy policy(void)
{
	return (struct nk_net_policy){ .connect_timeout_ms = 10000 };
}

/* The first address of host, as text with its port. */
static void assert_resolves(const char *host, const struct nk_net_policy *net, const char *expected)
{
	struct nk_addrs addrs;
	struct nk_err err = NK_ERR_INIT;
	char text[NK_ADDR_TEXT];

	cr_assert_eq(nk_addr_resolve(host, 21, SOCK_STREAM, net, &addrs, &err), 0, "%s", err.msg);
	cr_assert_geq(addrs.count, 1);
	cr_assert_str_eq(nk_addr_text(&addrs.items[0], text), expected);
}

static void assert_fails(const char *host, const struct nk_net_policy *net, enum nk_domain domain)
{
	struct nk_addrs addrs = { .count = 77 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_addr_resolve(host, 21, SOCK_STREAM, net, &addrs, &err), -1);
	cr_assert_eq(err.domain, domain, "%s", err.msg);
	cr_assert_eq(addrs.count, 77);
}

static struct nk_addr addr_of(const char *host)
{
	struct nk_net_policy net = policy();
	struct nk_addrs addrs;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_addr_resolve(host, 21, SOCK_STREAM, &net, &addrs, &err), 0, "%s", err.msg);
	return addrs.items[0];
}

Test(addr, an_address_needs_no_lookup)
{
	struct nk_net_policy net = policy();

	assert_resolves("192.0.2.1", &net, "192.0.2.1:21");
	assert_resolves("2001:db8::1", &net, "[2001:db8::1]:21");
}

Test(addr, an_address_of_the_other_family_is_refused)
{
	struct nk_net_policy net = policy();

	net.ipv6 = true;
	assert_fails("192.0.2.1", &net, NK_E_RESOLVE);
}

Test(addr, both_families_asked_for_are_no_restriction)
{
	struct nk_net_policy net = policy();

	net.ipv4 = true;
	net.ipv6 = true;
	assert_resolves("192.0.2.1", &net, "192.0.2.1:21");
}

Test(addr, names_come_from_the_system)
{
	struct nk_net_policy net = policy();

	net.ipv4 = true;
	assert_resolves("localhost", &net, "127.0.0.1:21");
}

Test(addr, a_name_that_cannot_be_is_resolve)
{
	struct nk_net_policy net = policy();

	assert_fails("no such host", &net, NK_E_RESOLVE);
	assert_fails("", &net, NK_E_RESOLVE);
}

Test(addr, a_rule_answers)
{
	struct nk_net_policy net = policy();

	nk_strings_add(&net.resolve, "ftp.example.org:21:192.0.2.7");
	assert_resolves("ftp.example.org", &net, "192.0.2.7:21");
	nk_strings_release(&net.resolve);
}

Test(addr, a_rule_may_have_an_ipv6_address)
{
	struct nk_net_policy net = policy();

	nk_strings_add(&net.resolve, "a:21:2001:db8::7");
	nk_strings_add(&net.resolve, "b:21:[2001:db8::8]");
	assert_resolves("a", &net, "[2001:db8::7]:21");
	assert_resolves("b", &net, "[2001:db8::8]:21");
	nk_strings_release(&net.resolve);
}

Test(addr, a_rule_has_no_case)
{
	struct nk_net_policy net = policy();

	nk_strings_add(&net.resolve, "FTP.example.org:21:192.0.2.7");
	assert_resolves("ftp.EXAMPLE.org", &net, "192.0.2.7:21");
	nk_strings_release(&net.resolve);
}

Test(addr, a_rule_for_another_port_or_host_does_not_count)
{
	struct nk_net_policy net = policy();

	nk_strings_add(&net.resolve, "192.0.2.1:22:192.0.2.7");
	nk_strings_add(&net.resolve, "192.0.2.12:21:192.0.2.8");
	nk_strings_add(&net.resolve, "192.0.2:21:192.0.2.9");
	assert_resolves("192.0.2.1", &net, "192.0.2.1:21");
	nk_strings_release(&net.resolve);
}

Test(addr, broken_rules_are_usage)
{
	static const char *const rules[] = { "",
					     "a",
					     "a:21",
					     "a:21:",
					     ":21:1.2.3.4",
					     "a:x:1.2.3.4",
					     "a:70000:1.2.3.4",
					     "[::1",
					     "a::1.2.3.4",
					     "a:-1:1.2.3.4" };

	for (size_t i = 0; i < NK_COUNT(rules); i++) {
		struct nk_net_policy net = policy();

		nk_strings_add(&net.resolve, rules[i]);
		assert_fails("a", &net, NK_E_USAGE);
		nk_strings_release(&net.resolve);
	}
}

Test(addr, a_rule_must_lead_to_an_address)
{
	struct nk_net_policy net = policy();

	nk_strings_add(&net.resolve, "a:21:elsewhere.example.org");
	assert_fails("a", &net, NK_E_USAGE);
	nk_strings_release(&net.resolve);
}

Test(addr, text_without_a_port)
{
	struct nk_addr v4 = addr_of("192.0.2.1");
	struct nk_addr v6 = addr_of("::1");
	char text[NK_ADDR_TEXT];

	nk_addr_set_port(&v4, 0);
	nk_addr_set_port(&v6, 0);
	cr_assert_str_eq(nk_addr_text(&v4, text), "192.0.2.1");
	cr_assert_str_eq(nk_addr_text(&v6, text), "[::1]");
}

Test(addr, ports_are_set_and_read)
{
	struct nk_addr v4 = addr_of("192.0.2.1");
	struct nk_addr v6 = addr_of("::1");

	nk_addr_set_port(&v4, 65535);
	nk_addr_set_port(&v6, 256);
	cr_assert_eq(nk_addr_port(&v4), 65535);
	cr_assert_eq(nk_addr_port(&v6), 256);
}

Test(addr, the_same_host_on_another_port_is_the_same)
{
	struct nk_addr a = addr_of("192.0.2.1");
	struct nk_addr b = addr_of("192.0.2.1");

	nk_addr_set_port(&b, 1);
	cr_assert(nk_addr_is_same_host(&a, &b));
}

Test(addr, other_hosts_and_families_differ)
{
	struct nk_addr a = addr_of("192.0.2.1");
	struct nk_addr b = addr_of("192.0.2.2");
	struct nk_addr c = addr_of("::ffff:192.0.2.1");
	struct nk_addr d = addr_of("2001:db8::1");

	cr_assert_not(nk_addr_is_same_host(&a, &b));
	cr_assert_not(nk_addr_is_same_host(&a, &c));
	cr_assert_not(nk_addr_is_same_host(&c, &d));
}

Test(addr, loopback_in_all_its_forms)
{
	static const char *const hosts[] = { "127.0.0.1", "127.255.255.254", "::1",
					     "::ffff:127.0.0.1" };

	for (size_t i = 0; i < NK_COUNT(hosts); i++) {
		struct nk_addr addr = addr_of(hosts[i]);

		cr_assert(nk_addr_is_loopback(&addr), "%s", hosts[i]);
	}
}

Test(addr, what_is_not_loopback)
{
	static const char *const hosts[] = {
		"128.0.0.1",   "126.255.255.255",  "0.0.0.0", "::",	"::2",
		"::127.0.0.1", "::ffff:128.0.0.1", "fe80::1", "7f00::1"
	};

	for (size_t i = 0; i < NK_COUNT(hosts); i++) {
		struct nk_addr addr = addr_of(hosts[i]);

		cr_assert_not(nk_addr_is_loopback(&addr), "%s", hosts[i]);
	}
}

Test(addr, bind_takes_a_local_address)
{
	struct nk_net_policy net = policy();
	struct nk_addr peer = addr_of("127.0.0.1");
	struct nk_addr local = { .length = sizeof(local.storage) };
	struct nk_err err = NK_ERR_INIT;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	net.bind = "127.0.0.3";
	cr_assert_eq(nk_addr_bind(fd, &peer, &net, &err), 0, "%s", err.msg);
	cr_assert_eq(getsockname(fd, &local.any, &local.length), 0);
	cr_assert_eq(ntohl(local.v4.sin_addr.s_addr), 0x7f000003);
	close(fd);
}

Test(addr, bind_to_the_other_family_is_usage)
{
	struct nk_net_policy net = policy();
	struct nk_addr peer = addr_of("127.0.0.1");
	struct nk_err err = NK_ERR_INIT;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	net.bind = "::1";
	cr_assert_eq(nk_addr_bind(fd, &peer, &net, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	close(fd);
}

Test(addr, bind_to_a_strange_address_is_connect)
{
	struct nk_net_policy net = policy();
	struct nk_addr peer = addr_of("127.0.0.1");
	struct nk_err err = NK_ERR_INIT;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	net.bind = "192.0.2.1";
	cr_assert_eq(nk_addr_bind(fd, &peer, &net, &err), -1);
	cr_assert_eq(err.domain, NK_E_CONNECT);
	close(fd);
}
