/* packet.c - the packets of SFTP version 3 (draft-ietf-secsh-filexfer-02) and its extensions. */
#include "packet.h"

#include <sys/stat.h>

#include "netkit/codec.h"
#include "netkit/text.h"

/* ---- requests ---- */

static void put_u32(uint8_t bytes[4], uint32_t value)
{
	bytes[0] = (uint8_t)(value >> 24);
	bytes[1] = (uint8_t)(value >> 16);
	bytes[2] = (uint8_t)(value >> 8);
	bytes[3] = (uint8_t)value;
}

static uint32_t get_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void sftp_add(struct sftp_request *request, const void *bytes, size_t length)
{
	if (!request->is_full && nk_buf_add(request->out, bytes, length) < 0)
		request->is_full = true;
}

int sftp_put_init(struct nk_buf *out)
{
	uint8_t packet[SFTP_HEADER_SIZE];

	put_u32(packet, sizeof(packet) - 4);
	packet[4] = SFTP_INIT;
	put_u32(packet + 5, SFTP_VERSION_OURS);
	return nk_buf_add(out, packet, sizeof(packet));
}

struct sftp_request sftp_request_begin(struct nk_buf *out, enum sftp_type type, uint32_t id)
{
	struct sftp_request request = { .out = out, .start = out->len };
	uint8_t header[SFTP_HEADER_SIZE] = { 0 };

	header[4] = (uint8_t)type;
	put_u32(header + 5, id);
	sftp_add(&request, header, sizeof(header));
	return request;
}

void sftp_add_u32(struct sftp_request *request, uint32_t value)
{
	uint8_t bytes[4];

	put_u32(bytes, value);
	sftp_add(request, bytes, sizeof(bytes));
}

void sftp_add_u64(struct sftp_request *request, uint64_t value)
{
	sftp_add_u32(request, (uint32_t)(value >> 32));
	sftp_add_u32(request, (uint32_t)value);
}

void sftp_add_string(struct sftp_request *request, const void *bytes, size_t length)
{
	if (length > UINT32_MAX) {
		request->is_full = true;
		return;
	}
	sftp_add_u32(request, (uint32_t)length);
	sftp_add(request, bytes, length);
}

void sftp_add_text(struct sftp_request *request, const char *text)
{
	sftp_add_string(request, text, strlen(text));
}

void sftp_add_attrs(struct sftp_request *request, const struct sftp_attrs *attrs)
{
	sftp_add_u32(request, attrs->has);
	if (attrs->has & SFTP_ATTR_SIZE)
		sftp_add_u64(request, attrs->size);
	if (attrs->has & SFTP_ATTR_OWNER) {
		sftp_add_u32(request, attrs->uid);
		sftp_add_u32(request, attrs->gid);
	}
	if (attrs->has & SFTP_ATTR_MODE)
		sftp_add_u32(request, attrs->mode);
	if (attrs->has & SFTP_ATTR_TIMES) {
		sftp_add_u32(request, attrs->atime);
		sftp_add_u32(request, attrs->mtime);
	}
}

int sftp_request_end(struct sftp_request *request, size_t extra)
{
	size_t length = request->out->len - request->start - 4 + extra;

	if (request->is_full || length > UINT32_MAX) {
		nk_buf_cut(request->out, request->start);
		return -1;
	}
	put_u32((uint8_t *)request->out->data + request->start, (uint32_t)length);
	return 0;
}

/* ---- replies ---- */

void sftp_parse_header(const uint8_t *bytes, struct sftp_header *header)
{
	header->length = get_u32(bytes);
	header->type = bytes[4];
	header->id = get_u32(bytes + 5);
}

/* The next length bytes, or NULL. */
static const uint8_t *sftp_take(struct sftp_cursor *cursor, size_t length)
{
	const uint8_t *bytes = cursor->at;

	if (cursor->is_bad || cursor->left < length) {
		cursor->is_bad = true;
		return NULL;
	}
	cursor->at += length;
	cursor->left -= length;
	return bytes;
}

uint8_t sftp_take_u8(struct sftp_cursor *cursor)
{
	const uint8_t *bytes = sftp_take(cursor, 1);

	return bytes ? bytes[0] : 0;
}

uint32_t sftp_take_u32(struct sftp_cursor *cursor)
{
	const uint8_t *bytes = sftp_take(cursor, 4);

	return bytes ? get_u32(bytes) : 0;
}

uint64_t sftp_take_u64(struct sftp_cursor *cursor)
{
	uint64_t high = sftp_take_u32(cursor);

	return high << 32 | sftp_take_u32(cursor);
}

const char *sftp_take_string(struct sftp_cursor *cursor, size_t *length)
{
	*length = sftp_take_u32(cursor);
	return (const char *)sftp_take(cursor, *length);
}

void sftp_take_attrs(struct sftp_cursor *cursor, struct sftp_attrs *attrs)
{
	uint32_t has = sftp_take_u32(cursor);

	*attrs = (struct sftp_attrs){ .has = has & ~SFTP_ATTR_EXTENDED };
	if (has & SFTP_ATTR_SIZE)
		attrs->size = sftp_take_u64(cursor);
	if (has & SFTP_ATTR_OWNER) {
		attrs->uid = sftp_take_u32(cursor);
		attrs->gid = sftp_take_u32(cursor);
	}
	if (has & SFTP_ATTR_MODE)
		attrs->mode = sftp_take_u32(cursor);
	if (has & SFTP_ATTR_TIMES) {
		attrs->atime = sftp_take_u32(cursor);
		attrs->mtime = sftp_take_u32(cursor);
	}
	if (has & SFTP_ATTR_EXTENDED) {
		uint32_t pairs = sftp_take_u32(cursor);
		size_t ignored;

		for (; pairs > 0 && !cursor->is_bad; pairs--) {
			sftp_take_string(cursor, &ignored);
			sftp_take_string(cursor, &ignored);
		}
	}
}

static const struct {
	const char *name;
	unsigned extension;
} extension_names[] = {
	{ "posix-rename@openssh.com", SFTP_EXT_POSIX_RENAME },
	{ "hardlink@openssh.com", SFTP_EXT_HARDLINK },
	{ "statvfs@openssh.com", SFTP_EXT_STATVFS },
	{ "fsync@openssh.com", SFTP_EXT_FSYNC },
	{ "limits@openssh.com", SFTP_EXT_LIMITS },
	{ "expand-path@openssh.com", SFTP_EXT_EXPAND_PATH },
	{ "copy-data", SFTP_EXT_COPY_DATA },
	{ "check-file", SFTP_EXT_CHECK_FILE },
	{ "check-file-name", SFTP_EXT_CHECK_FILE },
	{ "lsetstat@openssh.com", SFTP_EXT_LSETSTAT },
};

static unsigned extension_of(const char *name, size_t length)
{
	for (size_t i = 0; i < NK_COUNT(extension_names); i++) {
		if (strlen(extension_names[i].name) == length &&
		    memcmp(extension_names[i].name, name, length) == 0)
			return extension_names[i].extension;
	}
	return 0;
}

bool sftp_next_extension(struct sftp_cursor *cursor, struct sftp_extension_pair *extension)
{
	if (cursor->left == 0 || cursor->is_bad)
		return false;
	extension->name = sftp_take_string(cursor, &extension->name_length);
	extension->data = sftp_take_string(cursor, &extension->data_length);
	return !cursor->is_bad;
}

bool sftp_parse_version(const void *body, size_t length, uint32_t *version, unsigned *extensions)
{
	struct sftp_cursor cursor = { .at = body, .left = length };
	struct sftp_extension_pair extension;

	*version = sftp_take_u32(&cursor);
	*extensions = 0;
	while (sftp_next_extension(&cursor, &extension))
		*extensions |= extension_of(extension.name, extension.name_length);
	return !cursor.is_bad;
}

bool sftp_parse_status(const void *body, size_t length, uint32_t *code, const char **text,
		       size_t *text_length)
{
	struct sftp_cursor cursor = { .at = body, .left = length };

	*code = sftp_take_u32(&cursor);
	*text = "";
	*text_length = 0;
	if (cursor.is_bad)
		return false;
	if (cursor.left > 0)
		*text = sftp_take_string(&cursor, text_length);
	return !cursor.is_bad;
}

bool sftp_parse_handle(const void *body, size_t length, const char **handle, size_t *handle_length)
{
	struct sftp_cursor cursor = { .at = body, .left = length };

	*handle = sftp_take_string(&cursor, handle_length);
	return *handle && *handle_length > 0 && *handle_length <= SFTP_HANDLE_MAX;
}

bool sftp_parse_attrs(const void *body, size_t length, struct sftp_attrs *attrs)
{
	struct sftp_cursor cursor = { .at = body, .left = length };

	sftp_take_attrs(&cursor, attrs);
	return !cursor.is_bad;
}

bool sftp_parse_names(const void *body, size_t length, struct sftp_cursor *cursor, uint32_t *count)
{
	*cursor = (struct sftp_cursor){ .at = body, .left = length };
	*count = sftp_take_u32(cursor);
	return !cursor->is_bad;
}

bool sftp_next_name(struct sftp_cursor *cursor, struct sftp_name *name)
{
	name->name = sftp_take_string(cursor, &name->name_length);
	name->longname = sftp_take_string(cursor, &name->longname_length);
	sftp_take_attrs(cursor, &name->attrs);
	return !cursor->is_bad;
}

static enum nk_kind kind_of_mode(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return NK_KIND_DIR;
	case S_IFLNK:
		return NK_KIND_LINK;
	case S_IFREG:
		return NK_KIND_FILE;
	default:
		return NK_KIND_OTHER;
	}
}

static enum nk_kind kind_of_longname(const char *longname)
{
	switch (longname ? longname[0] : '-') {
	case 'd':
		return NK_KIND_DIR;
	case 'l':
		return NK_KIND_LINK;
	case 'b':
	case 'c':
	case 'p':
	case 's':
		return NK_KIND_OTHER;
	default:
		return NK_KIND_FILE;
	}
}

void sftp_describe(const struct sftp_attrs *attrs, const char *longname, struct nk_entry *entry)
{
	bool has_kind = (attrs->has & SFTP_ATTR_MODE) && (attrs->mode & S_IFMT);

	entry->kind = has_kind ? kind_of_mode(attrs->mode) : kind_of_longname(longname);
	entry->size = -1;
	if ((attrs->has & SFTP_ATTR_SIZE) && attrs->size <= INT64_MAX)
		entry->size = (int64_t)attrs->size;
	entry->mtime = (attrs->has & SFTP_ATTR_TIMES) ? (int64_t)attrs->mtime : NK_ENTRY_NO_TIME;
	entry->mode = (attrs->has & SFTP_ATTR_MODE) ? (int)(attrs->mode & 07777) : -1;
	entry->uid = (attrs->has & SFTP_ATTR_OWNER) ? (int64_t)attrs->uid : -1;
	entry->gid = (attrs->has & SFTP_ATTR_OWNER) ? (int64_t)attrs->gid : -1;
	entry->is_rough = false;
}

bool sftp_parse_limits(const void *body, size_t length, struct sftp_limits *limits)
{
	struct sftp_cursor cursor = { .at = body, .left = length };

	limits->packet = sftp_take_u64(&cursor);
	limits->read = sftp_take_u64(&cursor);
	limits->write = sftp_take_u64(&cursor);
	limits->handles = sftp_take_u64(&cursor);
	return !cursor.is_bad;
}

/* blocks of size bytes; -1 where that is no number of ours. */
static int64_t bytes_of(uint64_t blocks, uint64_t size)
{
	uint64_t bytes;

	if (__builtin_mul_overflow(blocks, size, &bytes) || bytes > INT64_MAX)
		return -1;
	return (int64_t)bytes;
}

/*
 * f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, and six more numbers of 64 bits (OpenSSH's
 * PROTOCOL 4.4).
 */
bool sftp_parse_statvfs(const void *body, size_t length, struct nk_volume *volume)
{
	struct sftp_cursor cursor = { .at = body, .left = length };
	uint64_t size;

	sftp_take_u64(&cursor);
	size = sftp_take_u64(&cursor);
	volume->total = bytes_of(sftp_take_u64(&cursor), size);
	volume->free = bytes_of(sftp_take_u64(&cursor), size);
	volume->available = bytes_of(sftp_take_u64(&cursor), size);
	volume->files = bytes_of(sftp_take_u64(&cursor), 1);
	volume->files_free = bytes_of(sftp_take_u64(&cursor), 1);
	volume->files_available = bytes_of(sftp_take_u64(&cursor), 1);
	return !cursor.is_bad;
}

static void take_longname_word(const char **at, const char *end, char out[NK_ENTRY_OWNER_MAX + 1])
{
	const char *start;

	while (*at < end && **at == ' ')
		++*at;
	for (start = *at; *at < end && **at != ' ' && **at != '\0';)
		++*at;
	out[0] = '\0';
	if (*at - start > NK_ENTRY_OWNER_MAX)
		return;
	memcpy(out, start, (size_t)(*at - start));
	out[*at - start] = '\0';
}

void sftp_parse_owners(const char *longname, size_t length, struct sftp_names *names)
{
	const char *at = longname, *end = longname + length;
	char before[NK_ENTRY_OWNER_MAX + 1];

	/* The mode and the number of links. */
	take_longname_word(&at, end, before);
	take_longname_word(&at, end, before);
	take_longname_word(&at, end, names->owner);
	take_longname_word(&at, end, names->group);
}

static const struct {
	const char *name; /* draft-ietf-secsh-filexfer-extensions-00, 3 */
	enum nk_digest_kind kind;
	size_t size;
} hashes[] = {
	{ "md5", NK_DIGEST_MD5, 16 },	    { "sha1", NK_DIGEST_SHA1, 20 },
	{ "sha256", NK_DIGEST_SHA256, 32 }, { "sha512", NK_DIGEST_SHA512, 64 },
	{ "crc32", NK_DIGEST_CRC32, 4 },
};

bool sftp_parse_check_file(const void *body, size_t length, enum nk_digest_kind *kind,
			   char out[NK_DIGEST_TEXT])
{
	struct sftp_cursor cursor = { .at = body, .left = length };
	size_t name_length;
	const char *name = sftp_take_string(&cursor, &name_length);

	/* Some servers repeat the name of the extension before that of the hash. */
	if (name && name_length == strlen("check-file") &&
	    memcmp(name, "check-file", name_length) == 0)
		name = sftp_take_string(&cursor, &name_length);
	for (size_t i = 0; name && i < NK_COUNT(hashes); i++) {
		if (strlen(hashes[i].name) != name_length ||
		    memcmp(hashes[i].name, name, name_length) != 0)
			continue;
		if (cursor.left != hashes[i].size)
			return false;
		*kind = hashes[i].kind;
		nk_hex_encode(out, cursor.at, cursor.left);
		return true;
	}
	return false;
}
