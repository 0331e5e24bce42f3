/*
 * SSH: a logged-in connection, and byte channels over it: subsystems and commands.
 *
 * Two transports behind the same functions: libssh2 over our own connection, and the ssh program as
 * a child (one for each channel), which brings certificates, security keys, every algorithm and the
 * user's whole ssh_config. Channels of one connection may be used by several threads, and one channel
 * by one thread that reads and another that writes.
 */
#ifndef NETKIT_SSH_H
#define NETKIT_SSH_H

#include "netkit/hostkey.h"
#include "netkit/session.h"

/* Options of the group "ssh"; all borrowed. */
enum nk_ssh_transport { NK_SSH_AUTO, NK_SSH_LIBSSH2, NK_SSH_OPENSSH };
struct nk_ssh_policy {
	const char *known_hosts; /* file instead of the usual ones */
	int trust;		 /* enum nk_trust */
	struct nk_strings identities;
	const char *jump;      /* [user@]host[:port], several with commas; "none" */
	const char *config;    /* ssh_config file instead of the usual ones, "none" for none */
	int transport;	       /* enum nk_ssh_transport */
	const char *program;   /* instead of "ssh", for the openssh transport; NULL: that */
	const char *subsystem; /* of a classic form, instead of the usual one; NULL: that */
	const char *auth;      /* publickey,password,keyboard-interactive: these, in this order */
};

struct nk_ssh;
struct nk_channel;

/*
 * Dial, check the host key, log in. By way of the target's proxy goes what is dialed: the first of
 * several hosts on the way, and nothing where a ProxyCommand of ssh_config is the way. The ssh
 * program goes by no proxy, and is refused where one would serve (usage).
 * Where the session's facts do not want a login, now or by the time this returns, it ends before
 * that, and the connection is good for nothing but to be freed.
 * session: borrowed; its host is looked up in ssh_config. options:
 * "Key=Value" lines that go before ssh_config, as -o has them; borrowed for the call.
 * Fails with resolve, connect, timeout, tls (no common algorithm: says which are missing; broken
 * packets), cert, auth (says what the server allows and what was tried), usage (ssh_config),
 * unsupported, lost, interrupt.
 */
NK_MUST_CHECK int nk_ssh_open(struct nk_session *session, const struct nk_strings *options,
			      struct nk_ssh **ssh, struct nk_err *err);

/*
 * One more while another thread opens the first: dialed beside it, and logged in when that is
 * (nk_session_await_login). Fails with connect too: the first one failed, or asked somebody.
 */
NK_MUST_CHECK int nk_ssh_open_beside(struct nk_session *session, const struct nk_strings *options,
				     struct nk_ssh **ssh, struct nk_err *err);

/*
 * The known_hosts files that hold for a host, as --known-hosts and ssh_config say, and the name it has
 * in them. host: NULL for any; what ssh_config says of all hosts holds then, and there is no name.
 * port: 0 for ssh_config's or the usual one. Fails with usage (ssh_config).
 */
struct nk_known_files {
	struct nk_strings files;  /* owned strings, the first is the one that is written */
	struct nk_strings system; /* owned strings, never written */
	char *known_as;		  /* owned */
};
NK_MUST_CHECK int nk_known_files_find(const struct nk_ssh_policy *policy, const char *host,
				      int port, struct nk_known_files *found, struct nk_err *err);
void nk_known_files_release(struct nk_known_files *found);
NK_AUTO(known_files, struct nk_known_files, nk_known_files_release)

/* Polite disconnect if the connection lives. Accepts NULL. All channels are freed before. */
void nk_ssh_free(struct nk_ssh *ssh);

/* All channels are freed next, and it behind them: no answer of the server to that is worth waiting
 * for. Accepts NULL. */
void nk_ssh_leave(struct nk_ssh *ssh);

const char *nk_ssh_peer(const struct nk_ssh *ssh); /* "host:22"; borrowed */

/* Would another connection log in as this one did without asking anybody? */
bool nk_ssh_can_repeat(const struct nk_ssh *ssh);

/* This connection is the first of its session, for those that are opened beside it. */
void nk_ssh_note_login(const struct nk_ssh *ssh, struct nk_session *session);

/* Start a subsystem ("sftp", RFC 4254 6.5) or a command for the remote shell. Fails with unsupported
 * (refused by the server), lost, timeout. */
enum nk_channel_kind { NK_CHANNEL_SUBSYSTEM, NK_CHANNEL_COMMAND };
NK_MUST_CHECK int nk_ssh_start(struct nk_ssh *ssh, enum nk_channel_kind kind, const char *what,
			       struct nk_channel **channel, struct nk_err *err);

/* At most size bytes, waiting for the first; 0 at the end. What the peer writes to its stderr goes to
 * the log. Fails with timeout, lost, interrupt. */
NK_MUST_CHECK ssize_t nk_channel_read(struct nk_channel *channel, void *bytes, size_t size,
				      struct nk_err *err);

/* Write all of them. */
NK_MUST_CHECK int nk_channel_write(struct nk_channel *channel, const void *bytes, size_t length,
				   struct nk_err *err);

/* Say that nothing more will be written. */
NK_MUST_CHECK int nk_channel_end(struct nk_channel *channel, struct nk_err *err);

/* After the end was read: the command's exit status, 128 + n when signal n ended it, 255 when it is
 * not known. */
NK_MUST_CHECK int nk_channel_status(struct nk_channel *channel, int *status, struct nk_err *err);

/* Is a channel that nobody reads still open, as far as can be seen without asking the server? */
bool nk_channel_is_alive(struct nk_channel *channel);

void nk_channel_free(struct nk_channel *channel); /* accepts NULL */

NK_AUTO_HANDLE(ssh, struct nk_ssh *, nk_ssh_free)
NK_AUTO_HANDLE(channel, struct nk_channel *, nk_channel_free)

#endif
