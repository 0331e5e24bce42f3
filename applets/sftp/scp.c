/* scp.c - copy files over SSH: the tables. */
#include "scp.h"

static const struct nk_verb scp_classic = {
	.name = "scp",
	.summary = "copy files between hosts, as scp(1) does",
	.operands = "SRC... DST",
	.options = scp_classic_options,
	.opts_size = sizeof(struct scp_classic_opts),
	.groups = NK_GROUP_OUTPUT | NK_GROUP_TALK | NK_GROUP_WHO | NK_GROUP_SSH | NK_GROUP_TRUST |
		  NK_GROUP_NET | NK_GROUP_TRANSFER | NK_GROUP_TREE | NK_GROUP_PROGRESS |
		  NK_GROUP_MANY,
	.prints = NK_PRINTS_NOTHING,
	.record = &nk_transfer_record,
	.run = scp_classic_run,
	.apply = scp_classic_apply,
};

static const struct nk_scheme scp_schemes[] = {
	{ "scp", 22, false },
	{ NULL, 0, false },
};

static const struct nk_example scp_examples[] = {
	{ "scp a.txt web:", "send a file to the login folder" },
	{ "scp -rp site bob@web:/srv/", "send a tree, keeping times and permissions" },
	{ "scp 'web:/var/log/*.gz' logs/", "fetch what a remote pattern matches" },
	{ "scp one:/srv/a.img two:/srv/", "from one host to another, through this one" },
	{ "scp -O router:config .", "from a device that has no SFTP" },
	{ NULL, NULL },
};

const struct nk_applet scp_applet = {
	.name = "scp",
	.summary = "copy files between hosts over SSH",
	.operands = "SRC... DST",
	.schemes = scp_schemes,
	.options = sftp_options,
	.opts_size = sizeof(struct sftp_opts),
	.groups = ~(unsigned)NK_GROUP_TLS,
	.fs = &sftp_fs,
	.look = sftp_look,
	.classic = &scp_classic,
	.examples = scp_examples,
};
