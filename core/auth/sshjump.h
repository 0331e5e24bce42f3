/*
 * Jump hosts as ProxyJump and --jump name them: [user@]host[:port] or ssh://[user@]host[:port], in
 * the order in which they are passed, with commas.
 */
#ifndef CORE_AUTH_SSHJUMP_H
#define CORE_AUTH_SSHJUMP_H

#include "netkit/err.h"

/* The last of the hosts, and those before it; owned. */
struct nk_ssh_jump {
	char *user; /* NULL: not said */
	char *host;
	int port;     /* 0: not said */
	char *before; /* NULL: it is the only one */
};

/* Fails with usage. Pure. */
NK_MUST_CHECK int nk_ssh_jump_parse(const char *spec, struct nk_ssh_jump *jump, struct nk_err *err);
void nk_ssh_jump_release(struct nk_ssh_jump *jump);
NK_AUTO(ssh_jump, struct nk_ssh_jump, nk_ssh_jump_release)

#endif
