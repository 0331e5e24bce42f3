/* creds.c - where the user and the secret come from, in the order of CLI.md 7. */
#include "netkit/creds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "command.h"
#include "netkit/netrc.h"
#include "netkit/prompt.h"

void nk_creds_setup(struct nk_creds *creds, const struct nk_creds_policy *policy, const char *host,
		    const char *url_user)
{
	bool is_urls = url_user && (policy->is_user_usual || !policy->user);

	creds->policy = policy;
	creds->host = host;
	creds->user = nk_strdup(is_urls ? url_user : policy->user);
	pthread_mutex_init(&creds->lock, NULL);
	/* It may hold the password still when a program is started. */
	if (policy->password_fd > STDERR_FILENO)
		(void)fcntl(policy->password_fd, F_SETFD, FD_CLOEXEC);
}

/* One secret from a file, "-" for standard input. */
static int creds_read_file(const char *path, struct nk_secret *secret, struct nk_err *err)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return nk_fail(err, NK_E_USAGE, errno, "%s: %s", path, strerror(errno));
	result = nk_secret_read(secret, fd, path, err);
	if (fd != STDIN_FILENO)
		close(fd);
	return result;
}

/* 1: an option named the source and it answered; 0: none does; -1. */
static int creds_from_options(const struct nk_creds_policy *policy, struct nk_secret *secret,
			      struct nk_err *err)
{
	int result = 0;

	if (policy->given)
		result = nk_secret_set(secret, policy->given->bytes, policy->given->len, err);
	else if (policy->password_fd >= 0)
		result = nk_secret_read(secret, policy->password_fd, "--password-fd", err);
	else if (policy->password_stdin)
		result = nk_secret_read(secret, STDIN_FILENO, "--password-stdin", err);
	else if (policy->password_file)
		result = creds_read_file(policy->password_file, secret, err);
	else if (policy->password_command)
		result = nk_command_secret(policy->password_command, secret, err);
	else
		return 0;
	return result < 0 ? -1 : 1;
}

/* systemd's $CREDENTIALS_DIRECTORY/netkit.PROFILE, netkit.HOST or netkit.default; of a proxy, whose
 * host alone may name it, netkit.HOST. 1, 0 or -1. */
static int creds_from_directory(const struct nk_creds *creds, struct nk_secret *secret,
				struct nk_err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	bool is_proxy = creds->policy->is_proxy;
	const char *const names[] = { is_proxy ? NULL : creds->policy->profile, creds->host,
				      is_proxy ? NULL : "default" };

	for (size_t i = 0; folder && i < NK_COUNT(names); i++) {
		if (!names[i] || strchr(names[i], '/'))
			continue;
		nk_auto(str) char *path = nk_format("%s/netkit.%s", folder, names[i]);

		if (access(path, F_OK) == 0)
			return creds_read_file(path, secret, err) < 0 ? -1 : 1;
	}
	return 0;
}

/* Fill in what netrc knows: the login when there is none yet, the password when it fits. */
static int creds_from_netrc(struct nk_creds *creds, struct nk_err *err)
{
	nk_auto(netrc_entry) struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	int found;

	bool is_needed = !creds->user || !nk_secret_is_set(&creds->password);

	if (creds->policy->no_netrc || !is_needed)
		return 0;
	found = nk_netrc_look_up(creds->policy->netrc, creds->host, creds->user, &entry, err);
	if (found <= 0 || (entry.is_default && creds->policy->is_proxy))
		return found < 0 ? -1 : 0;
	if (!creds->user)
		creds->user = nk_take(entry.login);
	if (nk_secret_is_set(&entry.password) && !nk_secret_is_set(&creds->password))
		return nk_secret_set(&creds->password, entry.password.bytes, entry.password.len,
				     err);
	return 0;
}

static int creds_look_up(struct nk_creds *creds, struct nk_err *err)
{
	int result;

	if (creds->is_looked_up)
		return 0;
	result = creds_from_options(creds->policy, &creds->password, err);
	if (result == 0)
		result = creds_from_directory(creds, &creds->password, err);
	if (result < 0 || creds_from_netrc(creds, err) < 0)
		return -1;
	creds->is_looked_up = true;
	return 0;
}

int nk_creds_user(struct nk_creds *creds, const char **user, struct nk_err *err)
{
	int result = 0;

	pthread_mutex_lock(&creds->lock);
	/* Only netrc can still name one, and only then is anything read this early. */
	if (!creds->user)
		result = creds_look_up(creds, err);
	if (result == 0)
		*user = creds->user;
	pthread_mutex_unlock(&creds->lock);
	return result;
}

/* What would have answered. */
static const char *creds_ways(const struct nk_creds *creds)
{
	return creds->policy->is_proxy
		       ? "a netrc entry, a file in $CREDENTIALS_DIRECTORY, or ALL_PROXY"
		       : "--password-file, --password-fd, --password-stdin, --password-command or "
			 "a netrc entry";
}

static int creds_ask(struct nk_creds *creds, const char *before, struct nk_err *err)
{
	nk_auto(str) char *question = NULL;

	if (creds->policy->no_input)
		return nk_fail(err, NK_E_AUTH, 0, "%s: no password for %s: give %s", creds->host,
			       creds->user ? creds->user : "the login", creds_ways(creds));
	question = nk_format("%sPassword for %s@%s%s: ", before, creds->user ? creds->user : "",
			     creds->host, creds->policy->is_proxy ? ", the proxy" : "");
	creds->is_typed = true;
	creds->is_proven = false;
	if (nk_prompt_secret(question, &creds->password, err) < 0) {
		if (err->domain != NK_E_AUTH)
			return -1;
		return nk_fail(err, NK_E_AUTH, 0,
			       "%s: no password for %s and no terminal to ask on: give %s",
			       creds->host, creds->user ? creds->user : "the login",
			       creds_ways(creds));
	}
	return 0;
}

int nk_creds_password(struct nk_creds *creds, const struct nk_secret **password, struct nk_err *err)
{
	int result;

	pthread_mutex_lock(&creds->lock);
	result = creds_look_up(creds, err);
	if (result == 0 && !nk_secret_is_set(&creds->password))
		result = creds_ask(creds, "", err);
	if (result == 0)
		*password = &creds->password;
	pthread_mutex_unlock(&creds->lock);
	return result;
}

int nk_creds_is_given(struct nk_creds *creds, struct nk_err *err)
{
	int result;

	pthread_mutex_lock(&creds->lock);
	result = creds_look_up(creds, err);
	if (result == 0)
		result = nk_secret_is_set(&creds->password);
	pthread_mutex_unlock(&creds->lock);
	return result;
}

/* The one at hand is what was refused: ask for another. Another thread may have done so. */
static int creds_replace(struct nk_creds *creds, const struct nk_secret *refused,
			 struct nk_err *err)
{
	const struct nk_secret *have = &creds->password;

	if (have->len != refused->len || memcmp(have->bytes, refused->bytes, have->len) != 0)
		return 0;
	if (!creds->is_typed)
		return nk_fail(err, NK_E_AUTH, 0, "%s: the password of %s was refused", creds->host,
			       creds->user ? creds->user : "the login");
	return creds_ask(creds, "Wrong. ", err);
}

int nk_creds_copy(struct nk_creds *creds, const struct nk_secret *refused, struct nk_secret *copy,
		  struct nk_err *err)
{
	int result;

	pthread_mutex_lock(&creds->lock);
	result = creds_look_up(creds, err);
	if (result == 0 && !nk_secret_is_set(&creds->password))
		result = creds_ask(creds, "", err);
	else if (result == 0 && refused)
		result = creds_replace(creds, refused, err);
	if (result == 0)
		result = nk_secret_set(copy, creds->password.bytes, creds->password.len, err);
	pthread_mutex_unlock(&creds->lock);
	return result;
}

void nk_creds_prove(struct nk_creds *creds)
{
	pthread_mutex_lock(&creds->lock);
	creds->is_proven = true;
	pthread_mutex_unlock(&creds->lock);
}

bool nk_creds_is_doubtful(struct nk_creds *creds)
{
	bool is_doubtful;

	pthread_mutex_lock(&creds->lock);
	is_doubtful = creds->is_typed && !creds->is_proven;
	pthread_mutex_unlock(&creds->lock);
	return is_doubtful;
}

void nk_creds_release(struct nk_creds *creds)
{
	if (!creds->policy)
		return;
	nk_secret_release(&creds->password);
	free(creds->user);
	pthread_mutex_destroy(&creds->lock);
	creds->policy = NULL;
}
