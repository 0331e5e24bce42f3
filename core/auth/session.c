/* session.c - a session's lifetime, and whether a secret may leave. */
#include "netkit/session.h"

#include "netkit/hostkey.h"
#include "netkit/wait.h"

struct nk_session *nk_session_new(void)
{
	struct nk_session *session = nk_alloc(sizeof(*session));

	pthread_mutex_init(&session->lock, NULL);
	pthread_cond_init(&session->has_tried, NULL);
	return session;
}

int nk_session_allows_login(const struct nk_session *session, const struct nk_conn *conn,
			    struct nk_err *err)
{
	const struct nk_tls_policy *tls =
		session->target.tls ? nk_tls_policy(session->target.tls) : NULL;

	if (nk_conn_is_secure(conn) || nk_conn_is_loopback(conn))
		return 0;
	if (tls && tls->mode == NK_TLS_OFF)
		return 0;
	return nk_fail(err, NK_E_AUTH, 0,
		       "%s: the connection is not encrypted: login refused (--tls=off allows it)",
		       nk_conn_peer(conn));
}

void nk_session_begin_login(struct nk_session *session)
{
	pthread_mutex_lock(&session->lock);
	session->login = NK_SESSION_UNTRIED;
	pthread_mutex_unlock(&session->lock);
}

void nk_session_note_login(struct nk_session *session, enum nk_session_login login)
{
	pthread_mutex_lock(&session->lock);
	if (login >= NK_SESSION_ADMITTED || session->login != NK_SESSION_ADMITTED)
		session->login = login;
	pthread_cond_broadcast(&session->has_tried);
	pthread_mutex_unlock(&session->lock);
}

void nk_session_give_up_login(struct nk_session *session)
{
	pthread_mutex_lock(&session->lock);
	if (session->login < NK_SESSION_ADMITTED)
		session->login = NK_SESSION_REFUSED;
	pthread_cond_broadcast(&session->has_tried);
	pthread_mutex_unlock(&session->lock);
}

int nk_session_await_login(struct nk_session *session, enum nk_session_login stage,
			   struct nk_err *err)
{
	bool is_enough, is_refused;

	pthread_mutex_lock(&session->lock);
	/* Who gives up may be overtaken by a connection of others that gets a step further. */
	while (!(is_enough = nk_wait_is_enough()) && session->login < stage)
		pthread_cond_wait(&session->has_tried, &session->lock);
	is_refused = session->login == NK_SESSION_REFUSED;
	pthread_mutex_unlock(&session->lock);
	if (is_enough)
		return nk_fail(err, NK_E_LOST, 0, "%s: not needed any more", session->target.host);
	if (is_refused)
		return nk_fail(err, NK_E_CONNECT, 0, "%s: no other connection beside the first",
			       session->target.host);
	return 0;
}

void nk_session_free(struct nk_session *session)
{
	if (!session)
		return;
	if (session->free_shared)
		session->free_shared(session->shared);
	nk_hostkey_met_free(session->met_hosts);
	nk_creds_release(&session->creds);
	nk_tls_free(session->target.tls);
	free((char *)session->target.host);
	pthread_cond_destroy(&session->has_tried);
	pthread_mutex_destroy(&session->lock);
	free(session);
}
