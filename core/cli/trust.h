/*
 * netkit trust: the one list of keys that are remembered, of TLS servers and of SSH hosts.
 */
#ifndef NETKIT_CLI_TRUST_H
#define NETKIT_CLI_TRUST_H

#include "netkit/applet.h"

extern const struct nk_verb nk_trust_verb;

/* "HOST", "HOST:PORT", "[V6]:PORT", or a URL, of which the path does not count. */
struct nk_trust_name {
	char *host; /* lower case, without brackets; owned */
	int port;   /* 0: any */
};

/* Read one. A URL's port is that of its scheme where it has none. Fails with usage, url. Pure. */
NK_MUST_CHECK int nk_trust_name_parse(const struct nk_applet *const *applets, const char *text,
				      struct nk_trust_name *name, struct nk_err *err);
void nk_trust_name_release(struct nk_trust_name *name);
NK_AUTO(trust_name, struct nk_trust_name, nk_trust_name_release)

/* ---- the lines of both kinds of files: trustlist.c ---- */

/* What is wanted of them, and of which files. */
struct nk_trust_files {
	const struct nk_trust_name *name; /* NULL: all */
	const char *known_as;		  /* the name that ssh_config makes of it; or NULL */
	const char *pins;		  /* NULL: there is none */
	const struct nk_strings *known;	  /* known_hosts files */
	const struct nk_strings *system;  /* those that are never written */
};

/* Print every line that is wanted. Returns how many. Fails with read, write. */
NK_MUST_CHECK int nk_trust_print(const struct nk_trust_files *files, struct nk_out *out,
				 struct nk_err *err);

/* Take them out of the files that may be written, and print them. Lines that name several hosts by a
 * pattern stay, with a notice. Returns how many. Fails with read, write, timeout, interrupt. */
NK_MUST_CHECK int nk_trust_take_out(const struct nk_trust_files *files, struct nk_out *out,
				    struct nk_err *err);

#endif
