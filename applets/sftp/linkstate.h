/*
 * What a conversation consists of, for the files that implement it.
 */
#ifndef SFTP_LINKSTATE_H
#define SFTP_LINKSTATE_H

#include "link.h"

/* What is read from the channel at a time; the rest of a larger packet goes to its place. */
#define LINK_IN_SIZE (32 * 1024)

/* Bodies that are kept for the next one. */
#define LINK_SPARE_MAX 16

/* A request that is on its way. */
struct link_slot {
	uint32_t id;
	bool is_used;
	enum sftp_type type;	/* of the request */
	struct sftp_call *call; /* NULL: whoever asked does not care any more */
	size_t most;
};

struct sftp_link {
	struct nk_ssh *ssh;	    /* owned */
	struct nk_channel *channel; /* owned */
	struct sftp_budget *budget; /* borrowed */
	unsigned extensions;
	struct nk_buf version; /* body of the server's VERSION */

	pthread_mutex_t send_lock;

	/* Of the thread that reads. */
	uint8_t in[LINK_IN_SIZE];
	size_t in_start;
	size_t in_end;

	pthread_mutex_t lock; /* of all that follows */
	bool is_reading;
	bool is_dead;
	struct nk_err broken_by;
	struct sftp_waiter *waiters; /* first in, first out */
	struct link_slot slots[SFTP_CALLS_MAX];
	unsigned next_slot;
	uint32_t generation;
	void *spare[LINK_SPARE_MAX];
	int spare_count;

	struct sftp_call limits_call;
	bool has_limits;
	size_t read_piece;
	size_t write_piece;
	int64_t round_trip_ms;	    /* the shortest seen, -1: none */
	struct sftp_budget written; /* bytes of WRITEs on their way */
	size_t unread;		    /* bytes of DATA that will come */
	size_t handles;
	size_t handles_most; /* 0: not known */
	pthread_cond_t has_handle;
};

/* Under the lock: see that an interrupt, or what ended the conversation, is in err. What was begun
 * before the end fails with its reason, what comes later is told to dial anew. Returns -1. */
int sftp_link_refuse(const struct sftp_link *link, bool was_begun, struct nk_err *err);

/* Under the lock, let go meanwhile: until the call is answered (NULL: one step) or all is over. */
void sftp_link_wait(struct sftp_link *link, struct sftp_call *call, struct sftp_waiter *waiter);

/* Whoever reads calls this, without the lock: see to it that so many bytes, at most LINK_IN_SIZE, are
 * in the buffer. */
NK_MUST_CHECK int sftp_link_fill(struct sftp_link *link, size_t size, struct nk_err *err);

#endif
