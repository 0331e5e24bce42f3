/* glob.c - wildcards in remote paths, folder by folder. */
#include "fsverbs.h"

#include "shell.h"

/* Most paths a pattern may stand for: they are held in memory. */
#define GLOB_MATCHES_MAX 1000000

#define WILDCARDS "*?["

#define GLOB_STAT_ARENA (2 * NK_ENTRY_NAME_MAX + 4096)

void nk_paths_add(struct nk_paths *paths, char *path)
{
	/* The array is full when its count is a power of two. */
	if ((paths->count & (paths->count - 1)) == 0) {
		size_t room = paths->count > 0 ? paths->count * 2 : 1;

		paths->items = nk_realloc(paths->items, room * sizeof(*paths->items));
	}
	paths->items[paths->count++] = path;
}

void nk_paths_release(struct nk_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i]);
	free(paths->items);
	*paths = (struct nk_paths){ 0 };
}

static int add(struct nk_paths *paths, char *path, struct nk_err *err)
{
	if (paths->count == GLOB_MATCHES_MAX) {
		free(path);
		return nk_fail(err, NK_E_PROTO, 0, "more than %d matches", GLOB_MATCHES_MAX);
	}
	nk_paths_add(paths, path);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *nk_shell_wildcard(const char *pattern)
{
	for (; *pattern != '\0'; pattern++) {
		if (pattern[0] == '\\' && pattern[1] != '\0')
			pattern++;
		else if (strchr(WILDCARDS, *pattern))
			return pattern;
	}
	return NULL;
}

/* What begins with one component of a pattern: the name it is and where the rest is. */
struct step {
	struct nk_fs *fs;
	const char *folder;
	const char *pattern;
	const char *rest; /* from the slash after the component on */
};

static int add_matches(const struct step *step, struct nk_paths *found, struct nk_err *err)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct nk_entry entry;
	int more;

	if (nk_fs_list(step->fs, step->folder, spool, err) < 0)
		return -1;
	while ((more = nk_spool_next(spool, &entry, err)) > 0) {
		bool may_be_folder = entry.kind == NK_KIND_DIR || entry.kind == NK_KIND_LINK;

		/* As in a shell: a dot at the beginning is matched by a dot only. */
		if ((entry.name[0] == '.' && step->pattern[0] != '.') ||
		    (step->rest[0] != '\0' && !may_be_folder) ||
		    !nk_text_matches(step->pattern, entry.name))
			continue;
		/* A server's name is a part of a path here, and must be just one part. */
		if (nk_fs_safe_name(entry.name, err) < 0)
			return -1;
		if (add(found, nk_path_join(step->folder, entry.name), err) < 0)
			return -1;
	}
	return more;
}

/* Put what stands before the first component with a wildcard behind folder, as it is meant. */
static char *literal_part(const char *folder, const char *pattern, size_t length)
{
	nk_auto(str) char *part = nk_strndup(pattern, length);

	return nk_format("%s%s", folder, nk_shell_unquote(part));
}

/* Match pattern below folder, which is matched already. */
static int match(struct nk_fs *fs, const char *folder, const char *pattern, struct nk_paths *paths,
		 struct nk_err *err)
{
	const char *start = nk_shell_wildcard(pattern);

	if (!start)
		return add(paths, literal_part(folder, pattern, strlen(pattern)), err);
	while (start > pattern && start[-1] != '/')
		start--;
	const char *rest = start + strcspn(start, "/");
	nk_auto(str) char *before = literal_part(folder, pattern, (size_t)(start - pattern));
	nk_auto(str) char *at = nk_path_trim(before[0] ? before : "/");
	nk_auto(str) char *component = nk_strndup(start, (size_t)(rest - start));
	const struct step step = { .fs = fs, .folder = at, .pattern = component, .rest = rest };
	nk_auto(paths) struct nk_paths found = { 0 };

	if (add_matches(&step, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.count; i++) {
		if (match(fs, found.items[i], rest, paths, err) < 0)
			return -1;
	}
	return 0;
}

int nk_glob_paths(struct nk_fs *fs, const char *pattern, struct nk_paths *paths, struct nk_err *err)
{
	size_t before = paths->count;

	if (match(fs, "", pattern, paths, err) < 0)
		return -1;
	if (paths->count == before)
		return nk_fail(err, NK_E_MISSING, 0, "%s: nothing matches", pattern);
	qsort(paths->items + before, paths->count - before, sizeof(*paths->items), compare);
	return 0;
}

/* What the pattern at place matches; where that is nothing, a file whose name has those characters. */
static int match_place(struct nk_fs *fs, const struct nk_place *place, struct nk_paths *paths,
		       struct nk_err *err)
{
	nk_auto(arena) struct nk_arena arena = NK_ARENA_INIT(GLOB_STAT_ARENA);
	struct nk_entry entry = NK_ENTRY_INIT;
	struct nk_err missing = NK_ERR_INIT;

	if (nk_glob_paths(fs, place->path, paths, err) == 0)
		return 0;
	if (err->domain != NK_E_MISSING ||
	    nk_fs_stat(fs, place->path, &arena, &entry, &missing) < 0)
		return -1;
	nk_paths_add(paths, nk_strdup(place->path));
	return 0;
}

/* Add what one place stands for to all. */
static int glob_one(struct nk_opener *opener, const struct nk_place *place, struct nk_places *all,
		    struct nk_err *err)
{
	nk_auto(paths) struct nk_paths paths = { 0 };
	struct nk_fs *fs;

	/* Without a wildcard a backslash is a part of the name. */
	if (nk_place_is_local(place) || !strpbrk(place->path, WILDCARDS)) {
		nk_paths_add(&paths, nk_strdup(place->path));
	} else if (nk_opener_mount(opener, place, &fs, err) < 0 ||
		   match_place(fs, place, &paths, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < paths.count; i++) {
		struct nk_place one = *place;

		one.path = nk_strdup(paths.items[i]);
		nk_places_add(all, one);
	}
	return 0;
}

int nk_glob_places(struct nk_opener *opener, struct nk_places *places, struct nk_err *err)
{
	nk_auto(places) struct nk_places all = { 0 };

	for (int i = 0; i < places->count; i++) {
		if (glob_one(opener, &places->items[i], &all, err) < 0)
			return -1;
	}
	nk_places_release(places);
	*places = all;
	all = (struct nk_places){ 0 };
	return 0;
}
