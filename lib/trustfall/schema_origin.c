/*
 * schema_origin.c - which interface each field comes from, from the topmost down; a type that is never reached stands in a circle.
 */
#include "trustfall/schema_priv.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"

#include "base/banned.h"

struct origins {
	struct tf_schema *s;
	struct schema_type **queue; /* n_types: each type once */
	size_t n_queued, n_done;
	struct schema_type **below; /* types below each, one after the other: those of rank r at below_at[r] */
	size_t *below_at;           /* n_types + 1 */
	size_t n_ambiguous;
};

/* The union of two sorted sets. */
static int unite(struct tf_schema *s, struct schema_origin *to, const struct schema_origin *more)
{
	if (to->n == more->n && (to->n == 0 || memcmp(to->ranks, more->ranks, to->n * sizeof(*to->ranks)) == 0))
		return 0;
	uint32_t *ranks = schema_take(s, to->n + more->n, sizeof(*ranks));
	if (!ranks)
		return -ENOMEM;
	size_t n = 0, i = 0, k = 0;
	while (i < to->n || k < more->n) {
		uint32_t a = i < to->n ? to->ranks[i] : UINT32_MAX, b = k < more->n ? more->ranks[k] : UINT32_MAX;
		ranks[n++] = a < b ? a : b;
		i += a <= b;
		k += b <= a;
	}
	*to = (struct schema_origin){ranks, n};
	return 0;
}

static int find_origins(struct origins *o, struct schema_type *t)
{
	t->origins = schema_take(o->s, t->def.n_fields, sizeof(*t->origins));
	if (!t->origins)
		return -ENOMEM;
	for (size_t i = 0; i < t->def.n_fields; i++) {
		struct schema_origin *origin = &t->origins[i];
		for (size_t k = 0; k < t->n_implements; k++) {
			const struct schema_type *super = t->implements[k];
			const struct tf_field_def *from = tf_type_field(&super->def, t->fields[i].name);
			int r = from ? unite(o->s, origin, &super->origins[from->index]) : 0;
			if (r < 0)
				return r;
		}
		if (origin->n == 0)
			*origin = (struct schema_origin){&t->rank, 1};
		o->n_ambiguous += origin->n > 1;
	}
	return 0;
}

static int list_below(struct origins *o)
{
	const struct tf_schema *s = o->s;
	size_t n = 0;
	for (size_t i = 0; i < s->n_types; i++)
		n += s->types[i].n_implements;
	o->below = schema_take(o->s, n, sizeof(struct schema_type *));
	o->below_at = schema_take(o->s, s->n_types + 2, sizeof(*o->below_at));
	o->queue = schema_take(o->s, s->n_types, sizeof(struct schema_type *));
	if (!o->below || !o->below_at || !o->queue)
		return -ENOMEM;
	/* Counted one place further on, so that filling in moves each count to where it belongs. */
	for (size_t i = 0; i < s->n_types; i++)
		for (size_t k = 0; k < s->types[i].n_implements; k++)
			o->below_at[s->types[i].implements[k]->rank + 2]++;
	for (size_t i = 2; i < s->n_types + 2; i++)
		o->below_at[i] += o->below_at[i - 1];
	for (size_t i = 0; i < s->n_types; i++)
		for (size_t k = 0; k < s->types[i].n_implements; k++)
			o->below[o->below_at[s->types[i].implements[k]->rank + 1]++] = &s->types[i];
	return 0;
}

static int resolve(struct origins *o)
{
	struct tf_schema *s = o->s;
	for (size_t i = 0; i < s->n_types; i++) {
		struct schema_type *t = s->by_name[i];
		t->n_waiting = t->n_implements;
		if (t->n_waiting == 0)
			o->queue[o->n_queued++] = t;
	}
	while (o->n_done < o->n_queued && o->n_ambiguous <= LIMIT_TRUSTFALL_ERRORS) {
		struct schema_type *t = o->queue[o->n_done++];
		int r = find_origins(o, t);
		if (r < 0)
			return r;
		for (size_t i = o->below_at[t->rank]; i < o->below_at[t->rank + 1]; i++)
			if (--o->below[i]->n_waiting == 0)
				o->queue[o->n_queued++] = o->below[i];
	}
	return 0;
}

/* The first type by name that waits for others: with those it stands in a circle, or below one. */
static int circle(const struct tf_schema *s, struct tf_errors *errors)
{
	for (size_t i = 0; i < s->n_types; i++) {
		const struct schema_type *t = s->by_name[i];
		if (t->n_waiting == 0)
			continue;
		json_t *names = json_array();
		bool own = false;
		int r = names ? 0 : -1;
		for (size_t k = 0; k < t->n_implements && r == 0; k++) {
			const struct schema_type *super = t->implements[k];
			if (super->n_waiting == 0)
				continue;
			if (!own && super->rank >= t->rank) {
				own = true;
				r = json_array_append_new(names, json_string(t->def.name));
			}
			if (super != t && r == 0)
				r = json_array_append_new(names, json_string(super->def.name));
		}
		if (r == 0 && !own)
			r = json_array_append_new(names, json_string(t->def.name));
		if (r < 0) {
			json_decref(names);
			return -ENOMEM;
		}
		return schema_error(errors, "CircularImplementsRelationships", t->ast->pos, json_pack("[o]", names),
				    "'%s' implements itself, or what does", t->def.name);
	}
	return 0;
}

static int ambiguous(const struct tf_schema *s, const struct schema_type *t, const struct tf_field_def *f, struct tf_errors *errors)
{
	const struct schema_origin *origin = &t->origins[f->index];
	char type[TF_TYPE_TEXT];
	json_t *names = json_array();
	for (size_t i = 0; i < origin->n; i++)
		if (json_array_append_new(names, json_string(s->by_name[origin->ranks[i]]->def.name)) < 0) {
			json_decref(names);
			return -ENOMEM;
		}
	return schema_error(errors, "AmbiguousFieldOrigin", t->ast->fields[f->index].pos,
			    json_pack("[ssso]", t->def.name, f->name, tf_type_text(&f->type, type), names),
			    "'%s' of '%s' comes from '%s' and from '%s'", f->name, t->def.name, s->by_name[origin->ranks[0]]->def.name,
			    s->by_name[origin->ranks[1]]->def.name);
}

int schema_check_origins(struct tf_schema *s, struct tf_errors *errors)
{
	struct origins o = {.s = s};
	int r = list_below(&o);
	if (r == 0)
		r = resolve(&o);
	if (r < 0 || (o.n_done == o.n_queued && o.n_queued < s->n_types))
		return r < 0 ? r : circle(s, errors);
	for (size_t i = 0; i < s->n_types && r != -ENOMEM; i++) {
		const struct schema_type *t = s->by_name[i];
		for (size_t k = 0; t->origins && k < t->def.n_fields && r != -ENOMEM; k++)
			if (t->origins[t->sorted[k]->index].n > 1)
				r = ambiguous(s, t, t->sorted[k], errors);
	}
	return r;
}
