/*
 * mem.h - ownership helpers and size arithmetic that cannot overflow.
 *
 * Ownership: AUTO(T) locals are freed at the end of their scope; TAKE(p) hands the value over.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define AUTO_DEFINE(T) \
	static inline void T##_autofree(struct T **p) \
	{ \
		T##_free(*p); \
	} \
	struct T
#define AUTO(T) __attribute__((cleanup(T##_autofree))) struct T *
#define TAKE(p) \
	__extension__({ \
		__typeof__(p) take_ = (p); \
		(p) = NULL; \
		take_; \
	})

static inline void mem_autofree(void *p)
{
	free(*(void **)p);
}
/* char AUTO_MEM *s = strdup(...); any malloc'ed pointer */
#define AUTO_MEM __attribute__((cleanup(mem_autofree)))

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(p, T, member) ((T *)(void *)((char *)(p) - offsetof(T, member)))

/* Zeroed array of n items of `size` bytes; NULL on overflow or when memory is out. */
static inline void *mem_new_array(size_t n, size_t size)
{
	return calloc(n ? n : 1, size);
}

/*
 * Makes room for `want` items in *items (capacity *room, items of `size` bytes), doubling.
 * Returns 0 or -ENOMEM (-12); on error *items is untouched.
 */
static inline int mem_grow(void *items, size_t *room, size_t want, size_t size)
{
	void **p = items;
	if (want <= *room)
		return 0;
	size_t n = *room ? *room : 8, bytes;
	while (n < want) {
		if (n > SIZE_MAX / 2)
			return -12;
		n *= 2;
	}
	if (__builtin_mul_overflow(n, size, &bytes))
		return -12;
	void *grown = realloc(*p, bytes);
	if (!grown)
		return -12;
	*p = grown;
	*room = n;
	return 0;
}

#endif
