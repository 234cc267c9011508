/*
 * analysis.h - measure audio: levels, silence, loudness, pitch, and the outline that a waveform is drawn from.
 *
 * Units:   linear amplitudes unless the name says _db; 0 dB is full scale; interleaved float input.
 * Threads: pure functions over the caller's memory.
 * Errors:  -EINVAL for no channels or no room, -ENOMEM.
 * Source:  ITU-R BS.1770-4 for loudness (K weighting, 400 ms blocks, -70 LUFS and -10 LU gates).
 */
#ifndef AUDIO_ANALYSIS_H
#define AUDIO_ANALYSIS_H

#include "audio/file.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* What silence and "nothing at all" are in decibels. */
#define AUDIO_DB_FLOOR (-200.0)

struct audio_levels {
	double peak;        /* the largest absolute sample */
	double rms;         /* over all channels */
	double mean;        /* DC offset */
	size_t n_clipped;   /* samples at or beyond full scale */
	size_t n_frames;
};

void audio_levels(const float *samples, size_t n_frames, uint32_t n_channels, struct audio_levels *ret);
double audio_db(double amplitude);
double audio_from_db(double db);
/* The outline of one bucket: the lowest and highest sample and the mean power, over all channels. */
struct audio_peak {
	float min, max, rms;
};

/*
 * Of a file, without loading it. Bucket i covers frames [i*n_frames/n_buckets, (i+1)*n_frames/n_buckets); an empty bucket repeats its
 * neighbour.
 */
int audio_file_peaks(const char *path, struct audio_peak *ret, size_t n_buckets, struct err *err);
/* Of n_frames from frame `first` on; what lies behind the file's end is silence. */
int audio_file_peaks_of(const char *path, int64_t first, int64_t n_frames, struct audio_peak *ret, size_t n_buckets, struct err *err);

/* Integrated loudness in LUFS; AUDIO_DB_FLOOR when everything is below the gate or shorter than one block. */
double audio_loudness_lufs(const float *samples, size_t n_frames, uint32_t n_channels, uint32_t rate_hz);

/*
 * Two plain measures by which tests look at what others made: simpler than pitch.h and character.h, and nothing of theirs is in them.
 * Frames up to and including the last one louder than threshold_db; 0 when all is silent or nothing.
 */
size_t audio_sounding_frames(const float *samples, size_t n_frames, uint32_t n_channels, double threshold_db);
/* The fundamental of a piece of mono sound by autocorrelation, between min_hz and max_hz; 0 when there is none. */
double audio_pitch_hz(const float *mono, size_t n_frames, uint32_t rate_hz, double min_hz, double max_hz);

#endif
