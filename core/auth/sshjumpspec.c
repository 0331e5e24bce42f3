/* sshjumpspec.c - the names of jump hosts, ssh_config(5) ProxyJump. */
#include "netkit/num.h"
#include "sshjump.h"

static int spec_bad(const char *spec, struct nk_err *err)
{
	return nk_fail(err, NK_E_USAGE, 0, "not a jump host: '%s'", spec);
}

/* "host", "host:22", "[::1]", "[::1]:22"; an address of colons has brackets or no port. */
static bool spec_split(char *text, char **host, int *port)
{
	char *end = NULL;

	*host = text;
	*port = 0;
	if (text[0] == '[') {
		end = strchr(text, ']');
		if (!end)
			return false;
		*host = text + 1;
		*end++ = '\0';
		if (*end != '\0' && *end != ':')
			return false;
	} else {
		end = strchr(text, ':');
		if (end && strchr(end + 1, ':'))
			end = NULL;
	}
	if (end && *end == ':') {
		*end = '\0';
		if (!nk_num_int(end + 1, 1, 65535, port))
			return false;
	}
	return (*host)[0] != '\0' && (*host)[0] != '-';
}

int nk_ssh_jump_parse(const char *spec, struct nk_ssh_jump *jump, struct nk_err *err)
{
	const char *comma = strrchr(spec, ',');
	const char *last = comma ? comma + 1 : spec;
	bool is_url = strncmp(last, "ssh://", strlen("ssh://")) == 0;
	nk_auto(str) char *text = nk_strdup(is_url ? last + strlen("ssh://") : last);
	char *at = strrchr(text, '@');
	char *host;
	int port;

	if (is_url && text[0] != '\0' && text[strlen(text) - 1] == '/')
		text[strlen(text) - 1] = '\0';
	if (at)
		*at = '\0';
	if (!spec_split(at ? at + 1 : text, &host, &port) ||
	    (at && (text[0] == '\0' || text[0] == '-')) || comma == spec)
		return spec_bad(spec, err);
	*jump = (struct nk_ssh_jump){
		.user = at ? nk_strdup(text) : NULL,
		.host = nk_strdup(host),
		.port = port,
		.before = comma ? nk_strndup(spec, (size_t)(comma - spec)) : NULL,
	};
	return 0;
}

void nk_ssh_jump_release(struct nk_ssh_jump *jump)
{
	free(jump->user);
	free(jump->host);
	free(jump->before);
}
