/*
 * One error struct, on the caller's stack, and the one table of exit statuses.
 *
 * A function that can fail returns a negative value, fills err and leaves its outputs untouched.
 * nk_fail is called where the fault is seen, nk_wrap where a caller knows something the callee did
 * not. Messages are lower case, have no full stop, quote what the peer said, and are escaped when
 * they are stored: err->msg can be printed as it is.
 */
#ifndef NETKIT_ERR_H
#define NETKIT_ERR_H

#include "netkit/mem.h"

/*
 * What kind of thing went wrong. X(name, class in JSON, exit status (curl's), what it means).
 * The exit statuses of CLI.md section 6 are here and nowhere else.
 */
#define NK_DOMAINS(X)                                                                              \
	X(NONE, "none", 0, "done")                                                                 \
	X(NEGATIVE, "negative", 1, "a negative answer, with --exit-status")                        \
	X(USAGE, "usage", 2, "usage or configuration")                                             \
	X(URL, "url", 3, "a malformed URL")                                                        \
	X(UNSUPPORTED, "unsupported", 4, "not supported by this protocol or server")               \
	X(RESOLVE, "resolve", 6, "name lookup failed")                                             \
	X(CONNECT, "connect", 7, "could not connect")                                              \
	X(PROTO, "protocol", 8, "protocol error or unexpected reply")                              \
	X(DENIED, "denied", 9, "permission denied")                                                \
	X(SHORT, "short", 18, "short or truncated transfer")                                       \
	X(WRITE, "write", 23, "local write failed")                                                \
	X(READ, "read", 26, "local read failed")                                                   \
	X(TIMEOUT, "timeout", 28, "timed out")                                                     \
	X(RESUME, "resume", 33, "cannot resume")                                                   \
	X(TLS, "tls", 35, "TLS or SSH handshake failed")                                           \
	X(REFERRAL, "referral", 47, "too many redirects or referrals")                             \
	X(LOST, "lost", 56, "connection lost")                                                     \
	X(CERT, "certificate", 60, "certificate or host key not trusted")                          \
	X(AUTH, "auth", 67, "authentication failed")                                               \
	X(FULL, "full", 70, "remote disk full or over quota")                                      \
	X(EXISTS, "exists", 73, "exists already")                                                  \
	X(MISSING, "missing", 78, "not found")                                                     \
	X(PROXY, "proxy", 97, "proxy failed")                                                      \
	X(PARTIAL, "partial", 100, "some items failed")                                            \
	X(MISMATCH, "mismatch", 101, "verification mismatch")                                      \
	X(INTERRUPT, "interrupt", 130, "interrupted")                                              \
	X(TERMINATE, "terminate", 143, "terminated")

enum nk_domain {
#define NK_DOMAIN_ENUM(name, class, status, meaning) NK_E_##name,
	NK_DOMAINS(NK_DOMAIN_ENUM)
#undef NK_DOMAIN_ENUM
};

struct nk_err {
	enum nk_domain domain;
	int code;      /* errno for the local domains, the reply code for the remote ones, or 0;
			* of NEGATIVE the exit status, 0 for the usual one */
	bool local;    /* code is an errno: nk_fail_errno sets it */
	bool again;    /* trying again later may help */
	char msg[480]; /* outermost context first: "RETR a: 550 no such file" */
};

#define NK_ERR_INIT                                                                                \
	{                                                                                          \
		.domain = NK_E_NONE                                                                \
	}

/* Fill err; returns -1, so that it can be returned. code is 0 where there is none. */
int nk_fail(struct nk_err *err, enum nk_domain domain, int code, const char *format, ...)
	NK_PRINTF(4, 5);

/* The same, marked as worth trying again: lost connections, timeouts, 4yz replies. */
int nk_fail_again(struct nk_err *err, enum nk_domain domain, int code, const char *format, ...)
	NK_PRINTF(4, 5);

/* Fill err from errno, as "context: No such file or directory"; returns -1. */
int nk_fail_errno(struct nk_err *err, enum nk_domain domain, const char *format, ...)
	NK_PRINTF(3, 4);

/* Put context before the message that err holds, "context: message"; returns -1. */
int nk_wrap(struct nk_err *err, const char *format, ...) NK_PRINTF(2, 3);

/* The domain a local errno belongs to: ENOENT is MISSING, EACCES and EPERM DENIED, EEXIST EXISTS,
 * otherwise fallback. ENOSPC stays fallback: a full local disk is a write that failed. */
enum nk_domain nk_domain_of_errno(int code, enum nk_domain fallback);

/* The exit status, the class name for JSON, and the meaning, for help and manual pages. */
int nk_domain_exit(enum nk_domain domain);
const char *nk_domain_class(enum nk_domain domain);
const char *nk_domain_meaning(enum nk_domain domain);
enum { NK_DOMAIN_COUNT = NK_E_TERMINATE + 1 };

#endif
