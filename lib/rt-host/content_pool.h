/*
 * content_pool.h - files made ready to play: audio decoded and resampled into a file of our own, MIDI as event lists.
 *
 * A helper thread takes the files one after the other; nothing of it happens on the audio thread. The same file with the
 * same treatment is made ready once. Audio that is ready is on disk (content_spool.h); content_ahead.h brings it into memory
 * a window at a time, where and when it is going to be heard. The file that it came from is not needed any more.
 *
 * Ownership: an item is kept while somebody uses it (content_pool_get, content_pool_put) or a region of the engine plays it.
 *            What nobody uses stays as well, until half of the room is taken: then the oldest goes.
 * Threads:   one control thread; on_done runs on a helper's.
 * Errors:    -ENOSPC when LIMIT_CONTENT_ITEMS are in use at once. An item that cannot be read is CONTENT_FAILED with a message that names the place; one that was ready becomes
 *            so when its windows cannot be read any more.
 */
#ifndef RT_HOST_CONTENT_POOL_H
#define RT_HOST_CONTENT_POOL_H

#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "rt-host/content_spool.h"
#include "rt/content.h"

enum content_state { CONTENT_LOADING, CONTENT_READY, CONTENT_FAILED };

struct content_source {
	const char *path;
	double rate;  /* 1: as it is */
	bool reverse;
};

/* By which a file is known to be the same. */
struct content_stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	int64_t seconds, nanoseconds; /* modified */
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
	enum content_state told; /* by content_pool_next_done */
	struct content_stamp stamp;
	struct content_pool *pool;
	uint32_t n_users;
	struct content_spool *spool;
	int64_t spool_at;
	uint32_t n_channels;
	int64_t n_frames;
	int32_t *slots; /* content_windows.c: where each window is in memory */
	struct content_item *next;
};

struct content_pool;

struct content_pool_options {
	uint32_t rate_hz, n_channels; /* what the engine wants */
	void (*on_done)(void *arg);   /* an item is ready or failed; on a helper's thread */
	void (*let_go)(void *arg, struct content_item *it); /* it is about to be freed: withdraw its windows; may be NULL */
	void *arg;
	struct content_spool_options spool;
};

int content_pool_new(const struct content_pool_options *o, struct content_pool **ret, struct err *err);
/* Nothing may be playing from it any more. */
void content_pool_free(struct content_pool *p);
AUTO_DEFINE(content_pool);

int content_pool_get(struct content_pool *p, const struct content_source *s, struct content_item **ret, struct err *err);
/* One user less. NULL is nothing. */
void content_pool_put(struct content_item *i);
/* How many items there are, used or not. */
size_t content_pool_count(const struct content_pool *p);
enum content_state content_pool_state(const struct content_item *i);
/* Waits until nothing is being loaded. */
void content_pool_wait(struct content_pool *p);
/* Each item once after it became ready, and once after it failed; NULL when there is no more. */
struct content_item *content_pool_next_done(struct content_pool *p);

/* Length of a file without making it ready: seconds for audio; beats for MIDI, then *ret_beats >= 0. */
int content_probe(const char *path, double *ret_seconds, double *ret_beats, struct err *err);

#endif
