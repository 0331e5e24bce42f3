/* sshargs.c - our policy as the command line of the ssh program, its complaints as our errors. */
#include "sshsession.h"

#include <stdio.h>

#include "sshjump.h"

/* All that we write for one command line; the user's own words are not copied. */
#define SSH_ARGS_MAX ((size_t)64 * 1024)

/* The cipher that is fastest on every processor of the last fifteen years. */
#define SSH_ARGS_CIPHERS "-oCiphers=^aes128-gcm@openssh.com"

/* As sftp(1) has them: nothing but the one channel. */
static const char *const args_fixed[] = {
	"-oForwardX11=no",	   "-oForwardAgent=no", "-oClearAllForwardings=yes",
	"-oPermitLocalCommand=no", "-oRequestTTY=no",	"-oEscapeChar=none",
	"-oRemoteCommand=none",
};

/* A wait that ends after as many of these, as OpenSSH counts them. */
#define SSH_ARGS_ALIVE_COUNT 3

struct args {
	struct nk_arena *arena;
	struct nk_strings *words;
};

static void args_addf(const struct args *args, const char *format, ...) NK_PRINTF(2, 3);
static void args_addf(const struct args *args, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	nk_auto(str) char *word = nk_vformat(format, values);
	va_end(values);
	nk_strings_add(args->words, nk_arena_strndup(args->arena, word, strlen(word)));
}

static int args_too_long(struct nk_err *err)
{
	return nk_fail(err, NK_E_USAGE, 0, "options of over %zu bytes for the ssh program",
		       SSH_ARGS_MAX);
}

/* What we are asked to do and only we could. */
/* The ssh program goes by no proxy of ours. A ProxyCommand is the whole way by itself. */
static int args_check_proxy(const struct nk_ssh_plan *plan, struct nk_err *err)
{
	const struct nk_target *target = &plan->session->target;
	const struct nk_sshconf *conf = plan->conf;
	const char *jump = plan->policy->jump ? plan->policy->jump : conf ? conf->proxy_jump : NULL;
	nk_auto(str) char *first = jump ? nk_strndup(jump, strcspn(jump, ",")) : NULL;
	nk_auto(ssh_jump) struct nk_ssh_jump hop = { .host = NULL };
	const char *host = conf && conf->host_name ? conf->host_name : target->host;
	int port = target->port;

	if (!plan->policy->jump && conf && conf->proxy_command &&
	    strcmp(conf->proxy_command, "none") != 0)
		return 0;
	if (first && first[0] != '\0' && strcmp(first, "none") != 0) {
		if (nk_ssh_jump_parse(first, &hop, err) < 0)
			return -1;
		host = hop.host;
		port = hop.port > 0 ? hop.port : NK_SSH_PORT;
	}
	if (!nk_proxy_serves(target->proxy, host, port))
		return 0;
	return nk_fail(err, NK_E_USAGE, 0,
		       "%s: the ssh program goes by no %s: --ssh-transport=libssh2 does, or a "
		       "ProxyCommand in ssh_config%s",
		       host, target->proxy->is_from_environment ? "ALL_PROXY" : "--proxy",
		       target->proxy->is_from_environment ? "; NO_PROXY takes hosts out" : "");
}

static int args_check(const struct nk_ssh_plan *plan, struct nk_err *err)
{
	const struct nk_creds_policy *creds = plan->session->creds.policy;
	const struct nk_tls_policy *trust = plan->session->tls_policy;
	const char *host = plan->session->target.host;

	if (host[0] == '-' || host[0] == '\0')
		return nk_fail(err, NK_E_USAGE, 0, "not a host name: '%s'", host);
	if (plan->user && plan->user[0] == '-')
		return nk_fail(err, NK_E_USAGE, 0, "not a user name: '%s'", plan->user);
	if (creds->password_file || creds->password_fd >= 0 || creds->password_stdin ||
	    creds->password_command)
		return nk_fail(err, NK_E_USAGE, 0,
			       "the ssh program asks for passwords by itself: no --password option "
			       "serves --ssh-transport=openssh");
	if (trust && trust->pins.count > 0)
		return nk_fail(err, NK_E_USAGE, 0,
			       "the ssh program knows no --pin: use --known-hosts with "
			       "--ssh-transport=openssh");
	if (plan->session->target.net->resolve.count > 0)
		return nk_fail(err, NK_E_USAGE, 0,
			       "the ssh program knows no --resolve: use -o HostName=ADDR with "
			       "--ssh-transport=openssh");
	return args_check_proxy(plan, err);
}

/* A path in which the ssh program replaces no %; a new string. */
static char *args_path(const char *path)
{
	nk_auto(buf) struct nk_buf whole = NK_BUF_INIT(2 * strlen(path) + 1);
	int status = 0;

	for (; *path != '\0' && status == 0; path++)
		status = *path == '%' ? nk_buf_add_text(&whole, "%%")
				      : nk_buf_add_char(&whole, *path);
	return nk_strdup(status == 0 ? whole.data : "");
}

static void args_add_trust(const struct args *args, const struct nk_ssh_plan *plan)
{
	static const char *const words[] = {
		[NK_TRUST_STRICT] = "yes",
		[NK_TRUST_TOFU] = "accept-new",
		[NK_TRUST_ASK] = "ask",
	};
	const struct nk_tls_policy *trust = plan->session->tls_policy;

	if (trust && trust->insecure) {
		args_addf(args, "-oStrictHostKeyChecking=no");
		args_addf(args, "-oUserKnownHostsFile=/dev/null");
		args_addf(args, "-oGlobalKnownHostsFile=/dev/null");
		return;
	}
	if (plan->policy->trust != NK_TRUST_AUTO)
		args_addf(args, "-oStrictHostKeyChecking=%s", words[plan->policy->trust]);
	/* Nothing is learnt from the server either: ssh would add its other keys. */
	if (plan->policy->trust == NK_TRUST_STRICT)
		args_addf(args, "-oUpdateHostKeys=no");
	if (plan->policy->known_hosts) {
		nk_auto(str) char *path = args_path(plan->policy->known_hosts);

		/* ssh_config takes a list there: quotes keep one file with blanks together. */
		args_addf(args, "-oUserKnownHostsFile=\"%s\"", path);
		args_addf(args, "-oGlobalKnownHostsFile=/dev/null");
	}
}

static void args_add_login(const struct args *args, const struct nk_ssh_plan *plan)
{
	const struct nk_ssh_policy *policy = plan->policy;

	for (size_t i = 0; i < policy->identities.count; i++) {
		nk_auto(str) char *path = args_path(policy->identities.items[i]);

		args_addf(args, "-i");
		args_addf(args, "%s", path);
	}
	if (policy->auth)
		args_addf(args, "-oPreferredAuthentications=%s", policy->auth);
	if (plan->session->creds.policy->no_input)
		args_addf(args, "-oBatchMode=yes");
	if (plan->user)
		args_addf(args, "-oUser=%s", plan->user);
}

static void args_add_net(const struct args *args, const struct nk_ssh_plan *plan)
{
	const struct nk_net_policy *net = plan->session->target.net;
	const struct nk_sshconf *conf = plan->conf;
	bool has_alive = conf && conf->server_alive_interval_s >= 0;
	int64_t silence_s = (net->timeout_ms + 999) / 1000;

	if (net->ipv4 != net->ipv6)
		args_addf(args, net->ipv4 ? "-4" : "-6");
	if (net->bind)
		args_addf(args, "-oBindAddress=%s", net->bind);
	if (net->connect_timeout_ms > 0 && !(conf && conf->connect_timeout_ms >= 0))
		args_addf(args, "-oConnectTimeout=%lld",
			  (long long)(net->connect_timeout_ms + 999) / 1000);
	if (silence_s >= SSH_ARGS_ALIVE_COUNT && !has_alive)
		args_addf(args, "-oServerAliveInterval=%lld",
			  (long long)silence_s / SSH_ARGS_ALIVE_COUNT);
}

/*
 * As one word of a shell, in which the ssh program replaces no %. Each character by itself: quotes
 * within quotes mean something else to the ssh program, which looks at the line before the shell.
 */
static int command_add_word(struct nk_buf *command, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+=.,:/@";
	int status = command->len > 0 ? nk_buf_add_char(command, ' ') : 0;

	if (*word == '\0' && status == 0)
		status = nk_buf_add_text(command, "''");
	for (; *word != '\0' && status == 0; word++) {
		if (*word == '%')
			status = nk_buf_add_text(command, "%%");
		else if (strchr(plain, *word) || (unsigned char)*word >= 0x80)
			status = nk_buf_add_char(command, *word);
		else if (*word == '\n')
			status = -1;
		else
			status = nk_buf_addf(command, "\\%c", *word);
	}
	return status;
}

static int args_add_jump(const struct args *args, const struct nk_ssh_plan *plan,
			 struct nk_err *err);

/* What goes for every host on the way, and then for this one. */
static int args_add_host(const struct args *args, const struct nk_ssh_plan *plan,
			 struct nk_err *err)
{
	const struct nk_ssh_policy *policy = plan->policy;

	nk_strings_add(args->words, policy->program ? policy->program : "ssh");
	for (size_t i = 0; i < NK_COUNT(args_fixed); i++)
		nk_strings_add(args->words, args_fixed[i]);
	if (policy->config) {
		args_addf(args, "-F");
		args_addf(args, "%s", policy->config);
	}
	/* The first value holds: what has an option of its own, then -o, then what is usual here. */
	if (plan->port > 0)
		args_addf(args, "-oPort=%d", plan->port);
	args_add_login(args, plan);
	args_add_trust(args, plan);
	if (policy->jump && args_add_jump(args, plan, err) < 0)
		return -1;
	for (size_t i = 0; plan->options && i < plan->options->count; i++)
		args_addf(args, "-o%s", plan->options->items[i]);
	args_add_net(args, plan);
	if (plan->conf && !plan->conf->ciphers)
		args_addf(args, "%s", SSH_ARGS_CIPHERS);
	return 0;
}

/* "ssh ... -W [%h]:%p host", with all that goes for the hosts on the way: ProxyJump would pass on
 * nothing. */
static int jump_command(const struct nk_ssh_plan *hop, const char *host, struct nk_buf *command,
			struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = { .limit = SSH_ARGS_MAX };
	nk_auto(strings) struct nk_strings words = { NULL, 0 };
	const struct args args = { &arena, &words };
	int status = 0;

	if (args_add_host(&args, hop, err) < 0)
		return -1;
	for (size_t i = 0; i < words.count && status == 0; i++)
		status = words.items[i] ? command_add_word(command, words.items[i]) : -1;
	if (status == 0)
		status = nk_buf_add_text(command, " -W \\[%h\\]:%p --");
	if (status == 0)
		status = command_add_word(command, host);
	return status == 0 ? 0 : args_too_long(err);
}

static int args_add_jump(const struct args *args, const struct nk_ssh_plan *plan,
			 struct nk_err *err)
{
	nk_auto(ssh_jump) struct nk_ssh_jump jump = { .host = NULL };
	nk_auto(buf) struct nk_buf command = NK_BUF_INIT(SSH_ARGS_MAX);
	struct nk_ssh_policy policy = *plan->policy;
	struct nk_ssh_plan hop = *plan;

	if (strcmp(policy.jump, "none") == 0) {
		args_addf(args, "-oProxyJump=none");
		return 0;
	}
	if (nk_ssh_jump_parse(policy.jump, &jump, err) < 0)
		return -1;
	if (++hop.jumps > NK_SSH_JUMPS_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "--jump: over %d hosts", NK_SSH_JUMPS_MAX);
	/* Users, options and methods are of the host that was asked for. */
	policy.jump = jump.before;
	policy.auth = NULL;
	hop.policy = &policy;
	hop.options = NULL;
	hop.conf = NULL;
	hop.user = jump.user;
	hop.port = jump.port;
	if (jump_command(&hop, jump.host, &command, err) < 0)
		return -1;
	args_addf(args, "-oProxyCommand=%s", command.data);
	return 0;
}

int nk_ssh_child_args(const struct nk_ssh_plan *plan, struct nk_arena *arena,
		      struct nk_strings *words, struct nk_err *err)
{
	const struct args args = { arena, words };

	if (args_check(plan, err) < 0)
		return -1;
	arena->limit = SSH_ARGS_MAX;
	if (args_add_host(&args, plan, err) < 0)
		return -1;
	for (size_t i = 0; i < words->count; i++) {
		if (!words->items[i])
			return args_too_long(err);
	}
	return 0;
}

/* What the ssh program says, in the order of weight, for its last words are often only a
 * consequence. */
static const struct {
	const char *words;
	enum nk_domain domain;
	bool again;
} child_says[] = {
	{ "Host key verification failed", NK_E_CERT, false },
	{ "terminating, ", NK_E_USAGE, false },
	{ "Bad owner or permissions", NK_E_USAGE, false },
	{ "command-line: line ", NK_E_USAGE, false },
	{ "Can't open user config file", NK_E_USAGE, false },
	{ "Too many authentication failures", NK_E_AUTH, false },
	{ "Permission denied", NK_E_AUTH, false },
	{ "No more authentication methods", NK_E_AUTH, false },
	{ "Could not resolve hostname", NK_E_RESOLVE, false },
	{ "Unable to negotiate", NK_E_TLS, false },
	{ "no matching ", NK_E_TLS, false },
	{ "Corrupted MAC", NK_E_TLS, false },
	{ "authentication code incorrect", NK_E_TLS, false },
	{ "Bad packet length", NK_E_TLS, false },
	{ "subsystem request failed", NK_E_UNSUPPORTED, false },
	{ "exec request failed", NK_E_UNSUPPORTED, false },
	{ "Connection refused", NK_E_CONNECT, true },
	{ "No route to host", NK_E_CONNECT, true },
	{ "Network is unreachable", NK_E_CONNECT, true },
	{ "Timeout, server", NK_E_TIMEOUT, true },
	{ "timed out", NK_E_TIMEOUT, true },
	{ "stdio forwarding failed", NK_E_CONNECT, true },
	{ "Connection reset by", NK_E_LOST, true },
	{ "Connection closed by", NK_E_LOST, true },
	{ "closed by remote host", NK_E_LOST, true },
	{ "send disconnect", NK_E_LOST, true },
	{ "Broken pipe", NK_E_LOST, true },
	{ "invalid format", NK_E_PROTO, false },
	{ "Invalid SSH identification", NK_E_PROTO, false },
};

/* The line around a place in text, without its line end and full stop. */
static void line_at(const char *text, const char *place, char *line, size_t size)
{
	const char *start = place;
	size_t length = strcspn(place, "\r\n");

	while (start > text && start[-1] != '\n')
		start--;
	length += (size_t)(place - start);
	if (length > 0 && start[length - 1] == '.')
		length--;
	snprintf(line, size, "%.*s", (int)(length < size ? length : size - 1), start);
}

bool nk_ssh_child_is_loss(const char *line, size_t length)
{
	for (size_t i = 0; i < NK_COUNT(child_says); i++) {
		if (child_says[i].again &&
		    memmem(line, length, child_says[i].words, strlen(child_says[i].words)))
			return true;
	}
	return false;
}

/* What it says of a host key before it refuses it: the line at the first of these. */
static const char *const child_key_words[] = {
	"Offending ",
	"is marked as revoked",
	"host key is known for ",
};

/* Ways out of a refused host key; which key is meant stands in where, if it was said. */
static void blame_host_key(const char *text, const char *where, struct nk_err *err)
{
	bool is_changed = strstr(text, "HAS CHANGED") || strstr(text, "Offending ");
	bool is_revoked = strstr(text, "revoked") || strstr(text, "REVOKED");
	char removal[200] = "ssh-keygen -R";
	const char *said = strstr(text, "ssh-keygen -f ");

	if (said)
		line_at(text, said, removal, sizeof(removal));
	if (is_revoked)
		nk_fail(err, NK_E_CERT, 0, "Host key verification failed: %s", where);
	else if (is_changed)
		nk_fail(err, NK_E_CERT, 0,
			"Host key verification failed: %s; if the change is known to be right, %s "
			"removes the old key",
			where[0] ? where : "it has changed", removal + strspn(removal, " \t"));
	else
		nk_fail(err, NK_E_CERT, 0,
			"Host key verification failed: %s: --trust=tofu accepts and remembers the "
			"key it shows, --known-hosts=FILE names a file that knows it",
			where[0] ? where : "the host is not known");
}

int nk_ssh_child_blame(const char *text, struct nk_err *err)
{
	char line[320];
	char where[160] = "";

	for (size_t i = 0; i < NK_COUNT(child_key_words) && where[0] == '\0'; i++) {
		const char *found = strstr(text, child_key_words[i]);

		if (found)
			line_at(text, found, where, sizeof(where));
	}
	for (size_t i = 0; i < NK_COUNT(child_says); i++) {
		const char *found = strstr(text, child_says[i].words);

		if (!found)
			continue;
		line_at(text, found, line, sizeof(line));
		if (child_says[i].domain == NK_E_CERT)
			blame_host_key(text, where, err);
		else
			nk_fail(err, child_says[i].domain, 0, "%s%s%s", line, where[0] ? ": " : "",
				where);
		err->again = child_says[i].again;
		return -1;
	}
	return 0;
}
