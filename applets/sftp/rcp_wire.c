/* rcp_wire.c - the conversation with a remote scp: lines, replies, bytes. */
#include "rcp.h"

#include <stdio.h>

/* What shells answer when there is no such program. */
#define RCP_STATUS_NO_PROGRAM 127

int rcp_wire_start(struct nk_ssh *ssh, const char *command, struct rcp_wire *wire,
		   struct nk_err *err)
{
	if (nk_ssh_start(ssh, NK_CHANNEL_COMMAND, command, &wire->channel, err) < 0)
		return -1;
	wire->block = nk_alloc(RCP_BLOCK + 1);
	return 0;
}

void rcp_wire_release(struct rcp_wire *wire)
{
	nk_channel_free(wire->channel);
	free(wire->block);
	*wire = (struct rcp_wire)RCP_WIRE_INIT;
}

/* Read more behind what is there. 1, 0 at the end, -1. */
static int read_more(struct rcp_wire *wire, struct nk_err *err)
{
	ssize_t got;

	memmove(wire->block, wire->block + wire->start, wire->end - wire->start);
	wire->end -= wire->start;
	wire->start = 0;
	got = nk_channel_read(wire->channel, wire->block + wire->end, RCP_BLOCK - wire->end, err);
	if (got <= 0)
		return (int)got;
	wire->end += (size_t)got;
	return 1;
}

/* It ended where it must not. */
static int fail_end(struct rcp_wire *wire, struct nk_err *err)
{
	int status = 0;

	if (nk_channel_status(wire->channel, &status, err) < 0)
		return -1;
	if (status == RCP_STATUS_NO_PROGRAM)
		return nk_fail(err, NK_E_UNSUPPORTED, status,
			       "the server has no scp program: try without -O");
	return nk_fail(err, NK_E_SHORT, status, "scp on the server ended early, with status %d",
		       status);
}

/* The line that begins at wire->start, terminated in its place: its length, RCP_NO_LINE at a clean
 * end, -1. */
#define RCP_NO_LINE (-2)
static ssize_t take_line(struct rcp_wire *wire, const char **text, struct nk_err *err)
{
	for (;;) {
		size_t have = wire->end - wire->start;
		char *begin = wire->block + wire->start;
		char *newline = have > 0 ? memchr(begin, '\n', have) : NULL;
		int more;

		if (have > RCP_LINE_MAX && (!newline || newline - begin > RCP_LINE_MAX))
			return nk_fail(err, NK_E_PROTO, 0,
				       "the server sent a line of over %d bytes", RCP_LINE_MAX);
		if (newline) {
			*newline = '\0';
			wire->start += (size_t)(newline - begin) + 1;
			*text = begin;
			return newline - begin;
		}
		more = read_more(wire, err);
		if (more < 0)
			return -1;
		if (more == 0)
			return have == 0 ? RCP_NO_LINE : fail_end(wire, err);
	}
}

int rcp_wire_line(struct rcp_wire *wire, struct rcp_line *line, struct nk_err *err)
{
	const char *text = "";
	ssize_t length = take_line(wire, &text, err);

	if (length == RCP_NO_LINE)
		return 0;
	if (length < 0)
		return -1;
	return rcp_line_parse(text, (size_t)length, line, err) < 0 ? -1 : 1;
}

ssize_t rcp_wire_bytes(struct rcp_wire *wire, size_t size, const char **bytes, struct nk_err *err)
{
	size_t have = wire->end - wire->start;

	if (have == 0) {
		int more = read_more(wire, err);

		if (more <= 0)
			return more < 0 ? -1 : fail_end(wire, err);
		have = wire->end - wire->start;
	}
	if (have > size)
		have = size;
	*bytes = wire->block + wire->start;
	wire->start += have;
	return (ssize_t)have;
}

int rcp_wire_write(struct rcp_wire *wire, const void *bytes, size_t length, struct nk_err *err)
{
	return nk_channel_write(wire->channel, bytes, length, err);
}

int rcp_wire_yes(struct rcp_wire *wire, struct nk_err *err)
{
	return rcp_wire_write(wire, "", 1, err);
}

int rcp_wire_no(struct rcp_wire *wire, const struct nk_err *why, struct nk_err *err)
{
	/* What err holds is escaped: it has no line end of its own. */
	nk_auto(str) char *line = nk_format("\1scp: %s\n", why->msg);

	return rcp_wire_write(wire, line, strlen(line), err);
}

int rcp_wire_reply(struct rcp_wire *wire, struct nk_err *refusal, struct nk_err *err)
{
	struct rcp_line line;
	const char *first = "";
	int more;

	if (rcp_wire_bytes(wire, 1, &first, err) < 0)
		return -1;
	if (*first == '\0')
		return 1;
	wire->start--;
	more = rcp_wire_line(wire, &line, err);
	if (more <= 0)
		return more < 0 ? -1 : fail_end(wire, err);
	if (line.kind == RCP_ERROR)
		return rcp_blame(line.text, err);
	if (line.kind != RCP_WARNING)
		return nk_fail(err, NK_E_PROTO, 0, "the server sent a file where a reply was due");
	rcp_blame(line.text, refusal);
	return 0;
}

int rcp_wire_finish(struct rcp_wire *wire, int *status, struct nk_err *err)
{
	int more;

	if (nk_channel_end(wire->channel, err) < 0)
		return -1;
	do {
		wire->start = wire->end = 0;
		more = read_more(wire, err);
	} while (more > 0);
	if (more < 0 || nk_channel_status(wire->channel, status, err) < 0)
		return -1;
	if (*status == RCP_STATUS_NO_PROGRAM)
		return fail_end(wire, err);
	return 0;
}
