/*
 * The netrc file: machine, default, login, password, account, macdef (ftp(1)).
 */
#ifndef NETKIT_NETRC_H
#define NETKIT_NETRC_H

#include "netkit/secret.h"

/* Longest netrc file taken. */
#define NK_NETRC_MAX (1 << 20)

struct nk_netrc_entry {
	char *login;		   /* owned; NULL when the entry has none */
	struct nk_secret password; /* unset when the entry has none */
	bool is_default;	   /* it names no machine */
};

#define NK_NETRC_ENTRY_INIT                                                                        \
	{                                                                                          \
		.login = NULL                                                                      \
	}

/*
 * Find the first entry for host (and login, unless NULL), else "default". Quoted tokens as curl has
 * them ("pass word", \" and \\). Returns 1 when found, 0 when not, -1 with usage for a broken file;
 * the message names the line. A pure parser.
 */
NK_MUST_CHECK int nk_netrc_find(const char *text, size_t length, const char *host,
				const char *login, struct nk_netrc_entry *entry,
				struct nk_err *err);

/*
 * The same on a file. path: NULL or "" for $NETRC, else ~/.netrc; then a missing file is no error.
 * A file with a password that group or others can read is refused with usage.
 */
NK_MUST_CHECK int nk_netrc_look_up(const char *path, const char *host, const char *login,
				   struct nk_netrc_entry *entry, struct nk_err *err);

/*
 * Look at the next machine from *at on, a position in the text that begins at 0: 1 with its name, a
 * new string, 0 at the end, -1 with usage for a broken file. A pure parser.
 */
NK_MUST_CHECK int nk_netrc_next_machine(const char *text, size_t length, size_t *at, char **host,
					struct nk_err *err);

/* The whole file, for the caller to wipe and free. path: NULL or "" as above. 1, 0 when there is no
 * usual one, -1 with usage. */
NK_MUST_CHECK int nk_netrc_read(const char *path, char **text, size_t *length, struct nk_err *err);

void nk_netrc_entry_release(struct nk_netrc_entry *entry);
NK_AUTO(netrc_entry, struct nk_netrc_entry, nk_netrc_entry_release)

#endif
