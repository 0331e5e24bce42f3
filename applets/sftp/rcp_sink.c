/* rcp_sink.c - taking files from "scp -f", into a folder that nothing leads out of. */
#include "rcp.h"

#include <sys/stat.h>

#include "netkit/local.h"

/* Longest local path made below the target. */
#define RCP_PATH_MAX ((size_t)64 * 1024)

#define RCP_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

/* What the server said about one file or folder. */
struct attributes {
	int mode;
	int64_t mtime; /* NK_ENTRY_NO_TIME: it said nothing */
};

/* A folder that was entered. */
struct level {
	size_t length; /* of the path outside of it */
	struct attributes attributes;
};

struct sink {
	struct rcp *rcp;
	struct rcp_wire *wire;
	const struct scp_operand *source;
	struct nk_local_opts local;
	char *root; /* the folder that nothing leads out of; NULL: name is all there is; owned */
	char *name; /* what the one thing asked for is called in it; NULL: as the server says */
	bool has_one;
	struct nk_session *session; /* owned */
	struct nk_fs *fs;	    /* owned */
	struct nk_buf path;	    /* in fs, of what is at hand */
	struct level *levels;	    /* owned */
	int depth;
	int64_t mtime; /* of what comes next */
};

static void release(struct sink *sink)
{
	nk_fs_unmount(sink->fs);
	nk_session_free(sink->session);
	nk_buf_release(&sink->path);
	free(sink->levels);
	free(sink->root);
	free(sink->name);
}
NK_AUTO(sink, struct sink, release)

/* Where it goes: into the folder target, or under the name target. */
static int aim(struct sink *sink, const char *target, struct nk_err *err)
{
	const struct nk_common *common = sink->rcp->ctx->common;
	nk_auto(str) char *trimmed = nk_path_trim(target);
	bool means_folder = target[strlen(target) - 1] == '/';
	struct nk_place place = { .ops = &nk_local_ops };
	struct stat st;

	if (stat(target, &st) == 0 && S_ISDIR(st.st_mode)) {
		sink->root = nk_take(trimmed);
	} else if (sink->rcp->many || (means_folder && !sink->rcp->ctx->common->recursive)) {
		return nk_fail(err, NK_E_USAGE, 0, "%s is no folder", target);
	} else if (!sink->rcp->ctx->common->recursive) {
		/* The server has no say in it: a link there is the user's own. */
		sink->name = nk_take(trimmed);
	} else {
		sink->root = nk_path_parent(trimmed);
		sink->name = nk_strdup(nk_path_name(trimmed));
	}
	sink->local = (struct nk_local_opts){
		.root = sink->root,
		.force = common->force,
		.sync = common->sync,
	};
	sink->session = nk_local_session(&sink->local);
	place.session = sink->session;
	return nk_fs_mount(&place, &sink->fs, err);
}

/* The path as the user knows it; a new string. */
static char *label_of(const struct sink *sink)
{
	const char *below = sink->path.data + strspn(sink->path.data, "/");

	if (!sink->root)
		return nk_strdup(sink->path.data);
	if (below[0] == '\0')
		return nk_strdup(sink->root);
	return strcmp(sink->root, ".") == 0 ? nk_strdup(below) : nk_path_join(sink->root, below);
}

static int count_failure(struct sink *sink, struct nk_err *err)
{
	char *label = rcp_label(&sink->rcp->from, sink->source);

	return nk_tally_fail(&sink->rcp->tally, err, label);
}

/* Refuse what the server is about to send, and go on with what follows. */
static int refuse(struct sink *sink, const struct nk_err *why, struct nk_err *err)
{
	if (rcp_wire_no(sink->wire, why, err) < 0)
		return -1;
	*err = *why;
	return count_failure(sink, err);
}

/* Make the path that of line's file or folder. */
static int descend(struct sink *sink, const struct rcp_line *line, struct nk_err *err)
{
	bool is_top = sink->depth == 0;
	const char *name = is_top && sink->name ? sink->name : line->text;

	if (rcp_check(sink->rcp, sink->source, line, sink->depth, err) < 0)
		return -1;
	if (is_top && sink->name && sink->has_one)
		return nk_fail(err, NK_E_PROTO, 0,
			       "the server sent more than one file, and the target is no folder");
	sink->has_one = true;
	/* The contents of a folder go into the target itself. */
	if (is_top && !sink->name && rcp_wants_contents(sink->source->path))
		name = "";
	if ((sink->root && nk_buf_add_char(&sink->path, '/') < 0) ||
	    nk_buf_add_text(&sink->path, name) < 0)
		return nk_fail(err, NK_E_PROTO, 0, "the server sent a path that is too long");
	return 0;
}

static struct attributes take_attributes(struct sink *sink, const struct rcp_line *line)
{
	const struct attributes attributes = { .mode = line->mode, .mtime = sink->mtime };

	sink->mtime = NK_ENTRY_NO_TIME;
	return attributes;
}

/* With -p: permissions and time as they are there. */
static int preserve(struct sink *sink, const struct attributes *attributes, struct nk_err *err)
{
	const char *path = sink->path.data;

	if (!sink->rcp->ctx->common->preserve)
		return 0;
	if (nk_fs_chmod(sink->fs, path, attributes->mode & 0777, err) < 0)
		return -1;
	if (attributes->mtime == NK_ENTRY_NO_TIME)
		return 0;
	return nk_fs_set_mtime(sink->fs, path, attributes->mtime, err);
}

/* --- files --- */

/* Move size bytes into stream. A write that fails is kept in failure: the server sends the rest in
 * any case. */
static int take_bytes(struct sink *sink, int64_t size, struct nk_stream *stream,
		      struct nk_err *failure, struct nk_err *err)
{
	bool is_written = true;

	while (size > 0) {
		size_t most = nk_limit_step(sink->rcp->limit, RCP_BLOCK);
		const char *bytes;
		ssize_t got;

		if (size < (int64_t)most)
			most = (size_t)size;
		got = rcp_wire_bytes(sink->wire, most, &bytes, err);
		if (got < 0)
			return -1;
		is_written =
			is_written && nk_stream_write(stream, bytes, (size_t)got, failure) == 0;
		size -= got;
		if (rcp_moved(sink->rcp, (size_t)got, err) < 0)
			return -1;
	}
	return 0;
}

/* The file is complete, or is given up: the server's last word, and ours. */
static int settle(struct sink *sink, struct nk_stream *stream, struct nk_err *failure,
		  const struct attributes *attributes, struct nk_err *err)
{
	nk_auto(stream) struct nk_stream *open = stream;

	if (rcp_wire_reply(sink->wire, failure, err) < 0)
		return -1;
	if (failure->domain == NK_E_NONE && nk_stream_close(nk_take(open), failure) == 0 &&
	    preserve(sink, attributes, failure) == 0)
		return rcp_wire_yes(sink->wire, err) < 0 ? -1 : 1;
	if (rcp_wire_no(sink->wire, failure, err) < 0)
		return -1;
	return 0;
}

static int take_file(struct sink *sink, const struct rcp_line *line, struct nk_err *err)
{
	const struct nk_common *common = sink->rcp->ctx->common;
	const struct attributes attributes = take_attributes(sink, line);
	const struct nk_open_how how = {
		.direction = NK_WRITE,
		.size = line->size,
		.must_be_new = common->no_clobber && !common->force,
		.mode = line->mode & 0777,
		.sync = common->sync,
	};
	nk_auto(stream) struct nk_stream *stream = NULL;
	struct nk_err failure = NK_ERR_INIT;
	nk_auto(str) char *to = label_of(sink);
	nk_auto(str) char *from = rcp_label(&sink->rcp->from, sink->source);
	int64_t size = line->size;
	nk_time_ms begun = nk_clock_now();
	int result;

	if (nk_fs_open(sink->fs, sink->path.data, &how, &stream, &failure) < 0)
		return refuse(sink, &failure, err);
	sink->rcp->wanted += size;
	if (rcp_wire_yes(sink->wire, err) < 0 || take_bytes(sink, size, stream, &failure, err) < 0)
		return -1;
	result = settle(sink, nk_take(stream), &failure, &attributes, err);
	if (result < 0)
		return -1;
	if (result == 0) {
		*err = failure;
		return count_failure(sink, err);
	}
	const struct rcp_done done = {
		.from = from,
		.to = to,
		.bytes = size,
		.seconds = (double)(nk_clock_now() - begun) / 1000,
	};

	return rcp_done(sink->rcp, &done, err);
}

/* --- folders --- */

/* Make the folder at hand, with what the umask leaves of its permissions; one that is there will
 * do. */
static int make_folder(struct sink *sink, int mode, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(RCP_STAT_ARENA);
	const char *path = sink->path.data;
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err made = NK_ERR_INIT;
	bool is_new = nk_fs_mkdir(sink->fs, path, &made) == 0;

	if (!is_new && made.domain != NK_E_EXISTS) {
		*err = made;
		return -1;
	}
	if (nk_fs_stat(sink->fs, path, &arena, &entry, err) < 0)
		return -1;
	if (!is_new && entry.kind != NK_KIND_DIR)
		return nk_fail(err, NK_E_EXISTS, 0, "%s: exists, and is no folder", path);
	/* Its owner must be able to fill it. */
	if (!is_new || (entry.mode & ~(mode | 07700)) == 0)
		return 0;
	return nk_fs_chmod(sink->fs, path, entry.mode & (mode | 07700), err);
}

static int enter(struct sink *sink, const struct rcp_line *line, size_t outside, struct nk_err *err)
{
	struct nk_err failure = NK_ERR_INIT;
	struct level *level = &sink->levels[sink->depth];

	*level = (struct level){ .length = outside, .attributes = take_attributes(sink, line) };
	if (make_folder(sink, level->attributes.mode, &failure) < 0) {
		nk_buf_cut(&sink->path, outside);
		return refuse(sink, &failure, err);
	}
	sink->depth++;
	return rcp_wire_yes(sink->wire, err);
}

static int leave(struct sink *sink, struct nk_err *err)
{
	struct nk_err failure = NK_ERR_INIT;
	const struct level *level;
	int result;

	if (sink->depth == 0)
		return nk_fail(err, NK_E_PROTO, 0,
			       "the server ended a folder that it did not begin");
	level = &sink->levels[--sink->depth];
	result = preserve(sink, &level->attributes, &failure);
	nk_buf_cut(&sink->path, level->length);
	return result < 0 ? refuse(sink, &failure, err) : rcp_wire_yes(sink->wire, err);
}

/* --- the conversation --- */

static int take_named(struct sink *sink, const struct rcp_line *line, struct nk_err *err)
{
	size_t outside = sink->path.len;
	int result;

	if (descend(sink, line, err) < 0)
		return -1;
	if (line->kind == RCP_FOLDER)
		return enter(sink, line, outside, err);
	result = take_file(sink, line, err);
	nk_buf_cut(&sink->path, outside);
	return result;
}

static int take_line(struct sink *sink, const struct rcp_line *line, struct nk_err *err)
{
	switch (line->kind) {
	case RCP_TIMES:
		sink->mtime = line->mtime;
		return rcp_wire_yes(sink->wire, err);
	case RCP_FILE:
	case RCP_FOLDER:
		return take_named(sink, line, err);
	case RCP_LEAVE:
		return leave(sink, err);
	case RCP_WARNING:
		rcp_blame(line->text, err);
		return count_failure(sink, err);
	case RCP_ERROR:
		break;
	}
	return rcp_blame(line->text, err);
}

int rcp_fetch(struct rcp *rcp, struct rcp_wire *wire, const struct scp_operand *source,
	      const char *target, struct nk_err *err)
{
	nk_auto(sink) struct sink sink = {
		.rcp = rcp,
		.wire = wire,
		.source = source,
		.path = NK_BUF_INIT(RCP_PATH_MAX),
		.levels = nk_alloc((RCP_DEPTH_MAX + 1) * sizeof(*sink.levels)),
		.mtime = NK_ENTRY_NO_TIME,
	};
	struct rcp_line line;
	int more;

	if (aim(&sink, target, err) < 0 || rcp_wire_yes(wire, err) < 0)
		return -1;
	while ((more = rcp_wire_line(wire, &line, err)) > 0) {
		if (take_line(&sink, &line, err) < 0)
			return -1;
	}
	if (more == 0 && sink.depth > 0)
		return nk_fail(err, NK_E_SHORT, 0, "the server ended in the middle of a folder");
	return more;
}
