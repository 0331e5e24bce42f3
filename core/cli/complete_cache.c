/* complete_cache.c - listings of remote folders, kept for a minute. */
#include "complete_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "netkit/fs.h"

/*
 * A file is a row of texts, each with its NUL: the mark, the key, the state ("listing" or
 * "failure"), then for each entry the letter of its kind and its name, and an empty text at the end.
 */
#define CACHE_MARK    "netkit listing 1"
#define CACHE_LISTING "listing"
#define CACHE_FAILURE "failure"

/* Longest key that is looked at: a URL, and the options of a command line. */
#define CACHE_KEY_MAX 65536

/* In the order of enum nk_kind. */
static const char kind_letters[] = "fdlo";

/* ---- the folder ---- */

/* FNV-1a, 64 bits: the key stands in the file as well. */
static uint64_t hash(const char *text)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (; *text != '\0'; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3;
	return sum;
}

/* The folder, made when it is not there; NULL when it cannot be had or is not ours alone. */
static char *make_folder(void)
{
	static const char *const parts[] = { "", "/netkit", "/netkit/complete" };
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	struct stat st;

	bool is_named = cache && cache[0] == '/';

	if (!is_named && (!home || home[0] != '/'))
		return NULL;
	nk_auto(str) char *base = is_named ? nk_strdup(cache) : nk_format("%s/.cache", home);
	nk_auto(str) char *folder = NULL;

	for (size_t i = 0; i < NK_COUNT(parts); i++) {
		free(folder);
		folder = nk_format("%s%s", base, parts[i]);
		if (mkdir(folder, 0700) < 0 && errno != EEXIST)
			return NULL;
	}
	if (lstat(folder, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0)
		return NULL;
	return nk_take(folder);
}

static char *path_of(const char *folder, const char *key)
{
	return nk_format("%s/%016llx", folder, (unsigned long long)hash(key));
}

/* Remove what is too old to be of use, and what there is too much of. */
static void sweep(const char *path)
{
	nk_auto(str) char *folder = nk_path_parent(path);
	DIR *dir = opendir(folder);
	time_t now = time(NULL);
	int kept = 0;

	if (!dir)
		return;
	for (const struct dirent *row = readdir(dir); row; row = readdir(dir)) {
		struct stat st;

		if (fstatat(dirfd(dir), row->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		if (st.st_mtime < now - NK_LISTING_SECONDS || ++kept > NK_LISTINGS_MAX)
			(void)unlinkat(dirfd(dir), row->d_name, 0);
	}
	closedir(dir);
}

/* ---- reading ---- */

/* The next text into listing->name; false at the end of the file, or where it is no such text. */
static bool read_text(struct nk_listing *listing, size_t most)
{
	ssize_t length = getdelim(&listing->name, &listing->name_size, '\0', listing->file);

	return length > 0 && (size_t)length <= most + 1 && listing->name[length - 1] == '\0';
}

/* Ours alone, and not older than seconds? */
static bool is_good(int fd, int seconds)
{
	struct stat st;
	time_t now = time(NULL);

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       (st.st_mode & 077) == 0 && st.st_size <= NK_LISTING_BYTES_MAX + CACHE_KEY_MAX &&
	       st.st_mtime <= now + 1 && st.st_mtime >= now - seconds;
}

/* Does it end as a whole one does? Its last two bytes are the NUL of a name and the empty text. */
static bool is_whole(FILE *file)
{
	char end[2] = "x";

	return fseek(file, -2, SEEK_END) == 0 && fread(end, 1, sizeof(end), file) == sizeof(end) &&
	       end[0] == '\0' && end[1] == '\0' && fseek(file, 0, SEEK_SET) == 0;
}

/* What stands before the entries. */
static enum nk_listing_state read_head(struct nk_listing *listing, const char *key)
{
	if (!read_text(listing, strlen(CACHE_MARK)) || strcmp(listing->name, CACHE_MARK) != 0 ||
	    !read_text(listing, CACHE_KEY_MAX) || strcmp(listing->name, key) != 0 ||
	    !read_text(listing, strlen(CACHE_LISTING)))
		return NK_LISTING_NONE;
	if (strcmp(listing->name, CACHE_LISTING) == 0)
		return NK_LISTING_FOUND;
	return strcmp(listing->name, CACHE_FAILURE) == 0 &&
			       is_good(fileno(listing->file), NK_FAILURE_SECONDS)
		       ? NK_LISTING_FAILURE
		       : NK_LISTING_NONE;
}

enum nk_listing_state nk_listing_find(const char *key, struct nk_listing *listing)
{
	nk_auto(str) char *folder = make_folder();
	nk_auto(str) char *path = folder ? path_of(folder, key) : NULL;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;

	if (fd < 0)
		return NK_LISTING_NONE;
	listing->file = is_good(fd, NK_LISTING_SECONDS) ? fdopen(fd, "r") : NULL;
	if (!listing->file) {
		close(fd);
		return NK_LISTING_NONE;
	}
	enum nk_listing_state state =
		is_whole(listing->file) ? read_head(listing, key) : NK_LISTING_NONE;

	if (state == NK_LISTING_NONE)
		nk_listing_release(listing);
	return state;
}

bool nk_listing_next(struct nk_listing *listing, struct nk_entry *entry)
{
	const char *letter;

	if (!read_text(listing, NK_ENTRY_NAME_MAX + 1) || listing->name[0] == '\0')
		return false;
	letter = strchr(kind_letters, listing->name[0]);
	if (!letter)
		return false;
	*entry = (struct nk_entry)NK_ENTRY_INIT;
	entry->kind = (enum nk_kind)(letter - kind_letters);
	entry->name = listing->name + 1;
	return true;
}

/* ---- writing ---- */

static int write_text(struct nk_listing *listing, const char *text, struct nk_err *err)
{
	size_t size = strlen(text) + 1;

	if (fwrite(text, 1, size, listing->file) != size)
		return nk_fail_errno(err, NK_E_WRITE, "a listing");
	return 0;
}

static int write_head(struct nk_listing *listing, const char *key, const char *state,
		      struct nk_err *err)
{
	if (write_text(listing, CACHE_MARK, err) < 0 || write_text(listing, key, err) < 0)
		return -1;
	return write_text(listing, state, err);
}

int nk_listing_begin(const char *key, struct nk_listing *listing, struct nk_err *err)
{
	nk_auto(str) char *folder = strlen(key) <= CACHE_KEY_MAX ? make_folder() : NULL;
	nk_auto(str) char *temporary = folder ? nk_format("%s/new-XXXXXX", folder) : NULL;
	int fd = temporary ? mkostemp(temporary, O_CLOEXEC) : -1;

	*listing = (struct nk_listing){ .file = NULL };
	if (fd >= 0) {
		listing->path = path_of(folder, key);
		listing->temporary = nk_take(temporary);
	} else {
		fd = memfd_create("netkit listing", MFD_CLOEXEC);
	}
	listing->file = fd >= 0 ? fdopen(fd, "r+") : NULL;
	if (!listing->file)
		return nk_fail_errno(err, NK_E_WRITE, "a listing");
	if (write_head(listing, key, CACHE_LISTING, err) < 0)
		return -1;
	return fflush(listing->file) == 0 ? 0 : nk_fail_errno(err, NK_E_WRITE, "a listing");
}

int nk_listing_add(struct nk_listing *listing, const struct nk_entry *entry, struct nk_err *err)
{
	if (ftello(listing->file) > NK_LISTING_BYTES_MAX)
		return nk_fail(err, NK_E_FULL, 0, "a listing of too many names");
	if (putc(kind_letters[entry->kind], listing->file) == EOF)
		return nk_fail_errno(err, NK_E_WRITE, "a listing");
	return write_text(listing, entry->name, err);
}

int nk_listing_end(struct nk_listing *listing, struct nk_err *err)
{
	if (write_text(listing, "", err) < 0)
		return -1;
	return fflush(listing->file) == 0 ? 0 : nk_fail_errno(err, NK_E_WRITE, "a listing");
}

static void put_in_place(struct nk_listing *listing)
{
	if (!listing->temporary)
		return;
	if (rename(listing->temporary, listing->path) < 0)
		(void)unlink(listing->temporary);
	free(nk_take(listing->temporary));
	sweep(listing->path);
}

void nk_listing_keep(struct nk_listing *listing)
{
	put_in_place(listing);
	rewind(listing->file);
	/* The head, which was written for the key that is asked about. */
	for (int i = 0; i < 3; i++) {
		if (!read_text(listing, CACHE_KEY_MAX))
			return;
	}
}

void nk_listing_keep_failure(struct nk_listing *listing)
{
	struct nk_err err = NK_ERR_INIT;

	rewind(listing->file);
	if (!listing->temporary || !read_text(listing, CACHE_KEY_MAX) ||
	    !read_text(listing, CACHE_KEY_MAX))
		return;
	nk_auto(str) char *key = nk_strdup(listing->name);

	rewind(listing->file);
	if (ftruncate(fileno(listing->file), 0) == 0 &&
	    write_head(listing, key, CACHE_FAILURE, &err) == 0 &&
	    nk_listing_end(listing, &err) == 0)
		put_in_place(listing);
}

void nk_listing_release(struct nk_listing *listing)
{
	if (listing->file)
		fclose(listing->file);
	if (listing->temporary)
		(void)unlink(listing->temporary);
	free(listing->temporary);
	free(listing->path);
	free(listing->name);
	*listing = (struct nk_listing){ .file = NULL };
}
