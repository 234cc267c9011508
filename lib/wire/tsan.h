/*
 * tsan.h - what orders memory that goes through libzmq, told to the thread sanitizer.
 *
 * What one thread hands to ZeroMQ and another one frees is ordered by atomics inside the library,
 * which is not built with the sanitizer. Nothing of this is in an ordinary build.
 */
#ifndef WIRE_TSAN_H
#define WIRE_TSAN_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WIRE_WITH_TSAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) && !defined(WIRE_WITH_TSAN)
#define WIRE_WITH_TSAN 1
#endif

#ifdef WIRE_WITH_TSAN
#include <sanitizer/tsan_interface.h>
#define TSAN_HANDED_OVER(p) __tsan_release(p)
#define TSAN_TAKEN_OVER(p)  __tsan_acquire(p)
#else
#define TSAN_HANDED_OVER(p) ((void)(p))
#define TSAN_TAKEN_OVER(p)  ((void)(p))
#endif

#endif
