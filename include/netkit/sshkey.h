/*
 * Keys that prove who we are: in files or in the agent. A key signs; nobody sees its secret half.
 */
#ifndef NETKIT_SSHKEY_H
#define NETKIT_SSHKEY_H

#include "netkit/buf.h"
#include "netkit/clock.h"
#include "netkit/secret.h"

struct nk_sshkey;
struct nk_sshagent;

/* Largest private key file, agent answer and signature that are believed. */
#define NK_SSHKEY_FILE_MAX	((size_t)64 * 1024)
#define NK_SSHAGENT_MAX		((size_t)256 * 1024)
#define NK_SSHKEY_SIGNATURE_MAX ((size_t)16 * 1024)

/*
 * Asks for the passphrase of the key at path; tries: how often it was asked before. An empty answer
 * gives up.
 */
typedef int nk_sshkey_ask(void *arg, const char *path, int tries, struct nk_secret *passphrase,
			  struct nk_err *err);

/*
 * Load a private key: OpenSSH's own format (PROTOCOL.key, encrypted with aes-ctr/cbc or aes-gcm under
 * bcrypt), PEM and PKCS#8 (encrypted ones too); rsa from 1024 bits, ecdsa nistp256/384/521, ed25519.
 * ask: called at most three times when the key is encrypted; NULL: fail. Fails with usage (cannot be
 * read: code is the errno; readable by others; not a key), auth (encrypted and no passphrase, or a
 * wrong one), unsupported (dsa, security keys, other ciphers: use the ssh program), interrupt, and
 * as ask does.
 */
NK_MUST_CHECK int nk_sshkey_load(const char *path, nk_sshkey_ask *ask, void *arg,
				 struct nk_sshkey **key, struct nk_err *err);

/* The public half of a private key file, so that a server can be asked before a passphrase is: from
 * PATH.pub, else from the file itself where it is OpenSSH's format or a public half alone, whose
 * secret half an agent may have. 1 with the blob added to buf, 0 when there is none or it is no
 * key. */
int nk_sshkey_public_file(const char *path, struct nk_buf *blob);

/* "ssh-rsa"; borrowed. */
const char *nk_sshkey_type(const struct nk_sshkey *key);

/* The public blob (RFC 4253 6.6); borrowed. */
const unsigned char *nk_sshkey_blob(const struct nk_sshkey *key, size_t *length);

/* Comment of an agent's key, path of a file: for messages; borrowed. */
const char *nk_sshkey_label(const struct nk_sshkey *key);

/*
 * Sign data. algorithm: of the signature, "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa", else the key's
 * type. signature: the inner signature alone (RFC 8332 3: the second string), added to the buffer,
 * which has room for NK_SSHKEY_SIGNATURE_MAX. Fails with auth (the agent refuses), unsupported (an
 * algorithm that is not of this key, security keys); with an agent's key also as nk_sshagent_keys.
 */
NK_MUST_CHECK int nk_sshkey_sign(struct nk_sshkey *key, const char *algorithm,
				 const unsigned char *data, size_t length, struct nk_buf *signature,
				 struct nk_err *err);

void nk_sshkey_free(struct nk_sshkey *key);
NK_AUTO_HANDLE(sshkey, struct nk_sshkey *, nk_sshkey_free)

/*
 * The agent at socket path (draft-ietf-sshm-ssh-agent). Every wait ends by deadline (absolute). Not
 * shared between threads. Fails with connect, timeout, protocol, interrupt; after that it is of no
 * more use.
 */
NK_MUST_CHECK int nk_sshagent_open(const char *path, nk_time_ms deadline,
				   struct nk_sshagent **agent, struct nk_err *err);

/* Waits from now on end by another deadline: who asks for a signature may ask a person first. */
void nk_sshagent_set_deadline(struct nk_sshagent *agent, nk_time_ms deadline);

/* Its keys, at most the first NK_SSHAGENT_KEYS_MAX, of whatever type, each owned by the caller and
 * good while the agent is. A locked agent has none. Fails as above, and with auth (it refuses). */
#define NK_SSHAGENT_KEYS_MAX 64
NK_MUST_CHECK int nk_sshagent_keys(struct nk_sshagent *agent,
				   struct nk_sshkey *keys[NK_SSHAGENT_KEYS_MAX], int *count,
				   struct nk_err *err);
void nk_sshagent_free(struct nk_sshagent *agent);
NK_AUTO_HANDLE(sshagent, struct nk_sshagent *, nk_sshagent_free)

#endif
