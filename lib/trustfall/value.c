#include "trustfall/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"

#include "base/banned.h"

struct tf_value tf_float(double f)
{
	return isfinite(f) ? (struct tf_value){.kind = TF_FLOAT, .f = f} : TF_VALUE_NULL;
}

struct tf_value tf_stringn(const char *s, size_t n)
{
	if (!s)
		return TF_VALUE_NULL;
	/* No memory bound of ours lets a string come near this. */
	return (struct tf_value){.kind = TF_STRING, .n = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX, .s = s};
}

struct tf_value tf_string(const char *s)
{
	return tf_stringn(s, s ? strlen(s) : 0);
}

static bool is_integer(const struct tf_value *v)
{
	return v->kind == TF_INT || v->kind == TF_UINT;
}

static int order_integers(const struct tf_value *a, const struct tf_value *b)
{
	if (a->kind == TF_INT && b->kind == TF_INT)
		return (a->i > b->i) - (a->i < b->i);
	if (a->kind == TF_INT && a->i < 0)
		return -1;
	if (b->kind == TF_INT && b->i < 0)
		return 1;
	return (a->u > b->u) - (a->u < b->u);
}

static int order_strings(const struct tf_value *a, const struct tf_value *b)
{
	uint32_t n = a->n < b->n ? a->n : b->n;
	int r = n ? memcmp(a->s, b->s, n) : 0;
	return r ? r : (a->n > b->n) - (a->n < b->n);
}

bool tf_value_equal(const struct tf_value *a, const struct tf_value *b)
{
	if (is_integer(a) && is_integer(b))
		return order_integers(a, b) == 0;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case TF_FLOAT:
		return a->f == b->f;
	case TF_BOOL:
		return a->b == b->b;
	case TF_STRING:
		return a->n == b->n && (a->n == 0 || memcmp(a->s, b->s, a->n) == 0);
	case TF_LIST:
		break;
	default:
		return true;
	}
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (!tf_value_equal(&a->v[i], &b->v[i]))
			return false;
	return true;
}

/* By the first items that differ, else the shorter one comes first. */
static bool order_lists(const struct tf_value *a, const struct tf_value *b, int *ret)
{
	for (uint32_t i = 0; i < a->n && i < b->n; i++) {
		int r;
		if (tf_value_equal(&a->v[i], &b->v[i]))
			continue;
		if (!tf_value_order(&a->v[i], &b->v[i], &r))
			return false;
		*ret = r;
		return true;
	}
	*ret = (a->n > b->n) - (a->n < b->n);
	return true;
}

bool tf_value_order(const struct tf_value *a, const struct tf_value *b, int *ret)
{
	if (is_integer(a) && is_integer(b)) {
		*ret = order_integers(a, b);
		return true;
	}
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case TF_FLOAT:
		*ret = (a->f > b->f) - (a->f < b->f);
		return true;
	case TF_STRING:
		*ret = order_strings(a, b);
		return true;
	case TF_LIST:
		return order_lists(a, b, ret);
	default:
		return false;
	}
}

static uint64_t hash_bytes(enum tf_kind kind, uint64_t seed, const void *bytes, size_t n)
{
	const uint64_t key[2] = {(uint64_t)kind, seed};
	return map_hash(key, n ? bytes : "", n);
}

uint64_t tf_value_hash(const struct tf_value *v)
{
	struct tf_value flat = *v;
	if (flat.kind == TF_UINT)
		flat = tf_uint(flat.u);
	switch (flat.kind) {
	case TF_INT:
	case TF_UINT:
		return hash_bytes(flat.kind, 0, &flat.u, sizeof(flat.u));
	case TF_FLOAT:
		flat.f = flat.f == 0 ? 0 : flat.f; /* both zeros are equal */
		return hash_bytes(flat.kind, 0, &flat.f, sizeof(flat.f));
	case TF_BOOL:
		return hash_bytes(flat.kind, flat.b, NULL, 0);
	case TF_STRING:
		return hash_bytes(flat.kind, 0, flat.s, flat.n);
	case TF_LIST:
		break;
	default:
		return hash_bytes(TF_NULL, 0, NULL, 0);
	}
	uint64_t h = hash_bytes(TF_LIST, flat.n, NULL, 0);
	for (uint32_t i = 0; i < flat.n; i++) {
		uint64_t item = tf_value_hash(&flat.v[i]);
		h = hash_bytes(TF_LIST, h, &item, sizeof(item));
	}
	return h;
}

static struct tf_value *take_values(struct tf_arena *a, size_t n)
{
	size_t bytes;
	return __builtin_mul_overflow(n, sizeof(struct tf_value), &bytes) ? NULL : tf_arena_take(a, bytes);
}

int tf_value_copy(struct tf_arena *a, const struct tf_value *v, struct tf_value *ret)
{
	struct tf_value copy = *v;
	if (v->kind == TF_STRING) {
		copy.s = tf_arena_text(a, v->s, v->n);
		if (!copy.s)
			return -ENOMEM;
	} else if (v->kind == TF_LIST) {
		struct tf_value *items = take_values(a, v->n);
		if (!items)
			return -ENOMEM;
		for (uint32_t i = 0; i < v->n; i++) {
			int r = tf_value_copy(a, &v->v[i], &items[i]);
			if (r < 0)
				return r;
		}
		copy.v = items;
	}
	*ret = copy;
	return 0;
}

/* ---- JSON ---- */

static int uint_from_text(const char *s, uint64_t *ret)
{
	uint64_t u = 0;
	if (!*s)
		return -EINVAL;
	for (; *s; s++)
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(u, (uint64_t)10, &u) ||
		    __builtin_add_overflow(u, (uint64_t)(*s - '0'), &u))
			return -EINVAL;
	*ret = u;
	return 0;
}

static int from_object(const json_t *j, struct tf_value *ret, struct err *err)
{
	const char *text = json_object_size(j) == 1 ? json_string_value(json_object_get(j, "$u64")) : NULL;
	uint64_t u;
	if (!text)
		return err_set(err, -EINVAL, "an object is no value");
	if (uint_from_text(text, &u) < 0)
		return err_set(err, -EINVAL, "'%s' is no integer of 64 bits without a sign", text);
	*ret = tf_uint(u);
	return 0;
}

static int from_array(struct tf_arena *a, const json_t *j, struct tf_value *ret, struct err *err)
{
	size_t n = json_array_size(j);
	struct tf_value *items = n < UINT32_MAX ? take_values(a, n) : NULL;
	if (!items)
		return err_set(err, -ENOMEM, "a list of %zu values", n);
	for (size_t i = 0; i < n; i++) {
		int r = tf_value_from_json(a, json_array_get(j, i), &items[i], err);
		if (r < 0)
			return r;
	}
	*ret = tf_list(items, n);
	return 0;
}

int tf_value_from_json(struct tf_arena *a, const json_t *j, struct tf_value *ret, struct err *err)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return from_object(j, ret, err);
	case JSON_ARRAY:
		return from_array(a, j, ret, err);
	case JSON_STRING: {
		const char *s = tf_arena_text(a, json_string_value(j), json_string_length(j));
		if (!s)
			return err_set(err, -ENOMEM, "a string of %zu bytes", json_string_length(j));
		*ret = tf_stringn(s, json_string_length(j));
		return 0;
	}
	case JSON_INTEGER:
		*ret = tf_int(json_integer_value(j));
		return 0;
	case JSON_REAL:
		*ret = tf_float(json_real_value(j));
		return 0;
	case JSON_TRUE:
	case JSON_FALSE:
		*ret = tf_bool(json_is_true(j));
		return 0;
	default:
		*ret = TF_VALUE_NULL;
		return 0;
	}
}

#define UINT_TEXT 24

void tf_value_write(struct json_out *o, const struct tf_value *v)
{
	char text[UINT_TEXT];
	switch (v->kind) {
	case TF_INT:
		json_out_int(o, v->i);
		break;
	case TF_UINT:
		(void)snprintf(text, sizeof(text), "%" PRIu64, v->u); /* 20 digits at most */
		json_out_object_begin(o);
		json_out_key(o, "$u64");
		json_out_string(o, text);
		json_out_object_end(o);
		break;
	case TF_FLOAT:
		json_out_number(o, v->f);
		break;
	case TF_BOOL:
		json_out_bool(o, v->b);
		break;
	case TF_STRING:
		json_out_stringn(o, v->s, v->n);
		break;
	case TF_LIST:
		json_out_array_begin(o);
		for (uint32_t i = 0; i < v->n; i++)
			tf_value_write(o, &v->v[i]);
		json_out_array_end(o);
		break;
	default:
		json_out_null(o);
		break;
	}
}

static json_t *list_json(const struct tf_value *v)
{
	AUTO_JSON json_t *all = json_array();
	for (uint32_t i = 0; all && i < v->n; i++)
		if (json_array_append_new(all, tf_value_json(&v->v[i])) < 0)
			return NULL;
	return TAKE(all);
}

json_t *tf_value_json(const struct tf_value *v)
{
	char text[UINT_TEXT];
	switch (v->kind) {
	case TF_INT:
		return json_integer(v->i);
	case TF_UINT:
		(void)snprintf(text, sizeof(text), "%" PRIu64, v->u); /* 20 digits at most */
		return json_pack("{s:s}", "$u64", text);
	case TF_FLOAT:
		return json_real(v->f);
	case TF_BOOL:
		return json_boolean(v->b);
	case TF_STRING:
		return json_stringn_nocheck(v->s, v->n); /* checked where it came from */
	case TF_LIST:
		return list_json(v);
	default:
		return json_null();
	}
}
