/*
 * The files OpenSSH keeps keys in (PROTOCOL.key, and the .pub beside them). Pure parsers: what they
 * find is borrowed from the bytes they were given.
 */
#ifndef CORE_AUTH_SSHKEY_OPENSSH_H
#define CORE_AUTH_SSHKEY_OPENSSH_H

#include "netkit/err.h"
#include "sshwire.h"

/* Largest RSA key OpenSSH makes: 16384 bits. */
#define NK_OPENSSH_NUMBER_MAX 2048

#define NK_OPENSSH_ED25519_SIZE 32

/* A file, still sealed. */
struct nk_openssh_file {
	struct nk_sshwire cipher;
	struct nk_sshwire kdf;
	struct nk_sshwire salt; /* with the rounds, of bcrypt; none where kdf is "none" */
	uint32_t rounds;
	struct nk_sshwire type; /* of blob */
	struct nk_sshwire blob; /* the public key, in clear */
	struct nk_sshwire sealed;
	struct nk_sshwire tag; /* what follows: the tag of an AEAD cipher, else nothing */
};

/* The section that was sealed. Numbers have no sign and no leading zeros, highest byte first. */
struct nk_openssh_private {
	struct nk_sshwire type;
	struct { /* ssh-rsa */
		struct nk_sshwire modulus, public_exponent, private_exponent;
		struct nk_sshwire coefficient, p, q;
	} rsa;
	struct { /* ecdsa-sha2-CURVE */
		struct nk_sshwire curve, point, scalar;
	} ecdsa;
	struct nk_sshwire seed; /* ssh-ed25519 */
};

/*
 * Undo the armor of "-----BEGIN OPENSSH PRIVATE KEY-----". Returns 1, 0 when the text is something
 * else. Fails with usage (no end, no base64, no room).
 */
NK_MUST_CHECK int nk_openssh_unarmor(const char *text, size_t length, struct nk_buf *bytes,
				     struct nk_err *err);

/* Fails with usage. */
NK_MUST_CHECK int nk_openssh_parse(const unsigned char *bytes, size_t length,
				   struct nk_openssh_file *file, struct nk_err *err);

/*
 * Parse the section, deciphered. Returns 1, 0 when its check numbers differ: it was deciphered with
 * a wrong passphrase. Fails with usage, unsupported (a type that is not known).
 */
NK_MUST_CHECK int nk_openssh_parse_private(const unsigned char *bytes, size_t length,
					   struct nk_openssh_private *key, struct nk_err *err);

/* The blob of "TYPE BASE64 COMMENT", the first line that is no comment. Returns 1, 0 when there is
 * none or it is no key. */
NK_MUST_CHECK int nk_openssh_public_line(const char *text, size_t length, struct nk_buf *blob);

#endif
