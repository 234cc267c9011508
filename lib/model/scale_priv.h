/*
 * scale_priv.h - the key a piece is in, and moving pitches along its scale.
 *
 * Units: pitch classes 0 (C) to 11; a degree counts scale steps from MIDI pitch 0 upwards; weights are durations in ticks.
 */
#ifndef MODEL_SCALE_PRIV_H
#define MODEL_SCALE_PRIV_H

#include <stdbool.h>
#include <stdint.h>

struct scale {
	bool member[12];
	uint8_t step_of[12]; /* number of members below the pitch class, or of the member it alters */
	int sharps;          /* of the major scale with these members */
};

/* What the ear has to go by. */
struct scale_evidence {
	int64_t weight[12];        /* how long each pitch class sounds */
	int64_t strong_weight[12]; /* of that, begun on a bar line */
	int last_pitch_class;      /* of the melody's last note, -1 for none */
	int last_bass_class;       /* -1 for none */
	bool have_signature;
	int sharps; /* of the signature */
	bool minor;
};

/* The signature, unless the notes say clearly that it is another one. */
void scale_choose(struct scale *ret, const struct scale_evidence *e);
/* The member of the scale that the piece rests on. */
int scale_tonic(const struct scale *s, const struct scale_evidence *e);
/* Degree of a pitch; one that is no member counts as the member below it. */
int scale_degree(const struct scale *s, int pitch);
/* The pitch `steps` members higher, keeping an alteration; may be outside 0 to 127. */
int scale_move(const struct scale *s, int pitch, int steps);

#endif
