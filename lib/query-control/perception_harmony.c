#include "query-control/perception_harmony.h"

#include <math.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

float harmony_number(double v)
{
	return fabs(v) <= 1e9 ? (float)v : 0;
}

enum third { THIRD_MAJOR, THIRD_MINOR, THIRD_NONE };

int harmony_root(const char *s, size_t *ret_n)
{
	static const int of_letter[] = {9, 11, 0, 2, 4, 5, 7}; /* A to G */
	if (*s < 'A' || *s > 'G')
		return -1;
	int pc = of_letter[*s - 'A'];
	size_t n = 1;
	for (; s[n] == '#' || s[n] == 'b'; n++)
		pc += s[n] == '#' ? 1 : -1;
	*ret_n = n;
	return ((pc % 12) + 12) % 12;
}

/* "maj7" and "" have a major third, "m7" and "dim" a minor one, "sus4" and "5" neither. */
static enum third third_of(const char *quality)
{
	if (str_starts(quality, "sus") || str_starts(quality, "5") || strstr(quality, "sus"))
		return THIRD_NONE;
	if (str_starts(quality, "dim") || str_starts(quality, "o"))
		return THIRD_MINOR;
	return *quality == 'm' && !str_starts(quality, "maj") ? THIRD_MINOR : THIRD_MAJOR;
}

/* 0 to 35; -1 for what is no chord. */
static int chord_class(const char *name)
{
	size_t n;
	int root = name ? harmony_root(name, &n) : -1;
	return root < 0 ? -1 : root * 3 + (int)third_of(name + n);
}

static double number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static void count_chords(const json_t *chords, float *ret)
{
	int before = -1;
	for (size_t i = 0; i < json_array_size(chords); i++) {
		const json_t *one = json_array_get(chords, i);
		int here = chord_class(json_string_value(json_object_get(one, "chord")));
		float beats = harmony_number(number(one, "to_beats") - number(one, "from_beats"));
		if (here >= 0 && beats > 0) {
			ret[1] += beats;
			ret[HARMONY_CHORDS + here] += beats;
			if (before >= 0 && before != here)
				ret[HARMONY_MOVES + ((here / 3 - before / 3 + 12) % 12 * 3 + before % 3) * 3 + here % 3] += 1;
		}
		before = here;
	}
}

void harmony_of(const char *tonic, const json_t *chroma, const json_t *chords, float ret[HARMONY_SIZE])
{
	size_t n;
	memset(ret, 0, HARMONY_SIZE * sizeof(*ret));
	ret[0] = tonic ? (float)harmony_root(tonic, &n) : -1;
	for (size_t i = 0; i < 12; i++)
		ret[HARMONY_CHROMA + i] = fmaxf(harmony_number(json_number_value(json_array_get(chroma, i))), 0);
	count_chords(chords, ret);
}

/* Of two histograms of n groups of `size`, each begun at its own group; 0 where either is nothing. */
static double affinity(const float *a, size_t from_a, const float *b, size_t from_b, size_t n, size_t size)
{
	double ab = 0, aa = 0, bb = 0;
	for (size_t g = 0; g < n; g++) {
		const float *x = a + (g + from_a) % n * size, *y = b + (g + from_b) % n * size;
		for (size_t i = 0; i < size; i++) {
			ab += sqrt((double)x[i] * (double)y[i]);
			aa += (double)x[i];
			bb += (double)y[i];
		}
	}
	return aa > 0 && bb > 0 ? fmin(fmax(ab / sqrt(aa * bb), 0), 1) : 0;
}

double harmony_likeness(const float *a, const float *b, enum harmony_by by)
{
	bool turn = by == HARMONY_BY_DEGREE && a[0] >= 0 && b[0] >= 0;
	size_t ta = turn ? (size_t)a[0] : 0, tb = turn ? (size_t)b[0] : 0;
	double chroma = affinity(a + HARMONY_CHROMA, ta, b + HARMONY_CHROMA, tb, 12, 1);
	if (!(a[1] > 0) || !(b[1] > 0))
		return chroma;
	double chords = affinity(a + HARMONY_CHORDS, ta, b + HARMONY_CHORDS, tb, 12, 3);
	if (by == HARMONY_BY_NAME)
		return 0.7 * chords + 0.3 * chroma;
	return 0.4 * chords + 0.2 * affinity(a + HARMONY_MOVES, 0, b + HARMONY_MOVES, 0, 12, 9) + 0.4 * chroma;
}
