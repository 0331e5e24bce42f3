/*
 * The options that applets and verbs share (CLI.md 4), as tables over struct nk_common.
 */
#ifndef NETKIT_CLI_GROUPS_H
#define NETKIT_CLI_GROUPS_H

#include "netkit/applet.h"

struct nk_group {
	unsigned bit; /* enum nk_groups */
	const char *title;
	const struct nk_opt *options;
};

/* All groups, in the order help shows them. */
enum { NK_GROUP_COUNT = 14 };
extern const struct nk_group nk_groups[NK_GROUP_COUNT];

/*
 * The groups a command takes: enum nk_groups. applet NULL: a verb of netkit itself. verb NULL: the
 * applet's run. What an applet names in its groups also bounds those of its verbs.
 */
unsigned nk_groups_of(const struct nk_applet *applet, const struct nk_verb *verb);

/* A table without rows, for applets and verbs that have no options of their own. */
extern const struct nk_opt nk_no_options[];

/* The table, or nk_no_options for NULL. */
const struct nk_opt *nk_options_of(const struct nk_opt *options);

/* Values that no preset can say. */
void nk_common_init(struct nk_common *common);

/* The groups that a prompt is started with: its commands share one connection and one log. */
#define NK_GROUPS_OF_PROGRAM                                                                       \
	(NK_GROUP_WHO | NK_GROUP_TLS | NK_GROUP_SSH | NK_GROUP_TRUST | NK_GROUP_NET |              \
	 NK_GROUP_TALK | NK_GROUP_PROFILES)

/* A copy that has its own lists; nk_common_release frees those. */
void nk_common_copy(struct nk_common *copy, const struct nk_common *common);
void nk_common_release(struct nk_common *common);

#endif
