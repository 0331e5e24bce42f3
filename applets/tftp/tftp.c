/* tftp.c - trivial files: the tables (RFC 1350, 2347, 2348, 2349, 7440). */
#include "tftp.h"

static const struct nk_opt tftp_options[] = {
	NK_OPT_INT_RANGE(struct tftp_opts, blksize, 0, "blksize", "N", NULL, TFTP_BLKSIZE_MIN,
			 TFTP_BLKSIZE_MAX,
			 "ask for blocks of N bytes; without it what the path carries"),
	NK_OPT_INT_RANGE(struct tftp_opts, windowsize, 0, "windowsize", "N", NULL, 1,
			 TFTP_WINDOWSIZE_MAX,
			 "ask for N blocks at a time, at most 32767 of them; without it what "
			 "buffers hold, 64 at most"),
	NK_OPT_INT_RANGE(struct tftp_opts, retransmit, 0, "retransmit", "SECONDS", NULL, 1,
			 TFTP_TIMEOUT_MAX,
			 "ask the server to send lost packets again after this long"),
	NK_OPT_FLAG(struct tftp_opts, ascii, 0, "ascii", "netascii: translate the ends of lines"),
	NK_OPT_FLAG(struct tftp_opts, no_options, 0, "no-options",
		    "ask for no options: plain TFTP, 512 bytes at a time"),
	NK_OPT_FLAG(struct tftp_opts, any_address, 0, "any-address",
		    "take the answer from whatever address it comes"),
	NK_OPT_END,
};

static const struct nk_example tftp_examples[] = {
	{ "tftp get tftp://boot.example.org/pxelinux.0",
	  "fetch a file into the working directory" },
	{ "tftp put startup.cfg tftp://boot.example.org/sw1.cfg", "store a file" },
	{ "tftp cat tftp://boot.example.org/sw1.cfg", "print a file" },
	{ "tftp stat tftp://boot.example.org/vmlinuz", "ask for a file's size" },
	{ "tftp get -v --no-options tftp://192.0.2.1/boot.img",
	  "see what a boot loader would see" },
	{ "tftp boot.example.org -m octet -c get boot.img", "as the classic tool does it" },
	{ "tftp -g -l out.img -r boot.img boot.example.org", "as busybox does it" },
	{ 0 },
};

const struct nk_applet tftp_applet = {
	.name = "tftp",
	.summary = "get and put files by TFTP",
	.schemes = (const struct nk_scheme[]){ { "tftp", 69, false }, { 0 } },
	.options = tftp_options,
	.opts_size = sizeof(struct tftp_opts),
	.groups = NK_GROUP_OUTPUT | NK_GROUP_TALK | NK_GROUP_NET | NK_GROUP_TRANSFER |
		  NK_GROUP_PROGRESS | NK_GROUP_MANY,
	.verbs = nk_fs_verbs,
	.fs = &tftp_fs,
	.look = tftp_look,
	.classic = &tftp_classic,
	.examples = tftp_examples,
	.records = tftp_records,
};
