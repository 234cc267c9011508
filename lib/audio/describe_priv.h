/*
 * describe_priv.h - what a spectrum is like, column by column, and its mean and deviation over the whole sound.
 *
 * Source: centroid, bandwidth and roll-off (85 % of the power) of power spectra and flatness (geometric by arithmetic mean)
 *         as in the MPEG-7 audio descriptors; MFCC: the DCT-II of the band levels in dB, orthonormal.
 */
#ifndef AUDIO_DESCRIBE_PRIV_H
#define AUDIO_DESCRIBE_PRIV_H

#include "audio/hearing.h"

struct describer;

struct describer *describer_new(size_t fft_frames, uint32_t rate_hz);
void describer_free(struct describer *d);
void describer_add(struct describer *d, const float *power, const float *bands_db);
void describer_read(const struct describer *d, struct hearing *ret);

/* The cepstrum of one column of bands. */
void describe_mfcc(const float *bands_db, float ret[HEARING_MFCC]);

#endif
