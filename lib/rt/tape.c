#include "rt/tape.h"

#include <string.h>

void tape_init(struct tape *t, void *memory, uint32_t n_frames, uint32_t n_channels)
{
	t->samples = memory;
	t->n_frames = n_frames;
	t->n_channels = n_channels;
	atomic_init(&t->claimed, 0);
	atomic_init(&t->written, 0);
}

RT_INLINE _Atomic uint32_t *sample_at(const struct tape *t, uint64_t frame, uint32_t channel)
{
	return &t->samples[(size_t)(frame & (t->n_frames - 1)) * t->n_channels + channel];
}

RT_SAFE void tape_write_rt(struct tape *t, const float *const *channels, uint32_t n_frames)
{
	uint64_t at = atomic_load_explicit(&t->written, memory_order_relaxed);
	/* seq_cst: pairs with tape_read, which reads `claimed` after the samples */
	atomic_store(&t->claimed, at + n_frames);
	for (uint32_t c = 0; c < t->n_channels; c++) {
		for (uint32_t i = 0; i < n_frames; i++) {
			uint32_t bits;
			memcpy(&bits, &channels[c][i], sizeof(bits));
			atomic_store_explicit(sample_at(t, at + i, c), bits, memory_order_release);
		}
	}
	atomic_store_explicit(&t->written, at + n_frames, memory_order_release);
}

uint64_t tape_written(const struct tape *t)
{
	return atomic_load_explicit(&t->written, memory_order_acquire);
}

/* Skips what the writer has claimed over; returns the frames skipped. */
static uint64_t skip_lost(const struct tape *t, uint64_t *cursor)
{
	uint64_t claimed = atomic_load(&t->claimed);
	uint64_t oldest = claimed > t->n_frames ? claimed - t->n_frames : 0;
	if (*cursor >= oldest)
		return 0;
	uint64_t lost = oldest - *cursor;
	*cursor = oldest;
	return lost;
}

uint32_t tape_read(const struct tape *t, uint64_t *cursor, float *ret_frames, uint32_t n_frames, uint64_t *ret_lost)
{
	*ret_lost = skip_lost(t, cursor);
	uint64_t written = tape_written(t);
	if (*cursor >= written)
		return 0;
	uint32_t n = written - *cursor < n_frames ? (uint32_t)(written - *cursor) : n_frames;
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t c = 0; c < t->n_channels; c++) {
			uint32_t bits = atomic_load_explicit(sample_at(t, *cursor + i, c), memory_order_acquire);
			memcpy(&ret_frames[(size_t)i * t->n_channels + c], &bits, sizeof(bits));
		}
	}
	uint64_t start = *cursor, lost = skip_lost(t, cursor);
	*ret_lost += lost;
	if (lost >= n)
		return 0;
	n -= (uint32_t)lost; /* the first of them were overwritten while they were copied */
	memmove(ret_frames, ret_frames + lost * t->n_channels, (size_t)n * t->n_channels * sizeof(float));
	*cursor = start + lost + n;
	return n;
}
