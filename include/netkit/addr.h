/*
 * Addresses: resolving names under a deadline, and the policy of how to reach a peer.
 *
 * Names go through getaddrinfo, so nsswitch.conf holds, in a thread of its own that a deadline can
 * leave behind.
 */
#ifndef NETKIT_ADDR_H
#define NETKIT_ADDR_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "netkit/clock.h"
#include "netkit/err.h"
#include "netkit/text.h"

/* How to reach peers: the user's options of the group "net". */
struct nk_net_policy {
	int64_t connect_timeout_ms; /* for one connection, lookup included; 0: none */
	int64_t timeout_ms;	    /* longest silence of a peer; 0: none */
	int64_t deadline_in_ms;	    /* for everything together, counted from the start; 0: none */
	nk_time_ms deadline;	    /* the same as a point in time, or NK_NEVER */
	int retries;		    /* more tries of what may succeed later */
	int64_t retry_delay_ms;	    /* before the first of them; doubles each time */
	bool ipv4;		    /* only this family, unless both or none is set */
	bool ipv6;
	const char *proxy;	   /* --proxy, for nk_proxy_open; NULL: not given; borrowed */
	const char *bind;	   /* local address, NULL for any; borrowed */
	struct nk_strings resolve; /* "HOST:PORT:ADDR", answers that need no lookup */
};

struct nk_addr {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage storage;
	};
	socklen_t length;
};

/* Most addresses of one name that are tried. */
#define NK_ADDR_MAX 16

struct nk_addrs {
	struct nk_addr
		items[NK_ADDR_MAX]; /* families alternate, the preferred one first (RFC 8305 4) */
	int count;		    /* at least 1 after success */
};

/*
 * The addresses of host and port. socktype: SOCK_STREAM or SOCK_DGRAM.
 * Fails with resolve (again for a name server that did not answer), timeout, interrupt, usage
 * (a --resolve or --bind that is no address).
 */
NK_MUST_CHECK int nk_addr_resolve(const char *host, int port, int socktype,
				  const struct nk_net_policy *net, struct nk_addrs *addrs,
				  struct nk_err *err);

/*
 * The same where no lookup is needed: host is an address, of whichever family, or --resolve has one
 * for it. Returns 1, 0 when it is a name, -1. Fails with usage (a --resolve that is no address).
 */
NK_MUST_CHECK int nk_addr_known(const char *host, int port, const struct nk_net_policy *net,
				struct nk_addrs *addrs, struct nk_err *err);

/* "192.0.2.1:21", "[2001:db8::1]:21"; the port is left out when it is 0. */
enum { NK_ADDR_TEXT = 80 };
const char *nk_addr_text(const struct nk_addr *addr, char out[NK_ADDR_TEXT]);

int nk_addr_port(const struct nk_addr *addr);
void nk_addr_set_port(struct nk_addr *addr, int port);
bool nk_addr_is_same_host(const struct nk_addr *a, const struct nk_addr *b);

/* 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104. */
bool nk_addr_is_loopback(const struct nk_addr *addr);

/* Bind a socket of the address's family to --bind, port 0; nothing to do when it is not set. */
NK_MUST_CHECK int nk_addr_bind(int fd, const struct nk_addr *peer, const struct nk_net_policy *net,
			       struct nk_err *err);

#endif
