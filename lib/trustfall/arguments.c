/* The values of a query's variables, all mistakes told at once, in Trustfall's order. */
#include <string.h>

#include "trustfall/plan_priv.h"

#include "base/banned.h"

void tf_arguments_free(struct tf_arguments *a)
{
	if (a)
		tf_arena_free(a->arena); /* the arguments are in it */
}

static struct tf_pos filters_pos(const struct plan_filter *f, size_t n, uint32_t variable)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].operand == PLAN_VARIABLE && f[i].variable == variable)
			return f[i].pos;
	return (struct tf_pos){0, 0};
}

/* Where the query uses it. */
static struct tf_pos use_pos(const struct tf_query *q, uint32_t variable)
{
	struct tf_pos pos = {0, 0};
	for (size_t i = 0; i < q->n_vertices && pos.line == 0; i++)
		pos = filters_pos(q->vertices[i].filters, q->vertices[i].n_filters, variable);
	for (size_t i = 0; i < q->n_folds && pos.line == 0; i++)
		pos = filters_pos(q->folds[i].filters, q->folds[i].n_filters, variable);
	return pos;
}

static bool is_number_for(const json_t *given, const struct tf_type *t, const char *name)
{
	return t->n_lists == 0 && strcmp(t->name, name) == 0 && json_is_number(given);
}

static void hint_items(const struct tf_type *list, struct tf_errors *errors)
{
	struct tf_type item = tf_type_item(*list);
	char text[TF_TYPE_TEXT];
	tf_error_hint(errors, "each item of the list has to be %s", tf_type_text(&item, text));
}

static void wrong_type(const struct tf_query *q, uint32_t variable, json_t *given, struct tf_errors *errors)
{
	const struct tf_column *c = &q->variables[variable];
	char type[TF_TYPE_TEXT];
	tf_type_text(&c->type, type);
	AUTO_MEM char *text = json_text(given, JSON_OUT_COMPACT);
	(void)tf_error_add(errors, TF_STAGE_ARGUMENTS, "ArgumentTypeError", use_pos(q, variable),
			   json_pack("[s,s,O]", c->name, type, given), "'%s' has to be %s, and is %.100s", c->name, type,
			   text ? text : "not");
	if (is_number_for(given, &c->type, "Float"))
		tf_error_hint(errors, "a Float has a point: %.60s.0", text ? text : "1");
	else if (is_number_for(given, &c->type, "Int"))
		tf_error_hint(errors, "an Int has no point");
	else if (c->type.n_lists && !json_is_array(given) && !json_is_null(given))
		tf_error_hint(errors, "put it into a list: [%.100s]", text ? text : "");
	else if (json_is_null(given))
		tf_error_hint(errors, "null is not allowed here; the filters \"is_null\" and \"is_not_null\" look for it");
	else if (json_is_array(given) && c->type.n_lists)
		hint_items(&c->type, errors);
	else
		tf_error_hint(errors, "%s", tf_type_scalar_hint(c->type.name));
}

/* 1: a mistake has been told. */
static int bind_one(const struct tf_query *q, uint32_t variable, json_t *given, struct tf_arguments *a, struct tf_errors *errors)
{
	int r = tf_value_from_json(a->arena, given, &a->values[variable], NULL);
	if (r == -ENOMEM)
		return r;
	if (r == 0 && tf_type_takes(&q->variables[variable].type, &a->values[variable]))
		return 0;
	wrong_type(q, variable, given, errors);
	return 1;
}

static int tell_missing(const struct tf_query *q, const json_t *given, struct tf_errors *errors)
{
	json_t *names = NULL;
	const struct tf_column *first = NULL;
	for (size_t i = 0; i < q->n_variables; i++) {
		if (json_object_get(given, q->variables[i].name))
			continue;
		first = first ? first : &q->variables[i];
		names = names ? names : json_array();
		if (names)
			(void)json_array_append_new(names, json_string(q->variables[i].name)); /* else one less is told */
	}
	if (!first)
		return 0;
	char type[TF_TYPE_TEXT];
	size_t n = json_array_size(names);
	(void)tf_error_add(errors, TF_STAGE_ARGUMENTS, "MissingArguments", use_pos(q, (uint32_t)(first - q->variables)),
			   json_pack("[o]", names), n > 1 ? "the variable '%s' and %zu more have no value" : "the variable '%s' has no value",
			   first->name, n - (n > 0));
	tf_error_hint(errors, "give '%s' as an argument, of the type %s", first->name, tf_type_text(&first->type, type));
	return 1;
}

static bool is_variable(const struct tf_query *q, const char *name)
{
	for (size_t i = 0; i < q->n_variables; i++)
		if (strcmp(q->variables[i].name, name) == 0)
			return true;
	return false;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void hint_variable(const struct tf_query *q, const char *name, struct tf_errors *errors)
{
	const char *names[32];
	size_t n = q->n_variables < COUNT_OF(names) ? q->n_variables : COUNT_OF(names);
	for (size_t i = 0; i < n; i++)
		names[i] = q->variables[i].name;
	const char *near = str_nearest(name, names, n);
	if (near)
		tf_error_hint(errors, "did you mean '%s'?", near);
	else
		tf_error_hint(errors, n ? "leave it out" : "the query has no variables");
}

/* By name. */
static int tell_unused(const struct tf_query *q, json_t *given, struct tf_errors *errors)
{
	size_t n = 0;
	const char **unused = mem_new_array(json_object_size(given), sizeof(*unused));
	if (!unused)
		return -ENOMEM;
	const char *key;
	json_t *value, *names = json_array();
	json_object_foreach (given, key, value)
		if (!is_variable(q, key))
			unused[n++] = key;
	if (n == 0) {
		json_decref(names);
		free(unused);
		return 0;
	}
	qsort(unused, n, sizeof(*unused), compare_texts);
	for (size_t i = 0; names && i < n; i++)
		(void)json_array_append_new(names, json_string(unused[i])); /* out of memory: one less is told */
	(void)tf_error_add(errors, TF_STAGE_ARGUMENTS, "UnusedArguments", (struct tf_pos){0, 0}, json_pack("[o]", names),
			   n > 1 ? "'%s' and %zu more are no variables of the query" : "'%s' is no variable of the query", unused[0],
			   n - 1);
	hint_variable(q, unused[0], errors);
	free(unused);
	return 1;
}

static int bind_all(const struct tf_query *q, json_t *given, struct tf_arguments *a, struct tf_errors *errors)
{
	int wrong = 0;
	for (uint32_t i = 0; i < q->n_variables; i++) {
		json_t *one = json_object_get(given, q->variables[i].name);
		int r = one ? bind_one(q, i, one, a, errors) : 0;
		if (r < 0)
			return r;
		wrong |= r;
	}
	wrong |= tell_missing(q, given, errors);
	int r = tell_unused(q, given, errors);
	return r < 0 ? r : wrong || r ? -EINVAL : 0;
}

/* ---- numbers from JSON that has but one kind of them ---- */

enum { EXACT_BITS = 53 }; /* integers up to 2^53 are doubles too */

static json_t *widened(json_t *v)
{
	const json_int_t most = (json_int_t)1 << EXACT_BITS;
	if (json_is_integer(v) && json_integer_value(v) >= -most && json_integer_value(v) <= most)
		return json_real((double)json_integer_value(v));
	if (!json_is_array(v))
		return json_incref(v);
	json_t *all = json_array();
	for (size_t i = 0; all && i < json_array_size(v); i++)
		if (json_array_append_new(all, widened(json_array_get(v, i))) < 0) {
			json_decref(all);
			return NULL;
		}
	return all;
}

json_t *tf_arguments_widened(const struct tf_query *q, const json_t *given)
{
	AUTO_JSON json_t *all = json_copy((json_t *)given); /* only read; jansson counts references */
	for (size_t i = 0; all && i < q->n_variables; i++) {
		const struct tf_column *c = &q->variables[i];
		json_t *one = strcmp(c->type.name, "Float") == 0 ? json_object_get(given, c->name) : NULL;
		if (one && json_object_set_new(all, c->name, widened(one)) < 0)
			return NULL;
	}
	return TAKE(all);
}

static int no_object(struct tf_errors *errors)
{
	int r = tf_error_add(errors, TF_STAGE_ARGUMENTS, "ArgumentsNotAnObject", (struct tf_pos){0, 0}, json_array(),
			     "arguments have to be an object");
	tf_error_hint(errors, "{\"name\": value}");
	return r;
}

int tf_arguments_bind(const struct tf_query *q, const json_t *given, struct tf_arguments **ret, struct tf_errors *errors)
{
	if (given && !json_is_object(given))
		return no_object(errors);
	AUTO_JSON json_t *g = given ? json_incref((json_t *)given) : json_object(); /* only read; jansson counts references */
	AUTO(tf_arena) arena = g ? tf_arena_new(0) : NULL;
	struct tf_arguments *a = arena ? tf_arena_take(arena, sizeof(*a)) : NULL;
	if (!a)
		return -ENOMEM;
	*a = (struct tf_arguments){.arena = arena};
	a->values = tf_arena_take(arena, (q->n_variables + 1) * sizeof(*a->values));
	if (!a->values)
		return -ENOMEM;
	int r = bind_all(q, g, a, errors);
	if (r < 0)
		return r;
	*ret = a;
	(void)TAKE(arena);
	return 0;
}
