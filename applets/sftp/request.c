/* request.c - requests about paths, and what their replies mean. */
#include "sftp.h"

#include "netkit/text.h"

/* The longest body of a reply with one path, one set of attributes, one handle. */
#define REQUEST_NAME_BODY   (64 * 1024)
#define REQUEST_ATTRS_BODY  (16 * 1024)
#define REQUEST_HANDLE_BODY (SFTP_HANDLE_MAX + 4)

/* How much of a server's words is quoted. */
#define REQUEST_WORDS 200

static size_t sftp_longest_reply(enum sftp_type type)
{
	switch (type) {
	case SFTP_OPEN:
	case SFTP_OPENDIR:
		return REQUEST_HANDLE_BODY;
	case SFTP_STAT:
	case SFTP_LSTAT:
	case SFTP_FSTAT:
		return REQUEST_ATTRS_BODY;
	default:
		return REQUEST_NAME_BODY;
	}
}

int sftp_ask(struct sftp *sftp, struct sftp_call *call, enum sftp_type type, const char *path,
	     struct nk_err *err)
{
	struct sftp_request request;

	if (sftp_call_begin(call, sftp->link, type, sftp_longest_reply(type), err) < 0)
		return -1;
	request = sftp_request_begin(&sftp->out, type, call->id);
	sftp_add_text(&request, path);
	return sftp_call_end(call, &request, 0, err);
}

int sftp_exchange(struct sftp *sftp, struct sftp_call *call, struct nk_err *err)
{
	if (sftp_link_send(call->link, &sftp->out, err) < 0)
		return -1;
	return sftp_call_wait(call, &sftp->waiter, err);
}

int sftp_broken(const struct sftp_call *call, const char *what, struct nk_err *err)
{
	return nk_fail(err, NK_E_PROTO, 0, "%s: %s: a reply of type %u that makes no sense",
		       sftp_link_peer(call->link), what, call->type);
}

/* ---- refusals ---- */

static const struct {
	const char *words;
	enum nk_domain domain;
} sftp_says[] = {
	{ "no space", NK_E_FULL },     { "quota", NK_E_FULL },
	{ "disk full", NK_E_FULL },    { "not empty", NK_E_DENIED },
	{ "exists", NK_E_EXISTS },     { "no such file", NK_E_MISSING },
	{ "not found", NK_E_MISSING }, { "permission", NK_E_DENIED },
	{ "read-only", NK_E_DENIED },  { "not permitted", NK_E_DENIED },
	{ "denied", NK_E_DENIED },     { "not supported", NK_E_UNSUPPORTED },
};

/* What FAILURE means, by the server's words. */
static enum nk_domain sftp_domain_of_words(const char *text)
{
	for (size_t i = 0; i < NK_COUNT(sftp_says); i++) {
		if (strcasestr(text, sftp_says[i].words))
			return sftp_says[i].domain;
	}
	return NK_E_PROTO;
}

static enum nk_domain sftp_domain_of(uint32_t code, const char *text)
{
	switch (code) {
	case SFTP_NO_SUCH_FILE:
		return NK_E_MISSING;
	case SFTP_PERMISSION_DENIED:
		return NK_E_DENIED;
	case SFTP_OP_UNSUPPORTED:
		return NK_E_UNSUPPORTED;
	case SFTP_NO_CONNECTION:
	case SFTP_CONNECTION_LOST:
		return NK_E_LOST;
	case SFTP_FAILURE:
		return sftp_domain_of_words(text);
	default:
		return NK_E_PROTO;
	}
}

/* What a code means, for servers that say nothing. */
static const char *sftp_words_of(uint32_t code)
{
	static const char *const words[] = {
		[SFTP_OK] = "done",
		[SFTP_EOF] = "end of file",
		[SFTP_NO_SUCH_FILE] = "no such file",
		[SFTP_PERMISSION_DENIED] = "permission denied",
		[SFTP_FAILURE] = "failure",
		[SFTP_BAD_MESSAGE] = "bad message",
		[SFTP_NO_CONNECTION] = "no connection",
		[SFTP_CONNECTION_LOST] = "connection lost",
		[SFTP_OP_UNSUPPORTED] = "not supported",
	};

	return code < NK_COUNT(words) ? words[code] : "an unknown status";
}

bool sftp_is_unexplained(const struct nk_err *err)
{
	return err->code == SFTP_FAILURE && err->domain == NK_E_PROTO;
}

bool sftp_has_code(const struct sftp_call *call, enum sftp_code code)
{
	uint32_t found;
	const char *text;
	size_t length;

	return call->type == SFTP_STATUS &&
	       sftp_parse_status(call->body, call->length, &found, &text, &length) &&
	       found == (uint32_t)code;
}

static int sftp_refused(struct sftp_call *call, const char *what, struct nk_err *err)
{
	char words[REQUEST_WORDS];
	uint32_t code;
	const char *text;
	size_t length;

	if (!sftp_parse_status(call->body, call->length, &code, &text, &length) || code == SFTP_OK)
		return sftp_broken(call, what, err);
	if (length >= sizeof(words))
		length = sizeof(words) - 1;
	memcpy(words, text, length);
	words[length] = '\0';
	nk_fail(err, sftp_domain_of(code, words), (int)code, "%s: %s: %s",
		sftp_link_peer(call->link), what, words[0] ? words : sftp_words_of(code));
	err->again = err->domain == NK_E_LOST;
	return -1;
}

int sftp_expect(struct sftp_call *call, enum sftp_type type, const char *what, struct nk_err *err)
{
	if (type == SFTP_STATUS && sftp_has_code(call, SFTP_OK))
		return 0;
	if (call->type == SFTP_STATUS)
		return sftp_refused(call, what, err);
	if (call->type != type)
		return sftp_broken(call, what, err);
	return 0;
}

/* ---- paths ---- */

/* The first path of a NAME, a new string. */
static int sftp_take_path(struct sftp_call *call, const char *what, char **path, struct nk_err *err)
{
	struct sftp_cursor cursor;
	struct sftp_name name;
	uint32_t count;

	if (sftp_expect(call, SFTP_NAME, what, err) < 0)
		return -1;
	if (!sftp_parse_names(call->body, call->length, &cursor, &count) || count == 0 ||
	    !sftp_next_name(&cursor, &name) || name.name_length == 0 ||
	    memchr(name.name, '\0', name.name_length))
		return sftp_broken(call, what, err);
	*path = nk_strndup(name.name, name.name_length);
	return 0;
}

/* Where "~user" is, by expand-path@openssh.com; asked for once for many files below it. */
static int sftp_expand(struct sftp *sftp, const char *tilde, struct nk_err *err)
{
	nk_auto(call) struct sftp_call call = { .link = NULL };
	struct sftp_request request;
	char *folder;

	if (sftp->tilde && strcmp(sftp->tilde, tilde) == 0)
		return 0;
	if (sftp_call_begin(&call, sftp->link, SFTP_EXTENDED, REQUEST_NAME_BODY, err) < 0)
		return -1;
	request = sftp_request_begin(&sftp->out, SFTP_EXTENDED, call.id);
	sftp_add_text(&request, "expand-path@openssh.com");
	sftp_add_text(&request, tilde);
	if (sftp_call_end(&call, &request, 0, err) < 0 || sftp_exchange(sftp, &call, err) < 0 ||
	    sftp_take_path(&call, "expand-path", &folder, err) < 0)
		return -1;
	free(sftp->tilde);
	free(sftp->tilde_folder);
	sftp->tilde = nk_strdup(tilde);
	sftp->tilde_folder = folder;
	return 0;
}

int sftp_real(struct sftp *sftp, const char *path, char **real, struct nk_err *err)
{
	bool can_expand = sftp_link_extensions(sftp->link) & SFTP_EXT_EXPAND_PATH;
	nk_auto(str) char *tilde = NULL;
	const char *rest;

	if (strlen(path) > SFTP_PATH_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "a path of over %d bytes", SFTP_PATH_MAX);
	if (path[0] != '/' || path[1] != '~') {
		*real = nk_strdup(path);
		return 0;
	}
	rest = path + 1 + strcspn(path + 1, "/");
	if (rest == path + 2) {
		rest += strspn(rest, "/");
		*real = nk_strdup(rest[0] ? rest : ".");
		return 0;
	}
	if (!can_expand) {
		*real = nk_strdup(path);
		return 0;
	}
	tilde = nk_strndup(path + 1, (size_t)(rest - path) - 1);
	if (sftp_expand(sftp, tilde, err) < 0)
		return -1;
	rest += strspn(rest, "/");
	*real = rest[0] ? nk_path_join(sftp->tilde_folder, rest) : nk_strdup(sftp->tilde_folder);
	return 0;
}

int sftp_path_of(struct sftp *sftp, enum sftp_type type, const char *path, char **found,
		 struct nk_err *err)
{
	nk_auto(call) struct sftp_call call = { .link = NULL };

	if (sftp_ask(sftp, &call, type, path, err) < 0 || sftp_exchange(sftp, &call, err) < 0)
		return -1;
	return sftp_take_path(&call, type == SFTP_READLINK ? "readlink" : "realpath", found, err);
}

int sftp_attrs(struct sftp *sftp, const char *real, bool follows, struct sftp_attrs *attrs,
	       struct nk_err *err)
{
	nk_auto(call) struct sftp_call call = { .link = NULL };

	if (sftp_ask(sftp, &call, follows ? SFTP_STAT : SFTP_LSTAT, real, err) < 0 ||
	    sftp_exchange(sftp, &call, err) < 0 || sftp_expect(&call, SFTP_ATTRS, "stat", err) < 0)
		return -1;
	if (!sftp_parse_attrs(call.body, call.length, attrs))
		return sftp_broken(&call, "stat", err);
	return 0;
}
