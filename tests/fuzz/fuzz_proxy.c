/* fuzz_proxy.c - what proxies reply, a proxy's URL, NO_PROXY; the first byte says which. */
#include "../../core/net/httpconnect.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Exactly as long as it is: one byte further is somebody else's. */
static unsigned char *copy_of(const uint8_t *bytes, size_t length)
{
	unsigned char *copy = nk_alloc(length > 0 ? length : 1);

	if (length > 0)
		memcpy(copy, bytes, length);
	return copy;
}

static void fuzz_socks(const uint8_t *bytes, size_t length)
{
	nk_auto(str) char *copy = (char *)copy_of(bytes, length);
	const unsigned char *reply = (const unsigned char *)copy;
	enum nk_socks5_method method;
	struct nk_err err = NK_ERR_INIT;

	if (length < NK_SOCKS4_REPLY)
		return;
	if (nk_socks5_method(reply, true, &method, &err) == 0 && method != reply[1])
		abort();
	if (nk_socks5_logged_in(reply, &err) > 0 && reply[1] != 0)
		abort();
	if (nk_socks5_reply_length(reply, &err) > NK_SOCKS5_REPLY_MAX)
		abort();
	if (nk_socks4_granted(reply, &err) == 0 && reply[1] != 90)
		abort();
}

/* Lines, the first a status. */
static void fuzz_http(char *text)
{
	struct nk_http_head head = { .status = 0 };
	struct nk_err err = NK_ERR_INIT;
	char *line = strsep(&text, "\n");

	if (nk_http_status_line(line, &head, &err) < 0)
		return;
	while ((line = strsep(&text, "\n")))
		nk_http_header_line(line, &head);
	if (head.status >= 200 && nk_http_judge(&head, NULL, &err) == 0 && head.status / 100 != 2)
		abort();
}

static void fuzz_url(const char *text)
{
	nk_auto(proxy) struct nk_proxy *proxy = NULL;
	struct nk_err err = NK_ERR_INIT;

	if (nk_proxy_parse(text, true, &proxy, &err) < 0 || !proxy)
		return;
	if (!proxy->host || proxy->host[0] == '\0' || proxy->port < 1 || proxy->port > 65535)
		abort();
}

/* A host, a line end, the list. */
static void fuzz_no_proxy(char *text)
{
	char *host = strsep(&text, "\n");

	if (text)
		nk_no_proxy_matches(text, host, 21);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	nk_auto(str) char *text = NULL;

	if (length == 0)
		return 0;
	if (bytes[0] == 's') {
		fuzz_socks(bytes + 1, length - 1);
		return 0;
	}
	text = nk_alloc(length);
	memcpy(text, bytes + 1, length - 1);
	if (bytes[0] == 'h')
		fuzz_http(text);
	else if (bytes[0] == 'u')
		fuzz_url(text);
	else
		fuzz_no_proxy(text);
	return 0;
}
