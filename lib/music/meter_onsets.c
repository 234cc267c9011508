/* meter_onsets.c - what begins together, and how densely: the ground that meters are tried on. */
#include "music/meter_priv.h"

#include <math.h>
#include <string.h>

#include "music/pitched_priv.h"

#define TOGETHER_BEATS 0.06
#define HELD_CAP_BEATS 4.0
#define SOFT_BEATS 0.05 /* the width of an onset, as a standard deviation: 25 ms at 120 bpm */

static void take(struct onset *o, const struct note *n)
{
	o->held = fmax(o->held, n->start_beats + n->duration_beats - o->at);
	o->low = n->pitch < o->low ? n->pitch : o->low;
	o->high = n->pitch > o->high ? n->pitch : o->high;
	o->loud = fmax(o->loud, n->velocity);
}

int onsets_gather(const struct score *s, const double home[12], struct onset **ret, size_t *ret_n, struct err *err)
{
	size_t n = 0, m = 0;
	struct note AUTO_MEM *notes = score_merge_notes(s, &n);
	struct onset *o = mem_new_array(n < ONSETS_MAX ? n : ONSETS_MAX, sizeof(*o));
	if (!notes || !o) {
		free(o);
		return err_set(err, -ENOMEM, "out of memory for the onsets");
	}
	for (size_t i = 0; i < n && notes[i].start_beats < FAR_BEATS; i++) {
		bool joins = m > 0 && notes[i].start_beats < o[m - 1].at + TOGETHER_BEATS;
		if (!joins && m == ONSETS_MAX)
			break;
		if (!joins)
			o[m++] = (struct onset){ .at = notes[i].start_beats, .low = 127 };
		take(&o[m - 1], &notes[i]);
		if (notes[i].channel != DRUM_CHANNEL)
			o[m - 1].home = fmax(o[m - 1].home, home[notes[i].pitch % 12]);
	}
	for (size_t i = 0; i < m; i++) {
		if (i + 1 < m)
			o[i].held = fmax(o[i].held, o[i + 1].at - o[i].at);
		o[i].held = fmin(o[i].held, HELD_CAP_BEATS);
	}
	*ret = o;
	*ret_n = m;
	return 0;
}

static double cell_of(const struct lattice *l, const struct onset *o)
{
	return (o->at - l->offset) * l->scale * CELLS;
}

/* An onset is felt up to two cells away; where several are, the nearest counts. */
static void put(struct lattice *l, const struct onset *o, double mean_held, double mean_low)
{
	double at = cell_of(l, o), width = SOFT_BEATS * CELLS;
	for (int64_t i = (int64_t)ceil(at - 2); (double)i <= at + 2; i++) {
		double d = ((double)i - at) / width, w = exp(-d * d / 2);
		if (i < 0 || (size_t)i >= l->n || w <= (double)l->there[i])
			continue;
		l->there[i] = (float)w;
		l->held[i] = (float)(w * o->held / mean_held);
		l->low[i] = (float)(w * (o->low - mean_low));
		l->loud[i] = (float)(w * o->loud);
		l->home[i] = (float)(w * o->home);
	}
}

double lattice_alike(const struct lattice *l, double lag_cells)
{
	double hits = 0, tries = 0;
	size_t j = 0;
	for (size_t i = 0; i < l->n_onsets; i++) {
		const struct onset *a = &l->onsets[i];
		double want = cell_of(l, a) + lag_cells;
		if (want > l->last_cell + 1)
			break;
		while (j < l->n_onsets && cell_of(l, &l->onsets[j]) < want - 1.2)
			j++;
		tries++;
		if (j == l->n_onsets || cell_of(l, &l->onsets[j]) > want + 1.2)
			continue;
		const struct onset *b = &l->onsets[j];
		hits += b->high == a->high || b->low == a->low ? 1 : 0.3;
	}
	return tries >= 4 ? hits / tries : 0.3;
}

/* Tries every eighth note from 8 to 80 beats, while at least 40 % of the piece can be compared. */
static double section_of(const struct lattice *l)
{
	double best = 0.6, at = 0;
	for (int lag = 8 * CELLS; lag <= 80 * CELLS && lag < 0.6 * l->last_cell; lag += CELLS / 2) {
		double alike = lattice_alike(l, lag);
		if (alike > best + 0.01) {
			best = alike;
			at = lag;
		}
	}
	return at;
}

int lattice_init(struct lattice *l, const struct onset *o, size_t n, double offset, double scale, struct err *err)
{
	double held = 1e-6, low = 0, loud = 0, var = 0;
	memset(l, 0, sizeof(*l));
	*l = (struct lattice){ .onsets = o, .n_onsets = n, .offset = offset, .scale = scale };
	for (size_t i = 0; i < n; i++) {
		held += o[i].held / (double)n;
		low += o[i].low / (double)n;
		loud += o[i].loud / (double)n;
		l->end_cells = fmax(l->end_cells, cell_of(l, &o[i]) + o[i].held * scale * CELLS);
		l->last_cell = fmax(l->last_cell, cell_of(l, &o[i]));
	}
	for (size_t i = 0; i < n; i++)
		var += (o[i].loud - loud) * (o[i].loud - loud) / (double)n;
	l->n = (size_t)fmin(LATTICE_MAX, ceil(l->last_cell) + 3);
	l->there = mem_new_array(5 * l->n, sizeof(*l->there));
	if (!l->there)
		return err_set(err, -ENOMEM, "out of memory for the onsets");
	l->held = l->there + l->n;
	l->low = l->held + l->n;
	l->loud = l->low + l->n;
	l->home = l->loud + l->n;
	for (size_t i = 0; i < n; i++) {
		struct onset x = o[i];
		x.loud = var > 1 ? (x.loud - loud) / sqrt(var) : 0;
		put(l, &x, held, low);
	}
	l->section_cells = section_of(l);
	return 0;
}

void lattice_done(struct lattice *l)
{
	free(l->there);
	l->there = NULL;
}
