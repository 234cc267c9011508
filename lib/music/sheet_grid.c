/*
 * sheet_grid.c - the grid of a bar: the cheapest way from bar line to bar line.
 *
 * Nodes lie SHEET_STEP apart (or, for what was played, the smallest note). An edge is a step, cut in one, two,
 * four or eight, or a tuplet over one of several sizes. Costs are in no unit; an error of one tolerance costs 1.
 */
#include "music/sheet_priv.h"

#include <math.h>
#include <stdlib.h>

#include "base/limits.h"

struct tuplet_kind {
	uint8_t p, q;
	double cost;
};

struct cell_size {
	int64_t ticks;
	double cost;
	bool compound; /* three of something: q is 3 or 6 there */
};

struct grid_profile {
	double tolerance;
	const struct tuplet_kind *tuplets, *compound_tuplets;
	size_t n_tuplets, n_compound_tuplets;
	const struct cell_size *sizes;
	size_t n_sizes;
	int n_subs;          /* steps may be cut in 1, 2, 4, 8: how many of these */
	double odd, splitting; /* for a point on an odd step; for a tuplet that cuts a note */
};

static const struct tuplet_kind all_tuplets[] = {
	{ 3, 2, 0.5 }, { 5, 4, 1.2 },  { 6, 4, 0.9 },  { 7, 4, 1.8 },  { 9, 8, 2.0 },
	{ 10, 8, 2.2 }, { 11, 8, 3.0 }, { 12, 8, 1.5 }, { 13, 8, 3.0 },
};
static const struct tuplet_kind compound_tuplets[] = { { 5, 3, 1.5 }, { 7, 6, 2.0 }, { 10, 6, 2.4 }, { 11, 6, 3.0 } };
static const struct tuplet_kind played_tuplets[] = { { 3, 2, 0.8 }, { 6, 4, 1.8 } };

static const struct cell_size all_sizes[] = {
	{ SHEET_QUARTER / 4, 0.5, false },     { SHEET_QUARTER / 2, 0.2, false }, { SHEET_QUARTER, 0, false },
	{ SHEET_QUARTER * 2, 0.2, false },     { SHEET_QUARTER * 4, 0.4, false }, { SHEET_QUARTER * 3 / 4, 0.8, true },
	{ SHEET_QUARTER * 3 / 2, 0.5, true }, { SHEET_QUARTER * 3, 0.5, true },
};
static const struct cell_size played_sizes[] = {
	{ SHEET_QUARTER / 2, 0.6, false }, { SHEET_QUARTER, 0, false }, { SHEET_QUARTER * 2, 0.5, false },
};

const struct grid_profile grid_exact = { 0.002, all_tuplets, compound_tuplets, COUNT_OF(all_tuplets),
					 COUNT_OF(compound_tuplets), all_sizes, COUNT_OF(all_sizes), 4, 0, 0 };
const struct grid_profile grid_tight = { 1e-6, all_tuplets, compound_tuplets, COUNT_OF(all_tuplets),
					 COUNT_OF(compound_tuplets), all_sizes, COUNT_OF(all_sizes), 4, 0, 0.3 };
static const struct grid_profile grid_played = { 0.08, played_tuplets, NULL, COUNT_OF(played_tuplets), 0, played_sizes,
						 COUNT_OF(played_sizes), 1, 0.3, 0 };

struct bar_grid {
	const struct grid_profile *profile;
	const struct grid_point *points;
	size_t n;
	int64_t step, length;
	bool tuplets;
};

struct node {
	double cost;
	int64_t from; /* the node before; -1 for none */
	uint16_t parts;
	uint8_t p, q;
};

static double in_beats(int64_t ticks)
{
	return (double)ticks / (double)SHEET_QUARTER;
}

static size_t first_at(const struct bar_grid *g, double beats)
{
	size_t low = 0, high = g->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (g->points[mid].beats < beats)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* What the points in [at, at + ticks) cost on a grid of `parts` steps. */
static double misfit(const struct bar_grid *g, int64_t at, int64_t ticks, int parts, double enough)
{
	double from = in_beats(at), size = in_beats(ticks), cost = 0;
	for (size_t i = first_at(g, from); i < g->n && g->points[i].beats < from + size && cost < enough; i++) {
		double x = (g->points[i].beats - from) / size * parts;
		double e = (x - round(x)) / parts * size / g->profile->tolerance;
		cost += g->points[i].weight * e * e;
	}
	return cost;
}

/* Whether anything between the edges of a cell misses the steps, so that a tuplet could be meant. */
static bool crooked(const struct bar_grid *g, int64_t at, int64_t ticks)
{
	double from = in_beats(at), step = in_beats(g->step), slack = g->profile->tolerance / 2;
	for (size_t i = first_at(g, from + slack); i < g->n && g->points[i].beats < from + in_beats(ticks) - slack; i++) {
		double x = g->points[i].beats / step;
		if (fabs(x - round(x)) * step > slack)
			return true;
	}
	return false;
}

static bool boundary(const struct bar_grid *g, int64_t at)
{
	double b = in_beats(at);
	size_t i = first_at(g, b - 1e-6);
	return at == 0 || at == g->length || (i < g->n && g->points[i].beats < b + 1e-6);
}

static void reach(struct node *nodes, int64_t from, int64_t to, double cost, uint16_t parts, uint8_t p, uint8_t q)
{
	cost += nodes[from].cost;
	if (cost < nodes[to].cost)
		nodes[to] = (struct node){ cost, from, parts, p, q };
}

static void steps_from(const struct bar_grid *g, struct node *nodes, int64_t i, int64_t to, int64_t ticks)
{
	static const double costs[4] = { 0, 0.7, 1.5, 2.5 };
	int64_t at = i * g->step;
	double odd = 0;
	if (i % 2 && g->profile->odd > 0) {
		size_t k = first_at(g, in_beats(at) - in_beats(g->step) / 2);
		odd = k < g->n && g->points[k].beats < in_beats(at) + in_beats(g->step) / 2 ? g->profile->odd : 0;
	}
	for (int sub = 0; sub < g->profile->n_subs && (ticks >> sub) % SHEET_FINEST == 0; sub++) {
		double cost = misfit(g, at, ticks, 1 << sub, INFINITY);
		reach(nodes, i, to, cost + costs[sub] + odd, (uint16_t)(1 << sub), 0, 0);
		if (cost == 0)
			return;
	}
}

static void tuplets_from(const struct bar_grid *g, struct node *nodes, int64_t i, int64_t n_nodes)
{
	int64_t at = i * g->step;
	for (size_t k = 0; k < g->profile->n_sizes; k++) {
		const struct cell_size *size = &g->profile->sizes[k];
		int64_t to = i + size->ticks / g->step;
		if (size->ticks % g->step || to > n_nodes || at + size->ticks > g->length || !crooked(g, at, size->ticks))
			continue;
		const struct tuplet_kind *t = size->compound ? g->profile->compound_tuplets : g->profile->tuplets;
		size_t n = size->compound ? g->profile->n_compound_tuplets : g->profile->n_tuplets;
		double extra = size->cost + (at % size->ticks ? 0.3 : 0);
		if (g->profile->splitting > 0)
			extra += (!boundary(g, at) + !boundary(g, at + size->ticks)) * g->profile->splitting;
		for (size_t j = 0; j < n; j++) {
			double room = nodes[to].cost - nodes[i].cost - t[j].cost - extra;
			if (room > 0)
				reach(nodes, i, to, misfit(g, at, size->ticks, t[j].p, room) + t[j].cost + extra, t[j].p, t[j].p,
				      t[j].q);
		}
	}
}

static int add_cell(struct sheet_cell **list, size_t *n, size_t *room, const struct sheet_cell *c, struct err *err)
{
	struct sheet_cell *last = *n ? &(*list)[*n - 1] : NULL;
	/* Binary steps of one size are one cell, whatever their number: a bar may have thousands. */
	if (last && !last->p && !c->p && last->at + last->ticks == c->at && last->parts + c->parts < UINT16_MAX &&
	    last->ticks * c->parts == c->ticks * last->parts) {
		last->ticks += c->ticks;
		last->parts = (uint16_t)(last->parts + c->parts);
		return 0;
	}
	if (mem_grow(list, room, *n + 1, sizeof(**list)) < 0)
		return err_set(err, -ENOMEM, "out of memory for the grid");
	(*list)[(*n)++] = *c;
	return 0;
}

/* Follows the way back from the bar's end and adds its cells in order. */
static int add_way(const struct bar_grid *g, struct node *nodes, int64_t last, int64_t bar_at, struct sheet_cell **list,
		   size_t *n, size_t *room, struct err *err)
{
	int64_t next = -1, r = 0;
	for (int64_t i = last; i >= 0;) { /* turn the chain round */
		int64_t from = nodes[i].from;
		nodes[i].from = next;
		next = i;
		i = from;
	}
	for (int64_t i = 0; r == 0 && i != last;) {
		int64_t to = nodes[i].from;
		int64_t at = i * g->step, end = to == last ? g->length : to * g->step;
		struct sheet_cell c = { bar_at + at, end - at, nodes[to].parts, nodes[to].p, nodes[to].q };
		r = add_cell(list, n, room, &c, err);
		i = to;
	}
	return (int)r;
}

int grid_bar(const struct grid_choice *choice, const struct grid_point *points, size_t n, const struct sheet_bar *bar,
	     struct sheet_cell **list, size_t *n_list, size_t *room, struct err *err)
{
	struct bar_grid g = { .profile = choice->profile ? choice->profile : &grid_played, .points = points, .n = n,
			      .step = SHEET_STEP, .length = bar->ticks, .tuplets = true };
	if (!choice->profile) {
		g.step = SHEET_QUARTER * 4 / choice->smallest;
		g.tuplets = choice->tuplets;
	}
	int64_t n_nodes = (g.length + g.step - 1) / g.step;
	struct node AUTO_MEM *nodes = mem_new_array((size_t)n_nodes + 1, sizeof(*nodes));
	if (!nodes)
		return err_set(err, -ENOMEM, "out of memory for the grid");
	for (int64_t i = 0; i <= n_nodes; i++)
		nodes[i] = (struct node){ i ? INFINITY : 0, -1, 1, 0, 0 };
	for (int64_t i = 0; i < n_nodes; i++) {
		int64_t at = i * g.step;
		steps_from(&g, nodes, i, i + 1, at + g.step > g.length ? g.length - at : g.step);
		if (g.tuplets && n > 0)
			tuplets_from(&g, nodes, i, n_nodes);
	}
	return add_way(&g, nodes, n_nodes, bar->at, list, n_list, room, err);
}

bool grid_is_exact(const double *beats, size_t n)
{
	static const int parts[] = { 64, 48, 20, 28, 36, 44, 52 };
	size_t on = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < COUNT_OF(parts); k++) {
			double x = beats[i] * parts[k], near = k ? 0.0011 : 0.0006;
			if (fabs(x - round(x)) / parts[k] <= near) {
				on++;
				break;
			}
		}
	return on * 20 >= n * 19;
}
