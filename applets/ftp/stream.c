/* stream.c - one transfer: RETR, STOR, APPE and the listings (RFC 959 4.1.3). */
#include "ftp.h"

#include "netkit/log.h"
#include "netkit/num.h"
#include "netkit/wait.h"

/* How long the server may take to say why a data connection failed, and to answer ABOR. */
#define FTP_REASON_MS 3000

/* Bytes that are turned into lines with CRLF at once. */
#define FTP_TEXT_PIECE 32768

struct ftp_stream {
	struct nk_stream stream;
	struct ftp *ftp;
	struct ftp_data data;
	struct ftp_deflate *deflate; /* MODE Z; NULL otherwise */
	char *path;		     /* as the server knows it; NULL for listings */
	enum nk_direction direction;
	int64_t offset;
	int64_t length; /* so many are wanted, 0: all */
	int64_t bytes;	/* that went through */
	bool is_ranged; /* the server knows where to end (RANG) */
	bool is_end;	/* the end of what it sent was seen */
	bool is_append; /* to what is there, of a size that nobody asked for */
	bool is_text;
	bool is_held; /* text: a CR ended the last piece */
	char *text;   /* decoded and not yet taken, [from, to); owned, NULL before the first */
	size_t from;
	size_t to;
	bool is_settled; /* the reply that ends the transfer was read */
};

static const struct nk_stream_ops ftp_stream_ops;

static void ftp_stream_free(struct ftp_stream *self)
{
	ftp_data_release(&self->data);
	ftp_deflate_free(self->deflate);
	free(self->text);
	free(self->path);
	free(self);
}

/* ---- reading and writing ---- */

/* The reply that ends a transfer which had begun is a refusal. */
static int ftp_stream_refused(struct ftp_stream *self, struct nk_err *err)
{
	ftp_refused(self->ftp, err, self->direction == NK_READ ? "receiving" : "sending");
	/* What was accepted before is not unknown now: "500 OOPS" is a server that dies. */
	if (err->domain == NK_E_UNSUPPORTED || err->domain == NK_E_CONNECT) {
		err->domain = NK_E_LOST;
		err->again = true;
	}
	self->ftp->is_broken = self->ftp->is_broken || self->ftp->reply.code == 500;
	return -1;
}

/*
 * The data connection failed: the server's own reason, when it gives one soon, is the better
 * message. The transfer is over either way.
 */
static int ftp_stream_explain(struct ftp_stream *self, struct nk_err *err)
{
	struct ftp *ftp = self->ftp;
	struct nk_err ignored = NK_ERR_INIT;
	bool is_silent = err->domain == NK_E_TIMEOUT && !nk_conn_is_readable(ftp->control);

	if (err->domain == NK_E_INTERRUPT || err->domain == NK_E_TERMINATE || self->is_settled)
		return -1;
	if (is_silent) {
		ftp->is_broken = true;
		return -1;
	}
	ftp_data_release(&self->data);
	nk_conn_set_timeout(ftp->control, FTP_REASON_MS);
	self->is_settled = true;
	if (ftp_answer(ftp, &ignored) == 0 && nk_reply_class(&ftp->reply) >= 4) {
		bool again = err->again;
		bool is_unconnected = err->domain == NK_E_CONNECT;

		ftp_stream_refused(self, err);
		err->domain = is_unconnected ? NK_E_CONNECT : err->domain;
		err->again = err->again || (again && nk_reply_class(&ftp->reply) == 4);
	}
	nk_conn_set_timeout(ftp->control, nk_conn_net(ftp->control)->timeout_ms);
	return -1;
}

static ssize_t ftp_stream_receive(struct ftp_stream *self, void *bytes, size_t size,
				  struct nk_err *err)
{
	ssize_t got = self->deflate
			      ? ftp_deflate_read(self->deflate, self->data.conn, bytes, size, err)
			      : nk_conn_read(self->data.conn, bytes, size, err);

	return got < 0 ? ftp_stream_explain(self, err) : got;
}

/* The next piece of text, decoded, into self->text: its length, 0 at the end. */
static ssize_t ftp_stream_fill_text(struct ftp_stream *self, struct nk_err *err)
{
	/* One byte more: a CR that was held comes before the piece. */
	if (!self->text)
		self->text = nk_alloc(FTP_TEXT_PIECE + 1);
	self->from = 0;
	self->to = 0;
	while (self->to == 0) {
		ssize_t got = ftp_stream_receive(self, self->text, FTP_TEXT_PIECE, err);

		if (got < 0)
			return -1;
		self->bytes += got;
		if (got == 0 && !self->is_held)
			return 0;
		if (got == 0) {
			/* A CR was the file's last byte. */
			self->is_held = false;
			self->text[self->to++] = '\r';
		} else {
			self->to = ftp_text_decode(self->text, (size_t)got, &self->is_held);
		}
	}
	return (ssize_t)self->to;
}

static ssize_t ftp_stream_read(struct nk_stream *stream, void *bytes, size_t size,
			       struct nk_err *err)
{
	struct ftp_stream *self = (struct ftp_stream *)stream;
	ssize_t got;
	size_t have;

	/* The reply that should have opened the transfer already ended it: no data. */
	if (self->is_settled)
		return 0;
	if (!self->is_text) {
		got = ftp_stream_receive(self, bytes, size, err);
		self->bytes += got > 0 ? got : 0;
		self->is_end = got == 0;
		return got;
	}
	if (self->from == self->to) {
		got = ftp_stream_fill_text(self, err);
		if (got <= 0)
			return got;
	}
	have = self->to - self->from < size ? self->to - self->from : size;
	memcpy(bytes, self->text + self->from, have);
	self->from += have;
	return (ssize_t)have;
}

static int ftp_stream_send(struct ftp_stream *self, const void *bytes, size_t length,
			   struct nk_err *err)
{
	int result = self->deflate ? ftp_deflate_write(self->deflate, self->data.conn, bytes,
						       length, false, err)
				   : nk_conn_write(self->data.conn, bytes, length, err);

	if (result < 0)
		return ftp_stream_explain(self, err);
	self->bytes += (int64_t)length;
	return 0;
}

/* LF to CRLF, piece by piece. */
static int ftp_stream_send_text(struct ftp_stream *self, const char *bytes, size_t length,
				struct nk_err *err)
{
	nk_auto(buf) struct nk_buf piece = NK_BUF_INIT(2 * FTP_TEXT_PIECE);

	while (length > 0) {
		size_t part = length < FTP_TEXT_PIECE ? length : FTP_TEXT_PIECE;

		nk_buf_clear(&piece);
		for (size_t i = 0; i < part; i++) {
			if ((bytes[i] == '\n' && nk_buf_add_char(&piece, '\r') < 0) ||
			    nk_buf_add_char(&piece, bytes[i]) < 0)
				return nk_fail(err, NK_E_USAGE, 0, "text piece");
		}
		if (ftp_stream_send(self, piece.data, piece.len, err) < 0)
			return -1;
		bytes += part;
		length -= part;
	}
	return 0;
}

static int ftp_stream_write(struct nk_stream *stream, const void *bytes, size_t length,
			    struct nk_err *err)
{
	struct ftp_stream *self = (struct ftp_stream *)stream;

	/* The server took the command and ended the transfer at once: nothing can be sent. */
	if (self->is_settled)
		return nk_fail(err, NK_E_PROTO, self->ftp->reply.code,
			       "%s: the server ended the transfer before the data: %d %s",
			       nk_conn_peer(self->ftp->control), self->ftp->reply.code,
			       self->ftp->reply.text.data);
	return self->is_text ? ftp_stream_send_text(self, bytes, length, err)
			     : ftp_stream_send(self, bytes, length, err);
}

/* ---- the end ---- */

/* The reply that ends the transfer. */
static int ftp_stream_verdict(struct ftp_stream *self, struct nk_err *err)
{
	struct ftp *ftp = self->ftp;

	if (self->is_settled)
		return 0;
	self->is_settled = true;
	if (ftp_answer(ftp, err) < 0)
		return -1;
	if (nk_reply_class(&ftp->reply) == 2)
		return 0;
	return ftp_stream_refused(self, err);
}

/* The size that the server has stored, when it can tell, must be what was sent. */
static int ftp_stream_check_size(struct ftp_stream *self, struct nk_err *err)
{
	struct ftp *ftp = self->ftp;
	uint64_t stored;

	if (ftp_answer(ftp, err) < 0)
		return -1;
	if (ftp->reply.code != 213 || !nk_num_u64(ftp->reply.text.data, 0, INT64_MAX, &stored))
		return 0;
	if ((int64_t)stored == self->offset + self->bytes)
		return 0;
	return nk_fail_again(err, NK_E_SHORT, 0,
			     "%s: %lld bytes were sent and accepted, the server has stored %llu",
			     nk_conn_peer(ftp->control), (long long)(self->offset + self->bytes),
			     (unsigned long long)stored);
}

static int ftp_stream_finish_data(struct ftp_stream *self, struct nk_err *err)
{
	if (self->is_settled || self->direction == NK_READ)
		return 0;
	if (self->deflate &&
	    ftp_deflate_write(self->deflate, self->data.conn, "", 0, true, err) < 0)
		return ftp_stream_explain(self, err);
	if (nk_conn_finish(self->data.conn, err) < 0)
		return ftp_stream_explain(self, err);
	return 0;
}

/* Enough of a file was read. The server notices that nobody takes the rest, and says so, or that it had
 * sent all; whichever, it is ready for more. */
static int ftp_stream_cut(struct ftp_stream *self, struct nk_err *err)
{
	struct ftp *ftp = self->ftp;
	int result;

	ftp_data_release(&self->data);
	ftp_forget_ahead(ftp);
	self->is_settled = true;
	nk_conn_set_timeout(ftp->control, FTP_REASON_MS);
	result = ftp_answer(ftp, err);
	nk_conn_set_timeout(ftp->control, nk_conn_net(ftp->control)->timeout_ms);
	return result;
}

static int ftp_stream_end(struct ftp_stream *self, struct nk_err *err)
{
	struct ftp *ftp = self->ftp;
	bool checks_size = self->direction == NK_WRITE && self->path && !self->is_text &&
			   !self->is_append && !self->deflate && (ftp->features & FTP_FEAT_SIZE);
	/* What was read is over when its end was seen; of what was written only the server knows,
	 * and most act on commands while it still comes in. */
	bool is_early = self->direction == NK_READ ? ftp->is_pipelined : ftp->is_patient;
	int result = 0;

	if (self->length > 0 && !self->is_end && !self->is_settled)
		return ftp_stream_cut(self, err);
	if (ftp_stream_finish_data(self, err) < 0)
		return -1;
	/* Closed before the reply is read: some servers wait for it. */
	ftp_data_release(&self->data);
	if (!is_early && ftp_stream_verdict(self, err) < 0)
		return -1;
	nk_conn_hold(ftp->control);
	if ((checks_size && ftp_send(ftp, err, "SIZE %s", self->path) < 0) ||
	    ftp_send_ahead(ftp, err) < 0 || nk_conn_flush(ftp->control, err) < 0) {
		ftp->is_broken = true;
		return -1;
	}
	if (is_early)
		result = ftp_stream_verdict(self, err);
	if (checks_size && !ftp->is_broken) {
		struct nk_err later = NK_ERR_INIT;

		if (ftp_stream_check_size(self, &later) < 0 && result == 0) {
			*err = later;
			result = -1;
		}
	}
	return result;
}

static int ftp_stream_close(struct nk_stream *stream, struct nk_err *err)
{
	struct ftp_stream *self = (struct ftp_stream *)stream;
	int result = ftp_stream_end(self, err);

	ftp_stream_free(self);
	return result;
}

static void ftp_stream_abandon(struct nk_stream *stream)
{
	struct ftp_stream *self = (struct ftp_stream *)stream;
	struct ftp *ftp = self->ftp;
	struct nk_err ignored = NK_ERR_INIT;

	ftp_data_release(&self->data);
	ftp_forget_ahead(ftp);
	if (!self->is_settled && !ftp->is_broken) {
		/* Two replies: to the transfer, and to ABOR (RFC 959 4.1.3). */
		nk_conn_set_timeout(ftp->control, FTP_REASON_MS);
		if (ftp_send(ftp, &ignored, "ABOR") < 0 || ftp_answer(ftp, &ignored) < 0 ||
		    ftp_answer(ftp, &ignored) < 0)
			ftp->is_broken = true;
		nk_conn_set_timeout(ftp->control, nk_conn_net(ftp->control)->timeout_ms);
	}
	ftp_stream_free(self);
}

static int ftp_stream_raw_fd(struct nk_stream *stream)
{
	struct ftp_stream *self = (struct ftp_stream *)stream;

	if (self->is_text || self->deflate || self->is_settled)
		return -1;
	return nk_conn_raw_fd(self->data.conn);
}

static void ftp_stream_moved(struct nk_stream *stream, int64_t length)
{
	((struct ftp_stream *)stream)->bytes += length;
}

static const struct nk_stream_ops ftp_stream_ops = {
	.read = ftp_stream_read,
	.write = ftp_stream_write,
	.close = ftp_stream_close,
	.abandon = ftp_stream_abandon,
	.raw_fd = ftp_stream_raw_fd,
	.moved = ftp_stream_moved,
};

/* ---- the beginning ---- */

/* The reply to the command that starts a transfer; data is dialled. */
static int ftp_stream_begin(struct ftp_stream *self, const char *what, struct nk_err *err)
{
	struct ftp *ftp = self->ftp;

	if (ftp_answer(ftp, err) < 0)
		return -1;
	if (nk_reply_class(&ftp->reply) == 2) {
		/* Some servers end an empty listing without ever opening it. */
		self->is_settled = true;
		return 0;
	}
	if (nk_reply_class(&ftp->reply) != 1)
		return ftp_refused(ftp, err, what);
	if (self->direction == NK_READ && self->offset == 0 && !self->is_text && !self->is_ranged)
		self->stream.size = ftp_parse_announced(ftp->reply.text.data);
	if (ftp_data_establish(ftp, &self->data, err) < 0)
		return ftp_stream_explain(self, err);
	if (ftp->is_deflated && ftp_deflate_new(self->direction, &self->deflate, err) < 0)
		return -1;
	return 0;
}

/* The command that says where to begin, and where it is known (draft-bryan-ftp-range) where to end; NULL:
 * at the beginning. A new string. */
static char *ftp_restart_command(const struct ftp_stream *self)
{
	if (self->direction != NK_READ || (self->offset == 0 && !self->is_ranged))
		return NULL;
	if (!self->is_ranged)
		return nk_format("REST %lld", (long long)self->offset);
	return nk_format("RANG %lld %lld", (long long)self->offset,
			 (long long)(self->offset + self->length - 1));
}

static int ftp_restart_refused(const struct ftp *ftp, const char *restart, struct nk_err *err)
{
	return nk_fail(err, NK_E_RESUME, ftp->reply.code,
		       "%s: the server cannot resume: %.4s: %d %s", nk_conn_peer(ftp->control),
		       restart, ftp->reply.code, ftp->reply.text.data);
}

/* One step after the other, for servers of which nothing is known, and active mode. */
static int ftp_begin_slowly(struct ftp_stream *self, const char *command, struct nk_err *err)
{
	struct ftp *ftp = self->ftp;
	nk_auto(str) char *restart = ftp_restart_command(self);

	if (ftp_data_prepare(ftp, &self->data, err) < 0)
		return -1;
	if (restart) {
		if (ftp_send(ftp, err, "%s", restart) < 0 || ftp_answer(ftp, err) < 0)
			return -1;
		if (nk_reply_class(&ftp->reply) != 3)
			return ftp_restart_refused(ftp, restart, err);
	}
	if (ftp_send(ftp, err, "%s", command) < 0)
		return -1;
	return ftp_stream_begin(self, command, err);
}

/* The transfer that was sent for will not be: whatever the server makes of it is read past. */
static void ftp_give_up_sent(struct ftp_stream *self)
{
	struct ftp *ftp = self->ftp;
	struct nk_err ignored = NK_ERR_INIT;

	if (ftp_answer(ftp, &ignored) == 0 && nk_reply_class(&ftp->reply) == 1) {
		ftp_data_release(&self->data);
		if (ftp_answer(ftp, &ignored) < 0)
			ftp->is_broken = true;
	}
}

/* Take the replies of what was sent ahead: the port, where to begin (NULL: nothing was said of that),
 * and the answer to command. */
static int ftp_begin_sent(struct ftp_stream *self, const char *restart, const char *command,
			  bool is_commanded, struct nk_err *err)
{
	struct ftp *ftp = self->ftp;
	bool has_port;

	if (ftp_answer(ftp, err) < 0)
		return -1;
	has_port = nk_reply_class(&ftp->reply) == 2;
	if (has_port && ftp_data_dial(ftp, &self->data, err) < 0) {
		ftp->is_broken = is_commanded;
		return -1;
	}
	if (restart && ftp_answer(ftp, err) < 0)
		return -1;
	if (restart && has_port && nk_reply_class(&ftp->reply) != 3) {
		ftp_restart_refused(ftp, restart, err);
		ftp_give_up_sent(self);
		return -1;
	}
	if (has_port && !is_commanded && ftp_send(ftp, err, "%s", command) < 0)
		return -1;
	if (has_port)
		return ftp_stream_begin(self, command, err);
	/* No port: the command behind it was refused too; take its reply and begin anew. */
	if (is_commanded && ftp_answer(ftp, err) < 0)
		return -1;
	if (nk_reply_class(&ftp->reply) == 1) {
		ftp->is_broken = true;
		return nk_fail(err, NK_E_PROTO, ftp->reply.code,
			       "%s: %s: begun without a data connection",
			       nk_conn_peer(ftp->control), command);
	}
	return ftp_begin_slowly(self, command, err);
}

/* Port and command in one packet, and between them where to begin. */
static int ftp_begin_at_once(struct ftp_stream *self, const char *command, struct nk_err *err)
{
	struct ftp *ftp = self->ftp;
	nk_auto(str) char *restart = ftp_restart_command(self);

	nk_conn_hold(ftp->control);
	if (ftp_send(ftp, err, "%s", ftp_data_verb(ftp)) < 0 ||
	    (restart && ftp_send(ftp, err, "%s", restart) < 0) ||
	    ftp_send(ftp, err, "%s", command) < 0) {
		struct nk_err ignored = NK_ERR_INIT;

		/* A name that cannot be sent: what was held before it hurts nobody. */
		ftp->is_broken = nk_conn_flush(ftp->control, &ignored) < 0 ||
				 ftp_answer(ftp, &ignored) < 0 ||
				 (restart && ftp_answer(ftp, &ignored) < 0);
		return -1;
	}
	if (nk_conn_flush(ftp->control, err) < 0)
		return -1;
	return ftp_begin_sent(self, restart, command, true, err);
}

static int ftp_begin(struct ftp_stream *self, const char *command, bool was_ahead,
		     struct nk_err *err)
{
	struct ftp *ftp = self->ftp;
	bool is_commanded = ftp->ahead.is_commanded;

	if (was_ahead) {
		ftp_forget_ahead(ftp);
		return ftp_begin_sent(self, NULL, command, is_commanded, err);
	}
	if (ftp_settle(ftp, err) < 0 || ftp_set_type(ftp, self->is_text ? 'A' : 'I', err) < 0)
		return -1;
	if (ftp->is_pipelined && !ftp->opts->active)
		return ftp_begin_at_once(self, command, err);
	return ftp_begin_slowly(self, command, err);
}

int ftp_transfer(struct ftp *ftp, const struct nk_open_how *how, const char *verb, const char *path,
		 struct nk_stream **stream, struct nk_err *err)
{
	struct ftp_stream *self = nk_alloc(sizeof(*self));
	nk_auto(str) char *command = path ? nk_format("%s %s", verb, path) : nk_strdup(verb);
	bool was_ahead = path && ftp->ahead.is_sent && strcmp(path, ftp->ahead.path) == 0 &&
			 how->direction == ftp->ahead.how.direction && how->offset == 0 &&
			 how->length == 0;

	self->stream =
		(struct nk_stream){ .ops = &ftp_stream_ops, .size = -1, .mtime = NK_ENTRY_NO_TIME };
	self->ftp = ftp;
	self->path = nk_strdup(path);
	self->direction = how->direction;
	self->offset = how->offset;
	self->length = how->direction == NK_READ ? how->length : 0;
	/* Whoever reads to the end shall see it. */
	self->is_ranged = self->length > 0 && self->offset + self->length < how->size &&
			  (ftp->features & FTP_FEAT_RANG) && !ftp->is_deflated;
	self->is_text = how->is_text;
	self->is_append = how->append;
	if (ftp_begin(self, command, was_ahead, err) < 0) {
		ftp_stream_free(self);
		return -1;
	}
	*stream = &self->stream;
	return 0;
}

/* A file that could not be opened: missing, denied, or no file at all. */
static int ftp_explain_retr(struct ftp *ftp, const char *real, struct nk_err *err)
{
	struct nk_err other = NK_ERR_INIT;
	enum ftp_presence presence;
	bool is_refused = !ftp->is_broken && err->code == 550 &&
			  (ftp->is_vague || err->domain == NK_E_UNSUPPORTED);

	if (!is_refused || ftp_probe(ftp, real, &presence, &other) < 0)
		return -1;
	if (presence == FTP_IS_DIR)
		return nk_fail(err, NK_E_UNSUPPORTED, err->code,
			       "%s: it is a folder (--recursive copies it)",
			       nk_conn_peer(ftp->control));
	if (err->domain != NK_E_UNSUPPORTED)
		err->domain = presence == FTP_ABSENT ? NK_E_MISSING : NK_E_DENIED;
	return -1;
}

int ftp_open(struct nk_fs *fs, const char *path, const struct nk_open_how *how,
	     struct nk_stream **stream, struct nk_err *err)
{
	struct ftp *ftp = (struct ftp *)fs;
	nk_auto(str) char *real = NULL;
	nk_auto(stream) struct nk_stream *made = NULL;
	struct nk_open_how mine = *how;
	const char *verb = how->direction == NK_READ	    ? "RETR"
			   : how->offset > 0 || how->append ? "APPE"
							    : "STOR";

	mine.is_text = how->is_text || ftp->opts->ascii;
	if (ftp_real_path(ftp, path, &real, err) < 0)
		return -1;
	if (ftp_transfer(ftp, &mine, verb, real, &made, err) < 0)
		return how->direction == NK_READ ? ftp_explain_retr(ftp, real, err) : -1;
	/* An empty listing may end without having been opened; a file is not believed to. */
	if (((struct ftp_stream *)made)->is_settled)
		return nk_fail(err, NK_E_PROTO, ftp->reply.code,
			       "%s: %s: the server ended the transfer before it began: %d %s",
			       nk_conn_peer(ftp->control), verb, ftp->reply.code,
			       ftp->reply.text.data);
	*stream = nk_take(made);
	return 0;
}
