/*
 * pitch.h - the fundamental of a single voice as it moves, with bends and vibrato.
 *
 * Method:    the difference function and its cumulative mean (YIN) every 10 ms; its dips are candidates, placed between the samples
 *            by a parabola; the best way through the candidates and "no pitch" (Viterbi, with costs for jumps and for
 *            beginning and ending) is the track.
 * Units:     Hz; confidence 0 to 1; level in dB (a full-scale sine has -3); point k is at k * 10 ms.
 * Memory:    about 8 kB for a second of sound; more than LIMIT_LISTEN_SECONDS is refused.
 * Ownership: pitch_track_done frees the points.
 * Threads:   pure functions.
 * Errors:    -EINVAL for a range that is none, -EMSGSIZE, -ECANCELED, -ENOMEM, and those of file.h.
 * Source:    A. de Cheveigné and H. Kawahara, "YIN, a fundamental frequency estimator for speech and music", JASA 111 (2002);
 *            P. Boersma, "Accurate short-term analysis of the fundamental frequency" (1993), for the path and its costs.
 */
#ifndef AUDIO_PITCH_H
#define AUDIO_PITCH_H

#include "base/err.h"
#include "model/watch.h"

#include <stddef.h>
#include <stdint.h>

#define PITCH_HZ       100 /* points a second */
#define PITCH_LOWEST   30.0
#define PITCH_HIGHEST  4000.0

struct pitch_point {
	float hz; /* 0 without a pitch */
	float confidence;
	float level_db;
};

struct pitch_options {
	double lo_hz, hi_hz; /* 0: 60 and 1400, what people sing and whistle low */
};

struct pitch_track {
	struct pitch_point *v;
	size_t n;
	double duration_s;
};

int pitch_track_of(const char *path, const struct pitch_options *o, const struct model_watch *watch, struct pitch_track *ret,
		   struct err *err);
void pitch_track_done(struct pitch_track *t);

struct pitch_summary {
	double voiced;                /* share of the points that have a pitch */
	double median_hz, lo_hz, hi_hz; /* the middle, and the 5th and 95th percentile */
	double confidence;            /* mean of the points with a pitch */
	double tuning_cents;          /* how far the pitches lie from A 440 in equal temperament, -50 to 50 */
};

void pitch_summarise(const struct pitch_track *t, struct pitch_summary *ret);
/* MIDI key numbers with fractions: 69 is 440 Hz. hz > 0. */
double pitch_key(double hz);
double pitch_hz(double key);

#endif
