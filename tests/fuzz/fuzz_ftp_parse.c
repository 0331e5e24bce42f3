/* fuzz_ftp_parse.c - no reply's text breaks the parsers of ports, paths, features and hashes. */
#include "../../applets/ftp/ftp.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_ports(const char *text)
{
	int port = -1;

	if (ftp_parse_epsv(text, &port))
		check(port > 0 && port <= 65535);
	else
		check(port == -1);
	port = -1;
	if (ftp_parse_pasv(text, &port))
		check(port > 0 && port <= 65535);
	else
		check(port == -1);
}

static void check_hash(const char *text, size_t digits)
{
	char out[NK_DIGEST_TEXT];

	if (ftp_parse_hash(text, digits, out))
		check(strlen(out) == digits && strspn(out, "0123456789abcdef") == digits);
}

static void check_line_ends(const char *text, size_t length)
{
	nk_auto(str) char *whole = nk_alloc(length + 2);
	nk_auto(str) char *split = nk_alloc(length + 2);
	size_t half = length / 2;
	bool is_held = false;
	bool is_split_held = false;
	size_t made;
	size_t first;

	memcpy(whole, text, length);
	memcpy(split, text, half);
	made = ftp_text_decode(whole, length, &is_held);
	first = ftp_text_decode(split, half, &is_split_held);
	memcpy(split + first, text + half, length - half);
	first += ftp_text_decode(split + first, length - half, &is_split_held);
	check(made == first && is_held == is_split_held && memcmp(whole, split, made) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	nk_auto(str) char *text = nk_alloc(length + 1);
	char names[64];
	int64_t seconds;

	if (length > 0)
		memcpy(text, bytes, length);
	nk_auto(str) char *path = ftp_parse_quoted(text);

	check(!path || strlen(path) < strlen(text));
	check_ports(text);
	check_hash(text, 8);
	check_hash(text, 32);
	check_hash(text, 128);
	check(ftp_parse_announced(text) >= -1);
	(void)ftp_parse_time(text, strlen(text), &seconds);
	(void)ftp_parse_feat(text, names, sizeof(names));
	check(strlen(names) < sizeof(names));
	check_line_ends(text, length);
	return 0;
}
