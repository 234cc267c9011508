#include "music/embedding.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { STEPS = 25, STEP_CLASSES = 5, SCALE = 7, LENGTH_MOVES = 9, TEXTURE = 8, KINDS = 5 };

const struct embedding_block embedding_blocks[] = {
	{ "line_degrees", 12, 0.08 },
	{ "chroma", 12, 0.08 },
	{ "steps", STEPS, 0.12 },
	{ "step_pairs", STEP_CLASSES * STEP_CLASSES, 0.10 },
	{ "degree_pairs", SCALE * SCALE, 0.20 },
	{ "lengths", PROFILE_LENGTHS, 0.08 },
	{ "length_moves", LENGTH_MOVES, 0.06 },
	{ "places", PROFILE_PLACES, 0.08 },
	{ "chords", PROFILE_DEGREES, 0.10 },
	{ "texture", TEXTURE, 0.05 },
	{ "mode_and_meter", KINDS, 0.05 },
};
const size_t embedding_n_blocks = COUNT_OF(embedding_blocks);

/* The blocks before they are brought to their lengths. */
struct blocks {
	double line_degrees[12], chroma[12], steps[STEPS], step_pairs[STEP_CLASSES * STEP_CLASSES], degree_pairs[SCALE * SCALE],
		lengths[PROFILE_LENGTHS], length_moves[LENGTH_MOVES], places[PROFILE_PLACES], chords[PROFILE_DEGREES], texture[TEXTURE],
		kinds[KINDS];
};
_Static_assert(sizeof(struct blocks) == EMBEDDING_SIZE * sizeof(double), "the blocks fill the vector");

static int step_class(int step)
{
	return step < -2 ? 0 : step < 0 ? 1 : step == 0 ? 2 : step <= 2 ? 3 : 4;
}

/* The step of a seven-step scale that a degree in semitones is, or is a sign away from. */
static int scale_step(int degree)
{
	static const int8_t steps[12] = { 0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6 };
	return steps[degree];
}

static int length_move(int before, int after)
{
	return after < before ? 0 : after == before ? 1 : 2;
}

static void count_line(const struct piece_profile *p, struct blocks *b)
{
	for (size_t i = 0; i < p->n_line; i++) {
		const struct line_note *x = &p->line[i];
		int step = x->step < -12 ? -12 : x->step > 12 ? 12 : x->step;
		b->line_degrees[x->degree] += x->duration_beats;
		b->lengths[x->length] += 1;
		if (i < 1)
			continue;
		b->steps[step + 12] += 1;
		b->degree_pairs[scale_step(x[-1].degree) * SCALE + scale_step(x->degree)] += 1;
		if (i < 2)
			continue;
		b->step_pairs[step_class(x[-1].step) * STEP_CLASSES + step_class(x->step)] += 1;
		b->length_moves[length_move(x[-2].length, x[-1].length) * 3 + length_move(x[-1].length, x->length)] += 1;
	}
}

/* Where x lies between two ends: -1 to 1. */
static double between(double x, double lo, double hi)
{
	return fmin(1, fmax(-1, 2 * (x - lo) / (hi - lo) - 1));
}

static void measure(const struct piece_profile *p, struct blocks *b)
{
	const double texture[TEXTURE] = { between(p->notes_per_beat, 0, 6), between(p->polyphony, 0, 5),	 between(p->mean_pitch, 36, 96),
					  between(p->pitch_range, 0, 48),   between(p->mean_velocity, 20, 120), between(p->gate, 0, 1.2),
					  between(p->bpm, 40, 220),	    between((double)p->n_line, 0, PROFILE_LINE_MAX) };
	double bar = score_bar_beats(&p->meter);
	memcpy(b->texture, texture, sizeof(texture));
	b->kinds[key_mode_is_minor(p->mode)] = 1;
	b->kinds[p->meter.den >= 8 && p->meter.num % 3 == 0 ? 2 : bar == 3 ? 3 : 4] = 1;
	for (int i = 0; i < 12; i++)
		b->chroma[i] = p->chroma[(i + p->tonic) % 12];
	memcpy(b->places, p->places, sizeof(b->places));
	memcpy(b->chords, p->degrees, sizeof(b->chords));
}

/* Histograms: square roots, less their mean. */
static void centre(double *v, size_t n)
{
	double sum = 0, mean = 0;
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	for (size_t i = 0; i < n; i++) {
		v[i] = sum > 0 ? sqrt(v[i] / sum) : 0;
		mean += v[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++)
		v[i] -= mean;
}

static double bring_to(double *v, size_t n, double length)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += v[i] * v[i];
	for (size_t i = 0; i < n; i++)
		v[i] = sum > 1e-18 ? v[i] * length / sqrt(sum) : 0;
	return sum > 1e-18 ? length : 0;
}

void embedding_of_profile(const struct piece_profile *p, float ret[EMBEDDING_SIZE])
{
	struct blocks b = { { 0 } };
	double v[EMBEDDING_SIZE];
	size_t at = 0;
	count_line(p, &b);
	measure(p, &b);
	memcpy(v, &b, sizeof(v));
	for (size_t i = 0; i < embedding_n_blocks; i++) {
		if (i + 2 != embedding_n_blocks)
			centre(v + at, embedding_blocks[i].size);
		(void)bring_to(v + at, embedding_blocks[i].size, sqrt(embedding_blocks[i].weight));
		at += embedding_blocks[i].size;
	}
	(void)bring_to(v, EMBEDDING_SIZE, 1);
	for (size_t i = 0; i < EMBEDDING_SIZE; i++)
		ret[i] = (float)v[i];
}

int embedding_make(const struct score *s, const struct model_watch *watch, float ret[EMBEDDING_SIZE], struct err *err)
{
	AUTO(piece_profile) p = NULL;
	int code = piece_profile_make(s, watch, &p, err);
	if (code == 0)
		embedding_of_profile(p, ret);
	return code;
}
