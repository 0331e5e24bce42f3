/* writer.c - a TFTP file being written: windows of blocks sent ahead (RFC 1350 2, RFC 7440 4). */
#include "tftp.h"

#include "netkit/wait.h"

struct tftp_writer {
	struct nk_stream stream;
	struct tftp_exchange *exchange;
	struct tftp_netascii netascii;
	uint8_t *ring;	    /* windowsize packets; block n is in the slot (n - 1) % windowsize */
	uint64_t blocks;    /* sent */
	uint64_t acked;	    /* of them */
	size_t filled;	    /* bytes of the block that will be sent next */
	size_t last_length; /* bytes of the newest block sent */
	bool is_last_sent;  /* the block that ends the file was sent */
};

static uint8_t *writer_slot(const struct tftp_writer *writer, uint64_t block)
{
	const struct tftp_options *granted = &writer->exchange->granted;
	size_t slot = (size_t)((block - 1) % (unsigned)granted->windowsize);

	return writer->ring + slot * ((size_t)granted->blksize + TFTP_HEADER);
}

/* Begin with the window that was agreed. The old ring stays the caller's. */
static void writer_setup(struct tftp_writer *writer)
{
	const struct tftp_options *granted = &writer->exchange->granted;

	writer->ring = nk_realloc(NULL, ((size_t)granted->blksize + TFTP_HEADER) *
						(size_t)granted->windowsize);
	writer->blocks = 0;
	writer->acked = 0;
	writer->filled = 0;
	writer->is_last_sent = false;
}

static int writer_send(struct tftp_writer *writer, uint64_t block, bool is_again,
		       struct nk_err *err)
{
	size_t length = (size_t)writer->exchange->granted.blksize;

	if (block == writer->blocks)
		length = writer->last_length;
	return tftp_exchange_send(writer->exchange, writer_slot(writer, block),
				  TFTP_HEADER + length, is_again, err);
}

/* Send again all that is not acknowledged. */
static int writer_send_again(struct tftp_writer *writer, struct nk_err *err)
{
	for (uint64_t block = writer->acked + 1; block <= writer->blocks; block++) {
		if (writer_send(writer, block, true, err) < 0)
			return -1;
	}
	return 0;
}

/* The block being filled is complete: send it. */
static int writer_commit(struct tftp_writer *writer, struct nk_err *err)
{
	writer->blocks++;
	writer->last_length = writer->filled;
	writer->filled = 0;
	writer->is_last_sent = writer->last_length < (size_t)writer->exchange->granted.blksize;
	tftp_packet_header(writer_slot(writer, writer->blocks), TFTP_DATA,
			   (uint16_t)writer->blocks);
	return writer_send(writer, writer->blocks, false, err);
}

/* An ACK. A duplicate is never answered (RFC 1350's Sorcerer's Apprentice, RFC 1123 4.2.3.1). */
static int writer_take_ack(struct tftp_writer *writer, uint16_t block, struct nk_err *err)
{
	uint16_t ahead = (uint16_t)(block - (uint16_t)writer->acked);

	if (ahead == 0 || ahead >= 0x8000)
		return 0;
	if (ahead > writer->blocks - writer->acked) {
		nk_fail(err, NK_E_PROTO, 0, "the server acknowledges block %u, which was not sent",
			block);
		tftp_exchange_refuse(writer->exchange, TFTP_ERROR_OPERATION, err->msg);
		return -1;
	}
	writer->acked += ahead;
	tftp_exchange_progress(writer->exchange);
	/* RFC 7440 4: what follows it was lost on the way. */
	return writer_send_again(writer, err);
}

static int writer_put(struct tftp_writer *writer, const uint8_t *bytes, size_t length,
		      struct nk_err *err);
static int writer_make_room(struct tftp_writer *writer, struct nk_err *err);

/* Nothing was ever acknowledged, so all of it is still in the ring: begin anew with smaller packets. */
static int writer_restart(struct tftp_writer *writer, struct nk_err *err)
{
	size_t blksize = (size_t)writer->exchange->granted.blksize;
	nk_auto(str) char *old = (char *)writer->ring;
	uint64_t blocks = writer->blocks;
	size_t last_length = writer->last_length;
	size_t filled = writer->filled;
	bool is_last_sent = writer->is_last_sent;

	writer->ring = NULL;
	if (tftp_exchange_restart(writer->exchange, err) < 0)
		return -1;
	writer_setup(writer);
	for (uint64_t i = 0; i <= blocks; i++) {
		const char *slot = old + i * (blksize + TFTP_HEADER) + TFTP_HEADER;
		size_t length = i == blocks ? filled : i == blocks - 1 ? last_length : blksize;

		if (length > 0 && writer_put(writer, (const uint8_t *)slot, length, err) < 0)
			return -1;
	}
	if (!is_last_sent)
		return 0;
	return writer_make_room(writer, err) < 0 ? -1 : writer_commit(writer, err);
}

/* Wait for an ACK. */
static int writer_wait(struct tftp_writer *writer, struct nk_err *err)
{
	const struct tftp_packet *packet = &writer->exchange->packet;
	int got = tftp_exchange_next(writer->exchange, err);

	if (got < 0)
		return -1;
	if (got == 0 && writer->acked == 0 && tftp_exchange_is_stuck(writer->exchange))
		return writer_restart(writer, err);
	if (got == 0)
		return writer_send_again(writer, err);
	if (packet->opcode == TFTP_ACK)
		return writer_take_ack(writer, packet->block, err);
	if (packet->opcode == TFTP_OACK)
		return 0;
	nk_fail(err, NK_E_PROTO, 0, "the server sends DATA while it is written to");
	tftp_exchange_refuse(writer->exchange, TFTP_ERROR_OPERATION, err->msg);
	return -1;
}

/* Wait until the window has room for one more block. */
static int writer_make_room(struct tftp_writer *writer, struct nk_err *err)
{
	while (writer->blocks - writer->acked >= (unsigned)writer->exchange->granted.windowsize) {
		if (writer_wait(writer, err) < 0)
			return -1;
	}
	return 0;
}

/* Put bytes as they are into blocks. */
static int writer_put(struct tftp_writer *writer, const uint8_t *bytes, size_t length,
		      struct nk_err *err)
{
	while (length > 0) {
		if (writer_make_room(writer, err) < 0)
			return -1;
		size_t blksize = (size_t)writer->exchange->granted.blksize;
		size_t room = blksize - writer->filled;
		size_t now = length < room ? length : room;

		memcpy(writer_slot(writer, writer->blocks + 1) + TFTP_HEADER + writer->filled,
		       bytes, now);
		writer->filled += now;
		bytes += now;
		length -= now;
		if (writer->filled == blksize && writer_commit(writer, err) < 0)
			return -1;
	}
	return 0;
}

static int writer_write(struct nk_stream *stream, const void *bytes, size_t length,
			struct nk_err *err)
{
	struct tftp_writer *writer = (struct tftp_writer *)stream;
	const uint8_t *in = bytes;
	uint8_t wire[4096];

	if (nk_interrupt_check(err) < 0)
		return -1;
	if (!writer->exchange->transfer.is_netascii)
		return writer_put(writer, in, length, err);
	while (length > 0 || tftp_netascii_is_owed(&writer->netascii)) {
		size_t taken;
		size_t made = tftp_netascii_encode(&writer->netascii, in, length, &taken, wire,
						   sizeof(wire));

		in += taken;
		length -= taken;
		if (writer_put(writer, wire, made, err) < 0)
			return -1;
	}
	return 0;
}

static void writer_free(struct tftp_writer *writer)
{
	tftp_exchange_free(writer->exchange);
	free(writer->ring);
	free(writer);
}

/* Send the block that ends the file, an empty one if need be, and wait until all has arrived. */
static int writer_finish(struct tftp_writer *writer, struct nk_err *err)
{
	if (writer_make_room(writer, err) < 0 || writer_commit(writer, err) < 0)
		return -1;
	while (writer->acked < writer->blocks) {
		if (writer_wait(writer, err) < 0)
			return -1;
	}
	return 0;
}

static int writer_close(struct nk_stream *stream, struct nk_err *err)
{
	struct tftp_writer *writer = (struct tftp_writer *)stream;
	int result = writer_finish(writer, err);

	if (result < 0)
		tftp_exchange_refuse(writer->exchange, TFTP_ERROR_OTHER, "transfer abandoned");
	writer_free(writer);
	return result;
}

static void writer_abandon(struct nk_stream *stream)
{
	struct tftp_writer *writer = (struct tftp_writer *)stream;

	tftp_exchange_refuse(writer->exchange, TFTP_ERROR_OTHER, "transfer abandoned");
	writer_free(writer);
}

static const struct nk_stream_ops writer_ops = {
	.write = writer_write,
	.close = writer_close,
	.abandon = writer_abandon,
};

int tftp_writer_open(const struct nk_session *session, const struct tftp_transfer *transfer,
		     struct nk_stream **stream, struct nk_err *err)
{
	struct tftp_exchange *exchange;
	struct tftp_writer *writer;

	if (tftp_exchange_open(session, transfer, &exchange, err) < 0)
		return -1;
	writer = nk_alloc(sizeof(*writer));
	writer->stream.ops = &writer_ops;
	writer->stream.size = -1;
	writer->stream.mtime = NK_ENTRY_NO_TIME;
	writer->exchange = exchange;
	writer_setup(writer);
	*stream = &writer->stream;
	return 0;
}
