/* httpconnect.c - CONNECT requests and their replies (RFC 9110 9.3.6, RFC 9112). */
#include "httpconnect.h"

#include <ctype.h>

#include "netkit/codec.h"

#define HTTP_PROXY_AUTHENTICATE "proxy-authenticate:"

/* RFC 9112 3.2.3: the request's target is host and port. */
static char *http_authority(const struct nk_proxy_goal *goal)
{
	char text[NK_ADDR_TEXT];

	if (goal->addr)
		return nk_strdup(nk_addr_text(goal->addr, text));
	return nk_format(strchr(goal->host, ':') ? "[%s]:%d" : "%s:%d", goal->host, goal->port);
}

static bool http_is_authority(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text <= ' ' || *text == 0x7f || strchr("/?#@\\\"", *text))
			return false;
	}
	return true;
}

/* "user:password" in base64 (RFC 7617 2). */
static int http_add_basic(struct nk_buf *out, const struct nk_proxy_login *login,
			  struct nk_err *err)
{
	nk_auto(buf) struct nk_buf pair = NK_BUF_INIT(NK_HTTP_REQUEST_MAX);
	int status;

	if (strchr(login->user, ':'))
		return nk_fail(err, NK_E_USAGE, 0,
			       "the user of an http:// proxy cannot have a colon");
	status = nk_buf_addf(&pair, "%s:", login->user);
	if (status == 0)
		status = nk_buf_add(&pair, login->password.bytes, login->password.len);
	if (status == 0)
		status = nk_base64_encode(out, pair.data, pair.len);
	nk_secret_wipe(pair.data, pair.len);
	if (status < 0)
		return nk_fail(err, NK_E_USAGE, 0, "user and password are too long for a request");
	return 0;
}

int nk_http_add_connect(struct nk_buf *out, const struct nk_proxy_goal *goal,
			const struct nk_proxy_login *login, bool is_shown, struct nk_err *err)
{
	nk_auto(str) char *authority = http_authority(goal);
	bool has_login = login && login->user && nk_secret_is_set(&login->password);
	int status;

	if (!http_is_authority(authority))
		return nk_fail(err, NK_E_USAGE, 0, "no request can name the host '%s'", goal->host);
	status = nk_buf_addf(out, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", authority, authority);
	if (status == 0 && has_login) {
		status = nk_buf_add_text(out, "Proxy-Authorization: Basic ");
		if (status == 0 && is_shown)
			status = nk_buf_add_text(out, "****");
		else if (status == 0 && http_add_basic(out, login, err) < 0)
			return -1;
		if (status == 0)
			status = nk_buf_add_text(out, "\r\n");
	}
	if (status < 0 || nk_buf_add_text(out, "\r\n") < 0)
		return nk_fail(err, NK_E_USAGE, 0, "the host's name is too long for a request");
	return 0;
}

/* "HTTP/1.1 200 Connection established" (RFC 9112 4); the reason may be missing. */
int nk_http_status_line(const char *line, struct nk_http_head *head, struct nk_err *err)
{
	struct nk_http_head read = { .status = 0 };
	size_t length = strlen(line);

	if (!nk_text_has_prefix(line, "HTTP/1.") || length < 12 ||
	    !isdigit((unsigned char)line[7]) || line[8] != ' ' || (line[12] && line[12] != ' '))
		return nk_fail(err, NK_E_PROXY, 0, "it speaks no HTTP/1: %.100s", line);
	for (int i = 9; i < 12; i++) {
		if (!isdigit((unsigned char)line[i]))
			return nk_fail(err, NK_E_PROXY, 0, "it speaks no HTTP/1: %.100s", line);
		read.status = read.status * 10 + (line[i] - '0');
	}
	if (read.status < 100)
		return nk_fail(err, NK_E_PROXY, read.status, "a status of no meaning: %.100s",
			       line);
	nk_copy_text(read.reason, sizeof(read.reason), line[12] ? line + 13 : "");
	*head = read;
	return 0;
}

/* RFC 9110 5.6.2. */
static bool http_is_token(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static void http_note_scheme(struct nk_http_head *head, const char *name, size_t length)
{
	size_t have = strlen(head->schemes);

	if (length == strlen("Basic") && strncasecmp(name, "Basic", length) == 0)
		head->offers_basic = true;
	if (have + 2 + length >= sizeof(head->schemes))
		return;
	if (have > 0)
		memcpy(head->schemes + have, ", ", 3);
	memcpy(head->schemes + strlen(head->schemes), name, length);
	head->schemes[have + (have > 0 ? 2 : 0) + length] = '\0';
}

/* The end of what a comma closes; commas in quotes do not (RFC 9110 5.6.1, 5.6.4). */
static const char *http_piece_end(const char *text)
{
	bool is_quoted = false;

	for (; *text != '\0' && (is_quoted || *text != ','); text++) {
		if (*text == '"')
			is_quoted = !is_quoted;
		else if (is_quoted && *text == '\\' && text[1] != '\0')
			text++;
	}
	return text;
}

void nk_http_header_line(const char *line, struct nk_http_head *head)
{
	const char *at = line + strlen(HTTP_PROXY_AUTHENTICATE);

	if (strncasecmp(line, HTTP_PROXY_AUTHENTICATE, strlen(HTTP_PROXY_AUTHENTICATE)) != 0)
		return;
	/* A challenge is a scheme, then its parameters with commas between them; a parameter is a
	 * name with '=' after it (RFC 9110 11.3). */
	while (*at != '\0') {
		const char *end = http_piece_end(at);
		size_t length = 0;

		at += strspn(at, " \t");
		while (http_is_token(at[length]))
			length++;
		if (length > 0 && at[length + strspn(at + length, " \t")] != '=')
			http_note_scheme(head, at, length);
		at = *end == ',' ? end + 1 : end;
	}
}

static int http_wants_login(const struct nk_http_head *head, const struct nk_proxy_login *sent,
			    struct nk_err *err)
{
	bool was_sent = sent && sent->user && nk_secret_is_set(&sent->password);

	if (!head->offers_basic && !was_sent)
		return nk_fail(err, NK_E_PROXY, head->status,
			       "it wants a login by %s; only Basic is supported",
			       head->schemes[0] ? head->schemes : "a method it does not name");
	if (was_sent)
		nk_fail(err, NK_E_PROXY, head->status, "the login of %s was refused: %d %s",
			sent->user, head->status, head->reason);
	else
		nk_fail(err, NK_E_PROXY, head->status,
			"it wants a login (%s): name a user in the proxy's URL", head->schemes);
	return 1;
}

int nk_http_judge(const struct nk_http_head *head, const struct nk_proxy_login *sent,
		  struct nk_err *err)
{
	if (head->status / 100 == 2)
		return 0;
	/* tinyproxy answers a wrong password by 401. */
	if (head->status == 407 || (head->status == 401 && sent && sent->user))
		return http_wants_login(head, sent, err);
	nk_fail(err, NK_E_PROXY, head->status, "refused: %d %s", head->status, head->reason);
	/* The proxy could not reach the host this time; 501 Not Implemented is for good. */
	err->again = head->status / 100 == 5 && head->status != 501;
	return -1;
}
