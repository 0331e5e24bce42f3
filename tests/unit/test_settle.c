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

static void copy_to(const char *name, const struct nk_pool_how *how)
{
	static const struct nk_local_opts here = { .root = NULL };
	nk_auto(session) struct nk_session *session = nk_local_session(&here);
	const struct nk_place source = { &nk_local_ops, session, in_folder("tree") };
	const struct nk_place target = { &nk_local_ops, session, in_folder(name) };
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

/* Copy tree to copy. */
static void copy(const struct nk_pool_how *how)
{
	copy_to("copy", how);
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

Test(settle, new_folder_below_a_missing_one_is_no_more_open_either)
{
	cr_assert_eq(chmod(in_folder("tree"), 0700), 0);
	copy_to("above/copy", &(struct nk_pool_how){ .jobs = 1, .recursive = true });
	cr_assert_eq(look("above/copy").st_mode & 07777, 0700);
}

Test(settle, new_folder_keeps_what_it_has_of_the_one_above)
{
	cr_assert_eq(mkdir(in_folder("copy"), 0755), 0);
	cr_assert_eq(chmod(in_folder("copy"), 02755), 0);
	copy(&(struct nk_pool_how){ .jobs = 1, .recursive = true });
	cr_assert_eq(look("copy/closed").st_mode & 07777, 02700);
}

Test(settle, preserve_leaves_a_folder_its_group_for_all_in_it)
{
	cr_assert_eq(mkdir(in_folder("copy"), 0755), 0);
	cr_assert_eq(chmod(in_folder("copy"), 03775), 0);
	copy(&(struct nk_pool_how){
		.jobs = 1,
		.recursive = true,
		.copy.preserve = true,
	});
	cr_assert_eq(look("copy").st_mode & 07777, 03755);
	cr_assert_eq(look("copy/closed").st_mode & 07777, 02700);
}

Test(settle, preserve_leaves_a_folder_behind_a_link_its_group_too)
{
	cr_assert_eq(mkdir(in_folder("real"), 0755), 0);
	cr_assert_eq(chmod(in_folder("real"), 03775), 0);
	cr_assert_eq(symlink("real", in_folder("copy")), 0);
	copy(&(struct nk_pool_how){
		.jobs = 1,
		.recursive = true,
		.copy.preserve = true,
	});
	cr_assert_eq(look("real").st_mode & 07777, 03755);
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

Test(settle, a_followed_link_to_a_folder_above_is_not_entered)
{
	static const struct nk_local_opts here = { .root = NULL };
	nk_auto(session) struct nk_session *session = nk_local_session(&here);
	const struct nk_place place = { &nk_local_ops, session, in_folder("tree") };
	nk_auto(walk) struct nk_walk *walk = nk_walk_new(place.path, NULL);
	nk_auto(fs) struct nk_fs *fs = NULL;
	struct nk_err err = NK_ERR_INIT;
	struct nk_walk_item item;
	int entered = 0;

	cr_assert_eq(symlink(".", in_folder("tree/again")), 0);
	cr_assert_eq(symlink("..", in_folder("tree/closed/up")), 0);
	cr_assert_eq(nk_fs_mount(&place, &fs, &err), 0, "%s", err.msg);
	nk_walk_follow(walk);
	while (nk_walk_next(walk, fs, &item, &err) > 0)
		entered += item.event == NK_WALK_ENTER;
	cr_assert_eq(entered, 3);
}
