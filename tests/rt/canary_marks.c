/* What tools/check-rt must catch; compiled, never linked. */
#include "rt/rt.h"

#include <stdio.h>
#include <stdlib.h>

void canary_unmarked_rt(int *p);
RT_SAFE void *canary_allocates(size_t n);
RT_SAFE int canary_helped(int x);

void canary_unmarked_rt(int *p)
{
	*p += 1;
}

RT_SAFE void *canary_allocates(size_t n)
{
	return malloc(n);
}

__attribute__((noinline)) static int unmarked_helper(int x)
{
	return x * 3 + getchar();
}

RT_SAFE int canary_helped(int x)
{
	return unmarked_helper(x) + 1;
}
