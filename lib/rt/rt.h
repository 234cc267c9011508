/*
 * rt.h - the marks of the audio thread, and where its memory comes from.
 *
 * RT_SAFE marks a function that may run on the audio thread; a name ending in _rt runs only there. tools/check-rt reads
 * the relocations behind both. The host brackets each cycle with rt_enter() and rt_leave(); in a test that preloads the
 * traps, whatever allocates, locks, sleeps or enters the kernel in between aborts the program. Clocks are read outside.
 *
 * Ownership: nothing in lib/rt, lib/dsp and lib/time calls an allocator. Control-thread constructors take a struct
 *            rt_heap from their caller and remember it, so it must outlive what was made from it.
 * Threads:   rt_enter and rt_leave are per thread and do not nest.
 */
#ifndef RT_RT_H
#define RT_RT_H

#include "dsp/rt_mark.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

RT_SAFE void rt_enter(void);
RT_SAFE void rt_leave(void);

/* Where control-thread code of the engine gets memory; rt-host/rt_heap.h has the one made of malloc. */
struct rt_heap {
	void *(*take)(void *ctx, size_t bytes); /* zeroed, aligned to 64 bytes; NULL when memory is out */
	void (*give)(void *ctx, void *p);       /* NULL is allowed */
	void *ctx;
};

/* Room for n items of `size` bytes, zeroed; NULL on overflow or when memory is out. */
static inline void *rt_heap_take(const struct rt_heap *heap, size_t n, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(n ? n : 1, size, &bytes))
		return NULL;
	return heap->take(heap->ctx, bytes);
}

static inline void rt_heap_give(const struct rt_heap *heap, void *p)
{
	heap->give(heap->ctx, p);
}

#endif
