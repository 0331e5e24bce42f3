/* proberow.c - the record of a probe. */
#include "proberow.h"

#include "netkit/clock.h"

#define ROW struct nk_probe_row

static const struct nk_field probe_fields[] = {
	NK_FIELD_STR(ROW, url),
	NK_FIELD_ROW(ROW, ok, NK_FIELD_KIND_BOOL, bool, false, 5),
	NK_FIELD_I64(ROW, exit, false, -3),
	NK_FIELD_STR_EXTRA(ROW, class),
	NK_FIELD_STR_EXTRA(ROW, error),
	NK_FIELD_STR_EXTRA(ROW, phase),
	NK_FIELD_STR(ROW, address),
	NK_FIELD_LIST(ROW, addresses),
	NK_FIELD_MS(ROW, total_ms, false),
	NK_FIELD_MS(ROW, lookup_ms, true),
	NK_FIELD_MS(ROW, connect_ms, true),
	NK_FIELD_MS(ROW, proxy_ms, true),
	NK_FIELD_MS(ROW, tls_ms, true),
	NK_FIELD_MS(ROW, greeting_ms, true),
	NK_FIELD_MS(ROW, ssh_ms, true),
	NK_FIELD_MS(ROW, login_ms, true),
	NK_FIELD_STR_EXTRA(ROW, greeting),
	NK_FIELD_STR(ROW, login),
	NK_FIELD_LIST(ROW, mechanisms),
	NK_FIELD_LIST(ROW, capabilities),
	NK_FIELD_STR(ROW, tls_version),
	NK_FIELD_STR_EXTRA(ROW, cipher),
	NK_FIELD_STR_EXTRA(ROW, pin),
	NK_FIELD_STR_EXTRA(ROW, names),
	NK_FIELD_LIST(ROW, chain),
	NK_FIELD_LIST(ROW, issuers),
	NK_FIELD_TIME(ROW, valid_from, true),
	NK_FIELD_TIME(ROW, expires, true),
	NK_FIELD_SIGNED(ROW, days_left, false, -5),
	NK_FIELD_STR_EXTRA(ROW, kex),
	NK_FIELD_STR_EXTRA(ROW, mac),
	NK_FIELD_STR_EXTRA(ROW, host_key_type),
	NK_FIELD_STR_EXTRA(ROW, host_key),
	NK_FIELD_STR(ROW, trusted_by),
	NK_FIELD_STR_EXTRA(ROW, distrust),
	NK_FIELD_END,
};

const struct nk_record nk_probe_record = { "probe", probe_fields };

static const char *const row_phases[NK_PHASE_COUNT] = {
	[NK_PHASE_LOOKUP] = "lookup", [NK_PHASE_CONNECT] = "connect",
	[NK_PHASE_PROXY] = "proxy",   [NK_PHASE_TLS] = "tls",
	[NK_PHASE_SSH] = "ssh",	      [NK_PHASE_GREETING] = "greeting",
	[NK_PHASE_LOGIN] = "login",
};

/* Without the port, which the URL or its scheme has. */
static const char *row_address(struct nk_facts *facts, int at)
{
	struct nk_addr addr = facts->phases.addrs.items[at];
	char text[NK_ADDR_TEXT];

	nk_addr_set_port(&addr, 0);
	nk_addr_text(&addr, text);
	return nk_facts_keep(facts, text, strlen(text));
}

static void row_fill_phases(struct nk_probe_row *row, struct nk_facts *facts)
{
	const struct nk_phases *phases = &facts->phases;
	double *const into[NK_PHASE_COUNT] = {
		[NK_PHASE_LOOKUP] = &row->lookup_ms, [NK_PHASE_CONNECT] = &row->connect_ms,
		[NK_PHASE_PROXY] = &row->proxy_ms,   [NK_PHASE_TLS] = &row->tls_ms,
		[NK_PHASE_SSH] = &row->ssh_ms,	     [NK_PHASE_GREETING] = &row->greeting_ms,
		[NK_PHASE_LOGIN] = &row->login_ms,
	};

	for (int i = 0; i < NK_PHASE_COUNT; i++)
		*into[i] = phases->us[i] < 0 ? -1 : (double)phases->us[i] / 1000;
	for (int i = 0; i < phases->addrs.count; i++) {
		const char *text = row_address(facts, i);

		if (text)
			nk_strings_add(&row->addresses, text);
	}
	if (phases->used >= 0)
		row->address = row_address(facts, phases->used);
}

static void row_fill_tls(struct nk_probe_row *row, struct nk_facts *facts, int64_t now)
{
	const struct nk_tls_facts *tls = &facts->phases.tls;
	const int64_t day = 86400;

	row->tls_version = tls->version;
	row->cipher = tls->cipher;
	row->pin = tls->pin[0] != '\0' ? tls->pin : NULL;
	row->names = tls->names;
	for (int i = 0; i < tls->chain_count; i++) {
		nk_strings_add(&row->chain, tls->chain[i].subject ? tls->chain[i].subject : "?");
		nk_strings_add(&row->issuers, tls->chain[i].issuer ? tls->chain[i].issuer : "?");
	}
	row->trusted_by = tls->trusted_by;
	row->distrust = tls->distrust;
	if (tls->chain_count == 0 || tls->chain[0].until < 0)
		return;
	row->valid_from = tls->chain[0].since;
	row->expires = tls->chain[0].until;
	/* Down, so that the first day after it is -1. */
	row->days_left = row->expires >= now ? (row->expires - now) / day
					     : (row->expires - now + 1) / day - 1;
}

/* is_accepted: whatever the files say, the connection went on. */
static void row_fill_ssh(struct nk_probe_row *row, struct nk_facts *facts, bool is_accepted)
{
	const struct nk_ssh_facts *ssh = &facts->ssh;
	const char *at = ssh->known_at ? ssh->known_at : "";
	nk_auto(str) char *why = NULL;

	if (!ssh->software)
		return;
	row->cipher = ssh->cipher;
	row->kex = ssh->kex;
	row->mac = ssh->mac;
	row->host_key_type = ssh->key_type;
	row->host_key = ssh->fingerprint;
	if (!ssh->fingerprint)
		return;
	switch (ssh->standing) {
	case NK_HOSTKEY_SAME:
		row->trusted_by = ssh->known_at;
		return;
	case NK_HOSTKEY_UNKNOWN:
		why = nk_strdup("the host is not known");
		break;
	case NK_HOSTKEY_CHANGED:
		why = nk_format("%s has another key", at);
		break;
	case NK_HOSTKEY_REVOKED:
		why = nk_format("revoked in %s", at);
		break;
	}
	row->distrust = nk_facts_keep(facts, why, strlen(why));
	row->trusted_by = is_accepted ? "--pin, --trust or --insecure" : NULL;
}

void nk_probe_row_fill(struct nk_probe_row *row, struct nk_facts *facts,
		       const struct nk_probe_end *end)
{
	const struct nk_err *err = end->err;
	enum nk_phase open = nk_phase_open(&facts->phases);

	*row = (struct nk_probe_row){
		.url = end->url,
		.ok = !err,
		.exit = err ? nk_domain_exit(err->domain) : 0,
		.class = err ? nk_domain_class(err->domain) : NULL,
		.error = err ? err->msg : NULL,
		.phase = err && open < NK_PHASE_COUNT ? row_phases[open] : NULL,
		.total_ms = end->total_ms,
		.greeting = facts->greeting,
		.login = facts->is_logged_in		   ? "done"
			 : err && err->domain == NK_E_AUTH ? "refused"
							   : "not tried",
		.mechanisms = facts->mechanisms,
		.capabilities = facts->capabilities,
		.valid_from = NK_ENTRY_NO_TIME,
		.expires = NK_ENTRY_NO_TIME,
		.days_left = NK_ENTRY_NO_TIME,
	};
	row_fill_phases(row, facts);
	row_fill_tls(row, facts, end->now);
	row_fill_ssh(row, facts, !err || err->domain != NK_E_CERT);
}

void nk_probe_row_release(struct nk_probe_row *row)
{
	nk_strings_release(&row->addresses);
	nk_strings_release(&row->chain);
	nk_strings_release(&row->issuers);
}
