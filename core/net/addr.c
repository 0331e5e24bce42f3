/* addr.c - names to addresses under a deadline, --resolve, --bind. */
#include "netkit/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "netkit/num.h"
#include "netkit/wait.h"

/* One lookup, shared by the thread that does it and the one that waits for it; whoever is last
 * frees it. */
struct addr_lookup {
	pthread_mutex_t lock;
	int users;
	int done_fd; /* eventfd, readable when status and list are there */
	char *host;
	struct addrinfo hints;
	int status;
	struct addrinfo *list;
};

static void addr_lookup_drop(struct addr_lookup *lookup)
{
	int users;

	pthread_mutex_lock(&lookup->lock);
	users = --lookup->users;
	pthread_mutex_unlock(&lookup->lock);
	if (users > 0)
		return;
	if (lookup->list)
		freeaddrinfo(lookup->list);
	close(lookup->done_fd);
	pthread_mutex_destroy(&lookup->lock);
	free(lookup->host);
	free(lookup);
}

static void *addr_lookup_run(void *argument)
{
	struct addr_lookup *lookup = argument;
	uint64_t one = 1;

	lookup->status = getaddrinfo(lookup->host, NULL, &lookup->hints, &lookup->list);
	if (write(lookup->done_fd, &one, sizeof(one)) < 0)
		lookup->status = EAI_SYSTEM;
	addr_lookup_drop(lookup);
	return NULL;
}

/* Alternate between the families, the system's first choice first (RFC 8305 4). */
static void addr_interleave(const struct addrinfo *list, int port, struct nk_addrs *addrs)
{
	struct nk_addr sorted[2][NK_ADDR_MAX];
	int counts[2] = { 0, 0 };
	int first = list && list->ai_family == AF_INET ? 0 : 1;

	for (; list; list = list->ai_next) {
		int family = list->ai_family == AF_INET ? 0 : 1;

		if (counts[family] == NK_ADDR_MAX ||
		    list->ai_addrlen > sizeof(sorted[0][0].storage))
			continue;
		struct nk_addr *addr = &sorted[family][counts[family]++];

		memset(addr, 0, sizeof(*addr));
		memcpy(&addr->storage, list->ai_addr, list->ai_addrlen);
		addr->length = list->ai_addrlen;
		nk_addr_set_port(addr, port);
	}
	addrs->count = 0;
	for (int i = 0; i < NK_ADDR_MAX; i++) {
		for (int k = 0; k < 2; k++) {
			int family = (first + k) % 2;

			if (i < counts[family] && addrs->count < NK_ADDR_MAX)
				addrs->items[addrs->count++] = sorted[family][i];
		}
	}
}

/* How long a lookup may take: it is part of connecting. */
static nk_time_ms addr_deadline(const struct nk_net_policy *net)
{
	return nk_clock_earlier(nk_clock_after(net->connect_timeout_ms), net->deadline);
}

static int addr_lookup_failed(const char *host, int status, struct nk_err *err)
{
	if (status == EAI_AGAIN)
		return nk_fail_again(err, NK_E_RESOLVE, status, "%s: %s", host,
				     gai_strerror(status));
	return nk_fail(err, NK_E_RESOLVE, status, "%s: %s", host, gai_strerror(status));
}

static int addr_lookup_wait(struct addr_lookup *lookup, int port, const struct nk_net_policy *net,
			    struct nk_addrs *addrs, struct nk_err *err)
{
	if (nk_wait_read(lookup->done_fd, addr_deadline(net), "looking the name up", err) < 0)
		return nk_wrap(err, "%s", lookup->host);
	if (lookup->status != 0)
		return addr_lookup_failed(lookup->host, lookup->status, err);
	addr_interleave(lookup->list, port, addrs);
	if (addrs->count == 0)
		return nk_fail(err, NK_E_RESOLVE, 0, "%s: no address of this family", lookup->host);
	return 0;
}

static int addr_look_up(const char *host, int port, const struct addrinfo *hints,
			const struct nk_net_policy *net, struct nk_addrs *addrs, struct nk_err *err)
{
	struct addr_lookup *lookup = nk_alloc(sizeof(*lookup));
	pthread_attr_t attr;
	pthread_t thread;
	int result;

	pthread_mutex_init(&lookup->lock, NULL);
	lookup->users = 2;
	lookup->host = nk_strdup(host);
	lookup->hints = *hints;
	lookup->done_fd = eventfd(0, EFD_CLOEXEC);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 512 * 1024);
	if (lookup->done_fd < 0 || pthread_create(&thread, &attr, addr_lookup_run, lookup) != 0) {
		lookup->users = 1;
		result = nk_fail_errno(err, NK_E_RESOLVE, "%s: cannot start a lookup", host);
	} else {
		result = addr_lookup_wait(lookup, port, net, addrs, err);
	}
	pthread_attr_destroy(&attr);
	addr_lookup_drop(lookup);
	return result;
}

/* An address written as one needs no lookup. Returns false when it is a name. */
static bool addr_is_literal(const char *host, int port, const struct addrinfo *hints,
			    struct nk_addrs *addrs)
{
	struct addrinfo numeric = *hints;
	struct addrinfo *list = NULL;

	numeric.ai_flags = AI_NUMERICHOST;
	if (getaddrinfo(host, NULL, &numeric, &list) != 0)
		return false;
	addr_interleave(list, port, addrs);
	freeaddrinfo(list);
	return addrs->count > 0;
}

/* Split "HOST:PORT:ADDR"; host may be in brackets, ADDR too. */
static bool addr_split_rule(const char *rule, const char **host_end, int *port,
			    const char **address)
{
	const char *colon = rule[0] == '[' ? strchr(rule, ']') : rule;
	const char *next;
	uint64_t number;

	colon = colon ? strchr(colon, ':') : NULL;
	next = colon ? strchr(colon + 1, ':') : NULL;
	if (!next || next[1] == '\0' || colon == rule)
		return false;
	if (!nk_num_span(colon + 1, (size_t)(next - colon - 1), 65535, &number))
		return false;
	*host_end = colon;
	*port = (int)number;
	*address = next + 1;
	return true;
}

/* 1: a --resolve rule answered, 0: none does, -1: a rule is broken. */
static int addr_by_rule(const char *host, int port, const struct addrinfo *hints,
			const struct nk_net_policy *net, struct nk_addrs *addrs, struct nk_err *err)
{
	for (size_t i = 0; i < net->resolve.count; i++) {
		const char *rule = net->resolve.items[i];
		const char *host_end;
		const char *address;
		int rule_port;

		if (!addr_split_rule(rule, &host_end, &rule_port, &address))
			return nk_fail(err, NK_E_USAGE, 0, "--resolve=%s: not HOST:PORT:ADDR",
				       rule);
		if (rule_port != port || strncasecmp(rule, host, strlen(host)) != 0 ||
		    rule + strlen(host) != host_end)
			continue;
		nk_auto(str) char *bare = nk_strdup(address[0] == '[' ? address + 1 : address);

		if (address[0] == '[' && bare[0] != '\0' && bare[strlen(bare) - 1] == ']')
			bare[strlen(bare) - 1] = '\0';
		if (!addr_is_literal(bare, port, hints, addrs))
			return nk_fail(err, NK_E_USAGE, 0, "--resolve=%s: %s is no address", rule,
				       bare);
		return 1;
	}
	return 0;
}

int nk_addr_resolve(const char *host, int port, int socktype, const struct nk_net_policy *net,
		    struct nk_addrs *addrs, struct nk_err *err)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = socktype };
	struct nk_addrs found = { .count = 0 };
	int ruled;

	if (net->ipv4 != net->ipv6)
		hints.ai_family = net->ipv4 ? AF_INET : AF_INET6;
	ruled = addr_by_rule(host, port, &hints, net, &found, err);
	if (ruled < 0)
		return -1;
	if (ruled == 0 && !addr_is_literal(host, port, &hints, &found) &&
	    addr_look_up(host, port, &hints, net, &found, err) < 0)
		return -1;
	*addrs = found;
	return 0;
}

int nk_addr_known(const char *host, int port, const struct nk_net_policy *net,
		  struct nk_addrs *addrs, struct nk_err *err)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct nk_addrs found = { .count = 0 };
	int ruled = addr_by_rule(host, port, &hints, net, &found, err);

	if (ruled < 0)
		return -1;
	if (ruled == 0 && !addr_is_literal(host, port, &hints, &found))
		return 0;
	*addrs = found;
	return 1;
}

const char *nk_addr_text(const struct nk_addr *addr, char out[NK_ADDR_TEXT])
{
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
	int port = nk_addr_port(addr);
	bool is_v6 = addr->any.sa_family == AF_INET6;

	if (getnameinfo(&addr->any, addr->length, host, sizeof(host), NULL, 0, NI_NUMERICHOST) != 0)
		nk_copy_text(host, sizeof(host), "?");
	if (port != 0)
		snprintf(out, NK_ADDR_TEXT, is_v6 ? "[%s]:%d" : "%s:%d", host, port);
	else
		snprintf(out, NK_ADDR_TEXT, is_v6 ? "[%s]" : "%s", host);
	return out;
}

int nk_addr_port(const struct nk_addr *addr)
{
	return ntohs(addr->any.sa_family == AF_INET6 ? addr->v6.sin6_port : addr->v4.sin_port);
}

void nk_addr_set_port(struct nk_addr *addr, int port)
{
	if (addr->any.sa_family == AF_INET6)
		addr->v6.sin6_port = htons((uint16_t)port);
	else
		addr->v4.sin_port = htons((uint16_t)port);
}

bool nk_addr_is_same_host(const struct nk_addr *a, const struct nk_addr *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET6)
		return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
	return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

bool nk_addr_is_loopback(const struct nk_addr *addr)
{
	if (addr->any.sa_family == AF_INET)
		return (ntohl(addr->v4.sin_addr.s_addr) >> 24) == 127;
	if (addr->any.sa_family != AF_INET6)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&addr->v6.sin6_addr))
		return addr->v6.sin6_addr.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&addr->v6.sin6_addr);
}

int nk_addr_bind(int fd, const struct nk_addr *peer, const struct nk_net_policy *net,
		 struct nk_err *err)
{
	struct addrinfo hints = { .ai_family = peer->any.sa_family };
	struct nk_addrs local = { .count = 0 };

	if (!net->bind)
		return 0;
	if (!addr_is_literal(net->bind, 0, &hints, &local))
		return nk_fail(err, NK_E_USAGE, 0, "--bind=%s: no address of the peer's family",
			       net->bind);
	if (bind(fd, &local.items[0].any, local.items[0].length) < 0)
		return nk_fail_errno(err, NK_E_CONNECT, "cannot bind to %s", net->bind);
	return 0;
}
