/*
 * Libraries that are loaded when they are first used.
 *
 * A library has one X-macro list of its symbols; struct, table and loader derive from it. The
 * library's header gives the types, dlopen gives the code, the linker is told nothing.
 */
#ifndef NETKIT_DL_H
#define NETKIT_DL_H

#include <pthread.h>

#include "netkit/err.h"

#define NK_DL_MEMBER(symbol) __typeof__(symbol) *symbol;
#define NK_DL_NAME(symbol)   #symbol,

/*
 * Load soname and store the address of names[0..count) in members[0..count).
 * package: what to install when it is missing, "libssl3". Fails with unsupported, naming both.
 * Threads may call it at once; the library stays loaded.
 */
NK_MUST_CHECK int nk_dl_load(const char *soname, const char *package, const char *const *names,
			     size_t count, void **members, struct nk_err *err);

/*
 * Define the accessor of one library: const TYPE *FUNCTION(err). LIST is its X-macro.
 * The table is filled under pthread_once, so a failure is remembered too.
 */
#define NK_DL_TABLE(FUNCTION, TYPE, LIST, SONAME, PACKAGE)                                         \
	static TYPE FUNCTION##_table;                                                              \
	static struct nk_err FUNCTION##_err;                                                       \
	static pthread_once_t FUNCTION##_once = PTHREAD_ONCE_INIT;                                 \
	static void FUNCTION##_load(void)                                                          \
	{                                                                                          \
		static const char *const names[] = { LIST(NK_DL_NAME) };                           \
		_Static_assert(sizeof(TYPE) == sizeof(names), "one pointer a symbol");             \
		if (nk_dl_load(SONAME, PACKAGE, names, NK_COUNT(names),                            \
			       (void **)&FUNCTION##_table, &FUNCTION##_err) < 0)                   \
			memset(&FUNCTION##_table, 0, sizeof(FUNCTION##_table));                    \
	}                                                                                          \
	const TYPE *FUNCTION(struct nk_err *err)                                                   \
	{                                                                                          \
		pthread_once(&FUNCTION##_once, FUNCTION##_load);                                   \
		if (FUNCTION##_err.domain != NK_E_NONE) {                                          \
			*err = FUNCTION##_err;                                                     \
			return NULL;                                                               \
		}                                                                                  \
		return &FUNCTION##_table;                                                          \
	}

#endif
