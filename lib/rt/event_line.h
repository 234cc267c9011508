/*
 * event_line.h - a delay line for MIDI or trigger events, as late as the audio that they go with.
 *
 * Shapes:    n_store events are on their way at most; more are lost and counted by the caller.
 * Ownership: memory is the plan's.
 * Threads:   RT_SAFE. What is lost depends on the frames of the events and not on how the blocks are cut.
 */
#ifndef RT_EVENT_LINE_H
#define RT_EVENT_LINE_H

#include "rt/node.h"

struct late_event {
	int64_t due; /* clock frame */
	union {
		struct midi_event midi;
		struct trigger_event trigger;
	};
};

struct event_line {
	int64_t late;             /* frames, > 0 */
	struct late_event *store; /* a ring, by due */
	uint32_t n_store, first, n;
	struct signal out;        /* what is due in the block of the last run */
};

/* Takes a block's events in and puts those that are due into `out`; returns how many were lost. */
RT_SAFE uint32_t event_line_run_rt(struct event_line *l, const struct signal *in, int64_t clock_frame, uint32_t n_frames);
RT_SAFE void event_line_clear_rt(struct event_line *l);

#endif
