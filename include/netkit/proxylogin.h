/*
 * The proxies of a command, and who logs in there: one object for each proxy, so that a person is
 * asked once whatever the number of hosts.
 *
 * The user is the one in the proxy's URL, else that of a netrc entry for the proxy's host. The
 * password: ALL_PROXY's own, $CREDENTIALS_DIRECTORY/netkit.HOST, netrc, then a prompt. The options
 * that give a password are for the hosts behind it, and so are netrc's "default" and
 * netkit.default: a proxy is told none of them.
 */
#ifndef NETKIT_PROXYLOGIN_H
#define NETKIT_PROXYLOGIN_H

#include "netkit/addr.h"
#include "netkit/creds.h"
#include "netkit/proxy.h"

struct nk_proxies {
	struct nk_proxy_entry *first; /* owned */
};

/*
 * The proxy that net and the environment name; *proxy is NULL for none. It is the same object for
 * the same name, borrowed until nk_proxies_release. creds: how netrc and prompts are used. Fails as
 * nk_proxy_open.
 */
NK_MUST_CHECK int nk_proxies_find(struct nk_proxies *proxies, const struct nk_net_policy *net,
				  const struct nk_creds_policy *creds,
				  const struct nk_proxy **proxy, struct nk_err *err);

void nk_proxies_release(struct nk_proxies *proxies);

#endif
