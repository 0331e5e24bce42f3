/*
 * What is seen on the way to a peer, for whoever wants to know it: how long each phase took, which
 * addresses there are, what the peer's certificate says.
 *
 * One hangs on a struct nk_target; everything below accepts NULL, which is the rule and costs nothing.
 * Used by one thread. A phase counts the first time it is gone through.
 */
#ifndef NETKIT_PHASES_H
#define NETKIT_PHASES_H

#include "netkit/addr.h"
#include "netkit/arena.h"
#include "netkit/pins.h"

/* In the order in which most protocols have them. */
enum nk_phase {
	NK_PHASE_LOOKUP,
	NK_PHASE_CONNECT,
	NK_PHASE_PROXY, /* asking a proxy, or getting to the last of several hosts */
	NK_PHASE_TLS,
	NK_PHASE_GREETING, /* until the peer has said its first word */
	NK_PHASE_SSH,	   /* from there until the keys are agreed on */
	NK_PHASE_LOGIN,
	NK_PHASE_COUNT,
};

/* Certificates of a chain that are looked at. */
#define NK_TLS_CHAIN_MAX 10

struct nk_tls_cert {
	const char *subject; /* RFC 4514 */
	const char *issuer;
	int64_t since; /* seconds since the epoch */
	int64_t until;
};

/* What a TLS handshake showed; strings are in the arena, as the peer sent them. */
struct nk_tls_facts {
	const char *version; /* "TLSv1.3"; NULL: it did not get so far */
	const char *cipher;
	struct nk_tls_cert chain[NK_TLS_CHAIN_MAX]; /* as it was sent, the peer's own first */
	int chain_count;
	const char *names; /* whom it is for: "a.example, 192.0.2.1"; NULL: nobody */
	char pin[NK_PIN_TEXT];
	bool is_trusted;
	bool is_changed;	/* known_at has another key of it */
	const char *trusted_by; /* "authority", "--pin", "FILE:LINE", "first use"; NULL: nothing */
	const char
		*distrust;  /* why no authority vouches for it; NULL: one does, or none was asked */
	char known_at[512]; /* FILE:LINE that knows it, cut at the end; else empty */
};

/* The lines about the peer's certificate for a question, escaped, each with its end; a new string. */
char *nk_tls_facts_text(const struct nk_tls_facts *facts);

/* Most that a peer's words may take. */
#define NK_PHASES_TEXT_MAX ((size_t)256 * 1024)

struct nk_phases {
	int64_t us[NK_PHASE_COUNT];    /* microseconds; -1: not gone through to its end */
	int64_t begun[NK_PHASE_COUNT]; /* microseconds of the monotonic clock; 0: not begun */
	struct nk_addrs addrs;	       /* all that the name has; count 0: not known */
	int used;		       /* the one that was connected; -1: none */
	struct nk_tls_facts tls;
	struct nk_arena arena; /* of strings here, and of whoever adds to what is seen */
};

/* Nothing is seen yet. */
#define NK_PHASES_INIT                                                                             \
	{                                                                                          \
		.us = { -1, -1, -1, -1, -1, -1, -1 }, .used = -1,                                  \
		.arena = NK_ARENA_INIT(NK_PHASES_TEXT_MAX)                                         \
	}

void nk_phases_release(struct nk_phases *phases);

void nk_phase_begin(struct nk_phases *phases, enum nk_phase phase);
void nk_phase_end(struct nk_phases *phases, enum nk_phase phase);

/* The phase that was begun last and not ended; NK_PHASE_COUNT for none. */
enum nk_phase nk_phase_open(const struct nk_phases *phases);

/* The lookup is over, connecting begins; and which address it was, -1 when none answered. */
void nk_phases_resolved(struct nk_phases *phases, const struct nk_addrs *addrs);
void nk_phases_connected(struct nk_phases *phases, int used);

#endif
