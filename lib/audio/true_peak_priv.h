/*
 * true_peak_priv.h - the highest level between the samples, by oversampling to at least 192 kHz.
 *
 * Method: a Kaiser-windowed sinc in as many phases as the rate needs (four below 96 kHz, two below 192 kHz, else one). A
 *         stretch whose samples are so small that no filter output can pass the peak known so far is skipped: what comes
 *         out is at most the largest sample times the sum of the filter's coefficients.
 */
#ifndef AUDIO_TRUE_PEAK_PRIV_H
#define AUDIO_TRUE_PEAK_PRIV_H

#include <stddef.h>
#include <stdint.h>

struct true_peak;

struct true_peak *true_peak_new(uint32_t n_channels, uint32_t rate_hz);
void true_peak_free(struct true_peak *t);
void true_peak_feed(struct true_peak *t, const float *samples, size_t n_frames);
/* Linear; the highest sample goes to *ret_sample. The last few samples count as if silence followed. */
double true_peak_read(const struct true_peak *t, double *ret_sample);

#endif
