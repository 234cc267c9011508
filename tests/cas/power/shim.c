/*
 * shim.c - LD_PRELOAD: writes down every call that changes files below $POWER_ROOT into
 * $POWER_TRACE (trace.h).
 *
 * One lock is held around each call and its record, so that the trace is the order in which things
 * happened. What is mapped writable is not seen: SQLite's shared memory file, which a crash
 * empties, is left out of the replay.
 */
#undef _FILE_OFFSET_BITS /* so that open and open64 are two names */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace.h"

#define EXPORT __attribute__((visibility("default")))

enum { MAX_FDS = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;
static char root[4096];
static bool ours[MAX_FDS];

static void start(void)
{
	if (out >= 0 || !getenv("POWER_TRACE") || !getenv("POWER_ROOT"))
		return;
	snprintf(root, sizeof(root), "%s", getenv("POWER_ROOT"));
	out = (int)syscall(SYS_openat, AT_FDCWD, getenv("POWER_TRACE"),
			   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void put(const void *bytes, size_t n)
{
	while (n) {
		long done = syscall(SYS_write, out, bytes, n);
		if (done <= 0)
			abort();
		bytes = (const char *)bytes + done;
		n -= (size_t)done;
	}
}

static void record(enum trace_op op, int fd, int64_t a, const void *first, size_t n_first,
		   const void *second, size_t n_second)
{
	struct trace_record r = {(uint32_t)op, fd, a, (uint32_t)n_first, (uint32_t)n_second};
	put(&r, sizeof(r));
	put(first, n_first);
	put(second, n_second);
}

static bool is_ours(int fd)
{
	return out >= 0 && fd >= 0 && fd < MAX_FDS && ours[fd];
}

/*
 * The absolute path that a name below a folder's descriptor stands for; false when it is not below
 * the root.
 */
static bool resolve(int at, const char *name, char *ret, size_t room)
{
	char link[64], base[4096] = "";
	if (out < 0)
		return false;
	if (name[0] != '/') {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", at);
		ssize_t n = at == AT_FDCWD
				    ? (getcwd(base, sizeof(base)) ? (ssize_t)strlen(base) : -1)
				    : (ssize_t)syscall(SYS_readlinkat, AT_FDCWD, link, base,
						       sizeof(base) - 1);
		if (n < 0)
			return false;
		base[n] = '\0';
	}
	if ((size_t)snprintf(ret, room, "%s%s%s", base, *base ? "/" : "", name) >= room)
		abort();
	size_t n = strlen(root);
	return strncmp(ret, root, n) == 0 && (ret[n] == '/' || ret[n] == '\0');
}

static int opened(int fd, int at, const char *name, int flags)
{
	char path[8192];
	int error = errno;
	if (fd >= 0 && fd < MAX_FDS && resolve(at, name, path, sizeof(path))) {
		ours[fd] = true;
		record(TRACE_OPEN, fd, flags, path, strlen(path), NULL, 0);
	}
	errno = error;
	return fd;
}

static int do_open(int at, const char *name, int flags, mode_t mode)
{
	pthread_mutex_lock(&lock);
	start();
	int fd = opened((int)syscall(SYS_openat, at, name, flags, mode), at, name, flags);
	pthread_mutex_unlock(&lock);
	return fd;
}

#define MODE(flags, last)                              \
	__extension__({                                \
		mode_t mode_ = 0;                      \
		if ((flags) & (O_CREAT | O_TMPFILE)) { \
			va_list ap_;                   \
			va_start(ap_, last);           \
			mode_ = va_arg(ap_, mode_t);   \
			va_end(ap_);                   \
		}                                      \
		mode_;                                 \
	})

#define OPEN(name)                                                         \
	EXPORT int name(const char *path, int flags, ...);                 \
	int name(const char *path, int flags, ...)                         \
	{                                                                  \
		return do_open(AT_FDCWD, path, flags, MODE(flags, flags)); \
	}
#define OPENAT(name)                                                 \
	EXPORT int name(int at, const char *path, int flags, ...);   \
	int name(int at, const char *path, int flags, ...)           \
	{                                                            \
		return do_open(at, path, flags, MODE(flags, flags)); \
	}
#undef open
#undef open64
#undef openat
#undef openat64
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
EXPORT int __open_2(const char *path, int flags);
EXPORT int __open64_2(const char *path, int flags);
EXPORT int __openat_2(int at, const char *path, int flags);
EXPORT int __openat64_2(int at, const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return do_open(AT_FDCWD, path, flags, 0);
}
int __open64_2(const char *path, int flags)
{
	return do_open(AT_FDCWD, path, flags, 0);
}
int __openat_2(int at, const char *path, int flags)
{
	return do_open(at, path, flags, 0);
}
int __openat64_2(int at, const char *path, int flags)
{
	return do_open(at, path, flags, 0);
}

EXPORT long syscall(long number, ...);
long syscall(long number, ...)
{
	va_list ap;
	long v[6];
	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		v[i] = va_arg(ap, long);
	va_end(ap);
	long r;
	register long r10 __asm__("r10") = v[3];
	register long r8 __asm__("r8") = v[4];
	register long r9 __asm__("r9") = v[5];
	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(number), "D"(v[0]), "S"(v[1]), "d"(v[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	if (r < 0 && r > -4096) {
		errno = (int)-r;
		return -1;
	}
	if (number == SYS_openat2) {
		pthread_mutex_lock(&lock);
		(void)opened((int)r, (int)v[0], (const char *)v[1], 0);
		pthread_mutex_unlock(&lock);
	}
	return r;
}

EXPORT int close(int fd);
int close(int fd)
{
	pthread_mutex_lock(&lock);
	if (is_ours(fd)) {
		ours[fd] = false;
		record(TRACE_CLOSE, fd, 0, NULL, 0, NULL, 0);
	}
	int r = (int)syscall(SYS_close, fd);
	pthread_mutex_unlock(&lock);
	return r;
}

static ssize_t do_write(int fd, const void *bytes, size_t n, int64_t at)
{
	pthread_mutex_lock(&lock);
	if (is_ours(fd) && at < 0)
		at = lseek(fd, 0, SEEK_CUR);
	ssize_t r = at < 0 || !is_ours(fd)
			    ? (ssize_t)(at < 0 ? syscall(SYS_write, fd, bytes, n)
					       : syscall(SYS_pwrite64, fd, bytes, n, at))
			    : (ssize_t)syscall(SYS_pwrite64, fd, bytes, n, at);
	if (r > 0 && is_ours(fd))
		record(TRACE_WRITE, fd, at, bytes, (size_t)r, NULL, 0);
	pthread_mutex_unlock(&lock);
	return r;
}

EXPORT ssize_t write(int fd, const void *bytes, size_t n);
ssize_t write(int fd, const void *bytes, size_t n)
{
	ssize_t r = do_write(fd, bytes, n, -1);
	if (r > 0 && is_ours(fd))
		(void)lseek(fd, r, SEEK_CUR);
	return r;
}

EXPORT ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at);
EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at);
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	return do_write(fd, bytes, n, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	return do_write(fd, bytes, n, at);
}

static int do_truncate(int fd, int64_t n)
{
	pthread_mutex_lock(&lock);
	int r = (int)syscall(SYS_ftruncate, fd, n);
	if (r == 0 && is_ours(fd))
		record(TRACE_TRUNCATE, fd, n, NULL, 0, NULL, 0);
	pthread_mutex_unlock(&lock);
	return r;
}
EXPORT int ftruncate(int fd, off_t n);
EXPORT int ftruncate64(int fd, off64_t n);
int ftruncate(int fd, off_t n)
{
	return do_truncate(fd, n);
}
int ftruncate64(int fd, off64_t n)
{
	return do_truncate(fd, n);
}

static int do_sync(int fd, long number, enum trace_op op)
{
	pthread_mutex_lock(&lock);
	int r = (int)syscall(number, fd);
	if (r == 0 && is_ours(fd))
		record(op, fd, 0, NULL, 0, NULL, 0);
	pthread_mutex_unlock(&lock);
	return r;
}
EXPORT int fsync(int fd);
EXPORT int fdatasync(int fd);
EXPORT int syncfs(int fd);
int fsync(int fd)
{
	return do_sync(fd, SYS_fsync, TRACE_SYNC);
}
int fdatasync(int fd)
{
	return do_sync(fd, SYS_fdatasync, TRACE_SYNC);
}
/* For real it would sync the whole machine; the trace is all that matters here. */
int syncfs(int fd)
{
	return do_sync(fd, SYS_fsync, TRACE_SYNC_ALL);
}

static int do_rename(int from_at, const char *from, int to_at, const char *to, unsigned flags)
{
	char first[8192], second[8192];
	pthread_mutex_lock(&lock);
	bool mine = resolve(from_at, from, first, sizeof(first)) &&
		    resolve(to_at, to, second, sizeof(second));
	int r = (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
	if (r == 0 && mine)
		record(TRACE_RENAME, 0, 0, first, strlen(first), second, strlen(second));
	pthread_mutex_unlock(&lock);
	return r;
}
EXPORT int rename(const char *from, const char *to);
EXPORT int renameat(int from_at, const char *from, int to_at, const char *to);
EXPORT int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags);
int rename(const char *from, const char *to)
{
	return do_rename(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int renameat(int from_at, const char *from, int to_at, const char *to)
{
	return do_rename(from_at, from, to_at, to, 0);
}
int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags)
{
	return do_rename(from_at, from, to_at, to, flags);
}

EXPORT int linkat(int from_at, const char *from, int to_at, const char *to, int flags);
int linkat(int from_at, const char *from, int to_at, const char *to, int flags)
{
	char path[8192];
	int fd = -1;
	pthread_mutex_lock(&lock);
	bool mine = resolve(to_at, to, path, sizeof(path)) &&
		    sscanf(from, "/proc/self/fd/%d", &fd) == 1 && is_ours(fd);
	int r = (int)syscall(SYS_linkat, from_at, from, to_at, to, flags);
	if (r == 0 && mine)
		record(TRACE_LINK, fd, 0, path, strlen(path), NULL, 0);
	pthread_mutex_unlock(&lock);
	return r;
}

static int do_named(long number, int at, const char *name, long extra, enum trace_op op)
{
	char path[8192];
	pthread_mutex_lock(&lock);
	start();
	bool mine = resolve(at, name, path, sizeof(path));
	int r = (int)syscall(number, at, name, extra);
	if (r == 0 && mine)
		record(op, 0, 0, path, strlen(path), NULL, 0);
	pthread_mutex_unlock(&lock);
	return r;
}
EXPORT int unlink(const char *name);
EXPORT int unlinkat(int at, const char *name, int flags);
EXPORT int mkdir(const char *name, mode_t mode);
EXPORT int mkdirat(int at, const char *name, mode_t mode);
int unlink(const char *name)
{
	return do_named(SYS_unlinkat, AT_FDCWD, name, 0, TRACE_UNLINK);
}
int unlinkat(int at, const char *name, int flags)
{
	return do_named(SYS_unlinkat, at, name, flags, TRACE_UNLINK);
}
int mkdir(const char *name, mode_t mode)
{
	return do_named(SYS_mkdirat, AT_FDCWD, name, mode, TRACE_MKDIR);
}
int mkdirat(int at, const char *name, mode_t mode)
{
	return do_named(SYS_mkdirat, at, name, mode, TRACE_MKDIR);
}

EXPORT void power_ack(const char *what);
void power_ack(const char *what)
{
	pthread_mutex_lock(&lock);
	if (out >= 0)
		record(TRACE_ACK, 0, 0, what, strlen(what), NULL, 0);
	pthread_mutex_unlock(&lock);
}
