/*
 * rt_heap.h - the engine's memory made of the C library's: aligned, zeroed, for control threads only.
 *
 * Ownership: stateless; RT_HEAP_MALLOC is a constant initialiser of struct rt_heap.
 */
#ifndef RT_HOST_RT_HEAP_H
#define RT_HOST_RT_HEAP_H

#include "rt/rt.h"

#include <stdlib.h>
#include <string.h>

static inline void *rt_heap_malloc_take(void *ctx, size_t bytes)
{
	size_t rounded;
	if (__builtin_add_overflow(bytes, (size_t)63, &rounded))
		return NULL;
	rounded &= ~(size_t)63;
	void *p = aligned_alloc(64, rounded ? rounded : 64);
	return p ? memset(p, 0, rounded ? rounded : 64) : NULL;
}

static inline void rt_heap_malloc_give(void *ctx, void *p)
{
	free(p);
}

#define RT_HEAP_MALLOC { rt_heap_malloc_take, rt_heap_malloc_give, NULL }

#endif
