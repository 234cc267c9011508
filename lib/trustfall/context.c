/*
 * context.c - what adapters ask of a run, and the bounds that end it.
 */
#include "trustfall/run_priv.h"

#include <stdio.h>

#include "base/banned.h"

enum { LOOK_EACH = 128 }; /* vertices between two looks at the clock */

int run_end(struct tf_run *r, enum tf_stop why)
{
	if (!r->ending)
		r->stop = why;
	r->ending = true;
	return -ECANCELED;
}

bool run_look(struct tf_run *r)
{
	const struct tf_limits *l = &r->limits;
	r->until_look = LOOK_EACH;
	if (r->ending)
		return true;
	if (l->cancel && atomic_load_explicit(l->cancel, memory_order_relaxed)) /* only the flag itself matters */
		(void)run_end(r, TF_STOP_CANCELLED);
	else if (l->deadline_ns && clock_monotonic_ns(l->clock) >= l->deadline_ns)
		(void)run_end(r, TF_STOP_DEADLINE);
	return r->ending;
}

bool run_room(struct tf_run *r, size_t n_bytes)
{
	size_t held = tf_arena_bytes(r->edges) + tf_arena_bytes(r->scratch) + tf_arena_bytes(r->row) + tf_arena_bytes(r->kept) +
		      r->vector_bytes;
	if (held > r->limits.max_bytes || n_bytes > r->limits.max_bytes - held) {
		(void)run_end(r, TF_STOP_MEMORY);
		return false;
	}
	if (held + n_bytes > r->stats.peak_bytes)
		r->stats.peak_bytes = held + n_bytes;
	return true;
}

int run_copy(struct tf_run *r, struct tf_arena *a, const struct tf_value *v, struct tf_value *ret, struct err *err)
{
	if (v->kind != TF_STRING && v->kind != TF_LIST) {
		*ret = *v;
		return 0;
	}
	if (!run_room(r, v->n))
		return -ECANCELED;
	if (tf_value_copy(a, v, ret) == 0)
		return run_room(r, 0) ? 0 : -ECANCELED;
	return tf_arena_full(a) ? run_end(r, TF_STOP_MEMORY) : err_set(err, -ENOMEM, "value of a query");
}

void *tf_context_user(const struct tf_context *c)
{
	return c->user;
}

const struct tf_adapter *tf_context_adapter(const struct tf_context *c)
{
	return c->run->adapter;
}

void *tf_context_take(struct tf_context *c, size_t n_bytes)
{
	c->taken = true;
	return run_room(c->run, n_bytes) ? tf_arena_take(c->arena, n_bytes) : NULL;
}

char *tf_context_printf(struct tf_context *c, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	char *s = n < 0 ? NULL : tf_context_take(c, (size_t)n + 1);
	if (s)
		(void)vsnprintf(s, (size_t)n + 1, fmt, ap); /* it fits */
	va_end(ap);
	return s;
}

bool tf_context_ends(struct tf_context *c)
{
	struct tf_run *r = c->run;
	return r->ending || (--r->until_look == 0 && run_look(r));
}
