/* look.c - what an FTP server shows of itself: greeting, AUTH TLS, FEAT, login (RFC 2389, 4217). */
#include "ftp.h"

static void look_add(struct nk_facts *facts, struct nk_strings *list, const char *text)
{
	nk_facts_add(facts, list, text, strlen(text));
}

/* The first line of a reply, which may have several. */
static void look_note_greeting(const struct ftp *ftp, struct nk_facts *facts)
{
	if (ftp->reply.code == 0)
		return;
	nk_auto(str) char *line =
		nk_format("%d %.*s", ftp->reply.code, (int)strcspn(ftp->reply.text.data, "\n"),
			  ftp->reply.text.data);

	facts->greeting = nk_facts_keep(facts, line, strlen(line));
}

/* RFC 2389 3.2: features stand between the first and the last line, one space before each. */
static void look_note_features(const struct ftp *ftp, struct nk_facts *facts)
{
	const char *at = strchr(ftp->reply.text.data, '\n');

	while (at) {
		const char *line = at + 1 + strspn(at + 1, " \t");
		const char *end = strchr(line, '\n');

		if (end)
			nk_facts_add(facts, &facts->capabilities, line, (size_t)(end - line));
		at = end;
	}
}

static int look_at_features(struct ftp *ftp, struct nk_facts *facts, struct nk_err *err)
{
	if (ftp_send(ftp, err, "FEAT") < 0 || ftp_answer(ftp, err) < 0)
		return -1;
	if (nk_reply_class(&ftp->reply) == 2)
		look_note_features(ftp, facts);
	return 0;
}

/* AUTH TLS is asked for by ftp_secure; one that is not to be used is only told of by FEAT. */
static int look_secure(struct ftp *ftp, struct nk_facts *facts, struct nk_err *err)
{
	bool was_secure = nk_conn_is_secure(ftp->control);
	int result = ftp_secure(ftp, err);

	if (!was_secure && ftp->reply.code == 234)
		look_add(facts, &facts->mechanisms, "AUTH TLS");
	return result;
}

/* Is there a login that nobody has to be asked for? 1, 0, -1. */
static int look_may_log_in(struct ftp *ftp, struct nk_err *err)
{
	struct nk_creds *creds = &ftp->fs.session->creds;
	const char *user = NULL;

	if (nk_creds_user(creds, &user, err) < 0)
		return -1;
	if (!user || strcmp(user, "anonymous") == 0 || strcmp(user, "ftp") == 0)
		return 1;
	return nk_creds_is_given(creds, err);
}

static int look_log_in(struct ftp *ftp, struct nk_facts *facts, struct nk_err *err)
{
	int may = facts->wants_login ? look_may_log_in(ftp, err) : 0;

	if (may < 0)
		return -1;
	facts->wants_login = may == 1;
	if (may == 0)
		return 0;
	nk_phase_begin(&facts->phases, NK_PHASE_LOGIN);
	if (ftp_login(ftp, err) < 0)
		return -1;
	nk_phase_end(&facts->phases, NK_PHASE_LOGIN);
	facts->is_logged_in = true;
	/* Some servers tell strangers nothing. */
	return facts->capabilities.count > 0 ? 0 : look_at_features(ftp, facts, err);
}

static int look_converse(struct ftp *ftp, struct nk_facts *facts, struct nk_err *err)
{
	int result;

	nk_phase_begin(&facts->phases, NK_PHASE_GREETING);
	result = ftp_greeting(ftp, err);
	look_note_greeting(ftp, facts);
	if (result < 0)
		return -1;
	nk_phase_end(&facts->phases, NK_PHASE_GREETING);
	if (look_secure(ftp, facts, err) < 0)
		return -1;
	look_add(facts, &facts->mechanisms, "USER");
	if (ftp->opts->host && ftp_command(ftp, 2, err, "HOST %s", ftp->opts->host) < 0)
		return -1;
	if (look_at_features(ftp, facts, err) < 0)
		return -1;
	return look_log_in(ftp, facts, err);
}

int ftp_look(struct nk_session *session, const char *path, struct nk_facts *facts,
	     struct nk_err *err)
{
	struct ftp *ftp = ftp_new(session);
	int result;

	(void)path;
	result = nk_dial(&session->target, &ftp->control, err);
	if (result == 0)
		result = look_converse(ftp, facts, err);
	if (result == 0)
		ftp_unmount(&ftp->fs);
	else
		ftp_free(ftp);
	return result;
}
