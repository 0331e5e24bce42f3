/* test_spare.c - sessions that are mounted before it is known whether they are needed. */
#include "../../core/fs/spare.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <unistd.h>

#include "../../core/fs/enough.h"
#include "netkit/session.h"
#include "netkit/thread.h"
#include "netkit/wait.h"

static struct nk_session *session;
static struct nk_err err;
static enum nk_session_login awaited;
static atomic_int mounted;
static atomic_int unmounted;
static atomic_int failed;

static int early(struct nk_session *of, struct nk_fs **fs, struct nk_err *error)
{
	if (nk_session_await_login(of, awaited, error) < 0) {
		failed++;
		return -1;
	}
	mounted++;
	*fs = nk_alloc(sizeof(**fs));
	return 0;
}

/* A server that never says anything. */
static int silent(struct nk_session *of, struct nk_fs **fs, struct nk_err *error)
{
	int ends[2];
	int result;

	(void)of;
	(void)fs;
	cr_assert_eq(pipe(ends), 0);
	result = nk_wait_read(ends[0], NK_NEVER, "waiting", error);
	close(ends[0]);
	close(ends[1]);
	failed++;
	cr_assert_eq(error->domain, NK_E_LOST);
	return result;
}

static void unmount(struct nk_fs *fs)
{
	unmounted++;
	free(fs);
}

static const struct nk_fs_ops ops = { .mount_early = early, .unmount = unmount };
static const struct nk_fs_ops silent_ops = { .mount_early = silent, .unmount = unmount };
static const struct nk_fs_ops plain_ops = { .unmount = unmount };

static struct nk_place place = { .ops = &ops };
static struct nk_fs like;

static void setup(void)
{
	session = nk_session_new();
	session->target.host = nk_strdup("far");
	place.session = session;
	like = (struct nk_fs){ .ops = &ops, .session = session };
	awaited = NK_SESSION_ADMITTED;
}

static void teardown(void)
{
	nk_session_free(session);
}

TestSuite(spare, .init = setup, .fini = teardown);

Test(spare, are_mounted_when_the_first_is_logged_in)
{
	struct nk_spares *spares = nk_spares_new(&place, NULL, 3);
	struct nk_fs *taken;

	nk_session_note_login(session, NK_SESSION_GREETED);
	cr_assert_eq(mounted, 0);
	nk_session_note_login(session, NK_SESSION_ADMITTED);
	taken = nk_spares_take(spares, &like);
	cr_assert_not_null(taken);
	cr_assert_eq(taken->ops, &ops);
	cr_assert_eq(taken->session, session);
	nk_spares_free(spares);
	/* One that came late may have been given up before it was mounted. */
	cr_assert_eq(mounted + failed, 3);
	cr_assert_eq(unmounted, mounted - 1);
	nk_fs_unmount(taken);
}

Test(spare, are_each_given_out_once)
{
	struct nk_spares *spares = nk_spares_new(&place, NULL, 2);
	struct nk_fs *taken[3];

	nk_session_note_login(session, NK_SESSION_ADMITTED);
	for (int i = 0; i < 3; i++)
		taken[i] = nk_spares_take(spares, &like);
	cr_assert(taken[0] && taken[1] && taken[0] != taken[1]);
	cr_assert_null(taken[2]);
	nk_fs_unmount(taken[0]);
	nk_fs_unmount(taken[1]);
	nk_spares_free(spares);
	cr_assert_eq(unmounted, 2);
}

Test(spare, are_of_the_place_that_is_asked_for)
{
	struct nk_place other = { .ops = &ops, .session = nk_session_new() };
	struct nk_fs like_other = { .ops = &ops, .session = other.session };
	struct nk_spares *spares = nk_spares_new(&place, &other, 1);
	struct nk_fs *taken;

	nk_session_note_login(other.session, NK_SESSION_ADMITTED);
	taken = nk_spares_take(spares, &like_other);
	cr_assert_eq(taken->session, other.session);
	nk_fs_unmount(taken);
	nk_spares_free(spares);
	/* The other one waited for a login that never came. */
	cr_assert_eq(failed, 1);
	nk_session_free(other.session);
}

Test(spare, are_none_where_the_first_is_refused)
{
	struct nk_spares *spares = nk_spares_new(&place, NULL, 2);

	nk_session_note_login(session, NK_SESSION_GREETED);
	nk_session_note_login(session, NK_SESSION_REFUSED);
	cr_assert_null(nk_spares_take(spares, &like));
	nk_spares_free(spares);
	cr_assert_eq(mounted, 0);
	cr_assert_eq(failed, 2);
}

Test(spare, wait_for_the_next_login_and_not_for_one_before)
{
	nk_session_note_login(session, NK_SESSION_ADMITTED);

	struct nk_spares *spares = nk_spares_new(&place, NULL, 2);

	nk_session_note_login(session, NK_SESSION_REFUSED);
	cr_assert_null(nk_spares_take(spares, &like));
	nk_spares_free(spares);
	cr_assert_eq(mounted, 0);
}

Test(spare, that_are_given_up_do_not_wait_for_others_that_log_in, .timeout = 10)
{
	struct nk_spares *spares = nk_spares_new(&place, NULL, 3);

	nk_spares_stop(spares);
	nk_session_begin_login(session);
	nk_session_note_login(session, NK_SESSION_GREETED);
	nk_spares_free(spares);
	cr_assert_eq(failed, 3);
}

Test(spare, are_none_where_the_protocol_offers_none)
{
	struct nk_place plain = { .ops = &plain_ops, .session = session };
	struct nk_fs like_plain = { .ops = &plain_ops, .session = session };
	struct nk_spares *spares = nk_spares_new(&plain, NULL, 2);

	cr_assert_null(nk_spares_take(spares, &like_plain));
	nk_spares_free(spares);
	cr_assert_null(nk_spares_take(NULL, &like));
}

Test(spare, that_nobody_needs_are_not_waited_for)
{
	struct nk_place quiet = { .ops = &silent_ops, .session = session };

	nk_spares_free(nk_spares_new(&quiet, &place, 2));
	cr_assert_eq(failed, 4);
	cr_assert_eq(session->login, NK_SESSION_REFUSED);
}

static void *take_main(void *spares)
{
	struct nk_fs like_quiet = { .ops = &silent_ops, .session = session };

	return nk_spares_take(spares, &like_quiet);
}

Test(spare, is_given_up_by_who_waits_for_one)
{
	struct nk_place quiet = { .ops = &silent_ops, .session = session };
	struct nk_spares *spares = nk_spares_new(&quiet, NULL, 1);
	pthread_t thread;
	void *taken;

	cr_assert(nk_thread_start(&thread, take_main, spares));
	nk_spares_stop(spares);
	pthread_join(thread, &taken);
	cr_assert_null(taken);
	nk_spares_free(spares);
}

Test(session, what_was_once_admitted_is_no_less_later)
{
	nk_auto(session) struct nk_session *one = nk_session_new();

	nk_session_note_login(one, NK_SESSION_ADMITTED);
	nk_session_note_login(one, NK_SESSION_GREETED);
	nk_session_note_login(one, NK_SESSION_TRUSTED);
	nk_session_give_up_login(one);
	cr_assert_eq(nk_session_await_login(one, NK_SESSION_ADMITTED, &err), 0);
	nk_session_note_login(one, NK_SESSION_REFUSED);
	cr_assert_eq(nk_session_await_login(one, NK_SESSION_GREETED, &err), -1);
	cr_assert_eq(err.domain, NK_E_CONNECT);
	/* The next try may be a better one. */
	nk_session_note_login(one, NK_SESSION_GREETED);
	cr_assert_eq(nk_session_await_login(one, NK_SESSION_GREETED, &err), 0);
}

Test(wait, ends_when_it_is_enough)
{
	int fd = nk_enough_new();

	nk_wait_until_readable(fd);
	cr_assert_eq(nk_wait_pause(1, NK_NEVER, &err), 0);
	nk_enough(fd);
	cr_assert_eq(nk_wait_pause(1000000, NK_NEVER, &err), -1);
	cr_assert_eq(err.domain, NK_E_LOST);
	nk_wait_until_readable(-1);
	cr_assert_eq(nk_wait_pause(1, NK_NEVER, &err), 0);
	nk_enough_free(fd);
}
