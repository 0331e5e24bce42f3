/* fuzz_url.c - no text breaks the URL parser, and what it takes can be written and read again. */
#include "netkit/url.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_promises(const struct nk_url *url)
{
	check(url->scheme[0] != '\0' && url->port >= 0 && url->port <= 65535);
	check(url->path[0] == '\0' || url->path[0] == '/');
	check(!strpbrk(url->path, "\r\n") && !strpbrk(url->raw, "\r\n"));
	check(!url->user || !strpbrk(url->user, "\r\n"));
	check(!strpbrk(url->host, "\r\n"));
	if (strcmp(url->scheme, "ldapi") != 0)
		check(!strpbrk(url->host, "/\\ @[]\033") && url->host[0] != '-');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	nk_auto(str) char *text = nk_alloc(length + 1);
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	nk_auto(url) struct nk_url again = NK_URL_INIT;
	struct nk_err err = NK_ERR_INIT;

	if (length > 0)
		memcpy(text, bytes, length);
	if (nk_url_parse(&url, text, &err) < 0) {
		check(err.domain == NK_E_URL || err.domain == NK_E_USAGE);
		check(err.msg[0] != '\0' && !url.scheme);
		return 0;
	}
	check(nk_url_is_url(text));
	check_promises(&url);
	nk_auto(str) char *written =
		nk_url_format(url.scheme, url.user, url.host, url.port, url.path);

	/* Escapes may make it longer than a URL can be. */
	if (strlen(written) > NK_URL_MAX)
		return 0;
	check(nk_url_parse(&again, written, &err) == 0);
	check(is_same(url.scheme, again.scheme) && is_same(url.user, again.user));
	check(is_same(url.host, again.host) && url.port == again.port);
	check(is_same(url.path, again.path));
	return 0;
}
