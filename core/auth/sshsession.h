/*
 * What the two transports of an SSH session have in common, and what a session is opened with.
 */
#ifndef CORE_AUTH_SSHSESSION_H
#define CORE_AUTH_SSHSESSION_H

#include "netkit/arena.h"
#include "netkit/ssh.h"
#include "netkit/sshconf.h"

#define NK_SSH_PORT 22

/* The code of an error that the ssh program would not have. */
#define NK_SSH_NEEDS_PROGRAM (-33)

/* Jump hosts of jump hosts of ... */
#define NK_SSH_JUMPS_MAX 8

struct nk_ssh_ops {
	int (*start)(struct nk_ssh *ssh, enum nk_channel_kind kind, const char *what,
		     struct nk_channel **channel, struct nk_err *err);
	void (*leave)(struct nk_ssh *ssh); /* NULL: nothing is to be done */
	void (*free)(struct nk_ssh *ssh);
};

struct nk_channel_ops {
	ssize_t (*read)(struct nk_channel *channel, void *bytes, size_t size, struct nk_err *err);
	int (*write)(struct nk_channel *channel, const void *bytes, size_t length,
		     struct nk_err *err);
	int (*end)(struct nk_channel *channel, struct nk_err *err);
	int (*status)(struct nk_channel *channel, int *status, struct nk_err *err);
	bool (*is_alive)(struct nk_channel *channel);
	void (*free)(struct nk_channel *channel);
};

/* The first member of each transport's session and channel. */
struct nk_ssh {
	const struct nk_ssh_ops *ops;
	char *peer;	   /* "host:22"; owned */
	bool was_asked;	   /* a person answered, or may have: another connection would ask again */
	bool takes_others; /* beside it (nk_ssh_open_beside) */
};
struct nk_channel {
	const struct nk_channel_ops *ops;
};

/* What a session is opened with; everything is borrowed for the call. */
struct nk_ssh_plan {
	struct nk_session *session;
	struct nk_session
		*root; /* that the user asked for: hosts on the way to it have their own */
	const struct nk_ssh_policy *policy;
	const struct nk_strings *options;
	const char *user;	       /* of URL, option or netrc; NULL: none is named */
	int jumps;		       /* how many sessions want to go through this one */
	int port;		       /* named by the user; 0: none */
	bool is_beside;		       /* another connection is the first, and opened now */
	const struct nk_sshconf *conf; /* NULL: it is left to the ssh program */
};

/* nk_ssh_open for a host through which that of behind is reached. */
NK_MUST_CHECK int nk_ssh_open_jump(struct nk_session *session, const struct nk_ssh_plan *behind,
				   struct nk_ssh **ssh, struct nk_err *err);

/* Can a person be asked: is there a terminal, and are questions allowed? conf: NULL says nothing. */
bool nk_ssh_may_ask(const struct nk_session *session, const struct nk_sshconf *conf);

/* The ssh program as a child for each channel. Fails with usage (an option that it cannot serve),
 * unsupported (it is not there); whatever concerns the server comes from the channels. */
NK_MUST_CHECK int nk_ssh_child_open(const struct nk_ssh_plan *plan, struct nk_ssh **ssh,
				    struct nk_err *err);

/* Is there an ssh program? */
bool nk_ssh_child_is_there(void);

/*
 * The command line of the ssh program up to and with the host: words of args, NULL not included,
 * that live in arena or are borrowed from the plan. Fails with usage: what it cannot serve.
 */
NK_MUST_CHECK int nk_ssh_child_args(const struct nk_ssh_plan *plan, struct nk_arena *arena,
				    struct nk_strings *args, struct nk_err *err);

/*
 * What the ssh program means by what it wrote to its stderr before it ended with 255: -1 with err
 * filled and its line quoted, 0 for words that are not its own. Pure.
 */
int nk_ssh_child_blame(const char *text, struct nk_err *err);

/* Does the line tell the end of the connection? */
bool nk_ssh_child_is_loss(const char *line, size_t length);

#endif
