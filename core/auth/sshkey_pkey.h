/*
 * Private keys inside OpenSSL: made from their numbers or from PEM, shown as SSH shows them, signing.
 */
#ifndef CORE_AUTH_SSHKEY_PKEY_H
#define CORE_AUTH_SSHKEY_PKEY_H

#include "netkit/lib/ssl.h"
#include "netkit/secret.h"
#include "sshkey_openssh.h"

/* Smallest and largest RSA key: what OpenSSH takes. */
#define NK_SSHKEY_RSA_MIN 1024
#define NK_SSHKEY_RSA_MAX 16384

/* Largest public blob: an RSA key of that size with an exponent of the same. */
#define NK_SSHKEY_BLOB_MAX 8192

/* Fails with usage (numbers that make no key), unsupported. */
NK_MUST_CHECK int nk_pkey_from_numbers(const struct nk_openssh_private *numbers, EVP_PKEY **pkey,
				       struct nk_err *err);

/*
 * Read PEM: PKCS#1, SEC1, PKCS#8. passphrase: NULL for none. Returns 1, 0 when it is encrypted and
 * the passphrase is missing or does not open it. Fails with usage (no key in it), unsupported.
 */
NK_MUST_CHECK int nk_pkey_from_pem(const char *text, size_t length,
				   const struct nk_secret *passphrase, EVP_PKEY **pkey,
				   struct nk_err *err);

/* The type's name (static) and the public blob. Fails with unsupported (a type or size that is not
 * taken), usage. */
NK_MUST_CHECK int nk_pkey_describe(EVP_PKEY *pkey, const char **type, struct nk_buf *blob,
				   struct nk_err *err);

/* The inner signature, as nk_sshkey_sign says. */
NK_MUST_CHECK int nk_pkey_sign(EVP_PKEY *pkey, const char *algorithm, const struct nk_sshwire *data,
			       struct nk_buf *signature, struct nk_err *err);

void nk_pkey_free(EVP_PKEY *pkey);
NK_AUTO_HANDLE(pkey, EVP_PKEY *, nk_pkey_free)

#endif
