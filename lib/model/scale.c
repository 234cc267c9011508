#include "model/scale_priv.h"

#include <string.h>

/* A signature is doubted only when this share of the sound lies outside it, in percent. */
#define DOUBT_PERCENT 12

static void scale_set(struct scale *s, int sharps)
{
	static const int major[7] = { 0, 2, 4, 5, 7, 9, 11 };
	memset(s, 0, sizeof(*s));
	s->sharps = sharps;
	int tonic = ((sharps * 7) % 12 + 12) % 12;
	for (int i = 0; i < 7; i++)
		s->member[(tonic + major[i]) % 12] = true;
	int below = -1;
	for (int pc = 0; pc < 12; pc++) {
		below += s->member[pc];
		s->step_of[pc] = (uint8_t)(below < 0 ? 0 : below);
	}
}

static int64_t outside(const struct scale *s, const int64_t weight[12])
{
	int64_t sum = 0;
	for (int pc = 0; pc < 12; pc++)
		sum += s->member[pc] ? 0 : weight[pc];
	return sum;
}

void scale_choose(struct scale *ret, const struct scale_evidence *e)
{
	struct scale best, s;
	int64_t total = 0, least = INT64_MAX;
	for (int pc = 0; pc < 12; pc++)
		total += e->weight[pc];
	/* Fewest accidentals first, so that a tie goes to the plainer key. */
	for (int k = 0; k <= 12; k++) {
		scale_set(&s, k % 2 ? (k + 1) / 2 : -k / 2);
		if (outside(&s, e->weight) < least) {
			least = outside(&s, e->weight);
			best = s;
		}
	}
	scale_set(ret, e->sharps);
	bool doubtful = outside(ret, e->weight) * 100 > total * DOUBT_PERCENT;
	if (!e->have_signature || (doubtful && least * 2 < outside(ret, e->weight)))
		*ret = best;
}

int scale_tonic(const struct scale *s, const struct scale_evidence *e)
{
	int64_t total = 1, best = -1;
	int tonic = ((s->sharps * 7) % 12 + 12) % 12, found = tonic;
	for (int pc = 0; pc < 12; pc++)
		total += e->weight[pc];
	int expected = e->minor ? (tonic + 9) % 12 : tonic;
	for (int i = 0; i < 12; i++) {
		int pc = (tonic + i) % 12;
		if (!s->member[pc])
			continue;
		int64_t w = e->weight[pc] + 2 * e->strong_weight[pc];
		w += pc == e->last_pitch_class ? total / 3 : 0;
		w += pc == e->last_bass_class ? total / 3 : 0;
		w += pc == expected ? total / 6 : 0;
		if (w > best) {
			best = w;
			found = pc;
		}
	}
	return found;
}

int scale_degree(const struct scale *s, int pitch)
{
	int pc = pitch % 12, degree = pitch / 12 * 7;
	/* Below the lowest member within the octave lies the highest of the octave before. */
	for (int below = pc; below >= 0; below--) {
		if (s->member[below])
			return degree + s->step_of[below];
	}
	return degree - 1;
}

static int pitch_of_degree(const struct scale *s, int degree)
{
	int octave = degree / 7, step = degree % 7;
	if (step < 0) {
		step += 7;
		octave--;
	}
	for (int pc = 0; pc < 12; pc++) {
		if (s->member[pc] && s->step_of[pc] == step)
			return octave * 12 + pc;
	}
	return octave * 12;
}

int scale_move(const struct scale *s, int pitch, int steps)
{
	int degree = scale_degree(s, pitch);
	return pitch_of_degree(s, degree + steps) + pitch - pitch_of_degree(s, degree);
}
