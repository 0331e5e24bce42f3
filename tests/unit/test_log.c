/* test_log.c - messages and the wire trace. Each test is a process: its stderr is its own. */
#include "netkit/log.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netkit/text.h"

#define CAPTURE_MAX ((size_t)1 << 20)

/* Give the test a stderr of its own; returns the descriptor to read it from. */
static int capture(void)
{
	char name[] = "/tmp/netkit-test-XXXXXX";
	int fd = mkstemp(name);

	cr_assert_geq(fd, 0);
	unlink(name);
	cr_assert_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	return fd;
}

/* All that was written to fd. */
static char *written(int fd)
{
	char *text = nk_alloc(CAPTURE_MAX);

	cr_assert_geq(pread(fd, text, CAPTURE_MAX - 1, 0), 0);
	return text;
}

static void set_up(struct nk_log_how how)
{
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_log_setup(&how, &err), 0, "%s", err.msg);
}

Test(log, a_message_is_one_line)
{
	int fd = capture();

	nk_log(NK_LOG_NOTICE, "hello %d", 7);
	nk_auto(str) char *text = written(fd);

	cr_assert_str_eq(text, "netkit: hello 7\n");
}

Test(log, messages_are_escaped)
{
	int fd = capture();

	nk_log(NK_LOG_NOTICE, "%s", "a\033[2J\nb");
	nk_auto(str) char *text = written(fd);

	cr_assert_str_eq(text, "netkit: a\\x1b[2J\\nb\n");
}

Test(log, a_message_of_any_length_is_a_line)
{
	int fd = capture();

	nk_log(NK_LOG_NOTICE, "%0100000d", 7);
	nk_auto(str) char *text = written(fd);

	cr_assert(nk_text_has_prefix(text, "netkit: 000"));
	cr_assert_eq(text[strlen(text) - 1], '\n');
}

Test(log, levels_above_the_chosen_one_are_silent)
{
	int fd = capture();

	nk_log(NK_LOG_INFO, "detail");
	set_up((struct nk_log_how){ .level = NK_LOG_QUIET });
	nk_log(NK_LOG_NOTICE, "notice");
	nk_auto(str) char *text = written(fd);

	cr_assert_str_eq(text, "");
}

Test(log, debug_shows_all)
{
	set_up((struct nk_log_how){ .level = NK_LOG_DEBUG });
	cr_assert(nk_log_is_on(NK_LOG_INFO));
	cr_assert(nk_log_is_on(NK_LOG_DEBUG));
}

Test(log, an_error_says_where)
{
	int fd = capture();
	struct nk_err err = NK_ERR_INIT;

	set_up((struct nk_log_how){ .level = NK_LOG_QUIET });
	nk_fail(&err, NK_E_AUTH, 530, "PASS: no\n");
	nk_log_error(&err, "netkit ftp", "ftp://h/");
	nk_auto(str) char *text = written(fd);

	cr_assert_str_eq(text, "netkit ftp: PASS: no\\n\n");
}

Test(log, json_errors_have_the_reply_code)
{
	int fd = capture();
	struct nk_err err = NK_ERR_INIT;

	set_up((struct nk_log_how){ .json = true });
	nk_fail(&err, NK_E_AUTH, 530, "say \"no\"");
	nk_log_error(&err, "netkit ftp", "ftp://h/");
	nk_auto(str) char *text = written(fd);

	cr_assert_str_eq(text, "{\"v\":1,\"type\":\"error\",\"class\":\"auth\",\"exit\":67,"
			       "\"code\":\"530\",\"text\":\"say \\\"no\\\"\",\"url\":\"ftp://h/\","
			       "\"retryable\":false}\n");
}

Test(log, json_errors_name_the_errno)
{
	int fd = capture();
	struct nk_err err = NK_ERR_INIT;

	set_up((struct nk_log_how){ .json = true });
	errno = ECONNREFUSED;
	nk_fail_errno(&err, NK_E_CONNECT, "h:21");
	nk_log_error(&err, "netkit ftp", NULL);
	nk_auto(str) char *text = written(fd);

	cr_assert_not_null(strstr(text, "\"code\":\"ECONNREFUSED\""), "%s", text);
	cr_assert_null(strstr(text, "url"));
}

Test(log, json_errors_leave_out_what_is_absent)
{
	int fd = capture();
	struct nk_err err = NK_ERR_INIT;

	set_up((struct nk_log_how){ .json = true });
	nk_fail_again(&err, NK_E_LOST, 0, "closed");
	nk_log_error(&err, "netkit ftp", NULL);
	nk_auto(str) char *text = written(fd);

	cr_assert_str_eq(text, "{\"v\":1,\"type\":\"error\",\"class\":\"lost\",\"exit\":56,"
			       "\"text\":\"closed\",\"retryable\":true}\n");
}

Test(log, json_errors_take_any_url)
{
	int fd = capture();
	struct nk_err err = NK_ERR_INIT;

	set_up((struct nk_log_how){ .json = true });
	nk_fail(&err, NK_E_URL, 0, "bad");
	nk_log_error(&err, "netkit ftp", "ftp://h/\xff");
	nk_auto(str) char *text = written(fd);

	cr_assert_not_null(strstr(text, "\"url\":\"ftp://h/\\\\xff\""), "%s", text);
}

Test(log, json_messages_have_a_level)
{
	int fd = capture();

	set_up((struct nk_log_how){ .level = NK_LOG_INFO, .json = true });
	nk_log(NK_LOG_INFO, "a \"b\"");
	nk_auto(str) char *text = written(fd);

	cr_assert_str_eq(text, "{\"v\":1,\"type\":\"log\",\"level\":\"info\","
			       "\"text\":\"a \\\"b\\\"\"}\n");
}

Test(log, the_status_line_is_cleared_first)
{
	int fd = capture();

	nk_log_set_status("\r\033[K");
	nk_log(NK_LOG_NOTICE, "a");
	nk_log_set_status("");
	nk_log_raw("b");
	nk_auto(str) char *text = written(fd);

	cr_assert_str_eq(text, "\r\033[Knetkit: a\nb\n");
}

Test(log, there_is_no_trace_unless_asked_for)
{
	int fd = capture();

	nk_trace("h:21", true, "NOOP\r\n", 6);
	nk_auto(str) char *text = written(fd);

	cr_assert_not(nk_trace_is_on());
	cr_assert_str_eq(text, "");
}

/* The trace of bytes, which came from "h:21"; the time of each line is replaced by "T". */
static char *traced(const void *bytes, size_t length)
{
	int fd = capture();
	nk_auto(buf) struct nk_buf out = NK_BUF_INIT(CAPTURE_MAX);

	set_up((struct nk_log_how){ .trace = "-" });
	nk_trace("h:21", false, bytes, length);
	nk_auto(str) char *text = written(fd);

	for (char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
		cr_assert_eq(strspn(line, "0123456789:."), strlen("12:34:56.789"), "%s", line);
		cr_assert_eq(nk_buf_addf(&out, "T%.*s\n", (int)strcspn(line, "\n") - 12, line + 12),
			     0);
	}
	return nk_strdup(out.data);
}

Test(log, trace_has_a_line_for_each_line)
{
	nk_auto(str) char *text = traced("220-hi\r\n\r\n220 ok", 16);

	cr_assert_str_eq(text, "T h:21 < 220-hi\nT h:21 < \nT h:21 < 220 ok\n");
}

Test(log, trace_escapes_text)
{
	nk_auto(str) char *text = traced("220 \033[2J caf\xc3\xa9\r\r\n", 17);

	cr_assert_str_eq(text, "T h:21 < 220 \\x1b[2J caf\xc3\xa9\\x0d\n");
}

Test(log, trace_summarizes_binary_data)
{
	nk_auto(str) char *text = traced("\x00\x01\x02\xff", 4);

	cr_assert_str_eq(text, "T h:21 < [4 bytes] 000102ff\n");
}

Test(log, trace_summarizes_large_pieces)
{
	char bytes[8193];

	memset(bytes, 'a', sizeof(bytes));
	nk_auto(str) char *text = traced(bytes, sizeof(bytes));

	cr_assert_str_eq(text,
			 "T h:21 < [8193 bytes] "
			 "6161616161616161616161616161616161616161616161616161616161616161\n");
}

Test(log, trace_holds_the_largest_text)
{
	char bytes[512];

	memset(bytes, '\n', sizeof(bytes));
	nk_auto(str) char *text = traced(bytes, sizeof(bytes));

	cr_assert_eq(strlen(text), 512 * strlen("T h:21 < \n"));
}

Test(log, trace_marks_what_is_sent)
{
	int fd = capture();

	set_up((struct nk_log_how){ .trace = "-" });
	nk_trace("h:21", true, "PASS ****\r\n", 11);
	nk_auto(str) char *text = written(fd);

	cr_assert_str_eq(text + 12, " h:21 > PASS ****\n");
}

Test(log, trace_on_a_json_stderr_is_json)
{
	int fd = capture();

	set_up((struct nk_log_how){ .trace = "-", .json = true });
	nk_trace("h:21", true, "A\r\nB\r\n", 6);
	nk_auto(str) char *text = written(fd);

	cr_assert(nk_text_has_prefix(text, "{\"v\":1,\"type\":\"trace\",\"text\":\""));
	cr_assert_not_null(strstr(text, " h:21 > A\"}\n{\"v\":1,"), "%s", text);
	cr_assert_not_null(strstr(text, " h:21 > B\"}\n"), "%s", text);
}

/* A folder for a trace file; the file's name. */
static char *trace_name(void)
{
	char folder[] = "/tmp/netkit-test-XXXXXX";

	cr_assert_not_null(mkdtemp(folder));
	return nk_format("%s/trace", folder);
}

static void remove_trace(char *name)
{
	unlink(name);
	*strrchr(name, '/') = '\0';
	rmdir(name);
}

Test(log, a_trace_file_is_private_and_begun_afresh)
{
	nk_auto(str) char *name = trace_name();
	struct stat status;

	umask(0);
	set_up((struct nk_log_how){ .trace = name });
	nk_trace("h:21", true, "NOOP\r\n", 6);
	set_up((struct nk_log_how){ .trace = name });
	cr_assert_eq(stat(name, &status), 0);
	remove_trace(name);
	cr_assert_eq(status.st_mode & 0777, 0600);
	cr_assert_eq(status.st_size, 0);
}

/* What a trace file has after a NOOP, something else, and a QUIT. */
static char *trace_around(void (*something)(void))
{
	nk_auto(str) char *name = trace_name();
	int fd;

	set_up((struct nk_log_how){ .trace = name });
	nk_trace("h:21", true, "NOOP\r\n", 6);
	something();
	nk_trace("h:21", true, "QUIT\r\n", 6);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	char *text = written(fd);

	close(fd);
	remove_trace(name);
	return text;
}

static void be_verbose(void)
{
	nk_log_set_level(NK_LOG_INFO);
}

static void show_trace(void)
{
	nk_trace_show(true);
}

Test(log, another_level_leaves_the_trace_file_open)
{
	nk_auto(str) char *text = trace_around(be_verbose);

	cr_assert(nk_log_is_on(NK_LOG_INFO));
	cr_assert_not_null(strstr(text, "NOOP"), "%s", text);
	cr_assert_not_null(strstr(text, "QUIT"), "%s", text);
}

Test(log, a_trace_that_is_shown_goes_to_its_file_too)
{
	int fd = capture();
	nk_auto(str) char *text = trace_around(show_trace);
	nk_auto(str) char *shown = written(fd);

	cr_assert_not_null(strstr(text, "NOOP"), "%s", text);
	cr_assert_not_null(strstr(text, "QUIT"), "%s", text);
	cr_assert_null(strstr(shown, "NOOP"), "%s", shown);
	cr_assert_not_null(strstr(shown, "QUIT"), "%s", shown);
}

Test(log, a_trace_on_stderr_is_shown_once)
{
	int fd = capture();

	set_up((struct nk_log_how){ .trace = "-" });
	nk_trace_show(true);
	nk_trace("h:21", true, "QUIT\r\n", 6);
	nk_trace_show(false);
	nk_auto(str) char *text = written(fd);

	cr_assert_str_eq(text + 12, " h:21 > QUIT\n");
}

Test(log, a_trace_file_that_cannot_be_opened_is_a_failed_write)
{
	struct nk_log_how how = { .trace = "/nonexistent/trace" };
	struct nk_err err = NK_ERR_INIT;

	cr_assert_eq(nk_log_setup(&how, &err), -1);
	cr_assert_eq(err.domain, NK_E_WRITE);
	cr_assert_not(nk_trace_is_on());
}

static void *chatter(void *name)
{
	for (int i = 0; i < 200; i++) {
		nk_log(NK_LOG_NOTICE, "%s", (const char *)name);
		nk_trace("h:21", true, name, strlen(name));
	}
	return NULL;
}

Test(log, lines_of_threads_stay_whole)
{
	static char names[4][8] = { "aaaaaa", "bbbbbb", "cccccc", "dddddd" };
	pthread_t threads[4];
	int fd = capture();
	int lines = 0;

	set_up((struct nk_log_how){ .level = NK_LOG_NOTICE, .trace = "-" });
	for (int i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, chatter, names[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	nk_auto(str) char *text = written(fd);

	for (char *line = text; *line != '\0'; line = strchr(line, '\n') + 1, lines++) {
		size_t length = strcspn(line, "\n");

		cr_assert(length == strlen("netkit: aaaaaa") ||
			  length == strlen("12:34:56.789 h:21 > aaaaaa"));
	}
	cr_assert_eq(lines, 1600);
}
