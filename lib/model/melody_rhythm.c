/* melody_rhythm.c - motifs out of a style's figures, and phrases out of motifs. */
#include "model/melody_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define FOLK     (1 << MELODY_FOLK)
#define POP      (1 << MELODY_POP)
#define JAZZ     (1 << MELODY_JAZZ)
#define CLASSIC  (1 << MELODY_CLASSICAL)
#define MARCH    (1 << MELODY_MARCH)
#define LULLABY  (1 << MELODY_LULLABY)
#define ALL      (FOLK | POP | JAZZ | CLASSIC | MARCH | LULLABY)

/* How one or two beats are divided, in 24ths of a beat; negative is silent. */
struct figure {
	int beats, n, parts[8], weight, styles;
};

static const struct figure simple[] = {
	{ 1, 1, { 24 }, 10, ALL },
	{ 1, 2, { 12, 12 }, 10, ALL },
	{ 1, 2, { 18, 6 }, 5, FOLK | CLASSIC | MARCH },
	{ 1, 3, { 12, 6, 6 }, 4, FOLK | POP | CLASSIC | MARCH },
	{ 1, 3, { 6, 6, 12 }, 3, POP | CLASSIC | MARCH },
	{ 1, 4, { 6, 6, 6, 6 }, 5, FOLK | POP | CLASSIC },
	{ 1, 3, { 8, 8, 8 }, 4, JAZZ },
	{ 1, 2, { -12, 12 }, 4, POP | JAZZ },
	{ 2, 1, { 48 }, 8, ALL & ~MARCH },
	{ 2, 2, { 36, 12 }, 8, ALL },
	{ 2, 3, { 12, 24, 12 }, 7, POP | JAZZ },
	{ 2, 3, { 18, 18, 12 }, 5, POP },
	{ 2, 3, { 36, 6, 6 }, 3, CLASSIC | MARCH },
	{ 2, 4, { 12, 12, 12, 12 }, 5, JAZZ | FOLK },
	{ 2, 3, { -12, 12, 24 }, 4, JAZZ | POP },
};
static const struct figure triple[] = {
	{ 1, 1, { 24 }, 7, ALL },
	{ 1, 2, { 16, 8 }, 9, ALL },
	{ 1, 3, { 8, 8, 8 }, 10, ALL & ~LULLABY },
	{ 1, 2, { 8, 16 }, 2, FOLK | JAZZ },
	{ 1, 3, { 12, 4, 8 }, 4, FOLK | CLASSIC },
	{ 1, 4, { 8, 8, 4, 4 }, 2, FOLK | CLASSIC },
	{ 2, 1, { 48 }, 4, LULLABY | POP | CLASSIC },
};

/* The nearer its notes to a beat are to the density, the likelier. */
static int64_t figure_weight(const struct tune *t, const struct figure *f, int beats_left, int32_t beat_ticks)
{
	if (f->beats > beats_left || !(f->styles & 1 << t->p->style))
		return 0;
	for (int i = 0; i < f->n; i++)
		if (abs(f->parts[i]) * beat_ticks / 24 < METER_TICKS / 4)
			return 0; /* nothing shorter than a sixteenth */
	int64_t per_beat = (int64_t)f->n * 1000 / f->beats, wanted = 400 + t->density * 3; /* 0.4 to 3.4 */
	int64_t off = per_beat > wanted ? per_beat - wanted : wanted - per_beat;
	return 1 + (int64_t)f->weight * 4000 / (200 + off) * 500 / (500 + off);
}

static const struct figure *draw_figure(struct tune *t, int beats_left, int32_t beat_ticks, bool three)
{
	const struct figure *list = three ? triple : simple;
	size_t n = three ? COUNT_OF(triple) : COUNT_OF(simple);
	int64_t total = 0;
	for (size_t i = 0; i < n; i++)
		total += figure_weight(t, &list[i], beats_left, beat_ticks);
	int64_t at = total ? (int64_t)rng_below(&t->rng, (uint64_t)total) : 0;
	for (size_t i = 0; total && i < n; i++) {
		int64_t w = figure_weight(t, &list[i], beats_left, beat_ticks);
		if (w && at < w)
			return &list[i];
		at -= w;
	}
	return &list[0];
}

static void add_part(struct motif *m, int32_t at, int32_t length)
{
	if (m->n < MOTIF_NOTES) {
		m->at[m->n] = at;
		m->length[m->n++] = length;
	}
}

/* Beats from..to of a bar as figures; two beats in one only where both are alike. */
static void fill_beats(struct tune *t, struct motif *m, int from, int to)
{
	const struct meter_shape *s = &t->h->meter;
	for (int b = from; b < to;) {
		int32_t at = s->beat_at[b], ticks = s->beat_at[b + 1] - at;
		bool pair = b + 1 < to && s->beat_at[b + 2] - s->beat_at[b + 1] == ticks && (b % 2 == 0 || s->n_beats == 3);
		const struct figure *f = draw_figure(t, pair ? 2 : 1, ticks, ticks % 720 == 0);
		for (int i = 0; i < f->n; i++) {
			int32_t length = (int32_t)((int64_t)abs(f->parts[i]) * ticks / 24);
			if (f->parts[i] > 0)
				add_part(m, at, length);
			at += length;
		}
		b += f->beats;
	}
}

/* A contour: mostly steps that go on the way they went, and turn before they run away. */
static void draw_moves(struct tune *t, struct motif *m)
{
	static const int8_t sizes[] = { 1, 1, 1, 1, 1, 2, 2, 0, 3, 4 };
	int sum = 0, way = rng_below(&t->rng, 2) ? 1 : -1, calm = t->boldness < 300 ? 8 : t->boldness < 600 ? 9 : 10;
	for (int i = 0; i < m->n; i++) {
		int size = sizes[rng_below(&t->rng, (uint64_t)calm)];
		way = rng_below(&t->rng, 100) < 35 ? -way : way;
		if (abs(sum + way * size) > 4)
			way = -way;
		sum += way * size;
		m->move[i] = (int8_t)(way * size);
	}
}

static void draw_motifs(struct tune *t)
{
	for (int i = 0; i < MOTIFS; i++) {
		struct motif *m = &t->motifs[i];
		m->n = 0;
		fill_beats(t, m, 0, t->h->meter.n_beats);
		if (m->n == 0 || m->at[0] > t->h->meter.bar_ticks / 2)
			add_part(m, 0, t->h->meter.bar_ticks);
		draw_moves(t, m);
	}
}

static int add_note(struct tune *t, const struct tune_note *n, struct err *err)
{
	if (mem_grow(&t->notes, &t->room, t->n + 1, sizeof(*t->notes)) < 0)
		return err_set(err, -ENOMEM, "melody");
	t->notes[t->n++] = *n;
	return 0;
}

static int add_bar(struct tune *t, int motif, int32_t bar_at, int32_t until, int64_t phrase, struct err *err)
{
	const struct motif *m = &t->motifs[motif];
	int code = 0;
	for (int i = 0; code == 0 && i < m->n && m->at[i] < until; i++) {
		int32_t length = m->at[i] + m->length[i] > until ? until - m->at[i] : m->length[i];
		code = add_note(t, &(struct tune_note){ bar_at + m->at[i], length, motif, i, phrase, false }, err);
	}
	return code;
}

/* The last bar of a phrase: some of its motif, then a long note; the very last one lasts to the bar line. */
static int add_ending(struct tune *t, int motif, int32_t bar_at, int64_t phrase, bool last, struct err *err)
{
	const struct meter_shape *s = &t->h->meter;
	int beats = s->n_beats, hold = beats <= 2 ? 0 : beats == 3 ? (int)rng_below(&t->rng, 2) : (int)rng_below(&t->rng, 2) * (beats / 2);
	const struct harmony_chord *end = harmony_at(t->h, bar_at + s->bar_ticks - 1);
	if (last && end->at > bar_at + s->beat_at[hold])
		while (hold + 1 < beats && bar_at + s->beat_at[hold] < end->at)
			hold++; /* it waits for the last chord */
	int32_t from = s->beat_at[hold], length = s->bar_ticks - from;
	/* A breath before the next phrase. */
	int32_t beat = s->bar_ticks - s->beat_at[beats - 1];
	if (!last && length > beat && rng_below(&t->rng, 3))
		length -= beat;
	int code = add_bar(t, motif, bar_at, from, phrase, err);
	return code < 0 ? code : add_note(t, &(struct tune_note){ bar_at + from, length, -1, 0, phrase, true }, err);
}

int melody_rhythm(struct tune *t, struct err *err)
{
	static const uint8_t plans[][4] = { { 0, 1, 0, 2 }, { 0, 0, 1, 2 }, { 0, 1, 2, 1 }, { 0, 1, 0, 1 } };
	int64_t bars = harmony_bars(t->h), length = t->p->phrase_bars;
	int plan = (int)rng_below(&t->rng, COUNT_OF(plans)), code = 0;
	draw_motifs(t);
	for (int64_t bar = 0; code == 0 && bar < bars; bar++) {
		int64_t phrase = bar / length, place = bar % length;
		bool other = phrase % 4 == 2; /* A A B A */
		int motif = plans[plan][place % 4] + (other ? 3 : 0);
		int32_t at = (int32_t)bar * t->h->meter.bar_ticks;
		bool last = bar + 1 == bars;
		if (last || place + 1 == length)
			code = add_ending(t, motif, at, phrase, last, err);
		else
			code = add_bar(t, motif, at, t->h->meter.bar_ticks, phrase, err);
	}
	return code;
}
