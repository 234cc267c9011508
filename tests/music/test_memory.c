/*
 * Runs reading, playing, cutting and writing with the first, second, third ... allocation failing, until
 * none fails: each time -ENOMEM and nothing else comes back. Leaks are the address sanitizer's to find.
 */
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "music/abc.h"
#include "music/excerpt.h"
#include "music/smf.h"

static long left = -1; /* allocations that still succeed; below 0 all do */

static bool refuse(void)
{
	if (left < 0)
		return false;
	if (left == 0)
		return true;
	left--;
	return false;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

void *__wrap_malloc(size_t n)
{
	return refuse() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return refuse() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
	return refuse() ? NULL : __real_strdup(s);
}

static const char tune[] = "X:1\nT:memory\nC:us\nP:AB\nM:4/4\nL:1/4\nQ:1/4=100\nK:D\nP:A\nV:1 name=\"one\"\n%%MIDI program 3\n"
			   "D|:\"G\"D2-D[EG]&A4|1[K:G](3CDEF:|2 GABc|]\nw:la la-la\nP:B\n[M:3/4][Q:1/4=80]DEF|\nV:2\nC4|\n";

static int work(struct err *err)
{
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) s = NULL;
	AUTO(score) cut = NULL;
	AUTO(score) joined = NULL;
	AUTO(score) up = NULL;
	AUTO(score) back = NULL;
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n;
	int r = abc_parse(tune, sizeof(tune) - 1, NULL, &s, &report, err);
	abc_report_done(&report);
	if (r == 0)
		r = score_excerpt_bars(s, 1, 2, &cut, err);
	if (r == 0)
		r = score_join(s, cut, 32, &joined, err);
	if (r == 0)
		r = score_transpose(joined, 5, &up, err);
	if (r == 0)
		r = score_write_smf(up, &bytes, &n, err);
	return r < 0 ? r : score_read_smf(bytes, n, &back, err);
}

static void test_every_failing_allocation_is_an_error(void **state)
{
	(void)state;
	for (long i = 0; i < 10000; i++) {
		struct err err = ERR_INIT;
		left = i;
		int r = work(&err);
		bool done = left > 0;
		left = -1;
		if (done) {
			assert_int_equal(r, 0);
			assert_true(i > 40);
			return;
		}
		/* Sorting and the list of diagnostics do without memory; everything else says so. */
		if (r != 0)
			assert_int_equal(r, -ENOMEM);
	}
	fail();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_failing_allocation_is_an_error) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
