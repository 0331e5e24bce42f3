/* test_hostnames.c - hosts that files have names of. */
#include "netkit/hostnames.h"

#include "fs_folder.h"

TestSuite(hostnames, .init = folder_setup, .fini = folder_teardown);

/* A file of the test's folder with this text; its path. */
static const char *write_file(const char *name, const char *text)
{
	put_text(name, text);
	return in_folder(name);
}

/* "a b:22 c": all names, in order. */
static const char *text_of(const struct nk_hostnames *names)
{
	char *text = nk_strdup("");

	for (size_t i = 0; i < names->count; i++) {
		char *before = text;
		const struct nk_hostname *name = &names->items[i];

		text = name->port ? nk_format("%s%s:%d ", before, name->host, name->port)
				  : nk_format("%s%s ", before, name->host);
		free(before);
	}
	return keep(text);
}

Test(hostnames, patterns_and_hashes_are_none)
{
	static const char *const texts[] = { "*.org",	"h?",	 "!h",	"|1|a=|b=", "",
					     "-oProxy", "a b",	 "a;b", "a\x1b",    "[h]",
					     "[h",	"[h]:0", "h/x", "u@h",	    "%h$x" };
	nk_auto(hostnames) struct nk_hostnames names = { .count = 0 };

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		nk_hostnames_add(&names, texts[i], strlen(texts[i]));
	cr_expect_str_eq(text_of(&names), "");
}

Test(hostnames, names_addresses_and_ports)
{
	static const char *const texts[] = { "h",	 "[h]:2222",  "::1",
					     "[::1]:22", "192.0.2.1", "b\xc3\xbc" };
	nk_auto(hostnames) struct nk_hostnames names = { .count = 0 };

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		nk_hostnames_add(&names, texts[i], strlen(texts[i]));
	cr_expect_str_eq(text_of(&names), "h h:2222 ::1 ::1:22 192.0.2.1 b\xc3\xbc ");
}

Test(hostnames, each_once_and_sorted)
{
	static const char *const texts[] = { "b", "a", "[b]:1", "b", "a" };
	nk_auto(hostnames) struct nk_hostnames names = { .count = 0 };

	for (size_t i = 0; i < NK_COUNT(texts); i++)
		nk_hostnames_add(&names, texts[i], strlen(texts[i]));
	nk_hostnames_sort(&names);
	cr_expect_str_eq(text_of(&names), "a b b:1 ");
}

Test(hostnames, known_hosts_in_clear)
{
	nk_auto(hostnames) struct nk_hostnames names = { .count = 0 };

	nk_hostnames_of_known_hosts(&names,
				    write_file("known", "# a comment\n"
							"one,192.0.2.1 ssh-ed25519 AAAA\n"
							"[two]:2222 ssh-ed25519 AAAA\n"
							"|1|c2FsdA==|aGFzaA== ssh-rsa AAAA\n"
							"@revoked bad ssh-rsa AAAA\n"
							"@cert-authority *.org ssh-rsa AA\n"
							"nonsense\n"
							"three,*.x ssh-rsa AAAA"));
	cr_expect_str_eq(text_of(&names), "one 192.0.2.1 two:2222 three ");
	nk_hostnames_of_known_hosts(&names, "/nowhere/known");
	cr_expect_eq(names.count, 4);
}

Test(hostnames, ssh_config_with_what_it_includes)
{
	nk_auto(hostnames) struct nk_hostnames names = { .count = 0 };
	const char *inner = write_file("inner", "Host deep\n\tHostName x\nInclude nowhere\n");
	const char *path = keep(nk_format("Host web  *.org !no \"db one\" db2\n"
					  "NoSuchKeyword yes\n"
					  "Match host other\n"
					  "Include %s\n"
					  "host=last\n",
					  inner));

	nk_hostnames_of_ssh_config(&names, write_file("config", path));
	cr_expect_str_eq(text_of(&names), "web db2 deep last ");
	nk_hostnames_of_ssh_config(&names, "none");
	cr_expect_eq(names.count, 4);
}

Test(hostnames, an_ssh_config_that_includes_itself_ends)
{
	nk_auto(hostnames) struct nk_hostnames names = { .count = 0 };
	const char *path = keep(nk_format("%s/loop", folder));
	const char *text = keep(nk_format("Host h\nInclude %s\nInclude %s\n", path, path));

	nk_hostnames_of_ssh_config(&names, write_file("loop", text));
	cr_expect_leq(names.count, 256);
	nk_hostnames_sort(&names);
	cr_expect_str_eq(text_of(&names), "h ");
}

Test(hostnames, netrc_machines)
{
	nk_auto(hostnames) struct nk_hostnames names = { .count = 0 };

	nk_hostnames_of_netrc(&names,
			      write_file("netrc", "machine one login bob password \"machine x\"\n"
						  "macdef init\nmachine no\n\n"
						  "default login a password b\n"
						  "machine two\n"));
	cr_expect_str_eq(text_of(&names), "one two ");
}

Test(hostnames, a_broken_netrc_counts_up_to_there)
{
	nk_auto(hostnames) struct nk_hostnames names = { .count = 0 };

	nk_hostnames_of_netrc(&names, write_file("netrc", "machine one login b\nmachine"));
	cr_expect_str_eq(text_of(&names), "one ");
}
