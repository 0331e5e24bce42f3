/* fuzz_hosts.c - no file of hosts breaks the parser, and what it takes can stand in a URL. */
#include "../../core/cli/hosts.h"

#include <stdint.h>

#include "netkit/fs.h"
#include "netkit/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* A host is the whole authority of a URL, and a name that a local file may have. */
static void look(const char *host)
{
	nk_auto(str) char *text = nk_hosts_fill("sftp://{}/{}", host);
	nk_auto(url) struct nk_url url = NK_URL_INIT;
	struct nk_err err = NK_ERR_INIT;

	check(host[0] != '\0' && host[0] != '-' && strlen(host) <= NK_HOST_MAX);
	check(nk_fs_safe_name(host, &err) == 0);
	check(!strstr(text, NK_HOSTS_MARK));
	if (nk_url_parse(&url, text, &err) == 0)
		check(url.host[0] != '\0' && strchr(url.path + 1, '/') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	struct nk_err err = NK_ERR_INIT;
	char *text = nk_alloc(length + 1);

	if (length > 0)
		memcpy(text, bytes, length);
	if (nk_hosts_parse(&hosts, text, length, "list", &err) < 0) {
		check(err.domain == NK_E_USAGE && err.msg[0] != '\0' && hosts.count == 0);
		return 0;
	}
	check(hosts.count > 0);
	for (size_t i = 0; i < hosts.count; i++)
		look(nk_hosts_at(&hosts, i));
	return 0;
}
