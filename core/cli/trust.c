/* trust.c - netkit trust list, add and rm: the keys of peers that are remembered. */
#include "trust.h"

#include "fsverbs.h"
#include "netkit/asktrust.h"
#include "netkit/num.h"
#include "probe.h"

struct trust_opts {
	bool yes;
};

static const struct nk_opt trust_options[] = {
	NK_OPT_FLAG(struct trust_opts, yes, 0, "yes", "add what is found without asking"),
	NK_OPT_END,
};

static const struct nk_field trust_fields[] = {
	NK_FIELD_WORD(struct nk_trust_row, kind, 4),
	NK_FIELD_WORD(struct nk_trust_row, host, 24),
	NK_FIELD_I64(struct nk_trust_row, port, false, -5),
	NK_FIELD_WORD(struct nk_trust_row, key_type, 19),
	NK_FIELD_WORD(struct nk_trust_row, key, 52),
	NK_FIELD_STR_EXTRA(struct nk_trust_row, marker),
	NK_FIELD_TIME(struct nk_trust_row, added, true),
	NK_FIELD_STR_EXTRA(struct nk_trust_row, comment),
	NK_FIELD_STR(struct nk_trust_row, file),
	NK_FIELD_I64(struct nk_trust_row, line, false, -4),
	NK_FIELD_END,
};

const struct nk_record nk_trust_record = { "trust", trust_fields };

/* ---- names ---- */

static void name_set(struct nk_trust_name *name, const char *host, size_t length, int port)
{
	name->host = nk_strndup(host, length);
	name->port = port;
	for (char *c = name->host; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	}
}

static int name_of_url(const struct nk_applet *const *applets, const char *text,
		       struct nk_trust_name *name, struct nk_err *err)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	const struct nk_scheme *row;

	if (nk_url_parse(&url, text, err) < 0)
		return -1;
	if (!url.host || url.host[0] == '\0')
		return nk_fail(err, NK_E_URL, 0, "%s names no host", text);
	if (!nk_applet_of_scheme(applets, url.scheme, &row))
		return nk_fail(err, NK_E_URL, 0, "unknown scheme %s://", url.scheme);
	name_set(name, url.host, strlen(url.host), url.port ? url.port : row->port);
	return 0;
}

int nk_trust_name_parse(const struct nk_applet *const *applets, const char *text,
			struct nk_trust_name *name, struct nk_err *err)
{
	const char *colon = strrchr(text, ':');
	const char *end = text[0] == '[' ? strchr(text, ']') : NULL;
	bool is_bare_v6 = text[0] != '[' && colon && strchr(text, ':') != colon;
	bool has_port = colon && !is_bare_v6 && (!end || colon == end + 1);
	size_t length = has_port ? (size_t)(colon - text) : strlen(text);
	int port = 0;

	if (nk_url_is_url(text))
		return name_of_url(applets, text, name, err);
	if (has_port && !nk_num_int(colon + 1, 1, 65535, &port))
		return nk_fail(err, NK_E_USAGE, 0, "'%s': not a port", colon + 1);
	if (end && end + 1 != text + length)
		return nk_fail(err, NK_E_USAGE, 0, "'%s' is no host", text);
	if (end) {
		text++;
		length -= 2;
	}
	if (length == 0 || memchr(text, '/', length) || memchr(text, '@', length))
		return nk_fail(err, NK_E_USAGE, 0, "'%.*s' is no host", (int)length, text);
	name_set(name, text, length, port);
	return 0;
}

void nk_trust_name_release(struct nk_trust_name *name)
{
	free(nk_take(name->host));
}

/* ---- list, rm ---- */

static int trust_files_of(const struct nk_ctx *ctx, const struct nk_trust_name *name,
			  struct nk_known_files *known, struct nk_trust_files *files,
			  struct nk_err *err)
{
	if (nk_known_files_find(&ctx->common->ssh, name ? name->host : NULL, name ? name->port : 0,
				known, err) < 0)
		return -1;
	files->name = name;
	files->known_as = known->known_as;
	files->known = &known->files;
	files->system = &known->system;
	return 0;
}

static int trust_list(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(trust_name) struct nk_trust_name name = { NULL, 0 };
	nk_auto(known_files) struct nk_known_files known = { .known_as = NULL };
	nk_auto(str) char *pins = nk_pins_path();
	struct nk_trust_files files = { .pins = pins };
	bool is_one = ctx->operand_count == 2;
	int count;

	if (ctx->operand_count > 2)
		return nk_fail(err, NK_E_USAGE, 0, "trust list takes one HOST, not also '%s'",
			       ctx->operands[2]);
	if (is_one && nk_trust_name_parse(ctx->applets, ctx->operands[1], &name, err) < 0)
		return -1;
	if (trust_files_of(ctx, is_one ? &name : NULL, &known, &files, err) < 0)
		return -1;
	count = nk_trust_print(&files, ctx->out, err);
	if (count == 0 && is_one)
		return nk_fail(err, NK_E_MISSING, 0, "no key of %s is remembered",
			       ctx->operands[1]);
	return count < 0 ? -1 : 0;
}

static int trust_rm_one(struct nk_ctx *ctx, const char *operand, struct nk_err *err)
{
	nk_auto(trust_name) struct nk_trust_name name = { NULL, 0 };
	nk_auto(known_files) struct nk_known_files known = { .known_as = NULL };
	nk_auto(str) char *pins = nk_pins_path();
	struct nk_trust_files files = { .pins = pins };
	int count;

	if (nk_trust_name_parse(ctx->applets, operand, &name, err) < 0 ||
	    trust_files_of(ctx, &name, &known, &files, err) < 0)
		return -1;
	count = nk_trust_take_out(&files, ctx->out, err);
	if (count != 0)
		return count < 0 ? -1 : 0;
	return nk_fail(err, NK_E_MISSING, 0, "no key of %s is remembered where it can be forgotten",
		       operand);
}

static int trust_rm(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(tally) struct nk_tally tally = NK_TALLY_INIT(ctx);

	tally.is_together = false;
	if (ctx->operand_count < 2)
		return nk_fail(err, NK_E_USAGE, 0, "trust rm takes HOST[:PORT]|URL...");
	for (int i = 1; i < ctx->operand_count; i++) {
		struct nk_err why = NK_ERR_INIT;

		if (trust_rm_one(ctx, ctx->operands[i], &why) == 0)
			nk_tally_add(&tally, 0);
		else if (nk_tally_fail(&tally, &why, nk_operand_label(ctx->operands[i])) < 0)
			break;
	}
	return nk_tally_end(&tally, err);
}

/* ---- add ---- */

/* A key that is to be added, and what a person is told of it. */
struct trust_key {
	struct nk_trust_row row;
	const char *facts; /* lines; "" for none */
};

/* Is the person content? --yes, or an answer. */
static int trust_confirm(struct nk_ctx *ctx, const struct trust_key *key, struct nk_err *err)
{
	const struct trust_opts *opts = ctx->verb_opts;
	nk_auto(str) char *name = nk_pins_name(key->row.host, (int)key->row.port);
	nk_auto(str) char *question =
		nk_format("%s shows the %s%skey %s.\n%sRemember it (yes, no, or the key)? ", name,
			  key->row.key_type ? key->row.key_type : "", key->row.key_type ? " " : "",
			  key->row.key, key->facts);
	int answer;

	if (opts->yes)
		return 0;
	if (ctx->common->creds.no_input)
		return nk_fail(err, NK_E_CERT, 0,
			       "%s shows the key %s, and nobody may be asked: give --yes", name,
			       key->row.key);
	answer = nk_ask_trust(question, key->row.key, err);
	if (answer == 0)
		return nk_fail(err, NK_E_CERT, 0, "%s: the key was not accepted", name);
	if (answer < 0 && err->domain == NK_E_AUTH)
		return nk_fail(err, NK_E_CERT, 0,
			       "%s shows the key %s, and there is no terminal to ask on: give "
			       "--yes",
			       name, key->row.key);
	return answer < 0 ? -1 : 0;
}

static int trust_add_pin(struct nk_ctx *ctx, const struct nk_pins_entry *entry, struct nk_err *err)
{
	nk_auto(str) char *path = nk_pins_path();
	struct nk_pins_place place;
	struct nk_trust_row row = {
		.kind = "tls",
		.host = entry->host,
		.port = entry->port,
		.key = entry->pin,
		.added = NK_ENTRY_NO_TIME,
	};

	if (!path)
		return nk_fail(err, NK_E_WRITE, 0, "neither XDG_STATE_HOME nor HOME says where");
	if (nk_pins_add(path, entry, &place, err) < 0) {
		nk_auto(str) char *name = nk_pins_name(entry->host, entry->port);

		return err->domain == NK_E_CERT ? nk_wrap(err, "%s", name) : -1;
	}
	row.file = place.file;
	row.line = place.line;
	return nk_out_put(ctx->out, &nk_trust_record, &row, err);
}

/* trust add HOST:PORT PIN */
static int trust_add_typed(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(trust_name) struct nk_trust_name name = { NULL, 0 };
	const char *text = ctx->operands[2];
	char pin[NK_PIN_TEXT];
	const struct nk_applet *applet = NULL;
	const struct nk_scheme *row;

	if (nk_trust_name_parse(ctx->applets, ctx->operands[1], &name, err) < 0)
		return -1;
	if (nk_url_is_url(ctx->operands[1])) {
		nk_auto(str) char *scheme =
			nk_strndup(ctx->operands[1], strcspn(ctx->operands[1], ":"));

		applet = nk_applet_of_scheme(ctx->applets, scheme, &row);
	}
	if (applet && applet->groups & NK_GROUP_SSH && !(applet->groups & NK_GROUP_TLS))
		return nk_fail(err, NK_E_USAGE, 0,
			       "known_hosts files have whole keys, no fingerprints: trust add %s "
			       "without one asks the host",
			       ctx->operands[1]);
	if (name.port == 0)
		return nk_fail(err, NK_E_USAGE, 0, "'%s' has no port: HOST:PORT", ctx->operands[1]);
	if (!nk_pin_read(text, strlen(text), pin))
		return nk_fail(err, NK_E_USAGE, 0, "'%s': neither sha256//BASE64 nor SHA256:BASE64",
			       text);
	const struct nk_pins_entry entry = { .host = name.host, .port = name.port, .pin = pin };

	return trust_add_pin(ctx, &entry, err);
}

static int trust_add_tls(struct nk_ctx *ctx, const struct nk_session *session,
			 const struct nk_facts *facts, struct nk_err *err)
{
	const struct nk_tls_facts *tls = &facts->phases.tls;
	nk_auto(str) char *text = nk_tls_facts_text(tls);
	nk_auto(str) char *more = tls->distrust ? nk_format("%sNo authority vouches for it: %s.\n",
							    text, tls->distrust)
						: nk_strdup(text);
	const struct trust_key key = {
		.row = { .host = session->target.host,
			 .port = session->target.port,
			 .key = tls->pin },
		.facts = more,
	};
	const struct nk_pins_entry entry = {
		.host = session->target.host,
		.port = session->target.port,
		.pin = tls->pin,
	};

	if (tls->known_at[0] == '\0' && trust_confirm(ctx, &key, err) < 0)
		return -1;
	return trust_add_pin(ctx, &entry, err);
}

static int trust_add_ssh(struct nk_ctx *ctx, const struct nk_session *session,
			 const struct nk_facts *facts, struct nk_err *err)
{
	const struct nk_ssh_facts *ssh = &facts->ssh;
	int port = session->port_used ? session->port_used : session->target.port;
	const struct trust_key key = {
		.row = { .kind = "ssh",
			 .host = session->target.host,
			 .port = port,
			 .key_type = ssh->key_type,
			 .key = ssh->fingerprint,
			 .added = NK_ENTRY_NO_TIME,
			 .file = ssh->file,
			 .line = -1 },
		.facts = "",
	};
	const struct nk_hostkey_entry entry = {
		.known_as = ssh->known_as,
		.hashes_name = ssh->hashes_names,
		.type = ssh->key_type,
		.key = ssh->key,
	};

	if (!ssh->file)
		return nk_fail(err, NK_E_WRITE, 0, "%s: no known_hosts file is named",
			       session->target.host);
	if (trust_confirm(ctx, &key, err) < 0 || nk_hostkey_add(ssh->file, &entry, err) < 0)
		return -1;
	return nk_out_put(ctx->out, &nk_trust_record, &key.row, err);
}

/* What the files had of the host before this. */
static int trust_print_known(struct nk_ctx *ctx, const struct nk_session *session,
			     struct nk_err *err)
{
	struct nk_trust_name name = {
		.host = (char *)session->target.host,
		.port = session->port_used ? session->port_used : session->target.port,
	};
	nk_auto(known_files) struct nk_known_files known = { .known_as = NULL };
	struct nk_trust_files files = { .pins = NULL };

	if (trust_files_of(ctx, &name, &known, &files, err) < 0)
		return -1;
	return nk_trust_print(&files, ctx->out, err) < 0 ? -1 : 0;
}

/* Whether a refusal is about a key that is not the remembered one, which no question can mend. */
static bool trust_is_unknown(const struct nk_facts *facts)
{
	return facts->ssh.fingerprint
		       ? facts->ssh.standing == NK_HOSTKEY_UNKNOWN
		       : facts->phases.tls.pin[0] != '\0' && !facts->phases.tls.is_changed;
}

/* trust add URL: ask the server for its key. */
static int trust_add_found(struct nk_ctx *ctx, struct nk_err *err)
{
	nk_auto(facts) struct nk_facts facts = NK_FACTS_INIT;
	nk_auto(str) char *path = NULL;
	struct nk_session *session;
	const struct nk_scheme *row;
	struct nk_look look;
	int result;

	if (nk_opener_session(ctx->opener, ctx->operands[1], &session, &path, err) < 0)
		return -1;
	look = (struct nk_look){
		.applet = nk_applet_of_scheme(ctx->applets, session->scheme, &row),
		.session = session,
		.path = path,
	};
	result = nk_look_at(&look, &facts, err);
	if (result < 0 && (err->domain != NK_E_CERT || !trust_is_unknown(&facts)))
		return -1;
	*err = (struct nk_err)NK_ERR_INIT;
	if (facts.phases.tls.pin[0] != '\0')
		return trust_add_tls(ctx, session, &facts, err);
	if (facts.ssh.fingerprint && facts.ssh.standing == NK_HOSTKEY_SAME)
		return trust_print_known(ctx, session, err);
	if (facts.ssh.fingerprint)
		return trust_add_ssh(ctx, session, &facts, err);
	return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s shows no key: the conversation is in clear",
		       session->target.host);
}

static int trust_add(struct nk_ctx *ctx, struct nk_err *err)
{
	if (ctx->operand_count == 3)
		return trust_add_typed(ctx, err);
	if (ctx->operand_count == 2)
		return trust_add_found(ctx, err);
	return nk_fail(err, NK_E_USAGE, 0, "trust add takes URL, or HOST:PORT and a pin");
}

static const struct trust_word {
	const char *name;
	int (*run)(struct nk_ctx *ctx, struct nk_err *err);
} trust_words[] = {
	{ "list", trust_list },
	{ "add", trust_add },
	{ "rm", trust_rm },
};

static int trust_run(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct trust_opts *opts = ctx->verb_opts;
	const char *word = ctx->operand_count > 0 ? ctx->operands[0] : "";

	if (opts->yes && strcmp(word, "add") != 0)
		return nk_fail(err, NK_E_USAGE, 0, "--yes is for trust add");
	for (size_t i = 0; i < NK_COUNT(trust_words); i++) {
		if (strcmp(word, trust_words[i].name) == 0)
			return trust_words[i].run(ctx, err);
	}
	return nk_fail(err, NK_E_USAGE, 0, "trust %s", ctx->verb->operands);
}

/* Nothing is trusted on the way to what is to be shown first. */
static int trust_apply(const void *opts, struct nk_common *common, struct nk_err *err)
{
	(void)opts;
	(void)err;
	common->trust = NK_TRUST_STRICT;
	return 0;
}

const struct nk_verb nk_trust_verb = {
	.name = "trust",
	.summary = "list, add or remove remembered keys of TLS and SSH servers",
	.operands = "list [HOST] | add URL [PIN] | rm HOST|URL...",
	.options = trust_options,
	.opts_size = sizeof(struct trust_opts),
	.groups = NK_GROUP_OUTPUT | NK_GROUP_TALK | NK_GROUP_WHO | NK_GROUP_TLS | NK_GROUP_SSH |
		  NK_GROUP_NET,
	.record = &nk_trust_record,
	.run = trust_run,
	.apply = trust_apply,
};
