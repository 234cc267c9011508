#include "model/accompany_priv.h"

#include "base/limits.h"

#include "base/banned.h"

/* How many of the last notes are looked through for one that goes on: more than sound together in any music. */
#define PROLONG_NOTES 512

static bool next_run(const struct chain *c, size_t *at, struct accompany_run *ret)
{
	while (*at < c->n_out && c->out[*at].from < 0)
		(*at)++;
	if (*at == c->n_out)
		return false;
	const struct source_event *src = c->src->events;
	size_t first = *at, last = first;
	while (last + 1 < c->n_out && c->out[last + 1].from == c->out[last].from + 1 &&
	       src[c->out[last].from].at + c->out[last].span == src[c->out[last + 1].from].at)
		last++;
	ret->src_from = src[c->out[first].from].at;
	ret->out_from = c->out[first].at;
	ret->out_to = c->out[last].at + c->out[last].span;
	ret->src_to = ret->src_from + ret->out_to - ret->out_from;
	*at = last + 1;
	return true;
}

/* The first note of the source at or after a tick. */
static size_t first_at(const struct source_note *notes, size_t n, int64_t tick)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (notes[mid].at < tick)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* A note that was cut where this run begins goes on, instead of being struck again. */
static bool prolong(struct accompaniment *a, size_t from, const struct source_note *n)
{
	from = a->n > from + PROLONG_NOTES ? a->n - PROLONG_NOTES : from;
	for (size_t i = a->n; i-- > from;) {
		struct source_note *o = &a->notes[i];
		if (o->at + o->length == n->at && o->pitch == n->pitch && o->voice == n->voice && o->channel == n->channel) {
			o->length += n->length;
			return true;
		}
	}
	return false;
}

int accompany_add(struct accompaniment *a, const struct source_note *n, struct err *err)
{
	if (n->length <= 0)
		return 0;
	if (a->n >= LIMIT_SCORE_NOTES)
		return err_set(err, -EMSGSIZE, "the result would have more than %d notes", LIMIT_SCORE_NOTES);
	if (mem_grow(&a->notes, &a->room, a->n + 1, sizeof(*a->notes)) < 0)
		return err_set(err, -ENOMEM, "accompaniment of %zu notes", a->n);
	a->notes[a->n++] = *n;
	return 0;
}

int accompany_run(const struct source *s, const struct source_note *notes, size_t n_notes, const struct accompany_run *r,
		  size_t held_from, struct accompaniment *a, struct err *err)
{
	/* What is still sounding at the start began at most this long before; longer drones are struck again. */
	int64_t reach = r->src_from - 4 * (int64_t)s->bar_ticks;
	int code = 0;
	for (size_t i = first_at(notes, n_notes, reach); code == 0 && i < n_notes && notes[i].at < r->src_to; i++) {
		struct source_note n = notes[i];
		int64_t end = n.at + n.length < r->src_to ? n.at + n.length : r->src_to;
		int64_t from = n.at > r->src_from ? n.at : r->src_from;
		if (end <= from)
			continue;
		bool held = n.at < r->src_from;
		n.at = r->out_from + from - r->src_from;
		n.length = (int32_t)(end - from);
		if (held && (prolong(a, held_from, &n) || n.length < s->beat_ticks / 2))
			continue;
		code = accompany_add(a, &n, err);
	}
	return code;
}

void accompany_close(struct accompaniment *a, int64_t closing_from, int64_t last_at, int64_t end)
{
	size_t kept = 0;
	for (size_t i = 0; i < a->n; i++) {
		struct source_note n = a->notes[i];
		if (n.at >= closing_from && n.at > last_at)
			continue;
		if (n.at >= closing_from && n.at + n.length > last_at)
			n.length = (int32_t)(end - n.at);
		a->notes[kept++] = n;
	}
	a->n = kept;
}

int accompany(const struct chain *c, int64_t closing_from, struct accompaniment *ret, struct err *err)
{
	struct accompany_run r;
	size_t at = 0, before = 0;
	while (next_run(c, &at, &r)) {
		size_t mark = ret->n;
		int code = accompany_run(c->src, c->src->others, c->src->n_others, &r, before, ret, err);
		if (code < 0)
			return code;
		before = mark;
	}
	if (c->n_out == 0)
		return 0;
	accompany_close(ret, closing_from, c->out[c->n_out - 1].at, chain_now(c));
	return 0;
}
