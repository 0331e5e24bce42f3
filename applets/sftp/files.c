/* files.c - what can be asked and done about files by their paths. */
#include "sftp.h"

/* READDIRs on their way: at first, for most folders fit into one reply, and at most. */
#define FILES_READDIR_FIRST 2
#define FILES_READDIR_MOST  8

/* Most entries of one folder: a server cannot fill the disk with names that do not exist. */
#define FILES_ENTRIES_MAX 100000000

/* ---- looking ---- */

static int sftp_keep_link(struct sftp *sftp, const char *real, struct nk_arena *arena,
			  struct nk_entry *entry, struct nk_err *err)
{
	nk_auto(str) char *target = NULL;
	struct nk_err refused = NK_ERR_INIT;

	/* A link that cannot be read is still one. */
	if (sftp_path_of(sftp, SFTP_READLINK, real, &target, &refused) < 0) {
		if (!sftp_link_is_dead(sftp->link))
			return 0;
		*err = refused;
		return -1;
	}
	entry->link = nk_arena_strndup(arena, target, strlen(target));
	if (!entry->link)
		return nk_fail(err, NK_E_PROTO, 0, "%s: a link of %zu bytes",
			       sftp_link_peer(sftp->link), strlen(target));
	return 0;
}

static int sftp_stat(struct nk_fs *fs, const char *path, struct nk_arena *arena,
		     struct nk_entry *entry, struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;
	nk_auto(str) char *real = NULL;
	nk_auto(str) char *trimmed = nk_path_trim(path);
	struct nk_entry found = NK_ENTRY_INIT;
	struct sftp_attrs attrs;

	if (sftp_real(sftp, path, &real, err) < 0 || sftp_attrs(sftp, real, false, &attrs, err) < 0)
		return -1;
	sftp_describe(&attrs, NULL, &found);
	found.name = nk_arena_strndup(arena, nk_path_name(trimmed), strlen(nk_path_name(trimmed)));
	if (!found.name)
		return nk_fail(err, NK_E_USAGE, 0, "a name of over %d bytes", NK_ENTRY_NAME_MAX);
	if (found.kind == NK_KIND_LINK && sftp_keep_link(sftp, real, arena, &found, err) < 0)
		return -1;
	*entry = found;
	return 0;
}

static int sftp_real_path(struct nk_fs *fs, const char *path, char **real, struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;
	nk_auto(str) char *sent = NULL;

	if (sftp_real(sftp, path, &sent, err) < 0)
		return -1;
	return sftp_path_of(sftp, SFTP_REALPATH, sent, real, err);
}

/* ---- folders ---- */

/* A folder that is being listed. */
struct sftp_listing {
	struct sftp *sftp;
	struct nk_spool *spool;
	char handle[SFTP_HANDLE_MAX];
	size_t handle_length;
	struct sftp_call calls[FILES_READDIR_MOST]; /* a ring */
	size_t first;
	size_t count;
	size_t most;
	bool is_end;
};

static int sftp_listing_add(struct sftp_listing *listing, const struct sftp_name *name,
			    struct nk_err *err)
{
	struct nk_entry entry = NK_ENTRY_INIT;
	nk_auto(str) char *text = NULL;
	char longname[2] = { name->longname_length > 0 ? name->longname[0] : '-', '\0' };
	struct sftp_names names;

	if (memchr(name->name, '\0', name->name_length) || name->name_length > NK_ENTRY_NAME_MAX)
		return nk_fail(err, NK_E_PROTO, 0, "%s: the listing holds a name %s",
			       sftp_link_peer(listing->sftp->link),
			       name->name_length > NK_ENTRY_NAME_MAX ? "that is too long"
								     : "with a NUL byte");
	text = nk_strndup(name->name, name->name_length);
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return 0;
	sftp_describe(&name->attrs, longname, &entry);
	sftp_parse_owners(name->longname, name->longname_length, &names);
	entry.name = text;
	entry.owner = names.owner[0] != '\0' ? names.owner : NULL;
	entry.group = names.group[0] != '\0' ? names.group : NULL;
	return nk_spool_add(listing->spool, &entry, err);
}

static int sftp_listing_take(struct sftp_listing *listing, struct sftp_call *call,
			     struct nk_err *err)
{
	struct sftp_cursor cursor;
	struct sftp_name name;
	uint32_t count;

	if (sftp_call_wait(call, &listing->sftp->waiter, err) < 0)
		return -1;
	if (sftp_has_code(call, SFTP_EOF)) {
		listing->is_end = true;
		return 0;
	}
	if (sftp_expect(call, SFTP_NAME, "list", err) < 0)
		return -1;
	if (!sftp_parse_names(call->body, call->length, &cursor, &count))
		return sftp_broken(call, "list", err);
	/* An empty reply is no end, and could go on for ever. */
	if (count == 0)
		listing->is_end = true;
	for (; count > 0; count--) {
		if (!sftp_next_name(&cursor, &name))
			return sftp_broken(call, "list", err);
		if (sftp_listing_add(listing, &name, err) < 0)
			return -1;
	}
	if (nk_spool_count(listing->spool) > FILES_ENTRIES_MAX)
		return nk_fail(err, NK_E_PROTO, 0, "%s: a listing without end",
			       sftp_link_peer(listing->sftp->link));
	return 0;
}

static int sftp_listing_ask(struct sftp_listing *listing, struct nk_err *err)
{
	struct sftp *sftp = listing->sftp;

	while (listing->count < listing->most && !listing->is_end) {
		struct sftp_call *call =
			&listing->calls[(listing->first + listing->count) % FILES_READDIR_MOST];
		struct sftp_request request;

		if (sftp_call_begin(call, sftp->link, SFTP_READDIR, SFTP_PACKET_MAX, err) < 0)
			return -1;
		listing->count++;
		request = sftp_request_begin(&sftp->out, SFTP_READDIR, call->id);
		sftp_add_string(&request, listing->handle, listing->handle_length);
		if (sftp_call_end(call, &request, 0, err) < 0)
			return -1;
	}
	return sftp_link_send(sftp->link, &sftp->out, err);
}

/* All that were asked for are taken, those behind the end too. */
static int sftp_listing_run(struct sftp_listing *listing, struct nk_err *err)
{
	listing->most = FILES_READDIR_FIRST;
	do {
		if (sftp_listing_ask(listing, err) < 0 ||
		    sftp_listing_take(listing, &listing->calls[listing->first], err) < 0)
			return -1;
		sftp_call_drop(&listing->calls[listing->first]);
		listing->first = (listing->first + 1) % FILES_READDIR_MOST;
		listing->count--;
		if (listing->most < FILES_READDIR_MOST)
			listing->most++;
	} while (listing->count > 0 || !listing->is_end);
	return 0;
}

static void sftp_listing_close(struct sftp_listing *listing)
{
	nk_auto(call) struct sftp_call call = { .link = NULL };
	struct nk_err ignored = NK_ERR_INIT;
	struct sftp_request request;

	for (size_t i = 0; i < FILES_READDIR_MOST; i++)
		sftp_call_drop(&listing->calls[i]);
	if (listing->handle_length == 0 ||
	    sftp_call_begin(&call, listing->sftp->link, SFTP_CLOSE, 0, &ignored) < 0)
		return;
	request = sftp_request_begin(&listing->sftp->out, SFTP_CLOSE, call.id);
	sftp_add_string(&request, listing->handle, listing->handle_length);
	if (sftp_call_end(&call, &request, 0, &ignored) < 0 ||
	    sftp_link_send(listing->sftp->link, &listing->sftp->out, &ignored) < 0)
		return;
}

static int sftp_listing_open(struct sftp_listing *listing, const char *real, struct nk_err *err)
{
	nk_auto(call) struct sftp_call call = { .link = NULL };
	const char *handle;
	size_t length;

	if (sftp_ask(listing->sftp, &call, SFTP_OPENDIR, real, err) < 0 ||
	    sftp_exchange(listing->sftp, &call, err) < 0 ||
	    sftp_expect(&call, SFTP_HANDLE, "list", err) < 0)
		return -1;
	if (!sftp_parse_handle(call.body, call.length, &handle, &length))
		return sftp_broken(&call, "list", err);
	memcpy(listing->handle, handle, length);
	listing->handle_length = length;
	return 0;
}

static int sftp_list(struct nk_fs *fs, const char *path, struct nk_spool *spool, struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;
	struct sftp_listing listing = { .sftp = sftp, .spool = spool };
	nk_auto(str) char *real = NULL;
	int result;

	if (sftp_real(sftp, path, &real, err) < 0)
		return -1;
	result = sftp_listing_open(&listing, real, err);
	if (result == 0)
		result = sftp_listing_run(&listing, err);
	sftp_listing_close(&listing);
	return result;
}

/* ---- changing ---- */

/* A refusal that says nothing: is something there already? */
static int sftp_explain_exists(struct sftp *sftp, const char *real, struct nk_err *err)
{
	struct sftp_attrs attrs;
	struct nk_err ignored = NK_ERR_INIT;

	if (sftp_is_unexplained(err) && sftp_attrs(sftp, real, false, &attrs, &ignored) == 0) {
		nk_wrap(err, "exists already");
		err->domain = NK_E_EXISTS;
	}
	return -1;
}

/* Was a folder to go in which there is something? */
static int sftp_explain_full(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	nk_auto(spool) struct nk_spool *spool = NULL;
	struct nk_err ignored = NK_ERR_INIT;

	if (!sftp_is_unexplained(err))
		return -1;
	spool = nk_spool_new();
	if (sftp_list(fs, path, spool, &ignored) == 0 && nk_spool_count(spool) > 0) {
		nk_wrap(err, "the folder is not empty");
		err->domain = NK_E_DENIED;
	}
	return -1;
}

/* Was a folder to go as if it were a file? */
static int sftp_explain_folder(struct sftp *sftp, const char *real, struct nk_err *err)
{
	struct sftp_attrs attrs;
	struct nk_err ignored = NK_ERR_INIT;
	struct nk_entry entry = NK_ENTRY_INIT;

	if (!sftp_is_unexplained(err) || sftp_attrs(sftp, real, false, &attrs, &ignored) < 0)
		return -1;
	sftp_describe(&attrs, NULL, &entry);
	if (entry.kind == NK_KIND_DIR) {
		nk_wrap(err, "it is a folder");
		err->domain = NK_E_UNSUPPORTED;
	}
	return -1;
}

/* The reason of a refusal that says none. */
static int sftp_explain(struct nk_fs *fs, const char *path, const char *real, enum sftp_type type,
			struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;

	switch (type) {
	case SFTP_MKDIR:
		return sftp_explain_exists(sftp, real, err);
	case SFTP_RMDIR:
		return sftp_explain_full(fs, path, err);
	case SFTP_REMOVE:
		return sftp_explain_folder(sftp, real, err);
	default:
		return -1;
	}
}

/* A request with one path, and attributes where they are not NULL, answered by a status. */
static int sftp_do(struct nk_fs *fs, const char *path, enum sftp_type type,
		   const struct sftp_attrs *attrs, struct nk_err *err)
{
	static const char *const words[] = {
		[SFTP_SETSTAT] = "setstat",
		[SFTP_REMOVE] = "remove",
		[SFTP_MKDIR] = "mkdir",
		[SFTP_RMDIR] = "rmdir",
	};
	struct sftp *sftp = (struct sftp *)fs;
	nk_auto(call) struct sftp_call call = { .link = NULL };
	nk_auto(str) char *real = NULL;
	struct sftp_request request;

	if (sftp_real(sftp, path, &real, err) < 0 ||
	    sftp_call_begin(&call, sftp->link, type, 0, err) < 0)
		return -1;
	request = sftp_request_begin(&sftp->out, type, call.id);
	sftp_add_text(&request, real);
	if (attrs)
		sftp_add_attrs(&request, attrs);
	if (sftp_call_end(&call, &request, 0, err) < 0 || sftp_exchange(sftp, &call, err) < 0)
		return -1;
	if (sftp_expect(&call, SFTP_STATUS, words[type], err) == 0)
		return 0;
	return sftp_explain(fs, path, real, type, err);
}

static int sftp_mkdir(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	return sftp_do(fs, path, SFTP_MKDIR, &(struct sftp_attrs){ .has = 0 }, err);
}

static int sftp_rmdir(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	return sftp_do(fs, path, SFTP_RMDIR, NULL, err);
}

static int sftp_unlink(struct nk_fs *fs, const char *path, struct nk_err *err)
{
	return sftp_do(fs, path, SFTP_REMOVE, NULL, err);
}

static int sftp_chmod(struct nk_fs *fs, const char *path, int mode, struct nk_err *err)
{
	const struct sftp_attrs attrs = { .has = SFTP_ATTR_MODE, .mode = (uint32_t)mode };

	return sftp_do(fs, path, SFTP_SETSTAT, &attrs, err);
}

static int sftp_set_mtime(struct nk_fs *fs, const char *path, int64_t mtime, struct nk_err *err)
{
	const struct sftp_attrs attrs = { .has = SFTP_ATTR_TIMES,
					  .atime = (uint32_t)mtime,
					  .mtime = (uint32_t)mtime };

	if (mtime < 0 || mtime > UINT32_MAX)
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "SFTP has no time before 1970 or after "
			       "2106");
	return sftp_do(fs, path, SFTP_SETSTAT, &attrs, err);
}

/* A request with two paths as they are, answered by a status; extension: its name, or NULL. */
struct sftp_pair {
	enum sftp_type type;
	const char *extension;
	const char *what;
	const char *first;
	const char *second;
};

static int sftp_do_pair(struct sftp *sftp, const struct sftp_pair *pair, struct nk_err *err)
{
	nk_auto(call) struct sftp_call call = { .link = NULL };
	struct sftp_request request;

	if (strlen(pair->first) > SFTP_PATH_MAX || strlen(pair->second) > SFTP_PATH_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "a path of over %d bytes", SFTP_PATH_MAX);
	if (sftp_call_begin(&call, sftp->link, pair->type, 0, err) < 0)
		return -1;
	request = sftp_request_begin(&sftp->out, pair->type, call.id);
	if (pair->extension)
		sftp_add_text(&request, pair->extension);
	sftp_add_text(&request, pair->first);
	sftp_add_text(&request, pair->second);
	if (sftp_call_end(&call, &request, 0, err) < 0 || sftp_exchange(sftp, &call, err) < 0)
		return -1;
	return sftp_expect(&call, SFTP_STATUS, pair->what, err);
}

static int sftp_rename(struct nk_fs *fs, const char *path, const char *to, struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;
	bool is_posix = sftp_link_extensions(sftp->link) & SFTP_EXT_POSIX_RENAME;
	nk_auto(str) char *real = NULL;
	nk_auto(str) char *target = NULL;

	if (sftp_real(sftp, path, &real, err) < 0 || sftp_real(sftp, to, &target, err) < 0)
		return -1;
	const struct sftp_pair pair = {
		.type = is_posix ? SFTP_EXTENDED : SFTP_RENAME,
		.extension = is_posix ? "posix-rename@openssh.com" : NULL,
		.what = "rename",
		.first = real,
		.second = target,
	};

	if (sftp_do_pair(sftp, &pair, err) == 0)
		return 0;
	return sftp_explain_exists(sftp, target, err);
}

/* The draft has the link first. OpenSSH has what it points to first, and the others follow it. */
static int sftp_symlink(struct nk_fs *fs, const char *target, const char *path, struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;
	nk_auto(str) char *real = NULL;

	if (sftp_real(sftp, path, &real, err) < 0)
		return -1;
	const struct sftp_pair pair = {
		.type = SFTP_SYMLINK,
		.what = "symlink",
		.first = target,
		.second = real,
	};

	if (sftp_do_pair(sftp, &pair, err) == 0)
		return 0;
	return sftp_explain_exists(sftp, real, err);
}

static int sftp_link(struct nk_fs *fs, const char *path, const char *to, struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;
	nk_auto(str) char *real = NULL;
	nk_auto(str) char *name = NULL;

	if (!(sftp_link_extensions(sftp->link) & SFTP_EXT_HARDLINK))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: the server makes no hard links",
			       sftp_link_peer(sftp->link));
	if (sftp_real(sftp, path, &real, err) < 0 || sftp_real(sftp, to, &name, err) < 0)
		return -1;
	const struct sftp_pair pair = {
		.type = SFTP_EXTENDED,
		.extension = "hardlink@openssh.com",
		.what = "hardlink",
		.first = real,
		.second = name,
	};

	if (sftp_do_pair(sftp, &pair, err) == 0)
		return 0;
	return sftp_explain_exists(sftp, name, err);
}

static int sftp_open(struct nk_fs *fs, const char *path, const struct nk_open_how *how,
		     struct nk_stream **stream, struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;
	nk_auto(str) char *real = NULL;

	if (how->is_text)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "SFTP knows no text");
	if (sftp_real(sftp, path, &real, err) < 0)
		return -1;
	return how->direction == NK_READ ? sftp_open_reader(sftp, real, how, stream, err)
					 : sftp_open_writer(sftp, real, how, stream, err);
}

const struct nk_fs_ops sftp_fs = {
	.name = "sftp",
	.caps = NK_FS_CAP_RESUME | NK_FS_CAP_PARALLEL | NK_FS_CAP_LINKS | NK_FS_CAP_CHECKS_SIZE |
		NK_FS_CAP_ANNOUNCES | NK_FS_CAP_MODES | NK_FS_CAP_RANGES | NK_FS_CAP_PIECES,
	.lanes = 16,
	.mount = sftp_mount,
	.mount_early = sftp_mount_early,
	.unmount = sftp_unmount,
	.is_alive = sftp_is_alive,
	.list = sftp_list,
	.stat = sftp_stat,
	.open = sftp_open,
	.mkdir = sftp_mkdir,
	.rmdir = sftp_rmdir,
	.unlink = sftp_unlink,
	.rename = sftp_rename,
	.chmod = sftp_chmod,
	.set_mtime = sftp_set_mtime,
	.symlink = sftp_symlink,
	.link = sftp_link,
	.copy = sftp_copy,
	.hash = sftp_hash,
	.space = sftp_space,
	.volume = sftp_volume,
	.chown = sftp_chown,
	.real_path = sftp_real_path,
};
