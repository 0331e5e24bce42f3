/* sshlogin.c - logging in: the order of methods, passwords, questions (RFC 4252, 4256). */
#include "sshlogin.h"

#include <unistd.h>

#include "netkit/log.h"
#include "netkit/prompt.h"
#include "netkit/wait.h"

/* What is kept of the methods tried, of an answer to a question, of a server's question. */
#define LOGIN_TRIED_MAX	   ((size_t)256)
#define LOGIN_ANSWER_MAX   ((size_t)1024)
#define LOGIN_QUESTION_MAX 512

/* Rounds of questions (RFC 4256 3.2), prompts in one of them. */
#define LOGIN_QUESTIONS_MAX 10
#define LOGIN_PROMPTS_MAX   16

/* The list of methods is asked for at most this often: each step of several leads to a new one, and
 * so does each wrong password. */
#define LOGIN_LISTS_MAX 16

/* ssh_config(5) NumberOfPasswordPrompts when it is not said */
#define LOGIN_PROMPTS_USUAL 3

static const struct {
	const char *name;
	int (*run)(struct nk_sshlogin *login, struct nk_err *err);
} login_methods[] = {
	{ "publickey", nk_login_publickey },
	{ "keyboard-interactive", nk_login_keyboard },
	{ "password", nk_login_password },
};

void nk_login_note(struct nk_sshlogin *login, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	nk_auto(str) char *text = nk_vformat(format, values);
	va_end(values);
	nk_log(NK_LOG_INFO, "%s: trying %s", login->link->base.peer, text);
	/* When it is full, what was tried first is the more telling. */
	(void)!nk_buf_addf(&login->tried, "%s%s", login->tried.len > 0 ? ", " : "", text);
}

void nk_login_note_reason(struct nk_sshlogin *login, const struct nk_err *reason)
{
	if (login->reason.domain == NK_E_NONE)
		login->reason = *reason;
}

int nk_login_await(const struct nk_sshlogin *login, struct nk_err *err)
{
	return login->plan->is_beside
		       ? nk_session_await_login(login->plan->session, NK_SESSION_ADMITTED, err)
		       : 0;
}

int nk_login_wait(struct nk_sshlogin *login, struct nk_err *err)
{
	return nk_sshlink_wait(login->link, nk_sshlink_deadline(login->link), "logging in", err);
}

int nk_login_result(struct nk_sshlogin *login, int code, struct nk_err *err)
{
	struct nk_sshlink *link = login->link;

	if (code == 0)
		return NK_LOGIN_DONE;
	if (nk_interrupt_check(err) < 0)
		return -1;
	/* The library says "authentication failed" of a lost connection too. */
	if (link->failure.domain != NK_E_NONE || link->farewell)
		return nk_sshlink_fail(link, LIBSSH2_ERROR_SOCKET_DISCONNECT, "logging in", err);
	if (code == LIBSSH2_ERROR_AUTHENTICATION_FAILED ||
	    code == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)
		return NK_LOGIN_REFUSED;
	return nk_sshlink_fail(link, code, "logging in", err);
}

/* ssh_config(5) NumberOfPasswordPrompts */
static int login_typed_most(const struct nk_sshlogin *login)
{
	int most = login->plan->conf->password_prompts;

	return most >= 0 ? most : LOGIN_PROMPTS_USUAL;
}

/* Without a person: a password that is given, or none. */
static int login_copy_given(struct nk_sshlogin *login, struct nk_err *err)
{
	struct nk_creds *creds = &login->plan->session->creds;
	int given = nk_creds_is_given(creds, err);

	if (given == 0)
		return nk_fail(err, NK_E_AUTH, 0,
			       "no password for %s and nobody can be asked: give --password-file, "
			       "--password-fd, --password-stdin, --password-command or a netrc "
			       "entry",
			       login->user);
	return given < 0 ? -1 : nk_creds_copy(creds, NULL, &login->password, err);
}

/* The password of the session, or another one where a person typed a wrong one: a result, DONE when
 * login->password has it. */
static int login_take_password(struct nk_sshlogin *login, struct nk_err *err)
{
	struct nk_creds *creds = &login->plan->session->creds;
	bool is_wrong = login->is_refused && creds->is_typed;
	struct nk_err why = NK_ERR_INIT;
	int status;

	if (is_wrong && login->typed >= login_typed_most(login))
		return NK_LOGIN_REFUSED;
	status = !login->may_ask ? login_copy_given(login, &why)
				 : nk_creds_copy(creds, is_wrong ? &login->password : NULL,
						 &login->password, &why);
	if (status == 0) {
		login->was_typed |= creds->is_typed;
		return NK_LOGIN_DONE;
	}
	if (why.domain == NK_E_AUTH) {
		nk_login_note_reason(login, &why);
		return NK_LOGIN_REFUSED;
	}
	*err = why;
	return -1;
}

int nk_login_password(struct nk_sshlogin *login, struct nk_err *err)
{
	struct nk_sshlink *link = login->link;
	int result = login_take_password(login, err);
	int code;

	if (result != NK_LOGIN_DONE)
		return result;
	nk_login_note(login, "password");
	while ((code = link->lib->libssh2_userauth_password_ex(
			link->session, login->user, (unsigned)strlen(login->user),
			login->password.bytes, (unsigned)login->password.len, NULL)) ==
	       LIBSSH2_ERROR_EAGAIN) {
		if (nk_login_wait(login, err) < 0)
			return -1;
	}
	if (code == LIBSSH2_ERROR_PASSWORD_EXPIRED)
		return nk_fail(err, NK_E_AUTH, code,
			       "%s: the password of %s has expired: change it with ssh",
			       link->base.peer, login->user);
	result = nk_login_result(login, code, err);
	login->is_refused = result == NK_LOGIN_REFUSED;
	return result == NK_LOGIN_REFUSED ? NK_LOGIN_PERHAPS : result;
}

/* A server's question as it may be shown: who asks, and what. */
static char *login_question(const struct nk_sshlogin *login, const char *text, size_t length)
{
	char safe[LOGIN_QUESTION_MAX];
	nk_auto(str) char *plain = nk_strndup(text, strnlen(text, length));

	return nk_format("(%s@%s) %s", login->user, login->link->host,
			 nk_text_safe(safe, sizeof(safe), plain));
}

/* One answer into response, which the library frees. */
static int login_answer(struct nk_sshlogin *login, const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompt,
			LIBSSH2_USERAUTH_KBDINT_RESPONSE *response, struct nk_err *err)
{
	nk_auto(str) char *question =
		login_question(login, (const char *)prompt->text, prompt->length);
	nk_auto(secret) struct nk_secret secret = NK_SECRET_INIT;
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(LOGIN_ANSWER_MAX);
	const char *answer;

	if (!login->may_ask)
		return nk_fail(err, NK_E_AUTH, 0, "the server asks '%s' and nobody can be asked",
			       question);
	login->was_typed = true;
	login->link->base.was_asked = true;
	if (prompt->echo ? nk_prompt_text(question, &text, err) < 0
			 : nk_prompt_secret(question, &secret, err) < 0)
		return -1;
	answer = prompt->echo ? text.data : secret.bytes;
	response->text = nk_strdup(answer);
	response->length = (unsigned)strlen(answer);
	return 0;
}

static bool login_names_password(const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompt)
{
	return memmem(prompt->text, prompt->length, "assword", 7) != NULL;
}

/* Is it the one question that the password of the session answers? 1, 0. */
static int login_wants_password(struct nk_sshlogin *login, int count,
				const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts, struct nk_err *err)
{
	struct nk_creds *creds = &login->plan->session->creds;
	int given;

	if (count != 1 || prompts[0].echo || login->uses_password)
		return 0;
	if (!login->may_ask || login_names_password(&prompts[0]))
		return 1;
	given = nk_creds_is_given(creds, err);
	return given == 1 && creds->is_typed ? 0 : given;
}

static int login_answers(struct nk_sshlogin *login, int count,
			 const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts,
			 LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses, struct nk_err *err)
{
	int wants;

	if (count > 0 && (++login->questions > LOGIN_QUESTIONS_MAX || count > LOGIN_PROMPTS_MAX))
		return nk_fail(err, NK_E_AUTH, 0, "the server does not stop asking");
	wants = login_wants_password(login, count, prompts, err);
	if (wants < 0)
		return -1;
	if (wants == 1) {
		if (login_take_password(login, err) != NK_LOGIN_DONE)
			return err->domain != NK_E_NONE
				       ? -1
				       : nk_fail(err, NK_E_AUTH, 0, "no password was given");
		login->uses_password = login_names_password(&prompts[0]);
		responses[0].text = nk_strdup(login->password.bytes);
		responses[0].length = (unsigned)login->password.len;
		return 0;
	}
	for (int i = 0; i < count; i++) {
		if (login_answer(login, &prompts[i], &responses[i], err) < 0)
			return -1;
	}
	return 0;
}

static void login_respond(const char *name, int name_length, const char *instruction,
			  int instruction_length, int count,
			  const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts,
			  LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses, void **abstract)
{
	struct nk_sshlink *link = *abstract;
	struct nk_sshlogin *login = link->login;
	struct nk_err err = NK_ERR_INIT;

	if (name_length > 0)
		nk_log(NK_LOG_NOTICE, "%s: %.*s", link->host, name_length, name);
	if (instruction_length > 0)
		nk_log(NK_LOG_NOTICE, "%s: %.*s", link->host, instruction_length, instruction);
	if (login_answers(login, count, prompts, responses, &err) == 0)
		return;
	/* A callback cannot refuse: what nobody answers goes back empty, and that was this method. */
	login->is_unanswered = true;
	if (err.domain == NK_E_AUTH)
		nk_login_note_reason(login, &err);
	else
		nk_fail(&link->failure, err.domain, err.code, "%s: %s", link->base.peer, err.msg);
}

int nk_login_keyboard(struct nk_sshlogin *login, struct nk_err *err)
{
	struct nk_sshlink *link = login->link;
	int result = NK_LOGIN_DONE;
	int code;

	/* Nobody to ask: only the password can be an answer. */
	if (!login->may_ask)
		result = login_take_password(login, err);
	if (result != NK_LOGIN_DONE)
		return result;
	login->uses_password = false;
	login->is_unanswered = false;
	nk_login_note(login, "keyboard-interactive");
	while ((code = link->lib->libssh2_userauth_keyboard_interactive_ex(
			link->session, login->user, (unsigned)strlen(login->user),
			login_respond)) == LIBSSH2_ERROR_EAGAIN) {
		if (nk_login_wait(login, err) < 0)
			return -1;
	}
	result = nk_login_result(login, code, err);
	if (result != NK_LOGIN_REFUSED || login->is_unanswered)
		return result;
	login->is_refused |= login->uses_password;
	return NK_LOGIN_PERHAPS;
}

/* Is the method named in a list with commas? */
static bool list_has(const char *list, const char *name)
{
	const struct nk_sshwire one = { (const unsigned char *)name, strlen(name) };

	return nk_kexinit_agrees(&one, list);
}

/* For who wants to know them. */
static void login_note_methods(const struct nk_sshlogin *login, const char *list)
{
	struct nk_facts *facts = login->plan->session->facts;

	while (facts && *list != '\0') {
		size_t length = strcspn(list, ",");

		nk_facts_add(facts, &facts->mechanisms, list, length);
		list += length + (list[length] == ',');
	}
}

/* The methods that the server takes now: a new string, or NULL with *is_done when it takes us as we
 * are, or NULL with err. */
static char *login_list(struct nk_sshlogin *login, bool *is_done, struct nk_err *err)
{
	struct nk_sshlink *link = login->link;
	const char *list;

	while (!(list = link->lib->libssh2_userauth_list(link->session, login->user,
							 (unsigned)strlen(login->user)))) {
		int code = link->lib->libssh2_session_last_errno(link->session);

		*is_done = link->lib->libssh2_userauth_authenticated(link->session) == 1;
		if (*is_done)
			return NULL;
		if (code != LIBSSH2_ERROR_EAGAIN) {
			nk_sshlink_fail(link, code, "logging in", err);
			return NULL;
		}
		if (nk_login_wait(login, err) < 0)
			return NULL;
	}
	nk_log(NK_LOG_DEBUG, "%s: the server takes %s", link->base.peer, list);
	login_note_methods(login, list);
	return nk_strdup(list);
}

static bool login_may(const struct nk_sshconf *conf, const char *method)
{
	if (strcmp(method, "publickey") == 0)
		return conf->pubkey_authentication != 0;
	if (strcmp(method, "password") == 0)
		return conf->password_authentication != 0;
	return conf->kbd_interactive_authentication != 0;
}

/* The methods that may be used, in their order. is_spent: by index of login_methods. */
static int login_next(const struct nk_sshlogin *login, const char *list, const bool *is_spent)
{
	const struct nk_ssh_plan *plan = login->plan;
	const char *order = plan->policy->auth ? plan->policy->auth : plan->conf->authentications;

	if (!order)
		order = "publickey,keyboard-interactive,password";
	while (*order != '\0') {
		size_t length = strcspn(order, ",");

		for (size_t i = 0; i < NK_COUNT(login_methods); i++) {
			const char *name = login_methods[i].name;

			if (strlen(name) == length && memcmp(name, order, length) == 0 &&
			    !is_spent[i] && list_has(list, name) && login_may(plan->conf, name))
				return (int)i;
		}
		order += length + (order[length] == ',');
	}
	return -1;
}

static int login_failed(struct nk_sshlogin *login, const char *list, struct nk_err *err)
{
	const struct nk_err *reason = &login->reason;
	bool has_reason = reason->domain != NK_E_NONE;

	nk_fail(err, NK_E_AUTH, login->needs_program ? NK_SSH_NEEDS_PROGRAM : 0,
		"%s: login of %s refused: tried %s; the server takes %s%s%s",
		login->link->base.peer, login->user,
		login->tried.len > 0 ? login->tried.data : "nothing", list, has_reason ? "; " : "",
		has_reason ? reason->msg : "");
	return -1;
}

/* The next method of a list, tried: a result, or -1. *last: which it was. */
static int login_try(struct nk_sshlogin *login, const char *list, bool *is_spent, int *last,
		     struct nk_err *err)
{
	int result = NK_LOGIN_REFUSED;

	while (result == NK_LOGIN_REFUSED) {
		int next = login_next(login, list, is_spent);

		if (next < 0)
			return login_failed(login, list, err);
		*last = next;
		/* Whether a key would do can be asked meanwhile. */
		if (login_methods[next].run != nk_login_publickey && nk_login_await(login, err) < 0)
			return -1;
		login->was_typed = false;
		result = login_methods[next].run(login, err);
		login->typed += login->was_typed;
		/* Keys go one after the other, people may mistype; the rest has one try. */
		is_spent[next] = result == NK_LOGIN_REFUSED ||
				 (next > 0 &&
				  (!login->was_typed || login->typed >= login_typed_most(login)));
	}
	return result;
}

/* Method after method until the server is content. */
static int login_run(struct nk_sshlogin *login, struct nk_err *err)
{
	bool is_spent[NK_COUNT(login_methods)] = { false };
	nk_auto(str) char *list = NULL;
	bool is_done = false;
	int last = -1;

	for (int lists = 0; lists < LOGIN_LISTS_MAX; lists++) {
		int result;

		free(list);
		list = login_list(login, &is_done, err);
		if (!list)
			return is_done ? 0 : -1;
		/* What is not asked for again was right, and only not enough (RFC 4252 5.1). */
		if (last >= 0 && !list_has(list, login_methods[last].name)) {
			login->is_refused = false;
			login->typed = 0;
		}
		result = login_try(login, list, is_spent, &last, err);
		if (result != NK_LOGIN_PERHAPS)
			return result < 0 ? -1 : 0;
	}
	return login_failed(login, list, err);
}

/* Every method of --auth has to be one of ours. */
static int login_check_auth(const struct nk_sshlogin *login, struct nk_err *err)
{
	const char *wanted = login->plan->policy->auth;
	const char *known = "publickey,keyboard-interactive,password";

	while (wanted && *wanted != '\0') {
		size_t length = strcspn(wanted, ",");
		nk_auto(str) char *name = nk_strndup(wanted, length);

		if (!list_has(known, name))
			return nk_fail(err, NK_E_UNSUPPORTED, NK_SSH_NEEDS_PROGRAM,
				       "--auth=%s: libssh2 has %s: use --ssh-transport=openssh",
				       name, known);
		wanted += length + (wanted[length] == ',');
	}
	return 0;
}

/* Only to be looked at: the methods, and whether there is anything to log in with that asks nobody. */
static int login_look(struct nk_sshlogin *login, struct nk_facts *facts, struct nk_err *err)
{
	bool is_done = false;
	int result;

	if (!facts->wants_login) {
		nk_auto(str) char *list = login_list(login, &is_done, err);

		if (is_done)
			nk_facts_add(facts, &facts->mechanisms, "none", strlen("none"));
		return list || is_done ? 0 : -1;
	}
	nk_phase_begin(login->link->target.phases, NK_PHASE_LOGIN);
	result = login_run(login, err);
	if (result == 0) {
		nk_phase_end(login->link->target.phases, NK_PHASE_LOGIN);
		facts->is_logged_in = true;
	} else if (err->domain == NK_E_AUTH && login->tried.len == 0 && !login->needs_program &&
		   facts->mechanisms.count > 0) {
		facts->wants_login = false;
		return 0;
	}
	return result;
}

int nk_sshlink_login(struct nk_sshlink *link, const struct nk_ssh_plan *plan, struct nk_err *err)
{
	struct nk_sshlogin *login = nk_alloc(sizeof(*login));
	int result;

	login->link = link;
	login->plan = plan;
	login->user = plan->user;
	login->may_ask = nk_ssh_may_ask(plan->session, plan->conf) && login_typed_most(login) > 0;
	login->tried = (struct nk_buf)NK_BUF_INIT(LOGIN_TRIED_MAX);
	link->login = login;
	result = login_check_auth(login, err);
	if (result == 0)
		result = plan->session->facts ? login_look(login, plan->session->facts, err)
					      : login_run(login, err);
	link->login = NULL;
	/* What was typed for a host on the way is not kept. */
	if (plan->session != plan->root && plan->session->creds.is_typed)
		link->base.was_asked = true;
	if (result == 0 && (!plan->session->facts || plan->session->facts->is_logged_in))
		nk_log(NK_LOG_INFO, "%s: logged in as %s", link->base.peer, login->user);
	nk_login_keys_release(login);
	nk_buf_release(&login->tried);
	nk_secret_release(&login->password);
	free(login);
	return result;
}
