/* line.c - CRLF lines over a connection. */
#include "netkit/line.h"

#include <stdio.h>

#include "layer.h"

/* Longest secret that one line may carry. */
#define LINE_SECRET_MAX 512

int nk_line_read_or_end(struct nk_conn *conn, struct nk_buf *line, struct nk_err *err)
{
	int result;

	nk_buf_clear(line);
	result = nk_conn_read_line(conn, line, err);
	if (result < 0) {
		/* On a conversation, a stream cut short is a lost connection. */
		if (err->domain == NK_E_SHORT)
			err->domain = NK_E_LOST;
		return -1;
	}
	if (result == 0 && line->len > 0)
		return nk_fail_again(err, NK_E_LOST, 0, "%s: closed the connection within a line",
				     nk_conn_peer(conn));
	if (result == 0)
		return 0;
	line->len--;
	if (line->len > 0 && line->data[line->len - 1] == '\r')
		line->len--;
	line->data[line->len] = '\0';
	return 1;
}

int nk_line_read(struct nk_conn *conn, struct nk_buf *line, struct nk_err *err)
{
	int result = nk_line_read_or_end(conn, line, err);

	if (result == 0)
		return nk_fail_again(err, NK_E_LOST, 0, "%s: closed the connection",
				     nk_conn_peer(conn));
	return result < 0 ? -1 : 0;
}

int nk_line_sendf(struct nk_conn *conn, struct nk_err *err, const char *format, ...)
{
	nk_auto(str) char *text = NULL;
	nk_auto(str) char *line = NULL;
	va_list args;

	va_start(args, format);
	text = nk_vformat(format, args);
	va_end(args);
	if (strlen(text) > NK_LINE_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "a name of %zu bytes is too long to send",
			       strlen(text));
	if (strpbrk(text, "\r\n"))
		return nk_fail(err, NK_E_USAGE, 0, "a name with a line break cannot be sent: %s",
			       text);
	line = nk_format("%s\r\n", text);
	return nk_conn_write(conn, line, strlen(line), err);
}

int nk_line_send_secret(struct nk_conn *conn, const char *prefix, const struct nk_secret *secret,
			struct nk_err *err)
{
	char line[NK_LINE_MAX];
	char shown[128];
	size_t length = strlen(prefix);
	int result;

	if (secret->len > LINE_SECRET_MAX || strpbrk(secret->bytes, "\r\n"))
		return nk_fail(err, NK_E_USAGE, 0,
			       "the secret is over %d bytes long or holds a line break",
			       LINE_SECRET_MAX);
	memcpy(line, prefix, length);
	memcpy(line + length, secret->bytes, secret->len);
	memcpy(line + length + secret->len, "\r\n", 2);
	snprintf(shown, sizeof(shown), "%.64s****\r\n", prefix);
	result = nk_conn_write_as(conn, line, length + secret->len + 2, shown, err);
	nk_secret_wipe(line, sizeof(line));
	return result;
}
