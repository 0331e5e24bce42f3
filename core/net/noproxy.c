/* noproxy.c - what NO_PROXY lists. */
#include <arpa/inet.h>

#include "netkit/num.h"
#include "netkit/proxy.h"
#include "netkit/text.h"

#define NO_PROXY_BLANKS ", \t\r\n"

/* One item, or a part of it. */
struct span {
	const char *text;
	size_t length;
};

/* An address in its bytes; size 4 or 16, 0 for none. */
struct binary {
	unsigned char bytes[16];
	size_t size;
};

static struct binary to_binary(struct span span)
{
	struct binary binary = { .size = 0 };
	char text[INET6_ADDRSTRLEN];

	if (span.length == 0 || span.length >= sizeof(text) || memchr(span.text, '\0', span.length))
		return binary;
	memcpy(text, span.text, span.length);
	text[span.length] = '\0';
	if (inet_pton(AF_INET, text, binary.bytes) == 1)
		binary.size = 4;
	else if (inet_pton(AF_INET6, text, binary.bytes) == 1)
		binary.size = 16;
	return binary;
}

static bool is_same_network(const struct binary *a, const struct binary *b, uint64_t bits)
{
	size_t whole = bits / 8;
	unsigned mask = 0xff00U >> (bits % 8) & 0xff;

	if (a->size != b->size || memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return bits % 8 == 0 || ((a->bytes[whole] ^ b->bytes[whole]) & mask) == 0;
}

/* Split off ":port" where one can stand. False when it is no port, or another one. */
static bool takes_port(struct span *item, int port)
{
	const char *end = item->text + item->length;
	const char *colon = memchr(item->text, ':', item->length);
	uint64_t number;

	if (item->length > 0 && item->text[0] == '[') {
		const char *closing = memchr(item->text, ']', item->length);

		if (!closing)
			return false;
		item->text++;
		item->length = (size_t)(closing - item->text);
		if (closing + 1 == end)
			return true;
		colon = closing + 1;
		if (*colon != ':')
			return false;
	} else if (!colon || memchr(colon + 1, ':', (size_t)(end - colon - 1))) {
		return true;
	} else {
		item->length = (size_t)(colon - item->text);
	}
	return nk_num_span(colon + 1, (size_t)(end - colon - 1), 65535, &number) &&
	       (int)number == port;
}

static bool names_address(struct span item, const struct binary *host)
{
	const char *slash = memchr(item.text, '/', item.length);
	uint64_t bits = host->size * 8;
	struct binary network;

	if (slash) {
		struct span length = { slash + 1, (size_t)(item.text + item.length - slash - 1) };

		if (!nk_num_span(length.text, length.length, bits, &bits))
			return false;
		item.length = (size_t)(slash - item.text);
	}
	network = to_binary(item);
	return is_same_network(&network, host, bits);
}

static struct span without_dots(struct span name)
{
	if (name.length > 1 && name.text[0] == '*' && name.text[1] == '.') {
		name.text++;
		name.length--;
	}
	while (name.length > 0 && name.text[0] == '.') {
		name.text++;
		name.length--;
	}
	while (name.length > 0 && name.text[name.length - 1] == '.')
		name.length--;
	return name;
}

static bool names_host(struct span item, struct span host)
{
	const char *tail;

	item = without_dots(item);
	host = without_dots(host);
	if (item.length == 0 || item.length > host.length)
		return false;
	tail = host.text + host.length - item.length;
	return strncasecmp(tail, item.text, item.length) == 0 &&
	       (tail == host.text || tail[-1] == '.');
}

bool nk_no_proxy_matches(const char *list, const char *host, int port)
{
	/* The zone of an address is no part of what is compared. */
	struct span name = { host, strchr(host, ':') ? strcspn(host, "%") : strlen(host) };
	struct binary address = to_binary(name);

	for (list += strspn(list, NO_PROXY_BLANKS); *list != '\0';
	     list += strspn(list, NO_PROXY_BLANKS)) {
		struct span item = { list, strcspn(list, NO_PROXY_BLANKS) };

		list += item.length;
		if (!takes_port(&item, port))
			continue;
		if (item.length == 1 && item.text[0] == '*')
			return true;
		if (address.size > 0 ? names_address(item, &address) : names_host(item, name))
			return true;
	}
	return false;
}
