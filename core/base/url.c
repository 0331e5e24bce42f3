/* url.c - URLs taken apart and put together (RFC 3986, zones RFC 6874). */
#include "netkit/url.h"

#include <arpa/inet.h>
#include <assert.h>

#include "netkit/codec.h"
#include "netkit/num.h"
#include "netkit/text.h"

/* The longest zone: an interface name. */
#define URL_ZONE_MAX 15

/* RFC 3986 3.3: what a path segment may hold unencoded, and the slash between them. */
#define URL_PATH_KEEP "/!$&'()*+,;=:@"

/* RFC 3986 3.2.1: without the colon, which begins a password. */
#define URL_USER_KEEP "!$&'()*+,;="

/* A piece of the text that is being taken apart. */
struct span {
	const char *text;
	size_t length;
};

/* Messages say where, and never quote: what is malformed may hold a password. */
static int malformed(struct nk_err *err, const char *what)
{
	return nk_fail(err, NK_E_URL, 0, "%s", what);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes of the scheme before "://", 0 when there is none (RFC 3986 3.1). */
static size_t scheme_length(const char *text)
{
	size_t length = 0;

	if (!is_letter(text[0]))
		return 0;
	while (is_letter(text[length]) || is_digit(text[length]) ||
	       (text[length] != '\0' && strchr("+-.", text[length])))
		length++;
	return nk_text_has_prefix(text + length, "://") ? length : 0;
}

bool nk_url_is_url(const char *text)
{
	return scheme_length(text) > 0;
}

/* The first of characters in the span, NULL when there is none. */
static const char *find_any(struct span span, const char *characters)
{
	for (size_t i = 0; i < span.length; i++) {
		if (span.text[i] != '\0' && strchr(characters, span.text[i]))
			return span.text + i;
	}
	return NULL;
}

/* Decode a part into a new string. */
static int take_decoded(char **part, struct span span, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf decoded = NK_BUF_INIT(NK_URL_MAX);

	if (nk_percent_decode(&decoded, span.text, span.length) < 0)
		return malformed(err, "a '%' in a URL begins two hexadecimal digits, not 00; "
				      "a percent sign is written %25");
	if (strpbrk(decoded.data, "\r\n"))
		return malformed(err, "a URL cannot hold a line break");
	*part = nk_strdup(decoded.data);
	return 0;
}

static int take_user(struct nk_url *url, struct span user, struct nk_err *err)
{
	if (find_any(user, ":"))
		return nk_fail(err, NK_E_USAGE, 0,
			       "a password in a URL can be seen by others: use --password-file");
	if (user.length == 0)
		return malformed(err, "there is no user name before the '@'");
	return take_decoded(&url->user, user, err);
}

/* "[::1]", "[fe80::1%25eth0]", and the zone behind a bare '%' as people type it (RFC 6874 3). */
static int take_address(struct nk_url *url, struct span inside, struct nk_err *err)
{
	const char *percent = find_any(inside, "%");
	size_t length = percent ? (size_t)(percent - inside.text) : inside.length;
	nk_auto(str) char *address = nk_strndup(inside.text, length);
	struct in6_addr parsed;

	if (inet_pton(AF_INET6, address, &parsed) != 1)
		return malformed(err, "what stands in brackets is not an IPv6 address");
	if (!percent) {
		url->host = nk_take(address);
		return 0;
	}
	const char *zone = nk_text_has_prefix(percent, "%25") ? percent + 3 : percent + 1;
	size_t zone_length = inside.text + inside.length - zone;

	if (zone_length == 0 || zone_length > URL_ZONE_MAX)
		return malformed(err, "the zone of the IPv6 address is empty or too long");
	for (size_t i = 0; i < zone_length; i++) {
		if (!is_letter(zone[i]) && !is_digit(zone[i]) && !strchr("-._~", zone[i]))
			return malformed(err, "the zone of the IPv6 address is no interface name");
	}
	url->host = nk_format("%s%%%.*s", address, (int)zone_length, zone);
	return 0;
}

/* Letters, digits, '-', '.', '_' and what is not ASCII; no option of a child process either. */
static bool is_host_name(const char *host)
{
	if (host[0] == '-' || !nk_text_is_utf8(host, strlen(host)))
		return false;
	for (; *host != '\0'; host++) {
		bool ascii = (unsigned char)*host < 0x80;

		if (ascii && !is_letter(*host) && !is_digit(*host) && !strchr("-._", *host))
			return false;
	}
	return true;
}

static int take_name(struct nk_url *url, struct span name, struct nk_err *err)
{
	/* ldapi's host is the path of a socket, "ldapi://%2Frun%2Fslapd"; snmp may have none. */
	bool is_socket = strcmp(url->scheme, "ldapi") == 0;

	if (name.length == 0 && !is_socket && strcmp(url->scheme, "snmp") != 0)
		return malformed(err, "there is no host in the URL");
	if (take_decoded(&url->host, name, err) < 0)
		return -1;
	if (!is_socket && !is_host_name(url->host))
		return malformed(err, "the host holds characters that no host name has; "
				      "an IPv6 address stands in brackets, [::1]");
	return 0;
}

static int take_port(struct nk_url *url, struct span port, struct nk_err *err)
{
	uint64_t number;

	if (!nk_num_span(port.text, port.length, 65535, &number) || number == 0)
		return malformed(err, "the port is not a number from 1 to 65535");
	url->port = (int)number;
	return 0;
}

/* host[:port] */
static int take_host(struct nk_url *url, struct span host, struct nk_err *err)
{
	const char *end = host.text + host.length;
	const char *after;

	if (host.length > 0 && host.text[0] == '[') {
		const char *closing = find_any(host, "]");

		if (!closing)
			return malformed(err, "the bracket before the IPv6 address is not closed");
		struct span inside = { host.text + 1, closing - host.text - 1 };

		if (take_address(url, inside, err) < 0)
			return -1;
		after = closing + 1;
	} else {
		const char *colon = find_any(host, ":");

		after = colon ? colon : end;
		if (find_any((struct span){ after, end - after }, "[]") ||
		    (colon && find_any((struct span){ colon + 1, end - colon - 1 }, ":")))
			return malformed(err, "an IPv6 address stands in brackets, [::1]");
		if (take_name(url, (struct span){ host.text, after - host.text }, err) < 0)
			return -1;
	}
	if (after == end)
		return 0;
	if (*after != ':')
		return malformed(err, "only a port can follow the IPv6 address");
	return take_port(url, (struct span){ after + 1, end - after - 1 }, err);
}

/* [user@]host[:port] */
static int take_authority(struct nk_url *url, struct span authority, struct nk_err *err)
{
	const char *at = find_any(authority, "@");
	struct span host = authority;

	if (at) {
		struct span user = { authority.text, at - authority.text };

		if (take_user(url, user, err) < 0)
			return -1;
		host.text = at + 1;
		host.length -= user.length + 1;
	}
	/* Readers of URLs disagree about these, which hides the host that is really meant. */
	if (find_any(host, "@"))
		return malformed(err, "a '@' in a user name is written %40");
	if (find_any(authority, "?#\\"))
		return malformed(err, "no '?', '#' or '\\' can stand before the path");
	return take_host(url, host, err);
}

int nk_url_parse(struct nk_url *url, const char *text, struct nk_err *err)
{
	nk_auto(url) struct nk_url parsed = NK_URL_INIT;
	size_t length = strnlen(text, NK_URL_MAX + 1);
	size_t scheme = scheme_length(text);

	if (length > NK_URL_MAX)
		return nk_fail(err, NK_E_URL, 0, "a URL has at most %d bytes", NK_URL_MAX);
	if (scheme == 0)
		return malformed(err, "a URL begins with a scheme, such as ftp://");
	parsed.scheme = nk_strndup(text, scheme);
	for (char *c = parsed.scheme; *c != '\0'; c++)
		*c |= is_letter(*c) ? 0x20 : 0;
	const char *authority = text + scheme + strlen("://");
	size_t authority_length = strcspn(authority, "/");
	const char *path = authority + authority_length;

	if (take_authority(&parsed, (struct span){ authority, authority_length }, err) < 0)
		return -1;
	if (take_decoded(&parsed.path, (struct span){ path, strlen(path) }, err) < 0)
		return -1;
	parsed.raw = nk_strdup(path);
	nk_url_release(url);
	*url = parsed;
	parsed = (struct nk_url)NK_URL_INIT;
	return 0;
}

static int add_host(struct nk_buf *out, const char *host)
{
	if (!strchr(host, ':'))
		return nk_percent_encode(out, host, "");
	/* RFC 6874 2: the '%' before a zone is encoded. */
	if (nk_buf_add_char(out, '[') < 0 || nk_percent_encode(out, host, ":") < 0)
		return -1;
	return nk_buf_add_char(out, ']');
}

static int add_parts(struct nk_buf *out, const char *user, const char *host, int port,
		     const char *path)
{
	if (user &&
	    (nk_percent_encode(out, user, URL_USER_KEEP) < 0 || nk_buf_add_char(out, '@') < 0))
		return -1;
	if (add_host(out, host) < 0)
		return -1;
	if (port != 0 && nk_buf_addf(out, ":%d", port) < 0)
		return -1;
	if (path[0] != '\0' && path[0] != '/' && nk_buf_add_char(out, '/') < 0)
		return -1;
	return nk_percent_encode(out, path, URL_PATH_KEEP);
}

char *nk_url_format(const char *scheme, const char *user, const char *host, int port,
		    const char *path)
{
	/* An escape has three bytes, a port and the punctuation less than 32. */
	size_t most = strlen(scheme) + 3 * (user ? strlen(user) : 0) + 3 * strlen(host) +
		      3 * strlen(path) + 32;
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(most);
	int status = nk_buf_addf(&out, "%s://", scheme);

	if (status == 0)
		status = add_parts(&out, user, host, port, path);
	assert(status == 0);
	return nk_strdup(out.data);
}

char *nk_url_from_spot(const char *scheme, const char *text)
{
	const char *at = memchr(text, '@', strcspn(text, "/:["));
	const char *host = at ? at + 1 : text;
	bool is_bracketed = *host == '[';
	const char *end = is_bracketed ? strstr(host, "]:") : host + strcspn(host, ":/");
	const char *path = end ? end + 1 + is_bracketed : NULL;

	if (nk_url_is_url(text) || !end || *end == '/' || *end == '\0' || end == host)
		return NULL;
	/* "user:password@host/path" is no host named user. */
	if (memchr(path, '@', strcspn(path, "/")))
		return NULL;
	nk_auto(str) char *name =
		nk_strndup(host + is_bracketed, (size_t)(end - host) - is_bracketed);
	nk_auto(str) char *user = at ? nk_strndup(text, (size_t)(at - text)) : NULL;
	nk_auto(str) char *whole = nk_format("%s%s", *path == '/' ? "" : "/~/", path);

	return nk_url_format(scheme, user, name, 0, whole);
}

void nk_url_release(struct nk_url *url)
{
	free(url->scheme);
	free(url->user);
	free(url->host);
	free(url->path);
	free(url->raw);
	*url = (struct nk_url)NK_URL_INIT;
}
