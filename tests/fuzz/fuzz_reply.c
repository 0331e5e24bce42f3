/* fuzz_reply.c - no lines break the reader of three-digit replies. */
#include "netkit/reply.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	nk_auto(reply) struct nk_reply reply = NK_REPLY_INIT;
	bool first = true;

	while (length > 0) {
		const uint8_t *end = memchr(bytes, '\n', length);
		size_t part = end ? (size_t)(end - bytes) : length;
		/* Exactly as long as it is: one byte further is somebody else's. */
		nk_auto(str) char *line = nk_alloc(part > 0 ? part : 1);
		enum nk_reply_state state;

		memcpy(line, bytes, part);
		state = nk_reply_take_line(&reply, first, line, part);
		check(reply.text.len <= NK_REPLY_TEXT_MAX);
		check(reply.text.data[reply.text.len] == '\0');
		if (state != NK_REPLY_BAD)
			check(reply.code >= 100 && reply.code <= 699);
		first = state != NK_REPLY_MORE;
		bytes += end ? part + 1 : part;
		length -= end ? part + 1 : part;
	}
	return 0;
}
