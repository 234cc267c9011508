#include "watch_rows.h"

#include <string.h>

#include "base/banned.h"

int watch_answer_copy(const struct query_answer *from, struct query_answer *ret)
{
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	(void)strbuf_add(&a.columns, from->columns.s ? from->columns.s : "", from->columns.n);
	(void)strbuf_add(&a.rows, from->rows.s ? from->rows.s : "", from->rows.n);
	a.ends = mem_new_array(from->n_rows, sizeof(*a.ends));
	if (!a.ends || !strbuf_ok(&a.columns) || !strbuf_ok(&a.rows))
		return -ENOMEM;
	if (from->n_rows)
		memcpy(a.ends, from->ends, from->n_rows * sizeof(*a.ends));
	a.n_rows = a.room_rows = from->n_rows;
	a.stop = from->stop;
	a.stats = from->stats;
	query_answer_done(ret);
	*ret = a;
	a = (struct query_answer)QUERY_ANSWER_INIT;
	return 0;
}

void watch_difference_done(struct watch_difference *d)
{
	free(d->was);
	free(d->now);
	free(d->gone);
	free(d->came);
}

static struct bag_text *rows_of(const struct query_answer *a)
{
	struct bag_text *v = mem_new_array(a->n_rows, sizeof(*v));
	for (size_t i = 0; v && i < a->n_rows; i++)
		v[i].s = query_answer_row(a, i, &v[i].n);
	return v;
}

static size_t count(const bool *marked, size_t n)
{
	size_t n_marked = 0;
	for (size_t i = 0; i < n; i++)
		n_marked += marked[i];
	return n_marked;
}

int watch_difference(const struct query_answer *was, const struct query_answer *now, struct watch_difference *ret)
{
	*ret = (struct watch_difference){.was = rows_of(was), .now = rows_of(now), .n_was = was->n_rows, .n_now = now->n_rows};
	ret->gone = mem_new_array(ret->n_was, sizeof(*ret->gone));
	ret->came = mem_new_array(ret->n_now, sizeof(*ret->came));
	bool ok = ret->was && ret->now && ret->gone && ret->came;
	int r = ok ? bag_compare(ret->was, ret->n_was, ret->now, ret->n_now, ret->gone, ret->came) : -ENOMEM;
	if (r == 0) {
		ret->n_gone = count(ret->gone, ret->n_was);
		ret->n_came = count(ret->came, ret->n_now);
	}
	return r;
}

int watch_rows_of(const struct bag_text *rows, const bool *marked, size_t n, struct wire_arena *arena, struct watch_rows *ret)
{
	ret->v = wire_arena_array(arena, n, sizeof(*ret->v));
	int r = ret->v || !n ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++) {
		json_t *row = NULL;
		if (!marked[i])
			continue;
		r = json_parse(rows[i].s, rows[i].n, &row, NULL);
		ret->v[ret->n++] = row;
		if (r == 0)
			r = wire_arena_take(arena, row);
	}
	return r;
}
