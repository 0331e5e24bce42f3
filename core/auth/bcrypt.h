/*
 * bcrypt_pbkdf: what turns the passphrase of an OpenSSH private key into a cipher's key.
 */
#ifndef CORE_AUTH_BCRYPT_H
#define CORE_AUTH_BCRYPT_H

#include "netkit/secret.h"

/* Most rounds that are done: about five minutes; ssh-keygen's default is 16 (24 since 9.9). */
#define NK_BCRYPT_ROUNDS_MAX 65536

/* Largest key and salt. */
#define NK_BCRYPT_KEY_MAX  1024
#define NK_BCRYPT_SALT_MAX 1024

struct nk_bcrypt_how {
	const unsigned char *salt; /* borrowed */
	size_t salt_length;
	uint32_t rounds;
};

/*
 * Derive size bytes from a passphrase of at least one byte. Fails with usage (a salt, rounds or a
 * size that no key file has), unsupported (no library), interrupt; key is then untouched.
 */
NK_MUST_CHECK int nk_bcrypt_derive(const struct nk_secret *passphrase,
				   const struct nk_bcrypt_how *how, unsigned char *key, size_t size,
				   struct nk_err *err);

#endif
