/*
 * A bump allocator for parse results that live and die together.
 *
 * Nothing in it is freed one by one. It has a limit, because what fills it comes from peers.
 */
#ifndef NETKIT_ARENA_H
#define NETKIT_ARENA_H

#include "netkit/mem.h"

struct nk_arena_block;

struct nk_arena {
	struct nk_arena_block *blocks; /* newest first; owned */
	size_t used;		       /* bytes handed out since the last reset */
	size_t limit;		       /* most bytes it may hand out */
};

#define NK_ARENA_INIT(most)                                                                        \
	{                                                                                          \
		.limit = (most)                                                                    \
	}

/* size bytes, zeroed and aligned for any object; NULL when that would pass the limit. */
void *nk_arena_alloc(struct nk_arena *arena, size_t size);

/* A terminated copy of length bytes of text; NULL when that would pass the limit. */
char *nk_arena_strndup(struct nk_arena *arena, const char *text, size_t length);

/* Forget everything handed out, keep one block for the next round. */
void nk_arena_reset(struct nk_arena *arena);
void nk_arena_release(struct nk_arena *arena);

NK_AUTO(arena, struct nk_arena, nk_arena_release)

#endif
