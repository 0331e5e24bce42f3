/* copy.c - a copy that the server makes by itself (copy-data). */
#include "sftp.h"

/* What one request has the server copy: not so much that its silence could be taken for its end. */
#define COPY_STEP (64 * 1024 * 1024)

/* From handle and offset, length bytes, to handle and offset. */
static int sftp_copy_step(struct sftp_file *from, const struct sftp_file *to, int64_t at,
			  int64_t length, struct nk_err *err)
{
	nk_auto(call) struct sftp_call call = { .link = NULL };
	struct sftp *sftp = from->sftp;
	struct sftp_request request;

	if (sftp_call_begin(&call, from->link, SFTP_EXTENDED, 0, err) < 0)
		return -1;
	request = sftp_request_begin(&sftp->out, SFTP_EXTENDED, call.id);
	sftp_add_text(&request, "copy-data");
	sftp_add_string(&request, from->handle, from->handle_length);
	sftp_add_u64(&request, (uint64_t)at);
	sftp_add_u64(&request, (uint64_t)length);
	sftp_add_string(&request, to->handle, to->handle_length);
	sftp_add_u64(&request, (uint64_t)at);
	if (sftp_call_end(&call, &request, 0, err) < 0 || sftp_exchange(sftp, &call, err) < 0)
		return -1;
	return sftp_expect(&call, SFTP_STATUS, "copy-data", err);
}

static int sftp_copy_all(struct sftp_file *from, struct sftp_file *to, int64_t size,
			 struct nk_err *err)
{
	for (int64_t at = 0; at < size; at += COPY_STEP) {
		int64_t rest = size - at;

		if (sftp_copy_step(from, to, at, rest < COPY_STEP ? rest : COPY_STEP, err) < 0)
			return -1;
	}
	return 0;
}

/* Close what was written and see how much it is. */
static int sftp_copy_end(struct sftp_file *to, int64_t *bytes, struct nk_err *err)
{
	nk_auto(call) struct sftp_call attrs_call = { .link = NULL };
	nk_auto(call) struct sftp_call close_call = { .link = NULL };
	struct sftp *sftp = to->sftp;
	struct sftp_attrs attrs;

	if (sftp_file_ask(to, &attrs_call, SFTP_FSTAT, err) < 0 ||
	    sftp_file_ask(to, &close_call, SFTP_CLOSE, err) < 0)
		return -1;
	to->handle_length = 0;
	if (sftp_exchange(sftp, &attrs_call, err) < 0 ||
	    sftp_call_wait(&close_call, &sftp->waiter, err) < 0 ||
	    sftp_expect(&attrs_call, SFTP_ATTRS, "fstat", err) < 0 ||
	    sftp_expect(&close_call, SFTP_STATUS, "close", err) < 0)
		return -1;
	if (!sftp_parse_attrs(attrs_call.body, attrs_call.length, &attrs) ||
	    !(attrs.has & SFTP_ATTR_SIZE) || attrs.size > INT64_MAX)
		return sftp_broken(&attrs_call, "fstat", err);
	*bytes = (int64_t)attrs.size;
	return 0;
}

/* Are both the same file? Emptying the one would be the end of the other. */
static int sftp_copy_check(struct sftp *sftp, const char *real, const char *target,
			   struct nk_err *err)
{
	nk_auto(str) char *from = NULL;
	nk_auto(str) char *to = NULL;
	struct nk_err missing = NK_ERR_INIT;

	if (sftp_path_of(sftp, SFTP_REALPATH, real, &from, err) < 0)
		return -1;
	if (sftp_path_of(sftp, SFTP_REALPATH, target, &to, &missing) == 0 && strcmp(from, to) == 0)
		return nk_fail(err, NK_E_USAGE, 0, "%s: source and target are the same file",
			       sftp_link_peer(sftp->link));
	return 0;
}

int sftp_copy(struct nk_fs *fs, const char *path, const char *to, int64_t *bytes,
	      struct nk_err *err)
{
	struct sftp *sftp = (struct sftp *)fs;
	nk_auto(str) char *real = NULL;
	nk_auto(str) char *target = NULL;
	nk_auto(file) struct sftp_file in = { .sftp = NULL };
	nk_auto(file) struct sftp_file out = { .sftp = NULL };
	struct sftp_attrs attrs = { .has = 0 };
	/* Both on this session's own line. */
	struct sftp_open_how read = { .flags = SFTP_OPEN_READ, .size = -1, .attrs = &attrs };
	struct sftp_open_how write = {
		.flags = SFTP_OPEN_WRITE | SFTP_OPEN_CREAT | SFTP_OPEN_TRUNC,
		.size = -1,
	};

	if (!(sftp_link_extensions(sftp->link) & SFTP_EXT_COPY_DATA))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: the server has no copy-data",
			       sftp_link_peer(sftp->link));
	if (sftp_real(sftp, path, &real, err) < 0 || sftp_real(sftp, to, &target, err) < 0 ||
	    sftp_copy_check(sftp, real, target, err) < 0 ||
	    sftp_file_open(sftp, real, &read, &in, err) < 0)
		return -1;
	/* Files that are made when they are read have no size; they go through here. */
	if (!(attrs.has & SFTP_ATTR_SIZE) || attrs.size == 0 || attrs.size > INT64_MAX)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s: the size is not known",
			       sftp_link_peer(sftp->link));
	write.mode = (attrs.has & SFTP_ATTR_MODE) ? (int)(attrs.mode & 0777) : 0;
	if (sftp_file_open(sftp, target, &write, &out, err) < 0 ||
	    sftp_copy_all(&in, &out, (int64_t)attrs.size, err) < 0)
		return -1;
	return sftp_copy_end(&out, bytes, err);
}
