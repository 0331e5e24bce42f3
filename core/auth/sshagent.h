/*
 * What an agent answers, and signing with its keys.
 */
#ifndef CORE_AUTH_SSHAGENT_H
#define CORE_AUTH_SSHAGENT_H

#include "netkit/sshkey.h"
#include "sshwire.h"

/* A public key that an agent offers; borrowed from its answer. */
struct nk_sshagent_identity {
	struct nk_sshwire type;
	struct nk_sshwire blob;
	struct nk_sshwire comment;
};

/* The first of the keys; what an agent has beyond them is looked at and left out. */
struct nk_sshagent_identities {
	struct nk_sshagent_identity items[NK_SSHAGENT_KEYS_MAX];
	int count;
};

/* Parse the answer to a request for keys: its type byte and what follows. Pure. Fails with protocol,
 * auth (the agent refuses). */
NK_MUST_CHECK int nk_sshagent_parse_keys(const unsigned char *bytes, size_t length,
					 struct nk_sshagent_identities *identities,
					 struct nk_err *err);

/* Parse the answer to a request for a signature by algorithm; signature: the inner one, borrowed.
 * Pure. Fails with protocol, auth (the agent refuses), unsupported (signed with another algorithm). */
NK_MUST_CHECK int nk_sshagent_parse_signature(const unsigned char *bytes, size_t length,
					      const char *algorithm, struct nk_sshwire *signature,
					      struct nk_err *err);

/* What is to be signed, and how; borrowed. */
struct nk_sshagent_request {
	const char *algorithm;
	struct nk_sshwire blob;
	struct nk_sshwire data;
};
NK_MUST_CHECK int nk_sshagent_sign(struct nk_sshagent *agent,
				   const struct nk_sshagent_request *request,
				   struct nk_buf *signature, struct nk_err *err);

/* A key that this agent signs with. */
struct nk_sshkey *nk_sshkey_of_agent(struct nk_sshagent *agent,
				     const struct nk_sshagent_identity *identity);

#endif
