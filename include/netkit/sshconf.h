/*
 * ssh_config(5): what OpenSSH's client would do for a host, as far as it matters for moving files.
 *
 * The first value found for a keyword holds: options of the command line, then the user's file, then
 * the system's. Keywords that change nothing here (forwarding, ControlMaster, escape characters) are
 * passed over in silence; unknown ones are an error naming file and line unless IgnoreUnknown lists
 * them. Includes nest 16 deep. "Match exec" runs its command by /bin/sh. "Match final" has the files
 * read a second time, as OpenSSH does; canonical holds only then, for names are not canonicalized.
 * localnetwork and version never hold, with or without "!".
 */
#ifndef NETKIT_SSHCONF_H
#define NETKIT_SSHCONF_H

#include "netkit/clock.h"
#include "netkit/err.h"
#include "netkit/text.h"

/* StrictHostKeyChecking. */
enum nk_sshconf_strict {
	NK_STRICT_UNSET,
	NK_STRICT_YES,
	NK_STRICT_ASK,
	NK_STRICT_ACCEPT_NEW,
	NK_STRICT_NO, /* also off */
};

/* Most files of one keyword, as OpenSSH has it. */
#define NK_SSHCONF_FILES_MAX 100

/* Paths of a keyword that takes several; owned. "none" makes an empty list that is_set. */
struct nk_sshconf_files {
	char *items[NK_SSHCONF_FILES_MAX];
	int count;
	bool is_set;
};

/* What holds for one host. Strings are owned, NULL while nothing is said; ints are -1 then. Tokens
 * (%h %p %r %n %u %d %L %l %i %k %j %C %%), ${NAME} and ~ are expanded in paths, tokens in commands.
 * user and port are the query's where it has them. */
struct nk_sshconf {
	char *host_name; /* in lower case */
	char *user;
	int port;
	struct nk_sshconf_files identities;	    /* IdentityFile */
	struct nk_sshconf_files certificates;	    /* CertificateFile */
	struct nk_sshconf_files known_hosts;	    /* UserKnownHostsFile */
	struct nk_sshconf_files system_known_hosts; /* GlobalKnownHostsFile */
	int identities_only;
	char *identity_agent; /* path, "none", "SSH_AUTH_SOCK" or "$NAME" */
	enum nk_sshconf_strict strict;
	int hash_known_hosts;
	char *host_key_alias;
	char *host_key_algorithms; /* lists as written, with their leading + - ^ */
	char *ciphers;
	char *kex_algorithms;
	char *macs;
	char *pubkey_algorithms; /* PubkeyAcceptedAlgorithms */
	char *authentications;	 /* PreferredAuthentications */
	int pubkey_authentication;
	int password_authentication;
	int kbd_interactive_authentication;
	int password_prompts; /* NumberOfPasswordPrompts */
	int batch_mode;
	/* At most one of the two: the first that is said ("ProxyJump none" gives way to a command).
	 * "none" when it says so. */
	char *proxy_jump;    /* [user@]host[:port], several with commas */
	char *proxy_command; /* for /bin/sh */
	int64_t connect_timeout_ms;
	int server_alive_interval_s;
	int server_alive_count_max;
	int compression;
	int address_family; /* -1, 0 any, 4, 6 */
	char *bind_address;
	bool needs_ssh; /* something only the ssh program can do was asked for: what is in why */
	char *why;	/* "CertificateFile in /home/u/.ssh/config:3"; owned */
};

struct nk_sshconf_query {
	const char *host; /* as the user typed it */
	const char *user; /* given by URL or option; NULL: none */
	int port;	  /* given, 0: none */
	const char *file; /* instead of the two usual files; "none" for neither; NULL: the usual */
	const struct nk_strings *options; /* "Key=Value" or "Key Value" of -o, first wins */
	const char *home;		  /* NULL: $HOME, else the password file's */
	const char *system_file;	  /* NULL: /etc/ssh/ssh_config */
};

/*
 * Fill conf, released with nk_sshconf_release. Fails with usage: a file that was named and cannot be
 * read, the user's file or an included one that others can write (as OpenSSH refuses it), a keyword
 * that is unknown or has an unusable value, with file and line, a host or user that a shell would
 * not take for a name where a command asks for it; with timeout or interrupt for "Match exec".
 */
NK_MUST_CHECK int nk_sshconf_load(const struct nk_sshconf_query *query, struct nk_sshconf *conf,
				  struct nk_err *err);
void nk_sshconf_release(struct nk_sshconf *conf);
NK_AUTO(sshconf, struct nk_sshconf, nk_sshconf_release)

#define NK_SSHCONF_INIT                                                                            \
	{                                                                                          \
		.port = -1, .identities_only = -1, .hash_known_hosts = -1,                         \
		.pubkey_authentication = -1, .password_authentication = -1,                        \
		.kbd_interactive_authentication = -1, .password_prompts = -1, .batch_mode = -1,    \
		.connect_timeout_ms = -1, .server_alive_interval_s = -1,                           \
		.server_alive_count_max = -1, .compression = -1, .address_family = -1,             \
	}

/* Does host match a list of patterns with * ? and !, separated by blanks (' ') or commas (',')? Case
 * counts: callers for whom it does not fold both. Pure; ssh_config(5) PATTERNS. */
bool nk_sshconf_pattern_matches(const char *patterns, char separator, const char *host);

/*
 * An algorithm list as ssh_config writes it, laid over what we would offer: "a,b" replaces, "+a"
 * adds, "-a*" removes, "^a" puts first; what supported (comma list) does not have falls out. A new
 * string, empty when nothing is left. Pure.
 */
char *nk_sshconf_algorithms(const char *list, const char *offered, const char *supported);

#endif
