/*
 * test_memory.c - the codec, flags, help, schemas and examples with allocations that fail: ours and jansson's.
 */
#include "wire/codec.h"

#include "../check.h"
#include "../starve.h"
#include "base/mem.h"
#include "sample.h"
#include "wire/cli.h"
#include "wire/schema.h"

#include <stdlib.h>
#include <string.h>

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
	assert_true(starve_exhaust(STARVE_ALL_FROM, name, false, decode_and_encode, &w) > 1);
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
	assert_true(starve_exhaust(STARVE_ALL_FROM, "flags", false, parse_flags, NULL) > 1);
	assert_true(starve_exhaust(STARVE_ALL_FROM, "help", false, write_help, NULL) > 1);
	assert_true(starve_exhaust(STARVE_ALL_FROM, "example", false, make_example, NULL) > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_runs_out_anywhere_in_the_codec),
		cmocka_unit_test(test_memory_runs_out_in_flags_help_schema_and_example),
	};
	json_set_alloc_funcs(malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
