/* sftp.c - files over SFTP: the tables. */
#include "sftp.h"

#include "classic.h"

const struct nk_opt sftp_options[] = {
	NK_OPT_TEXTS(struct sftp_opts, options, 'o', NULL, "KEY=VALUE",
		     "an option of ssh_config; may be given again"),
	NK_OPT_TEXTS(struct sftp_opts, identities, 'i', NULL, "FILE", "the same as --identity",
		     .family = "identity"),
	NK_OPT_TEXT(struct sftp_opts, jump, 'J', NULL, "HOST,...", "the same as --jump",
		    .family = "jump"),
	NK_OPT_TEXT(struct sftp_opts, config, 'F', NULL, "FILE", "the same as --ssh-config",
		    .family = "ssh-config"),
	NK_OPT_TEXT(struct sftp_opts, ciphers, 'c', NULL, "LIST", "ciphers, the best first"),
	NK_OPT_INT_RANGE(struct sftp_opts, port, 'P', NULL, "PORT", NULL, 1, 65535,
			 "the server's port"),
	NK_OPT_FLAG(struct sftp_opts, compress, 'C', "compress", "compress data on the way"),
	NK_OPT_FLAG(struct sftp_opts, ipv4, '4', NULL, "the same as --ipv4", .family = "address"),
	NK_OPT_FLAG(struct sftp_opts, ipv6, '6', NULL, "the same as --ipv6", .family = "address"),
	NK_OPT_END,
};

/* sftp [-b FILE] [user@]host[:path]: the prompt, commands from a file or a pipe, or one file. */
static const struct nk_verb sftp_classic = {
	.name = "sftp",
	.summary = "run classic sftp commands from the terminal, a pipe or a file",
	.operands = "[USER@]HOST[:PATH] [TARGET]",
	.options = sftp_classic_options,
	.opts_size = sizeof(struct sftp_classic_opts),
	.groups = NK_GROUP_OUTPUT | NK_GROUP_TALK | NK_GROUP_WHO | NK_GROUP_SSH | NK_GROUP_TRUST |
		  NK_GROUP_NET | NK_GROUP_TRANSFER | NK_GROUP_TREE | NK_GROUP_PROGRESS |
		  NK_GROUP_MANY,
	.run = sftp_classic_run,
	.reads_commands = sftp_classic_reads_commands,
	.apply = sftp_classic_apply,
};

static const struct nk_scheme sftp_schemes[] = {
	{ "sftp", 22, false },
	{ NULL, 0, false },
};

static const struct nk_example sftp_examples[] = {
	{ "sftp ls sftp://web/srv/", "list a folder" },
	{ "sftp get --recursive sftp://web/srv/site/ site", "fetch a tree, many files at once" },
	{ "sftp put --preserve a.txt sftp://bob@web/~/", "send a file to the login folder" },
	{ "sftp cat sftp://web/var/log/syslog | grep -c sshd", "a file into a pipe" },
	{ "sftp get --jump=gate --resume=force sftp://db/dump.gz",
	  "go on with a fetch, by way of gate" },
	{ "sftp -b commands web", "run classic commands from a file" },
	{ "sftp shell --command='ls; get a.txt' web:/srv", "the same, said at once" },
	{ "sftp web:/etc/hosts -", "fetch one file as sftp(1) does, to stdout" },
	{ NULL, NULL },
};

const struct nk_applet sftp_applet = {
	.name = "sftp",
	.summary = "move files over SSH with SFTP",
	.schemes = sftp_schemes,
	.options = sftp_options,
	.opts_size = sizeof(struct sftp_opts),
	.groups = ~(unsigned)NK_GROUP_TLS,
	.verbs = nk_fs_verbs,
	.fs = &sftp_fs,
	.prompt = &sftp_prompt,
	.look = sftp_look,
	.takes_spots = true,
	.classic = &sftp_classic,
	.examples = sftp_examples,
};
