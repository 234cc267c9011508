/*
 * fuzz_trustfall_run.c - any bytes as a query over the shelf, with arguments by their types: what compiles runs within its bounds,
 * reads no vertex that is gone and closes what it has opened.
 */
#include "../tests/trustfall/shelf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *value_of(struct tf_type t)
{
	if (t.n_lists) {
		json_t *list = json_array();
		json_array_append_new(list, value_of(tf_type_item(t)));
		return list;
	}
	if (strcmp(t.name, "Int") == 0)
		return json_integer(2);
	if (strcmp(t.name, "Float") == 0)
		return json_real(2.5);
	return strcmp(t.name, "Boolean") == 0 ? json_true() : json_string("t[1-8]");
}

static void run(const struct tf_adapter *a, const struct tf_query *q, const struct tf_arguments *args)
{
	struct shelf s;
	struct tf_run *r = NULL;
	struct err e = ERR_INIT;
	const struct tf_value *row;
	shelf_init(&s, a, 1000);
	s.move_at = 0; /* 1 ms for each thing: 2,000 of them */
	s.use_hints = tf_query_n_outputs(q) % 2 == 1;
	const struct tf_limits limits = {.max_rows = 300, .max_bytes = 65536, .clock = &s.clock.clock,
					 .deadline_ns = clock_monotonic_ns(&s.clock.clock) + 2 * NS_PER_SEC};
	int64_t rows = 0;
	int code = tf_run_open(a, q, args, &s, &limits, &r, &e);
	while (code >= 0 && (code = tf_run_next(r, &row, &e)) == 1)
		for (size_t i = 0; i < tf_query_n_outputs(q); i++, rows += i == 1)
			if (!tf_type_takes(&tf_query_output(q, i)->type, &row[i]))
				abort();
	if (code < 0 && code != -EINVAL && code != -ETIMEDOUT) /* expressions only */
		abort();
	if (r && (tf_run_stats(r).peak_bytes > 65536 || rows > 300))
		abort();
	tf_run_close(r);
	if (s.opened != s.closed)
		abort();
	shelf_done(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(tf_adapter) a = shelf_adapter();
	AUTO(tf_query) q = NULL;
	AUTO(tf_arguments) args = NULL;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	if (tf_query_compile(tf_adapter_schema(a), (const char *)data, size, &q, &errors) < 0)
		return 0;
	json_t *given AUTO_JSON = json_object();
	for (size_t i = 0; i < tf_query_n_variables(q); i++)
		json_object_set_new(given, tf_query_variable(q, i)->name, value_of(tf_query_variable(q, i)->type));
	if (tf_arguments_bind(q, given, &args, &errors) < 0)
		abort();
	run(a, q, args);
	return 0;
}
