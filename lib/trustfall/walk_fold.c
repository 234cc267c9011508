/*
 * walk_fold.c - what @fold gathers: a list for each column of its component's rows, and their number.
 *
 * Shapes:    lists are vectors that stay from one gathering to the next; strings and lists in them are in the arena `kept`.
 *            A list that goes into a row of an outer fold is put into the arena once, and shared by the rows that have it.
 */
#include "trustfall/filters_priv.h"
#include "trustfall/run_priv.h"

#include <string.h>

#include "base/banned.h"

static const struct walk_component *inside(const struct tf_run *r, const struct walk_fold *f)
{
	return &r->components[f->plan->component];
}

/* What the component around it has kept so far. */
static uint64_t outer_count(const struct tf_run *r, const struct walk_fold *f)
{
	uint32_t fold = r->components[f->plan->outer].plan->fold;
	return fold == PLAN_NONE ? 0 : r->folds[fold].count;
}

/* Its lists go into the arena, to be part of an outer row. */
static int freeze(struct tf_run *r, struct walk_fold *f, struct err *err)
{
	size_t bytes = f->count * sizeof(struct tf_value);
	for (size_t i = 0; !f->frozen && i < inside(r, f)->n_columns; i++) {
		struct tf_value *v = run_room(r, bytes) ? tf_arena_take(r->kept, bytes) : NULL;
		if (!v)
			return r->ending ? -ECANCELED : err_set(err, -ENOMEM, "fold of a query");
		if (bytes)
			memcpy(v, f->lists[i].v, bytes);
		f->lists[i].kept = tf_list(v, f->count);
	}
	f->frozen = true;
	return 0;
}

static int column_keep(struct tf_run *r, const struct walk_column *c, struct tf_value *ret, struct err *err)
{
	*ret = TF_VALUE_NULL;
	if (c->fold != PLAN_NONE) {
		struct walk_fold *f = &r->folds[c->fold];
		int code = f->here ? freeze(r, f, err) : 0;
		if (code == 0 && f->here)
			*ret = f->lists[c->fold_column].kept;
		return code;
	}
	struct tf_value v;
	if (!walk_is_here(r, &c->read))
		return 0;
	r->context.arena = r->scratch;
	int code = walk_read(r, &c->read, &v, err);
	code = code == 0 ? run_copy(r, r->kept, &v, ret, err) : code;
	run_scratch_clear(r);
	return code;
}

static int list_grow(struct tf_run *r, struct walk_list *l, size_t n, struct err *err)
{
	size_t before = l->room;
	if (n < l->room)
		return 0;
	if (!run_room(r, (before ? before : 8) * sizeof(*l->v)))
		return -ECANCELED;
	if (mem_grow((void *)&l->v, &l->room, n + 1, sizeof(*l->v)) < 0)
		return err_set(err, -ENOMEM, "fold of a query");
	r->vector_bytes += (l->room - before) * sizeof(*l->v);
	return 0;
}

static int row_keep(struct tf_run *r, struct walk_fold *f, struct err *err)
{
	const struct walk_component *c = inside(r, f);
	if (f->count == UINT32_MAX)
		return run_end(r, TF_STOP_MEMORY); /* no list is longer */
	for (size_t i = 0; i < c->n_columns; i++) {
		int code = list_grow(r, &f->lists[i], f->count, err);
		code = code == 0 ? column_keep(r, &c->columns[i], &f->lists[i].v[f->count], err) : code;
		if (code < 0)
			return code;
	}
	f->count++;
	return 0;
}

/* What the filters give for this count and all that are greater; negative: an error. */
static int sure(struct tf_run *r, struct walk_fold *f, struct err *err)
{
	bool always = f->n_filters > 0;
	for (size_t i = 0; i < f->n_filters; i++) {
		const struct tf_value *with;
		int code = walk_operand(r, &f->filters[i], &with, err);
		if (code < 0)
			return code;
		enum filter_sure s = code ? filter_of_growing(f->filters[i].op, f->count, with) : FILTER_ALWAYS;
		if (s == FILTER_NEVER)
			return FILTER_NEVER;
		always = always && s == FILTER_ALWAYS;
	}
	return always ? FILTER_ALWAYS : FILTER_OPEN;
}

/* 1, 0 by the filters on its count. Stops as soon as more rows change nothing that anyone sees. */
static int gather(struct tf_run *r, struct walk_fold *f, struct err *err)
{
	struct walk_component *c = &r->components[f->plan->component];
	bool wanted = f->exact || c->n_columns;
	int code;
	for (;;) {
		int s = f->n_filters ? sure(r, f, err) : FILTER_OPEN;
		if (s < 0)
			return s;
		if (s == FILTER_NEVER || (s == FILTER_ALWAYS && !wanted)) {
			walk_close(r, c);
			return s == FILTER_ALWAYS;
		}
		code = walk_next(r, c, err);
		if (code <= 0)
			break;
		code = row_keep(r, f, err);
		if (code < 0)
			break;
	}
	return code == 0 ? walk_filters(r, f->filters, f->n_filters, err) : code;
}

int fold_enter(struct tf_run *r, struct walk_fold *f, struct err *err)
{
	f->count = 0;
	f->visit = ++r->visits;
	f->frozen = false;
	f->here = r->vertices[f->plan->parent].here;
	f->mark = tf_arena_mark(r->kept);
	f->outer_count = outer_count(r, f);
	if (!f->here || f->needless)
		return 1;
	int code = gather(r, f, err);
	if (code == 0)
		fold_leave(r, f);
	return code;
}

void fold_leave(struct tf_run *r, struct walk_fold *f)
{
	if (f->outer_count == outer_count(r, f))
		tf_arena_return(r->kept, f->mark);
}
