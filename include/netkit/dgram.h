/*
 * Datagrams: a UDP socket to one peer, with the peer's addresses tried in turn.
 */
#ifndef NETKIT_DGRAM_H
#define NETKIT_DGRAM_H

#include "netkit/conn.h"

struct nk_dgram;

/* Resolve the target and open a socket for its first address. Sends nothing. */
NK_MUST_CHECK int nk_dgram_open(const struct nk_target *target, struct nk_dgram **dgram,
				struct nk_err *err);

/* Turn to the next address of the name: true when there is one. Forgets a fixed peer. */
bool nk_dgram_next_address(struct nk_dgram *dgram);

/* Send one datagram to the fixed peer, or to the target's address while none is fixed. */
NK_MUST_CHECK int nk_dgram_send(struct nk_dgram *dgram, const void *bytes, size_t length,
				struct nk_err *err);

/* Send one datagram to any address, without waiting and without an error. */
void nk_dgram_send_to(struct nk_dgram *dgram, const struct nk_addr *to, const void *bytes,
		      size_t length);

/*
 * Receive one datagram, waiting until deadline at most. Returns its length and fills from, or
 * NK_DGRAM_SILENCE when none came. A datagram longer than size is reported with its full length.
 * Fails with connect (the peer's host refuses: ICMP), timeout (the overall deadline), interrupt.
 */
enum { NK_DGRAM_SILENCE = -2 };
NK_MUST_CHECK ssize_t nk_dgram_receive(struct nk_dgram *dgram, void *bytes, size_t size,
				       nk_time_ms deadline, struct nk_addr *from,
				       struct nk_err *err);

/*
 * Ask in one datagram and take one for an answer, from exactly the address and port that was asked.
 * The question is sent again after 1 s, 2 s, 4 s..., for the policy's timeout in all; an address
 * that refuses, or is silent while there are others, gives way to the next one.
 * answer: appended to. Fails with connect, timeout, interrupt; protocol when answer cannot hold it.
 */
NK_MUST_CHECK int nk_dgram_ask(struct nk_dgram *dgram, const void *question, size_t length,
			       struct nk_buf *answer, struct nk_err *err);

/* From now on the peer is exactly this address and port (RFC 1350 4: the transfer's TID). */
void nk_dgram_fix_peer(struct nk_dgram *dgram, const struct nk_addr *peer);
bool nk_dgram_is_peer(const struct nk_dgram *dgram, const struct nk_addr *from);

/* Largest payload that travels the first hop unfragmented: its MTU less the IP and UDP headers. */
int nk_dgram_payload_max(const struct nk_dgram *dgram);

/* Ask for a receive buffer of wanted bytes of payload; returns what it really holds, counting the
 * kernel's overhead for datagrams of payload bytes each. */
int nk_dgram_reserve(struct nk_dgram *dgram, int payload, int wanted);

const char *nk_dgram_peer(const struct nk_dgram *dgram); /* "tftp.example.org:69"; borrowed */
void nk_dgram_free(struct nk_dgram *dgram);

NK_AUTO_HANDLE(dgram, struct nk_dgram *, nk_dgram_free)

#endif
