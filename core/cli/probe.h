/*
 * netkit probe: what servers show of themselves.
 */
#ifndef NETKIT_CLI_PROBE_H
#define NETKIT_CLI_PROBE_H

#include "netkit/applet.h"

extern const struct nk_verb nk_probe_verb;

/*
 * Look at the server that a session is for by its applet, again (--retries) while that may help.
 * facts: initialized, and cleared first; filled as far as it gets, whatever comes of it; released by the caller.
 * applet: what speaks the session's scheme. Fails as the applet does; unsupported when it has no look.
 */
struct nk_look {
	const struct nk_applet *applet;
	struct nk_session *session;
	const char *path;
	bool wants_login;
};
NK_MUST_CHECK int nk_look_at(const struct nk_look *look, struct nk_facts *facts,
			     struct nk_err *err);

#endif
