/* sort.c - entries in the order of their names: an external merge sort. */
#include "sort.h"

#include <assert.h>
#include <unistd.h>

#include "netkit/wait.h"
#include "packed.h"

/* What is sorted in memory: some thousand entries. */
#define SORT_MEMORY ((size_t)256 * 1024)

/* Parts that are merged at a time, and what is read of each at once. */
#define SORT_FAN   64
#define SORT_CHUNK 16384

_Static_assert(NK_PACKED_MAX <= SORT_CHUNK, "a chunk holds any record");

/* A sorted part of the file. */
struct run {
	off_t at;
	off_t end;
	int level; /* how often its entries were merged */
};

/* A run that is read. */
struct reader {
	struct run run;
	struct nk_buf chunk; /* from its start: the entry at hand, and what follows it */
	size_t length;	     /* of the entry at hand */
};

struct nk_sort {
	bool is_reverse;
	struct nk_buf memory; /* packed entries */
	uint32_t *offsets;    /* where each begins; owned */
	size_t count;
	size_t room;
	size_t given;
	int fd;	   /* -1: all is in memory */
	off_t end; /* of the file */
	struct run *runs;
	int run_count;
	struct reader *readers; /* a heap, the least first; owned */
	int reader_count;
	bool is_begun; /* the first of them was given */
};

/* The slash before all other bytes, the end before it. */
static int rank(unsigned char c)
{
	if (c == '\0')
		return 0;
	return c == '/' ? 1 : c + 2;
}

int nk_sort_compare(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return rank((unsigned char)*a) - rank((unsigned char)*b);
}

static int compare_packed(const struct nk_sort *sort, const char *a, const char *b)
{
	int result = nk_sort_compare(a + NK_PACKED_HEAD, b + NK_PACKED_HEAD);

	return sort->is_reverse ? -result : result;
}

static int compare_offsets(const void *a, const void *b, void *context)
{
	const struct nk_sort *sort = context;

	return compare_packed(sort, sort->memory.data + *(const uint32_t *)a,
			      sort->memory.data + *(const uint32_t *)b);
}

static void sort_memory(struct nk_sort *sort)
{
	if (sort->count > 0)
		qsort_r(sort->offsets, sort->count, sizeof(*sort->offsets), compare_offsets, sort);
}

static int keep(struct nk_sort *sort, const struct nk_entry *entry, struct nk_err *err)
{
	size_t offset = sort->memory.len;

	if (nk_entry_pack(&sort->memory, entry, err) < 0)
		return -1;
	if (sort->count == sort->room) {
		sort->room = sort->room == 0 ? 64 : sort->room * 2;
		sort->offsets = nk_realloc(sort->offsets, sort->room * sizeof(*sort->offsets));
	}
	sort->offsets[sort->count++] = (uint32_t)offset;
	return 0;
}

/* --- parts in the file --- */

static void add_run(struct nk_sort *sort, off_t at, int level)
{
	sort->runs = nk_realloc(sort->runs, (size_t)(sort->run_count + 1) * sizeof(*sort->runs));
	sort->runs[sort->run_count++] = (struct run){ .at = at, .end = sort->end, .level = level };
}

/* Bytes on their way to the end of the file. */
static int write_packed(struct nk_sort *sort, struct nk_buf *pending, const char *packed,
			struct nk_err *err)
{
	size_t length = nk_entry_packed_length(packed);
	int added;

	if (pending->len + length > pending->limit) {
		if (nk_temporary_write(sort->fd, pending->data, pending->len, &sort->end, err) < 0)
			return -1;
		nk_buf_clear(pending);
	}
	added = nk_buf_add(pending, packed, length);
	assert(added == 0); /* a chunk holds any record */
	(void)added;
	return 0;
}

/* Write what is in memory as a run. */
static int write_memory(struct nk_sort *sort, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf pending = NK_BUF_INIT(SORT_CHUNK);
	off_t at = sort->end;

	if (sort->fd < 0)
		sort->fd = nk_spool_unnamed(err);
	if (sort->fd < 0)
		return -1;
	sort_memory(sort);
	for (size_t i = 0; i < sort->count; i++) {
		if (write_packed(sort, &pending, sort->memory.data + sort->offsets[i], err) < 0)
			return -1;
	}
	if (nk_temporary_write(sort->fd, pending.data, pending.len, &sort->end, err) < 0)
		return -1;
	nk_buf_clear(&sort->memory);
	sort->count = 0;
	add_run(sort, at, 0);
	return 0;
}

/* --- merging them --- */

/* See to it that size bytes are in the reader's chunk. */
static int fill(const struct nk_sort *sort, struct reader *reader, size_t size, struct nk_err *err)
{
	char bytes[SORT_CHUNK];

	while (reader->chunk.len < size) {
		size_t left = (size_t)(reader->run.end - reader->run.at);
		ssize_t got = nk_temporary_read(sort->fd, bytes,
						left < sizeof(bytes) ? left : sizeof(bytes),
						&reader->run.at, err);
		int added = got < 0 ? -1 : nk_buf_add(&reader->chunk, bytes, (size_t)got);

		if (got < 0)
			return -1;
		assert(added == 0); /* it held less than a record */
		(void)added;
	}
	return 0;
}

/* Go to the next entry of the run. 1, 0 at its end, -1. */
static int advance(const struct nk_sort *sort, struct reader *reader, struct nk_err *err)
{
	nk_buf_consume(&reader->chunk, reader->length);
	reader->length = 0;
	if (reader->chunk.len == 0 && reader->run.at == reader->run.end)
		return 0;
	if (fill(sort, reader, NK_PACKED_HEAD, err) < 0)
		return -1;
	reader->length = nk_entry_packed_length(reader->chunk.data);
	return fill(sort, reader, reader->length, err) < 0 ? -1 : 1;
}

static bool is_before(const struct nk_sort *sort, int a, int b)
{
	return compare_packed(sort, sort->readers[a].chunk.data, sort->readers[b].chunk.data) < 0;
}

static void swap(struct nk_sort *sort, int a, int b)
{
	struct reader reader = sort->readers[a];

	sort->readers[a] = sort->readers[b];
	sort->readers[b] = reader;
}

/* The reader at i may be greater than those below it. */
static void sift_down(struct nk_sort *sort, int i)
{
	for (;;) {
		int least = i;

		for (int child = 2 * i + 1; child <= 2 * i + 2; child++) {
			if (child < sort->reader_count && is_before(sort, child, least))
				least = child;
		}
		if (least == i)
			return;
		swap(sort, i, least);
		i = least;
	}
}

static void close_readers(struct nk_sort *sort)
{
	for (int i = 0; i < sort->reader_count; i++)
		nk_buf_release(&sort->readers[i].chunk);
	sort->reader_count = 0;
}

/* Begin to read the last count runs, which are runs no more. */
static int open_readers(struct nk_sort *sort, int count, struct nk_err *err)
{
	if (!sort->readers)
		sort->readers = nk_alloc(SORT_FAN * sizeof(*sort->readers));
	for (int i = 0; i < count; i++) {
		struct reader *reader = &sort->readers[sort->reader_count];
		int more;

		*reader = (struct reader){ .run = sort->runs[sort->run_count - count + i],
					   .chunk = NK_BUF_INIT(2 * SORT_CHUNK) };
		more = advance(sort, reader, err);
		if (more < 0)
			nk_buf_release(&reader->chunk);
		if (more < 0)
			return -1;
		sort->reader_count += more;
	}
	sort->run_count -= count;
	for (int i = sort->reader_count / 2 - 1; i >= 0; i--)
		sift_down(sort, i);
	return 0;
}

/* Leave the least entry behind. */
static int drop_least(struct nk_sort *sort, struct nk_err *err)
{
	int more = advance(sort, &sort->readers[0], err);

	if (more < 0)
		return -1;
	if (more == 0) {
		nk_buf_release(&sort->readers[0].chunk);
		sort->readers[0] = sort->readers[--sort->reader_count];
	}
	sift_down(sort, 0);
	return 0;
}

/* Make one run of the last count. */
static int merge(struct nk_sort *sort, int count, struct nk_err *err)
{
	nk_auto(buf) struct nk_buf pending = NK_BUF_INIT(SORT_CHUNK);
	int level = sort->runs[sort->run_count - 1].level + 1;
	off_t at = sort->end;

	if (open_readers(sort, count, err) < 0)
		return -1;
	while (sort->reader_count > 0) {
		if (write_packed(sort, &pending, sort->readers[0].chunk.data, err) < 0 ||
		    drop_least(sort, err) < 0)
			return -1;
	}
	if (nk_temporary_write(sort->fd, pending.data, pending.len, &sort->end, err) < 0)
		return -1;
	add_run(sort, at, level);
	return 0;
}

/* As many runs of one level as can be merged become one of the next. */
static int merge_full_level(struct nk_sort *sort, struct nk_err *err)
{
	while (sort->run_count >= SORT_FAN && sort->runs[sort->run_count - SORT_FAN].level ==
						      sort->runs[sort->run_count - 1].level) {
		if (nk_interrupt_check(err) < 0 || merge(sort, SORT_FAN, err) < 0)
			return -1;
	}
	return 0;
}

/* All was kept: get ready to give it. */
static int begin(struct nk_sort *sort, struct nk_err *err)
{
	if (sort->fd < 0) {
		sort_memory(sort);
		return 0;
	}
	if (sort->count > 0 && write_memory(sort, err) < 0)
		return -1;
	nk_buf_release(&sort->memory);
	free(nk_take(sort->offsets));
	while (sort->run_count > SORT_FAN) {
		int most = sort->run_count - SORT_FAN + 1;

		if (merge(sort, most < SORT_FAN ? most : SORT_FAN, err) < 0)
			return -1;
	}
	return open_readers(sort, sort->run_count, err);
}

static int take_all(struct nk_sort *sort, struct nk_spool *spool, struct nk_err *err)
{
	struct nk_entry entry;
	int more;

	while ((more = nk_spool_next(spool, &entry, err)) > 0) {
		if (keep(sort, &entry, err) < 0)
			return -1;
		if (sort->memory.len < SORT_MEMORY)
			continue;
		if (nk_interrupt_check(err) < 0 || write_memory(sort, err) < 0 ||
		    merge_full_level(sort, err) < 0)
			return -1;
	}
	return more < 0 ? -1 : begin(sort, err);
}

int nk_sort_new(struct nk_spool *spool, bool is_reverse, struct nk_sort **sort, struct nk_err *err)
{
	nk_auto(sort) struct nk_sort *made = nk_alloc(sizeof(*made));

	made->is_reverse = is_reverse;
	made->memory = (struct nk_buf)NK_BUF_INIT(SORT_MEMORY + NK_PACKED_MAX);
	made->fd = -1;
	if (take_all(made, spool, err) < 0)
		return -1;
	*sort = nk_take(made);
	return 0;
}

int nk_sort_next(struct nk_sort *sort, struct nk_entry *entry, struct nk_err *err)
{
	if (sort->fd < 0) {
		if (sort->given == sort->count)
			return 0;
		nk_entry_unpack(sort->memory.data + sort->offsets[sort->given++], entry);
		return 1;
	}
	if (sort->is_begun && sort->reader_count > 0 && drop_least(sort, err) < 0)
		return -1;
	sort->is_begun = true;
	if (sort->reader_count == 0)
		return 0;
	nk_entry_unpack(sort->readers[0].chunk.data, entry);
	return 1;
}

void nk_sort_free(struct nk_sort *sort)
{
	if (!sort)
		return;
	close_readers(sort);
	if (sort->fd >= 0)
		close(sort->fd);
	nk_buf_release(&sort->memory);
	free(sort->offsets);
	free(sort->runs);
	free(sort->readers);
	free(sort);
}
