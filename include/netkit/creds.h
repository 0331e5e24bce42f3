/*
 * Who we are: the user and where the secret comes from, in the order of CLI.md 7: an option
 * (descriptor, standard input, file, command), the credentials directory, netrc, a prompt.
 */
#ifndef NETKIT_CREDS_H
#define NETKIT_CREDS_H

#include <pthread.h>

#include "netkit/secret.h"

/* The user's options of the group "who"; all borrowed. */
struct nk_creds_policy {
	const char *user;
	bool is_user_usual; /* the user is a config's: a URL that names one has another */
	const char *password_file;
	int password_fd; /* -1: none */
	bool password_stdin;
	const char *password_command; /* run without a shell unless it begins with '!' */
	const char *netrc;	      /* file; "" for the usual one, NULL when not said */
	bool no_netrc;
	bool no_input;
	const char *profile; /* whose file in the credentials directory it is; NULL: none's */
	bool is_proxy;	     /* of a proxy: nothing that is meant for every host is sent to it */
	const struct nk_secret *given; /* what one of those sources answered already; or NULL */
};

struct nk_creds {
	const struct nk_creds_policy *policy;
	const char *host; /* for netrc and the prompt; borrowed */
	char *user;	  /* from the URL, --user or netrc; NULL: anonymous; owned */
	struct nk_secret password;
	bool is_looked_up; /* the sources were asked */
	bool is_typed;	   /* the password came from the terminal */
	bool is_proven;	   /* the server has taken it before */
	pthread_mutex_t lock;
};

/* url_user: the user in the URL, or NULL; it wins over netrc's and a config's, --user wins over it. */
void nk_creds_setup(struct nk_creds *creds, const struct nk_creds_policy *policy, const char *host,
		    const char *url_user);

/*
 * The user to log in as; NULL when neither option, URL nor netrc names one. Borrowed.
 * Fails with usage (netrc that others can read, or broken).
 */
NK_MUST_CHECK int nk_creds_user(struct nk_creds *creds, const char **user, struct nk_err *err);

/*
 * The password of that user. Asked for once, then kept for the next connection of any thread;
 * borrowed until the session goes. Fails with auth when there is none and no way to ask, and says
 * which options would have answered; with usage for a source that cannot be read.
 */
NK_MUST_CHECK int nk_creds_password(struct nk_creds *creds, const struct nk_secret **password,
				    struct nk_err *err);

/* Is there a password that nobody has to be asked for? 1, 0. Fails with usage for a source that
 * cannot be read. */
NK_MUST_CHECK int nk_creds_is_given(struct nk_creds *creds, struct nk_err *err);

/*
 * A copy of the password that other threads cannot replace; asked for once, as above. refused: one
 * that the server did not take (NULL: none), for which a person who typed it is asked for another.
 * Fails as above, and with auth when the refused one came from elsewhere.
 */
NK_MUST_CHECK int nk_creds_copy(struct nk_creds *creds, const struct nk_secret *refused,
				struct nk_secret *copy, struct nk_err *err);

/* The server has taken the password: where another connection is refused, it is not to blame. */
void nk_creds_prove(struct nk_creds *creds);

/* May a refusal mean that a person mistyped it? */
bool nk_creds_is_doubtful(struct nk_creds *creds);

void nk_creds_release(struct nk_creds *creds);

#endif
