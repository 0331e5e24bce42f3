/* ranges.c - which bytes of a file are there. */
#include "ranges.h"

#include "netkit/num.h"

/* The first range that ends at or behind this byte. */
static size_t find(const struct nk_ranges *ranges, int64_t from)
{
	size_t low = 0;
	size_t high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->items[middle].to < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool nk_ranges_add(struct nk_ranges *ranges, int64_t from, int64_t to)
{
	size_t first = find(ranges, from);
	size_t last = first;

	if (from == to)
		return true;
	/* Those that overlap or touch become one with it. */
	for (; last < ranges->count && ranges->items[last].from <= to; last++) {
		if (ranges->items[last].from < from)
			from = ranges->items[last].from;
		if (ranges->items[last].to > to)
			to = ranges->items[last].to;
	}
	if (first == last && ranges->count == NK_RANGES_MAX)
		return false;
	if (!ranges->items)
		ranges->items = nk_alloc(NK_RANGES_MAX * sizeof(*ranges->items));
	memmove(&ranges->items[first + 1], &ranges->items[last],
		(ranges->count - last) * sizeof(*ranges->items));
	ranges->count = ranges->count + 1 - (last - first);
	ranges->items[first] = (struct nk_range){ from, to };
	return true;
}

int64_t nk_ranges_prefix(const struct nk_ranges *ranges)
{
	return ranges->count > 0 && ranges->items[0].from == 0 ? ranges->items[0].to : 0;
}

int64_t nk_ranges_total(const struct nk_ranges *ranges)
{
	int64_t total = 0;

	for (size_t i = 0; i < ranges->count; i++)
		total += ranges->items[i].to - ranges->items[i].from;
	return total;
}

void nk_ranges_cut(struct nk_ranges *ranges, int64_t size)
{
	while (ranges->count > 0 && ranges->items[ranges->count - 1].from >= size)
		ranges->count--;
	if (ranges->count > 0 && ranges->items[ranges->count - 1].to > size)
		ranges->items[ranges->count - 1].to = size;
}

int nk_ranges_format(const struct nk_ranges *ranges, struct nk_buf *text)
{
	if (ranges->count == 0)
		return nk_buf_add_char(text, '-');
	for (size_t i = 0; i < ranges->count; i++) {
		if (nk_buf_addf(text, "%s%lld-%lld", i > 0 ? "," : "",
				(long long)ranges->items[i].from,
				(long long)ranges->items[i].to) < 0)
			return -1;
	}
	return 0;
}

/* A number at *at, ended by stop or, for 0, by the end of the text. */
static bool parse_number(const char **at, const char *end, char stop, int64_t *number)
{
	const char *limit = memchr(*at, stop, (size_t)(end - *at));
	uint64_t value;

	if (!limit && stop == ',')
		limit = end;
	if (!limit || !nk_num_span(*at, (size_t)(limit - *at), INT64_MAX, &value))
		return false;
	*number = (int64_t)value;
	*at = limit;
	return true;
}

/* The next range: behind the one before it, with a gap, and not empty. */
static bool parse_one(struct nk_ranges *ranges, const char **at, const char *end)
{
	int64_t before = ranges->count > 0 ? ranges->items[ranges->count - 1].to : -1;
	int64_t from;
	int64_t to;

	if (!parse_number(at, end, '-', &from))
		return false;
	(*at)++;
	if (!parse_number(at, end, ',', &to))
		return false;
	return from > before && to > from && nk_ranges_add(ranges, from, to);
}

bool nk_ranges_parse(struct nk_ranges *ranges, const char *text, size_t length)
{
	const char *end = text + length;
	bool is_good = length > 0;

	if (length == 1 && text[0] == '-')
		return true;
	while (is_good && text < end) {
		is_good = parse_one(ranges, &text, end);
		/* A comma is followed by one more. */
		if (is_good && text < end)
			is_good = ++text < end;
	}
	if (!is_good)
		nk_ranges_release(ranges);
	return is_good;
}

void nk_ranges_release(struct nk_ranges *ranges)
{
	free(ranges->items);
	*ranges = (struct nk_ranges){ .items = NULL };
}
