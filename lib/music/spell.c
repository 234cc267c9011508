#include "music/spell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define NEAR 1e-6
#define LOOK 24  /* notes looked at on either side for a semitone */
#define AROUND 3 /* and for the company that a note is in */

static const int8_t step_fifths[7] = { 0, 2, 4, -1, 1, 3, 5 };
static const int8_t step_pitch[7] = { 0, 2, 4, 5, 7, 9, 11 };

static int mod(int a, int n)
{
	int r = a % n;
	return r < 0 ? r + n : r;
}

int spelling_fifths(struct spelling s)
{
	return step_fifths[mod(s.step, 7)] + 7 * s.alter;
}

int spelling_pitch(struct spelling s)
{
	return (s.octave + 1) * 12 + step_pitch[mod(s.step, 7)] + s.alter;
}

void spelling_text(char ret[SPELLING_TEXT_SIZE], struct spelling s)
{
	static const char *const signs[5] = { "bb", "b", "", "#", "##" };
	int alter = s.alter < -2 ? -2 : s.alter > 2 ? 2 : s.alter;
	(void)snprintf(ret, SPELLING_TEXT_SIZE, "%c%s%d", "CDEFGAB"[mod(s.step, 7)], signs[alter + 2], s.octave);
}

/* The spelling of a pitch at a place on the line of fifths that belongs to it. */
static struct spelling at_fifths(int pitch, int fifths)
{
	static const int8_t steps[7] = { 3, 0, 4, 1, 5, 2, 6 }; /* F C G D A E B */
	struct spelling s = { .step = steps[mod(fifths + 1, 7)] };
	s.alter = (int8_t)((fifths + 1 - mod(fifths + 1, 7)) / 7);
	s.octave = (int8_t)((pitch - s.alter - step_pitch[s.step]) / 12 - 1);
	return s;
}

/* The candidate for a pitch that lies lowest at or above `from` on the line of fifths. */
static int candidate(int pitch, int from)
{
	return from + mod(pitch * 7 - from, 12);
}

static bool in_signature(int fifths, int sharps)
{
	return fifths >= sharps - 1 && fifths <= sharps + 5;
}

/* How far a candidate lies from the middle of the signature; ties are broken by key. */
static double distance(int fifths, int sharps, bool minor)
{
	double d = fifths - (sharps + 2);
	double lean = minor ? 0.6 : sharps >= 0 ? 0.1 : -0.1;
	return fabs(d) - (d > 0 ? lean : -lean);
}

struct context {
	const struct note *notes;
	const struct spelling *spelled; /* of the notes behind the one that is asked about */
	size_t n, at;
	int sharps;
	bool minor;
};

/* A semitone is written with two letters: five fifths apart, not seven. */
static double semitone_cost(int fifths, int other)
{
	return abs(fifths - other) == 5 ? -1 : 0;
}

static double next_cost(const struct context *c, int fifths)
{
	const struct note *me = &c->notes[c->at];
	size_t i = c->at + 1;
	double from = -1;
	for (int looked = 0; i < c->n && looked < LOOK; i++, looked++) {
		const struct note *n = &c->notes[i];
		if (n->start_beats < me->start_beats + NEAR)
			continue;
		if (from >= 0 && n->start_beats > from + NEAR)
			break;
		from = n->start_beats;
		if (abs(n->pitch - me->pitch) == 1)
			return 4 * semitone_cost(fifths, spelling_fifths(c->spelled[i]));
	}
	return 0;
}

static double previous_cost(const struct context *c, int fifths)
{
	const struct note *me = &c->notes[c->at];
	double from = -1;
	for (size_t back = 1; back <= c->at && back < LOOK; back++) {
		const struct note *n = &c->notes[c->at - back];
		if (n->start_beats > me->start_beats - NEAR)
			continue;
		if (from >= 0 && n->start_beats < from - NEAR)
			break;
		from = n->start_beats;
		int other = candidate(n->pitch, c->sharps - 1);
		if (abs(n->pitch - me->pitch) == 1 && in_signature(other, c->sharps))
			return 1.5 * semitone_cost(fifths, other);
	}
	return 0;
}

/* How far a candidate lies from the notes of the signature around it: what sounds together counts most. */
static double company_cost(const struct context *c, int fifths)
{
	const struct note *me = &c->notes[c->at];
	double cost = 0;
	size_t first = c->at > AROUND ? c->at - AROUND : 0, last = c->n - c->at > AROUND ? c->at + AROUND : c->n - 1;
	for (size_t i = first; i <= last; i++) {
		int other = candidate(c->notes[i].pitch, c->sharps - 1);
		bool together = fabs(c->notes[i].start_beats - me->start_beats) < NEAR;
		if (i != c->at && in_signature(other, c->sharps))
			cost += (together ? 0.15 : 0.04) * abs(fifths - other);
	}
	return cost;
}

static struct spelling spell_one(const struct context *c)
{
	int pitch = c->notes[c->at].pitch;
	int low = candidate(pitch, c->sharps - 6), high = low + 12;
	if (in_signature(low, c->sharps))
		return at_fifths(pitch, low);
	double a = distance(low, c->sharps, c->minor) + next_cost(c, low) + previous_cost(c, low) + company_cost(c, low);
	double b = distance(high, c->sharps, c->minor) + next_cost(c, high) + previous_cost(c, high) +
		   company_cost(c, high);
	return at_fifths(pitch, a <= b ? low : high);
}

void spell_notes(const struct score *s, const struct note *notes, size_t n, struct spelling *ret)
{
	for (size_t i = n; i-- > 0;) {
		struct score_key k = score_key_at(s, notes[i].start_beats);
		struct context c = { notes, ret, n, i, k.sharps, k.minor };
		ret[i] = spell_one(&c);
	}
}

void spell_notes_in(const struct note *notes, size_t n, struct score_key key, struct spelling *ret)
{
	for (size_t i = n; i-- > 0;) {
		struct context c = { notes, ret, n, i, key.sharps, key.minor };
		ret[i] = spell_one(&c);
	}
}

const char *key_name(int sharps, bool minor)
{
	static const char *const majors[15] = { "Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C",
						"G",  "D",  "A",  "E",  "B",  "F#", "C#" };
	static const char *const minors[15] = { "Abm", "Ebm", "Bbm", "Fm", "Cm",  "Gm",	 "Dm", "Am",
						"Em",  "Bm",  "F#m", "C#m", "G#m", "D#m", "A#m" };
	if (sharps < -7 || sharps > 7)
		return "";
	return (minor ? minors : majors)[sharps + 7];
}

int key_transposed(int sharps, int semitones)
{
	if (semitones % 12 == 0)
		return sharps;
	int s = mod(sharps + semitones * 7 + 5, 12) - 5;
	return s;
}
