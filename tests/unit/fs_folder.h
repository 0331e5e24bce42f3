/*
 * A temporary folder for tests of files: made by folder_setup, gone after folder_teardown.
 */
#ifndef NETKIT_TEST_FS_FOLDER_H
#define NETKIT_TEST_FS_FOLDER_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "netkit/mem.h"

static char folder[64];

/* What a test's helpers allocated; freed after the test. */
static void *kept[512];
static size_t kept_count;

static inline void *keep(void *memory)
{
	cr_assert_lt(kept_count, NK_COUNT(kept));
	kept[kept_count++] = memory;
	return memory;
}

static inline void folder_setup(void)
{
	strcpy(folder, "/tmp/netkit-test-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
}

static inline int folder_remove_one(const char *path, const struct stat *st, int type,
				    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void folder_teardown(void)
{
	nftw(folder, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	while (kept_count > 0)
		free(kept[--kept_count]);
}

/* folder/name; kept. */
static inline char *in_folder(const char *name)
{
	return keep(nk_format("%s/%s", folder, name));
}

static inline void put_bytes(const char *name, const void *bytes, size_t length)
{
	nk_auto(str) char *path = nk_format("%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static inline void put_text(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

/* The content of folder/name, "(none)" when it is not there; kept. length may be NULL. */
static inline char *get_bytes(const char *name, size_t *length)
{
	nk_auto(str) char *path = nk_format("%s/%s", folder, name);
	FILE *file = fopen(path, "r");
	struct stat st;
	char *bytes;
	size_t got;

	if (!file)
		return keep(nk_strdup("(none)"));
	cr_assert_eq(fstat(fileno(file), &st), 0);
	bytes = keep(nk_alloc((size_t)st.st_size + 1));
	got = fread(bytes, 1, (size_t)st.st_size, file);
	fclose(file);
	if (length)
		*length = got;
	return bytes;
}

static inline char *get_text(const char *name)
{
	return get_bytes(name, NULL);
}

static inline bool is_there(const char *name)
{
	nk_auto(str) char *path = nk_format("%s/%s", folder, name);
	struct stat st;

	return lstat(path, &st) == 0;
}

/* How many names the folder has. */
static inline int count_names(const char *name)
{
	nk_auto(str) char *command = nk_format("ls -A '%s/%s' | wc -l", folder, name);
	FILE *output = popen(command, "r");
	char line[32] = "";

	cr_assert_not_null(output);
	cr_assert_not_null(fgets(line, sizeof(line), output));
	pclose(output);
	return (int)strtol(line, NULL, 10);
}

#endif
