/* sshpublic.c - logging in with keys: which ones, in what order, how they sign (RFC 4252 7, 8332). */
#include <unistd.h>

#include "netkit/log.h"
#include "netkit/prompt.h"
#include "netkit/wait.h"
#include "sshlogin.h"

/* A public key blob of rsa with 16,384 bits has 2 KiB; certificates are not used. */
#define PUBLIC_BLOB_MAX ((size_t)16 * 1024)

/* An agent may ask its owner before it signs. */
#define PUBLIC_SIGN_MS 120000

/* Names of algorithms that sign, with commas. */
#define PUBLIC_USUAL                                                                               \
	"ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"    \
	"rsa-sha2-256"
#define PUBLIC_SUPPORTED PUBLIC_USUAL ",ssh-rsa"

/* RFC 4252 7: the byte before a request that is signed. */
#define SSH_MSG_USERAUTH_REQUEST 50

static struct nk_login_key *keys_add(struct nk_sshlogin *login)
{
	struct nk_login_key *key;

	if (login->key_count == NK_LOGIN_KEYS_MAX)
		return NULL;
	key = &login->keys[login->key_count++];
	*key = (struct nk_login_key){ .blob = NK_BUF_INIT(PUBLIC_BLOB_MAX) };
	return key;
}

static void keys_add_file(struct nk_sshlogin *login, const char *path, bool is_named)
{
	struct nk_login_key *key;

	for (int i = 0; i < login->key_count; i++) {
		if (login->keys[i].path && strcmp(login->keys[i].path, path) == 0)
			return;
	}
	key = keys_add(login);
	if (!key)
		return;
	key->path = nk_strdup(path);
	key->is_named = is_named;
	if (nk_sshkey_public_file(path, &key->blob) <= 0)
		nk_buf_clear(&key->blob);
}

/* A key of the agent: of a file that is listed already, or one more. key: owned from now on. */
static void keys_add_agent(struct nk_sshlogin *login, struct nk_sshkey *key, bool only_listed)
{
	size_t length;
	const unsigned char *blob = nk_sshkey_blob(key, &length);
	struct nk_login_key *added;

	for (int i = 0; i < login->key_count; i++) {
		struct nk_login_key *listed = &login->keys[i];

		if (!listed->key && listed->blob.len == length &&
		    memcmp(listed->blob.data, blob, length) == 0) {
			listed->key = key;
			return;
		}
	}
	added = only_listed ? NULL : keys_add(login);
	if (added)
		added->key = key;
	else
		nk_sshkey_free(key);
}

/* The agent's socket as ssh_config(5) IdentityAgent names it; NULL: none. */
static const char *agent_path(const struct nk_sshconf *conf)
{
	const char *named = conf->identity_agent;

	if (!named || strcmp(named, "SSH_AUTH_SOCK") == 0)
		return getenv("SSH_AUTH_SOCK");
	if (strcmp(named, "none") == 0)
		return NULL;
	return named[0] == '$' ? getenv(named + 1) : named;
}

/* An agent that does not answer is passed over. */
static void keys_collect_agent(struct nk_sshlogin *login, bool only_listed)
{
	const char *path = agent_path(login->plan->conf);
	struct nk_sshkey *keys[NK_SSHAGENT_KEYS_MAX];
	struct nk_err err = NK_ERR_INIT;
	int count = 0;

	if (!path || path[0] == '\0')
		return;
	if (nk_sshagent_open(path, nk_sshlink_deadline(login->link), &login->agent, &err) < 0 ||
	    nk_sshagent_keys(login->agent, keys, &count, &err) < 0) {
		nk_log(err.domain == NK_E_TIMEOUT ? NK_LOG_NOTICE : NK_LOG_INFO,
		       "the agent is not used: %s", err.msg);
		return;
	}
	for (int i = 0; i < count; i++)
		keys_add_agent(login, keys[i], only_listed);
}

/* Named files first, then the agent's, then the usual files when none was named. */
static void keys_collect(struct nk_sshlogin *login)
{
	static const char *const usual[] = { "id_ed25519", "id_ecdsa", "id_rsa" };
	const struct nk_strings *named = &login->plan->policy->identities;
	const struct nk_sshconf_files *listed = &login->plan->conf->identities;
	const char *home = getenv("HOME");
	bool has_usual = named->count == 0 && !listed->is_set && home;
	bool is_listed_only = login->plan->conf->identities_only > 0;

	if (login->has_keys)
		return;
	login->has_keys = true;
	for (size_t i = 0; i < named->count; i++)
		keys_add_file(login, named->items[i], true);
	for (int i = 0; i < listed->count; i++)
		keys_add_file(login, listed->items[i], false);
	if (!is_listed_only)
		keys_collect_agent(login, false);
	for (size_t i = 0; i < NK_COUNT(usual) && has_usual; i++) {
		nk_auto(str) char *path = nk_format("%s/.ssh/%s", home, usual[i]);

		if (access(path, F_OK) == 0)
			keys_add_file(login, path, false);
	}
	if (is_listed_only)
		keys_collect_agent(login, true);
}

void nk_login_keys_release(struct nk_sshlogin *login)
{
	for (int i = 0; i < login->key_count; i++) {
		nk_sshkey_free(login->keys[i].key);
		nk_buf_release(&login->keys[i].blob);
		free(login->keys[i].path);
	}
	nk_sshagent_free(login->agent);
}

static int key_ask(void *arg, const char *path, int tries, struct nk_secret *passphrase,
		   struct nk_err *err)
{
	const struct nk_sshlogin *login = arg;
	nk_auto(str) char *question =
		nk_format("%sPassphrase for %s: ", tries > 0 ? "Wrong. " : "", path);

	if (!login->may_ask)
		return nk_fail(err, NK_E_AUTH, 0,
			       "%s: a passphrase is needed and nobody can be asked: use ssh-agent",
			       path);
	login->link->base.was_asked = true;
	return nk_prompt_secret(question, passphrase, err);
}

/* A public half alone names a key of the agent. */
static bool path_is_public(const char *path)
{
	size_t length = strlen(path);

	return length > 4 && strcmp(path + length - 4, ".pub") == 0;
}

/*
 * Load the private half. 1; 0: this key cannot be used, the reason is kept; -1: a key that was
 * named has to be usable.
 */
static int key_load(struct nk_sshlogin *login, struct nk_login_key *key, struct nk_err *err)
{
	struct nk_err why = NK_ERR_INIT;

	if (!key->key && nk_login_await(login, err) < 0)
		return -1;
	if (key->key || nk_sshkey_load(key->path, key_ask, login, &key->key, &why) == 0)
		return 1;
	if (why.domain == NK_E_INTERRUPT || why.domain == NK_E_TERMINATE ||
	    (key->is_named && why.domain != NK_E_AUTH)) {
		*err = why;
		if (why.domain == NK_E_UNSUPPORTED)
			err->code = NK_SSH_NEEDS_PROGRAM;
		if (path_is_public(key->path))
			return nk_wrap(err, "no agent has this key");
		return -1;
	}
	nk_log(NK_LOG_INFO, "not used: %s", why.msg);
	if (why.domain == NK_E_UNSUPPORTED)
		login->needs_program = true;
	else if (why.domain == NK_E_AUTH)
		nk_login_note_reason(login, &why);
	return 0;
}

/* What the callback of one try knows and learns. */
struct public_try {
	struct nk_sshlogin *login;
	struct nk_login_key *key;
	const char *accepted; /* algorithms that may sign */
	bool has_signed;
	struct nk_err err; /* of loading and signing */
};

/* string session, byte 50, string user, string service, string "publickey", byte 1, string
 * algorithm, string blob: what is signed (RFC 4252 7). The algorithm, a new string; NULL. */
static char *signed_algorithm(const unsigned char *data, size_t length)
{
	struct nk_sshwire in = { data, length };
	struct nk_sshwire string;
	unsigned char byte;

	if (!nk_sshwire_string(&in, &string) || !nk_sshwire_byte(&in, &byte) ||
	    byte != SSH_MSG_USERAUTH_REQUEST)
		return NULL;
	for (int i = 0; i < 3; i++) {
		if (!nk_sshwire_string(&in, &string))
			return NULL;
	}
	if (!nk_sshwire_byte(&in, &byte) || !nk_sshwire_string(&in, &string))
		return NULL;
	return nk_strndup((const char *)string.bytes, string.length);
}

static bool list_has(const char *list, const char *name)
{
	const struct nk_sshwire one = { (const unsigned char *)name, strlen(name) };

	return nk_kexinit_agrees(&one, list);
}

static int public_sign(LIBSSH2_SESSION *session, unsigned char **signature, size_t *size,
		       const unsigned char *data, size_t length, void **abstract)
{
	struct public_try *try = *abstract;
	nk_auto(str) char *algorithm = signed_algorithm(data, length);
	nk_auto(buf) struct nk_buf made = NK_BUF_INIT(NK_SSHKEY_SIGNATURE_MAX);

	(void)session;
	if (!algorithm || !list_has(try->accepted, algorithm))
		return nk_fail(&try->err, NK_E_AUTH, 0, "signatures by %s are not accepted",
			       algorithm ? algorithm : "?");
	if (nk_login_await(try->login, &try->err) < 0)
		return -1;
	if (try->login->agent)
		nk_sshagent_set_deadline(try->login->agent,
					 nk_clock_earlier(nk_clock_after(PUBLIC_SIGN_MS),
							  try->login->link->net.deadline));
	if (key_load(try->login, try->key, &try->err) <= 0 ||
	    nk_sshkey_sign(try->key->key, algorithm, data, length, &made, &try->err) < 0)
		return -1;
	*signature = nk_alloc(made.len);
	memcpy(*signature, made.data, made.len);
	*size = made.len;
	try->has_signed = true;
	return 0;
}

/* The blob with another name in front: the library takes the signature's algorithm from there, and
 * 1.10 knows no other way to rsa-sha2 (RFC 8332 3). */
static int blob_rename(const struct nk_sshwire *blob, const char *name, struct nk_buf *renamed)
{
	struct nk_sshwire rest = *blob;
	struct nk_sshwire type;

	if (!nk_sshwire_string(&rest, &type) ||
	    nk_sshwire_add_string(renamed, name, strlen(name)) < 0)
		return -1;
	return nk_buf_add(renamed, rest.bytes, rest.length);
}

static const char *key_label(const struct nk_login_key *key)
{
	return key->path ? key->path : nk_sshkey_label(key->key);
}

static int public_request(struct public_try *try, const struct nk_buf *blob, struct nk_err *err)
{
	struct nk_sshlogin *login = try->login;
	struct nk_sshlink *link = login->link;
	void *context = try;
	int code;
	int result;

	login->tries++;
	while ((code = link->lib->libssh2_userauth_publickey(
			link->session, login->user, (const unsigned char *)blob->data, blob->len,
			public_sign, &context)) == LIBSSH2_ERROR_EAGAIN) {
		if (nk_login_wait(login, err) < 0)
			return -1;
	}
	if (try->err.domain != NK_E_NONE && try->err.domain != NK_E_AUTH) {
		*err = try->err;
		return -1;
	}
	if (try->err.domain == NK_E_AUTH)
		nk_login_note_reason(login, &try->err);
	result = nk_login_result(login, code, err);
	return result == NK_LOGIN_REFUSED && try->has_signed ? NK_LOGIN_PERHAPS : result;
}

/* One key by one algorithm. */
static int public_try(struct nk_sshlogin *login, struct nk_login_key *key,
		      const struct nk_sshwire *public_half, const char *algorithm,
		      const char *accepted, struct nk_err *err)
{
	struct public_try try = { .login = login, .key = key, .accepted = accepted };
	nk_auto(buf) struct nk_buf blob = NK_BUF_INIT(PUBLIC_BLOB_MAX + 64);

	if (blob_rename(public_half, algorithm, &blob) < 0)
		return NK_LOGIN_REFUSED;
	return public_request(&try, &blob, err);
}

/* The algorithms of a key, best first; how many. */
static int key_algorithms(const struct nk_sshlogin *login, const char *type, const char *accepted,
			  const char *names[3])
{
	static const char *const rsa[] = { "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa" };
	const struct nk_ssh2 *lib = login->link->lib;
	const char *banner = lib->libssh2_session_banner_get(login->link->session);
	bool is_openssh = banner && strstr(banner, "OpenSSH");
	int count = 0;

	if (strcmp(type, "ssh-rsa") != 0) {
		names[0] = type;
		return list_has(accepted, type) ? 1 : 0;
	}
	/* From 1.11 on the library renames by itself as the server wishes, and the blob stays. */
	if (lib->libssh2_version(0x010b00)) {
		names[0] = type;
		return 1;
	}
	for (size_t i = 0; i < NK_COUNT(rsa); i++) {
		/* OpenSSH knows both since 7.2: another try would only count as a failure. */
		if (list_has(accepted, rsa[i]) && !(i == 1 && is_openssh && count > 0))
			names[count++] = rsa[i];
	}
	return count;
}

/*
 * Was an rsa key refused perhaps only because of the name that 1.10 has to give it? Servers other
 * than OpenSSH may know no such type of key. SHA-1 instead is for whoever asks for it by
 * PubkeyAcceptedAlgorithms: the ssh program signs as it should be.
 */
static void note_renamed(struct nk_sshlogin *login, const char *label)
{
	const struct nk_ssh2 *lib = login->link->lib;
	const char *banner = lib->libssh2_session_banner_get(login->link->session);
	struct nk_err reason = NK_ERR_INIT;

	if (lib->libssh2_version(0x010b00) || (banner && strstr(banner, "OpenSSH")))
		return;
	login->needs_program = true;
	nk_fail(&reason, NK_E_AUTH, 0,
		"%s: not every server takes rsa-sha2 as libssh2 before 1.11 shows it: "
		"--ssh-transport=openssh does it better",
		label);
	nk_login_note_reason(login, &reason);
}

/* A certificate beside the key: only the ssh program uses it. */
static bool key_has_certificate(const struct nk_login_key *key)
{
	nk_auto(str) char *path = key->path ? nk_format("%s-cert.pub", key->path) : NULL;

	return path && access(path, F_OK) == 0;
}

static int public_try_key(struct nk_sshlogin *login, struct nk_login_key *key, const char *accepted,
			  struct nk_err *err)
{
	struct nk_sshwire blob = { (const unsigned char *)key->blob.data, key->blob.len };
	const char *names[3];
	struct nk_sshwire in;
	struct nk_sshwire name;
	int result;
	int count;

	/* One key that does not do is enough to be asked about for nothing. */
	if (login->tries > 0 && nk_login_await(login, err) < 0)
		return -1;
	key->is_tried = true;
	result = key->key || blob.length > 0 ? 1 : key_load(login, key, err);
	if (result <= 0)
		return result < 0 ? -1 : NK_LOGIN_REFUSED;
	if (key->key)
		blob.bytes = nk_sshkey_blob(key->key, &blob.length);
	in = blob;
	if (!nk_sshwire_string(&in, &name) || !nk_sshwire_is_name(&name))
		return NK_LOGIN_REFUSED;
	nk_auto(str) char *type = nk_strndup((const char *)name.bytes, name.length);

	login->needs_program |= key_has_certificate(key);
	nk_login_note(login, "%s %s", type, key_label(key));
	count = key_algorithms(login, type, accepted, names);
	result = NK_LOGIN_REFUSED;
	for (int i = 0; i < count && result == NK_LOGIN_REFUSED; i++) {
		if (i > 0 && strcmp(names[i], "ssh-rsa") == 0)
			nk_log(NK_LOG_INFO, "%s: trying ssh-rsa, which signs with SHA-1",
			       login->link->base.peer);
		result = public_try(login, key, &blob, names[i], accepted, err);
	}
	if (result == NK_LOGIN_REFUSED && strcmp(type, "ssh-rsa") == 0)
		note_renamed(login, key_label(key));
	return result;
}

/* A key that an option names has to be there, before anything is tried. */
static int keys_check(const struct nk_sshlogin *login, struct nk_err *err)
{
	for (int i = 0; i < login->key_count; i++) {
		const struct nk_login_key *key = &login->keys[i];

		if (key->is_named && !key->key && access(key->path, R_OK) < 0)
			return nk_fail_errno(err, NK_E_USAGE, "--identity=%s", key->path);
	}
	return 0;
}

int nk_login_publickey(struct nk_sshlogin *login, struct nk_err *err)
{
	const char *wanted = login->plan->conf->pubkey_algorithms;
	nk_auto(str) char *accepted =
		nk_sshconf_algorithms(wanted ? wanted : "+", PUBLIC_USUAL, PUBLIC_SUPPORTED);

	keys_collect(login);
	if (keys_check(login, err) < 0)
		return -1;
	for (int i = 0; i < login->key_count && login->tries < NK_LOGIN_TRIES_MAX; i++) {
		int result;

		if (login->keys[i].is_tried)
			continue;
		result = public_try_key(login, &login->keys[i], accepted, err);
		if (result != NK_LOGIN_REFUSED)
			return result;
	}
	return NK_LOGIN_REFUSED;
}
