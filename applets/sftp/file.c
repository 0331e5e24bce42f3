/* file.c - open files of the server's. */
#include "sftp.h"

#include "netkit/log.h"

/* How often an OPEN is tried again that was refused for want of handles. */
#define FILE_OPEN_TRIES 3

/* Longest reply to FSTAT and its like. */
#define FILE_ATTRS_BODY (16 * 1024)

static int sftp_ask_open(struct sftp *sftp, struct sftp_call *call, struct sftp_link *link,
			 const char *real, const struct sftp_open_how *how, struct nk_err *err)
{
	struct sftp_attrs attrs = { .has = how->mode > 0 ? SFTP_ATTR_MODE : 0,
				    .mode = (uint32_t)how->mode };
	struct sftp_request request;

	if (sftp_call_begin(call, link, SFTP_OPEN, SFTP_HANDLE_MAX + 4, err) < 0)
		return -1;
	request = sftp_request_begin(&sftp->out, SFTP_OPEN, call->id);
	sftp_add_text(&request, real);
	sftp_add_u32(&request, how->flags);
	sftp_add_attrs(&request, &attrs);
	return sftp_call_end(call, &request, 0, err);
}

/* STAT goes along with OPEN; what it says is only of use when the file is open. */
static int sftp_ask_attrs(struct sftp *sftp, struct sftp_call *call, struct sftp_link *link,
			  const char *real, struct nk_err *err)
{
	struct sftp_request request;

	if (sftp_call_begin(call, link, SFTP_STAT, FILE_ATTRS_BODY, err) < 0)
		return -1;
	request = sftp_request_begin(&sftp->out, SFTP_STAT, call->id);
	sftp_add_text(&request, real);
	return sftp_call_end(call, &request, 0, err);
}

static int sftp_take_attrs_of(struct sftp *sftp, struct sftp_call *call, struct sftp_attrs *attrs,
			      struct nk_err *err)
{
	if (!attrs)
		return 0;
	*attrs = (struct sftp_attrs){ .has = 0 };
	if (sftp_call_wait(call, &sftp->waiter, err) < 0)
		return -1;
	if (call->type != SFTP_ATTRS)
		return 0;
	return sftp_parse_attrs(call->body, call->length, attrs) ? 0
								 : sftp_broken(call, "stat", err);
}

static int sftp_take_handle(struct sftp_file *file, struct sftp_call *call, struct nk_err *err)
{
	const char *handle;
	size_t length;

	if (sftp_expect(call, SFTP_HANDLE, "open", err) < 0)
		return -1;
	if (!sftp_parse_handle(call->body, call->length, &handle, &length))
		return sftp_broken(call, "open", err);
	memcpy(file->handle, handle, length);
	file->handle_length = length;
	return 0;
}

static void sftp_file_forget(struct sftp_file *file)
{
	if (!file->sftp)
		return;
	sftp_link_leave_handle(file->link);
	sftp_line_leave(file->sftp, file->line, file->size);
	file->sftp = NULL;
}

/* One try; file has its line. */
static int sftp_file_try(struct sftp *sftp, const char *real, const struct sftp_open_how *how,
			 struct sftp_file *file, struct nk_err *err)
{
	nk_auto(call) struct sftp_call open = { .link = NULL };
	nk_auto(call) struct sftp_call attrs = { .link = NULL };

	if (sftp_link_take_handle(file->link, err) < 0)
		return -1;
	if (sftp_ask_open(sftp, &open, file->link, real, how, err) < 0 ||
	    (how->attrs && sftp_ask_attrs(sftp, &attrs, file->link, real, err) < 0) ||
	    sftp_link_send(file->link, &sftp->out, err) < 0 ||
	    sftp_call_wait(&open, &sftp->waiter, err) < 0 ||
	    sftp_take_handle(file, &open, err) < 0) {
		sftp_link_leave_handle(file->link);
		return -1;
	}
	file->sftp = sftp;
	return sftp_take_attrs_of(sftp, &attrs, how->attrs, err);
}

/* Was it refused for want of handles, and will there be others? */
static bool sftp_wants_handle(const struct sftp_file *file, const struct nk_err *err)
{
	if (err->code != SFTP_FAILURE ||
	    !(strcasestr(err->msg, "too many open") || strcasestr(err->msg, "handle")))
		return false;
	return sftp_link_is_crowded(file->link);
}

int sftp_file_open(struct sftp *sftp, const char *real, const struct sftp_open_how *how,
		   struct sftp_file *file, struct nk_err *err)
{
	struct sftp_line *line = NULL;

	if (!how->is_apart)
		line = sftp_line_take(sftp, how->size);
	else if (sftp_line_take_apart(sftp, how->size, &line, err) < 0)
		return -1;
	struct sftp_file made = { .line = line, .link = line->link, .size = how->size };

	for (int tries = 1; sftp_file_try(sftp, real, how, &made, err) < 0; tries++) {
		nk_buf_clear(&sftp->out);
		if (made.sftp) {
			sftp_file_close(&made);
			return -1;
		}
		if (tries == FILE_OPEN_TRIES || !sftp_wants_handle(&made, err)) {
			sftp_line_leave(sftp, line, how->size);
			return -1;
		}
		nk_log(NK_LOG_DEBUG, "%s", err->msg);
		*err = (struct nk_err)NK_ERR_INIT;
	}
	*file = made;
	return 0;
}

int sftp_file_ask(struct sftp_file *file, struct sftp_call *call, enum sftp_type type,
		  struct nk_err *err)
{
	struct sftp_request request;

	if (sftp_call_begin(call, file->link, type, FILE_ATTRS_BODY, err) < 0)
		return -1;
	request = sftp_request_begin(&file->sftp->out, type, call->id);
	sftp_add_string(&request, file->handle, file->handle_length);
	return sftp_call_end(call, &request, 0, err);
}

void sftp_file_close(struct sftp_file *file)
{
	nk_auto(call) struct sftp_call call = { .link = NULL };
	struct nk_err ignored = NK_ERR_INIT;

	if (!file->sftp)
		return;
	if (file->handle_length > 0 && (sftp_file_ask(file, &call, SFTP_CLOSE, &ignored) < 0 ||
					sftp_link_send(file->link, &file->sftp->out, &ignored) < 0))
		nk_log(NK_LOG_DEBUG, "%s", ignored.msg);
	nk_buf_clear(&file->sftp->out);
	sftp_file_forget(file);
}
