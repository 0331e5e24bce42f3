/* deflate.c - MODE Z: data through zlib (draft-preston-ftpext-deflate-04). */
#include "ftp.h"

#include "netkit/lib/z.h"

/* What is read from the connection, or sent to it, at once. */
#define FTP_DEFLATE_BUFFER 65536

struct ftp_deflate {
	const struct nk_z *z;
	enum nk_direction direction;
	z_stream stream;
	bool is_ended; /* the deflate stream is complete */
	unsigned char buffer[FTP_DEFLATE_BUFFER];
};

int ftp_deflate_new(enum nk_direction direction, struct ftp_deflate **deflate, struct nk_err *err)
{
	const struct nk_z *z = nk_z(err);
	struct ftp_deflate *made;
	int result;

	if (!z)
		return -1;
	made = nk_alloc(sizeof(*made));
	made->z = z;
	made->direction = direction;
	result = direction == NK_READ
			 ? z->inflateInit_(&made->stream, ZLIB_VERSION, (int)sizeof(z_stream))
			 : z->deflateInit_(&made->stream, Z_DEFAULT_COMPRESSION, ZLIB_VERSION,
					   (int)sizeof(z_stream));
	if (result != Z_OK) {
		free(made);
		return nk_fail(err, NK_E_UNSUPPORTED, result, "zlib cannot be used");
	}
	*deflate = made;
	return 0;
}

/* Get more compressed bytes. 1, 0 at the end of the connection, -1. */
static int ftp_deflate_fill(struct ftp_deflate *deflate, struct nk_conn *conn, struct nk_err *err)
{
	ssize_t got = nk_conn_read(conn, deflate->buffer, sizeof(deflate->buffer), err);

	if (got <= 0)
		return (int)got;
	deflate->stream.next_in = deflate->buffer;
	deflate->stream.avail_in = (uInt)got;
	return 1;
}

ssize_t ftp_deflate_read(struct ftp_deflate *deflate, struct nk_conn *conn, void *bytes,
			 size_t size, struct nk_err *err)
{
	z_stream *stream = &deflate->stream;
	size_t room = size > INT32_MAX ? INT32_MAX : size;

	stream->next_out = bytes;
	stream->avail_out = (uInt)room;
	while (stream->avail_out == room) {
		int more = 1;
		int result;

		if (stream->avail_in == 0)
			more = ftp_deflate_fill(deflate, conn, err);
		if (more < 0)
			return -1;
		/* An empty file may be no deflate stream at all. */
		if (more == 0 && (deflate->is_ended || stream->total_in == 0))
			return 0;
		if (more == 0)
			return nk_fail_again(err, NK_E_SHORT, 0,
					     "%s: the compressed data end early",
					     nk_conn_peer(conn));
		if (deflate->is_ended)
			return nk_fail(err, NK_E_PROTO, 0,
				       "%s: data after the compressed data's end",
				       nk_conn_peer(conn));
		result = deflate->z->inflate(stream, Z_NO_FLUSH);
		deflate->is_ended = result == Z_STREAM_END;
		if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
			return nk_fail(err, NK_E_PROTO, result,
				       "%s: the compressed data are broken", nk_conn_peer(conn));
	}
	return (ssize_t)(room - stream->avail_out);
}

int ftp_deflate_write(struct ftp_deflate *deflate, struct nk_conn *conn, const void *bytes,
		      size_t length, bool is_last, struct nk_err *err)
{
	z_stream *stream = &deflate->stream;
	const unsigned char *at = bytes;

	do {
		uInt part = length > INT32_MAX ? INT32_MAX : (uInt)length;
		int flush = is_last && part == length ? Z_FINISH : Z_NO_FLUSH;

		stream->next_in = (Bytef *)at;
		stream->avail_in = part;
		do {
			size_t made;

			stream->next_out = deflate->buffer;
			stream->avail_out = sizeof(deflate->buffer);
			deflate->z->deflate(stream, flush);
			made = sizeof(deflate->buffer) - stream->avail_out;
			if (made > 0 && nk_conn_write(conn, deflate->buffer, made, err) < 0)
				return -1;
		} while (stream->avail_out == 0);
		at += part;
		length -= part;
	} while (length > 0);
	return 0;
}

void ftp_deflate_free(struct ftp_deflate *deflate)
{
	if (!deflate)
		return;
	if (deflate->direction == NK_READ)
		deflate->z->inflateEnd(&deflate->stream);
	else
		deflate->z->deflateEnd(&deflate->stream);
	free(deflate);
}
