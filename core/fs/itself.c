/* itself.c - is a file about to be copied onto itself? */
#include "itself.h"

#include "blame.h"
#include "netkit/log.h"
#include "probefile.h"

#define ITSELF_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

/* Where both paths really lead, as far as the servers say; strings are owned. */
struct leads {
	char *source;
	char *target;
};

static void leads_release(struct leads *leads)
{
	free(leads->source);
	free(leads->target);
}
NK_AUTO(leads, struct leads, leads_release)

/* An answer that is none is no failure, unless the session went with it. */
static int give_up(const struct nk_err *refused, struct nk_err *err)
{
	if (nk_fs_is_session_error(refused->domain)) {
		*err = *refused;
		return -1;
	}
	nk_log(NK_LOG_DEBUG, "not known whether it is the same file: %s", refused->msg);
	return 0;
}

/* 1: entry is filled, 0: there is nothing there, -1: refused has why that is not known. */
static int look(struct nk_fs *fs, const char *path, struct nk_entry *entry, struct nk_err *refused)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(ITSELF_STAT_ARENA);

	if (nk_fs_stat(fs, path, &arena, entry, refused) < 0)
		return refused->domain == NK_E_MISSING ? 0 : -1;
	/* They went with the arena. */
	entry->name = "";
	entry->link = NULL;
	return 1;
}

static int resolve(const struct nk_end *end, char **real, struct nk_err *refused)
{
	if (end->fs->ops->real_path)
		return end->fs->ops->real_path(end->fs, end->path, real, refused);
	*real = nk_strdup(end->path);
	return 0;
}

static bool is_same_name(const char *one, const char *other)
{
	return strcmp(nk_path_name(one), nk_path_name(other)) == 0;
}

static int fail_same(const struct nk_end *source, const struct nk_end *target, struct nk_err *err)
{
	return nk_fail(err, NK_E_USAGE, 0, "%s cannot be copied onto itself: on %s it is %s",
		       source->path, target->fs->session->target.host, target->path);
}

/* No file of ours can be made beside the target. */
static int judge_unprobed(const struct nk_end *source, const struct nk_end *target,
			  const struct nk_entry *there, struct nk_err *err)
{
	struct nk_entry here = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;
	int found = look(source->fs, source->path, &here, &refused);

	if (found < 0)
		return give_up(&refused, err);
	if (found == 0 || here.kind != there->kind || here.size != there->size ||
	    here.mtime != there->mtime)
		return 0;
	return nk_fail(
		err, NK_E_USAGE, 0,
		"%s may be %s on %s itself: size and time are equal, and no file can be made "
		"beside it to find out",
		source->path, target->path, target->fs->session->target.host);
}

/* Is a file that is made in the target's folder seen in the source's? 1, 0, -1: refused has why nobody
 * knows. */
static int probe(struct nk_fs *source, const char *source_folder, struct nk_fs *target,
		 const char *target_folder, struct nk_err *refused)
{
	nk_auto(str) char *made = NULL;
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err ignored = NK_ERR_INIT;
	int found;

	if (nk_probe_file_make(target, target_folder, &made, refused) < 0)
		return -1;
	nk_auto(str) char *seen = nk_path_join(source_folder, nk_path_name(made));

	found = look(source, seen, &entry, refused);
	if (nk_fs_unlink(target, made, &ignored) < 0)
		nk_log(NK_LOG_NOTICE, "%s is left behind: %s", made, ignored.msg);
	return found;
}

static void note_apart(struct nk_apart *apart, const struct nk_end *source,
		       const struct nk_end *target)
{
	nk_apart_release(apart);
	*apart = (struct nk_apart){
		.source = source->fs->session,
		.target = target->fs->session,
		.source_folder = nk_path_parent(source->path),
		.target_folder = nk_path_parent(target->path),
	};
}

/* Nothing is at target: a folder that has a file of this name is another one. What is in neither tells
 * nothing. */
static int note_missing(struct nk_apart *apart, const struct nk_end *source,
			const struct nk_end *target, struct nk_err *err)
{
	struct nk_entry here = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;
	int found;

	if (!is_same_name(source->path, target->path))
		return 0;
	found = look(source->fs, source->path, &here, &refused);
	if (found < 0)
		return give_up(&refused, err);
	if (found > 0)
		note_apart(apart, source, target);
	return 0;
}

/* One server, one session. Where the protocol has no links, paths tell all that can be told; else there may
 * be one in any folder. */
static int check_paths(struct nk_apart *apart, const struct nk_end *source,
		       const struct nk_end *target, struct nk_err *err)
{
	nk_auto(leads) struct leads leads = { 0 };
	struct nk_err refused = NK_ERR_INIT;
	bool has_links = target->fs->ops->symlink != NULL;
	struct nk_entry there = NK_ENTRY_INIT;
	int found = has_links ? look(target->fs, target->path, &there, &refused) : 1;

	if (found == 0)
		return 0;
	if (found < 0 || resolve(source, &leads.source, &refused) < 0 ||
	    resolve(target, &leads.target, &refused) < 0)
		return give_up(&refused, err);
	if (strcmp(leads.source, leads.target) == 0)
		return fail_same(source, target, err);
	if (!has_links && is_same_name(source->path, target->path))
		note_apart(apart, source, target);
	return 0;
}

/* Something is at target. */
static int compare(struct nk_apart *apart, const struct nk_end *source, const struct nk_end *target,
		   const struct nk_entry *there, struct nk_err *err)
{
	nk_auto(leads) struct leads leads = { 0 };
	struct nk_err refused = NK_ERR_INIT;
	int found;

	if (resolve(source, &leads.source, &refused) < 0 ||
	    resolve(target, &leads.target, &refused) < 0)
		return give_up(&refused, err);
	if (!is_same_name(leads.source, leads.target))
		return 0;
	nk_auto(str) char *source_folder = nk_path_parent(leads.source);
	nk_auto(str) char *target_folder = nk_path_parent(leads.target);

	found = probe(source->fs, source_folder, target->fs, target_folder, &refused);
	if (found < 0 && nk_fs_is_session_error(refused.domain))
		return give_up(&refused, err);
	if (found < 0)
		return judge_unprobed(source, target, there, err);
	if (found > 0)
		return fail_same(source, target, err);
	note_apart(apart, source, target);
	return 0;
}

static bool is_in(const char *path, const char *folder)
{
	nk_auto(str) char *above = nk_path_parent(path);

	return strcmp(above, folder) == 0;
}

/* Can files of ours tell whether these two are one? */
static bool can_tell(const struct nk_end *source, const struct nk_end *target)
{
	const struct nk_fs_ops *ops = target->fs->ops;

	/* What cannot remove a file of ours cannot be asked by one. */
	return source->fs->ops == ops && !nk_fs_is_here(ops) && ops->stat && ops->unlink;
}

int nk_itself_check_folder(const struct nk_end *source, const struct nk_end *target,
			   struct nk_err *err)
{
	nk_auto(leads) struct leads leads = { 0 };
	struct nk_err refused = NK_ERR_INIT;
	size_t length;
	int found;

	if (!can_tell(source, target) || source->fs->session == target->fs->session)
		return 0;
	if (resolve(source, &leads.source, &refused) < 0 ||
	    resolve(target, &leads.target, &refused) < 0)
		return give_up(&refused, err);
	length = strcmp(leads.source, "/") == 0 ? 0 : strlen(leads.source);
	if (strncmp(leads.target, leads.source, length) != 0 || leads.target[length] != '/')
		return 0;
	found = probe(source->fs, leads.target, target->fs, leads.target, &refused);
	if (found < 0)
		return give_up(&refused, err);
	if (found == 0)
		return 0;
	return nk_fail(err, NK_E_USAGE, 0, "%s cannot be copied into itself: on %s %s is in it",
		       source->path, target->fs->session->target.host, target->path);
}

bool nk_itself_is_ruled_out(const struct nk_apart *apart, const struct nk_end *source,
			    const struct nk_end *target)
{
	if (!can_tell(source, target))
		return true;
	return apart->source_folder && apart->source == source->fs->session &&
	       apart->target == target->fs->session && is_in(source->path, apart->source_folder) &&
	       is_in(target->path, apart->target_folder);
}

int nk_itself_check(struct nk_apart *apart, const struct nk_end *source,
		    const struct nk_end *target, struct nk_err *err)
{
	struct nk_entry there = NK_ENTRY_INIT;
	struct nk_err refused = NK_ERR_INIT;
	int found;

	if (nk_itself_is_ruled_out(apart, source, target))
		return 0;
	if (source->fs->session == target->fs->session)
		return check_paths(apart, source, target, err);
	found = look(target->fs, target->path, &there, &refused);
	if (found < 0)
		return give_up(&refused, err);
	if (found > 0)
		return compare(apart, source, target, &there, err);
	return note_missing(apart, source, target, err);
}

void nk_apart_release(struct nk_apart *apart)
{
	free(apart->source_folder);
	free(apart->target_folder);
	*apart = (struct nk_apart){ 0 };
}
