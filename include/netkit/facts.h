/*
 * What a peer shows of itself while it is looked at, without anything being asked of it but to be
 * there: for netkit probe and netkit trust.
 *
 * Facts hang on a session (NULL: nobody wants to know); the layers below and the applet's look fill
 * them in as far as they get, also when that ends in an error. Text is as the peer sent it.
 */
#ifndef NETKIT_FACTS_H
#define NETKIT_FACTS_H

#include "netkit/phases.h"
#include "netkit/text.h"

/* How a host's key stands in the files. */
enum nk_hostkey_standing {
	NK_HOSTKEY_UNKNOWN,
	NK_HOSTKEY_SAME,
	NK_HOSTKEY_CHANGED, /* they have another */
	NK_HOSTKEY_REVOKED,
};

struct nk_ssh_facts {
	const char *software; /* "SSH-2.0-OpenSSH_9.2p1 Debian-2"; NULL: it did not get so far */
	const char *kex;
	const char *cipher;
	const char *mac; /* of what comes from there */
	const char *key_type;
	const char *key;	 /* base64 */
	const char *fingerprint; /* "SHA256:BASE64" */
	const char *known_as;	 /* the name the files have it under */
	enum nk_hostkey_standing standing;
	const char *known_at; /* FILE:LINE that standing is from; NULL: none */
	const char *file;     /* where it would be remembered; NULL: nowhere */
	bool hashes_names;    /* names are hashed there */
};

struct nk_facts {
	struct nk_phases phases; /* the session's target has it too */
	bool wants_login;	 /* by the caller; cleared where there is nothing to log in with */
	bool is_logged_in;
	const char *greeting;		/* NULL: none came */
	struct nk_strings capabilities; /* as the protocol calls them */
	struct nk_strings mechanisms;	/* ways to log in */
	struct nk_ssh_facts ssh;
};

#define NK_FACTS_INIT                                                                              \
	{                                                                                          \
		.phases = NK_PHASES_INIT                                                           \
	}

void nk_facts_release(struct nk_facts *facts);
NK_AUTO(facts, struct nk_facts, nk_facts_release)

/* A copy that lives with the facts; NULL for NULL, and where there is no more room for it. */
const char *nk_facts_keep(struct nk_facts *facts, const char *text, size_t length);

/* Add a copy to one of the lists, unless it is there. */
void nk_facts_add(struct nk_facts *facts, struct nk_strings *list, const char *text, size_t length);

#endif
