/* shellplace.c - where a prompt stands: its server, its folders, local ones. */
#include "shell.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lineedit.h"
#include "listings.h"
#include "netkit/secret.h"
#include "policies.h"

/* What a stat keeps: a name and a link's target. */
#define STAT_ARENA_MAX ((size_t)64 * 1024)

void nk_shell_close(struct nk_shell *shell)
{
	nk_opener_drop(shell->ctx->opener);
	nk_url_release(&shell->url);
	shell->url = (struct nk_url)NK_URL_INIT;
	shell->session = NULL;
	shell->is_untried = false;
	shell->has_connected = false;
	free(nk_take(shell->cwd));
	if (shell->listings)
		nk_listings_clear(shell->listings);
}

void nk_shell_release(struct nk_shell *shell)
{
	nk_shell_close(shell);
	nk_lineedit_free(nk_take(shell->editor));
	free(nk_take(shell->listings));
}

/* "ftp://host:port" of what was typed. */
static char *url_text(const char *scheme, const char *host, const char *port)
{
	const char *colon = strchr(host, ':');
	bool is_bare = host[0] != '[' && colon && strchr(colon + 1, ':');
	nk_auto(str) char *named = nk_format(is_bare ? "[%s]" : "%s", host);

	if (nk_url_is_url(host))
		return nk_strdup(host);
	return port ? nk_format("%s://%s:%s", scheme, named, port)
		    : nk_format("%s://%s", scheme, named);
}

static int open_text(struct nk_shell *shell, const char *host, const char *port, struct nk_err *err)
{
	nk_auto(str) char *text = url_text(shell->ctx->applet->schemes[0].name, host, port);
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	struct nk_session *session;
	const struct nk_secret *password;

	if (port && nk_url_is_url(host)) {
		nk_auto(str) char *label = nk_operand_label(host);

		return nk_fail(err, NK_E_USAGE, 0,
			       "%s names its port itself: '%s' cannot follow it", label, port);
	}
	if (nk_url_parse(&url, text, err) < 0 ||
	    nk_opener_session(shell->ctx->opener, text, &session, NULL, err) < 0)
		return -1;
	nk_shell_close(shell);
	shell->url = url;
	url = (struct nk_url)NK_URL_INIT;
	shell->session = session;
	shell->is_untried = true;
	nk_shell_enter(shell, shell->url.path[0] != '\0' ? shell->url.path : "/~");
	/* The commands come by stdin too: what is its first line must be read before them. */
	if (session->creds.policy->password_stdin)
		return nk_creds_password(&session->creds, &password, err);
	return 0;
}

int nk_shell_open(struct nk_shell *shell, const char *host, const char *port, struct nk_err *err)
{
	nk_auto(str) char *text = NULL;

	if (nk_policies_expand(shell->ctx->policies, host, &text, err) < 0)
		return -1;
	return open_text(shell, text, port, err);
}

void nk_shell_enter(struct nk_shell *shell, const char *path)
{
	nk_auto(str) char *trimmed = nk_path_trim(path[0] != '\0' ? path : "/");

	free(shell->cwd);
	shell->cwd = nk_path_join(trimmed, "");
}

/* Drop the last component of path, which ends in a slash; false when there is none to drop. */
static bool go_up(char *path)
{
	size_t length = strlen(path) - 1;
	size_t start = length;

	while (start > 0 && path[start - 1] != '/')
		start--;
	/* What is above the login folder, or above a "..", only the server knows. */
	if (length == 0 || (length - start == 1 && path[start] == '~' && start == 1) ||
	    (length - start == 2 && memcmp(path + start, "..", 2) == 0))
		return false;
	path[start] = '\0';
	return true;
}

/* What a word means in a folder, which ends in a slash; a new string. */
static char *path_in(const char *folder, const char *word)
{
	char *path = nk_strdup(word[0] == '/' ? "/" : folder);

	while (*word != '\0') {
		size_t length = strcspn(word, "/");
		bool is_up = length == 2 && memcmp(word, "..", 2) == 0;
		bool is_here = length == 0 || (length == 1 && *word == '.');
		const char *slash = word[length] == '/' || is_up ? "/" : "";

		if (!is_here && !(is_up && (strcmp(path, "/") == 0 || go_up(path)))) {
			char *longer = nk_format("%s%.*s%s", path, (int)length, word, slash);

			free(path);
			path = longer;
		}
		word += length + (word[length] == '/');
	}
	return path;
}

char *nk_shell_path(const struct nk_shell *shell, const char *word)
{
	return path_in(shell->cwd, word);
}

/* The text as a pattern that matches nothing else; a new string. */
static char *quoted(const char *text)
{
	char *pattern = nk_alloc(2 * strlen(text) + 1);
	char *out = pattern;

	for (; *text != '\0'; text++) {
		if (strchr("*?[\\", *text))
			*out++ = '\\';
		*out++ = *text;
	}
	return pattern;
}

int nk_shell_glob(struct nk_shell *shell, const char *pattern, struct nk_paths *paths,
		  struct nk_err *err)
{
	struct nk_fs *fs;

	if (nk_shell_mount(shell, &fs, err) < 0)
		return -1;
	nk_auto(str) char *folder = quoted(shell->cwd);
	nk_auto(str) char *whole = path_in(folder, pattern);

	return nk_glob_paths(fs, whole, paths, err);
}

int nk_shell_url(const struct nk_shell *shell, const char *word, char **url, struct nk_err *err)
{
	if (nk_url_is_url(word)) {
		*url = nk_strdup(word);
		return 0;
	}
	if (!shell->session)
		return nk_fail(err, NK_E_USAGE, 0, "not connected: open HOST");
	nk_auto(str) char *path = nk_shell_path(shell, word);

	*url = nk_url_format(shell->url.scheme, shell->url.user, shell->url.host, shell->url.port,
			     path);
	return 0;
}

int nk_shell_mount(struct nk_shell *shell, struct nk_fs **fs, struct nk_err *err)
{
	const struct nk_place place = { .ops = shell->ctx->applet->fs, .session = shell->session };

	if (!shell->session)
		return nk_fail(err, NK_E_USAGE, 0, "not connected: open HOST");
	shell->is_untried = false;
	if (nk_opener_mount(shell->ctx->opener, &place, fs, err) < 0)
		return -1;
	shell->has_connected = true;
	return 0;
}

int nk_shell_go(struct nk_shell *shell, const char *path, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(STAT_ARENA_MAX);
	nk_auto(str) char *trimmed = nk_path_trim(path);
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_fs *fs;

	if (nk_shell_mount(shell, &fs, err) < 0)
		return -1;
	/* The login folder is one. */
	entry.kind = NK_KIND_DIR;
	if (strcmp(trimmed, "/~") != 0 && nk_fs_stat(fs, trimmed, &arena, &entry, err) < 0) {
		if (err->domain != NK_E_UNSUPPORTED)
			return -1;
		entry.kind = NK_KIND_DIR; /* nobody can tell: the next command will */
	}
	if (entry.kind == NK_KIND_FILE)
		return nk_fail(err, NK_E_MISSING, 0, "%s: not a folder", trimmed);
	nk_shell_enter(shell, trimmed);
	return 0;
}

/* --- what commands of all prompts do --- */

int nk_shell_enter_local(const char *folder, struct nk_err *err)
{
	const char *home = getenv("HOME");

	folder = folder ? folder : home ? home : "/";
	if (chdir(folder) < 0)
		return nk_fail_errno(err, nk_domain_of_errno(errno, NK_E_READ), "%s", folder);
	return 0;
}

int nk_shell_local(const char *command, struct nk_err *err)
{
	int status = system(*command ? command : "exec ${SHELL:-sh}");

	if (status < 0)
		return nk_fail_errno(err, NK_E_READ, "the shell");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return nk_fail(err, NK_E_NEGATIVE, 0, "the command ended with status %d",
		       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}
