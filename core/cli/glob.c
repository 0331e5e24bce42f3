/* glob.c - wildcards in remote paths, folder by folder. */
#include "fsverbs.h"

/* Most paths a pattern may stand for: they are held in memory. */
#define GLOB_MATCHES_MAX 1000000

bool nk_glob_is(const char *path)
{
	return strpbrk(path, "*?[") != NULL;
}

struct matches {
	char **items; /* owned, and so are the strings */
	size_t count;
};

static void release(struct matches *matches)
{
	for (size_t i = 0; i < matches->count; i++)
		free(matches->items[i]);
	free(matches->items);
}
NK_AUTO(matches, struct matches, release)

static int add(struct matches *matches, char *path, struct nk_err *err)
{
	if (matches->count == GLOB_MATCHES_MAX) {
		free(path);
		return nk_fail(err, NK_E_PROTO, 0, "more than %d matches", GLOB_MATCHES_MAX);
	}
	if ((matches->count & (matches->count - 1)) == 0)
		matches->items =
			nk_realloc(matches->items, (matches->count ? matches->count * 2 : 1) *
							   sizeof(*matches->items));
	matches->items[matches->count++] = path;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_matches(struct nk_fs *fs, const char *folder, const char *pattern, bool dirs_only,
			struct matches *found, struct nk_err *err)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	struct nk_entry entry;
	int more;

	if (nk_fs_list(fs, folder, spool, err) < 0)
		return -1;
	while ((more = nk_spool_next(spool, &entry, err)) > 0) {
		/* As in a shell: a dot at the beginning is matched by a dot only. */
		if (entry.name[0] == '.' && pattern[0] != '.')
			continue;
		if (dirs_only && entry.kind != NK_KIND_DIR && entry.kind != NK_KIND_LINK)
			continue;
		if (!nk_text_matches(pattern, entry.name))
			continue;
		/* A server's name is a part of a path here, and must be just one part. */
		if (nk_fs_safe_name(entry.name, err) < 0)
			return -1;
		if (add(found, nk_path_join(folder, entry.name), err) < 0)
			return -1;
	}
	return more;
}

/* Expand the first component of path that has a wildcard, for each path in *paths. */
static int expand_step(struct nk_fs *fs, struct matches *paths, struct nk_err *err)
{
	struct matches next = { 0 };
	int result = 0;

	for (size_t i = 0; i < paths->count && result == 0; i++) {
		const char *path = paths->items[i];
		const char *start = path + strcspn(path, "*?[");

		if (*start == '\0') {
			result = add(&next, nk_strdup(path), err);
			continue;
		}
		while (start > path && start[-1] != '/')
			start--;
		const char *rest = start + strcspn(start, "/");
		nk_auto(str) char *cut = nk_strndup(path, (size_t)(start - path));
		nk_auto(str) char *folder = nk_path_trim(cut[0] ? cut : "/");
		nk_auto(str) char *pattern = nk_strndup(start, (size_t)(rest - start));
		nk_auto(matches) struct matches found = { 0 };

		result = list_matches(fs, folder, pattern, *rest != '\0', &found, err);
		for (size_t j = 0; j < found.count && result == 0; j++)
			result = add(&next, nk_format("%s%s", found.items[j], rest), err);
	}
	release(paths);
	*paths = next;
	return result;
}

static bool has_wildcards(const struct matches *paths)
{
	for (size_t i = 0; i < paths->count; i++) {
		if (nk_glob_is(paths->items[i]))
			return true;
	}
	return false;
}

/* A name that matched may itself hold "*": as many steps as the pattern has components. */
static int depth_of(const char *path)
{
	int depth = 0;

	for (; *path != '\0'; path++)
		depth += *path == '/';
	return depth;
}

/* Add what one place stands for to all. */
static int glob_one(struct nk_opener *opener, const struct nk_place *place, struct nk_places *all,
		    struct nk_err *err)
{
	nk_auto(matches) struct matches paths = { 0 };
	int steps = depth_of(place->path);
	struct nk_fs *fs;

	if (add(&paths, nk_strdup(place->path), err) < 0)
		return -1;
	if (!nk_place_is_local(place) && has_wildcards(&paths)) {
		if (nk_opener_mount(opener, place, &fs, err) < 0)
			return -1;
		while (steps-- > 0 && has_wildcards(&paths)) {
			if (expand_step(fs, &paths, err) < 0)
				return -1;
		}
		if (paths.count == 0)
			return nk_fail(err, NK_E_MISSING, 0, "%s: nothing matches", place->path);
		qsort(paths.items, paths.count, sizeof(*paths.items), compare);
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
