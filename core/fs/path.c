/* path.c - paths of the file interface, and which names may become local ones. */
#include "netkit/fs.h"

#include <limits.h>

int nk_fs_safe_name(const char *name, struct nk_err *err)
{
	if (name[0] == '\0')
		return nk_fail(err, NK_E_PROTO, 0, "an empty name cannot be used");
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strchr(name, '/'))
		return nk_fail(err, NK_E_PROTO, 0, "the name \"%s\" is refused: it is a path",
			       name);
	if (strlen(name) > NAME_MAX)
		return nk_fail(err, NK_E_PROTO, 0, "a name of %zu bytes is too long: \"%.40s...\"",
			       strlen(name), name);
	return 0;
}

/* Bytes of path without the slashes at its end; the root keeps its one. */
static size_t trimmed_length(const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return length;
}

char *nk_path_join(const char *folder, const char *name)
{
	size_t length = strlen(folder);
	bool has_slash = length > 0 && folder[length - 1] == '/';

	return nk_format("%s%s%s", folder, has_slash ? "" : "/", name);
}

const char *nk_path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *nk_path_trim(const char *path)
{
	return nk_strndup(path, trimmed_length(path));
}

char *nk_path_parent(const char *path)
{
	nk_auto(str) char *trimmed = nk_path_trim(path);
	const char *slash = strrchr(trimmed, '/');

	if (!slash)
		return nk_strdup(".");
	if (slash == trimmed)
		return nk_strdup("/");
	trimmed[slash - trimmed] = '\0';
	return nk_path_trim(trimmed);
}
