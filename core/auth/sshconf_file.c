/* sshconf_file.c - the files of ssh_config(5): who may write them, their lines, Include. */
#include "sshconf_parse.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the reentrant lookups of users and groups may need. */
#define SSHCONF_NAMES_MAX 16384

/* Where relative includes of the system's files are. */
#define SSHCONF_SYSTEM_FOLDER "/etc/ssh"

/* ---- permissions ---- */

/* Users whose first group is this one; *has_other: not only we. */
static int sshconf_count_users(gid_t group, bool *has_other)
{
	char space[SSHCONF_NAMES_MAX];
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd entry;
	struct passwd *found;
	int count = 0;

	while (file && fgetpwent_r(file, &entry, space, sizeof(space), &found) == 0) {
		if (entry.pw_gid != group)
			continue;
		count++;
		*has_other = *has_other || entry.pw_uid != getuid();
	}
	if (file)
		fclose(file);
	return count;
}

/* Debian lets a group write to which nobody but the user belongs: its way of making groups. */
static bool sshconf_is_own_group(gid_t group)
{
	char names[SSHCONF_NAMES_MAX];
	char space[SSHCONF_NAMES_MAX];
	struct group entry;
	struct group *found = NULL;
	struct passwd user;
	struct passwd *own = NULL;
	bool has_other = false;
	int count;

	if (getgrgid_r(group, &entry, space, sizeof(space), &found) != 0 || !found ||
	    getpwuid_r(getuid(), &user, names, sizeof(names), &own) != 0 || !own)
		return false;
	count = sshconf_count_users(group, &has_other);
	for (char **member = entry.gr_mem; *member; member++) {
		count++;
		has_other = has_other || strcmp(*member, own->pw_name) != 0;
	}
	return count > 0 && !has_other;
}

static int sshconf_check_owner(int fd, const char *path, struct nk_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return nk_fail(err, NK_E_USAGE, errno, "%s: %s", path, strerror(errno));
	if (st.st_uid != 0 && st.st_uid != getuid())
		return nk_fail(err, NK_E_USAGE, 0, "%s: belongs to somebody else", path);
	if ((st.st_mode & S_IWOTH) != 0 ||
	    ((st.st_mode & S_IWGRP) != 0 && !sshconf_is_own_group(st.st_gid)))
		return nk_fail(err, NK_E_USAGE, 0,
			       "%s: others can write to it: chmod go-w before it is used", path);
	return 0;
}

/* ---- lines ---- */

int nk_sshconf_read_text(int fd, const char *path, struct nk_buf *text, struct nk_err *err)
{
	char bytes[16384];

	for (;;) {
		ssize_t got = read(fd, bytes, sizeof(bytes));

		if (got < 0)
			return nk_fail(err, NK_E_USAGE, errno, "%s: %s", path, strerror(errno));
		if (got == 0)
			return 0;
		if (nk_buf_add(text, bytes, (size_t)got) < 0)
			return nk_fail(err, NK_E_USAGE, 0, "%s: more than %zu bytes", path,
				       SSHCONF_FILE_MAX);
	}
}

static int sshconf_read_lines(struct sshconf_state *state, const struct nk_buf *text,
			      struct nk_err *err)
{
	const char *end = text->data + text->len;
	const char *next;

	for (const char *at = text->data; at < end; at = next) {
		nk_auto(sshconf_line) struct sshconf_line line = SSHCONF_LINE_INIT;
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		int more;

		stop = stop ? stop : end;
		next = stop + 1;
		state->source.line++;
		more = nk_sshconf_line_split(at, (size_t)(stop - at), &line, err);
		if (more == 1)
			more = nk_sshconf_apply(state, &line, err);
		/* An included file has said where it is. */
		if (more < 0 && !state->is_placed)
			nk_wrap(err, "%s:%d", state->source.path, state->source.line);
		state->is_placed = more < 0;
		if (more < 0)
			return -1;
	}
	return 0;
}

int nk_sshconf_read_file(struct sshconf_state *state, const struct sshconf_file *file,
			 struct nk_err *err)
{
	nk_auto(buf) struct nk_buf text = NK_BUF_INIT(SSHCONF_FILE_MAX);
	struct sshconf_source before = state->source;
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int result;

	if (fd < 0)
		return 0;
	result = file->is_checked ? sshconf_check_owner(fd, file->path, err) : 0;
	if (result == 0)
		result = nk_sshconf_read_text(fd, file->path, &text, err);
	close(fd);
	if (result < 0)
		return -1;
	state->source.path = file->path;
	state->source.line = 0;
	state->source.is_users = file->is_users;
	result = sshconf_read_lines(state, &text, err);
	state->source = before;
	return result < 0 ? -1 : 1;
}

/* ---- Include ---- */

int nk_sshconf_include_pattern(const struct sshconf_state *state, const char *word, char **pattern,
			       struct nk_err *err)
{
	bool is_users = state->source.is_users;

	if (*word == '~' && !is_users)
		return nk_fail(err, NK_E_USAGE, 0, "%s: the system has no home", word);
	if (*word == '~')
		return nk_sshconf_expand(state, word, &nk_sshconf_plain, pattern, err);
	if (*word == '/')
		*pattern = nk_strdup(word);
	else if (is_users)
		*pattern = nk_format("%s/.ssh/%s", state->home, word);
	else
		*pattern = nk_format("%s/%s", SSHCONF_SYSTEM_FOLDER, word);
	return 0;
}

static int sshconf_include_one(struct sshconf_state *state, const char *path, struct nk_err *err)
{
	struct sshconf_file file = {
		.path = path,
		.is_users = state->source.is_users,
		.is_checked = true,
	};
	struct sshconf_source before = state->source;
	bool was_active = state->is_active;
	int result;

	if (before.depth == SSHCONF_DEPTH_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "more than %d includes within each other",
			       SSHCONF_DEPTH_MAX);
	state->source.depth++;
	state->source.is_never = before.is_never || !was_active;
	result = nk_sshconf_read_file(state, &file, err);
	state->source = before;
	/* Host and Match in it end with it. */
	state->is_active = was_active;
	if (result == 0 && errno != ENOENT)
		return nk_fail(err, NK_E_USAGE, errno, "%s: %s", path, strerror(errno));
	return result < 0 ? -1 : 0;
}

static int sshconf_include_all(struct sshconf_state *state, const char *pattern, struct nk_err *err)
{
	glob_t found;
	int status = glob(pattern, 0, NULL, &found);
	int result = 0;

	if (status == GLOB_NOMATCH)
		return 0;
	if (status != 0)
		return nk_fail(err, NK_E_USAGE, 0, "%s: cannot be looked for", pattern);
	for (size_t i = 0; i < found.gl_pathc && result == 0; i++)
		result = sshconf_include_one(state, found.gl_pathv[i], err);
	globfree(&found);
	return result;
}

int nk_sshconf_include(struct sshconf_state *state, const struct sshconf_line *line,
		       struct nk_err *err)
{
	if (!state->source.path)
		return nk_fail(err, NK_E_USAGE, 0, "not possible as an option");
	if (line->words.count == 0)
		return nk_fail(err, NK_E_USAGE, 0, "a value is missing");
	for (size_t i = 0; i < line->words.count; i++) {
		nk_auto(str) char *pattern = NULL;

		if (line->words.items[i][0] == '\0')
			return nk_fail(err, NK_E_USAGE, 0, "an empty value");
		if (nk_sshconf_include_pattern(state, line->words.items[i], &pattern, err) < 0 ||
		    sshconf_include_all(state, pattern, err) < 0)
			return -1;
	}
	return 0;
}
