/*
 * voice_skyline.c - the upper or lower edge of a heap of notes, and how many of them sound together.
 */
#include "music/voices_priv.h"

#include <string.h>

#include "base/banned.h"

/* Notes this near in beats begin together, as played; written ones are nearer. */
#define TOGETHER_BEATS 0.05

static double end_of(const struct note *x)
{
	return x->start_beats + x->duration_beats;
}

/* Whether b begins with a: near in time, and not just after a very short one. */
static bool together(const struct note *a, const struct note *b)
{
	double ahead = b->start_beats - a->start_beats;
	return ahead < 1e-9 || (ahead < TOGETHER_BEATS && end_of(a) - b->start_beats > b->duration_beats / 2);
}

static bool beyond(const struct note *a, const struct note *b, bool lowest)
{
	return lowest ? a->pitch < b->pitch : a->pitch > b->pitch;
}

/* Whether the edge still sounds beyond x for most of x: then x is hidden behind it. */
static bool hidden(const struct note *edge, const struct note *x, bool lowest)
{
	double covered = end_of(edge) - x->start_beats;
	return beyond(edge, x, lowest) && covered > x->duration_beats / 2 && covered > 1e-9;
}

void voice_skyline(struct voice_note *notes, size_t n, bool lowest, size_t *ret_parts)
{
	const struct note *edge = NULL;
	bool rest = false;
	for (size_t i = 0; i < n;) {
		size_t best = i, k = i + 1;
		for (; k < n && together(&notes[i].note, &notes[k].note); k++)
			if (beyond(&notes[k].note, &notes[best].note, lowest))
				best = k;
		bool shown = !edge || !hidden(edge, &notes[best].note, lowest);
		for (; i < k; i++) {
			notes[i].part = shown && i == best ? 0 : 1;
			rest = rest || notes[i].part == 1;
		}
		if (shown)
			edge = &notes[best].note;
	}
	*ret_parts = n == 0 ? 0 : rest ? 2 : 1;
}

/* A beat at which something begins (+1) or ends (-1). */
struct edge {
	double at;
	int change;
};

static int compare_edges(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->change - b->change; /* ends first */
}

int voice_polyphony(const struct voice_note *notes, size_t n, int max, struct err *err)
{
	struct edge AUTO_MEM *edges = mem_new_array(2 * n, sizeof(*edges));
	double time[VOICES_MAX + 1] = { 0 }, total = 0;
	if (!edges)
		return err_set(err, -ENOMEM, "voices");
	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct note *x = &notes[i].note;
		/* The last tenth does not count: playing overlaps a little. */
		edges[2 * i] = (struct edge){ x->start_beats, 1 };
		edges[2 * i + 1] = (struct edge){ x->start_beats + 0.9 * x->duration_beats, -1 };
	}
	qsort(edges, 2 * n, sizeof(*edges), compare_edges);
	long sounding = 0;
	for (size_t i = 0; i + 1 < 2 * n; i++) {
		sounding += edges[i].change;
		double lasts = edges[i + 1].at - edges[i].at;
		if (sounding <= 0)
			continue;
		total += lasts;
		time[sounding < max ? sounding : max] += lasts;
	}
	double sum = 0;
	for (int k = max; k > 1; k--) {
		sum += time[k];
		if (sum > 0 && sum >= total / 50)
			return k;
	}
	return 1;
}
