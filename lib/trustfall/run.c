#include "trustfall/run_priv.h"

#include <assert.h>

#include "base/limits.h"

#include "base/banned.h"

int tf_run_open(const struct tf_adapter *a, const struct tf_query *q, const struct tf_arguments *args, void *user,
		const struct tf_limits *limits, struct tf_run **ret, struct err *err)
{
	assert(q->schema == a->schema);
	struct tf_run *r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, -ENOMEM, "query");
	r->adapter = a;
	r->query = q;
	r->args = args;
	r->names = a->names;
	if (limits)
		r->limits = *limits;
	if (!r->limits.max_bytes)
		r->limits.max_bytes = LIMIT_TRUSTFALL_RUN_BYTES;
	if (!r->limits.clock)
		r->limits.clock = clock_system();
	r->context = (struct tf_context){.user = user, .run = r};
	r->until_look = 1;
	r->began_ns = clock_monotonic_ns(r->limits.clock);
	r->stats.first_row_ns = -1;
	int code = run_make(r, err);
	if (code < 0) {
		run_free(r);
		return code;
	}
	*ret = r;
	return 0;
}

/* Iterators are closed as soon as nothing more will be asked. */
static void finish(struct tf_run *r)
{
	if (r->over)
		return;
	walk_close(r, &r->components[0]);
	r->over = true;
	r->stats.total_ns = clock_monotonic_ns(r->limits.clock) - r->began_ns;
}

static int fill_row(struct tf_run *r, struct err *err)
{
	const struct walk_component *c = &r->components[0];
	r->context.arena = r->row;
	for (size_t i = 0; i < c->n_columns; i++) {
		const struct walk_column *column = &c->columns[i];
		struct tf_value *v = &r->values[column->output];
		*v = TF_VALUE_NULL;
		if (column->fold != PLAN_NONE) {
			const struct walk_fold *f = &r->folds[column->fold];
			if (f->here)
				*v = tf_list(f->lists[column->fold_column].v, f->count);
		} else if (walk_is_here(r, &column->read)) {
			int code = walk_read(r, &column->read, v, err);
			if (code < 0)
				return code;
		}
	}
	return 1;
}

static int next_row(struct tf_run *r, struct err *err)
{
	if (r->limits.max_rows && r->stats.rows >= r->limits.max_rows)
		return run_end(r, TF_STOP_ROWS);
	if (run_look(r))
		return -ECANCELED;
	tf_arena_return(r->row, (struct tf_mark){0});
	int code = walk_next(r, &r->components[0], err);
	return code == 1 ? fill_row(r, err) : code;
}

int tf_run_next(struct tf_run *r, const struct tf_value **ret, struct err *err)
{
	if (r->over) {
		if (r->failed && err)
			*err = r->error;
		return r->failed;
	}
	int code = next_row(r, &r->error);
	if (code == 1) {
		if (r->stats.rows++ == 0)
			r->stats.first_row_ns = clock_monotonic_ns(r->limits.clock) - r->began_ns;
		*ret = r->values;
		return 1;
	}
	finish(r);
	r->failed = r->ending ? 0 : code;
	if (r->failed && err)
		*err = r->error;
	return r->failed;
}

enum tf_stop tf_run_stopped(const struct tf_run *r)
{
	return r->stop;
}

struct tf_run_stats tf_run_stats(const struct tf_run *r)
{
	return r->stats;
}

void tf_run_close(struct tf_run *r)
{
	if (r)
		finish(r);
	run_free(r);
}
