/*
 * content_ahead.h - the helper that reads ahead of every playhead: what is going to be heard is in memory before it is.
 *
 * It watches attentions. Every few hundredths of a second while one of them plays, and whenever it is woken, it looks at the
 * published timeline (with what is scheduled) from each position on, and publishes the windows that the next CONTENT_AHEAD_MS
 * need, the most urgent first. Behind the playhead they are given up when the memory is needed. A device that waits for
 * everybody (stepped, offline) calls content_ahead_wait before each step and hears the same as if all had been in memory.
 *
 * Units:     frames of the engine; beats.
 * Ownership: pool and engine outlive it; nothing may be rendering when it is freed.
 * Threads:   a thread of its own; all functions from any other, but an attention is unwatched before it is freed.
 * Errors:    content that cannot be read becomes CONTENT_FAILED (content_pool_next_done); windows that find no room are
 *            silence, counted by the engine.
 */
#ifndef RT_HOST_CONTENT_AHEAD_H
#define RT_HOST_CONTENT_AHEAD_H

#include "rt-host/content_windows.h"

enum { CONTENT_AHEAD_MS = 1500, CONTENT_WINDOWS_PER_MIB = 32 /* stereo */ };

struct content_ahead;

struct content_ahead_options {
	struct engine *engine;
	uint32_t rate_hz, n_channels;
	uint32_t max_windows; /* 0: LIMIT_CONTENT_WINDOWS */
};

int content_ahead_new(const struct content_ahead_options *o, struct content_ahead **ret, struct err *err);
void content_ahead_free(struct content_ahead *a);
AUTO_DEFINE(content_ahead);

void content_ahead_watch(struct content_ahead *a, struct attention *attention);
void content_ahead_unwatch(struct content_ahead *a, struct attention *attention);
/* An item that nothing plays any more is about to be freed. */
void content_ahead_forget(struct content_ahead *a, struct content_item *it);
/* The timeline or a transport has changed: look again now. */
void content_ahead_wake(struct content_ahead *a);
/*
 * Publishes, on the calling thread, what this attention hears in the next n_frames if it plays on from where it is. Returns
 * how many windows are missing all the same.
 */
uint32_t content_ahead_wait(struct content_ahead *a, const struct attention *attention, uint32_t n_frames);
/* The same from a beat on, before a jump to it. */
uint32_t content_ahead_wait_at(struct content_ahead *a, double beat, uint32_t n_frames);
void content_ahead_stats(struct content_ahead *a, struct content_windows_stats *ret);

#endif
