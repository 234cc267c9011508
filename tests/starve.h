/*
 * starve.h - allocations that fail on demand, for the tests that take one after the other away.
 *
 * Linked in through `starve_dep`, which sends the program's and our libraries' calls of malloc, calloc, realloc, strdup,
 * strndup and vasprintf here; shared libraries keep the usual ones (jansson can be given ours with json_set_alloc_funcs).
 * A leak on the way out is the address sanitizer's to find.
 *
 * Threads:   starve_all_from() is for the calling thread; starve_one() counts the allocations of all threads.
 */
#ifndef TESTS_STARVE_H
#define TESTS_STARVE_H

#include "base/err.h"

#include <stdbool.h>

/* Allocation n from now (1 is the next) fails, and no other. */
void starve_one(long n);
/* Allocation n from now fails, and so do all after it. */
void starve_all_from(long n);
/* No more of that; whether an allocation has failed. */
bool starve_end(void);

enum starve_kind { STARVE_ONE, STARVE_ALL_FROM };
typedef int starve_work_fn(void *arg, struct err *err);
/*
 * Runs `work` with allocation 1, 2, 3, … failing until none does, and returns how many runs that took. A run in which one
 * failed must give -ENOMEM, or succeed where `copes` says that it may do without; the last one must succeed.
 */
long starve_exhaust(enum starve_kind kind, const char *what, bool copes, starve_work_fn *work, void *arg);

#endif
