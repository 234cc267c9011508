/*
 * spectrum.h - the spectrum of sound as it goes on: a streaming short-time Fourier transform, bands, spectrograms of files.
 *
 * Units:     power is that of a sine's amplitude: a sine of amplitude 1 has power 1 at its bin, 0 dB. Times in frames of the
 *            stream unless the name says _s.
 * Shapes:    column k is centred at frame k * hop_num / hop_den, k = 0, 1, ... while that is inside the sound; what lies
 *            before the beginning and behind the end is silence. A column has fft_frames / 2 + 1 bins, bin b is at
 *            b * rate_hz / fft_frames. The window is Hann's.
 * Ownership: the caller frees; nothing given is kept.
 * Threads:   one thread at a time for each stft. audio_spectrogram is a pure function of a file.
 * Errors:    -EINVAL for sizes that make no sense, -ENOMEM, -ECANCELED, and those of files.
 */
#ifndef AUDIO_SPECTRUM_H
#define AUDIO_SPECTRUM_H

#include "base/err.h"
#include "base/mem.h"
#include "model/watch.h"

#include <stddef.h>
#include <stdint.h>

struct stft_options {
	size_t window_frames;
	size_t fft_frames;         /* at least window_frames; 0 takes the next fast size */
	uint32_t hop_num, hop_den; /* hop in frames; 480/1 is 10 ms at 48 kHz, 22050/100 is 10 ms at 22.05 kHz */
};

struct stft;

/* Called for each column in order with power[n_bins]; a negative answer stops and is given on. */
typedef int stft_fn(void *arg, size_t column, const float *power);

int stft_new(const struct stft_options *o, struct stft **ret, struct err *err);
void stft_free(struct stft *s);
AUTO_DEFINE(stft);
size_t stft_bins(const struct stft *s);
size_t stft_fft_frames(const struct stft *s);
/* Gives n more samples; calls `fn` for every column that is now whole. */
int stft_feed(struct stft *s, const float *mono, size_t n, stft_fn *fn, void *arg);
/* No more samples: the columns that reach over the end. */
int stft_end(struct stft *s, stft_fn *fn, void *arg);

enum band_scale {
	BAND_LINEAR,
	BAND_LOG, /* equal steps of pitch */
	BAND_MEL, /* 2595 log10(1 + hz / 700) */
	BAND_SCALE_COUNT
};

/*
 * Overlapping triangles, each as high as makes white noise equal in all bands (weights of a band sum to 1). What lies beyond
 * half the rate is always 0, so that the same bands can be asked of any rate.
 */
struct bands;
int bands_new(enum band_scale scale, size_t n_bands, double lo_hz, double hi_hz, size_t fft_frames, uint32_t rate_hz,
	      struct bands **ret, struct err *err);
void bands_free(struct bands *b);
AUTO_DEFINE(bands);
void bands_apply(const struct bands *b, const float *power, float *ret);
/* Where on the scale a frequency lies: 0 at lo_hz, 1 at hi_hz. */
double band_place(enum band_scale scale, double lo_hz, double hi_hz, double hz);
/* The frequency at a place. */
double band_hz(enum band_scale scale, double lo_hz, double hi_hz, double place);

struct spectrogram_options {
	size_t n_columns, n_rows;
	enum band_scale scale;
	double lo_hz, hi_hz; /* hi_hz 0, or above half the rate, means half the rate */
	double window_s;     /* 0 means 0.046 */
	double from_s, to_s; /* what of the file; to_s 0 means its end */
};

/* For drawing: db[column * n_rows + row], row 0 at lo_hz, from AUDIO_DB_FLOOR up; each cell the loudest bin inside it. */
struct spectrogram {
	float *db;
	size_t n_columns, n_rows;
	double from_s, duration_s, lo_hz, hi_hz;
	uint32_t rate_hz; /* of the file */
};

/* Of all channels mixed. Memory is that of the result and one window, whatever the length of the file. */
int audio_spectrogram(const char *path, const struct spectrogram_options *o, const struct model_watch *watch,
		      struct spectrogram *ret, struct err *err);
void spectrogram_done(struct spectrogram *s);

#endif
