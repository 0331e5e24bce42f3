/* arena.c - a bump allocator for parse results. */
#include "netkit/arena.h"

#include <stdalign.h>

/* Small results fit in one block, and a block is one page. */
#define ARENA_BLOCK_SIZE 4000

struct nk_arena_block {
	struct nk_arena_block *next;
	size_t size; /* of bytes */
	size_t used;
	alignas(max_align_t) char bytes[];
};

static struct nk_arena_block *add_block(struct nk_arena *arena, size_t size)
{
	if (size < ARENA_BLOCK_SIZE)
		size = ARENA_BLOCK_SIZE;
	struct nk_arena_block *block = nk_alloc(sizeof(*block) + size);

	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

static void *bump(struct nk_arena *arena, size_t size, size_t alignment)
{
	struct nk_arena_block *block = arena->blocks;
	size_t gap = block ? -block->used & (alignment - 1) : 0;

	if (size > arena->limit - arena->used || size > SIZE_MAX / 2)
		return NULL;
	if (!block || gap > block->size - block->used || size > block->size - block->used - gap) {
		block = add_block(arena, size);
		gap = 0;
	}
	char *bytes = block->bytes + block->used + gap;

	block->used += gap + size;
	arena->used += size;
	return bytes;
}

void *nk_arena_alloc(struct nk_arena *arena, size_t size)
{
	/* Two objects never share an address, even empty ones. */
	void *bytes = bump(arena, size > 0 ? size : 1, alignof(max_align_t));

	return bytes ? memset(bytes, 0, size) : NULL;
}

char *nk_arena_strndup(struct nk_arena *arena, const char *text, size_t length)
{
	if (length == SIZE_MAX)
		return NULL;
	char *copy = bump(arena, length + 1, 1);

	if (!copy)
		return NULL;
	if (length > 0)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

static void free_blocks(struct nk_arena_block *block)
{
	while (block) {
		struct nk_arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void nk_arena_reset(struct nk_arena *arena)
{
	arena->used = 0;
	if (!arena->blocks)
		return;
	free_blocks(arena->blocks->next);
	arena->blocks->next = NULL;
	arena->blocks->used = 0;
}

void nk_arena_release(struct nk_arena *arena)
{
	free_blocks(arena->blocks);
	arena->blocks = NULL;
	arena->used = 0;
}
