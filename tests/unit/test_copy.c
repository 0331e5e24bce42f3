/* test_copy.c - one file from any fs to any other. */
#include "netkit/copy.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <time.h>

#include "fake_fs.h"
#include "fs_folder.h"
#include "netkit/local.h"
#include "netkit/wait.h"

static struct fake *fake;
static struct nk_session *here;
static struct nk_fs *remote;
static struct nk_fs *local;
static struct nk_copy_how how;
static struct nk_transfer transfer;
static struct nk_tries tries = NK_TRIES_INIT;
static struct nk_err err;

static void setup(void)
{
	struct nk_place place = { .ops = &nk_local_ops };

	folder_setup();
	fake = fake_new();
	remote = fake_mounted(fake, &fake_ops);
	here = nk_local_session(NULL);
	place.session = here;
	cr_assert_eq(nk_fs_mount(&place, &local, &err), 0);
}

static void teardown(void)
{
	nk_fs_unmount(remote);
	nk_fs_unmount(local);
	nk_session_free(here);
	fake_free(fake);
	folder_teardown();
}

TestSuite(copy, .init = setup, .fini = teardown);

/* The session was lost: have another, as the caller of a copy would. */
static void remount(void)
{
	const struct nk_fs_ops *ops = remote->ops;

	nk_fs_unmount(remote);
	remote = fake_mounted(fake, ops);
}

static int get_with(const struct nk_entry *entry)
{
	const char *path = in_folder("got");
	const struct nk_end source = { .fs = remote, .path = "/file" };
	const struct nk_end target = { .fs = local, .path = path };

	return nk_copy_file(&source, &target, entry, &how, &tries, &transfer, &err);
}

static int get(void)
{
	return get_with(NULL);
}

static int put(void)
{
	const char *path = in_folder("mine");
	const struct nk_end source = { .fs = local, .path = path };
	const struct nk_end target = { .fs = remote, .path = "/file" };

	return nk_copy_file(&source, &target, NULL, &how, &tries, &transfer, &err);
}

static char big[3 << 20];

static void make_big(void)
{
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 2654435761u >> 13);
}

static bool got_big(size_t size)
{
	size_t length = 0;
	char *bytes = get_bytes("got", &length);

	return length == size && memcmp(bytes, big, size) == 0;
}

/* Lose the session after so many bytes of the next copy. */
static void cut_at(int64_t bytes)
{
	fake->cut_at = bytes;
	fake->cuts = 1;
}

/* --- plain copies --- */

Test(copy, gets_a_file)
{
	fake_put_text(fake, "/file", "hello");
	cr_assert_eq(get(), 0, "%s", err.msg);
	cr_assert_str_eq(get_text("got"), "hello");
	cr_assert_eq(transfer.bytes, 5);
	cr_assert_eq(transfer.size, 5);
	cr_assert_eq(transfer.resumed_at, 0);
	cr_assert_str_eq(transfer.verified, "size");
	cr_assert_eq(count_names(""), 1);
}

Test(copy, puts_a_file)
{
	put_text("mine", "hello");
	cr_assert_eq(put(), 0, "%s", err.msg);
	cr_assert_str_eq(fake_text(fake, "/file"), "hello");
	cr_assert_str_eq(transfer.verified, "size");
}

Test(copy, gets_an_empty_file)
{
	fake_put_text(fake, "/file", "");
	cr_assert_eq(get(), 0);
	cr_assert_str_eq(get_text("got"), "");
	cr_assert(is_there("got"));
}

Test(copy, gets_a_file_larger_than_any_buffer)
{
	make_big();
	fake_put(fake, "/file", big, sizeof(big));
	cr_assert_eq(get(), 0);
	cr_assert(got_big(sizeof(big)));
}

Test(copy, between_two_servers)
{
	struct fake *other = fake_new();
	struct nk_fs *second = fake_mounted(other, &fake_ops);
	const struct nk_end source = { .fs = remote, .path = "/file" };
	const struct nk_end target = { .fs = second, .path = "/copy" };

	fake_put_text(fake, "/file", "hello");
	cr_assert_eq(nk_copy_file(&source, &target, NULL, &how, &tries, &transfer, &err), 0);
	cr_assert_str_eq(fake_text(other, "/copy"), "hello");
	nk_fs_unmount(second);
	fake_free(other);
}

Test(copy, a_missing_source_leaves_nothing)
{
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_MISSING);
	cr_assert_eq(count_names(""), 0);
}

Test(copy, a_fresh_get_asks_the_source_once)
{
	fake_put_text(fake, "/file", "hello");
	cr_assert_eq(get(), 0);
	cr_assert_eq(fake->stats, 1);
}

Test(copy, what_a_listing_told_is_not_asked_again)
{
	struct nk_entry entry = NK_ENTRY_INIT;

	fake_put_text(fake, "/file", "hello");
	entry.size = 5;
	entry.mtime = 1000;
	cr_assert_eq(get_with(&entry), 0);
	cr_assert_eq(fake->stats, 0);
}

Test(copy, a_source_that_announces_is_not_asked)
{
	static struct nk_fs_ops ops;

	ops = fake_ops;
	ops.caps |= NK_FS_CAP_ANNOUNCES;
	remote->ops = &ops;
	fake_put_text(fake, "/file", "hello");
	cr_assert_eq(get(), 0);
	cr_assert_eq(fake->stats, 0);
	cr_assert_str_eq(transfer.verified, "size");
}

Test(copy, a_source_without_stat_is_read_all_the_same)
{
	static struct nk_fs_ops ops;

	ops = fake_ops;
	ops.stat = NULL;
	remote->ops = &ops;
	fake->is_mute = true;
	fake_put_text(fake, "/file", "hello");
	cr_assert_eq(get(), 0);
	cr_assert_str_eq(get_text("got"), "hello");
	cr_assert_str_eq(transfer.verified, "none");
}

Test(copy, a_dry_run_moves_nothing)
{
	fake_put_text(fake, "/file", "hello");
	how.dry_run = true;
	cr_assert_eq(get(), 0);
	cr_assert_eq(transfer.size, 5);
	cr_assert_eq(count_names(""), 0);
	cr_assert_eq(fake->opens, 0);
}

Test(copy, a_dry_run_of_a_missing_local_file_is_a_failed_read)
{
	how.dry_run = true;
	cr_assert_eq(put(), -1);
	cr_assert_eq(err.domain, NK_E_READ);
}

Test(copy, a_dry_run_of_a_missing_remote_file_says_so)
{
	how.dry_run = true;
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_MISSING);
}

Test(copy, counts_what_moves_and_what_will)
{
	_Atomic int64_t moved = 0;
	_Atomic int64_t wanted = -1;

	how.moved = &moved;
	how.wanted = &wanted;
	fake_put_text(fake, "/file", "hello");
	cr_assert_eq(get(), 0);
	cr_assert_eq(moved, 5);
	cr_assert_eq(wanted, 5);
}

/* --- sizes --- */

Test(copy, fewer_bytes_than_announced_are_short)
{
	fake_put_text(fake, "/file", "hello");
	fake->lie = 3;
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_SHORT);
	cr_assert(err.again);
	cr_assert_not(is_there("got"));
}

Test(copy, more_bytes_than_announced_are_an_error)
{
	fake_put_text(fake, "/file", "hello");
	fake->lie = -2;
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_SHORT);
	cr_assert_eq(count_names(""), 0);
}

Test(copy, a_lying_size_is_not_taken_for_complete_by_the_next_try)
{
	fake_put_text(fake, "/file", "hello");
	fake->lie = -2;
	cr_assert_eq(get(), -1);
	cr_assert_eq(get(), -1);
	cr_assert_not(is_there("got"));
}

Test(copy, a_listing_that_is_older_than_the_file_does_no_harm)
{
	struct nk_entry entry = NK_ENTRY_INIT;

	fake->is_mute = true;
	fake_put_text(fake, "/file", "hello");
	entry.size = 3;
	entry.mtime = 1000;
	cr_assert_eq(get_with(&entry), 0);
	cr_assert_str_eq(get_text("got"), "hello");
}

Test(copy, a_listed_size_is_believed_when_nobody_says_otherwise)
{
	struct nk_entry entry = NK_ENTRY_INIT;

	fake->is_mute = true;
	fake->lie = 3;
	fake_put_text(fake, "/file", "hello");
	entry.size = 8;
	entry.mtime = 1000;
	cr_assert_eq(get_with(&entry), -1);
	cr_assert_eq(err.domain, NK_E_SHORT);
}

Test(copy, text_is_not_measured)
{
	fake_put_text(fake, "/file", "hello");
	fake->lie = 3;
	how.is_text = true;
	cr_assert_eq(get(), 0);
	cr_assert_str_eq(transfer.verified, "none");
}

Test(copy, verify_none_takes_what_comes)
{
	fake_put_text(fake, "/file", "hello");
	fake->lie = 3;
	how.verify = NK_VERIFY_NONE;
	cr_assert_eq(get(), 0);
	cr_assert_str_eq(transfer.verified, "none");
}

Test(copy, verify_size_needs_a_size)
{
	static struct nk_fs_ops ops;

	ops = fake_ops;
	ops.stat = NULL;
	remote->ops = &ops;
	fake->is_mute = true;
	fake_put_text(fake, "/file", "hello");
	how.verify = NK_VERIFY_SIZE;
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
	cr_assert_eq(count_names(""), 0);
}

Test(copy, verify_size_asks_a_server_that_does_not_compare)
{
	static struct nk_fs_ops ops;

	ops = fake_ops;
	ops.caps &= ~(unsigned)NK_FS_CAP_CHECKS_SIZE;
	remote->ops = &ops;
	put_text("mine", "hello");
	how.verify = NK_VERIFY_SIZE;
	fake->lie = -1;
	cr_assert_eq(put(), -1);
	cr_assert_eq(err.domain, NK_E_MISMATCH);
}

/* --- resuming a get --- */

Test(copy, a_lost_get_is_gone_on_with)
{
	make_big();
	fake_put(fake, "/file", big, sizeof(big));
	cut_at(2000000);
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_LOST);
	cr_assert_not(is_there("got"));
	remount();
	cr_assert_eq(get(), 0, "%s", err.msg);
	cr_assert_eq(transfer.resumed_at, 2000000);
	cr_assert_eq(transfer.bytes, (int64_t)sizeof(big) - 2000000);
	cr_assert_eq(transfer.size, (int64_t)sizeof(big));
	cr_assert(got_big(sizeof(big)));
	cr_assert_eq(count_names(""), 1);
}

Test(copy, a_few_bytes_are_kept_too)
{
	fake_put_text(fake, "/file", "hello");
	cut_at(3);
	cr_assert_eq(get(), -1);
	remount();
	cr_assert_eq(get(), 0);
	cr_assert_eq(transfer.resumed_at, 3);
	cr_assert_str_eq(get_text("got"), "hello");
}

Test(copy, changed_source_starts_anew)
{
	fake_put_text(fake, "/file", "hello");
	cut_at(3);
	cr_assert_eq(get(), -1);
	remount();
	fake_put_text(fake, "/file", "other")->mtime = 2000;
	cr_assert_eq(get(), 0);
	cr_assert_eq(transfer.resumed_at, 0);
	cr_assert_str_eq(get_text("got"), "other");
	cr_assert_eq(count_names(""), 1);
}

Test(copy, a_source_of_another_size_starts_anew)
{
	fake_put_text(fake, "/file", "hello");
	cut_at(3);
	cr_assert_eq(get(), -1);
	remount();
	fake_put_text(fake, "/file", "other and longer");
	cr_assert_eq(get(), 0);
	cr_assert_eq(transfer.resumed_at, 0);
}

Test(copy, a_source_that_cannot_resume_starts_anew)
{
	static struct nk_fs_ops ops;

	fake_put_text(fake, "/file", "hello");
	cut_at(3);
	cr_assert_eq(get(), -1);
	remount();
	ops = fake_ops;
	ops.caps &= ~(unsigned)NK_FS_CAP_RESUME;
	remote->ops = &ops;
	cr_assert_eq(get(), 0);
	cr_assert_eq(transfer.resumed_at, 0);
}

Test(copy, resume_never_starts_anew)
{
	fake_put_text(fake, "/file", "hello");
	cut_at(3);
	cr_assert_eq(get(), -1);
	remount();
	how.resume = NK_RESUME_NEVER;
	cr_assert_eq(get(), 0);
	cr_assert_eq(transfer.resumed_at, 0);
	cr_assert_str_eq(get_text("got"), "hello");
	cr_assert_eq(count_names(""), 1);
}

Test(copy, a_session_lost_at_the_very_end_needs_no_second_transfer)
{
	fake_put_text(fake, "/file", "hello");
	fake->failing_closes = 1;
	cr_assert_eq(get(), -1);
	cr_assert_not(is_there("got"));
	remount();
	cr_assert_eq(get(), 0);
	cr_assert_eq(transfer.resumed_at, 5);
	cr_assert_eq(transfer.bytes, 0);
	cr_assert_eq(fake->opens, 1);
	cr_assert_str_eq(get_text("got"), "hello");
}

Test(copy, force_goes_on_with_a_changed_source)
{
	fake_put_text(fake, "/file", "hello");
	cut_at(3);
	cr_assert_eq(get(), -1);
	remount();
	fake_put_text(fake, "/file", "HELLO")->mtime = 2000;
	how.resume = NK_RESUME_FORCE;
	cr_assert_eq(get(), 0);
	cr_assert_str_eq(get_text("got"), "helLO");
}

Test(copy, force_goes_on_with_the_file_itself)
{
	fake_put_text(fake, "/file", "hello");
	put_text("got", "he");
	how.resume = NK_RESUME_FORCE;
	cr_assert_eq(get(), 0);
	cr_assert_eq(transfer.resumed_at, 2);
	cr_assert_str_eq(get_text("got"), "hello");
}

Test(copy, force_has_nothing_to_do_for_a_complete_file)
{
	fake_put_text(fake, "/file", "hello");
	put_text("got", "hello");
	how.resume = NK_RESUME_FORCE;
	cr_assert_eq(get(), 0);
	cr_assert_eq(transfer.bytes, 0);
	cr_assert_eq(fake->opens, 0);
}

Test(copy, force_cannot_go_on_with_more_than_there_is)
{
	fake_put_text(fake, "/file", "hello");
	put_text("got", "hello world");
	how.resume = NK_RESUME_FORCE;
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_RESUME);
	cr_assert_str_eq(get_text("got"), "hello world");
}

Test(copy, the_identity_of_one_host_is_not_that_of_another)
{
	fake_put_text(fake, "/file", "hello");
	cut_at(3);
	cr_assert_eq(get(), -1);
	remount();
	fake->session.target.host = "other.example";
	cr_assert_eq(get(), 0);
	cr_assert_eq(transfer.resumed_at, 0);
}

/* --- resuming a put --- */

Test(copy, a_retried_put_goes_on_where_the_server_is)
{
	make_big();
	put_bytes("mine", big, sizeof(big));
	cut_at(2000000);
	cr_assert_eq(put(), -1);
	cr_assert_eq(err.domain, NK_E_LOST);
	cr_assert_gt(tries.written, 0);
	remount();
	cr_assert_eq(put(), 0, "%s", err.msg);
	cr_assert_gt(transfer.resumed_at, 0);
	cr_assert_eq(memcmp(fake_find(fake, "/file")->bytes, big, sizeof(big)), 0);
}

Test(copy, a_put_does_not_go_on_with_what_it_did_not_write)
{
	put_text("mine", "hello");
	fake_put_text(fake, "/file", "he");
	cr_assert_eq(put(), 0);
	cr_assert_eq(transfer.resumed_at, 0);
	cr_assert_str_eq(fake_text(fake, "/file"), "hello");
}

Test(copy, a_retried_put_starts_anew_when_the_server_has_more_than_was_sent)
{
	put_text("mine", "hello");
	fake_put_text(fake, "/file", "heXX");
	tries = (struct nk_tries){ .written = 2, .before = -2 };
	cr_assert_eq(put(), 0);
	cr_assert_eq(transfer.resumed_at, 0);
	cr_assert_str_eq(fake_text(fake, "/file"), "hello");
}

/* A server that cannot hash. */
static void without_hash(void)
{
	static struct nk_fs_ops ops;

	ops = fake_ops;
	ops.hash = NULL;
	remote->ops = &ops;
}

Test(copy, a_retried_put_does_not_go_on_with_the_old_file)
{
	put_text("mine", "hello");
	/* The server replaces files when they are complete, and was sent 4 bytes of the new one. */
	fake_put_text(fake, "/file", "old");
	tries = (struct nk_tries){ .written = 4, .before = -2 };
	cr_assert_eq(put(), 0);
	cr_assert_eq(transfer.resumed_at, 0);
	cr_assert_str_eq(fake_text(fake, "/file"), "hello");
}

Test(copy, a_retried_put_does_not_go_on_with_less_than_was_sent_unless_hashes_agree)
{
	without_hash();
	put_text("mine", "hello");
	fake_put_text(fake, "/file", "hel");
	tries = (struct nk_tries){ .written = 4, .before = -2 };
	cr_assert_eq(put(), 0);
	cr_assert_eq(transfer.resumed_at, 0);
	cr_assert_str_eq(fake_text(fake, "/file"), "hello");
}

Test(copy, a_retried_put_goes_on_with_exactly_what_was_sent)
{
	without_hash();
	put_text("mine", "hello");
	fake_put_text(fake, "/file", "hel");
	tries = (struct nk_tries){ .written = 3, .before = -2 };
	cr_assert_eq(put(), 0);
	cr_assert_eq(transfer.resumed_at, 3);
	cr_assert_str_eq(fake_text(fake, "/file"), "hello");
}

Test(copy, a_retried_put_does_not_take_an_old_file_of_the_same_size_for_the_new_one)
{
	without_hash();
	put_text("mine", "hello");
	fake_put_text(fake, "/file", "older");
	tries = (struct nk_tries){ .written = 5, .before = -2 };
	cr_assert_eq(put(), 0);
	cr_assert_str_eq(fake_text(fake, "/file"), "hello");
}

Test(copy, a_retried_put_goes_on_with_less_than_was_sent_when_hashes_agree)
{
	put_text("mine", "hello");
	fake_put_text(fake, "/file", "hel");
	tries = (struct nk_tries){ .written = 4, .before = -2 };
	cr_assert_eq(put(), 0);
	cr_assert_eq(transfer.resumed_at, 3);
	cr_assert_str_eq(fake_text(fake, "/file"), "hello");
}

Test(copy, a_retried_put_goes_on_where_nothing_was_before)
{
	without_hash();
	put_text("mine", "hello");
	fake_put_text(fake, "/file", "hel");
	tries = (struct nk_tries){ .written = 4, .before = -1 };
	cr_assert_eq(put(), 0);
	cr_assert_eq(transfer.resumed_at, 3);
	cr_assert_str_eq(fake_text(fake, "/file"), "hello");
}

Test(copy, a_retried_put_does_not_go_on_with_what_is_as_it_was_before)
{
	without_hash();
	put_text("mine", "hello");
	fake_put_text(fake, "/file", "old");
	tries = (struct nk_tries){ .written = 4, .before = 3 };
	cr_assert_eq(put(), 0);
	cr_assert_eq(transfer.resumed_at, 0);
	cr_assert_str_eq(fake_text(fake, "/file"), "hello");
}

Test(copy, a_new_put_goes_on_when_the_hash_says_so)
{
	make_big();
	put_bytes("mine", big, sizeof(big));
	fake_put(fake, "/file", big, 1000000);
	cr_assert_eq(put(), 0, "%s", err.msg);
	cr_assert_eq(transfer.resumed_at, 1000000);
	cr_assert_eq(memcmp(fake_find(fake, "/file")->bytes, big, sizeof(big)), 0);
}

Test(copy, a_new_put_starts_anew_when_the_hash_differs)
{
	make_big();
	put_bytes("mine", big, sizeof(big));
	fake_put(fake, "/file", big + 1, 1000000);
	cr_assert_eq(put(), 0);
	cr_assert_eq(transfer.resumed_at, 0);
	cr_assert_eq(memcmp(fake_find(fake, "/file")->bytes, big, sizeof(big)), 0);
}

Test(copy, a_small_put_asks_nothing)
{
	put_text("mine", "hello");
	cr_assert_eq(put(), 0);
	cr_assert_eq(fake->stats, 0);
	cr_assert_eq(fake->hashes, 0);
}

Test(copy, a_forced_put_goes_on_at_the_servers_size)
{
	put_text("mine", "hello");
	fake_put_text(fake, "/file", "HE");
	how.resume = NK_RESUME_FORCE;
	cr_assert_eq(put(), 0);
	cr_assert_str_eq(fake_text(fake, "/file"), "HEllo");
}

Test(copy, a_forced_put_cannot_shorten)
{
	put_text("mine", "hello");
	fake_put_text(fake, "/file", "hello world");
	how.resume = NK_RESUME_FORCE;
	cr_assert_eq(put(), -1);
	cr_assert_eq(err.domain, NK_E_RESUME);
}

Test(copy, a_file_that_has_bytes_and_no_size_is_sent)
{
	const struct nk_end source = { .fs = local, .path = "/proc/version" };
	const struct nk_end target = { .fs = remote, .path = "/file" };

	cr_assert_eq(nk_copy_file(&source, &target, NULL, &how, &tries, &transfer, &err), 0, "%s",
		     err.msg);
	cr_assert_gt(transfer.bytes, 0);
	cr_assert_not_null(strstr(fake_text(fake, "/file"), "Linux"));
}

/* --- no clobber, preserve --- */

Test(copy, no_clobber_leaves_a_local_file_alone)
{
	fake_put_text(fake, "/file", "hello");
	put_text("got", "old");
	how.no_clobber = true;
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_EXISTS);
	cr_assert_str_eq(get_text("got"), "old");
	cr_assert_eq(fake->opens, 0);
}

Test(copy, no_clobber_leaves_a_remote_file_alone)
{
	put_text("mine", "hello");
	fake_put_text(fake, "/file", "old");
	how.no_clobber = true;
	cr_assert_eq(put(), -1);
	cr_assert_eq(err.domain, NK_E_EXISTS);
	cr_assert_str_eq(fake_text(fake, "/file"), "old");
}

Test(copy, preserve_keeps_time_and_mode_of_a_get)
{
	struct stat st;

	fake_put_text(fake, "/file", "hello");
	how.preserve = true;
	cr_assert_eq(get(), 0, "%s", err.msg);
	cr_assert_eq(stat(in_folder("got"), &st), 0);
	cr_assert_eq(st.st_mtime, 1000);
	cr_assert_eq(st.st_mode & 07777, 0640);
}

Test(copy, preserve_keeps_time_and_mode_of_a_put)
{
	put_text("mine", "hello");
	cr_assert_eq(chmod(in_folder("mine"), 0751), 0);
	cr_assert_eq(nk_fs_set_mtime(local, in_folder("mine"), 5000, &err), 0);
	how.preserve = true;
	cr_assert_eq(put(), 0, "%s", err.msg);
	cr_assert_eq(fake_find(fake, "/file")->mtime, 5000);
	cr_assert_eq(fake_find(fake, "/file")->mode, 0751);
}

Test(copy, preserve_never_makes_a_program_of_another_user)
{
	struct stat st;

	fake_put_text(fake, "/file", "hello")->mode = 06755;
	how.preserve = true;
	cr_assert_eq(get(), 0);
	cr_assert_eq(stat(in_folder("got"), &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0755);
}

Test(copy, preserve_asks_for_the_time_a_listing_knows_roughly)
{
	struct nk_entry entry = NK_ENTRY_INIT;
	struct stat st;

	fake_put_text(fake, "/file", "hello");
	entry.size = 5;
	entry.mtime = 960;
	entry.is_rough = true;
	how.preserve = true;
	cr_assert_eq(get_with(&entry), 0);
	cr_assert_eq(stat(in_folder("got"), &st), 0);
	cr_assert_eq(st.st_mtime, 1000);
}

Test(copy, preserve_without_a_way_to_set_times_is_an_error)
{
	static struct nk_fs_ops ops;

	ops = fake_ops;
	ops.set_mtime = NULL;
	remote->ops = &ops;
	put_text("mine", "hello");
	how.preserve = true;
	cr_assert_eq(put(), -1);
	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
}

/* --- hashes --- */

Test(copy, a_hash_confirms_a_get)
{
	fake_put_text(fake, "/file", "hello");
	how.verify = NK_VERIFY_HASH;
	cr_assert_eq(get(), 0, "%s", err.msg);
	cr_assert_str_eq(transfer.verified, "SHA-1");
	cr_assert_eq(fake->hashes, 1);
}

Test(copy, a_get_that_the_hash_denies_leaves_nothing)
{
	fake_put_text(fake, "/file", "hello");
	fake->spoils = true;
	how.verify = NK_VERIFY_HASH;
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_MISMATCH);
	cr_assert_eq(count_names(""), 0);
}

Test(copy, a_hash_confirms_a_resumed_get)
{
	make_big();
	fake_put(fake, "/file", big, sizeof(big));
	cut_at(2000000);
	how.verify = NK_VERIFY_HASH;
	cr_assert_eq(get(), -1);
	remount();
	cr_assert_eq(get(), 0, "%s", err.msg);
	cr_assert_eq(transfer.resumed_at, 2000000);
	cr_assert(got_big(sizeof(big)));
}

Test(copy, a_spoilt_beginning_is_found_when_resumed)
{
	make_big();
	fake_put(fake, "/file", big, sizeof(big));
	cut_at(2000000);
	fake->spoils = true;
	how.verify = NK_VERIFY_HASH;
	cr_assert_eq(get(), -1);
	remount();
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_MISMATCH);
	cr_assert_eq(count_names(""), 0);
}

Test(copy, a_hash_confirms_a_put_in_the_kind_the_server_speaks)
{
	put_text("mine", "hello");
	how.verify = NK_VERIFY_HASH;
	cr_assert_eq(put(), 0, "%s", err.msg);
	cr_assert_str_eq(transfer.verified, "SHA-1");
}

Test(copy, a_hash_that_nobody_can_make_is_an_error)
{
	static struct nk_fs_ops ops;
	static struct nk_fs_ops mine;

	ops = fake_ops;
	ops.hash = NULL;
	mine = nk_local_ops;
	mine.hash = NULL;
	remote->ops = &ops;
	local->ops = &mine;
	fake_put_text(fake, "/file", "hello");
	how.verify = NK_VERIFY_HASH;
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
	cr_assert_eq(fake->opens, 0);
}

/* --- full disks, limits, the kernel's way --- */

Test(copy, a_full_server_is_full)
{
	make_big();
	put_bytes("mine", big, sizeof(big));
	fake->full_at = 1000000;
	cr_assert_eq(put(), -1);
	cr_assert_eq(err.domain, NK_E_FULL);
}

Test(copy, a_full_local_device_is_a_failed_write)
{
	const struct nk_end source = { .fs = remote, .path = "/file" };
	const struct nk_end target = { .fs = local, .path = "/dev/full" };

	fake_put_text(fake, "/file", "hello");
	cr_assert_eq(nk_copy_file(&source, &target, NULL, &how, &tries, &transfer, &err), -1);
	cr_assert_eq(err.domain, NK_E_WRITE);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

Test(copy, a_limit_holds)
{
	double start;

	make_big();
	fake_put(fake, "/file", big, 200000);
	how.limit = nk_limit_new(1000000);
	start = seconds_now();
	cr_assert_eq(get(), 0);
	cr_assert_geq(seconds_now() - start, 0.15);
	cr_assert_lt(seconds_now() - start, 2.0);
	nk_limit_free(how.limit);
}

Test(copy, a_deadline_that_has_passed_ends_it)
{
	struct nk_net_policy net = { .deadline = nk_clock_now() };

	fake_put_text(fake, "/file", "hello");
	how.net = &net;
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_TIMEOUT);
	cr_assert_not(is_there("got"));
}

Test(copy, a_limit_does_not_hold_beyond_the_deadline)
{
	struct nk_net_policy net = { .deadline = nk_clock_after(100) };
	double start = seconds_now();

	make_big();
	fake_put(fake, "/file", big, 200000);
	how.net = &net;
	how.limit = nk_limit_new(1);
	cr_assert_eq(get(), -1);
	cr_assert_eq(err.domain, NK_E_TIMEOUT);
	/* A byte a second, the first of which takes one. */
	cr_assert_lt(seconds_now() - start, 0.9);
	nk_limit_free(how.limit);
}

Test(copy, a_source_that_is_a_pipe_is_not_waited_for_beyond_the_deadline)
{
	struct nk_net_policy net = { .deadline = nk_clock_after(20) };
	int writer;

	alarm(10);
	cr_assert_eq(mkfifo(in_folder("mine"), 0600), 0);
	writer = open(in_folder("mine"), O_RDWR);
	how.net = &net;
	cr_assert_eq(put(), -1);
	cr_assert_eq(err.domain, NK_E_TIMEOUT, "%s", err.msg);
	close(writer);
}

Test(copy, no_rate_is_no_limit)
{
	cr_assert_null(nk_limit_new(0));
}

/* A stream on a socket, whose bytes the kernel can move by itself. */
struct socket_stream {
	struct nk_stream stream;
	int fd;
	int64_t moved;
	bool knows_why; /* a read says what was wrong */
};

static struct socket_stream from_socket;

static ssize_t socket_read(struct nk_stream *stream, void *bytes, size_t size, struct nk_err *error)
{
	int fd = ((struct socket_stream *)stream)->fd;

	if (((struct socket_stream *)stream)->knows_why)
		return nk_fail(error, NK_E_FULL, 426, "426 the tape has ended");
	if (nk_wait_read(fd, NK_NEVER, "waiting", error) < 0)
		return -1;
	return read(fd, bytes, size);
}

static int socket_close(struct nk_stream *stream, struct nk_err *error)
{
	(void)stream;
	(void)error;
	return 0;
}

static void socket_abandon(struct nk_stream *stream)
{
	(void)stream;
}

static int socket_raw_fd(struct nk_stream *stream)
{
	return ((struct socket_stream *)stream)->fd;
}

static void socket_moved(struct nk_stream *stream, int64_t length)
{
	((struct socket_stream *)stream)->moved += length;
}

static const struct nk_stream_ops socket_ops = {
	.read = socket_read,
	.close = socket_close,
	.abandon = socket_abandon,
	.raw_fd = socket_raw_fd,
	.moved = socket_moved,
};

static int socket_open(struct nk_fs *fs, const char *path, const struct nk_open_how *open_how,
		       struct nk_stream **stream, struct nk_err *error)
{
	(void)fs;
	(void)path;
	(void)open_how;
	(void)error;
	*stream = &from_socket.stream;
	return 0;
}

static void *feed_socket(void *argument)
{
	int fd = *(int *)argument;
	ssize_t sent = send(fd, big, sizeof(big), MSG_NOSIGNAL);

	close(fd);
	return sent == (ssize_t)sizeof(big) ? argument : NULL;
}

/* Copy all of big through a socket to path. */
static int get_by_socket(const char *path)
{
	static struct nk_fs_ops ops;
	const struct nk_end source = { .fs = remote, .path = "/file" };
	const struct nk_end target = { .fs = local, .path = path };
	pthread_t thread;
	int ends[2];
	int result;

	make_big();
	fake_put(fake, "/file", big, sizeof(big));
	ops = fake_ops;
	ops.open = socket_open;
	remote->ops = &ops;
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	from_socket = (struct socket_stream){
		.stream = { .ops = &socket_ops, .size = -1, .mtime = NK_ENTRY_NO_TIME },
		.fd = ends[0],
	};
	cr_assert_eq(pthread_create(&thread, NULL, feed_socket, &ends[1]), 0);
	result = nk_copy_file(&source, &target, NULL, &how, &tries, &transfer, &err);
	close(ends[0]);
	pthread_join(thread, NULL);
	remote->ops = &fake_ops;
	return result;
}

Test(copy, the_kernel_moves_a_sockets_bytes_to_a_file)
{
	cr_assert_eq(get_by_socket(in_folder("got")), 0, "%s", err.msg);
	cr_assert_eq(from_socket.moved, (int64_t)sizeof(big));
	cr_assert_eq(transfer.bytes, (int64_t)sizeof(big));
	cr_assert(got_big(sizeof(big)));
}

/* Get from a connection that is reset. */
static int get_reset(void)
{
	static struct nk_fs_ops ops;
	int ends[2];
	int result;

	make_big();
	fake_put(fake, "/file", big, sizeof(big));
	ops = fake_ops;
	ops.open = socket_open;
	remote->ops = &ops;
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	/* What was never read makes the end a reset. */
	cr_assert_eq(write(ends[0], "x", 1), 1);
	close(ends[1]);
	from_socket.stream = (struct nk_stream){
		.ops = &socket_ops,
		.size = -1,
		.mtime = NK_ENTRY_NO_TIME,
	};
	from_socket.fd = ends[0];
	result = get();
	close(ends[0]);
	remote->ops = &fake_ops;
	return result;
}

Test(copy, a_source_says_itself_why_the_kernel_could_not_read)
{
	from_socket.knows_why = true;
	cr_assert_eq(get_reset(), -1);
	cr_assert_not_null(strstr(err.msg, "426 the tape has ended"), "%s", err.msg);
}

Test(copy, a_reset_that_the_source_cannot_explain_is_a_lost_connection)
{
	cr_assert_eq(get_reset(), -1);
	cr_assert_eq(err.domain, NK_E_LOST, "%s", err.msg);
	cr_assert(err.again);
}

Test(copy, a_disk_that_fills_up_under_the_kernels_hands_is_a_failed_write)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", folder, "tmpfs", 0, "size=256k") < 0)
		cr_skip("needs root for a small disk");
	cr_assert_eq(get_by_socket(in_folder("got")), -1);
	cr_assert_eq(err.domain, NK_E_WRITE);
	cr_assert_eq(err.code, ENOSPC);
	cr_assert_not(is_there("got"));
	umount(folder);
}

/* Read a pipe to its end, as slowly as a program at the other end of a shell's pipe may. */
static void *drain_pipe(void *argument)
{
	int fd = open(argument, O_RDONLY);
	nk_auto(str) char *bytes = nk_alloc(sizeof(big) + 5000);
	size_t have = 0;
	ssize_t got;

	while ((got = read(fd, bytes + have, 5000)) > 0)
		have += (size_t)got;
	close(fd);
	return have == sizeof(big) && memcmp(bytes, big, have) == 0 ? argument : NULL;
}

Test(copy, the_kernel_moves_a_sockets_bytes_to_a_pipe)
{
	char *path = in_folder("pipe");
	pthread_t thread;
	void *result;

	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(pthread_create(&thread, NULL, drain_pipe, path), 0);
	cr_assert_eq(get_by_socket(path), 0, "%s", err.msg);
	pthread_join(thread, &result);
	cr_assert_not_null(result);
	cr_assert_eq(from_socket.moved, (int64_t)sizeof(big));
}

Test(copy, a_digest_sees_a_sockets_bytes_too)
{
	how.verify = NK_VERIFY_HASH;
	cr_assert_eq(get_by_socket(in_folder("got")), 0, "%s", err.msg);
	cr_assert_eq(from_socket.moved, 0);
	cr_assert(got_big(sizeof(big)));
}

/* --- copies that a server makes by itself --- */

static enum nk_domain copy_domain;
static int64_t copied_bytes;

static int copy_there(struct nk_fs *fs, const char *path, const char *to, int64_t *bytes,
		      struct nk_err *error)
{
	struct fake_file *file = fake_find(fake_of(fs), path);

	if (copy_domain != NK_E_NONE)
		return nk_fail(error, copy_domain, 0, "cannot copy");
	*bytes = copied_bytes >= 0 ? copied_bytes : file->size;
	fake_put(fake_of(fs), to, file->bytes, *bytes);
	return 0;
}

static int copy_within(void)
{
	static struct nk_fs_ops ops;
	const struct nk_end source = { .fs = remote, .path = "/file" };
	struct nk_end target = { .path = "/copy" };
	int result;

	ops = fake_ops;
	ops.copy = copy_there;
	remote->ops = &ops;
	fake_put_text(fake, "/file", "text");
	target.fs = fake_mounted(fake, &ops);
	result = nk_copy_file(&source, &target, NULL, &how, &tries, &transfer, &err);
	nk_fs_unmount(target.fs);
	return result;
}

Test(copy, a_server_that_can_copies_by_itself)
{
	copied_bytes = -1;
	cr_assert_eq(copy_within(), 0, "%s", err.msg);
	cr_assert_str_eq(fake_text(fake, "/copy"), "text");
	cr_assert_eq(fake->opens, 0);
	cr_assert_eq(transfer.bytes, 4);
}

Test(copy, a_server_that_cannot_copy_is_read_and_written)
{
	copy_domain = NK_E_UNSUPPORTED;
	cr_assert_eq(copy_within(), 0, "%s", err.msg);
	cr_assert_str_eq(fake_text(fake, "/copy"), "text");
	cr_assert_eq(fake->opens, 2);
}

Test(copy, a_server_that_copies_too_little_is_found_out)
{
	copied_bytes = 3;
	how.verify = NK_VERIFY_SIZE;
	cr_assert_eq(copy_within(), -1);
	cr_assert_eq(err.domain, NK_E_SHORT);
}

Test(copy, a_server_that_fails_to_copy_fails_the_copy)
{
	copy_domain = NK_E_FULL;
	cr_assert_eq(copy_within(), -1);
	cr_assert_eq(err.domain, NK_E_FULL);
}
