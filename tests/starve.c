#include "starve.h"

#include "check.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_RUNS 100000

static _Atomic long one_left = -1; /* allocations until one fails; below 0: none does */
static atomic_bool one_failed;
static _Thread_local long all_left = -1; /* the same; at 0 it stays */
static _Thread_local bool all_failed;

static bool fails(void)
{
	if (all_left == 0)
		return all_failed = true;
	if (all_left > 0)
		all_left--;
	if (atomic_load(&one_left) < 0 || atomic_fetch_sub(&one_left, 1) != 0)
		return false;
	atomic_store(&one_failed, true);
	return true;
}

void starve_one(long n)
{
	atomic_store(&one_failed, false);
	atomic_store(&one_left, n - 1);
}

void starve_all_from(long n)
{
	all_failed = false;
	all_left = n - 1;
}

bool starve_end(void)
{
	bool failed = all_failed || atomic_load(&one_failed);
	all_left = -1;
	all_failed = false;
	atomic_store(&one_left, -1);
	atomic_store(&one_failed, false);
	return failed;
}

long starve_exhaust(enum starve_kind kind, const char *what, bool copes, starve_work_fn *work, void *arg)
{
	for (long n = 1; n < MOST_RUNS; n++) {
		struct err err = ERR_INIT;
		if (kind == STARVE_ONE)
			starve_one(n);
		else
			starve_all_from(n);
		int r = work(arg, &err);
		bool failed = starve_end();
		if (!failed && r == 0)
			return n;
		if (!failed || (r != -ENOMEM && !(r == 0 && copes)))
			fail_msg("%s, allocation %ld: %d, %s", what, n, r, err_msg(&err));
	}
	fail_msg("%s never succeeds", what);
	return -1;
}

/* --- what the linker sends here (--wrap) --- */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
int __real_vasprintf(char **ret, const char *fmt, va_list ap);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
int __wrap_vasprintf(char **ret, const char *fmt, va_list ap);

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return fails() ? NULL : __real_strndup(s, n);
}

int __wrap_vasprintf(char **ret, const char *fmt, va_list ap)
{
	return fails() ? -1 : __real_vasprintf(ret, fmt, ap);
}
