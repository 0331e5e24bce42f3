/* spool.c - a folder's entries, a little in memory and the rest in an unlinked file. */
#include "netkit/spool.h"

#include <assert.h>
#include <unistd.h>

#include "packed.h"

/* What is kept in memory before the file is begun: some hundred entries. */
#define SPOOL_MEMORY 32768

/* What is read back from the file at a time; more than the largest record. */
#define SPOOL_CHUNK 16384

_Static_assert(NK_PACKED_MAX <= SPOOL_CHUNK, "a chunk holds any record");

/* Records go out at the front of head; what does not fit there waits in the file, and then in tail
 * until that is long enough to be written. */
struct nk_spool {
	struct nk_buf head;
	size_t taken; /* bytes of head already handed out */
	int fd;	      /* -1: no file */
	off_t read_at;
	off_t write_at;
	struct nk_buf tail;
	size_t count;
	size_t most; /* entries; 0: any number */
	bool is_doubtful;
	bool hides_dots;
};

const char *nk_kind_word(enum nk_kind kind)
{
	static const char *const words[] = {
		[NK_KIND_FILE] = "file",
		[NK_KIND_DIR] = "dir",
		[NK_KIND_LINK] = "link",
		[NK_KIND_OTHER] = "other",
	};

	return words[kind];
}

struct nk_spool *nk_spool_new(void)
{
	struct nk_spool *spool = nk_alloc(sizeof(*spool));

	spool->head = (struct nk_buf)NK_BUF_INIT(SPOOL_MEMORY + SPOOL_CHUNK + NK_PACKED_MAX);
	spool->tail = (struct nk_buf)NK_BUF_INIT(SPOOL_MEMORY + NK_PACKED_MAX);
	spool->fd = -1;
	return spool;
}

static int write_tail(struct nk_spool *spool, struct nk_err *err)
{
	if (spool->fd < 0)
		spool->fd = nk_spool_unnamed(err);
	if (spool->fd < 0 || nk_temporary_write(spool->fd, spool->tail.data, spool->tail.len,
						&spool->write_at, err) < 0)
		return -1;
	nk_buf_clear(&spool->tail);
	return 0;
}

static bool has_waiting(const struct nk_spool *spool)
{
	return spool->read_at < spool->write_at || spool->tail.len > 0;
}

void nk_spool_limit(struct nk_spool *spool, size_t most)
{
	spool->most = most;
}

int nk_spool_add(struct nk_spool *spool, const struct nk_entry *entry, struct nk_err *err)
{
	bool fits = !has_waiting(spool) && spool->head.len < SPOOL_MEMORY;

	if (spool->most > 0 && spool->count == spool->most)
		return nk_fail(err, NK_E_PROTO, 0, "more than %zu entries", spool->most);
	if (!fits && spool->tail.len >= SPOOL_MEMORY && write_tail(spool, err) < 0)
		return -1;
	/* Either buffer has room for one more. */
	if (nk_entry_pack(fits ? &spool->head : &spool->tail, entry, err) < 0)
		return -1;
	spool->count++;
	return 0;
}

/* Read the next chunk of the file to the end of head. */
static int read_chunk(struct nk_spool *spool, struct nk_err *err)
{
	char chunk[SPOOL_CHUNK];
	size_t left = (size_t)(spool->write_at - spool->read_at);
	ssize_t got =
		nk_temporary_read(spool->fd, chunk, left < sizeof(chunk) ? left : sizeof(chunk),
				  &spool->read_at, err);
	int added;

	if (got < 0)
		return -1;
	added = nk_buf_add(&spool->head, chunk, (size_t)got);
	assert(added == 0); /* head holds less than a record */
	(void)added;
	return 0;
}

/* See to it that size bytes of records are in head. */
static int fill_head(struct nk_spool *spool, size_t size, struct nk_err *err)
{
	while (spool->head.len - spool->taken < size) {
		nk_buf_consume(&spool->head, spool->taken);
		spool->taken = 0;
		if (spool->read_at < spool->write_at) {
			if (read_chunk(spool, err) < 0)
				return -1;
			continue;
		}
		/* The file is drained; records in it are whole, so head is empty now. */
		nk_buf_release(&spool->head);
		struct nk_buf drained = spool->head;

		spool->head = spool->tail;
		spool->head.limit = drained.limit;
		drained.limit = spool->tail.limit;
		spool->tail = drained;
	}
	return 0;
}

/* Give back what an empty spool holds: its folder may stay open for long. */
static void drain(struct nk_spool *spool)
{
	nk_buf_release(&spool->head);
	nk_buf_release(&spool->tail);
	spool->taken = 0;
	if (spool->fd >= 0)
		close(spool->fd);
	spool->fd = -1;
	spool->read_at = 0;
	spool->write_at = 0;
}

int nk_spool_next(struct nk_spool *spool, struct nk_entry *entry, struct nk_err *err)
{
	size_t length;

	if (spool->taken == spool->head.len && !has_waiting(spool)) {
		drain(spool);
		return 0;
	}
	if (fill_head(spool, NK_PACKED_HEAD, err) < 0)
		return -1;
	length = nk_entry_packed_length(spool->head.data + spool->taken);
	if (fill_head(spool, length, err) < 0)
		return -1;
	nk_entry_unpack(spool->head.data + spool->taken, entry);
	spool->taken += length;
	return 1;
}

void nk_spool_doubt(struct nk_spool *spool)
{
	spool->is_doubtful = true;
}

bool nk_spool_is_doubtful(const struct nk_spool *spool)
{
	return spool->is_doubtful;
}

void nk_spool_hide_dots(struct nk_spool *spool)
{
	spool->hides_dots = true;
}

bool nk_spool_hides_dots(const struct nk_spool *spool)
{
	return spool->hides_dots;
}

size_t nk_spool_count(const struct nk_spool *spool)
{
	return spool->count;
}

void nk_spool_free(struct nk_spool *spool)
{
	if (!spool)
		return;
	drain(spool);
	free(spool);
}
