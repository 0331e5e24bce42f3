/* sshconf_expand.c - ~, %-tokens and ${NAME} in the values of ssh_config(5). */
#include "sshconf_parse.h"

#include <pwd.h>
#include <unistd.h>

#include "netkit/digest.h"

/* What the reentrant lookup of a user may need; the longest name of a host. */
#define SSHCONF_PASSWD_MAX 16384
#define SSHCONF_HOST_MAX   256

#define SSHCONF_ALL_TOKENS "%CdhijkLlnpru"

const struct sshconf_expansion nk_sshconf_paths = {
	.tokens = SSHCONF_ALL_TOKENS,
	.has_tilde = true,
	.has_environment = true,
};
const struct sshconf_expansion nk_sshconf_plain = { .tokens = NULL, .has_tilde = true };
const struct sshconf_expansion nk_sshconf_proxies = { .tokens = "%hknpr", .is_for_shell = true };
const struct sshconf_expansion nk_sshconf_execs = {
	.tokens = SSHCONF_ALL_TOKENS,
	.is_for_shell = true,
};
static const struct sshconf_expansion sshconf_host_names = { .tokens = "%h" };

int nk_sshconf_port(const struct sshconf_state *state)
{
	return state->conf->port > 0 ? state->conf->port : 22;
}

const char *nk_sshconf_user(const struct sshconf_state *state)
{
	return state->conf->user ? state->conf->user : state->local_user;
}

/* The name of this machine; is_short: up to the first dot. */
static char *sshconf_local_host(bool is_short)
{
	char name[SSHCONF_HOST_MAX + 1] = "";

	if (gethostname(name, SSHCONF_HOST_MAX) < 0)
		return nk_strdup("");
	return nk_strndup(name, is_short ? strcspn(name, ".") : strlen(name));
}

/* %C: SHA-1 of %l%h%p%r. */
static int sshconf_hash(const struct sshconf_state *state, char **value, struct nk_err *err)
{
	nk_auto(digest) struct nk_digest *digest = NULL;
	nk_auto(str) char *here = sshconf_local_host(false);
	nk_auto(str) char *text = nk_format("%s%s%d%s", here, state->target, nk_sshconf_port(state),
					    nk_sshconf_user(state));
	char hash[NK_DIGEST_TEXT];

	if (nk_digest_new(NK_DIGEST_SHA1, &digest, err) < 0)
		return -1;
	nk_digest_add(digest, text, strlen(text));
	nk_digest_finish(digest, hash);
	*value = nk_strdup(hash);
	return 0;
}

static int sshconf_token(const struct sshconf_state *state, char token, char **value,
			 struct nk_err *err)
{
	const char *alias = state->conf->host_key_alias;
	const char *jump = state->conf->proxy_jump;

	switch (token) {
	case 'C':
		return sshconf_hash(state, value, err);
	case 'd':
		*value = nk_strdup(state->home);
		return 0;
	case 'h':
		*value = nk_strdup(state->target);
		return 0;
	case 'i':
		*value = nk_format("%lu", (unsigned long)getuid());
		return 0;
	case 'j':
		*value = nk_strdup(jump ? jump : "");
		return 0;
	case 'k':
		*value = nk_strdup(alias ? alias : state->query->host);
		return 0;
	case 'L':
	case 'l':
		*value = sshconf_local_host(token == 'L');
		return 0;
	case 'n':
		*value = nk_strdup(state->query->host);
		return 0;
	case 'p':
		*value = nk_format("%d", nk_sshconf_port(state));
		return 0;
	case 'r':
		*value = nk_strdup(nk_sshconf_user(state));
		return 0;
	case 'u':
		*value = nk_strdup(state->local_user);
		return 0;
	default:
		*value = nk_strdup("%");
		return 0;
	}
}

/*
 * Names that were typed, or came in a URL from anywhere, must be only names where a shell reads
 * them; what the files say is the user's own.
 */
static int sshconf_check_names(const struct sshconf_state *state, char token, struct nk_err *err)
{
	const char *name = strchr("hkn", token) ? state->query->host : NULL;

	if (token == 'r')
		name = state->query->user;
	if (!name)
		return 0;
	for (const char *at = name; *at != '\0'; at++) {
		if (*at < '!' || *at == 0x7f || strchr("'`\"$;&<>|(){}", *at))
			return nk_fail(err, NK_E_USAGE, 0,
				       "%s is not put into a command for the shell", name);
	}
	if (*name == '-' || (strchr(name, '\\') && token != 'r') ||
	    nk_text_is_same(name + strlen(name) - (*name != '\0'), "\\"))
		return nk_fail(err, NK_E_USAGE, 0, "%s is not put into a command for the shell",
			       name);
	return 0;
}

/* The value of the token or variable at *at, which is moved behind it. */
static int sshconf_next_value(const struct sshconf_state *state,
			      const struct sshconf_expansion *how, const char **at, char **value,
			      struct nk_err *err)
{
	if (**at == '%') {
		char token = (*at)[1];

		if (token == '\0' || !strchr(how->tokens, token))
			return nk_fail(err, NK_E_USAGE, 0, "unknown token %%%.1s in it", *at + 1);
		if (how->is_for_shell && sshconf_check_names(state, token, err) < 0)
			return -1;
		*at += 2;
		return sshconf_token(state, token, value, err);
	}
	size_t length = strcspn(*at + 2, "}");
	nk_auto(str) char *name = nk_strndup(*at + 2, length);
	const char *found = getenv(name);

	if ((*at)[2 + length] == '\0' || length == 0)
		return nk_fail(err, NK_E_USAGE, 0, "a variable without } or without a name");
	if (!found)
		return nk_fail(err, NK_E_USAGE, 0, "the variable %s is not set", name);
	*value = nk_strdup(found);
	*at += length + 3;
	return 0;
}

static bool sshconf_is_special(const struct sshconf_expansion *how, const char *at)
{
	return (how->tokens && *at == '%') ||
	       (how->has_environment && at[0] == '$' && at[1] == '{');
}

/* The folder of the user whose name this is; "" for our own. */
static int sshconf_home_of(const struct sshconf_state *state, const char *name, char **home,
			   struct nk_err *err)
{
	char space[SSHCONF_PASSWD_MAX];
	struct passwd entry;
	struct passwd *found = NULL;

	if (*name == '\0') {
		*home = nk_strdup(state->home);
		return 0;
	}
	if (getpwnam_r(name, &entry, space, sizeof(space), &found) != 0 || !found)
		return nk_fail(err, NK_E_USAGE, 0, "no user %s", name);
	*home = nk_strdup(found->pw_dir);
	return 0;
}

/* The head of path that ~ or ~user stands for, and what follows it; *home NULL: none. */
static int sshconf_split_tilde(const struct sshconf_state *state, const char *path, char **home,
			       const char **rest, struct nk_err *err)
{
	*rest = path;
	if (*path != '~')
		return 0;
	nk_auto(str) char *name = nk_strndup(path + 1, strcspn(path + 1, "/"));

	*rest = path + 1 + strlen(name);
	return sshconf_home_of(state, name, home, err);
}

int nk_sshconf_expand(const struct sshconf_state *state, const char *text,
		      const struct sshconf_expansion *how, char **out, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf made = NK_BUF_INIT(SSHCONF_VALUE_MAX);
	nk_auto(str) char *home = NULL;
	const char *at = text;
	int added;

	if (how->has_tilde && sshconf_split_tilde(state, text, &home, &at, err) < 0)
		return -1;
	added = nk_buf_add_text(&made, home ? home : "");
	while (*at != '\0' && added == 0) {
		nk_auto(str) char *value = NULL;

		if (!sshconf_is_special(how, at)) {
			added = nk_buf_add_char(&made, *at++);
			continue;
		}
		if (sshconf_next_value(state, how, &at, &value, err) < 0)
			return -1;
		added = nk_buf_add_text(&made, value);
	}
	if (added < 0)
		return nk_fail(err, NK_E_USAGE, 0, "longer than %zu bytes", SSHCONF_VALUE_MAX);
	*out = nk_strdup(made.data);
	return 0;
}

int nk_sshconf_find_target(struct sshconf_state *state, struct nk_err *err)
{
	char *target = NULL;

	/* What the first pass found is not expanded again. */
	if (state->is_final)
		return 0;
	free(state->target);
	state->target = nk_strdup(state->query->host);
	if (state->conf->host_name) {
		if (nk_sshconf_expand(state, state->conf->host_name, &sshconf_host_names, &target,
				      err) < 0)
			return nk_wrap(err, "HostName %s", state->conf->host_name);
		free(state->target);
		state->target = target;
	}
	return 0;
}
