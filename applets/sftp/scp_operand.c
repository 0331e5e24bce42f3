/* scp_operand.c - what an operand of scp(1) names. */
#include "scp.h"

#include "netkit/url.h"

/*
 * Where the host of "host:path" ends: the first colon, unless a slash comes before it or it is the
 * first character, which makes it a part of a local name. Colons in brackets are an address's.
 */
static const char *find_colon(const char *text)
{
	bool is_bracketed = text[0] == '[';

	if (text[0] == ':')
		return NULL;
	for (; *text != '\0' && *text != '/'; text++) {
		if (text[0] == '@' && text[1] == '[')
			is_bracketed = true;
		if (is_bracketed && text[0] == ']' && text[1] == ':')
			return text + 1;
		if (*text == ':' && !is_bracketed)
			return text;
	}
	return NULL;
}

/* The user and the host of the first length bytes, as a URL has them, which checks them as well. */
static int take_host(struct scp_operand *operand, const char *text, size_t length,
		     struct nk_err *err)
{
	nk_auto(str) char *before = nk_strndup(text, length);
	char *at = strrchr(before, '@');
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	nk_auto(str) char *as_url = nk_format("scp://%s", at ? at + 1 : before);

	if (nk_url_parse(&url, as_url, err) < 0)
		return nk_wrap(err, "a colon before any slash ends a host name; ./NAME is a file");
	if (at && at > before)
		operand->user = nk_strndup(before, (size_t)(at - before));
	operand->host = nk_take(url.host);
	return 0;
}

static int take_url(struct scp_operand *operand, const char *text, struct nk_err *err)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;

	if (nk_url_parse(&url, text, err) < 0)
		return -1;
	/* The slash after the host is the URL's own. */
	operand->path = nk_strdup(url.path[0] != '\0' && url.path[1] != '\0' ? url.path + 1 : ".");
	operand->user = nk_take(url.user);
	operand->host = nk_take(url.host);
	operand->port = url.port;
	return 0;
}

int scp_operand_parse(const char *text, struct scp_operand *operand, struct nk_err *err)
{
	nk_auto(scp_operand) struct scp_operand parsed = { 0 };
	const char *colon = find_colon(text);

	if (text[0] == '\0')
		return nk_fail(err, NK_E_USAGE, 0, "a file name is empty");
	if (nk_text_has_prefix(text, "scp://")) {
		if (take_url(&parsed, text, err) < 0)
			return -1;
	} else if (nk_text_has_prefix(text, "sftp://")) {
		return nk_fail(err, NK_E_USAGE, 0,
			       "scp takes host:path and scp:// URLs; netkit cp takes sftp:// too");
	} else if (colon) {
		if (take_host(&parsed, text, (size_t)(colon - text), err) < 0)
			return -1;
		parsed.path = nk_strdup(colon[1] != '\0' ? colon + 1 : ".");
	} else {
		parsed.path = nk_strdup(text);
	}
	*operand = parsed;
	parsed = (struct scp_operand){ 0 };
	return 0;
}

void scp_operand_unquote(struct scp_operand *operand)
{
	char *to = operand->path;

	if (!operand->host || strpbrk(operand->path, "*?["))
		return;
	for (const char *from = operand->path; *from != '\0'; from++) {
		if (from[0] == '\\' && from[1] != '\0')
			from++;
		*to++ = *from;
	}
	*to = '\0';
}

char *scp_operand_url(const struct scp_operand *operand)
{
	const char *path = operand->path;
	nk_auto(str) char *whole = NULL;

	/* "/~" is the login folder; an absolute path that begins so is another one. */
	if (nk_text_has_prefix(path, "/~"))
		whole = nk_format("/.%s", path);
	else if (path[0] == '/')
		whole = nk_strdup(path);
	else if (strcmp(path, ".") == 0 || strcmp(path, "~") == 0)
		whole = nk_strdup("/~");
	else if (path[0] == '~')
		whole = nk_format("/%s", path);
	else
		whole = nk_format("/~/%s", path);
	return nk_url_format("scp", operand->user, operand->host, operand->port, whole);
}

void scp_operand_release(struct scp_operand *operand)
{
	free(operand->user);
	free(operand->host);
	free(operand->path);
	*operand = (struct scp_operand){ 0 };
}
