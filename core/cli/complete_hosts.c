/* complete_hosts.c - schemes, and the hosts that this machine's files have names of. */
#include "completing.h"

#include <sys/stat.h>

#include "dispatch.h"
#include "fsverbs.h"
#include "hosts.h"
#include "netkit/pins.h"

/* ---- schemes ---- */

/* Can the verb be about files alone? */
static bool is_about_files(const struct nk_verb *verb)
{
	for (const struct nk_verb *row = nk_fs_verbs; row->name; row++) {
		if (row == verb)
			return true;
	}
	return verb && (verb->groups & NK_GROUP_TRANSFER);
}

/* Can the applet's servers be meant? */
static bool is_meant(const struct nk_completing *at, const struct nk_applet *applet)
{
	if (at->applet && at->applet != applet)
		return false;
	return !is_about_files(at->verb) || (applet->fs && nk_verb_is_offered(applet, at->verb));
}

void nk_complete_schemes(const struct nk_completing *at)
{
	for (const struct nk_applet *const *applet = at->applets; *applet; applet++) {
		const struct nk_scheme *scheme = is_meant(at, *applet) ? (*applet)->schemes : NULL;

		for (; scheme && scheme->name; scheme++) {
			nk_auto(str) char *text = nk_format("%s://", scheme->name);

			if (nk_text_has_prefix(text, at->last))
				nk_candidates_add(at->candidates, text, (*applet)->summary, true);
		}
	}
}

/* ---- hosts ---- */

/* What is wrong with the config is said by other commands. */
static struct nk_config *open_config(const struct nk_completing *at)
{
	struct nk_config *config = NULL;
	struct nk_config_how how;
	struct nk_err err = NK_ERR_INIT;

	nk_parse_look_for_config(at->argc, at->argv, &how);
	return nk_config_open(&how, at->applets, &config, &err) < 0 ? NULL : config;
}

static void add_hosts_of_config(const struct nk_completing *at, struct nk_hostnames *names)
{
	nk_auto(config) struct nk_config *config = open_config(at);
	nk_auto(strings) struct nk_strings hosts = { 0 };

	if (config)
		nk_config_hosts(config, &hosts);
	for (size_t i = 0; i < hosts.count; i++)
		nk_hostnames_add(names, hosts.items[i], strlen(hosts.items[i]));
}

/* Returns whether the call is for many hosts. */
static bool find_hosts(const struct nk_completing *at, const struct nk_applet *applet,
		       struct nk_hostnames *names)
{
	nk_auto(completing_call) struct nk_completing_call asked = { .argv = NULL };
	const struct nk_common *common = &asked.parse.common;
	static const struct nk_common usual;
	struct nk_err err = NK_ERR_INIT;

	/* With words that are not understood yet, what is usual holds. */
	if (nk_completing_parse(at, NULL, &asked, &err) < 0)
		common = &usual;
	add_hosts_of_config(at, names);
	if (applet->groups & NK_GROUP_SSH) {
		nk_hostnames_of_ssh_config(names, common->ssh.config);
		nk_hostnames_of_known_hosts(names, common->ssh.known_hosts);
	} else if ((applet->groups & NK_GROUP_WHO) && !common->creds.no_netrc) {
		nk_hostnames_of_netrc(names, common->creds.netrc);
	}
	nk_hostnames_sort(names);
	return common->hosts;
}

/* A host as it stands in the word: with the port in URLs, an address in brackets. */
static char *spell_host(const struct nk_hostname *name, const char *head, const char *tail)
{
	bool is_address = strchr(name->host, ':') && tail[0] != '\0';
	const char *open = is_address ? "[" : "";
	const char *close = is_address ? "]" : "";

	if (tail[0] == '/' && name->port > 0)
		return nk_format("%s%s%s%s:%d/", head, open, name->host, close, name->port);
	return nk_format("%s%s%s%s%s", head, open, name->host, close, tail);
}

void nk_complete_hosts(const struct nk_completing *at, const struct nk_applet *applet,
		       const char *head, const char *tail)
{
	nk_auto(hostnames) struct nk_hostnames names = { .count = 0 };
	const char *before = "";

	if (find_hosts(at, applet, &names)) {
		nk_auto(str) char *mark = nk_format("%s%s%s", head, NK_HOSTS_MARK, tail);

		if (nk_text_has_prefix(mark, at->last))
			nk_candidates_add(at->candidates, mark, "each host of --hosts",
					  tail[0] != '\0');
	}
	for (size_t i = 0; i < names.count; i++) {
		nk_auto(str) char *text = spell_host(&names.items[i], head, tail);
		bool is_repeated = tail[0] != '/' && strcmp(names.items[i].host, before) == 0;

		/* Where the port is not shown, a host on two ports is one. */
		before = names.items[i].host;
		if (!is_repeated && nk_text_has_prefix(text, at->last))
			nk_candidates_add(at->candidates, text, "host", tail[0] != '\0');
	}
}

char *nk_complete_first_host(const struct nk_completing *at, const char *text)
{
	nk_auto(completing_call) struct nk_completing_call asked = { .argv = NULL };
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	struct nk_err err = NK_ERR_INIT;
	struct stat st;

	if (!strstr(text, NK_HOSTS_MARK))
		return nk_strdup(text);
	/* What is read from a pipe is gone for the command itself, and so is standard input. */
	if (nk_completing_parse(at, NULL, &asked, &err) < 0 || !asked.parse.common.hosts ||
	    strcmp(asked.parse.common.hosts, "-") == 0 || stat(asked.parse.common.hosts, &st) < 0 ||
	    !S_ISREG(st.st_mode) || nk_hosts_read(&hosts, asked.parse.common.hosts, &err) < 0)
		return NULL;
	return nk_hosts_fill(text, nk_hosts_at(&hosts, 0));
}

void nk_complete_remembered(const struct nk_completing *at)
{
	nk_auto(hostnames) struct nk_hostnames names = { .count = 0 };
	nk_auto(completing_call) struct nk_completing_call asked = { .argv = NULL };
	struct nk_err err = NK_ERR_INIT;
	bool is_parsed = nk_completing_parse(at, NULL, &asked, &err) == 0;

	nk_hostnames_of_pins(&names, NULL);
	nk_hostnames_of_known_hosts(&names, is_parsed ? asked.parse.common.ssh.known_hosts : NULL);
	nk_hostnames_sort(&names);
	for (size_t i = 0; i < names.count; i++) {
		const struct nk_hostname *name = &names.items[i];
		bool is_first = i == 0 || strcmp(names.items[i - 1].host, name->host) != 0;
		nk_auto(str) char *with_port =
			name->port > 0 ? nk_pins_name(name->host, name->port) : NULL;

		if (is_first)
			nk_candidates_offer(at->candidates, at->last, name->host,
					    "its keys are remembered");
		if (with_port)
			nk_candidates_offer(at->candidates, at->last, with_port,
					    "its key is remembered");
	}
}

/* ---- profiles ---- */

void nk_complete_profiles(const struct nk_completing *at, const char *head, const char *tail)
{
	nk_auto(config) struct nk_config *config = open_config(at);
	nk_auto(strings) struct nk_strings names = { 0 };

	if (config)
		nk_config_profiles(config, &names);
	for (size_t i = 0; i < names.count; i++) {
		nk_auto(str) char *text = nk_format("%s%s%s", head, names.items[i], tail);
		nk_auto(str) char *url = nk_config_profile_url(config, names.items[i]);
		nk_auto(str) char *scheme = url ? nk_strndup(url, strcspn(url, ":")) : NULL;
		const struct nk_scheme *row;
		const struct nk_applet *applet =
			url ? nk_applet_of_scheme(at->applets, scheme, &row) : NULL;

		if (applet && is_meant(at, applet) && nk_text_has_prefix(text, at->last))
			nk_candidates_add(at->candidates, text, "profile", tail[0] != '\0');
	}
}

/* ---- values of options ---- */

void nk_complete_value(const struct nk_completing *at)
{
	nk_auto(opt_scan) struct nk_opt_scan scan = { .awaits = NULL };
	struct nk_option_tables tables;
	const struct nk_opt *opt;
	size_t value_at = 0;

	nk_candidates_tables(at->applet, at->verb, &tables);
	nk_opt_look_through(tables.items, tables.count, at->argc, at->argv, &scan);
	opt = scan.awaits ? scan.awaits
			  : nk_opt_with_value(tables.items, tables.count, at->last, &value_at);
	if (!opt || !opt->arg)
		return;
	const char *comma = strrchr(at->last + value_at, ',');
	bool is_list = strcmp(opt->arg, "HOST,...") == 0;

	if (is_list && comma)
		value_at = (size_t)(comma + 1 - at->last);
	nk_auto(str) char *head = nk_strndup(at->last, value_at);

	if (is_list && at->applet)
		nk_complete_hosts(at, at->applet, head, "");
	else if (strcmp(opt->arg, "PROFILE") == 0)
		nk_complete_profiles(at, head, "");
}
