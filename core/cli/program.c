/* program.c - netkit's own command line: applets, verbs, URLs, and the words of netkit itself. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "complete.h"
#include "fsverbs.h"
#include "groups.h"
#include "help.h"
#include "install.h"
#include "netkit/log.h"
#include "suggest.h"

static int run_help(const struct nk_applet *const *applets, int argc, char **argv,
		    struct nk_err *err)
{
	return nk_help_run(applets, argc, argv, err);
}

static int run_list(const struct nk_applet *const *applets, int argc, char **argv,
		    struct nk_err *err)
{
	(void)argc;
	(void)argv;
	return nk_help_list(applets, err);
}

static int run_version(const struct nk_applet *const *applets, int argc, char **argv,
		       struct nk_err *err)
{
	(void)applets;
	(void)argc;
	(void)argv;
	return nk_help_version(err);
}

static int run_examples(const struct nk_applet *const *applets, int argc, char **argv,
			struct nk_err *err)
{
	(void)argc;
	(void)argv;
	return nk_help_examples(applets, NULL, NULL, err);
}

static int run_usage(const struct nk_applet *const *applets, int argc, char **argv,
		     struct nk_err *err)
{
	(void)argc;
	(void)argv;
	return nk_help_netkit(applets, err);
}

const struct nk_word nk_words[] = {
	{ "completion", "bash|zsh|fish", "print the shell's completion script", nk_completion_run },
	{ "help", "[APPLET [VERB]|TOPIC]", "help on an applet, a verb or a topic", run_help },
	{ "help man", "DIR", "write the manual pages into DIR", run_help },
	{ "--examples", "", "command lines to start from", run_examples },
	{ "--help", "", "this list", run_usage },
	{ "--install", "[-s] [-f] DIR", "make a link for each applet; symbolic with -s",
	  nk_install_run },
	{ "--list", "", "the names of the applets", run_list },
	{ "--version", "", "the version", run_version },
	{ 0 },
};

/* Short for words above, and the one that only completion scripts say. */
static const struct nk_word aliases[] = {
	{ "-h", "", "", run_usage },
	{ "-V", "", "", run_version },
	{ "__complete", "", "", nk_complete_run },
	{ 0 },
};

static const struct nk_word *find_word(const struct nk_word *words, const char *name)
{
	for (; words->name; words++) {
		if (strcmp(words->name, name) == 0)
			return words;
	}
	return NULL;
}

static int fail_unknown(const struct nk_applet *const *applets, const char *name)
{
	nk_auto(str) char *label = nk_operand_label(name);
	nk_auto(str) char *suggestion = nk_suggest(applets, name, false);
	struct nk_err err = NK_ERR_INIT;

	nk_fail(&err, NK_E_USAGE, 0, "no applet or verb '%s'; %s", label,
		suggestion ? suggestion : "netkit --help lists them");
	return nk_report(&err, "netkit", NULL);
}

/* netkit VERB ..., before which options may stand: the word at is the verb. */
static int run_verb(const struct nk_applet *const *applets, const struct nk_verb *verb, int at,
		    int argc, char **argv)
{
	const struct nk_call call = {
		.applets = applets,
		.verb = verb,
		.program = "netkit",
		.argc = argc - 1,
		.argv = argv,
	};

	memmove(argv + at, argv + at + 1, (size_t)(argc - at - 1) * sizeof(*argv));
	return nk_dispatch(&call);
}

static int run_applet(const struct nk_applet *const *applets, const struct nk_applet *applet,
		      int argc, char **argv)
{
	nk_auto(str) char *program = nk_format("netkit %s", applet->name);

	return nk_dispatch_applet(applets, applet, program, argc, argv);
}

/* netkit URL ... or netkit @NAME ...: the applet that speaks it, as if it had been named. */
static const struct nk_applet *applet_of_url(const struct nk_applet *const *applets, int argc,
					     char **argv, const char *text)
{
	const struct nk_call call = { .applets = applets, .argc = argc, .argv = argv };
	nk_auto(parse) struct nk_parse parse = { .applets = applets };

	return nk_parse_applet(&call, &parse, text);
}

/* The first word that is no option: applet, verb or URL. */
static int first_operand(int argc, char **argv)
{
	const struct nk_opt *tables[NK_GROUP_COUNT];

	for (int i = 0; i < NK_GROUP_COUNT; i++)
		tables[i] = nk_groups[i].options;
	return nk_opt_first_operand(tables, NK_GROUP_COUNT, argc, argv);
}

/* argv without the program. */
static int run_netkit(const struct nk_applet *const *applets, int argc, char **argv)
{
	const struct nk_word *word = argc > 0 ? find_word(nk_words, argv[0]) : NULL;
	struct nk_err err = NK_ERR_INIT;
	int at = first_operand(argc, argv);

	if (argc > 0 && !word)
		word = find_word(aliases, argv[0]);
	if (word)
		return word->run(applets, argc - 1, argv + 1, &err) < 0
			       ? nk_report(&err, "netkit", NULL)
			       : 0;
	if (argc == 0)
		return nk_help_netkit(applets, &err) < 0 ? nk_report(&err, "netkit", NULL) : 0;
	if (at < 0)
		return fail_unknown(applets, argv[0]);
	const struct nk_applet *applet = nk_applet_find(applets, argv[at]);
	const struct nk_verb *verb = applet ? NULL : nk_verb_of_netkit(argv[at]);

	if (verb)
		return run_verb(applets, verb, at, argc, argv);
	if (applet) {
		memmove(argv + at, argv + at + 1, (size_t)(argc - at - 1) * sizeof(*argv));
		return run_applet(applets, applet, argc - 1, argv);
	}
	applet = applet_of_url(applets, argc, argv, argv[at]);
	return applet ? run_applet(applets, applet, argc, argv) : fail_unknown(applets, argv[at]);
}

/* A standard descriptor that is closed would be given to the next socket or file, and a file's
 * bytes would go into a conversation as commands. It is taken by one that cannot be used as meant. */
static void keep_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(nk_domain_exit(NK_E_USAGE));
	}
}

int nk_main(const struct nk_applet *const *applets, int argc, char **argv)
{
	keep_standard_descriptors();

	const char *name = argc > 0 ? nk_path_name(argv[0]) : "netkit";
	const struct nk_applet *applet = nk_applet_find(applets, name);

	if (applet)
		return run_applet(applets, applet, argc - 1, argv + 1);
	return run_netkit(applets, argc > 0 ? argc - 1 : 0, argv + 1);
}
