/* buf.c - a growing byte buffer that knows its ceiling. */
#include "netkit/buf.h"

#include <stdio.h>

/* The first allocation: most lines and names fit. */
#define BUF_SIZE_FIRST 64

char nk_buf_nothing[1] = "";

/* Room for length more bytes and the NUL; -1 when the limit is in the way. */
static int make_room(struct nk_buf *buf, size_t length)
{
	size_t most = buf->limit < SIZE_MAX ? buf->limit + 1 : SIZE_MAX;

	if (buf->len > buf->limit || length > most - 1 - buf->len)
		return -1;
	size_t need = buf->len + length + 1;

	if (need <= buf->size)
		return 0;
	size_t size = buf->size > most / 2 ? most : buf->size * 2;

	if (size < BUF_SIZE_FIRST)
		size = BUF_SIZE_FIRST;
	if (size > most)
		size = most;
	if (size < need)
		size = need;
	buf->data = nk_realloc(buf->size > 0 ? buf->data : NULL, size);
	buf->size = size;
	buf->data[buf->len] = '\0';
	return 0;
}

int nk_buf_add(struct nk_buf *buf, const void *bytes, size_t length)
{
	if (length == 0)
		return 0;
	if (make_room(buf, length) < 0)
		return -1;
	memcpy(buf->data + buf->len, bytes, length);
	buf->len += length;
	buf->data[buf->len] = '\0';
	return 0;
}

int nk_buf_add_text(struct nk_buf *buf, const char *text)
{
	return nk_buf_add(buf, text, strlen(text));
}

int nk_buf_add_char(struct nk_buf *buf, char c)
{
	return nk_buf_add(buf, &c, 1);
}

int nk_buf_addf(struct nk_buf *buf, const char *format, ...)
{
	size_t room = buf->size > 0 ? buf->size - buf->len : 0;
	va_list args;
	va_list again;

	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(room > 0 ? buf->data + buf->len : NULL, room, format, args);
	int status = length < 0 ? -1 : 0;

	if (status == 0 && (size_t)length >= room) {
		status = length > 0 ? make_room(buf, length) : 0;
		if (status == 0 && length > 0)
			vsnprintf(buf->data + buf->len, length + 1, format, again);
	}
	if (status == 0)
		buf->len += length;
	else if (room > 0)
		buf->data[buf->len] = '\0';
	va_end(again);
	va_end(args);
	return status;
}

void nk_buf_consume(struct nk_buf *buf, size_t length)
{
	if (length >= buf->len) {
		nk_buf_clear(buf);
		return;
	}
	memmove(buf->data, buf->data + length, buf->len - length + 1);
	buf->len -= length;
}

void nk_buf_cut(struct nk_buf *buf, size_t length)
{
	/* nk_buf_nothing is shared between threads and never written. */
	if (length >= buf->len)
		return;
	buf->len = length;
	buf->data[length] = '\0';
}

void nk_buf_clear(struct nk_buf *buf)
{
	nk_buf_cut(buf, 0);
}

void nk_buf_release(struct nk_buf *buf)
{
	if (buf->size > 0)
		free(buf->data);
	buf->data = nk_buf_nothing;
	buf->len = 0;
	buf->size = 0;
}
