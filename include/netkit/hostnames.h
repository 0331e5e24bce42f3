/*
 * Hosts that this machine's files have names of: what completion can offer before a server is
 * asked. Whatever is wrong with a file is passed over in silence, and what it says before still
 * counts.
 */
#ifndef NETKIT_HOSTNAMES_H
#define NETKIT_HOSTNAMES_H

#include "netkit/mem.h"

struct nk_hostname {
	char *host; /* a name, or an address without brackets; owned */
	int port;   /* 0: the usual one */
};

/* Zeroed is empty. Names may come twice. */
struct nk_hostnames {
	struct nk_hostname *items; /* owned */
	size_t count;
};

/* At most so many are kept, the first ones. */
#define NK_HOSTNAMES_MAX 20000

/* Add a host of length bytes, which may be "[h]:2222"; patterns, hashes and what no host is called
 * are left out. */
void nk_hostnames_add(struct nk_hostnames *names, const char *text, size_t length);

/* Those of a known_hosts file in clear, but for revoked keys and authorities. file: NULL for those
 * that ssh(1) reads. */
void nk_hostnames_of_known_hosts(struct nk_hostnames *names, const char *file);

/* Those of the Host lines of ssh_config and what it includes. file: NULL for the user's and the
 * system's, "none" for neither. */
void nk_hostnames_of_ssh_config(struct nk_hostnames *names, const char *file);

/* The machines of a netrc file. file: NULL or "" for $NETRC, else ~/.netrc. */
void nk_hostnames_of_netrc(struct nk_hostnames *names, const char *file);

/* Those of a file of remembered TLS keys, with their ports. file: NULL for the usual one. */
void nk_hostnames_of_pins(struct nk_hostnames *names, const char *file);

/* Sort by host and port, each once. */
void nk_hostnames_sort(struct nk_hostnames *names);

void nk_hostnames_release(struct nk_hostnames *names);
NK_AUTO(hostnames, struct nk_hostnames, nk_hostnames_release)

#endif
