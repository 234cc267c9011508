/*
 * fuzz_trustfall_arguments.c - any JSON as the arguments of a query that wants one of every type: values of those types, or errors.
 */
#include "trustfall/plan_priv.h"

#include <stdlib.h>
#include <string.h>

#include "../tests/trustfall/songs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char query[] = "{ Song { plays @filter(op: \"=\", value: [\"$i\"]) @filter(op: \"one_of\", value: [\"$l\"]) "
			    "name @filter(op: \"regex\", value: [\"$s\"]) loud @filter(op: \"<\", value: [\"$f\"]) "
			    "tags @filter(op: \"=\", value: [\"$t\"]) grid @filter(op: \"<\", value: [\"$g\"]) "
			    "live @filter(op: \"=\", value: [\"$b\"]) id @filter(op: \"=\", value: [\"$d\"]) } }";

static void check(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(tf_schema) s = NULL;
	AUTO(tf_query) q = NULL;
	AUTO(tf_arguments) a = NULL;
	AUTO_JSON json_t *given = NULL;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct err err = ERR_INIT;
	if (json_parse((const char *)data, size, &given, &err) < 0)
		return 0;
	check(tf_schema_parse(SONGS_SCHEMA, sizeof(SONGS_SCHEMA) - 1, &s, NULL) == 0);
	check(tf_query_compile(s, query, sizeof(query) - 1, &q, NULL) == 0);
	if (tf_arguments_bind(q, given, &a, &errors) < 0) {
		AUTO_JSON json_t *j = tf_errors_json(&errors);
		check(errors.n > 0 && j && !a);
		return 0;
	}
	check(json_object_size(given) == tf_query_n_variables(q));
	for (size_t i = 0; i < q->n_variables; i++)
		check(tf_type_takes(&q->variables[i].type, &a->values[i]));
	return 0;
}
