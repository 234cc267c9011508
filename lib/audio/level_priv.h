/*
 * level_priv.h - levels of a stream of frames: peak, power, offset, flat tops, and the peak of every 10 ms.
 */
#ifndef AUDIO_LEVEL_PRIV_H
#define AUDIO_LEVEL_PRIV_H

#include "audio/hearing.h"

struct level_meter;

struct level_meter *level_meter_new(uint32_t n_channels, uint32_t rate_hz);
void level_meter_free(struct level_meter *m);
int level_meter_feed(struct level_meter *m, const float *samples, size_t n_frames, struct err *err);
int64_t level_meter_frames(const struct level_meter *m);
/* Fills levels, dc_worst, n_clips and first_clip_s. */
void level_meter_read(const struct level_meter *m, struct hearing *ret);
void level_meter_curve(const struct level_meter *m, float *ret, size_t n);

#endif
