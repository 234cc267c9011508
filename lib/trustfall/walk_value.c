/*
 * walk_value.c - properties, tags and filters of the vertices that a run stands at.
 */
#include "trustfall/filters_priv.h"
#include "trustfall/run_priv.h"

#include <string.h>

#include "base/banned.h"

static int no_property(struct tf_run *r, const struct walk_read *read, struct err *err)
{
	return err_set(err, -EINVAL, "the adapter gave a vertex of type '%s', which has no '%s'",
		       r->names[r->vertices[read->vertex].v.type].s, read->name);
}

/* Counts, __typename, and properties by the vertex's own type. */
int walk_read_other(struct tf_run *r, const struct walk_read *read, struct tf_value *ret, struct err *err)
{
	if (read->vertex == PLAN_NONE) {
		*ret = tf_uint(r->folds[read->fold].count);
		return 0;
	}
	const struct tf_vertex *v = &r->vertices[read->vertex].v;
	if (!read->get_by_type) {
		*ret = r->names[v->type];
		return 0;
	}
	tf_get_fn *get = read->get_by_type[v->type];
	if (!get)
		return no_property(r, read, err);
	int code = get(&r->context, v, ret, err);
	if (code < 0)
		return code;
	return r->ending ? -ECANCELED : 0;
}

static int tag_value(struct tf_run *r, struct walk_tag *t, struct err *err)
{
	const struct walk_read *read = &t->read;
	uint64_t visit = read->vertex == PLAN_NONE ? r->folds[read->fold].visit : r->vertices[read->vertex].visit;
	if (t->visit == visit)
		return 0;
	struct tf_arena *outside = r->context.arena;
	struct tf_value v;
	t->visit = 0;
	r->context.arena = r->scratch;
	int code = walk_read(r, read, &v, err);
	if (code == 0 && (v.kind == TF_STRING || v.kind == TF_LIST)) {
		if (!t->arena && !(t->arena = tf_arena_new(r->limits.max_bytes)))
			code = err_set(err, -ENOMEM, "tag of a query");
		else {
			r->vector_bytes -= tf_arena_bytes(t->arena);
			tf_arena_return(t->arena, (struct tf_mark){0});
			code = run_copy(r, t->arena, &v, &v, err);
			r->vector_bytes += tf_arena_bytes(t->arena);
		}
	}
	run_scratch_clear(r);
	r->context.arena = outside;
	if (code < 0)
		return code;
	t->value = v;
	t->visit = visit;
	return 0;
}

int walk_operand(struct tf_run *r, struct walk_filter *f, const struct tf_value **ret, struct err *err)
{
	if (!f->tag) {
		*ret = f->value;
		return 1;
	}
	if (!walk_is_here(r, &f->tag->read))
		return 0;
	int code = tag_value(r, f->tag, err);
	if (code < 0)
		return code;
	*ret = &f->tag->value;
	return 1;
}

/* The expression that a tag holds now; one that is none stays NULL: it matches nothing. */
static int tag_regex(struct walk_filter *f, const struct tf_value *with, struct err *err)
{
	if ((f->regex || f->bad_pattern) && f->pattern.n == with->n && (!with->n || memcmp(f->pattern.s, with->s, with->n) == 0))
		return 0;
	regex_free(TAKE(f->regex));
	strbuf_clear(&f->pattern);
	if (strbuf_add(&f->pattern, with->n ? with->s : "", with->n) < 0)
		return err_set(err, -ENOMEM, "regular expression");
	int code = regex_new(with->s, with->n, &f->regex, err);
	f->bad_pattern = code == -EINVAL;
	return f->bad_pattern ? 0 : code;
}

static int matches(struct tf_run *r, struct walk_filter *f, const struct tf_value *v, const struct tf_value *with, struct err *err)
{
	int code = 0;
	if (v->kind == TF_STRING && with->kind == TF_STRING)
		code = f->tag ? tag_regex(f, with, err) : 0;
	else
		return f->op == PLAN_NOT_REGEX;
	if (code == 0 && f->regex)
		code = regex_match(f->regex, v->s, v->n, err);
	if (code < 0)
		return code;
	r->until_look = 1; /* a match may have taken long */
	return (code == 1) != (f->op == PLAN_NOT_REGEX);
}

static int filter(struct tf_run *r, struct walk_filter *f, struct err *err)
{
	const struct tf_value *with = f->value;
	struct tf_value v;
	int code;
	if (f->tag && (code = walk_operand(r, f, &with, err)) <= 0)
		return code < 0 ? code : 1;
	r->context.arena = r->scratch;
	code = walk_read(r, &f->subject, &v, err);
	if (code < 0)
		return code;
	if (f->op == PLAN_REGEX || f->op == PLAN_NOT_REGEX)
		code = matches(r, f, &v, with, err);
	else
		code = filter_holds_here(f->op, &v, with);
	run_scratch_clear(r);
	return code;
}

int walk_filters(struct tf_run *r, struct walk_filter *f, size_t n, struct err *err)
{
	int code = 1;
	for (size_t i = 0; code == 1 && i < n; i++) {
		r->stats.filters++;
		code = filter(r, &f[i], err);
	}
	return code;
}
