/* exchange.c - one TFTP conversation: request, negotiation, port, timers (RFC 1350 4, RFC 2347). */
#include "tftp.h"

#include <stdio.h>

#include "netkit/log.h"

/* Retransmission: before anything was measured, and its bounds (RFC 6298 2, with a shorter least
 * because a lost packet stops everything here). */
#define TFTP_RTO_FIRST_MS 1000
#define TFTP_RTO_LEAST_MS 100
#define TFTP_RTO_MOST_MS  8000

/* Requests to one address before the next address, or a request without options, is tried. */
#define TFTP_REQUESTS_AS_ASKED 2

/* A transfer that has not begun after this long is tried with less. */
#define TFTP_PATIENCE_MS 3000

/* The window's bytes: what is asked of our receive buffer when nobody says, what a server's buffer is
 * trusted to hold (Linux: 208 KiB with overhead), and what we keep to send again. */
#define TFTP_WINDOW_READ_BYTES	(1 << 20)
#define TFTP_WINDOW_WRITE_BYTES (128 << 10)
#define TFTP_WINDOW_WRITE_MAX	(4 << 20)

/* Seconds after which the server sends again (RFC 2349). A server gives up after a few times that, so
 * it is longer where a pipe may pause. */
#define TFTP_RETRANSMIT_S      2
#define TFTP_RETRANSMIT_PIPE_S 10

/* Strangers that are answered in one transfer: we are nobody's reflector. */
#define TFTP_STRANGERS_MAX 16

/* Packets looked at for a reason once the server is gone: more than any window we ask for holds. */
#define TFTP_LAST_WORDS_MAX 256

/* The smallest receive buffer: an ERROR or OACK may be longer than a small blksize. */
#define TFTP_RECEIVE_LEAST 1024

static int lesser(int a, int b)
{
	return a < b ? a : b;
}

static int greater(int a, int b)
{
	return a > b ? a : b;
}

/* How many packets of blksize may be on their way at once. */
static int choose_windowsize(struct tftp_exchange *exchange, int blksize)
{
	int asked = exchange->opts->windowsize;
	int most = lesser(asked > 0 ? asked : TFTP_WINDOWSIZE_DEFAULT, TFTP_WINDOWSIZE_USED);
	int packet = blksize + TFTP_HEADER;

	if (exchange->transfer.opcode == TFTP_WRQ) {
		int bytes = asked > 0 ? TFTP_WINDOW_WRITE_MAX : TFTP_WINDOW_WRITE_BYTES;

		return greater(1, lesser(most, bytes / packet));
	}
	if (asked == 0)
		most = greater(1, lesser(most, TFTP_WINDOW_READ_BYTES / packet));
	most = lesser(most, INT32_MAX / packet);
	return greater(
		1, lesser(most, nk_dgram_reserve(exchange->dgram, packet, most * packet) / packet));
}

/* Ask for packets of blksize, and for as many at once as go well with that. */
static void choose_blksize(struct tftp_exchange *exchange, int blksize)
{
	int windowsize = choose_windowsize(exchange, blksize);

	exchange->wanted.blksize = blksize;
	/* One at a time is what every server does unasked (RFC 7440 3). */
	exchange->wanted.windowsize = windowsize > 1 ? windowsize : 0;
	exchange->size = (size_t)greater(TFTP_RECEIVE_LEAST, blksize) + TFTP_HEADER;
	exchange->bytes = nk_realloc(exchange->bytes, exchange->size);
}

static int choose_timeout(const struct tftp_exchange *exchange)
{
	if (exchange->opts->retransmit > 0)
		return exchange->opts->retransmit;
	return exchange->transfer.opcode == TFTP_WRQ && exchange->transfer.size < 0
		       ? TFTP_RETRANSMIT_PIPE_S
		       : TFTP_RETRANSMIT_S;
}

/* What is asked for at first. */
static void choose_options(struct tftp_exchange *exchange)
{
	const struct tftp_transfer *transfer = &exchange->transfer;
	int blksize = exchange->opts->blksize;

	if (blksize == 0)
		blksize = nk_dgram_payload_max(exchange->dgram) - TFTP_HEADER;
	blksize = greater(TFTP_BLKSIZE_MIN, lesser(TFTP_BLKSIZE_MAX, blksize));
	exchange->is_plain = exchange->opts->no_options;
	exchange->wanted = (struct tftp_options)TFTP_OPTIONS_NONE;
	choose_blksize(exchange,
		       transfer->only_size || exchange->is_plain ? TFTP_BLKSIZE_PLAIN : blksize);
	exchange->wanted.timeout = choose_timeout(exchange);
	if (transfer->only_size)
		exchange->wanted = (struct tftp_options)TFTP_OPTIONS_NONE;
	/* The size on the wire is not the file's when lines are translated. */
	if (!transfer->is_netascii)
		exchange->wanted.tsize = transfer->opcode == TFTP_RRQ ? 0 : transfer->size;
}

/* Ask for less than was granted. */
static void choose_less(struct tftp_exchange *exchange)
{
	int granted = exchange->granted.blksize;

	if (granted > TFTP_BLKSIZE_PLAIN)
		choose_blksize(exchange, granted > TFTP_BLKSIZE_ETHERNET ? TFTP_BLKSIZE_ETHERNET
									 : TFTP_BLKSIZE_PLAIN);
	else
		exchange->is_plain = true;
}

static bool is_past(nk_time_ms time)
{
	return nk_clock_left(time) == 0;
}

static void measure(struct tftp_exchange *exchange, double ms)
{
	double off;

	if (exchange->srtt_ms == 0) {
		exchange->srtt_ms = ms;
		exchange->rttvar_ms = ms / 2;
	} else {
		off = ms > exchange->srtt_ms ? ms - exchange->srtt_ms : exchange->srtt_ms - ms;
		exchange->rttvar_ms += (off - exchange->rttvar_ms) / 4;
		exchange->srtt_ms += (ms - exchange->srtt_ms) / 8;
	}
	exchange->rto_ms = (int64_t)(exchange->srtt_ms + 4 * exchange->rttvar_ms);
	if (exchange->rto_ms < TFTP_RTO_LEAST_MS)
		exchange->rto_ms = TFTP_RTO_LEAST_MS;
	if (exchange->rto_ms > TFTP_RTO_MOST_MS)
		exchange->rto_ms = TFTP_RTO_MOST_MS;
}

/* When a silence that begins now is too long. */
static nk_time_ms silence_from(const struct tftp_exchange *exchange, nk_time_ms now)
{
	int64_t most_ms = exchange->session->target.net->timeout_ms;

	return most_ms > 0 ? now + most_ms : NK_NEVER;
}

void tftp_exchange_progress(struct tftp_exchange *exchange)
{
	nk_time_ms now = nk_clock_now();

	if (exchange->sent_at != 0)
		measure(exchange, (double)(now - exchange->sent_at));
	exchange->sent_at = 0;
	exchange->heard = now;
	exchange->resend_at = now + exchange->rto_ms;
	exchange->end = silence_from(exchange, now);
}

/* The server's ERROR as ours. */
static int fail_by_server(const struct tftp_packet *packet, struct nk_err *err)
{
	return nk_fail(err, tftp_error_domain(packet->code, packet->text), packet->code,
		       "the server says \"%s\" (error %d)",
		       packet->text[0] ? packet->text : tftp_error_word(packet->code),
		       packet->code);
}

/* The server's port is closed. It may have said why before: that waits in line behind the news. */
static int fail_lost(struct tftp_exchange *exchange, struct nk_err *err)
{
	if (!exchange->is_answered || err->domain != NK_E_CONNECT)
		return -1;
	err->domain = NK_E_LOST;
	exchange->is_over = true;
	for (int i = 0; i < TFTP_LAST_WORDS_MAX; i++) {
		struct nk_err ignored = NK_ERR_INIT;
		struct nk_addr from;
		ssize_t got = nk_dgram_receive(exchange->dgram, exchange->bytes, exchange->size,
					       nk_clock_now(), &from, &ignored);

		if (got == NK_DGRAM_SILENCE)
			return -1;
		if (got < 0 || (size_t)got > exchange->size ||
		    !nk_dgram_is_peer(exchange->dgram, &from) ||
		    tftp_packet_parse(&exchange->packet, exchange->bytes, (size_t)got, &ignored) <
			    0)
			continue;
		if (exchange->packet.opcode == TFTP_ERROR)
			return fail_by_server(&exchange->packet, err);
	}
	return -1;
}

int tftp_exchange_send(struct tftp_exchange *exchange, const void *bytes, size_t length,
		       bool is_again, struct nk_err *err)
{
	nk_time_ms now = nk_clock_now();

	exchange->sent_at = is_again ? 0 : now;
	/* We may have been busy with our own end for long: the server's silence begins now. */
	if (exchange->is_answered && !is_again)
		exchange->end = silence_from(exchange, now);
	exchange->resend_at = now + exchange->rto_ms;
	if (nk_dgram_send(exchange->dgram, bytes, length, err) < 0)
		return fail_lost(exchange, err);
	return 0;
}

int tftp_exchange_ack(struct tftp_exchange *exchange, uint64_t block, bool is_again,
		      struct nk_err *err)
{
	uint8_t ack[TFTP_HEADER];

	tftp_packet_header(ack, TFTP_ACK, (uint16_t)block);
	return tftp_exchange_send(exchange, ack, sizeof(ack), is_again, err);
}

void tftp_exchange_refuse(struct tftp_exchange *exchange, enum tftp_error code, const char *text)
{
	uint8_t error[TFTP_HEADER + TFTP_TEXT_MAX];
	size_t length = tftp_packet_error(error, code, text);
	struct nk_err ignored = NK_ERR_INIT;

	if (!exchange->is_answered || exchange->is_over)
		return;
	exchange->is_over = true;
	if (nk_dgram_send(exchange->dgram, error, length, &ignored) < 0)
		nk_log(NK_LOG_DEBUG, "%s", ignored.msg);
}

/* RFC 1350 4: whoever answers from another port gets an error, and nothing else happens. */
static void answer_stranger(struct tftp_exchange *exchange, const struct nk_addr *from)
{
	uint8_t error[TFTP_HEADER + TFTP_TEXT_MAX];
	char who[NK_ADDR_TEXT];
	size_t length = tftp_packet_error(error, TFTP_ERROR_TID, "unknown transfer ID");

	nk_log(NK_LOG_INFO, "%s: ignored a packet from %s", nk_dgram_peer(exchange->dgram),
	       nk_addr_text(from, who));
	if (!exchange->is_answered)
		nk_addr_text(from, exchange->stranger);
	if (exchange->strangers++ < TFTP_STRANGERS_MAX)
		nk_dgram_send_to(exchange->dgram, from, error, length);
}

/* Nothing came in time. 0: send again; -1: it has been too long. */
static int fall_silent(struct tftp_exchange *exchange, struct nk_err *err)
{
	const char *peer = nk_dgram_peer(exchange->dgram);

	if (is_past(exchange->end) && exchange->stranger[0])
		return nk_fail_again(err, NK_E_TIMEOUT, 0,
				     "%s: no answer, but one came from %s (--any-address takes it)",
				     peer, exchange->stranger);
	if (is_past(exchange->end))
		return nk_fail_again(err, NK_E_TIMEOUT, 0, "%s: %s", peer,
				     exchange->is_answered ? "the server fell silent"
							   : "no answer");
	exchange->rto_ms *= 2;
	if (exchange->rto_ms > TFTP_RTO_MOST_MS)
		exchange->rto_ms = TFTP_RTO_MOST_MS;
	exchange->resend_at = nk_clock_after(exchange->rto_ms);
	return 0;
}

/* A packet that the server should not have sent. */
static int refuse_packet(struct tftp_exchange *exchange, size_t length, const struct nk_addr *from,
			 const struct nk_err *err)
{
	if (!exchange->is_answered)
		nk_dgram_fix_peer(exchange->dgram, from);
	exchange->is_answered = true;
	tftp_exchange_refuse(exchange, tftp_packet_complaint(exchange->bytes, length), err->msg);
	return -1;
}

/* Whose packet is it, and what does it say? 1: packet is set; 0: ignore it. */
static int judge(struct tftp_exchange *exchange, size_t length, const struct nk_addr *from,
		 struct nk_err *err)
{
	bool is_anyone = exchange->opts->any_address && !exchange->is_answered;

	if (!is_anyone && !nk_dgram_is_peer(exchange->dgram, from)) {
		answer_stranger(exchange, from);
		return 0;
	}
	if (length > exchange->size) {
		nk_fail(err, NK_E_PROTO, 0, "the server sent a packet of %zu bytes", length);
		return refuse_packet(exchange, length, from, err);
	}
	if (tftp_packet_parse(&exchange->packet, exchange->bytes, length, err) < 0)
		return refuse_packet(exchange, length, from, err);
	if (!exchange->is_answered || exchange->packet.opcode != TFTP_ERROR)
		return 1;
	exchange->is_over = true;
	return fail_by_server(&exchange->packet, err);
}

/* As tftp_exchange_next, and tells who sent it. */
static int next_from(struct tftp_exchange *exchange, struct nk_addr *from, struct nk_err *err)
{
	for (;;) {
		nk_time_ms until = nk_clock_earlier(exchange->resend_at, exchange->end);
		ssize_t got = nk_dgram_receive(exchange->dgram, exchange->bytes, exchange->size,
					       until, from, err);
		int judged;

		if (got == NK_DGRAM_SILENCE)
			return fall_silent(exchange, err);
		if (got < 0)
			return fail_lost(exchange, err);
		judged = judge(exchange, (size_t)got, from, err);
		if (judged != 0)
			return judged;
		/* Strangers must not keep us from our work. */
		if (is_past(until))
			return fall_silent(exchange, err);
	}
}

int tftp_exchange_next(struct tftp_exchange *exchange, struct nk_err *err)
{
	struct nk_addr from;

	return next_from(exchange, &from, err);
}

/* Does the OACK grant only what was asked for, and not more of it? */
static bool is_acceptable(const struct tftp_options *asked, const struct tftp_options *granted)
{
	return granted->blksize <= asked->blksize && granted->windowsize <= asked->windowsize &&
	       (granted->timeout == 0 || asked->timeout > 0) &&
	       (granted->tsize < 0 || asked->tsize >= 0);
}

/* What the first answer agrees to. */
static int agree(struct tftp_exchange *exchange, struct nk_err *err)
{
	const struct tftp_packet *packet = &exchange->packet;
	char granted[TFTP_OPTIONS_TEXT];
	char asked[TFTP_OPTIONS_TEXT];

	tftp_options_text(&packet->options, granted);
	if (!is_acceptable(&exchange->asked, &packet->options)) {
		tftp_exchange_refuse(exchange, TFTP_ERROR_OPTION, "more than was asked for");
		return nk_fail(err, NK_E_PROTO, 0,
			       "the server grants more than was asked for: %s, not %s", granted,
			       tftp_options_text(&exchange->asked, asked));
	}
	exchange->granted = packet->options;
	if (exchange->granted.blksize == 0)
		exchange->granted.blksize = TFTP_BLKSIZE_PLAIN;
	if (exchange->granted.windowsize == 0)
		exchange->granted.windowsize = 1;
	exchange->is_plain = packet->opcode != TFTP_OACK;
	nk_log(NK_LOG_INFO, "%s: the server grants %s", nk_dgram_peer(exchange->dgram), granted);
	return 0;
}

/* An answer to the request: 1 it is one, 0 it belongs to another transfer, -1 it is none. */
static int take_answer(struct tftp_exchange *exchange, const struct nk_addr *from,
		       struct nk_err *err)
{
	const struct tftp_packet *packet = &exchange->packet;
	bool is_read = exchange->transfer.opcode == TFTP_RRQ;
	enum tftp_opcode expected = is_read ? TFTP_DATA : TFTP_ACK;

	/* What an earlier transfer from this port left on the way is no answer to this one. */
	if (packet->opcode == expected && packet->block != (is_read ? 1 : 0) &&
	    packet->block != 0) {
		answer_stranger(exchange, from);
		return 0;
	}
	nk_dgram_fix_peer(exchange->dgram, from);
	exchange->is_answered = true;
	exchange->begun = nk_clock_now();
	if (packet->opcode == TFTP_OACK ||
	    (packet->opcode == expected && packet->block == is_read)) {
		tftp_exchange_progress(exchange);
		return agree(exchange, err) < 0 ? -1 : 1;
	}
	tftp_exchange_refuse(exchange, TFTP_ERROR_OPERATION, "not an answer to the request");
	return nk_fail(err, NK_E_PROTO, 0, "the server answers the request with %s %u",
		       packet->opcode == TFTP_DATA ? "DATA" : "ACK", packet->block);
}

static int send_request(struct tftp_exchange *exchange, bool is_again, struct nk_err *err)
{
	const struct tftp_transfer *transfer = &exchange->transfer;
	struct tftp_request request = {
		.opcode = transfer->opcode,
		.name = transfer->name,
		.is_netascii = transfer->is_netascii,
		.options = exchange->wanted,
	};
	uint8_t bytes[TFTP_REQUEST_MAX];
	char options[TFTP_OPTIONS_TEXT];
	int length = exchange->is_plain ? -1 : tftp_packet_request(bytes, &request, err);

	if (length < 0) {
		/* A name may be so long that there is room for it alone. */
		exchange->is_plain = true;
		request.options = (struct tftp_options)TFTP_OPTIONS_NONE;
		length = tftp_packet_request(bytes, &request, err);
	} else {
		exchange->asked = request.options;
	}
	if (length < 0)
		return -1;
	nk_log(NK_LOG_INFO, "%s: %s \"%s\", %s, %s", nk_dgram_peer(exchange->dgram),
	       request.opcode == TFTP_RRQ ? "read" : "write", request.name,
	       request.is_netascii ? "netascii" : "octet",
	       tftp_options_text(&request.options, options));
	return tftp_exchange_send(exchange, bytes, (size_t)length, is_again, err);
}

/* Begin at the address that the socket is for now. */
static void start_over(struct tftp_exchange *exchange)
{
	const struct nk_net_policy *net = exchange->session->target.net;

	exchange->rto_ms = TFTP_RTO_FIRST_MS;
	exchange->srtt_ms = 0;
	exchange->is_answered = false;
	exchange->is_over = false;
	exchange->end = nk_clock_earlier(nk_clock_after(net->timeout_ms),
					 nk_clock_after(net->connect_timeout_ms));
}

/* Nobody answers, or the host refuses: has the name another address? */
static bool turn_to_next(struct tftp_exchange *exchange)
{
	if (!nk_dgram_next_address(exchange->dgram))
		return false;
	choose_options(exchange);
	start_over(exchange);
	return true;
}

/* An ERROR before anything else. 0: ask again, without options. */
static int take_refusal(struct tftp_exchange *exchange, struct nk_err *err)
{
	fail_by_server(&exchange->packet, err);
	if (exchange->packet.code != TFTP_ERROR_OPTION || exchange->is_plain)
		return -1;
	nk_log(NK_LOG_INFO, "%s: %s; asking without options", nk_dgram_peer(exchange->dgram),
	       err->msg);
	exchange->is_plain = true;
	return 0;
}

/* Wait for the answer to one request. 1: it came; 0: ask again. */
static int await_answer(struct tftp_exchange *exchange, struct nk_err *err)
{
	for (;;) {
		struct nk_addr from;
		int got = next_from(exchange, &from, err);

		if (got <= 0)
			return got;
		if (exchange->packet.opcode == TFTP_ERROR)
			return take_refusal(exchange, err);
		got = take_answer(exchange, &from, err);
		if (got != 0 || is_past(exchange->resend_at))
			return got;
	}
}

/* Send the request until it is answered. */
static int ask(struct tftp_exchange *exchange, struct nk_err *err)
{
	int requests = 0;

	start_over(exchange);
	for (;;) {
		int got;

		if (send_request(exchange, requests++ > 0, err) < 0)
			return -1;
		got = await_answer(exchange, err);
		if (got > 0)
			return 0;
		if (got < 0 && (err->domain != NK_E_CONNECT || !turn_to_next(exchange)))
			return -1;
		if (got < 0)
			requests = 0;
		if (requests < TFTP_REQUESTS_AS_ASKED)
			continue;
		if (turn_to_next(exchange))
			requests = 0;
		else
			exchange->is_plain = true;
	}
}

int tftp_exchange_open(const struct nk_session *session, const struct tftp_transfer *transfer,
		       struct tftp_exchange **exchange, struct nk_err *err)
{
	nk_auto(tftp_exchange) struct tftp_exchange *made = nk_alloc(sizeof(*made));

	made->session = session;
	made->opts = session->opts;
	made->transfer = *transfer;
	made->transfer.name = nk_strdup(transfer->name);
	made->asked = (struct tftp_options)TFTP_OPTIONS_NONE;
	if (nk_dgram_open(&session->target, &made->dgram, err) < 0)
		return -1;
	choose_options(made);
	if (ask(made, err) < 0)
		return -1;
	*exchange = nk_take(made);
	return 0;
}

bool tftp_exchange_is_stuck(const struct tftp_exchange *exchange)
{
	int64_t patience_ms = TFTP_PATIENCE_MS;
	int64_t most_ms = exchange->session->target.net->timeout_ms;

	if (most_ms > 0 && most_ms / 4 < patience_ms)
		patience_ms = most_ms / 4;
	return !exchange->is_plain && is_past(exchange->begun + patience_ms);
}

int tftp_exchange_restart(struct tftp_exchange *exchange, struct nk_err *err)
{
	struct nk_dgram *dgram;

	tftp_exchange_refuse(exchange, TFTP_ERROR_OTHER, "trying smaller packets");
	if (nk_dgram_open(&exchange->session->target, &dgram, err) < 0)
		return -1;
	nk_log(NK_LOG_INFO, "%s: packets of blksize %d do not come through; asking for less",
	       nk_dgram_peer(dgram), exchange->granted.blksize);
	nk_dgram_free(exchange->dgram);
	exchange->dgram = dgram;
	choose_less(exchange);
	return ask(exchange, err);
}

void tftp_exchange_free(struct tftp_exchange *exchange)
{
	if (!exchange)
		return;
	nk_dgram_free(exchange->dgram);
	free((char *)exchange->transfer.name);
	free(exchange->bytes);
	free(exchange);
}
