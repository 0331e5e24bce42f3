/* netrc.c - the netrc file (ftp(1)). */
#include "netkit/netrc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longest token: a password is the longest thing in it. */
#define NETRC_TOKEN_MAX NK_SECRET_MAX

struct netrc_reader {
	const char *at;
	const char *end;
	int line;
	char token[NETRC_TOKEN_MAX + 1];
};

static bool netrc_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Skip white space, the commas ftp(1) takes for it, and, at the start of a word, comments. */
static void netrc_skip(struct netrc_reader *reader)
{
	for (; reader->at < reader->end; reader->at++) {
		if (*reader->at == '#') {
			while (reader->at + 1 < reader->end && reader->at[1] != '\n')
				reader->at++;
		} else if (!netrc_is_space(*reader->at) && *reader->at != ',') {
			return;
		} else if (*reader->at == '\n') {
			reader->line++;
		}
	}
}

/* The next byte of a quoted token, escapes resolved (curl: \n \r \t, else the byte itself). */
static char netrc_escaped(struct netrc_reader *reader)
{
	char c = *reader->at;

	if (c != '\\' || reader->at + 1 == reader->end)
		return c;
	c = *++reader->at;
	if (c == 'n')
		return '\n';
	if (c == 'r')
		return '\r';
	return c == 't' ? '\t' : c;
}

/* Read the rest of a token into reader->token. is_quoted: until the closing quote. */
static int netrc_token_rest(struct netrc_reader *reader, bool is_quoted, struct nk_err *err)
{
	size_t length = 0;

	for (; reader->at < reader->end; reader->at++) {
		char c = *reader->at;

		if (is_quoted ? c == '"' : netrc_is_space(c))
			break;
		if (is_quoted && c == '\n')
			return nk_fail(err, NK_E_USAGE, 0, "line %d: a quote has no end",
				       reader->line);
		c = is_quoted ? netrc_escaped(reader) : c;
		if (length == NETRC_TOKEN_MAX || c == '\0')
			return nk_fail(err, NK_E_USAGE, 0,
				       "line %d: a word is too long or holds NUL", reader->line);
		reader->token[length++] = c;
	}
	reader->token[length] = '\0';
	if (!is_quoted)
		return 1;
	if (reader->at == reader->end)
		return nk_fail(err, NK_E_USAGE, 0, "line %d: a quote has no end", reader->line);
	reader->at++;
	return 1;
}

/* The value after a keyword: any bytes up to white space, or quoted; '#' may begin it. */
static int netrc_value(struct netrc_reader *reader, struct nk_err *err)
{
	while (reader->at < reader->end && netrc_is_space(*reader->at)) {
		if (*reader->at == '\n')
			reader->line++;
		reader->at++;
	}
	if (reader->at == reader->end)
		return nk_fail(err, NK_E_USAGE, 0, "line %d: a word is missing", reader->line);
	if (*reader->at == '"') {
		reader->at++;
		return netrc_token_rest(reader, true, err);
	}
	return netrc_token_rest(reader, false, err);
}

/* The next keyword. 1, 0 at the end, -1. */
static int netrc_keyword(struct netrc_reader *reader, struct nk_err *err)
{
	netrc_skip(reader);
	if (reader->at == reader->end)
		return 0;
	return netrc_token_rest(reader, false, err);
}

/* A macro's body goes to the first empty line. */
static void netrc_skip_macro(struct netrc_reader *reader)
{
	bool is_empty = false; /* the line so far; the first one is the macro's name */

	for (; reader->at < reader->end; reader->at++) {
		if (*reader->at == '\n') {
			if (is_empty)
				return;
			reader->line++;
			is_empty = true;
		} else if (*reader->at != '\r') {
			is_empty = false;
		}
	}
}

/* What the entry being read says, and whether it is for our host. */
struct netrc_state {
	bool is_ours;
	struct nk_netrc_entry entry;
};

static bool netrc_is_complete(const struct netrc_state *state, const char *login)
{
	if (!state->is_ours)
		return false;
	return !login || (state->entry.login && strcmp(state->entry.login, login) == 0) ||
	       (!state->entry.login && nk_secret_is_set(&state->entry.password));
}

/* One keyword inside an entry. */
static int netrc_field(struct netrc_reader *reader, struct netrc_state *state, struct nk_err *err)
{
	bool is_login = strcmp(reader->token, "login") == 0;
	bool is_password = strcmp(reader->token, "password") == 0;

	/* The word is not shown: most often it is the rest of a password with a space in it. */
	if (!is_login && !is_password && strcmp(reader->token, "account") != 0)
		return nk_fail(err, NK_E_USAGE, 0,
			       "line %d: an unknown word where a keyword was expected (a value "
			       "with spaces is written in quotes)",
			       reader->line);
	if (netrc_value(reader, err) < 0)
		return -1;
	if (!state->is_ours)
		return 0;
	if (is_login) {
		free(state->entry.login);
		state->entry.login = nk_strdup(reader->token);
	} else if (is_password) {
		return nk_secret_set(&state->entry.password, reader->token, strlen(reader->token),
				     err);
	}
	return 0;
}

/* A new entry begins: 1 when the one before it was the answer. */
static int netrc_machine(struct netrc_reader *reader, struct netrc_state *state, const char *host,
			 const char *login, struct nk_err *err)
{
	bool is_default = strcmp(reader->token, "default") == 0;

	if (netrc_is_complete(state, login))
		return 1;
	nk_netrc_entry_release(&state->entry);
	state->is_ours = true;
	state->entry.is_default = is_default;
	if (is_default)
		return 0;
	if (netrc_value(reader, err) < 0)
		return -1;
	state->is_ours = strcasecmp(reader->token, host) == 0;
	return 0;
}

static int netrc_scan(struct netrc_reader *reader, struct netrc_state *state, const char *host,
		      const char *login, struct nk_err *err)
{
	for (;;) {
		int more = netrc_keyword(reader, err);
		int result = 0;

		if (more < 0)
			return -1;
		if (more == 0)
			return netrc_is_complete(state, login) ? 1 : 0;
		if (strcmp(reader->token, "machine") == 0 || strcmp(reader->token, "default") == 0)
			result = netrc_machine(reader, state, host, login, err);
		else if (strcmp(reader->token, "macdef") == 0)
			netrc_skip_macro(reader);
		else
			result = netrc_field(reader, state, err);
		if (result != 0)
			return result;
	}
}

int nk_netrc_find(const char *text, size_t length, const char *host, const char *login,
		  struct nk_netrc_entry *entry, struct nk_err *err)
{
	struct netrc_reader *reader = nk_alloc(sizeof(*reader));
	struct netrc_state state = { .is_ours = false };
	int found;

	reader->at = text;
	reader->end = text + length;
	reader->line = 1;
	found = netrc_scan(reader, &state, host, login, err);
	nk_secret_wipe(reader->token, sizeof(reader->token));
	free(reader);
	if (found == 1)
		*entry = state.entry;
	else
		nk_netrc_entry_release(&state.entry);
	return found;
}

int nk_netrc_next_machine(const char *text, size_t length, size_t *at, char **host,
			  struct nk_err *err)
{
	struct netrc_reader *reader = nk_alloc(sizeof(*reader));
	int found;

	reader->at = text + *at;
	reader->end = text + length;
	reader->line = 1;
	for (;;) {
		found = netrc_keyword(reader, err);
		if (found != 1)
			break;
		if (strcmp(reader->token, "macdef") == 0) {
			netrc_skip_macro(reader);
			continue;
		}
		if (strcmp(reader->token, "default") == 0)
			continue;
		bool is_machine = strcmp(reader->token, "machine") == 0;

		found = netrc_value(reader, err);
		if (found != 1)
			break;
		if (is_machine) {
			*host = nk_strdup(reader->token);
			*at = (size_t)(reader->at - text);
			break;
		}
	}
	nk_secret_wipe(reader->token, sizeof(reader->token));
	free(reader);
	return found;
}

/* The whole file, at most NK_NETRC_MAX bytes; text is owned by the caller, who wipes it. */
static int netrc_read_file(int fd, const char *path, char **text, size_t *length,
			   struct nk_err *err)
{
	char *bytes = nk_alloc(NK_NETRC_MAX + 1);
	size_t have = 0;

	for (;;) {
		ssize_t got = read(fd, bytes + have, NK_NETRC_MAX + 1 - have);

		if (got == 0)
			break;
		if (got < 0 || (have += (size_t)got) > NK_NETRC_MAX) {
			nk_secret_wipe(bytes, have);
			free(bytes);
			return got < 0 ? nk_fail(err, NK_E_USAGE, errno, "%s: %s", path,
						 strerror(errno))
				       : nk_fail(err, NK_E_USAGE, 0, "%s: too large", path);
		}
	}
	*text = bytes;
	*length = have;
	return 0;
}

static int netrc_search(int fd, const char *path, const char *host, const char *login,
			struct nk_netrc_entry *entry, struct nk_err *err)
{
	nk_auto(netrc_entry) struct nk_netrc_entry found = NK_NETRC_ENTRY_INIT;
	struct stat st;
	char *text = NULL;
	size_t length = 0;
	int result;

	if (netrc_read_file(fd, path, &text, &length, err) < 0)
		return -1;
	result = nk_netrc_find(text, length, host, login, &found, err);
	nk_secret_wipe(text, length);
	free(text);
	if (result < 0)
		return nk_wrap(err, "%s", path);
	if (result == 0)
		return 0;
	if (nk_secret_is_set(&found.password) && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) != 0)
		return nk_fail(err, NK_E_USAGE, 0,
			       "%s: others can read the passwords in it: chmod 600, or --no-netrc",
			       path);
	*entry = found;
	found = (struct nk_netrc_entry)NK_NETRC_ENTRY_INIT;
	return 1;
}

/* *fd: the file, -1 when there is no usual one; *file: its path, a new string. */
static int netrc_open(const char *path, int *fd, char **file, struct nk_err *err)
{
	bool is_asked_for = path && path[0] != '\0';
	const char *named = is_asked_for ? path : getenv("NETRC");
	const char *home = getenv("HOME");

	*file = named ? nk_strdup(named) : home ? nk_format("%s/.netrc", home) : NULL;
	*fd = *file ? open(*file, O_RDONLY | O_CLOEXEC) : -1;
	if (*fd < 0 && is_asked_for)
		return nk_fail(err, NK_E_USAGE, errno, "%s: %s", *file, strerror(errno));
	return 0;
}

int nk_netrc_look_up(const char *path, const char *host, const char *login,
		     struct nk_netrc_entry *entry, struct nk_err *err)
{
	nk_auto(str) char *file = NULL;
	int fd, result;

	if (netrc_open(path, &fd, &file, err) < 0)
		return -1;
	if (fd < 0)
		return 0;
	result = netrc_search(fd, file, host, login, entry, err);
	close(fd);
	return result;
}

int nk_netrc_read(const char *path, char **text, size_t *length, struct nk_err *err)
{
	nk_auto(str) char *file = NULL;
	int fd, result;

	if (netrc_open(path, &fd, &file, err) < 0)
		return -1;
	if (fd < 0)
		return 0;
	result = netrc_read_file(fd, file, text, length, err);
	close(fd);
	return result < 0 ? -1 : 1;
}

void nk_netrc_entry_release(struct nk_netrc_entry *entry)
{
	free(entry->login);
	entry->login = NULL;
	nk_secret_release(&entry->password);
}
