/* sshtrust.c - whose host keys are believed: our options, then ssh_config, then what is usual. */
#include "netkit/codec.h"
#include "sshlink.h"
#include "sshwire.h"

static enum nk_trust trust_of(const struct nk_ssh_policy *policy, const struct nk_sshconf *conf)
{
	if (policy->trust != NK_TRUST_AUTO)
		return (enum nk_trust)policy->trust;
	switch (conf->strict) {
	case NK_STRICT_YES:
		return NK_TRUST_STRICT;
	case NK_STRICT_ACCEPT_NEW:
	case NK_STRICT_NO:
		return NK_TRUST_TOFU;
	default:
		return NK_TRUST_ASK;
	}
}

static void trust_add(struct nk_strings *files, const struct nk_sshconf_files *from)
{
	for (int i = 0; i < from->count; i++)
		nk_strings_add(files, from->items[i]);
}

static void trust_add_files(struct nk_ssh_trust *trust, const struct nk_ssh_plan *plan)
{
	const char *home = getenv("HOME");
	struct nk_strings *system = &trust->policy.system_files;

	if (plan->policy->known_hosts) {
		nk_strings_add(&trust->policy.files, plan->policy->known_hosts);
		return;
	}
	trust_add(&trust->policy.files, &plan->conf->known_hosts);
	if (!plan->conf->known_hosts.is_set && home) {
		trust->owned[0] = nk_format("%s/.ssh/known_hosts", home);
		trust->owned[1] = nk_format("%s/.ssh/known_hosts2", home);
		nk_strings_add(&trust->policy.files, trust->owned[0]);
		nk_strings_add(&trust->policy.files, trust->owned[1]);
	}
	trust_add(system, &plan->conf->system_known_hosts);
	if (!plan->conf->system_known_hosts.is_set) {
		nk_strings_add(system, "/etc/ssh/ssh_known_hosts");
		nk_strings_add(system, "/etc/ssh/ssh_known_hosts2");
	}
}

/* port: 0 where the user named none. */
static char *trust_known_as(const struct nk_sshconf *conf, const char *host, int port)
{
	if (conf->host_key_alias)
		return nk_strdup(conf->host_key_alias);
	if (port == 0)
		port = conf->port > 0 ? conf->port : NK_SSH_PORT;
	return nk_hostkey_known_as(conf->host_name ? conf->host_name : host, port);
}

void nk_ssh_trust_setup(struct nk_ssh_trust *trust, const struct nk_ssh_plan *plan)
{
	const struct nk_sshconf *conf = plan->conf;
	const struct nk_session *session = plan->session;
	const struct nk_tls_policy *tls = session->tls_policy;

	trust->policy = (struct nk_hostkey_policy){
		.trust = trust_of(plan->policy, conf),
		.hashes_names = conf->hash_known_hosts > 0,
		.no_input = session->creds.policy->no_input || conf->batch_mode > 0,
		.insecure = tls && tls->insecure,
	};
	for (size_t i = 0; tls && i < tls->pins.count; i++)
		nk_strings_add(&trust->policy.pins, tls->pins.items[i]);
	trust_add_files(trust, plan);
	trust->known_as = trust_known_as(conf, session->target.host, plan->port);
}

void nk_ssh_trust_release(struct nk_ssh_trust *trust)
{
	nk_strings_release(&trust->policy.files);
	nk_strings_release(&trust->policy.system_files);
	nk_strings_release(&trust->policy.pins);
	free(trust->known_as);
	free(trust->owned[0]);
	free(trust->owned[1]);
}

static const char *trust_method(const struct nk_sshlink *link, int which, struct nk_facts *facts)
{
	const char *name = link->lib->libssh2_session_methods(link->session, which);

	return name ? nk_facts_keep(facts, name, strlen(name)) : NULL;
}

void nk_sshlink_note(const struct nk_sshlink *link, struct nk_facts *facts)
{
	const char *banner = link->lib->libssh2_session_banner_get(link->session);

	if (!facts)
		return;
	if (banner)
		facts->ssh.software = nk_facts_keep(facts, banner, strlen(banner));
	facts->greeting = facts->ssh.software;
	if (!link->is_ready)
		return;
	facts->ssh.kex = trust_method(link, LIBSSH2_METHOD_KEX, facts);
	facts->ssh.cipher = trust_method(link, LIBSSH2_METHOD_CRYPT_SC, facts);
	facts->ssh.mac = trust_method(link, LIBSSH2_METHOD_MAC_SC, facts);
}

/* What the host showed, for who wants to know it. */
static void trust_note(const struct nk_ssh_trust *trust, const struct nk_hostkey *key,
		       struct nk_facts *facts)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_KNOWN_HOSTS_LINE_MAX);
	nk_auto(str) char *fingerprint = NULL;
	struct nk_ssh_facts *ssh = &facts->ssh;
	struct nk_hostkey_found found;
	struct nk_err ignored = NK_ERR_INIT;
	const char *file = trust->policy.files.count > 0 ? trust->policy.files.items[0] : NULL;

	ssh->key_type = nk_facts_keep(facts, key->type, strlen(key->type));
	ssh->known_as = nk_facts_keep(facts, trust->known_as, strlen(trust->known_as));
	ssh->file = file ? nk_facts_keep(facts, file, strlen(file)) : NULL;
	ssh->hashes_names = trust->policy.hashes_names;
	if (nk_base64_encode(&text, key->blob, key->length) < 0 ||
	    nk_hostkey_fingerprint(key, &fingerprint, &ignored) < 0)
		return;
	ssh->key = nk_facts_keep(facts, text.data, text.len);
	ssh->fingerprint = nk_facts_keep(facts, fingerprint, strlen(fingerprint));
	if (nk_hostkey_look_up(&trust->policy, trust->known_as, key, &found, &ignored) < 0)
		return;
	ssh->standing = found.standing;
	if (found.file) {
		nk_auto(str) char *place = nk_format("%s:%ld", found.file, found.line);

		ssh->known_at = nk_facts_keep(facts, place, strlen(place));
	}
}

int nk_sshlink_verify(struct nk_sshlink *link, const struct nk_ssh_plan *plan, struct nk_err *err)
{
	nk_auto(ssh_trust) struct nk_ssh_trust trust = { .known_as = NULL };
	size_t length = 0;
	int kind;
	const char *blob = link->lib->libssh2_session_hostkey(link->session, &length, &kind);
	struct nk_sshwire in = { (const unsigned char *)blob, blob ? length : 0 };
	struct nk_sshwire name;
	int result;

	if (!nk_sshwire_string(&in, &name) || !nk_sshwire_is_name(&name))
		return nk_fail(err, NK_E_PROTO, 0, "%s: a host key that is none", link->base.peer);
	nk_auto(str) char *type = nk_strndup((const char *)name.bytes, name.length);
	const struct nk_hostkey key = { type, (const unsigned char *)blob, length };

	nk_ssh_trust_setup(&trust, plan);
	nk_auto(str) char *shown =
		nk_hostkey_known_as(plan->session->target.host, link->target.port);

	if (plan->session->facts)
		trust_note(&trust, &key, plan->session->facts);
	/* One question at a time, and who comes second knows the answer to the first. */
	pthread_mutex_lock(&plan->root->creds.lock);
	if (!plan->root->met_hosts)
		plan->root->met_hosts = nk_hostkey_met_new();
	trust.policy.met = plan->root->met_hosts;
	result = nk_hostkey_verify(&trust.policy, trust.known_as, shown, &key, err);
	pthread_mutex_unlock(&plan->root->creds.lock);
	return result;
}

static void trust_copy(struct nk_strings *copy, const struct nk_strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		nk_strings_add(copy, nk_strdup(list->items[i]));
}

int nk_known_files_find(const struct nk_ssh_policy *policy, const char *host, int port,
			struct nk_known_files *found, struct nk_err *err)
{
	nk_auto(ssh_trust) struct nk_ssh_trust trust = { .known_as = NULL };
	nk_auto(sshconf) struct nk_sshconf conf = NK_SSHCONF_INIT;
	const struct nk_sshconf_query query = {
		.host = host ? host : "",
		.port = port,
		.file = policy->config,
	};
	const struct nk_ssh_plan plan = { .policy = policy, .conf = &conf };

	if (nk_sshconf_load(&query, &conf, err) < 0)
		return -1;
	trust_add_files(&trust, &plan);
	*found = (struct nk_known_files){ .known_as = NULL };
	trust_copy(&found->files, &trust.policy.files);
	trust_copy(&found->system, &trust.policy.system_files);
	if (host)
		found->known_as = trust_known_as(&conf, host, port);
	return 0;
}

static void trust_free_strings(struct nk_strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		free((char *)list->items[i]);
	nk_strings_release(list);
}

void nk_known_files_release(struct nk_known_files *found)
{
	trust_free_strings(&found->files);
	trust_free_strings(&found->system);
	free(found->known_as);
}
