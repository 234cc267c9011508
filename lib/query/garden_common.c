#include <errno.h>
#include <math.h>
#include <string.h>

#include "query/garden_tables_priv.h"

#include "base/banned.h"

void *garden_take(struct tf_context *c, size_t n_bytes, struct err *err)
{
	void *p = tf_context_take(c, n_bytes ? n_bytes : 1);
	if (!p)
		(void)err_set(err, -ENOMEM, "query");
	else
		memset(p, 0, n_bytes);
	return p;
}

int garden_strings(struct tf_context *c, char *const *v, size_t n, struct tf_value *ret, struct err *err)
{
	struct tf_value *list;
	list = garden_take(c, n * sizeof(*list), err);
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		list[i] = tf_string(v[i]);
	*ret = tf_list(list, n);
	return 0;
}

int garden_check_beat(double beat, struct err *err)
{
	static const double furthest = 1e8;
	return fabs(beat) <= furthest ? 0 : err_set(err, -EINVAL, "beat %g is not within -1e8..1e8", beat);
}

void garden_open_one(struct tf_iter *it, const void *p)
{
	if (p)
		tf_iter_one(it, (struct tf_vertex){ .type = it->type, .p = p });
	else
		tf_iter_none(it);
}

void garden_open_sorted(struct tf_iter *it, struct tf_vertex *v, size_t n, int (*compare)(const void *, const void *))
{
	size_t n_kept = 0;
	if (n)
		qsort(v, n, sizeof(*v), compare);
	for (size_t i = 0; i < n; i++)
		if (!n_kept || v[n_kept - 1].p != v[i].p)
			v[n_kept++] = v[i];
	tf_iter_array(it, v, n_kept);
}

int garden_compare_regions(const void *a, const void *b)
{
	const struct doc_region *x = query_region_of(a), *y = query_region_of(b);
	if (x->body->position_beats != y->body->position_beats)
		return x->body->position_beats < y->body->position_beats ? -1 : 1;
	return strcmp(x->id, y->id);
}

int garden_compare_markers(const void *a, const void *b)
{
	const struct doc_marker *x = query_marker_of(a), *y = query_marker_of(b);
	if (x->position_beats != y->position_beats)
		return x->position_beats < y->position_beats ? -1 : 1;
	return strcmp(x->id, y->id);
}

static double number_of(const struct tf_value *v, double none)
{
	return v->kind == TF_FLOAT ? v->f : v->kind == TF_INT ? (double)v->i : none;
}

void garden_narrow(const struct tf_hints *hints, const char *property, double *low, double *high)
{
	struct tf_value from = TF_VALUE_NULL, to = TF_VALUE_NULL, is;
	if (!hints)
		return;
	if (tf_hint_equal(hints, property, &is))
		from = to = is;
	else if (!tf_hint_range(hints, property, &from, &to))
		return;
	*low = fmax(*low, number_of(&from, -INFINITY));
	*high = fmin(*high, number_of(&to, INFINITY));
}
