/* reader.c - a file that is read: many READs on their way, their bytes in order. */
#include "sftp.h"

/* READs of one file on their way, of one whose size is not known, and of the smallest piece. */
#define READER_PIECES_MAX     256
#define READER_PIECES_UNKNOWN 64
#define READER_PIECE_MIN      4096

/* Smaller files are read in smaller pieces: there may be many at a time, each with one that it gives
 * out and one that comes. */
#define READER_LARGE_FROM (8 * 1024 * 1024)

/* Most bytes on their way, of a file that has all for itself, and of a part of one. */
#define READER_WINDOW	    (4 * 1024 * 1024)
#define READER_WINDOW_APART (2 * 1024 * 1024)

/* From a server that is far away no more is asked for than can come: what has to wait there for a
 * connection that has only just begun, sshd moves around in its memory with each piece that is added. So
 * much is on its way from the start, and then so many times what came in a round trip. */
#define READER_WINDOW_START  ((size_t)512 * 1024)
#define READER_WINDOW_ROUNDS 3

/* Beyond the announced end there is most likely nothing. */
#define READER_PROOF (32 * 1024)

struct sftp_reader {
	struct nk_stream stream;
	struct sftp *sftp; /* borrowed */
	struct sftp_file file;
	int64_t expected; /* the file's size, -1 unknown */
	bool is_apart;	  /* others read other parts of it, over connections of their own */
	int64_t limit;	  /* nothing is wanted from here on */
	int64_t asked;	  /* where the next READ begins */
	size_t piece;
	size_t window;
	size_t window_most;
	int64_t round_ms;      /* a round trip; 0: short */
	nk_time_ms round_ends; /* the one that is measured */
	size_t round_bytes;    /* that came in it so far */
	size_t claimed;	       /* bytes on their way */
	size_t beyond;	       /* READs that may be on their way beyond the expected end */

	struct sftp_piece *pieces; /* a ring in the order of the file; owned */
	size_t room;
	size_t first;
	size_t count;

	struct sftp_call data; /* the reply whose bytes are given out */
	const char *bytes;
	size_t left;
	bool is_end;
};

static struct sftp_piece *sftp_reader_piece(struct sftp_reader *reader, size_t index)
{
	return &reader->pieces[(reader->first + index) % reader->room];
}

static void sftp_reader_unclaim(struct sftp_reader *reader, size_t bytes)
{
	if (bytes == 0)
		return;
	reader->claimed -= bytes;
	sftp_link_give_back(reader->file.link, false, bytes);
}

/* ---- asking ---- */

/* Put the piece's READ at the end of what is sent next. */
static int sftp_reader_ask(struct sftp_reader *reader, struct sftp_piece *piece, struct nk_err *err)
{
	struct nk_buf *out = &reader->sftp->out;
	struct sftp_request request;

	if (sftp_call_begin(&piece->call, reader->file.link, SFTP_READ, piece->length + 4, err) < 0)
		return -1;
	request = sftp_request_begin(out, SFTP_READ, piece->call.id);
	sftp_add_string(&request, reader->file.handle, reader->file.handle_length);
	sftp_add_u64(&request, (uint64_t)piece->at);
	sftp_add_u32(&request, (uint32_t)piece->length);
	return sftp_call_end(&piece->call, &request, 0, err);
}

/* READs on their way that begin at or behind the expected end. */
static size_t sftp_reader_count_beyond(struct sftp_reader *reader)
{
	size_t count = 0;

	while (count < reader->count &&
	       sftp_reader_piece(reader, reader->count - 1 - count)->at >= reader->expected)
		count++;
	return count;
}

/* How long the next READ shall be; 0: none is due. */
static size_t sftp_reader_next_length(struct sftp_reader *reader)
{
	size_t length = reader->piece;

	if (reader->asked >= reader->limit)
		return 0;
	if (reader->limit < reader->expected && reader->limit - reader->asked < (int64_t)length)
		return (size_t)(reader->limit - reader->asked);
	if (reader->asked < reader->expected) {
		int64_t rest = reader->expected - reader->asked;

		return rest < (int64_t)length ? (size_t)rest : length;
	}
	if (sftp_reader_count_beyond(reader) >= reader->beyond)
		return 0;
	return reader->beyond == 1 && reader->expected >= 0 && length > READER_PROOF ? READER_PROOF
										     : length;
}

/* Ask for more while there is room; what was put together is sent at once. */
static int sftp_reader_refill(struct sftp_reader *reader, struct nk_err *err)
{
	/* Several at a time, so that they go in one packet. */
	bool is_due = reader->claimed <= reader->window / 4 * 3;

	while (is_due && !reader->is_end && reader->count < reader->room) {
		size_t length = sftp_reader_next_length(reader);
		struct sftp_piece *piece = sftp_reader_piece(reader, reader->count);

		if (length == 0 ||
		    (reader->claimed > 0 && reader->claimed + length > reader->window) ||
		    !sftp_link_claim(reader->file.link, false, reader->claimed, length))
			break;
		reader->claimed += length;
		*piece = (struct sftp_piece){ .at = reader->asked, .length = length };
		reader->asked += (int64_t)length;
		reader->count++;
		if (sftp_reader_ask(reader, piece, err) < 0)
			return -1;
	}
	return sftp_link_send(reader->file.link, &reader->sftp->out, err);
}

/* ---- taking ---- */

static void sftp_reader_drop_all(struct sftp_reader *reader)
{
	for (; reader->count > 0; reader->count--) {
		struct sftp_piece *piece = sftp_reader_piece(reader, 0);

		sftp_call_drop(&piece->call);
		reader->first = (reader->first + 1) % reader->room;
	}
	sftp_reader_unclaim(reader, reader->claimed);
}

/* The bytes of the first piece's reply. */
static int sftp_reader_parse(struct sftp_reader *reader, const struct sftp_piece *piece,
			     struct nk_err *err)
{
	struct sftp_cursor cursor = { .at = reader->data.body, .left = reader->data.length };
	size_t length;
	const char *bytes = sftp_take_string(&cursor, &length);

	if (!bytes || length == 0 || length > piece->length)
		return nk_fail(err, NK_E_PROTO, 0, "%s: read: DATA that makes no sense",
			       sftp_link_peer(reader->file.link));
	reader->bytes = bytes;
	reader->left = length;
	return 0;
}

/* So many bytes have come. */
static void sftp_reader_widen(struct sftp_reader *reader, size_t got)
{
	size_t window;
	nk_time_ms now;

	if (reader->window == reader->window_most)
		return;
	now = nk_clock_now();
	if (now >= reader->round_ends) {
		reader->round_ends = now + reader->round_ms;
		reader->round_bytes = 0;
	}
	reader->round_bytes += got;
	window = READER_WINDOW_START + READER_WINDOW_ROUNDS * reader->round_bytes;
	if (window > reader->window)
		reader->window = window < reader->window_most ? window : reader->window_most;
}

/* What was missing in a reply is asked for in its place. A server that sends less than it is asked
 * for within the file is asked for less. */
static int sftp_reader_settle(struct sftp_reader *reader, struct sftp_piece *piece,
			      struct nk_err *err)
{
	size_t got = reader->left;

	if (piece->is_rest && got < reader->piece && piece->length > got)
		reader->piece = got > READER_PIECE_MIN ? got : READER_PIECE_MIN;
	if (piece->at >= reader->expected && reader->beyond < reader->room / 2)
		reader->beyond *= 2;
	sftp_reader_unclaim(reader, got);
	sftp_reader_widen(reader, got);
	piece->at += (int64_t)got;
	piece->length -= got;
	if (piece->length > 0) {
		piece->is_rest = true;
		return sftp_reader_ask(reader, piece, err);
	}
	reader->first = (reader->first + 1) % reader->room;
	reader->count--;
	return 0;
}

/* Wait for the next bytes; at the end there are none. */
static int sftp_reader_next(struct sftp_reader *reader, struct nk_err *err)
{
	struct sftp_piece *piece = sftp_reader_piece(reader, 0);

	/* All that was wanted was given out. */
	if (reader->count == 0) {
		reader->is_end = true;
		return 0;
	}
	if (sftp_call_wait(&piece->call, &reader->sftp->waiter, err) < 0)
		return -1;
	if (sftp_has_code(&piece->call, SFTP_EOF)) {
		reader->is_end = true;
		sftp_reader_drop_all(reader);
		return 0;
	}
	if (sftp_expect(&piece->call, SFTP_DATA, "read", err) < 0)
		return -1;
	sftp_call_drop(&reader->data);
	/* An answered call is in no table: it may move. */
	reader->data = piece->call;
	piece->call = (struct sftp_call){ .link = NULL };
	if (sftp_reader_parse(reader, piece, err) < 0 || sftp_reader_settle(reader, piece, err) < 0)
		return -1;
	return sftp_reader_refill(reader, err);
}

static ssize_t sftp_reader_read(struct nk_stream *stream, void *bytes, size_t size,
				struct nk_err *err)
{
	struct sftp_reader *reader = (struct sftp_reader *)stream;
	size_t length;

	if (size == 0)
		return 0;
	if (reader->left == 0 && !reader->is_end && sftp_reader_next(reader, err) < 0)
		return -1;
	if (reader->left == 0)
		return 0;
	length = reader->left < size ? reader->left : size;
	memcpy(bytes, reader->bytes, length);
	reader->bytes += length;
	reader->left -= length;
	return (ssize_t)length;
}

static void sftp_reader_free(struct nk_stream *stream)
{
	struct sftp_reader *reader = (struct sftp_reader *)stream;

	sftp_reader_drop_all(reader);
	sftp_call_drop(&reader->data);
	sftp_file_close(&reader->file);
	free(reader->pieces);
	free(reader);
}

static int sftp_reader_close(struct nk_stream *stream, struct nk_err *err)
{
	(void)err;
	sftp_reader_free(stream);
	return 0;
}

static const struct nk_stream_ops sftp_reader_ops = {
	.read = sftp_reader_read,
	.close = sftp_reader_close,
	.abandon = sftp_reader_free,
};

/* ---- opening ---- */

static size_t sftp_reader_room(const struct sftp_reader *reader)
{
	int64_t end = reader->limit < reader->expected ? reader->limit : reader->expected;
	int64_t rest = end - reader->asked;
	int64_t pieces = rest / (int64_t)reader->piece + 2;

	if (reader->expected <= 0)
		return READER_PIECES_UNKNOWN;
	/* One beyond the end, too. */
	return pieces < 2 ? 2 : pieces < READER_PIECES_MAX ? (size_t)pieces : READER_PIECES_MAX;
}

/* What the attributes say; a size of nothing is what files have too that are made when they are read:
 * it only counts when there is nothing. */
static int sftp_reader_announce(struct sftp_reader *reader, const struct sftp_attrs *attrs,
				struct nk_err *err)
{
	struct nk_entry entry = NK_ENTRY_INIT;

	if (attrs->has == 0)
		return 0;
	sftp_describe(attrs, NULL, &entry);
	if (entry.kind == NK_KIND_DIR)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s: it is a folder (--recursive copies it)",
			       sftp_link_peer(reader->file.link));
	reader->stream.mtime = entry.mtime;
	reader->stream.mode = entry.mode > 0 ? entry.mode & 07777 : 0;
	if (entry.kind == NK_KIND_FILE)
		reader->stream.size = entry.size;
	if (reader->stream.size >= 0)
		reader->expected = reader->stream.size;
	return 0;
}

/* Behind 50 ms, four connections with 4 MiB on the way in each were no faster than with 2, and took up to
 * half as much memory again. */
static size_t sftp_reader_window(const struct sftp_reader *reader)
{
	size_t window = sftp_link_window(reader->file.link);
	size_t most = reader->is_apart ? READER_WINDOW_APART : READER_WINDOW;

	return window < most ? window : most;
}

static int sftp_reader_begin(struct sftp_reader *reader, struct nk_err *err)
{
	reader->piece = sftp_link_piece(reader->file.link, false);
	if (reader->expected >= 0 && reader->expected < READER_LARGE_FROM &&
	    reader->piece > SFTP_PIECE_USUAL)
		reader->piece = SFTP_PIECE_USUAL;
	reader->window_most = sftp_reader_window(reader);
	reader->round_ms = sftp_link_far_ms(reader->file.link);
	reader->window = reader->round_ms > 0 && reader->window_most > READER_WINDOW_START
				 ? READER_WINDOW_START
				 : reader->window_most;
	reader->beyond = 1;
	/* Whoever reads to the end shall see it. */
	if (reader->limit >= reader->expected)
		reader->limit = INT64_MAX;
	reader->room = sftp_reader_room(reader);
	reader->pieces = nk_alloc(reader->room * sizeof(*reader->pieces));
	if (sftp_reader_refill(reader, err) < 0)
		return -1;
	if (reader->stream.size != 0 || reader->asked == 0)
		return 0;
	if (sftp_reader_next(reader, err) < 0)
		return -1;
	if (!reader->is_end)
		reader->stream.size = -1;
	return 0;
}

/* The reason of a refusal that says none. */
static int sftp_reader_explain(struct sftp *sftp, const char *real, struct nk_err *err)
{
	struct sftp_attrs attrs;
	struct nk_err ignored = NK_ERR_INIT;
	struct nk_entry entry;

	if ((err->code != SFTP_FAILURE && err->code != SFTP_PERMISSION_DENIED) ||
	    sftp_attrs(sftp, real, true, &attrs, &ignored) < 0)
		return -1;
	sftp_describe(&attrs, NULL, &entry);
	if (entry.kind == NK_KIND_DIR)
		nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: it is a folder (--recursive copies it)",
			sftp_link_peer(sftp->link));
	return -1;
}

int sftp_open_reader(struct sftp *sftp, const char *real, const struct nk_open_how *how,
		     struct nk_stream **stream, struct nk_err *err)
{
	struct sftp_reader *reader = nk_alloc(sizeof(*reader));
	nk_auto(stream) struct nk_stream *owner = &reader->stream;
	struct sftp_attrs attrs = { .has = 0 };
	bool asks = how->size < 0 || how->offset > 0 || how->length > 0;
	struct sftp_open_how open = {
		.flags = SFTP_OPEN_READ,
		.size = how->size,
		.is_apart = how->length > 0,
		.attrs = asks ? &attrs : NULL,
	};

	reader->stream = (struct nk_stream){ .ops = &sftp_reader_ops,
					     .size = -1,
					     .mtime = NK_ENTRY_NO_TIME };
	reader->sftp = sftp;
	reader->expected = how->size;
	reader->asked = how->offset;
	reader->is_apart = how->length > 0;
	reader->limit = how->length > 0 ? how->offset + how->length : INT64_MAX;
	if (sftp_file_open(sftp, real, &open, &reader->file, err) < 0)
		return sftp_reader_explain(sftp, real, err);
	if (sftp_reader_announce(reader, &attrs, err) < 0 || sftp_reader_begin(reader, err) < 0)
		return -1;
	*stream = nk_take(owner);
	return 0;
}
