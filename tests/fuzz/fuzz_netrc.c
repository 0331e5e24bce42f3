/* fuzz_netrc.c - no netrc file breaks the parser, and what it finds is in the file. */
#include "netkit/netrc.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void look(const char *text, size_t length, const char *host, const char *login)
{
	nk_auto(netrc_entry) struct nk_netrc_entry entry = NK_NETRC_ENTRY_INIT;
	struct nk_err err = NK_ERR_INIT;
	int found = nk_netrc_find(text, length, host, login, &entry, &err);

	check(found >= -1 && found <= 1);
	if (found < 1)
		check(!entry.login && !nk_secret_is_set(&entry.password));
	if (found < 0)
		check(err.domain == NK_E_USAGE && err.msg[0] != '\0');
	if (found == 1 && login && entry.login)
		check(strcmp(entry.login, login) == 0);
	if (nk_secret_is_set(&entry.password))
		check(entry.password.len == strlen(entry.password.bytes) &&
		      entry.password.len <= NK_SECRET_MAX);
}

/* All machines, one after the other: each step goes on, so that it ends. */
static void look_at_machines(const char *text, size_t length)
{
	struct nk_err err = NK_ERR_INIT;
	size_t at = 0;
	char *host = NULL;

	for (size_t before = 0; nk_netrc_next_machine(text, length, &at, &host, &err) == 1;
	     before = at) {
		check(at > before && at <= length);
		free(host);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	/* Exactly as long as it is: one byte further is somebody else's. */
	nk_auto(str) char *text = nk_alloc(length > 0 ? length : 1);

	if (length > 0)
		memcpy(text, bytes, length);
	look(text, length, "h", NULL);
	look(text, length, "h", "joe");
	look_at_machines(text, length);
	return 0;
}
