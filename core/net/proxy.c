/* proxy.c - which proxy leads to a host: its URL, ALL_PROXY and NO_PROXY. */
#include "netkit/proxy.h"

#include "netkit/codec.h"
#include "netkit/text.h"
#include "netkit/url.h"

static const struct {
	const char *scheme;
	int port;
} proxy_kinds[] = {
	[NK_PROXY_SOCKS5H] = { "socks5h", 1080 }, [NK_PROXY_SOCKS5] = { "socks5", 1080 },
	[NK_PROXY_SOCKS4A] = { "socks4a", 1080 }, [NK_PROXY_SOCKS4] = { "socks4", 1080 },
	[NK_PROXY_HTTP] = { "http", 8080 },
};

void nk_proxy_login_release(struct nk_proxy_login *login)
{
	free(login->user);
	nk_secret_release(&login->password);
	login->user = NULL;
}

/* The text and its copies hold a password. */
static void proxy_wipe(char **text)
{
	if (*text)
		nk_secret_wipe(*text, strlen(*text));
	free(*text);
	*text = NULL;
}
NK_AUTO(wiped, char *, proxy_wipe)

/* Take ":password" out of "scheme://user:password@host", in place. */
static int proxy_cut_password(char *text, struct nk_secret *password, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf decoded = NK_BUF_INIT(NK_SECRET_MAX);
	char *authority = strstr(text, "://") + strlen("://");
	char *at = memrchr(authority, '@', strcspn(authority, "/"));
	char *colon = at ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
	int result;

	if (!colon)
		return 0;
	if (nk_percent_decode(&decoded, colon + 1, (size_t)(at - colon - 1)) < 0)
		return nk_fail(err, NK_E_USAGE, 0,
			       "a '%%' in the password begins two hexadecimal digits, or it is too "
			       "long");
	result = nk_secret_set(password, decoded.data, decoded.len, err);
	nk_secret_wipe(decoded.data, decoded.len);
	nk_secret_wipe(colon + 1, (size_t)(at - colon - 1));
	memmove(colon, at, strlen(at) + 1);
	return result;
}

static int proxy_kind_of(const char *scheme, enum nk_proxy_kind *kind, struct nk_err *err)
{
	for (size_t i = 0; i < NK_COUNT(proxy_kinds); i++) {
		if (strcmp(proxy_kinds[i].scheme, scheme) == 0) {
			*kind = (enum nk_proxy_kind)i;
			return 0;
		}
	}
	if (strcmp(scheme, "https") == 0)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "a proxy that is itself spoken to by TLS (https://) is not "
			       "supported: http:// or socks5h://");
	return nk_fail(err, NK_E_USAGE, 0,
		       "%s:// is no kind of proxy: socks5h, socks5, socks4a, socks4 or http",
		       scheme);
}

static int proxy_fill(struct nk_proxy *proxy, const struct nk_url *url, struct nk_err *err)
{
	bool is_socks4;

	if (proxy_kind_of(url->scheme, &proxy->kind, err) < 0)
		return -1;
	if (url->path[0] != '\0' && strcmp(url->path, "/") != 0)
		return nk_fail(err, NK_E_USAGE, 0, "the URL of a proxy has no path");
	is_socks4 = proxy->kind == NK_PROXY_SOCKS4 || proxy->kind == NK_PROXY_SOCKS4A;
	if (is_socks4 && nk_secret_is_set(&proxy->login.password))
		return nk_fail(err, NK_E_USAGE, 0, "%s:// knows no password", url->scheme);
	proxy->host = nk_strdup(url->host);
	proxy->port = url->port ? url->port : proxy_kinds[proxy->kind].port;
	proxy->login.user = nk_strdup(url->user);
	return 0;
}

static int proxy_refuse_password(struct nk_err *err)
{
	return nk_fail(err, NK_E_USAGE, 0,
		       "a password in an option can be seen by others: name the user, and keep the "
		       "password in netrc or ALL_PROXY");
}

/* An '@' behind a '/' can only be that of a login with a '/' in it, which would end the host. What else
 * ends one can be told from it in a password, but not in the name before that. */
static int proxy_check_login(const char *text, bool may_have_password, struct nk_err *err)
{
	const char *authority = strstr(text, "://") + strlen("://");
	size_t length = strcspn(authority, "/");
	const char *at = memrchr(authority, '@', length);
	bool has_slash = strchr(authority + length, '@');

	if (has_slash && !may_have_password && memchr(authority, ':', length))
		return proxy_refuse_password(err);
	if (!has_slash && !(at && strcspn(authority, ":?#\\") < strcspn(authority, ":@")))
		return 0;
	return nk_fail(err, NK_E_USAGE, 0,
		       "in the login of a proxy '/' is written %%2F, '@' %%40, '#' %%23, '?' %%3F, "
		       "'%%' %%25 and a backslash %%5C");
}

int nk_proxy_parse(const char *text, bool may_have_password, struct nk_proxy **proxy,
		   struct nk_err *err)
{
	nk_auto(proxy) struct nk_proxy *made = nk_alloc(sizeof(*made));
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	nk_auto(wiped) char *whole = NULL;

	if (text[0] == '\0' || strcmp(text, "none") == 0) {
		*proxy = NULL;
		return 0;
	}
	if (strlen(text) > NK_URL_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "a URL has at most %d bytes", NK_URL_MAX);
	whole = nk_format(nk_url_is_url(text) ? "%s" : "http://%s", text);
	if (proxy_check_login(whole, may_have_password, err) < 0)
		return -1;
	if (may_have_password && proxy_cut_password(whole, &made->login.password, err) < 0)
		return -1;
	if (nk_url_parse(&url, whole, err) < 0) {
		if (err->domain == NK_E_USAGE)
			return proxy_refuse_password(err);
		err->domain = NK_E_USAGE;
		return -1;
	}
	if (proxy_fill(made, &url, err) < 0)
		return -1;
	*proxy = nk_take(made);
	return 0;
}

/* As curl has it: the name in lower case wins, and an empty value says nothing. */
static const char *proxy_environment(const char *lower, const char *upper)
{
	const char *value = getenv(lower);

	if (!value || value[0] == '\0')
		value = getenv(upper);
	return value && value[0] != '\0' ? value : NULL;
}

int nk_proxy_open(const char *option, struct nk_proxy **proxy, struct nk_err *err)
{
	const char *text = option ? option : proxy_environment("all_proxy", "ALL_PROXY");

	if (!text) {
		*proxy = NULL;
		return 0;
	}
	if (nk_proxy_parse(text, !option, proxy, err) < 0)
		return nk_wrap(err, "%s", option ? "--proxy" : "ALL_PROXY");
	if (*proxy) {
		(*proxy)->is_from_environment = !option;
		(*proxy)->except = nk_strdup(proxy_environment("no_proxy", "NO_PROXY"));
	}
	return 0;
}

bool nk_proxy_serves(const struct nk_proxy *proxy, const char *host, int port)
{
	return proxy && !(proxy->except && nk_no_proxy_matches(proxy->except, host, port));
}

const char *nk_proxy_scheme(const struct nk_proxy *proxy)
{
	return proxy_kinds[proxy->kind].scheme;
}

void nk_proxy_free(struct nk_proxy *proxy)
{
	if (!proxy)
		return;
	nk_proxy_login_release(&proxy->login);
	free(proxy->host);
	free(proxy->except);
	free(proxy);
}
