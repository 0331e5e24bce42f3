/* reply.c - three-digit replies (RFC 959 4.2, RFC 5321 4.2). */
#include "netkit/reply.h"

#include "netkit/line.h"
#include "netkit/num.h"

/* Most lines of one reply: enough for any HELP. */
#define REPLY_LINES_MAX 1024

/* How much of a line that is no reply the message shows. */
#define REPLY_SHOWN_MAX 100

static bool reply_code(const char *line, size_t length, int *code)
{
	uint64_t value;

	if (length < 3 || !nk_num_span(line, 3, 699, &value) || value < 100)
		return false;
	*code = (int)value;
	return true;
}

static enum nk_reply_state reply_add(struct nk_reply *reply, bool first, const char *text,
				     size_t length, enum nk_reply_state state)
{
	if ((!first && nk_buf_add_char(&reply->text, '\n') < 0) ||
	    nk_buf_add(&reply->text, text, length) < 0)
		return NK_REPLY_BAD;
	return state;
}

enum nk_reply_state nk_reply_take_line(struct nk_reply *reply, bool first, const char *line,
				       size_t length)
{
	int code = 0;
	bool has_code = reply_code(line, length, &code);
	char after = length > 3 ? line[3] : ' ';
	size_t skip = length > 3 ? 4 : 3;

	if (first) {
		if (!has_code || (after != ' ' && after != '-'))
			return NK_REPLY_BAD;
		reply->code = code;
		nk_buf_clear(&reply->text);
		return reply_add(reply, true, line + skip, length - skip,
				 after == '-' ? NK_REPLY_MORE : NK_REPLY_DONE);
	}
	/* RFC 959 4.2: the last line repeats the code, and a space; servers also repeat "code-". */
	if (has_code && code == reply->code && (after == ' ' || after == '-'))
		return reply_add(reply, false, line + skip, length - skip,
				 after == ' ' ? NK_REPLY_DONE : NK_REPLY_MORE);
	return reply_add(reply, false, line, length, NK_REPLY_MORE);
}

int nk_reply_read(struct nk_conn *conn, struct nk_reply *reply, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(NK_REPLY_LINE_MAX);

	for (int i = 0; i < REPLY_LINES_MAX; i++) {
		enum nk_reply_state state;

		if (nk_line_read(conn, &line, err) < 0)
			return -1;
		state = nk_reply_take_line(reply, i == 0, line.data, line.len);
		if (state == NK_REPLY_DONE)
			return 0;
		if (state == NK_REPLY_BAD && i == 0)
			return nk_fail(err, NK_E_PROTO, 0, "%s: not a reply: %.*s",
				       nk_conn_peer(conn), REPLY_SHOWN_MAX, line.data);
		if (state == NK_REPLY_BAD)
			break;
	}
	return nk_fail(err, NK_E_PROTO, 0, "%s: a reply without end", nk_conn_peer(conn));
}

int nk_reply_class(const struct nk_reply *reply)
{
	return reply->code / 100;
}

void nk_reply_release(struct nk_reply *reply)
{
	nk_buf_release(&reply->text);
}
