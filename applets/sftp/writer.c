/* writer.c - a file that is written: many WRITEs on their way. */
#include "sftp.h"

#include <sys/stat.h>

/* WRITEs of one file on their way. */
#define WRITER_PIECES_MAX 256

/* Less than this is kept until there is more, or the end. */
#define WRITER_GATHER (32 * 1024)

/* With less than this on the disk a failure is its being full. */
#define WRITER_NO_SPACE 4096

struct sftp_writer {
	struct nk_stream stream;
	struct sftp *sftp; /* borrowed */
	struct sftp_file file;
	char *real; /* owned */
	bool syncs;
	bool is_append;
	bool is_piece;	 /* of a file that others write to at the same time */
	int64_t at;	 /* where the next WRITE goes */
	int64_t certain; /* up to here all is stored */
	size_t piece;
	size_t window;
	size_t claimed;
	struct sftp_piece *pieces; /* a ring, owned */
	size_t room;
	size_t first;
	size_t count;
	struct nk_buf gathered;
};

/* ---- replies ---- */

/* A refusal that says nothing: is the disk full? */
static int sftp_writer_explain(struct sftp_writer *writer, struct nk_err *err)
{
	nk_auto(str) char *folder = nk_path_parent(writer->real);
	struct nk_err ignored = NK_ERR_INIT;
	int64_t available = -1;
	int64_t total;

	if (sftp_is_unexplained(err) &&
	    sftp_space(&writer->sftp->fs, folder, &available, &total, &ignored) == 0 &&
	    available >= 0 && available < WRITER_NO_SPACE) {
		nk_wrap(err, "no space is left");
		err->domain = NK_E_FULL;
	}
	return nk_wrap(err, "%s: %lld bytes are stored", writer->real, (long long)writer->certain);
}

/* Wait for the reply to the oldest WRITE. */
static int sftp_writer_reap(struct sftp_writer *writer, struct nk_err *err)
{
	struct sftp_piece *piece = &writer->pieces[writer->first];

	if (sftp_call_wait(&piece->call, &writer->sftp->waiter, err) < 0)
		return -1;
	if (sftp_expect(&piece->call, SFTP_STATUS, "write", err) < 0)
		return sftp_writer_explain(writer, err);
	sftp_call_drop(&piece->call);
	writer->claimed -= piece->length;
	sftp_link_give_back(writer->file.link, true, piece->length);
	writer->certain = piece->at + (int64_t)piece->length;
	writer->first = (writer->first + 1) % writer->room;
	writer->count--;
	return 0;
}

/* Until length more bytes may be sent. */
static int sftp_writer_make_room(struct sftp_writer *writer, size_t length, struct nk_err *err)
{
	while (writer->count > 0 &&
	       (writer->count == writer->room || writer->claimed + length > writer->window ||
		sftp_call_is_answered(&writer->pieces[writer->first].call))) {
		if (sftp_writer_reap(writer, err) < 0)
			return -1;
	}
	while (!sftp_link_claim(writer->file.link, true, writer->claimed, length)) {
		if (sftp_writer_reap(writer, err) < 0)
			return -1;
	}
	writer->claimed += length;
	return 0;
}

/* ---- requests ---- */

/* A WRITE of length bytes, put at the end of what is sent next but for its bytes. */
static int sftp_writer_ask(struct sftp_writer *writer, size_t length, struct nk_err *err)
{
	struct sftp_piece *piece;
	struct sftp_request request;

	if (sftp_writer_make_room(writer, length, err) < 0)
		return -1;
	piece = &writer->pieces[(writer->first + writer->count) % writer->room];
	*piece = (struct sftp_piece){ .at = writer->at, .length = length };
	writer->count++;
	writer->at += (int64_t)length;
	if (sftp_call_begin(&piece->call, writer->file.link, SFTP_WRITE, 0, err) < 0)
		return -1;
	request = sftp_request_begin(&writer->sftp->out, SFTP_WRITE, piece->call.id);
	sftp_add_string(&request, writer->file.handle, writer->file.handle_length);
	sftp_add_u64(&request, (uint64_t)piece->at);
	sftp_add_u32(&request, (uint32_t)length);
	return sftp_call_end(&piece->call, &request, length, err);
}

static int sftp_writer_send(struct sftp_writer *writer, const char *bytes, size_t length,
			    struct nk_err *err)
{
	while (length > 0) {
		size_t part = length < writer->piece ? length : writer->piece;

		if (sftp_link_make_way(writer->file.link, &writer->sftp->waiter, err) < 0 ||
		    sftp_writer_ask(writer, part, err) < 0 ||
		    sftp_link_send_data(writer->file.link, &writer->sftp->out, bytes, part, err) <
			    0)
			return -1;
		bytes += part;
		length -= part;
	}
	return 0;
}

static int sftp_writer_flush(struct sftp_writer *writer, struct nk_err *err)
{
	if (sftp_writer_send(writer, writer->gathered.data, writer->gathered.len, err) < 0)
		return -1;
	nk_buf_clear(&writer->gathered);
	return 0;
}

static int sftp_writer_write(struct nk_stream *stream, const void *bytes, size_t length,
			     struct nk_err *err)
{
	struct sftp_writer *writer = (struct sftp_writer *)stream;

	if (nk_buf_add(&writer->gathered, bytes, length) == 0)
		return 0;
	if (sftp_writer_flush(writer, err) < 0)
		return -1;
	if (nk_buf_add(&writer->gathered, bytes, length) == 0)
		return 0;
	return sftp_writer_send(writer, bytes, length, err);
}

/* ---- the end ---- */

static void sftp_writer_abandon(struct nk_stream *stream)
{
	struct sftp_writer *writer = (struct sftp_writer *)stream;

	for (; writer->count > 0; writer->count--) {
		sftp_call_drop(&writer->pieces[writer->first].call);
		writer->first = (writer->first + 1) % writer->room;
	}
	if (writer->file.link)
		sftp_link_give_back(writer->file.link, true, writer->claimed);
	sftp_file_close(&writer->file);
	nk_buf_release(&writer->gathered);
	free(writer->pieces);
	free(writer->real);
	free(writer);
}

/* What is asked for at the end, all at once. */
struct sftp_ending {
	struct sftp_call sync;
	struct sftp_call attrs;
	struct sftp_call close;
};

static void sftp_ending_drop(struct sftp_ending *ending)
{
	sftp_call_drop(&ending->sync);
	sftp_call_drop(&ending->attrs);
	sftp_call_drop(&ending->close);
}
NK_AUTO(ending, struct sftp_ending, sftp_ending_drop)

static int sftp_writer_ask_sync(struct sftp_writer *writer, struct sftp_call *call,
				struct nk_err *err)
{
	struct sftp_link *link = writer->file.link;
	struct sftp_request request;

	if (!writer->syncs)
		return 0;
	if (sftp_call_begin(call, link, SFTP_EXTENDED, 0, err) < 0)
		return -1;
	request = sftp_request_begin(&writer->sftp->out, SFTP_EXTENDED, call->id);
	sftp_add_text(&request, "fsync@openssh.com");
	sftp_add_string(&request, writer->file.handle, writer->file.handle_length);
	return sftp_call_end(call, &request, 0, err);
}

/* The last bytes, and the requests of the end, in one piece where they fit. */
static int sftp_writer_ask_end(struct sftp_writer *writer, struct sftp_ending *ending,
			       struct nk_err *err)
{
	struct nk_buf *out = &writer->sftp->out;
	size_t length = writer->gathered.len;

	if (length > writer->piece) {
		if (sftp_writer_flush(writer, err) < 0)
			return -1;
		length = 0;
	}
	if (length > 0 && sftp_writer_ask(writer, length, err) < 0)
		return -1;
	if (length > 0 && nk_buf_add(out, writer->gathered.data, length) < 0)
		return nk_fail(err, NK_E_USAGE, 0, "a request is too long");
	if (sftp_writer_ask_sync(writer, &ending->sync, err) < 0 ||
	    sftp_file_ask(&writer->file, &ending->attrs, SFTP_FSTAT, err) < 0 ||
	    sftp_file_ask(&writer->file, &ending->close, SFTP_CLOSE, err) < 0)
		return -1;
	return sftp_link_send(writer->file.link, out, err);
}

/* Does the server have what it was sent? Where it asks itself too early, it is asked again. */
static int sftp_writer_check_size(struct sftp_writer *writer, const struct sftp_ending *ending,
				  struct nk_err *err)
{
	struct sftp_attrs attrs;
	struct nk_err ignored = NK_ERR_INIT;

	if (writer->is_append || writer->is_piece || ending->attrs.type != SFTP_ATTRS ||
	    !sftp_parse_attrs(ending->attrs.body, ending->attrs.length, &attrs) ||
	    !(attrs.has & SFTP_ATTR_SIZE) ||
	    ((attrs.has & SFTP_ATTR_MODE) && !S_ISREG(attrs.mode)) ||
	    attrs.size == (uint64_t)writer->at)
		return 0;
	if (sftp_attrs(writer->sftp, writer->real, true, &attrs, &ignored) < 0 ||
	    !(attrs.has & SFTP_ATTR_SIZE) || attrs.size == (uint64_t)writer->at)
		return 0;
	return nk_fail_again(err, NK_E_SHORT, 0,
			     "%s: %lld bytes were sent and accepted, the server has stored %llu",
			     sftp_link_peer(writer->file.link), (long long)writer->at,
			     (unsigned long long)attrs.size);
}

static int sftp_writer_finish(struct sftp_writer *writer, struct nk_err *err)
{
	nk_auto(ending) struct sftp_ending ending = { .sync = { .link = NULL } };
	struct sftp_waiter *waiter = &writer->sftp->waiter;

	if (sftp_writer_ask_end(writer, &ending, err) < 0)
		return -1;
	/* It is gone, whatever the server says now; it may be another file's by then. */
	writer->file.handle_length = 0;
	while (writer->count > 0) {
		if (sftp_writer_reap(writer, err) < 0)
			return -1;
	}
	if (writer->syncs && (sftp_call_wait(&ending.sync, waiter, err) < 0 ||
			      sftp_expect(&ending.sync, SFTP_STATUS, "fsync", err) < 0))
		return -1;
	if (sftp_call_wait(&ending.attrs, waiter, err) < 0 ||
	    sftp_call_wait(&ending.close, waiter, err) < 0)
		return -1;
	if (sftp_expect(&ending.close, SFTP_STATUS, "close", err) < 0)
		return sftp_writer_explain(writer, err);
	return sftp_writer_check_size(writer, &ending, err);
}

static int sftp_writer_close(struct nk_stream *stream, struct nk_err *err)
{
	int result = sftp_writer_finish((struct sftp_writer *)stream, err);

	sftp_writer_abandon(stream);
	return result;
}

static const struct nk_stream_ops sftp_writer_ops = {
	.write = sftp_writer_write,
	.close = sftp_writer_close,
	.abandon = sftp_writer_abandon,
};

/* ---- opening ---- */

static size_t sftp_writer_room(const struct sftp_writer *writer, const struct nk_open_how *how)
{
	int64_t pieces = (how->size - how->offset) / (int64_t)writer->piece + 2;

	return how->size >= 0 && pieces < WRITER_PIECES_MAX ? (pieces < 2 ? 2 : (size_t)pieces)
							    : WRITER_PIECES_MAX;
}

static unsigned sftp_writer_flags(const struct nk_open_how *how)
{
	unsigned flags = SFTP_OPEN_WRITE | SFTP_OPEN_CREAT;

	if (how->length > 0)
		return SFTP_OPEN_WRITE;
	if (how->must_be_new)
		flags |= SFTP_OPEN_EXCL;
	if (how->append)
		flags |= SFTP_OPEN_APPEND;
	else if (how->offset == 0)
		flags |= SFTP_OPEN_TRUNC;
	return flags;
}

/* A refusal that says nothing. */
static int sftp_writer_explain_open(struct sftp *sftp, const char *real,
				    const struct nk_open_how *how, struct nk_err *err)
{
	struct sftp_attrs attrs;
	struct nk_err ignored = NK_ERR_INIT;
	struct nk_entry entry;

	if ((err->code != SFTP_FAILURE && err->code != SFTP_PERMISSION_DENIED) ||
	    sftp_attrs(sftp, real, true, &attrs, &ignored) < 0)
		return -1;
	sftp_describe(&attrs, NULL, &entry);
	if (how->must_be_new)
		return nk_fail(err, NK_E_EXISTS, SFTP_FAILURE, "%s: exists already",
			       sftp_link_peer(sftp->link));
	if (entry.kind == NK_KIND_DIR)
		return nk_fail(err, NK_E_EXISTS, SFTP_FAILURE, "%s: it is a folder",
			       sftp_link_peer(sftp->link));
	return -1;
}

int sftp_open_writer(struct sftp *sftp, const char *real, const struct nk_open_how *how,
		     struct nk_stream **stream, struct nk_err *err)
{
	struct sftp_attrs attrs = { .has = 0 };
	struct sftp_open_how open = {
		.flags = sftp_writer_flags(how),
		.mode = how->mode,
		.size = how->size,
		.is_apart = how->length > 0,
		/* Not every server knows APPEND. */
		.attrs = how->append ? &attrs : NULL,
	};
	struct sftp_writer *writer;
	struct sftp_file file;

	if (how->sync && !(sftp_link_extensions(sftp->link) & SFTP_EXT_FSYNC))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: the server has no fsync",
			       sftp_link_peer(sftp->link));
	if (sftp_file_open(sftp, real, &open, &file, err) < 0)
		return sftp_writer_explain_open(sftp, real, how, err);
	writer = nk_alloc(sizeof(*writer));
	writer->stream = (struct nk_stream){ .ops = &sftp_writer_ops,
					     .size = -1,
					     .mtime = NK_ENTRY_NO_TIME };
	writer->sftp = sftp;
	writer->file = file;
	writer->real = nk_strdup(real);
	writer->syncs = how->sync;
	writer->is_append = how->append;
	writer->is_piece = how->length > 0;
	writer->at = how->offset;
	if (how->append && (attrs.has & SFTP_ATTR_SIZE) && attrs.size <= INT64_MAX)
		writer->at = (int64_t)attrs.size;
	writer->certain = writer->at;
	writer->piece = sftp_link_piece(file.link, true);
	writer->window = sftp_link_window(file.link);
	writer->room = sftp_writer_room(writer, how);
	writer->pieces = nk_alloc(writer->room * sizeof(*writer->pieces));
	writer->gathered = (struct nk_buf)NK_BUF_INIT(WRITER_GATHER);
	*stream = &writer->stream;
	return 0;
}
