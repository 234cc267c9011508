/*
 * tsan.c - what the thread sanitizer has to know about libzmq, which is not built with it.
 *
 * It sees the memory that ZeroMQ's threads touch through libc and not what orders them, so everything
 * that arrives on a socket looks like a race. Only calls that the library makes are left out, itself or
 * by the C++ library (where it keeps what peers are called) and libsodium (CURVE), which nothing of ours calls.
 */
#include "wire/tsan.h"

#ifdef WIRE_WITH_TSAN
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
	return "called_from_lib:libzmq.so\n"
	       "called_from_lib:libstdc++.so\n"
	       "called_from_lib:libsodium.so\n";
}
#endif

/* Referred to by context.c, so that this file is in every program that has a socket. */
extern const char wire_tsan_linked;
const char wire_tsan_linked = 0;
