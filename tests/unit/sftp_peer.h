/*
 * A server of SFTP in the same process: one file in memory, one folder, and bad habits on request.
 */
#ifndef NETKIT_TEST_SFTP_PEER_H
#define NETKIT_TEST_SFTP_PEER_H

#include "../../applets/sftp/linkstate.h"
#include "../../applets/sftp/sftp.h"
#include "../../core/auth/sshsession.h"

#include <criterion/criterion.h>

/* All that one test's peer says or is told. */
#define PEER_MAX (16 * 1024 * 1024)

/* The way to a peer that is far away. */
#define PEER_FAR_MS 1000

struct peer {
	struct nk_ssh ssh;
	struct nk_channel channel;
	pthread_mutex_t lock;
	struct nk_buf in;     /* requests not yet whole */
	struct nk_buf out;    /* replies not yet read */
	struct nk_buf held;   /* replies that are sent in reverse, the last first */
	const char *greeting; /* instead of VERSION; NULL: VERSION */
	size_t greeting_length;
	uint32_t version;
	const char *extension; /* that is offered, or NULL */
	struct nk_buf file;    /* what it serves and is sent */
	int64_t size;	       /* what it says of it, -1: the truth */
	size_t most;	       /* bytes of one DATA */
	bool reverses;	       /* replies come in another order */
	uint32_t wrong_id;     /* added to the ids of replies to READ */
	uint8_t wrong_type;    /* of replies to READ, 0: DATA */
	size_t too_much;       /* bytes of DATA beyond what was asked for */
	int fails_write;       /* the number of the WRITE that is refused, 0: none */
	const char *words;     /* with a refusal */
	int names;	       /* entries of its folder */
	int listed;
	int writes;
	int reads;
	int closes;
	struct sftp_link *far; /* it is far away from this one, NULL: near */
	int end_after;	       /* READs after which the connection ends, 0: never */
	bool is_ended;
};

static void peer_reply(struct peer *peer, struct nk_buf *packet)
{
	struct nk_buf *to = &peer->out;
	nk_auto(buf) struct nk_buf rest = NK_BUF_INIT(PEER_MAX);

	if (peer->reverses) {
		cr_assert_eq(nk_buf_add(&rest, peer->held.data, peer->held.len), 0);
		nk_buf_clear(&peer->held);
		to = &peer->held;
	}
	cr_assert_eq(nk_buf_add(to, packet->data, packet->len), 0);
	cr_assert_eq(nk_buf_add(to, rest.data, rest.len), 0);
}

static void peer_status(struct peer *peer, uint32_t id, uint32_t code, const char *words)
{
	nk_auto(buf) struct nk_buf packet = NK_BUF_INIT(SFTP_REQUEST_MAX);
	struct sftp_request reply = sftp_request_begin(&packet, SFTP_STATUS, id);

	sftp_add_u32(&reply, code);
	sftp_add_text(&reply, words ? words : "");
	sftp_add_text(&reply, "");
	cr_assert_eq(sftp_request_end(&reply, 0), 0);
	peer_reply(peer, &packet);
}

static void peer_attrs(struct peer *peer, uint32_t id)
{
	nk_auto(buf) struct nk_buf packet = NK_BUF_INIT(SFTP_REQUEST_MAX);
	struct sftp_request reply = sftp_request_begin(&packet, SFTP_ATTRS, id);
	const struct sftp_attrs attrs = {
		.has = SFTP_ATTR_SIZE | SFTP_ATTR_MODE | SFTP_ATTR_TIMES,
		.size = peer->size >= 0 ? (uint64_t)peer->size : peer->file.len,
		.mode = 0100640,
		.mtime = 1700000000,
	};

	sftp_add_attrs(&reply, &attrs);
	cr_assert_eq(sftp_request_end(&reply, 0), 0);
	peer_reply(peer, &packet);
}

static void peer_version(struct peer *peer)
{
	nk_auto(buf) struct nk_buf packet = NK_BUF_INIT(SFTP_REQUEST_MAX);
	struct sftp_request reply = sftp_request_begin(&packet, SFTP_VERSION, peer->version);

	if (peer->greeting) {
		cr_assert_eq(nk_buf_add(&peer->out, peer->greeting, peer->greeting_length), 0);
		return;
	}
	if (peer->extension) {
		sftp_add_text(&reply, peer->extension);
		sftp_add_text(&reply, "1");
	}
	cr_assert_eq(sftp_request_end(&reply, 0), 0);
	cr_assert_eq(nk_buf_add(&peer->out, packet.data, packet.len), 0);
}

static void peer_handle(struct peer *peer, uint32_t id)
{
	nk_auto(buf) struct nk_buf packet = NK_BUF_INIT(SFTP_REQUEST_MAX);
	struct sftp_request reply = sftp_request_begin(&packet, SFTP_HANDLE, id);

	sftp_add_text(&reply, "handle");
	cr_assert_eq(sftp_request_end(&reply, 0), 0);
	peer_reply(peer, &packet);
}

static void peer_data(struct peer *peer, uint32_t id, struct sftp_cursor *cursor)
{
	nk_auto(buf) struct nk_buf packet = NK_BUF_INIT(PEER_MAX);
	uint8_t type = peer->wrong_type ? peer->wrong_type : SFTP_DATA;
	struct sftp_request reply = sftp_request_begin(&packet, type, id + peer->wrong_id);
	uint64_t offset = sftp_take_u64(cursor);
	size_t length = sftp_take_u32(cursor);

	peer->reads++;
	peer->is_ended = peer->end_after > 0 && peer->reads > peer->end_after;
	if (peer->is_ended)
		return;
	if (offset >= peer->file.len) {
		peer_status(peer, id, SFTP_EOF, "End of file");
		return;
	}
	if (length > peer->file.len - offset)
		length = peer->file.len - offset;
	if (length > peer->most)
		length = peer->most;
	sftp_add_string(&reply, peer->file.data + offset, length + peer->too_much);
	cr_assert_eq(sftp_request_end(&reply, 0), 0);
	peer_reply(peer, &packet);
}

static void peer_store(struct peer *peer, uint32_t id, struct sftp_cursor *cursor)
{
	uint64_t offset = sftp_take_u64(cursor);
	size_t length;
	const char *bytes = sftp_take_string(cursor, &length);

	if (++peer->writes >= peer->fails_write && peer->fails_write > 0) {
		peer_status(peer, id, SFTP_FAILURE, peer->words);
		return;
	}
	cr_assert_eq(offset, peer->file.len);
	cr_assert_eq(nk_buf_add(&peer->file, bytes, length), 0);
	peer_status(peer, id, SFTP_OK, "");
}

static void peer_names(struct peer *peer, uint32_t id)
{
	nk_auto(buf) struct nk_buf packet = NK_BUF_INIT(SFTP_REQUEST_MAX);
	struct sftp_request reply = sftp_request_begin(&packet, SFTP_NAME, id);
	const struct sftp_attrs attrs = { .has = SFTP_ATTR_MODE, .mode = 040755 };

	if (peer->listed == peer->names) {
		peer_status(peer, id, SFTP_EOF, "");
		return;
	}
	sftp_add_u32(&reply, 2);
	sftp_add_text(&reply, peer->listed == 0 ? ".." : "../../escape");
	sftp_add_text(&reply, "drwxr-xr-x");
	sftp_add_attrs(&reply, &attrs);
	sftp_add_text(&reply, "name");
	sftp_add_text(&reply, "");
	sftp_add_attrs(&reply, &attrs);
	peer->listed++;
	cr_assert_eq(sftp_request_end(&reply, 0), 0);
	peer_reply(peer, &packet);
}

static void peer_serve(struct peer *peer, uint8_t type, uint32_t id, struct sftp_cursor *cursor)
{
	size_t ignored;

	switch (type) {
	case SFTP_INIT:
		peer_version(peer);
		break;
	case SFTP_OPEN:
	case SFTP_OPENDIR:
		peer_handle(peer, id);
		break;
	case SFTP_READ:
		sftp_take_string(cursor, &ignored);
		peer_data(peer, id, cursor);
		break;
	case SFTP_WRITE:
		sftp_take_string(cursor, &ignored);
		peer_store(peer, id, cursor);
		break;
	case SFTP_READDIR:
		peer_names(peer, id);
		break;
	case SFTP_STAT:
	case SFTP_LSTAT:
	case SFTP_FSTAT:
		peer_attrs(peer, id);
		break;
	case SFTP_CLOSE:
		peer->closes++;
		peer_status(peer, id, SFTP_OK, "");
		break;
	default:
		peer_status(peer, id, peer->words ? SFTP_FAILURE : SFTP_OP_UNSUPPORTED,
			    peer->words);
	}
}

static struct peer *peer_of(struct nk_channel *channel)
{
	return (struct peer *)((char *)channel - offsetof(struct peer, channel));
}

static int peer_write(struct nk_channel *channel, const void *bytes, size_t length,
		      struct nk_err *err)
{
	struct peer *peer = peer_of(channel);
	struct sftp_header header;

	(void)err;
	pthread_mutex_lock(&peer->lock);
	cr_assert_eq(nk_buf_add(&peer->in, bytes, length), 0);
	while (peer->in.len >= SFTP_HEADER_SIZE) {
		sftp_parse_header((const uint8_t *)peer->in.data, &header);
		if (peer->in.len < header.length + 4)
			break;
		struct sftp_cursor cursor = {
			.at = (const uint8_t *)peer->in.data + SFTP_HEADER_SIZE,
			.left = header.length + 4 - SFTP_HEADER_SIZE,
		};

		peer_serve(peer, header.type, header.id, &cursor);
		nk_buf_consume(&peer->in, header.length + 4);
	}
	pthread_mutex_unlock(&peer->lock);
	return 0;
}

/* What is asked for now was asked for a while ago. */
static void peer_is_far(struct peer *peer)
{
	for (size_t i = 0; peer->far && i < NK_COUNT(peer->far->slots); i++) {
		struct sftp_call *call = peer->far->slots[i].call;

		if (peer->far->slots[i].is_used && call)
			call->sent_at -= PEER_FAR_MS;
	}
}

/* Replies are there as soon as requests are; waiting for more would be for ever. */
static ssize_t peer_read(struct nk_channel *channel, void *bytes, size_t size, struct nk_err *err)
{
	struct peer *peer = peer_of(channel);
	size_t length;

	pthread_mutex_lock(&peer->lock);
	if (peer->out.len == 0) {
		cr_assert_eq(nk_buf_add(&peer->out, peer->held.data, peer->held.len), 0);
		nk_buf_clear(&peer->held);
	}
	length = peer->out.len < size ? peer->out.len : size;
	memcpy(bytes, peer->out.data, length);
	nk_buf_consume(&peer->out, length);
	peer_is_far(peer);
	pthread_mutex_unlock(&peer->lock);
	if (length == 0 && !peer->is_ended && !peer->greeting)
		return nk_fail_again(err, NK_E_TIMEOUT, 0, "nothing more comes");
	return (ssize_t)length;
}

static bool peer_is_alive(struct nk_channel *channel)
{
	return !peer_of(channel)->is_ended;
}

static void peer_channel_free(struct nk_channel *channel)
{
	struct peer *peer = peer_of(channel);

	nk_buf_release(&peer->in);
	nk_buf_release(&peer->out);
	nk_buf_release(&peer->held);
	nk_buf_release(&peer->file);
}

static void peer_ssh_free(struct nk_ssh *ssh)
{
	(void)ssh;
}

static struct peer peer_new(void)
{
	static const struct nk_channel_ops channel_ops = {
		.read = peer_read,
		.write = peer_write,
		.is_alive = peer_is_alive,
		.free = peer_channel_free,
	};
	static const struct nk_ssh_ops ssh_ops = { .free = peer_ssh_free };
	static char name[] = "peer";

	return (struct peer){
		.ssh = { .ops = &ssh_ops, .peer = name },
		.channel = { .ops = &channel_ops },
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.in = NK_BUF_INIT(PEER_MAX),
		.out = NK_BUF_INIT(PEER_MAX),
		.held = NK_BUF_INIT(PEER_MAX),
		.file = NK_BUF_INIT(PEER_MAX),
		.version = SFTP_VERSION_OURS,
		.size = -1,
		.most = SIZE_MAX,
	};
}

/* A session that is mounted on the peer. */
static struct nk_session *peer_session(struct peer *peer, struct nk_fs **fs)
{
	struct nk_session *session = nk_session_new();
	const struct nk_place place = { .ops = &sftp_fs, .session = session };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(sftp_adopt(session, &peer->ssh, &peer->channel, &err), 0, "%s", err.msg);
	cr_assert_eq(nk_fs_mount(&place, fs, &err), 0, "%s", err.msg);
	return session;
}

/* length bytes that tell where they are. */
static void peer_fill(struct peer *peer, size_t length)
{
	for (size_t i = 0; i < length; i++)
		cr_assert_eq(nk_buf_add_char(&peer->file, (char)(i * 7 + i / 251)), 0);
}

#endif
