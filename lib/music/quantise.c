#include "music/quantise.h"

#include "music/ask_priv.h"
#include "music/bar_walk.h"
#include "music/tidy.h"

#include <math.h>

#include "base/banned.h"

const char *const quantise_length_names[LENGTHS_COUNT + 1] = { "keep", "ends", "grid" };

#define EARLY_BEATS 0.06 /* what comes so little before a beat belongs to it */

/* A beat that has a grid of its own. */
struct beat_grid {
	double from; /* beats, where it begins */
	struct grid grid;
};

struct quantising {
	const struct quantise_params *p;
	const struct model_watch *watch;
	struct grid grid;
	struct beat_grid *triplets; /* beats with triplets, in order */
	size_t n_triplets;
	struct quantise_report *report;
};

static int check(const struct quantise_params *p, struct err *err)
{
	if ((unsigned)p->grid >= GRID_NAME_COUNT)
		return err_field(err, -EINVAL, "grid", "there is no grid %d", (int)p->grid);
	if (!(p->strength >= 0 && p->strength <= 1))
		return err_field(err, -EINVAL, "strength", "strength is %g; allowed are 0 to 1", p->strength);
	if (p->swing != 0 && !(p->swing >= 0.5 && p->swing <= 0.75))
		return err_field(err, -EINVAL, "swing", "swing is %g; allowed are 0.5 to 0.75, or 0", p->swing);
	if (!(p->range >= 0 && p->range <= 1))
		return err_field(err, -EINVAL, "range", "range is %g; allowed are 0 to 1", p->range);
	if ((unsigned)p->lengths >= LENGTHS_COUNT)
		return err_field(err, -EINVAL, "lengths", "there is no kind of lengths %d", (int)p->lengths);
	return 0;
}

/* Whether a note belongs to the beat that begins at `beat`, or to an earlier one. */
static bool before_next(double at, double beat)
{
	return at < beat + 1 - EARLY_BEATS;
}

/* The beat of a bar from `bar` that a note belongs to: before_next(at, beat_of(bar, at)) holds, however the sums are rounded. */
static double beat_of(double bar, double at)
{
	double beat = bar + floor(at - bar + EARLY_BEATS);
	return before_next(at, beat) ? beat : beat + 1;
}

/* Asks every beat whether its onsets are triplets; `prior` makes the rarer kind bring more evidence. */
static int find_triplets(struct quantising *q, const struct score *s, struct err *err)
{
	size_t n, room = 0;
	struct note AUTO_MEM *notes = score_merge_notes(s, &n);
	/* A shuffle has two of the three notes of a triplet: only the third one tells. */
	double share = q->grid.swing != 0.5 ? 0 : q->report->found.triplet_share;
	double prior = share < 0.05 ? 4 : share < 0.5 ? 1 : share < 0.9 ? -0.5 : -3;
	struct bar_walk w;
	if (!notes)
		return err_set(err, -ENOMEM, "quantise");
	bar_walk_init(&w, s);
	for (size_t i = 0, beats = 0; i < n; beats++) {
		int r = ask_now_and_then(q->watch, beats, err);
		if (r < 0)
			return r;
		double within[32];
		size_t k = 0;
		int per_beat;
		bar_walk_to(&w, notes[i].start_beats);
		double beat = beat_of(w.from, notes[i].start_beats);
		for (; i < n && before_next(notes[i].start_beats, beat); i++)
			if (k < COUNT_OF(within) && (k == 0 || notes[i].start_beats - beat - within[k - 1] > 0.02))
				within[k++] = notes[i].start_beats - beat;
		if (!grid_beat_is_triplet(within, k, &q->grid, prior, &per_beat))
			continue;
		if (mem_grow(&q->triplets, &room, q->n_triplets + 1, sizeof(*q->triplets)) < 0)
			return err_set(err, -ENOMEM, "quantise");
		q->triplets[q->n_triplets++] = (struct beat_grid){ beat, { per_beat, 0.5 } };
	}
	q->report->n_triplet_beats = q->n_triplets;
	return 0;
}

static int choose_grid(struct quantising *q, const struct score *s, struct err *err)
{
	const struct quantise_params *p = q->p;
	int code = grid_find(s, q->watch, &q->report->found, err);
	if (code < 0)
		return code;
	const struct grid_finding *f = &q->report->found;
	q->grid = grid_named(p->grid);
	if (p->grid == GRID_AUTO) {
		bool swung = f->grid.swing != 0.5;
		q->grid = swung ? f->grid : f->plain;
		code = find_triplets(q, s, err);
	}
	if (p->swing != 0 && q->grid.per_beat % 2 == 0)
		q->grid.swing = p->swing;
	q->report->grid = q->grid;
	return code;
}

/* The triplet beat that an onset is in; the beats were found in order, so the search is a bisection. */
static const struct beat_grid *triplets_at(const struct quantising *q, double at)
{
	size_t lo = 0, hi = q->n_triplets;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (q->triplets[mid].from <= at + EARLY_BEATS)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && before_next(at, q->triplets[lo - 1].from) ? &q->triplets[lo - 1] : NULL;
}

/* The line nearest to a beat, and half the distance between lines there. */
static double line_at(const struct quantising *q, const struct bar_walk *w, double at, double *ret_half)
{
	const struct beat_grid *t = triplets_at(q, at);
	const struct grid *g = t ? &t->grid : &q->grid;
	double from = t ? t->from : w->from;
	*ret_half = 0.5 / g->per_beat;
	return fmax(0, from + grid_nearest(g, at - from));
}

static void move_note(struct quantising *q, struct bar_walk *w, struct note *x)
{
	double half, half_at_end, was = x->start_beats, end = was + x->duration_beats;
	bar_walk_to(w, was);
	double line = line_at(q, w, was, &half);
	if (fabs(line - was) > q->p->range * half + 1e-9 && q->p->range < 1)
		return;
	x->start_beats = was + q->p->strength * (line - was);
	if (q->p->lengths == LENGTHS_ENDS)
		x->duration_beats = fmax(end - x->start_beats, fmin(x->duration_beats, half));
	if (q->p->lengths == LENGTHS_GRID) {
		double to = fmax(line_at(q, w, end, &half_at_end), line + 2 * half);
		x->duration_beats = end + q->p->strength * (to - end) - x->start_beats;
	}
	double moved = fabs(x->start_beats - was);
	q->report->n_moved += moved > 1e-9;
	q->report->mean_move_beats += moved;
	q->report->largest_move_beats = fmax(q->report->largest_move_beats, moved);
}

static int move_notes(struct quantising *q, struct score *s, struct err *err)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < s->n_voices; i++) {
		struct bar_walk w;
		bar_walk_init(&w, s);
		for (size_t k = 0; code == 0 && k < s->voices[i].n_notes; k++) {
			move_note(q, &w, &s->voices[i].notes[k]);
			code = ask_now_and_then(q->watch, k, err);
		}
	}
	q->report->n_notes = score_n_notes(s);
	q->report->mean_move_beats /= q->report->n_notes ? (double)q->report->n_notes : 1;
	return code;
}

int score_quantise(const struct score *s, const struct quantise_params *p, const struct model_watch *watch, struct score **ret,
		   struct quantise_report *ret_report, struct err *err)
{
	struct quantise_report report = { .n_notes = 0 };
	struct quantising q = { .p = p, .watch = watch, .report = &report };
	AUTO(score) out = NULL;
	int code = check(p, err);
	if (code == 0)
		code = choose_grid(&q, s, err);
	if (code == 0)
		code = score_clone(s, &out, err);
	if (code == 0)
		code = move_notes(&q, out, err);
	if (code == 0)
		report.n_merged = score_tidy(out);
	free(q.triplets);
	if (code < 0)
		return code;
	if (ret_report)
		*ret_report = report;
	*ret = TAKE(out);
	return 0;
}
