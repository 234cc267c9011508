/*
 * pitch_path_priv.h - the way through the candidates of all points.
 */
#ifndef AUDIO_PITCH_PATH_PRIV_H
#define AUDIO_PITCH_PATH_PRIV_H

#include "audio/pitch.h"

#define PITCH_CANDIDATES 7

struct pitch_candidates {
	float hz[PITCH_CANDIDATES], strength[PITCH_CANDIDATES]; /* 0 to 1, the clearer the higher */
	uint8_t n;
	uint8_t from[PITCH_CANDIDATES + 1]; /* of the way: the candidate before; the last is "no pitch" */
};

/* Fills hz and confidence of v[n]; level_db is there already and tells what is too quiet to have a pitch. */
void pitch_steps_path(struct pitch_candidates *c, size_t n, struct pitch_point *v);

#endif
