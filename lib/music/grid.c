#include "music/grid.h"

#include "music/ask_priv.h"
#include "music/bar_walk.h"

#include <math.h>

#include "base/banned.h"

#define COST_MAX 4.5 /* of one onset: three sigmas */
#define TOGETHER 0.02

const char *const grid_names[GRID_NAME_COUNT + 1] = {
	[GRID_AUTO] = "auto", [GRID_4] = "1/4",     [GRID_8] = "1/8",   [GRID_8T] = "1/8T",
	[GRID_16] = "1/16",   [GRID_16T] = "1/16T", [GRID_32] = "1/32", [GRID_32T] = "1/32T",
};

struct grid grid_named(enum grid_name name)
{
	static const int per_beat[GRID_NAME_COUNT] = { 4, 1, 2, 3, 4, 6, 8, 12 };
	return (struct grid){ per_beat[(unsigned)name < GRID_NAME_COUNT ? name : GRID_AUTO], 0.5 };
}

/* Natural logarithms of the numbers of lines that occur. */
static double log_lines(int per_beat)
{
	static const struct {
		int lines;
		double log;
	} logs[] = { { 1, 0 },  { 2, 0.69314718055994531 }, { 3, 1.0986122886681098 }, { 4, 1.3862943611198906 },
		     { 6, 1.791759469228055 }, { 8, 2.0794415416798357 }, { 12, 2.4849066497880004 } };
	for (size_t i = 0; i < COUNT_OF(logs); i++)
		if (logs[i].lines >= per_beat)
			return logs[i].log;
	return 3;
}

double grid_nearest(const struct grid *g, double position)
{
	double pair = 2.0 / g->per_beat;
	if (g->swing == 0.5 || g->per_beat % 2)
		return floor(position * g->per_beat + 0.5) / g->per_beat;
	double base = floor(position / pair) * pair, at = position - base;
	double lines[3] = { 0, g->swing * pair, pair }, best = 0;
	for (int i = 1; i < 3; i++)
		if (fabs(at - lines[i]) < fabs(at - best))
			best = lines[i];
	return base + best;
}

static double onset_cost(const struct grid *g, double position)
{
	double off = position - grid_nearest(g, position);
	return fmin(off * off / (2 * GRID_SIGMA_BEATS * GRID_SIGMA_BEATS), COST_MAX);
}

static double cost_of(const struct grid *g, const double *positions, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += onset_cost(g, positions[i]);
	return n ? sum / (double)n + log_lines(g->per_beat) : 0;
}

/* Positions of onsets from their bar lines; notes that begin together count once. */
static double *find_positions(const struct score *s, size_t *ret_n)
{
	size_t n_notes = 0, n = 0;
	struct note AUTO_MEM *notes = score_merge_notes(s, &n_notes);
	double *positions = mem_new_array(n_notes, sizeof(*positions));
	struct bar_walk w;
	bar_walk_init(&w, s);
	if (!notes || !positions) {
		free(positions);
		return NULL;
	}
	double last = -1;
	for (size_t i = 0; i < n_notes; i++) {
		double at = notes[i].start_beats;
		if (at - last < TOGETHER && n > 0)
			continue;
		bar_walk_to(&w, at);
		positions[n++] = at - w.from;
		last = at;
	}
	*ret_n = n;
	return positions;
}

struct choice {
	struct grid grid;
	double cost;
};

/* The best of the grids in `lines` (ends with 0); who is cancelled on the way asks again. */
static struct choice best_straight(const int *lines, const double *positions, size_t n, const struct model_watch *watch)
{
	struct choice best = { { lines[0], 0.5 }, INFINITY };
	for (; *lines && !model_cancelled(watch); lines++) {
		struct grid g = { *lines, 0.5 };
		double cost = cost_of(&g, positions, n);
		if (cost < best.cost)
			best = (struct choice){ g, cost };
	}
	return best;
}

/* Pairs of lines whose second one is late, in steps of a hundredth; saying how late costs a little. */
static struct choice best_swung(const double *positions, size_t n, const struct model_watch *watch)
{
	struct choice best = { { 2, 0.5 }, INFINITY };
	for (int lines = 2; lines <= 4; lines += 2)
		for (int percent = 54; percent <= 75 && !model_cancelled(watch); percent++) {
			struct grid g = { lines, percent / 100.0 };
			double cost = cost_of(&g, positions, n) + (n ? 3 / (double)n : 0);
			if (cost < best.cost)
				best = (struct choice){ g, cost };
		}
	return best;
}

bool grid_beat_is_triplet(const double *positions, size_t n, const struct grid *plain, double prior, int *ret_per_beat)
{
	double straight = 0, three = prior, six = prior + 1;
	struct grid thirds = { 3, 0.5 }, sixths = { 6, 0.5 };
	for (size_t i = 0; i < n; i++) {
		straight += onset_cost(plain, positions[i]) + log_lines(plain->per_beat);
		three += onset_cost(&thirds, positions[i]) + log_lines(3);
		six += onset_cost(&sixths, positions[i]) + log_lines(6);
	}
	bool triplet = fmin(three, six) < straight;
	*ret_per_beat = !triplet ? plain->per_beat : three <= six ? 3 : 6;
	return triplet;
}

/* Beats whose onsets triplets say better, among the beats that have onsets off the beat. */
static double triplet_share(const struct grid *plain, const double *positions, size_t n)
{
	size_t beats = 0, triplets = 0;
	for (size_t i = 0; i < n;) {
		double beat = floor(positions[i] + 0.06), within[16];
		size_t k = 0;
		bool off = false;
		for (size_t first = i; i < n && floor(positions[i] + 0.06) == beat && k < COUNT_OF(within); i++) {
			if (i > first && positions[i] <= positions[i - 1])
				break; /* the same beat of a later bar */
			within[k] = positions[i] - beat;
			off = off || within[k] > 0.1;
			k++;
		}
		int per_beat;
		beats += off;
		triplets += off && grid_beat_is_triplet(within, k, plain, 0, &per_beat);
	}
	return beats ? (double)triplets / (double)beats : 0;
}

static void measure(struct grid_finding *f, const double *positions)
{
	double sum = 0, lag = 0;
	for (size_t i = 0; i < f->n_onsets; i++) {
		double off = positions[i] - grid_nearest(&f->grid, positions[i]);
		sum += fabs(off);
		lag += off;
	}
	f->error_beats = f->n_onsets ? sum / (double)f->n_onsets : 0;
	f->lag_beats = f->n_onsets ? lag / (double)f->n_onsets : 0;
}

int grid_find(const struct score *s, const struct model_watch *watch, struct grid_finding *ret, struct err *err)
{
	static const int plain_lines[] = { 1, 2, 4, 8, 0 }, triplet_lines[] = { 3, 6, 12, 0 };
	struct grid_finding f = { .grid = { 1, 0.5 }, .plain = { 1, 0.5 } };
	double AUTO_MEM *positions = find_positions(s, &f.n_onsets);
	if (!positions)
		return err_set(err, -ENOMEM, "grid");
	if (f.n_onsets) {
		struct choice plain = best_straight(plain_lines, positions, f.n_onsets, watch);
		struct choice triplets = best_straight(triplet_lines, positions, f.n_onsets, watch);
		struct choice swung = best_swung(positions, f.n_onsets, watch);
		struct choice *best = &plain;
		best = triplets.cost < best->cost ? &triplets : best;
		best = swung.cost < best->cost ? &swung : best;
		double second = best == &plain ? fmin(triplets.cost, swung.cost) :
				best == &swung ? fmin(triplets.cost, plain.cost) : fmin(plain.cost, swung.cost);
		f.grid = best->grid;
		f.plain = plain.grid;
		f.confidence = 1 - (best->cost + 0.1) / (second + 0.1);
		f.triplet_share = triplet_share(&f.plain, positions, f.n_onsets);
		measure(&f, positions);
	}
	int code = ask_on(watch, err);
	if (code == 0)
		*ret = f;
	return code;
}
