/* files.c - looking: listings and what a path is (RFC 3659 3, 4, 7; RFC 959 4.1.3). */
#include "ftp.h"

#include <time.h>

#include "netkit/log.h"
#include "netkit/num.h"

/* Longest line of a listing: facts, a name, a link's target. */
#define FTP_LIST_LINE_MAX 16384

/* Most entries of one folder: a server cannot fill the disk with names that do not exist. */
#define FTP_LIST_ENTRIES_MAX 100000000

/* What is read of a listing at once. */
#define FTP_LIST_PIECE 16384

/* A listing on its way from its stream into a spool. */
struct ftp_listing {
	struct ftp *ftp;
	struct nk_stream *stream;
	struct nk_spool *spool;
	bool is_mlsd;
	bool has_option; /* "LIST -a": a file of that name may be all that is listed */
	char *doubtful;	 /* its line, kept until others have come; owned */
	int64_t now;
	size_t entries;
	size_t unknown; /* lines that were no entry */
	struct nk_buf line;
	char sample[80]; /* the first of those, for the message */
};

/* What came of a listing. */
struct ftp_count {
	size_t entries;
	size_t lines; /* those that are no entries included */
};

static bool ftp_ends_in(const char *line, const char *end)
{
	size_t length = strlen(line);

	return length > strlen(end) && strcmp(line + length - strlen(end), end) == 0;
}

/* Is it the line of a file that is named as the option is? */
static bool ftp_is_named_option(const char *line)
{
	return ftp_ends_in(line, " -a");
}

/* A line that is no entry by right: a header, or the folder itself and the one above it. */
static bool ftp_is_extra_line(const char *line, bool is_mlsd)
{
	if (is_mlsd)
		return strcasestr(line, "type=cdir;") || strcasestr(line, "type=pdir;");
	return nk_text_has_prefix(line, "total") || ftp_ends_in(line, " .") ||
	       ftp_ends_in(line, " ..");
}

static int ftp_listing_line(struct ftp_listing *listing, struct nk_err *err)
{
	struct nk_buf *line = &listing->line;
	struct nk_entry entry;
	char first[sizeof(listing->sample)];
	bool is_entry, is_extra;

	if (line->len > 0 && line->data[line->len - 1] == '\r')
		nk_buf_cut(line, line->len - 1);
	if (line->len == 0)
		return 0;
	if (memchr(line->data, '\0', line->len))
		return nk_fail(err, NK_E_PROTO, 0, "%s: the listing holds a NUL byte",
			       nk_conn_peer(listing->ftp->control));
	if (listing->has_option && !listing->doubtful && ftp_is_named_option(line->data)) {
		listing->doubtful = nk_strdup(line->data);
		return 0;
	}
	nk_copy_text(first, sizeof(first), line->data);
	is_extra = ftp_is_extra_line(line->data, listing->is_mlsd);
	is_entry = listing->is_mlsd ? ftp_parse_mlst(line->data, &entry)
				    : ftp_parse_list(line->data, listing->now, &entry);
	if (!is_entry && !is_extra)
		nk_spool_doubt(listing->spool);
	if (!is_entry) {
		listing->ftp->shows_itself |=
			is_extra && !listing->is_mlsd && ftp_ends_in(line->data, " .");
		if (listing->unknown++ == 0)
			nk_copy_text(listing->sample, sizeof(listing->sample), first);
		return 0;
	}
	if (++listing->entries > FTP_LIST_ENTRIES_MAX)
		return nk_fail(err, NK_E_PROTO, 0, "%s: a listing without end",
			       nk_conn_peer(listing->ftp->control));
	return nk_spool_add(listing->spool, &entry, err);
}

/* Cut a piece into lines; what is left stays in listing->line. */
static int ftp_listing_piece(struct ftp_listing *listing, const char *bytes, size_t length,
			     struct nk_err *err)
{
	while (length > 0) {
		const char *end = memchr(bytes, '\n', length);
		size_t part = end ? (size_t)(end - bytes) : length;

		if (nk_buf_add(&listing->line, bytes, part) < 0)
			return nk_fail(err, NK_E_PROTO, 0,
				       "%s: a listing with a line of over %d bytes",
				       nk_conn_peer(listing->ftp->control), FTP_LIST_LINE_MAX);
		if (!end)
			return 0;
		if (ftp_listing_line(listing, err) < 0)
			return -1;
		nk_buf_clear(&listing->line);
		bytes = end + 1;
		length -= part + 1;
	}
	return 0;
}

static int ftp_listing_read(struct ftp_listing *listing, struct nk_err *err)
{
	nk_auto(str) char *piece = nk_alloc(FTP_LIST_PIECE);

	for (;;) {
		ssize_t got = nk_stream_read(listing->stream, piece, FTP_LIST_PIECE, err);

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		if (ftp_listing_piece(listing, piece, (size_t)got, err) < 0)
			return -1;
	}
	/* A last line without its end: it may have been longer, and not the last. */
	if (listing->line.len > 0)
		nk_spool_doubt(listing->spool);
	return ftp_listing_line(listing, err);
}

/* A file named "-a" among others is one of them; alone, without "." and "..", it is what the server
 * took the option for. 1: it is alone. */
static int ftp_listing_settle_doubt(struct ftp_listing *listing, struct nk_err *err)
{
	if (!listing->doubtful)
		return 0;
	if (listing->entries == 0 && listing->unknown == 0)
		return 1;
	listing->has_option = false;
	nk_buf_clear(&listing->line);
	if (nk_buf_add_text(&listing->line, listing->doubtful) < 0)
		return nk_fail(err, NK_E_PROTO, 0, "%s: a line is too long",
			       nk_conn_peer(listing->ftp->control));
	return ftp_listing_line(listing, err);
}

/* Run one listing command into spool. Returns 0, 1 when the server took the option for a file's
 * name, or -1. */
static int ftp_list_by(struct ftp *ftp, const char *verb, const char *path, struct nk_spool *spool,
		       struct ftp_count *count, struct nk_err *err)
{
	struct nk_open_how how = { .direction = NK_READ, .size = -1 };
	nk_auto(stream) struct nk_stream *stream = NULL;
	struct ftp_listing listing = {
		.ftp = ftp,
		.spool = spool,
		.is_mlsd = strcmp(verb, "MLSD") == 0,
		.has_option = strcmp(verb, "LIST -a") == 0,
		.now = (int64_t)time(NULL),
		.line = NK_BUF_INIT(FTP_LIST_LINE_MAX),
	};
	int result;

	if (ftp_transfer(ftp, &how, verb, path, &stream, err) < 0)
		return -1;
	listing.stream = stream;
	result = ftp_listing_read(&listing, err);
	if (result == 0)
		result = ftp_listing_settle_doubt(&listing, err);
	nk_buf_release(&listing.line);
	free(listing.doubtful);
	if (result < 0 || nk_stream_close(nk_take(stream), err) < 0)
		return -1;
	/* vsftpd calls it done when it was not allowed to look into the folder. */
	if (strstr(ftp->reply.text.data, "failed to open directory"))
		return nk_fail(err, NK_E_DENIED, ftp->reply.code, "%s: %s: %d %s",
			       nk_conn_peer(ftp->control), verb, ftp->reply.code,
			       ftp->reply.text.data);
	/* "total 0" is all that an empty folder may say. */
	if (listing.entries == 0 && listing.unknown > 0 && !listing.is_mlsd &&
	    !nk_text_has_prefix(listing.sample, "total") && listing.unknown > 2)
		return nk_fail(err, NK_E_PROTO, 0, "%s: a listing in an unknown form: %s",
			       nk_conn_peer(ftp->control), listing.sample);
	ftp->hides_itself |= listing.has_option && listing.entries > 0 && !ftp->shows_itself;
	*count = (struct ftp_count){ listing.entries, listing.entries + listing.unknown };
	return result;
}

static int ftp_change_folder(struct ftp *ftp, const char *real, struct nk_err *err)
{
	if (ftp->cwd && strcmp(ftp->cwd, real) == 0)
		return 0;
	if (ftp_command(ftp, 2, err, "CWD %s", real) < 0)
		return -1;
	free(ftp->cwd);
	ftp->cwd = nk_strdup(real);
	return 0;
}

/* May a refusal of "LIST -a" be one of "-a", taken for a file or an unknown argument? */
static bool ftp_is_about_option(int code)
{
	return (code >= 500 && code <= 504) || code == 550 || code == 450;
}

/*
 * Is a folder that shows not even itself one that may not be looked into? ProFTPD sends nothing then, and
 * calls it done. So it is where others do show themselves: if none has yet, the one above it tells, on a
 * server that is known to understand -a. 1, 0 where nobody can tell, -1. We are in the folder again.
 */
static int ftp_is_closed(struct ftp *ftp, const char *real, struct nk_err *err)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	nk_auto(str) char *above = nk_path_parent(real);
	struct nk_err refused = NK_ERR_INIT;
	struct ftp_count ignored;

	if (ftp->shows_itself || ftp->hides_itself || !ftp->is_pipelined ||
	    strcmp(above, real) == 0)
		return ftp->shows_itself;
	if ((ftp_change_folder(ftp, above, &refused) < 0 ||
	     ftp_list_by(ftp, "LIST -a", NULL, spool, &ignored, &refused) < 0) &&
	    ftp->is_broken) {
		*err = refused;
		return -1;
	}
	return ftp_change_folder(ftp, real, err) < 0 ? -1 : ftp->shows_itself;
}

static int ftp_fail_closed(struct ftp *ftp, const char *real, struct nk_err *err)
{
	int closed = ftp_is_closed(ftp, real, err);

	if (closed <= 0)
		return closed;
	return nk_fail(err, NK_E_DENIED, 0,
		       "%s: %s: shows nothing, not even itself: it may not be looked into",
		       nk_conn_peer(ftp->control), real);
}

/*
 * LIST of the folder we are in: with a path as its argument some servers expand wildcards in it, and
 * take a missing folder for an empty one. -a shows the dot files; it is left away where it makes the
 * server fail or show nothing.
 */
static int ftp_list_here(struct ftp *ftp, const char *real, struct nk_spool *spool,
			 struct nk_err *err)
{
	struct ftp_count count = { 0 };
	int result = -1;

	if (!ftp->is_list_plain) {
		struct nk_err refused = NK_ERR_INIT;

		result = ftp_list_by(ftp, "LIST -a", NULL, spool, &count, &refused);
		if (result == 0 && count.entries > 0)
			return 0;
		if (result < 0 && !ftp_is_about_option(refused.code)) {
			*err = refused;
			return -1;
		}
		if (result == 0 && count.lines == 0 && ftp_fail_closed(ftp, real, err) < 0)
			return -1;
		/* "." and ".." are entries of -a, but are not counted: an empty folder is
		 * believed to be so by a server that is known. */
		if (result == 0 && ftp->is_pipelined)
			return 0;
	}
	if (ftp_list_by(ftp, "LIST", NULL, spool, &count, err) < 0)
		return -1;
	/* A file that is called "-a" is only in this folder. */
	ftp->is_list_plain = ftp->is_list_plain || (count.entries > 0 && result <= 0);
	if (count.entries > 0 || result != 0)
		nk_spool_hide_dots(spool);
	return 0;
}

int ftp_list(struct nk_fs *fs, const char *path, struct nk_spool *spool, struct nk_err *err)
{
	struct ftp *ftp = (struct ftp *)fs;
	nk_auto(str) char *real = NULL;
	struct ftp_count count = { 0 };

	if (ftp_real_path(ftp, path, &real, err) < 0)
		return -1;
	if (ftp->features & FTP_FEAT_MLST) {
		if (ftp_list_by(ftp, "MLSD", real, spool, &count, err) == 0)
			return 0;
		if (err->domain != NK_E_UNSUPPORTED || err->code == 550 || ftp->is_broken)
			return ftp->is_vague ? ftp_refine(ftp, real, err) : -1;
		/* Announced and yet not there. */
		ftp->features &= ~(unsigned)FTP_FEAT_MLST;
		*err = (struct nk_err)NK_ERR_INIT;
	}
	if (ftp_change_folder(ftp, real, err) < 0)
		return ftp->is_vague ? ftp_refine(ftp, real, err) : -1;
	return ftp_list_here(ftp, real, spool, err);
}

/* ---- what a path is ---- */

static int ftp_keep(struct nk_arena *arena, const char *real, struct nk_entry *found,
		    struct nk_entry *entry, struct nk_err *err)
{
	const char *name = nk_path_name(real);

	found->name = nk_arena_strndup(arena, name, strlen(name));
	if (found->link)
		found->link = nk_arena_strndup(arena, found->link, strlen(found->link));
	if (!found->name)
		return nk_fail(err, NK_E_PROTO, 0, "the name is too long");
	*entry = *found;
	return 0;
}

/* The entry's line among those of an MLST reply: never the first of several. */
static bool ftp_mlst_reply(char *text, struct nk_entry *entry)
{
	char *second = strchr(text, '\n');

	for (char *line = second ? second : text; line; line = strchr(line, '\n')) {
		char *end;
		char *self;

		line += *line == '\n';
		line += strspn(line, " ");
		end = strchr(line, '\n');
		nk_auto(str) char *copy =
			nk_strndup(line, end ? (size_t)(end - line) : strlen(line));

		if (!strchr(copy, ';') || !strchr(copy, '='))
			continue;
		/* The folder itself is what was asked for here. */
		self = strcasestr(copy, "type=cdir;");
		if (!self)
			self = strcasestr(copy, "type=pdir;");
		if (self)
			memcpy(self, "type=dir;;", 10);
		/* The parse results point into the line: keep it in the reply's own memory. */
		memcpy(line, copy, strlen(copy));
		if (end)
			*end = '\0';
		return ftp_parse_mlst(line, entry);
	}
	return false;
}

static int ftp_stat_mlst(struct ftp *ftp, const char *real, struct nk_arena *arena,
			 struct nk_entry *entry, struct nk_err *err)
{
	struct nk_entry found;

	if (ftp_command(ftp, 2, err, "MLST %s", real) < 0) {
		if (ftp->is_vague)
			err->domain = NK_E_MISSING;
		return -1;
	}
	if (!ftp_mlst_reply(ftp->reply.text.data, &found))
		return nk_fail(err, NK_E_PROTO, ftp->reply.code, "%s: MLST: not an entry: %s",
			       nk_conn_peer(ftp->control), ftp->reply.text.data);
	return ftp_keep(arena, real, &found, entry, err);
}

/* The reply to SIZE or MDTM: what it adds to found. True for a file's size. */
static bool ftp_take_fact(const struct nk_reply *reply, bool is_size, struct nk_entry *found)
{
	uint64_t size;

	if (reply->code != 213)
		return false;
	if (!is_size) {
		(void)!ftp_parse_time(reply->text.data, reply->text.len, &found->mtime);
		return false;
	}
	if (!nk_num_u64(reply->text.data, 0, INT64_MAX, &size))
		return false;
	found->size = (int64_t)size;
	return true;
}

/* SIZE and MDTM, in one packet where the server allows it. 1: a file; 0: no file; -1. */
static int ftp_size_and_time(struct ftp *ftp, const char *real, struct nk_entry *found,
			     struct nk_err *err)
{
	static const char *const verbs[] = { "SIZE", "MDTM" };
	bool is_file = false;
	int result = 0;

	if (ftp_settle(ftp, err) < 0)
		return -1;
	if (ftp->is_pipelined) {
		nk_conn_hold(ftp->control);
		for (int i = 0; i < 2; i++)
			result = result < 0 ? -1 : ftp_send(ftp, err, "%s %s", verbs[i], real);
		/* What is held must not stay behind. */
		if (result < 0 || nk_conn_flush(ftp->control, err) < 0) {
			ftp->is_broken = true;
			return -1;
		}
	}
	for (int i = 0; i < 2; i++) {
		if (!ftp->is_pipelined && ftp_send(ftp, err, "%s %s", verbs[i], real) < 0)
			return -1;
		if (ftp_answer(ftp, err) < 0)
			return -1;
		is_file = ftp_take_fact(&ftp->reply, i == 0, found) || is_file;
	}
	return is_file;
}

/* Look for the name in its folder's listing: what no command tells directly. 1, 0, -1. */
static int ftp_look_in_folder(struct ftp *ftp, const char *real, struct nk_arena *arena,
			      struct nk_entry *entry, struct nk_err *err)
{
	nk_auto(str) char *folder = nk_path_parent(real);
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct nk_entry found;
	int more;

	if (ftp_list(&ftp->fs, folder, spool, err) < 0)
		return err->domain == NK_E_MISSING ? 0 : -1;
	while ((more = nk_spool_next(spool, &found, err)) > 0) {
		if (strcmp(found.name, nk_path_name(real)) == 0)
			return ftp_keep(arena, real, &found, entry, err) < 0 ? -1 : 1;
	}
	return more;
}

static int ftp_stat_by_parts(struct ftp *ftp, const char *real, struct nk_arena *arena,
			     struct nk_entry *entry, struct nk_err *err)
{
	struct nk_entry found = NK_ENTRY_INIT;
	int result;

	if (strcmp(real, "/") != 0) {
		if (ftp_set_type(ftp, 'I', err) < 0)
			return -1;
		result = ftp_size_and_time(ftp, real, &found, err);
		if (result != 0)
			return result < 0 ? -1 : ftp_keep(arena, real, &found, entry, err);
	}
	found.kind = NK_KIND_DIR;
	if (ftp_change_folder(ftp, real, err) == 0)
		return ftp_keep(arena, real, &found, entry, err);
	if (ftp->is_broken || nk_reply_class(&ftp->reply) != 5)
		return -1;
	result = ftp_look_in_folder(ftp, real, arena, entry, err);
	if (result == 0)
		return nk_fail(err, NK_E_MISSING, 550, "%s: no such file",
			       nk_conn_peer(ftp->control));
	return result < 0 ? -1 : 0;
}

int ftp_stat(struct nk_fs *fs, const char *path, struct nk_arena *arena, struct nk_entry *entry,
	     struct nk_err *err)
{
	struct ftp *ftp = (struct ftp *)fs;
	nk_auto(str) char *real = NULL;

	if (ftp_real_path(ftp, path, &real, err) < 0)
		return -1;
	if (ftp->features & FTP_FEAT_MLST)
		return ftp_stat_mlst(ftp, real, arena, entry, err);
	return ftp_stat_by_parts(ftp, real, arena, entry, err);
}

int ftp_probe(struct ftp *ftp, const char *real, enum ftp_presence *presence, struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(4 * NK_ENTRY_NAME_MAX);
	struct nk_entry entry;

	if (ftp_stat(&ftp->fs, real, &arena, &entry, err) == 0) {
		*presence = entry.kind == NK_KIND_DIR ? FTP_IS_DIR : FTP_IS_FILE;
		return 0;
	}
	/* In a folder that cannot be looked into, nobody knows. */
	if (err->domain != NK_E_MISSING)
		return -1;
	*presence = FTP_ABSENT;
	return 0;
}

int ftp_refine(struct ftp *ftp, const char *real, struct nk_err *err)
{
	struct nk_err other = NK_ERR_INIT;
	enum ftp_presence presence;

	if (!ftp->is_vague || ftp->is_broken)
		return -1;
	if (ftp_probe(ftp, real, &presence, &other) < 0)
		return -1;
	if (presence == FTP_ABSENT)
		err->domain = NK_E_MISSING;
	else
		err->domain = NK_E_DENIED;
	err->again = false;
	return -1;
}
