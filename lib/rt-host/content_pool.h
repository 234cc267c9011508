/*
 * content_pool.h - files made ready to play: decoded, resampled, resident; audio in windows, MIDI as event lists.
 *
 * A helper thread takes the files one after the other; nothing of it happens on the audio thread. The same file with the
 * same treatment is made ready once. Memory is locked where the process may (else the kernel keeps what was just
 * written).
 *
 * Ownership: items belong to the pool and live as long as it; regions of the engine hold their own references on content.
 * Threads:   one control thread; on_done runs on the helper's.
 * Errors:    an item that cannot be read is CONTENT_FAILED with a message that names the place.
 */
#ifndef RT_HOST_CONTENT_POOL_H
#define RT_HOST_CONTENT_POOL_H

#include "base/err.h"
#include "base/mem.h"
#include "rt/content.h"

enum content_state { CONTENT_LOADING, CONTENT_READY, CONTENT_FAILED };

struct content_source {
	const char *path;
	double rate;  /* 1: as it is */
	bool reverse;
};

struct content_item {
	char *path;
	double rate;
	bool reverse;
	/* The rest is only to be read after content_pool_state said CONTENT_READY or CONTENT_FAILED. */
	struct audio_content *audio; /* one of the two */
	struct midi_content *midi;
	double duration_seconds;     /* audio, at this rate */
	double duration_beats;       /* MIDI */
	char message[240];
	/* the pool's own */
	_Atomic int state; /* enum content_state; release: pairs with content_pool_state */
	float *memory;
	size_t memory_bytes;
	bool seen;
	struct content_item *next;
};

struct content_pool;

int content_pool_new(uint32_t rate_hz, uint32_t n_channels, void (*on_done)(void *arg), void *arg,
		     struct content_pool **ret, struct err *err);
/* Nothing may be playing from it any more. */
void content_pool_free(struct content_pool *p);
AUTO_DEFINE(content_pool);

int content_pool_get(struct content_pool *p, const struct content_source *s, struct content_item **ret, struct err *err);
enum content_state content_pool_state(const struct content_item *i);
/* Waits until nothing is being loaded. */
void content_pool_wait(struct content_pool *p);
/* Each item once, after it became ready or failed; NULL when there is no more. */
struct content_item *content_pool_next_done(struct content_pool *p);

/* Length of a file without making it ready: seconds for audio; beats for MIDI, then *ret_beats >= 0. */
int content_probe(const char *path, double *ret_seconds, double *ret_beats, struct err *err);

#endif
