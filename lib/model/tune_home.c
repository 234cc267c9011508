#include "model/tune_home.h"

#include "dsp/fastmath.h"

#include "base/banned.h"

/* The major and minor tunes of O'Neill 1850; the modes, with the degrees turned, and somewhat more of those that tell them apart. */
const struct tune_home tune_homes[TUNE_MODES] = {
	[TUNE_MAJOR] = { TUNE_MAJOR, 0xAB5, { 0 }, { 262, 0, 132, 0, 160, 89, 0, 174, 0, 97, 0, 86 } },
	[TUNE_MINOR] = { TUNE_MINOR, 0xDAD, { 0 }, { 252, 0, 124, 145, 0, 115, 0, 172, 38, 0, 136, 18 } },
	[TUNE_DORIAN] = { TUNE_MINOR, 0xFAD, { [8] = 1, [11] = -1 }, { 280, 0, 100, 155, 0, 95, 0, 190, 0, 60, 120, 0 } },
	[TUNE_MIXOLYDIAN] = { TUNE_MAJOR, 0xEB5, { [11] = -1 }, { 260, 0, 130, 0, 158, 90, 0, 172, 0, 96, 94, 0 } },
};

#define PRIOR_UNITS 96.0 /* as if so much had been heard, and just as it should be */

#define STRENGTH 1.5     /* 1: as much likelier as it was heard too little */

#define MOST 2.0         /* nats */

int tune_home_turn_token(const struct tune_home *h, int token)
{
	int sound = tune_is_note(token) ? tune_sound_of(token) : TUNE_REST;
	if (sound < TUNE_DEGREE_0)
		return token;
	int degree = tune_home_turn(h, sound - TUNE_DEGREE_0 + TUNE_DEGREE_LO);
	return tune_note(tune_length_of(token), degree - TUNE_DEGREE_LO + TUNE_DEGREE_0);
}

void tune_home_of(const struct tune *t, struct tune_home *ret)
{
	uint32_t units[12] = { 0 }, all = 0;
	*ret = tune_homes[t->mode];
	ret->scale = (uint16_t)(tune_mode_scales[t->mode] | (t->mode == TUNE_MINOR ? 1u << 11 : 0));
	for (size_t i = 0, at = 12; i < t->n_notes; i++) {
		int sound = tune_sound_of(t->notes[i]);
		at = sound >= TUNE_DEGREE_0 ? (size_t)((sound - TUNE_DEGREE_0 + TUNE_DEGREE_LO + 24) % 12) : sound == TUNE_REST ? 12 : at;
		if (at < 12) {
			units[at] += (uint32_t)tune_units_of(t->notes[i]);
			all += (uint32_t)tune_units_of(t->notes[i]);
		}
	}
	for (int d = 0; d < 12; d++) {
		ret->turn[d] = 0;
		ret->dwell[d] = (uint16_t)((ret->dwell[d] + (all ? units[d] * UINT64_C(1000) / all : ret->dwell[d])) / 2);
	}
}

void tune_home_pull(const struct tune_home *h, const uint32_t have[12], float ret[12])
{
	double all = PRIOR_UNITS, pull[12];
	for (int d = 0; d < 12; d++)
		all += have[d];
	for (int d = 0; d < 12; d++) {
		double want = h->dwell[d] / 1000.0, heard = (have[d] + PRIOR_UNITS * want) / all;
		double x = want > 0 ? STRENGTH * fm_log(want / heard) : 0;
		pull[d] = x > MOST ? MOST : x < -MOST ? -MOST : x;
	}
	for (int d = 0; d < 12; d++)
		ret[d] = (float)pull[(tune_home_turn(h, d) + 12) % 12];
}
