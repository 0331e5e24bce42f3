/* mem.c - allocation that ends the program rather than fail. */
#include "netkit/mem.h"

#include <assert.h>
#include <stdio.h>

static void *or_abort(void *p)
{
	if (!p) {
		fprintf(stderr, "netkit: out of memory\n");
		abort();
	}
	return p;
}

void *nk_alloc(size_t size)
{
	/* calloc(1, 0) may give NULL, which is no failure. */
	return or_abort(calloc(1, size > 0 ? size : 1));
}

void *nk_realloc(void *p, size_t size)
{
	return or_abort(realloc(p, size > 0 ? size : 1));
}

char *nk_strdup(const char *text)
{
	return text ? or_abort(strdup(text)) : NULL;
}

char *nk_strndup(const char *text, size_t length)
{
	char *copy = nk_alloc(length + 1);

	if (length > 0)
		memcpy(copy, text, length);
	return copy;
}

char *nk_vformat(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		or_abort(NULL);
	return text;
}

char *nk_format(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	char *text = nk_vformat(format, args);
	va_end(args);
	return text;
}

void nk_copy_text(char *field, size_t size, const char *text)
{
	assert(size > 0);
	size_t length = strnlen(text, size - 1);

	memcpy(field, text, length);
	field[length] = '\0';
}
