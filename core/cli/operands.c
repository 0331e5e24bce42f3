/* operands.c - the prompt's words as the operands that a verb takes. */
#include "shell.h"

#include "dispatch.h"

/* What a remote operand becomes when a verb has none. */
#define HERE ""

/* Operands as the verb takes them; what is made here is owned here. */
struct shape {
	struct nk_strings operands;
	char **owned;
	int count;
};

static void release_shape(struct shape *shape)
{
	for (int i = 0; i < shape->count; i++)
		free(shape->owned[i]);
	free(shape->owned);
	nk_strings_release(&shape->operands);
}
NK_AUTO(shape, struct shape, release_shape)

static int add_remote(const struct nk_shell *shell, struct shape *shape, const char *word,
		      struct nk_err *err)
{
	char *url;

	if (nk_shell_url(shell, word, &url, err) < 0)
		return -1;
	shape->owned = nk_realloc(shape->owned, (size_t)(shape->count + 1) * sizeof(*shape->owned));
	shape->owned[shape->count++] = url;
	nk_strings_add(&shape->operands, url);
	return 0;
}

bool nk_word_is_local(const char *word)
{
	size_t dots = strspn(word, ".");

	return (dots == 1 || dots == 2) && (word[dots] == '/' || word[dots] == '\0');
}

/* Which words of a verb are remote depends on the verb; sync goes either way. */
static bool is_remote(const struct nk_verb *verb, const char *word, int index, int count)
{
	if (strcmp(verb->name, "sync") == 0)
		return !nk_word_is_local(word);
	if (strcmp(verb->name, "get") == 0)
		return count == 1 || index < count - 1;
	if (strcmp(verb->name, "put") == 0)
		return count > 1 && index == count - 1;
	return strcmp(verb->name, "chmod") != 0 || index > 0;
}

const char *nk_verb_takes(const struct nk_verb *verb)
{
	static const struct {
		const char *name;
		const char *takes;
	} odd[] = {
		{ "get", "rb" },
		{ "put", "lb" },
		{ "sync", "e" },
		{ "chmod", "-r" },
	};

	for (size_t i = 0; i < NK_COUNT(odd); i++) {
		if (strcmp(verb->name, odd[i].name) == 0)
			return odd[i].takes;
	}
	return "r";
}

bool nk_verb_only_reads(const struct nk_verb *verb)
{
	static const char *const names[] = { "ls", "stat", "cat", "get", "find", "du", "df" };

	for (size_t i = 0; i < NK_COUNT(names); i++) {
		if (strcmp(verb->name, names[i]) == 0)
			return true;
	}
	return false;
}

/* Verbs of a folder mean the one at hand when none is named. */
static bool means_here(const struct nk_verb *verb)
{
	static const char *const names[] = { "ls", "find", "du", "df" };

	for (size_t i = 0; i < NK_COUNT(names); i++) {
		if (strcmp(verb->name, names[i]) == 0)
			return true;
	}
	return false;
}

static int make_shape(const struct nk_shell *shell, const struct nk_verb *verb,
		      const struct nk_strings *words, struct shape *shape, struct nk_err *err)
{
	int count = (int)words->count;

	for (int i = 0; i < count; i++) {
		const char *word = words->items[i];

		if (!is_remote(verb, word, i, count))
			nk_strings_add(&shape->operands, word);
		else if (add_remote(shell, shape, word, err) < 0)
			return -1;
	}
	if (count == 0 && means_here(verb))
		return add_remote(shell, shape, HERE, err);
	if (count == 1 && strcmp(verb->name, "put") == 0)
		return add_remote(shell, shape, nk_path_name(words->items[0]), err);
	return 0;
}

/* Run a verb with its own options. has_sink: its results go elsewhere than those of others. */
static int run_verb(struct nk_ctx *inner, bool has_sink, struct nk_err *err)
{
	struct nk_err lost = NK_ERR_INIT;

	nk_opener_set_common(inner->opener, inner->common);

	int result = nk_verb_go(inner, err);

	nk_opener_set_common(inner->opener, NULL);
	nk_out_take_stdout_back(inner->out);
	/* What was printed before a failure counts; the first error is told. */
	if (result < 0)
		return nk_out_flush(inner->out, &lost) < 0 ? -1 : result;
	return has_sink ? nk_out_close(inner->out, err) : nk_out_flush(inner->out, err);
}

static const struct nk_verb *find_verb(const struct nk_shell *shell, const char *name)
{
	const struct nk_verb *verb = nk_verb_find(shell->ctx->applet->verbs, name);

	return verb ? verb : nk_verb_of_netkit(name);
}

int nk_shell_operands(struct nk_shell *shell, const char *name, int count, char **words,
		      struct nk_strings *operands, struct nk_err *err)
{
	const struct nk_call call = { .applets = shell->ctx->applets,
				      .applet = shell->ctx->applet,
				      .verb = find_verb(shell, name),
				      .argc = count,
				      .argv = words,
				      .policies = shell->ctx->policies };
	nk_auto(parse) struct nk_parse parse = { 0 };

	if (nk_parse_call(&call, shell->ctx->common, &parse, err) < 0)
		return -1;
	for (size_t i = 0; i < parse.operands.count; i++)
		nk_strings_add(operands, parse.operands.items[i]);
	return 0;
}

int nk_shell_verb(struct nk_shell *shell, const char *name, int count, char **words,
		  struct nk_err *err)
{
	const struct nk_verb *verb = find_verb(shell, name);
	struct nk_call call = { .applets = shell->ctx->applets,
				.applet = shell->ctx->applet,
				.verb = verb,
				.argc = count,
				.argv = words,
				.policies = shell->ctx->policies };
	nk_auto(parse) struct nk_parse parse = { 0 };
	nk_auto(shape) struct shape shape = { 0 };
	nk_auto(out) struct nk_out *out = NULL;
	struct nk_ctx inner = *shell->ctx;

	if (!nk_verb_is_offered(shell->ctx->applet, verb))
		return nk_fail(err, NK_E_UNSUPPORTED, 0, "%s cannot %s",
			       shell->ctx->applet->fs->name, verb->name);
	if (nk_parse_call(&call, shell->ctx->common, &parse, err) < 0)
		return -1;
	if (parse.common.help)
		return nk_shell_help(shell, verb->name, err);
	if (make_shape(shell, verb, &parse.operands, &shape, err) < 0)
		return -1;
	if (memcmp(&parse.common.out, &shell->ctx->common->out, sizeof(parse.common.out)) != 0) {
		if (nk_out_flush(inner.out, err) < 0 ||
		    nk_out_open(&parse.common.out, &out, err) < 0)
			return -1;
		inner.out = out;
	}
	shell->is_untried = false;
	inner.verb = verb;
	inner.verb_opts = parse.verb_opts;
	inner.common = &parse.common;
	inner.operands = shape.operands.items;
	inner.operand_count = (int)shape.operands.count;
	return run_verb(&inner, out != NULL, err);
}
