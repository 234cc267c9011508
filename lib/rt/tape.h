/*
 * tape.h - what was played, for any number of readers: each has a cursor of its own and takes nothing from the others.
 *
 * Units:     frames; position 0 is the first frame ever written.
 * Shapes:    the caller's memory holds n_frames (a power of two) frames, n_channels floats each, interleaved.
 * Threads:   one writer (the audio thread), any number of readers; the writer never waits. A reader that falls more than
 *            n_frames behind learns how many frames it lost.
 */
#ifndef RT_TAPE_H
#define RT_TAPE_H

#include "rt/rt.h"

#include <stdatomic.h>

struct tape {
	_Atomic uint32_t *samples; /* the bits of floats, so that a reader racing the writer is no data race */
	uint32_t n_frames, n_channels;
	_Alignas(64) _Atomic uint64_t claimed; /* frames the writer may be overwriting up to */
	_Atomic uint64_t written;              /* release: pairs with tape_read */
};

void tape_init(struct tape *t, void *memory, uint32_t n_frames, uint32_t n_channels);
static inline size_t tape_bytes(uint32_t n_frames, uint32_t n_channels)
{
	return (size_t)n_frames * n_channels * sizeof(uint32_t);
}
RT_SAFE void tape_write_rt(struct tape *t, const float *const *channels, uint32_t n_frames);
uint64_t tape_written(const struct tape *t);
/*
 * Copies up to n_frames interleaved frames from *cursor on and moves it; returns how many. Frames that were overwritten
 * before they could be read are skipped and counted in *ret_lost (0 otherwise).
 */
uint32_t tape_read(const struct tape *t, uint64_t *cursor, float *ret_frames, uint32_t n_frames, uint64_t *ret_lost);

#endif
