/*
 * fuzz_trustfall_schema.c - any bytes as a schema: one whose parts find each other, or errors with places in the text.
 */
#include "trustfall/schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_field(const struct tf_schema *s, const struct tf_type_def *t, const struct tf_field_def *f)
{
	check(tf_type_field(t, f->name) == f && f == &t->fields[f->index]);
	check((f->target != NULL) != tf_type_is_scalar_name(f->type.name));
	check(!f->target || (f->target == tf_schema_type(s, f->type.name) && f->type.n_lists <= 1));
	for (size_t i = 0; i < f->n_params; i++)
		check(!f->params[i].has_default || tf_type_takes(&f->params[i].type, &f->params[i].value));
	for (size_t i = 0; i < t->n_supertypes; i++) { /* narrower than what it is inherited from */
		const struct tf_field_def *from = tf_type_field(t->supertypes[i], f->name);
		check(!from || (from->n_params == f->n_params && !(from->type.required & ~f->type.required)));
	}
}

static void check_type(const struct tf_schema *s, const struct tf_type_def *t)
{
	for (size_t i = 0; i < t->n_fields; i++)
		check_field(s, t, &t->fields[i]);
	for (size_t i = 0; i < t->n_supertypes; i++) {
		check(t->supertypes[i]->interface && tf_type_is(t, t->supertypes[i]));
		for (size_t k = 0; k < t->supertypes[i]->n_fields; k++)
			check(tf_type_field(t, t->supertypes[i]->fields[k].name) != NULL);
	}
	for (size_t i = 0; i < t->n_objects; i++)
		check(!t->objects[i]->interface && tf_type_is(t->objects[i], t));
}

static uint32_t count_lines(const uint8_t *data, size_t size)
{
	uint32_t n = 1;
	for (size_t i = 0; i < size; i++)
		n += data[i] == '\n';
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO_STRBUF shown = STRBUF_INIT;
	AUTO(tf_schema) s = NULL;
	int r = tf_schema_parse((const char *)data, size, &s, &errors);
	if (r == 0) {
		check(errors.n == 0);
		check_type(s, tf_schema_root(s));
		for (size_t i = 0; i < tf_schema_n_types(s); i++) {
			const struct tf_type_def *t = tf_schema_type_at(s, i);
			check(t->index == i && tf_schema_type(s, t->name) == t);
			check_type(s, t);
		}
		return 0;
	}
	check(!s && (r == -EINVAL || r == -E2BIG || r == -EMSGSIZE) && errors.n > 0);
	uint32_t n_lines = count_lines(data, size);
	for (size_t i = 0; i < errors.n; i++)
		check(errors.v[i].message[0] && errors.v[i].pos.line <= n_lines && (errors.v[i].pos.line || r == -EMSGSIZE));
	check(tf_errors_show(&errors, (const char *)data, size, &shown) == 0);
	return 0;
}
