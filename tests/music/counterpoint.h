/*
 * counterpoint.h - several lines of known truth, made up from a seed: what voice separation is measured on.
 *
 * Each line walks the scale around a centre of its own (seven to ten semitones apart, so that ranges overlap), with leaps
 * up to an octave, in rhythms from sixteenths to half notes, and rests; now and then two lines cross. `loose` plays it:
 * onsets up to 0.03 beats early or late, notes held a little too long or too short.
 */
#ifndef TESTS_MUSIC_COUNTERPOINT_H
#define TESTS_MUSIC_COUNTERPOINT_H

#include "base/rng.h"
#include "music/notes.h"

#include <math.h>
#include <stdlib.h>

static const int counterpoint_scale[7] = { 0, 2, 4, 5, 7, 9, 11 };

static inline int counterpoint_pitch(int degree)
{
	int octave = degree >= 0 ? degree / 7 : -((6 - degree) / 7);
	int pitch = 60 + 12 * octave + counterpoint_scale[degree - 7 * octave];
	return pitch < 0 ? 0 : pitch > 127 ? 127 : pitch;
}

static inline double counterpoint_length(struct rng *r, int mood)
{
	static const double lengths[4][4] = { { 0.25, 0.25, 0.5, 0.5 }, { 0.5, 0.5, 0.5, 1 }, { 0.5, 1, 1, 2 }, { 1, 1, 2, 0.5 } };
	return lengths[mood][rng_below(r, 4)];
}

static inline int counterpoint_step(struct rng *r, int degree, int centre)
{
	uint64_t kind = rng_below(r, 100);
	int up = rng_below(r, 24) < (uint64_t)(12 - (degree - centre < -8 ? -8 : degree - centre > 8 ? 8 : degree - centre)) ? 1 : -1;
	if (kind < 5)
		return degree;
	if (kind < 65)
		return degree + up;
	if (kind < 82)
		return degree + 2 * up;
	if (kind < 96)
		return degree + up * (int)rng_range(r, 3, 5);
	return degree + up * 7;
}

struct counterpoint_line {
	double at, end; /* where its next note begins; where its last one ends */
	int degree, centre, mood;
};

/* Whether a degree in line v would touch or cross a neighbour that sounds; line 0 is the highest. */
static inline bool counterpoint_crosses(const struct counterpoint_line *lines, int n, int v, int degree)
{
	bool above = v > 0 && lines[v - 1].end > lines[v].at && degree >= lines[v - 1].degree;
	return above || (v + 1 < n && lines[v + 1].end > lines[v].at && degree <= lines[v + 1].degree);
}

static inline int counterpoint_next(struct rng *r, const struct counterpoint_line *lines, int n, int v)
{
	bool may_cross = rng_below(r, 33) == 0;
	int degree = lines[v].degree;
	for (int i = 0; i < 8; i++) {
		degree = counterpoint_step(r, lines[v].degree, lines[v].centre);
		if (may_cross || !counterpoint_crosses(lines, n, v, degree))
			break;
	}
	return degree;
}

/* One note of line v, or a rest. */
static inline int counterpoint_add(struct score *s, struct rng *r, struct counterpoint_line *lines, int n, int v, bool loose)
{
	struct counterpoint_line *l = &lines[v];
	if (rng_below(r, 100) < 6) {
		l->at += rng_below(r, 8) == 0 ? 8 : counterpoint_length(r, 1);
		return 0;
	}
	if (rng_below(r, 20) == 0)
		l->mood = (int)rng_below(r, 4);
	double length = counterpoint_length(r, l->mood);
	l->degree = counterpoint_next(r, lines, n, v);
	struct note x = { l->at, length, (uint8_t)counterpoint_pitch(l->degree), 80, 0, 64 };
	if (loose) {
		x.start_beats = fmax(0, l->at + (rng_double(r) - 0.5) * 0.06);
		x.duration_beats = length * (0.85 + 0.2 * rng_double(r));
	}
	l->at += length;
	l->end = l->at;
	return score_add_note(s, (size_t)v, &x, NULL);
}

/* The index of the voice is its height: 0 is the highest. At most 8 voices; NULL when memory is out. */
static inline struct score *counterpoint_make(uint64_t seed, int n_voices, double beats, bool loose)
{
	AUTO(score) s = score_new();
	struct counterpoint_line lines[8];
	struct rng r;
	rng_init(&r, seed);
	int centre = 2 * n_voices;
	for (int v = 0; s && v < n_voices; v++) {
		size_t at;
		if (score_add_voice(s, "", &at, NULL) < 0)
			return NULL;
		lines[v] = (struct counterpoint_line){ 0, 0, centre, centre, (int)rng_below(&r, 4) };
		centre -= (int)rng_range(&r, 4, 6);
	}
	while (s) {
		int v = 0;
		for (int i = 1; i < n_voices; i++)
			v = lines[i].at < lines[v].at ? i : v;
		if (lines[v].at >= beats)
			break;
		if (counterpoint_add(s, &r, lines, n_voices, v, loose) < 0)
			return NULL;
	}
	if (s)
		score_sort(s);
	return TAKE(s);
}

/* All notes in one voice, on one channel. */
static inline struct score *counterpoint_merge(const struct score *s)
{
	AUTO(score) one = score_new();
	size_t at;
	if (!one || score_add_voice(one, "", &at, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < s->n_voices; i++)
		for (size_t k = 0; k < s->voices[i].n_notes; k++) {
			struct note x = s->voices[i].notes[k];
			if (x.channel == 9)
				continue;
			x.channel = 0;
			if (score_add_note(one, at, &x, NULL) < 0)
				return NULL;
		}
	score_sort(one);
	return TAKE(one);
}

#endif
