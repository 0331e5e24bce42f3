/*
 * Memory that cannot fail to be had, and locals that release themselves.
 *
 * Running out of memory ends the program (abort), which is safe because every size that comes
 * from a peer is bounded before it is asked for. Everything here is freed with free().
 */
#ifndef NETKIT_MEM_H
#define NETKIT_MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define NK_MUST_CHECK	   __attribute__((warn_unused_result))
#define NK_PRINTF(fmt, va) __attribute__((format(printf, fmt, va)))
#define NK_COUNT(array)	   (sizeof(array) / sizeof((array)[0]))

/*
 * Declare a local that releases itself on every path:
 * nk_auto(buf) struct nk_buf b = NK_BUF_INIT(64). T names the thing; a header offers it
 * with NK_AUTO(T, type, function).
 */
#define nk_auto(T) __attribute__((cleanup(nk_auto_##T)))

/* Define what nk_auto(T) does at the end of the scope: function(pointer to the local). */
#define NK_AUTO(T, type, function)                                                                 \
	static inline void nk_auto_##T(type *local)                                                \
	{                                                                                          \
		function(local);                                                                   \
	}

/* The same for handles: function(handle), which accepts NULL. */
#define NK_AUTO_HANDLE(T, type, function)                                                          \
	static inline void nk_auto_##T(type *local)                                                \
	{                                                                                          \
		function(*local);                                                                  \
	}

/* Hand an owned pointer on: yields its value and leaves NULL behind. */
#define nk_take(p)                                                                                 \
	__extension__({                                                                            \
		__typeof__(p) nk_taken_ = (p);                                                     \
		(p) = NULL;                                                                        \
		nk_taken_;                                                                         \
	})

/* size bytes, zeroed. Owned by the caller. */
void *nk_alloc(size_t size);

/* p grown or shrunk to size bytes; new bytes are not zeroed. p may be NULL. */
void *nk_realloc(void *p, size_t size);

/* A copy of text; NULL gives NULL. */
char *nk_strdup(const char *text);

/* A copy of the first length bytes of text, which holds no NUL before that. */
char *nk_strndup(const char *text, size_t length);

/* A new string made as printf makes it. */
char *nk_format(const char *format, ...) NK_PRINTF(1, 2);
char *nk_vformat(const char *format, va_list args) NK_PRINTF(1, 0);

/* Copy text into a fixed field of size bytes, cut at the end, always terminated. */
void nk_copy_text(char *field, size_t size, const char *text);

static inline void nk_mem_release(char **local)
{
	free(*local);
}
NK_AUTO(str, char *, nk_mem_release)

#endif
