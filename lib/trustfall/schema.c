#include "trustfall/schema_priv.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"

#include "base/banned.h"

void *schema_take(struct tf_schema *s, size_t n, size_t size)
{
	return tf_arena_zeroed(s->arena, n, size);
}

int schema_error(struct tf_errors *errors, const char *kind, struct tf_pos pos, json_t *args, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int r = tf_error_addv(errors, TF_STAGE_SCHEMA, kind, pos, args, fmt, ap);
	va_end(ap);
	return r;
}

static int read_schema(struct tf_schema *s, const char *text, size_t n, struct tf_errors *errors)
{
	static const struct ast_limits limits = {LIMIT_TRUSTFALL_SCHEMA_BYTES, LIMIT_TRUSTFALL_QUERY_DEPTH};
	int r = ast_parse(s->arena, text, n, &limits, TF_STAGE_SCHEMA, &s->ast, errors);
	if (r == 0)
		r = schema_build(s, errors);
	return r < 0 ? r : schema_check(s, errors);
}

int tf_schema_parse(const char *text, size_t n, struct tf_schema **ret, struct tf_errors *errors)
{
	AUTO_TF_ERRORS own = TF_ERRORS_INIT;
	AUTO(tf_schema) s = calloc(1, sizeof(*s));
	if (s)
		s->arena = tf_arena_new(0);
	if (!s || !s->arena)
		return -ENOMEM;
	int r = read_schema(s, text, n, errors ? errors : &own);
	if (r == 0)
		*ret = TAKE(s);
	return r;
}

void tf_schema_free(struct tf_schema *s)
{
	if (!s)
		return;
	tf_arena_free(s->arena);
	free(s);
}

struct schema_type *schema_find(const struct tf_schema *s, const char *name)
{
	size_t low = 0, high = s->n_types;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(s->by_name[middle]->def.name, name);
		if (order == 0)
			return s->by_name[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct tf_type_def *tf_schema_root(const struct tf_schema *s)
{
	return &s->root->def;
}

size_t tf_schema_n_types(const struct tf_schema *s)
{
	return s->n_list;
}

const struct tf_type_def *tf_schema_type_at(const struct tf_schema *s, size_t index)
{
	return s->list[index];
}

const struct tf_type_def *tf_schema_type(const struct tf_schema *s, const char *name)
{
	const struct schema_type *t = schema_find(s, name);
	return t && t != s->root ? &t->def : NULL;
}

const struct tf_field_def *tf_type_field(const struct tf_type_def *t, const char *name)
{
	const struct tf_field_def **sorted = CONTAINER_OF(t, const struct schema_type, def)->sorted;
	size_t low = 0, high = t->n_fields;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(sorted[middle]->name, name);
		if (order == 0)
			return sorted[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool tf_type_is(const struct tf_type_def *t, const struct tf_type_def *super)
{
	if (t == super)
		return true;
	for (size_t i = 0; i < t->n_supertypes; i++)
		if (t->supertypes[i] == super)
			return true;
	return false;
}
