#include "model/tonality.h"

#include "music/chord.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

const char *const mode_names[] = { "major", "minor", "dorian", "phrygian", "lydian", "mixolydian", NULL };
const char *const tonic_names[] = { "C",  "C#", "Db", "D", "D#", "Eb", "E",  "F", "F#",
				    "Gb", "G",  "G#", "Ab", "A", "A#", "Bb", "B", NULL };

static const int letter_class[7] = { 0, 2, 4, 5, 7, 9, 11 };
/* Sharps of the major key on each letter, and what a mode takes away from them. */
static const int letter_sharps[7] = { 0, 2, 4, -1, 1, 3, 5 };
static const int mode_shift[MODE_COUNT] = { 0, -3, -2, -4, 1, -1 };

static int wrap(int x, int n)
{
	return (x % n + n) % n;
}

/* Sharps of the signature, folded to -7 to 7. */
static int signature(int major_sharps, enum mode mode)
{
	int n = major_sharps + mode_shift[mode];
	return n > 7 ? n - 12 : n < -7 ? n + 12 : n;
}

struct tonality tonality_of(int tonic_name, enum mode mode)
{
	const char *n = tonic_names[tonic_name];
	int letter = wrap(n[0] - 'C', 7), alteration = (n[1] == '#') - (n[1] == 'b');
	return (struct tonality){ wrap(letter_class[letter] + alteration, 12), mode,
				  signature(letter_sharps[letter] + 7 * alteration, mode) };
}

struct tonality tonality_plain(int tonic, enum mode mode)
{
	struct tonality best = { wrap(tonic, 12), mode, 99 };
	for (int i = 0; i < TONIC_NAMES; i++) {
		struct tonality t = tonality_of(i, mode);
		if (t.tonic == best.tonic && abs(t.sharps) < abs(best.sharps))
			best = t;
	}
	return best;
}

bool tonality_minor(const struct tonality *t)
{
	return mask_has(mode_scale(t->mode), 3);
}

uint16_t mode_scale(enum mode mode)
{
	static const uint16_t scales[MODE_COUNT] = {
		[MODE_MAJOR] = 0xab5,    [MODE_MINOR] = 0x5ad,  [MODE_DORIAN] = 0x6ad,
		[MODE_PHRYGIAN] = 0x5ab, [MODE_LYDIAN] = 0xad5, [MODE_MIXOLYDIAN] = 0x6b5,
	};
	return scales[mode];
}

uint16_t tonality_scale(const struct tonality *t)
{
	return mask_turn(mode_scale(t->mode), t->tonic);
}

void tonality_name(const struct tonality *t, char ret[24])
{
	(void)snprintf(ret, 24, "%s %s", chord_pitch_name(t->tonic, t->sharps), mode_names[t->mode]);
}

struct tonality tonality_heard(const int64_t weight[12], int last_class)
{
	static const int64_t profile[2][12] = {
		{ 635, 223, 348, 233, 438, 409, 252, 519, 239, 366, 229, 288 },
		{ 633, 268, 352, 538, 260, 353, 254, 475, 398, 269, 334, 317 },
	};
	int64_t best = INT64_MIN, total = 0;
	struct tonality found = tonality_plain(0, MODE_MAJOR);
	for (int i = 0; i < 12; i++)
		total += weight[i];
	for (int tonic = 0; tonic < 12; tonic++) {
		for (int minor = 0; minor < 2; minor++) {
			/* The covariance; both profiles have nearly the same mean and variance. What is outside counts against it. */
			uint16_t home = mode_scale(minor ? MODE_MINOR : MODE_MAJOR) | (uint16_t)(minor << 11);
			int64_t sum = tonic == last_class ? total * 60 : 0, mean = minor ? 371 : 348;
			for (int i = 0; i < 12; i++)
				sum += weight[(tonic + i) % 12] * (profile[minor][i] - mean - (home >> i & 1 ? 0 : 150));
			if (sum > best) {
				best = sum;
				found = tonality_plain(tonic, minor ? MODE_MINOR : MODE_MAJOR);
			}
		}
	}
	return found;
}
