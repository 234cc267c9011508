/*
 * denormal.h - denormals are flushed to zero while rendering, the same way wherever the processor can do it.
 *
 * Threads:   per thread; denormal_flush_rt on entering, denormal_restore_rt with what it returned on leaving.
 */
#ifndef DSP_DENORMAL_H
#define DSP_DENORMAL_H

#include "dsp/rt_mark.h"

#include <stdint.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
RT_INLINE uint64_t denormal_flush_rt(void)
{
	uint32_t old = _mm_getcsr();
	_mm_setcsr((old & ~0x6000u) | 0x8040u); /* flush to zero, denormals are zero, round to nearest */
	return old;
}
RT_INLINE void denormal_restore_rt(uint64_t old)
{
	_mm_setcsr((uint32_t)old);
}
#elif defined(__aarch64__)
RT_INLINE uint64_t denormal_flush_rt(void)
{
	uint64_t old;
	__asm__ volatile("mrs %0, fpcr" : "=r"(old));
	__asm__ volatile("msr fpcr, %0" : : "r"((old & ~(3ull << 22)) | 1ull << 24));
	return old;
}
RT_INLINE void denormal_restore_rt(uint64_t old)
{
	__asm__ volatile("msr fpcr, %0" : : "r"(old));
}
#else
#error "say how this processor flushes denormals"
#endif

#endif
