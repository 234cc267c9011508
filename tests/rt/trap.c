/*
 * trap.c - preloaded in tests: between rt_enter and rt_leave, memory, locks, sleeps and system calls end the program.
 *
 * Exit code 99 and one line "trap: NAME" on stderr. System calls are caught by the kernel (syscall user dispatch): while the
 * selector byte says so, each raises SIGSYS.
 *
 * RT_TRAP_CANARY=malloc (or lock, syscall) in the environment makes the hundredth cycle of a thread commit that fault itself,
 * so that a test can see that the traps are armed in the program it runs.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif

EXPORT void rt_trap_enter(void);
EXPORT void rt_trap_leave(void);
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);
void __libc_free(void *p);

#define TLS static _Thread_local __attribute__((tls_model("initial-exec")))
TLS volatile char selector;
TLS volatile char inside;
TLS char armed;
TLS int cycles;
static const char *canary;

static int (*next_lock)(pthread_mutex_t *);
static int (*next_wait)(pthread_cond_t *, pthread_mutex_t *);
static int (*next_sem_wait)(sem_t *);
static int (*next_nanosleep)(const struct timespec *, struct timespec *);

static void caught(const char *what)
{
	static char begin[] = "trap: ", end[] = "\n";
	selector = 0;
	inside = 0;
	struct iovec line[] = {
		{ begin, sizeof(begin) - 1 },
		{ (void *)(uintptr_t)what, strlen(what) }, /* only read */
		{ end, sizeof(end) - 1 },
	};
	ssize_t r = writev(2, line, 3);
	(void)r;
	_exit(99);
}

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
	caught("system call");
}

/* Also from the constructors of libraries that come before ours. */
static void find_next(void)
{
	*(void **)&next_lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
	/* by name alone one gets the oldest version, whose condition variables are others */
	*(void **)&next_wait = dlvsym(RTLD_NEXT, "pthread_cond_wait", "GLIBC_2.3.2");
	if (!next_wait)
		*(void **)&next_wait = dlsym(RTLD_NEXT, "pthread_cond_wait");
	*(void **)&next_sem_wait = dlsym(RTLD_NEXT, "sem_wait");
	*(void **)&next_nanosleep = dlsym(RTLD_NEXT, "nanosleep");
}

__attribute__((constructor)) static void trap_init(void)
{
	canary = getenv("RT_TRAP_CANARY");
	struct sigaction act = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };
	sigaction(SIGSYS, &act, NULL);
}

/* A fault of its own, inside the bracket. */
static void sing(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	if (strcmp(canary, "malloc") == 0)
		free(malloc(1));
	else if (strcmp(canary, "lock") == 0)
		pthread_mutex_lock(&lock);
	else
		(void)syscall(SYS_getppid);
}

void rt_trap_enter(void)
{
	if (!armed && prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector) < 0) {
		static const char line[] = "trap: this kernel has no syscall user dispatch\n";
		ssize_t r = write(2, line, sizeof(line) - 1);
		(void)r;
	}
	armed = 1;
	inside = 1;
	selector = 1;
	if (canary && ++cycles == 100)
		sing();
}

void rt_trap_leave(void)
{
	selector = 0;
	inside = 0;
}

EXPORT void *malloc(size_t n)
{
	if (inside)
		caught("malloc");
	return __libc_malloc(n);
}

EXPORT void *calloc(size_t n, size_t size)
{
	if (inside)
		caught("calloc");
	return __libc_calloc(n, size);
}

EXPORT void *realloc(void *p, size_t n)
{
	if (inside)
		caught("realloc");
	return __libc_realloc(p, n);
}

EXPORT void *aligned_alloc(size_t align, size_t n)
{
	if (inside)
		caught("aligned_alloc");
	return __libc_memalign(align, n);
}

EXPORT void free(void *p)
{
	if (inside)
		caught("free");
	__libc_free(p);
}

EXPORT int pthread_mutex_lock(pthread_mutex_t *m)
{
	if (inside)
		caught("lock");
	if (!next_lock)
		find_next();
	return next_lock(m);
}

EXPORT int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	if (inside)
		caught("wait");
	if (!next_wait)
		find_next();
	return next_wait(c, m);
}

EXPORT int sem_wait(sem_t *s)
{
	if (inside)
		caught("wait");
	if (!next_sem_wait)
		find_next();
	return next_sem_wait(s);
}

EXPORT int nanosleep(const struct timespec *want, struct timespec *left)
{
	if (inside)
		caught("sleep");
	if (!next_nanosleep)
		find_next();
	return next_nanosleep(want, left);
}
