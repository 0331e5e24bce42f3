/* pump.c - bytes from one stream to another. */
#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netkit/log.h"
#include "netkit/wait.h"

/* To a disk 1 MiB at a time is a third faster than 256 KiB, but all jobs share the memory; to a
 * connection 128 KiB keeps both sides busy. */
#define PUMP_BUFFER	 (128 * 1024)
#define PUMP_BUFFER_DISK (1024 * 1024)

/* More jobs than this share the memory with smaller buffers. */
#define PUMP_JOBS_WIDE 16

/* Nobody should wait longer for bytes that have arrived. */
#define PUMP_JOIN_MS 1000

/* From here on a pipe between the descriptors pays for being made. */
#define PUMP_SPLICE_FROM (128 * 1024)
#define PUMP_PIPE	 (1024 * 1024)

/* When all must be over, whoever is waited for. */
static nk_time_ms deadline_of(const struct nk_pump *pump)
{
	return pump->how->net ? pump->how->net->deadline : NK_NEVER;
}

/* For loops that never wait: nobody asked us to stop, and there is time left. */
static int check_time(const struct nk_pump *pump, struct nk_err *err)
{
	if (nk_clock_left(deadline_of(pump)) == 0)
		return nk_fail(err, NK_E_TIMEOUT, 0, "%s: the deadline has passed", pump->name);
	return nk_interrupt_check(err);
}

/* length more bytes were read: count them, and say whether there may be so many. */
static int note_read(struct nk_pump *pump, size_t length, struct nk_err *err)
{
	if (pump->how->moved)
		atomic_fetch_add_explicit(pump->how->moved, (int64_t)length, memory_order_relaxed);
	if (pump->most >= 0 && pump->total + (int64_t)length > pump->most) {
		pump->has_more = true;
		return nk_fail_again(err, NK_E_SHORT, 0, "%s: announced %lld bytes, sent more",
				     pump->name, (long long)pump->most);
	}
	return nk_limit_took(pump->how->limit, length, deadline_of(pump), err);
}

static void note_written(struct nk_pump *pump, size_t length)
{
	pump->total += (int64_t)length;
	*pump->written = pump->total;
}

static int write_out(struct nk_pump *pump, const char *bytes, size_t length, struct nk_err *err)
{
	if (length == 0)
		return 0;
	if (pump->digest)
		nk_digest_add(pump->digest, bytes, length);
	/* Who fails may have taken some of them. */
	*pump->written = pump->total + (int64_t)length;
	if (nk_stream_write(pump->out, bytes, length, err) < 0)
		return -1;
	note_written(pump, length);
	return 0;
}

static int raw_fd(struct nk_stream *stream)
{
	return stream->ops->raw_fd ? stream->ops->raw_fd(stream) : -1;
}

/* What kind of file is behind the stream: S_IFREG and so on, 0 for none. */
static mode_t raw_kind(struct nk_stream *stream)
{
	int fd = raw_fd(stream);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

static size_t buffer_size(const struct nk_pump *pump, bool is_disk)
{
	int64_t left = pump->size - pump->total;
	int64_t least = pump->jobs > PUMP_JOBS_WIDE ? PUMP_BUFFER / 4 : PUMP_BUFFER;
	int64_t most = is_disk && pump->jobs > 0 ? PUMP_BUFFER_DISK / pump->jobs : PUMP_BUFFER;

	if (most < least)
		most = least;
	if (pump->size < 0 || left >= most)
		return (size_t)most;
	/* One more byte than is expected, so that the end is seen without another buffer. */
	return left > 0 ? (size_t)left + 1 : 1;
}

/* Fill bytes as far as joins says: to the end, or with what comes at once. Sets *is_end. */
static ssize_t read_in(struct nk_pump *pump, char *bytes, size_t size, bool joins, bool *is_end,
		       struct nk_err *err)
{
	nk_time_ms enough = nk_clock_after(PUMP_JOIN_MS);
	size_t have = 0;

	do {
		size_t step = nk_limit_step(pump->how->limit, size - have);
		ssize_t got = check_time(pump, err) < 0
				      ? -1
				      : nk_stream_read(pump->in, bytes + have, step, err);

		if (got == 0)
			*is_end = true;
		if (got > 0 && note_read(pump, (size_t)got, err) < 0)
			got = -1;
		if (got < 0) {
			struct nk_err also = NK_ERR_INIT;

			/* What came before the failure is worth keeping. */
			if (write_out(pump, bytes, have, &also) < 0)
				nk_log(NK_LOG_DEBUG, "%s", also.msg);
			return -1;
		}
		have += (size_t)got;
	} while (joins && !*is_end && have < size && nk_clock_left(enough) > 0);
	return (ssize_t)have;
}

static int by_buffer(struct nk_pump *pump, struct nk_err *err)
{
	/* A disk likes large writes; whoever reads a pipe or a connection likes early ones. */
	bool joins = S_ISREG(raw_kind(pump->out));
	size_t size = buffer_size(pump, joins);
	nk_auto(str) char *buffer = nk_realloc(NULL, size);
	bool is_end = false;

	while (!is_end) {
		ssize_t got = read_in(pump, buffer, size, joins, &is_end, err);

		if (got < 0 || write_out(pump, buffer, (size_t)got, err) < 0)
			return -1;
	}
	return 0;
}

/* Empty the pipe, length bytes, into the target: by splice, or by hand where that is refused, so
 * that the target says itself what is wrong. */
static int drain_pipe(struct nk_pump *pump, int from, size_t length, struct nk_err *err)
{
	int out = raw_fd(pump->out);
	bool can_block = !S_ISREG(raw_kind(pump->out));
	char chunk[4096];

	while (length > 0) {
		if (can_block && nk_wait_write(out, deadline_of(pump), "waiting to write", err) < 0)
			return -1;
		ssize_t moved =
			splice(from, NULL, out, NULL, length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

		if (moved < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (moved > 0) {
			pump->out->ops->moved(pump->out, moved);
			note_written(pump, (size_t)moved);
		} else {
			moved = read(from, chunk, sizeof(chunk));
			if (moved <= 0)
				return nk_fail_errno(err, NK_E_READ, "%s", pump->name);
			if (write_out(pump, chunk, (size_t)moved, err) < 0)
				return -1;
		}
		length -= (size_t)moved;
	}
	return 0;
}

static int wait_for_data(const struct nk_pump *pump, struct nk_err *err)
{
	const struct nk_net_policy *net = pump->how->net;
	nk_time_ms deadline = NK_NEVER;

	if (net)
		deadline = nk_clock_earlier(nk_clock_after(net->timeout_ms), net->deadline);
	if (nk_wait_read(raw_fd(pump->in), deadline, "waiting for data", err) < 0)
		return nk_wrap(err, "%s", pump->name);
	return 0;
}

/* The kernel could not read: the source may know why, such as what its server said. */
static int fail_reading(const struct nk_pump *pump, struct nk_err *err)
{
	int code = errno;
	char byte;

	if (nk_stream_read(pump->in, &byte, 1, err) < 0)
		return -1;
	errno = code;
	nk_fail_errno(err, NK_E_LOST, "%s", pump->name);
	err->again = true;
	return -1;
}

/* Move all of a socket through the pipe. 0, -1, or 1: not possible, and nothing was moved. */
static int through_pipe(struct nk_pump *pump, const int ends[2], struct nk_err *err)
{
	const unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;
	bool is_begun = false;

	for (;;) {
		size_t most = nk_limit_step(pump->how->limit, PUMP_PIPE);

		if (check_time(pump, err) < 0)
			return -1;
		ssize_t got = splice(raw_fd(pump->in), NULL, ends[1], NULL, most, flags);

		if (got == 0)
			return 0;
		if (got < 0 && errno == EINVAL && !is_begun)
			return 1;
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return fail_reading(pump, err);
		if (got < 0) {
			if (wait_for_data(pump, err) < 0)
				return -1;
			continue;
		}
		is_begun = true;
		pump->in->ops->moved(pump->in, got);
		if (note_read(pump, (size_t)got, err) < 0 ||
		    drain_pipe(pump, ends[0], (size_t)got, err) < 0)
			return -1;
	}
}

/* A socket's bytes to a file or pipe, without passing through here. The same values as above. */
static int by_splice(struct nk_pump *pump, struct nk_err *err)
{
	int ends[2];
	int result;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 1;
	/* A user who has many pipes may not have a large one: then it is as it is. */
	if (fcntl(ends[1], F_SETPIPE_SZ, PUMP_PIPE) < 0)
		errno = 0;
	result = through_pipe(pump, ends, err);
	close(ends[0]);
	close(ends[1]);
	return result;
}

static bool can_splice(const struct nk_pump *pump)
{
	mode_t to = raw_kind(pump->out);

	if (pump->digest || (pump->size >= 0 && pump->size - pump->total < PUMP_SPLICE_FROM))
		return false;
	return S_ISSOCK(raw_kind(pump->in)) && (S_ISREG(to) || S_ISFIFO(to));
}

int nk_pump(struct nk_pump *pump, struct nk_err *err)
{
	int result = can_splice(pump) ? by_splice(pump, err) : 1;

	return result > 0 ? by_buffer(pump, err) : result;
}
