/*
 * test_memory.c - every generator of the harmony family with the first, second, third ... allocation failing: -ENOMEM and nothing else
 * comes back. Leaks are the address sanitizer's to find.
 */
#include "family.h"
#include "tunes.h"

#include "../check.h"
#include "../starve.h"

#include <stdlib.h>
#include <string.h>

struct case_of {
	const struct generator *g;
	json_t *params;
	const struct score *in;
};

static int make(void *arg, struct err *err)
{
	const struct case_of *c = arg;
	struct generated made = { 0 };
	int code = generator_run(c->g, c->params, &c->in, c->g->inputs_min, 3, NULL, &made, err);
	generated_done(&made);
	return code;
}

static void test_generators_give_up_cleanly_when_memory_is_out(void **state)
{
	AUTO(score) reel = tune_reel();
	for (size_t i = 0; harmony_generators[i]; i++) {
		struct case_of c = { .g = harmony_generators[i], .in = reel };
		AUTO_JSON json_t *params = strcmp(c.g->model, "prompt") == 0 ? json_pack("{s:s}", "prompt", "rock, 4 bars, xyzzy") : json_object();
		c.params = params;
		long runs = starve_exhaust(STARVE_ALL_FROM, c.g->model, false, make, &c);
		print_message("%s: %ld allocations\n", c.g->model, runs - 1);
		assert_true(runs > 5);
	}
}

int main(void)
{
	json_set_alloc_funcs(malloc, free);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generators_give_up_cleanly_when_memory_is_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
