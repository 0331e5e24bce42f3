/* packed.c - entries as bytes, and the unnamed files they are kept in. */
#include "packed.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct packed {
	int64_t size;
	int64_t mtime;
	int64_t uid;
	int64_t gid;
	int32_t mode;
	uint16_t name_length;
	uint16_t link_length;
	uint8_t owner_length;
	uint8_t group_length;
	uint8_t kind;
	bool is_rough;
	bool has_link;
};

_Static_assert(sizeof(struct packed) == NK_PACKED_HEAD, "the head is as the header says");
_Static_assert(NK_ENTRY_OWNER_MAX <= UINT8_MAX, "a head has the lengths of both owners");

static int add_text(struct nk_buf *buf, const char *text, size_t length)
{
	return nk_buf_add(buf, text, length) < 0 ? -1 : nk_buf_add(buf, "", 1);
}

static int add_packed(struct nk_buf *buf, const struct packed *packed, const struct nk_entry *entry)
{
	if (nk_buf_add(buf, packed, sizeof(*packed)) < 0 ||
	    add_text(buf, entry->name, packed->name_length) < 0 ||
	    add_text(buf, entry->link ? entry->link : "", packed->link_length) < 0 ||
	    add_text(buf, entry->owner ? entry->owner : "", packed->owner_length) < 0)
		return -1;
	return add_text(buf, entry->group ? entry->group : "", packed->group_length);
}

/* Of an owner's name that is kept; 0 also for one that is too long. */
static uint8_t owner_length(const char *name)
{
	size_t length = name ? strlen(name) : 0;

	return length <= NK_ENTRY_OWNER_MAX ? (uint8_t)length : 0;
}

int nk_entry_pack(struct nk_buf *buf, const struct nk_entry *entry, struct nk_err *err)
{
	size_t name_length = strlen(entry->name);
	size_t link_length = entry->link ? strlen(entry->link) : 0;
	struct packed packed;
	int added;

	if (name_length > NK_ENTRY_NAME_MAX || link_length > NK_ENTRY_NAME_MAX)
		return nk_fail(err, NK_E_PROTO, 0, "a name of over %d bytes: \"%.40s...\"",
			       NK_ENTRY_NAME_MAX,
			       name_length > NK_ENTRY_NAME_MAX ? entry->name : entry->link);
	/* Its padding goes to a file too. */
	memset(&packed, 0, sizeof(packed));
	packed.size = entry->size;
	packed.mtime = entry->mtime;
	packed.mode = entry->mode;
	packed.kind = (uint8_t)entry->kind;
	packed.is_rough = entry->is_rough;
	packed.has_link = entry->link != NULL;
	packed.name_length = (uint16_t)name_length;
	packed.link_length = (uint16_t)link_length;
	packed.uid = entry->uid;
	packed.gid = entry->gid;
	packed.owner_length = owner_length(entry->owner);
	packed.group_length = owner_length(entry->group);
	added = add_packed(buf, &packed, entry);
	assert(added == 0); /* the caller left room for it */
	(void)added;
	return 0;
}

size_t nk_entry_packed_length(const char *bytes)
{
	struct packed packed;

	memcpy(&packed, bytes, sizeof(packed));
	return sizeof(packed) + packed.name_length + 1 + packed.link_length + 1 +
	       packed.owner_length + 1 + packed.group_length + 1;
}

void nk_entry_unpack(const char *bytes, struct nk_entry *entry)
{
	struct packed packed;
	const char *name, *link, *owner, *group;

	memcpy(&packed, bytes, sizeof(packed));
	name = bytes + sizeof(packed);
	link = name + packed.name_length + 1;
	owner = link + packed.link_length + 1;
	group = owner + packed.owner_length + 1;
	*entry = (struct nk_entry){
		.name = name,
		.kind = packed.kind,
		.size = packed.size,
		.mtime = packed.mtime,
		.mode = packed.mode,
		.is_rough = packed.is_rough,
		.link = packed.has_link ? link : NULL,
		.uid = packed.uid,
		.gid = packed.gid,
		.owner = packed.owner_length > 0 ? owner : NULL,
		.group = packed.group_length > 0 ? group : NULL,
	};
}

/* A file without a name in folder, also where the file system has no O_TMPFILE. */
static int open_unnamed(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	nk_auto(str) char *name = nk_format("%s/netkit-XXXXXX", folder);

	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

int nk_spool_unnamed(struct nk_err *err)
{
	const char *const folders[] = { getenv("TMPDIR"), "/tmp", "/var/tmp" };
	int fd = -1;

	for (size_t i = 0; i < NK_COUNT(folders) && fd < 0; i++) {
		if (folders[i] && folders[i][0] != '\0')
			fd = open_unnamed(folders[i]);
	}
	return fd < 0 ? nk_fail_errno(err, NK_E_WRITE, "cannot make a temporary file") : fd;
}

int nk_temporary_write(int fd, const char *bytes, size_t length, off_t *at, struct nk_err *err)
{
	while (length > 0) {
		ssize_t wrote = pwrite(fd, bytes, length, *at);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return nk_fail_errno(err, NK_E_WRITE, "cannot write a temporary file");
		*at += wrote;
		bytes += wrote;
		length -= (size_t)wrote;
	}
	return 0;
}

ssize_t nk_temporary_read(int fd, char *bytes, size_t most, off_t *at, struct nk_err *err)
{
	ssize_t got;

	do {
		got = pread(fd, bytes, most, *at);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return nk_fail_errno(err, NK_E_READ, "cannot read a temporary file");
	if (got == 0)
		return nk_fail(err, NK_E_READ, 0, "a temporary file ended early");
	*at += got;
	return got;
}
