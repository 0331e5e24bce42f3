/* test_sftp_link.c - SFTP with servers of all manners: conversations, reading, writing, listing. */
#include "sftp_peer.h"

/* More than is on the way at a time. */
#define LARGE (5 * 1024 * 1024 + 12345)

static struct peer peer;
static struct nk_session *session;
static struct nk_fs *fs;
static struct nk_err err;

static void setup(void)
{
	peer = peer_new();
	err = (struct nk_err)NK_ERR_INIT;
}

static void teardown(void)
{
	nk_fs_unmount(nk_take(fs));
	nk_session_free(nk_take(session));
}

TestSuite(sftp_link, .init = setup, .fini = teardown);

/* The whole file, read in pieces of size bytes: its length, or -1. */
static int64_t read_all(int64_t offset, int64_t size, struct nk_buf *into)
{
	const struct nk_open_how how = { .direction = NK_READ, .offset = offset, .size = size };
	nk_auto(stream) struct nk_stream *stream = NULL;
	nk_auto(str) char *bytes = nk_alloc(100000);
	ssize_t got;

	if (nk_fs_open(fs, "/file", &how, &stream, &err) < 0)
		return -1;
	while ((got = nk_stream_read(stream, bytes, 100000, &err)) > 0)
		cr_assert_eq(nk_buf_add(into, bytes, (size_t)got), 0);
	if (got < 0 || nk_stream_close(nk_take(stream), &err) < 0)
		return -1;
	return (int64_t)into->len;
}

static void assert_reads(size_t length, int64_t announced)
{
	nk_auto(buf) struct nk_buf into = NK_BUF_INIT(PEER_MAX);

	peer_fill(&peer, length);
	session = peer_session(&peer, &fs);
	cr_assert_eq(read_all(0, announced, &into), (int64_t)length, "%s", err.msg);
	cr_assert_arr_eq(into.data, peer.file.data, length);
}

static void assert_read_fails(enum nk_domain domain, const char *words)
{
	nk_auto(buf) struct nk_buf into = NK_BUF_INIT(PEER_MAX);

	peer_fill(&peer, LARGE);
	session = peer_session(&peer, &fs);
	cr_assert_eq(read_all(0, -1, &into), -1);
	cr_assert_eq(err.domain, domain, "%s", err.msg);
	cr_assert_not_null(strstr(err.msg, words), "%s", err.msg);
}

Test(sftp_link, a_small_file_is_read)
{
	assert_reads(1000, -1);
}

Test(sftp_link, an_empty_file_is_read)
{
	assert_reads(0, -1);
}

Test(sftp_link, a_large_file_is_read)
{
	assert_reads(LARGE, -1);
}

Test(sftp_link, a_large_file_of_known_size_is_read)
{
	assert_reads(LARGE, LARGE);
}

Test(sftp_link, replies_in_another_order_are_put_right)
{
	peer.reverses = true;
	assert_reads(LARGE, -1);
}

Test(sftp_link, short_reads_are_asked_for_again)
{
	peer.most = 10000;
	assert_reads(LARGE, -1);
}

Test(sftp_link, a_file_longer_than_announced_is_read_to_its_end)
{
	peer.size = 1000;
	assert_reads(LARGE, -1);
}

Test(sftp_link, a_file_shorter_than_announced_ends_where_it_ends)
{
	peer.size = LARGE;
	assert_reads(70000, -1);
}

Test(sftp_link, a_file_that_says_it_is_empty_is_read)
{
	peer.size = 0;
	assert_reads(70000, -1);
}

Test(sftp_link, a_size_beyond_all_files_is_not_believed)
{
	peer.size = INT64_MAX;
	assert_reads(70000, -1);
}

/* READs that were asked for once so many bytes of a large file have been read. */
static int reads_after(size_t length, bool is_far)
{
	const struct nk_open_how how = { .direction = NK_READ, .size = LARGE };
	nk_auto(stream) struct nk_stream *stream = NULL;
	char bytes[1024];

	peer_fill(&peer, LARGE);
	session = peer_session(&peer, &fs);
	if (is_far) {
		peer.far = ((struct sftp *)fs)->link;
		peer.far->round_trip_ms = -1;
	}
	cr_assert_eq(nk_fs_open(fs, "/file", &how, &stream, &err), 0);
	for (size_t got = 0; got < length; got += sizeof(bytes))
		cr_assert_eq(nk_stream_read(stream, bytes, sizeof(bytes), &err), sizeof(bytes));
	nk_stream_abandon(nk_take(stream));
	peer.far = NULL;
	return peer.reads;
}

Test(sftp_link, as_much_as_possible_is_asked_of_a_server_that_is_near)
{
	cr_assert_eq(reads_after(0, false), (2 << 20) / SFTP_PIECE_USUAL);
}

Test(sftp_link, a_little_is_asked_of_a_server_that_is_far_away)
{
	cr_assert_eq(reads_after(0, true), (512 << 10) / SFTP_PIECE_USUAL);
}

Test(sftp_link, more_is_asked_of_a_server_that_is_far_away_when_more_comes)
{
	int reads = reads_after(1 << 20, true);

	cr_assert_gt(reads, ((1 << 20) + (512 << 10)) / SFTP_PIECE_USUAL, "%d", reads);
}

Test(sftp_link, reading_begins_at_an_offset)
{
	nk_auto(buf) struct nk_buf into = NK_BUF_INIT(PEER_MAX);

	peer_fill(&peer, LARGE);
	session = peer_session(&peer, &fs);
	cr_assert_eq(read_all(LARGE - 1000, LARGE, &into), 1000, "%s", err.msg);
	cr_assert_arr_eq(into.data, peer.file.data + LARGE - 1000, 1000);
}

Test(sftp_link, what_the_server_says_of_a_file_is_announced)
{
	const struct nk_open_how how = { .direction = NK_READ, .size = -1 };
	nk_auto(stream) struct nk_stream *stream = NULL;

	peer_fill(&peer, 1000);
	session = peer_session(&peer, &fs);
	cr_assert_eq(nk_fs_open(fs, "/file", &how, &stream, &err), 0, "%s", err.msg);
	cr_assert_eq(stream->size, 1000);
	cr_assert_eq(stream->mtime, 1700000000);
	cr_assert_eq(stream->mode, 0640);
}

Test(sftp_link, a_file_given_up_is_closed)
{
	const struct nk_open_how how = { .direction = NK_READ, .size = LARGE };
	struct nk_stream *stream = NULL;

	peer_fill(&peer, LARGE);
	session = peer_session(&peer, &fs);
	cr_assert_eq(nk_fs_open(fs, "/file", &how, &stream, &err), 0, "%s", err.msg);
	nk_stream_abandon(stream);
	cr_assert_eq(peer.closes, 1);
}

Test(sftp_link, replies_to_what_was_given_up_are_read_past)
{
	const struct nk_open_how how = { .direction = NK_READ, .size = LARGE };
	nk_auto(buf) struct nk_buf into = NK_BUF_INIT(PEER_MAX);
	struct nk_stream *stream = NULL;

	peer_fill(&peer, LARGE);
	session = peer_session(&peer, &fs);
	cr_assert_eq(nk_fs_open(fs, "/file", &how, &stream, &err), 0, "%s", err.msg);
	nk_stream_abandon(stream);
	cr_assert_eq(read_all(0, -1, &into), LARGE, "%s", err.msg);
}

Test(sftp_link, a_reply_to_no_request_ends_the_conversation)
{
	peer.wrong_id = SFTP_CALLS_MAX;
	assert_read_fails(NK_E_PROTO, "a reply to no request");
}

Test(sftp_link, a_reply_of_the_wrong_type_ends_the_conversation)
{
	peer.wrong_type = SFTP_ATTRS;
	assert_read_fails(NK_E_PROTO, "a reply of type 105");
}

Test(sftp_link, a_packet_that_is_no_reply_ends_the_conversation)
{
	peer.wrong_type = SFTP_READ;
	assert_read_fails(NK_E_PROTO, "a packet of type 5");
}

Test(sftp_link, more_data_than_asked_for_ends_the_conversation)
{
	peer.too_much = 1;
	assert_read_fails(NK_E_PROTO, "were asked for");
}

Test(sftp_link, a_connection_that_ends_is_worth_another_try)
{
	peer.end_after = 3;
	assert_read_fails(NK_E_LOST, "ended the session");
	cr_assert(err.again);
}

Test(sftp_link, what_comes_after_the_end_is_told_to_dial_anew)
{
	peer.wrong_id = SFTP_CALLS_MAX;
	assert_read_fails(NK_E_PROTO, "a reply to no request");
	cr_assert_eq(nk_fs_mkdir(fs, "/folder", &err), -1);
	cr_assert_eq(err.domain, NK_E_LOST);
	cr_assert(err.again);
}

static int write_all(const struct nk_open_how *how, const char *bytes, size_t length, size_t step)
{
	nk_auto(stream) struct nk_stream *stream = NULL;

	if (nk_fs_open(fs, "/file", how, &stream, &err) < 0)
		return -1;
	for (size_t at = 0; at < length; at += step) {
		size_t part = length - at < step ? length - at : step;

		if (nk_stream_write(stream, bytes + at, part, &err) < 0)
			return -1;
	}
	return nk_stream_close(nk_take(stream), &err);
}

static void assert_writes(size_t length, size_t step)
{
	const struct nk_open_how how = { .direction = NK_WRITE, .size = (int64_t)length };
	nk_auto(str) char *bytes = nk_alloc(length + 1);

	for (size_t i = 0; i < length; i++)
		bytes[i] = (char)(i * 31 + i / 253);
	session = peer_session(&peer, &fs);
	cr_assert_eq(write_all(&how, bytes, length, step), 0, "%s", err.msg);
	cr_assert_eq(peer.file.len, length);
	cr_assert_arr_eq(peer.file.data, bytes, length);
	cr_assert_eq(peer.closes, 1);
}

Test(sftp_link, a_small_file_is_written)
{
	assert_writes(1000, 1000);
}

Test(sftp_link, an_empty_file_is_written)
{
	assert_writes(0, 1);
}

Test(sftp_link, a_large_file_is_written)
{
	assert_writes(LARGE, 131072);
}

Test(sftp_link, small_writes_are_gathered)
{
	assert_writes(100000, 10);
	cr_assert_leq(peer.writes, 4);
}

Test(sftp_link, a_refused_write_says_what_is_stored)
{
	const struct nk_open_how how = { .direction = NK_WRITE, .size = 200000 };
	nk_auto(str) char *bytes = nk_alloc(200000);

	peer.fails_write = 3;
	peer.words = "No space left on device";
	session = peer_session(&peer, &fs);
	cr_assert_eq(write_all(&how, bytes, 200000, 100000), -1);
	cr_assert_eq(err.domain, NK_E_FULL);
	cr_assert_not_null(strstr(err.msg, "65536 bytes are stored"), "%s", err.msg);
}

Test(sftp_link, a_server_that_has_stored_less_is_found_out)
{
	const struct nk_open_how how = { .direction = NK_WRITE, .size = 1000 };
	nk_auto(str) char *bytes = nk_alloc(1000);

	peer.size = 999;
	session = peer_session(&peer, &fs);
	cr_assert_eq(write_all(&how, bytes, 1000, 1000), -1);
	cr_assert_eq(err.domain, NK_E_SHORT);
}

Test(sftp_link, sync_is_refused_where_it_cannot_be_had)
{
	const struct nk_open_how how = { .direction = NK_WRITE, .size = 0, .sync = true };

	session = peer_session(&peer, &fs);
	cr_assert_eq(write_all(&how, "", 0, 1), -1);
	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
}

Test(sftp_link, names_come_as_they_were_sent_but_for_the_folders_own)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct nk_entry entry;

	peer.names = 2;
	session = peer_session(&peer, &fs);
	cr_assert_eq(nk_fs_list(fs, "/", spool, &err), 0, "%s", err.msg);
	cr_assert_eq(nk_spool_count(spool), 3);
	cr_assert_eq(nk_spool_next(spool, &entry, &err), 1);
	cr_assert_str_eq(entry.name, "name");
	cr_assert_eq(entry.kind, NK_KIND_DIR);
	cr_assert_eq(nk_spool_next(spool, &entry, &err), 1);
	cr_assert_str_eq(entry.name, "../../escape");
}

Test(sftp_link, an_operation_that_is_unknown_is_unsupported)
{
	session = peer_session(&peer, &fs);
	cr_assert_eq(nk_fs_rmdir(fs, "/folder", &err), -1);
	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
}

Test(sftp_link, a_folder_that_is_there_exists)
{
	peer.words = "Failure";
	session = peer_session(&peer, &fs);
	cr_assert_eq(nk_fs_mkdir(fs, "/folder", &err), -1);
	cr_assert_eq(err.domain, NK_E_EXISTS);
}

Test(sftp_link, a_folder_that_is_not_empty_is_named_as_such)
{
	peer.words = "Failure";
	peer.names = 1;
	session = peer_session(&peer, &fs);
	cr_assert_eq(nk_fs_rmdir(fs, "/folder", &err), -1);
	cr_assert_eq(err.domain, NK_E_DENIED);
	cr_assert_not_null(strstr(err.msg, "not empty"), "%s", err.msg);
}

Test(sftp_link, a_refusal_without_a_reason_is_no_denial)
{
	peer.words = "Failure";
	session = peer_session(&peer, &fs);
	cr_assert_eq(nk_fs_rmdir(fs, "/folder", &err), -1);
	cr_assert_eq(err.domain, NK_E_PROTO);
}

Test(sftp_link, a_path_that_is_too_long_is_not_sent)
{
	nk_auto(str) char *path = nk_alloc(SFTP_PATH_MAX + 2);

	memset(path, 'a', SFTP_PATH_MAX + 1);
	session = peer_session(&peer, &fs);
	cr_assert_eq(nk_fs_rmdir(fs, path, &err), -1);
	cr_assert_eq(err.domain, NK_E_USAGE);
}

static void assert_no_sftp(const char *words)
{
	session = nk_session_new();
	cr_assert_eq(sftp_adopt(session, &peer.ssh, &peer.channel, &err), -1);
	cr_assert_not_null(strstr(err.msg, words), "%s", err.msg);
	peer_channel_free(&peer.channel);
}

Test(sftp_link, text_of_a_shell_is_named_as_such)
{
	peer.greeting = "Welcome to the machine\r\n";
	peer.greeting_length = strlen(peer.greeting);
	assert_no_sftp("\"Welcome to the machine");
	cr_assert_eq(err.domain, NK_E_PROTO);
}

Test(sftp_link, a_little_text_and_the_end_is_named_as_such)
{
	peer.greeting = "no\n";
	peer.greeting_length = strlen(peer.greeting);
	assert_no_sftp("\"no");
}

Test(sftp_link, an_endless_version_is_refused)
{
	peer.greeting = "\x7f\xff\xff\xff\x02\x00\x00\x00\x03";
	peer.greeting_length = 9;
	assert_no_sftp("no SFTP");
}

Test(sftp_link, a_server_that_is_too_old_is_told_apart)
{
	peer.version = 2;
	assert_no_sftp("SFTP version 2");
	cr_assert_eq(err.domain, NK_E_UNSUPPORTED);
}

static void *read_one(void *result)
{
	nk_auto(stream) struct nk_stream *stream = NULL;
	const struct nk_open_how how = { .direction = NK_READ, .size = -1 };
	const struct nk_place place = { .ops = &sftp_fs, .session = session };
	struct nk_err mine = NK_ERR_INIT;
	nk_auto(str) char *bytes = nk_alloc(70000);
	struct nk_fs *own = NULL;
	size_t total = 0;
	ssize_t got = -1;

	if (nk_fs_mount(&place, &own, &mine) == 0 &&
	    nk_fs_open(own, "/file", &how, &stream, &mine) == 0) {
		while ((got = nk_stream_read(stream, bytes + total, 70000 - total, &mine)) > 0)
			total += (size_t)got;
	}
	*(bool *)result =
		got == 0 && total == peer.file.len && memcmp(bytes, peer.file.data, total) == 0;
	nk_stream_abandon(nk_take(stream));
	nk_fs_unmount(own);
	return NULL;
}

Test(sftp_link, many_threads_share_one_conversation)
{
	pthread_t threads[32];
	bool results[NK_COUNT(threads)];

	peer_fill(&peer, 66000);
	session = peer_session(&peer, &fs);
	for (size_t i = 0; i < NK_COUNT(threads); i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, read_one, &results[i]), 0);
	for (size_t i = 0; i < NK_COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < NK_COUNT(threads); i++)
		cr_assert(results[i]);
}
