/* probefile.c - a file of our own in somebody's folder, to find something out. */
#include "probefile.h"

#include <sys/random.h>

#include "netkit/log.h"

/* is_made: it is there, whatever came of it. */
static int make(struct nk_fs *fs, const char *path, bool *is_made, struct nk_err *err)
{
	const struct nk_open_how how = { .direction = NK_WRITE, .size = 1, .deadline = NK_NEVER };
	nk_auto(stream) struct nk_stream *stream = NULL;

	if (nk_fs_open(fs, path, &how, &stream, err) < 0)
		return -1;
	*is_made = true;
	if (nk_stream_write(stream, "\n", 1, err) < 0)
		return -1;
	return nk_stream_close(nk_take(stream), err);
}

int nk_probe_file_make(struct nk_fs *fs, const char *folder, char **path, struct nk_err *err)
{
	struct nk_err ignored = NK_ERR_INIT;
	uint64_t random = 0;
	bool is_made = false;

	/* Another name each time, so that nobody's file is ever replaced. */
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return nk_fail_errno(err, NK_E_READ, "no random numbers");
	nk_auto(str) char *name = nk_format(".netkit-%016llx", (unsigned long long)random);
	nk_auto(str) char *made = nk_path_join(folder, name);

	if (make(fs, made, &is_made, err) < 0) {
		/* Where there is no room for its byte, it is there without. */
		if (is_made && nk_fs_unlink(fs, made, &ignored) < 0)
			nk_log(NK_LOG_DEBUG, "%s", ignored.msg);
		return -1;
	}
	*path = nk_take(made);
	return 0;
}
