/* link.c - one SFTP conversation that many threads share: requests, replies, waiting. */
#include "linkstate.h"

#include "netkit/wait.h"

/* Bodies larger than this are kept for the next one. */
#define LINK_BLOCK_FROM (64 * 1024)
#define LINK_BLOCK_SIZE (SFTP_PIECE_MAX + 4)

/* Ids are the index in the table and a count of its uses. */
#define LINK_INDEX_MASK (SFTP_CALLS_MAX - 1)
_Static_assert((SFTP_CALLS_MAX & LINK_INDEX_MASK) == 0, "a power of two");

/* From here on a WRITE is not copied behind its header. */
#define LINK_DATA_APART (64 * 1024)

/* ---- the end of it ---- */

/* Under the lock. */
static void link_die(struct sftp_link *link, const struct nk_err *err)
{
	if (link->is_dead)
		return;
	link->is_dead = true;
	link->broken_by = *err;
	for (struct sftp_waiter *waiter = link->waiters; waiter; waiter = waiter->next)
		pthread_cond_signal(&waiter->woken);
	pthread_cond_broadcast(&link->has_handle);
}

static int link_fail(struct sftp_link *link, struct nk_err *err)
{
	pthread_mutex_lock(&link->lock);
	link_die(link, err);
	pthread_mutex_unlock(&link->lock);
	return -1;
}

/* Under the lock: what was begun before the end fails with its reason, what comes later is told to
 * dial anew. */
int sftp_link_refuse(const struct sftp_link *link, bool was_begun, struct nk_err *err)
{
	if (nk_interrupt_check(err) < 0)
		return -1;
	*err = link->broken_by;
	if (!was_begun && err->domain != NK_E_INTERRUPT && err->domain != NK_E_TERMINATE) {
		err->domain = NK_E_LOST;
		err->again = true;
	}
	return -1;
}

bool sftp_link_is_dead(struct sftp_link *link)
{
	bool is_dead;

	pthread_mutex_lock(&link->lock);
	is_dead = link->is_dead;
	pthread_mutex_unlock(&link->lock);
	return is_dead;
}

bool sftp_link_is_alive(struct sftp_link *link)
{
	struct nk_err err = NK_ERR_INIT;

	if (sftp_link_is_dead(link))
		return false;
	if (nk_channel_is_alive(link->channel))
		return true;
	nk_fail_again(&err, NK_E_LOST, 0, "%s: the server closed the connection",
		      sftp_link_peer(link));
	(void)link_fail(link, &err);
	return false;
}

/* ---- bodies ---- */

/* Under the lock, as are all of these. */
static uint8_t *link_body_new(struct sftp_link *link, size_t length)
{
	if (length <= LINK_BLOCK_FROM || length > LINK_BLOCK_SIZE)
		return nk_realloc(NULL, length > 0 ? length : 1);
	if (link->spare_count > 0)
		return link->spare[--link->spare_count];
	return nk_realloc(NULL, LINK_BLOCK_SIZE);
}

static void link_body_free(struct sftp_link *link, uint8_t *body, size_t length)
{
	bool is_block = body && length > LINK_BLOCK_FROM && length <= LINK_BLOCK_SIZE;

	if (is_block && link->spare_count < LINK_SPARE_MAX)
		link->spare[link->spare_count++] = body;
	else
		free(body);
}

/* ---- reading ---- */

/* Whoever reads calls this, without the lock: the next bytes. */
static int link_read(struct sftp_link *link, void *bytes, size_t size, size_t *length,
		     struct nk_err *err)
{
	ssize_t got = nk_channel_read(link->channel, bytes, size, err);

	if (got < 0)
		return -1;
	if (got == 0)
		return nk_fail_again(err, NK_E_LOST, 0, "%s: the server ended the session",
				     sftp_link_peer(link));
	*length = (size_t)got;
	return 0;
}

/* See to it that so many bytes are in the buffer. */
int sftp_link_fill(struct sftp_link *link, size_t size, struct nk_err *err)
{
	size_t got = 0;

	if (link->in_end - link->in_start >= size)
		return 0;
	memmove(link->in, link->in + link->in_start, link->in_end - link->in_start);
	link->in_end -= link->in_start;
	link->in_start = 0;
	while (link->in_end < size) {
		if (link_read(link, link->in + link->in_end, sizeof(link->in) - link->in_end, &got,
			      err) < 0)
			return -1;
		link->in_end += got;
	}
	return 0;
}

/* length bytes: those in the buffer, then the rest without passing through it. */
static int link_take(struct sftp_link *link, uint8_t *bytes, size_t length, struct nk_err *err)
{
	size_t have = link->in_end - link->in_start;
	size_t got = 0;

	if (have > length)
		have = length;
	memcpy(bytes, link->in + link->in_start, have);
	link->in_start += have;
	while (have < length) {
		if (link_read(link, bytes + have, length - have, &got, err) < 0)
			return -1;
		have += got;
	}
	return 0;
}

/* May a request be answered so? A refusal always may. */
static bool link_is_due(enum sftp_type request, uint8_t reply)
{
	switch (request) {
	case SFTP_OPEN:
	case SFTP_OPENDIR:
		return reply == SFTP_HANDLE;
	case SFTP_READ:
		return reply == SFTP_DATA;
	case SFTP_READDIR:
	case SFTP_REALPATH:
	case SFTP_READLINK:
		return reply == SFTP_NAME;
	case SFTP_STAT:
	case SFTP_LSTAT:
	case SFTP_FSTAT:
		return reply == SFTP_ATTRS;
	case SFTP_EXTENDED:
		return reply == SFTP_EXTENDED_REPLY || reply == SFTP_NAME;
	default:
		return false;
	}
}

/* Under the lock: the request that a reply with this id answers, and how long its body may be. */
static int link_find(struct sftp_link *link, const struct sftp_header *header,
		     struct link_slot **slot, struct nk_err *err)
{
	struct link_slot *found = &link->slots[header->id & LINK_INDEX_MASK];
	size_t body = header->length - (SFTP_HEADER_SIZE - 4);
	size_t most = found->most;

	if (!found->is_used || found->id != header->id || (found->call && !found->call->is_sent))
		return nk_fail(err, NK_E_PROTO, 0, "%s: a reply to no request: id %u, type %u",
			       sftp_link_peer(link), header->id, header->type);
	if (header->type != SFTP_STATUS && !link_is_due(found->type, header->type))
		return nk_fail(err, NK_E_PROTO, 0, "%s: a reply of type %u to a request of type %d",
			       sftp_link_peer(link), header->type, (int)found->type);
	/* A refusal may be wordy. */
	if (header->type == SFTP_STATUS && most < SFTP_PIECE_USUAL)
		most = SFTP_PIECE_USUAL;
	if (body > most)
		return nk_fail(err, NK_E_PROTO, 0,
			       "%s: a reply of type %u with %zu bytes, at most %zu were asked for",
			       sftp_link_peer(link), header->type, body, most);
	*slot = found;
	return 0;
}

static void link_slot_free(struct sftp_link *link, struct link_slot *slot)
{
	slot->is_used = false;
	slot->call = NULL;
	if (slot->type == SFTP_READ)
		link->unread -= slot->most;
}

/* Under the lock: the reply is whole. */
static void link_answer(struct sftp_link *link, struct link_slot *slot,
			const struct sftp_header *header, uint8_t *body)
{
	size_t length = header->length - (SFTP_HEADER_SIZE - 4);
	struct sftp_call *call = slot->call;

	link_slot_free(link, slot);
	if (!call) {
		link_body_free(link, body, length);
		return;
	}
	call->is_answered = true;
	call->type = header->type;
	call->length = length;
	call->body = body;
	if (call->waiter)
		pthread_cond_signal(&call->waiter->woken);
}

static int link_check_header(const struct sftp_link *link, const struct sftp_header *header,
			     struct nk_err *err)
{
	if (header->length < SFTP_HEADER_SIZE - 4 || header->length > SFTP_PACKET_MAX)
		return nk_fail(err, NK_E_PROTO, 0, "%s: a packet of %u bytes", sftp_link_peer(link),
			       header->length);
	if ((header->type < SFTP_STATUS || header->type > SFTP_ATTRS) &&
	    header->type != SFTP_EXTENDED_REPLY)
		return nk_fail(err, NK_E_PROTO, 0, "%s: a packet of type %u where a reply is due",
			       sftp_link_peer(link), header->type);
	return 0;
}

/* Read one packet and hand it to whom it is for. Without the lock, by the one that reads. */
static int link_receive(struct sftp_link *link, struct nk_err *err)
{
	struct sftp_header header;
	struct link_slot *slot = NULL;
	uint8_t *body = NULL;
	int result;

	if (sftp_link_fill(link, SFTP_HEADER_SIZE, err) < 0)
		return -1;
	sftp_parse_header(link->in + link->in_start, &header);
	if (link_check_header(link, &header, err) < 0)
		return -1;
	pthread_mutex_lock(&link->lock);
	result = link_find(link, &header, &slot, err);
	if (result == 0)
		body = link_body_new(link, header.length - (SFTP_HEADER_SIZE - 4));
	pthread_mutex_unlock(&link->lock);
	if (result < 0)
		return -1;
	link->in_start += SFTP_HEADER_SIZE;
	if (link_take(link, body, header.length - (SFTP_HEADER_SIZE - 4), err) < 0) {
		free(body);
		return -1;
	}
	pthread_mutex_lock(&link->lock);
	link_answer(link, slot, &header, body);
	pthread_mutex_unlock(&link->lock);
	return 0;
}

/* Is a whole packet in the buffer? By the one that reads. */
static bool link_has_packet(const struct sftp_link *link)
{
	size_t have = link->in_end - link->in_start;
	struct sftp_header header;

	if (have < SFTP_HEADER_SIZE)
		return false;
	sftp_parse_header(link->in + link->in_start, &header);
	return have - 4 >= header.length;
}

/* Under the lock, which is let go meanwhile: one packet, and all others that have come with it. */
static void link_step(struct sftp_link *link)
{
	struct nk_err err = NK_ERR_INIT;
	int result;

	link->is_reading = true;
	pthread_mutex_unlock(&link->lock);
	do {
		result = link_receive(link, &err);
	} while (result == 0 && link_has_packet(link));
	pthread_mutex_lock(&link->lock);
	link->is_reading = false;
	if (result < 0)
		link_die(link, &err);
}

/* ---- waiting ---- */

static void link_enqueue(struct sftp_link *link, struct sftp_waiter *waiter)
{
	struct sftp_waiter **end = &link->waiters;

	while (*end)
		end = &(*end)->next;
	waiter->next = NULL;
	*end = waiter;
}

static void link_dequeue(struct sftp_link *link, struct sftp_waiter *waiter)
{
	struct sftp_waiter **at = &link->waiters;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
}

/* Under the lock: until the call is answered (NULL: one step) or all is over. */
void sftp_link_wait(struct sftp_link *link, struct sftp_call *call, struct sftp_waiter *waiter)
{
	bool is_done = false;

	link_enqueue(link, waiter);
	if (call)
		call->waiter = waiter;
	while (!is_done && !link->is_dead && !(call && call->is_answered)) {
		if (link->is_reading)
			pthread_cond_wait(&waiter->woken, &link->lock);
		else
			link_step(link);
		is_done = !call;
	}
	if (call)
		call->waiter = NULL;
	link_dequeue(link, waiter);
	/* The next one reads on. */
	if (!link->is_reading && link->waiters)
		pthread_cond_signal(&link->waiters->woken);
}

static void link_note_round_trip(struct sftp_link *link, const struct sftp_call *call)
{
	int64_t took = nk_clock_now() - call->sent_at;

	if (link->round_trip_ms < 0 || took < link->round_trip_ms)
		link->round_trip_ms = took;
}

int sftp_call_wait(struct sftp_call *call, struct sftp_waiter *waiter, struct nk_err *err)
{
	struct sftp_link *link = call->link;
	int result = 0;

	pthread_mutex_lock(&link->lock);
	if (!call->is_answered) {
		sftp_link_wait(link, call, waiter);
		if (call->is_answered)
			link_note_round_trip(link, call);
	}
	if (!call->is_answered)
		result = sftp_link_refuse(link, true, err);
	pthread_mutex_unlock(&link->lock);
	return result;
}

bool sftp_call_is_answered(struct sftp_call *call)
{
	bool is_answered;

	pthread_mutex_lock(&call->link->lock);
	is_answered = call->is_answered;
	pthread_mutex_unlock(&call->link->lock);
	return is_answered;
}

/* ---- requests ---- */

/* Under the lock: a free place in the table, NULL when there is none. */
static struct link_slot *link_slot_new(struct sftp_link *link)
{
	for (unsigned tries = 0; tries < SFTP_CALLS_MAX; tries++) {
		unsigned index = link->next_slot++ & LINK_INDEX_MASK;
		struct link_slot *slot = &link->slots[index];

		if (slot->is_used)
			continue;
		slot->id = link->generation++ * SFTP_CALLS_MAX + index;
		slot->is_used = true;
		return slot;
	}
	return NULL;
}

int sftp_call_begin(struct sftp_call *call, struct sftp_link *link, enum sftp_type type,
		    size_t most, struct nk_err *err)
{
	struct sftp_waiter waiter = { .woken = PTHREAD_COND_INITIALIZER };
	struct link_slot *slot = NULL;
	int result = 0;

	sftp_call_drop(call);
	pthread_mutex_lock(&link->lock);
	while (!link->is_dead && !(slot = link_slot_new(link)))
		sftp_link_wait(link, NULL, &waiter);
	if (slot) {
		*call = (struct sftp_call){ .link = link, .id = slot->id, .most = most };
		slot->call = call;
		slot->type = type;
		slot->most = most;
		if (type == SFTP_READ)
			link->unread += most;
	} else {
		result = sftp_link_refuse(link, false, err);
	}
	pthread_mutex_unlock(&link->lock);
	return result;
}

int sftp_call_end(struct sftp_call *call, struct sftp_request *request, size_t extra,
		  struct nk_err *err)
{
	if (sftp_request_end(request, extra) == 0) {
		pthread_mutex_lock(&call->link->lock);
		call->is_sent = true;
		call->sent_at = nk_clock_now();
		pthread_mutex_unlock(&call->link->lock);
		return 0;
	}
	sftp_call_drop(call);
	return nk_fail(err, NK_E_USAGE, 0, "the path is too long");
}

void sftp_call_drop(struct sftp_call *call)
{
	struct sftp_link *link = call->link;
	struct link_slot *slot;

	if (!link)
		return;
	pthread_mutex_lock(&link->lock);
	slot = &link->slots[call->id & LINK_INDEX_MASK];
	if (slot->is_used && slot->call == call && call->is_sent)
		slot->call = NULL;
	else if (slot->is_used && slot->call == call)
		link_slot_free(link, slot);
	link_body_free(link, call->body, call->length);
	pthread_mutex_unlock(&link->lock);
	*call = (struct sftp_call){ .link = NULL };
}

int sftp_link_send_data(struct sftp_link *link, struct nk_buf *out, const void *bytes,
			size_t length, struct nk_err *err)
{
	bool is_apart = length >= LINK_DATA_APART || nk_buf_add(out, bytes, length) < 0;
	int result;

	pthread_mutex_lock(&link->send_lock);
	result = nk_channel_write(link->channel, out->data, out->len, err);
	if (result == 0 && is_apart && length > 0)
		result = nk_channel_write(link->channel, bytes, length, err);
	pthread_mutex_unlock(&link->send_lock);
	nk_buf_clear(out);
	return result < 0 ? link_fail(link, err) : 0;
}

int sftp_link_send(struct sftp_link *link, struct nk_buf *out, struct nk_err *err)
{
	return out->len > 0 ? sftp_link_send_data(link, out, NULL, 0, err) : 0;
}
