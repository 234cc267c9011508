/*
 * content.h - what regions play: audio through published resident windows, MIDI and curves as immutable arrays.
 *
 * Audio:     n_frames at the engine's rate, in windows of window_frames (a power of two). A window is planar: channel c
 *            of window w starts at window[c * window_frames]; the last window is padded to full size. A helper publishes
 *            a window when its memory is resident; the audio thread touches nothing else: what is missing in time is
 *            silence, counted. It keeps no pointer to a window beyond a cycle, so a withdrawn window's memory may be
 *            reused once every cycle that was under way is over (engine_cycles_now, engine_cycles_over).
 * MIDI:      events sorted by beat (note-offs before note-ons of the same beat), beats relative to the content's start,
 *            with the state of program, controllers and bend remembered every MIDI_CHASE_STRIDE events.
 * Ownership: reference counted; made with a heap that outlives them; arrays are copied.
 * Threads:   made and released on the control thread. Windows are published by any one thread at a time.
 * Errors:    -EINVAL, -ENOMEM.
 */
#ifndef RT_CONTENT_H
#define RT_CONTENT_H

#include "rt/rt.h"

#include <stdatomic.h>

enum { AUDIO_CHANNELS_MAX = 8, MIDI_CHASE_STRIDE = 256 };

struct audio_content {
	const struct rt_heap *heap;
	_Atomic uint32_t refs;
	uint32_t n_channels;
	uint32_t window_frames, n_windows;
	int64_t n_frames;
	void *owner; /* the publisher's own; not touched here */
	_Atomic(const float *) windows[]; /* seq_cst: pairs with audio_play_rt, and see engine_cycles_over */
};

int audio_content_new(const struct rt_heap *heap, uint32_t n_channels, int64_t n_frames, uint32_t window_frames,
		      struct audio_content **ret);
struct audio_content *audio_content_ref(struct audio_content *c);
void audio_content_unref(struct audio_content *c);
/* Whether somebody else holds it too; once it is not shared, only its holder can share it again. */
bool audio_content_shared(const struct audio_content *c);
/* Publishes window i (NULL withdraws it); returns what was there. */
const float *audio_content_publish(struct audio_content *c, uint32_t i, const float *window);

/* A MIDI channel message of 2 or 3 bytes; note-on with velocity 0 is a note-off. */
struct midi_note_event {
	double beat;
	uint8_t status, data1, data2, reserved[5];
};

struct midi_chase; /* rt/chase.h */

struct midi_content {
	const struct rt_heap *heap;
	_Atomic uint32_t refs;
	uint32_t n_events, n_chase;
	const struct midi_note_event *events;
	const struct midi_chase *chase; /* state before event k * MIDI_CHASE_STRIDE */
};

/* Copies and sorts (stable; note-offs first within a beat). -EINVAL: not a channel message, a beat that is not finite. */
int midi_content_new(const struct rt_heap *heap, const struct midi_note_event *events, uint32_t n_events,
		     struct midi_content **ret);
struct midi_content *midi_content_ref(struct midi_content *c);
void midi_content_unref(struct midi_content *c);
bool midi_content_shared(const struct midi_content *c);

/* A parameter curve: holds before the first and after the last point; in between linear in frames, or held (`step`). */
struct curve_point {
	double beat; /* relative to the region's start */
	float value;
	uint32_t step; /* 1: hold until the next point */
};

struct curve_content {
	const struct rt_heap *heap;
	_Atomic uint32_t refs;
	uint32_t n_points;
	struct curve_point points[];
};

int curve_content_new(const struct rt_heap *heap, const struct curve_point *points, uint32_t n_points,
		      struct curve_content **ret);
struct curve_content *curve_content_ref(struct curve_content *c);
void curve_content_unref(struct curve_content *c);

#endif
