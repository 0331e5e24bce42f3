/* test_pool.c - many copies, several at a time. */
#include "netkit/pool.h"

#include <signal.h>

#include "fake_fs.h"
#include "fs_folder.h"
#include "netkit/local.h"
#include "netkit/wait.h"

static struct fake *fake;
static struct nk_local_opts opts;
static struct nk_session *here;
static struct nk_net_policy net;
static struct nk_pool_how how;
static struct nk_pool *pool;
static struct nk_err err;

static void setup(void)
{
	folder_setup();
	fake = fake_new();
	opts.root = folder;
	here = nk_local_session(&opts);
	net.retry_delay_ms = 1;
	how = (struct nk_pool_how){ .jobs = 1, .recursive = true, .copy.net = &net };
}

static void teardown(void)
{
	nk_session_free(here);
	fake_free(fake);
	folder_teardown();
}

TestSuite(pool, .init = setup, .fini = teardown);

static struct nk_place *place(const struct nk_fs_ops *ops, struct nk_session *session,
			      const char *path)
{
	struct nk_place *made = keep(nk_alloc(sizeof(*made)));

	*made = (struct nk_place){ .ops = ops, .session = session, .path = keep(nk_strdup(path)) };
	return made;
}

static void add_get(const char *source, const char *target)
{
	if (!pool)
		pool = nk_pool_new(&how);
	nk_pool_add(pool, place(&fake_ops, &fake->session, source),
		    place(&nk_local_ops, here, target));
}

static void add_put(const char *source, const char *target)
{
	if (!pool)
		pool = nk_pool_new(&how);
	nk_pool_add(pool, place(&nk_local_ops, here, source),
		    place(&fake_ops, &fake->session, target));
}

/* What came out. */
static struct {
	int files;
	int folders;
	int errors;
	int planned;
	int64_t bytes;
	enum nk_domain last; /* of the errors */
	char message[480];
	int status;
} ran;

static void count_result(const struct nk_pool_result *result)
{
	ran.planned += result->is_planned;
	if (result->err.domain != NK_E_NONE) {
		ran.errors++;
		ran.last = result->err.domain;
		nk_copy_text(ran.message, sizeof(ran.message), result->err.msg);
	} else if (result->is_dir) {
		ran.folders++;
	} else {
		ran.files++;
		ran.bytes += result->transfer.bytes;
	}
}

static void run(void)
{
	struct nk_pool_result result;

	do {
		ran.status = nk_pool_next(pool, 100, &result, &err);
		if (ran.status == 1)
			count_result(&result);
	} while (ran.status == 0 || ran.status == 1);
	nk_pool_free(nk_take(pool));
	/* Every session was given back. */
	cr_assert_eq(fake->sessions, 0);
}

/* count files of different sizes in folders of ten. */
static void make_tree(int count)
{
	char path[64];
	char text[64];

	fake_make(fake, "/tree", NK_KIND_DIR);
	for (int i = 0; i < count; i++) {
		if (i % 10 == 0) {
			snprintf(path, sizeof(path), "/tree/%d", i / 10);
			fake_make(fake, path, NK_KIND_DIR);
		}
		snprintf(path, sizeof(path), "/tree/%d/%d", i / 10, i);
		snprintf(text, sizeof(text), "%0*d", 1 + i % 50, i % 10);
		fake_put_text(fake, path, text);
	}
}

static bool has_tree(int count)
{
	for (int i = 0; i < count; i++) {
		nk_auto(str) char *name = nk_format("%d/%d", i / 10, i);
		nk_auto(str) char *text = nk_format("%0*d", 1 + i % 50, i % 10);
		nk_auto(str) char *path = nk_format("%s/%s", folder, name);
		char got[100] = "";
		int fd = open(path, O_RDONLY);
		ssize_t length = read(fd, got, sizeof(got) - 1);

		close(fd);
		if (length < 0 || strcmp(text, got) != 0)
			return false;
	}
	return true;
}

/* --- one job --- */

Test(pool, gets_one_file)
{
	fake_put_text(fake, "/a", "hello");
	add_get("/a", "/b");
	run();
	cr_assert_eq(ran.status, NK_POOL_END);
	cr_assert_eq(ran.files, 1);
	cr_assert_str_eq(get_text("b"), "hello");
}

Test(pool, without_operands_it_is_at_its_end)
{
	pool = nk_pool_new(&how);
	run();
	cr_assert_eq(ran.status, NK_POOL_END);
}

Test(pool, gets_a_tree)
{
	make_tree(100);
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.files, 100);
	cr_assert_eq(ran.folders, 11);
	cr_assert_eq(ran.errors, 0);
	cr_assert(has_tree(100));
	cr_assert_eq(fake->mounts, 1);
}

Test(pool, puts_a_tree)
{
	cr_assert_eq(mkdir(in_folder("x"), 0755), 0);
	cr_assert_eq(mkdir(in_folder("x/y"), 0755), 0);
	put_text("x/a", "1");
	put_text("x/y/b", "22");
	add_put("/x", "/up/there");
	run();
	cr_assert_eq(ran.files, 2);
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert_str_eq(fake_text(fake, "/up/there/a"), "1");
	cr_assert_str_eq(fake_text(fake, "/up/there/y/b"), "22");
}

Test(pool, puts_a_tree_into_the_root)
{
	put_text("a", "1");
	add_put("/", "/");
	run();
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert_str_eq(fake_text(fake, "/a"), "1");
}

Test(pool, the_next_small_file_is_told_ahead)
{
	make_tree(10);
	add_get("/tree/0", "/");
	run();
	cr_assert_eq(ran.files, 10);
	cr_assert_eq(fake->aheads, 9);
	cr_assert_eq(fake->good_aheads, 9);
	cr_assert_eq(fake->stats, 1);
}

Test(pool, the_next_upload_is_told_ahead)
{
	put_text("a", "1");
	put_text("b", "2");
	put_text("c", "3");
	add_put("/", "/up");
	run();
	cr_assert_eq(ran.files, 3);
	cr_assert_eq(fake->good_aheads, 2);
}

Test(pool, nothing_is_told_ahead_that_needs_a_question_first)
{
	put_text("a", "1");
	put_text("b", "2");
	how.copy.no_clobber = true;
	add_put("/", "/up");
	run();
	cr_assert_eq(ran.files, 2);
	cr_assert_eq(fake->aheads, 0);
}

Test(pool, a_file_that_must_stay_is_named_as_the_user_knows_it)
{
	fake_put_text(fake, "/a", "1");
	put_text("a", "mine");
	how.copy.no_clobber = true;
	add_get("/a", "/a");
	run();
	cr_assert_eq(ran.last, NK_E_EXISTS);
	cr_assert(nk_text_has_prefix(ran.message, folder), "%s", ran.message);
}

Test(pool, a_folder_needs_recursive)
{
	how.recursive = false;
	fake_make(fake, "/d", NK_KIND_DIR);
	add_get("/d", "/d");
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.files, 0);
}

Test(pool, an_error_does_not_stop_the_others)
{
	how.recursive = false;
	fake_put_text(fake, "/a", "1");
	fake_put_text(fake, "/c", "3");
	add_get("/a", "/a");
	add_get("/b", "/b");
	add_get("/c", "/c");
	run();
	cr_assert_eq(ran.files, 2);
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_MISSING);
}

Test(pool, fail_fast_stops_at_the_first)
{
	how.recursive = false;
	how.fail_fast = true;
	fake_put_text(fake, "/c", "3");
	add_get("/b", "/b");
	add_get("/c", "/c");
	run();
	cr_assert_eq(ran.files, 0);
	cr_assert_eq(ran.errors, 1);
	cr_assert_not(is_there("c"));
}

Test(pool, a_missing_local_source_is_a_failed_read)
{
	add_put("/none", "/up");
	run();
	cr_assert_eq(ran.last, NK_E_READ);
}

Test(pool, a_dry_run_plans_and_makes_nothing)
{
	make_tree(20);
	how.copy.dry_run = true;
	add_get("/tree", "/new");
	run();
	cr_assert_eq(ran.planned, 23);
	cr_assert_eq(count_names(""), 0);
	cr_assert_eq(fake->opens, 0);
}

Test(pool, a_filter_holds)
{
	struct nk_filter filter = { 0 };

	make_tree(20);
	nk_strings_add(&filter.exclude, "1");
	nk_strings_add(&filter.include, "*3");
	how.filter = &filter;
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.files, 1);
	cr_assert_str_eq(get_text("0/3"), "0003");
	nk_strings_release(&filter.exclude);
	nk_strings_release(&filter.include);
}

Test(pool, hostile_names_are_errors_and_nothing_is_written_outside)
{
	make_tree(10);
	fake->hostile = "../netkit-outside";
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.files, 10);
	cr_assert_eq(ran.errors, 2);
	cr_assert_eq(ran.last, NK_E_PROTO);
	cr_assert_neq(access("/tmp/netkit-outside", F_OK), 0);
}

Test(pool, a_folder_that_cannot_be_listed_is_one_error)
{
	make_tree(10);
	fake_make(fake, "/tree/secret", NK_KIND_DIR);
	fake->list_domain = NK_E_DENIED;
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.files, 10);
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_DENIED);
}

Test(pool, a_folder_that_cannot_be_made_is_one_error)
{
	make_tree(20);
	put_text("0", "in the way");
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_EXISTS);
	cr_assert_eq(ran.files, 10);
}

/* --- links --- */

Test(pool, a_link_inside_the_tree_is_made_again)
{
	char to[16] = "";

	make_tree(10);
	fake_make(fake, "/tree/0/link", NK_KIND_LINK)->link = nk_strdup("../0/3");
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert_gt(readlink(in_folder("0/link"), to, sizeof(to) - 1), 0);
	cr_assert_str_eq(to, "../0/3");
}

Test(pool, a_link_that_leads_out_is_copied_as_a_file)
{
	struct stat st;

	make_tree(10);
	fake_put_text(fake, "/elsewhere", "hello");
	fake_make(fake, "/tree/link", NK_KIND_LINK)->link = nk_strdup("/elsewhere");
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert_eq(lstat(in_folder("link"), &st), 0);
	cr_assert(S_ISREG(st.st_mode));
	cr_assert_str_eq(get_text("link"), "hello");
}

Test(pool, a_link_that_climbs_out_is_never_made)
{
	make_tree(10);
	fake_make(fake, "/tree/0/link", NK_KIND_LINK)->link = nk_strdup("../../../etc/passwd");
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_not(is_there("0/link"));
}

Test(pool, a_link_that_climbs_out_by_another_one_is_never_made)
{
	make_tree(10);
	fake_make(fake, "/tree/d", NK_KIND_LINK)->link = nk_strdup(".");
	fake_make(fake, "/tree/e", NK_KIND_LINK)->link = nk_strdup("d/..");
	add_get("/tree", "/");
	run();
	cr_assert(is_there("d"));
	cr_assert_not(is_there("e"));
}

Test(pool, a_link_to_a_folder_elsewhere_is_not_followed)
{
	make_tree(10);
	fake_make(fake, "/elsewhere", NK_KIND_DIR);
	fake_make(fake, "/tree/link", NK_KIND_LINK)->link = nk_strdup("/elsewhere");
	/* The server knows what is behind the link. */
	fake_make(fake, "/tree/link/.", NK_KIND_DIR);
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_UNSUPPORTED);
}

Test(pool, a_planted_link_does_not_lead_a_later_file_out)
{
	make_tree(10);
	fake_make(fake, "/tree/a", NK_KIND_LINK)->link = nk_strdup("0");
	fake_make(fake, "/tree/b", NK_KIND_DIR);
	fake_put_text(fake, "/tree/b/file", "hello");
	/* As if the server had had it made by an earlier run. */
	cr_assert_eq(symlink("/tmp", in_folder("b")), 0);
	add_get("/tree", "/");
	run();
	cr_assert_gt(ran.errors, 0);
	cr_assert_neq(access("/tmp/file", F_OK), 0);
}

Test(pool, pipes_in_a_tree_are_errors)
{
	put_text("a", "1");
	cr_assert_eq(mkfifo(in_folder("pipe"), 0600), 0);
	add_put("/", "/up");
	run();
	cr_assert_eq(ran.files, 1);
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_UNSUPPORTED);
}

/* --- sessions that fail --- */

Test(pool, a_lost_session_is_replaced_and_the_file_resumed)
{
	fake_put_text(fake, "/a", "hello");
	fake->cut_at = 3;
	fake->cuts = 1;
	net.retries = 1;
	add_get("/a", "/a");
	run();
	cr_assert_eq(ran.files, 1);
	cr_assert_eq(ran.errors, 0);
	cr_assert_eq(fake->mounts, 2);
	cr_assert_eq(fake->last_offset, 3);
	cr_assert_str_eq(get_text("a"), "hello");
}

Test(pool, a_lost_upload_goes_on_where_the_server_is)
{
	put_text("a", "hello");
	fake->cut_at = 3;
	fake->cuts = 1;
	net.retries = 1;
	add_put("/a", "/a");
	run();
	cr_assert_eq(ran.errors, 0);
	cr_assert_eq(fake->last_offset, 3);
	cr_assert_str_eq(fake_text(fake, "/a"), "hello");
}

Test(pool, without_retries_a_lost_file_is_an_error_and_the_next_has_a_new_session)
{
	how.recursive = false;
	fake_put_text(fake, "/a", "hello");
	fake_put_text(fake, "/b", "hello");
	fake->cut_at = 3;
	fake->cuts = 1;
	add_get("/a", "/a");
	add_get("/b", "/b");
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_LOST);
	cr_assert_eq(ran.files, 1);
	cr_assert_not(is_there("a"));
	cr_assert(is_there("a.part"));
}

Test(pool, a_session_lost_while_listing_is_replaced)
{
	make_tree(20);
	fake->lost_lists = 2;
	net.retries = 3;
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert(has_tree(20));
}

Test(pool, one_worker_that_waits_to_try_again_does_not_stop_the_others)
{
	struct fake *to = fake_new();
	nk_time_ms start = nk_clock_now();
	nk_time_ms last = start;
	struct nk_pool_result result;
	int files = 0;

	fake_make(fake, "/tree", NK_KIND_DIR);
	fake_put_text(fake, "/tree/1", "1");
	fake_put_text(fake, "/tree/2", "2");
	fake_make(fake, "/tree/b", NK_KIND_DIR);
	fake_put_text(fake, "/tree/b/3", "3");
	fake->delay_us = 20000;
	to->busy_folder = "/up/b";
	/* It is asked for again once the folder above it is known to be there. */
	to->busy_times = 2;
	net.retries = 1;
	net.retry_delay_ms = 2000;
	how.jobs = 2;
	pool = nk_pool_new(&how);
	nk_pool_add(pool, place(&fake_ops, &fake->session, "/tree"),
		    place(&fake_ops, &to->session, "/up"));
	do {
		ran.status = nk_pool_next(pool, 100, &result, &err);
		if (ran.status != 1)
			continue;
		count_result(&result);
		if (result.is_dir || result.err.domain != NK_E_NONE)
			continue;
		files++;
		last = nk_clock_now();
	} while (ran.status == 0 || ran.status == 1);
	nk_pool_free(nk_take(pool));
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert_eq(files, 3);
	cr_assert_str_eq(fake_text(to, "/up/b/3"), "3");
	cr_assert_lt(last - start, 1200);
	fake_free(to);
}

Test(pool, a_folder_that_stays_busy_is_one_error)
{
	make_tree(10);
	fake->busy_folder = "/up";
	fake->busy_times = 1000;
	net.retries = 2;
	put_text("a", "1");
	add_put("/", "/up");
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.files, 0);
}

Test(pool, a_listing_that_stays_lost_is_the_operands_error)
{
	make_tree(10);
	fake_put_text(fake, "/a", "1");
	fake->lost_lists = 1;
	add_get("/tree", "/tree");
	add_get("/a", "/a");
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_LOST);
	cr_assert_eq(ran.files, 1);
}

Test(pool, without_a_session_nothing_else_is_tried)
{
	how.recursive = false;
	how.jobs = 4;
	fake->failing_mounts = 1000;
	fake->mount_domain = NK_E_AUTH;
	for (int i = 0; i < 20; i++) {
		nk_auto(str) char *name = nk_format("/%d", i);

		add_get(name, name);
	}
	run();
	cr_assert_eq(ran.files, 0);
	cr_assert_geq(ran.errors, 1);
	cr_assert_leq(ran.errors, 4);
	cr_assert_eq(ran.last, NK_E_AUTH);
	cr_assert_leq(fake->mounts, 4);
}

Test(pool, another_host_is_still_tried)
{
	struct fake *dead = fake_new();

	how.recursive = false;
	dead->failing_mounts = 1000;
	dead->mount_domain = NK_E_CONNECT;
	fake_put_text(fake, "/a", "1");
	pool = nk_pool_new(&how);
	for (int i = 0; i < 3; i++)
		nk_pool_add(pool, place(&fake_ops, &dead->session, "/x"),
			    place(&nk_local_ops, here, "/x"));
	add_get("/a", "/a");
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_CONNECT);
	cr_assert_eq(ran.files, 1);
	cr_assert_eq(dead->mounts, 1);
	fake_free(dead);
}

Test(pool, mounting_is_tried_again)
{
	fake_put_text(fake, "/a", "1");
	fake->failing_mounts = 2;
	fake->mount_domain = NK_E_CONNECT;
	net.retries = 2;
	add_get("/a", "/a");
	run();
	cr_assert_eq(ran.files, 1);
	cr_assert_eq(ran.errors, 0);
}

/* --- many jobs --- */

Test(pool, eight_jobs_get_a_tree)
{
	make_tree(1000);
	how.jobs = 8;
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.files, 1000);
	cr_assert_eq(ran.folders, 101);
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert(has_tree(1000));
	cr_assert_leq(fake->most_sessions, 8);
}

Test(pool, jobs_work_at_the_same_time)
{
	make_tree(40);
	fake->delay_us = 20000;
	how.jobs = 4;
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.files, 40);
	cr_assert_eq(fake->most_sessions, 4);
}

Test(pool, one_file_needs_one_session)
{
	fake_put_text(fake, "/a", "1");
	how.jobs = 8;
	add_get("/a", "/a");
	run();
	cr_assert_eq(ran.files, 1);
	cr_assert_eq(fake->mounts, 1);
}

Test(pool, a_server_that_takes_two_sessions_gets_two)
{
	make_tree(100);
	fake->sessions_max = 2;
	fake->delay_us = 1000;
	how.jobs = 8;
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.files, 100);
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert(has_tree(100));
	cr_assert_leq(fake->most_sessions, 2);
}

Test(pool, a_server_that_takes_one_session_gets_all_operands_by_it)
{
	how.recursive = false;
	how.jobs = 8;
	fake->sessions_max = 1;
	for (int i = 0; i < 50; i++) {
		nk_auto(str) char *name = nk_format("/%d", i);

		fake_put_text(fake, name, "hello");
		add_get(name, name);
	}
	run();
	cr_assert_eq(ran.files + ran.errors, 50);
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
}

Test(pool, eight_jobs_lose_sessions_and_lose_nothing_else)
{
	make_tree(300);
	fake->cut_at = 10;
	fake->cuts = 40;
	fake->lost_lists = 5;
	net.retries = 100;
	how.jobs = 8;
	add_get("/tree", "/");
	run();
	cr_assert_eq(ran.files, 300);
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert(has_tree(300));
}

Test(pool, several_operands_with_several_jobs)
{
	make_tree(100);
	how.jobs = 3;
	add_get("/tree/0", "/0");
	add_get("/tree/1", "/1");
	add_get("/tree/2/20", "/single");
	run();
	cr_assert_eq(ran.files, 21);
	cr_assert(has_tree(20));
	cr_assert(is_there("single"));
}

Test(pool, what_is_not_parallel_has_one_worker)
{
	static struct nk_fs_ops alone;

	alone = fake_ops;
	alone.caps &= ~(unsigned)NK_FS_CAP_PARALLEL;
	make_tree(20);
	how.jobs = 8;
	pool = nk_pool_new(&how);
	nk_pool_add(pool, place(&alone, &fake->session, "/tree"), place(&nk_local_ops, here, "/"));
	run();
	cr_assert_eq(fake->most_sessions, 1);
}

Test(pool, a_limit_is_for_all_jobs_together)
{
	struct timespec start;
	struct timespec end;
	char text[5001];

	memset(text, 'x', 5000);
	text[5000] = '\0';
	for (int i = 0; i < 10; i++) {
		nk_auto(str) char *name = nk_format("/%d", i);

		fake_put_text(fake, name, text);
		add_get(name, name);
	}
	nk_pool_free(nk_take(pool));
	how.recursive = false;
	how.jobs = 5;
	how.copy.limit = nk_limit_new(250000);
	for (int i = 0; i < 10; i++) {
		nk_auto(str) char *name = nk_format("/%d", i);

		add_get(name, name);
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	run();
	clock_gettime(CLOCK_MONOTONIC, &end);
	nk_limit_free(how.copy.limit);
	cr_assert_eq(ran.files, 10);
	cr_assert_geq((double)(end.tv_sec - start.tv_sec) +
			      (double)(end.tv_nsec - start.tv_nsec) / 1e9,
		      0.15);
}

/* --- ending early --- */

Test(pool, results_that_nobody_takes_do_no_harm)
{
	struct nk_pool_result result;

	make_tree(200);
	how.jobs = 4;
	add_get("/tree", "/");
	while (nk_pool_next(pool, 100, &result, &err) == 0)
		;
	nk_pool_free(nk_take(pool));
	cr_assert_eq(fake->sessions, 0);
}

Test(pool, an_interrupt_ends_all_workers_and_keeps_what_was_fetched)
{
	struct nk_pool_result result;
	int64_t moved = 0;
	int64_t wanted = 0;
	char *bytes = keep(nk_alloc(100000));
	int status;

	nk_interrupt_setup();
	fake_put(fake, "/a", bytes, 100000);
	how.copy.limit = nk_limit_new(100000);
	how.jobs = 2;
	add_get("/a", "/a");
	while (moved < 10000) {
		cr_assert_eq(nk_pool_next(pool, 10, &result, &err), 0);
		nk_pool_progress(pool, &moved, &wanted);
	}
	cr_assert_eq(wanted, 100000);
	raise(SIGINT);
	while ((status = nk_pool_next(pool, 10, &result, &err)) == 0)
		;
	cr_assert_eq(status, -1);
	cr_assert_eq(err.domain, NK_E_INTERRUPT);
	nk_pool_free(nk_take(pool));
	nk_limit_free(how.copy.limit);
	cr_assert_not(is_there("a"));
	cr_assert(is_there("a.part"));
	cr_assert(is_there("a.part.info"));
}

Test(pool, progress_ends_with_all_that_moved)
{
	struct nk_pool_result result;
	int64_t moved = -1;
	int64_t wanted = -1;

	fake_put_text(fake, "/a", "hello");
	add_get("/a", "/a");
	while (nk_pool_next(pool, 100, &result, &err) != NK_POOL_END)
		;
	nk_pool_progress(pool, &moved, &wanted);
	cr_assert_eq(moved, 5);
	cr_assert_eq(wanted, 5);
	nk_pool_free(nk_take(pool));
}

Test(pool, reads_standard_input)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[0], 0), 0);
	cr_assert_eq(write(ends[1], "hello", 5), 5);
	close(ends[1]);
	pool = nk_pool_new(&how);
	nk_pool_add(pool, place(&nk_stdio_ops, here, "-"), place(&fake_ops, &fake->session, "/a"));
	run();
	cr_assert_eq(ran.files, 1);
	cr_assert_eq(ran.bytes, 5);
	cr_assert_str_eq(fake_text(fake, "/a"), "hello");
}

/* --- sessions that share a connection --- */

static struct nk_fs_ops wide_ops;
static pthread_mutex_t wide_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wide_change = PTHREAD_COND_INITIALIZER;
static int wide_open; /* streams that are open now */
static int wide_most; /* and the most there ever were */
static int wide_wanted;

static int wide_mount(struct nk_session *session, struct nk_fs **fs, struct nk_err *error)
{
	if (fake_mount(session, fs, error) < 0)
		return -1;
	(*fs)->ops = &wide_ops;
	return 0;
}

/* Every open waits until as many are there as are wanted. */
static int wide_open_file(struct nk_fs *fs, const char *path, const struct nk_open_how *open_how,
			  struct nk_stream **stream, struct nk_err *error)
{
	pthread_mutex_lock(&wide_lock);
	wide_open++;
	wide_most = wide_open > wide_most ? wide_open : wide_most;
	pthread_cond_broadcast(&wide_change);
	while (wide_most < wide_wanted)
		pthread_cond_wait(&wide_change, &wide_lock);
	pthread_mutex_unlock(&wide_lock);

	int result = fake_open(fs, path, open_how, stream, error);

	pthread_mutex_lock(&wide_lock);
	wide_open--;
	pthread_mutex_unlock(&wide_lock);
	return result;
}

static void add_wide(int jobs, int lanes, int wanted)
{
	wide_ops = fake_ops;
	wide_ops.mount = wide_mount;
	wide_ops.open = wide_open_file;
	wide_ops.lanes = lanes;
	wide_wanted = wanted;
	how.jobs = jobs;
	pool = nk_pool_new(&how);
	nk_pool_add(pool, place(&wide_ops, &fake->session, "/tree"),
		    place(&nk_local_ops, here, "/"));
}

Test(pool, lanes_multiply_the_jobs_for_small_files)
{
	make_tree(40);
	add_wide(2, 4, 8);
	run();
	cr_assert_eq(wide_most, 8);
	cr_assert_eq(ran.files, 40);
	cr_assert(has_tree(40));
}

Test(pool, one_job_has_no_lanes)
{
	make_tree(40);
	add_wide(1, 16, 1);
	run();
	cr_assert_eq(wide_most, 1);
	cr_assert_eq(ran.files, 40);
}

Test(pool, large_files_keep_to_the_jobs)
{
	static char large[(1 << 20) + 1];
	char path[64];

	fake_make(fake, "/tree", NK_KIND_DIR);
	for (int i = 0; i < 12; i++) {
		snprintf(path, sizeof(path), "/tree/%d", i);
		fake_put(fake, path, large, sizeof(large));
	}
	fake->delay_us = 2000;
	add_wide(2, 16, 2);
	run();
	cr_assert_eq(wide_most, 2);
	cr_assert_eq(ran.files, 12);
}
