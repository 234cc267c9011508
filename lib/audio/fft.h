/*
 * fft.h - the Fourier transform of real samples, with kissfft.
 *
 * Shapes:    n samples (even) to n/2 + 1 bins; bin k is at k * rate / n and is two floats, real and imaginary.
 * Units:     the forward transform is not scaled; the inverse divides by n, so that both together change nothing.
 * Threads:   one thread at a time for each fft.
 * Errors:    -EINVAL for n that is odd, below 4 or above FFT_MAX; -ENOMEM.
 */
#ifndef AUDIO_FFT_H
#define AUDIO_FFT_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>

#define FFT_MAX 1048576

struct fft;

int fft_new(size_t n, struct fft **ret, struct err *err);
void fft_free(struct fft *f);
AUTO_DEFINE(fft);

/* The smallest even size of at least n with no prime factor above 5. */
size_t fft_fast_size(size_t n);
size_t fft_size(const struct fft *f);
size_t fft_bins(const struct fft *f);
/* in[n] to bins[2 * (n/2 + 1)]. */
void fft_forward(struct fft *f, const float *in, float *ret_bins);
/* bins[2 * (n/2 + 1)] to out[n]. */
void fft_inverse(struct fft *f, const float *bins, float *ret);
/* The square of each bin's size: ret[n/2 + 1]. */
void fft_power(struct fft *f, const float *in, float *ret);

#endif
