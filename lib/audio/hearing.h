/*
 * hearing.h - one pass over an audio file: what the later questions (onsets, beats, key, timbre, ...) are answered from.
 *
 * Units:     bands in decibels (a sine of amplitude 1 has 0), levels linear, times in columns: fast ones are 10 ms apart,
 *            slow ones 100 ms, envelope steps 1 ms; column k is centred at k times that.
 * Shapes:    bands[n_fast * HEARING_BANDS]; level[n_fast]; envelope[n_ms]; pitches[n_slow * HEARING_PITCH_BINS].
 * Memory:    about 26 kB for a second of sound, 92 MB for an hour. More than LIMIT_LISTEN_SECONDS is refused.
 * Ownership: the caller frees it; read-only after it was made.
 * Threads:   a plain value without shared state.
 * Errors:    -EMSGSIZE for sound that is too long, -ECANCELED, -ENOMEM, and those of file.h.
 */
#ifndef AUDIO_HEARING_H
#define AUDIO_HEARING_H

#include "audio/analysis.h"
#include "audio/file.h"
#include "audio/loudness.h"
#include "base/err.h"
#include "base/mem.h"
#include "model/watch.h"

#include <stddef.h>
#include <stdint.h>

#define HEARING_FAST_HZ      100
#define HEARING_SLOW_HZ      10
#define HEARING_ENVELOPE_HZ  1000
#define HEARING_BANDS        40 /* mel, 30 Hz to 16 kHz */
#define HEARING_BAND_LO_HZ   30.0
#define HEARING_BAND_HI_HZ   16000.0
#define HEARING_PITCH_BINS   120 /* of an octave, from A; bin 0 is centred at 440 Hz and its octaves */
#define HEARING_MFCC         13
#define HEARING_FLOOR_DB     (-120.0f)

struct hearing_stat {
	double mean, deviation;
};

struct hearing {
	struct audio_info info; /* of the file; n_frames are those that were read */
	double duration_s;
	struct audio_levels levels;
	double dc_worst;       /* the mean of the channel where it is farthest from 0 */
	size_t n_clips;        /* flat tops: three samples or more at full scale, or at the highest level of the file */
	double first_clip_s;   /* -1 without */
	struct loudness loudness;
	float *loudness_curve; /* short-term LUFS every 100 ms; n_loudness may be 0 */
	size_t n_loudness;
	float *loudness_steps; /* LUFS of each 100 ms by itself: the mean of their powers is the loudness of any stretch */
	size_t n_loudness_steps;

	size_t n_fast, n_slow, n_ms;
	float *bands;    /* dB, at least HEARING_FLOOR_DB */
	float *level;    /* highest sample of each 10 ms, all channels */
	float *envelope; /* mean power of the sound's first difference in each millisecond: attacks stand out */
	float *pitches;  /* what sounds, by pitch within the octave: amplitudes to the power 2/3, overtones played down */

	/* Over the columns that are not silent, 25 a second. */
	size_t n_described;
	struct hearing_stat centroid_hz, rolloff_hz, flatness, bandwidth_hz, flux;
	struct hearing_stat mfcc[HEARING_MFCC], mfcc_change[HEARING_MFCC]; /* the change from one column to the next */
};

int hearing_of(const char *path, const struct model_watch *watch, struct hearing **ret, struct err *err);
void hearing_free(struct hearing *f);
AUTO_DEFINE(hearing);

#endif
