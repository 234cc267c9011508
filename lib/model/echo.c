#include "model/echo_priv.h"

#include "model/chain_priv.h"

#include <string.h>

#include "base/banned.h"

/* Events that make a repetition. */
#define ECHO_EVENTS 4

struct echo_match {
	uint32_t at;
	uint16_t n;
};

void echo_init(struct echo *e)
{
	memset(e, 0, sizeof(*e));
}

void echo_done(struct echo *e)
{
	free(e->before);
	free(e->agrees);
	free(e->now);
	free(e->was);
	free(e->next);
}

static uint32_t *head_of(struct echo *e, int32_t pos)
{
	return &e->heads[((uint32_t)pos * 2654435761u) >> 20];
}

static bool same_event(const struct source *s, const struct chain_event *a, const struct chain_event *b)
{
	return a->span == b->span && a->pitch == b->pitch && source_pos(s, a->at) == source_pos(s, b->at);
}

static int no_memory(size_t n, struct err *err)
{
	return err_set(err, -ENOMEM, "continuation of %zu events", n);
}

int echo_add(struct echo *e, const struct source *s, const struct chain_event *out, size_t n, struct err *err)
{
	size_t last = n - 1, n_was = e->n_now, found = 0;
	struct echo_match *was = e->now;
	size_t room = e->room_now;
	if (mem_grow(&e->before, &e->room_before, n, sizeof(*e->before)) < 0 || mem_grow(&e->agrees, &e->room_agrees, n, sizeof(*e->agrees)) < 0)
		return no_memory(n, err);
	uint32_t *head = head_of(e, source_pos(s, out[last].at));
	for (uint32_t k = *head; k > 0; k = e->before[k - 1]) {
		uint32_t i = k - 1;
		uint16_t before = i ? e->agrees[i - 1] : 0;
		if (!same_event(s, &out[i], &out[last]))
			continue;
		if (mem_grow(&e->was, &e->room_was, found + 1, sizeof(*e->was)) < 0)
			return no_memory(n, err);
		e->was[found++] = (struct echo_match){ i, (uint16_t)(before < UINT16_MAX ? before + 1 : before) };
	}
	for (size_t k = 0; k < n_was; k++)
		e->agrees[was[k].at] = 0;
	for (size_t k = 0; k < found; k++)
		e->agrees[e->was[k].at] = e->was[k].n;
	e->agrees[last] = 0;
	e->before[last] = *head;
	*head = (uint32_t)n;
	e->now = e->was;
	e->room_now = e->room_was;
	e->n_now = found;
	e->was = was;
	e->room_was = room;
	return 0;
}

static int add_next(struct echo *e, const struct chain_event *x, int64_t ticks, struct err *err)
{
	for (size_t i = 0; i < e->n_next; i++)
		if (e->next[i].span == x->span && e->next[i].pitch == x->pitch) {
			e->next[i].ticks = ticks > e->next[i].ticks ? ticks : e->next[i].ticks;
			return 0;
		}
	if (mem_grow(&e->next, &e->room_next, e->n_next + 1, sizeof(*e->next)) < 0)
		return no_memory(e->n_next, err);
	e->next[e->n_next++] = (struct echo_next){ x->span, x->pitch, ticks };
	return 0;
}

int echo_look(struct echo *e, const struct source *s, const struct chain_event *out, int32_t pos, struct err *err)
{
	int code = 0;
	e->n_next = 0;
	for (size_t k = 0; code == 0 && k < e->n_now; k++) {
		size_t i = (size_t)e->now[k].at + 1;
		if (e->now[k].n < ECHO_EVENTS || source_pos(s, out[i].at) != pos)
			continue;
		int64_t from = out[i - e->now[k].n].at;
		code = add_next(e, &out[i], out[i].at + out[i].span - from, err);
	}
	return code;
}

int64_t echo_ticks(const struct echo *e, int32_t span, int pitch)
{
	for (size_t i = 0; i < e->n_next; i++)
		if (e->next[i].span == span && e->next[i].pitch == pitch)
			return e->next[i].ticks;
	return 0;
}
