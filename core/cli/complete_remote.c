/* complete_remote.c - names in remote folders, within a second and a half. */
#include "completing.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "complete_cache.h"
#include "netkit/codec.h"
#include "netkit/wait.h"
#include "policies.h"

/* How the process that asks ends. */
enum { REMOTE_DONE, REMOTE_FAILED, REMOTE_FAILED_SLOWLY };

/* RFC 3986 3.3: what needs no escape in a path, less what shells would want quoted. */
#define REMOTE_KEEP "/:@+,="

/* Longest word with all that is encoded in it. */
#define REMOTE_WORD_MAX ((size_t)NK_URL_MAX + 3 * NK_ENTRY_NAME_MAX)

/* ---- spelling ---- */

/* Append name as it stands in a URL: what can be read stays. */
static int spell_url(struct nk_buf *out, const char *name)
{
	while (*name != '\0') {
		size_t length = 1;
		char unit[5] = "";

		/* A character of several bytes, when it is one. */
		while (length < 4 && ((unsigned char)name[length] & 0xc0) == 0x80)
			length++;
		memcpy(unit, name, length);
		bool is_plain = (unsigned char)*name >= 0x80 && nk_text_is_printable(unit, length);
		int status = is_plain ? nk_buf_add(out, unit, length)
				      : nk_percent_encode(out, unit, REMOTE_KEEP);

		if (status < 0)
			return -1;
		name += length;
	}
	return 0;
}

static int spell_pattern(struct nk_buf *out, const char *name)
{
	for (; *name != '\0'; name++) {
		if (strchr("*?[\\", *name) && nk_buf_add_char(out, '\\') < 0)
			return -1;
		if (nk_buf_add_char(out, *name) < 0)
			return -1;
	}
	return 0;
}

/* What was typed of a name: *typed bytes of it are whole, the rest is half an escape. */
static int read_typed(const char *text, enum nk_spelling spelling, struct nk_buf *name,
		      size_t *typed)
{
	size_t length = strlen(text);
	const char *percent = strrchr(text, '%');

	if (spelling == NK_SPELLING_URL) {
		if (percent && length - (size_t)(percent - text) < 3)
			length = (size_t)(percent - text);
		*typed = length;
		return nk_percent_decode(name, text, length);
	}
	*typed = 0;
	while (text[*typed] != '\0') {
		if (spelling == NK_SPELLING_PATTERN && text[*typed] == '\\') {
			if (text[*typed + 1] == '\0')
				return 0;
			++*typed;
		}
		if (nk_buf_add_char(name, text[(*typed)++]) < 0)
			return -1;
	}
	return 0;
}

char *nk_remote_spell(const char *last, size_t name_at, enum nk_spelling spelling, const char *name)
{
	nk_auto(buf) struct nk_buf typed = NK_BUF_INIT(NK_URL_MAX);
	nk_auto(buf) struct nk_buf word = NK_BUF_INIT(REMOTE_WORD_MAX);
	size_t length;
	int status;

	if (read_typed(last + name_at, spelling, &typed, &length) < 0 ||
	    !nk_text_has_prefix(name, typed.data) || (name[0] == '.' && typed.data[0] != '.') ||
	    nk_buf_add(&word, last, name_at + length) < 0)
		return NULL;
	name += typed.len;
	if (spelling == NK_SPELLING_URL)
		status = spell_url(&word, name);
	else if (spelling == NK_SPELLING_PATTERN)
		status = spell_pattern(&word, name);
	else
		status = nk_buf_add_text(&word, name);
	return status == 0 && nk_text_has_prefix(word.data, last) ? nk_strdup(word.data) : NULL;
}

/* ---- asking the server ---- */

static int list_into(struct nk_fs *fs, const char *path, struct nk_listing *listing,
		     struct nk_err *err)
{
	nk_auto(spool) struct nk_spool *spool = nk_spool_new();
	nk_auto(str) char *folder = nk_path_trim(path);
	struct nk_entry entry;
	int more;

	if (nk_fs_list(fs, folder, spool, err) < 0)
		return -1;
	while ((more = nk_spool_next(spool, &entry, err)) == 1) {
		if (nk_listing_add(listing, &entry, err) < 0)
			return -1;
	}
	return more < 0 ? -1 : nk_listing_end(listing, err);
}

static int list_folder(const struct nk_completing *at, const char *url, struct nk_listing *listing,
		       struct nk_err *err)
{
	nk_auto(completing_call) struct nk_completing_call asked = { .argv = NULL };
	nk_auto(place) struct nk_place place = { .path = NULL };
	nk_auto(policies) struct nk_policies *policies = NULL;
	nk_auto(opener) struct nk_opener *opener = NULL;
	nk_auto(fs) struct nk_fs *fs = NULL;
	struct nk_parse *parse = &asked.parse;

	if (nk_completing_parse(at, url, &asked, err) < 0)
		return -1;
	policies = nk_policies_new(&asked.call, parse);
	struct nk_ctx ctx = {
		.applet = at->applet,
		.verb = at->verb,
		.opts = at->applet ? parse->sets[parse->applet_first].into : NULL,
		.verb_opts = parse->verb_opts,
		.common = &parse->common,
		.applets = at->applets,
		.sets = parse->sets + parse->applet_first,
		.set_count = parse->applet_count,
		.policies = policies,
	};

	opener = nk_opener_new(&ctx);
	/* The operand, in which a profile was replaced by its URL. */
	if (nk_opener_remote(opener, parse->operands.items[parse->operands.count - 1], &place,
			     err) < 0)
		return -1;
	if (!place.ops->list)
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s cannot list", place.ops->name);
	if (nk_fs_mount(&place, &fs, err) < 0)
		return -1;
	return list_into(fs, place.path, listing, err);
}

/* Nobody can be asked, on the terminal or beside it, and whatever is said goes nowhere. */
static void leave_terminal(void)
{
	static const char *const names[] = { "DISPLAY", "WAYLAND_DISPLAY", "GPG_TTY", "SSH_ASKPASS",
					     "SUDO_ASKPASS" };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
	for (size_t i = 0; i < NK_COUNT(names); i++)
		(void)unsetenv(names[i]);
}

/* What the process that asks does, and how it ends. */
static int ask(const struct nk_completing *at, const char *url, struct nk_listing *listing)
{
	struct nk_err err = NK_ERR_INIT;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	leave_terminal();
	(void)signal(SIGPIPE, SIG_IGN);
	if (list_folder(at, url, listing, &err) == 0)
		return REMOTE_DONE;
	/* These take their time, or count against us. */
	return err.domain == NK_E_TIMEOUT || err.domain == NK_E_AUTH ? REMOTE_FAILED_SLOWLY
								     : REMOTE_FAILED;
}

/* Wait for the process to end; the pipe's other end is its alone. */
static int wait_for(pid_t pid, int ended)
{
	struct nk_err err = NK_ERR_INIT;
	int status = 0;
	bool is_late = nk_wait_read(ended, nk_clock_after(nk_completing_limit()), "for the listing",
				    &err) < 0;

	/* With what it started, which is of its session; it may not have got so far. */
	if (is_late) {
		(void)kill(pid, SIGKILL);
		(void)kill(-pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (is_late || !WIFEXITED(status))
		return REMOTE_FAILED_SLOWLY;
	return WEXITSTATUS(status);
}

/* List the folder in a process of its own, which is stopped for good when time is over: neither a
 * name lookup nor the ssh program heeds our deadlines. */
static int run_apart(const struct nk_completing *at, const char *url, struct nk_listing *listing)
{
	int ends[2];
	int result;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return REMOTE_FAILED;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		_exit(ask(at, url, listing));
	}
	close(ends[1]);
	result = pid < 0 ? REMOTE_FAILED : wait_for(pid, ends[0]);
	close(ends[0]);
	return result;
}

/* ---- from the cache, or from the server ---- */

/* What leads to this listing: the folder, and every option on the way. */
static char *make_key(const struct nk_completing *at, const char *url)
{
	static const char *const names[] = { "NETKIT_CONFIG", "NETKIT_PROFILE", "all_proxy",
					     "ALL_PROXY",     "no_proxy",	"NO_PROXY",
					     "SSH_AUTH_SOCK" };
	nk_auto(opt_scan) struct nk_opt_scan scan = { .awaits = NULL };
	struct nk_option_tables tables;
	char *key = nk_strdup(url);
	size_t operand = 0;

	nk_candidates_tables(at->applet, at->verb, &tables);
	nk_opt_look_through(tables.items, tables.count, at->argc, at->argv, &scan);
	for (int i = 0; i < at->argc; i++) {
		if (operand < scan.operands.count && scan.operands.items[operand] == at->argv[i]) {
			operand++;
			continue;
		}
		nk_auto(str) char *before = key;

		key = nk_format("%s\n%s", before, at->argv[i]);
	}
	for (size_t i = 0; i < NK_COUNT(names); i++) {
		nk_auto(str) char *before = key;
		const char *value = getenv(names[i]);

		key = nk_format("%s\n%s", before, value ? value : "");
	}
	return key;
}

/* What is kept of the folder; where nothing is, listing is begun. Fails with write. */
static int look_up(const struct nk_completing *at, const char *url, struct nk_listing *listing,
		   enum nk_listing_state *state, struct nk_err *err)
{
	nk_auto(str) char *key = make_key(at, url);

	*state = nk_listing_find(key, listing);
	return *state == NK_LISTING_NONE ? nk_listing_begin(key, listing, err) : 0;
}

/* The URL of the server alone, "ftp://h:21/" or "@name/"; a new string. */
static char *server_of(const char *url)
{
	const char *authority = strstr(url, "://");
	size_t before = authority ? (size_t)(authority - url) + strlen("://") : 0;
	size_t length = before + strcspn(url + before, "/");

	return nk_strndup(url, length + (url[length] == '/'));
}

/* Did the server let us wait for nothing a moment ago, whatever the folder was? */
static bool is_given_up(const struct nk_completing *at, const char *server)
{
	nk_auto(listing) struct nk_listing listing = { .file = NULL };
	nk_auto(str) char *key = make_key(at, server);

	return nk_listing_find(key, &listing) == NK_LISTING_FAILURE;
}

static void give_up(const struct nk_completing *at, const char *server)
{
	nk_auto(listing) struct nk_listing listing = { .file = NULL };
	nk_auto(str) char *key = make_key(at, server);
	struct nk_err err = NK_ERR_INIT;

	if (nk_listing_begin(key, &listing, &err) == 0)
		nk_listing_keep_failure(&listing);
}

/* A listing to read, false when there is none. */
static bool find_listing(const struct nk_completing *at, const char *url,
			 struct nk_listing *listing)
{
	nk_auto(str) char *server = server_of(url);
	enum nk_listing_state state;
	struct nk_err err = NK_ERR_INIT;
	int result;

	if (look_up(at, url, listing, &state, &err) < 0)
		return false;
	if (state != NK_LISTING_NONE)
		return state == NK_LISTING_FOUND;
	if (is_given_up(at, server))
		return false;
	result = run_apart(at, url, listing);
	if (result == REMOTE_DONE)
		nk_listing_keep(listing);
	else if (result == REMOTE_FAILED_SLOWLY)
		give_up(at, server);
	return result == REMOTE_DONE;
}

static void offer(const struct nk_completing *at, const struct nk_remote_word *word,
		  const struct nk_entry *entry)
{
	static const char *const what[] = {
		[NK_KIND_FILE] = "file",
		[NK_KIND_DIR] = "folder",
		[NK_KIND_LINK] = "link",
		[NK_KIND_OTHER] = "neither file nor folder",
	};
	struct nk_err err = NK_ERR_INIT;
	bool is_folder = entry->kind == NK_KIND_DIR;

	if (nk_fs_safe_name(entry->name, &err) < 0)
		return;
	nk_auto(str) char *name =
		nk_remote_spell(at->last, word->name_at, word->spelling, entry->name);
	/* It must not read as an option. */
	bool is_dashed = name && name[0] == '-' && at->last[0] != '-';
	nk_auto(str) char *text = is_dashed ? nk_format("./%s", name) : nk_take(name);
	nk_auto(str) char *whole = text && is_folder ? nk_format("%s/", text) : NULL;

	/* A link may lead to a folder: what follows it is left to who types. */
	if (text)
		nk_candidates_add(at->candidates, whole ? whole : text, what[entry->kind],
				  is_folder || entry->kind == NK_KIND_LINK);
}

void nk_complete_remote(const struct nk_completing *at, const struct nk_remote_word *word)
{
	nk_auto(listing) struct nk_listing listing = { .file = NULL };
	const char *wish = getenv("NETKIT_COMPLETE_REMOTE");
	struct nk_entry entry;

	if (wish && strcmp(wish, "0") == 0)
		return;
	if (!find_listing(at, word->url, &listing))
		return;
	while (at->candidates->count < NK_CANDIDATES_MAX && nk_listing_next(&listing, &entry))
		offer(at, word, &entry);
}
