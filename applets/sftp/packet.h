/*
 * The packets of SFTP version 3 (draft-ietf-secsh-filexfer-02) and of the extensions that servers
 * offer: bytes in, struct out, and back. Pure: no I/O, no globals.
 *
 * A packet is a 32-bit length, a byte of type, for all but INIT and VERSION a 32-bit request id, and
 * a body. Numbers are big-endian; a string is a 32-bit length and its bytes.
 */
#ifndef SFTP_PACKET_H
#define SFTP_PACKET_H

#include "netkit/buf.h"
#include "netkit/fs.h"

/* The version that we speak, and that servers of newer ones speak with us. */
#define SFTP_VERSION_OURS 3

/* Longest packet accepted from a server: OpenSSH sends none of more than 256 KiB, and its length. */
#define SFTP_PACKET_MAX (256 * 1024 + 1024)

/* Longest path sent, which is longer than any system takes; longest request but WRITE. */
#define SFTP_PATH_MAX	 (24 * 1024)
#define SFTP_REQUEST_MAX (64 * 1024)

/* Longest file handle (section 6.3). */
#define SFTP_HANDLE_MAX 256

/* Length, type and id. */
#define SFTP_HEADER_SIZE 9

enum sftp_type {
	SFTP_INIT = 1,
	SFTP_VERSION = 2,
	SFTP_OPEN = 3,
	SFTP_CLOSE = 4,
	SFTP_READ = 5,
	SFTP_WRITE = 6,
	SFTP_LSTAT = 7,
	SFTP_FSTAT = 8,
	SFTP_SETSTAT = 9,
	SFTP_FSETSTAT = 10,
	SFTP_OPENDIR = 11,
	SFTP_READDIR = 12,
	SFTP_REMOVE = 13,
	SFTP_MKDIR = 14,
	SFTP_RMDIR = 15,
	SFTP_REALPATH = 16,
	SFTP_STAT = 17,
	SFTP_RENAME = 18,
	SFTP_READLINK = 19,
	SFTP_SYMLINK = 20,
	SFTP_STATUS = 101,
	SFTP_HANDLE = 102,
	SFTP_DATA = 103,
	SFTP_NAME = 104,
	SFTP_ATTRS = 105,
	SFTP_EXTENDED = 200,
	SFTP_EXTENDED_REPLY = 201,
};

/* Section 7. */
enum sftp_code {
	SFTP_OK = 0,
	SFTP_EOF = 1,
	SFTP_NO_SUCH_FILE = 2,
	SFTP_PERMISSION_DENIED = 3,
	SFTP_FAILURE = 4,
	SFTP_BAD_MESSAGE = 5,
	SFTP_NO_CONNECTION = 6,
	SFTP_CONNECTION_LOST = 7,
	SFTP_OP_UNSUPPORTED = 8,
};

/* Section 6.3. */
enum sftp_open_flags {
	SFTP_OPEN_READ = 1 << 0,
	SFTP_OPEN_WRITE = 1 << 1,
	SFTP_OPEN_APPEND = 1 << 2,
	SFTP_OPEN_CREAT = 1 << 3,
	SFTP_OPEN_TRUNC = 1 << 4,
	SFTP_OPEN_EXCL = 1 << 5,
};

/* Which attributes are there (section 5). */
enum sftp_attr_flags {
	SFTP_ATTR_SIZE = 1 << 0,
	SFTP_ATTR_OWNER = 1 << 1,
	SFTP_ATTR_MODE = 1 << 2,
	SFTP_ATTR_TIMES = 1 << 3,
};
#define SFTP_ATTR_EXTENDED 0x80000000U

struct sftp_attrs {
	unsigned has; /* enum sftp_attr_flags */
	uint64_t size;
	uint32_t uid;
	uint32_t gid;
	uint32_t mode; /* with the kind of file, as stat(2) has it */
	uint32_t atime;
	uint32_t mtime;
};

/* What VERSION offers beside the protocol itself. */
enum sftp_extension {
	SFTP_EXT_POSIX_RENAME = 1 << 0,
	SFTP_EXT_HARDLINK = 1 << 1,
	SFTP_EXT_STATVFS = 1 << 2,
	SFTP_EXT_FSYNC = 1 << 3,
	SFTP_EXT_LIMITS = 1 << 4,
	SFTP_EXT_EXPAND_PATH = 1 << 5,
	SFTP_EXT_COPY_DATA = 1 << 6,
	SFTP_EXT_CHECK_FILE = 1 << 7,
	SFTP_EXT_LSETSTAT = 1 << 8,
};

/* ---- requests ---- */

/* A request as it is put together at the end of a buffer. Adding cannot fail; ending can. */
struct sftp_request {
	struct nk_buf *out; /* borrowed */
	size_t start;
	bool is_full;
};

/* INIT (section 4); the only packet without an id. */
NK_MUST_CHECK int sftp_put_init(struct nk_buf *out);

struct sftp_request sftp_request_begin(struct nk_buf *out, enum sftp_type type, uint32_t id);
void sftp_add_u32(struct sftp_request *request, uint32_t value);
void sftp_add_u64(struct sftp_request *request, uint64_t value);
void sftp_add_string(struct sftp_request *request, const void *bytes, size_t length);
void sftp_add_text(struct sftp_request *request, const char *text);
void sftp_add_attrs(struct sftp_request *request, const struct sftp_attrs *attrs);

/* Set the length, to which extra bytes are counted that follow by themselves. -1: it did not fit,
 * and nothing was added. */
NK_MUST_CHECK int sftp_request_end(struct sftp_request *request, size_t extra);

/* ---- replies ---- */

/* The beginning of a packet of SFTP_HEADER_SIZE bytes; length is of type, id and body. */
struct sftp_header {
	uint32_t length;
	uint8_t type;
	uint32_t id;
};
void sftp_parse_header(const uint8_t *bytes, struct sftp_header *header);

/* Bytes that are taken from the front; what is not there is 0 or NULL and makes it bad. */
struct sftp_cursor {
	const uint8_t *at;
	size_t left;
	bool is_bad;
};
uint8_t sftp_take_u8(struct sftp_cursor *cursor);
uint32_t sftp_take_u32(struct sftp_cursor *cursor);
uint64_t sftp_take_u64(struct sftp_cursor *cursor);

/* A string, borrowed from the packet; NULL when it is not there. */
const char *sftp_take_string(struct sftp_cursor *cursor, size_t *length);
void sftp_take_attrs(struct sftp_cursor *cursor, struct sftp_attrs *attrs);

/* The body of VERSION: the number and the extensions; false when it is broken. */
bool sftp_parse_version(const void *body, size_t length, uint32_t *version, unsigned *extensions);

/* The next extension that follows the number: its name and what it says of itself, borrowed; false
 * when there is none, or it is broken. */
struct sftp_extension_pair {
	const char *name;
	size_t name_length;
	const char *data;
	size_t data_length;
};
bool sftp_next_extension(struct sftp_cursor *cursor, struct sftp_extension_pair *extension);

/* The body of STATUS. The text, which older servers leave away, is borrowed and has no NUL at its
 * end. */
bool sftp_parse_status(const void *body, size_t length, uint32_t *code, const char **text,
		       size_t *text_length);

/* The body of HANDLE, borrowed: of 1 to SFTP_HANDLE_MAX bytes. */
bool sftp_parse_handle(const void *body, size_t length, const char **handle, size_t *handle_length);

/* The body of ATTRS. */
bool sftp_parse_attrs(const void *body, size_t length, struct sftp_attrs *attrs);

/* One entry of NAME. */
struct sftp_name {
	const char *name; /* borrowed, no NUL at its end */
	size_t name_length;
	const char *longname; /* as ls -l has it */
	size_t longname_length;
	struct sftp_attrs attrs;
};

/* The body of NAME: how many entries follow. */
bool sftp_parse_names(const void *body, size_t length, struct sftp_cursor *cursor, uint32_t *count);
bool sftp_next_name(struct sftp_cursor *cursor, struct sftp_name *name);

/* What the attributes say of a file; name and link are left alone. longname, which may be NULL, tells
 * the kind where they do not. */
void sftp_describe(const struct sftp_attrs *attrs, const char *longname, struct nk_entry *entry);

/* The body of the reply to limits@openssh.com; 0 means that there is none. */
struct sftp_limits {
	uint64_t packet;
	uint64_t read;
	uint64_t write;
	uint64_t handles;
};
bool sftp_parse_limits(const void *body, size_t length, struct sftp_limits *limits);

/* The body of the reply to statvfs@openssh.com. */
bool sftp_parse_statvfs(const void *body, size_t length, struct nk_volume *volume);

/* The third and the fourth word of a longname, as "ls -l" has owner and group there: copied to
 * owner and group, empty for what is too long or not there. */
struct sftp_names {
	char owner[NK_ENTRY_OWNER_MAX + 1];
	char group[NK_ENTRY_OWNER_MAX + 1];
};
void sftp_parse_owners(const char *longname, size_t length, struct sftp_names *names);

/* The body of the reply to check-file (draft-ietf-secsh-filexfer-extensions-00, 3): which hash, and
 * its value for the whole. */
bool sftp_parse_check_file(const void *body, size_t length, enum nk_digest_kind *kind,
			   char out[NK_DIGEST_TEXT]);

#endif
