/*
 * type.h - types of properties and parameters: a name inside any number of lists, each level nullable or not.
 *
 * Shapes:    `required` has bit 0 for the outermost level, bit n_lists for the name itself: [Int!] is n_lists 1, required 2.
 * Ownership: the name is lent (the schema's, or a literal).
 * Threads:   plain values.
 */
#ifndef TRUSTFALL_TYPE_H
#define TRUSTFALL_TYPE_H

#include "base/str.h"
#include "trustfall/value.h"

enum { TF_LISTS_MAX = 30 };

struct tf_type {
	const char *name; /* "Int", "Float", "String", "Boolean", "ID", or a type of the schema */
	uint32_t n_lists, required;
};

#define TF_TYPE_TEXT 192
/* "[Int!]!"; cut where it does not fit. Returns ret. */
char *tf_type_text(const struct tf_type *t, char ret[TF_TYPE_TEXT]);
static inline bool tf_type_is_required(const struct tf_type *t)
{
	return t->required & 1;
}
struct tf_type tf_type_with_required(struct tf_type t, bool required); /* the outermost level */
struct tf_type tf_type_item(struct tf_type t);                        /* of a list */
struct tf_type tf_type_list_of(struct tf_type t, bool required);
/* The same but for nullability. */
bool tf_type_same(const struct tf_type *a, const struct tf_type *b);
/* Each level the narrower of the two; false when they are not the same. */
bool tf_type_intersect(const struct tf_type *a, const struct tf_type *b, struct tf_type *ret);
/* Int, Float, String and lists of them. */
bool tf_type_is_ordered(const struct tf_type *t);
bool tf_type_is_scalar_name(const char *name); /* Int Float String Boolean ID */
/* How a value of that scalar is written, for who wrote it otherwise. */
const char *tf_type_scalar_hint(const char *name);
/* Whether the value is one of that type: nulls only where allowed, Int and Float never mix. */
bool tf_type_takes(const struct tf_type *t, const struct tf_value *v);

#endif
