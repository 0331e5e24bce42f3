/* classic.c - the command lines of tftp-hpa and busybox, and tftp-hpa's commands from a pipe. */
#include "records.h"

#include <stdio.h>
#include <unistd.h>

#include "netkit/log.h"
#include "netkit/num.h"
#include "netkit/url.h"
#include "netkit/wait.h"

/* A line of commands, and the words in it. */
#define CLASSIC_LINE_MAX  4096
#define CLASSIC_WORDS_MAX 256

#define CLASSIC_SECONDS_MAX 86400

struct classic_opts {
	int mode; /* index into classic_modes */
	bool command;
	bool get;
	bool put;
	const char *local;
	const char *remote;
	int blksize;
	bool ipv4;
	bool ipv6;
};

static const char *const classic_modes[] = {
	"octet", "binary", "image", "netascii", "ascii", NULL
};

/* The first of classic_modes that is text. */
enum { CLASSIC_MODE_TEXT = 3 };

static const struct nk_opt classic_options[] = {
	NK_OPT_WORD(struct classic_opts, mode, 'm', NULL, classic_modes, "octet", "transfer mode"),
	NK_OPT_FLAG(struct classic_opts, command, 'c', NULL,
		    "the words after HOST and PORT are a command: get, put"),
	NK_OPT_FLAG(struct classic_opts, get, 'g', NULL, "get a file, as busybox does"),
	NK_OPT_FLAG(struct classic_opts, put, 'p', NULL, "put a file, as busybox does"),
	NK_OPT_TEXT(struct classic_opts, local, 'l', NULL, "FILE", "the local file for -g and -p"),
	NK_OPT_TEXT(struct classic_opts, remote, 'r', NULL, "FILE",
		    "the remote file for -g and -p"),
	NK_OPT_INT_RANGE(struct classic_opts, blksize, 'b', NULL, "N", NULL, TFTP_BLKSIZE_MIN,
			 TFTP_BLKSIZE_MAX, "blocks of N bytes, for -g and -p"),
	NK_OPT_FLAG(struct classic_opts, ipv4, '4', NULL, "use IPv4 only"),
	NK_OPT_FLAG(struct classic_opts, ipv6, '6', NULL, "use IPv6 only"),
	NK_OPT_END,
};

/* What commands change. */
struct classic {
	struct nk_ctx *ctx;
	struct tftp_opts *opts;	      /* the applet's, for all transfers that follow */
	struct nk_net_policy *net;    /* the common options', likewise */
	struct tftp_opts opts_before; /* as both were when nothing had changed them */
	int64_t timeout_before;
	char *host; /* NULL: not connected; owned */
	int port;
	bool is_literal; /* a colon in a name has no meaning */
	bool is_traced;
	bool has_quit;
};

static void classic_release(struct classic *classic)
{
	free(classic->host);
}
NK_AUTO(classic, struct classic, classic_release)

/* A command: count words, the first is its name. */
struct classic_command {
	const char *name;
	const char *arguments;
	const char *summary;
	int least, most; /* words after the name */
	int (*run)(struct classic *classic, const char *const *words, int count,
		   struct nk_err *err);
};

static const struct classic_command classic_commands[];

/* --- moving files --- */

/* The last part of a name, by either slash: boot servers run Windows too. */
static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* "host:file" turns to that host, as long as names are not literal. The rest of the word is left. */
static const char *split_host(struct classic *classic, const char *word)
{
	const char *colon = classic->is_literal ? NULL : strrchr(word, ':');
	size_t length = colon ? (size_t)(colon - word) : 0;

	if (length == 0)
		return word;
	free(classic->host);
	/* Brackets around an IPv6 address belong to the form, not to the address. */
	classic->host = word[0] == '[' && word[length - 1] == ']' ? nk_strndup(word + 1, length - 2)
								  : nk_strndup(word, length);
	return colon + 1;
}

/* A host may have options of its own, by a config: what commands changed holds there too. */
static int carry_changes(const struct classic *classic, const char *url, struct nk_err *err)
{
	const struct tftp_opts *before = &classic->opts_before;
	const struct tftp_opts *now = classic->opts;
	struct nk_session *session;

	if (nk_opener_session(classic->ctx->opener, url, &session, NULL, err) < 0)
		return -1;

	struct tftp_opts *own = (struct tftp_opts *)session->opts;
	struct nk_net_policy *net = (struct nk_net_policy *)session->target.net;

	if (now->ascii != before->ascii)
		own->ascii = now->ascii;
	if (now->blksize != before->blksize)
		own->blksize = now->blksize;
	if (now->retransmit != before->retransmit)
		own->retransmit = now->retransmit;
	if (classic->net->timeout_ms != classic->timeout_before)
		net->timeout_ms = classic->net->timeout_ms;
	return 0;
}

static int make_url(struct classic *classic, const char *remote, char **url, struct nk_err *err)
{
	if (!classic->host)
		return nk_fail(err, NK_E_USAGE, 0, "no host yet: connect HOST");
	if (remote[0] == '\0')
		return nk_fail(err, NK_E_USAGE, 0, "a file name is empty");
	/* The slash after the host is the URL's own: the server sees the name exactly as given. */
	nk_auto(str) char *path = nk_format("/%s", remote);
	nk_auto(str) char *made = nk_url_format("tftp", NULL, classic->host, classic->port, path);

	if (carry_changes(classic, made, err) < 0)
		return -1;
	*url = nk_take(made);
	return 0;
}

static int get_one(struct classic *classic, const char *remote, const char *local,
		   struct nk_err *err)
{
	nk_auto(str) char *url = NULL;
	const char *operands[2];

	remote = split_host(classic, remote);
	if (make_url(classic, remote, &url, err) < 0)
		return -1;
	operands[0] = url;
	operands[1] = local ? local : last_part(remote);
	return nk_verb_run(classic->ctx, "get", operands, 2, err);
}

static int put_one(struct classic *classic, const char *local, const char *remote,
		   struct nk_err *err)
{
	nk_auto(str) char *url = NULL;
	const char *operands[2] = { local, NULL };

	if (make_url(classic, split_host(classic, remote), &url, err) < 0)
		return -1;
	operands[1] = url;
	return nk_verb_run(classic->ctx, "put", operands, 2, err);
}

/* get REMOTE [LOCAL], or three names and more: all of them remote. */
static int run_get(struct classic *classic, const char *const *words, int count, struct nk_err *err)
{
	if (count <= 3)
		return get_one(classic, words[1], count == 3 ? words[2] : NULL, err);
	for (int i = 1; i < count; i++) {
		if (get_one(classic, words[i], NULL, err) < 0)
			return nk_wrap(err, "%s", words[i]);
	}
	return 0;
}

/* put LOCAL [REMOTE], or several and a remote folder. */
static int run_put(struct classic *classic, const char *const *words, int count, struct nk_err *err)
{
	if (count <= 3)
		return put_one(classic, words[1], count == 3 ? words[2] : last_part(words[1]), err);
	for (int i = 1; i < count - 1; i++) {
		nk_auto(str) char *remote =
			nk_format("%s/%s", words[count - 1], last_part(words[i]));

		if (put_one(classic, words[i], remote, err) < 0)
			return nk_wrap(err, "%s", words[i]);
	}
	return 0;
}

/* --- settings --- */

static int set_port(struct classic *classic, const char *text, struct nk_err *err)
{
	if (!nk_num_int(text, 1, 65535, &classic->port))
		return nk_fail(err, NK_E_USAGE, 0, "'%s' is not a port", text);
	return 0;
}

static int run_connect(struct classic *classic, const char *const *words, int count,
		       struct nk_err *err)
{
	if (count > 2 && set_port(classic, words[2], err) < 0)
		return -1;
	if (count == 2)
		classic->port = 0;
	free(classic->host);
	classic->host = nk_strdup(words[1]);
	return 0;
}

static int set_mode(struct classic *classic, const char *name, struct nk_err *err)
{
	for (int i = 0; classic_modes[i]; i++) {
		if (strcmp(classic_modes[i], name) == 0) {
			classic->opts->ascii = i >= CLASSIC_MODE_TEXT;
			return 0;
		}
	}
	return nk_fail(err, NK_E_USAGE, 0, "'%s' is no mode: octet or netascii", name);
}

static int run_status(struct classic *classic, const char *const *words, int count,
		      struct nk_err *err);

static int run_mode(struct classic *classic, const char *const *words, int count,
		    struct nk_err *err)
{
	return count == 1 ? run_status(classic, words, count, err)
			  : set_mode(classic, words[1], err);
}

/* ascii, binary, netascii, octet: the command is the mode. */
static int run_mode_word(struct classic *classic, const char *const *words, int count,
			 struct nk_err *err)
{
	(void)count;
	return set_mode(classic, words[0], err);
}

static int take_number(const char *const *words, int least, int most, int *value,
		       struct nk_err *err)
{
	if (nk_num_int(words[1], least, most, value))
		return 0;
	return nk_fail(err, NK_E_USAGE, 0, "%s: '%s' is not a number from %d to %d", words[0],
		       words[1], least, most);
}

static int run_blksize(struct classic *classic, const char *const *words, int count,
		       struct nk_err *err)
{
	(void)count;
	return take_number(words, TFTP_BLKSIZE_MIN, TFTP_BLKSIZE_MAX, &classic->opts->blksize, err);
}

static int run_rexmt(struct classic *classic, const char *const *words, int count,
		     struct nk_err *err)
{
	(void)count;
	return take_number(words, 1, TFTP_TIMEOUT_MAX, &classic->opts->retransmit, err);
}

static int run_timeout(struct classic *classic, const char *const *words, int count,
		       struct nk_err *err)
{
	int seconds;

	(void)count;
	if (take_number(words, 1, CLASSIC_SECONDS_MAX, &seconds, err) < 0)
		return -1;
	classic->net->timeout_ms = (int64_t)seconds * 1000;
	return 0;
}

static int run_verbose(struct classic *classic, const char *const *words, int count,
		       struct nk_err *err)
{
	(void)classic;
	(void)words;
	(void)count;
	(void)err;
	nk_log_set_level(nk_log_is_on(NK_LOG_INFO) ? NK_LOG_NOTICE : NK_LOG_INFO);
	return 0;
}

static int run_trace(struct classic *classic, const char *const *words, int count,
		     struct nk_err *err)
{
	(void)words;
	(void)count;
	(void)err;
	classic->is_traced = !classic->is_traced;
	nk_trace_show(classic->is_traced);
	return 0;
}

static int run_literal(struct classic *classic, const char *const *words, int count,
		       struct nk_err *err)
{
	(void)words;
	(void)count;
	(void)err;
	classic->is_literal = !classic->is_literal;
	return 0;
}

static int run_quit(struct classic *classic, const char *const *words, int count,
		    struct nk_err *err)
{
	(void)words;
	(void)count;
	(void)err;
	classic->has_quit = true;
	return 0;
}

/* --- asking --- */

static int run_status(struct classic *classic, const char *const *words, int count,
		      struct nk_err *err)
{
	const struct tftp_opts *opts = classic->opts;
	const struct tftp_status_row row = {
		.host = classic->host,
		.port = classic->port > 0 ? classic->port : classic->ctx->applet->schemes[0].port,
		.mode = opts->ascii ? "netascii" : "octet",
		.blksize = opts->blksize > 0 ? opts->blksize : -1,
		.windowsize = opts->windowsize > 0 ? opts->windowsize : -1,
		.timeout = classic->net->timeout_ms / 1000,
		.rexmt = opts->retransmit > 0 ? opts->retransmit : -1,
	};

	(void)words;
	(void)count;
	return nk_out_put(classic->ctx->out, &tftp_status_record, &row, err);
}

static int run_help(struct classic *classic, const char *const *words, int count,
		    struct nk_err *err)
{
	(void)words;
	(void)count;
	for (const struct classic_command *command = classic_commands; command->name; command++) {
		const struct tftp_help_row row = { command->name, command->arguments,
						   command->summary };

		if (nk_out_put(classic->ctx->out, &tftp_help_record, &row, err) < 0)
			return -1;
	}
	return 0;
}

static const struct classic_command classic_commands[] = {
	{ "?", "", "this list", 0, CLASSIC_WORDS_MAX, run_help },
	{ "ascii", "", "translate the ends of lines", 0, 0, run_mode_word },
	{ "binary", "", "move bytes as they are", 0, 0, run_mode_word },
	{ "blksize", "BYTES", "ask for blocks of this size", 1, 1, run_blksize },
	{ "connect", "HOST [PORT]", "whom to ask", 1, 2, run_connect },
	{ "get", "REMOTE [LOCAL] | REMOTE...", "fetch files", 1, CLASSIC_WORDS_MAX, run_get },
	{ "help", "", "this list", 0, CLASSIC_WORDS_MAX, run_help },
	{ "literal", "", "a colon in a name names no host, or does again", 0, 0, run_literal },
	{ "mode", "[octet|netascii]", "the transfer mode", 0, 1, run_mode },
	{ "netascii", "", "translate the ends of lines", 0, 0, run_mode_word },
	{ "octet", "", "move bytes as they are", 0, 0, run_mode_word },
	{ "put", "LOCAL [REMOTE] | LOCAL... DIR", "store files", 1, CLASSIC_WORDS_MAX, run_put },
	{ "quit", "", "end", 0, 0, run_quit },
	{ "rexmt", "SECONDS", "when the server sends lost packets again", 1, 1, run_rexmt },
	{ "status", "", "what is set", 0, 0, run_status },
	{ "timeout", "SECONDS", "the longest silence", 1, 1, run_timeout },
	{ "trace", "", "show packets, or no longer", 0, 0, run_trace },
	{ "verbose", "", "say what is done, or no longer", 0, 0, run_verbose },
	{ 0 },
};

/* --- commands --- */

static int run_command(struct classic *classic, const char *const *words, int count,
		       struct nk_err *err)
{
	const char *names[NK_COUNT(classic_commands)];
	const struct classic_command *command = classic_commands;
	const char *nearest;

	for (int i = 0; i < (int)NK_COUNT(classic_commands); i++)
		names[i] = classic_commands[i].name;
	while (command->name && strcmp(command->name, words[0]) != 0)
		command++;
	nearest = command->name ? NULL : nk_text_nearest(words[0], names);
	if (nearest)
		return nk_fail(err, NK_E_USAGE, 0, "unknown command '%s'; did you mean '%s'?",
			       words[0], nearest);
	if (!command->name)
		return nk_fail(err, NK_E_USAGE, 0, "unknown command '%s'; ? lists them", words[0]);
	if (count - 1 < command->least || count - 1 > command->most)
		return nk_fail(err, NK_E_USAGE, 0, "usage: %s %s", command->name,
			       command->arguments);
	return command->run(classic, words, count, err);
}

/* Split a line in place: words end at white space, double quotes keep it. Returns how many. */
static int split_words(char *line, const char *words[CLASSIC_WORDS_MAX], struct nk_err *err)
{
	int count = 0;
	char *out = line;

	for (;;) {
		bool is_quoted = false;

		line += strspn(line, " \t\r\n");
		if (*line == '\0')
			return count;
		if (count == CLASSIC_WORDS_MAX)
			return nk_fail(err, NK_E_USAGE, 0, "a command has more than %d words",
				       CLASSIC_WORDS_MAX);
		words[count++] = out;
		for (; *line && (is_quoted || !strchr(" \t\r\n", *line)); line++) {
			if (*line == '"')
				is_quoted = !is_quoted;
			else
				*out++ = *line;
		}
		line += *line != '\0';
		*out++ = '\0';
	}
}

/* Returns 1 when a command was run, 0 for a line without one. */
static int run_line(struct classic *classic, char *line, size_t length, struct nk_err *err)
{
	const char *words[CLASSIC_WORDS_MAX];
	int count;

	if (length >= CLASSIC_LINE_MAX)
		return nk_fail(err, NK_E_USAGE, 0, "a command is longer than %d bytes",
			       CLASSIC_LINE_MAX - 1);
	if (memchr(line, '\0', length))
		return nk_fail(err, NK_E_USAGE, 0, "a command has a NUL in it");
	count = split_words(line, words, err);
	if (count <= 0 || words[0][0] == '#')
		return count < 0 ? -1 : 0;
	return run_command(classic, words, count, err) < 0 ? -1 : 1;
}

/* Commands from standard input, to its end. Each failure is told at once. */
static int run_stdin(struct classic *classic, struct nk_err *err)
{
	nk_auto(str) char *line = NULL;
	size_t size = 0;
	int ran = 0;
	int failed = 0;

	while (!classic->has_quit && nk_interrupt_check(err) == 0) {
		struct nk_err one = NK_ERR_INIT;
		ssize_t length;
		int status;

		if (isatty(STDIN_FILENO))
			nk_log(NK_LOG_NOTICE, "tftp: a command, ? lists them");
		length = getline(&line, &size, stdin);
		if (length < 0)
			break;
		status = run_line(classic, line, (size_t)length, &one);
		ran += status != 0;
		if (status >= 0)
			continue;
		if (one.domain == NK_E_INTERRUPT || one.domain == NK_E_TERMINATE) {
			*err = one;
			return -1;
		}
		nk_log_error(&one, "netkit tftp", NULL);
		failed++;
	}
	if (nk_interrupt_check(err) < 0)
		return -1;
	if (failed > 0)
		return nk_fail(err, NK_E_PARTIAL, 0, "%d of %d commands failed", failed, ran);
	return 0;
}

/* --- the command line --- */

/* A host as it was typed, or a URL of one, which a profile may have. */
static int take_name(struct classic *classic, const char *text, struct nk_err *err)
{
	nk_auto(url) struct nk_url url = NK_URL_INIT;

	if (!nk_url_is_url(text)) {
		classic->host = nk_strdup(text);
		return 0;
	}
	if (nk_url_parse(&url, text, err) < 0)
		return -1;
	if (strcmp(url.scheme, "tftp") != 0 || (url.path[0] != '\0' && url.path[1] != '\0'))
		return nk_fail(err, NK_E_USAGE, 0,
			       "tftp takes a host here: %s is more than tftp://HOST", text);
	classic->host = nk_take(url.host);
	classic->port = url.port;
	return 0;
}

/*
 * HOST [PORT] among the operands; returns how many of those that were. busybox's -l names a file,
 * tftp-hpa's is a flag that has then taken the host for its value.
 */
static int take_host(struct classic *classic, struct nk_err *err)
{
	const struct nk_ctx *ctx = classic->ctx;
	const struct classic_opts *opts = ctx->verb_opts;
	int taken = 0;
	int ignored;

	classic->is_literal = opts->local && !opts->get && !opts->put;
	if (classic->is_literal && opts->local[0] == '-')
		return nk_fail(err, NK_E_USAGE, 0, "-l needs a value");
	if (classic->is_literal)
		classic->host = nk_strdup(opts->local);
	else if (ctx->operand_count > 0 && take_name(classic, ctx->operands[taken++], err) < 0)
		return -1;
	if (taken >= ctx->operand_count ||
	    !nk_num_int(ctx->operands[taken], 0, INT32_MAX, &ignored))
		return taken;
	return set_port(classic, ctx->operands[taken], err) < 0 ? -1 : taken + 1;
}

/* busybox: -g or -p with -l and -r, where each stands in for the other. */
static int run_busybox(struct classic *classic, struct nk_err *err)
{
	const struct classic_opts *opts = classic->ctx->verb_opts;
	const char *remote = opts->remote ? opts->remote : opts->local;
	const char *local = opts->local ? opts->local : opts->remote;

	if (opts->get && opts->put)
		return nk_fail(err, NK_E_USAGE, 0, "-g and -p exclude each other");
	if (!remote)
		return nk_fail(err, NK_E_USAGE, 0, "-r FILE or -l FILE is missing");
	if (!classic->host)
		return nk_fail(err, NK_E_USAGE, 0, "HOST is missing");
	classic->is_literal = true;
	if (opts->put)
		return put_one(classic, local, remote, err);
	return get_one(classic, remote, opts->local ? opts->local : last_part(remote), err);
}

static int classic_apply(const void *opts, struct nk_common *common, struct nk_err *err)
{
	const struct classic_opts *classic = opts;

	(void)err;
	common->net.ipv4 |= classic->ipv4;
	common->net.ipv6 |= classic->ipv6;
	return 0;
}

static bool classic_reads_commands(const void *opts, const struct nk_strings *operands)
{
	const struct classic_opts *classic = opts;

	(void)operands;
	return !classic->command && !classic->get && !classic->put && !classic->remote;
}

static int classic_run(struct nk_ctx *ctx, struct nk_err *err)
{
	const struct classic_opts *opts = ctx->verb_opts;
	nk_auto(classic) struct classic classic = {
		.ctx = ctx,
		.opts = ctx->sets[0].into,
		/* For the command "timeout": every session of the opener's looks at it. */
		.net = (struct nk_net_policy *)&ctx->common->net,
	};
	int taken = take_host(&classic, err);

	if (taken < 0)
		return -1;
	classic.opts_before = *classic.opts;
	classic.timeout_before = classic.net->timeout_ms;
	classic.opts->ascii |= opts->mode >= CLASSIC_MODE_TEXT;
	if (opts->blksize > 0)
		classic.opts->blksize = opts->blksize;
	if (opts->get || opts->put)
		return run_busybox(&classic, err);
	if (opts->remote)
		return nk_fail(err, NK_E_USAGE, 0, "-r goes with -g or -p");
	if (taken < ctx->operand_count && !opts->command)
		return nk_fail(err, NK_E_USAGE, 0,
			       "'%s': neither a verb nor, without -c, a command",
			       ctx->operands[taken]);
	if (!opts->command)
		return run_stdin(&classic, err);
	if (taken == ctx->operand_count)
		return nk_fail(err, NK_E_USAGE, 0, "-c needs a command: get or put");
	return run_command(&classic, ctx->operands + taken, ctx->operand_count - taken, err);
}

const struct nk_verb tftp_classic = {
	.name = "tftp",
	.summary = "as tftp-hpa and busybox take it",
	.operands = "[HOST [PORT]] [-c COMMAND...]",
	.options = classic_options,
	.opts_size = sizeof(struct classic_opts),
	.groups = NK_GROUP_OUTPUT | NK_GROUP_TALK | NK_GROUP_NET | NK_GROUP_TRANSFER |
		  NK_GROUP_PROGRESS | NK_GROUP_MANY,
	.run = classic_run,
	.reads_commands = classic_reads_commands,
	.apply = classic_apply,
};
