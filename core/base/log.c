/* log.c - messages on stderr, and the wire trace. */
#include "netkit/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "netkit/codec.h"
#include "netkit/text.h"

/* A message longer than this is cut: it quotes something that was not meant for people. */
#define LOG_MESSAGE_SIZE 4096

/* Enough for a message and a URL with each byte escaped. */
#define LOG_OBJECT_MAX ((size_t)256 * 1024)

/* What passes in larger pieces is data, not conversation. */
#define TRACE_TEXT_MAX	8192
#define TRACE_HEX_BYTES 32
#define TRACE_PEER_SIZE 128

/* Each byte of a text may be a line of its own. */
#define TRACE_OUT_MAX ((size_t)TRACE_TEXT_MAX * (TRACE_PEER_SIZE + 256))

static struct {
	pthread_mutex_t lock;
	enum nk_log_level level;
	bool json;
	int trace_fd;	     /* -1: no trace */
	bool is_trace_shown; /* on stderr, beside trace_fd */
	const char *status;
} sink = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.level = NK_LOG_NOTICE,
	.trace_fd = -1,
	.status = "",
};

int nk_log_setup(const struct nk_log_how *how, struct nk_err *err)
{
	int fd = -1;

	if (how->trace && strcmp(how->trace, "-") == 0) {
		fd = STDERR_FILENO;
	} else if (how->trace) {
		fd = open(how->trace, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
		if (fd < 0)
			return nk_fail_errno(err, NK_E_WRITE, "%s", how->trace);
	}
	if (sink.trace_fd > STDERR_FILENO)
		close(sink.trace_fd);
	sink.level = how->level;
	sink.json = how->json;
	sink.trace_fd = fd;
	return 0;
}

void nk_log_set_level(enum nk_log_level level)
{
	sink.level = level;
}

bool nk_log_is_on(enum nk_log_level level)
{
	return level <= sink.level;
}

bool nk_trace_is_on(void)
{
	return sink.trace_fd >= 0 || sink.is_trace_shown;
}

void nk_trace_show(bool is_shown)
{
	sink.is_trace_shown = is_shown;
}

/* What cannot be written here has no better place to be reported. */
static void write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t wrote = write(fd, bytes, length);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return;
		bytes += wrote;
		length -= (size_t)wrote;
	}
}

/* Write whole lines in one write(2), so that those of other threads and programs stay apart. */
static void write_lines(int fd, const char *lines)
{
	pthread_mutex_lock(&sink.lock);
	nk_auto(str) char *whole = nk_format("%s%s", fd == STDERR_FILENO ? sink.status : "", lines);

	write_all(fd, whole, strlen(whole));
	pthread_mutex_unlock(&sink.lock);
}

void nk_log_raw(const char *line)
{
	nk_auto(str) char *ended = nk_format("%s\n", line);

	write_lines(STDERR_FILENO, ended);
}

void nk_log_clear_status(void)
{
	pthread_mutex_lock(&sink.lock);
	if (sink.status[0] != '\0')
		(void)!write(STDERR_FILENO, sink.status, strlen(sink.status));
	pthread_mutex_unlock(&sink.lock);
}

void nk_log_set_status(const char *line)
{
	pthread_mutex_lock(&sink.lock);
	sink.status = line;
	pthread_mutex_unlock(&sink.lock);
}

/* ,"key":"text" */
static int add_member(struct nk_buf *out, const char *key, const char *text)
{
	if (nk_buf_addf(out, ",\"%s\":\"", key) < 0 || nk_text_json(out, text, strlen(text)) < 0)
		return -1;
	return nk_buf_add_char(out, '"');
}

void nk_log(enum nk_log_level level, const char *format, ...)
{
	static const char *const names[] = { "error", "notice", "info", "debug" };
	char safe[LOG_MESSAGE_SIZE];
	va_list args;

	if (!nk_log_is_on(level))
		return;
	va_start(args, format);
	nk_auto(str) char *message = nk_vformat(format, args);
	va_end(args);
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(LOG_OBJECT_MAX);
	int status;

	nk_text_safe(safe, sizeof(safe), message);
	if (!sink.json)
		status = nk_buf_addf(&line, "netkit: %s", safe);
	else if ((status = nk_buf_add_text(&line, "{\"v\":1,\"type\":\"log\"")) == 0 &&
		 (status = add_member(&line, "level", names[level])) == 0 &&
		 (status = add_member(&line, "text", safe)) == 0)
		status = nk_buf_add_char(&line, '}');
	if (status == 0)
		nk_log_raw(line.data);
}

/* "ENOENT" for an errno, "530" for a reply code. */
static int add_code(struct nk_buf *out, const struct nk_err *err)
{
	const char *name = err->local ? strerrorname_np(err->code) : NULL;
	nk_auto(str) char *digits = nk_format("%d", err->code);

	if (err->code == 0)
		return 0;
	return add_member(out, "code", name ? name : digits);
}

/* The URL as it is when JSON can hold it, escaped when it is not UTF-8. */
static int add_url(struct nk_buf *out, const char *url)
{
	char safe[LOG_MESSAGE_SIZE];

	if (!url)
		return 0;
	if (nk_text_is_utf8(url, strlen(url)))
		return add_member(out, "url", url);
	return add_member(out, "url", nk_text_safe(safe, sizeof(safe), url));
}

static int add_error(struct nk_buf *out, const struct nk_err *err, const char *url)
{
	if (nk_buf_add_text(out, "{\"v\":1,\"type\":\"error\"") < 0 ||
	    add_member(out, "class", nk_domain_class(err->domain)) < 0 ||
	    nk_buf_addf(out, ",\"exit\":%d", nk_domain_exit(err->domain)) < 0 ||
	    add_code(out, err) < 0 || add_member(out, "text", err->msg) < 0 ||
	    add_url(out, url) < 0)
		return -1;
	return nk_buf_addf(out, ",\"retryable\":%s}", err->again ? "true" : "false");
}

void nk_log_error(const struct nk_err *err, const char *where, const char *url)
{
	nk_auto(buf) struct nk_buf object = NK_BUF_INIT(LOG_OBJECT_MAX);
	nk_auto(str) char *text = nk_format("%s: %s", where, err->msg);

	/* An error is never lost: what does not fit an object is said in words. */
	if (sink.json && add_error(&object, err, url) == 0)
		nk_log_raw(object.data);
	else
		nk_log_raw(text);
}

/* Text is what has no more than a quarter of bytes that cannot be printed. */
static bool is_conversation(const char *bytes, size_t length)
{
	bool utf8 = nk_text_is_utf8(bytes, length);
	size_t odd = 0;

	if (length > TRACE_TEXT_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)bytes[i];

		odd += (c < 0x20 && !strchr("\t\r\n", c)) || c == 0 || c == 0x7f ||
		       (c >= 0x80 && !utf8);
	}
	return odd * 4 <= length;
}

static int end_trace_line(struct nk_buf *out, const char *line, bool json)
{
	if (!json)
		return nk_buf_addf(out, "%s\n", line);
	if (nk_buf_add_text(out, "{\"v\":1,\"type\":\"trace\"") < 0 ||
	    add_member(out, "text", line) < 0)
		return -1;
	return nk_buf_add_text(out, "}\n");
}

static int trace_data(struct nk_buf *out, const char *prefix, const void *bytes, size_t length,
		      bool json)
{
	size_t shown = length < TRACE_HEX_BYTES ? length : TRACE_HEX_BYTES;
	char hex[2 * TRACE_HEX_BYTES + 1];

	nk_hex_encode(hex, bytes, shown);
	nk_auto(str) char *line = nk_format("%s[%zu bytes] %s", prefix, length, hex);

	return end_trace_line(out, line, json);
}

static int trace_text(struct nk_buf *out, const char *prefix, const char *bytes, size_t length,
		      bool json)
{
	nk_auto(buf) struct nk_buf line = NK_BUF_INIT(TRACE_OUT_MAX);

	while (length > 0) {
		const char *end = memchr(bytes, '\n', length);
		size_t step = end ? (size_t)(end - bytes) + 1 : length;
		size_t content = end ? step - 1 : step;

		if (content > 0 && end && bytes[content - 1] == '\r')
			content--;
		nk_buf_clear(&line);
		if (nk_buf_add_text(&line, prefix) < 0 ||
		    nk_text_escape(&line, bytes, content) < 0 ||
		    end_trace_line(out, line.data, json) < 0)
			return -1;
		bytes += step;
		length -= step;
	}
	return 0;
}

/* "12:34:56.789 ftp.example.org:21 > " */
static char *trace_prefix(const char *peer, bool sent)
{
	char safe[TRACE_PEER_SIZE];
	struct timespec now;
	struct tm local;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	return nk_format("%02d:%02d:%02d.%03d %s %c ", local.tm_hour, local.tm_min, local.tm_sec,
			 (int)(now.tv_nsec / 1000000), nk_text_safe(safe, sizeof(safe), peer),
			 sent ? '>' : '<');
}

/* Objects are for those who read stderr; a file has text. */
static void trace_to(int fd, const char *prefix, const void *bytes, size_t length)
{
	nk_auto(buf) struct nk_buf lines = NK_BUF_INIT(TRACE_OUT_MAX);
	bool json = sink.json && fd == STDERR_FILENO;
	int status = is_conversation(bytes, length)
			     ? trace_text(&lines, prefix, bytes, length, json)
			     : trace_data(&lines, prefix, bytes, length, json);

	if (status == 0)
		write_lines(fd, lines.data);
}

void nk_trace(const char *peer, bool sent, const void *bytes, size_t length)
{
	if (!nk_trace_is_on() || length == 0)
		return;
	nk_auto(str) char *prefix = trace_prefix(peer, sent);

	if (sink.trace_fd >= 0)
		trace_to(sink.trace_fd, prefix, bytes, length);
	if (sink.is_trace_shown && sink.trace_fd != STDERR_FILENO)
		trace_to(STDERR_FILENO, prefix, bytes, length);
}
