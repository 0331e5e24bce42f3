/* replay.c - run a fuzz entry over the files and folders named: corpora as plain tests. */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "netkit/mem.h"

/* Longest input: the fuzzers make none above 4096. */
#define REPLAY_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Inputs run, or -1 when one cannot be read. */
static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	nk_auto(str) char *bytes = nk_alloc(REPLAY_MAX);
	size_t length;

	if (!file) {
		fprintf(stderr, "replay: cannot read %s\n", path);
		return -1;
	}
	length = fread(bytes, 1, REPLAY_MAX, file);
	fclose(file);
	/* A copy of the very length, so that a sanitizer sees what is read past it. */
	nk_auto(str) char *input = nk_alloc(length > 0 ? length : 1);

	memcpy(input, bytes, length);
	LLVMFuzzerTestOneInput((const uint8_t *)input, length);
	return 1;
}

static int replay_folder(const char *path)
{
	DIR *folder = opendir(path);
	int count = 0;

	if (!folder) {
		fprintf(stderr, "replay: cannot open %s\n", path);
		return -1;
	}
	for (struct dirent *item = readdir(folder); item && count >= 0; item = readdir(folder)) {
		nk_auto(str) char *inside = nk_format("%s/%s", path, item->d_name);

		if (item->d_name[0] == '.')
			continue;
		count = replay_file(inside) < 0 ? -1 : count + 1;
	}
	closedir(folder);
	return count;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		bool is_folder = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);
		int count = is_folder ? replay_folder(argv[i]) : replay_file(argv[i]);

		if (count < 0)
			return 1;
		total += count;
	}
	printf("%d\n", total);
	return total > 0 ? 0 : 1;
}
