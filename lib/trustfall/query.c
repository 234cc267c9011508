#include "trustfall/query.h"

#include <string.h>

#include "base/limits.h"
#include "trustfall/compile_priv.h"

#include "base/banned.h"

void tf_query_free(struct tf_query *q)
{
	if (!q)
		return;
	struct tf_arena *a = q->arena;
	tf_arena_free(a); /* the query is in it */
}

size_t tf_query_n_outputs(const struct tf_query *q)
{
	return q->n_outputs;
}

const struct tf_column *tf_query_output(const struct tf_query *q, size_t i)
{
	return &q->outputs[i].column;
}

size_t tf_query_n_variables(const struct tf_query *q)
{
	return q->n_variables;
}

const struct tf_column *tf_query_variable(const struct tf_query *q, size_t i)
{
	return &q->variables[i];
}

static int compile(const struct tf_schema *s, const char *text, size_t n, struct tf_query *q, struct tf_errors *errors)
{
	const struct ast_limits limits = {.max_bytes = LIMIT_TRUSTFALL_QUERY_BYTES, .max_depth = LIMIT_TRUSTFALL_QUERY_DEPTH};
	struct ast_document doc;
	struct query_text read;
	int r = ast_parse(q->arena, text, n, &limits, TF_STAGE_PARSE, &doc, errors);
	if (r == 0)
		r = query_read(q->arena, &doc, &read, errors);
	struct build b = {.schema = s, .arena = q->arena, .errors = errors, .q = q};
	if (r == 0)
		r = build_query(&b, &read);
	return r < 0 ? r : b.n_errors ? -EINVAL : 0;
}

int tf_query_compile(const struct tf_schema *s, const char *text, size_t n, struct tf_query **ret, struct tf_errors *errors)
{
	AUTO_TF_ERRORS unasked = TF_ERRORS_INIT;
	AUTO(tf_arena) a = tf_arena_new(0);
	struct tf_query *q = a ? tf_arena_take(a, sizeof(*q)) : NULL;
	if (!q)
		return -ENOMEM;
	*q = (struct tf_query){.schema = s, .arena = a};
	int r = compile(s, text, n, q, errors ? errors : &unasked);
	if (r < 0)
		return r;
	*ret = q;
	(void)TAKE(a);
	return 0;
}
