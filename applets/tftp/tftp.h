/*
 * TFTP (RFC 1350) with its options (RFC 2347, 2348, 2349, 7440), private to this folder.
 *
 * packet.c and netascii.c are pure. exchange.c is one transfer's conversation up to the first block:
 * request, negotiation, the server's port, timers; reader.c and writer.c are the rest of it, as
 * streams. proto.c makes an fs of them.
 * classic.c is the command line of the classic tools. tftp.c has the tables.
 */
#ifndef TFTP_H
#define TFTP_H

#include "netkit/applet.h"
#include "netkit/dgram.h"

enum tftp_opcode {
	TFTP_RRQ = 1,
	TFTP_WRQ = 2,
	TFTP_DATA = 3,
	TFTP_ACK = 4,
	TFTP_ERROR = 5,
	TFTP_OACK = 6, /* RFC 2347 */
};

/* RFC 1350 appendix I and RFC 2347. */
enum tftp_error {
	TFTP_ERROR_OTHER = 0,
	TFTP_ERROR_MISSING = 1,
	TFTP_ERROR_DENIED = 2,
	TFTP_ERROR_FULL = 3,
	TFTP_ERROR_OPERATION = 4,
	TFTP_ERROR_TID = 5,
	TFTP_ERROR_EXISTS = 6,
	TFTP_ERROR_USER = 7,
	TFTP_ERROR_OPTION = 8,
};

enum {
	TFTP_HEADER = 4,	      /* opcode and block number, or error code */
	TFTP_REQUEST_MAX = 512,	      /* RFC 2347: a request is no longer than this */
	TFTP_TEXT_MAX = 256,	      /* of an error: what we send, and what is kept of theirs */
	TFTP_BLKSIZE_PLAIN = 512,     /* RFC 1350, without options */
	TFTP_BLKSIZE_ETHERNET = 1428, /* RFC 2348: fits Ethernet with a tunnel's header to spare */
	TFTP_BLKSIZE_MIN = 8,	      /* RFC 2348 */
	TFTP_BLKSIZE_MAX = 65464,     /* RFC 2348 */
	TFTP_WINDOWSIZE_DEFAULT = 64, /* what is asked for when nobody says */
	TFTP_WINDOWSIZE_USED = 32767, /* beyond, block numbers tell no longer what is ahead */
	TFTP_WINDOWSIZE_MAX = 65535,  /* RFC 7440 */
	TFTP_TIMEOUT_MAX = 255,	      /* RFC 2349, seconds */
	TFTP_PACKET_MAX = TFTP_HEADER + TFTP_BLKSIZE_MAX,
};

/* What a request asks for or an OACK grants. 0, or a tsize of -1: not mentioned. */
struct tftp_options {
	int blksize;
	int windowsize;
	int timeout; /* seconds until the server sends again */
	int64_t tsize;
};

#define TFTP_OPTIONS_NONE                                                                          \
	{                                                                                          \
		.tsize = -1                                                                        \
	}

/* A packet that came; pointers are into the bytes that were parsed. */
struct tftp_packet {
	enum tftp_opcode opcode; /* DATA, ACK, ERROR or OACK: nothing else is ever sent to us */
	uint16_t block;		 /* of DATA and ACK */
	const uint8_t *data;	 /* of DATA; after OACK and ACK nothing */
	size_t length;
	int code; /* of ERROR */
	char text
		[TFTP_TEXT_MAX]; /* of ERROR; raw, cut at its NUL or the end, "" when there is none */
	struct tftp_options options; /* of OACK */
};

/* A request in words. */
struct tftp_request {
	enum tftp_opcode opcode; /* RRQ or WRQ */
	const char *name;	 /* exactly as the server shall see it; borrowed */
	bool is_netascii;
	struct tftp_options options;
};

/*
 * Take a packet apart. Fails with protocol for all that is not a whole DATA, ACK, ERROR or OACK; an
 * OACK must have known options only, each once, with a value in its RFC's range. A pure parser.
 */
NK_MUST_CHECK int tftp_packet_parse(struct tftp_packet *packet, const void *bytes, size_t length,
				    struct nk_err *err);

/* Why a packet that could not be parsed is refused: OPTION for an OACK, else OPERATION. */
enum tftp_error tftp_packet_complaint(const void *bytes, size_t length);

/*
 * Build a request; returns its length. Fails with usage when the name is empty, or does not fit
 * beside the options.
 */
NK_MUST_CHECK int tftp_packet_request(uint8_t out[TFTP_REQUEST_MAX],
				      const struct tftp_request *request, struct nk_err *err);

/* The header of DATA, the whole of ACK: TFTP_HEADER bytes. */
void tftp_packet_header(uint8_t *out, enum tftp_opcode opcode, uint16_t block);

/* Build an ERROR; returns its length. */
size_t tftp_packet_error(uint8_t out[TFTP_HEADER + TFTP_TEXT_MAX], enum tftp_error code,
			 const char *text);

/* What an ERROR of the server's means: its domain, by code, and for code 0 by its text. */
enum nk_domain tftp_error_domain(int code, const char *text);

/* What RFC 1350 calls the code: "file not found"; for errors that come without text. */
const char *tftp_error_word(int code);

/* Does a list such as "blksize 1428, windowsize 64" for messages; returns out. */
enum { TFTP_OPTIONS_TEXT = 128 };
const char *tftp_options_text(const struct tftp_options *options, char out[TFTP_OPTIONS_TEXT]);

/*
 * Netascii (RFC 764): a line ends in CR LF, a bare CR is CR NUL. The state carries what one block
 * ends in over to the next.
 */
struct tftp_netascii {
	bool has_cr; /* decoding: a CR whose meaning the next byte tells */
	int second;  /* encoding: the byte that must follow, plus 1; 0: none */
};

/*
 * Translate from the wire to lines that end in LF: takes bytes of in until it is used up or out is
 * full. *taken: bytes of in used. Returns the bytes written. A CR before anything but LF and NUL
 * stays what it is.
 */
size_t tftp_netascii_decode(struct tftp_netascii *state, const uint8_t *in, size_t length,
			    size_t *taken, uint8_t *out, size_t size);

/* The end came: write the CR still kept, if any; returns 0 or 1 byte. */
size_t tftp_netascii_decode_end(struct tftp_netascii *state, uint8_t *out);

/* Translate to the wire, likewise. It is done when all was taken and nothing is_owed. */
size_t tftp_netascii_encode(struct tftp_netascii *state, const uint8_t *in, size_t length,
			    size_t *taken, uint8_t *out, size_t size);
bool tftp_netascii_is_owed(const struct tftp_netascii *state);

/* The applet's options. */
struct tftp_opts {
	int blksize;	/* 0: what the path carries */
	int windowsize; /* 0: what the receive buffer holds, at most TFTP_WINDOWSIZE_DEFAULT */
	int retransmit; /* seconds until the server sends again; 0: as suits the transfer */
	bool ascii;
	bool no_options;
	bool any_address;
};

/* What a transfer is to be. */
struct tftp_transfer {
	enum tftp_opcode opcode; /* RRQ or WRQ */
	const char *name;	 /* borrowed */
	bool is_netascii;
	bool only_size; /* ask for nothing but the size */
	int64_t size;	/* of what will be written, -1 unknown */
};

/*
 * One transfer's conversation: its socket and the server's port, what was agreed, the timers. Whoever
 * drives it reads these fields and changes none.
 */
struct tftp_exchange {
	const struct nk_session *session; /* borrowed */
	const struct tftp_opts *opts;	  /* borrowed */
	struct nk_dgram *dgram;
	struct tftp_transfer transfer; /* its name is owned */
	struct tftp_options wanted;    /* what the next request asks for, unless is_plain */
	struct tftp_options asked;     /* what the server may grant */
	struct tftp_options
		granted;  /* blksize and windowsize always, the others as the server said */
	bool is_answered; /* the server's port (TID) is fixed */
	bool is_over;	  /* one side called it off: the server needs to hear no more */
	bool is_plain;	  /* without options: there is nothing less to ask for */
	int strangers;	  /* how many were answered */
	char stranger[NK_ADDR_TEXT]; /* who answered instead of the server; "" for nobody */
	uint8_t *bytes;		     /* the packet received last, size bytes at most */
	size_t size;
	struct tftp_packet packet; /* what it says */
	double srtt_ms;		   /* measured round trip, 0 before the first (RFC 6298 2) */
	double rttvar_ms;
	int64_t rto_ms;
	nk_time_ms sent_at;   /* of what the next packet answers; 0: it was sent twice (Karn) */
	nk_time_ms resend_at; /* then what was sent last counts as lost */
	nk_time_ms begun;     /* when the server answered */
	nk_time_ms heard;     /* when the transfer went on last */
	nk_time_ms end;	      /* the longest silence ends; or NK_NEVER */
};

/*
 * Send the request until the server answers; then packet is its OACK, DATA 1 or ACK 0 and granted
 * holds. Falls back to a request without options when they are refused or met with silence.
 * Fails with what the server's ERROR means, protocol, timeout, connect, resolve, interrupt.
 */
NK_MUST_CHECK int tftp_exchange_open(const struct nk_session *session,
				     const struct tftp_transfer *transfer,
				     struct tftp_exchange **exchange, struct nk_err *err);

/*
 * The transfer has not begun for so long that its packets must be too large for the path: is there
 * something smaller to try?
 */
bool tftp_exchange_is_stuck(const struct tftp_exchange *exchange);

/* End this one at the server, ask for less (blksize 1428, 512, no options), from another port. */
NK_MUST_CHECK int tftp_exchange_restart(struct tftp_exchange *exchange, struct nk_err *err);

/*
 * Wait for a packet from the server. Returns 1 with packet; 0 when it is time to send again what was
 * sent last. An ERROR is a failure. Fails as tftp_exchange_open, with lost when the server is gone.
 */
NK_MUST_CHECK int tftp_exchange_next(struct tftp_exchange *exchange, struct nk_err *err);

/* Send a whole packet. is_again: it was sent before, so that its answer measures nothing. */
NK_MUST_CHECK int tftp_exchange_send(struct tftp_exchange *exchange, const void *bytes,
				     size_t length, bool is_again, struct nk_err *err);
NK_MUST_CHECK int tftp_exchange_ack(struct tftp_exchange *exchange, uint64_t block, bool is_again,
				    struct nk_err *err);

/* The transfer went on: measure the round trip, and let the silence begin anew. */
void tftp_exchange_progress(struct tftp_exchange *exchange);

/* Tell the server that the transfer ends here. Nothing comes back. */
void tftp_exchange_refuse(struct tftp_exchange *exchange, enum tftp_error code, const char *text);

void tftp_exchange_free(struct tftp_exchange *exchange);
NK_AUTO_HANDLE(tftp_exchange, struct tftp_exchange *, tftp_exchange_free)

/* reader.c, writer.c: a file being moved, as a stream. They fail as the exchange does. */
NK_MUST_CHECK int tftp_reader_open(const struct nk_session *session,
				   const struct tftp_transfer *transfer, struct nk_stream **stream,
				   struct nk_err *err);
NK_MUST_CHECK int tftp_writer_open(const struct nk_session *session,
				   const struct tftp_transfer *transfer, struct nk_stream **stream,
				   struct nk_err *err);

/* proto.c: the server's files, as far as TFTP shows them. */
extern const struct nk_fs_ops tftp_fs;

/* proto.c: what a server grants for the file at path; for "/" for one that it will not have, and then
 * its refusal is a sign of life too. */
int tftp_look(struct nk_session *session, const char *path, struct nk_facts *facts,
	      struct nk_err *err);

/* classic.c: the form without a verb; records.c: the records only it prints. */
extern const struct nk_verb tftp_classic;
extern const struct nk_record *const tftp_records[];

#endif
