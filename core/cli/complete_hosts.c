/* complete_hosts.c - schemes, and the hosts that this machine's files have names of. */
#include "completing.h"

#include "dispatch.h"
#include "fsverbs.h"

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

void nk_complete_schemes(const struct nk_completing *at)
{
	for (const struct nk_applet *const *row = at->applets; *row; row++) {
		const struct nk_applet *applet = *row;

		if ((at->applet && at->applet != applet) ||
		    (is_about_files(at->verb) &&
		     (!applet->fs || !nk_verb_is_offered(applet, at->verb))))
			continue;
		for (const struct nk_scheme *scheme = applet->schemes; scheme && scheme->name;
		     scheme++) {
			nk_auto(str) char *text = nk_format("%s://", scheme->name);

			if (nk_text_has_prefix(text, at->last))
				nk_candidates_add(at->candidates, text, applet->summary, true);
		}
	}
}

/* ---- hosts ---- */

static void find_hosts(const struct nk_completing *at, const struct nk_applet *applet,
		       struct nk_hostnames *names)
{
	nk_auto(parse) struct nk_parse parse = { 0 };
	struct nk_err err = NK_ERR_INIT;

	/* With words that are not understood yet, what is usual holds. */
	if (nk_completing_parse(at, NULL, &parse, &err) < 0)
		parse.common = (struct nk_common){ .jobs = 1 };
	if (applet->groups & NK_GROUP_SSH) {
		nk_hostnames_of_ssh_config(names, parse.common.ssh.config);
		nk_hostnames_of_known_hosts(names, parse.common.ssh.known_hosts);
	} else if ((applet->groups & NK_GROUP_WHO) && !parse.common.creds.no_netrc) {
		nk_hostnames_of_netrc(names, parse.common.creds.netrc);
	}
	nk_hostnames_sort(names);
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

	find_hosts(at, applet, &names);
	for (size_t i = 0; i < names.count; i++) {
		nk_auto(str) char *text = spell_host(&names.items[i], head, tail);
		bool is_repeated = tail[0] != '/' && strcmp(names.items[i].host, before) == 0;

		/* Where the port is not shown, a host on two ports is one. */
		before = names.items[i].host;
		if (!is_repeated && nk_text_has_prefix(text, at->last))
			nk_candidates_add(at->candidates, text, "host", tail[0] != '\0');
	}
}
