#include "music/phrase_find.h"

#include <math.h>
#include <string.h>

#include "music/meter_priv.h"

#define LOOK_BACK 160 /* onsets that one phrase may have */
#define LENGTH_WEIGHT 0.55
#define PHRASE_COST 0.25

/* The degree of change between two figures, 0..1. */
static double change(double a, double b)
{
	return a + b > 0 ? fabs(a - b) / (a + b) : 0;
}

/* strength[i] is that of a boundary before onset i, scaled to 0..1; the three profiles have LBDM's weights. */
static void find_strength(const struct onset *o, size_t n, double *strength)
{
	double top[3] = { 1e-9, 1e-9, 1e-9 };
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 1; i < n; i++) {
			double here[3] = { fabs((double)o[i].high - o[i - 1].high) + 1, o[i].at - o[i - 1].at,
					   fmax(0, o[i].at - o[i - 1].at - o[i - 1].held) + 1e-3 };
			double before[3] = { here[0], here[1], here[2] }, after[3] = { here[0], here[1], here[2] };
			if (i > 1) {
				before[0] = fabs((double)o[i - 1].high - o[i - 2].high) + 1;
				before[1] = o[i - 1].at - o[i - 2].at;
			}
			if (i + 1 < n) {
				after[0] = fabs((double)o[i + 1].high - o[i].high) + 1;
				after[1] = o[i + 1].at - o[i].at;
			}
			double s[3];
			for (int k = 0; k < 3; k++) {
				s[k] = here[k] * (change(before[k], here[k]) + change(here[k], after[k]));
				top[k] = fmax(top[k], s[k]);
			}
			if (pass)
				strength[i] = 0.25 * s[0] / top[0] + 0.5 * s[1] / top[1] + 0.25 * s[2] / top[2];
		}
}

/* What a length costs: nothing for four bars, a little for two or eight, more the further it is from all of them. */
static double length_cost(double bars)
{
	static const double usual[] = { 4, 2, 8 }, extra[] = { 0, 0.15, 0.2 };
	double best = 4;
	for (size_t i = 0; i < COUNT_OF(usual); i++)
		best = fmin(best, extra[i] + 1.2 * fabs(log2(fmax(bars, 0.05) / usual[i])));
	return LENGTH_WEIGHT * best;
}

struct cutter {
	const struct onset *o;
	size_t n;
	double bar, *strength, *best;
	uint32_t *from;
};

static void cut(struct cutter *c)
{
	for (size_t to = 1; to <= c->n; to++) {
		double end = to < c->n ? c->o[to].at : c->o[c->n - 1].at + c->o[c->n - 1].held;
		c->best[to] = -INFINITY;
		for (size_t k = 1; k <= LOOK_BACK && k <= to; k++) {
			size_t from = to - k;
			double score = c->best[from] + (from ? c->strength[from] : 0) - PHRASE_COST -
				       length_cost((end - c->o[from].at) / c->bar);
			if (score > c->best[to]) {
				c->best[to] = score;
				c->from[to] = (uint32_t)from;
			}
		}
	}
}

static int collect(const struct cutter *c, struct phrase_report *r)
{
	size_t n = 0;
	for (size_t at = c->n; at > 0; at = c->from[at])
		n++;
	r->v = mem_new_array(n, sizeof(*r->v));
	if (!r->v)
		return -ENOMEM;
	r->n = n;
	double sum = 0;
	for (size_t at = c->n; at > 0; at = c->from[at]) {
		size_t from = c->from[at];
		double end = at < c->n ? c->o[at].at : c->o[c->n - 1].at + c->o[c->n - 1].held;
		r->v[--n] = (struct phrase){ c->o[from].at, end, at - from, from ? fmin(1, c->strength[from]) : 1 };
		sum += (end - c->o[from].at) / c->bar;
	}
	r->mean_bars = sum / (double)r->n;
	return 0;
}

int phrases_find(const struct score *s, const struct meter_report *meter, struct phrase_report *ret, struct err *err)
{
	static const double no_home[12] = { 0 };
	struct onset *o = NULL;
	struct phrase_report r = { .n = 0 };
	struct cutter c = { .bar = meter && meter->n_guesses ? meter->guesses[0].bar_beats : 4 };
	int code = onsets_gather(s, no_home, &o, &c.n, err);
	if (code < 0)
		return code;
	c.o = o;
	c.strength = mem_new_array(c.n + 1, sizeof(*c.strength));
	c.best = mem_new_array(c.n + 1, sizeof(*c.best));
	c.from = mem_new_array(c.n + 1, sizeof(*c.from));
	code = c.strength && c.best && c.from ? 0 : -ENOMEM;
	if (code == 0 && c.n) {
		find_strength(o, c.n, c.strength);
		cut(&c);
		code = collect(&c, &r);
	}
	free(o);
	free(c.strength);
	free(c.best);
	free(c.from);
	if (code < 0)
		return err_set(err, code, "out of memory for the phrases");
	*ret = r;
	return 0;
}

void phrase_report_done(struct phrase_report *r)
{
	free(r->v);
	r->v = NULL;
	r->n = 0;
}
