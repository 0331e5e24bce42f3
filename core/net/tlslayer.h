/*
 * The TLS layer, for the files that implement it: its handshake is in tls.c, whom it trusts in
 * tlstrust.c, what a certificate says in tlsfacts.c.
 */
#ifndef CORE_NET_TLSLAYER_H
#define CORE_NET_TLSLAYER_H

#include <pthread.h>

#include "layer.h"
#include "netkit/lib/ssl.h"
#include "netkit/phases.h"

struct nk_tls {
	const struct nk_tls_policy *policy;
	struct nk_pins *pins; /* borrowed; NULL: nothing is remembered */
	pthread_mutex_t lock;
	SSL_CTX *ctx; /* NULL until first used */
};

struct tls_layer {
	struct nk_layer layer;
	const struct nk_ssl *ssl; /* the library */
	SSL *tls;
	const struct nk_target *target;
	SSL_SESSION *session;  /* the newest the server gave; NULL before */
	bool is_broken;	       /* after a fatal error nothing may be sent, not even close_notify */
	struct nk_err refusal; /* why the peer is not trusted; NONE: nothing was wrong */
};

/* The library asks whether a chain is to be trusted: SSL_CTX_set_cert_verify_callback. */
int tls_verify(X509_STORE_CTX *store, void *arg);

/* "sha256//BASE64" of the certificate's public key (RFC 7469 2.4). false: it cannot be read. */
bool tls_pin_of(const struct nk_ssl *ssl, X509 *cert, char pin[NK_PIN_TEXT]);

/* What the certificates that the peer sent say, and what was agreed on. facts: cleared first; what
 * does not fit arena is left out. */
void tls_facts_take(const struct tls_layer *layer, X509_STORE_CTX *store, struct nk_arena *arena,
		    struct nk_tls_facts *facts);

#endif
