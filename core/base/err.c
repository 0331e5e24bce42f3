/* err.c - the error struct, and the table of exit statuses. */
#include "netkit/err.h"

#include <assert.h>
#include <errno.h>

#include "netkit/text.h"

static const struct {
	const char *class;
	int status;
	const char *meaning;
} domains[] = {
#define DOMAIN_ROW(name, class, status, meaning) { class, status, meaning },
	NK_DOMAINS(DOMAIN_ROW)
#undef DOMAIN_ROW
};

_Static_assert(NK_COUNT(domains) == NK_DOMAIN_COUNT, "one row a domain");

/* Store the message escaped: it may quote the peer, or err->msg itself. */
static void fill(struct nk_err *err, struct nk_err filled, const char *format, va_list args)
{
	nk_auto(str) char *text = nk_vformat(format, args);

	nk_text_safe(filled.msg, sizeof(filled.msg), text);
	*err = filled;
}

int nk_fail(struct nk_err *err, enum nk_domain domain, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(err, (struct nk_err){ .domain = domain, .code = code }, format, args);
	va_end(args);
	return -1;
}

int nk_fail_again(struct nk_err *err, enum nk_domain domain, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(err, (struct nk_err){ .domain = domain, .code = code, .again = true }, format, args);
	va_end(args);
	return -1;
}

int nk_fail_errno(struct nk_err *err, enum nk_domain domain, const char *format, ...)
{
	int code = errno;
	const char *reason = strerrordesc_np(code);
	va_list args;

	va_start(args, format);
	nk_auto(str) char *context = nk_vformat(format, args);
	va_end(args);
	nk_fail(err, domain, code, "%s", reason ? reason : "unknown error");
	err->local = true;
	return nk_wrap(err, "%s", context);
}

/* Bytes of the next unit of escaped text: a character, or an escape that must stay whole. */
static size_t unit_length(const char *text)
{
	size_t length = 1;

	if (text[0] == '\\')
		return text[1] == 'x' ? strnlen(text, 4) : strnlen(text, 2);
	while (((unsigned char)text[length] & 0xc0) == 0x80)
		length++;
	return length;
}

/* Bytes of escaped text that can be kept when there is room for so many. */
static size_t length_within(const char *text, size_t room)
{
	size_t length = 0;

	while (text[length] != '\0' && length + unit_length(text + length) <= room)
		length += unit_length(text + length);
	return length;
}

int nk_wrap(struct nk_err *err, const char *format, ...)
{
	char context[sizeof(err->msg)];
	char inner[sizeof(err->msg)];
	const size_t room = sizeof(err->msg) - sizeof(": ");
	va_list args;

	va_start(args, format);
	nk_auto(str) char *text = nk_vformat(format, args);
	va_end(args);
	nk_text_safe(context, sizeof(context), text);
	nk_copy_text(inner, sizeof(inner), err->msg);

	/* Too long for both: the context keeps half, or what the reason leaves. */
	size_t most = strlen(inner) < room / 2 ? room - strlen(inner) : room / 2;
	size_t length = length_within(context, most);

	memcpy(err->msg, context, length);
	memcpy(err->msg + length, ": ", 2);
	size_t kept = length_within(inner, room - length);

	memcpy(err->msg + length + 2, inner, kept);
	err->msg[length + 2 + kept] = '\0';
	return -1;
}

enum nk_domain nk_domain_of_errno(int code, enum nk_domain fallback)
{
	switch (code) {
	case ENOENT:
		return NK_E_MISSING;
	case EACCES:
	case EPERM:
		return NK_E_DENIED;
	case EEXIST:
		return NK_E_EXISTS;
	default:
		return fallback;
	}
}

int nk_domain_exit(enum nk_domain domain)
{
	assert(domain < NK_COUNT(domains));
	return domains[domain].status;
}

const char *nk_domain_class(enum nk_domain domain)
{
	assert(domain < NK_COUNT(domains));
	return domains[domain].class;
}

const char *nk_domain_meaning(enum nk_domain domain)
{
	assert(domain < NK_COUNT(domains));
	return domains[domain].meaning;
}
