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

static bool is_name_byte(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

int tf_type_read(struct tf_arena *a, const char *text, struct tf_type *ret)
{
	struct tf_type t = {0};
	const char *s = text;
	for (; *s == '['; s++)
		t.n_lists++;
	size_t n = 0;
	while (is_name_byte(s[n], n == 0))
		n++;
	if (n == 0 || t.n_lists > TF_LISTS_MAX)
		return -EINVAL;
	const char *name = s;
	s += n;
	for (uint32_t i = t.n_lists + 1; i-- > 0;) {
		if (*s == '!') {
			t.required |= LEVEL(i);
			s++;
		}
		if (i > 0 && *s++ != ']')
			return -EINVAL;
	}
	if (*s)
		return -EINVAL;
	t.name = tf_arena_text(a, name, n);
	if (!t.name)
		return -ENOMEM;
	*ret = t;
	return 0;
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

bool tf_type_equal(const struct tf_type *a, const struct tf_type *b)
{
	return tf_type_same(a, b) && levels(a) == levels(b);
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
