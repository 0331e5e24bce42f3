/*
 * One SFTP conversation that many threads share.
 *
 * Requests of all threads are on their way at the same time; replies come in any order and are told
 * apart by their ids. There is no thread that reads: whoever waits for a reply while nobody reads
 * does it, for all, until its own reply is there, and then leaves the reading to another that waits.
 * A conversation that fails fails for everybody at once, and stays dead.
 */
#ifndef SFTP_LINK_H
#define SFTP_LINK_H

#include <pthread.h>

#include "netkit/ssh.h"
#include "packet.h"

/* Requests on their way in one conversation. */
#define SFTP_CALLS_MAX 2048

/* Bytes that were asked for in all conversations of a site, which have to be kept when they come
 * faster than they are read; bytes that are written in one conversation, which are not; and those of
 * one stream, on short and on long ways. A stream may always have one piece. */
#define SFTP_BUDGET_NEAR (2 * 1024 * 1024)
#define SFTP_BUDGET_FAR	 (8 * 1024 * 1024)
#define SFTP_WINDOW_NEAR (2 * 1024 * 1024)
#define SFTP_WINDOW_FAR	 (8 * 1024 * 1024)
#define SFTP_FAR_MS	 10

/* Bytes of one READ or WRITE: at most, and where the server does not say what it takes. */
#define SFTP_PIECE_MAX	 (128 * 1024)
#define SFTP_PIECE_USUAL (32 * 1024)

struct sftp_link;

/* A thread that may have to wait. */
struct sftp_waiter {
	pthread_cond_t woken;
	struct sftp_waiter *next; /* of those that wait on one link */
};

/* A request and its reply. */
struct sftp_call {
	struct sftp_link *link; /* NULL: nothing was asked */
	uint32_t id;
	size_t most; /* longest body accepted */
	bool is_sent;
	nk_time_ms sent_at;
	bool is_answered;
	uint8_t type;
	size_t length;
	uint8_t *body;		    /* owned */
	struct sftp_waiter *waiter; /* who waits for it */
};

/* Bytes that are claimed by the readers of all conversations of a site. */
struct sftp_budget {
	_Atomic size_t claimed;
};

/*
 * Start the conversation over a channel, which is taken over with its session when this succeeds.
 * budget: borrowed. Fails with protocol (the server speaks something else; says what), unsupported
 * (too old a version), lost, timeout.
 */
NK_MUST_CHECK int sftp_link_open(struct nk_ssh *ssh, struct nk_channel *channel,
				 struct sftp_budget *budget, struct sftp_link **link,
				 struct nk_err *err);

/* Nobody uses it any more. Accepts NULL. */
void sftp_link_free(struct sftp_link *link);

const char *sftp_link_peer(const struct sftp_link *link);
struct nk_ssh *sftp_link_ssh(const struct sftp_link *link);
unsigned sftp_link_extensions(const struct sftp_link *link);
const struct nk_buf *sftp_link_version(const struct sftp_link *link); /* the body of VERSION */
bool sftp_link_is_dead(struct sftp_link *link);

/* Is the connection, which nobody uses just now, still there as far as can be seen? One that is not is
 * dead from now on. */
bool sftp_link_is_alive(struct sftp_link *link);

/* How large a READ or WRITE may be, and how many bytes of one stream may be on their way. */
size_t sftp_link_piece(struct sftp_link *link, bool is_write);
size_t sftp_link_window(struct sftp_link *link);

/* The shortest round trip seen, where the server is far away; else 0. */
int64_t sftp_link_far_ms(struct sftp_link *link);

/* May so many bytes more be on their way, for a stream that has own on theirs? They are counted then,
 * until they are given back. */
bool sftp_link_claim(struct sftp_link *link, bool is_write, size_t own, size_t bytes);
void sftp_link_give_back(struct sftp_link *link, bool is_write, size_t bytes);

/* Bytes that were asked for and have not yet been read from the channel are read, should they be so
 * many that the server could wait for that while we wait for the server. */
NK_MUST_CHECK int sftp_link_make_way(struct sftp_link *link, struct sftp_waiter *waiter,
				     struct nk_err *err);

/* An open file of the server's, counted while it is; waits for another to be closed where the server
 * has said that it has no more. */
NK_MUST_CHECK int sftp_link_take_handle(struct sftp_link *link, struct nk_err *err);
void sftp_link_leave_handle(struct sftp_link *link);

/* The server has refused to open one more. true: others are open, so that trying again after a
 * while makes sense. */
bool sftp_link_is_crowded(struct sftp_link *link);

/*
 * Take an id for a request of this type; most: longest body of a reply that is no refusal. What was
 * asked for with this call before is dropped. Fails with whatever ended the conversation.
 */
NK_MUST_CHECK int sftp_call_begin(struct sftp_call *call, struct sftp_link *link,
				  enum sftp_type type, size_t most, struct nk_err *err);

/* End the request that was begun with the call's id. Fails with usage: a path is too long. */
NK_MUST_CHECK int sftp_call_end(struct sftp_call *call, struct sftp_request *request, size_t extra,
				struct nk_err *err);

/* Send what was put together, all of it in one piece; out is empty afterwards. */
NK_MUST_CHECK int sftp_link_send(struct sftp_link *link, struct nk_buf *out, struct nk_err *err);

/* The same, and length bytes after it: the data of a WRITE. */
NK_MUST_CHECK int sftp_link_send_data(struct sftp_link *link, struct nk_buf *out, const void *bytes,
				      size_t length, struct nk_err *err);

/* Wait for the reply. */
NK_MUST_CHECK int sftp_call_wait(struct sftp_call *call, struct sftp_waiter *waiter,
				 struct nk_err *err);

/* Has the reply come? Does not wait. */
bool sftp_call_is_answered(struct sftp_call *call);

/* Forget the request and its reply, which may still come. */
void sftp_call_drop(struct sftp_call *call);

NK_AUTO(call, struct sftp_call, sftp_call_drop)

#endif
