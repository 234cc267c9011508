/*
 * abc_loud.c - dynamics: levels hold until the next one, hairpins lead from the level before them to the one behind.
 */
#include "music/abc_play_priv.h"

#include <stdlib.h>

#define USUAL 86 /* of a note on a beat, which is what mf means */

/* The level at a time; straight lines between. */
struct point {
	int64_t at;
	int level;
};

static int by_time(const void *a, const void *b)
{
	const struct abc_mark *x = a, *y = b;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* The level that a hairpin at i leads to, and when it is reached. */
static int target(const struct abc_mark *m, size_t n, size_t i, int now, int64_t *ret_end)
{
	int step = m[i].kind == ABC_MARK_LOUDER ? m[i].level : -m[i].level;
	int64_t end = -1;
	for (size_t k = i + 1; k < n; k++) {
		if (m[k].kind == ABC_MARK_END && end < 0) {
			end = m[k].at;
			continue;
		}
		if (m[k].kind == ABC_MARK_END)
			continue;
		/* A level right behind the hairpin, or one that ends it, is where it leads. */
		bool near = end < 0 || m[k].at <= end + 4 * ABC_QUARTER;
		*ret_end = end < 0 ? m[k].at : end;
		return m[k].kind == ABC_MARK_LEVEL && near && (m[k].level - now) * step > 0 ? m[k].level : now + step;
	}
	*ret_end = end < 0 ? m[i].at + 4 * ABC_QUARTER : end;
	return now + step;
}

static size_t make_points(const struct abc_mark *m, size_t n, struct point *points)
{
	int level = USUAL;
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		if (m[i].kind == ABC_MARK_LEVEL) {
			points[k++] = (struct point){ m[i].at, level };
			level = m[i].level;
			points[k++] = (struct point){ m[i].at, level };
		} else if (m[i].kind != ABC_MARK_END) {
			int64_t end;
			int to = target(m, n, i, level, &end);
			points[k++] = (struct point){ m[i].at, level };
			level = to < 10 ? 10 : to > 127 ? 127 : to;
			points[k++] = (struct point){ end, level };
		}
	}
	return k;
}

static int level_at(const struct point *p, size_t n, int64_t at)
{
	size_t low = 0, high = n; /* points up to `at` */
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (p[mid].at <= at)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return USUAL;
	const struct point *a = &p[low - 1], *b = low < n ? &p[low] : NULL;
	if (!b)
		return a->level;
	double part = (double)(at - a->at) / (double)(b->at - a->at);
	return a->level + (int)(part * (b->level - a->level));
}

/* Levels below mf take more from strong beats than from weak ones, so that soft music is even. */
static int scaled(int velocity, int level)
{
	int v = velocity + level - USUAL;
	if (level < USUAL)
		v = velocity * level / USUAL;
	return v < 1 ? 1 : v > 127 ? 127 : v;
}

static void apply(struct abc_play *p, const struct point *points, size_t n)
{
	for (int lane = 0; lane < ABC_LANES; lane++) {
		if (!p->voice->lane_sounds[lane])
			continue;
		struct abc_out *o = &p->outs[p->voice->lane_out[lane]];
		for (size_t i = 0; i < o->n_sounds; i++)
			o->sounds[i].velocity = (uint8_t)scaled(o->sounds[i].velocity, level_at(points, n, o->sounds[i].start));
	}
}

int abc_loud(struct abc_play *p)
{
	if (p->n_marks == 0)
		return 0;
	struct point AUTO_MEM *points = mem_new_array(2 * p->n_marks, sizeof(*points));
	if (!points)
		return err_set(p->err, -ENOMEM, "out of memory for the tune");
	qsort(p->marks, p->n_marks, sizeof(*p->marks), by_time);
	apply(p, points, make_points(p->marks, p->n_marks, points));
	return 0;
}
