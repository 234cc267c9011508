/*
 * key_find.h - which key a score is in: tonic and mode, the alternatives, and where it changes.
 *
 * Units:     tonics are pitch classes (0 = C); beats as in notes.h; confidences add up to at most 1.
 * Method:    the evidence for 12 tonics with a major or a minor third (pitch classes against a published profile, the
 *            opening, the closing, first, last and long notes) is weighed by a conditional logit; its weights were
 *            fitted on the tunes of O'Neill 1850 with even numbers. The degrees that modes differ in then choose the
 *            mode. Changes of key are the best path (Viterbi) through windows of two beats. The key that the score
 *            states itself is never looked at, only compared.
 * Ownership: key_report_done frees the spans.
 * Errors:    -ENOMEM. A score without pitched notes has no guesses and no spans.
 */
#ifndef MUSIC_KEY_FIND_H
#define MUSIC_KEY_FIND_H

#include "base/err.h"
#include "music/key_profile.h"
#include "music/notes.h"

#define KEY_GUESSES_MAX 6

struct key_guess {
	int tonic;
	enum key_mode mode;
	double confidence;
};

struct key_span {
	double from_beats, to_beats;
	int tonic;
	enum key_mode mode;
};

struct key_report {
	struct key_guess guesses[KEY_GUESSES_MAX]; /* the likeliest first */
	size_t n_guesses;
	struct {
		int tonic;
		enum key_mode mode; /* major or minor */
		double fit;         /* the correlation, -1..1 */
	} by_profile[KEY_PROFILE_COUNT];
	double chroma[12]; /* shares of the pitch classes by duration; all 0 without notes */
	struct key_span *spans;
	size_t n_spans;
	bool stated, agrees; /* whether the score states a key, and whether its signature is that of the first guess */
};

/* What a piece shows, for key_rank: pitch classes as shares that add up to one (or all 0). */
struct key_evidence {
	double chroma[12], opening[12], closing[12], held[12]; /* all of it, its first and last eight beats, its long notes */
	int first, last;                                       /* pitch classes; -1 without notes */
	size_t n_notes;
};

/* The likeliest keys and what the profiles say, without spans: for evidence that does not come from a score. */
void key_rank(const struct key_evidence *e, struct key_report *ret);

int key_find(const struct score *s, struct key_report *ret, struct err *err);
void key_report_done(struct key_report *r);

/* The mode of a family that the degrees speak for, given the shares of the pitch classes. */
enum key_mode key_mode_of(const double chroma[12], int tonic, bool minor);

#endif
