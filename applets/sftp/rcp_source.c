/* rcp_source.c - sending local files to "scp -t". */
#include "rcp.h"

#include "netkit/local.h"

#define RCP_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

struct source {
	struct rcp *rcp;
	struct rcp_wire *wire;
	struct nk_fs *fs; /* local */
	char *block;	  /* RCP_BLOCK bytes; owned */
	int refused;	  /* folders entered whose end the server does not wait for */
};

static void release(struct source *source)
{
	free(source->block);
}
NK_AUTO(source, struct source, release)

/* Something here cannot be sent. */
static int count_unreadable(struct source *source, const char *path, struct nk_err *err)
{
	if (err->domain == NK_E_MISSING || err->domain == NK_E_DENIED)
		err->domain = NK_E_READ;
	return nk_tally_fail(&source->rcp->tally, err, nk_strdup(path));
}

/* The server refused it. */
static int count_failure(struct source *source, const char *path, struct nk_err *err)
{
	return nk_tally_fail(&source->rcp->tally, err, nk_strdup(path));
}

/* Send a line and take the reply: 1 for yes, 0 when it was refused, which is counted, -1. */
static int ask(struct source *source, const char *path, const char *line, struct nk_err *err)
{
	struct nk_err refusal = NK_ERR_INIT;
	int reply;

	if (rcp_wire_write(source->wire, line, strlen(line), err) < 0)
		return -1;
	reply = rcp_wire_reply(source->wire, &refusal, err);
	if (reply != 0)
		return reply;
	*err = refusal;
	return count_failure(source, path, err);
}

/* With -p: the times of what comes next. Only one of them is known, and the server wants both. */
static int ask_times(struct source *source, const char *path, int64_t mtime, struct nk_err *err)
{
	nk_auto(str) char *line = nk_format("T%lld 0 %lld 0\n", (long long)mtime, (long long)mtime);

	if (!source->rcp->ctx->common->preserve || mtime == NK_ENTRY_NO_TIME || mtime < 0)
		return 1;
	return ask(source, path, line, err);
}

/* The last component of path, as it may stand in a line. */
static int name_of(const char *path, char **name, struct nk_err *err)
{
	nk_auto(str) char *trimmed = nk_path_trim(path);
	const char *last = nk_path_name(trimmed);

	if (strchr(last, '\n'))
		return nk_fail(err, NK_E_UNSUPPORTED, 0,
			       "%s: the old protocol has no names with a line end", path);
	*name = nk_strdup(last);
	return 0;
}

/* --- files --- */

/* Fill the block from stream. What a file lacks that was longer when it was announced is sent as
 * zeros, and why is kept in failure. */
static void fill(struct source *source, struct nk_stream *stream, size_t want,
		 struct nk_err *failure)
{
	size_t have = 0;

	while (have < want && failure->domain == NK_E_NONE) {
		ssize_t got = nk_stream_read(stream, source->block + have, want - have, failure);

		if (got == 0)
			nk_fail(failure, NK_E_SHORT, 0, "the file has become shorter");
		have += got > 0 ? (size_t)got : 0;
	}
	memset(source->block + have, 0, want - have);
}

static int send_bytes(struct source *source, struct nk_stream *stream, struct nk_err *failure,
		      struct nk_err *err)
{
	int64_t left = stream->size;

	while (left > 0) {
		size_t step = nk_limit_step(source->rcp->limit, RCP_BLOCK);

		if (left < (int64_t)step)
			step = (size_t)left;
		fill(source, stream, step, failure);
		if (rcp_wire_write(source->wire, source->block, step, err) < 0 ||
		    rcp_moved(source->rcp, step, err) < 0)
			return -1;
		left -= (int64_t)step;
	}
	return 0;
}

/* The server knows what it is to get: send it, and what we have to say about it. */
static int send_content(struct source *source, const char *path, struct nk_stream *stream,
			struct nk_err *err)
{
	struct nk_err failure = NK_ERR_INIT;
	nk_auto(str) char *to = rcp_label(&source->rcp->to, source->rcp->target);
	nk_time_ms begun = nk_clock_now();
	int64_t size = stream->size;
	int reply;

	source->rcp->wanted += size;
	if (send_bytes(source, stream, &failure, err) < 0)
		return -1;
	if ((failure.domain == NK_E_NONE ? rcp_wire_yes(source->wire, err)
					 : rcp_wire_no(source->wire, &failure, err)) < 0)
		return -1;
	struct nk_err refusal = NK_ERR_INIT;

	reply = rcp_wire_reply(source->wire, &refusal, err);
	if (reply < 0)
		return -1;
	if (failure.domain != NK_E_NONE || reply == 0) {
		*err = failure.domain != NK_E_NONE ? failure : refusal;
		return count_failure(source, path, err);
	}
	const struct rcp_done done = {
		.from = path,
		.to = to,
		.bytes = size,
		.seconds = (double)(nk_clock_now() - begun) / 1000,
	};

	return rcp_done(source->rcp, &done, err);
}

/* What is known of the file at path, through links. */
static int look(const struct source *source, const char *path, struct nk_arena *arena,
		struct nk_entry *entry, struct nk_err *err)
{
	nk_auto(str) char *inside = nk_path_join(path, ".");
	struct nk_err no_folder = NK_ERR_INIT;

	if (nk_fs_stat(source->fs, inside, arena, entry, &no_folder) == 0)
		return 0;
	return nk_fs_stat(source->fs, path, arena, entry, err);
}

static int send_file(struct source *source, const char *path, struct nk_err *err)
{
	const struct nk_open_how how = { .direction = NK_READ, .size = -1 };
	nk_auto(stream) struct nk_stream *stream = NULL;
	nk_auto(str) char *name = NULL;
	int reply;

	if (name_of(path, &name, err) < 0 || nk_fs_open(source->fs, path, &how, &stream, err) < 0)
		return count_failure(source, path, err);
	if (stream->size < 0) {
		nk_fail(err, NK_E_UNSUPPORTED, 0,
			"%s: the old protocol says a file's size first, and nobody knows this "
			"one's",
			path);
		return count_failure(source, path, err);
	}
	nk_auto(str) char *line =
		nk_format("C%04o %lld %s\n", stream->mode & 07777, (long long)stream->size, name);

	reply = ask_times(source, path, stream->mtime, err);
	if (reply > 0)
		reply = ask(source, path, line, err);
	return reply <= 0 ? reply : send_content(source, path, stream, err);
}

/* --- folders --- */

static int enter(struct source *source, const struct nk_walk_item *item, struct nk_walk *walk,
		 struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(RCP_STAT_ARENA);
	struct nk_entry entry = NK_ENTRY_INIT;
	nk_auto(str) char *name = NULL;
	int reply;

	if (name_of(item->path, &name, err) < 0 ||
	    look(source, item->path, &arena, &entry, err) < 0) {
		reply = count_unreadable(source, item->path, err);
	} else {
		nk_auto(str) char *line = nk_format("D%04o 0 %s\n", entry.mode & 07777, name);

		reply = ask_times(source, item->path, entry.mtime, err);
		if (reply > 0)
			reply = ask(source, item->path, line, err);
	}
	if (reply != 0)
		return reply < 0 ? -1 : 0;
	source->refused++;
	nk_walk_prune(walk);
	return 0;
}

static int leave(struct source *source, const struct nk_walk_item *item, struct nk_err *err)
{
	if (source->refused > 0) {
		source->refused--;
		return 0;
	}
	return ask(source, item->path, "E\n", err) < 0 ? -1 : 0;
}

static int send_item(struct source *source, const struct nk_walk_item *item, struct nk_walk *walk,
		     struct nk_err *err)
{
	/* "." has no name that a server would take: what is in it goes into the target. */
	bool is_bare = item->relative[0] == '\0' && rcp_wants_contents(item->path);

	switch (item->event) {
	case NK_WALK_ENTER:
		return is_bare ? 0 : enter(source, item, walk, err);
	case NK_WALK_LEAVE:
		return is_bare ? 0 : leave(source, item, err);
	case NK_WALK_FILE:
		return send_file(source, item->path, err);
	case NK_WALK_ERROR:
		break;
	}
	return count_unreadable(source, item->path, err);
}

static int send_tree(struct source *source, const char *path, struct nk_err *err)
{
	nk_auto(walk) struct nk_walk *walk = nk_walk_new(path, &source->rcp->ctx->common->filter);
	struct nk_walk_item item;
	int more;

	nk_walk_follow(walk);
	while ((more = nk_walk_next(walk, source->fs, &item, err)) > 0) {
		if (send_item(source, &item, walk, err) < 0)
			return -1;
	}
	return more;
}

int rcp_send(struct rcp *rcp, struct rcp_wire *wire, const char *path, struct nk_err *err)
{
	static const struct nk_local_opts here = { .root = NULL };
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(RCP_STAT_ARENA);
	nk_auto(session) struct nk_session *session = nk_local_session(&here);
	const struct nk_place place = { .ops = &nk_local_ops, .session = session };
	nk_auto(fs) struct nk_fs *fs = NULL;
	nk_auto(source) struct source source = {
		.rcp = rcp,
		.wire = wire,
		.block = nk_alloc(RCP_BLOCK),
	};
	struct nk_entry entry = NK_ENTRY_INIT;

	if (nk_fs_mount(&place, &fs, err) < 0)
		return -1;
	source.fs = fs;
	if (look(&source, path, &arena, &entry, err) < 0)
		return count_unreadable(&source, path, err);
	if (entry.kind != NK_KIND_DIR)
		return send_file(&source, path, err);
	if (rcp->ctx->common->recursive)
		return send_tree(&source, path, err);
	nk_fail(err, NK_E_READ, 0, "%s: is a folder (-r copies it)", path);
	return count_failure(&source, path, err);
}
