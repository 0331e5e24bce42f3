/* hosts.c - one command for many hosts: what is refused, what is read once, and the run. */
#include "hosts.h"

#include <errno.h>
#include <unistd.h>

#include "fsverbs.h"
#include "groups.h"
#include "hosts_run.h"
#include "netkit/log.h"
#include "netkit/progress.h"
#include "netkit/wait.h"

/* Bytes copied of standard input at a time. */
#define COPY_STEP 65536

static bool is_marked(const char *operand)
{
	return strstr(operand, NK_HOSTS_MARK);
}

static bool copies(const struct nk_call *call)
{
	return call->verb && nk_groups_of(call->applet, call->verb) & NK_GROUP_TRANSFER;
}

/* The URL of host:path, where that is one; else NULL. */
static char *spot_url(const struct nk_call *call, const char *operand)
{
	const struct nk_applet *applet = call->applet;
	bool takes_spots = applet && (applet->takes_spots || call->verb == applet->classic);

	return takes_spots ? nk_url_from_spot(applet->schemes[0].name, operand) : NULL;
}

static bool is_remote(const struct nk_call *call, const char *operand)
{
	nk_auto(str) char *spot = spot_url(call, operand);

	return spot || nk_url_is_url(operand);
}

/* The last operand of a verb that copies is where it copies to; NULL: into the working folder. */
static const char *target_of(const struct nk_call *call, const struct nk_strings *operands)
{
	const char *last = operands->items[operands->count - 1];
	bool is_get = strcmp(call->verb->name, "get") == 0;

	return is_get && (operands->count == 1 || is_remote(call, last)) ? NULL : last;
}

/* What a copy of the operand is called, when the mark is this host; "" where what is in a folder is
 * copied, or all of a server. A new string. */
static char *name_of_copy(const struct nk_call *call, const char *operand, const char *host)
{
	nk_auto(str) char *filled = nk_hosts_fill(operand, host);
	nk_auto(str) char *spot = spot_url(call, filled);
	const char *whole = spot ? spot : filled;
	nk_auto(str) char *trimmed = nk_path_trim(whole);
	const char *scheme_end = strstr(trimmed, "://");
	const char *server =
		scheme_end ? scheme_end + strlen("://") : (trimmed[0] == '@' ? trimmed : NULL);

	if (strcmp(trimmed, whole) != 0 || (server && !strchr(server, '/')))
		return nk_strdup("");
	return nk_strdup(nk_path_name(trimmed));
}

static bool is_named_by_host(const struct nk_call *call, const char *operand)
{
	nk_auto(str) char *one = name_of_copy(call, operand, "a");
	nk_auto(str) char *other = name_of_copy(call, operand, "b");

	return strcmp(one, other) != 0;
}

/* Would the copies of all hosts be one file? */
static bool is_one_target(const struct nk_call *call, const struct nk_strings *operands)
{
	const char *target = target_of(call, operands);
	size_t sources = operands->count - (target ? 1 : 0);

	if (target && (is_marked(target) || strcmp(target, "-") == 0))
		return false;
	for (size_t i = 0; i < sources; i++) {
		/* sync fills the target itself, whatever the source is called. */
		if (call->verb->run == nk_run_sync || !is_named_by_host(call, operands->items[i]))
			return true;
	}
	return false;
}

/* Do files go to standard output, as they are? */
static bool is_raw(const struct nk_call *call, const struct nk_strings *operands)
{
	if (call->verb && call->verb->prints == NK_PRINTS_FILES)
		return true;
	return copies(call) && operands->count > 1 &&
	       strcmp(operands->items[operands->count - 1], "-") == 0;
}

/* Is a source of a copy standard input? */
static bool wants_stdin(const struct nk_call *call, const struct nk_strings *operands)
{
	for (size_t i = 0; copies(call) && i + 1 < operands->count; i++) {
		if (strcmp(operands->items[i], "-") == 0)
			return true;
	}
	return false;
}

static bool has_password_on_stdin(const struct nk_creds_policy *policy)
{
	return policy->password_stdin || policy->password_fd == STDIN_FILENO ||
	       (policy->password_file && strcmp(policy->password_file, "-") == 0);
}

static int fail_commands(struct nk_err *err)
{
	return nk_fail(err, NK_E_USAGE, 0,
		       "--hosts: many hosts have no prompt, and share no standard input: "
		       "--command gives commands (tftp: -c), or a verb says what to do");
}

int nk_stdin_check(const struct nk_ctx *ctx, struct nk_err *err)
{
	return ctx->common->hosts ? fail_commands(err) : 0;
}

static int check(const struct nk_call *call, const struct nk_parse *parse, struct nk_err *err)
{
	const struct nk_strings *operands = &parse->operands;
	const struct nk_common *common = &parse->common;
	bool has_mark = false;

	if (call->verb && call->verb->reads_commands &&
	    call->verb->reads_commands(parse->verb_opts, operands))
		return fail_commands(err);
	for (size_t i = 0; i < operands->count; i++)
		has_mark |= is_marked(operands->items[i]);
	if (!has_mark)
		return nk_fail(err, NK_E_USAGE, 0,
			       "--hosts: no operand has " NK_HOSTS_MARK " where the host belongs");
	if (strcmp(common->hosts, "-") == 0 &&
	    (wants_stdin(call, operands) || has_password_on_stdin(&common->creds)))
		return nk_fail(err, NK_E_USAGE, 0,
			       "--hosts=-: standard input cannot be read for something else too");
	if (is_raw(call, operands) && common->out.file && strcmp(common->out.file, "-") != 0)
		return nk_fail(err, NK_E_USAGE, 0,
			       "--out: with --hosts it cannot stand beside files on standard "
			       "output");
	if (copies(call) && call->verb->prints == NK_PRINTS_NOTHING &&
	    is_one_target(call, operands))
		return nk_fail(err, NK_E_USAGE, 0,
			       "the copies of all hosts would be one file: put " NK_HOSTS_MARK
			       " into the target");
	return 0;
}

/* A password that is given is read once for all hosts. */
static int take_password(struct nk_creds_policy *policy, struct nk_secret *password,
			 struct nk_err *err)
{
	struct nk_creds_policy alone = *policy;
	struct nk_creds creds = { .user = NULL };
	int result;

	if (policy->password_fd < 0 && !policy->password_stdin && !policy->password_file &&
	    !policy->password_command)
		return 0;
	alone.no_netrc = true;
	nk_creds_setup(&creds, &alone, "", NULL);
	result = nk_creds_copy(&creds, NULL, password, err);
	nk_creds_release(&creds);
	if (result == 0)
		policy->given = password;
	return result;
}

/* All of standard input into fd, a file of which every host reads a copy. */
static int copy_stdin(int fd, struct nk_err *err)
{
	nk_auto(str) char *piece = nk_alloc(COPY_STEP);

	for (;;) {
		if (nk_wait_read(STDIN_FILENO, NK_NEVER, "for standard input", err) < 0)
			return -1;
		ssize_t got = read(STDIN_FILENO, piece, COPY_STEP);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return nk_fail_errno(err, NK_E_READ, "standard input");
		if (got == 0)
			return 0;
		for (ssize_t done = 0, wrote; done < got; done += wrote) {
			wrote = write(fd, piece + done, (size_t)(got - done));
			if (wrote < 0)
				return nk_fail_errno(err, NK_E_WRITE,
						     "cannot write a temporary file");
		}
	}
}

static void close_file(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
NK_AUTO(fd, int, close_file)

/* Is what became of each host a row in text too? Not among other rows. */
static bool has_rows(const struct nk_call *call, const struct nk_common *common, bool raw)
{
	bool is_copy_told = copies(call) && (common->dry_run || common->out.fields ||
					     common->out.output != NK_OUTPUT_AUTO);

	return call->verb && call->verb->prints == NK_PRINTS_NOTHING && !raw && !is_copy_told;
}

static void tell_interrupt(const struct nk_hosts_desk *desk)
{
	nk_log(NK_LOG_NOTICE, "%zu of %zu hosts were done, %zu of them failed",
	       desk->ok + desk->failed, desk->hosts->count, desk->failed);
}

/* Everything is read, the rest is work. */
static int work(const struct nk_hosts_job *job, const struct nk_hosts *hosts, struct nk_err *err)
{
	const struct nk_common *common = &job->parse->common;
	const struct nk_record *record = nk_record_of(job->call->applet, job->call->verb, common);
	bool raw = is_raw(job->call, &job->parse->operands);
	nk_auto(out) struct nk_out *out = NULL;
	nk_auto(desk) struct nk_hosts_desk desk = {
		.hosts = hosts,
		.common = common,
		.is_in_order = common->ordered,
		.is_direct = common->jobs == 1,
		.is_raw = raw,
		.has_rows = has_rows(job->call, common, raw),
		.header = NK_BUF_INIT(4096),
	};

	if (nk_out_open(&common->out, &out, err) < 0)
		return -1;
	desk.out = out;
	if (record && nk_out_check(out, record, err) < 0)
		return -1;
	if (raw)
		nk_out_give_stdout_away(out);
	desk.meter = nk_progress_new(common->progress, common->quiet, "hosts");
	int result = nk_hosts_crew_run(job, &desk, err);

	nk_progress_end_items(desk.meter, (int64_t)(desk.ok + desk.failed), (int64_t)hosts->count,
			      (int64_t)desk.failed, "hosts");
	if (result < 0 && (err->domain == NK_E_INTERRUPT || err->domain == NK_E_TERMINATE))
		tell_interrupt(&desk);
	if (result == 0)
		result = nk_hosts_conclude(&desk, err);
	struct nk_err lost = NK_ERR_INIT;

	if (nk_out_close(out, &lost) < 0 && result == 0) {
		*err = lost;
		return -1;
	}
	return result;
}

static int run(const struct nk_call *call, struct nk_parse *parse, struct nk_err *err)
{
	struct nk_common *common = &parse->common;
	nk_auto(secret) struct nk_secret password = NK_SECRET_INIT;
	nk_auto(hosts) struct nk_hosts hosts = { 0 };
	nk_auto(fd) int stdin_fd = -1;

	nk_interrupt_setup();
	if (check(call, parse, err) < 0 || nk_hosts_read(&hosts, common->hosts, err) < 0)
		return -1;
	if (hosts.duplicates > 0)
		nk_log(NK_LOG_INFO, "%s: duplicates dropped: %zu", common->hosts, hosts.duplicates);
	if ((size_t)common->jobs > hosts.count)
		common->jobs = (int)hosts.count;
	if (take_password(&common->creds, &password, err) < 0)
		return -1;
	if (wants_stdin(call, &parse->operands)) {
		stdin_fd = nk_spool_unnamed(err);
		if (stdin_fd < 0 || copy_stdin(stdin_fd, err) < 0)
			return -1;
	}
	const struct nk_hosts_job job = {
		.call = call,
		.parse = parse,
		.stdin_fd = stdin_fd,
		.deadline = nk_clock_after(common->net.deadline_in_ms),
	};

	return work(&job, &hosts, err);
}

int nk_hosts_run(const struct nk_call *call, struct nk_parse *parse)
{
	struct nk_err err = NK_ERR_INIT;

	return run(call, parse, &err) < 0 ? nk_report(&err, call->program, NULL) : 0;
}
