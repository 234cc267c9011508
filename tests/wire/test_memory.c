#include "wire/codec.h"

#include "../check.h"
#include "base/mem.h"
#include "sample.h"
#include "wire/cli.h"
#include "wire/schema.h"

#include <stdlib.h>
#include <string.h>

/* Allocations of ours and jansson's: number `fail_at` fails (1 is the next), and all after it. 0: none. */
static long fail_at, counted;

static bool fails(void)
{
	return fail_at && ++counted >= fail_at;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

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

/* Runs `work` with allocation 1, 2, 3, … failing until it succeeds; it must say -ENOMEM until then. */
static void exhaust(const char *what, int (*work)(void *arg, struct err *err), void *arg)
{
	for (long n = 1; n < 100000; n++) {
		struct err err = ERR_INIT;
		counted = 0;
		fail_at = n;
		int r = work(arg, &err);
		bool failed = counted >= n;
		fail_at = 0;
		if (!failed) {
			assert_int_equal(r, 0);
			assert_true(n > 1);
			return;
		}
		if (r != -ENOMEM)
			fail_msg("%s, allocation %ld: %d, %s", what, n, r, err_msg(&err));
	}
	fail_msg("%s never succeeds", what);
}

struct text_work {
	const struct wire_object *desc;
	const char *text;
};

static int decode_and_encode(void *arg, struct err *err)
{
	const struct text_work *w = arg;
	AUTO_ARENA a = WIRE_ARENA_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	void *value = wire_arena_alloc(&a, w->desc->size);
	if (!value)
		return -ENOMEM;
	int r = wire_decode_text(w->desc, w->text, strlen(w->text), WIRE_STRICT, &a, value, err);
	return r < 0 ? r : wire_encode(w->desc, value, &b, err);
}

static void exhaust_object(const char *name, const struct wire_object *desc, void *arg)
{
	AUTO_JSON json_t *example = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(wire_example(desc, WIRE_EXAMPLE_ALL, &example, &err), 0);
	char AUTO_MEM *text = json_text(example, 0);
	struct text_work w = { desc, text };
	exhaust(name, decode_and_encode, &w);
}

static void test_memory_runs_out_anywhere_in_the_codec(void **state)
{
	sample_each_object(exhaust_object, NULL);
}

static int parse_flags(void *arg, struct err *err)
{
	const char *const args[] = {
		"--number=1",           "--tags", "a", "--tags", "b", "--json", "{\"gain\":1}",
		"--inner={\"beats\":1}"
	};
	json_t *j = NULL;
	int r = wire_cli_parse(&sample_message, (int)COUNT_OF(args), (char *const *)args, &j, err);
	json_decref(j);
	return r;
}

static int write_help(void *arg, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	int r = wire_cli_help(&sample_message, &b);
	return r < 0 ? r : wire_schema(&sample_object, "sample", &b);
}

static int make_example(void *arg, struct err *err)
{
	json_t *j = NULL;
	int r = wire_example(&sample_object, WIRE_EXAMPLE_ALL, &j, err);
	json_decref(j);
	return r;
}

static void test_memory_runs_out_in_flags_help_schema_and_example(void **state)
{
	exhaust("flags", parse_flags, NULL);
	exhaust("help", write_help, NULL);
	exhaust("example", make_example, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_runs_out_anywhere_in_the_codec),
		cmocka_unit_test(test_memory_runs_out_in_flags_help_schema_and_example),
	};
	json_set_alloc_funcs(__wrap_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
