/* sshgreeting.c - what a server says before the handshake, and what is no SSH (RFC 4253 4.2). */
#include "sshlink.h"

int nk_sshlink_blame_greeting(struct nk_sshlink *link, struct nk_err *err)
{
	const unsigned char *line = NULL;
	const char *said = link->greeting.data;
	size_t length = nk_kexinit_banner((const unsigned char *)said, link->greeting.len, &line);
	const char *end = link->greeting.len > 0 ? strrchr(said, '\n') : NULL;
	const char *last = end ? end + 1 : said;

	if (length > 0 || link->greeting.len == 0 || (!end && nk_text_has_prefix("SSH-", last)) ||
	    nk_text_has_prefix(last, "SSH-"))
		return 0;
	nk_fail(err, NK_E_PROTO, 0, "%s: no SSH server: it said '%.*s'", link->base.peer,
		(int)(strcspn(said, "\r\n") < 120 ? strcspn(said, "\r\n") : 120), said);
	return -1;
}

/* RFC 4253 5.1: 1.99 speaks 2.0 too. */
int nk_sshlink_check_version(struct nk_sshlink *link, struct nk_err *err)
{
	const unsigned char *line = NULL;
	size_t length = nk_kexinit_banner((const unsigned char *)link->greeting.data,
					  link->greeting.len, &line);
	nk_auto(str) char *banner = nk_strndup((const char *)line, length);

	if (length == 0 || nk_text_has_prefix(banner, "SSH-2.0-") ||
	    nk_text_has_prefix(banner, "SSH-1.99-"))
		return 0;
	return nk_fail(err, NK_E_TLS, 0, "%s: the server does not speak SSH 2: it said '%.100s'",
		       link->base.peer, banner);
}
