/*
 * cpu.h - what a piece of work costs: the processor time of this thread, which a busy machine does not change.
 */
#ifndef TESTS_CPU_H
#define TESTS_CPU_H

#include <time.h>

/* How many times slower this build may be than a plain one. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CPU_SLOWER 20
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CPU_SLOWER 20
#endif
#endif
#ifndef CPU_SLOWER
#define CPU_SLOWER 1
#endif

static inline double cpu_seconds(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
