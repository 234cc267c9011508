/*
 * loudness.h - loudness as broadcasters measure it: integrated, momentary, short-term, range, and the true peak.
 *
 * Units:     LUFS, LU, dBTP (0 is full scale); AUDIO_DB_FLOOR where there is nothing to measure (silence, too little sound).
 * Shapes:    interleaved frames in pieces of any size; the same result for any sizes.
 * Memory:    80 bytes a second of sound, nothing else grows.
 * Ownership: the caller frees the meter.
 * Threads:   one thread at a time for each meter.
 * Errors:    -EINVAL for no or more than LIMIT_AUDIO_CHANNELS channels, -ENOMEM.
 * Source:    ITU-R BS.1770-4 (K weighting, gates of -70 LUFS and -10 LU, true peak by fourfold oversampling); EBU Tech
 *            3341 (momentary 400 ms, short-term 3 s, every 100 ms) and EBU Tech 3342 (loudness range: 10th to 95th percentile
 *            of the short-term loudness above -70 LUFS and -20 LU). Channels 4 and 5 of five, 5 and 6 of six are surround
 *            channels and weigh 1.41, the fourth of six is the LFE channel and does not count; any others weigh 1.
 */
#ifndef AUDIO_LOUDNESS_H
#define AUDIO_LOUDNESS_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

struct loudness {
	double integrated_lufs;
	double momentary_max_lufs, short_term_max_lufs;
	double range_lu, range_lo_lufs, range_hi_lufs; /* the range and its ends; range 0 for less than 3 s */
	double true_peak_db;
	double sample_peak_db;
	double peak_to_loudness_lu; /* true peak above the integrated loudness */
};

struct loudness_meter;

enum loudness_parts { LOUDNESS_ALL, LOUDNESS_NO_PEAKS /* peaks stay AUDIO_DB_FLOOR: most of the work is the true peak */ };

int loudness_meter_new(uint32_t n_channels, uint32_t rate_hz, enum loudness_parts parts, struct loudness_meter **ret, struct err *err);
void loudness_meter_free(struct loudness_meter *m);
AUTO_DEFINE(loudness_meter);
int loudness_meter_feed(struct loudness_meter *m, const float *samples, size_t n_frames, struct err *err);
/* Of all that was fed so far. */
void loudness_meter_read(const struct loudness_meter *m, struct loudness *ret);
/* The loudness of every 400 ms (n_blocks 4) or 3 s (30) that was heard, a value every 100 ms: ret[room]; gives their number. */
size_t loudness_meter_curve(const struct loudness_meter *m, size_t n_blocks, float *ret, size_t room);

#endif
