/* install.c - one link for each applet, hard or symbolic. */
#include "install.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

struct install_opts {
	bool symbolic;
	bool force;
};

static const struct nk_opt install_options[] = {
	NK_OPT_FLAG(struct install_opts, symbolic, 's', "symbolic", "symbolic links"),
	NK_OPT_FLAG(struct install_opts, force, 'f', "force", "replace what has the name"),
	NK_OPT_END,
};

static bool is_same_file(const char *a, const char *b)
{
	struct stat first, second;

	return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

/* What links point to: DIR/netkit where there is one, else this program. */
static int find_program(const char *folder, char **program, struct nk_err *err)
{
	nk_auto(str) char *installed = nk_path_join(folder, "netkit");
	char self[PATH_MAX];

	if (access(installed, X_OK) == 0) {
		*program = nk_take(installed);
		return 0;
	}
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0)
		return nk_fail_errno(err, NK_E_READ, "/proc/self/exe");
	*program = nk_strndup(self, (size_t)length);
	return 0;
}

static int make_link(const struct install_opts *opts, const char *program, const char *path,
		     struct nk_err *err)
{
	nk_auto(str) char *folder = nk_path_parent(path);
	nk_auto(str) char *beside = nk_path_join(folder, "netkit");
	bool is_beside = strcmp(program, beside) == 0;

	if (opts->force ? strcmp(program, path) == 0 : is_same_file(program, path))
		return 0;
	if (opts->force && unlink(path) < 0 && errno != ENOENT)
		return nk_fail_errno(err, nk_domain_of_errno(errno, NK_E_WRITE), "%s", path);
	if (opts->symbolic && symlink(is_beside ? "netkit" : program, path) < 0)
		return nk_fail_errno(err, nk_domain_of_errno(errno, NK_E_WRITE), "%s", path);
	if (!opts->symbolic && link(program, path) < 0) {
		const char *hint = errno == EXDEV ? " (-s makes symbolic links)" : "";

		return nk_fail_errno(err, nk_domain_of_errno(errno, NK_E_WRITE), "%s%s", path,
				     hint);
	}
	return 0;
}

int nk_install_run(const struct nk_applet *const *applets, int argc, char **argv,
		   struct nk_err *err)
{
	struct install_opts opts = { 0 };
	struct nk_opt_set set = { .options = install_options, .into = &opts };
	nk_auto(strings) struct nk_strings operands = { 0 };
	nk_auto(str) char *program = NULL;

	if (nk_opt_parse(&set, 1, argc, argv, &operands, err) < 0)
		return -1;
	if (operands.count != 1)
		return nk_fail(err, NK_E_USAGE, 0, "--install takes one folder");
	if (find_program(operands.items[0], &program, err) < 0)
		return -1;
	for (; *applets; applets++) {
		nk_auto(str) char *path = nk_path_join(operands.items[0], (*applets)->name);

		if (make_link(&opts, program, path, err) < 0)
			return -1;
	}
	return 0;
}
