/* transfers.c - the commands of sftp(1) that copy: get, put, reget, reput. */
#include "commands.h"

#include <glob.h>
#include <sys/stat.h>

#define TRANSFER_ARGUMENTS_GET "[-afpR] REMOTE [LOCAL]"
#define TRANSFER_ARGUMENTS_PUT "[-afpR] LOCAL [REMOTE]"

static const struct sftp_letter transfer_letters[] = {
	{ 'a', "--resume=force" },
	{ 'f', "--sync" },
	{ 'P', "--preserve" },
	{ 'p', "--preserve" },
	{ 'R', "--recursive" },
	{ 'r', "--recursive" },
	{ 0, NULL },
};

/* ---- words ---- */

void sftp_words_release(struct sftp_words *words)
{
	nk_paths_release(&words->options);
	nk_strings_release(&words->operands);
}

static int take_letters(const struct sftp_usage *usage, const char *name, const char *word,
			struct sftp_words *words, struct nk_err *err)
{
	static const struct sftp_letter none[] = { { 0, NULL } };

	for (const char *at = word + 1; *at != '\0'; at++) {
		const struct sftp_letter *letter = usage->letters ? usage->letters : none;

		while (letter->letter != '\0' && letter->letter != *at)
			letter++;
		if (letter->letter == '\0')
			return nk_fail(err, NK_E_USAGE, 0, "%s: there is no -%c", name, *at);
		words->given[(unsigned char)*at] = true;
		if (letter->option)
			nk_paths_add(&words->options, nk_strdup(letter->option));
	}
	return 0;
}

static bool is_among(const struct nk_strings *operands, const char *word)
{
	for (size_t i = 0; i < operands->count; i++) {
		if (operands->items[i] == word)
			return true;
	}
	return false;
}

/* The words of a verb: which of them are operands, the verb knows. */
static int take_verb_words(struct nk_shell *shell, const char *verb, int count, char **words,
			   struct sftp_words *sorted, struct nk_err *err)
{
	if (nk_shell_operands(shell, verb, count, words, &sorted->operands, err) < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		if (is_among(&sorted->operands, words[i]) || strcmp(words[i], "--") == 0)
			continue;
		nk_paths_add(&sorted->options, nk_shell_unquote(nk_strdup(words[i])));
	}
	return 0;
}

static int take_plain_words(const char *name, int count, char **words, struct sftp_words *sorted,
			    struct nk_err *err)
{
	int first = count > 0 && strcmp(words[0], "--") == 0;

	if (first == 0 && count > 0 && nk_text_has_prefix(words[0], "--"))
		return nk_fail(err, NK_E_USAGE, 0, "%s: there is no %s", name, words[0]);
	for (int i = first; i < count; i++)
		nk_strings_add(&sorted->operands, words[i]);
	return 0;
}

int sftp_words_take(struct nk_shell *shell, const struct sftp_usage *usage, int argc, char **argv,
		    struct sftp_words *words, struct nk_err *err)
{
	int at = 1, result;

	for (; at < argc && argv[at][0] == '-' && argv[at][1] != '-' && argv[at][1] != '\0'; at++) {
		if (take_letters(usage, argv[0], argv[at], words, err) < 0)
			return -1;
	}
	result = usage->verb ? take_verb_words(shell, usage->verb, argc - at, argv + at, words, err)
			     : take_plain_words(argv[0], argc - at, argv + at, words, err);
	if (result < 0)
		return -1;
	if (words->operands.count < usage->least || words->operands.count > usage->most)
		return nk_fail(err, NK_E_USAGE, 0, "%s takes %s", argv[0], usage->arguments);
	return 0;
}

int sftp_words_run(struct nk_shell *shell, const char *verb, const struct sftp_words *words,
		   const struct nk_paths *operands, struct nk_err *err)
{
	static char end_of_options[] = "--";
	char **list = nk_alloc((words->options.count + operands->count + 1) * sizeof(*list));
	int count = 0, result;

	for (size_t i = 0; i < words->options.count; i++)
		list[count++] = words->options.items[i];
	list[count++] = end_of_options;
	for (size_t i = 0; i < operands->count; i++)
		list[count++] = operands->items[i];
	result = nk_shell_verb(shell, verb, count, list, err);
	free(list);
	return result;
}

/* ---- get ---- */

/* Is the last component "." or ".."? Then what is in the folder is meant, and otherwise its name
 * goes along whether or not a slash follows. */
static bool means_contents(const char *typed)
{
	nk_auto(str) char *trimmed = nk_path_trim(typed);
	const char *name = nk_path_name(trimmed);

	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static char *as_named(const char *path, bool has_contents)
{
	return has_contents ? nk_path_join(path, "") : nk_path_trim(path);
}

/* Fetch what the operands name: a pattern, and where to. */
static int fetch(struct nk_shell *shell, const struct sftp_words *words, struct nk_err *err)
{
	const struct nk_strings *operands = &words->operands;
	nk_auto(paths) struct nk_paths found = { 0 };
	nk_auto(paths) struct nk_paths list = { 0 };
	bool has_contents = means_contents(operands->items[0]);

	if (nk_shell_glob(shell, operands->items[0], &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.count; i++)
		nk_paths_add(&list, as_named(found.items[i], has_contents));
	if (operands->count > 1)
		nk_paths_add(&list, nk_shell_unquote(nk_strdup(operands->items[1])));
	else
		nk_paths_add(&list, nk_strdup("."));
	return sftp_words_run(shell, "get", words, &list, err);
}

static int run_get(struct nk_shell *shell, int argc, char **argv, bool resumes, struct nk_err *err)
{
	static const struct sftp_usage usage = { transfer_letters, "get", 1, 2,
						 TRANSFER_ARGUMENTS_GET };
	nk_auto(sftp_words) struct sftp_words words = { .options = { NULL, 0 } };

	if (resumes)
		nk_paths_add(&words.options, nk_strdup("--resume=force"));
	if (sftp_words_take(shell, &usage, argc, argv, &words, err) < 0)
		return -1;
	return fetch(shell, &words, err);
}

int sftp_run_get(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_get(shell, argc, argv, false, err);
}

int sftp_run_reget(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_get(shell, argc, argv, true, err);
}

int sftp_start_at(struct nk_shell *shell, const char *pattern, const char *target, bool *is_done,
		  struct nk_err *err)
{
	nk_auto(sftp_words) struct sftp_words words = { .options = { NULL, 0 } };
	nk_auto(paths) struct nk_paths found = { 0 };
	size_t length = strlen(pattern);
	struct nk_fs *fs;

	if (nk_shell_mount(shell, &fs, err) < 0 || nk_shell_glob(shell, pattern, &found, err) < 0)
		return -1;
	if (!target && found.count == 1 &&
	    (pattern[length - 1] == '/' || sftp_is_folder(fs, found.items[0])))
		return sftp_enter(shell, found.items[0], err);
	nk_strings_add(&words.operands, pattern);
	if (target)
		nk_strings_add(&words.operands, target);
	if (fetch(shell, &words, err) < 0)
		return -1;
	*is_done = true;
	return 0;
}

/* ---- put ---- */

NK_AUTO(found, glob_t, globfree)

/* The local files that a pattern means, as operands; a name that matched is a file's, whatever it
 * looks like. */
static int find_local(const char *pattern, struct nk_paths *list, struct nk_err *err)
{
	nk_auto(found) glob_t found = { .gl_pathc = 0 };
	int result;

	if (!nk_shell_wildcard(pattern)) {
		nk_auto(str) char *name = nk_shell_unquote(nk_strdup(pattern));

		nk_paths_add(list, as_named(name, means_contents(name)));
		return 0;
	}
	result = glob(pattern, 0, NULL, &found);
	if (result == GLOB_NOMATCH)
		return nk_fail(err, NK_E_MISSING, 0, "%s: nothing matches", pattern);
	if (result != 0)
		return nk_fail(err, NK_E_READ, 0, "%s: cannot be expanded", pattern);
	for (size_t i = 0; i < found.gl_pathc; i++)
		nk_paths_add(list, strcmp(found.gl_pathv[i], "-") == 0
					   ? nk_strdup("./-")
					   : nk_strdup(found.gl_pathv[i]));
	return 0;
}

/* Where count files go: into the folder that is named, else to that name. */
static int find_target(struct nk_shell *shell, const char *pattern, size_t count, char **target,
		       struct nk_err *err)
{
	nk_auto(str) char *typed = nk_shell_unquote(nk_strdup(pattern));
	nk_auto(str) char *path = nk_shell_path(shell, typed);
	nk_auto(str) char *trimmed = nk_path_trim(path);
	struct nk_fs *fs;

	if (nk_shell_mount(shell, &fs, err) < 0)
		return -1;
	if (sftp_is_folder(fs, trimmed)) {
		*target = nk_path_join(trimmed, "");
		return 0;
	}
	if (count > 1)
		return nk_fail(err, NK_E_USAGE, 0,
			       "%s: several files go to a folder, and it is none", trimmed);
	*target = nk_take(path);
	return 0;
}

static int run_put(struct nk_shell *shell, int argc, char **argv, bool resumes, struct nk_err *err)
{
	static const struct sftp_usage usage = { transfer_letters, "put", 1, 2,
						 TRANSFER_ARGUMENTS_PUT };
	nk_auto(sftp_words) struct sftp_words words = { .options = { NULL, 0 } };
	nk_auto(paths) struct nk_paths list = { 0 };
	char *target = NULL;

	if (resumes)
		nk_paths_add(&words.options, nk_strdup("--resume=force"));
	if (sftp_words_take(shell, &usage, argc, argv, &words, err) < 0 ||
	    find_local(words.operands.items[0], &list, err) < 0)
		return -1;
	if (words.operands.count < 2)
		target = nk_strdup(shell->cwd);
	else if (find_target(shell, words.operands.items[1], list.count, &target, err) < 0)
		return -1;
	nk_paths_add(&list, target);
	return sftp_words_run(shell, "put", &words, &list, err);
}

int sftp_run_put(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_put(shell, argc, argv, false, err);
}

int sftp_run_reput(struct nk_shell *shell, int argc, char **argv, struct nk_err *err)
{
	return run_put(shell, argc, argv, true, err);
}
