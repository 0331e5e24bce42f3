/*
 * TLS over OpenSSL, loaded when the first connection wants it.
 *
 * A struct nk_tls is the user's policy and the context made from it on first use; connections of
 * several threads share one. Certificates are checked against the host name by default.
 * AES-128-GCM is preferred, close_notify is required at the end of data (RFC 5246 7.2.1).
 */
#ifndef NETKIT_TLS_H
#define NETKIT_TLS_H

#include "netkit/err.h"
#include "netkit/pins.h"
#include "netkit/text.h"

enum nk_tls_mode {
	NK_TLS_TRY,	 /* upgrade where it is offered; a login in clear is refused */
	NK_TLS_REQUIRED, /* upgrade or fail */
	NK_TLS_OFF,	 /* never; a login in clear is allowed */
	NK_TLS_IMPLICIT, /* TLS from the first byte */
};

/* The user's options of the group "TLS"; all borrowed. */
struct nk_tls_policy {
	int mode;		/* enum nk_tls_mode */
	const char *ca;		/* PEM file or folder of trusted authorities; NULL: the system's */
	const char *cert;	/* PEM client certificate, with its chain */
	const char *key;	/* its key; NULL: in the same file */
	struct nk_strings pins; /* "sha256//BASE64" of the public key (RFC 7469 2.4) */
	int min_version;	/* 0 TLS 1.2, 1 TLS 1.3: index of the option's words */
	bool insecure;		/* check nothing */
	int trust;		/* enum nk_trust: a certificate that no authority vouches for */
};

struct nk_tls;

/* A context for policy (borrowed, outlives it). Loads nothing yet; free with nk_tls_free. */
struct nk_tls *nk_tls_new(const struct nk_tls_policy *policy);
void nk_tls_free(struct nk_tls *tls);
const struct nk_tls_policy *nk_tls_policy(const struct nk_tls *tls);

/* Keys of peers are remembered here (borrowed, outlives tls). Without it authorities alone decide. */
void nk_tls_set_pins(struct nk_tls *tls, struct nk_pins *pins);

#endif
