/* fuzz_info.c - no NAME.part.info breaks the parser, and what it finds is in order. */
#include "../../core/fs/info.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* What was read is written as it was read. */
static void check_same(const struct nk_ranges *held)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(NK_INFO_MAX);
	nk_auto(ranges) struct nk_ranges again = { .items = NULL };

	check(nk_ranges_format(held, &text) == 0);
	check(nk_ranges_parse(&again, text.data, text.len));
	check(again.count == held->count && nk_ranges_total(&again) == nk_ranges_total(held));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	nk_auto(info) struct nk_info info = { .identity = NULL };
	/* Exactly as long as it is: one byte further is somebody else's. */
	nk_auto(str) char *text = nk_alloc(length > 0 ? length : 1);
	bool is_good;

	if (length > 0)
		memcpy(text, bytes, length);
	is_good = nk_info_parse(&info, text, length, "7.8.9");
	check(is_good == (info.identity != NULL));
	check(info.has_held || info.held.count == 0);
	check(!is_good || !strchr(info.identity, '\n'));
	for (size_t i = 0; i < info.held.count; i++) {
		check(info.held.items[i].from < info.held.items[i].to);
		check(i == 0 || info.held.items[i - 1].to < info.held.items[i].from);
	}
	if (is_good)
		check_same(&info.held);
	return 0;
}
