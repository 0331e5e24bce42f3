/* probefile.c - a file of our own in somebody's folder, to find something out. */
#include "probefile.h"

#include <sys/random.h>

int nk_probe_file_make(struct nk_fs *fs, const char *folder, char **path, struct nk_err *err)
{
	const struct nk_open_how how = { .direction = NK_WRITE, .size = 1, .deadline = NK_NEVER };
	nk_auto(stream) struct nk_stream *stream = NULL;
	uint64_t random = 0;

	/* Another name each time, so that nobody's file is ever replaced. */
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return nk_fail_errno(err, NK_E_READ, "no random numbers");
	nk_auto(str) char *name = nk_format(".netkit-%016llx", (unsigned long long)random);
	nk_auto(str) char *made = nk_path_join(folder, name);

	if (nk_fs_open(fs, made, &how, &stream, err) < 0 ||
	    nk_stream_write(stream, "\n", 1, err) < 0 || nk_stream_close(nk_take(stream), err) < 0)
		return -1;
	*path = nk_take(made);
	return 0;
}
