/* test_settle.c - trees copied with what their folders have, and walks that follow links. */
#include "netkit/pool.h"

#include "fs_folder.h"
#include "netkit/local.h"

static const int64_t long_ago = 1577934245;

static void setup(void)
{
	folder_setup();
	cr_assert_eq(mkdir(in_folder("tree"), 0755), 0);
	cr_assert_eq(mkdir(in_folder("tree/closed"), 0700), 0);
	put_text("tree/closed/a", "1");
	cr_assert_eq(symlink("closed", in_folder("tree/link")), 0);
}

TestSuite(settle, .init = setup, .fini = folder_teardown);

static void set_time(const char *name, int64_t mtime)
{
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = mtime } };

	cr_assert_eq(utimensat(AT_FDCWD, in_folder(name), times, 0), 0);
}

/* Copy tree to copy. */
static void copy(const struct nk_pool_how *how)
{
	static const struct nk_local_opts here = { .root = NULL };
	nk_auto(session) struct nk_session *session = nk_local_session(&here);
	const struct nk_place source = { &nk_local_ops, session, in_folder("tree") };
	const struct nk_place target = { &nk_local_ops, session, in_folder("copy") };
	nk_auto(pool) struct nk_pool *pool = nk_pool_new(how);
	struct nk_pool_result result;
	struct nk_err err = NK_ERR_INIT;
	int status;

	nk_pool_add(pool, &source, &target);
	while ((status = nk_pool_next(pool, 1000, &result, &err)) != NK_POOL_END) {
		cr_assert_geq(status, 0, "%s", err.msg);
		cr_assert(status == 0 || result.err.domain == NK_E_NONE, "%s", result.err.msg);
	}
}

static struct stat look(const char *name)
{
	struct stat st;

	cr_assert_eq(lstat(in_folder(name), &st), 0);
	return st;
}

Test(settle, new_folder_is_no_more_open_than_its_source)
{
	copy(&(struct nk_pool_how){ .jobs = 1, .recursive = true });
	cr_assert_eq(look("copy/closed").st_mode & 07777, 0700);
}

Test(settle, preserve_keeps_times_and_permissions_of_folders)
{
	cr_assert_eq(chmod(in_folder("tree/closed"), 0550), 0);
	set_time("tree/closed", long_ago);
	set_time("tree", long_ago);
	copy(&(struct nk_pool_how){ .jobs = 4, .recursive = true, .copy.preserve = true });
	cr_assert_eq(look("copy/closed").st_mode & 07777, 0550);
	cr_assert_eq(look("copy/closed").st_mtime, long_ago);
	cr_assert_eq(look("copy").st_mtime, long_ago);
}

Test(settle, links_are_copied_as_links)
{
	copy(&(struct nk_pool_how){ .jobs = 1, .recursive = true });
	cr_assert(S_ISLNK(look("copy/link").st_mode));
}

Test(settle, followed_links_are_what_they_point_to)
{
	copy(&(struct nk_pool_how){ .jobs = 1, .recursive = true, .follows = true });
	cr_assert(S_ISDIR(look("copy/link").st_mode));
	cr_assert_str_eq(get_text("copy/link/a"), "1");
}
