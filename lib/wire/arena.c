#include "wire/codec.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define CHUNK_BYTES 4096

struct wire_arena_chunk {
	struct wire_arena_chunk *next;
	size_t used, room;
	_Alignas(max_align_t) char bytes[];
};

void wire_arena_done(struct wire_arena *a)
{
	while (a->chunks) {
		struct wire_arena_chunk *next = a->chunks->next;
		free(a->chunks);
		a->chunks = next;
	}
	json_decref(a->kept);
	a->kept = NULL;
}

void wire_arena_clear(struct wire_arena *a)
{
	struct wire_arena_chunk *keep = a->chunks;
	if (keep) {
		a->chunks = keep->next;
		keep->next = NULL;
		keep->used = 0;
	}
	wire_arena_done(a);
	a->chunks = keep;
}

void *wire_arena_alloc(struct wire_arena *a, size_t bytes)
{
	const size_t align = _Alignof(max_align_t);
	size_t want;
	if (__builtin_add_overflow(bytes ? bytes : 1, align - 1, &want))
		return NULL;
	want -= want % align;

	struct wire_arena_chunk *c = a->chunks;
	if (!c || c->room - c->used < want) {
		size_t room = want > CHUNK_BYTES ? want : CHUNK_BYTES, total;
		if (__builtin_add_overflow(room, sizeof(*c), &total))
			return NULL;
		c = malloc(total);
		if (!c)
			return NULL;
		*c = (struct wire_arena_chunk){ .next = a->chunks, .room = room };
		a->chunks = c;
	}
	void *p = c->bytes + c->used;
	c->used += want;
	return memset(p, 0, want);
}

void *wire_arena_array(struct wire_arena *a, size_t n, size_t size)
{
	size_t bytes;
	return __builtin_mul_overflow(n, size, &bytes) ? NULL : wire_arena_alloc(a, bytes);
}

char *wire_arena_copy(struct wire_arena *a, const char *text, size_t n)
{
	size_t bytes;
	char *s = __builtin_add_overflow(n, 1, &bytes) ? NULL : wire_arena_alloc(a, bytes);
	if (s && n)
		memcpy(s, text, n);
	return s;
}

char *wire_arena_printf(struct wire_arena *a, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *s = n < 0 ? NULL : wire_arena_alloc(a, (size_t)n + 1);
	if (s)
		(void)vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

int wire_arena_take(struct wire_arena *a, json_t *document)
{
	if (!a->kept)
		a->kept = json_array();
	if (!document || !a->kept || json_array_append(a->kept, document) < 0) {
		json_decref(document);
		return -ENOMEM;
	}
	json_decref(document);
	return 0;
}

int wire_arena_keep(struct wire_arena *a, json_t *document)
{
	return wire_arena_take(a, json_incref(document));
}
