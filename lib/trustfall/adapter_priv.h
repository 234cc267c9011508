/*
 * adapter_priv.h - the functions of each field of each type, ready to be called.
 *
 * Shapes:    fields[type index][field index], roots[field index] as the schema counts them. A field of an object has its function in
 *            `get` or `open`; that of an interface has them by the vertex's own type in `get_by_type` or `open_by_type`, NULL
 *            where that type has none: its edge may lead to a narrower type.
 * Ownership: the adapter's; immutable.
 */
#ifndef TRUSTFALL_ADAPTER_PRIV_H
#define TRUSTFALL_ADAPTER_PRIV_H

#include "trustfall/adapter.h"

struct adapter_field {
	tf_get_fn *get;
	tf_open_fn *open;
	tf_get_fn **get_by_type;
	tf_open_fn **open_by_type;
	uint32_t *leads_to_by_type; /* of an interface's edge: adapter_leads_to of each type's own */
};

struct tf_adapter {
	const struct tf_schema *schema;
	struct tf_schema *own; /* NULL: the schema was given */
	struct strbuf text;
	tf_coerce_fn *coerce;
	size_t n_types;
	const struct tf_type_def *const *types;
	const struct tf_value *names; /* of the types, as __typename has them */
	struct adapter_field *const *fields;
	struct adapter_field *roots;
	struct tf_arena *arena;
};

/* The index of the type that an edge leads to, TF_ROOT_INDEX when that is an interface. */
static inline uint32_t adapter_leads_to(const struct tf_field_def *edge)
{
	return edge->target->interface ? TF_ROOT_INDEX : edge->target->index;
}

/* Functions of a field as seen from a type. */
static inline const struct adapter_field *adapter_field(const struct tf_adapter *a, const struct tf_type_def *type,
							 const struct tf_field_def *field)
{
	return type->index == TF_ROOT_INDEX ? &a->roots[field->index] : &a->fields[type->index][field->index];
}

#endif
