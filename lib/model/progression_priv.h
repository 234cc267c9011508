/*
 * progression_priv.h - between the grammar (functions), the styles (chords) and the form.
 *
 * Shapes: a slot is one chord's place; slots last as long as the form says.
 */
#ifndef MODEL_PROGRESSION_PRIV_H
#define MODEL_PROGRESSION_PRIV_H

#include "base/rng.h"
#include "model/progression.h"

/* What a chord does: tonic, tonic again (may be a substitute), predominant, dominant; FIXED is chosen by offset. */
enum function { FN_TONIC, FN_PROLONG, FN_PRE, FN_DOM, FN_GOAL, FN_PLAGAL, FN_DECEPTIVE, FN_COUNT };

struct slot {
	enum function fn;
	int offset; /* of the root above the tonic */
	uint32_t tones;
	int bass;      /* offset */
	bool cadential; /* its root stays in the bass */
};

enum { SLOTS_MAX = 64 };

struct composer {
	struct rng rng;
	const struct progression_params *p;
	enum progression_style style;
	struct tonality key;
	struct meter_shape meter;
	int64_t complexity; /* thousandths */
};

/* True in `milli` of a thousand draws. */
bool composer_chance(struct composer *c, int64_t milli);
/* Rewrites a phrase of n slots that ends with the cadence. */
void grammar_phrase(struct composer *c, enum progression_cadence cadence, struct slot *slots, int n);
/* Modal harmony has few cadences to tell its key by: every other chord of the phrase becomes the tonic, its neighbours what is none. */
void grammar_swing(struct composer *c, struct slot *slots, int n);
/* Gives slots their chords: first triads by function ... */
void style_roots(struct composer *c, struct slot *slots, int n);
/* ... then what complexity adds. */
void style_decorate(struct composer *c, struct slot *slots, int n);
/* The chords of a blues of n bars, one a bar. */
void style_blues(struct composer *c, struct slot *slots, int n);
/* The chord of a slot in the composer's key. */
struct chord slot_chord(const struct composer *c, const struct slot *s);

#endif
