/* test_local.c - local files behind the file interface. */
#include "netkit/local.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "fs_folder.h"

static struct nk_local_opts opts;
static struct nk_fs *fs;
static struct nk_err err;

/* The file system as the user sees it, or the temporary folder as a root. */
static void mount_at(const char *root)
{
	struct nk_place place = { .ops = &nk_local_ops };

	opts.root = root;
	place.session = nk_local_session(&opts);
	cr_assert_eq(nk_fs_mount(&place, &fs, &err), 0);
}

static void setup(void)
{
	folder_setup();
	mount_at(NULL);
}

static void setup_rooted(void)
{
	folder_setup();
	mount_at(folder);
}

static void teardown(void)
{
	struct nk_session *session = fs->session;

	nk_fs_unmount(fs);
	nk_session_free(session);
	folder_teardown();
}

TestSuite(local, .init = setup, .fini = teardown);
TestSuite(local_root, .init = setup_rooted, .fini = teardown);

static struct nk_open_how write_how(void)
{
	return (struct nk_open_how){ .direction = NK_WRITE, .size = -1, .identity = "v1" };
}

static struct nk_stream *open_how(const char *path, struct nk_open_how how)
{
	struct nk_stream *stream = NULL;

	cr_assert_eq(nk_fs_open(fs, path, &how, &stream, &err), 0, "%s", err.msg);
	return stream;
}

static struct nk_stream *open_write(const char *path)
{
	return open_how(path, write_how());
}

static void fails_to_open(const char *path, struct nk_open_how how, enum nk_domain domain)
{
	struct nk_stream *stream = NULL;

	cr_assert_eq(nk_fs_open(fs, path, &how, &stream, &err), -1);
	cr_assert_null(stream);
	cr_assert_eq(err.domain, domain, "%s", err.msg);
}

static void add(struct nk_stream *stream, const char *text)
{
	cr_assert_eq(nk_stream_write(stream, text, strlen(text), &err), 0, "%s", err.msg);
}

/* Begin to write path and give up, so that text is left over. */
static void leave(const char *path, const char *text)
{
	struct nk_stream *stream = open_write(path);

	add(stream, text);
	nk_stream_abandon(stream);
}

static int64_t left_over(const char *path, const char *identity, bool force)
{
	struct nk_left_over left = { .offset = -1 };

	cr_assert_eq(fs->ops->left_over(fs, path, identity, force, &left, &err), 0);
	return left.offset;
}

static char *read_all(const char *path, int64_t offset)
{
	struct nk_open_how how = { .direction = NK_READ, .offset = offset, .size = -1 };
	struct nk_stream *stream = open_how(path, how);
	char *text = keep(nk_alloc(1000));
	ssize_t got = nk_stream_read(stream, text, 999, &err);

	cr_assert_geq(got, 0);
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	return text;
}

/* --- reading --- */

Test(local, reads_what_is_there)
{
	put_text("a", "hello");
	cr_assert_str_eq(read_all(in_folder("a"), 0), "hello");
}

Test(local, reads_from_an_offset)
{
	put_text("a", "hello");
	cr_assert_str_eq(read_all(in_folder("a"), 3), "lo");
}

Test(local, announces_size_and_time)
{
	struct nk_open_how how = { .direction = NK_READ, .size = -1 };

	put_text("a", "hello");
	struct nk_stream *stream = open_how(in_folder("a"), how);

	cr_assert_eq(stream->size, 5);
	cr_assert_gt(stream->mtime, 0);
	nk_stream_abandon(stream);
}

Test(local, what_is_appended_while_reading_is_not_read)
{
	struct nk_open_how how = { .direction = NK_READ, .size = -1 };
	char bytes[100];

	put_text("a", "hello");
	struct nk_stream *stream = open_how(in_folder("a"), how);

	put_text("a", "hello and more");
	cr_assert_eq(nk_stream_read(stream, bytes, sizeof(bytes), &err), 5);
	cr_assert_eq(nk_stream_read(stream, bytes, sizeof(bytes), &err), 0);
	nk_stream_abandon(stream);
}

Test(local, a_file_in_proc_is_read_though_it_has_no_size)
{
	cr_assert_neq(read_all("/proc/self/stat", 0)[0], '\0');
}

Test(local, a_missing_file_is_a_failed_read)
{
	fails_to_open(in_folder("none"), (struct nk_open_how){ .direction = NK_READ }, NK_E_READ);
	cr_assert_eq(err.code, ENOENT);
}

Test(local, a_folder_cannot_be_read)
{
	fails_to_open(folder, (struct nk_open_how){ .direction = NK_READ }, NK_E_READ);
	cr_assert_not_null(strstr(err.msg, "is a folder"));
}

/* --- writing --- */

Test(local, a_write_has_its_name_only_when_it_is_complete)
{
	struct nk_stream *stream = open_write(in_folder("a"));

	add(stream, "hello");
	cr_assert_not(is_there("a"));
	cr_assert_str_eq(get_text("a.part"), "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("a"), "hello");
	cr_assert_eq(count_names(""), 1);
}

Test(local, a_given_up_write_without_a_byte_leaves_nothing)
{
	leave(in_folder("a"), "");
	cr_assert_eq(count_names(""), 0);
}

Test(local, a_given_up_write_without_identity_leaves_nothing)
{
	struct nk_open_how how = { .direction = NK_WRITE, .size = -1 };
	struct nk_stream *stream = open_how(in_folder("a"), how);

	add(stream, "hello");
	nk_stream_abandon(stream);
	cr_assert_eq(count_names(""), 0);
}

Test(local, a_given_up_write_is_left_over_under_its_identity)
{
	leave(in_folder("a"), "hello");
	cr_assert_eq(left_over(in_folder("a"), "v1", false), 5);
	cr_assert_eq(left_over(in_folder("a"), NULL, false), 5);
	cr_assert_eq(left_over(in_folder("a"), "v2", false), 0);
	cr_assert_not(is_there("a"));
}

Test(local, a_left_over_is_gone_on_from)
{
	struct nk_open_how how = write_how();

	leave(in_folder("a"), "hello");
	how.offset = 5;
	struct nk_stream *stream = open_how(in_folder("a"), how);

	add(stream, " world");
	cr_assert_eq(nk_stream_close(stream, &err), 0, "%s", err.msg);
	cr_assert_str_eq(get_text("a"), "hello world");
	cr_assert_eq(count_names(""), 1);
}

static struct nk_open_how pieces_how(int64_t size, bool keeps)
{
	struct nk_open_how how = write_how();

	how.size = size;
	how.in_pieces = true;
	how.keeps_pieces = keeps;
	return how;
}

static void write_at(struct nk_stream *stream, int64_t offset, const char *text)
{
	cr_assert_eq(stream->ops->write_at(stream, offset, text, strlen(text), &err), 0, "%s",
		     err.msg);
}

static struct nk_left_over what_is_left(const char *path)
{
	struct nk_left_over left = { .offset = -1 };

	cr_assert_eq(fs->ops->left_over(fs, path, "v1", false, &left, &err), 0);
	return left;
}

/* "ab....gh" of eight bytes, given up. */
static void leave_pieces(void)
{
	struct nk_stream *stream = open_how(in_folder("a"), pieces_how(8, false));

	write_at(stream, 6, "gh");
	write_at(stream, 0, "ab");
	nk_stream_abandon(stream);
}

Test(local, pieces_in_any_order_become_the_file)
{
	struct nk_stream *stream = open_how(in_folder("a"), pieces_how(8, false));

	write_at(stream, 4, "efgh");
	write_at(stream, 0, "abcd");
	cr_assert_eq(nk_stream_close(stream, &err), 0, "%s", err.msg);
	cr_assert_str_eq(get_text("a"), "abcdefgh");
	cr_assert_not(is_there("a.part.info"));
}

Test(local, pieces_with_a_gap_do_not_become_the_file)
{
	struct nk_stream *stream = open_how(in_folder("a"), pieces_how(8, false));

	write_at(stream, 4, "efgh");
	cr_assert_lt(nk_stream_close(stream, &err), 0);
	cr_assert_eq(err.domain, NK_E_WRITE);
	cr_assert_not(is_there("a"));
}

Test(local, pieces_left_over_are_no_more_than_their_beginning)
{
	struct nk_left_over left;

	leave_pieces();
	left = what_is_left(in_folder("a"));
	cr_assert_eq(left.offset, 2);
	cr_assert(left.is_scattered);
}

Test(local, pieces_left_over_are_gone_on_from)
{
	struct nk_stream *stream;

	leave_pieces();
	stream = open_how(in_folder("a"), pieces_how(8, true));
	write_at(stream, 2, "cdef");
	cr_assert_eq(nk_stream_close(stream, &err), 0, "%s", err.msg);
	cr_assert_str_eq(get_text("a"), "abcdefgh");
}

Test(local, pieces_left_over_are_gone_on_from_in_order)
{
	struct nk_open_how how = write_how();
	struct nk_stream *stream;

	leave_pieces();
	how.offset = 2;
	stream = open_how(in_folder("a"), how);
	cr_assert_eq(nk_stream_write(stream, "xyz", 3, &err), 0);
	cr_assert_eq(nk_stream_close(stream, &err), 0, "%s", err.msg);
	cr_assert_str_eq(get_text("a"), "abxyz");
}

Test(local, pieces_that_the_file_does_not_have_are_not_believed)
{
	leave_pieces();
	cr_assert_eq(truncate(in_folder("a.part"), 1), 0);
	cr_assert_eq(what_is_left(in_folder("a")).offset, 1);
	cr_assert_not(what_is_left(in_folder("a")).is_scattered);
}

Test(local, a_left_over_of_one_piece_is_gone_on_from_in_pieces)
{
	struct nk_open_how how = pieces_how(8, false);
	struct nk_stream *stream = open_how(in_folder("a"), write_how());

	cr_assert_eq(nk_stream_write(stream, "ab", 2, &err), 0);
	nk_stream_abandon(stream);
	how.offset = 2;
	stream = open_how(in_folder("a"), how);
	/* From here on the file's size says nothing any more, whenever we are killed. */
	write_at(stream, 7, "h");
	cr_assert_eq(get_text("a.part.info")[strlen("netkit ")], '2');
	write_at(stream, 2, "cdefg");
	cr_assert_eq(nk_stream_close(stream, &err), 0, "%s", err.msg);
	cr_assert_str_eq(get_text("a"), "abcdefgh");
}

Test(local, a_left_over_is_cut_to_the_offset)
{
	struct nk_open_how how = write_how();

	leave(in_folder("a"), "hello");
	how.offset = 2;
	struct nk_stream *stream = open_how(in_folder("a"), how);

	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("a"), "he");
}

Test(local, a_left_over_of_another_version_is_overwritten)
{
	struct nk_open_how how = write_how();

	leave(in_folder("a"), "hello");
	how.identity = "v2";
	struct nk_stream *stream = open_how(in_folder("a"), how);

	add(stream, "new");
	nk_stream_abandon(stream);
	cr_assert_eq(left_over(in_folder("a"), "v1", false), 0);
	cr_assert_eq(left_over(in_folder("a"), "v2", false), 3);
}

Test(local, a_write_of_a_mebibyte_survives_a_crash)
{
	char *bytes = keep(nk_alloc(1 << 20));
	struct nk_stream *stream = open_write(in_folder("a"));

	cr_assert_eq(nk_stream_write(stream, bytes, 1 << 20, &err), 0);
	cr_assert(is_there("a.part.info"));
	nk_stream_abandon(stream);
}

Test(local, a_part_file_of_somebody_else_is_left_alone)
{
	put_text("a.part", "not ours");
	struct nk_stream *stream = open_write(in_folder("a"));

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("a.part"), "not ours");
	cr_assert_str_eq(get_text("a"), "hello");
	cr_assert_eq(count_names(""), 2);
}

Test(local, a_hidden_name_is_gone_after_giving_up)
{
	put_text("a.part", "not ours");
	leave(in_folder("a"), "hello");
	cr_assert_eq(count_names(""), 1);
}

Test(local, a_planted_info_is_not_believed)
{
	put_text("a.part", "evil");
	leave(in_folder("b"), "b");
	cr_assert_eq(rename(in_folder("b.part.info"), in_folder("a.part.info")), 0);
	cr_assert_eq(left_over(in_folder("a"), "v1", false), 0);
}

Test(local, an_info_file_of_somebody_else_is_left_alone)
{
	put_text("a.part.info", "notes of mine");
	leave(in_folder("a"), "hello");
	cr_assert_str_eq(get_text("a.part.info"), "notes of mine");
	cr_assert_not(is_there("a.part"));
}

Test(local, two_writes_of_one_name_do_not_mix)
{
	struct nk_stream *first = open_write(in_folder("a"));
	struct nk_stream *second = open_write(in_folder("a"));

	add(first, "first");
	add(second, "second");
	cr_assert_eq(nk_stream_close(first, &err), 0);
	cr_assert_str_eq(get_text("a"), "first");
	cr_assert_eq(nk_stream_close(second, &err), 0);
	cr_assert_str_eq(get_text("a"), "second");
	cr_assert_eq(count_names(""), 1);
}

Test(local, a_locked_left_over_is_not_offered)
{
	struct nk_open_how how = write_how();

	leave(in_folder("a"), "hello");
	how.offset = 5;
	struct nk_stream *stream = open_how(in_folder("a"), how);

	cr_assert_eq(left_over(in_folder("a"), "v1", false), 0);
	fails_to_open(in_folder("a"), how, NK_E_RESUME);
	cr_assert(err.again);
	nk_stream_abandon(stream);
}

static void put_whole(const char *path, const char *text)
{
	struct nk_stream *stream = open_write(path);

	add(stream, text);
	cr_assert_eq(nk_stream_close(stream, &err), 0, "%s", err.msg);
}

Test(local, a_file_named_as_a_partial_one_and_that_one_are_both_right)
{
	struct nk_stream *whole = open_write(in_folder("a"));
	struct nk_stream *named = open_write(in_folder("a.part"));

	add(whole, "whole");
	add(named, "named");
	cr_assert_eq(nk_stream_close(named, &err), 0, "%s", err.msg);
	cr_assert_str_eq(get_text("a.part"), "named");
	add(whole, ", and more");
	cr_assert_eq(nk_stream_close(whole, &err), 0, "%s", err.msg);
	cr_assert_str_eq(get_text("a"), "whole, and more");
	cr_assert_str_eq(get_text("a.part"), "named");
	cr_assert_eq(count_names(""), 2);
}

Test(local, a_partial_file_that_had_to_move_is_given_up_without_a_trace)
{
	struct nk_stream *whole = open_write(in_folder("a"));

	add(whole, "whole");
	put_whole(in_folder("a.part"), "named");
	nk_stream_abandon(whole);
	cr_assert_str_eq(get_text("a.part"), "named");
	cr_assert_eq(count_names(""), 1);
}

Test(local, a_file_named_as_an_info_survives_that_of_the_other)
{
	nk_auto(str) char *large = nk_alloc(4 << 20);
	struct nk_stream *whole = open_write(in_folder("a"));

	memset(large, 'x', (4 << 20) - 1);
	put_whole(in_folder("a.part.info"), "netkit 1 5.6.7\nsize=1 url=x\n");
	add(whole, large);
	put_whole(in_folder("a.part.next"), "netkit 1 5.6.7\nsize=1 url=x\n");
	cr_assert_eq(nk_stream_close(whole, &err), 0, "%s", err.msg);
	cr_assert_str_eq(get_text("a.part.info"), "netkit 1 5.6.7\nsize=1 url=x\n");
	cr_assert_str_eq(get_text("a.part.next"), "netkit 1 5.6.7\nsize=1 url=x\n");
	cr_assert_eq(count_names(""), 3);
}

Test(local, a_file_named_as_an_info_may_come_after_it)
{
	nk_auto(str) char *large = nk_alloc(4 << 20);
	struct nk_stream *whole = open_write(in_folder("a"));

	memset(large, 'x', (4 << 20) - 1);
	add(whole, large);
	cr_assert(is_there("a.part.info"));
	put_whole(in_folder("a.part.info"), "named");
	cr_assert_eq(nk_stream_close(whole, &err), 0, "%s", err.msg);
	cr_assert_str_eq(get_text("a.part.info"), "named");
}

/* Somebody's own file comes under the name of an info; others take turns with it. */
struct named {
	char *path;
	int turns;
};

static void *put_named(void *argument)
{
	const struct named *named = argument;
	nk_auto(str) char *fresh = nk_format("%s.new", named->path);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool is_written = fd >= 0 && write(fd, "named", 5) == 5 && close(fd) == 0;

	for (int i = 0; i < named->turns; i++)
		sched_yield();
	return is_written && rename(fresh, named->path) == 0 ? argument : NULL;
}

static bool is_named(const char *path)
{
	char text[8];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_it = fd >= 0 && read(fd, text, sizeof(text)) == 5 && memcmp(text, "named", 5) == 0;

	if (fd >= 0)
		close(fd);
	return is_it;
}

Test(local, a_file_named_as_an_info_may_come_at_any_moment)
{
	nk_auto(str) char *large = nk_alloc((1 << 20) + 1);
	nk_auto(str) char *path = nk_strdup(in_folder("a.part.info"));
	const char *whole_path = in_folder("a");

	memset(large, 'x', 1 << 20);
	for (int i = 0; i < 200; i++) {
		struct named named = { path, i * 5 };
		struct nk_stream *whole = open_write(whole_path);
		pthread_t other;
		void *done = NULL;

		cr_assert_eq(pthread_create(&other, NULL, put_named, &named), 0);
		add(whole, large);
		cr_assert_eq(nk_stream_close(whole, &err), 0, "%s", err.msg);
		pthread_join(other, &done);
		cr_assert_not_null(done);
		cr_assert(is_named(path));
		unlink(path);
	}
	cr_assert_eq(count_names(""), 1);
}

Test(local, a_replaced_partial_file_is_not_given_the_name)
{
	struct nk_stream *stream = open_write(in_folder("a"));

	add(stream, "hello");
	put_text("other", "other");
	cr_assert_eq(rename(in_folder("other"), in_folder("a.part")), 0);
	cr_assert_eq(nk_stream_close(stream, &err), -1);
	cr_assert_eq(err.domain, NK_E_WRITE);
	cr_assert_not(is_there("a"));
}

Test(local, a_long_name_is_written_under_a_hidden_one)
{
	char name[256];

	memset(name, 'x', 255);
	name[255] = '\0';
	struct nk_stream *stream = open_write(in_folder(name));

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text(name), "hello");
	cr_assert_eq(count_names(""), 1);
}

Test(local, a_replaced_file_keeps_its_mode)
{
	struct stat st;

	put_text("a", "old");
	cr_assert_eq(chmod(in_folder("a"), 0604), 0);
	struct nk_stream *stream = open_write(in_folder("a"));

	add(stream, "new");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_eq(stat(in_folder("a"), &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0604);
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	cr_assert_eq(stat(in_folder(name), &st), 0);
	return st.st_mode & 07777;
}

Test(local, what_replaces_a_secret_is_secret_all_the_time)
{
	put_text("a", "old");
	cr_assert_eq(chmod(in_folder("a"), 0600), 0);
	struct nk_stream *stream = open_write(in_folder("a"));

	cr_assert_eq(mode_of("a.part"), 0600);
	add(stream, "new");
	nk_stream_abandon(stream);
	cr_assert_eq(mode_of("a.part"), 0600);
}

Test(local, what_replaces_a_file_is_nobody_elses_until_it_is_complete)
{
	put_text("a", "old");
	cr_assert_eq(chmod(in_folder("a"), 0644), 0);
	struct nk_stream *stream = open_write(in_folder("a"));

	cr_assert_eq(mode_of("a.part"), 0600);
	cr_assert_eq(unlink(in_folder("a")), 0);
	add(stream, "new");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_eq(mode_of("a"), 0644);
}

Test(local, a_left_over_that_will_replace_a_secret_becomes_one)
{
	struct nk_open_how how = write_how();

	leave(in_folder("a"), "hel");
	put_text("a", "old");
	cr_assert_eq(chmod(in_folder("a"), 0600), 0);
	how.offset = 3;
	struct nk_stream *stream = open_how(in_folder("a"), how);

	cr_assert_eq(mode_of("a.part"), 0600);
	nk_stream_abandon(stream);
}

Test(local, a_new_file_is_what_the_umask_says)
{
	mode_t before = umask(027);
	struct nk_stream *stream = open_write(in_folder("a"));

	cr_assert_eq(nk_stream_close(stream, &err), 0);
	umask(before);
	cr_assert_eq(mode_of("a"), 0640);
}

Test(local, must_be_new_refuses_what_is_there)
{
	struct nk_open_how how = write_how();

	put_text("a", "old");
	how.must_be_new = true;
	fails_to_open(in_folder("a"), how, NK_E_EXISTS);
}

Test(local, must_be_new_notices_who_came_first)
{
	struct nk_open_how how = write_how();

	how.must_be_new = true;
	struct nk_stream *stream = open_how(in_folder("a"), how);

	add(stream, "late");
	put_text("a", "early");
	cr_assert_eq(nk_stream_close(stream, &err), -1);
	cr_assert_eq(err.domain, NK_E_EXISTS);
	cr_assert_str_eq(get_text("a"), "early");
	cr_assert_eq(count_names(""), 1);
}

Test(local, a_link_is_written_through)
{
	put_text("real", "old");
	cr_assert_eq(symlink("real", in_folder("link")), 0);
	struct nk_stream *stream = open_write(in_folder("link"));

	add(stream, "new");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("real"), "new");
	cr_assert_eq(count_names(""), 2);
}

Test(local, a_file_in_a_folder_that_is_closed_is_written_in_place)
{
	const uid_t somebody = 12345;
	struct nk_stream *stream;

	cr_assert_eq(mkdir(in_folder("closed"), 0755), 0);
	put_text("closed/file", "old and long");
	if (geteuid() == 0) {
		cr_assert_eq(chmod(folder, 0755), 0);
		cr_assert_eq(chown(in_folder("closed/file"), somebody, (gid_t)-1), 0);
		cr_assert_eq(seteuid(somebody), 0);
	} else {
		cr_assert_eq(chmod(in_folder("closed"), 0555), 0);
	}
	stream = open_write(in_folder("closed/file"));
	add(stream, "new");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_eq(seteuid(getuid()), 0);
	cr_assert_eq(chmod(in_folder("closed"), 0755), 0);
	cr_assert_str_eq(get_text("closed/file"), "new");
	cr_assert_eq(count_names("closed"), 1);
}

/* A folder like /tmp with a link to "real" in it, of owner. */
static void plant_link(uid_t owner)
{
	if (geteuid() != 0)
		cr_skip("needs root: makes a link of another user");
	put_text("real", "old");
	cr_assert_eq(mkdir(in_folder("shared"), 0777), 0);
	cr_assert_eq(chmod(in_folder("shared"), 01777), 0);
	cr_assert_eq(symlink("../real", in_folder("shared/link")), 0);
	cr_assert_eq(lchown(in_folder("shared/link"), owner, (gid_t)-1), 0);
}

Test(local, a_link_of_another_user_in_a_shared_folder_is_not_followed)
{
	plant_link(12345);
	fails_to_open(in_folder("shared/link"), write_how(), NK_E_WRITE);
	cr_assert_eq(err.code, EACCES);
	cr_assert_not_null(strstr(err.msg, "of another user"));
	cr_assert_str_eq(get_text("real"), "old");
	cr_assert_not(is_there("real.part"));
}

Test(local, a_link_of_the_shared_folders_owner_is_followed)
{
	plant_link(12345);
	cr_assert_eq(chown(in_folder("shared"), 12345, (gid_t)-1), 0);
	nk_stream_abandon(open_write(in_folder("shared/link")));
}

Test(local, an_own_link_in_a_shared_folder_is_followed)
{
	plant_link(0);
	cr_assert_eq(chown(in_folder("shared"), 12345, (gid_t)-1), 0);
	nk_stream_abandon(open_write(in_folder("shared/link")));
}

Test(local, links_in_a_circle_are_an_error)
{
	cr_assert_eq(symlink("b", in_folder("a")), 0);
	cr_assert_eq(symlink("a", in_folder("b")), 0);
	fails_to_open(in_folder("a"), write_how(), NK_E_WRITE);
	cr_assert_eq(err.code, ELOOP);
}

Test(local, a_folder_is_no_target)
{
	fails_to_open(folder, write_how(), NK_E_WRITE);
	cr_assert_not_null(strstr(err.msg, "is a folder"));
}

Test(local, a_missing_parent_is_a_failed_write)
{
	fails_to_open(in_folder("no/a"), write_how(), NK_E_WRITE);
	cr_assert_not(is_there("no"));
}

Test(local, a_device_is_written_directly)
{
	struct nk_stream *stream = open_write("/dev/null");

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_neq(access("/dev/null.part", F_OK), 0);
}

Test(local, a_full_device_is_a_failed_write)
{
	struct nk_stream *stream = open_write("/dev/full");

	cr_assert_eq(nk_stream_write(stream, "hello", 5, &err), -1);
	cr_assert_eq(err.domain, NK_E_WRITE);
	cr_assert_eq(err.code, ENOSPC);
	nk_stream_abandon(stream);
}

Test(local, standard_output_by_its_name_in_dev_is_written)
{
	int ends[2];
	char bytes[10] = "";

	cr_assert_eq(pipe(ends), 0);
	nk_auto(str) char *path = nk_format("/dev/fd/%d", ends[1]);
	struct nk_stream *stream = open_write(path);

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_eq(read(ends[0], bytes, sizeof(bytes)), 5);
	cr_assert_str_eq(bytes, "hello");
}

Test(local, a_pipe_is_written_once_it_has_a_reader)
{
	cr_assert_eq(mkfifo(in_folder("pipe"), 0600), 0);
	if (fork() == 0) {
		char bytes[10];

		alarm(10); /* should the test fail before it writes */
		int fd = open(in_folder("pipe"), O_RDONLY);

		_exit(read(fd, bytes, sizeof(bytes)) == 5 ? 0 : 1);
	}
	struct nk_stream *stream = open_write(in_folder("pipe"));
	int status;

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	wait(&status);
	cr_assert_eq(status, 0);
}

Test(local, a_full_disk_leaves_nothing_half_written)
{
	char *bytes = keep(nk_alloc(1 << 20));
	struct nk_open_how how = write_how();
	struct nk_stream *stream;

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", folder, "tmpfs", 0, "size=256k") < 0)
		cr_skip("needs root for a small disk");
	how.size = 1 << 20;
	stream = open_how(in_folder("a"), how);
	cr_assert_eq(nk_stream_write(stream, bytes, 1 << 20, &err), -1);
	cr_assert_eq(err.domain, NK_E_WRITE);
	cr_assert_eq(err.code, ENOSPC);
	nk_stream_abandon(stream);
	cr_assert_not(is_there("a"));
	umount(folder);
}

Test(local, a_stream_that_writes_reads_back_from_the_start)
{
	struct nk_stream *stream = open_write(in_folder("a"));
	char bytes[10] = "";

	add(stream, "hello");
	cr_assert_eq(nk_stream_read(stream, bytes, 3, &err), 3);
	add(stream, "!");
	cr_assert_eq(nk_stream_read(stream, bytes + 3, 5, &err), 3);
	cr_assert_str_eq(bytes, "hello!");
	nk_stream_abandon(stream);
}

/* --- force --- */

Test(local, force_takes_any_partial_file)
{
	struct nk_open_how how = write_how();

	put_text("a.part", "hello");
	cr_assert_eq(left_over(in_folder("a"), NULL, true), 5);
	how.offset = 5;
	struct nk_stream *stream = open_how(in_folder("a"), how);

	add(stream, " world");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("a"), "hello world");
}

Test(local, force_never_removes_what_it_did_not_make)
{
	struct nk_open_how how = { .direction = NK_WRITE, .size = -1, .offset = 5 };

	put_text("a.part", "hello");
	struct nk_stream *stream = open_how(in_folder("a"), how);

	nk_stream_abandon(stream);
	cr_assert_str_eq(get_text("a.part"), "hello");
}

Test(local, force_goes_on_from_a_copy_of_the_file_itself)
{
	struct nk_open_how how = write_how();

	put_text("a", "hello");
	cr_assert_eq(left_over(in_folder("a"), NULL, true), 5);
	how.offset = 5;
	struct nk_stream *stream = open_how(in_folder("a"), how);

	add(stream, " world");
	cr_assert_str_eq(get_text("a"), "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("a"), "hello world");
	cr_assert_eq(count_names(""), 1);
}

Test(local, force_has_nothing_to_do_for_a_complete_file)
{
	struct nk_open_how how = write_how();

	put_text("a", "hello");
	how.offset = 5;
	how.size = 5;
	struct nk_stream *stream = open_how(in_folder("a"), how);

	cr_assert_eq(count_names(""), 1);
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("a"), "hello");
}

/* --- below a root --- */

Test(local_root, paths_are_below_the_root)
{
	struct nk_stream *stream = open_write("/a");

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("a"), "hello");
}

Test(local_root, missing_folders_are_made)
{
	struct nk_stream *stream = open_write("/x/y/a");

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("x/y/a"), "hello");
}

Test(local_root, dot_dot_is_refused)
{
	fails_to_open("/../a", write_how(), NK_E_WRITE);
	fails_to_open("/x/../../a", write_how(), NK_E_WRITE);
	cr_assert_eq(nk_fs_mkdir(fs, "/../netkit-outside", &err), -1);
	cr_assert_eq(nk_fs_unlink(fs, "/..", &err), -1);
}

Test(local_root, planted_symlink_does_not_lead_out)
{
	cr_assert_eq(symlink("/tmp", in_folder("out")), 0);
	fails_to_open("/out/netkit-planted", write_how(), NK_E_WRITE);
	cr_assert_neq(access("/tmp/netkit-planted", F_OK), 0);
	cr_assert_neq(access("/tmp/netkit-planted.part", F_OK), 0);
	cr_assert_eq(nk_fs_mkdir(fs, "/out/netkit-planted", &err), -1);
	cr_assert_neq(access("/tmp/netkit-planted", F_OK), 0);
}

Test(local_root, a_relative_link_does_not_lead_out_either)
{
	cr_assert_eq(symlink("../..", in_folder("up")), 0);
	fails_to_open("/up/netkit-planted", write_how(), NK_E_WRITE);
}

Test(local_root, a_link_that_stays_inside_may_be_used)
{
	if (syscall(SYS_openat2, -1, "", NULL, 0) < 0 && errno == ENOSYS)
		cr_skip("needs openat2: without it no link is followed");
	cr_assert_eq(nk_fs_mkdir(fs, "/real", &err), 0);
	cr_assert_eq(nk_fs_symlink(fs, "real", "/link", &err), 0);
	struct nk_stream *stream = open_write("/link/a");

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("real/a"), "hello");
}

Test(local_root, a_link_made_through_another_one_cannot_climb_out)
{
	if (syscall(SYS_openat2, -1, "", NULL, 0) < 0 && errno == ENOSYS)
		cr_skip("needs openat2: without it no link is followed");
	cr_assert_eq(nk_fs_symlink(fs, ".", "/d", &err), 0);
	cr_assert_eq(nk_fs_mkdir(fs, "/d/x", &err), 0);
	/* Two folders deep by its path, one in truth. */
	cr_assert_eq(nk_fs_symlink(fs, "../../out", "/d/x/e", &err), -1);
	cr_assert_not(is_there("x/e"));
	cr_assert_eq(nk_fs_symlink(fs, "../out", "/d/x/e", &err), 0);
}

Test(local_root, a_link_in_the_place_of_the_target_is_replaced)
{
	struct stat st;

	put_text("victim", "safe");
	cr_assert_eq(nk_fs_symlink(fs, "victim", "/a", &err), 0);
	struct nk_stream *stream = open_write("/a");

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("victim"), "safe");
	cr_assert_eq(lstat(in_folder("a"), &st), 0);
	cr_assert(S_ISREG(st.st_mode));
}

Test(local_root, a_link_to_a_device_is_replaced_too)
{
	struct stat st;

	cr_assert_eq(mkfifo(in_folder("pipe"), 0600), 0);
	cr_assert_eq(symlink("pipe", in_folder("a")), 0);
	struct nk_stream *stream = open_write("/a");

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_eq(lstat(in_folder("a"), &st), 0);
	cr_assert(S_ISREG(st.st_mode));
}

Test(local_root, a_planted_link_at_the_partial_name_is_not_followed)
{
	put_text("victim", "safe");
	cr_assert_eq(symlink("victim", in_folder("a.part")), 0);
	struct nk_stream *stream = open_write("/a");

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("victim"), "safe");
	cr_assert_str_eq(get_text("a"), "hello");
}

Test(local_root, mode_and_time_of_a_link_outside_are_left_alone)
{
	struct stat before;
	struct stat after;

	cr_assert_eq(symlink("/etc/passwd", in_folder("a")), 0);
	cr_assert_eq(stat("/etc/passwd", &before), 0);
	cr_assert_eq(nk_fs_chmod(fs, "/a", 0777, &err), -1);
	cr_assert_eq(nk_fs_set_mtime(fs, "/a", 1000, &err), 0);
	cr_assert_eq(stat("/etc/passwd", &after), 0);
	cr_assert_eq(before.st_mtime, after.st_mtime);
	cr_assert_eq(before.st_mode, after.st_mode);
}

Test(local_root, the_root_is_made_when_it_is_asked_for)
{
	struct nk_session *session = fs->session;
	struct nk_place place = { .ops = &nk_local_ops, .session = session };

	nk_fs_unmount(fs);
	opts.root = in_folder("new");
	cr_assert_eq(nk_fs_mount(&place, &fs, &err), 0);
	cr_assert_eq(nk_fs_mkdir(fs, "/", &err), 0);
	cr_assert(is_there("new"));
	cr_assert_eq(nk_fs_mkdir_all(fs, "/", &err), 0);
}

Test(local_root, a_folder_that_was_removed_is_not_written_to_by_memory)
{
	cr_assert_eq(nk_fs_mkdir(fs, "/x", &err), 0);
	leave("/x/a", "");
	cr_assert_eq(nk_fs_rmdir(fs, "/x", &err), 0);
	struct nk_stream *stream = open_write("/x/a");

	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("x/a"), "");
}

Test(local_root, lists_itself)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();

	put_text("a", "1");
	cr_assert_eq(nk_fs_list(fs, "/", spool, &err), 0);
	cr_assert_eq(nk_spool_count(spool), 1);
}

/* --- the rest of the interface --- */

Test(local, lists_names_kinds_and_links)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct nk_entry entry;
	int seen = 0;

	put_text("file", "12345");
	cr_assert_eq(mkdir(in_folder("dir"), 0755), 0);
	cr_assert_eq(symlink("file", in_folder("link")), 0);
	put_text("not\xffutf8\n", "");
	cr_assert_eq(nk_fs_list(fs, folder, spool, &err), 0);
	cr_assert_eq(nk_spool_count(spool), 4);
	while (nk_spool_next(spool, &entry, &err) > 0) {
		if (strcmp(entry.name, "file") == 0)
			seen += entry.kind == NK_KIND_FILE && entry.size == 5;
		if (strcmp(entry.name, "dir") == 0)
			seen += entry.kind == NK_KIND_DIR;
		if (strcmp(entry.name, "link") == 0)
			seen += entry.kind == NK_KIND_LINK && strcmp(entry.link, "file") == 0;
		seen += strcmp(entry.name, "not\xffutf8\n") == 0;
	}
	cr_assert_eq(seen, 4);
}

Test(local, a_missing_folder_is_missing)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();

	cr_assert_eq(nk_fs_list(fs, in_folder("none"), spool, &err), -1);
	cr_assert_eq(err.domain, NK_E_MISSING);
}

Test(local, stat_does_not_follow_a_link)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(10000);
	struct nk_entry entry;

	cr_assert_eq(symlink("nowhere", in_folder("link")), 0);
	cr_assert_eq(nk_fs_stat(fs, in_folder("link"), &arena, &entry, &err), 0);
	cr_assert_eq(entry.kind, NK_KIND_LINK);
	cr_assert_str_eq(entry.name, "link");
	cr_assert_str_eq(entry.link, "nowhere");
}

Test(local, stat_follows_a_link_with_a_slash)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(10000);
	struct nk_entry entry;

	cr_assert_eq(mkdir(in_folder("dir"), 0755), 0);
	cr_assert_eq(symlink("dir", in_folder("link")), 0);
	cr_assert_eq(nk_fs_stat(fs, in_folder("link/"), &arena, &entry, &err), 0);
	cr_assert_eq(entry.kind, NK_KIND_DIR);
}

Test(local, what_is_missing_is_missing)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(10000);
	struct nk_entry entry;

	cr_assert_eq(nk_fs_stat(fs, in_folder("none"), &arena, &entry, &err), -1);
	cr_assert_eq(err.domain, NK_E_MISSING);
	cr_assert_eq(nk_fs_unlink(fs, in_folder("none"), &err), -1);
	cr_assert_eq(err.domain, NK_E_MISSING);
	cr_assert_eq(nk_fs_rename(fs, in_folder("none"), in_folder("x"), &err), -1);
	cr_assert_eq(err.domain, NK_E_MISSING);
}

Test(local, mkdir_of_what_exists_is_exists)
{
	cr_assert_eq(nk_fs_mkdir(fs, folder, &err), -1);
	cr_assert_eq(err.domain, NK_E_EXISTS);
}

Test(local, mkdir_all_makes_what_is_missing)
{
	cr_assert_eq(nk_fs_mkdir_all(fs, in_folder("a/b/c/"), &err), 0, "%s", err.msg);
	cr_assert(is_there("a/b/c"));
	cr_assert_eq(nk_fs_mkdir_all(fs, in_folder("a/b/c"), &err), 0);
	/* That it was there already is not left behind as an error. */
	cr_assert_eq(err.domain, NK_E_NONE, "%s", err.msg);
}

Test(local, mkdir_all_does_not_take_a_file_for_a_folder)
{
	put_text("a", "");
	cr_assert_eq(nk_fs_mkdir_all(fs, in_folder("a"), &err), -1);
	cr_assert_eq(err.domain, NK_E_EXISTS);
}

Test(local, renames_and_removes)
{
	put_text("a", "1");
	cr_assert_eq(nk_fs_rename(fs, in_folder("a"), in_folder("b"), &err), 0);
	cr_assert_str_eq(get_text("b"), "1");
	cr_assert_eq(nk_fs_unlink(fs, in_folder("b"), &err), 0);
	cr_assert_eq(count_names(""), 0);
}

Test(local, sets_mode_and_time)
{
	struct stat st;

	put_text("a", "1");
	cr_assert_eq(nk_fs_chmod(fs, in_folder("a"), 0600, &err), 0);
	cr_assert_eq(nk_fs_set_mtime(fs, in_folder("a"), 86400, &err), 0);
	cr_assert_eq(stat(in_folder("a"), &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0600);
	cr_assert_eq(st.st_mtime, 86400);
}

Test(local, hashes_a_file_and_its_beginning)
{
	enum nk_digest_kind kind = NK_DIGEST_NONE;
	char hash[NK_DIGEST_TEXT];

	put_text("a", "abcdef");
	cr_assert_eq(nk_fs_hash(fs, in_folder("a"), 3, &kind, hash, &err), 0, "%s", err.msg);
	cr_assert_eq(kind, NK_DIGEST_SHA256);
	cr_assert_str_eq(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	kind = NK_DIGEST_MD5;
	cr_assert_eq(nk_fs_hash(fs, in_folder("a"), -1, &kind, hash, &err), 0);
	cr_assert_str_eq(hash, "e80b5017098950fc58aad83c8c14978e");
}

Test(local, knows_how_much_is_free)
{
	int64_t available = -1;
	int64_t total = -1;

	cr_assert_eq(nk_fs_space(fs, folder, &available, &total, &err), 0);
	cr_assert_geq(available, 0);
	cr_assert_geq(total, available);
}

Test(local, sync_writes_as_well)
{
	struct nk_session *session = fs->session;
	struct nk_place place = { .ops = &nk_local_ops, .session = session };

	nk_fs_unmount(fs);
	opts.sync = true;
	cr_assert_eq(nk_fs_mount(&place, &fs, &err), 0);
	struct nk_stream *stream = open_write(in_folder("a"));

	add(stream, "hello");
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_str_eq(get_text("a"), "hello");
}

/* --- standard input and output --- */

static struct nk_fs *mount_stdio(void)
{
	struct nk_place place = { .ops = &nk_stdio_ops, .session = fs->session };
	struct nk_fs *stdio;

	cr_assert_eq(nk_fs_mount(&place, &stdio, &err), 0);
	return stdio;
}

Test(local, standard_input_is_read_to_its_end)
{
	struct nk_open_how how = { .direction = NK_READ, .size = -1 };
	struct nk_fs *stdio = mount_stdio();
	struct nk_stream *stream;
	char bytes[10] = "";
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[0], 0), 0);
	cr_assert_eq(write(ends[1], "hello", 5), 5);
	close(ends[1]);
	cr_assert_eq(nk_fs_open(stdio, "-", &how, &stream, &err), 0);
	cr_assert_eq(nk_stream_read(stream, bytes, 9, &err), 5);
	cr_assert_eq(nk_stream_read(stream, bytes + 5, 4, &err), 0);
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	nk_fs_unmount(stdio);
}

Test(local, standard_input_is_not_waited_for_beyond_the_deadline)
{
	struct nk_open_how how = { .direction = NK_READ, .size = -1 };
	struct nk_fs *stdio = mount_stdio();
	struct nk_stream *stream;
	char byte;
	int ends[2];

	alarm(10);
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[0], 0), 0);
	how.deadline = nk_clock_after(20);
	cr_assert_eq(nk_fs_open(stdio, "-", &how, &stream, &err), 0);
	cr_assert_eq(nk_stream_read(stream, &byte, 1, &err), -1);
	cr_assert_eq(err.domain, NK_E_TIMEOUT);
	nk_stream_abandon(stream);
	nk_fs_unmount(stdio);
	close(ends[1]);
}

Test(local, a_full_pipe_is_not_waited_for_beyond_the_deadline)
{
	static char many[1 << 20];
	struct nk_open_how how = { .direction = NK_WRITE, .size = -1 };
	struct nk_stream *stream;
	int reader;

	alarm(10);
	cr_assert_eq(mkfifo(in_folder("pipe"), 0600), 0);
	reader = open(in_folder("pipe"), O_RDONLY | O_NONBLOCK);
	how.deadline = nk_clock_after(20);
	stream = open_how(in_folder("pipe"), how);
	cr_assert_eq(nk_stream_write(stream, many, sizeof(many), &err), -1);
	cr_assert_eq(err.domain, NK_E_TIMEOUT);
	nk_stream_abandon(stream);
	close(reader);
}

Test(local, a_reader_of_a_pipe_is_not_waited_for_beyond_the_deadline)
{
	struct nk_open_how how = { .direction = NK_WRITE, .size = -1 };

	alarm(10);
	cr_assert_eq(mkfifo(in_folder("pipe"), 0600), 0);
	how.deadline = nk_clock_after(20);
	fails_to_open(in_folder("pipe"), how, NK_E_TIMEOUT);
}

Test(local, standard_output_leaves_the_pipe_blocking_for_others)
{
	struct nk_open_how how = { .direction = NK_WRITE, .size = -1 };
	struct nk_fs *stdio = mount_stdio();
	struct nk_stream *stream;
	char bytes[10] = "";
	int keep = dup(1);
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[1], 1), 1);
	cr_assert_eq(nk_fs_open(stdio, "-", &how, &stream, &err), 0);
	cr_assert_eq(nk_stream_write(stream, "hello", 5, &err), 0);
	cr_assert_eq(nk_stream_close(stream, &err), 0);
	cr_assert_eq(fcntl(1, F_GETFL) & O_NONBLOCK, 0);
	dup2(keep, 1);
	cr_assert_eq(read(ends[0], bytes, sizeof(bytes)), 5);
	nk_fs_unmount(stdio);
}

Test(local, standard_output_cannot_be_resumed)
{
	struct nk_open_how how = { .direction = NK_WRITE, .size = -1, .offset = 5 };
	struct nk_fs *stdio = mount_stdio();
	struct nk_stream *stream;

	cr_assert_eq(nk_fs_open(stdio, "-", &how, &stream, &err), -1);
	cr_assert_eq(err.domain, NK_E_RESUME);
	nk_fs_unmount(stdio);
}

/* In a child: write to a pipe that nobody reads. */
static void write_to_nobody(struct nk_fs *stdio)
{
	struct nk_open_how how = { .direction = NK_WRITE, .size = -1 };
	struct nk_stream *stream;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	if (pipe(ends) < 0 || dup2(ends[1], 1) < 0)
		_exit(1);
	if (nk_fs_open(stdio, "-", &how, &stream, &err) < 0)
		_exit(2);
	close(ends[0]);
	_exit(nk_stream_write(stream, "x", 1, &err) < 0 ? 3 : 4);
}

Test(local, a_closed_pipe_ends_the_program_quietly)
{
	struct nk_fs *stdio = mount_stdio();
	pid_t child = fork();
	int status;

	if (child == 0)
		write_to_nobody(stdio);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFSIGNALED(status));
	cr_assert_eq(WTERMSIG(status), SIGPIPE);
	nk_fs_unmount(stdio);
}

Test(local, what_a_protocol_cannot_is_said_in_words)
{
	struct nk_fs *stdio = mount_stdio();

	cr_assert_eq(nk_fs_unlink(stdio, "-", &err), -1);
	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
	cr_assert_str_eq(err.msg, "standard input and output cannot remove files");
	nk_fs_unmount(stdio);
}

/* --- permissions that come with a file --- */

static mode_t mode_after_write(int mode)
{
	const char *path = in_folder("file");
	struct nk_open_how how = write_how();
	struct nk_stream *stream;

	umask(022);
	how.mode = mode;
	stream = open_how(path, how);
	add(stream, "text");
	cr_assert_eq(nk_stream_close(stream, &err), 0, "%s", err.msg);
	return mode_of("file");
}

Test(local, a_new_file_has_the_mode_it_came_with_less_the_umask)
{
	cr_assert_eq(mode_after_write(0775), 0755);
}

Test(local, a_new_file_may_come_read_only)
{
	cr_assert_eq(mode_after_write(0444), 0444);
}

Test(local, a_new_file_never_comes_setuid)
{
	cr_assert_eq(mode_after_write(04755), 0755);
}

Test(local, a_replaced_file_keeps_its_own_mode)
{
	cr_assert_eq(mode_after_write(0600), 0600);
	cr_assert_eq(mode_after_write(0777), 0600);
}
