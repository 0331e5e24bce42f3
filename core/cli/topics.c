/* topics.c - what help explains beside applets and verbs. */
#include "topics.h"

#include "config.h"
#include "groups.h"

/* What exit-codes was called first. */
#define EXIT_NAME  "exit-codes"
#define EXIT_ALIAS "exit"

static const struct nk_passage exit_passages[] = {
	{ NULL,
	  "The numbers are curl's: the same cause has the same number in every applet. A classic "
	  "form that ended well where its tool ends with 0 does too; --exit-status=classic gives "
	  "the classic tool's own number.",
	  false },
	{ NULL,
	  "Of several files or hosts some of which failed, the status is 100. A single one has its "
	  "own.",
	  false },
	{ NULL, NULL, false },
};

static const struct nk_passage profile_passages[] = {
	{ NULL,
	  "What is said there need not be typed: keys are the long options without their dashes, "
	  "and @NAME in place of a URL is the one of a profile. Options go before the environment, "
	  "that before profiles, hosts, applets and defaults. netkit-config(5) has all keys; "
	  "\"netkit config check\" says what is wrong, \"netkit config show\" what holds.",
	  false },
	{ NULL, NULL, false },
};

static const struct nk_passage output_passages[] = {
	{ NULL,
	  "Standard output carries results alone: a table on a terminal, lines with a TAB between "
	  "fields in a pipe, one object a line with --json. Messages, questions and the meter go "
	  "to "
	  "standard error or the terminal.",
	  false },
	{ NULL,
	  "Control characters in names and in what a server says are escaped. With --null records "
	  "end in NUL and text is as it came. In an object, text that is not UTF-8 is a member "
	  "whose name ends in _b64. Objects have \"v\":1; within that, members are only ever "
	  "added.",
	  false },
	{ NULL, "Errors are objects on standard error with --log-format=json.", false },
	{ NULL, NULL, false },
};

static const struct nk_passage url_passages[] = {
	{ NULL, "SCHEME://[USER@]HOST[:PORT]/PATH", false },
	{ "%20",
	  "Such an escape is decoded once; a percent sign is %25. ? and # are part of a path.",
	  false },
	{ "[::1]", "An IPv6 address stands in brackets; its zone, as in [fe80::1%eth0], too.",
	  false },
	{ "/~/file", "A path that begins so is relative to the login folder.", false },
	{ "folder/",
	  "With --recursive, what is in the folder; without the slash, the folder itself. A target "
	  "that ends in a slash is a folder.",
	  false },
	{ "user:password@", "Refused: others can see it. See \"netkit help secrets\".", false },
	{ "host:path", "As scp and sftp write a place; they take URLs too.", false },
	{ "{}", "With --hosts, each host of a file. See \"netkit help hosts\".", false },
	{ "-", "Standard input or standard output.", false },
	{ NULL,
	  "* ? and [] in a path are part of a name, except with --glob, at a prompt and in the "
	  "classic forms of ftp, sftp and scp. A scheme that ends in s is TLS from the first byte; "
	  "the plain one is upgraded where the server offers it (--tls).",
	  false },
	{ NULL, NULL, false },
};

static const struct nk_passage secret_passages[] = {
	{ NULL,
	  "A password never has to stand on a command line, where others can see it. The first of "
	  "these that has one is asked, and no other:",
	  false },
	{ "options",
	  "--password-fd, --password-stdin, --password-file, then --password-command. The first "
	  "line is the password. A command runs without a shell unless it begins with !.",
	  false },
	{ "$CREDENTIALS_DIRECTORY",
	  "As systemd sets it: the file netkit.HOST in it, else netkit.default.", false },
	{ "netrc",
	  "$NETRC, else ~/.netrc, for the host and the user. Refused when others can read it. "
	  "--netrc=FILE names another, --no-netrc none.",
	  false },
	{ "the terminal",
	  "Nobody is asked where there is none, or with --no-input: the command fails, and says "
	  "which option would have answered.",
	  false },
	{ NULL,
	  "Over SSH, the agent and key files (--identity) come before a password, in the order of "
	  "--auth. One password is told to one login: with two in a command, netrc has both.",
	  false },
	{ NULL,
	  "A login over a connection that is neither encrypted nor to this machine is refused, "
	  "unless --tls=off says that it shall be. --trace shows **** in place of a secret.",
	  false },
	{ NULL, NULL, false },
};

static const struct nk_passage host_passages[] = {
	{ NULL,
	  "With --hosts=FILE a command runs once for each host in FILE, --jobs at a time, and {} "
	  "in "
	  "its operands is the host: in URLs, in host:path, in local targets.",
	  false },
	{ "netkit get --hosts=hosts sftp://{}/etc/issue issue.{}",
	  "One file of each host. The target has to have {} in it, or all would be written to one "
	  "place.",
	  true },
	{ "netkit ls --hosts=hosts --json 'ftp://{}/pub/' | jq .name",
	  "Rows of a host stay together and have a member \"host\"; in text they have a column for "
	  "it.",
	  true },
	{ NULL,
	  "FILE has one host a line, as HOST, USER@HOST, HOST:PORT or [ADDRESS]:PORT, which takes "
	  "the place of {} as it is. Empty lines, lines that begin with #, and hosts that came "
	  "before are left out. A line that is no host is an error before anything begins.",
	  false },
	{ NULL,
	  "Each host is a process of its own: --timeout and --retries hold for each, --deadline "
	  "for "
	  "all together. Its messages have its name before them. In the end each has a record with "
	  "its exit status (type \"host\" in --json; a line of text for verbs that print nothing "
	  "else), in the order in which they end, or of FILE with --ordered. --fail-fast begins no "
	  "more after a failure, and ends those at work.",
	  false },
	{ NULL,
	  "A password that is given, and standard input where it is stored (put -), are read once "
	  "for all. A question on the terminal is asked with --jobs=1 alone.",
	  false },
	{ NULL,
	  "Where one machine is not enough, GNU parallel deals the same file out to several that "
	  "have netkit, a hundred hosts at a time:",
	  false },
	{ "parallel -S one,two --pipe -N100 -I,, netkit df --hosts=- sftp://{}/ <hosts",
	  "-S is --sshlogin; -I,, leaves {} to netkit.", true },
	{ NULL, NULL, false },
};

/* Every field of every record, ours and the applets'. */
static void add_records(struct nk_buf *out, const struct nk_record *const *records)
{
	static const char *const kinds[] = {
		[NK_FIELD_KIND_STR] = "text",
		[NK_FIELD_KIND_I64] = "number",
		[NK_FIELD_KIND_SIGNED] = "number, may be negative",
		[NK_FIELD_KIND_TIME] = "time",
		[NK_FIELD_KIND_MODE] = "octal mode",
		[NK_FIELD_KIND_SECONDS] = "seconds",
		[NK_FIELD_KIND_BOOL] = "true or false",
		[NK_FIELD_KIND_MS] = "milliseconds",
		[NK_FIELD_KIND_LIST] = "list",
	};

	for (; records && *records; records++) {
		nk_help_addf(out, "%s\n", (*records)->type);
		for (const struct nk_field *field = (*records)->fields;
		     field->kind != NK_FIELD_KIND_END; field++)
			nk_help_addf(out, "  %-12s %s%s\n", field->name, kinds[field->kind],
				     field->is_extra ? ", not in the default columns" : "");
	}
}

static void add_all_records(struct nk_buf *out, const struct nk_applet *const *applets)
{
	add_records(out, nk_records);
	for (; *applets; applets++)
		add_records(out, (*applets)->records);
}

static void add_exits(struct nk_buf *out, const struct nk_applet *const *applets)
{
	(void)applets;
	for (int i = 0; i < NK_DOMAIN_COUNT; i++)
		nk_help_addf(out, "%5d  %-12s %s\n", nk_domain_exit(i), nk_domain_class(i),
			     nk_domain_meaning(i));
}

static void add_about(struct nk_buf *out, const struct nk_config_about *about)
{
	for (; about->name; about++)
		nk_help_add_row(out, about->name, about->what);
	nk_help_addf(out, "\n");
}

static void add_profiles(struct nk_buf *out, const struct nk_applet *const *applets)
{
	(void)applets;
	nk_help_addf(out, "files:\n");
	add_about(out, nk_config_places);
	nk_help_addf(out, "sections:\n");
	add_about(out, nk_config_sections);
	nk_help_addf(out, "environment:\n");
	for (const struct nk_config_variable *v = nk_config_variables; v->name; v++)
		nk_help_add_row(out, v->name, v->what);
}

static void add_schemes(struct nk_buf *out, const struct nk_applet *const *applets)
{
	for (; *applets; applets++)
		nk_help_add_schemes(out, *applets);
}

const struct nk_topic nk_topics[] = {
	{ EXIT_NAME, "all exit statuses", exit_passages, 0, add_exits },
	{ "hosts", "one command for many hosts", host_passages, NK_GROUP_MANY, NULL },
	{ "output", "all fields that results have", output_passages, NK_GROUP_OUTPUT,
	  add_all_records },
	{ "profiles", "the config file, profiles and the environment", profile_passages,
	  NK_GROUP_PROFILES, add_profiles },
	{ "secrets", "where a password comes from", secret_passages, NK_GROUP_WHO, NULL },
	{ "urls", "how places are written, and the schemes", url_passages, 0, add_schemes },
	{ NULL, NULL, NULL, 0, NULL },
};

const struct nk_topic *nk_topic_find(const char *name)
{
	if (strcmp(name, EXIT_ALIAS) == 0)
		name = EXIT_NAME;
	for (const struct nk_topic *topic = nk_topics; topic->name; topic++) {
		if (strcmp(topic->name, name) == 0)
			return topic;
	}
	return NULL;
}
