/*
 * Whose options a session has: those of the call where the same sections of the config hold for it,
 * else its own, parsed anew from presets, the sections that hold for its host and profile, and the
 * words of the command line.
 */
#ifndef NETKIT_CLI_POLICIES_H
#define NETKIT_CLI_POLICIES_H

#include "config.h"
#include "dispatch.h"
#include "netkit/url.h"

/* What a session is made from; all borrowed. */
struct nk_policy {
	const struct nk_common *common;
	const struct nk_opt_set *sets; /* the applets' own options */
	int count;
};

/* call, parse: the command line, and what was made of it; both borrowed. */
struct nk_policies *nk_policies_new(const struct nk_call *call, struct nk_parse *parse);
void nk_policies_free(struct nk_policies *policies); /* also NULL */
NK_AUTO_HANDLE(policies, struct nk_policies *, nk_policies_free)

/* The command line they were made from; borrowed. */
const struct nk_call *nk_policies_call(const struct nk_policies *policies);

/* The policy for a URL that the applet speaks; lives as long as policies. Fails with usage where a
 * value of the config does not suit. */
NK_MUST_CHECK int nk_policies_find(struct nk_policies *policies, const struct nk_applet *applet,
				   const struct nk_url *url, struct nk_policy *policy,
				   struct nk_err *err);

/* Fill options of a call within the call. Fails as nk_config_fill does. */
NK_MUST_CHECK int nk_policies_fill(const struct nk_policies *policies,
				   const struct nk_opt_set *sets, int count, struct nk_err *err);

/* As nk_parse_expand, for what is typed after the call was parsed. */
NK_MUST_CHECK int nk_policies_expand(struct nk_policies *policies, const char *operand, char **text,
				     struct nk_err *err);

/* As nk_parse_follow, likewise. */
NK_MUST_CHECK int nk_policies_follow(struct nk_policies *policies, const struct nk_url *from,
				     const char *to, struct nk_err *err);

#endif
