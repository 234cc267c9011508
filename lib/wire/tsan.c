/*
 * tsan.c - what the thread sanitizer has to know about libzmq, which is not built with it.
 *
 * It sees the memory that ZeroMQ's threads touch and not what orders them (atomics inside the
 * library), so everything that passes through a socket looks like a race. Only calls made by the
 * library and the release of what was handed to it are left out; all of our own code is watched.
 */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#endif

#ifdef WITH_TSAN
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
	return "called_from_lib:libzmq.so\n"
	       "race:^free_sent$\n"
	       "race:^zmq_\n";
}
#endif

/* Referred to by context.c, so that this file is in every program that has a socket. */
extern const char wire_tsan_linked;
const char wire_tsan_linked = 0;
