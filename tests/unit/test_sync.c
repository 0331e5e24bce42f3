/* test_sync.c - two trees made equal: what is the same, what is copied, what goes, and what never. */
#include "netkit/sync.h"

#include "../../core/fs/links.h"
#include "fake_fs.h"
#include "netkit/pool.h"

#define RESULTS_MAX 64

static struct fake *from;
static struct fake *to;
static struct nk_place source;
static struct nk_place target;
static struct nk_net_policy net;
static struct nk_filter filter;
static struct nk_sync_how sync_how;
static struct nk_pool_how how;
static struct nk_fs_ops ops;

/* What came out: "action:reason path" of each result, in any order; errors as "error path". */
static struct {
	char *lines[RESULTS_MAX];
	int count;
	int errors;
	enum nk_domain last;
	char message[480];
	int64_t same;
	bool is_again;
	int status;
} ran;

static int fake_rmdir(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	struct fake *fake = fake_of(fs);
	size_t length = strlen(path);

	for (int i = 0; i < fake->count; i++) {
		const char *other = fake->files[i].path;

		if (other && strncmp(other, path, length) == 0 && other[length] == '/')
			return nk_fail(err, NK_E_DENIED, 550, "not empty");
	}
	if (!fake_find(fake, path))
		return nk_fail(err, NK_E_MISSING, 550, "no such folder");
	free(nk_take(fake_find(fake, path)->path));
	return 0;
}

static int fake_unlink_file(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	struct fake_file *file = fake_find(fake_of(fs), path);

	if (file && file->kind == NK_KIND_DIR)
		return nk_fail(err, NK_E_DENIED, 550, "is a folder");
	return fake_unlink(fs, path, err);
}

static void setup(void)
{
	from = fake_new();
	to = fake_new();
	ops = fake_ops;
	ops.rmdir = fake_rmdir;
	ops.unlink = fake_unlink_file;
	source = (struct nk_place){ &ops, &from->session, "/src" };
	target = (struct nk_place){ &ops, &to->session, "/dst" };
	net.retry_delay_ms = 1;
	how = (struct nk_pool_how){
		.jobs = 1,
		.recursive = true,
		.filter = &filter,
		.sync = &sync_how,
		.copy = { .net = &net, .preserve = true, .is_lenient = true },
	};
	fake_make(from, "/src", NK_KIND_DIR);
	fake_make(from, "/src/sub", NK_KIND_DIR);
	fake_put_text(from, "/src/a", "one");
	fake_put_text(from, "/src/sub/b", "two");
}

static void forget(void)
{
	for (int i = 0; i < ran.count; i++)
		free(ran.lines[i]);
	memset(&ran, 0, sizeof(ran));
}

static void teardown(void)
{
	forget();
	nk_strings_release(&filter.exclude);
	nk_strings_release(&filter.include);
	fake_free(from);
	fake_free(to);
}

TestSuite(sync, .init = setup, .fini = teardown);

static void take(const struct nk_pool_result *result)
{
	const char *path = result->target ? result->target : "?";

	cr_assert_lt(ran.count, RESULTS_MAX);
	if (result->err.domain != NK_E_NONE) {
		ran.errors++;
		ran.last = result->err.domain;
		nk_copy_text(ran.message, sizeof(ran.message), result->err.msg);
		ran.lines[ran.count++] = nk_format("error %s", path);
		return;
	}
	ran.lines[ran.count++] = nk_format("%s%s:%s %s", result->is_planned ? "plan " : "",
					   nk_sync_action_word(result->action),
					   nk_sync_reason_word(result->reason), path);
}

static void run(void)
{
	struct nk_pool *pool = nk_pool_new(&how);
	struct nk_pool_result result;
	struct nk_err err = NK_ERR_INIT;

	forget();
	nk_pool_add(pool, &source, &target);
	do {
		ran.status = nk_pool_next(pool, 100, &result, &err);
		if (ran.status == 1)
			take(&result);
	} while (ran.status == 0 || ran.status == 1);
	ran.is_again = nk_pool_synced(pool, &ran.same);
	nk_pool_free(pool);
	cr_assert_eq(from->sessions, 0);
	cr_assert_eq(to->sessions, 0);
}

static bool came(const char *line)
{
	for (int i = 0; i < ran.count; i++) {
		if (strcmp(ran.lines[i], line) == 0)
			return true;
	}
	return false;
}

#define expect(line) cr_expect(came(line), "no \"%s\"", line)

/* --- what is the same --- */

static enum nk_sync_verdict judge(int64_t source_time, int64_t target_time, bool is_rough)
{
	struct nk_entry one = NK_ENTRY_INIT, other = NK_ENTRY_INIT;

	one.size = other.size = 5;
	one.mtime = source_time;
	other.mtime = target_time;
	other.is_rough = is_rough;
	return nk_sync_judge(&one, &other, NK_COMPARE_TIME, false);
}

Test(sync, another_size_is_a_difference)
{
	struct nk_entry one = NK_ENTRY_INIT, other = NK_ENTRY_INIT;

	one.size = 5;
	other.size = 6;
	one.mtime = other.mtime = 1000;
	cr_assert_eq(nk_sync_judge(&one, &other, NK_COMPARE_TIME, false), NK_VERDICT_SIZE);
	cr_assert_eq(nk_sync_judge(&one, &other, NK_COMPARE_SIZE, false), NK_VERDICT_SIZE);
}

Test(sync, exact_times_must_be_equal)
{
	cr_assert_eq(judge(1001, 1001, false), NK_VERDICT_SAME);
	cr_assert_eq(judge(1003, 1001, false), NK_VERDICT_TIME);
	cr_assert_eq(judge(1000, 1001, false), NK_VERDICT_TIME);
}

Test(sync, a_fat_disk_rounds_to_even_seconds)
{
	cr_assert_eq(judge(1001, 1000, false), NK_VERDICT_SAME);
	cr_assert_eq(judge(1001, 1002, false), NK_VERDICT_SAME);
	cr_assert_eq(judge(1003, 1000, false), NK_VERDICT_TIME);
}

Test(sync, a_listing_knows_the_minute)
{
	cr_assert_eq(judge(1577934245, 1577934240, true), NK_VERDICT_SAME);
	cr_assert_eq(judge(1577934239, 1577934240, true), NK_VERDICT_UNSURE);
	cr_assert_eq(judge(1577934300, 1577934240, true), NK_VERDICT_UNSURE);
}

Test(sync, a_listing_of_an_old_file_knows_the_day)
{
	cr_assert_eq(judge(1577934245, 1577923200, true), NK_VERDICT_SAME);
	cr_assert_eq(judge(1577923199, 1577923200, true), NK_VERDICT_UNSURE);
}

Test(sync, times_before_1970_have_minutes_too)
{
	cr_assert_eq(judge(-61, -120, true), NK_VERDICT_SAME);
	cr_assert_eq(judge(-59, -120, true), NK_VERDICT_UNSURE);
}

Test(sync, what_is_unknown_is_asked_and_then_no_difference)
{
	struct nk_entry one = NK_ENTRY_INIT, other = NK_ENTRY_INIT;

	one.size = other.size = 5;
	one.mtime = 1000;
	cr_assert_eq(nk_sync_judge(&one, &other, NK_COMPARE_TIME, false), NK_VERDICT_UNSURE);
	cr_assert_eq(nk_sync_judge(&one, &other, NK_COMPARE_TIME, true), NK_VERDICT_SAME);
}

Test(sync, files_of_which_nothing_is_known_differ)
{
	struct nk_entry one = NK_ENTRY_INIT, other = NK_ENTRY_INIT;

	cr_assert_eq(nk_sync_judge(&one, &other, NK_COMPARE_TIME, true), NK_VERDICT_SIZE);
	cr_assert_eq(nk_sync_judge(&one, &other, NK_COMPARE_SIZE, true), NK_VERDICT_SIZE);
}

Test(sync, by_size_times_do_not_count)
{
	struct nk_entry one = NK_ENTRY_INIT, other = NK_ENTRY_INIT;

	one.size = other.size = 5;
	one.mtime = 1000;
	other.mtime = 2000;
	cr_assert_eq(nk_sync_judge(&one, &other, NK_COMPARE_SIZE, false), NK_VERDICT_SAME);
}

/* --- copying --- */

Test(sync, makes_what_is_missing)
{
	run();
	cr_assert_eq(ran.status, NK_POOL_END);
	expect("mkdir:new /dst");
	expect("mkdir:new /dst/sub");
	expect("copy:new /dst/a");
	expect("copy:new /dst/sub/b");
	cr_assert_eq(ran.count, 4);
	cr_assert_str_eq(fake_text(to, "/dst/sub/b"), "two");
}

Test(sync, a_second_run_opens_nothing)
{
	run();
	from->opens = to->opens = 0;
	run();
	cr_assert_eq(ran.count, 0);
	cr_assert_eq(ran.same, 2);
	cr_assert_eq(from->opens + to->opens, 0);
}

Test(sync, updates_what_differs)
{
	run();
	fake_put_text(from, "/src/a", "longer");
	fake_put_text(from, "/src/sub/b", "TWO")->mtime = 2000;
	run();
	expect("update:size /dst/a");
	expect("update:time /dst/sub/b");
	cr_assert_eq(ran.count, 2);
	cr_assert_str_eq(fake_text(to, "/dst/a"), "longer");
	cr_assert_str_eq(fake_text(to, "/dst/sub/b"), "TWO");
}

Test(sync, by_hash_equal_bytes_get_their_time)
{
	sync_how.compare = NK_COMPARE_HASH;
	run();
	fake_find(from, "/src/a")->mtime = 3000;
	fake_put_text(from, "/src/sub/b", "TWO");
	run();
	expect("update:hash /dst/sub/b");
	cr_assert_eq(ran.count, 1);
	cr_assert_eq(fake_find(to, "/dst/a")->mtime, 3000);
	sync_how.compare = NK_COMPARE_TIME;
}

Test(sync, many_workers_make_equal_trees)
{
	char path[64];

	how.jobs = 8;
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "/src/d%d", i);
		fake_make(from, path, NK_KIND_DIR);
	}
	for (int i = 0; i < 400; i++) {
		snprintf(path, sizeof(path), "/src/d%d/%d", i % 20, i);
		fake_put_text(from, path, path);
	}
	struct nk_pool *pool = nk_pool_new(&how);
	struct nk_pool_result result;
	struct nk_err err = NK_ERR_INIT;
	int status;

	nk_pool_add(pool, &source, &target);
	while ((status = nk_pool_next(pool, 100, &result, &err)) != NK_POOL_END)
		cr_assert(status == 0 || result.err.domain == NK_E_NONE, "%s", result.err.msg);
	nk_pool_free(pool);
	run();
	cr_assert_eq(ran.count, 0);
	cr_assert_eq(ran.same, 402);
}

Test(sync, a_lost_session_begins_the_folder_anew)
{
	net.retries = 3;
	from->lost_lists = 2;
	run();
	cr_assert_eq(ran.errors, 0);
	cr_assert_eq(ran.count, 4);
	cr_assert_str_eq(fake_text(to, "/dst/sub/b"), "two");
	net.retries = 0;
}

Test(sync, a_source_that_is_a_file_names_cp)
{
	source.path = "/src/a";
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_USAGE);
	cr_assert(strstr(ran.message, "cp copies files"));
	cr_assert_null(fake_find(to, "/dst"));
}

Test(sync, names_that_are_paths_are_refused)
{
	from->hostile = "../evil";
	run();
	cr_assert_gt(ran.errors, 0);
	cr_assert_eq(ran.last, NK_E_PROTO);
	cr_assert_str_eq(fake_text(to, "/dst/a"), "one");
}

Test(sync, a_name_that_is_listed_twice_is_one)
{
	fake_make(from, "/src/a", NK_KIND_FILE);
	run();
	cr_assert_eq(ran.count, 4);
}

Test(sync, links_are_made_as_they_are)
{
	fake_make(from, "/src/link", NK_KIND_LINK)->link = nk_strdup("sub/b");
	run();
	expect("copy:new /dst/link");
	cr_assert_str_eq(fake_find(to, "/dst/link")->link, "sub/b");
	run();
	cr_assert_eq(ran.count, 0);
	free(fake_find(from, "/src/link")->link);
	fake_find(from, "/src/link")->link = nk_strdup("a");
	run();
	expect("update:link /dst/link");
	cr_assert_str_eq(fake_find(to, "/dst/link")->link, "a");
}

Test(sync, links_that_lead_out_are_what_they_lead_to)
{
	fake_put_text(from, "/other", "there");
	fake_make(from, "/src/link", NK_KIND_LINK)->link = nk_strdup("/other");
	run();
	cr_assert_str_eq(fake_text(to, "/dst/link"), "there");
	run();
	cr_assert_eq(ran.count, 0);
}

Test(sync, devices_are_told_and_left)
{
	fake_make(from, "/src/pipe", NK_KIND_OTHER);
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_UNSUPPORTED);
	cr_assert_null(fake_find(to, "/dst/pipe"));
}

/* --- a plan --- */

Test(sync, a_plan_changes_nothing)
{
	how.copy.dry_run = true;
	run();
	expect("plan mkdir:new /dst");
	expect("plan mkdir:new /dst/sub");
	expect("plan copy:new /dst/a");
	expect("plan copy:new /dst/sub/b");
	cr_assert_eq(ran.count, 4);
	cr_assert_eq(to->count, 0);
	how.copy.dry_run = false;
}

Test(sync, a_plan_names_what_would_go)
{
	run();
	fake_put_text(to, "/dst/extra", "x");
	how.copy.dry_run = sync_how.deletes = true;
	run();
	expect("plan delete:extra /dst/extra");
	cr_assert_eq(ran.count, 1);
	cr_assert_not_null(fake_find(to, "/dst/extra"));
}

/* --- deleting --- */

/* The trees are equal, but for a file and a folder that only the target has. */
static void add_extras(void)
{
	run();
	fake_put_text(to, "/dst/extra", "x");
	fake_make(to, "/dst/old", NK_KIND_DIR);
	fake_make(to, "/dst/old/er", NK_KIND_DIR);
	fake_put_text(to, "/dst/old/er/file", "x");
	sync_how.deletes = true;
}

Test(sync, extras_stay_unless_asked)
{
	add_extras();
	sync_how.deletes = false;
	run();
	cr_assert_eq(ran.count, 0);
	cr_assert_not_null(fake_find(to, "/dst/old/er/file"));
}

Test(sync, deletes_what_only_the_target_has)
{
	add_extras();
	run();
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert_eq(ran.count, 4);
	cr_assert_null(fake_find(to, "/dst/extra"));
	cr_assert_null(fake_find(to, "/dst/old"));
	cr_assert_not_null(fake_find(to, "/dst/sub/b"));
}

Test(sync, what_is_excluded_is_neither_copied_nor_deleted)
{
	add_extras();
	fake_put_text(from, "/src/x.tmp", "x");
	fake_put_text(to, "/dst/y.tmp", "y");
	fake_put_text(to, "/dst/old/er/z.tmp", "z");
	nk_strings_add(&filter.exclude, "*.tmp");
	run();
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert_null(fake_find(to, "/dst/x.tmp"));
	cr_assert_null(fake_find(to, "/dst/extra"));
	cr_assert_null(fake_find(to, "/dst/old/er/file"));
	cr_assert_not_null(fake_find(to, "/dst/y.tmp"));
	cr_assert_not_null(fake_find(to, "/dst/old/er/z.tmp"));
	cr_assert_not_null(fake_find(to, "/dst/old"));
}

Test(sync, an_excluded_folder_is_not_entered)
{
	add_extras();
	nk_strings_add(&filter.exclude, "old");
	run();
	cr_assert_eq(ran.count, 1);
	cr_assert_not_null(fake_find(to, "/dst/old/er/file"));
}

Test(sync, more_than_max_delete_is_none)
{
	add_extras();
	sync_how.max_delete = 3;
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert(strstr(ran.message, "4"), "%s", ran.message);
	cr_assert_not_null(fake_find(to, "/dst/extra"));
	sync_how.max_delete = 4;
	run();
	cr_assert_eq(ran.errors, 0);
	cr_assert_null(fake_find(to, "/dst/extra"));
}

Test(sync, a_listing_that_fails_deletes_nothing)
{
	add_extras();
	fake_make(from, "/src/secret", NK_KIND_DIR);
	from->list_domain = NK_E_DENIED;
	run();
	cr_assert_eq(ran.errors, 2);
	cr_assert_eq(ran.last, NK_E_PARTIAL);
	cr_assert(strstr(ran.message, "nothing was deleted"), "%s", ran.message);
	cr_assert_not_null(fake_find(to, "/dst/extra"));
}

Test(sync, a_listing_that_is_cut_short_deletes_nothing)
{
	add_extras();
	from->lost_lists = 1;
	run();
	cr_assert_gt(ran.errors, 0);
	cr_assert_not_null(fake_find(to, "/dst/extra"));
}

Test(sync, a_missing_source_deletes_nothing)
{
	add_extras();
	source.path = "/nowhere";
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_MISSING);
	cr_assert_not_null(fake_find(to, "/dst/extra"));
	cr_assert_str_eq(fake_text(to, "/dst/a"), "one");
}

Test(sync, a_copy_that_fails_deletes_nothing)
{
	add_extras();
	fake_put_text(from, "/src/new", "too much for it");
	to->full_at = 5;
	run();
	cr_assert_eq(ran.errors, 2);
	cr_assert(strstr(ran.message, "nothing was deleted"), "%s", ran.message);
	cr_assert_not_null(fake_find(to, "/dst/extra"));
}

Test(sync, a_copy_that_is_not_supported_deletes_nothing_either)
{
	add_extras();
	fake_put_text(from, "/src/new", "new");
	ops.hash = NULL;
	how.copy.verify = NK_VERIFY_HASH;
	run();
	cr_assert_eq(ran.errors, 2);
	cr_assert(strstr(ran.message, "nothing was deleted"), "%s", ran.message);
	cr_assert_not_null(fake_find(to, "/dst/extra"));
}

Test(sync, another_kind_is_an_error_unless_it_may_go)
{
	run();
	fake_make(to, "/dst/thing", NK_KIND_DIR);
	fake_put_text(from, "/src/thing", "file");
	run();
	cr_assert_eq(ran.errors, 1);
	cr_assert_eq(ran.last, NK_E_EXISTS);
	cr_assert_eq(fake_find(to, "/dst/thing")->kind, NK_KIND_DIR);
}

Test(sync, another_kind_goes_first_and_the_next_pass_copies)
{
	run();
	fake_make(to, "/dst/thing", NK_KIND_DIR);
	fake_put_text(to, "/dst/thing/in", "x");
	fake_put_text(from, "/src/thing", "file");
	sync_how.deletes = true;
	run();
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert(ran.is_again);
	run();
	expect("copy:new /dst/thing");
	cr_assert_not(ran.is_again);
	cr_assert_str_eq(fake_text(to, "/dst/thing"), "file");
}

Test(sync, without_clobbering_what_differs_stays_and_is_told)
{
	run();
	fake_put_text(from, "/src/new", "new");
	fake_put_text(from, "/src/changed", "after");
	fake_put_text(to, "/dst/changed", "before");
	fake_put_text(from, "/src/thing", "file");
	fake_make(to, "/dst/thing", NK_KIND_DIR);
	fake_put_text(to, "/dst/extra", "x");
	how.copy.no_clobber = sync_how.deletes = true;
	run();
	cr_assert_eq(ran.errors, 2);
	cr_assert_eq(ran.last, NK_E_EXISTS);
	cr_assert(strstr(ran.message, "skipped"), "%s", ran.message);
	cr_assert_str_eq(fake_text(to, "/dst/changed"), "before");
	cr_assert_eq(fake_find(to, "/dst/thing")->kind, NK_KIND_DIR);
	/* The rest is done, as nothing went wrong. */
	cr_assert_str_eq(fake_text(to, "/dst/new"), "new");
	cr_assert_null(fake_find(to, "/dst/extra"));
}

Test(sync, a_plan_says_replace)
{
	run();
	fake_put_text(to, "/dst/thing", "x");
	fake_make(from, "/src/thing", NK_KIND_DIR);
	fake_put_text(from, "/src/thing/in", "x");
	sync_how.deletes = how.copy.dry_run = true;
	run();
	expect("plan replace:kind /dst/thing");
	expect("plan mkdir:new /dst/thing");
	expect("plan copy:new /dst/thing/in");
	cr_assert_eq(ran.count, 3);
}

/* Names of one file in any case. */
static int blind_stat(struct nk_fs *fs, const char *path, struct nk_arena *arena,
		      struct nk_entry *entry, struct nk_err *err)
{
	struct fake *fake = fake_of(fs);

	for (int i = 0; i < fake->count; i++) {
		if (fake->files[i].path && strcasecmp(fake->files[i].path, path) == 0)
			return fake_stat(fs, fake->files[i].path, arena, entry, err);
	}
	return nk_fail(err, NK_E_MISSING, 550, "no such file");
}

Test(sync, a_name_in_another_case_goes)
{
	fake_put_text(from, "/src/readme", "newer");
	fake_make(to, "/dst", NK_KIND_DIR);
	fake_put_text(to, "/dst/README", "old");
	sync_how.deletes = true;
	run();
	expect("delete:extra /dst/README");
}

Test(sync, a_name_in_another_case_stays_where_case_does_not_count)
{
	fake_put_text(from, "/src/readme", "new");
	fake_make(to, "/dst", NK_KIND_DIR);
	fake_put_text(to, "/dst/README", "old");
	fake_put_text(to, "/dst/other", "old");
	ops.stat = blind_stat;
	sync_how.deletes = true;
	run();
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert_not_null(fake_find(to, "/dst/README"));
	expect("delete:extra /dst/other");
}

Test(sync, a_folder_in_another_case_stays_with_all_it_holds_where_case_does_not_count)
{
	fake_make(from, "/src/docs", NK_KIND_DIR);
	fake_put_text(from, "/src/docs/in", "new");
	fake_make(to, "/dst", NK_KIND_DIR);
	fake_make(to, "/dst/Docs", NK_KIND_DIR);
	fake_put_text(to, "/dst/Docs/in", "old");
	fake_put_text(to, "/dst/other", "old");
	ops.stat = blind_stat;
	sync_how.deletes = true;
	run();
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	cr_assert_not_null(fake_find(to, "/dst/Docs/in"));
	cr_assert_not_null(fake_find(to, "/dst/Docs"));
	expect("delete:extra /dst/other");
}

Test(sync, letters_that_are_not_ascii_have_cases_too)
{
	fake_put_text(from, "/src/\u00e9t\u00e9", "new");
	fake_make(to, "/dst", NK_KIND_DIR);
	fake_put_text(to, "/dst/\u00c9T\u00c9", "old");
	ops.stat = blind_stat;
	sync_how.deletes = true;
	run();
	cr_assert_not_null(fake_find(to, "/dst/\u00c9T\u00c9"));
}

Test(sync, what_is_left_out_is_not_replaced_either)
{
	run();
	fake_put_text(to, "/dst/thing", "x");
	fake_make(from, "/src/thing", NK_KIND_DIR);
	nk_strings_add(&filter.include, "*.txt");
	sync_how.deletes = true;
	run();
	cr_assert_eq(ran.last, NK_E_EXISTS);
	cr_assert_str_eq(fake_text(to, "/dst/thing"), "x");
}

/* --- a target that keeps no times --- */

Test(sync, where_times_are_not_kept_stored_later_is_the_same)
{
	ops.set_mtime = NULL;
	fake_find(from, "/src/a")->mtime = 500;
	fake_find(from, "/src/sub/b")->mtime = 600;
	run();
	cr_assert_eq(ran.errors, 0, "%s", ran.message);
	run();
	cr_assert_eq(ran.count, 0);
	cr_assert_eq(ran.same, 2);
}

/* Its clock stands at 1000 s after 1970. */
Test(sync, where_times_are_not_kept_its_own_clock_counts)
{
	ops.set_mtime = NULL;
	run();
	fake_put_text(from, "/src/a", "ONE")->mtime = (int64_t)time(NULL) + 1000;
	run();
	expect("update:time /dst/a");
	cr_assert_eq(ran.count, 1);
	cr_assert_str_eq(fake_text(to, "/dst/a"), "ONE");
}

Test(sync, the_clock_is_asked_with_a_file_that_goes_again)
{
	ops.set_mtime = NULL;
	run();
	fake_find(from, "/src/a")->mtime = 500;
	run();
	for (int i = 0; i < to->count; i++)
		cr_assert_not(to->files[i].path && strstr(to->files[i].path, ".netkit"));
}
