/*
 * value.h - the values of a query: properties, arguments, edge parameters, outputs.
 *
 * Units:     integers are exact: int64, and uint64 for what is greater (never for what fits int64); floats are finite.
 * Ownership: a value lends its string (UTF-8, NUL-terminated behind n bytes) or its items; tf_value_copy puts all into memory
 *            of an arena.
 * Threads:   plain values, no shared state.
 * Errors:    -ENOMEM; what comes from JSON: -EINVAL with what was wrong.
 * Source:    Trustfall's FieldValue (github.com/obi1kenobi/trustfall).
 */
#ifndef TRUSTFALL_VALUE_H
#define TRUSTFALL_VALUE_H

#include "base/json.h"
#include "base/mem.h"

#include <stdint.h>

struct tf_arena;

enum tf_kind { TF_NULL, TF_INT, TF_UINT, TF_FLOAT, TF_BOOL, TF_STRING, TF_LIST, TF_KIND_COUNT };

struct tf_value {
	enum tf_kind kind;
	uint32_t n; /* bytes of a string, items of a list */
	union {
		int64_t i;
		uint64_t u;
		double f;
		bool b;
		const char *s;
		const struct tf_value *v;
	};
};

#define TF_VALUE_NULL ((struct tf_value){.kind = TF_NULL})

static inline struct tf_value tf_int(int64_t i)
{
	return (struct tf_value){.kind = TF_INT, .i = i};
}
static inline struct tf_value tf_uint(uint64_t u)
{
	return u <= INT64_MAX ? tf_int((int64_t)u) : (struct tf_value){.kind = TF_UINT, .u = u};
}
/* A number that is not finite is null. */
struct tf_value tf_float(double f);
static inline struct tf_value tf_bool(bool b)
{
	return (struct tf_value){.kind = TF_BOOL, .b = b};
}
/* Lent; NULL is null. */
struct tf_value tf_string(const char *s);
struct tf_value tf_stringn(const char *s, size_t n);
static inline struct tf_value tf_list(const struct tf_value *v, size_t n)
{
	return (struct tf_value){.kind = TF_LIST, .n = (uint32_t)n, .v = v};
}

/* As `=` says: null equals null, integers by value across both kinds, an Int never equals a Float. */
bool tf_value_equal(const struct tf_value *a, const struct tf_value *b);
/* For < <= > >=: whether the two can be ordered; *ret is negative, 0 or positive. Strings by code point, lists by item. */
bool tf_value_order(const struct tf_value *a, const struct tf_value *b, int *ret);
/* Of equal values equal; for sets of rows. */
uint64_t tf_value_hash(const struct tf_value *v);

int tf_value_copy(struct tf_arena *a, const struct tf_value *v, struct tf_value *ret);
/* Lists and strings become the arena's. `{"$u64": "…"}` is an integer beyond int64. An object is -EINVAL. */
int tf_value_from_json(struct tf_arena *a, const json_t *j, struct tf_value *ret, struct err *err);
void tf_value_write(struct json_out *o, const struct tf_value *v);
json_t *tf_value_json(const struct tf_value *v); /* new; NULL when memory is out */

/* ---- memory that is given back all at once ---- */

/* Blocks, counted; not for several threads at once. Memory is aligned for anything and not zeroed. */
struct tf_arena *tf_arena_new(size_t max_bytes /* 0: no bound */);
void tf_arena_free(struct tf_arena *a);
AUTO_DEFINE(tf_arena);
/* NULL when memory is out or the bound is reached (tf_arena_full tells which). */
void *tf_arena_take(struct tf_arena *a, size_t n_bytes);
void *tf_arena_zeroed(struct tf_arena *a, size_t n, size_t size); /* an array */
/* The same: *ret is the pointer, NULL for none. -ENOMEM. */
int tf_arena_array(struct tf_arena *a, size_t n, size_t size, void *ret);
char *tf_arena_text(struct tf_arena *a, const char *s, size_t n); /* a NUL-terminated copy */
bool tf_arena_full(const struct tf_arena *a);
size_t tf_arena_bytes(const struct tf_arena *a);
/* A place to return to: what was taken after it is given back. All zero: the beginning. */
struct tf_mark {
	void *block;
	size_t used, bytes;
};
struct tf_mark tf_arena_mark(const struct tf_arena *a);
void tf_arena_return(struct tf_arena *a, struct tf_mark m);

#endif
