/* sshconf.c - what ssh_config(5) and options say about one host. */
#include "netkit/sshconf.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "sshconf_parse.h"

/* What the reentrant lookup of a user may need. */
#define SSHCONF_USER_MAX 16384

void nk_sshconf_state_release(struct sshconf_state *state)
{
	free(state->home);
	free(state->local_user);
	free(state->host);
	free(state->target);
	free(state->ignored_unknown);
	free(state->tag);
}

/* Who we are here; a user without an entry goes by number. */
void nk_sshconf_find_user(struct sshconf_state *state)
{
	char space[SSHCONF_USER_MAX];
	struct passwd entry;
	struct passwd *found = NULL;
	const char *home = state->query->home ? state->query->home : getenv("HOME");

	if (getpwuid_r(getuid(), &entry, space, sizeof(space), &found) != 0)
		found = NULL;
	state->local_user =
		found ? nk_strdup(found->pw_name) : nk_format("%lu", (unsigned long)getuid());
	if (!home || *home == '\0')
		home = found ? found->pw_dir : "/";
	state->home = nk_strdup(home);
}

/* ---- reading ---- */

static int sshconf_read_options(struct sshconf_state *state, struct nk_err *err)
{
	const struct nk_strings *options = state->query->options;

	state->source = (struct sshconf_source){ .is_users = true };
	state->is_active = true;
	for (size_t i = 0; options && i < options->count; i++) {
		nk_auto(sshconf_line) struct sshconf_line line = SSHCONF_LINE_INIT;
		const char *text = options->items[i];
		int more = nk_sshconf_line_split(text, strlen(text), &line, err);

		if (more < 0 || (more == 1 && nk_sshconf_apply(state, &line, err) < 0))
			return nk_wrap(err, "-o");
	}
	return 0;
}

/* One of the files that are read without being named; it may be missing. */
static int sshconf_read_usual(struct sshconf_state *state, const struct sshconf_file *file,
			      struct nk_err *err)
{
	state->is_active = true;
	return nk_sshconf_read_file(state, file, err) < 0 ? -1 : 0;
}

static int sshconf_read_files(struct sshconf_state *state, struct nk_err *err)
{
	const char *named = state->query->file;
	nk_auto(str) char *own = nk_format("%s/.ssh/config", state->home);
	struct sshconf_file file = { .path = named, .is_users = true };
	int result;

	if (named && nk_text_is_same(named, "none"))
		return 0;
	if (named) {
		/* As OpenSSH does: whoever names a file answers for who can write to it. */
		state->is_active = true;
		result = nk_sshconf_read_file(state, &file, err);
		return result == 0
			       ? nk_fail(err, NK_E_USAGE, errno, "%s: %s", named, strerror(errno))
			       : result;
	}
	file.path = own;
	file.is_checked = true;
	if (sshconf_read_usual(state, &file, err) < 0)
		return -1;
	file = (struct sshconf_file){ .path = state->query->system_file ? state->query->system_file
									: SSHCONF_SYSTEM_FILE };
	return sshconf_read_usual(state, &file, err);
}

/* The name to connect to, as far as all lines but "Match final" have one; then in lower case. */
static int sshconf_settle_target(struct sshconf_state *state, struct nk_err *err)
{
	if (nk_sshconf_find_target(state, err) < 0)
		return -1;
	for (char *at = state->target; *at != '\0'; at++)
		*at = *at >= 'A' && *at <= 'Z' ? (char)(*at + ('a' - 'A')) : *at;
	return 0;
}

/* The second pass, in which "Match final" and canonical hold and Host means the target. */
static int sshconf_read_again(struct sshconf_state *state, struct nk_err *err)
{
	state->is_final = true;
	free(state->host);
	state->host = nk_strdup(state->target);
	free(state->conf->host_name);
	state->conf->host_name = nk_strdup(state->target);
	return sshconf_read_files(state, err);
}

/* ---- what was read, made ready for use ---- */

static int sshconf_expand_text(const struct sshconf_state *state,
			       const struct sshconf_expansion *how, char **field,
			       struct nk_err *err)
{
	char *made = NULL;

	if (!*field)
		return 0;
	if (nk_sshconf_expand(state, *field, how, &made, err) < 0)
		return nk_wrap(err, "%s", *field);
	free(*field);
	*field = made;
	return 0;
}

/* Expand the paths; "none" falls out. */
static int sshconf_expand_files(const struct sshconf_state *state,
				const struct sshconf_expansion *how, struct nk_sshconf_files *files,
				struct nk_err *err)
{
	int kept = 0;

	for (int i = 0; i < files->count; i++) {
		char *path = nk_take(files->items[i]);

		if (nk_text_is_same(path, "none")) {
			free(path);
			continue;
		}
		files->items[kept++] = path;
	}
	files->count = kept;
	for (int i = 0; i < kept; i++) {
		if (sshconf_expand_text(state, how, &files->items[i], err) < 0)
			return -1;
	}
	return 0;
}

/* "$NAME" and "SSH_AUTH_SOCK" stay as they are: the environment is looked at when it is used. */
static int sshconf_finish_agent(const struct sshconf_state *state, struct nk_err *err)
{
	const char *agent = state->conf->identity_agent;

	if (agent && agent[0] == '$' && agent[1] != '{')
		return 0;
	if (sshconf_expand_text(state, &nk_sshconf_paths, &state->conf->identity_agent, err) < 0)
		return nk_wrap(err, "IdentityAgent");
	return 0;
}

static int sshconf_finish(struct sshconf_state *state, struct nk_err *err)
{
	struct nk_sshconf *conf = state->conf;

	if (sshconf_expand_files(state, &nk_sshconf_paths, &conf->identities, err) < 0)
		return nk_wrap(err, "IdentityFile");
	if (sshconf_expand_files(state, &nk_sshconf_paths, &conf->certificates, err) < 0)
		return nk_wrap(err, "CertificateFile");
	if (sshconf_expand_files(state, &nk_sshconf_paths, &conf->known_hosts, err) < 0)
		return nk_wrap(err, "UserKnownHostsFile");
	if (sshconf_expand_files(state, &nk_sshconf_plain, &conf->system_known_hosts, err) < 0)
		return nk_wrap(err, "GlobalKnownHostsFile");
	if (sshconf_finish_agent(state, err) < 0)
		return -1;
	if (sshconf_expand_text(state, &nk_sshconf_proxies, &conf->proxy_jump, err) < 0)
		return nk_wrap(err, "ProxyJump");
	if (sshconf_expand_text(state, &nk_sshconf_proxies, &conf->proxy_command, err) < 0)
		return nk_wrap(err, "ProxyCommand");
	if (conf->host_name) {
		free(conf->host_name);
		conf->host_name = nk_strdup(state->target);
	}
	return 0;
}

int nk_sshconf_load(const struct nk_sshconf_query *query, struct nk_sshconf *conf,
		    struct nk_err *err)
{
	nk_auto(sshconf) struct nk_sshconf found = NK_SSHCONF_INIT;
	nk_auto(sshconf_state) struct sshconf_state state = { .query = query, .conf = &found };

	nk_sshconf_find_user(&state);
	state.host = nk_strdup(query->host);
	found.user = nk_strdup(query->user);
	found.port = query->port > 0 ? query->port : -1;
	if (sshconf_read_options(&state, err) < 0 || sshconf_read_files(&state, err) < 0 ||
	    sshconf_settle_target(&state, err) < 0)
		return -1;
	if (state.wants_final && sshconf_read_again(&state, err) < 0)
		return -1;
	if (sshconf_finish(&state, err) < 0)
		return -1;
	*conf = found;
	found = (struct nk_sshconf)NK_SSHCONF_INIT;
	return 0;
}

static void sshconf_files_release(struct nk_sshconf_files *files)
{
	for (int i = 0; i < files->count; i++)
		free(files->items[i]);
}

void nk_sshconf_release(struct nk_sshconf *conf)
{
	sshconf_files_release(&conf->identities);
	sshconf_files_release(&conf->certificates);
	sshconf_files_release(&conf->known_hosts);
	sshconf_files_release(&conf->system_known_hosts);
	free(conf->host_name);
	free(conf->user);
	free(conf->identity_agent);
	free(conf->host_key_alias);
	free(conf->host_key_algorithms);
	free(conf->ciphers);
	free(conf->kex_algorithms);
	free(conf->macs);
	free(conf->pubkey_algorithms);
	free(conf->authentications);
	free(conf->proxy_jump);
	free(conf->proxy_command);
	free(conf->bind_address);
	free(conf->why);
	*conf = (struct nk_sshconf)NK_SSHCONF_INIT;
}
