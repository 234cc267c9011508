/*
 * mono.h - an audio file as one stream of mono samples at a wanted rate, a step at a time.
 *
 * What the analyses hear: all channels averaged, resampled when the rate is another. Memory does not grow with the file.
 *
 * Units:     frames at `rate_hz`; full scale is -1 to 1, and 80 dB above that everything is cut off.
 * Ownership: the caller closes it; NULL is fine.
 * Threads:   one thread at a time for each.
 * Errors:    as in file.h and resample.h.
 */
#ifndef AUDIO_MONO_H
#define AUDIO_MONO_H

#include "audio/file.h"
#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

/* What mono_read gives at most. */
#define MONO_STEP_FRAMES 8192

struct mono;

/* rate_hz 0 keeps the file's. */
int mono_open(const char *path, uint32_t rate_hz, struct mono **ret, struct err *err);
void mono_close(struct mono *m);
static inline void mono_autofree(struct mono **p)
{
	mono_close(*p);
}
uint32_t mono_rate_hz(const struct mono *m);
/* Of the file, as it says; its length is a claim unless it is a WAV file. */
const struct audio_info *mono_info(const struct mono *m);
/* How much of the file has been read, 0 to 1. */
double mono_fraction(const struct mono *m);
/*
 * The next samples: *ret_mono (lent until the next call) holds *ret_n of them at rate_hz; *ret_n is 0 at the end. Who asks
 * for the interleaved frames that were read for it, too (ret_raw and ret_raw_frames, else NULL), is at the end when both
 * counts are 0: a resampler takes before it gives, and gives what it took before.
 */
int mono_read(struct mono *m, const float **ret_mono, size_t *ret_n, const float **ret_raw, size_t *ret_raw_frames,
	      struct err *err);

/*
 * A rate that suits analysis of a file: its own when that is 32 to 48 kHz or less, else the half, quarter, ... that is not
 * above 48 kHz.
 */
uint32_t mono_analysis_rate_hz(uint32_t rate_hz);

#endif
