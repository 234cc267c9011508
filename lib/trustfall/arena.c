/*
 * arena.c - blocks that grow, taken from in order and given back from the end.
 *
 * Shapes:    `head` is the newest block and the one taken from. The first block lies behind the arena itself and goes with it; of the
 *            others one that was emptied is kept, so that a mark and return around a block's end does not ask the system each time.
 */
#include "trustfall/value.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "base/banned.h"

enum { ALIGN = alignof(max_align_t), BLOCK_FIRST = 880, BLOCK_MOST = 32768 };

struct block {
	struct block *before;
	size_t used, room;
	alignas(ALIGN) unsigned char bytes[];
};

struct tf_arena {
	struct block *head, *spare;
	size_t bytes, max_bytes;
	bool full;
};

static struct block *first_block(const struct tf_arena *a)
{
	return (struct block *)(void *)((char *)a + (sizeof(*a) + ALIGN - 1) / ALIGN * ALIGN);
}

struct tf_arena *tf_arena_new(size_t max_bytes)
{
	struct tf_arena *a = malloc(sizeof(*a) + ALIGN + sizeof(struct block) + BLOCK_FIRST);
	if (!a)
		return NULL;
	*a = (struct tf_arena){.max_bytes = max_bytes ? max_bytes : SIZE_MAX};
	a->head = first_block(a);
	*a->head = (struct block){.room = BLOCK_FIRST};
	return a;
}

void tf_arena_free(struct tf_arena *a)
{
	if (!a)
		return;
	tf_arena_return(a, (struct tf_mark){0});
	free(a->spare);
	free(a);
}

/* A block with room for n bytes becomes the head. */
static bool block_add(struct tf_arena *a, size_t n)
{
	struct block *b = a->spare;
	if (b && b->room >= n) {
		a->spare = NULL;
	} else {
		size_t room = a->head->room * 2, size;
		room = room < BLOCK_MOST ? room : BLOCK_MOST;
		room = room > n ? room : n;
		b = __builtin_add_overflow(room, sizeof(*b), &size) ? NULL : malloc(size);
		if (!b)
			return false;
		b->room = room;
	}
	b->used = 0;
	b->before = a->head;
	a->head = b;
	return true;
}

void *tf_arena_take(struct tf_arena *a, size_t n_bytes)
{
	size_t n;
	if (__builtin_add_overflow(n_bytes, (size_t)ALIGN - 1, &n))
		return NULL;
	n &= ~((size_t)ALIGN - 1);
	if (n > a->max_bytes - a->bytes) {
		a->full = true;
		return NULL;
	}
	if (n > a->head->room - a->head->used && !block_add(a, n))
		return NULL;
	void *p = a->head->bytes + a->head->used;
	a->head->used += n;
	a->bytes += n;
	return p;
}

void *tf_arena_zeroed(struct tf_arena *a, size_t n, size_t size)
{
	size_t bytes;
	void *p = __builtin_mul_overflow(n, size, &bytes) ? NULL : tf_arena_take(a, bytes);
	return p ? memset(p, 0, bytes) : NULL;
}

int tf_arena_array(struct tf_arena *a, size_t n, size_t size, void *ret)
{
	void *v = n ? tf_arena_zeroed(a, n, size) : NULL;
	if (n && !v)
		return -ENOMEM;
	memcpy(ret, &v, sizeof(v));
	return 0;
}

char *tf_arena_text(struct tf_arena *a, const char *s, size_t n)
{
	char *copy = n < SIZE_MAX ? tf_arena_take(a, n + 1) : NULL;
	if (!copy)
		return NULL;
	if (n)
		memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

bool tf_arena_full(const struct tf_arena *a)
{
	return a->full;
}

size_t tf_arena_bytes(const struct tf_arena *a)
{
	return a->bytes;
}

struct tf_mark tf_arena_mark(const struct tf_arena *a)
{
	return (struct tf_mark){.block = a->head, .used = a->head->used, .bytes = a->bytes};
}

static void block_spare(struct tf_arena *a, struct block *b)
{
	if (a->spare && a->spare->room >= b->room) {
		free(b);
		return;
	}
	free(a->spare);
	a->spare = b;
}

void tf_arena_return(struct tf_arena *a, struct tf_mark m)
{
	const struct block *to = m.block ? m.block : first_block(a);
	while (a->head != to) {
		struct block *b = a->head;
		a->head = b->before;
		block_spare(a, b);
	}
	a->head->used = m.used;
	a->bytes = m.bytes;
	a->full = false;
}
