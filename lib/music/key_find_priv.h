/*
 * key_find_priv.h - the evidence for one key that key_find weighs.
 */
#ifndef MUSIC_KEY_FIND_PRIV_H
#define MUSIC_KEY_FIND_PRIV_H

#include "music/key_find.h"
#include "music/notes.h"

enum key_sign {
	KEY_SIGN_LIKELY,     /* mean log weight of the piece's pitch classes */
	KEY_SIGN_FIT,        /* correlation with the profile */
	KEY_SIGN_LAST_TONIC, /* the piece ends on the tonic */
	KEY_SIGN_LAST_FIFTH,
	KEY_SIGN_LAST_THIRD,
	KEY_SIGN_LONG_TONIC, /* share of the long notes that are the tonic */
	KEY_SIGN_LONG_FIFTH,
	KEY_SIGN_FIRST_TONIC,
	KEY_SIGN_FIRST_FIFTH,
	KEY_SIGN_TRIAD,   /* share of the tonic triad */
	KEY_SIGN_OUTSIDE, /* share outside of the scale */
	KEY_SIGN_OPENING, /* mean log weight of the first eight beats */
	KEY_SIGN_CLOSING, /* and of the last eight */
	KEY_SIGN_MINOR,
	KEY_SIGN_COUNT
};

int key_evidence_gather(const struct score *s, struct key_evidence *ret, struct err *err);
/* The signs of a tonic with a minor or a major third, the best mode of that family taken. */
void key_signs(const struct key_evidence *e, int tonic, bool minor, double ret[KEY_SIGN_COUNT]);
/* The mean log weight of shares in a key. */
double key_log_likely(const double shares[12], const double log_weights[12], int tonic);

/* The stretches of one key; malloc'ed. For scores with pitched notes. */
int key_path(const struct score *s, struct key_span **ret, size_t *ret_n, struct err *err);

#endif
