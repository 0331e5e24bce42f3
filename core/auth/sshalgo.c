/* sshalgo.c - which algorithms are offered, and why two sides have none in common. */
#include <stdio.h>

#include "kexinit.h"
#include "netkit/log.h"
#include "sshlink.h"

/* Of all lists of names; the library has some thirty names, ssh_config as many as one likes. */
#define ALGO_LIST_MAX ((size_t)16 * 1024)

/*
 * What OpenSSH 9.2 offers by itself, the fastest first; what the library does not know falls out.
 * Weak ones (CBC, SHA-1 in key exchange and signatures, MD5, group 1) have to be asked for.
 */
static const struct {
	int method; /* of the library */
	int other;  /* the other direction; -1: none */
	enum nk_kexinit_list list;
	const char *names;
} algo_usual[] = {
	{ LIBSSH2_METHOD_KEX, -1, NK_KEXINIT_KEX,
	  "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
	  "ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
	  "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256" },
	{ LIBSSH2_METHOD_HOSTKEY, -1, NK_KEXINIT_HOSTKEY,
	  "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
	  "rsa-sha2-256" },
	{ LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC, NK_KEXINIT_CIPHER_OUT,
	  "aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes256-ctr,aes192-ctr,"
	  "chacha20-poly1305@openssh.com" },
	{ LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC, NK_KEXINIT_MAC_OUT,
	  "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,"
	  "hmac-sha2-512,hmac-sha1" },
};

/* All that the library has, with commas; a new string. */
static char *algo_supported(const struct nk_sshlink *link, int method)
{
	nk_auto(buf) struct nk_buf names = NK_BUF_INIT(ALGO_LIST_MAX);
	const char **list = NULL;
	int count = link->lib->libssh2_session_supported_algs(link->session, method, &list);
	int status = 0;

	for (int i = 0; i < count && status == 0; i++)
		status = nk_buf_addf(&names, "%s%s", i > 0 ? "," : "", list[i]);
	if (count > 0)
		link->lib->libssh2_free(link->session, list);
	return nk_strdup(names.data);
}

static bool list_has(const char *list, const char *name, size_t length)
{
	const struct nk_sshwire one = { (const unsigned char *)name, length };

	return nk_kexinit_agrees(&one, list);
}

/* Is the algorithm one of a key of these types? rsa-sha2-* are of ssh-rsa (RFC 8332 3). */
static bool types_have(const struct nk_hostkey_types *types, const char *name, size_t length)
{
	bool is_rsa = length > 4 && memcmp(name, "rsa-", 4) == 0;

	for (int i = 0; i < types->count; i++) {
		if (strlen(types->names[i]) == length && memcmp(types->names[i], name, length) == 0)
			return true;
		if (is_rsa && strcmp(types->names[i], "ssh-rsa") == 0)
			return true;
	}
	return false;
}

/* The names of list that are (not) known, in their order, added to names. Returns how many. */
static int add_known(struct nk_buf *names, const char *list, const struct nk_hostkey_types *types,
		     bool is_known)
{
	int count = 0;

	for (const char *name = list; *name != '\0';) {
		size_t length = strcspn(name, ",");

		if (types_have(types, name, length) == is_known &&
		    nk_buf_addf(names, "%s%.*s", names->len > 0 ? "," : "", (int)length, name) == 0)
			count++;
		name += length + (name[length] == ',');
	}
	return count;
}

/*
 * Put the types first that are known for the host: another one would be taken for a changed key.
 * *list is replaced. Fails when the files know types of which the library has none.
 */
static int algo_prefer_known(struct nk_sshlink *link, const struct nk_ssh_plan *plan, char **list,
			     struct nk_err *err)
{
	nk_auto(ssh_trust) struct nk_ssh_trust trust = { .known_as = NULL };
	nk_auto(hostkey_types) struct nk_hostkey_types types = { .count = 0 };
	nk_auto(buf) struct nk_buf names = NK_BUF_INIT(ALGO_LIST_MAX);
	int known;

	nk_ssh_trust_setup(&trust, plan);
	if (trust.policy.insecure || trust.policy.pins.count > 0)
		return 0;
	nk_hostkey_known_types(&trust.policy, trust.known_as, &types);
	known = add_known(&names, *list, &types, true);
	(void)add_known(&names, *list, &types, false);
	if (types.count > 0 && known == 0)
		return nk_fail(err, NK_E_TLS, NK_SSH_NEEDS_PROGRAM,
			       "%s: the only host key known for it is of type %s, which libssh2 %s "
			       "cannot check: use --ssh-transport=openssh",
			       link->base.peer, types.names[0], link->lib->libssh2_version(0));
	free(*list);
	*list = nk_strdup(names.data);
	return 0;
}

/* Names among the key exchanges that are none but say what a client knows (RFC 8308 2.1; strict key
 * exchange): added where the library has them, whatever else is offered. *list is replaced. */
static void algo_add_signals(char **list, const char *supported)
{
	static const char *const signals[] = { "ext-info-c", "kex-strict-c-v00@openssh.com" };

	for (size_t i = 0; i < NK_COUNT(signals); i++) {
		nk_auto(str) char *before = *list;

		*list = list_has(supported, signals[i], strlen(signals[i]))
				? nk_format("%s,%s", before, signals[i])
				: nk_take(before);
	}
}

static const char *algo_wanted(const struct nk_sshconf *conf, enum nk_kexinit_list list)
{
	switch (list) {
	case NK_KEXINIT_KEX:
		return conf->kex_algorithms;
	case NK_KEXINIT_HOSTKEY:
		return conf->host_key_algorithms;
	case NK_KEXINIT_CIPHER_OUT:
		return conf->ciphers;
	default:
		return conf->macs;
	}
}

/* One kind of algorithms: what ssh_config makes of the usual ones. A new string, or NULL. */
static char *algo_choose(struct nk_sshlink *link, const struct nk_ssh_plan *plan, size_t kind,
			 struct nk_err *err)
{
	nk_auto(str) char *supported = algo_supported(link, algo_usual[kind].method);
	const char *wanted = algo_wanted(plan->conf, algo_usual[kind].list);
	nk_auto(str) char *list =
		nk_sshconf_algorithms(wanted ? wanted : "+", algo_usual[kind].names, supported);

	if (list[0] == '\0') {
		nk_fail(err, NK_E_TLS, NK_SSH_NEEDS_PROGRAM,
			"%s: libssh2 %s has no %s of '%s': it has %s", link->base.peer,
			link->lib->libssh2_version(0), nk_kexinit_name(algo_usual[kind].list),
			wanted, supported);
		return NULL;
	}
	if (algo_usual[kind].method == LIBSSH2_METHOD_KEX)
		algo_add_signals(&list, supported);
	if (algo_usual[kind].method == LIBSSH2_METHOD_HOSTKEY && !wanted &&
	    algo_prefer_known(link, plan, &list, err) < 0)
		return NULL;
	return nk_take(list);
}

int nk_sshlink_offer(struct nk_sshlink *link, const struct nk_ssh_plan *plan, struct nk_err *err)
{
	for (size_t i = 0; i < NK_COUNT(algo_usual); i++) {
		nk_auto(str) char *list = algo_choose(link, plan, i, err);
		int code;

		if (!list)
			return -1;
		code = link->lib->libssh2_session_method_pref(link->session, algo_usual[i].method,
							      list);
		if (code == 0 && algo_usual[i].other >= 0)
			code = link->lib->libssh2_session_method_pref(link->session,
								      algo_usual[i].other, list);
		if (code != 0)
			return nk_sshlink_fail(link, code, "choosing algorithms", err);
		link->offered[algo_usual[i].list] = nk_take(list);
	}
	if (plan->conf->compression > 0)
		link->lib->libssh2_session_flag(link->session, LIBSSH2_FLAG_COMPRESS, 1);
	return 0;
}

/* Ciphers that bring their own MAC make that list idle. */
static bool needs_no_mac(const struct nk_sshwire *ciphers, const char *ours)
{
	static const char *const own[] = { "aes128-gcm@openssh.com", "aes256-gcm@openssh.com",
					   "chacha20-poly1305@openssh.com" };

	for (size_t i = 0; i < NK_COUNT(own); i++) {
		if (list_has(ours, own[i], strlen(own[i])) && nk_kexinit_agrees(ciphers, own[i]))
			return true;
	}
	return false;
}

int nk_sshlink_disagree(struct nk_sshlink *link, struct nk_err *err)
{
	struct nk_kexinit theirs;

	if (!nk_kexinit_parse((const unsigned char *)link->greeting.data, link->greeting.len,
			      &theirs))
		return 0;
	for (int i = 0; i < NK_KEXINIT_LISTS; i++) {
		/* The lists of the second direction are those of the first. */
		enum nk_kexinit_list ours = i == NK_KEXINIT_CIPHER_IN ? NK_KEXINIT_CIPHER_OUT
					    : i == NK_KEXINIT_MAC_IN  ? NK_KEXINIT_MAC_OUT
								      : (enum nk_kexinit_list)i;
		const struct nk_sshwire *list = &theirs.lists[i];

		if (nk_kexinit_agrees(list, link->offered[ours]))
			continue;
		if (ours == NK_KEXINIT_MAC_OUT &&
		    needs_no_mac(&theirs.lists[i - NK_KEXINIT_MAC_OUT + NK_KEXINIT_CIPHER_OUT],
				 link->offered[NK_KEXINIT_CIPHER_OUT]))
			continue;
		return nk_fail(
			err, NK_E_TLS, NK_SSH_NEEDS_PROGRAM,
			"%s: no common %s: the server has %.*s; we offer %.150s (libssh2 %s)",
			link->base.peer, nk_kexinit_name((enum nk_kexinit_list)i),
			list->length < 180 ? (int)list->length : 180, (const char *)list->bytes,
			link->offered[ours], link->lib->libssh2_version(0));
	}
	return 0;
}
