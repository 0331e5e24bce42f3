/* test_config.c - config files: lines, keys, layers, and what is wrong in them. */
#include "../../core/cli/config_parts.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NK_APPLET(name) extern const struct nk_applet name##_applet;
#include "../../applets/list.h"
#undef NK_APPLET

static const struct nk_applet *const applets[] = {
#define NK_APPLET(name) &name##_applet,
#include "../../applets/list.h"
#undef NK_APPLET
	NULL,
};

/* The files "one" and "two" with these texts; two may be NULL. */
static struct nk_config *make(const char *one, const char *two)
{
	struct nk_config *config = nk_alloc(sizeof(*config));
	const char *const texts[] = { one, two };

	config->applets = applets;
	for (int i = 0; i < 2 && texts[i]; i++) {
		config->files[i] =
			(struct config_file){ .path = nk_strdup(i ? "two" : "one"), .owner = -1 };
		config->count++;
		nk_config_parse(config, &config->files[i], texts[i], strlen(texts[i]));
	}
	nk_config_examine(config);
	return config;
}

/* All problems as "PLACE TEXT", with newlines between them. */
static char *problems_of(const struct nk_config *config)
{
	char *all = nk_strdup("");

	for (size_t i = 0; i < config->problem_count; i++) {
		char *more = nk_format("%s%s%s %s", all, i ? "\n" : "", config->problems[i].place,
				       config->problems[i].text);

		free(all);
		all = more;
	}
	return all;
}

static void expect_problems(const char *text, const char *wanted)
{
	nk_auto(config) struct nk_config *config = make(text, NULL);
	nk_auto(str) char *got = problems_of(config);

	cr_expect_str_eq(got, wanted, "for: %s", text);
}

/* The values of an option for a query, joined by '|'; "none" when nothing holds. */
static char *look(const struct nk_config *config, const struct nk_config_query *query,
		  const char *key)
{
	const struct nk_opt opt = { .kind = NK_OPT_KIND_TEXTS, .name = key };
	nk_auto(config_found) struct nk_config_found found = { 0 };
	char *all;

	if (nk_config_find(config, query, &opt, &found) == 0)
		return nk_strdup("none");
	all = nk_format("%s:%d", found.path, found.line);
	for (size_t i = 0; i < found.values.count; i++) {
		char *more = nk_format("%s|%s", all, found.values.items[i]);

		free(all);
		all = more;
	}
	return all;
}

static void expect_found(const struct nk_config *config, struct nk_config_query query,
			 const char *key, const char *wanted)
{
	nk_auto(str) char *got = look(config, &query, key);

	cr_expect_str_eq(got, wanted, "%s", key);
}

/* ---- lines ---- */

Test(config, lines_are_keys_and_values_with_blanks_and_comments_around)
{
	nk_auto(config) struct nk_config *config =
		make("\xef\xbb\xbf# a comment\r\n; another\r\n[defaults]\r\n\r\n"
		     "  timeout  =  5s  \r\n\tuser: joe = x\r\nfields=\xc3\xa9,b",
		     NULL);
	const struct config_section *section = config->files[0].sections[0];

	cr_assert_eq(config->problem_count, 0);
	cr_assert_eq(section->count, 3);
	cr_assert_str_eq(section->entries[0].key, "timeout");
	cr_assert_str_eq(section->entries[0].value, "5s");
	cr_assert_eq(section->entries[0].line, 5);
	cr_assert_str_eq(section->entries[1].value, "joe = x");
	cr_assert_str_eq(section->entries[2].value, "\xc3\xa9,b");
	cr_assert_eq(section->entries[2].line, 7);
}

Test(config, an_indented_line_is_a_key_and_no_continuation)
{
	nk_auto(config) struct nk_config *config =
		make("[defaults]\nuser = joe\n   jobs = 3\n", NULL);

	expect_found(config, (struct nk_config_query){ 0 }, "user", "one:2|joe");
	expect_found(config, (struct nk_config_query){ 0 }, "jobs", "one:3|3");
}

Test(config, what_would_be_cut_silently_is_a_problem)
{
	expect_problems("[defaults]\nuser = joe ; the first\n",
			"one:2 ';' after a blank begins a comment: comments have their own line");
	expect_problems("[defaults] # x\n", "one:1 a section is one name in brackets: [KIND NAME]");
	expect_problems("[host [::1]]\nuser = x\n",
			"one:1 a section is one name in brackets: [KIND NAME]");
	expect_problems("[defaults\n", "one:1 a section is one name in brackets: [KIND NAME]");
	expect_problems("[defaults]\njson\n", "one:2 neither [SECTION] nor KEY = VALUE");
	expect_problems("[defaults]\n= x\n", "one:2 the key is missing");
	expect_problems("[defaults]\nuser = a\x1b[m\n", "one:2 a control character");
}

Test(config, a_nul_is_a_problem_and_hides_nothing)
{
	static const char text[] = "[defaults]\nuser = a\0b\njobs = x\n";
	nk_auto(config) struct nk_config *config = make("", NULL);

	nk_config_parse(config, &config->files[0], text, sizeof(text) - 1);
	nk_config_examine(config);
	nk_auto(str) char *got = problems_of(config);

	cr_assert_str_eq(got, "one:2 a control character\n"
			      "one:3 --jobs: 'x' is not a number from 1 to 64");
}

Test(config, the_longest_line_is_whole_and_one_more_is_a_problem)
{
	char value[256] = { 0 };
	nk_auto(config) struct nk_config *config = NULL;

	memset(value, 'x', sizeof(value) - 1);
	nk_auto(str) char *fits = nk_format("[defaults]\nuser = %.*s\n", 192, value);
	nk_auto(str) char *longer = nk_format("[defaults]\nuser = %.*s\n", 193, value);

	config = make(fits, NULL);
	cr_assert_eq(config->problem_count, 0);
	cr_assert_eq(strlen(config->files[0].sections[0]->entries[0].value), 192);
	expect_problems(longer, "one:2 a line has at most 199 bytes");
}

Test(config, the_name_of_a_section_may_be_longer_than_fifty_bytes)
{
	static const char host[] = "a-very-long-name-of-a-host-in-some-region-of-a-cloud."
				   "compute.internal.example.com";
	nk_auto(str) char *text = nk_format("[host %s]\nuser = joe\n", host);
	nk_auto(config) struct nk_config *config = make(text, NULL);

	expect_found(config, (struct nk_config_query){ .host = host }, "user", "one:2|joe");
}

/* ---- sections and keys ---- */

Test(config, sections_and_their_names_are_judged)
{
	expect_problems("[aplet ftp]\n",
			"one:1 no section is called [aplet]; did you mean [applet]?");
	expect_problems("[work]\n",
			"one:1 no section is called [work]; a profile is [profile work]");
	expect_problems("[applet fpt]\n", "one:1 no applet 'fpt'; did you mean 'ftp'?");
	expect_problems("[defaults x]\n", "one:1 [defaults] takes no name");
	expect_problems("[host]\n", "one:1 [host] needs a name");
	expect_problems("[profile a/b]\n",
			"one:1 'a/b' is no name for a profile: at most 64 letters, digits and "
			"'.', '_', '-'");
	expect_problems("[host A  b]\n[host a b]\n",
			"one:2 [host a b] was there before, in line 1");
	expect_problems("user = x\n", "one:1 'user' stands in no section; [defaults] is for what "
				      "holds everywhere");
}

Test(config, keys_are_options_of_anything)
{
	/* An option of a verb, of an applet, of a group; one that another applet has. */
	expect_problems("[applet tftp]\nsummary = yes\nactive = no\ntls = off\nwindowsize = 4\n",
			"");
	expect_problems("[defaults]\ntimeot = 5s\n",
			"one:2 no option is called 'timeot'; did you mean 'timeout'?");
	expect_problems("[defaults]\nhelp = yes\n", "one:2 'help' is for the command line alone");
	expect_problems("[defaults]\nconfig = x\n", "one:2 'config' is for the command line alone");
	expect_problems("[defaults]\nurl = ftp://h\n", "one:2 'url' belongs in a [profile NAME]");
	expect_problems("[defaults]\nprofile = x\n", "one:2 'profile' belongs in a [profile NAME]");
}

Test(config, a_password_is_refused_and_not_repeated)
{
	nk_auto(config) struct nk_config *config = make("[defaults]\npassword = hunter2\n", NULL);
	nk_auto(str) char *got = problems_of(config);

	cr_assert_eq(config->problem_count, 1);
	cr_assert(strstr(got, "password-command"));
	cr_assert_not(strstr(got, "hunter2"));
	expect_problems("[profile a]\nurl = ftp://u:hunter2@h/\n",
			"one:2 a password in a URL can be seen by others: use --password-file");
}

Test(config, values_are_what_the_option_takes)
{
	expect_problems("[defaults]\njobs = many\n",
			"one:2 --jobs: 'many' is not a number from 1 to 64");
	expect_problems("[defaults]\njson = perhaps\n", "one:2 --json: 'perhaps' is not yes or no");
	expect_problems("[defaults]\njson =\n", "one:2 --json: '' is not yes or no");
	expect_problems("[host h]\ntls = maybe\n",
			"one:2 --tls: 'maybe' is not one of try, required, off, implicit");
	expect_problems("[defaults]\njson = off\nverbose = 2\nnetrc =\nuser =\n", "");
	expect_problems("[defaults]\nuser = a\nuser = b\n",
			"one:3 'user' was said before, in line 2");
	expect_problems("[defaults]\nexclude = a\nexclude = b\n", "");
}

Test(config, home_is_replaced_where_a_file_is_meant)
{
	setenv("HOME", "/home/joe", 1);
	nk_auto(config) struct nk_config *config =
		make("[defaults]\nca = ~/ca.pem\nuser = ~/x\nidentity = ~joe\n", NULL);
	const struct nk_config_query query = { 0 };

	expect_found(config, query, "ca", "one:2|/home/joe/ca.pem");
	expect_found(config, query, "user", "one:3|~/x");
	expect_found(config, query, "identity", "one:4|~joe");
}

/* ---- profiles ---- */

Test(config, a_url_is_one_and_no_reference)
{
	expect_problems("[profile a]\nurl = h:/x\n", "one:2 url: not SCHEME://HOST/PATH");
	expect_problems("[profile a]\nurl = @b\n",
			"one:2 url: it names no other profile: profile = NAME builds on one");
}

Test(config, circles_of_profiles_are_told_once_with_both_lines)
{
	expect_problems("[profile a]\nprofile = a\n",
			"one:2 profile 'a' builds on itself, by one:2");
	expect_problems("[profile a]\nprofile = b\n[profile b]\nprofile = c\n[profile c]\nprofile "
			"= b\n",
			"one:4 profile 'b' builds on itself, by one:6");
	expect_problems("[profile a]\nprofile = b\n", "one:2 no profile is called 'b'");
}

Test(config, a_circle_does_not_hang_those_who_look)
{
	nk_auto(config) struct nk_config *config =
		make("[profile a]\nprofile = b\n[profile b]\nprofile = a\n", NULL);
	const struct nk_config_query query = { .profile = "a" };

	cr_assert_null(nk_config_profile_url(config, "a"));
	expect_found(config, query, "user", "none");
}

Test(config, a_reference_is_joined_to_the_url_of_the_profile)
{
	nk_auto(config) struct nk_config *config =
		make("[profile a]\nurl = ftp://h/pub/\n[profile b]\nprofile = a\n[profile c]\n"
		     "url = sftp://u@h:1\n[profile d]\nuser = x\n",
		     NULL);
	const char *const cases[][3] = {
		{ "@a", "ftp://h/pub/", "a" },	  { "@a/x/y", "ftp://h/pub/x/y", "a" },
		{ "@b/x", "ftp://h/pub/x", "b" }, { "@c/x", "sftp://u@h:1/x", "c" },
		{ "@a/", "ftp://h/pub/", "a" },
	};
	struct nk_err err = NK_ERR_INIT;

	for (size_t i = 0; i < NK_COUNT(cases); i++) {
		nk_auto(str) char *url = NULL;
		nk_auto(str) char *profile = NULL;

		cr_assert_eq(nk_config_expand(config, cases[i][0], &url, &profile, &err), 0);
		cr_expect_str_eq(url, cases[i][1]);
		cr_expect_str_eq(profile, cases[i][2]);
	}
	char *url, *profile;

	cr_assert_eq(nk_config_expand(config, "@d/x", &url, &profile, &err), -1);
	cr_assert_str_eq(err.msg, "@d/x: profile 'd' has no url");
	cr_assert_eq(nk_config_expand(config, "@/x", &url, &profile, &err), -1);
	cr_assert_eq(nk_config_expand(NULL, "@a", &url, &profile, &err), -1);
	cr_assert_str_eq(err.msg, "@a: no profile 'a': there is no config file; a file is ./@a");
}

Test(config, names_are_there_for_completion)
{
	nk_auto(config) struct nk_config *config =
		make("[profile a]\n[host H1]\n[host *.x]\n[host a b]\n[host !c]\n",
		     "[profile b]\n[profile a]\n");
	nk_auto(strings) struct nk_strings profiles = { 0 };
	nk_auto(strings) struct nk_strings hosts = { 0 };

	nk_config_profiles(config, &profiles);
	cr_assert_eq(profiles.count, 2);
	cr_assert_str_eq(profiles.items[1], "b");
	nk_config_hosts(config, &hosts);
	cr_assert_eq(hosts.count, 1);
	cr_assert_str_eq(hosts.items[0], "h1");
}

/* ---- layers ---- */

static const char layered[] = "[defaults]\nuser = d\n"	   /* 2 */
			      "[applet ftp]\nuser = a\n"   /* 4 */
			      "[host *.x]\nuser = h\n"	   /* 6 */
			      "[host b.x]\nuser = late\n"  /* 8 */
			      "[profile base]\nuser = b\n" /* 10 */
			      "[profile p]\nprofile = base\n"
			      "[profile q]\nuser = q\n"; /* 14 */

Test(config, each_layer_covers_the_one_below)
{
	nk_auto(config) struct nk_config *config = make(layered, NULL);
	struct nk_config_query query = { 0 };

	expect_found(config, query, "user", "one:2|d");
	query.applet = "ftp";
	expect_found(config, query, "user", "one:4|a");
	query.host = "B.x";
	expect_found(config, query, "user", "one:6|h");
	query.general = "q";
	expect_found(config, query, "user", "one:14|q");
	query.profile = "p";
	expect_found(config, query, "user", "one:10|b");
	query.host = "x";
	query.profile = query.general = NULL;
	expect_found(config, query, "user", "one:4|a");
}

Test(config, of_two_files_the_first_goes_before_at_each_level)
{
	nk_auto(config) struct nk_config *config =
		make("[defaults]\nuser = one\n[profile p]\nurl = ftp://one\n",
		     "[defaults]\nuser = two\ntimeout = 2s\n[host h]\ntimeout = 3s\n"
		     "[profile p]\nurl = ftp://two\nuser = two\n");
	nk_auto(str) char *url = nk_config_profile_url(config, "p");

	cr_expect_str_eq(url, "ftp://one");
	expect_found(config, (struct nk_config_query){ 0 }, "user", "one:2|one");
	expect_found(config, (struct nk_config_query){ .host = "h" }, "timeout", "two:5|3s");
	expect_found(config, (struct nk_config_query){ .profile = "p" }, "user", "two:8|two");
}

Test(config, a_list_has_all_of_one_section_and_nothing_of_those_below)
{
	nk_auto(config) struct nk_config *config =
		make("[defaults]\nexclude = a\nexclude = b\n[host h]\nexclude = c\n"
		     "[host i]\nexclude =\n",
		     NULL);

	expect_found(config, (struct nk_config_query){ 0 }, "exclude", "one:2|a|b");
	expect_found(config, (struct nk_config_query){ .host = "h" }, "exclude", "one:5|c");
	/* An empty value takes back. */
	expect_found(config, (struct nk_config_query){ .host = "i" }, "exclude", "one:7");
}

Test(config, hosts_are_patterns_as_ssh_config_has_them)
{
	nk_auto(config) struct nk_config *config =
		make("[host *.x !bad.x 10.0.0.?]\nuser = u\n", NULL);

	expect_found(config, (struct nk_config_query){ .host = "a.x" }, "user", "one:2|u");
	expect_found(config, (struct nk_config_query){ .host = "10.0.0.7" }, "user", "one:2|u");
	expect_found(config, (struct nk_config_query){ .host = "bad.x" }, "user", "none");
	expect_found(config, (struct nk_config_query){ .host = "x" }, "user", "none");
}

struct filled {
	int jobs;
	const char *file;
	const char *command;
	struct nk_strings list;
};

static const struct nk_opt fill_options[] = {
	NK_OPT_INT(struct filled, jobs, 0, "jobs", "N", "jobs"),
	NK_OPT_TEXT(struct filled, file, 0, "password-file", "FILE", "a file",
		    .family = "password"),
	NK_OPT_TEXT(struct filled, command, 0, "password-command", "CMD", "a command",
		    .family = "password"),
	NK_OPT_TEXTS(struct filled, list, 0, "exclude", "GLOB", "a list"),
	NK_OPT_END,
};

/* Fill from these lines for host h, after this word was parsed. */
static int fill(const char *text, char *word, struct filled *filled, struct nk_err *err)
{
	static struct nk_config *config;
	struct nk_opt_given given = { 0 };
	const struct nk_opt_set set = { .options = fill_options, .into = filled, .given = &given };
	struct nk_strings operands = { 0 };
	const struct nk_config_query query = { .host = "h" };
	int result;

	config = make(text, NULL);
	result = nk_opt_parse(&set, 1, word ? 1 : 0, &word, &operands, err);
	result = result < 0 ? -1 : nk_config_fill(config, &query, &set, 1, err);
	nk_opt_given_release(&given);
	return result;
}

Test(config, what_was_typed_is_left_alone)
{
	struct filled filled = { 0 };
	struct nk_err err = NK_ERR_INIT;
	char word[] = "--exclude=z";

	cr_assert_eq(fill("[defaults]\nexclude = a\njobs = 7\n", word, &filled, &err), 0);
	cr_assert_eq(filled.jobs, 7);
	cr_assert_eq(filled.list.count, 1);
	cr_assert_str_eq(filled.list.items[0], "z");
	nk_strings_release(&filled.list);
}

Test(config, of_rivals_only_the_topmost_holds)
{
	struct filled filled = { 0 };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(fill("[host h]\npassword-file = f\n[defaults]\npassword-command = c\n", NULL,
			  &filled, &err),
		     0);
	cr_assert_str_eq(filled.file, "f");
	cr_assert_null(filled.command);
}

Test(config, a_typed_rival_beats_all_lines)
{
	struct filled filled = { 0 };
	struct nk_err err = NK_ERR_INIT;
	char word[] = "--password-file=typed";

	cr_assert_eq(fill("[defaults]\npassword-command = c\n", word, &filled, &err), 0);
	cr_assert_str_eq(filled.file, "typed");
	cr_assert_null(filled.command);
}

Test(config, a_value_that_only_another_applet_can_use_names_its_line)
{
	struct filled filled = { 0 };
	struct nk_err err = NK_ERR_INIT;
	const struct nk_opt strict[] = {
		NK_OPT_INT_RANGE(struct filled, jobs, 0, "jobs", "N", NULL, 1, 3, "few"),
		NK_OPT_END,
	};
	const struct nk_opt_set set = { .options = strict, .into = &filled };
	nk_auto(config) struct nk_config *config = make("[defaults]\njobs = 7\n", NULL);
	const struct nk_config_query query = { 0 };

	cr_assert_eq(nk_config_fill(config, &query, &set, 1, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_str_eq(err.msg, "one:2: --jobs: '7' is not a number from 1 to 3");
}

Test(config, queries_are_the_same_when_the_same_sections_hold)
{
	nk_auto(config) struct nk_config *config = make("[host a]\n[host *.b]\n", NULL);
	const struct nk_config_query a = { .host = "a" }, other = { .host = "o" },
				     third = { .host = "t", .applet = "ftp" },
				     one = { .host = "1.b" }, two = { .host = "2.B" };

	cr_assert_not(nk_config_is_same(config, &a, &other));
	cr_assert(nk_config_is_same(config, &third, &other));
	cr_assert(nk_config_is_same(config, &one, &two));
	cr_assert(nk_config_is_same(NULL, &a, &other));
}

/* ---- files ---- */

static char *write_file(const char *text, mode_t mode)
{
	char *path = nk_strdup("/tmp/netkit-config-XXXXXX");
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

/* Read a file of this mode as a command does, and its first problem; "" for none. */
static char *open_file(const char *text, mode_t mode)
{
	nk_auto(str) char *path = write_file(text, mode);
	const struct nk_config_how how = { .file = path };
	nk_auto(config) struct nk_config *config = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_config_open(&how, applets, &config, &err), 0, "%s", err.msg);
	unlink(path);
	if (config->problem_count == 0)
		return nk_strdup("");
	cr_assert_eq(nk_config_check(config, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	return nk_strdup(strchr(err.msg, ':'));
}

Test(config, what_others_can_write_must_not_choose_what_runs)
{
	static const char text[] = "[profile a]\npassword-command = id\n";
	nk_auto(str) char *by_group = open_file(text, 0664);
	nk_auto(str) char *by_all = open_file("[defaults]\nssh-config = x\n", 0606);
	nk_auto(str) char *by_us = open_file(text, 0644);
	nk_auto(str) char *harmless = open_file("[defaults]\njobs = 2\n", 0666);

	cr_expect_str_eq(by_group, ":2: 'password-command' is refused: others can write the file, "
				   "mode 0664: chmod go-w");
	cr_expect_str_eq(by_all, ":2: 'ssh-config' is refused: others can write the file, mode "
				 "0606: chmod go-w");
	cr_expect_str_eq(by_us, "");
	cr_expect_str_eq(harmless, "");
}

Test(config, what_belongs_to_somebody_else_must_not_either)
{
	nk_auto(str) char *path = write_file("[defaults]\ntrace = /x\n", 0600);
	const struct nk_config_how how = { .file = path };
	nk_auto(config) struct nk_config *config = NULL;
	struct nk_err err = NK_ERR_INIT;

	if (chown(path, 4242, 4242) < 0)
		cr_skip("needs root to give a file away");
	cr_assert_eq(nk_config_open(&how, applets, &config, &err), 0, "%s", err.msg);
	unlink(path);
	cr_assert_eq(nk_config_check(config, &err), -1);
	cr_assert(strstr(err.msg, "'trace' is refused: the file belongs to user 4242"));
}

Test(config, files_that_are_named_must_be_there)
{
	const struct nk_config_how how = { .file = "/nowhere/config" };
	const struct nk_config_how folder = { .file = "/tmp" };
	const struct nk_config_how none = { .file = "/nowhere/config", .none = true };
	struct nk_config *config = NULL;
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_config_open(&how, applets, &config, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
	cr_assert_str_eq(err.msg, "config /nowhere/config: No such file or directory");
	cr_assert_eq(nk_config_open(&folder, applets, &config, &err), -1);
	cr_assert_str_eq(err.msg, "/tmp: Is a directory");
	cr_assert_eq(nk_config_open(&none, applets, &config, &err), 0);
	cr_assert_null(config);
}

/* The paths of the files that are read when none is named, with newlines after them. */
static char *usual_paths(bool *is_named)
{
	const struct nk_config_how how = { .file = NULL };
	char *paths[CONFIG_FILES_MAX];
	int count = nk_config_paths(&how, paths, is_named);
	char *all = nk_strdup("");

	for (int i = 0; i < count; i++) {
		char *more = nk_format("%s%s\n", all, paths[i]);

		free(all);
		free(paths[i]);
		all = more;
	}
	return all;
}

Test(config, the_usual_files_are_the_users_and_the_systems)
{
	bool is_named;

	unsetenv("NETKIT_CONFIG");
	setenv("HOME", "/home/joe", 1);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	nk_auto(str) char *of_home = usual_paths(&is_named);
	cr_assert_not(is_named);
	cr_assert_str_eq(of_home, "/home/joe/.config/netkit/config\n/etc/xdg/netkit/config\n");
	setenv("XDG_CONFIG_HOME", "/x", 1);
	nk_auto(str) char *of_xdg = usual_paths(&is_named);
	cr_assert_str_eq(of_xdg, "/x/netkit/config\n/etc/xdg/netkit/config\n");
	setenv("NETKIT_CONFIG", "/n", 1);
	nk_auto(str) char *of_environment = usual_paths(&is_named);
	cr_assert(is_named);
	cr_assert_str_eq(of_environment, "/n\n");
}
