/* sshconf_match.c - patterns, algorithm lists, Host and Match (ssh_config(5)). */
#include "sshconf_parse.h"

#include <fcntl.h>
#include <unistd.h>

#include "netkit/clock.h"
#include "sshspawn.h"

/* How long the command of "Match exec" may take. */
#define SSHCONF_EXEC_MS 30000

/* ---- patterns ---- */

static char sshconf_folded(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* How characters are compared and where a pattern ends. */
struct sshconf_comparison {
	char separator;
	bool is_folded;
};

static bool sshconf_is_end(const struct sshconf_comparison *how, const char *at)
{
	return *at == '\0' || *at == how->separator ||
	       (how->separator == ' ' && strchr(SSHCONF_BLANKS, *at));
}

static bool sshconf_is_same_char(const struct sshconf_comparison *how, char a, char b)
{
	return how->is_folded ? sshconf_folded(a) == sshconf_folded(b) : a == b;
}

/* One pattern with * and ?. After a mismatch only the last * is tried again, so that the time is
 * bounded by the product of the lengths. */
static bool sshconf_one_matches(const struct sshconf_comparison *how, const char *pattern,
				const char *text)
{
	const char *star = NULL;
	const char *star_text = NULL;

	for (;;) {
		if (*text == '\0' && sshconf_is_end(how, pattern))
			return true;
		if (!sshconf_is_end(how, pattern) && *pattern == '*') {
			star = ++pattern;
			star_text = text;
		} else if (*text != '\0' && !sshconf_is_end(how, pattern) &&
			   (*pattern == '?' || sshconf_is_same_char(how, *pattern, *text))) {
			pattern++;
			text++;
		} else if (star && *star_text != '\0') {
			pattern = star;
			text = ++star_text;
		} else {
			return false;
		}
	}
}

static bool sshconf_list_matches(const struct sshconf_comparison *how, const char *patterns,
				 const char *text)
{
	bool has_match = false;

	while (*patterns != '\0') {
		bool is_negated = *patterns == '!';

		patterns += is_negated;
		if (!sshconf_is_end(how, patterns) && sshconf_one_matches(how, patterns, text)) {
			if (is_negated)
				return false;
			has_match = true;
		}
		while (!sshconf_is_end(how, patterns))
			patterns++;
		patterns += *patterns != '\0';
	}
	return has_match;
}

bool nk_sshconf_pattern_matches(const char *patterns, char separator, const char *host)
{
	struct sshconf_comparison how = { .separator = separator };

	return sshconf_list_matches(&how, patterns, host);
}

bool nk_sshconf_pattern_matches_folded(const char *patterns, char separator, const char *text)
{
	struct sshconf_comparison how = { .separator = separator, .is_folded = true };

	return sshconf_list_matches(&how, patterns, text);
}

/* ---- algorithms ---- */

/* Is the name of this length an item of the comma list? */
static bool sshconf_has_name(const char *list, const char *name, size_t length)
{
	for (const char *at = list; *at != '\0';) {
		size_t size = strcspn(at, ",");

		if (size == length && memcmp(at, name, length) == 0)
			return true;
		at += size;
		at += *at == ',';
	}
	return false;
}

/* Which names of a comma list to take: those that pattern (a list) matches, or does not match. */
struct sshconf_choosing {
	const char *pattern;
	bool is_inverted;
	const char *supported;
};

/* Append the chosen names of from that are not in chosen yet; it has room for all names. */
static void sshconf_choose(const struct sshconf_choosing *how, const char *from, char *chosen)
{
	char *end = chosen + strlen(chosen);

	for (const char *at = from; *at != '\0';) {
		size_t length = strcspn(at, ",");
		nk_auto(str) char *name = nk_strndup(at, length);
		bool is_ours = nk_sshconf_pattern_matches(how->pattern, ',', name);

		if (length > 0 && is_ours != how->is_inverted &&
		    sshconf_has_name(how->supported, name, length) &&
		    !sshconf_has_name(chosen, name, length)) {
			if (end != chosen)
				*end++ = ',';
			memcpy(end, name, length + 1);
			end += length;
		}
		at += length;
		at += *at == ',';
	}
}

/* The supported names in the order of the patterns. */
static void sshconf_choose_in_order(const char *patterns, const char *supported, char *chosen)
{
	for (const char *at = patterns; *at != '\0';) {
		size_t length = strcspn(at, ",");
		nk_auto(str) char *pattern = nk_strndup(at, length);
		struct sshconf_choosing how = { .pattern = pattern, .supported = supported };

		sshconf_choose(&how, supported, chosen);
		at += length;
		at += *at == ',';
	}
}

char *nk_sshconf_algorithms(const char *list, const char *offered, const char *supported)
{
	/* No name comes twice, and all of them are supported. */
	char *chosen = nk_alloc(strlen(supported) + 2);
	struct sshconf_choosing all = { .pattern = "*", .supported = supported };

	if (list[0] == '-') {
		all.pattern = list + 1;
		all.is_inverted = true;
	}
	if (list[0] == '+' || list[0] == '-' || list[0] == '\0')
		sshconf_choose(&all, offered, chosen);
	if (list[0] != '-')
		sshconf_choose_in_order(list + (list[0] == '+' || list[0] == '^'), supported,
					chosen);
	if (list[0] == '^')
		sshconf_choose(&all, offered, chosen);
	return chosen;
}

/* ---- Host ---- */

int nk_sshconf_host(struct sshconf_state *state, const struct sshconf_line *line,
		    struct nk_err *err)
{
	bool is_ours = false;

	if (!state->source.path)
		return nk_fail(err, NK_E_USAGE, 0, "not possible as an option");
	if (line->words.count == 0)
		return nk_fail(err, NK_E_USAGE, 0, "a value is missing");
	state->is_active = false;
	for (size_t i = 0; i < line->words.count; i++) {
		const char *pattern = line->words.items[i];
		/* A quoted pattern may hold blanks; nothing ends it but its end. */
		struct sshconf_comparison how = { .separator = '\0' };
		bool is_negated = *pattern == '!';

		if (*pattern == '\0')
			return nk_fail(err, NK_E_USAGE, 0, "an empty value");
		if (!sshconf_one_matches(&how, pattern + is_negated, state->host))
			continue;
		is_ours = !is_negated;
		if (is_negated)
			break;
	}
	state->is_active = is_ours && !state->source.is_never;
	return 0;
}

/* ---- Match ---- */

/* Does the command end with status 0? Its output is nobody's. */
static int sshconf_run(const struct sshconf_state *state, const char *text, bool *holds,
		       struct nk_err *err)
{
	nk_auto(str) char *command = NULL;
	pid_t pid;
	int status;
	int ended;

	if (nk_sshconf_expand(state, text, &nk_sshconf_execs, &command, err) < 0)
		return -1;
	char *words[] = { "/bin/sh", "-c", command, NULL };
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct nk_spawn_how how = { .words = words, .in_fd = fd, .out_fd = fd, .err_fd = -1 };

	if (fd < 0)
		return nk_fail_errno(err, NK_E_USAGE, "/dev/null");
	ended = nk_spawn(&how, &pid, err);
	close(fd);
	if (ended < 0)
		return -1;
	ended = nk_spawn_wait(pid, nk_clock_after(SSHCONF_EXEC_MS), &status, err);
	if (ended != 1)
		nk_spawn_stop(pid, 0);
	if (ended == 0)
		return nk_fail(err, NK_E_TIMEOUT, 0, "exec: the command takes longer than %d s",
			       SSHCONF_EXEC_MS / 1000);
	if (ended < 0)
		return -1;
	*holds = status == 0;
	return 0;
}

/* Criteria that take no value: does this one hold? */
static bool sshconf_is_final(struct sshconf_state *state, const char *name, bool *holds)
{
	bool is_final = nk_text_is_same(name, "final");

	if (!is_final && !nk_text_is_same(name, "canonical"))
		return false;
	if (is_final)
		state->wants_final = true;
	*holds = state->is_final;
	return true;
}

/* Criteria that compare a list of patterns: what they compare with. NULL: not one of these. */
static const char *sshconf_compared(const struct sshconf_state *state, const char *name,
				    bool *is_folded)
{
	*is_folded = nk_text_is_same(name, "host") || nk_text_is_same(name, "originalhost");
	if (nk_text_is_same(name, "host"))
		return state->target;
	if (nk_text_is_same(name, "originalhost"))
		return state->query->host;
	if (nk_text_is_same(name, "user"))
		return nk_sshconf_user(state);
	if (nk_text_is_same(name, "localuser"))
		return state->local_user;
	if (nk_text_is_same(name, "tagged"))
		return state->tag ? state->tag : "";
	/* What the ssh program would see when it is asked for files. */
	if (nk_text_is_same(name, "command"))
		return "sftp";
	return nk_text_is_same(name, "sessiontype") ? "subsystem" : NULL;
}

/* A criterion and its value. is_needed: the others hold so far, a command has to be run. 1 when it
 * can be told whether it holds, 0 when not: then the block is passed over. */
struct sshconf_criterion {
	const char *name;
	const char *value;
	bool is_needed;
};
static int sshconf_evaluate(const struct sshconf_state *state,
			    const struct sshconf_criterion *criterion, bool *holds,
			    struct nk_err *err)
{
	bool is_folded;
	const char *text = sshconf_compared(state, criterion->name, &is_folded);
	struct sshconf_comparison how = { .separator = ',', .is_folded = is_folded };

	if (text) {
		*holds = sshconf_list_matches(&how, criterion->value, text);
		return 1;
	}
	if (nk_text_is_same(criterion->name, "exec")) {
		if (!criterion->is_needed)
			return 0;
		return sshconf_run(state, criterion->value, holds, err) < 0 ? -1 : 1;
	}
	/* Known to newer ones of OpenSSH, and about the ssh program or the machine's networks. */
	if (nk_text_is_same(criterion->name, "localnetwork") ||
	    nk_text_is_same(criterion->name, "version"))
		return 0;
	return nk_fail(err, NK_E_USAGE, 0, "unknown criterion %s", criterion->name);
}

/* "all" stands alone, or after canonical or final. */
static int sshconf_check_all(char *rest, int criteria, struct nk_err *err)
{
	const char *next = nk_sshconf_word(&rest);

	if (criteria > 1 || (next && *next != '\0' && *next != '#'))
		return nk_fail(err, NK_E_USAGE, 0, "all does not stand with other criteria");
	return 0;
}

/* One criterion of the line, whose name is given: the rest of the line is at *rest. */
static int sshconf_criterion(struct sshconf_state *state, const char *word, char **rest,
			     bool *holds, struct nk_err *err)
{
	bool is_negated = *word == '!';
	struct sshconf_criterion criterion = { .name = word + is_negated };
	bool is_true = false;
	int told;

	if (sshconf_is_final(state, criterion.name, &is_true)) {
		*holds = *holds && is_true != is_negated;
		return 0;
	}
	criterion.value = nk_sshconf_word(rest);
	criterion.is_needed = *holds && !state->source.is_never;
	if (!criterion.value || *criterion.value == '\0' || *criterion.value == '#')
		return nk_fail(err, NK_E_USAGE, 0, "%s: a value is missing", criterion.name);
	told = sshconf_evaluate(state, &criterion, &is_true, err);
	if (told < 0)
		return -1;
	*holds = *holds && told == 1 && is_true != is_negated;
	return 0;
}

int nk_sshconf_match(struct sshconf_state *state, const struct sshconf_line *line,
		     struct nk_err *err)
{
	nk_auto(str) char *text = nk_strdup(line->rest);
	char *rest = text;
	bool holds = true;
	int criteria = 0;

	if (!state->source.path)
		return nk_fail(err, NK_E_USAGE, 0, "not possible as an option");
	if (nk_sshconf_find_target(state, err) < 0)
		return -1;
	for (;; criteria++) {
		const char *word = nk_sshconf_word(&rest);

		if (!word || *word == '\0' || *word == '#')
			break;
		if (nk_text_is_same(word + (*word == '!'), "all")) {
			if (sshconf_check_all(rest, criteria, err) < 0)
				return -1;
			holds = holds && *word != '!';
			criteria++;
			break;
		}
		if (sshconf_criterion(state, word, &rest, &holds, err) < 0)
			return -1;
	}
	if (criteria == 0)
		return nk_fail(err, NK_E_USAGE, 0, "a criterion is missing");
	state->is_active = holds && !state->source.is_never;
	return 0;
}
