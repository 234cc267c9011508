/*
 * rig.h - an engine with a timeline under construction, for tests: adds regions, publishes, renders into memory.
 */
#ifndef TESTS_RT_RIG_H
#define TESTS_RT_RIG_H

#include "../check.h"

#include "rt-host/rt_heap.h"
#include "rt/engine.h"

#include <string.h>

enum { RIG_RATE = 48000, RIG_EVENTS = 4096 };

struct rig {
	struct rt_heap heap;
	struct engine *engine;
	struct attention *main;
	uint32_t producer;
	struct region_set *set;
	struct time_maps *maps;
	uint64_t revision;
	struct timeline_snapshot *first, *last; /* a line of snapshots, the earliest first; NULL: none was begun */
	struct rt_event events[RIG_EVENTS];
	uint32_t n_events;
};

void rig_init(struct rig *r, uint32_t max_block_frames);
void rig_done(struct rig *r);
void rig_tempo(struct rig *r, const struct tempo_point *points, uint32_t n);
/* Adds a region (id, behaviour and content as given; gain 1 when it is 0) and forgets the caller's content references. */
void rig_add(struct rig *r, struct region_spec spec);
void rig_remove(struct rig *r, double beat, uint64_t id);
/* Publishes the timeline as it is now, or the line that was begun. */
void rig_publish(struct rig *r);
/* Begins a line with the timeline as it is now; then, after edits: as it is now it takes over at that beat. */
void rig_begin(struct rig *r);
void rig_follow(struct rig *r, double beat);
/* Mono content whose frame i is f(i); windows of 4096 frames, all resident. Freed by rig_audio_free. */
struct audio_content *rig_audio(struct rig *r, uint32_t n_channels, int64_t n_frames, float (*f)(uint32_t c, int64_t i));
void rig_audio_free(struct audio_content *c);
struct instrument *rig_synth(struct rig *r);
struct midi_content *rig_midi(struct rig *r, const struct midi_note_event *e, uint32_t n);
/* An engine with one clip in it, region 1: four beats from 0, mono, frame i is f(i). */
struct audio_content *rig_one_clip(struct rig *r, int64_t n_frames, float (*f)(uint32_t c, int64_t i));
/* Publishes, and plays from the next cycle on. */
void rig_play(struct rig *r);
void rig_send(struct rig *r, enum rt_command_type type, int64_t at_frame, double value, double value2);
/* Renders n frames, `quantum` at a time, into out[0] and out[1]; collects events. */
void rig_render(struct rig *r, float *left, float *right, uint32_t n, uint32_t quantum);
const struct rt_event *rig_event(const struct rig *r, enum rt_event_type type, uint32_t nth);
uint32_t rig_count(const struct rig *r, enum rt_event_type type);

/* Memory of which so many pieces can be taken (negative: any number); `live` of them are out. */
struct failing {
	int64_t left, live;
};
#define FAILING_HEAP(f) { failing_take, failing_give, (f) }
void *failing_take(void *ctx, size_t bytes);
void failing_give(void *ctx, void *p);

#endif
