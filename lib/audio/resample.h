/*
 * resample.h - change the sample rate of audio: libsoxr where the build has it, else our own windowed sinc.
 *
 * Units:     frames, interleaved float.
 * Ownership: the caller frees the resampler.
 * Threads:   one thread at a time for each resampler.
 * Errors:    -EINVAL for rates outside WAV_RATE_MIN_HZ to WAV_RATE_MAX_HZ, a ratio beyond 1:256 or no channels;
 *            -ENOMEM.
 *
 * The output is aligned with the input (the filter's delay is taken away) and as long as
 * round(n_in * out_rate / in_rate) frames. The same build gives the same output whatever the sizes of the calls.
 */
#ifndef AUDIO_RESAMPLE_H
#define AUDIO_RESAMPLE_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

enum resample_engine {
	RESAMPLE_BEST, /* libsoxr when built with it, else ours */
	RESAMPLE_OWN,  /* always our windowed sinc */
};

struct resampler;

int resampler_new(uint32_t in_rate_hz, uint32_t out_rate_hz, uint32_t n_channels, enum resample_engine engine,
		  struct resampler **ret, struct err *err);
void resampler_free(struct resampler *r);
AUTO_DEFINE(resampler);

/*
 * Takes up to n_in frames (the number used goes to *ret_used) and gives up to n_out. After the last input call it with
 * in = NULL until *ret_out is 0. Progress is made whenever n_out > 0 and there is input or something to flush.
 */
int resampler_process(struct resampler *r, const float *in, size_t n_in, size_t *ret_used, float *out, size_t n_out,
		      size_t *ret_out, struct err *err);

/* How many frames n_in frames become. */
int64_t resample_length(int64_t n_in, uint32_t in_rate_hz, uint32_t out_rate_hz);

#endif
