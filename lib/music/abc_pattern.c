/*
 * abc_pattern.c - patterns that fill bars: chord symbols and drums. A pattern begins with the bar; in a pick-up it is as
 * far as it would be had the bar been whole, and behind a repeat sign in mid bar it goes on.
 */
#include "music/abc_play_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

void abc_pattern_read(struct abc_pattern *ret, struct abc_span text, const char *letters)
{
	struct abc_cursor c = { text.s, text.s, text.s + text.n, NULL };
	ret->n = 0;
	ret->units = 0;
	while (abc_peek(&c) >= 0 && ret->n < ABC_PATTERN_STEPS) {
		char letter = *c.s++;
		long units = abc_number(&c);
		if (units == 0)
			continue;
		ret->steps[ret->n].letter = strchr(letters, letter) ? letter : 'z';
		ret->steps[ret->n].units = units < 0 ? 1 : units > 64 ? 64 : (int)units;
		ret->units += ret->steps[ret->n++].units;
	}
}

struct walk {
	struct abc_play *play;
	const struct abc_patterned *how;
	const struct abc_pattern *pattern;
	int64_t length; /* of the whole pattern */
};

static int too_long(const struct abc_play *p)
{
	return err_set(p->err, -EMSGSIZE, "the accompaniment has more than %d notes", LIMIT_ABC_ITEMS);
}

/* The pattern once, from `origin`; only what begins within from and to. */
static int once(const struct walk *w, int64_t origin, int64_t from, int64_t to)
{
	const struct abc_pattern *k = w->pattern;
	size_t index = 0;
	int units = 0, r = 0;
	for (size_t i = 0; r == 0 && i < k->n; i++) {
		struct abc_stroke s = { k->steps[i].letter, index, origin + w->length * units / k->units, 0 };
		units += k->steps[i].units;
		s.end = origin + w->length * units / k->units;
		index += s.letter != 'z';
		if (++w->play->steps > LIMIT_ABC_ITEMS)
			return too_long(w->play);
		if (s.letter == 'z' || s.start < from || s.start >= to)
			continue;
		s.end = s.end < to ? s.end : to;
		r = w->how->stroke(w->how->context, &s);
	}
	return r;
}

/* `into`: how far the bar has come already; `number` counts bars for patterns that last longer than one. */
static int fill(struct walk *w, const struct abc_played_bar *bar, int64_t into, size_t number)
{
	int64_t meter = abc_bar_ticks(&bar->meter);
	w->pattern = w->how->bar(w->how->context, bar);
	if (!w->pattern || w->pattern->units == 0)
		return 0;
	w->length = meter * w->pattern->bars;
	int64_t origin = bar->start - into - meter * (int64_t)(number % (size_t)w->pattern->bars);
	int r = 0;
	for (; r == 0 && origin < bar->end; origin += w->length) {
		if (++w->play->steps > LIMIT_ABC_ITEMS)
			return too_long(w->play);
		if (origin + w->length > bar->start)
			r = once(w, origin, bar->start, bar->end);
	}
	return r;
}

int abc_pattern_play(struct abc_play *p, const struct abc_patterned *how)
{
	struct walk w = { .play = p, .how = how };
	int64_t filled = 0; /* of the bar so far, while it is not whole */
	size_t number = 0;
	int r = 0;
	for (size_t i = 0; r == 0 && i < p->n_bars; i++) {
		const struct abc_played_bar *b = &p->bars[i];
		int64_t meter = abc_bar_ticks(&b->meter), length = b->end - b->start, into = 0;
		if (i == 0 && length < meter)
			into = meter - length; /* the pick-up */
		else if (filled > 0 && filled + length <= meter)
			into = filled;
		r = fill(&w, b, into, number);
		filled = into + length < meter ? into + length : 0;
		number += filled == 0 && !(i == 0 && into);
	}
	return r;
}

static int by_time(const void *a, const void *b)
{
	const struct abc_cue *x = a, *y = b;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void abc_cues_sort(struct abc_play *p)
{
	if (p->n_cues)
		qsort(p->cues, p->n_cues, sizeof(*p->cues), by_time);
}

static uint8_t free_channel(struct abc_play *p)
{
	uint32_t used = 1u << 9;
	for (size_t i = 0; i < p->n_outs; i++)
		used |= 1u << p->outs[i].channel;
	int skip = p->extra_channels++;
	for (uint8_t c = 0; c < 16; c++)
		if (!(used >> c & 1) && skip-- == 0)
			return c;
	return (uint8_t)(15 - p->extra_channels % 4);
}

int abc_add_voice(struct abc_play *p, const char *name, int program, size_t *ret_voice, uint8_t *ret_channel)
{
	uint8_t channel = program < 0 ? 9 : free_channel(p);
	int r = score_add_voice(p->score, name, ret_voice, p->err);
	if (r == 0 && program >= 0) {
		struct score_control c = { .kind = SCORE_PROGRAM, .channel = channel, .value = (uint16_t)program };
		r = score_add_control(p->score, *ret_voice, &c, p->err);
	}
	*ret_channel = channel;
	return r;
}
