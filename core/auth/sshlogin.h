/*
 * Logging in (RFC 4252): the state of one login, and its three methods.
 */
#ifndef CORE_AUTH_SSHLOGIN_H
#define CORE_AUTH_SSHLOGIN_H

#include "netkit/sshkey.h"
#include "sshlink.h"

/* How a method ended; negative for what ends the login. */
enum nk_login_result {
	NK_LOGIN_REFUSED, /* or not possible: there is nothing more to try with it */
	NK_LOGIN_DONE,
	NK_LOGIN_PERHAPS, /* refused, or only a first of several steps: ask the server for its list */
};

/* One key that may be tried. */
struct nk_login_key {
	char *path;	       /* owned; NULL for a key of the agent */
	struct nk_sshkey *key; /* owned; NULL until the file is loaded */
	struct nk_buf blob;    /* public half, when key is NULL */
	bool is_named;	       /* by an option: it has to be there */
	bool is_tried;
};

/* Agents hold 64 keys, files of ssh_config and options come on top. */
#define NK_LOGIN_KEYS_MAX 160

/* OpenSSH's servers close at 6 failures, others later; nobody needs more. */
#define NK_LOGIN_TRIES_MAX 20

struct nk_sshlogin {
	struct nk_sshlink *link;
	const struct nk_ssh_plan *plan;
	const char *user;
	bool may_ask;
	int tries;
	struct nk_buf tried;  /* "publickey (agent ed25519 a@b), password" */
	struct nk_err reason; /* why something was not tried or did not work; NONE: refused */

	struct nk_sshagent *agent;
	struct nk_login_key keys[NK_LOGIN_KEYS_MAX];
	int key_count;
	bool has_keys;	    /* they were collected */
	bool needs_program; /* a certificate or security key lies beside what was tried */

	struct nk_secret password; /* that was tried last */
	bool is_refused;	   /* the password */
	bool was_typed;		   /* a person answered in this try */
	int typed;		   /* tries in which a person did */

	bool uses_password; /* this try of keyboard-interactive */
	bool is_unanswered; /* it has a question that nobody can answer */
	int questions;	    /* rounds of keyboard-interactive */
};

/* The methods: a result, or -1 with err. */
NK_MUST_CHECK int nk_login_publickey(struct nk_sshlogin *login, struct nk_err *err);
NK_MUST_CHECK int nk_login_keyboard(struct nk_sshlogin *login, struct nk_err *err);
NK_MUST_CHECK int nk_login_password(struct nk_sshlogin *login, struct nk_err *err);

/* What a code of the library other than EAGAIN means for a method: a result, or -1 with err when
 * the connection is gone. */
NK_MUST_CHECK int nk_login_result(struct nk_sshlogin *login, int code, struct nk_err *err);

/* Wait after EAGAIN. */
NK_MUST_CHECK int nk_login_wait(struct nk_sshlogin *login, struct nk_err *err);

/* Before anybody is asked, or anything is shown or tried in earnest: what logs in beside another waits
 * until that is admitted, so that it is asked and refused once. Fails with connect and lost. */
NK_MUST_CHECK int nk_login_await(const struct nk_sshlogin *login, struct nk_err *err);

/* Keep for the message what was tried. */
void nk_login_note(struct nk_sshlogin *login, const char *format, ...) NK_PRINTF(2, 3);

/* Keep why something could not be tried; the first one counts. */
void nk_login_note_reason(struct nk_sshlogin *login, const struct nk_err *reason);

void nk_login_keys_release(struct nk_sshlogin *login);

#endif
