/* fuzz_pins.c - no line of remembered keys breaks the parser, and what it finds can stand there. */
#include "netkit/pins.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void look(const char *line, size_t length)
{
	struct nk_pin_line parsed;
	struct nk_pin_line again;
	int kind = nk_pin_line_parse(line, length, &parsed);

	check(parsed.host_length == 0 ||
	      (parsed.host >= line && parsed.host + parsed.host_length <= line + length));
	if (kind != 1)
		return;
	check(parsed.host_length > 0 && parsed.port > 0 && parsed.port < 65536);
	check(parsed.comment >= line && parsed.comment + parsed.comment_length <= line + length);
	/* What is written of it is read as the same. */
	nk_auto(str) char *host = nk_strndup(parsed.host, parsed.host_length);
	nk_auto(str) char *name = nk_pins_name(host, parsed.port);
	nk_auto(str) char *written = nk_format("%s %s", name, parsed.pin);

	check(nk_pin_line_parse(written, strlen(written), &again) == 1);
	check(nk_pin_line_is_of(&again, host, parsed.port));
	check(strcmp(again.pin, parsed.pin) == 0);
}

/* Each line as long as it is: one byte further is somebody else's. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const uint8_t *end = bytes + length;

	while (bytes < end) {
		const uint8_t *stop = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t size = (size_t)((stop ? stop : end) - bytes);
		nk_auto(str) char *line = nk_alloc(size > 0 ? size : 1);

		memcpy(line, bytes, size);
		look(line, size);
		bytes += stop ? size + 1 : size;
	}
	return 0;
}
