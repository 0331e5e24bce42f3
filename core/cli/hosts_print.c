/* hosts_print.c - what many hosts said, put in order: rows that stay together, messages by line. */
#include "hosts_run.h"

#include <errno.h>
#include <unistd.h>

#include "netkit/log.h"
#include "netkit/progress.h"

/* What a host printed is kept in memory up to this, then in a file. */
#define OUTPUT_MEMORY ((size_t)64 * 1024)

/* Longest line of a host's messages; a longer one becomes several. */
#define MESSAGE_MAX ((size_t)64 * 1024)

/* A message with each byte escaped, and the host before it. */
#define MESSAGE_OBJECT_MAX (6 * MESSAGE_MAX + 4096)

/* Bytes copied from a file at a time. */
#define COPY_STEP 65536

struct nk_hosts_result *nk_hosts_result_new(size_t host)
{
	struct nk_hosts_result *result = nk_alloc(sizeof(*result));

	result->host = host;
	result->head = (struct nk_buf)NK_BUF_INIT(OUTPUT_MEMORY);
	result->line = (struct nk_buf)NK_BUF_INIT(MESSAGE_MAX);
	result->spill_fd = -1;
	result->begun = nk_clock_now();
	return result;
}

void nk_hosts_result_free(struct nk_hosts_result *result)
{
	if (!result)
		return;
	nk_buf_release(&result->head);
	nk_buf_release(&result->line);
	if (result->spill_fd >= 0)
		close(result->spill_fd);
	free(result);
}

void nk_hosts_desk_release(struct nk_hosts_desk *desk)
{
	for (size_t i = 0; i < NK_HOSTS_AHEAD; i++)
		nk_hosts_result_free(desk->waiting[i]);
	nk_buf_release(&desk->header);
}

/* --- what they print --- */

static bool is_csv(const struct nk_hosts_desk *desk)
{
	return !desk->is_raw && !desk->common->out.json &&
	       desk->common->out.output == NK_OUTPUT_CSV;
}

/* Does what this host prints go straight on? In CSV its first line is looked at first. */
static bool is_straight(const struct nk_hosts_desk *desk, const struct nk_hosts_result *result)
{
	bool is_its_turn = desk->is_direct || (desk->is_in_order && desk->next == result->host);

	return is_its_turn && !is_csv(desk);
}

static int spill(struct nk_hosts_result *result, const char *bytes, size_t length,
		 struct nk_err *err)
{
	if (result->spill_fd < 0)
		result->spill_fd = nk_spool_unnamed(err);
	if (result->spill_fd < 0)
		return -1;
	while (length > 0) {
		ssize_t wrote = write(result->spill_fd, bytes, length);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return nk_fail_errno(err, NK_E_WRITE, "cannot write a temporary file");
		bytes += wrote;
		length -= (size_t)wrote;
	}
	return 0;
}

static int pass_spilled(struct nk_hosts_desk *desk, struct nk_hosts_result *result,
			struct nk_err *err)
{
	nk_auto(str) char *piece = NULL;
	off_t at = 0;

	if (result->spill_fd < 0)
		return 0;
	piece = nk_alloc(COPY_STEP);
	for (;;) {
		ssize_t got = pread(result->spill_fd, piece, COPY_STEP, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return nk_fail_errno(err, NK_E_READ, "cannot read a temporary file");
		if (got == 0)
			break;
		if (nk_out_pass(desk->out, piece, (size_t)got, err) < 0)
			return -1;
		at += got;
	}
	close(result->spill_fd);
	result->spill_fd = -1;
	return 0;
}

/* The header of CSV stands once above the rows it is of, whichever host they come from: the bytes
 * of head to leave out. */
static size_t header_length(struct nk_hosts_desk *desk, struct nk_hosts_result *result)
{
	const char *end = memchr(result->head.data, '\n', result->head.len);
	size_t length = end ? (size_t)(end - result->head.data) + 1 : 0;

	if (!is_csv(desk) || result->is_headed || length == 0)
		return 0;
	result->is_headed = true;
	if (length == desk->header.len && memcmp(desk->header.data, result->head.data, length) == 0)
		return length;
	nk_buf_clear(&desk->header);
	/* One too long to remember is printed again. */
	if (nk_buf_add(&desk->header, result->head.data, length) < 0)
		nk_buf_clear(&desk->header);
	return 0;
}

/* Print what was kept of a host. */
static int pass_kept(struct nk_hosts_desk *desk, struct nk_hosts_result *result, struct nk_err *err)
{
	size_t skipped = header_length(desk, result);

	if (result->head.len == 0 && result->spill_fd < 0)
		return 0;
	nk_progress_hide(desk->meter);
	if (nk_out_pass(desk->out, result->head.data + skipped, result->head.len - skipped, err) <
	    0)
		return -1;
	nk_buf_clear(&result->head);
	return pass_spilled(desk, result, err);
}

int nk_hosts_take_output(struct nk_hosts_desk *desk, struct nk_hosts_result *result,
			 const char *bytes, size_t length, struct nk_err *err)
{
	if (is_straight(desk, result)) {
		if (pass_kept(desk, result, err) < 0)
			return -1;
		nk_progress_hide(desk->meter);
		if (nk_out_pass(desk->out, bytes, length, err) < 0)
			return -1;
		return nk_out_flush(desk->out, err);
	}
	if (result->spill_fd < 0 && nk_buf_add(&result->head, bytes, length) == 0)
		return 0;
	return spill(result, bytes, length, err);
}

/* --- what they say --- */

static bool is_printable(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	}
	return nk_text_is_utf8(text, length);
}

/* ,"host":"..." */
static int add_host(struct nk_buf *out, const char *host)
{
	if (nk_buf_add_text(out, ",\"host\":\"") < 0 || nk_text_json(out, host, strlen(host)) < 0)
		return -1;
	return nk_buf_add_char(out, '"');
}

/* An object gets the host behind its version; what is no object, of another program, becomes one. */
static int add_object(struct nk_buf *out, const char *host, const struct nk_buf *line)
{
	static const char lead[] = "{\"v\":1";
	nk_auto(buf) struct nk_buf safe = NK_BUF_INIT(MESSAGE_OBJECT_MAX);

	if (nk_text_has_prefix(line->data, lead) && line->data[line->len - 1] == '}') {
		if (nk_buf_add_text(out, lead) < 0 || add_host(out, host) < 0)
			return -1;
		return nk_buf_add_text(out, line->data + strlen(lead));
	}
	if (nk_text_escape(&safe, line->data, line->len) < 0 ||
	    nk_buf_addf(out, "%s,\"type\":\"log\",\"level\":\"notice\"", lead) < 0 ||
	    add_host(out, host) < 0 || nk_buf_add_text(out, ",\"text\":\"") < 0 ||
	    nk_text_json(out, safe.data, safe.len) < 0)
		return -1;
	return nk_buf_add_text(out, "\"}");
}

static int add_text(struct nk_buf *out, const char *host, const struct nk_buf *line)
{
	if (nk_buf_addf(out, "%s: ", host) < 0)
		return -1;
	/* Ours is escaped already; that of another program may not be. */
	if (is_printable(line->data, line->len))
		return nk_buf_add(out, line->data, line->len);
	return nk_text_escape(out, line->data, line->len);
}

/* Pass a line on. What we ended has nothing to say about it. */
static void pass_line(struct nk_hosts_desk *desk, struct nk_hosts_result *result)
{
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(MESSAGE_OBJECT_MAX);
	const char *host = nk_hosts_at(desk->hosts, result->host);
	int status = desk->common->log_format ? add_object(&out, host, &result->line)
					      : add_text(&out, host, &result->line);

	if (status == 0 && !result->is_ended)
		nk_log_raw(out.data);
	nk_buf_clear(&result->line);
}

void nk_hosts_take_messages(struct nk_hosts_desk *desk, struct nk_hosts_result *result,
			    const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool is_end = bytes[i] == '\n';

		if (!is_end && nk_buf_add_char(&result->line, bytes[i]) == 0)
			continue;
		if (result->line.len > 0)
			pass_line(desk, result);
		if (!is_end && nk_buf_add_char(&result->line, bytes[i]) < 0)
			abort(); /* an empty line has room for a byte */
	}
}

/* --- what became of them --- */

bool nk_hosts_is_failure(const struct nk_hosts_result *result)
{
	return result->err.domain != NK_E_NONE && result->err.domain != NK_E_NEGATIVE;
}

static void count(struct nk_hosts_desk *desk, const struct nk_hosts_result *result)
{
	if (result->is_ended) {
		desk->ended++;
	} else if (nk_hosts_is_failure(result)) {
		if (desk->failed++ == 0)
			desk->first = result->err;
	} else {
		desk->ok++;
		desk->negative += result->err.domain == NK_E_NEGATIVE;
	}
}

static int put_row(struct nk_hosts_desk *desk, const struct nk_hosts_result *result,
		   struct nk_err *err)
{
	bool is_fine = result->err.domain == NK_E_NONE;
	const struct nk_host_row row = {
		.host = nk_hosts_at(desk->hosts, result->host),
		.exit = result->status,
		.seconds = result->seconds,
		.text = is_fine ? NULL : result->err.msg,
		.class = is_fine ? NULL : nk_domain_class(result->err.domain),
	};

	if (!desk->has_rows && !nk_out_is_json(desk->out))
		return 0;
	nk_progress_hide(desk->meter);
	return nk_out_put(desk->out, &nk_host_record, &row, err);
}

/* Everything of one host, at once. */
static int print(struct nk_hosts_desk *desk, struct nk_hosts_result *result, struct nk_err *err)
{
	if (pass_kept(desk, result, err) < 0 || put_row(desk, result, err) < 0)
		return -1;
	return nk_out_flush(desk->out, err);
}

int nk_hosts_take_end(struct nk_hosts_desk *desk, struct nk_hosts_result *result,
		      struct nk_err *err)
{
	int status = 0;

	if (result->line.len > 0)
		pass_line(desk, result);
	count(desk, result);
	if (!desk->is_in_order) {
		status = print(desk, result, err);
		nk_hosts_result_free(result);
		return status;
	}
	desk->waiting[result->host % NK_HOSTS_AHEAD] = result;
	while ((result = desk->waiting[desk->next % NK_HOSTS_AHEAD])) {
		desk->waiting[desk->next % NK_HOSTS_AHEAD] = NULL;
		desk->next++;
		status = status < 0 ? status : print(desk, result, err);
		nk_hosts_result_free(result);
	}
	return status;
}

bool nk_hosts_may_begin(const struct nk_hosts_desk *desk, size_t host)
{
	return !desk->is_in_order || host < desk->next + NK_HOSTS_AHEAD;
}

/* Hosts that were never begun have a row too, without an exit status. */
static int put_untried(struct nk_hosts_desk *desk, struct nk_err *err)
{
	size_t done = desk->ok + desk->failed + desk->ended;

	desk->untried = desk->hosts->count - done;
	for (size_t i = done; i < desk->hosts->count; i++) {
		const struct nk_host_row row = { .host = nk_hosts_at(desk->hosts, i),
						 .exit = -1,
						 .seconds = -1,
						 .text = "not tried" };

		if (!desk->has_rows && !nk_out_is_json(desk->out))
			return 0;
		if (nk_out_put(desk->out, &nk_host_record, &row, err) < 0)
			return -1;
	}
	return 0;
}

/* The error of the whole, and whether there is one. */
static int judge(const struct nk_hosts_desk *desk, struct nk_err *err)
{
	size_t all = desk->hosts->count;
	enum nk_domain domain = all == 1 ? desk->first.domain : NK_E_PARTIAL;

	if (desk->failed == 0 && desk->negative == all)
		return nk_fail(err, NK_E_NEGATIVE, 0, "no host has it");
	if (desk->failed == 0)
		return 0;
	if (desk->ended + desk->untried == 0)
		return nk_fail(err, domain, 0, "%zu of %zu hosts failed", desk->failed, all);
	return nk_fail(err, domain, 0, "%zu of %zu hosts failed, %zu were ended, %zu not tried",
		       desk->failed, all, desk->ended, desk->untried);
}

int nk_hosts_conclude(struct nk_hosts_desk *desk, struct nk_err *err)
{
	struct nk_err second = NK_ERR_INIT;

	if (put_untried(desk, err) < 0)
		return -1;
	int result = judge(desk, err);
	const struct nk_summary_row row = {
		.ok = (int64_t)desk->ok,
		.failed = (int64_t)desk->failed,
		.bytes = -1,
		.copied = -1,
		.same = -1,
		.deleted = -1,
		.exit = result < 0 ? nk_domain_exit(err->domain) : 0,
	};

	if (result == 0)
		nk_log(NK_LOG_INFO, "%zu hosts, all of them fine", desk->ok);
	if (!nk_out_is_json(desk->out))
		return result;
	if (nk_out_put(desk->out, &nk_summary_record, &row, &second) < 0 && result == 0) {
		*err = second;
		return -1;
	}
	return result;
}
