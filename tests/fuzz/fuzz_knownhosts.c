/* fuzz_knownhosts.c - no known_hosts line breaks the parser, and what it finds is in the line. */
#include "netkit/hostkey.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* A word of the line: not empty, inside it, without blanks. */
static void check_word(const char *line, size_t length, const char *word, size_t size)
{
	check(size > 0 && word >= line && word + size <= line + length);
	check(!memchr(word, ' ', size) && !memchr(word, '\t', size) && !memchr(word, '\0', size));
}

static void look(const char *line, size_t length)
{
	struct nk_known_line parsed;

	if (nk_known_line_parse(line, length, &parsed) == 0)
		return;
	check_word(line, length, parsed.hosts, parsed.hosts_length);
	check_word(line, length, parsed.type, parsed.type_length);
	check_word(line, length, parsed.key, parsed.key_length);
	check(parsed.hosts < parsed.type && parsed.type < parsed.key);
	check(nk_known_line_matches(&parsed, "host.example") ==
	      nk_known_line_matches(&parsed, "HOST.example"));
	if (parsed.hosts_length == 1 && parsed.hosts[0] == '*')
		check(nk_known_line_matches(&parsed, "[host.example]:2222"));
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
