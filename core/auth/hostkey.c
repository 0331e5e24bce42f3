/* hostkey.c - is this the host's key? known_hosts, pins and the user's policy (RFC 4251 4.1). */
#include "netkit/hostkey.h"

#include <assert.h>

#include "hostmet.h"
#include "hostpin.h"
#include "knownhosts.h"
#include "netkit/asktrust.h"
#include "netkit/codec.h"
#include "netkit/log.h"

/* The port that a known_hosts name leaves out. */
#define HOSTKEY_PORT 22

/* What of a name is shown in the question. */
#define HOSTKEY_SHOWN_MAX 256

/* What of the error's room a changed key's message may take: callers put names before it. */
#define HOSTKEY_CHANGED_MAX (sizeof(((struct nk_err *)NULL)->msg) - 64)

/* What is being decided. */
struct hostkey_case {
	const struct nk_hostkey_policy *policy;
	const char *known_as;
	const char *shown;
	const struct nk_hostkey *key;
	struct nk_buf text; /* the blob in base64 */
	char *fingerprint;
};

static void hostkey_case_release(struct hostkey_case *self)
{
	nk_buf_release(&self->text);
	free(self->fingerprint);
}
NK_AUTO(hostkey_case, struct hostkey_case, hostkey_case_release)

/* A line of a file; file is NULL for none. */
struct hostkey_place {
	const char *file;
	long line;
};

/* What the files say; of each, the first line that says it. */
struct hostkey_facts {
	struct hostkey_place same;
	struct hostkey_place revoked;
	struct hostkey_place changed;	/* another key of the same type */
	struct hostkey_place retyped;	/* a key of another type */
	struct hostkey_place authority; /* would vouch for a certificate */
	struct hostkey_place alias;	/* this key, under another name */
	const char *unreadable;		/* a file that is there */
};

/* ---- names ---- */

char *nk_hostkey_known_as(const char *host, int port)
{
	char *name = port == HOSTKEY_PORT ? nk_strdup(host) : nk_format("[%s]:%d", host, port);

	nk_known_fold(name);
	return name;
}

/* "h" of "[h]:2222", where OpenSSH looks too when the name with its port is unknown; NULL: has no
 * port. A new string. */
static char *hostkey_bare_name(const char *known_as)
{
	const char *end = strrchr(known_as, ']');

	if (known_as[0] != '[' || !end || end[1] != ':')
		return NULL;
	return nk_strndup(known_as + 1, (size_t)(end - known_as - 1));
}

/* ---- keys ---- */

/* Does the blob begin with its type as a string (RFC 4253 6.6, RFC 4251 5)? */
static bool hostkey_blob_is(const void *blob, size_t length, const char *type, size_t type_length)
{
	const unsigned char *bytes = blob;
	size_t said;

	if (length < 4)
		return false;
	said = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
	return said == type_length && said <= length - 4 && memcmp(bytes + 4, type, said) == 0;
}

/* Is what stands in the line a key of the type it says? */
static bool hostkey_line_is_key(const struct nk_known_line *line)
{
	nk_auto(buf) struct nk_buf blob = NK_BUF_INIT(NK_KNOWN_HOSTS_LINE_MAX);

	return nk_base64_decode(&blob, line->key, line->key_length) == 0 &&
	       hostkey_blob_is(blob.data, blob.len, line->type, line->type_length);
}

static bool hostkey_line_has_type(const struct nk_known_line *line, const char *type)
{
	return line->type_length == strlen(type) && memcmp(line->type, type, strlen(type)) == 0;
}

/* base64 has one way to write a key, but for the padding. */
static bool hostkey_line_has_key(const struct nk_known_line *line, const struct nk_buf *text)
{
	size_t digits = nk_hostkey_digits(text->data, text->len);

	return digits == nk_hostkey_digits(line->key, line->key_length) &&
	       memcmp(line->key, text->data, digits) == 0;
}

/* ---- what the files say ---- */

/* The files in their order; NULL behind the last. */
static const char *hostkey_file(const struct nk_hostkey_policy *policy, size_t index)
{
	if (index < policy->files.count)
		return policy->files.items[index];
	index -= policy->files.count;
	return index < policy->system_files.count ? policy->system_files.items[index] : NULL;
}

static void hostkey_note(struct hostkey_place *place, const char *file, long line)
{
	if (!place->file)
		*place = (struct hostkey_place){ file, line };
}

struct hostkey_scan {
	const struct hostkey_case *subject;
	struct nk_known_name *name;
	struct nk_known_name *bare; /* the name without its port, NULL when it has none */
	struct hostkey_facts facts;
};

/* The fact that the line is evidence of; NULL for none. */
static struct hostkey_place *hostkey_evidence(struct hostkey_scan *scan,
					      const struct nk_known_line *line)
{
	struct hostkey_facts *facts = &scan->facts;
	bool is_same = hostkey_line_has_key(line, &scan->subject->text);
	bool is_named;

	/* Only a revocation could still change anything: hashed names are worth not looking at. */
	if (facts->same.file && !is_same)
		return NULL;
	is_named = nk_known_name_matches(scan->name, line);
	if (!is_named && !(scan->bare && nk_known_name_matches(scan->bare, line)))
		return is_same && line->marker == NK_KNOWN_PLAIN ? &facts->alias : NULL;
	if (line->marker == NK_KNOWN_AUTHORITY)
		return &facts->authority;
	if (line->marker == NK_KNOWN_REVOKED)
		return is_same ? &facts->revoked : NULL;
	if (is_same)
		return &facts->same;
	/* Another port may well be another server: its other keys say nothing. */
	if (!is_named || !hostkey_line_is_key(line))
		return NULL;
	return hostkey_line_has_type(line, scan->subject->key->type) ? &facts->changed
								     : &facts->retyped;
}

static void hostkey_scan_file(struct hostkey_scan *scan, const char *path)
{
	nk_auto(known_file) struct nk_known_file *file = NULL;
	struct nk_err err = NK_ERR_INIT;
	struct nk_known_line line;
	int more = nk_known_file_open(path, &file, &err);

	if (more < 0 && err.domain == NK_E_MISSING)
		return;
	while (more == 0 && (more = nk_known_file_next(file, &line, &err)) == 1) {
		struct hostkey_place *place = hostkey_evidence(scan, &line);

		if (place)
			hostkey_note(place, path, nk_known_file_line(file));
		more = 0;
	}
	if (more < 0) {
		nk_log(NK_LOG_NOTICE, "%s", err.msg);
		scan->facts.unreadable = path;
	}
}

static void hostkey_scan_all(const struct hostkey_case *subject, struct hostkey_facts *facts)
{
	nk_auto(str) char *bare = hostkey_bare_name(subject->known_as);
	nk_auto(known_name) struct nk_known_name *name = nk_known_name_new(subject->known_as);
	nk_auto(known_name) struct nk_known_name *other = bare ? nk_known_name_new(bare) : NULL;
	struct hostkey_scan scan = { .subject = subject, .name = name, .bare = other };
	const char *path;

	for (size_t i = 0; (path = hostkey_file(subject->policy, i)); i++)
		hostkey_scan_file(&scan, path);
	if (scan.facts.authority.file)
		nk_log(NK_LOG_INFO,
		       "%s:%ld: @cert-authority is not used: no certificates of hosts here",
		       scan.facts.authority.file, scan.facts.authority.line);
	*facts = scan.facts;
}

/* ---- keys that stand in no file ---- */

static int hostkey_check_met(const struct hostkey_case *subject, const char *before,
			     struct nk_err *err)
{
	if (strcmp(before, subject->fingerprint) == 0)
		return 0;
	return nk_fail(err, NK_E_CERT, 0,
		       "%s: the host key has changed since it was trusted: it shows the %s key %s, "
		       "and before it was %s; it may be an impostor",
		       subject->shown, subject->key->type, subject->fingerprint, before);
}

/* ---- the types that are known ---- */

static void hostkey_add_type(struct nk_hostkey_types *types, const struct nk_known_line *line)
{
	for (int i = 0; i < types->count; i++) {
		if (hostkey_line_has_type(line, types->names[i]))
			return;
	}
	if (types->count < NK_HOSTKEY_TYPES_MAX)
		types->names[types->count++] = nk_strndup(line->type, line->type_length);
}

static void hostkey_types_in_file(const char *path, struct nk_known_name *name,
				  struct nk_hostkey_types *types)
{
	nk_auto(known_file) struct nk_known_file *file = NULL;
	struct nk_err err = NK_ERR_INIT; /* nk_hostkey_verify will say it */
	struct nk_known_line line;

	if (nk_known_file_open(path, &file, &err) < 0)
		return;
	while (nk_known_file_next(file, &line, &err) == 1) {
		if (line.marker == NK_KNOWN_PLAIN && nk_known_name_matches(name, &line) &&
		    hostkey_line_is_key(&line))
			hostkey_add_type(types, &line);
	}
}

static void hostkey_types_of(const struct nk_hostkey_policy *policy, const char *known_as,
			     struct nk_hostkey_types *types)
{
	nk_auto(known_name) struct nk_known_name *name = nk_known_name_new(known_as);
	const char *path;

	for (size_t i = 0; (path = hostkey_file(policy, i)); i++)
		hostkey_types_in_file(path, name, types);
}

void nk_hostkey_known_types(const struct nk_hostkey_policy *policy, const char *known_as,
			    struct nk_hostkey_types *types)
{
	nk_auto(str) char *bare = hostkey_bare_name(known_as);

	*types = (struct nk_hostkey_types){ .count = 0 };
	hostkey_types_of(policy, known_as, types);
	if (types->count == 0 && bare)
		hostkey_types_of(policy, bare, types);
}

void nk_hostkey_types_release(struct nk_hostkey_types *types)
{
	for (int i = 0; i < types->count; i++)
		free(types->names[i]);
	types->count = 0;
}

/* ---- the decision ---- */

static int hostkey_check_pins(const struct hostkey_case *subject, struct nk_err *err)
{
	const struct nk_strings *pins = &subject->policy->pins;
	bool is_pinned = false;

	for (size_t i = 0; i < pins->count; i++) {
		int verdict = nk_hostkey_is_pinned(pins->items[i], subject->fingerprint);

		if (verdict < 0)
			return nk_fail(err, NK_E_USAGE, 0,
				       "--pin=%s: neither SHA256:BASE64 nor sha256//BASE64",
				       pins->items[i]);
		is_pinned = is_pinned || verdict == 1;
	}
	if (is_pinned)
		return 0;
	return nk_fail(err, NK_E_CERT, 0, "%s: the %s key it shows is not the pinned one: it is %s",
		       subject->shown, subject->key->type, subject->fingerprint);
}

/* As one word of a shell (brackets would be a pattern, one quote stands in the other
 * kind, for a backslash would be shown as two). A new string. */
static char *hostkey_shell_word(const char *text)
{
	nk_auto(buf) struct nk_buf word = NK_BUF_INIT(5 * strlen(text) + 2);
	int status;

	if (text[strcspn(text, " \t\n'\"$&()*;<>?[\\]`{|}~#!")] == '\0')
		return nk_strdup(text);
	status = nk_buf_add_char(&word, '\'');
	for (const char *at = text; *at != '\0' && status == 0; at++)
		status = *at == '\'' ? nk_buf_add_text(&word, "'\"'\"'")
				     : nk_buf_add_char(&word, *at);
	if (status == 0)
		status = nk_buf_add_char(&word, '\'');
	assert(status == 0);
	return nk_strdup(word.data);
}

/* Where names are long a whole command counts for more than the rest; half of one would be worse
 * than none. */
static int hostkey_refuse_briefly(const struct hostkey_case *subject,
				  const struct hostkey_place *old, struct nk_err *err)
{
	const size_t shown_most = 120;
	const size_t tail_most = 160;
	size_t length = strlen(old->file);
	nk_auto(str) char *name = hostkey_shell_word(subject->known_as);
	nk_auto(str) char *file = hostkey_shell_word(old->file);
	nk_auto(str) char *text = nk_format("%.*s: the host key has changed (line %ld); if that is "
					    "known to be right: ssh-keygen -R %s -f %s",
					    (int)shown_most, subject->shown, old->line, name, file);

	if (strlen(text) <= HOSTKEY_CHANGED_MAX)
		return nk_fail(err, NK_E_CERT, 0, "%s", text);
	return nk_fail(err, NK_E_CERT, 0,
		       "%.*s: the host key has changed: it is %s; if that is known to be right, "
		       "remove line %ld of ...%s",
		       (int)shown_most, subject->shown, subject->fingerprint, old->line,
		       old->file + (length > tail_most ? length - tail_most : 0));
}

static int hostkey_refuse_changed(const struct hostkey_case *subject,
				  const struct hostkey_facts *facts, struct nk_err *err)
{
	bool is_retyped = !facts->changed.file;
	const struct hostkey_place *old = is_retyped ? &facts->retyped : &facts->changed;
	nk_auto(str) char *name = hostkey_shell_word(subject->known_as);
	nk_auto(str) char *file = hostkey_shell_word(old->file);
	nk_auto(str) char *text = nk_format(
		"%s: the host key has changed: it shows the %s key %s, but %s:%ld has "
		"%s; it may be an impostor; if the change is known to be right, "
		"ssh-keygen -R %s -f %s removes the old key",
		subject->shown, subject->key->type, subject->fingerprint, old->file, old->line,
		is_retyped ? "only one of another type" : "another", name, file);

	if (strlen(text) > HOSTKEY_CHANGED_MAX)
		return hostkey_refuse_briefly(subject, old, err);
	return nk_fail(err, NK_E_CERT, 0, "%s", text);
}

/* reason: why nobody could be asked, NULL where the policy does not want it. */
static int hostkey_refuse_unknown(const struct hostkey_case *subject,
				  const struct hostkey_facts *facts, const char *reason,
				  struct nk_err *err)
{
	const struct hostkey_place *place = &facts->authority;
	nk_auto(str) char *why = reason ? nk_format(" (%s)", reason) : NULL;
	nk_auto(str) char *authority =
		place->file ? nk_format("; for the certificate authority in %s:%ld give "
					"--ssh-transport=openssh",
					place->file, place->line)
			    : NULL;

	return nk_fail(err, NK_E_CERT, 0,
		       "%s: the host is not known%s: --trust=tofu accepts and remembers the %s key "
		       "it shows, --pin=%s accepts this one alone%s",
		       subject->shown, why ? why : "", subject->key->type, subject->fingerprint,
		       authority ? authority : "");
}

/* A host that is trusted but not remembered is worth a warning, not a failure. */
static void hostkey_remember(const struct hostkey_case *subject)
{
	const struct nk_strings *files = &subject->policy->files;
	const struct nk_hostkey_entry entry = {
		.known_as = subject->known_as,
		.hashes_name = subject->policy->hashes_names,
		.type = subject->key->type,
		.key = subject->text.data,
	};
	struct nk_err err = NK_ERR_INIT;

	if (files->count > 0 && nk_hostkey_add(files->items[0], &entry, &err) == 0) {
		nk_log(NK_LOG_NOTICE, "%s: %s now knows its %s key %s", subject->shown,
		       files->items[0], subject->key->type, subject->fingerprint);
		return;
	}
	if (subject->policy->met)
		nk_hostkey_met_add(subject->policy->met, subject->known_as, subject->fingerprint);
	if (files->count == 0)
		nk_log(NK_LOG_INFO, "%s: the host key is not remembered: no file for it",
		       subject->shown);
	else
		nk_log(NK_LOG_NOTICE, "%s: the host key is not remembered: %s", subject->shown,
		       err.msg);
}

static char *hostkey_question(const struct hostkey_case *subject, const struct hostkey_facts *facts)
{
	bool is_renamed = strcmp(subject->shown, subject->known_as) != 0;
	nk_auto(str) char *name = is_renamed ? nk_format(" (%s)", subject->known_as) : NULL;
	nk_auto(str) char *alias = facts->alias.file
					   ? nk_format("%s:%ld knows this key under another name.",
						       facts->alias.file, facts->alias.line)
					   : NULL;
	char safe_shown[HOSTKEY_SHOWN_MAX];
	char safe_name[HOSTKEY_SHOWN_MAX];
	char safe_alias[HOSTKEY_SHOWN_MAX];

	return nk_format("The host %s%s is not known.\nIts %s key is %s.\n%s%s"
			 "Trust it (yes, no, or the fingerprint)? ",
			 nk_text_safe(safe_shown, sizeof(safe_shown), subject->shown),
			 nk_text_safe(safe_name, sizeof(safe_name), name ? name : ""),
			 subject->key->type, subject->fingerprint,
			 nk_text_safe(safe_alias, sizeof(safe_alias), alias ? alias : ""),
			 alias ? "\n" : "");
}

static int hostkey_ask(const struct hostkey_case *subject, const struct hostkey_facts *facts,
		       struct nk_err *err)
{
	nk_auto(str) char *question = hostkey_question(subject, facts);
	char reason[sizeof(err->msg)];
	int verdict;

	if (subject->policy->no_input)
		return hostkey_refuse_unknown(subject, facts, "nobody may be asked", err);
	verdict = nk_ask_trust(question, subject->fingerprint, err);
	if (verdict < 0 && err->domain == NK_E_AUTH) {
		nk_copy_text(reason, sizeof(reason), err->msg);
		return hostkey_refuse_unknown(subject, facts, reason, err);
	}
	if (verdict == 0)
		return nk_fail(err, NK_E_CERT, 0, "%s: the host key was not accepted",
			       subject->shown);
	return verdict < 0 ? -1 : 0;
}

static int hostkey_meet(const struct hostkey_case *subject, const struct hostkey_facts *facts,
			struct nk_err *err)
{
	const struct nk_hostkey_met *met = subject->policy->met;
	const char *before = met ? nk_hostkey_met_find(met, subject->known_as) : NULL;

	if (before)
		return hostkey_check_met(subject, before, err);
	switch (subject->policy->trust) {
	case NK_TRUST_STRICT:
		return hostkey_refuse_unknown(subject, facts, NULL, err);
	case NK_TRUST_TOFU:
		/* Not the first use, for all that can be told. */
		if (facts->unreadable)
			return nk_fail(err, NK_E_CERT, 0,
				       "%s: %s cannot be read and may know another key of it: give "
				       "--known-hosts, or --pin=%s",
				       subject->shown, facts->unreadable, subject->fingerprint);
		break;
	case NK_TRUST_AUTO:
	case NK_TRUST_ASK:
		if (hostkey_ask(subject, facts, err) < 0)
			return -1;
		break;
	}
	hostkey_remember(subject);
	return 0;
}

/* What comes from the peer must be able to stand in a file and in a message. */
static int hostkey_prepare(struct hostkey_case *subject, struct nk_err *err)
{
	const struct nk_hostkey *key = subject->key;
	size_t type_length = strlen(key->type);

	if (!nk_known_is_type(key->type, type_length) ||
	    !hostkey_blob_is(key->blob, key->length, key->type, type_length) ||
	    nk_base64_encode(&subject->text, key->blob, key->length) < 0)
		return nk_fail(err, NK_E_CERT, 0, "%s: what it shows is no host key",
			       subject->shown);
	return nk_hostkey_fingerprint(key, &subject->fingerprint, err);
}

int nk_hostkey_verify(const struct nk_hostkey_policy *policy, const char *known_as,
		      const char *shown, const struct nk_hostkey *key, struct nk_err *err)
{
	nk_auto(hostkey_case) struct hostkey_case subject = {
		.policy = policy,
		.known_as = known_as,
		.shown = shown,
		.key = key,
		.text = NK_BUF_INIT(NK_KNOWN_HOSTS_LINE_MAX),
	};
	struct hostkey_facts facts = { .unreadable = NULL };

	if (policy->insecure) {
		nk_log(NK_LOG_INFO, "%s: the host key is not checked", shown);
		return 0;
	}
	if (hostkey_prepare(&subject, err) < 0)
		return -1;
	if (policy->pins.count > 0)
		return hostkey_check_pins(&subject, err);
	hostkey_scan_all(&subject, &facts);
	if (facts.revoked.file)
		return nk_fail(err, NK_E_CERT, 0, "%s: the %s key %s it shows is revoked in %s:%ld",
			       shown, key->type, subject.fingerprint, facts.revoked.file,
			       facts.revoked.line);
	if (facts.same.file) {
		nk_log(NK_LOG_INFO, "%s: %s:%ld knows its %s key %s", shown, facts.same.file,
		       facts.same.line, key->type, subject.fingerprint);
		return 0;
	}
	if (facts.changed.file || facts.retyped.file)
		return hostkey_refuse_changed(&subject, &facts, err);
	return hostkey_meet(&subject, &facts, err);
}

int nk_hostkey_look_up(const struct nk_hostkey_policy *policy, const char *known_as,
		       const struct nk_hostkey *key, struct nk_hostkey_found *found,
		       struct nk_err *err)
{
	nk_auto(hostkey_case) struct hostkey_case subject = {
		.policy = policy,
		.known_as = known_as,
		.shown = known_as,
		.key = key,
		.text = NK_BUF_INIT(NK_KNOWN_HOSTS_LINE_MAX),
	};
	struct hostkey_facts facts = { .unreadable = NULL };
	struct hostkey_place place = { NULL, 0 };

	if (hostkey_prepare(&subject, err) < 0)
		return -1;
	hostkey_scan_all(&subject, &facts);
	found->standing = NK_HOSTKEY_UNKNOWN;
	if (facts.revoked.file) {
		found->standing = NK_HOSTKEY_REVOKED;
		place = facts.revoked;
	} else if (facts.same.file) {
		found->standing = NK_HOSTKEY_SAME;
		place = facts.same;
	} else if (facts.changed.file || facts.retyped.file) {
		found->standing = NK_HOSTKEY_CHANGED;
		place = facts.changed.file ? facts.changed : facts.retyped;
	}
	found->file = place.file;
	found->line = place.line;
	return 0;
}
