/* policies.c - the options of each session, where the config has more than one opinion. */
#include "policies.h"

#include "netkit/clock.h"

/* Options that were parsed for other sections than the call's. */
struct own {
	struct nk_parse parse;
	struct nk_config_query query;
	struct own *next;
};

struct nk_policies {
	const struct nk_call *call;
	struct nk_parse *parse;
	struct own *owns;
};

struct nk_policies *nk_policies_new(const struct nk_call *call, struct nk_parse *parse)
{
	struct nk_policies *policies = nk_alloc(sizeof(*policies));

	policies->call = call;
	policies->parse = parse;
	return policies;
}

const struct nk_call *nk_policies_call(const struct nk_policies *policies)
{
	return policies->call;
}

static void free_own(struct own *own)
{
	if (!own)
		return;
	nk_parse_release(&own->parse);
	free((char *)own->query.host);
	free((char *)own->query.profile);
	free(own);
}
NK_AUTO_HANDLE(own, struct own *, free_own)

void nk_policies_free(struct nk_policies *policies)
{
	while (policies && policies->owns) {
		struct own *own = policies->owns;

		policies->owns = own->next;
		free_own(own);
	}
	free(policies);
}

static struct nk_policy policy_of(const struct nk_parse *parse)
{
	return (struct nk_policy){
		.common = &parse->common,
		.sets = parse->sets + parse->applet_first,
		.count = parse->applet_count,
	};
}

/* The end of everything is one for all, unless a section has its own. */
static void take_deadline(const struct nk_net_policy *call, struct nk_net_policy *own)
{
	own->deadline = own->deadline_in_ms == call->deadline_in_ms
				? call->deadline
				: nk_clock_after(own->deadline_in_ms);
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_source(const struct nk_creds_policy *a, const struct nk_creds_policy *b)
{
	return a->password_fd == b->password_fd && a->password_stdin == b->password_stdin &&
	       is_same_text(a->password_file, b->password_file) &&
	       is_same_text(a->password_command, b->password_command);
}

/* What was decided for one of many hosts after the words were read: it is in none of them. */
static void take_from_many(const struct nk_common *call, struct nk_common *own)
{
	if (!call->out.host)
		return;
	own->creds.no_input |= call->creds.no_input;
	if (is_same_source(&call->creds, &own->creds))
		own->creds.given = call->creds.given;
	own->net.deadline = nk_clock_earlier(call->net.deadline, own->net.deadline);
}

static struct own *find(const struct nk_policies *policies, const struct nk_config_query *query)
{
	struct own *own = policies->owns;

	while (own && !nk_config_is_same(policies->parse->config, &own->query, query))
		own = own->next;
	return own;
}

static int make(struct nk_policies *policies, const struct nk_config_query *query,
		struct nk_err *err)
{
	nk_auto(own) struct own *own = nk_alloc(sizeof(*own));

	own->query = *query;
	own->query.host = nk_strdup(query->host);
	own->query.profile = nk_strdup(query->profile);
	if (nk_parse_again(policies->call, policies->parse, &own->query, &own->parse, err) < 0)
		return -1;
	take_deadline(&policies->parse->common.net, &own->parse.common.net);
	take_from_many(&policies->parse->common, &own->parse.common);
	own->next = policies->owns;
	policies->owns = nk_take(own);
	return 0;
}

int nk_policies_find(struct nk_policies *policies, const struct nk_applet *applet,
		     const struct nk_url *url, struct nk_policy *policy, struct nk_err *err)
{
	const struct nk_parse *parse = policies->parse;
	const struct nk_config_query asked = nk_parse_query(parse);
	const struct nk_config_query query = {
		.applet = applet->name,
		.host = url->host,
		.profile = nk_parse_profile(parse, url),
		.general = parse->general,
	};

	if (nk_config_is_same(parse->config, &query, &asked)) {
		*policy = policy_of(parse);
		return 0;
	}
	if (!find(policies, &query) && make(policies, &query, err) < 0)
		return -1;
	*policy = policy_of(&find(policies, &query)->parse);
	return 0;
}

int nk_policies_fill(const struct nk_policies *policies, const struct nk_opt_set *sets, int count,
		     struct nk_err *err)
{
	const struct nk_config_query query = nk_parse_query(policies->parse);

	return nk_config_fill(policies->parse->config, &query, sets, count, err);
}

int nk_policies_expand(struct nk_policies *policies, const char *operand, char **text,
		       struct nk_err *err)
{
	return nk_parse_expand(policies->parse, operand, text, err);
}

int nk_policies_follow(struct nk_policies *policies, const struct nk_url *from, const char *to,
		       struct nk_err *err)
{
	return nk_parse_follow(policies->parse, from, to, err);
}
