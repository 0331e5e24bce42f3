/* linkshare.c - what the users of one conversation share out: bytes on their way, open files. */
#include "linkstate.h"

#include <stdatomic.h>

#include "netkit/thread.h"
#include "netkit/wait.h"

/* So much that the server sends fits on the way, whoever reads or does not. */
#define LINK_UNREAD_MAX (256 * 1024)

/* How long another file may have to wait for one to be closed, where the server has no more handles;
 * it is looked this often whether all is over. */
#define LINK_HANDLE_MS	    10000
#define LINK_HANDLE_STEP_MS 200

/* ---- bytes ---- */

/* Under the lock: what the server has said of its limits, once it has. */
static void link_learn_limits(struct sftp_link *link)
{
	struct sftp_call *call = &link->limits_call;
	struct sftp_limits limits;

	if (!call->is_answered || link->has_limits)
		return;
	link->has_limits = true;
	if (call->type != SFTP_EXTENDED_REPLY ||
	    !sftp_parse_limits(call->body, call->length, &limits))
		return;
	if (limits.read > 0)
		link->read_piece = limits.read < SFTP_PIECE_MAX ? limits.read : SFTP_PIECE_MAX;
	if (limits.write > 0)
		link->write_piece = limits.write < SFTP_PIECE_MAX ? limits.write : SFTP_PIECE_MAX;
	if (limits.handles > 0 && limits.handles < SIZE_MAX)
		link->handles_most = limits.handles;
}

size_t sftp_link_piece(struct sftp_link *link, bool is_write)
{
	size_t piece;

	pthread_mutex_lock(&link->lock);
	link_learn_limits(link);
	piece = is_write ? link->write_piece : link->read_piece;
	pthread_mutex_unlock(&link->lock);
	return piece;
}

int64_t sftp_link_far_ms(struct sftp_link *link)
{
	int64_t round_trip_ms;

	pthread_mutex_lock(&link->lock);
	round_trip_ms = link->round_trip_ms;
	pthread_mutex_unlock(&link->lock);
	return round_trip_ms >= SFTP_FAR_MS ? round_trip_ms : 0;
}

static bool link_is_far(struct sftp_link *link)
{
	return sftp_link_far_ms(link) > 0;
}

size_t sftp_link_window(struct sftp_link *link)
{
	return link_is_far(link) ? SFTP_WINDOW_FAR : SFTP_WINDOW_NEAR;
}

static struct sftp_budget *link_budget(struct sftp_link *link, bool is_write)
{
	return is_write ? &link->written : link->budget;
}

bool sftp_link_claim(struct sftp_link *link, bool is_write, size_t own, size_t bytes)
{
	struct sftp_budget *budget = link_budget(link, is_write);
	size_t before = atomic_fetch_add(&budget->claimed, bytes);

	if (own == 0 || before + bytes <= (link_is_far(link) ? SFTP_BUDGET_FAR : SFTP_BUDGET_NEAR))
		return true;
	atomic_fetch_sub(&budget->claimed, bytes);
	return false;
}

void sftp_link_give_back(struct sftp_link *link, bool is_write, size_t bytes)
{
	atomic_fetch_sub(&link_budget(link, is_write)->claimed, bytes);
}

int sftp_link_make_way(struct sftp_link *link, struct sftp_waiter *waiter, struct nk_err *err)
{
	int result = 0;

	pthread_mutex_lock(&link->lock);
	while (!link->is_dead && !link->is_reading && link->unread > LINK_UNREAD_MAX)
		sftp_link_wait(link, NULL, waiter);
	if (link->is_dead)
		result = sftp_link_refuse(link, true, err);
	pthread_mutex_unlock(&link->lock);
	return result;
}

/* ---- open files ---- */

/* Under the lock, which is let go meanwhile. */
static void link_wait_for_handle(struct sftp_link *link)
{
	nk_cond_wait(&link->has_handle, &link->lock, nk_clock_after(LINK_HANDLE_STEP_MS));
}

int sftp_link_take_handle(struct sftp_link *link, struct nk_err *err)
{
	nk_time_ms enough = nk_clock_after(LINK_HANDLE_MS);
	int result = 0;

	pthread_mutex_lock(&link->lock);
	link_learn_limits(link);
	while (result == 0 && !link->is_dead && link->handles_most > 0 &&
	       link->handles >= link->handles_most && nk_clock_left(enough) > 0) {
		link_wait_for_handle(link);
		result = nk_interrupt_check(err);
	}
	if (result == 0)
		link->handles++;
	pthread_mutex_unlock(&link->lock);
	return result;
}

void sftp_link_leave_handle(struct sftp_link *link)
{
	pthread_mutex_lock(&link->lock);
	link->handles--;
	pthread_cond_signal(&link->has_handle);
	pthread_mutex_unlock(&link->lock);
}

bool sftp_link_is_crowded(struct sftp_link *link)
{
	bool is_crowded;

	pthread_mutex_lock(&link->lock);
	is_crowded = link->handles > 0;
	if (is_crowded)
		link->handles_most = link->handles;
	pthread_mutex_unlock(&link->lock);
	return is_crowded;
}
