/*
 * Who the peer is: SSH host keys against known_hosts files, pins and the user's policy.
 *
 * Files are OpenSSH's (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): plain and hashed names, [host]:port,
 * wildcards and negation, @revoked. @cert-authority lines are not used, and say so in the log.
 */
#ifndef NETKIT_HOSTKEY_H
#define NETKIT_HOSTKEY_H

#include "netkit/clock.h"
#include "netkit/err.h"
#include "netkit/facts.h"
#include "netkit/pins.h"
#include "netkit/text.h"

/* A public key as it travels (RFC 4253 6.6); borrowed. */
struct nk_hostkey {
	const char *type; /* "ssh-ed25519": the first string of blob */
	const unsigned char *blob;
	size_t length;
};

/* Host keys that were trusted and could not be remembered in a file: they hold as if they stood in
 * one, for as long as this lives. */
struct nk_hostkey_met;
struct nk_hostkey_met *nk_hostkey_met_new(void);
void nk_hostkey_met_free(struct nk_hostkey_met *met); /* accepts NULL */

/* All borrowed. Files are read in this order; the first of files is the one that is written. */
struct nk_hostkey_policy {
	enum nk_trust trust; /* AUTO counts as ASK here */
	struct nk_strings files;
	struct nk_strings system_files; /* read, never written */
	struct nk_strings
		pins;	   /* "SHA256:B64" or "sha256//B64" of the blob; any: files do not matter */
	bool hashes_names; /* HashKnownHosts: names are hashed in what is written */
	bool no_input;
	bool insecure;		    /* check nothing */
	struct nk_hostkey_met *met; /* read and added to; NULL: nothing is kept */
};

/* Longest line of a known_hosts file that is looked at; longer ones are skipped. */
#define NK_KNOWN_HOSTS_LINE_MAX 16384

/* One line of a known_hosts file; strings are borrowed from the line. */
enum nk_known_marker { NK_KNOWN_PLAIN, NK_KNOWN_REVOKED, NK_KNOWN_AUTHORITY };
struct nk_known_line {
	enum nk_known_marker marker;
	const char *hosts; /* patterns, or one hash */
	size_t hosts_length;
	const char *type;
	size_t type_length;
	const char *key; /* base64 */
	size_t key_length;
};

/* Parse one line, without its line end. Returns 1, 0 for a blank, a comment or nonsense. Pure. */
int nk_known_line_parse(const char *line, size_t length, struct nk_known_line *parsed);

/* Does the line speak of the host as it is known ("h", or "[h]:port" unless the port is 22)? Names
 * are compared without regard to case. Needs the SSL table for hashed names, which it loads; false
 * where that fails. */
bool nk_known_line_matches(const struct nk_known_line *parsed, const char *known_as);

/* The name under which a host is known: "h", "[h]:2222"; lower case, a new string. */
char *nk_hostkey_known_as(const char *host, int port);

/* "SHA256:B64", as ssh-keygen -l prints it; a new string. Fails with unsupported (no library). */
NK_MUST_CHECK int nk_hostkey_fingerprint(const struct nk_hostkey *key, char **text,
					 struct nk_err *err);

/*
 * The key types that the files know for the host, in the order found, each once: what to ask the
 * server for first. At most NK_HOSTKEY_TYPES_MAX.
 */
#define NK_HOSTKEY_TYPES_MAX 16
struct nk_hostkey_types {
	char *names[NK_HOSTKEY_TYPES_MAX];
	int count;
};
void nk_hostkey_known_types(const struct nk_hostkey_policy *policy, const char *known_as,
			    struct nk_hostkey_types *types);
void nk_hostkey_types_release(struct nk_hostkey_types *types);
NK_AUTO(hostkey_types, struct nk_hostkey_types, nk_hostkey_types_release)

/*
 * How the key stands in the files, whatever pins and trust say; file: borrowed from policy, NULL when
 * it is unknown. Fails with cert: what is shown is no key; unsupported (no library).
 */
struct nk_hostkey_found {
	enum nk_hostkey_standing standing;
	const char *file;
	long line;
};
NK_MUST_CHECK int nk_hostkey_look_up(const struct nk_hostkey_policy *policy, const char *known_as,
				     const struct nk_hostkey *key, struct nk_hostkey_found *found,
				     struct nk_err *err);

/*
 * Add a key to a known_hosts file, made with 0600 where it is not there, its folder with 0700.
 * known_as: as nk_hostkey_known_as makes it. key: base64. Fails with write; usage: a name that cannot
 * stand there.
 */
struct nk_hostkey_entry {
	const char *known_as;
	bool hashes_name;
	const char *type;
	const char *key;
};
NK_MUST_CHECK int nk_hostkey_add(const char *path, const struct nk_hostkey_entry *entry,
				 struct nk_err *err);

/*
 * Is this the host's key? Pins decide alone where there are any, in either spelling, padded or not.
 * Else: known and the same is good; a revoked one is refused; another key of the same type, or only
 * keys of other types, is a changed key and refused, naming file and line where the old one stands
 * and the command that removes it (ssh-keygen -R); an unknown host goes by trust, and is remembered
 * where it is trusted (the file and its folder are made with 0600 and 0700; one that cannot be
 * written is a warning, and the key is kept in policy->met). As OpenSSH has it, "[h]:2222" is known too where "h" has the very same key.
 * A file that is there and cannot be read is a warning, and no first use is trusted beside it.
 * shown: the host as the user typed it, for messages. Threads may call it at once, but only one may
 * be asked at a time, and two that meet the same unknown host both remember it: callers take turns,
 * and those with the same policy->met have to.
 * Fails with cert; usage (a pin that is none), unsupported (no library); interrupt and terminate at
 * the question.
 */
NK_MUST_CHECK int nk_hostkey_verify(const struct nk_hostkey_policy *policy, const char *known_as,
				    const char *shown, const struct nk_hostkey *key,
				    struct nk_err *err);

#endif
