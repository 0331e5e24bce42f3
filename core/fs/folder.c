/* folder.c - local folders by descriptor; below a root with openat2(2) RESOLVE_BENEATH. */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* openat2 says EAGAIN when something was renamed while it resolved "..". */
#define OPENAT2_TRIES 16

static int fail_text(struct nk_err *err, enum nk_domain domain, int code)
{
	const char *text = code == EXDEV ? "a link on the way leads out of the target folder"
					 : strerrordesc_np(code);

	nk_fail(err, domain, code, "%s", text ? text : "unknown error");
	err->local = true;
	return -1;
}

int nk_local_fail(struct nk_err *err, enum nk_domain fallback)
{
	return fail_text(err, nk_domain_of_errno(errno, fallback), errno);
}

int nk_local_fail_io(struct nk_err *err, enum nk_domain domain)
{
	return fail_text(err, errno == EEXIST ? NK_E_EXISTS : domain, errno);
}

/* Without openat2 (an old kernel, a sandbox): name by name, and no links at all. */
static int open_by_names(int root, const char *path, int flags)
{
	int at = fcntl(root, F_DUPFD_CLOEXEC, 0);

	while (at >= 0) {
		size_t length = strcspn(path, "/");
		const char *rest = path + length + strspn(path + length, "/");
		nk_auto(str) char *name = nk_strndup(path, length);
		int next =
			openat(at, name, (*rest ? FOLDER_FLAGS : flags) | O_NOFOLLOW | O_CLOEXEC);
		int code = errno;

		close(at);
		errno = code;
		at = next;
		if (*rest == '\0')
			break;
		path = rest;
	}
	return at;
}

/* Open path, which is relative, below the descriptor root. */
static int open_beneath(struct nk_local *local, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd = -1;

	for (int i = 0; i < OPENAT2_TRIES && !local->no_openat2; i++) {
		fd = (int)syscall(SYS_openat2, local->root_fd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != ENOSYS))
			return fd;
		local->no_openat2 = errno == ENOSYS;
	}
	return local->no_openat2 ? open_by_names(local->root_fd, path, flags) : fd;
}

static int open_root(struct nk_local *local)
{
	if (local->root_fd < 0)
		local->root_fd = open(local->root, FOLDER_FLAGS);
	return local->root_fd < 0 ? -1 : 0;
}

/* ".." is refused even where the kernel would let it: no server has a reason to send it. */
static bool has_dot_dot(const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && memcmp(path, "..", 2) == 0)
			return true;
		path += length + strspn(path + length, "/");
	}
	return false;
}

/* path as openat2 wants it: without the slashes before and behind, "." for the root. */
static char *below_root(const char *path)
{
	nk_auto(str) char *trimmed = nk_path_trim(path + strspn(path, "/"));

	return trimmed[0] == '\0' ? nk_strdup(".") : nk_take(trimmed);
}

int nk_local_open(struct nk_local *local, const char *path, int flags)
{
	if (!local->root)
		return open(path, flags | O_CLOEXEC);
	nk_auto(str) char *relative = below_root(path);

	if (has_dot_dot(relative)) {
		errno = EXDEV;
		return -1;
	}
	return open_root(local) < 0 ? -1 : open_beneath(local, relative, flags);
}

/* Make the folder at path (below the root) and those above it that are missing. */
static int make_folders(struct nk_local *local, const char *path)
{
	size_t length = 0;
	int at = fcntl(local->root_fd, F_DUPFD_CLOEXEC, 0);

	while (at >= 0 && path[length] != '\0') {
		size_t start = length + strspn(path + length, "/");

		length = start + strcspn(path + start, "/");
		nk_auto(str) char *name = nk_strndup(path + start, length - start);
		nk_auto(str) char *prefix = nk_strndup(path, length);
		bool made = mkdirat(at, name, 0777) == 0 || errno == EEXIST;
		int next = made ? open_beneath(local, prefix, FOLDER_FLAGS) : -1;
		int code = errno;

		close(at);
		errno = code;
		at = next;
	}
	return at;
}

/* The descriptor of a folder below the root, owned by the caller. A folder of many files is opened
 * once. */
static int open_folder(struct nk_local *local, const char *path, bool make)
{
	int fd;

	if (local->cached && strcmp(local->cached, path) == 0)
		return fcntl(local->cached_fd, F_DUPFD_CLOEXEC, 0);
	fd = open_beneath(local, path, FOLDER_FLAGS);
	if (fd < 0 && errno == ENOENT && make)
		fd = make_folders(local, path);
	if (fd < 0)
		return -1;
	nk_local_forget(local);
	local->cached_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (local->cached_fd >= 0)
		local->cached = nk_strdup(path);
	return fd;
}

static int find_below_root(struct nk_spot *spot, struct nk_local *local, const char *path,
			   bool make)
{
	nk_auto(str) char *relative = below_root(path);
	nk_auto(str) char *folder = nk_path_parent(relative);

	if (has_dot_dot(relative)) {
		errno = EXDEV;
		return -1;
	}
	if (open_root(local) < 0)
		return -1;
	spot->folder = open_folder(local, folder, make);
	if (spot->folder < 0)
		return -1;
	spot->name = nk_strdup(nk_path_name(relative));
	return 0;
}

int nk_spot_find(struct nk_spot *spot, struct nk_local *local, const char *path, bool make)
{
	nk_auto(str) char *trimmed = nk_path_trim(path);
	nk_auto(str) char *folder = nk_path_parent(path);
	const char *name = nk_path_name(trimmed);

	if (local->root)
		return find_below_root(spot, local, path, make);
	spot->folder = open(folder, FOLDER_FLAGS);
	if (spot->folder < 0)
		return -1;
	/* The slash at the end of "link/" means what the link points to. */
	spot->name = name[0] == '\0' ? nk_strdup(".") : nk_strdup(path + (name - trimmed));
	return 0;
}

void nk_spot_release(struct nk_spot *spot)
{
	if (spot->folder >= 0)
		close(spot->folder);
	free(spot->name);
	*spot = (struct nk_spot)NK_SPOT_INIT;
}

void nk_local_forget(struct nk_local *local)
{
	if (local->cached_fd >= 0)
		close(local->cached_fd);
	free(local->cached);
	local->cached = NULL;
	local->cached_fd = -1;
}

void nk_local_release(struct nk_local *local)
{
	nk_local_forget(local);
	if (local->root_fd >= 0)
		close(local->root_fd);
	local->root_fd = -1;
}
