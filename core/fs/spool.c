/* spool.c - a folder's entries, a little in memory and the rest in an unlinked file. */
#include "netkit/spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "netkit/buf.h"

/* What is kept in memory before the file is begun: some hundred entries. */
#define SPOOL_MEMORY 32768

/* What is read back from the file at a time; more than the largest record. */
#define SPOOL_CHUNK 16384

/* A record: this, then name, link, owner and group, each with its NUL. */
struct spool_record {
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

_Static_assert(NK_ENTRY_OWNER_MAX <= UINT8_MAX, "a record has the lengths of both names");

#define SPOOL_RECORD_MAX                                                                           \
	(sizeof(struct spool_record) + 2 * (NK_ENTRY_NAME_MAX + 1) + 2 * (NK_ENTRY_OWNER_MAX + 1))

_Static_assert(SPOOL_RECORD_MAX <= SPOOL_CHUNK, "a chunk holds any record");

/* Records go out at the front of head; what does not fit there waits in the file, and then in tail
 * until that is long enough to be written. */
struct nk_spool {
	struct nk_buf head;
	size_t taken; /* bytes of head already handed out */
	int fd;	      /* -1: no file */
	off_t read_at;
	off_t write_at;
	struct nk_buf tail;
	size_t count;
	size_t most; /* entries; 0: any number */
};

const char *nk_kind_word(enum nk_kind kind)
{
	static const char *const words[] = {
		[NK_KIND_FILE] = "file",
		[NK_KIND_DIR] = "dir",
		[NK_KIND_LINK] = "link",
		[NK_KIND_OTHER] = "other",
	};

	return words[kind];
}

struct nk_spool *nk_spool_new(void)
{
	struct nk_spool *spool = nk_alloc(sizeof(*spool));

	spool->head = (struct nk_buf)NK_BUF_INIT(SPOOL_MEMORY + SPOOL_CHUNK + SPOOL_RECORD_MAX);
	spool->tail = (struct nk_buf)NK_BUF_INIT(SPOOL_MEMORY + SPOOL_RECORD_MAX);
	spool->fd = -1;
	return spool;
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

static int open_file(struct nk_spool *spool, struct nk_err *err)
{
	const char *const folders[] = { getenv("TMPDIR"), "/tmp", "/var/tmp" };

	for (size_t i = 0; i < NK_COUNT(folders) && spool->fd < 0; i++) {
		if (folders[i] && folders[i][0] != '\0')
			spool->fd = open_unnamed(folders[i]);
	}
	if (spool->fd < 0)
		return nk_fail_errno(err, NK_E_WRITE, "cannot make a temporary file");
	return 0;
}

static int write_tail(struct nk_spool *spool, struct nk_err *err)
{
	size_t done = 0;

	if (spool->fd < 0 && open_file(spool, err) < 0)
		return -1;
	while (done < spool->tail.len) {
		ssize_t wrote = pwrite(spool->fd, spool->tail.data + done, spool->tail.len - done,
				       spool->write_at);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return nk_fail_errno(err, NK_E_WRITE, "cannot write a temporary file");
		spool->write_at += wrote;
		done += (size_t)wrote;
	}
	nk_buf_clear(&spool->tail);
	return 0;
}

static bool has_waiting(const struct nk_spool *spool)
{
	return spool->read_at < spool->write_at || spool->tail.len > 0;
}

static int add_text(struct nk_buf *buf, const char *text, size_t length)
{
	return nk_buf_add(buf, text, length) < 0 ? -1 : nk_buf_add(buf, "", 1);
}

static int add_record(struct nk_buf *buf, const struct spool_record *record,
		      const struct nk_entry *entry)
{
	if (nk_buf_add(buf, record, sizeof(*record)) < 0 ||
	    add_text(buf, entry->name, record->name_length) < 0 ||
	    add_text(buf, entry->link ? entry->link : "", record->link_length) < 0 ||
	    add_text(buf, entry->owner ? entry->owner : "", record->owner_length) < 0)
		return -1;
	return add_text(buf, entry->group ? entry->group : "", record->group_length);
}

/* Of an owner's name that is kept; 0 also for one that is too long. */
static uint8_t owner_length(const char *name)
{
	size_t length = name ? strlen(name) : 0;

	return length <= NK_ENTRY_OWNER_MAX ? (uint8_t)length : 0;
}

void nk_spool_limit(struct nk_spool *spool, size_t most)
{
	spool->most = most;
}

int nk_spool_add(struct nk_spool *spool, const struct nk_entry *entry, struct nk_err *err)
{
	size_t name_length = strlen(entry->name);
	size_t link_length = entry->link ? strlen(entry->link) : 0;
	struct spool_record record;
	bool fits;
	int added;

	if (spool->most > 0 && spool->count == spool->most)
		return nk_fail(err, NK_E_PROTO, 0, "more than %zu entries", spool->most);
	if (name_length > NK_ENTRY_NAME_MAX || link_length > NK_ENTRY_NAME_MAX)
		return nk_fail(err, NK_E_PROTO, 0, "a name of over %d bytes: \"%.40s...\"",
			       NK_ENTRY_NAME_MAX,
			       name_length > NK_ENTRY_NAME_MAX ? entry->name : entry->link);
	/* Its padding goes to a file too. */
	memset(&record, 0, sizeof(record));
	record.size = entry->size;
	record.mtime = entry->mtime;
	record.mode = entry->mode;
	record.kind = (uint8_t)entry->kind;
	record.is_rough = entry->is_rough;
	record.has_link = entry->link != NULL;
	record.name_length = (uint16_t)name_length;
	record.link_length = (uint16_t)link_length;
	record.uid = entry->uid;
	record.gid = entry->gid;
	record.owner_length = owner_length(entry->owner);
	record.group_length = owner_length(entry->group);

	fits = !has_waiting(spool) && spool->head.len < SPOOL_MEMORY;
	if (!fits && spool->tail.len >= SPOOL_MEMORY && write_tail(spool, err) < 0)
		return -1;
	added = add_record(fits ? &spool->head : &spool->tail, &record, entry);
	assert(added == 0); /* either buffer has room for one more record */
	(void)added;
	spool->count++;
	return 0;
}

/* Read the next chunk of the file to the end of head. */
static int read_chunk(struct nk_spool *spool, struct nk_err *err)
{
	char chunk[SPOOL_CHUNK];
	size_t left = (size_t)(spool->write_at - spool->read_at);
	ssize_t got;
	int added;

	do {
		got = pread(spool->fd, chunk, left < sizeof(chunk) ? left : sizeof(chunk),
			    spool->read_at);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return nk_fail_errno(err, NK_E_READ, "cannot read a temporary file");
	if (got == 0)
		return nk_fail(err, NK_E_READ, 0, "a temporary file ended early");
	spool->read_at += got;
	added = nk_buf_add(&spool->head, chunk, (size_t)got);
	assert(added == 0); /* head holds less than a record */
	(void)added;
	return 0;
}

/* See to it that size bytes of records are in head. */
static int fill_head(struct nk_spool *spool, size_t size, struct nk_err *err)
{
	while (spool->head.len - spool->taken < size) {
		nk_buf_consume(&spool->head, spool->taken);
		spool->taken = 0;
		if (spool->read_at < spool->write_at) {
			if (read_chunk(spool, err) < 0)
				return -1;
			continue;
		}
		/* The file is drained; records in it are whole, so head is empty now. */
		nk_buf_release(&spool->head);
		struct nk_buf drained = spool->head;

		spool->head = spool->tail;
		spool->head.limit = drained.limit;
		drained.limit = spool->tail.limit;
		spool->tail = drained;
	}
	return 0;
}

/* Give back what an empty spool holds: its folder may stay open for long. */
static void drain(struct nk_spool *spool)
{
	nk_buf_release(&spool->head);
	nk_buf_release(&spool->tail);
	spool->taken = 0;
	if (spool->fd >= 0)
		close(spool->fd);
	spool->fd = -1;
	spool->read_at = 0;
	spool->write_at = 0;
}

int nk_spool_next(struct nk_spool *spool, struct nk_entry *entry, struct nk_err *err)
{
	struct spool_record record;
	const char *name, *link, *owner, *group;
	size_t length;

	if (spool->taken == spool->head.len && !has_waiting(spool)) {
		drain(spool);
		return 0;
	}
	if (fill_head(spool, sizeof(record), err) < 0)
		return -1;
	memcpy(&record, spool->head.data + spool->taken, sizeof(record));
	length = sizeof(record) + record.name_length + 1 + record.link_length + 1 +
		 record.owner_length + 1 + record.group_length + 1;
	if (fill_head(spool, length, err) < 0)
		return -1;
	name = spool->head.data + spool->taken + sizeof(record);
	link = name + record.name_length + 1;
	owner = link + record.link_length + 1;
	group = owner + record.owner_length + 1;
	spool->taken += length;
	*entry = (struct nk_entry){
		.name = name,
		.kind = record.kind,
		.size = record.size,
		.mtime = record.mtime,
		.mode = record.mode,
		.is_rough = record.is_rough,
		.link = record.has_link ? link : NULL,
		.uid = record.uid,
		.gid = record.gid,
		.owner = record.owner_length > 0 ? owner : NULL,
		.group = record.group_length > 0 ? group : NULL,
	};
	return 1;
}

size_t nk_spool_count(const struct nk_spool *spool)
{
	return spool->count;
}

void nk_spool_free(struct nk_spool *spool)
{
	if (!spool)
		return;
	drain(spool);
	free(spool);
}
