/*
 * command.h - what the control threads tell the audio thread: fixed records, one ring per producing thread.
 *
 * A command takes effect at clock frame `at_frame`, to the sample; COMMAND_NOW (or a frame that has passed) means at the
 * start of the next cycle. Stop and panic have no command: they are flags (attention_stop, attention_panic) that no full
 * ring can hold up.
 *
 * Errors:    attention_send returns -EBUSY when the producer's ring is full; a command that cannot be carried out is
 *            answered by RT_EVENT_COMMAND_REFUSED.
 */
#ifndef RT_COMMAND_H
#define RT_COMMAND_H

#include <stdint.h>

#define COMMAND_NOW INT64_MIN

enum rt_command_type {
	RT_COMMAND_NONE,
	RT_COMMAND_PLAY,
	RT_COMMAND_PAUSE,     /* holds the position */
	RT_COMMAND_STOP,      /* goes back to the home position (RT_COMMAND_HOME, beat 0 at first) */
	RT_COMMAND_SEEK,      /* value: beat */
	RT_COMMAND_HOME,      /* value: beat that stop returns to */
	RT_COMMAND_LOOP,      /* value, value2: beats; value2 <= value turns looping off */
	RT_COMMAND_PARAM,     /* id: node; slot; index: parameter; value */
	RT_COMMAND_SLOT_GAIN, /* slot; value: gain to reach; value2: frames to get there, linear */
	RT_COMMAND_NODE_RESET,/* slot; id: node: initial state, clears `failed` */
	RT_COMMAND_TYPE_COUNT,
};

struct rt_command {
	uint32_t type; /* enum rt_command_type */
	uint32_t slot;
	uint32_t index;
	uint32_t reserved;
	int64_t at_frame;
	uint64_t id;
	double value, value2;
};

#endif
