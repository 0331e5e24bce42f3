/* partaside.c - a file called "x.part", where "x" is just being written under that name. */
#include "partstate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netkit/text.h"

#define PART_HIDDEN ".netkit-"

/* A part is moved aside once; twice more, and it is not that. */
#define PART_NAMINGS 3

char *nk_part_hidden_name(void)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return NULL;
	return nk_format(PART_HIDDEN "%016llx", (unsigned long long)random);
}

/* The file under this name, when somebody has it locked; else -1. */
static int open_in_use(const struct nk_spot *spot)
{
	size_t length = strlen(spot->name);
	int fd;

	if (length <= 5 || strcmp(spot->name + length - 5, ".part") != 0)
		return -1;
	fd = openat(spot->folder, spot->name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && nk_part_lock(fd, LOCK_SH)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool nk_part_is_in_use(const struct nk_spot *spot)
{
	int fd = open_in_use(spot);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool nk_part_move_aside(const struct nk_spot *spot)
{
	nk_auto(str) char *hidden = NULL;
	int fd = open_in_use(spot);
	bool is_moved, is_free;

	if (fd < 0)
		return true;
	hidden = nk_part_hidden_name();
	is_moved = hidden && renameat(spot->folder, spot->name, spot->folder, hidden) == 0;
	/* It was complete in the meantime, and nothing has come in its place, or something else. */
	is_free = is_moved || (hidden && errno == ENOENT);
	if (is_moved && !nk_part_is_same_file(spot->folder, hidden, fd))
		is_free = nk_part_rename_new(spot->folder, hidden, spot->name) == 0 ||
			  errno == ENOENT; /* its writer has found it, and was done */
	close(fd);
	return is_free;
}

/* The name of the file behind fd as it is now, if it is one of ours; else NULL. */
static char *moved_name(int folder, int fd)
{
	nk_auto(str) char *link = nk_format("/proc/self/fd/%d", fd);
	nk_auto(str) char *path = nk_alloc(PATH_MAX);
	ssize_t length = readlink(link, path, PATH_MAX - 1);
	const char *name;

	if (length < 0)
		return NULL;
	path[length] = '\0';
	name = strrchr(path, '/');
	if (!name || !nk_text_has_prefix(name + 1, PART_HIDDEN) ||
	    !nk_part_is_same_file(folder, name + 1, fd))
		return NULL;
	return nk_strdup(name + 1);
}

void nk_part_follow(struct part *part)
{
	char *moved;

	if (!part->info || nk_part_is_same_file(part->spot.folder, part->work, part->fd))
		return;
	moved = moved_name(part->spot.folder, part->fd);
	if (!moved)
		return;
	free(part->work);
	part->work = moved;
	/* Nobody will look for it there. */
	nk_info_remove(part->spot.folder, part->info, part->fd);
	free(nk_take(part->info));
	part->has_info = false;
}

bool nk_part_take_name(struct part *part)
{
	const int folder = part->spot.folder;

	for (int tries = 0; tries < PART_NAMINGS; tries++) {
		int renamed;

		nk_part_follow(part);
		renamed = part->must_be_new
				  ? nk_part_rename_new(folder, part->work, part->spot.name)
				  : renameat(folder, part->work, folder, part->spot.name);
		/* Moved aside at this very moment, and nothing has come in its place yet. */
		if (renamed < 0 && errno == ENOENT && part->info)
			continue;
		if (renamed < 0)
			return false;
		if (!part->info || nk_part_is_same_file(folder, part->spot.name, part->fd))
			return true;
		/* It was moved aside at this very moment, and this is what came in its place. */
		if (nk_part_rename_new(folder, part->spot.name, part->work) < 0)
			return false;
	}
	return false;
}
