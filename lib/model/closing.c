#include "model/closing_priv.h"

#include <string.h>

#include "base/banned.h"

#define ONE 256 /* as in chain.c */
#define FAR (INT64_MAX / 2)

static bool ends_phrase(const struct chain *c, int64_t bar)
{
	int64_t place = bar % c->phrase_bars;
	return (place < 0 ? place + c->phrase_bars : place) == c->phrase_bars - 1;
}

/* The tonic on a beat, held for a beat at least, with no more than an upbeat behind it. */
static bool rests_here(const struct source *s, size_t i, size_t end)
{
	const struct source_event *e = &s->events[i];
	if (e->pitch == SOURCE_REST || e->pitch % 12 != s->tonic || e->pos % s->beat_ticks != 0)
		return false;
	int64_t held = e->span, after = 0;
	for (size_t k = i + 1; k < end; k++) {
		if (after == 0 && s->events[k].pitch == SOURCE_REST)
			held += s->events[k].span;
		else
			after += s->events[k].span;
	}
	return held >= s->beat_ticks && after <= s->beat_ticks && e->pos + e->span <= s->bar_ticks;
}

static int find(struct chain *c, struct closings *ret, bool phrase_ends, struct err *err)
{
	const struct source *s = c->src;
	for (size_t i = 0; i < s->n_events;) {
		int64_t bar = source_bar(s, s->events[i].at);
		size_t end = i;
		while (end < s->n_events && source_bar(s, s->events[end].at) == bar)
			end++;
		bool right = s->events[i].pos == 0 && (!phrase_ends || ends_phrase(c, bar));
		for (size_t k = end; right && k-- > i;) {
			if (!rests_here(s, k, end))
				continue;
			if (mem_grow(&ret->bars, &ret->room, ret->n + 1, sizeof(*ret->bars)) < 0)
				return err_set(err, -ENOMEM, "closing bars");
			ret->bars[ret->n++] = (struct closing){ i, k, bar };
			break;
		}
		i = end;
	}
	return 0;
}

int closings_find(struct chain *c, struct closings *ret, struct err *err)
{
	int code = find(c, ret, true, err);
	if (code == 0 && ret->n == 0)
		code = find(c, ret, false, err);
	if (code < 0)
		return code;
	const struct source *s = c->src;
	size_t k = ret->n;
	for (size_t i = s->n_events; i-- > 0;) {
		int64_t bar = source_bar(s, s->events[i].at);
		while (k > 0 && ret->bars[k - 1].bar >= bar)
			k--;
		c->bars_to_close[i] = k < ret->n ? ret->bars[k].bar - bar : FAR;
	}
	return 0;
}

/* Whether this bar, added here, would copy more in one piece than is allowed. */
static bool copies_too_much(const struct chain *c, const struct closing *k)
{
	const struct source_event *e = &c->src->events[k->first];
	int32_t span = k->first == k->last ? c->src->bar_ticks : e->span;
	int64_t run = chain_copied_with(c, 0, span, e->pitch);
	return run > span && run + c->src->bar_ticks - span > c->max_copy_ticks;
}

/* Another note of the tonic triad near this one, so that the bar is not the source's; the same when there is none. */
static int varied(const struct chain *c, int pitch)
{
	const struct source *s = c->src;
	static const int steps[] = { -2, 2, -1, 1, -3, 3, -4, 4 };
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		int other = scale_move(&s->scale, pitch, steps[i]);
		int above = scale_degree(&s->scale, other) - scale_degree(&s->scale, s->tonic);
		above = (above % 7 + 7) % 7;
		if ((above == 0 || above == 2 || above == 4) && other >= s->lo && other <= s->hi && other != pitch)
			return other;
	}
	return pitch;
}

static int add_closing(struct chain *c, const struct closing *k, bool vary, struct err *err)
{
	const struct source *s = c->src;
	int64_t line = chain_now(c) + s->bar_ticks;
	for (size_t i = k->first; i <= k->last; i++) {
		const struct source_event *e = &s->events[i];
		int pitch = vary && i == k->first && e->pitch != SOURCE_REST ? varied(c, e->pitch) : e->pitch;
		bool last = i == k->last;
		int32_t span = last ? (int32_t)(line - chain_now(c)) : e->span;
		struct chain_event out = {
			.span = span,
			.sound = last ? span : e->sound,
			.pitch = (int16_t)pitch,
			.velocity = e->velocity,
			.channel = e->channel,
			.from = (int32_t)i,
			.moved = pitch != e->pitch,
		};
		int code = chain_add(c, &out, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static int nearest_of_class(const struct source *s, int near, int pitch_class)
{
	int best = -1, best_far = 256;
	for (int p = pitch_class; p < 128; p += 12) {
		int far = p > near ? p - near : near - p;
		far += p < s->lo || p > s->hi ? 24 : 0;
		if (far < best_far) {
			best_far = far;
			best = p;
		}
	}
	return best;
}

/* The source never comes to rest: the fifth, then the tonic. */
static int add_plain_close(struct chain *c, struct err *err)
{
	const struct source *s = c->src;
	int last = chain_last_pitch(c);
	const struct source_event *model = &s->events[0];
	for (size_t i = 0; i < s->n_events; i++)
		model = s->events[i].pitch != SOURCE_REST ? &s->events[i] : model;
	int tonic = nearest_of_class(s, last == SOURCE_REST ? s->centre : last, s->tonic);
	int fifth = scale_move(&s->scale, tonic, -3);
	int32_t first = s->beat_ticks < s->bar_ticks && fifth >= 0 ? s->beat_ticks : 0;
	struct chain_event e = { .velocity = model->velocity, .channel = model->channel, .from = -1, .moved = true };
	int code = 0;
	if (first > 0) {
		e.span = e.sound = first;
		e.pitch = (int16_t)(fifth < s->lo ? fifth + 12 > 127 ? fifth : fifth + 12 : fifth);
		code = chain_add(c, &e, err);
	}
	e.span = e.sound = s->bar_ticks - first;
	e.pitch = (int16_t)tonic;
	return code < 0 ? code : chain_add(c, &e, err);
}

int closings_end(struct chain *c, const struct closings *k, struct err *err)
{
	const struct source *s = c->src;
	int last = chain_last_pitch(c);
	AUTO_MEM struct chain_choice *choices = mem_new_array(k->n, sizeof(*choices));
	if (!choices)
		return err_set(err, -ENOMEM, "closing bars");
	for (size_t i = 0; i < k->n; i++) {
		const struct closing *b = &k->bars[i];
		int pitch = s->events[b->first].pitch;
		int leap = pitch == SOURCE_REST || last == SOURCE_REST ? 0 : pitch > last ? pitch - last : last - pitch;
		unsigned order = b->first ? c->exact[b->first - 1] : 0;
		int32_t score = (int32_t)(order < 4 ? order : 4) * ONE - leap * ONE / 3;
		if (copies_too_much(c, b))
			score = b->first == b->last ? INT32_MIN : score - ONE;
		choices[i].score = score + (score != INT32_MIN && i + 1 == k->n ? ONE : 0);
	}
	size_t i = chain_pick(c, choices, k->n);
	if (i == k->n)
		return add_plain_close(c, err);
	return add_closing(c, &k->bars[i], copies_too_much(c, &k->bars[i]), err);
}
