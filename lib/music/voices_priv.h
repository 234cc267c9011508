/*
 * voices_priv.h - between the methods of voice separation.
 */
#ifndef MUSIC_VOICES_PRIV_H
#define MUSIC_VOICES_PRIV_H

#include "music/voices.h"

/* A note with where it comes from and where it goes. */
struct voice_note {
	struct note note;
	uint32_t track; /* voice of the source */
	uint32_t part;  /* out: which voice of its heap */
};

/*
 * The methods on one heap of notes in order of start and pitch: each writes `part` of every note, from 0 without gaps,
 * and how many there are.
 */
int voice_stream(struct voice_note *notes, size_t n, const struct voice_params *p, size_t *ret_parts, struct err *err);
void voice_skyline(struct voice_note *notes, size_t n, bool lowest, size_t *ret_parts);

/*
 * How many notes sound together for at least a fiftieth of the time that anything sounds: 0 without notes, at most `max`;
 * -ENOMEM.
 */
int voice_polyphony(const struct voice_note *notes, size_t n, int max, struct err *err);

#endif
