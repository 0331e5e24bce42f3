/* reader.c - a TFTP file being read: blocks in order, ACKs, windows (RFC 1350 2, RFC 7440 4). */
#include "tftp.h"

#include "netkit/wait.h"

/* A read hands over what it has after this many bytes, or milliseconds, so that the meter moves and
 * few system calls write them. */
#define TFTP_READ_BYTES 32768
#define TFTP_READ_MS	100

struct tftp_reader {
	struct nk_stream stream;
	struct tftp_exchange *exchange;
	struct tftp_netascii netascii;
	uint64_t blocks;     /* received in order */
	int64_t bytes;	     /* in them */
	int in_window;	     /* blocks since our last ACK */
	bool is_gap_told;    /* the ACK that a gap calls for was sent (RFC 7440 4) */
	bool is_last_in;     /* the block that ends the file has come */
	bool is_end_given;   /* netascii: what was kept to the end is handed over */
	const uint8_t *left; /* of the newest block, not handed over yet */
	size_t left_length;
};

/* Acknowledge what came in order. The server's next window begins after it. */
static int reader_ack(struct tftp_reader *reader, bool is_again, struct nk_err *err)
{
	reader->in_window = 0;
	return tftp_exchange_ack(reader->exchange, reader->blocks, is_again, err);
}

static int reader_refuse(struct tftp_reader *reader, enum tftp_error code, struct nk_err *err)
{
	tftp_exchange_refuse(reader->exchange, code, err->msg);
	return -1;
}

/* The next block in order. */
static int reader_accept(struct tftp_reader *reader, struct nk_err *err)
{
	const struct tftp_exchange *exchange = reader->exchange;
	const struct tftp_packet *packet = &exchange->packet;

	if (packet->length > (size_t)exchange->granted.blksize) {
		nk_fail(err, NK_E_PROTO, 0,
			"the server sent a block of %zu bytes, where %d were agreed",
			packet->length, exchange->granted.blksize);
		return reader_refuse(reader, TFTP_ERROR_OPERATION, err);
	}
	reader->bytes += (int64_t)packet->length;
	if (reader->stream.size >= 0 && reader->bytes > reader->stream.size) {
		nk_fail(err, NK_E_PROTO, 0,
			"the server sends more than the %lld bytes it announced",
			(long long)reader->stream.size);
		return reader_refuse(reader, TFTP_ERROR_OTHER, err);
	}
	reader->blocks++;
	reader->in_window++;
	reader->is_gap_told = false;
	reader->left = packet->data;
	reader->left_length = packet->length;
	reader->is_last_in = packet->length < (size_t)exchange->granted.blksize;
	tftp_exchange_progress(reader->exchange);
	if (!reader->is_last_in && reader->in_window < exchange->granted.windowsize)
		return 1;
	return reader_ack(reader, false, err) < 0 ? -1 : 1;
}

/* Judge a packet. 1: it was the next block; 0: it changes nothing. */
static int reader_take(struct tftp_reader *reader, struct nk_err *err)
{
	const struct tftp_packet *packet = &reader->exchange->packet;
	uint16_t ahead = (uint16_t)(packet->block - (uint16_t)(reader->blocks + 1));

	if (packet->opcode == TFTP_OACK) {
		/* Our ACK of it was lost. */
		return reader->blocks == 0 ? reader_ack(reader, true, err) : 0;
	}
	if (packet->opcode == TFTP_ACK || (packet->block == 0 && reader->blocks == 0)) {
		nk_fail(err, NK_E_PROTO, 0, "the server sends %s %u while it is read from",
			packet->opcode == TFTP_ACK ? "ACK" : "DATA", packet->block);
		return reader_refuse(reader, TFTP_ERROR_OPERATION, err);
	}
	if (ahead == 0)
		return reader_accept(reader, err);
	if (ahead < 0x8000) {
		/* A block is missing: say so once (RFC 7440 4). */
		if (reader->is_gap_told || reader->exchange->granted.windowsize == 1)
			return 0;
		reader->is_gap_told = true;
		return reader_ack(reader, true, err);
	}
	/* The block we acknowledged last, again: our ACK was lost. */
	if (packet->block == (uint16_t)reader->blocks && reader->in_window == 0)
		return reader_ack(reader, true, err);
	return 0;
}

/* Wait for the next block. */
static int reader_next(struct tftp_reader *reader, struct nk_err *err)
{
	int got = 0;

	while (got == 0) {
		got = tftp_exchange_next(reader->exchange, err);
		if (got > 0)
			got = reader_take(reader, err);
		else if (got == 0)
			got = reader_ack(reader, true, err);
	}
	return got < 0 ? -1 : 0;
}

/* Wait for the first block, with smaller packets when it does not come. */
static int reader_begin(struct tftp_reader *reader, struct nk_err *err)
{
	struct tftp_exchange *exchange = reader->exchange;
	int got;

	reader->stream.size = exchange->granted.tsize;
	got = exchange->packet.opcode == TFTP_DATA ? reader_take(reader, err)
						   : reader_ack(reader, false, err);
	while (got == 0) {
		got = tftp_exchange_next(exchange, err);
		if (got > 0) {
			got = reader_take(reader, err);
		} else if (got == 0 && !tftp_exchange_is_stuck(exchange)) {
			got = reader_ack(reader, true, err);
		} else if (got == 0) {
			if (tftp_exchange_restart(exchange, err) < 0)
				return -1;
			return reader_begin(reader, err);
		}
	}
	return got < 0 ? -1 : 0;
}

/* Hand over what is left of the newest block; returns the bytes. */
static size_t reader_give(struct tftp_reader *reader, uint8_t *out, size_t size)
{
	size_t taken = size < reader->left_length ? size : reader->left_length;
	size_t given = taken;

	if (reader->exchange->transfer.is_netascii)
		given = tftp_netascii_decode(&reader->netascii, reader->left, reader->left_length,
					     &taken, out, size);
	else
		memcpy(out, reader->left, taken);
	reader->left += taken;
	reader->left_length -= taken;
	if (reader->is_last_in && reader->left_length == 0 && given < size &&
	    !reader->is_end_given) {
		given += tftp_netascii_decode_end(&reader->netascii, out + given);
		reader->is_end_given = true;
	}
	return given;
}

static ssize_t reader_read(struct nk_stream *stream, void *bytes, size_t size, struct nk_err *err)
{
	struct tftp_reader *reader = (struct tftp_reader *)stream;
	size_t most = size < TFTP_READ_BYTES ? size : TFTP_READ_BYTES;
	nk_time_ms until = nk_clock_after(TFTP_READ_MS);
	size_t have = 0;

	if (nk_interrupt_check(err) < 0)
		return -1;
	while (have < most) {
		have += reader_give(reader, (uint8_t *)bytes + have, size - have);
		if (reader->left_length > 0 || (reader->is_last_in && reader->is_end_given))
			break;
		if (reader->is_last_in)
			continue;
		if (have > 0 && (have >= most || reader->exchange->heard >= until))
			break;
		if (reader_next(reader, err) < 0)
			return -1;
	}
	return (ssize_t)have;
}

static void reader_free(struct tftp_reader *reader)
{
	tftp_exchange_free(reader->exchange);
	free(reader);
}

/* RFC 1350 6: if the last ACK was lost, the last block comes again. Answer if it is here already. */
static void reader_dally(struct tftp_reader *reader)
{
	struct nk_err ignored = NK_ERR_INIT;

	reader->exchange->resend_at = nk_clock_now();
	while (tftp_exchange_next(reader->exchange, &ignored) > 0) {
		if (reader_take(reader, &ignored) < 0)
			break;
		reader->exchange->resend_at = nk_clock_now();
	}
}

static int reader_close(struct nk_stream *stream, struct nk_err *err)
{
	struct tftp_reader *reader = (struct tftp_reader *)stream;
	int result = 0;

	/* A reader that knows the size stops when it has that many bytes; the empty block may be due. */
	if (!reader->is_last_in && reader->left_length == 0)
		result = reader_next(reader, err);
	if (result == 0 && (!reader->is_last_in || reader->left_length > 0)) {
		nk_fail(err, NK_E_SHORT, 0, "closed before the end");
		result = reader_refuse(reader, TFTP_ERROR_OTHER, err);
	}
	if (result == 0)
		reader_dally(reader);
	reader_free(reader);
	return result;
}

static void reader_abandon(struct nk_stream *stream)
{
	struct tftp_reader *reader = (struct tftp_reader *)stream;

	if (!reader->is_last_in)
		tftp_exchange_refuse(reader->exchange, TFTP_ERROR_OTHER, "transfer abandoned");
	reader_free(reader);
}

static const struct nk_stream_ops reader_ops = {
	.read = reader_read,
	.close = reader_close,
	.abandon = reader_abandon,
};

int tftp_reader_open(const struct nk_session *session, const struct tftp_transfer *transfer,
		     struct nk_stream **stream, struct nk_err *err)
{
	struct tftp_exchange *exchange;
	struct tftp_reader *reader;

	if (tftp_exchange_open(session, transfer, &exchange, err) < 0)
		return -1;
	reader = nk_alloc(sizeof(*reader));
	reader->stream.ops = &reader_ops;
	reader->stream.mtime = NK_ENTRY_NO_TIME;
	reader->exchange = exchange;
	if (reader_begin(reader, err) < 0) {
		reader_abandon(&reader->stream);
		return -1;
	}
	*stream = &reader->stream;
	return 0;
}
