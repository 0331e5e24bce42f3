/* fuzz_sftp.c - no reply breaks the parsers, and what they give out lies within it. */
#include "../../applets/sftp/sftp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_inside(const uint8_t *bytes, size_t length, const char *part, size_t part_length)
{
	const uint8_t *start = (const uint8_t *)part;

	check(part_length <= length);
	check(part_length == 0 || (start >= bytes && start + part_length <= bytes + length));
}

static void check_names(const uint8_t *bytes, size_t length)
{
	struct sftp_cursor cursor;
	struct sftp_name name;
	uint32_t count;

	if (!sftp_parse_names(bytes, length, &cursor, &count))
		return;
	for (uint32_t i = 0; i < count && sftp_next_name(&cursor, &name); i++) {
		struct nk_entry entry = NK_ENTRY_INIT;
		char kind[2] = { name.longname_length > 0 ? name.longname[0] : '-', '\0' };

		check_inside(bytes, length, name.name, name.name_length);
		check_inside(bytes, length, name.longname, name.longname_length);
		sftp_describe(&name.attrs, kind, &entry);
		check(entry.size >= -1 && entry.mode <= 07777);
	}
}

static void check_short(const uint8_t *bytes, size_t length)
{
	char hash[NK_DIGEST_TEXT];
	enum nk_digest_kind kind;
	struct sftp_limits limits;
	struct nk_volume volume;
	struct sftp_attrs attrs;
	const char *text;
	size_t text_length;
	uint32_t number;
	unsigned extensions;

	if (sftp_parse_status(bytes, length, &number, &text, &text_length))
		check_inside(bytes, length, text, text_length);
	if (sftp_parse_handle(bytes, length, &text, &text_length)) {
		check_inside(bytes, length, text, text_length);
		check(text_length > 0 && text_length <= SFTP_HANDLE_MAX);
	}
	if (sftp_parse_check_file(bytes, length, &kind, hash))
		check(kind != NK_DIGEST_NONE && strlen(hash) >= 8);
	if (sftp_parse_statvfs(bytes, length, &volume))
		check(volume.total >= -1 && volume.available >= -1);
	sftp_parse_version(bytes, length, &number, &extensions);
	sftp_parse_limits(bytes, length, &limits);
	sftp_parse_attrs(bytes, length, &attrs);
	if (sftp_parse_hash_output((const char *)bytes, length, 64, hash))
		check(strlen(hash) == 64);
}

/* A word comes back from between its quotes, by the rules of sh. */
static void check_quote(const uint8_t *bytes, size_t length)
{
	nk_auto(buf) struct nk_buf quoted = NK_BUF_INIT(1 << 20);
	nk_auto(str) char *text = nk_alloc(length + 1);
	nk_auto(str) char *back = nk_alloc(length + 1);
	bool is_inside = false;
	size_t count = 0;

	memcpy(text, bytes, length);
	if (!sftp_quote(&quoted, text))
		return;
	for (size_t i = 0; i < quoted.len; i++) {
		char c = quoted.data[i];

		if (c == '\'') {
			is_inside = !is_inside;
			continue;
		}
		if (!is_inside) {
			check(c == '\\');
			c = quoted.data[++i];
		}
		check(count < length);
		back[count++] = c;
	}
	check(!is_inside && strcmp(back, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	check_names(bytes, length);
	check_short(bytes, length);
	check_quote(bytes, length);
	return 0;
}
