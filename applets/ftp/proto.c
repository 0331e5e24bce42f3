/* proto.c - the FTP conversation: login, TLS, commands, replies (RFC 959, 2228, 4217, 7151). */
#include "ftp.h"

#include <stdio.h>

#include "netkit/clock.h"
#include "netkit/lib/z.h"
#include "netkit/log.h"

/* How often a server may say that its greeting is delayed. */
#define FTP_DELAYS_MAX 16

/* Passwords that are asked for, when a person types wrong ones; ssh(1) asks as often. */
#define FTP_PASSWORD_TRIES 3

/* What a failed reply is about, by words that servers use; looked for in this order. */
static const struct ftp_words {
	const char *words;
	enum nk_domain domain;
} ftp_words[] = {
	{ "no such", NK_E_MISSING },
	{ "not found", NK_E_MISSING },
	{ "not exist", NK_E_MISSING },
	{ "n't exist", NK_E_MISSING },
	{ "cannot find", NK_E_MISSING },
	{ "can't find", NK_E_MISSING },
	{ "quota", NK_E_FULL },
	{ "no space", NK_E_FULL },
	{ "disk full", NK_E_FULL },
	{ "exceeded", NK_E_FULL },
	{ "writing to local file", NK_E_FULL }, /* vsftpd has no other word for a full disk */
	{ "file exists", NK_E_EXISTS },
	{ "already exists", NK_E_EXISTS },
	{ "is a directory", NK_E_UNSUPPORTED },
	{ "not a regular file", NK_E_UNSUPPORTED },
	{ "not a plain file", NK_E_UNSUPPORTED },
	{ "not empty", NK_E_DENIED },
	{ "permission", NK_E_DENIED },
	{ "denied", NK_E_DENIED },
	{ "not allowed", NK_E_DENIED },
	{ "not permitted", NK_E_DENIED },
	{ "prohibited", NK_E_DENIED },
	{ "read-only", NK_E_DENIED },
	{ "forbidden", NK_E_DENIED },
	{ "unauthorized", NK_E_DENIED },
};

/* What a reply code means by itself (RFC 959 4.2.2, RFC 4217, RFC 2228). */
static const struct ftp_code {
	int code;
	enum nk_domain domain;
	bool again;
} ftp_codes[] = {
	{ 421, NK_E_LOST, true },	  { 425, NK_E_CONNECT, true },
	{ 426, NK_E_LOST, true },	  { 430, NK_E_AUTH, false },
	{ 450, NK_E_DENIED, true },	  { 451, NK_E_PROTO, true },
	{ 452, NK_E_FULL, false },	  { 500, NK_E_UNSUPPORTED, false },
	{ 502, NK_E_UNSUPPORTED, false }, { 504, NK_E_UNSUPPORTED, false },
	{ 521, NK_E_TLS, false },	  { 522, NK_E_TLS, false },
	{ 530, NK_E_AUTH, false },	  { 532, NK_E_AUTH, false },
	{ 533, NK_E_TLS, false },	  { 534, NK_E_TLS, false },
	{ 535, NK_E_TLS, false },	  { 536, NK_E_TLS, false },
	{ 550, NK_E_DENIED, false },	  { 552, NK_E_FULL, false },
	{ 553, NK_E_DENIED, false },
};

static enum nk_domain ftp_domain_of_words(const char *text)
{
	for (size_t i = 0; i < NK_COUNT(ftp_words); i++) {
		if (strcasestr(text, ftp_words[i].words))
			return ftp_words[i].domain;
	}
	return NK_E_NONE;
}

/* Length of "SITE CHMOD 0644" in "SITE CHMOD 0644 /a": paths are absolute, or quoted. */
static size_t ftp_words_before_path(const char *command)
{
	const char *path = strstr(command, " /");
	const char *quoted = strstr(command, " \"");

	if (!path || (quoted && quoted < path))
		path = quoted;
	return path ? (size_t)(path - command) : strlen(command);
}

int ftp_refused(struct ftp *ftp, struct nk_err *err, const char *what)
{
	int code = ftp->reply.code;
	enum nk_domain domain = NK_E_PROTO;
	bool again = false;

	ftp->is_vague = false;
	for (size_t i = 0; i < NK_COUNT(ftp_codes); i++) {
		if (ftp_codes[i].code == code) {
			domain = ftp_codes[i].domain;
			again = ftp_codes[i].again;
		}
	}
	/* Only replies about a file leave room for its words. */
	if (code == 450 || code == 451 || code == 550 || code == 553 || code == 501) {
		enum nk_domain said = ftp_domain_of_words(ftp->reply.text.data);

		ftp->is_vague = said == NK_E_NONE && code != 501;
		domain = said != NK_E_NONE ? said : domain;
		again = again && said == NK_E_NONE;
	}
	/* The path is said by the caller: of the command, the words before it. */
	nk_fail(err, domain, code, "%s: %.*s: %d %s", nk_conn_peer(ftp->control),
		(int)ftp_words_before_path(what), what, code, ftp->reply.text.data);
	err->again = again;
	return -1;
}

/* The line as telnet carries it (RFC 959 3.4, RFC 2640 3.1): the byte 255 is doubled. */
static char *ftp_telnet(const char *line)
{
	char *wire = nk_alloc(2 * strlen(line) + 1);
	size_t length = 0;

	for (; *line != '\0'; line++) {
		wire[length++] = *line;
		if ((unsigned char)*line == 255)
			wire[length++] = *line;
	}
	return wire;
}

int ftp_send(struct ftp *ftp, struct nk_err *err, const char *format, ...)
{
	nk_auto(str) char *line = NULL;
	nk_auto(str) char *wire = NULL;
	va_list args;

	va_start(args, format);
	line = nk_vformat(format, args);
	va_end(args);
	if (ftp->is_broken && ftp->broken_by.domain != NK_E_NONE) {
		*err = ftp->broken_by;
		return -1;
	}
	if (ftp->is_broken)
		return nk_fail_again(err, NK_E_LOST, 0, "%s: the session has ended",
				     nk_conn_peer(ftp->control));
	nk_log(NK_LOG_INFO, "> %s", line);
	wire = ftp->is_without_telnet ? nk_strdup(line) : ftp_telnet(line);
	if (nk_line_sendf(ftp->control, err, "%s", wire) < 0) {
		ftp->is_broken = ftp->is_broken || err->domain != NK_E_USAGE;
		return -1;
	}
	return 0;
}

int ftp_answer(struct ftp *ftp, struct nk_err *err)
{
	ftp->is_vague = false;
	if (nk_reply_read(ftp->control, &ftp->reply, err) < 0) {
		ftp->is_broken = true;
		ftp->broken_by = *err;
		return -1;
	}
	nk_log(NK_LOG_INFO, "< %d %s", ftp->reply.code, ftp->reply.text.data);
	if (ftp->reply.code == 421) {
		ftp->is_broken = true;
		return ftp_refused(ftp, err, "the server ends the session");
	}
	return 0;
}

int ftp_command(struct ftp *ftp, int class, struct nk_err *err, const char *format, ...)
{
	nk_auto(str) char *line = NULL;
	va_list args;

	va_start(args, format);
	line = nk_vformat(format, args);
	va_end(args);
	if (ftp_settle(ftp, err) < 0 || ftp_send(ftp, err, "%s", line) < 0 ||
	    ftp_answer(ftp, err) < 0)
		return -1;
	return nk_reply_class(&ftp->reply) == class ? 0 : ftp_refused(ftp, err, line);
}

/* ---- greeting and TLS ---- */

int ftp_greeting(struct ftp *ftp, struct nk_err *err)
{
	static const char *const known[] = { "vsFTPd", "ProFTPD", "Pure-FTPd", "FileZilla" };

	nk_conn_set_purpose(ftp->control, "waiting for the greeting");
	/* RFC 959 5.4: 120 announces a delay, the greeting follows. */
	for (int i = 0; i == 0 || (nk_reply_class(&ftp->reply) == 1 && i < FTP_DELAYS_MAX); i++) {
		if (ftp_answer(ftp, err) < 0)
			return -1;
	}
	nk_conn_set_purpose(ftp->control, "waiting for a reply");
	if (nk_reply_class(&ftp->reply) != 2)
		return ftp_refused(ftp, err, "greeting");
	for (size_t i = 0; i < NK_COUNT(known); i++)
		ftp->is_pipelined = ftp->is_pipelined || strstr(ftp->reply.text.data, known[i]);
	/* ProFTPD answers SIZE while it stores, Pure-FTPd takes what comes for ABOR. */
	ftp->is_patient = strstr(ftp->reply.text.data, "vsFTPd") != NULL;
	ftp->is_without_telnet = ftp->is_patient;
	return 0;
}

/* RFC 4217 4: upgrade where it is offered; where it is required, or else. */
int ftp_secure(struct ftp *ftp, struct nk_err *err)
{
	int mode = nk_tls_policy(ftp->fs.session->target.tls)->mode;

	if (nk_conn_is_secure(ftp->control) || mode == NK_TLS_OFF)
		return 0;
	if (ftp_send(ftp, err, "AUTH TLS") < 0 || ftp_answer(ftp, err) < 0)
		return -1;
	if (ftp->reply.code == 234)
		return nk_conn_starttls(ftp->control, err);
	if (mode == NK_TLS_REQUIRED)
		return nk_fail(err, NK_E_TLS, ftp->reply.code,
			       "%s: the server offers no TLS: AUTH TLS: %d %s",
			       nk_conn_peer(ftp->control), ftp->reply.code, ftp->reply.text.data);
	return 0;
}

/* ---- login ---- */

static int ftp_login_refused(struct ftp *ftp, const char *user, struct nk_err *err)
{
	nk_fail(err, NK_E_AUTH, ftp->reply.code, "%s: login as %s refused: %d %s",
		nk_conn_peer(ftp->control), user, ftp->reply.code, ftp->reply.text.data);
	/* RFC 959 5.4: a 4yz reply to USER or PASS may be otherwise later. */
	err->again = nk_reply_class(&ftp->reply) == 4 && ftp->reply.code != 430;
	return -1;
}

/* What is logged in with. password: the one that was sent last; it was refused when there is one. */
struct ftp_identity {
	const char *user;
	bool is_anonymous;
	struct nk_secret password;
};

static void ftp_identity_release(struct ftp_identity *identity)
{
	nk_secret_release(&identity->password);
}
NK_AUTO(ftp_identity, struct ftp_identity, ftp_identity_release)

static int ftp_send_password(struct ftp *ftp, struct ftp_identity *identity, struct nk_err *err)
{
	struct nk_secret *password = &identity->password;
	const struct nk_secret *refused = nk_secret_is_set(password) ? password : NULL;

	if (identity->is_anonymous)
		return ftp_send(ftp, err, "PASS netkit@");
	if (nk_session_allows_login(ftp->fs.session, ftp->control, err) < 0 ||
	    nk_creds_copy(&ftp->fs.session->creds, refused, password, err) < 0)
		return -1;
	nk_log(NK_LOG_INFO, "> PASS ****");
	return nk_line_send_secret(ftp->control, "PASS ", password, err);
}

/* After 332, and after 232 or 230 nothing more (RFC 959 5.4, RFC 4217 6). */
static int ftp_send_account(struct ftp *ftp, const char *user, struct nk_err *err)
{
	if (!ftp->opts->account)
		return nk_fail(err, NK_E_AUTH, ftp->reply.code,
			       "%s: the server wants an account: give --account",
			       nk_conn_peer(ftp->control));
	if (ftp_send(ftp, err, "ACCT %s", ftp->opts->account) < 0 || ftp_answer(ftp, err) < 0)
		return -1;
	return nk_reply_class(&ftp->reply) == 2 ? 0 : ftp_login_refused(ftp, user, err);
}

/* Does the server ask for a password? 1, 0 where the reply says what came of it, -1. */
static int ftp_send_user(struct ftp *ftp, const struct ftp_identity *identity, struct nk_err *err)
{
	if (ftp_send(ftp, err, "USER %s", identity->user) < 0 || ftp_answer(ftp, err) < 0)
		return -1;
	return ftp->reply.code == 331 || ftp->reply.code == 336;
}

/* USER, and PASS where that is asked for; the last reply says what came of it. refused: why the try before
 * failed, NULL: there was none. Where the server hangs up on who was refused, that is still why. */
static int ftp_identify(struct ftp *ftp, struct ftp_identity *identity,
			const struct nk_err *refused, struct nk_err *err)
{
	int asks = ftp_send_user(ftp, identity, err);

	if (asks < 0 && refused && err->domain == NK_E_LOST)
		*err = *refused;
	if (asks <= 0)
		return asks;
	return ftp_send_password(ftp, identity, err) < 0 ? -1 : ftp_answer(ftp, err);
}

/* Did a person type a password that is wrong? They are asked again. A server that has no room for another
 * connection may say 530 as well. */
static bool ftp_is_mistyped(const struct ftp *ftp, const struct ftp_identity *identity)
{
	return ftp->reply.code == 530 && nk_secret_is_set(&identity->password) &&
	       nk_creds_is_doubtful(&ftp->fs.session->creds);
}

int ftp_login(struct ftp *ftp, struct nk_err *err)
{
	nk_auto(ftp_identity) struct ftp_identity identity = { .password = NK_SECRET_INIT };
	const char *user = NULL;
	int tries = 0;

	if (nk_creds_user(&ftp->fs.session->creds, &user, err) < 0)
		return -1;
	user = user ? user : "anonymous";
	identity.user = user;
	identity.is_anonymous = strcmp(user, "anonymous") == 0 || strcmp(user, "ftp") == 0;
	if (!identity.is_anonymous &&
	    nk_session_allows_login(ftp->fs.session, ftp->control, err) < 0)
		return -1;
	if (ftp_identify(ftp, &identity, NULL, err) < 0)
		return -1;
	while (ftp_is_mistyped(ftp, &identity) && ++tries < FTP_PASSWORD_TRIES) {
		struct nk_err refused = NK_ERR_INIT;

		ftp_login_refused(ftp, user, &refused);
		if (ftp_identify(ftp, &identity, &refused, err) < 0)
			return -1;
	}
	if (ftp->reply.code == 332)
		return ftp_send_account(ftp, user, err);
	if (nk_reply_class(&ftp->reply) != 2)
		return ftp_login_refused(ftp, user, err);
	if (nk_secret_is_set(&identity.password))
		nk_creds_prove(&ftp->fs.session->creds);
	return 0;
}

/* ---- what is said once after the login ---- */

/* In one packet where the server reads commands one by one, else one after the other. */
static const char *const ftp_opening[] = { "PBSZ 0", "PROT P", "FEAT", "OPTS UTF8 ON", "TYPE I" };

enum ftp_opening_step { FTP_PBSZ, FTP_PROT, FTP_FEAT, FTP_UTF8, FTP_TYPE, FTP_OPENING_STEPS };

static bool ftp_skips(const struct ftp *ftp, int step)
{
	if (step == FTP_PBSZ || step == FTP_PROT)
		return !nk_conn_is_secure(ftp->control);
	/* Only a server that lists UTF8 is asked, unless asking costs no round trip. */
	if (step == FTP_UTF8)
		return !ftp->is_pipelined && !(ftp->features & FTP_FEAT_UTF8);
	return false;
}

static int ftp_opening_reply(struct ftp *ftp, int step, struct nk_err *err)
{
	bool is_good = nk_reply_class(&ftp->reply) == 2;

	if (step == FTP_FEAT && is_good)
		ftp->features = ftp_parse_feat(ftp->reply.text.data, ftp->hash_names,
					       sizeof(ftp->hash_names));
	if (step == FTP_PROT && is_good)
		ftp->is_protected = true;
	/* Data in clear beside an encrypted conversation is not what was asked for. */
	if (step == FTP_PROT && !is_good)
		return nk_fail(err, NK_E_TLS, ftp->reply.code,
			       "%s: the server does not protect data: PROT P: %d %s",
			       nk_conn_peer(ftp->control), ftp->reply.code, ftp->reply.text.data);
	if (step == FTP_TYPE && !is_good)
		return ftp_refused(ftp, err, ftp_opening[step]);
	if (step == FTP_TYPE)
		ftp->type = 'I';
	return 0;
}

static int ftp_open_session(struct ftp *ftp, struct nk_err *err)
{
	if (ftp->is_pipelined) {
		nk_conn_hold(ftp->control);
		for (int step = 0; step < FTP_OPENING_STEPS; step++) {
			if (!ftp_skips(ftp, step) &&
			    ftp_send(ftp, err, "%s", ftp_opening[step]) < 0)
				return -1;
		}
		if (nk_conn_flush(ftp->control, err) < 0)
			return -1;
	}
	for (int step = 0; step < FTP_OPENING_STEPS; step++) {
		if (ftp_skips(ftp, step))
			continue;
		if (!ftp->is_pipelined && ftp_send(ftp, err, "%s", ftp_opening[step]) < 0)
			return -1;
		if (ftp_answer(ftp, err) < 0 || ftp_opening_reply(ftp, step, err) < 0)
			return -1;
	}
	return 0;
}

static int ftp_want_deflate(struct ftp *ftp, struct nk_err *err)
{
	if (!ftp->opts->compress)
		return 0;
	if (!(ftp->features & FTP_FEAT_MODE_Z)) {
		nk_log(NK_LOG_NOTICE, "%s: does not compress; going on uncompressed",
		       nk_conn_peer(ftp->control));
		return 0;
	}
	/* The library first: once the server has agreed, all data are compressed. */
	if (!nk_z(err))
		return -1;
	if (ftp_command(ftp, 2, err, "MODE Z") < 0) {
		if (ftp->is_broken)
			return -1;
		nk_log(NK_LOG_NOTICE, "%s; going on uncompressed", err->msg);
		return 0;
	}
	ftp->is_deflated = true;
	return 0;
}

/* From the greeting on. */
static int ftp_converse(struct ftp *ftp, struct nk_err *err)
{
	if (ftp_secure(ftp, err) < 0)
		return -1;
	if (ftp->opts->host && ftp_command(ftp, 2, err, "HOST %s", ftp->opts->host) < 0)
		return -1;
	if (ftp_login(ftp, err) < 0)
		return -1;
	nk_session_note_login(ftp->fs.session, NK_SESSION_ADMITTED);
	if (ftp_open_session(ftp, err) < 0)
		return -1;
	return ftp_want_deflate(ftp, err);
}

void ftp_free(struct ftp *ftp)
{
	nk_conn_free(ftp->control);
	nk_reply_release(&ftp->reply);
	free(ftp->ahead.path);
	free(ftp->cwd);
	free(ftp->home);
	free(ftp);
}

struct ftp *ftp_new(struct nk_session *session)
{
	struct ftp *ftp = nk_alloc(sizeof(*ftp));

	ftp->fs = (struct nk_fs){ .ops = &ftp_fs, .session = session };
	ftp->opts = session->opts;
	ftp->reply = (struct nk_reply)NK_REPLY_INIT;
	return ftp;
}

int ftp_mount(struct nk_session *session, struct nk_fs **fs, struct nk_err *err)
{
	struct ftp *ftp = ftp_new(session);
	int result = nk_dial(&session->target, &ftp->control, err);

	if (result == 0)
		result = ftp_greeting(ftp, err);
	if (result == 0) {
		nk_session_note_login(session, NK_SESSION_GREETED);
		result = ftp_converse(ftp, err);
	}
	if (result < 0) {
		nk_session_note_login(session, NK_SESSION_REFUSED);
		ftp_free(ftp);
		return -1;
	}
	*fs = &ftp->fs;
	return 0;
}

/* Servers that take few sessions must have taken the first, before they are asked for another. */
int ftp_mount_early(struct nk_session *session, struct nk_fs **fs, struct nk_err *err)
{
	struct ftp *ftp = ftp_new(session);

	if (nk_session_await_login(session, NK_SESSION_GREETED, err) < 0 ||
	    nk_dial(&session->target, &ftp->control, err) < 0 || ftp_greeting(ftp, err) < 0 ||
	    nk_session_await_login(session, NK_SESSION_ADMITTED, err) < 0 ||
	    ftp_converse(ftp, err) < 0) {
		ftp_free(ftp);
		return -1;
	}
	*fs = &ftp->fs;
	return 0;
}

void ftp_unmount(struct nk_fs *fs)
{
	struct ftp *ftp = (struct ftp *)fs;
	struct nk_err ignored = NK_ERR_INIT;

	/* Polite, and not waited for: the answer says nothing. */
	if (!ftp->is_broken)
		(void)!ftp_send(ftp, &ignored, "QUIT");
	ftp_free(ftp);
}

/* A server that says anything while nothing is due says good-bye (421), or is out of step. */
bool ftp_is_alive(struct nk_fs *fs)
{
	struct ftp *ftp = (struct ftp *)fs;
	struct nk_err ignored = NK_ERR_INIT;
	char first;

	if (!ftp->is_broken && !ftp->ahead.is_sent && nk_conn_is_readable(ftp->control))
		ftp->is_broken =
			nk_conn_try_read(ftp->control, &first, 1, &ignored) != NK_CONN_BUSY;
	return !ftp->is_broken;
}

/* ---- paths and types ---- */

bool ftp_can_send(const char *path)
{
	return strlen(path) <= FTP_PATH_MAX && !strpbrk(path, "\r\n");
}

int ftp_real_path(struct ftp *ftp, const char *path, char **real, struct nk_err *err)
{
	bool is_home = strncmp(path, "/~", 2) == 0 && (path[2] == '/' || path[2] == '\0');
	nk_auto(str) char *joined = NULL;

	if (!ftp_can_send(path))
		return nk_fail(err, NK_E_USAGE, 0,
			       "%.100s: a name over %d bytes long or with a line break cannot be "
			       "sent by FTP",
			       path, FTP_PATH_MAX);
	if (!is_home) {
		*real = nk_path_trim(path);
		return 0;
	}
	if (!ftp->home) {
		if (ftp_command(ftp, 2, err, "PWD") < 0)
			return -1;
		ftp->home = ftp_parse_quoted(ftp->reply.text.data);
		if (!ftp->home || ftp->home[0] != '/') {
			free(nk_take(ftp->home));
			return nk_fail(err, NK_E_PROTO, ftp->reply.code,
				       "%s: PWD: no path in the reply: %s",
				       nk_conn_peer(ftp->control), ftp->reply.text.data);
		}
	}
	path += path[2] == '/' ? 3 : 2;
	joined = nk_strdup(ftp->home);
	/* The login folder's own path has no links in it: what is above it is known. */
	while (strncmp(path, "..", 2) == 0 && (path[2] == '/' || path[2] == '\0')) {
		char *above = nk_path_parent(joined);

		free(joined);
		joined = above;
		path += path[2] == '/' ? 3 : 2;
	}
	if (path[0] != '\0') {
		char *below = nk_path_join(joined, path);

		free(joined);
		joined = below;
	}
	*real = nk_path_trim(joined);
	return 0;
}

int ftp_set_type(struct ftp *ftp, char type, struct nk_err *err)
{
	if (ftp->type == type)
		return 0;
	if (ftp_command(ftp, 2, err, "TYPE %c", type) < 0)
		return -1;
	ftp->type = type;
	return 0;
}
