/*
 * chase.h - the state of program, controllers, pressure and bend that a stretch of MIDI leaves behind.
 *
 * Shapes:    a value of CHASE_UNSET was never sent, so it is not chased either.
 * Threads:   plain values; functions are RT_SAFE.
 */
#ifndef RT_CHASE_H
#define RT_CHASE_H

#include "rt/content.h"

enum { CHASE_CONTROLLERS = 120, CHASE_UNSET = 0xff };

struct chase_channel {
	uint8_t program, pressure, bend_low, bend_high;
	uint8_t controllers[CHASE_CONTROLLERS];
};

struct midi_chase {
	struct chase_channel channels[16];
};

RT_SAFE void chase_clear(struct midi_chase *c);
/* Takes one channel message into account; notes change nothing. */
RT_SAFE void chase_follow(struct midi_chase *c, uint8_t status, uint8_t data1, uint8_t data2);
/* The state before event `i` of the content: at most MIDI_CHASE_STRIDE events are replayed. */
RT_SAFE void chase_before(const struct midi_content *m, uint32_t i, struct midi_chase *ret);

#endif
