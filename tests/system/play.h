/*
 * play.h - a family on the stepped device whose every sample can be said beforehand, and an ear for its events.
 *
 * At 120 bpm and 48 kHz a beat is PLAY_BEAT frames. The contents are constants: `tune` is 0.25 and `more` is 0.5,
 * 24 beats each, so a recording shows at each frame what sounded.
 *
 * Errors: functions fail the running test themselves.
 */
#ifndef TESTS_SYSTEM_PLAY_H
#define TESTS_SYSTEM_PLAY_H

#include "audio/file.h"
#include "stage.h"
#include "wire/event.h"

enum { PLAY_BEAT = 24000 };

struct play {
	struct stage stage;
	char tune[400], more[400], take[400];
};

/* A family of chaosgarden alone, or with hootenanny and the worker. */
enum { PLAY_ALONE, PLAY_FAMILY };
void play_open(struct play *p, int which);
void play_close(struct play *p);
/* Stops, empties the timeline and sets 120 bpm in 4/4. */
void play_reset(struct play *p);

/* A stereo file of so many beats in which every sample is `value`. */
void play_constant(const char *path, float value, int beats);
void play_step(struct play *p, int64_t frames);
/* Starts a recording (float samples) into `take`, and ends it: what was played since. */
void play_record(struct play *p);
struct audio_buffer *play_recorded(struct play *p);
/* Plays from beat 0 for so many beats. */
struct audio_buffer *play_perform(struct play *p, int beats);
/* PLAY_FAMILY: stores a tune of two bars and has it projected; the artifact's id, in midi. */
void play_piece(struct play *p, char *ret, size_t size);
/* Every frame of the left channel from `from` to before `to` has this value, to a millionth. */
void play_expect(const struct audio_buffer *b, int64_t from, int64_t to, double value);
/* Two recordings are the same, bit for bit. */
void play_same(const struct audio_buffer *a, const struct audio_buffer *b);
/* region_get, and its check of a state. */
json_t *play_region(struct play *p, const char *id);
void play_state(struct play *p, const char *id, const char *state);

/* ---- events ---- */

/* Hears what a daemon publishes, in order. */
struct ear {
	struct wire_context *context;
	struct wire_subscriber *subscriber;
	struct wire_loop *loop;
	json_t *heard; /* payloads, with "at_frame" (the stamp's) added */
	bool resynced;
};
void ear_open(struct ear *e, struct play *p, const char *daemon);
void ear_close(struct ear *e);
void ear_forget(struct ear *e);
/* Waits until n events of this type were heard (of a region, where that is not NULL); the nth, lent. */
json_t *ear_wait(struct ear *e, const char *type, const char *region, size_t n);
size_t ear_count(struct ear *e, const char *type, const char *region);

#define PLAY_ASK(p, ...) json_decref(stage_ask((p)->stage.garden, __VA_ARGS__))

#endif
