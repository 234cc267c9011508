/*
 * abc_swing.c - pairs of equal notes as long and short. Only where a note begins in the middle of a pair: what is written
 * as dotted stays as it is.
 */
#include "music/abc_play_priv.h"

#include <math.h>
#include <stdlib.h>

struct swing {
	double offset, pair; /* beats */
	double ratio;
	int64_t *halved; /* pairs with a note in their middle, sorted */
	size_t n;
};

static bool swings(const struct abc_tune *t)
{
	static const char *const names[] = { "hornpipe", "schottische", "barndance", "barn dance", "fling", "highland fling",
					     "swing" };
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (abc_span_is(t->rhythm, names[i]))
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static double warp(const struct swing *w, double beats)
{
	double x = (beats - w->offset) / w->pair, k = floor(x), u = x - k;
	if (u < 1e-9 || k < -1e15 || k > 1e15)
		return beats;
	int64_t key = (int64_t)k;
	if (!bsearch(&key, w->halved, w->n, sizeof(key), compare))
		return beats;
	u = u <= 0.5 ? u * 2 * w->ratio : w->ratio + (u - 0.5) * 2 * (1 - w->ratio);
	return w->offset + (k + u) * w->pair;
}

static int find_halved(struct abc_play *p, struct swing *w, int64_t pair, int64_t offset)
{
	size_t n = 0;
	for (size_t i = 0; i < p->n_outs; i++)
		n += p->outs[i].n_sounds;
	w->halved = mem_new_array(n, sizeof(*w->halved));
	if (!w->halved)
		return err_set(p->err, -ENOMEM, "out of memory for the tune");
	for (size_t i = 0; i < p->n_outs; i++)
		for (size_t k = 0; k < p->outs[i].n_sounds; k++) {
			int64_t at = p->outs[i].sounds[k].start - offset, in = ((at % pair) + pair) % pair;
			if (in >= pair / 2 - 1 && in <= pair / 2 + 1)
				w->halved[w->n++] = (at - in) / pair;
		}
	qsort(w->halved, w->n, sizeof(*w->halved), compare);
	return 0;
}

static void warp_score(struct score *s, const struct swing *w)
{
	for (size_t i = 0; i < s->n_voices; i++) {
		struct score_voice *v = &s->voices[i];
		for (size_t k = 0; k < v->n_notes; k++) {
			double end = warp(w, v->notes[k].start_beats + v->notes[k].duration_beats);
			v->notes[k].start_beats = warp(w, v->notes[k].start_beats);
			v->notes[k].duration_beats = fmax(0, end - v->notes[k].start_beats);
			s->end_beats = fmax(s->end_beats, v->notes[k].start_beats + v->notes[k].duration_beats);
		}
		for (size_t k = 0; k < v->n_controls; k++)
			v->controls[k].at_beats = warp(w, v->controls[k].at_beats);
	}
	for (size_t i = 0; i < s->n_texts; i++)
		s->texts[i].at_beats = warp(w, s->texts[i].at_beats);
}

int abc_swing(struct abc_play *p)
{
	const struct abc_play_options *o = p->options;
	if (o->swing == ABC_SWING_BY_RHYTHM && !swings(p->tune))
		return 0;
	int64_t unit = p->tune->header.unit_ticks;
	while (unit > ABC_QUARTER / 2)
		unit /= 2;
	int64_t pair = 2 * unit, pickup = (int64_t)(p->score->pickup_beats * (double)ABC_QUARTER + 0.5);
	struct swing w = { .ratio = o->swing_ratio > 0 ? o->swing_ratio : 2.0 / 3 };
	if (pair < 4)
		return 0;
	w.pair = abc_beats(pair);
	w.offset = abc_beats(pickup % pair);
	int r = find_halved(p, &w, pair, pickup % pair);
	if (r == 0)
		warp_score(p->score, &w);
	free(w.halved);
	return r;
}
