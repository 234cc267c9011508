/*
 * drum_take.h - hits that were tapped, beat-boxed or drummed, told apart, and as a drum clip.
 *
 * Method:    each onset's first 60 ms, less what sounded just before, as shares of the energy in five ranges (below 150 Hz, to 500 Hz,
 *            to 2.5 kHz, to 6.5 kHz, above). The nearest of three typical sounds (kick: most of it low; snare: middle and noise;
 *            hat: high and nothing low) is its class; the typical sounds then move towards the hits of the take that
 *            they were given (as if each had been seen four times before), five times: everybody's mouth differs. What is far
 *            from all of them is "other". A kick with far too much on top was struck together with a hat.
 * Units:     seconds, beats at the clip's tempo, decibels.
 * Ownership: drum_take_done frees the hits; the caller frees the score.
 * Threads:   pure functions.
 * Errors:    -EINVAL with err.field for parameters out of their range, -ENOENT when nothing was hit, -ENOMEM, those of hearing.h.
 */
#ifndef AUDIO_DRUM_TAKE_H
#define AUDIO_DRUM_TAKE_H

#include "audio/hearing.h"
#include "base/err.h"
#include "model/watch.h"
#include "music/grid.h"
#include "music/notes.h"

enum drum_class { DRUM_CLASS_KICK, DRUM_CLASS_SNARE, DRUM_CLASS_HAT, DRUM_CLASS_OTHER, DRUM_CLASS_COUNT };
extern const char *const drum_class_names[DRUM_CLASS_COUNT + 1];

#define DRUM_RANGES 5

struct drum_hit {
	double at_s, level_db;
	enum drum_class class;
	double confidence;         /* 0 to 1: how much nearer it is to its class than to the next */
	bool with_hat;
	double shares[DRUM_RANGES]; /* log2 of the shares, at least -9 */
};

struct drum_take {
	struct drum_hit *v;
	size_t n, room;
};

/* adapt: whether the typical sounds move towards the take. */
int drum_take_find(const struct hearing *h, double sensitivity, bool adapt, struct drum_take *ret, struct err *err);
void drum_take_done(struct drum_take *t);

/* Where the clip's first bar begins. */
enum drum_align { DRUM_ALIGN_AUTO, DRUM_ALIGN_RECORDING, DRUM_ALIGN_FIRST_HIT, DRUM_ALIGN_COUNT };
extern const char *const drum_align_names[DRUM_ALIGN_COUNT + 1];

struct drum_params {
	double bpm;         /* 0 finds it (and then hits follow the found beats, should they drift) */
	int64_t meter;      /* beats of a bar; 0: 4, or what is found with the tempo */
	int64_t align;      /* enum drum_align; auto: the recording's start where bpm is given, else the found bar line */
	double sensitivity; /* 0 to 1 */
	bool adapt;
	int64_t grid;       /* enum grid_name */
	double strength;    /* 0 leaves the timing, 1 puts every hit on the grid */
	double swing;       /* 0.5 to 0.75; 0 as found */
	int64_t groove;     /* place in groove_names, 0 is none: put on after quantising */
	double dynamics;    /* 0: all alike, 1: as loud as they were, 2: exaggerated */
	int64_t kick, snare, hat, other; /* General MIDI drum keys */
};
#define DRUM_PARAMS_INIT { 0, 0, DRUM_ALIGN_AUTO, 0.5, true, GRID_AUTO, 1, 0, 0, 1, 36, 38, 42, 39 }

struct drum_report {
	size_t n_hits, counts[DRUM_CLASS_COUNT]; /* counts of notes; a kick with a hat is two */
	double bpm, tempo_confidence, confidence; /* of the classes, mean */
	unsigned meter;
	struct grid grid;          /* that was used */
	double mean_move_beats;
};

int drums_to_score(const char *path, const struct drum_params *p, const struct model_watch *watch, struct score **ret,
		   struct drum_report *ret_report, struct err *err);

#endif
