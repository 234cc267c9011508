/*
 * events.h - a score as MIDI events at frames, in the order in which a synthesiser should get them.
 *
 * Order: by frame; at one frame first what ends notes, then controls, then what begins notes. Two notes of one key and
 *        channel that overlap: the first ends where the second begins.
 */
#ifndef HOOT_WORKER_EVENTS_H
#define HOOT_WORKER_EVENTS_H

#include "base/err.h"
#include "music/notes.h"

#include <stddef.h>
#include <stdint.h>

enum play_kind { PLAY_OFF, PLAY_CONTROL, PLAY_ON };

struct play_event {
	int64_t frame;
	uint8_t kind; /* enum play_kind */
	uint8_t channel, a, b; /* pitch and velocity */
	struct score_control control; /* of PLAY_CONTROL */
	uint32_t order; /* of adding: what else is equal stays in the order of the score */
};

struct play_list {
	struct play_event *events;
	size_t n, room;
	int64_t end_frame; /* of the last note */
	int64_t n_notes;
};

int play_list_make(const struct score *s, uint32_t rate_hz, struct play_list *ret, struct err *err);
void play_list_done(struct play_list *l);

#endif
