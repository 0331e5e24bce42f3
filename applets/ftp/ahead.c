/* ahead.c - what is sent for the next transfer before the one at hand has ended. */
#include "ftp.h"

void ftp_forget_ahead(struct ftp *ftp)
{
	free(nk_take(ftp->ahead.path));
	ftp->ahead.is_sent = false;
	ftp->ahead.is_commanded = false;
}

void ftp_ahead(struct nk_fs *fs, const char *path, const struct nk_open_how *how)
{
	struct ftp *ftp = (struct ftp *)fs;
	bool is_possible = ftp->is_pipelined && !ftp->is_broken && !ftp->opts->active &&
			   how->offset == 0 && ftp->type == (how->is_text ? 'A' : 'I') &&
			   strncmp(path, "/~", 2) != 0 && ftp_can_send(path);

	if (ftp->ahead.is_sent || !is_possible)
		return;
	free(ftp->ahead.path);
	ftp->ahead.path = nk_strdup(path);
	ftp->ahead.how = *how;
}

int ftp_send_ahead(struct ftp *ftp, struct nk_err *err)
{
	if (!ftp->ahead.path || ftp->ahead.is_sent)
		return 0;
	ftp->ahead.is_sent = true;
	if (ftp_send(ftp, err, "%s", ftp_data_verb(ftp)) < 0)
		return -1;
	if (ftp->ahead.how.direction == NK_WRITE)
		return 0;
	ftp->ahead.is_commanded = true;
	return ftp_send(ftp, err, "RETR %s", ftp->ahead.path);
}

int ftp_settle(struct ftp *ftp, struct nk_err *err)
{
	struct ftp_data data = { .conn = NULL };
	bool is_commanded = ftp->ahead.is_commanded;
	bool is_dialled;

	if (!ftp->ahead.is_sent) {
		ftp_forget_ahead(ftp);
		return 0;
	}
	ftp_forget_ahead(ftp);
	if (ftp_answer(ftp, err) < 0)
		return -1;
	if (!is_commanded)
		return 0;
	/* The transfer has begun: let it connect, then drop it and read that it ended. */
	is_dialled = ftp_data_dial(ftp, &data, err) == 0;
	if (ftp_answer(ftp, err) < 0) {
		ftp_data_release(&data);
		return -1;
	}
	ftp_data_release(&data);
	if (nk_reply_class(&ftp->reply) != 1)
		return 0;
	if (is_dialled)
		return ftp_answer(ftp, err);
	/* It waits for a connection that cannot be made. */
	ftp->is_broken = true;
	return -1;
}
