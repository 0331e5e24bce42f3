/* ftp.c - files over FTP, in clear and over TLS: the tables. */
#include "ftp.h"

#include "netkit/shell.h"

static const struct nk_opt ftp_options[] = {
	NK_OPT_FLAG(struct ftp_opts, active, 'A', "active",
		    "the server connects to us for data (EPRT, PORT)"),
	NK_OPT_FLAG(struct ftp_opts, passive, 'p', "passive",
		    "we connect to the server for data (EPSV, PASV): the default"),
	NK_OPT_FLAG(struct ftp_opts, ascii, 0, "ascii", "translate line ends (TYPE A)"),
	NK_OPT_FLAG(struct ftp_opts, compress, 0, "compress", "compress data on the way (MODE Z)"),
	NK_OPT_TEXT(struct ftp_opts, host, 0, "virtual-host", "NAME",
		    "the server to ask for among those at one address (HOST)"),
	NK_OPT_TEXT(struct ftp_opts, account, 0, "account", "NAME",
		    "the account, for servers that want one (ACCT)"),
	NK_OPT_END,
};

/* ftp [-p] [-A] [user@]host [port]: the prompt, or commands from a pipe. */
static const struct nk_verb ftp_classic = {
	.name = "ftp",
	.summary = "run classic ftp commands from the terminal or a pipe",
	.operands = "[[USER@]HOST [PORT]|URL]",
	.options = nk_shell_options,
	.opts_size = sizeof(struct nk_shell_opts),
	.groups = NK_GROUP_OUTPUT | NK_GROUP_TALK | NK_GROUP_WHO | NK_GROUP_TLS | NK_GROUP_TRUST |
		  NK_GROUP_NET | NK_GROUP_TRANSFER | NK_GROUP_TREE | NK_GROUP_PROGRESS |
		  NK_GROUP_MANY,
	.run = nk_shell_run,
	.reads_commands = nk_shell_reads_commands,
};

static const struct nk_scheme ftp_schemes[] = {
	{ "ftp", 21, false },
	{ "ftps", 990, true },
	{ NULL, 0, false },
};

static const struct nk_example ftp_examples[] = {
	{ "ftp ls ftp://ftp.example.org/pub/", "list a folder" },
	{ "ftp get ftp://ftp.example.org/pub/a.iso --progress=bar", "fetch a file, resuming it" },
	{ "ftp get --recursive --jobs=8 ftp://ftp.example.org/pub/ mirror", "fetch a tree" },
	{ "ftp put --user=bob --password-file=pw a.txt ftps://ftp.example.org/in/", "send a file" },
	{ "ftp cat ftp://ftp.example.org/log.gz | zcat", "a file into a pipe" },
	{ "ftp ls --json ftp://ftp.example.org/ | jq .size", "a listing as JSON lines" },
	{ "ftp ftp.example.org < commands", "run classic commands" },
	{ "ftp shell -c 'ls; get a.txt' ftp://ftp.example.org/pub/", "the same, said at once" },
	{ NULL, NULL },
};

const struct nk_applet ftp_applet = {
	.name = "ftp",
	.summary = "move files over FTP and FTPS",
	.schemes = ftp_schemes,
	.options = ftp_options,
	.opts_size = sizeof(struct ftp_opts),
	.groups = ~(unsigned)NK_GROUP_SSH,
	.verbs = nk_fs_verbs,
	.fs = &ftp_fs,
	.prompt = &nk_ftp_prompt,
	.look = ftp_look,
	.classic = &ftp_classic,
	.examples = ftp_examples,
};
