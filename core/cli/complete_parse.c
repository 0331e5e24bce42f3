/* complete_parse.c - the call whose word is completed, parsed as dispatch would. */
#include "completing.h"

#include "netkit/num.h"

/* Whoever waits longer for a TAB has lost the thread. */
#define LIMIT_MS     1500
#define LIMIT_MAX_MS 60000

int64_t nk_completing_limit(void)
{
	const char *said = getenv("NETKIT_COMPLETE_TIMEOUT");
	int64_t ms;

	if (!said || !nk_num_duration(said, &ms) || ms <= 0)
		return LIMIT_MS;
	return ms < LIMIT_MAX_MS ? ms : LIMIT_MAX_MS;
}

/* Where words of our own can stand: before what ends the options. */
static int options_end(const struct nk_completing *at, const struct nk_option_tables *tables)
{
	for (int i = at->argc; i > 0; i--) {
		nk_auto(opt_scan) struct nk_opt_scan scan = { .awaits = NULL };

		nk_opt_look_through(tables->items, tables->count, i, at->argv, &scan);
		if (!scan.has_ended)
			return i;
	}
	return 0;
}

static void add_word(struct nk_completing_call *call, const char *word)
{
	call->argv[call->argc++] = nk_strdup(word);
}

/* What is forbidden in completion, as far as the call has options for it. */
static void add_own_words(const struct nk_completing *at, const struct nk_option_tables *tables,
			  struct nk_completing_call *call)
{
	static const char *const names[] = { "connect-timeout", "timeout", "deadline" };
	size_t value_at;

	if (nk_groups_of(at->applet, at->verb) & NK_GROUP_WHO)
		add_word(call, "--no-input");
	if (nk_opt_with_value(tables->items, tables->count, "--trust=", &value_at))
		add_word(call, "--trust=strict");
	if (nk_opt_with_value(tables->items, tables->count, "--retries=", &value_at))
		add_word(call, "--retries=0");
	for (size_t i = 0; i < NK_COUNT(names); i++) {
		nk_auto(str) char *word =
			nk_format("--%s=%lldms", names[i], (long long)nk_completing_limit());

		if (nk_opt_with_value(tables->items, tables->count, word, &value_at))
			add_word(call, word);
	}
}

int nk_completing_parse(const struct nk_completing *at, const char *operand,
			struct nk_completing_call *call, struct nk_err *err)
{
	/* Room for our own words, the operand and the end. */
	const size_t own = 8;
	struct nk_option_tables tables;
	int end;

	nk_candidates_tables(at->applet, at->verb, &tables);
	end = options_end(at, &tables);
	call->argv = nk_alloc(((size_t)at->argc + own) * sizeof(*call->argv));
	for (int i = 0; i < at->argc; i++) {
		if (i == end)
			add_own_words(at, &tables, call);
		add_word(call, at->argv[i]);
	}
	if (end == at->argc)
		add_own_words(at, &tables, call);
	if (operand)
		add_word(call, operand);
	call->call = (struct nk_call){
		.applets = at->applets,
		.applet = at->applet,
		.verb = at->verb,
		.program = "netkit",
		.argc = call->argc,
		.argv = call->argv,
	};
	if (nk_parse_call(&call->call, NULL, &call->parse, err) < 0)
		return -1;
	call->parse.common.net.deadline = nk_clock_after(nk_completing_limit());
	return 0;
}

void nk_completing_call_release(struct nk_completing_call *call)
{
	nk_parse_release(&call->parse);
	for (int i = 0; i < call->argc; i++)
		free(call->argv[i]);
	free(call->argv);
}
