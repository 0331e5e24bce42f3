/* sshconf_keywords.c - what each keyword of ssh_config(5) takes and where it goes. */
#include "sshconf_parse.h"

#include <limits.h>
#include <netdb.h>

#include "netkit/num.h"

/* What the reentrant lookup of a service name may need. */
#define SSHCONF_SERVICE_MAX 4096

typedef int sshconf_set(struct sshconf_state *state, const struct sshconf_line *line,
			struct nk_err *err);

struct sshconf_choice {
	const char *name;
	int value;
};

struct sshconf_keyword {
	const char *name;
	sshconf_set *set;
	size_t place; /* of the field in struct nk_sshconf; for set_only an enum sshconf_only */
	const struct sshconf_choice *choices;
};

static const struct sshconf_choice flag_choices[] = {
	{ "yes", 1 }, { "true", 1 }, { "no", 0 }, { "false", 0 }, { NULL, 0 },
};

static const struct sshconf_choice compression_choices[] = {
	{ "yes", 1 },
	{ "no", 0 },
	{ NULL, 0 },
};

static const struct sshconf_choice pubkey_choices[] = {
	{ "yes", 1 },	  { "true", 1 },       { "no", 0 }, { "false", 0 },
	{ "unbound", 1 }, { "host-bound", 1 }, { NULL, 0 },
};

static const struct sshconf_choice strict_choices[] = {
	{ "yes", NK_STRICT_YES },  { "true", NK_STRICT_YES },
	{ "ask", NK_STRICT_ASK },  { "accept-new", NK_STRICT_ACCEPT_NEW },
	{ "no", NK_STRICT_NO },	   { "off", NK_STRICT_NO },
	{ "false", NK_STRICT_NO }, { NULL, 0 },
};

static const struct sshconf_choice family_choices[] = {
	{ "any", 0 },
	{ "inet", 4 },
	{ "inet6", 6 },
	{ NULL, 0 },
};

/* Values of set_only that ask for nothing. */
static const struct sshconf_choice idle_choices[] = {
	{ "none", 0 }, { "no", 0 }, { "false", 0 }, { "internal", 0 }, { NULL, 0 },
};

static void *sshconf_field(const struct sshconf_state *state)
{
	return (char *)state->conf + state->keyword->place;
}

/* The only value, or NULL when there is none, an empty one, or more. */
static const char *sshconf_one(const struct sshconf_line *line, struct nk_err *err)
{
	if (line->words.count == 0 || line->words.items[0][0] == '\0') {
		nk_fail(err, NK_E_USAGE, 0, "a value is missing");
		return NULL;
	}
	if (line->words.count > 1) {
		nk_fail(err, NK_E_USAGE, 0, "more than one value");
		return NULL;
	}
	return line->words.items[0];
}

static const struct sshconf_choice *sshconf_choice_of(const struct sshconf_choice *choices,
						      const char *word)
{
	for (; choices->name; choices++) {
		if (nk_text_is_same(choices->name, word))
			return choices;
	}
	return NULL;
}

static int set_text(struct sshconf_state *state, const struct sshconf_line *line,
		    struct nk_err *err)
{
	char **field = sshconf_field(state);
	const char *word = sshconf_one(line, err);

	if (!word)
		return -1;
	if (state->is_active && !*field)
		*field = nk_strdup(word);
	return 0;
}

/* The int of the keyword, unless it was said before. */
static void sshconf_keep_int(struct sshconf_state *state, int value)
{
	int *field = sshconf_field(state);

	if (state->is_active && *field == -1)
		*field = value;
}

static int set_choice(struct sshconf_state *state, const struct sshconf_line *line,
		      struct nk_err *err)
{
	const char *word = sshconf_one(line, err);
	const struct sshconf_choice *choice =
		word ? sshconf_choice_of(state->keyword->choices, word) : NULL;

	if (!word)
		return -1;
	if (!choice)
		return nk_fail(err, NK_E_USAGE, 0, "cannot be %s", word);
	sshconf_keep_int(state, choice->value);
	return 0;
}

static int set_strict(struct sshconf_state *state, const struct sshconf_line *line,
		      struct nk_err *err)
{
	const char *word = sshconf_one(line, err);
	const struct sshconf_choice *choice =
		word ? sshconf_choice_of(state->keyword->choices, word) : NULL;

	if (!word)
		return -1;
	if (!choice)
		return nk_fail(err, NK_E_USAGE, 0, "cannot be %s", word);
	if (state->is_active && state->conf->strict == NK_STRICT_UNSET)
		state->conf->strict = (enum nk_sshconf_strict)choice->value;
	return 0;
}

static int set_count(struct sshconf_state *state, const struct sshconf_line *line,
		     struct nk_err *err)
{
	const char *word = sshconf_one(line, err);
	int value;

	if (!word)
		return -1;
	if (!nk_num_int(word, 0, INT_MAX, &value))
		return nk_fail(err, NK_E_USAGE, 0, "not a number: %s", word);
	sshconf_keep_int(state, value);
	return 0;
}

/* A port by number or by the name of its service. */
static bool sshconf_read_port(const char *word, int *port)
{
	char space[SSHCONF_SERVICE_MAX];
	struct servent entry;
	struct servent *found = NULL;

	if (nk_num_int(word, 1, 65535, port))
		return true;
	if ((*word >= '0' && *word <= '9') ||
	    getservbyname_r(word, "tcp", &entry, space, sizeof(space), &found) != 0 || !found)
		return false;
	*port = ntohs((uint16_t)found->s_port);
	return *port > 0;
}

static int set_port(struct sshconf_state *state, const struct sshconf_line *line,
		    struct nk_err *err)
{
	const char *word = sshconf_one(line, err);
	int port;

	if (!word)
		return -1;
	if (!sshconf_read_port(word, &port))
		return nk_fail(err, NK_E_USAGE, 0, "not a port: %s", word);
	sshconf_keep_int(state, port);
	return 0;
}

/* TIME FORMATS of sshd_config(5): "90", "1m30s", "2h". */
static bool sshconf_read_seconds(const char *text, int *seconds)
{
	static const char units[] = "smhdw";
	static const int factors[] = { 1, 60, 3600, 86400, 604800 };
	uint64_t total = 0;

	if (*text == '\0')
		return false;
	while (*text != '\0') {
		size_t digits = strspn(text, "0123456789");
		uint64_t number;
		uint64_t factor = 1;

		if (!nk_num_span(text, digits, INT_MAX, &number))
			return false;
		text += digits;
		if (*text != '\0') {
			const char *unit = strchr(units, *text | 0x20);

			if (!unit)
				return false;
			factor = (uint64_t)factors[unit - units];
			text++;
		}
		total += number * factor;
		if (total > INT_MAX)
			return false;
	}
	*seconds = (int)total;
	return true;
}

/* A time in seconds, -1 for "none". */
static int sshconf_time(const struct sshconf_line *line, int *seconds, struct nk_err *err)
{
	const char *word = sshconf_one(line, err);

	if (!word)
		return -1;
	*seconds = -1;
	if (strcmp(word, "none") != 0 && !sshconf_read_seconds(word, seconds))
		return nk_fail(err, NK_E_USAGE, 0, "not a time: %s", word);
	return 0;
}

static int set_seconds(struct sshconf_state *state, const struct sshconf_line *line,
		       struct nk_err *err)
{
	int seconds;

	if (sshconf_time(line, &seconds, err) < 0)
		return -1;
	sshconf_keep_int(state, seconds);
	return 0;
}

static int set_milliseconds(struct sshconf_state *state, const struct sshconf_line *line,
			    struct nk_err *err)
{
	int64_t *field = sshconf_field(state);
	int seconds;

	if (sshconf_time(line, &seconds, err) < 0)
		return -1;
	if (state->is_active && *field == -1 && seconds >= 0)
		*field = (int64_t)seconds * 1000;
	return 0;
}

/* ---- lists of files ---- */

static int sshconf_add_file(struct nk_sshconf_files *files, const char *path, struct nk_err *err)
{
	files->is_set = true;
	if (files->count == NK_SSHCONF_FILES_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "more than %d files", NK_SSHCONF_FILES_MAX);
	files->items[files->count++] = nk_strdup(path);
	return 0;
}

/* One more file for a list that grows with each line; the same one again is not. */
static int set_more(struct sshconf_state *state, const struct sshconf_line *line,
		    struct nk_err *err)
{
	struct nk_sshconf_files *files = sshconf_field(state);
	const char *word = sshconf_one(line, err);

	if (!word)
		return -1;
	if (!state->is_active)
		return 0;
	for (int i = 0; i < files->count; i++) {
		if (strcmp(files->items[i], word) == 0)
			return 0;
	}
	return sshconf_add_file(files, word, err);
}

/* All files of a list on one line; a later line adds nothing. */
static int set_files(struct sshconf_state *state, const struct sshconf_line *line,
		     struct nk_err *err)
{
	struct nk_sshconf_files *files = sshconf_field(state);
	bool is_ours = state->is_active && !files->is_set;

	if (line->words.count == 0)
		return nk_fail(err, NK_E_USAGE, 0, "a value is missing");
	for (size_t i = 0; i < line->words.count; i++) {
		const char *word = line->words.items[i];

		if (*word == '\0')
			return nk_fail(err, NK_E_USAGE, 0, "an empty value");
		if (nk_text_is_same(word, "none") && line->words.count > 1)
			return nk_fail(err, NK_E_USAGE, 0, "none does not stand with others");
		if (is_ours && sshconf_add_file(files, word, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- what only the ssh program can do ---- */

static void sshconf_need_ssh(struct sshconf_state *state)
{
	struct nk_sshconf *conf = state->conf;

	if (conf->needs_ssh)
		return;
	conf->needs_ssh = true;
	conf->why = state->source.path ? nk_format("%s in %s:%d", state->keyword->name,
						   state->source.path, state->source.line)
				       : nk_format("the option %s", state->keyword->name);
}

static int set_only(struct sshconf_state *state, const struct sshconf_line *line,
		    struct nk_err *err)
{
	bool *is_said = &state->is_said[state->keyword->place];
	const char *word = line->words.count > 0 ? line->words.items[0] : "";

	if (*word == '\0')
		return nk_fail(err, NK_E_USAGE, 0, "a value is missing");
	if (!state->is_active || *is_said)
		return 0;
	*is_said = true;
	if (!sshconf_choice_of(state->keyword->choices, word))
		sshconf_need_ssh(state);
	return 0;
}

static int set_certificate(struct sshconf_state *state, const struct sshconf_line *line,
			   struct nk_err *err)
{
	if (set_more(state, line, err) < 0)
		return -1;
	if (state->is_active && !nk_text_is_same(line->words.items[0], "none"))
		sshconf_need_ssh(state);
	return 0;
}

/* ---- proxies ---- */

/* ProxyJump and ProxyCommand: the first of either holds. */
static bool sshconf_is_proxy_open(const struct sshconf_state *state)
{
	return state->is_active && !state->conf->proxy_jump && !state->conf->proxy_command;
}

static int set_proxy_command(struct sshconf_state *state, const struct sshconf_line *line,
			     struct nk_err *err)
{
	/* The command is the rest of the line with all its quotes; OpenSSH skips "=" before it. */
	const char *command = line->rest + strspn(line->rest, SSHCONF_BLANKS "=");

	if (*command == '\0')
		return nk_fail(err, NK_E_USAGE, 0, "a value is missing");
	/* "ProxyJump none" stops later jumps but no later command. */
	if (state->is_active && state->conf->proxy_jump &&
	    strcmp(state->conf->proxy_jump, "none") == 0)
		free(nk_take(state->conf->proxy_jump));
	if (!sshconf_is_proxy_open(state))
		return 0;
	state->conf->proxy_command = nk_strdup(nk_text_is_same(command, "none") ? "none" : command);
	return 0;
}

/* [user@]host[:port], host perhaps in brackets; hop is cut up. */
static bool sshconf_is_hop(char *hop)
{
	char *at = strrchr(hop, '@');
	char *host = at ? at + 1 : hop;
	char *port;
	int number;

	if (at == hop || strpbrk(hop, "'`\"$\\;&<>|(){}"))
		return false;
	if (*host == '[') {
		port = strchr(host, ']');
		if (!port || port == host + 1)
			return false;
		port++;
	} else {
		port = host + strcspn(host, ":");
		if (port == host || *host == '-' || *hop == '-')
			return false;
	}
	if (*port == '\0')
		return true;
	return *port == ':' && sshconf_read_port(port + 1, &number);
}

static int set_proxy_jump(struct sshconf_state *state, const struct sshconf_line *line,
			  struct nk_err *err)
{
	nk_auto(buf) struct nk_buf hops = NK_BUF_INIT(SSHCONF_LINE_MAX);
	nk_auto(str) char *text = nk_strdup(line->rest + strspn(line->rest, SSHCONF_BLANKS "="));
	char *next = text;

	text[strcspn(text, SSHCONF_BLANKS)] = '\0';
	while (next && !nk_text_is_same(text, "none")) {
		char *hop = strsep(&next, ",");
		size_t before = hops.len;

		if (nk_text_has_prefix(hop, "ssh://")) {
			hop += strlen("ssh://");
			hop[strcspn(hop, "/")] = '\0';
		}
		if (nk_buf_addf(&hops, "%s%s", before > 0 ? "," : "", hop) < 0 ||
		    !sshconf_is_hop(hop))
			return nk_fail(err, NK_E_USAGE, 0, "not [user@]host[:port]: %s", hop);
	}
	if (sshconf_is_proxy_open(state))
		state->conf->proxy_jump = nk_strdup(hops.len > 0 ? hops.data : "none");
	return 0;
}

/* ---- keywords that concern the reading itself ---- */

static int sshconf_keep_text(char **field, const struct sshconf_state *state,
			     const struct sshconf_line *line, struct nk_err *err)
{
	const char *word = sshconf_one(line, err);

	if (!word)
		return -1;
	if (state->is_active && !*field)
		*field = nk_strdup(word);
	return 0;
}

static int set_ignored(struct sshconf_state *state, const struct sshconf_line *line,
		       struct nk_err *err)
{
	return sshconf_keep_text(&state->ignored_unknown, state, line, err);
}

static int set_tag(struct sshconf_state *state, const struct sshconf_line *line, struct nk_err *err)
{
	return sshconf_keep_text(&state->tag, state, line, err);
}

/* ---- the table ---- */

#define FIELD(member) offsetof(struct nk_sshconf, member)

static const struct sshconf_keyword keywords[] = {
	{ "AddressFamily", set_choice, FIELD(address_family), family_choices },
	{ "BatchMode", set_choice, FIELD(batch_mode), flag_choices },
	{ "BindAddress", set_text, FIELD(bind_address), NULL },
	{ "BindInterface", set_only, SSHCONF_BIND_INTERFACE, idle_choices },
	{ "CanonicalizeHostname", set_only, SSHCONF_CANONICALIZE, idle_choices },
	{ "CertificateFile", set_certificate, FIELD(certificates), NULL },
	{ "ChallengeResponseAuthentication", set_choice, FIELD(kbd_interactive_authentication),
	  flag_choices },
	{ "Ciphers", set_text, FIELD(ciphers), NULL },
	{ "Compression", set_choice, FIELD(compression), compression_choices },
	{ "ConnectTimeout", set_milliseconds, FIELD(connect_timeout_ms), NULL },
	{ "DSAAuthentication", set_choice, FIELD(pubkey_authentication), pubkey_choices },
	{ "GlobalKnownHostsFile", set_files, FIELD(system_known_hosts), NULL },
	{ "HashKnownHosts", set_choice, FIELD(hash_known_hosts), flag_choices },
	{ "Host", nk_sshconf_host, 0, NULL },
	{ "HostKeyAlgorithms", set_text, FIELD(host_key_algorithms), NULL },
	{ "HostKeyAlias", set_text, FIELD(host_key_alias), NULL },
	{ "HostName", set_text, FIELD(host_name), NULL },
	{ "IdentitiesOnly", set_choice, FIELD(identities_only), flag_choices },
	{ "IdentityAgent", set_text, FIELD(identity_agent), NULL },
	{ "IdentityFile", set_more, FIELD(identities), NULL },
	{ "IdentityFile2", set_more, FIELD(identities), NULL },
	{ "IgnoreUnknown", set_ignored, 0, NULL },
	{ "Include", nk_sshconf_include, 0, NULL },
	{ "KbdInteractiveAuthentication", set_choice, FIELD(kbd_interactive_authentication),
	  flag_choices },
	{ "KexAlgorithms", set_text, FIELD(kex_algorithms), NULL },
	{ "KnownHostsCommand", set_only, SSHCONF_KNOWN_HOSTS_COMMAND, idle_choices },
	{ "MACs", set_text, FIELD(macs), NULL },
	{ "Match", nk_sshconf_match, 0, NULL },
	{ "NumberOfPasswordPrompts", set_count, FIELD(password_prompts), NULL },
	{ "PasswordAuthentication", set_choice, FIELD(password_authentication), flag_choices },
	{ "PKCS11Provider", set_only, SSHCONF_PKCS11, idle_choices },
	{ "Port", set_port, FIELD(port), NULL },
	{ "PreferredAuthentications", set_text, FIELD(authentications), NULL },
	/* Debian's names for ServerAliveInterval. */
	{ "ProtocolKeepAlives", set_seconds, FIELD(server_alive_interval_s), NULL },
	{ "ProxyCommand", set_proxy_command, FIELD(proxy_command), NULL },
	{ "ProxyJump", set_proxy_jump, FIELD(proxy_jump), NULL },
	{ "ProxyUseFdpass", set_only, SSHCONF_FDPASS, idle_choices },
	{ "PubkeyAcceptedAlgorithms", set_text, FIELD(pubkey_algorithms), NULL },
	{ "PubkeyAcceptedKeyTypes", set_text, FIELD(pubkey_algorithms), NULL },
	{ "PubkeyAuthentication", set_choice, FIELD(pubkey_authentication), pubkey_choices },
	{ "RevokedHostKeys", set_only, SSHCONF_REVOKED, idle_choices },
	{ "SecurityKeyProvider", set_only, SSHCONF_SECURITY_KEY, idle_choices },
	{ "ServerAliveCountMax", set_count, FIELD(server_alive_count_max), NULL },
	{ "ServerAliveInterval", set_seconds, FIELD(server_alive_interval_s), NULL },
	{ "SetupTimeOut", set_seconds, FIELD(server_alive_interval_s), NULL },
	{ "SkeyAuthentication", set_choice, FIELD(kbd_interactive_authentication), flag_choices },
	{ "SmartcardDevice", set_only, SSHCONF_PKCS11, idle_choices },
	{ "StrictHostKeyChecking", set_strict, FIELD(strict), strict_choices },
	{ "Tag", set_tag, 0, NULL },
	{ "TISAuthentication", set_choice, FIELD(kbd_interactive_authentication), flag_choices },
	{ "User", set_text, FIELD(user), NULL },
	{ "UserKnownHostsFile", set_files, FIELD(known_hosts), NULL },
};

/* Known, of no effect here; also what OpenSSH 9.3 to 10 brought and what older ones had. */
static const char passed_over[] =
	"AddKeysToAgent AFSTokenPassing CanonicalDomains CanonicalizeFallbackLocal "
	"CanonicalizeMaxDots CanonicalizePermittedCNAMEs CASignatureAlgorithms "
	"ChannelTimeout CheckHostIP Cipher ClearAllForwardings CompressionLevel "
	"ConnectionAttempts ControlMaster ControlPath ControlPersist DynamicForward "
	"EnableEscapeCommandline EnableSSHKeysign EscapeChar ExitOnForwardFailure "
	"FallBackToRsh FingerprintHash ForkAfterAuthentication ForwardAgent ForwardX11 "
	"ForwardX11Timeout ForwardX11Trusted GatewayPorts GlobalKnownHostsFile2 "
	"GSSAPIAuthentication GSSAPIClientIdentity GSSAPIDelegateCredentials "
	"GSSAPIKexAlgorithms GSSAPIKeyExchange GSSAPIRenewalForcesRekey "
	"GSSAPIServerIdentity GSSAPITrustDns HostbasedAcceptedAlgorithms "
	"HostbasedAuthentication HostbasedKeyTypes IPQoS KbdInteractiveDevices KeepAlive "
	"KerberosAuthentication KerberosTGTPassing LocalCommand LocalForward LogLevel "
	"LogVerbose NoHostAuthenticationForLocalhost ObscureKeystrokeTiming "
	"PermitLocalCommand PermitRemoteOpen Protocol RefuseConnection RekeyLimit "
	"RemoteCommand RemoteForward RequestTTY RequiredRSASize RhostsAuthentication "
	"RhostsRSAAuthentication RSAAuthentication SendEnv SessionType SetEnv StdinNull "
	"StreamLocalBindMask StreamLocalBindUnlink SyslogFacility TCPKeepAlive Tunnel "
	"TunnelDevice UpdateHostKeys UseBlacklistedKeys UsePrivilegedPort "
	"UserKnownHostsFile2 UseRoaming UseRsh VerifyHostKeyDNS VersionAddendum "
	"VisualHostKey WarnWeakCrypto XAuthLocation";

static const struct sshconf_keyword *sshconf_keyword_of(const char *name)
{
	for (size_t i = 0; i < NK_COUNT(keywords); i++) {
		if (nk_text_is_same(keywords[i].name, name))
			return &keywords[i];
	}
	return NULL;
}

static bool sshconf_is_passed_over(const struct sshconf_state *state, const char *name)
{
	return nk_sshconf_pattern_matches_folded(passed_over, ' ', name) ||
	       (state->ignored_unknown &&
		nk_sshconf_pattern_matches_folded(state->ignored_unknown, ',', name));
}

int nk_sshconf_apply(struct sshconf_state *state, const struct sshconf_line *line,
		     struct nk_err *err)
{
	const struct sshconf_keyword *keyword = sshconf_keyword_of(line->keyword);

	if (!keyword && sshconf_is_passed_over(state, line->keyword))
		return 0;
	if (!keyword)
		return nk_fail(err, NK_E_USAGE, 0, "unknown keyword %s", line->keyword);
	state->keyword = keyword;
	if (keyword->set(state, line, err) == 0)
		return 0;
	return state->is_placed ? -1 : nk_wrap(err, "%s", keyword->name);
}
