#include "audio/pitch_path_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define UNVOICED      0.62 /* what a candidate must be better than */
#define QUIET_DB      50.0 /* below the loudest point: the quieter, the less a pitch is believed */
#define JUMP_COST     0.5  /* for an octave */
#define VOICING_COST  0.14

static double octaves(float a, float b)
{
	return fabs(log2((double)a / (double)b));
}

/* The strength of having no pitch at a point: higher when it is quiet. */
static double unvoiced(const struct pitch_point *p, double loudest_db)
{
	double below = loudest_db - (double)p->level_db - QUIET_DB;
	return UNVOICED + (below > -10 ? (below + 10) / 20 : 0);
}

static double strength_of(const struct pitch_candidates *c, size_t i, double no_pitch)
{
	return i < c->n ? (double)c->strength[i] : no_pitch;
}

static double cost(const struct pitch_candidates *a, size_t i, const struct pitch_candidates *b, size_t j)
{
	bool x = i < a->n, y = j < b->n;
	return x && y ? JUMP_COST * octaves(a->hz[i], b->hz[j]) : x != y ? VOICING_COST : 0;
}

static void step(const struct pitch_candidates *before, struct pitch_candidates *now, double no_pitch, const double *last, double *next)
{
	for (size_t j = 0; j <= now->n; j++) {
		double best = -1e300;
		for (size_t i = 0; i <= before->n; i++) {
			double v = last[i] - cost(before, i, now, j);
			if (v > best) {
				best = v;
				now->from[j] = (uint8_t)i;
			}
		}
		next[j] = best + strength_of(now, j, no_pitch);
	}
}

void pitch_steps_path(struct pitch_candidates *c, size_t n, struct pitch_point *v)
{
	double scores[2][PITCH_CANDIDATES + 1] = { { 0 } }, loudest = -1000;
	for (size_t k = 0; k < n; k++)
		loudest = fmax(loudest, (double)v[k].level_db);
	for (size_t i = 0; n > 0 && i <= c[0].n; i++)
		scores[0][i] = strength_of(&c[0], i, unvoiced(&v[0], loudest));
	for (size_t k = 1; k < n; k++)
		step(&c[k - 1], &c[k], unvoiced(&v[k], loudest), scores[(k - 1) % 2], scores[k % 2]);
	size_t at = 0;
	const double *last = scores[(n + 1) % 2];
	for (size_t i = 0; n > 0 && i <= c[n - 1].n; i++)
		at = last[i] > last[at] ? i : at;
	for (size_t k = n; k-- > 0; at = c[k].from[at]) {
		bool voiced = at < c[k].n;
		v[k].hz = voiced ? c[k].hz[at] : 0;
		v[k].confidence = voiced ? c[k].strength[at] : 0;
	}
}
