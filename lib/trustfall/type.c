#include "trustfall/type.h"

#include <string.h>

#include "base/banned.h"

#define LEVEL(i) (UINT32_C(1) << (i))

/* Bits of `required` that mean something. */
static uint32_t levels(const struct tf_type *t)
{
	return t->required & (t->n_lists >= 31 ? UINT32_MAX : LEVEL(t->n_lists + 1) - 1);
}

static void put(char *ret, size_t *n, char c)
{
	if (*n < TF_TYPE_TEXT - 1)
		ret[(*n)++] = c;
}

char *tf_type_text(const struct tf_type *t, char ret[TF_TYPE_TEXT])
{
	size_t n = 0;
	for (uint32_t i = 0; i < t->n_lists; i++)
		put(ret, &n, '[');
	for (const char *s = t->name; *s; s++)
		put(ret, &n, *s);
	for (uint32_t i = t->n_lists + 1; i-- > 0;) {
		if (levels(t) & LEVEL(i))
			put(ret, &n, '!');
		if (i > 0)
			put(ret, &n, ']');
	}
	ret[n] = '\0';
	return ret;
}

struct tf_type tf_type_with_required(struct tf_type t, bool required)
{
	t.required = (t.required & ~LEVEL(0)) | (required ? LEVEL(0) : 0);
	return t;
}

struct tf_type tf_type_item(struct tf_type t)
{
	t.n_lists--;
	t.required >>= 1;
	return t;
}

struct tf_type tf_type_list_of(struct tf_type t, bool required)
{
	t.n_lists++;
	t.required = t.required << 1 | (required ? LEVEL(0) : 0);
	return t;
}

bool tf_type_same(const struct tf_type *a, const struct tf_type *b)
{
	return a->n_lists == b->n_lists && strcmp(a->name, b->name) == 0;
}

bool tf_type_intersect(const struct tf_type *a, const struct tf_type *b, struct tf_type *ret)
{
	if (!tf_type_same(a, b))
		return false;
	struct tf_type t = *a;
	t.required = levels(a) | levels(b);
	*ret = t;
	return true;
}

bool tf_type_is_ordered(const struct tf_type *t)
{
	return strcmp(t->name, "Int") == 0 || strcmp(t->name, "Float") == 0 || strcmp(t->name, "String") == 0;
}

bool tf_type_is_scalar_name(const char *name)
{
	static const char *const scalars[] = {"Boolean", "Float", "ID", "Int", "String"};
	for (size_t i = 0; i < COUNT_OF(scalars); i++)
		if (strcmp(name, scalars[i]) == 0)
			return true;
	return false;
}

const char *tf_type_scalar_hint(const char *name)
{
	static const struct {
		const char *name, *hint;
	} rows[] = {
		{"Boolean", "true or false, without quotes"},
		{"Float", "a number, without quotes"},
		{"ID", "a text in quotes, a number too"},
		{"Int", "a whole number, without quotes and without a point"},
		{"String", "a text in quotes, a number too"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(name, rows[i].name) == 0)
			return rows[i].hint;
	return "the schema says what it is";
}

static bool scalar_takes(const char *name, enum tf_kind kind)
{
	switch (kind) {
	case TF_INT:
	case TF_UINT:
		return strcmp(name, "Int") == 0;
	case TF_FLOAT:
		return strcmp(name, "Float") == 0;
	case TF_BOOL:
		return strcmp(name, "Boolean") == 0;
	case TF_STRING:
		return strcmp(name, "String") == 0 || strcmp(name, "ID") == 0;
	default:
		return false;
	}
}

bool tf_type_takes(const struct tf_type *t, const struct tf_value *v)
{
	if (v->kind == TF_NULL)
		return !tf_type_is_required(t);
	if (t->n_lists == 0)
		return scalar_takes(t->name, v->kind);
	if (v->kind != TF_LIST)
		return false;
	struct tf_type item = tf_type_item(*t);
	for (uint32_t i = 0; i < v->n; i++)
		if (!tf_type_takes(&item, &v->v[i]))
			return false;
	return true;
}
