/* remotepart.c - a file on a server while its pieces come. */
#include "remotepart.h"

#include <sys/random.h>

#include "blame.h"
#include "netkit/log.h"

#define REMOTE_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

static int stat_it(const struct nk_end *target, const char *path, struct nk_entry *entry,
		   struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(REMOTE_STAT_ARENA);
	int result = nk_fs_stat(target->fs, path, &arena, entry, err);

	/* They went with the arena. */
	entry->name = "";
	entry->link = NULL;
	return result;
}

/* Can another file take its place without anything else being changed? */
static bool can_be_replaced(const struct nk_end *target, struct nk_entry *entry, struct nk_err *err)
{
	const struct nk_fs_ops *ops = target->fs->ops;

	*entry = (struct nk_entry)NK_ENTRY_INIT;
	if (!ops->rename || !ops->stat)
		return false;
	if (stat_it(target, target->path, entry, err) < 0) {
		bool is_missing = err->domain == NK_E_MISSING;

		*entry = (struct nk_entry)NK_ENTRY_INIT;
		if (is_missing)
			*err = (struct nk_err)NK_ERR_INIT;
		return is_missing;
	}
	return entry->kind == NK_KIND_FILE && (entry->mode < 0 || ops->chmod);
}

/* Another name each time: NAME.part may be a file of its own, which others write, or will. */
static char *new_name(const char *path)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return nk_format("%s.part", path);
	return nk_format("%s.%08x.part", path, (unsigned)random);
}

int nk_remote_part_open(struct nk_remote_part *part, const struct nk_end *target,
			const struct nk_open_how *how, struct nk_err *err)
{
	nk_auto(str) char *work = new_name(target->path);
	struct nk_open_how mine = *how;
	struct nk_stream *empty = NULL;
	struct nk_err refused = NK_ERR_INIT;
	struct nk_entry old;

	*part = (struct nk_remote_part){ .target = target, .mode = -1 };
	mine.in_pieces = true;
	mine.must_be_new = true;
	mine.offset = 0;
	mine.size = 0;
	if (!how->must_be_new && can_be_replaced(target, &old, &refused)) {
		/* As secret as what it replaces, until it has its permissions. */
		if (old.mode >= 0)
			mine.mode = 0600;
		if (nk_fs_open(target->fs, work, &mine, &empty, &refused) == 0 &&
		    nk_stream_close(empty, &refused) == 0) {
			part->work = nk_take(work);
			part->mode = old.mode;
			return 1;
		}
	}
	if (nk_fs_is_session_error(refused.domain)) {
		*err = refused;
		return -1;
	}
	nk_log(NK_LOG_INFO, "%s: goes over one connection: %s", target->path,
	       refused.domain != NK_E_NONE ? refused.msg : "it cannot be replaced in one step");
	return 0;
}

/* A server that cannot replace a file in one step needs two. */
static int rename_it(struct nk_remote_part *part, struct nk_err *err)
{
	const struct nk_end *target = part->target;
	struct nk_err exists = NK_ERR_INIT;

	if (nk_fs_rename(target->fs, part->work, target->path, &exists) == 0)
		return 0;
	if (exists.domain != NK_E_EXISTS || !target->fs->ops->unlink) {
		*err = exists;
		return -1;
	}
	if (nk_fs_unlink(target->fs, target->path, err) < 0)
		return -1;
	if (nk_fs_rename(target->fs, part->work, target->path, err) == 0)
		return 0;
	/* It is all there is now. */
	nk_wrap(err, "the new file is complete, and is left as %s", part->work);
	free(nk_take(part->work));
	return -1;
}

int nk_remote_part_finish(struct nk_remote_part *part, int64_t size, struct nk_err *err)
{
	const struct nk_end *target = part->target;
	struct nk_entry now = NK_ENTRY_INIT;

	if (stat_it(target, part->work, &now, err) < 0)
		return -1;
	if (now.size != size)
		return nk_fail_again(
			err, NK_E_SHORT, 0,
			"%s: %lld bytes were sent and accepted, the server has stored %lld",
			part->work, (long long)size, (long long)now.size);
	if (part->mode >= 0 && part->mode != now.mode &&
	    nk_fs_chmod(target->fs, part->work, part->mode & 0777, err) < 0)
		return -1;
	if (rename_it(part, err) < 0)
		return -1;
	free(nk_take(part->work));
	return 0;
}

void nk_remote_part_release(struct nk_remote_part *part)
{
	struct nk_err ignored = NK_ERR_INIT;

	if (part->work && nk_fs_unlink(part->target->fs, part->work, &ignored) < 0)
		nk_log(NK_LOG_INFO, "%s", ignored.msg);
	free(nk_take(part->work));
}
