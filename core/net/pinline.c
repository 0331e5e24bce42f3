/* pinline.c - the lines of the file of remembered TLS keys: "host:port sha256//B64 DATE comment". */
#include "netkit/pins.h"

#include "netkit/clock.h"
#include "netkit/codec.h"
#include "netkit/num.h"
#include "netkit/text.h"

#define PIN_PREFIX    "sha256//"
#define PIN_HASH_SIZE 32 /* SHA-256 */

/* "2026-01-02" */
#define PIN_DATE_SIZE 10

/* The room for a pin that is not padded yet: two digits too many are none. */
#define PIN_DIGITS_MAX 44

bool nk_pin_read(const char *text, size_t length, char pin[NK_PIN_TEXT])
{
	static const char *const prefixes[] = { PIN_PREFIX, "SHA256:" };
	nk_auto(buf) struct nk_buf hash = NK_BUF_INIT(PIN_HASH_SIZE);
	nk_auto(buf) struct nk_buf made = NK_BUF_INIT(NK_PIN_TEXT - 1);

	for (size_t i = 0; i < NK_COUNT(prefixes); i++) {
		size_t skip = strlen(prefixes[i]);

		if (length < skip || memcmp(text, prefixes[i], skip) != 0)
			continue;
		if (length - skip > PIN_DIGITS_MAX ||
		    nk_base64_decode(&hash, text + skip, length - skip) < 0 ||
		    hash.len != PIN_HASH_SIZE)
			return false;
		if (nk_buf_add_text(&made, PIN_PREFIX) < 0 ||
		    nk_base64_encode(&made, hash.data, hash.len) < 0)
			return false;
		nk_copy_text(pin, NK_PIN_TEXT, made.data);
		return true;
	}
	return false;
}

static bool pin_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of [*at, end); its length, 0 at the end. */
static size_t pin_word(const char **at, const char *end, const char **word)
{
	while (*at < end && pin_is_blank(**at))
		++*at;
	*word = *at;
	while (*at < end && !pin_is_blank(**at))
		++*at;
	return (size_t)(*at - *word);
}

/* Can such a byte stand in a host's name or address? */
static bool pin_is_of_host(char c)
{
	return c > ' ' && c != 0x7f && c != '[' && c != ']' && c != '#';
}

/* "host:port" or "[v6]:port" into its parts. */
static bool pin_read_name(const char *word, size_t length, struct nk_pin_line *line)
{
	const char *colon = memrchr(word, ':', length);
	size_t host_length = colon ? (size_t)(colon - word) : 0;
	bool is_bracketed = host_length > 2 && word[0] == '[' && word[host_length - 1] == ']';
	uint64_t port;

	if (!colon || !nk_num_span(colon + 1, length - host_length - 1, 65535, &port) || port == 0)
		return false;
	if (is_bracketed) {
		word++;
		host_length -= 2;
	} else if (memchr(word, ':', host_length)) {
		return false;
	}
	for (size_t i = 0; i < host_length; i++) {
		if (!pin_is_of_host(word[i]) && (unsigned char)word[i] < 0x80)
			return false;
	}
	if (host_length == 0)
		return false;
	line->host = word;
	line->host_length = host_length;
	line->port = (int)port;
	return true;
}

static bool pin_read_date(const char *word, size_t length, int64_t *seconds)
{
	char text[PIN_DATE_SIZE + sizeof("T00:00:00Z")];

	if (length != PIN_DATE_SIZE)
		return false;
	memcpy(text, word, length);
	text[length] = '\0';
	memcpy(text + length, "T00:00:00Z", sizeof("T00:00:00Z"));
	return nk_clock_parse(text, seconds);
}

int nk_pin_line_parse(const char *line, size_t length, struct nk_pin_line *parsed)
{
	const char *at = line;
	const char *end = line + length;
	const char *word;
	size_t size;

	*parsed = (struct nk_pin_line){ .added = -1 };
	if (length > NK_PIN_LINE_MAX || memchr(line, '\0', length))
		return -1;
	size = pin_word(&at, end, &word);
	if (size == 0 || word[0] == '#')
		return 0;
	if (!pin_read_name(word, size, parsed))
		return -1;
	size = pin_word(&at, end, &word);
	if (size == 0 || !nk_pin_read(word, size, parsed->pin))
		return -1;
	parsed->comment = end;
	size = pin_word(&at, end, &word);
	if (size == 0)
		return 1;
	if (!pin_read_date(word, size, &parsed->added))
		at = word;
	while (at < end && pin_is_blank(*at))
		at++;
	while (end > at && pin_is_blank(end[-1]))
		end--;
	parsed->comment = at;
	parsed->comment_length = (size_t)(end - at);
	return 1;
}

char *nk_pins_name(const char *host, int port)
{
	char *name = nk_format(strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, port);

	for (char *c = name; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	}
	return name;
}

bool nk_pin_line_is_of(const struct nk_pin_line *line, const char *host, int port)
{
	if (line->host_length == 0 || strlen(host) != line->host_length)
		return false;
	nk_auto(str) char *name = nk_strndup(line->host, line->host_length);

	return nk_text_is_same(name, host) && (port == 0 || port == line->port);
}

char *nk_pins_path(void)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	/* A relative one is to be ignored, says the base directory specification. */
	if (state && state[0] == '/')
		return nk_format("%s/netkit/pins", state);
	return home && home[0] == '/' ? nk_format("%s/.local/state/netkit/pins", home) : NULL;
}
