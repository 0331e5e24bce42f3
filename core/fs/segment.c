/* segment.c - one large file over several connections. */
#include "segment.h"

#include "blame.h"
#include "enough.h"
#include "netkit/log.h"
#include "netkit/pool.h"
#include "netkit/thread.h"
#include "netkit/wait.h"
#include "ranges.h"
#include "shares.h"

#define SEGMENT_BUFFER	   (256 * 1024)
#define SEGMENT_LOOK_MS	   250
#define SEGMENT_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

struct crew;

/* One connection, and its thread but for the first one's, which is the caller's. */
struct segment {
	struct crew *crew;
	pthread_t thread;
	struct nk_end source;
	struct nk_end target;
	struct nk_fs *own_source; /* NULL: the run's; owned */
	struct nk_fs *own_target; /* likewise */
	struct nk_stream *in;
	struct nk_stream *out; /* NULL: the crew's */
	int64_t position;      /* of both streams */
	int64_t limit;	       /* where the source's stream may end */
	int64_t begun;	     /* where the target's own stream began: behind it nothing is certain */
	nk_time_ms asked_at; /* when the source was opened and gave nothing yet; 0: it has */
	int64_t opening_ms;  /* how long that took the last time */
	char *buffer;	     /* owned */
	bool is_lost;	     /* a session of it failed */
};

/* All of them. */
struct crew {
	struct nk_segments *segments;
	struct nk_entry before; /* the source, as it has to stay */
	struct segment *first;
	int enough_fd; /* who has no session yet needs none any more */

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t has_changed;
	struct nk_shares shares;
	int alive;	   /* segments that have not failed */
	bool is_stopped;   /* nobody goes on */
	bool is_looked_at; /* somebody has seen to it that the source is still the same */
	struct nk_err err; /* why it fails, when it is stopped */
};

/* --- ends --- */

/* Enough was read, or too much: the server is told, and what it says to that changes nothing. */
static void close_in(struct segment *self)
{
	struct nk_err err = NK_ERR_INIT;

	if (!self->in || nk_stream_close(nk_take(self->in), &err) == 0)
		return;
	nk_log(NK_LOG_DEBUG, "%s", err.msg);
	self->is_lost = self->is_lost || nk_fs_is_session_error(err.domain);
}

/* Everything that was written is stored. */
static int close_out(struct segment *self, struct nk_err *err)
{
	return self->out ? nk_stream_close(nk_take(self->out), err) : 0;
}

static void abandon(struct segment *self)
{
	nk_stream_abandon(nk_take(self->in));
	nk_stream_abandon(nk_take(self->out));
}

static nk_time_ms deadline_of(const struct crew *crew)
{
	const struct nk_net_policy *net = crew->segments->run->how->net;

	return net ? net->deadline : NK_NEVER;
}

/* The source is not what it was: what is there of it is a mixture. */
static int fail_changed(struct segment *self, struct nk_err *err)
{
	pthread_mutex_lock(&self->crew->lock);
	self->crew->segments->has_other = true;
	pthread_mutex_unlock(&self->crew->lock);
	return nk_fail_again(err, NK_E_SHORT, 0, "%s: the source has changed just now",
			     self->source.path);
}

static int open_in(struct segment *self, int64_t at, int64_t end, struct nk_err *err)
{
	const struct crew *crew = self->crew;
	const struct nk_open_how how = {
		.direction = NK_READ,
		.offset = at,
		.length = end - at,
		.size = crew->before.size,
		.deadline = deadline_of(crew),
	};

	if (nk_fs_open(self->source.fs, self->source.path, &how, &self->in, err) < 0)
		return -1;
	self->limit = end;
	if ((self->in->size >= 0 && self->in->size != crew->before.size) ||
	    (self->in->mtime != NK_ENTRY_NO_TIME && crew->before.mtime != NK_ENTRY_NO_TIME &&
	     self->in->mtime != crew->before.mtime))
		return fail_changed(self, err);
	return 0;
}

static int open_out(struct segment *self, int64_t at, int64_t end, struct nk_err *err)
{
	const struct nk_copy_how *copy = self->crew->segments->run->how;
	const struct nk_open_how how = {
		.direction = NK_WRITE,
		.offset = at,
		.length = end - at,
		.size = self->crew->before.size,
		.sync = copy->sync,
		.deadline = deadline_of(self->crew),
	};

	return nk_fs_open(self->target.fs, self->target.path, &how, &self->out, err);
}

/* See to it that both streams stand at the beginning of what is fetched next. */
static int position(struct segment *self, int64_t at, int64_t end, struct nk_err *err)
{
	bool has_own = !self->crew->segments->out;

	if (self->position != at) {
		close_in(self);
		if (close_out(self, err) < 0)
			return -1;
	}
	self->position = at;
	if (has_own && !self->out)
		self->begun = at;
	if (!self->in) {
		self->asked_at = nk_clock_now();
		if (open_in(self, at, end, err) < 0)
			return -1;
	}
	return has_own && !self->out ? open_out(self, at, end, err) : 0;
}

/* Nothing is left to be done, or nobody shall do it: those that have no session yet, too, are told. */
static void call_off(struct crew *crew)
{
	nk_enough(crew->enough_fd);
	nk_spares_stop(crew->segments->run->spares);
}

/* --- one share --- */

/* How much of it is left, with what is behind it where nobody has that. */
static int64_t left_of(struct segment *self, int index, int64_t *at)
{
	struct crew *crew = self->crew;
	struct nk_share *share = &crew->shares.items[index];
	int64_t left;

	pthread_mutex_lock(&crew->lock);
	if (share->at == share->end)
		nk_shares_join(&crew->shares, index);
	*at = share->at;
	left = share->end - share->at;
	pthread_mutex_unlock(&crew->lock);
	return left;
}

static int write_piece(struct segment *self, size_t length, struct nk_err *err)
{
	struct nk_stream *out = self->crew->segments->out;

	if (out)
		return out->ops->write_at(out, self->position, self->buffer, length, err);
	return nk_stream_write(self->out, self->buffer, length, err);
}

/* Read at most so many bytes and put them where they belong. */
static ssize_t move_some(struct segment *self, int64_t left, struct nk_err *err)
{
	struct crew *crew = self->crew;
	const struct nk_copy_how *how = crew->segments->run->how;
	size_t most =
		nk_limit_step(how->limit, left < SEGMENT_BUFFER ? (size_t)left : SEGMENT_BUFFER);
	ssize_t got;

	if (nk_clock_left(deadline_of(crew)) == 0)
		return nk_fail(err, NK_E_TIMEOUT, 0, "%s: the deadline has passed",
			       self->source.path);
	if (nk_interrupt_check(err) < 0)
		return -1;
	got = nk_stream_read(self->in, self->buffer, most, err);
	if (got <= 0)
		return got;
	if (self->asked_at != 0)
		self->opening_ms = nk_clock_now() - self->asked_at;
	self->asked_at = 0;
	if (write_piece(self, (size_t)got, err) < 0) {
		nk_fs_blame_local(self->target.fs->ops, NK_E_WRITE, err);
		return -1;
	}
	self->position += got;
	if (how->moved)
		atomic_fetch_add_explicit(how->moved, got, memory_order_relaxed);
	return nk_limit_took(how->limit, (size_t)got, deadline_of(crew), err) < 0 ? -1 : got;
}

static void advance(struct segment *self, int index, int64_t length)
{
	struct crew *crew = self->crew;

	pthread_mutex_lock(&crew->lock);
	crew->shares.items[index].at += length;
	crew->segments->moved += length;
	pthread_mutex_unlock(&crew->lock);
}

/* The last bytes of the file: there are no more, and the server says that these were all. Where it did
 * not begin where it was told, there are. */
static int prove_end(struct segment *self, struct nk_err *err)
{
	ssize_t got = nk_stream_read(self->in, self->buffer, 1, err);

	if (got > 0) {
		fail_changed(self, err);
		return nk_fail_again(
			err, NK_E_SHORT, 0,
			"%s: announced %lld bytes, sent more: it has changed, or the server "
			"does not begin where it is told (--segments=1)",
			self->source.path, (long long)self->crew->before.size);
	}
	return got < 0 ? -1 : nk_stream_close(nk_take(self->in), err);
}

static int end_share(struct segment *self, int index, struct nk_err *err)
{
	struct crew *crew = self->crew;
	bool are_all;

	if (self->position == crew->before.size && prove_end(self, err) < 0)
		return -1;
	if (close_out(self, err) < 0)
		return -1;
	pthread_mutex_lock(&crew->lock);
	crew->shares.items[index].is_finished = true;
	are_all = nk_shares_are_finished(&crew->shares);
	if (are_all)
		pthread_cond_broadcast(&crew->has_changed);
	pthread_mutex_unlock(&crew->lock);
	if (are_all)
		call_off(crew);
	return 0;
}

static bool is_stopped(struct crew *crew)
{
	bool is_it;

	pthread_mutex_lock(&crew->lock);
	is_it = crew->is_stopped;
	pthread_mutex_unlock(&crew->lock);
	return is_it;
}

static int fetch(struct segment *self, int index, struct nk_err *err)
{
	struct crew *crew = self->crew;
	int64_t at;
	int64_t left;

	while ((left = left_of(self, index, &at)) > 0 && !is_stopped(crew)) {
		if (position(self, at, at + left, err) < 0)
			return -1;
		/* Others halve a share far before what is being read. */
		ssize_t got = move_some(self, left, err);

		/* It ended where it was to: what others left behind that is asked for anew. */
		if (got == 0 && at == self->limit) {
			close_in(self);
			continue;
		}
		if (got == 0)
			return nk_fail_again(
				err, NK_E_SHORT, 0, "%s: announced %lld bytes, ended after %lld",
				self->source.path, (long long)crew->before.size, (long long)at);
		if (got < 0)
			return -1;
		advance(self, index, got);
	}
	return left == 0 ? end_share(self, index, err) : 0;
}

/* --- the work of one segment --- */

/* Leave a share to others, as far as it is not certain. */
static void give_back(struct segment *self, int index)
{
	struct crew *crew = self->crew;
	const struct nk_copy_how *how = crew->segments->run->how;
	struct nk_share *share = &crew->shares.items[index];
	int64_t certain = share->at;

	if (!crew->segments->out)
		certain = self->begun;
	else if (certain == crew->before.size)
		certain--; /* it arrived, but the server did not say that it was all */
	crew->segments->moved -= share->at - certain;
	if (how->moved)
		atomic_fetch_sub(how->moved, share->at - certain);
	share->at = certain;
	nk_shares_leave(&crew->shares, index);
}

static bool is_fatal(const struct segment *self, const struct nk_err *err)
{
	const struct crew *crew = self->crew;
	bool is_write = err->domain == NK_E_WRITE || err->domain == NK_E_FULL;

	return err->domain == NK_E_INTERRUPT || err->domain == NK_E_TERMINATE || is_write ||
	       crew->segments->has_other || nk_clock_left(deadline_of(crew)) == 0;
}

/* This one fails: the others go on with what it had, if there are any. */
static void fail(struct segment *self, int index, const struct nk_err *err)
{
	struct crew *crew = self->crew;
	bool is_over;

	pthread_mutex_lock(&crew->lock);
	if (index >= 0)
		give_back(self, index);
	crew->alive--;
	/* The first one's reason is the one of interest, unless another must end it all. */
	if (!crew->is_stopped &&
	    (self == crew->first || crew->err.domain == NK_E_NONE || is_fatal(self, err)))
		crew->err = *err;
	if (is_fatal(self, err) || crew->alive == 0)
		crew->is_stopped = true;
	else
		nk_log(NK_LOG_INFO, "one segment less: %s", err->msg);
	is_over = crew->is_stopped;
	pthread_cond_broadcast(&crew->has_changed);
	pthread_mutex_unlock(&crew->lock);
	if (is_over)
		call_off(crew);
	abandon(self);
}

/* Under the lock. One that was fast may not be any more: it is looked again after a while. */
static void wait_for_change(struct crew *crew)
{
	nk_cond_wait(&crew->has_changed, &crew->lock, nk_clock_after(SEGMENT_LOOK_MS));
}

/* Take a share; waiting for one that another may leave. false: all is over. */
static bool take(struct segment *self, int *index)
{
	struct crew *crew = self->crew;
	bool is_over = false;

	*index = -1;
	pthread_mutex_lock(&crew->lock);
	while (!is_over && *index < 0) {
		is_over = crew->is_stopped || nk_shares_are_finished(&crew->shares);
		if (!is_over)
			*index = nk_shares_take(&crew->shares, nk_clock_now(), self->opening_ms);
		if (is_over || *index >= 0)
			continue;
		if (self->in) {
			/* Nobody shall wait with a server that sends. */
			pthread_mutex_unlock(&crew->lock);
			close_in(self);
			pthread_mutex_lock(&crew->lock);
			continue;
		}
		wait_for_change(crew);
	}
	pthread_mutex_unlock(&crew->lock);
	return *index >= 0;
}

static bool is_as_before(const struct nk_entry *before, const struct nk_entry *now)
{
	return (now->size < 0 || now->size == before->size) &&
	       (now->mtime == NK_ENTRY_NO_TIME || before->mtime == NK_ENTRY_NO_TIME ||
		now->is_rough || now->mtime == before->mtime);
}

/* All is there: is the source what it was when it was begun? Who comes first asks. */
static int look_again(struct segment *self, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(SEGMENT_STAT_ARENA);
	struct crew *crew = self->crew;
	struct nk_entry now = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;
	bool is_mine;

	pthread_mutex_lock(&crew->lock);
	is_mine = !crew->is_looked_at && !crew->is_stopped;
	crew->is_looked_at = crew->is_looked_at || is_mine;
	pthread_mutex_unlock(&crew->lock);
	if (!is_mine || !self->source.fs->ops->stat)
		return 0;
	if (nk_fs_stat(self->source.fs, self->source.path, &arena, &now, &refused) < 0) {
		if (!nk_fs_is_session_error(refused.domain) && refused.domain != NK_E_MISSING)
			return 0;
		*err = refused;
		return -1;
	}
	if (now.kind == NK_KIND_LINK || is_as_before(&crew->before, &now))
		return 0;
	return fail_changed(self, err);
}

static void work(struct segment *self)
{
	struct nk_err err = NK_ERR_INIT;
	int index = -1;

	self->buffer = nk_realloc(NULL, SEGMENT_BUFFER);
	while (take(self, &index)) {
		if (fetch(self, index, &err) < 0) {
			self->is_lost = nk_fs_is_session_error(err.domain);
			fail(self, index, &err);
			return;
		}
	}
	/* A server that still sends answers nothing else. */
	close_in(self);
	if (look_again(self, &err) < 0) {
		pthread_mutex_lock(&self->crew->lock);
		self->crew->err = err;
		self->crew->is_stopped = true;
		pthread_mutex_unlock(&self->crew->lock);
	}
	abandon(self);
}

/* --- the others --- */

static int mount_like(const struct nk_run *run, const struct nk_fs *fs, struct nk_fs **own,
		      struct nk_end *end, struct nk_err *err)
{
	const struct nk_place place = { .ops = fs->ops, .session = fs->session };

	*own = nk_spares_take(run->spares, fs);
	if (!*own && nk_fs_mount(&place, own, err) < 0)
		return -1;
	end->fs = *own;
	return 0;
}

static int mount_ends(struct segment *self, struct nk_err *err)
{
	const struct nk_run *run = self->crew->segments->run;
	int result;

	nk_wait_until_readable(self->crew->enough_fd);
	result = mount_like(run, run->source->fs, &self->own_source, &self->source, err);
	if (result == 0 && !self->crew->segments->out)
		result = mount_like(run, run->target->fs, &self->own_target, &self->target, err);
	nk_wait_until_readable(-1);
	return result;
}

static void *segment_main(void *argument)
{
	struct segment *self = argument;
	struct nk_err err = NK_ERR_INIT;

	if (mount_ends(self, &err) < 0)
		fail(self, -1, &err);
	else
		work(self);
	free(self->buffer);
	nk_fs_unmount(self->own_source);
	nk_fs_unmount(self->own_target);
	return NULL;
}

/* How many there shall be. */
static int count_of(const struct nk_run *run, const struct nk_shares *shares)
{
	int wanted = nk_segments_most(run->how, run->large_most);
	int enough = nk_shares_takers(shares);

	return wanted < enough ? wanted : enough;
}

static struct segment *new_segments(struct crew *crew, int count)
{
	struct segment *all = nk_alloc((size_t)count * sizeof(*all));
	const struct nk_run *run = crew->segments->run;
	const char *target = crew->segments->target;

	for (int i = 0; i < count; i++) {
		all[i] = (struct segment){
			.crew = crew,
			.source = *run->source,
			.target = { run->target->fs, target ? target : run->target->path },
			.position = -1,
		};
	}
	crew->first = all;
	return all;
}

static void run_all(struct crew *crew, int count)
{
	struct segment *all = new_segments(crew, count);
	int started = 1;

	crew->alive = count;
	while (started < count &&
	       nk_thread_start(&all[started].thread, segment_main, &all[started]))
		started++;
	pthread_mutex_lock(&crew->lock);
	crew->alive -= count - started;
	pthread_mutex_unlock(&crew->lock);
	work(&all[0]);
	for (int i = 1; i < started; i++)
		pthread_join(all[i].thread, NULL);
	crew->segments->is_worn = all[0].is_lost;
	free(all[0].buffer);
	free(all);
}

/* --- all of it --- */

/* The source as it is now. A listing may be older than it is. */
static int look_first(struct crew *crew, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(SEGMENT_STAT_ARENA);
	const struct nk_segments *segments = crew->segments;
	const struct nk_end *source = segments->run->source;
	struct nk_entry now = NK_ENTRY_INIT;

	crew->before = (struct nk_entry)NK_ENTRY_INIT;
	crew->before.size = segments->plan->size;
	crew->before.mtime = segments->plan->mtime;
	if (segments->plan->is_exact || !source->fs->ops->stat)
		return 0;
	if (nk_fs_stat(source->fs, source->path, &arena, &now, err) < 0)
		return -1;
	if (now.kind == NK_KIND_LINK)
		return 0;
	if (now.size >= 0 && now.size != crew->before.size)
		return nk_fail_again(err, NK_E_SHORT, 0, "%s: announced %lld bytes, has %lld now",
				     source->path, (long long)crew->before.size,
				     (long long)now.size);
	crew->before.mtime = now.mtime;
	return 0;
}

int nk_segments_move(struct nk_segments *segments, struct nk_err *err)
{
	static const struct nk_ranges nothing;
	struct nk_stream *out = segments->out;
	const struct nk_ranges *held = out ? out->ops->held(out) : &nothing;
	const struct nk_run *run = segments->run;
	struct crew crew = { .segments = segments };
	int count;

	if (look_first(&crew, err) < 0)
		return -1;
	crew.shares = nk_shares_new(held, crew.before.size,
				    run->how->segments > 1 ? run->how->segments : 1);
	crew.enough_fd = nk_enough_new();
	pthread_mutex_init(&crew.lock, NULL);
	nk_cond_init(&crew.has_changed);
	count = count_of(run, &crew.shares);
	nk_log(NK_LOG_INFO, "%s: %lld bytes in %d segments", run->source->path,
	       (long long)nk_shares_missing(&crew.shares), count);
	if (run->how->wanted)
		atomic_store(run->how->wanted, nk_shares_missing(&crew.shares));
	run_all(&crew, count);
	pthread_cond_destroy(&crew.has_changed);
	pthread_mutex_destroy(&crew.lock);
	nk_enough_free(crew.enough_fd);
	nk_shares_release(&crew.shares);
	if (crew.is_stopped)
		*err = crew.err;
	return crew.is_stopped ? -1 : 0;
}
