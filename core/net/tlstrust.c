/* tlstrust.c - is a TLS peer who it should be? Authorities, pins, and what is remembered. */
#include "tlslayer.h"

#include <stdio.h>

#include "netkit/log.h"

/* What a certificate's facts may take while a person is asked. */
#define TRUST_FACTS_MAX 65536

/* What can be done about a certificate that was not accepted. */
static const char *trust_remedy(int code)
{
	switch (code) {
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return "--ca=FILE trusts its issuer";
	default:
		return NULL;
	}
}

/* No authority vouches for it, and nothing else is asked. */
static int trust_refuse(const struct tls_layer *layer, int code, struct nk_err *err)
{
	const char *remedy = trust_remedy(code);

	return nk_fail(err, NK_E_CERT, code, "the certificate of %s is not trusted: %s%s%s%s",
		       layer->target->host, layer->ssl->X509_verify_cert_error_string(code),
		       remedy ? " (" : "", remedy ? remedy : "", remedy ? ")" : "");
}

static int trust_check_pins(const struct nk_tls_policy *policy, const char *pin, struct nk_err *err)
{
	for (size_t i = 0; i < policy->pins.count; i++) {
		if (strcmp(policy->pins.items[i], pin) == 0)
			return 0;
	}
	return nk_fail(err, NK_E_CERT, 0, "the server's public key is not the pinned one: it is %s",
		       pin);
}

/* With --pin: it has to be the key; and an authority has to vouch for it as well, unless whatever is
 * shown first would do. */
static int trust_by_pins(const struct tls_layer *layer, const char *pin, int code,
			 struct nk_tls_facts *facts, struct nk_err *err)
{
	const struct nk_tls_policy *policy = layer->target->tls->policy;
	bool is_pin_enough = policy->trust == NK_TRUST_TOFU || policy->trust == NK_TRUST_ASK;

	if (code != X509_V_OK && !is_pin_enough)
		return trust_refuse(layer, code, err);
	if (trust_check_pins(policy, pin, err) < 0)
		return -1;
	facts->trusted_by = "--pin";
	return 0;
}

static int trust_by_memory(const struct tls_layer *layer, const char *pin, int code,
			   struct nk_tls_facts *facts, struct nk_err *err)
{
	const struct nk_tls_policy *policy = layer->target->tls->policy;
	nk_auto(str) char *text = nk_tls_facts_text(facts);
	const struct nk_pins_peer peer = {
		.host = layer->target->host,
		.port = layer->target->port,
		.pin = pin,
		.distrust =
			code == X509_V_OK ? NULL : layer->ssl->X509_verify_cert_error_string(code),
		.remedy = trust_remedy(code),
		.facts = text,
		.trust = (enum nk_trust)policy->trust,
	};
	struct nk_pins_place place;

	int result = nk_pins_verify(layer->target->tls->pins, &peer, &place, err);

	if (place.file)
		snprintf(facts->known_at, sizeof(facts->known_at), "%s:%ld", place.file,
			 place.line);
	facts->is_changed = result < 0 && place.file;
	if (result < 0) {
		err->code = code;
		return -1;
	}
	facts->trusted_by = place.file		? facts->known_at
			    : code == X509_V_OK ? "authority"
						: "first use";
	return 0;
}

static int trust_judge(const struct tls_layer *layer, X509 *leaf, int code,
		       struct nk_tls_facts *facts, struct nk_err *err)
{
	const struct nk_tls *context = layer->target->tls;
	char pin[NK_PIN_TEXT];

	if (!leaf || !tls_pin_of(layer->ssl, leaf, pin))
		return nk_fail(err, NK_E_CERT, 0, "the server's public key cannot be read");
	if (context->policy->pins.count > 0)
		return trust_by_pins(layer, pin, code, facts, err);
	if (context->pins)
		return trust_by_memory(layer, pin, code, facts, err);
	if (code != X509_V_OK)
		return trust_refuse(layer, code, err);
	facts->trusted_by = "authority";
	return 0;
}

static int trust_decide(struct tls_layer *layer, X509_STORE_CTX *store, struct nk_arena *arena,
			struct nk_tls_facts *facts)
{
	const struct nk_ssl *ssl = layer->ssl;
	const struct nk_tls_policy *policy = layer->target->tls->policy;
	bool is_looked_at = layer->target->phases || policy->trust == NK_TRUST_ASK;
	int code = X509_V_OK;
	int result;

	if (!policy->insecure && ssl->X509_verify_cert(store) != 1) {
		code = ssl->X509_STORE_CTX_get_error(store);
		code = code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code;
	}
	if (is_looked_at)
		tls_facts_take(layer, store, arena, facts);
	if (policy->insecure)
		return 0;
	if (code != X509_V_OK)
		facts->distrust = ssl->X509_verify_cert_error_string(code);
	result = trust_judge(layer, ssl->X509_STORE_CTX_get0_cert(store), code, facts,
			     &layer->refusal);
	facts->is_trusted = result == 0;
	ssl->ERR_clear_error();
	/* What the peer is told by the alert. */
	if (result < 0)
		ssl->X509_STORE_CTX_set_error(
			store, code != X509_V_OK ? code : X509_V_ERR_APPLICATION_VERIFICATION);
	else
		ssl->X509_STORE_CTX_set_error(store, X509_V_OK);
	return result;
}

int tls_verify(X509_STORE_CTX *store, void *arg)
{
	struct nk_err ignored = NK_ERR_INIT;
	const struct nk_ssl *ssl = nk_ssl(&ignored);
	SSL *tls =
		ssl->X509_STORE_CTX_get_ex_data(store, ssl->SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_layer *layer = ssl->SSL_get_ex_data(tls, 0);
	struct nk_phases *phases = layer->target->phases;
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(TRUST_FACTS_MAX);
	struct nk_tls_facts facts = { 0 };

	(void)arg;
	return trust_decide(layer, store, phases ? &phases->arena : &arena,
			    phases ? &phases->tls : &facts) == 0;
}
