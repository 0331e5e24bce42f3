/* test_knownhosts.c - lines of known_hosts files, and the names in them. */
#include "netkit/hostkey.h"

#include <criterion/criterion.h>

/* "host.example" and "[host.example]:2222" as ssh-keygen -H writes them, and a key. */
#define HASHED_HOST "|1|AvsItDbF4/ZVbiqKpoUX7CPjQXI=|og/7ex3CSbAZHl+xsR/KXrUYjwY="
#define HASHED_PORT "|1|T2kRrbtu5iO8yj2An2PfqB/Q0aI=|vrDNRUhgU6JP/H4fdICpGkPCKig="
#define KEY	    "AAAAC3NzaC1lZDI1NTE5AAAAICK5DrUsQBjhlZKqJijZpAkbA9zNWZTa9qF62DqHmHwl"

static bool is_line(const char *text)
{
	struct nk_known_line parsed;

	return nk_known_line_parse(text, strlen(text), &parsed) == 1;
}

static bool matches(const char *hosts, const char *known_as)
{
	struct nk_known_line parsed;
	nk_auto(str) char *text = nk_format("%s ssh-ed25519 " KEY, hosts);

	cr_assert_eq(nk_known_line_parse(text, strlen(text), &parsed), 1, "%s", text);
	return nk_known_line_matches(&parsed, known_as);
}

Test(knownhosts, a_line_has_names_type_and_key)
{
	const char *text = "a,b ssh-rsa AAAA me@here";
	struct nk_known_line parsed;

	cr_assert_eq(nk_known_line_parse(text, strlen(text), &parsed), 1);
	cr_assert_eq(parsed.marker, NK_KNOWN_PLAIN);
	cr_assert(parsed.hosts_length == 3 && memcmp(parsed.hosts, "a,b", 3) == 0);
	cr_assert(parsed.type_length == 7 && memcmp(parsed.type, "ssh-rsa", 7) == 0);
	cr_assert(parsed.key_length == 4 && memcmp(parsed.key, "AAAA", 4) == 0);
}

Test(knownhosts, markers_are_read)
{
	struct nk_known_line parsed;
	const char *revoked = "@revoked * ssh-rsa AAAA";
	const char *authority = "@cert-authority *.org ssh-rsa AAAA";

	cr_assert_eq(nk_known_line_parse(revoked, strlen(revoked), &parsed), 1);
	cr_assert_eq(parsed.marker, NK_KNOWN_REVOKED);
	cr_assert_eq(nk_known_line_parse(authority, strlen(authority), &parsed), 1);
	cr_assert_eq(parsed.marker, NK_KNOWN_AUTHORITY);
}

Test(knownhosts, an_unknown_marker_makes_no_line)
{
	cr_assert_not(is_line("@revoke h ssh-rsa AAAA"));
	cr_assert_not(is_line("@ h ssh-rsa AAAA"));
}

Test(knownhosts, tabs_blanks_and_a_carriage_return_separate)
{
	cr_assert(is_line(" \th\t ssh-rsa\t\tAAAA\r"));
}

Test(knownhosts, comments_and_blanks_are_no_lines)
{
	cr_assert_not(is_line(""));
	cr_assert_not(is_line(" \t"));
	cr_assert_not(is_line("# h ssh-rsa AAAA"));
	cr_assert_not(is_line("  # h ssh-rsa AAAA"));
}

Test(knownhosts, a_line_without_key_is_none)
{
	cr_assert_not(is_line("h"));
	cr_assert_not(is_line("h ssh-rsa"));
	cr_assert_not(is_line("@revoked h ssh-rsa"));
}

Test(knownhosts, keys_of_the_first_protocol_are_no_lines)
{
	cr_assert_not(is_line("h 1024 35 1234567890"));
}

Test(knownhosts, a_key_that_is_not_base64_is_no_line)
{
	cr_assert_not(is_line("h ssh-rsa AA*A"));
}

Test(knownhosts, a_type_that_would_break_a_list_is_no_line)
{
	cr_assert_not(is_line("h ssh-rsa,ssh-dss AAAA"));
	cr_assert_not(is_line("h ssh-\033[2J AAAA"));
}

Test(knownhosts, a_nul_makes_no_line)
{
	struct nk_known_line parsed;

	cr_assert_eq(nk_known_line_parse("h ssh-rsa AA\0A", 14, &parsed), 0);
}

Test(knownhosts, a_line_ends_where_its_length_says)
{
	struct nk_known_line parsed;

	cr_assert_eq(nk_known_line_parse("h ssh-rsa AAAA", 12, &parsed), 1);
	cr_assert_eq(parsed.key_length, 2);
}

Test(knownhosts, any_name_of_the_list_matches)
{
	cr_assert(matches("a,h,1.2.3.4", "h"));
	cr_assert_not(matches("a,hh,h.org", "h"));
}

Test(knownhosts, names_have_no_case)
{
	cr_assert(matches("Web.Example.ORG", "web.example.org"));
	cr_assert(matches("*.EXAMPLE.org", "WEB.example.org"));
}

Test(knownhosts, wildcards_match)
{
	cr_assert(matches("*.example.org", "a.b.example.org"));
	cr_assert(matches("host?", "host1"));
	cr_assert_not(matches("host?", "host"));
	cr_assert_not(matches("*.example.org", "example.org"));
}

Test(knownhosts, a_negated_name_excludes)
{
	cr_assert_not(matches("*.org,!bad.org", "bad.org"));
	cr_assert_not(matches("!bad.org,*.org", "bad.org"));
	cr_assert(matches("!bad.org,*.org", "good.org"));
}

Test(knownhosts, brackets_are_no_pattern)
{
	cr_assert(matches("[h]:2222", "[h]:2222"));
	cr_assert_not(matches("[h]:2222", "h:2222"));
	cr_assert(matches("[*.org]:2222", "[a.org]:2222"));
}

Test(knownhosts, a_name_with_a_port_is_not_the_one_without)
{
	cr_assert_not(matches("h", "[h]:2222"));
	cr_assert_not(matches("[h]:2222", "h"));
}

Test(knownhosts, a_name_as_ssh_keygen_hashes_it_matches)
{
	cr_assert(matches(HASHED_HOST, "host.example"));
	cr_assert(matches(HASHED_PORT, "[host.example]:2222"));
}

Test(knownhosts, hashed_names_have_no_case)
{
	cr_assert(matches(HASHED_HOST, "HOST.example"));
}

Test(knownhosts, a_hash_of_another_name_does_not_match)
{
	cr_assert_not(matches(HASHED_HOST, "host.example.org"));
	cr_assert_not(matches(HASHED_PORT, "host.example"));
}

Test(knownhosts, a_broken_hash_matches_nothing)
{
	cr_assert_not(matches("|1|", ""));
	cr_assert_not(matches("|1|AvsItDbF4/ZVbiqKpoUX7CPjQXI=", "host.example"));
	cr_assert_not(matches("|1|AvsI|og/7ex3CSbAZHl+xsR/KXrUYjwY=", "host.example"));
	cr_assert_not(matches("|1|AvsItDbF4/ZVbiqKpoUX7CPjQXI=|og/7", "host.example"));
	cr_assert_not(matches("|2|AvsItDbF4/ZVbiqKpoUX7CPjQXI=|og/7ex3CSbAZHl+xsR/KXrUYjwY=",
			      "host.example"));
}
