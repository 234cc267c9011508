/*
 * sound.h - sounds of known truth for the tests: tones, noise, envelopes, and files of them.
 */
#ifndef TESTS_SOUND_H
#define TESTS_SOUND_H

#include "audio/wav.h"
#include "base/rng.h"

#include "../check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline float *sound_new(size_t n)
{
	float *x = calloc(n ? n : 1, sizeof(float));
	assert_non_null(x);
	return x;
}

/* Adds a sine from `from_s` to `to_s` with a fade of 5 ms at both ends. */
static inline void sound_sine(float *x, size_t n, double rate_hz, double from_s, double to_s, double hz, double amplitude)
{
	for (size_t i = (size_t)fmax(0, from_s * rate_hz); i < n && (double)i < to_s * rate_hz; i++) {
		double t = (double)i / rate_hz, edge = fmin(1, fmin(t - from_s, to_s - t) / 0.005);
		x[i] += (float)(amplitude * fmax(edge, 0) * sin(2 * M_PI * hz * t));
	}
}

/* Adds noise from -amplitude to amplitude. */
static inline void sound_noise(float *x, size_t n, uint64_t seed, double amplitude)
{
	struct rng r;
	rng_init(&r, seed);
	for (size_t i = 0; i < n; i++)
		x[i] += (float)(amplitude * (2 * rng_double(&r) - 1));
}

/* Writes a file under /tmp; its path is the caller's to unlink and free. */
static inline char *sound_file(const float *x, size_t n_frames, uint32_t n_channels, uint32_t rate_hz)
{
	char *path = strdup("/tmp/hoot-sound-XXXXXX");
	assert_non_null(path);
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	struct wav_spec spec = { rate_hz, n_channels, WAV_FLOAT32, 0 };
	struct wav_writer *w = NULL;
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	assert_int_equal(wav_writer_write(w, x, n_frames, NULL), 0);
	assert_int_equal(wav_writer_close(w, NULL), 0);
	return path;
}

static inline void sound_file_done(char *path)
{
	unlink(path);
	free(path);
}

#endif
